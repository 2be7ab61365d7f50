"""The pictures of scenario discovery, each from one saved table."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scenarios.design import Factor
from scenarios.drawing.charts import (
    FAINT,
    PALETTE,
    SMALL,
    TITLE,
    caption,
    caption_of,
    in_units,
    new_figure,
)
from scenarios.grammar.explain import is_money
from scenarios.results.output import records
from scenarios.studies.prim import ALPHA, LEVEL, is_number
from simulation.parameters import TABLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FAILS, HOLDS = PALETTE[4], PALETTE[3]
REGRETS = {"regret_max": "most", "regret_90": "90th percentile", "regret_mean": "mean"}
MARKERS = "osD^vP*X"
"""One for each number of restricted factors, as colours alone are few."""
JITTER = (5.0**0.5 - 1.0) / 2.0
"""Multiples of the golden ratio spread evenly: points of one category side by side."""
GAP = 0.02


def figures(
    tables: Mapping[str, pd.DataFrame], seed: int, replicates: int
) -> dict[str, tuple[Callable[..., "Figure"], str, dict[str, Any]]]:
    """Return the pictures that the tables of a study give, as `charts.save_figures` takes them.

    Parameters
    ----------
    tables : mapping
        As in `discovery.Discoveries`.
    seed, replicates : int
        For the captions.
    """

    def said(more: str) -> dict[str, Any]:
        return {"text": caption_of(seed, replicates, f"{more} Simulated, not found.")}

    found: dict[str, tuple[Callable[..., Figure], str, dict[str, Any]]] = {}
    if len(tables["trajectory"]):
        more = f"Each point is a box, {ALPHA:.0%} smaller than the one before; ringed: the chosen."
        found["trajectory.png"] = draw_trajectory, "trajectory", said(more)
    if len(tables["conditions"]):
        more = f"Grey: all that a factor takes; coloured: the box. Quasi-p above {LEVEL:g} dropped."
        found["boxes.png"] = draw_boxes, "conditions", said(more)
        boxes = restricting(tables["conditions"], tables["states"])
        if boxes:
            more = "The two factors that restrict the first box most; framed: the box."
            found["states.png"] = draw_states, "states", {"boxes": boxes, **said(more)}
    if (tables["robustness"].groupby("condition").size() > 1).any():
        more = "Regret: how much worse than the best policy of the same state of the world."
        found["robustness.png"] = draw_regrets, "robustness", said(more)
    return found


def restricting(conditions: pd.DataFrame, states: pd.DataFrame) -> list[dict[str, Any]]:
    """Return for each scenario with a box its two most restricting factors and their bounds.

    Where the box restricts one factor only, the other one is the next that varies.
    """
    first = conditions[conditions.box == 1]
    others = list(states.columns[2 : list(states.columns).index("fails")])
    found = []
    for name, rows in first.groupby("scenario", sort=False):
        chances = rows[["quasi_p_least", "quasi_p_most", "quasi_p_among"]].astype(float)
        ranked = rows.assign(chance=chances.min(axis=1)).sort_values("chance", kind="stable")
        factors = list(dict.fromkeys([*ranked.factor, *others]))[:2]
        if len(factors) == 2:
            own = ranked.set_index("factor")[["least", "most", "among"]].astype(object)
            bounds = own.where(own.notna(), None).to_dict("index")
            empty = {"least": None, "most": None, "among": None}
            found.append(
                {
                    "scenario": name,
                    "factors": factors,
                    "bounds": [bounds.get(f, empty) for f in factors],
                }
            )
    return found


def draw_trajectory(table: pd.DataFrame, text: str) -> "Figure":
    """Return density over coverage as boxes get smaller, by how many factors they restrict.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns scenario, box, step, kind, coverage, density, restricted.
    text : str
        Goes under the figure.
    """
    found = list(table.groupby(["scenario", "box"], sort=False))
    figure, panels = _panels(len(found), width=4.6, height=3.8)
    shown = set()
    for axes, (key, rows) in zip(panels, found, strict=False):
        peeled, chosen = rows[rows.kind == "peeled"], rows[rows.kind == "chosen"]
        axes.plot(peeled.coverage, peeled.density, color=FAINT, linewidth=0.8)
        for number in sorted(set(peeled.restricted.tolist())):
            own = peeled[peeled.restricted == number]
            colour, marker = PALETTE[number % len(PALETTE)], MARKERS[number % len(MARKERS)]
            label = "" if number in shown else f"{number} restricted"
            shown.add(number)
            axes.plot(own.coverage, own.density, marker, color=colour, markersize=4, label=label)
        axes.plot(
            chosen.coverage, chosen.density, "o", color="black", fillstyle="none", markersize=10
        )
        _named(axes, key)
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel("Coverage, share of failures")
        axes.set_ylabel("Density, share of the box")
    figure.legend(loc="outside right upper", fontsize=SMALL, frameon=False, title="Factors")
    caption(figure, text)
    return figure


def draw_boxes(table: pd.DataFrame, text: str) -> "Figure":
    """Return the boxes as bars over what each restricted factor takes.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns scenario, box, factor, told, coverage, density, lowest, highest, every, least, most,
        among, and quasi_p of the last three.
    text : str
        Goes under the figure.
    """
    found = list(table.groupby(["scenario", "box"], sort=False))
    most = max(len(rows) for _, rows in found)
    figure, panels = _panels(len(found), width=6.4, height=1.4 + 0.55 * most, most=1)
    for axes, (key, rows) in zip(panels, found, strict=False):
        said = records(rows)
        for at, row in enumerate(said):
            axes.barh(at, 1.0, color="0.9", height=0.6)
            for left, width, words in _spans(row):
                axes.barh(at, width, left=left, color=PALETTE[0], height=0.6)
                label = axes.text(left + 0.5 * width, at, words, ha="center", va="center")
                label.set(fontsize=SMALL, bbox={"color": "white", "pad": 1.0})
        axes.set_yticks(range(len(said)), [_labelled(row) for row in said])
        axes.set_ylim(most - 0.4, -0.6)
        axes.set_xlim(0.0, 1.0)
        axes.set_xlabel("From the least to the most that is tried")
        more = f": density {rows.density.iloc[0]:.0%}, coverage {rows.coverage.iloc[0]:.0%}"
        _named(axes, key, more)
    caption(figure, text)
    return figure


def _spans(row: Mapping[str, Any]) -> list[tuple[float, float, str]]:
    """Return where a condition lies on the bar of its factor, and what is written there."""
    if isinstance(row["among"], str):
        every, among = json.loads(row["every"]), json.loads(row["among"])
        part = 1.0 / len(every)
        return [(part * at, part, x) for at, x in enumerate(every) if x in among]
    low, high = row["lowest"], row["highest"]
    least = low if pd.isna(row["least"]) else float(row["least"])
    most = high if pd.isna(row["most"]) else float(row["most"])
    span = (high - low) or 1.0
    return [((least - low) / span, (most - least) / span, row["told"])]


def _labelled(row: Mapping[str, Any]) -> str:
    """Return the name of a factor over the worst quasi-p of its conditions."""
    chances = [row[f"quasi_p_{side}"] for side in ("least", "most", "among")]
    worst = max(float(each) for each in chances if not pd.isna(each))
    return f"{row['factor']}\nquasi-p {worst:.1g}"


def draw_states(table: pd.DataFrame, boxes: Sequence[Mapping[str, Any]], text: str) -> "Figure":
    """Return the states of the world by two factors, those that fail apart, with the box.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns scenario, point, the factors, fails.
    boxes : sequence
        From `restricting`.
    text : str
        Goes under the figure.
    """
    figure, panels = _panels(len(boxes), width=4.6, height=4.2)
    for axes, box in zip(panels, boxes, strict=False):
        rows = table[(table.scenario == box["scenario"]) & table.fails.notna()]
        fails = rows.fails.to_numpy(bool)
        placed = [
            _placed(rows[factor].to_numpy(), rows.point.to_numpy(), bounds)
            for factor, bounds in zip(box["factors"], box["bounds"], strict=True)
        ]
        (x, across, x_names), (y, along, y_names) = placed
        for kept, colour, marker, label in (
            (~fails, HOLDS, "o", "holds"),
            (fails, FAILS, "x", "fails"),
        ):
            axes.plot(x[kept], y[kept], marker, color=colour, markersize=4, label=label)
        for left, right in across:
            for low, high in along:
                frame = [left, right, right, left, left], [low, low, high, high, low]
                axes.plot(*frame, color="black", linewidth=1.4)
        for axis, factor, names in zip(
            (axes.xaxis, axes.yaxis), box["factors"], (x_names, y_names), strict=True
        ):
            in_units(axis, factor, _unit(factor))
            if names:
                axis.set_ticks(range(len(names)), names)
        axes.set_title(box["scenario"], fontsize=TITLE)
    panels[0].legend(loc="upper right", fontsize=SMALL)
    caption(figure, text)
    return figure


def _placed(
    column: np.ndarray, points: np.ndarray, bounds: Mapping[str, Any]
) -> tuple[np.ndarray, list[tuple[float, float]], list[str]]:
    """Return where points lie along one axis, the box's spans there, and names of categories."""
    if is_number(column):
        at = column.astype(float)
        room = GAP * (at.max() - at.min())
        low = at.min() - room if bounds["least"] is None else float(bounds["least"])
        high = at.max() + room if bounds["most"] is None else float(bounds["most"])
        return at, [(low, high)], []
    every = sorted(set(column))
    at = np.array([every.index(each) for each in column], float)
    at += 0.7 * ((points * JITTER) % 1.0 - 0.5)
    kept = every if bounds["among"] is None else json.loads(bounds["among"])
    return at, [(every.index(x) - 0.4, every.index(x) + 0.4) for x in kept], every


