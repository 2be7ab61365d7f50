"""The picture of a scaling study: what the same money does at each size."""

from typing import TYPE_CHECKING

import pandas as pd

from scenarios.drawing.charts import FAINT, PALETTE, SMALL, TITLE, caption, in_units, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = (
    ("average", "Net lifted out a Rp 100 million"),
    ("marginal", "The same, of what is added to the size before"),
    ("seats_filled", "Seats filled"),
    ("mentor_quality", "Quality of a mentor's visit"),
    ("others_net_lifted", "Others: net lifted out"),
    ("others_profit_change", "Others: profit of firms, a month"),
)


def draw_scaling(table: pd.DataFrame, text: str) -> "Figure":
    """Return the scaling curves of each scenario with their intervals, over seats.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns scenario, seats, measure, unit, value, low, high; as `budget.Curves` saves it.
    text : str
        Goes under the figure.
    """
    figure, panels = new_figure(13.0, 7.5, rows=2, columns=3)
    for axes, (measure, title) in zip(panels, PANELS, strict=True):
        own = table[(table.measure == measure) & table.value.notna()]
        _draw(axes, own, list(dict.fromkeys(table.scenario)))
        axes.set_title(title, fontsize=TITLE)
        in_units(axes.xaxis, "Seats", "")
        in_units(axes.yaxis, "", str(own.unit.iloc[0]) if len(own) else "")
    panels[0].legend(loc="upper left", fontsize=SMALL, frameon=False)
    caption(figure, text)
    return figure


def _draw(axes: "Axes", rows: pd.DataFrame, names: list[str]) -> None:
    """Draw one measure, a line a scenario, over the logarithm of seats."""
    axes.set_xscale("log")
    for place, name in enumerate(names):
        own = rows[rows.scenario == name]
        spread = [(own.value - own.low).fillna(0.0), (own.high - own.value).fillna(0.0)]
        # Side by side, so that intervals do not hide each other.
        at = own.seats * 1.02 ** (place - 0.5 * (len(names) - 1))
        colour = PALETTE[place % len(PALETTE)]
        axes.errorbar(at, own.value, yerr=spread, fmt="o-", color=colour, capsize=3, label=name)
    axes.axhline(0.0, color=FAINT, linewidth=0.8)
