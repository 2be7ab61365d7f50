"""The pictures of what decides a result, each from one saved table."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scenarios.drawing.charts import (
    FAINT,
    HEAT,
    LABEL,
    PALETTE,
    SMALL,
    TITLE,
    caption,
    caption_of,
    in_units,
    new_figure,
)
from scenarios.studies.influence import DECIDES, END, LEVEL, NOTHING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Picture = tuple[Callable[..., "Figure"], str, dict[str, Any]]
WORDS = {
    "ST": "Share of the variance in all, ST",
    "mu_star": "Mean change over the range, mu*",
    "median": "Distance of distributions, PAWN",
    "delta": "Distance of densities, delta",
}
LUCK = {"ST": "ST_luck", "mu_star": "mu_star_luck"}
MOST_LINES = 6
"""Factors with a colour of their own where lines would cross."""


def short_name(path: str) -> str:
    """Return the path of a factor as tables and pictures show it.

    Examples
    --------
    >>> short_name("parameters.take_up"), short_name("programmes.sedaya.finance.share")
    ('take_up', 'sedaya.finance.share')
    """
    return path.removeprefix("parameters.").removeprefix("programmes.")


def figures(
    tables: Mapping[str, pd.DataFrame], method: str, seed: int, replicates: int
) -> dict[str, Picture]:
    """Return the pictures that the tables of a study give, as `charts.save_figures` takes them.

    Parameters
    ----------
    tables : mapping
        As in `sensitivity.Influences`.
    method : str
        One of `influence.DECIDES`.
    seed, replicates : int
        For the captions.
    """
    known = tables["outcomes"][tables["outcomes"].sd > 0.0]
    several = known.scenario.nunique() > 1
    found: dict[str, Picture] = {}
    for scenario, indicator in known[["scenario", "indicator"]].to_numpy().tolist():
        what = {"scenario": scenario, "indicator": indicator}
        ending = f"{scenario}-{indicator}.png" if several else f"{indicator}.png"

        def said(more: str, what: dict[str, Any] = what) -> dict[str, Any]:
            text = caption_of(seed, replicates, f"{what['scenario']}. {more} Simulated, not found.")
            return {**what, "text": text}

        bars = f"Bars are {LEVEL:.0%} intervals: points are few."
        more = f"{bars} Dashed: the most that a factor which changes no input reads."
        found[f"influence-{ending}"] = (
            draw_influence,
            "indices",
            said(f"{more} {_luck(replicates)}"),
        )
        where = f"in the lowest and highest {END:.0%}"
        if method == "morris":
            where = "at the ends, by the mean change with its sign (mu),"
        more = f"Mean {where} of each factor's range. {bars}"
        found[f"tornado-{ending}"] = draw_tornado, "swings", said(more)
        more = f"The same from the first eighth, quarter, half of the points. {bars}"
        found[f"convergence-{ending}"] = draw_convergence, "convergence", said(more)
        if method == "sobol":
            more = "Ring: share of the variance in all (ST); filled: alone (S1)."
            links = _links(tables, what)
            if links:
                more += " Lines: what two make together beyond both alone (S2), where it is clear."
            found[f"radial-{ending}"] = draw_radial, "indices", {**said(more), "links": links}
        if "interactions" in tables:
            more = "Starred: clear of chance among all pairs."
            found[f"pairs-{ending}"] = draw_pairs, "interactions", said(more)
    return found


def _luck(replicates: int) -> str:
    if replicates == 1:
        return "Grey: no influence with a direction; one replicate does not tell others from luck."
    return "Grey: not told from luck. Diamonds: what luck alone would read."


def _links(tables: Mapping[str, pd.DataFrame], what: Mapping[str, str]) -> list[list[Any]]:
    """Return the pairs whose interaction is clear, and how much it is."""
    if "interactions" not in tables:
        return []
    own = _of(tables["interactions"], **what)
    return own.loc[own.clear, ["first", "second", "value"]].to_numpy().tolist()


def _of(table: pd.DataFrame, scenario: str, indicator: str) -> pd.DataFrame:
    return table[(table.scenario == scenario) & (table.indicator == indicator)]


def draw_influence(table: pd.DataFrame, scenario: str, indicator: str, text: str) -> "Figure":
    """Return the index of each factor with its interval, over the noise floor.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns scenario, indicator, label, unit, parameter, measure, value, low, high, floor,
        influential.
    scenario, indicator : str
        Whose rows are drawn.
    text : str
        Goes under the figure.
    """
    own = _of(table, scenario, indicator)
    decides = next(each for each in DECIDES.values() if (own.measure == each).any())
    rows = own[own.measure == decides].sort_values("value", kind="stable")
    figure, (axes,) = new_figure(7.5, 1.6 + 0.3 * len(rows))
    at = np.arange(len(rows))
    colours = [PALETTE[0] if sure else FAINT for sure in rows.influential]
    spread = [rows.value - rows.low, rows.high - rows.value]
    axes.barh(at, rows.value, height=0.62, color=colours)
    axes.errorbar(rows.value, at, xerr=spread, fmt="none", ecolor="black", capsize=2, linewidth=0.8)
    alone = own[own.measure == "S1"].set_index("parameter").value.reindex(rows.parameter)
    if alone.notna().any():
        axes.plot(
            alone, at, "|", color=PALETTE[1], markersize=11, markeredgewidth=2.2, label="alone (S1)"
        )
    luck = (
        own[own.measure == LUCK.get(decides)].set_index("parameter").value.reindex(rows.parameter)
    )
    if luck.notna().any():
        axes.plot(luck, at, "D", color=PALETTE[4], markersize=4, label="luck")
    axes.axvline(rows.floor.iloc[0], color="black", linestyle="--", linewidth=0.9)
    axes.set_yticks(at, [short_name(name) for name in rows.parameter], fontsize=SMALL)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(visible=False, axis="y")
    in_units(axes.xaxis, WORDS[decides], rows.unit.iloc[0] if decides == "mu_star" else "")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower right", fontsize=SMALL, frameon=False)
    _title(axes, rows)
    caption(figure, text)
    return figure


def _title(axes: "Axes", rows: pd.DataFrame) -> None:
    first = rows.iloc[0]
    axes.set_title(f"{first.label}, {first.unit}".rstrip(", "), fontsize=TITLE, loc="left")


def draw_tornado(table: pd.DataFrame, scenario: str, indicator: str, text: str) -> "Figure":
    """Return how far the outcome swings between the ends of each factor, the widest on top.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns scenario, indicator, label, unit, parameter, end, value, low, high.
    scenario, indicator, text
        As for `draw_influence`.
    """
    own = _of(table, scenario, indicator)
    ends = {end: own[own.end == end].set_index("parameter") for end in ("low", "high")}
    width = (ends["high"].value - ends["low"].value).abs().sort_values(kind="stable")
    middle = float(np.nanmean(own.value))
    figure, (axes,) = new_figure(7.5, 1.6 + 0.3 * len(width))
    at = np.arange(len(width))
    for end, colour, shift in (("low", PALETTE[3], -0.17), ("high", PALETTE[0], 0.17)):
        rows = ends[end].loc[width.index]
        axes.barh(at, rows.value - middle, left=middle, height=0.62, color=colour, label=end)
        spread = [rows.value - rows.low, rows.high - rows.value]
        axes.errorbar(
            rows.value,
            at + shift,
            xerr=spread,
            fmt="none",
            ecolor="black",
            capsize=1.5,
            linewidth=0.7,
        )
    axes.axvline(middle, color="black", linewidth=0.8)
    axes.set_yticks(at, [short_name(str(name)) for name in width.index], fontsize=SMALL)
    axes.set_ylim(-0.6, len(width) - 0.4)
    axes.grid(visible=False, axis="y")
    in_units(axes.xaxis, "Mean outcome", own.unit.iloc[0])
    axes.legend(loc="lower right", fontsize=SMALL, frameon=False, title="End of the range")
    _title(axes, own)
    caption(figure, text)
    return figure


def draw_convergence(table: pd.DataFrame, scenario: str, indicator: str, text: str) -> "Figure":
    """Return how the index of each factor settles as points are added.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `draw_influence`, and points.
    scenario, indicator, text
        As for `draw_influence`.
    """
    own = _of(table, scenario, indicator)
    decides = next(each for each in DECIDES.values() if (own.measure == each).any())
    own = own[own.measure == decides]
    last = own[own.points == own.points.max()].sort_values("value", ascending=False, kind="stable")
    first = [name for name in last.parameter if name != NOTHING][:MOST_LINES]
    figure, (axes,) = new_figure(7.5, 4.4)
    sizes = sorted(own.points.unique())
    for name in reversed(last.parameter.tolist()):
        rows = own[own.parameter == name].sort_values("points")
        if name in first:
            number = first.index(name)
            shift = 1.0 + 0.012 * (number - 0.5 * len(first))
            spread = [rows.value - rows.low, rows.high - rows.value]
            axes.errorbar(
                rows.points * shift, rows.value, yerr=spread, color=PALETTE[number], marker="o",
                markersize=3, capsize=2, linewidth=1.2, label=short_name(name), zorder=3,
            )  # fmt: skip
        else:
            nothing = name == NOTHING
            axes.plot(
                rows.points, rows.value, color="black" if nothing else FAINT,
                linestyle="--" if nothing else "-", linewidth=0.9 if nothing else 0.6,
                label=NOTHING if nothing else None,
            )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("Base points, or trajectories")
    in_units(axes.yaxis, WORDS[decides], own.unit.iloc[0] if decides == "mu_star" else "")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles[::-1], labels[::-1], loc="outside right upper", fontsize=SMALL, frameon=False
    )
    _title(axes, own)
    caption(figure, text)
    return figure


def draw_radial(
    table: pd.DataFrame, scenario: str, indicator: str, links: list[list[Any]], text: str
) -> "Figure":
    """Return factors around a circle: rings for ST, discs for S1, lines for S2.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `draw_influence`, of Sobol's indices.
    scenario, indicator, text
        As for `draw_influence`.
    links : list
        First and second factor, and what they make together.
    """
    own = _of(table, scenario, indicator)
    own = own[own.parameter != NOTHING]
    names = list(dict.fromkeys(own.parameter))
    figure, (axes,) = new_figure(7.0, 6.4)
    angles = dict(
        zip(names, np.pi / 2.0 - 2.0 * np.pi * np.arange(len(names)) / len(names), strict=True)
    )
    place = {name: (np.cos(angle), np.sin(angle)) for name, angle in angles.items()}
    most = max((value for _, _, value in links), default=1.0)
    for one, other, value in links:
        ends = np.array([place[one], place[other]]).T
        axes.plot(*ends, color=PALETTE[1], linewidth=0.8 + 5.0 * value / most, alpha=0.8, zorder=1)
    for name in names:
        rows = own[own.parameter == name].set_index("measure").value
        x, y = place[name]
        # Areas are as the shares.
        for measure, fill in (("ST", "white"), ("S1", PALETTE[0])):
            share = max(0.0, float(rows.get(measure, 0.0)))
            axes.scatter(
                x, y, s=3600.0 * share, color=fill, edgecolor=PALETTE[0], linewidth=1.4, zorder=2
            )
        far = 1.16 + 0.28 * max(0.0, float(rows.get("ST", 0.0))) ** 0.5
        side = "left" if x > 0.1 else "right" if x < -0.1 else "center"
        axes.text(
            far * x,
            far * y,
            f"{short_name(name)}\n{rows.get('ST', np.nan):.2f}",
            ha=side,
            va="center",
            fontsize=SMALL,
        )
    axes.set_xlim(-1.9, 1.9)
    axes.set_ylim(-1.6, 1.6)
    axes.set_aspect("equal")
    axes.axis("off")
    _title(axes, own)
    caption(figure, text)
    return figure


def draw_pairs(table: pd.DataFrame, scenario: str, indicator: str, text: str) -> "Figure":
    """Return the second-order indices as a heat map.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns scenario, indicator, label, unit, first, second, value, low, high, clear.
    scenario, indicator, text
        As for `draw_influence`.
    """
    own = _of(table, scenario, indicator)
    names = list(dict.fromkeys([*own["first"], *own.second]))
    number = {name: at for at, name in enumerate(names)}
    grid = np.full((len(names), len(names)), np.nan)
    for row in own.to_dict("records"):
        grid[number[row["second"]], number[row["first"]]] = row["value"]
    grid = grid[1:, :-1]
    size = 2.2 + 0.46 * len(names)
    figure, (axes,) = new_figure(size + 1.2, size)
    most = max(0.05, float(np.nanmax(np.abs(grid))))
    image = axes.imshow(grid, cmap=HEAT, vmin=0.0, vmax=most)
    for row in own.to_dict("records"):
        x, y = number[row["first"]], number[row["second"]] - 1
        said = f"{row['value']:.2f}{'*' if row['clear'] else ''}"
        colour = "white" if row["value"] < 0.5 * most else "black"
        axes.text(x, y, said, ha="center", va="center", fontsize=SMALL - 1, color=colour)
    axes.set_xticks(
        range(len(names) - 1), [short_name(name) for name in names[:-1]], rotation=45, ha="right"
    )
    axes.set_yticks(range(len(names) - 1), [short_name(name) for name in names[1:]])
    axes.grid(visible=False)
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.set_label("Share of the variance that two make together (S2)", fontsize=LABEL)
    bar.ax.tick_params(labelsize=SMALL)
    _title(axes, own)
    caption(figure, text)
    return figure
