"""Tile maps: one square a place, all of one size, so that small places are seen as well.

Tiles are rough places, not areas; see `layout`. A map shows where a number belongs and is no
ranking: what is not clear of zero has no colour.
"""

import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from scenarios.drawing import charts
from scenarios.maps.layout import layout
from scenarios.maps.shades import LETTER, besides, finish, shades_of
from scenarios.words.labels import Language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDEST, HIGHEST, TILE = 11.0, 7.0, 1.0
"""Inches: of all tiles together, and of one at most."""
NARROWEST = 6.5
"""Inches; of a figure, so that its legend fits."""


def tile_map(
    values: "pd.Series[float]",
    what: str,
    area: str,
    language: Language,
    caption: str = "",
    decimals: int = 0,
    change: bool = False,
    clear: "pd.Series[bool] | None" = None,
) -> "Figure":
    """Return a tile map of the country's provinces or of a province's districts.

    Parameters
    ----------
    values : pandas.Series
        By place, as BPS writes it. Places without a number are hatched.
    what : str
        Name of the label of what is shown, such as ``indicator.net_lifted``; has the unit.
    area : str
        The country or a province; see `layout.layout`.
    language : {'id', 'en'}
        Of the reader: words and numerals.
    caption : str
        What stands under it, after what tiles are.
    decimals : int
        Of the numbers.
    change : bool
        Whether values are changes, which have a sign and colours that part at zero.
    clear : pandas.Series, optional
        By place: whether the interval of the value leaves out zero. What is not clear is muted.

    Raises
    ------
    ScenarioError
        Where there is no layout of the area.
    ValueError
        Where a value is of no place of the area.

    Examples
    --------
    >>> found = pd.Series({"Kab. Bantul": 120.0, "Kab. Sleman": -40.0})
    >>> figure = tile_map(found, "map.net_lifted", "DI Yogyakarta", "id", change=True)
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['Sleman', '-40']
    """
    from matplotlib.patches import Rectangle

    tiles = layout(area)
    shades = shades_of(values, clear, list(tiles.index), what, language, decimals, change)
    rows, columns = int(tiles.row.max()) + 1, int(tiles["column"].max()) + 1
    size = min(TILE, WIDEST / columns, HIGHEST / rows)
    caption = f"{say('map.tiles', language)} {caption}".strip()
    width = max(NARROWEST, size * columns)
    figure, (axes,) = charts.new_figure(width, size * rows + besides(shades, width, caption))
    axes.set_axis_off()
    axes.set_aspect("equal", anchor="N")
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    scale = shades.scale
    letters = max(len(word) for short in tiles.short for word in short.split())
    points = min(charts.SMALL - 0.5, 0.9 * size * 72.0 / (LETTER * letters))
    for place, row, column, short in tiles.itertuples():
        patch, colour = shades.look(place, scale)
        axes.add_patch(Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, **patch))
        look: dict[str, Any] = {"ha": "center", "color": colour}
        name = textwrap.fill(short, max(letters, 8), break_on_hyphens=False)
        axes.text(column, row - 0.38, name, va="top", fontsize=points, linespacing=1.0, **look)
        written = shades.written(shades.values[place])
        axes.text(column, row + 0.38, written, va="bottom", fontsize=charts.LABEL, **look)
    finish(figure, axes, shades, scale, area, caption)
    return figure