def _unit(path: str) -> str:
    if is_money(Factor.model_construct(path=path).location):
        return "rupiah"
    row = TABLE.get(path.removeprefix("parameters."))
    return row.unit if row else ""


def draw_regrets(table: pd.DataFrame, text: str) -> "Figure":
    """Return regrets of each policy as bars, one panel a condition.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns condition, scenario, unit, regret_max, regret_90, regret_mean.
    text : str
        Goes under the figure.
    """
    found = [each for each in table.groupby("condition", sort=False) if len(each[1]) > 1]
    most = max(len(rows) for _, rows in found)
    figure, panels = _panels(len(found), width=6.0, height=1.6 + 0.6 * most)
    for axes, (condition, rows) in zip(panels, found, strict=False):
        for place, (measure, label) in enumerate(REGRETS.items()):
            at = np.arange(len(rows)) + 0.27 * (place - 1)
            axes.barh(at, rows[measure], height=0.25, color=PALETTE[place], label=label)
        axes.set_yticks(range(len(rows)), list(rows.scenario))
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_title(f"Fails where {condition}", fontsize=TITLE)
        in_units(axes.xaxis, "Regret", str(rows.unit.iloc[0]))
    shown = panels[0].get_legend_handles_labels()
    figure.legend(*shown, loc="outside right upper", fontsize=SMALL, frameon=False)
    caption(figure, text)
    return figure


def _panels(number: int, width: float, height: float, most: int = 3) -> "tuple[Figure, list[Axes]]":
    """Return a figure of so many panels, at most some beside each other; those over are hidden."""
    columns = min(number, most)
    rows = -(-number // columns)
    figure, panels = new_figure(1.5 + width * columns, 0.6 + height * rows, rows, columns)
    for axes in panels[number:]:
        axes.set_visible(False)
    return figure, panels


def _named(axes: "Axes", key: Any, more: str = "") -> None:  # noqa: ANN401
    scenario, box = key
    axes.set_title(f"{scenario}, box {box}{more}", fontsize=TITLE)
