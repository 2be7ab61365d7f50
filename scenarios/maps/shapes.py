"""Maps of polygons, in the colours of tile maps."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scenarios.drawing import charts
from scenarios.maps.boundaries import Boundaries, Polygon
from scenarios.maps.layout import layout
from scenarios.maps.shades import besides, finish, shades_of
from scenarios.words.labels import Language, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path
    from matplotlib.text import Text

WIDEST, HIGHEST = 11.0, 8.0
"""Inches, of the map."""
NARROWEST = 6.5
"""Inches; of a figure, so that its legend fits."""
NUMBER = 6.5
"""Points."""
TRIES = 24
"""Points along each side of a place at which its number is tried."""


def shape_map(
    values: "pd.Series[float]",
    what: str,
    boundaries: Boundaries,
    language: Language,
    caption: str = "",
    decimals: int = 0,
    change: bool = False,
    clear: "pd.Series[bool] | None" = None,
) -> "Figure":
    """Return a map of polygons; see `tiles.tile_map` for what is shown, and how.

    Parameters
    ----------
    values : pandas.Series
        By place, as BPS writes it. Places without a number are hatched.
    what : str
        Name of the label of what is shown; has the unit.
    boundaries : Boundaries
        Of `boundaries.read_boundaries`.
    language : {'id', 'en'}
        Of the reader.
    caption : str
        What stands under it.
    decimals : int
        Of the numbers.
    change : bool
        Whether values are changes.
    clear : pandas.Series, optional
        By place: whether the interval of the value leaves out zero.

    Raises
    ------
    ValueError
        Where a value is of no place of the area.

    Examples
    --------
    >>> ring = np.array([[110.0, -8.0], [110.5, -8.0], [110.5, -7.5], [110.0, -8.0]])
    >>> mine = Boundaries("DI Yogyakarta", {"Kab. Sleman": ((ring,),)})
    >>> figure = shape_map(pd.Series({"Kab. Sleman": 12.0}), "map.net_lifted", mine, "en")
    >>> figure.axes[0].texts[0].get_text().split()
    ['Sleman', '12']
    """
    from matplotlib.patches import PathPatch

    area, shapes = boundaries.area, boundaries.shapes
    shades = shades_of(values, clear, list(shapes), what, language, decimals, change)
    low, high = _ends(boundaries)
    span = np.maximum(high - low, 1e-6)
    inches = min(WIDEST / span[0], HIGHEST / span[1])
    caption = f"{say('map.small', language)} {caption}".strip()
    width = max(NARROWEST, inches * span[0])
    height = inches * span[1] + besides(shades, width, caption)
    figure, (axes,) = charts.new_figure(width, height)
    axes.set_axis_off()
    axes.set_aspect("equal", anchor="N")
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    scale = shades.scale
    short = layout(area).short
    texts = []
    for place, polygons in shapes.items():
        patch, colour = shades.look(place, scale)
        axes.add_patch(PathPatch(_path(polygons), **{**patch, "linewidth": 0.5}))
        words = f"{short[place]}\n{shades.written(shades.values[place])}"
        look: dict[str, Any] = {"ha": "center", "va": "center", "color": colour, "in_layout": False}
        texts.append(axes.text(low[0], low[1], words, fontsize=NUMBER, **look))
    finish(figure, axes, shades, scale, area, caption)
    figure.canvas.draw()
    for text, polygons in zip(texts, shapes.values(), strict=True):
        _put(axes, text, polygons)
    return figure


def _ends(boundaries: Boundaries) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower left and the upper right corner of all polygons, with room for lines."""
    points = np.vstack([rings[0] for each in boundaries.shapes.values() for rings in each])
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.01 * (high - low).max()
    return low - room, high + room


def _path(polygons: tuple[Polygon, ...]) -> "Path":
    """Return polygons as one path: outer rings run against the clock, holes with it."""
    from matplotlib.path import Path

    parts = []
    for rings in polygons:
        for number, ring in enumerate(rings):
            x, y = ring[:-1].T
            against = float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) > 0.0
            points = ring if against == (number == 0) else ring[::-1]
            parts.append(Path(points, closed=True))
    return Path.make_compound_path(*parts)


def _put(axes: "Axes", text: "Text", polygons: tuple[Polygon, ...]) -> None:
    """Move words to where they lie wholly within the largest polygon; take them away elsewhere."""
    box = text.get_window_extent()
    to_data = axes.transData.inverted()
    size = to_data.transform([[0.0, 0.0], [box.width, box.height]])
    half = 0.5 * (size[1] - size[0])
    largest = max(polygons, key=lambda rings: float(np.ptp(rings[0], axis=0).prod()))
    path = _path((largest,))
    low, high = largest[0].min(axis=0), largest[0].max(axis=0)
    x, y = np.meshgrid(*(np.linspace(*ends, TRIES) for ends in zip(low, high, strict=True)))
    middles = np.column_stack([x.ravel(), y.ravel()])
    edge = np.linspace(-1.0, 1.0, 5)
    sides = [(a, b) for a in edge for b in edge]
    inside = np.all([path.contains_points(middles + half * side) for side in sides], axis=0)
    if not inside.any():
        text.remove()
        return
    # Of those that fit, the one with the most room about it.
    fitting = middles[inside]
    room = np.abs(fitting[:, None] - largest[0][None]).max(axis=2).min(axis=1)
    text.set_position(tuple(fitting[room.argmax()]))
