"""The picture of a comparison: people, money, firms, side by side with their intervals."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scenarios.schema import Scenario

PANELS = (
    ("net_lifted", "Net persons lifted out", "persons"),
    ("net_per_budget", "Net persons a Rp 100 million", "persons"),
    ("consumption_change", "Consumption a head", "percent"),
    ("profit_change_percent", "Profit of participants", "percent"),
    ("survival_change", "Households with a firm", "points"),
    ("irr", "Investor's IRR (nominal)", "percent a year"),
)
# Okabe and Ito's colours, which colour-blind readers tell apart.
COLOURS = {"scenario": "#0072B2", "cash benchmark": "#E69F00"}
OFFSET = 0.16


def draw(table: pd.DataFrame, scenario: Scenario) -> Figure:
    """Return a figure of the main indicators; points are means, bars 90% intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a comparison, as it is saved.
    scenario : Scenario
        The first one, for the caption.
    """
    figure = Figure(figsize=(11, 6.5), layout="constrained")
    for axes, (name, title, unit) in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        _panel(axes, table[table.indicator == name], title, unit)
    figure.axes[0].legend(loc="best", fontsize=8, frameon=False)
    figure.suptitle("What the programmes change among participants, against the same world without")
    figure.supxlabel(
        f"{scenario.area}, {scenario.months} months from {scenario.start}; last 12 months; "
        f"seed {scenario.seed}, {scenario.replicates} replicates. Points are means, bars 90% "
        "intervals of chance alone. Simulated, not found.",
        fontsize=8,
    )
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, title: str, unit: str) -> None:
    names = list(dict.fromkeys(rows.scenario))
    for variant, colour in COLOURS.items():
        own = rows[(rows.variant == variant) & rows.value.notna()]
        shift = -OFFSET if variant == "scenario" else OFFSET
        at = [names.index(name) + shift for name in own.scenario]
        spread = [(own.value - own.low).fillna(0.0), (own.high - own.value).fillna(0.0)]
        axes.errorbar(own.value, at, xerr=spread, fmt="o", color=colour, capsize=3, label=variant)
    axes.axvline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(unit, fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
