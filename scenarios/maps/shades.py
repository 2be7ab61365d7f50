"""What maps of tiles and of polygons share: colours, numbers, legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scenarios.drawing import charts
from scenarios.runs.groups import FEWEST_SHOWN
from scenarios.words.labels import Language, label, say
from scenarios.words.numerals import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

LOSS, NEITHER, GAIN = charts.PALETTE[4], "#F4F4F4", charts.PALETTE[0]
"""Ends and middle of the colours of a change."""
UNCLEAR: dict[str, Any] = {"facecolor": "white", "edgecolor": "0.75", "linewidth": 0.8}
UNKNOWN: dict[str, Any] = {
    "facecolor": "0.94",
    "edgecolor": "0.8",
    "linewidth": 0.0,
    "hatch": "////",
}
MUTED = "0.4"
"""Grey of words that stand on no colour; its contrast to white is above 4.5 to 1."""
LETTER = 0.62
"""Width of a letter, of the size of its font."""
BAR = 3.2
"""Inches; length of the bar of colours."""


@dataclass(frozen=True)
class Shades:
    """How the values of one map are coloured and written.

    Attributes
    ----------
    values : pandas.Series
        By place; not a number where there is none.
    clear : pandas.Series
        Whether a value is one to colour.
    what : str
        Name of a label.
    language : {'id', 'en'}
        Of the reader.
    decimals : int
        Of the numbers.
    change : bool
        Whether the values are changes: with a sign, and colours that part at zero.
    """

    values: "pd.Series[float]"
    clear: "pd.Series[bool]"
    what: str
    language: Language
    decimals: int
    change: bool

    @property
    def has_unclear(self) -> bool:
        """Whether any value is muted."""
        return bool((~self.clear & np.isfinite(self.values)).any())

    @property
    def has_unknown(self) -> bool:
        """Whether any place is without a number."""
        return not np.isfinite(self.values).all()

    @property
    def has_colours(self) -> bool:
        """Whether any value is coloured."""
        return bool((self.clear & np.isfinite(self.values)).any())

    @property
    def scale(self) -> "ScalarMappable":
        """From values to colours."""
        from matplotlib import colormaps
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LinearSegmentedColormap, Normalize

        shown = self.values[self.clear & np.isfinite(self.values)]
        if self.change:
            colours = LinearSegmentedColormap.from_list("change", [LOSS, NEITHER, GAIN])
            most = float(shown.abs().max()) if len(shown) else 0.0
            return ScalarMappable(Normalize(-(most or 1.0), most or 1.0), colours)
        low, high = (float(shown.min()), float(shown.max())) if len(shown) else (0.0, 1.0)
        # Equal values have a middle colour.
        low, high = (low, high) if high > low else (low - 1.0, high + 1.0)
        return ScalarMappable(Normalize(low, high), colormaps[f"{charts.HEAT}_r"])

    def look(self, place: str, scale: "ScalarMappable") -> tuple[dict[str, Any], str]:
        """Return how the patch of a place is drawn, and the colour of what is written on it."""
        from matplotlib.colors import to_hex

        if not np.isfinite(self.values[place]):
            return UNKNOWN, MUTED
        if not self.clear[place]:
            return UNCLEAR, MUTED
        face = to_hex(tuple(scale.to_rgba(np.array([self.values[place]]))[0]))
        return {"facecolor": face, "edgecolor": "white", "linewidth": 1.2}, ink(face)

    def written(self, value: float) -> str:
        """Return a value in the reader's numerals."""
        text = number(value, self.decimals, self.language)
        return f"+{text}" if self.change and round(value, self.decimals) > 0.0 else text


def shades_of(
    values: "pd.Series[float]",
    clear: "pd.Series[bool] | None",
    places: Sequence[str],
    what: str,
    language: Language,
    decimals: int,
    change: bool,
) -> Shades:
    """Return the shades of a map of some places.

    Raises
    ------
    ValueError
        Where there is a value of another place, or of one place twice.
    """
    if values.index.has_duplicates or not set(values.index) <= set(places):
        other = [*values.index[values.index.duplicated()], *set(values.index) - set(places)]
        raise ValueError(f"not one value a place of the map: {', '.join(map(str, other))}")
    index = pd.Index(list(places))
    shown = values.astype(float).reindex(index)
    known = pd.Series(True, index=index) if clear is None else clear.reindex(index)
    return Shades(shown, known.eq(True), what, language, decimals, change)


def ink(face: str) -> str:
    """Return black or white, whichever is read better on a colour.

    Examples
    --------
    >>> ink("#0072B2"), ink("#F4F4F4")
    ('white', 'black')
    """
    parts = [int(face[at : at + 2], 16) / 255.0 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else "black"


def besides(shades: Shades, width: float, caption: str) -> float:
    """Return the inches that title, legend, colours and caption take of a figure's height."""
    lines = 1 + int(len(caption) * LETTER * charts.SMALL / 72.0 / width)
    legend = 0.19 * (shades.has_unclear + shades.has_unknown)
    return 0.5 + 0.55 * shades.has_colours + legend + 0.14 * lines


def finish(
    figure: "Figure", axes: "Axes", shades: Shades, scale: "ScalarMappable", area: str, caption: str
) -> None:
    """Write title, colours, legend and caption."""
    from matplotlib.patches import Patch
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    words = label(shades.what, shades.language)
    where = label(f"place.{area}", shades.language).text
    title = say("map.title", shades.language, what=words.text, unit=words.unit, area=where)
    figure.suptitle(title, x=0.01, ha="left")
    handles = []
    if shades.has_unclear:
        handles.append(Patch(**UNCLEAR, label=say("map.unclear", shades.language)))
    if shades.has_unknown:
        text = say("map.unknown", shades.language, fewest=FEWEST_SHOWN)
        handles.append(Patch(**UNKNOWN, label=text))
    if handles:
        look: dict[str, Any] = {
            "fontsize": charts.SMALL,
            "frameon": False,
            "borderaxespad": 0.0,
            "borderpad": 0.2,
        }
        axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.0, -0.01), **look)
    if shades.has_colours:
        shrink = min(1.0, BAR / figure.get_figwidth())
        place: dict[str, Any] = {"location": "bottom", "anchor": (0.0, 1.0), "panchor": False}
        bar = figure.colorbar(scale, ax=axes, shrink=shrink, aspect=24, pad=0.02, **place)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=charts.SMALL, width=0.6)
        bar.ax.xaxis.set_major_locator(MaxNLocator(5, integer=shades.decimals == 0))
        bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: shades.written(at)))
    charts.caption(figure, caption)
