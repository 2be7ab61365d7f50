"""The picture of a comparison: people, money, firms, side by side with their intervals."""

from typing import TYPE_CHECKING

import pandas as pd

from scenarios.drawing import charts
from scenarios.schema import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = (
    ("net_lifted", "Net persons lifted out", "persons"),
    ("net_per_budget", "Net persons a Rp 100 million", "persons"),
    ("consumption_change", "Consumption a head", "percent"),
    ("profit_change_percent", "Profit of participants", "percent"),
    ("survival_change", "Households with a firm", "points"),
    ("irr", "Investor's IRR (nominal)", "percent a year"),
)
COLOURS = dict(zip(("scenario", "cash benchmark"), charts.PALETTE, strict=False))
OFFSET = 0.16


def draw(table: pd.DataFrame, caption: str) -> "Figure":
    """Return a figure of the main indicators; points are means, bars 90% intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a comparison, as it is saved.
    caption : str
        See `caption_of`.
    """
    figure, panels = charts.new_figure(11.0, 6.5, rows=2, columns=3)
    for axes, (name, title, unit) in zip(panels, PANELS, strict=True):
        _panel(axes, table[table.indicator == name], title, unit)
    handles, labels = panels[0].get_legend_handles_labels()
    look = {"fontsize": charts.SMALL, "frameon": False}
    figure.legend(handles, labels, loc="outside upper right", ncols=2, **look)
    title = "What the programmes change among participants, against the same world without"
    figure.suptitle(title, x=0.01, ha="left")
    charts.caption(figure, caption)
    return figure


def caption_of(scenario: Scenario, spread: str) -> str:
    """Return the caption of a comparison.

    Parameters
    ----------
    scenario : Scenario
        The first one.
    spread : str
        What the intervals are of: `replicates.CHANCE_ALONE` or `replicates.ALL_THREE`.
    """
    more = (
        f"{scenario.place}, {scenario.months} months from {scenario.start}; last 12 months. "
        f"Points are means, bars 90% intervals {spread}. Simulated, not found."
    )
    return charts.caption_of(scenario.seed, scenario.replicates, more)


def _panel(axes: "Axes", rows: pd.DataFrame, title: str, unit: str) -> None:
    names = list(dict.fromkeys(rows.scenario))
    for variant, colour in COLOURS.items():
        own = rows[(rows.variant == variant) & rows.value.notna()]
        shift = -OFFSET if variant == "scenario" else OFFSET
        at = [names.index(name) + shift for name in own.scenario]
        spread = [(own.value - own.low).fillna(0.0), (own.high - own.value).fillna(0.0)]
        axes.errorbar(own.value, at, xerr=spread, fmt="o", color=colour, capsize=3, label=variant)
    axes.axvline(0.0, color=charts.FAINT, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_title(title, fontsize=charts.TITLE)
    charts.in_units(axes.xaxis, "", unit)
