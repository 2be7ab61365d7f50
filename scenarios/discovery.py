"""Scenario discovery: under which conditions a policy fails, and which one holds up best.

Every scenario of a design is a policy, every point of it a state of the world. PRIM (`prim.py`) and
a classification tree tell in which states a policy fails; robustness (`robustness.py`) compares
policies over all of them.
"""

import json
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from scenarios.design import ROWS, Design, Factor, Part, bases
from scenarios.grammar.explain import is_money
from scenarios.grammar.mistakes import ScenarioError, nearest
from scenarios.results.exports import write_tables
from scenarios.results.output import Record, records, table
from scenarios.runs.effects import INDICATORS
from scenarios.studies import prim
from scenarios.studies.points import points_of
from scenarios.studies.prim import Box, Found, Step
from scenarios.studies.robustness import MEASURES, robustness
from scenarios.sweep import Sweep, sweep
from simulation.rupiah import format_rupiah, parse_rupiah
from simulation.store import Store

UNITS = {each.name: each.unit for each in INDICATORS}
FEWEST = 40
"""Points from which conditions can be told from chance: two to a box of the least mass."""
EVERYWHERE = "no conditions"
"""What is told of a box that holds all states."""
_SIZES = "points failing coverage density mass restricted told"
COLUMNS = {
    "policies": "scenario points run_failed not_numbers known failing silent",
    "boxes": f"scenario box {_SIZES} dense",
    "conditions": "scenario box factor told coverage density lowest highest every least most among "
    "quasi_p_least quasi_p_most quasi_p_among",
    "trajectory": f"scenario box step kind {_SIZES}",
    "rules": f"scenario rule {_SIZES}",
}
"""Of the tables."""


class Condition(Part):
    """A line that an indicator, its mean over replicates, must not cross.

    Examples
    --------
    >>> Condition(indicator="fund_sustains", below=1.0).words
    'fund_sustains below 1'
    """

    indicator: str = Field(description="an indicator of a comparison, such as net_per_public")
    above: float | None = Field(None, description="fails where it is above this")
    below: float | None = Field(None, description="fails where it is below this")

    @field_validator("indicator")
    @classmethod
    def _check_indicator(cls, name: str) -> str:
        if name not in UNITS:
            near = nearest(name, UNITS)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(UNITS)}"
            raise ValueError(f"there is no indicator {name!r}; {hint}")
        return name

    @field_validator("above", "below", mode="before")
    @classmethod
    def _read_money(cls, given: Any) -> Any:  # noqa: ANN401
        return parse_rupiah(given) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check_line(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("needs above or below, one of the two")
        return self

    @property
    def higher_is_better(self) -> bool:
        """Whether more of the indicator is better, as it fails below the line."""
        return self.below is not None

    @property
    def bound(self) -> float:
        """The line."""
        return float((self.above if self.below is None else self.below) or 0.0)

    @property
    def words(self) -> str:
        """The condition as it is told."""
        amount = UNITS[self.indicator].startswith("rupiah")
        bound = format_rupiah(self.bound) if amount else f"{self.bound:g}"
        return f"{self.indicator} {'below' if self.higher_is_better else 'above'} {bound}"

    def met(self, values: np.ndarray) -> np.ndarray:
        """Return where the indicator is on the wrong side; nowhere where it is not a number."""
        return values < self.bound if self.higher_is_better else values > self.bound


class Discovery(Part):
    """What counts as failing, and how well boxes must tell it.

    Examples
    --------
    >>> asked = Discovery(fails={"indicator": "net_cost", "above": "Rp 3 miliar"})
    >>> asked.fails[0].words
    'net_cost above Rp 3.000.000.000'
    """

    fails: list[Condition] = Field(
        min_length=1, description="a policy fails where any of these conditions holds"
    )
    coverage: float = Field(
        0.8, gt=0, le=1, description="share of failures that boxes together should hold"
    )
    density: float = Field(0.8, gt=0, le=1, description="share of failures in a box, at least")

    @field_validator("fails", mode="before")
    @classmethod
    def _list(cls, given: Any) -> Any:  # noqa: ANN401
        return [given] if isinstance(given, dict) else given


@dataclass(frozen=True)
class Discoveries:
    """What a study found.

    Attributes
    ----------
    sweep : Sweep
        The runs.
    asked : Discovery
        What was asked.
    tables : dict
        By name: ``states`` (one row a scenario and point: factors, indicators, fails), ``policies``
        (how many states are known and fail), ``boxes``, ``conditions`` (of boxes, one row a
        factor), ``trajectory``, ``rules`` (of the tree) and ``robustness``.
    """

    sweep: Sweep
    asked: Discovery
    tables: dict[str, pd.DataFrame]

    def save(self, folder: str | Path) -> list[Path]:
        """Write runs, tables, pictures and provenance; return the paths."""
        from scenarios.drawing.charts import save_figures
        from scenarios.drawing.discovery_pictures import figures

        folder = Path(folder)
        paths = [*self.sweep.save(folder), *write_tables(folder, self.tables)]
        said = {"seed": self.sweep.design.seed, "replicates": self.sweep.design.replicates}
        return [*paths, *save_figures(folder, figures(self.tables, **said))]

    def text(self) -> str:
        """Return what the terminal shows: where each policy fails, and which holds up best."""
        design = self.sweep.design
        lines = [f"{design.title or design.name}: fails where {self._line}\n"]
        for policy in self.tables["policies"].itertuples():
            lines += ["\n", *self._policy(policy)]
        lines += self._compared()
        lines.append(
            "\nDensity: share of a box's states that fail; coverage: share of all failures that "
            f"the box holds.\nA condition counts where chance would do as well in fewer than "
            f"{prim.LEVEL:.0%} of cases (quasi-p), which a search through many makes too kind.\n"
        )
        return "".join(lines)

    @property
    def _line(self) -> str:
        return " or ".join(each.words for each in self.asked.fails)

    def _policy(self, policy: Any) -> Iterator[str]:  # noqa: ANN401
        """Yield what is said of one policy."""
        yield f"{policy.scenario}: fails in {policy.failing} of {policy.known} states"
        yield f" ({policy.failing / policy.known:.0%})\n" if policy.known else "\n"
        if policy.run_failed or policy.not_numbers:
            yield f"  left out: {policy.run_failed} states in which a run failed, "
            yield f"{policy.not_numbers} in which an indicator is not a number\n"
        if policy.silent:
            yield f"  never a number, so that nothing is asked of it: {policy.silent}\n"
        for row in self._rows("boxes", policy.scenario):
            short = "" if row["dense"] else f" (less dense than the {self.asked.density:.0%} asked)"
            yield f"  box {row['box']}{short}: {row['told']}\n    {_shares(row)}\n"
        for row in self._rows("rules", policy.scenario):
            yield f"  tree: {row['told']}\n    {_shares(row)}\n"

    def _rows(self, name: str, scenario: str) -> list[Record]:
        return records(self.tables[name][self.tables[name].scenario == scenario])

    def _compared(self) -> Iterator[str]:
        """Yield how policies compare, one table a condition; nothing where there is only one."""
        heads = ["", "kept", "regret,\nmost", "\n90%", "\nmean", "mean", "worst"]
        for words, rows in self.tables["robustness"].groupby("condition", sort=False):
            cells = [
                [
                    str(row["scenario"]),
                    *(f"{row[name]:.3g} ({row[f'rank_{name}']})" for name in MEASURES),
                ]
                for row in records(rows)
            ]
            if len(cells) > 1:
                yield f"\nNot {words}, in {rows.states.iloc[0]} states that all know (rank)\n"
                yield table(heads, cells)

    def document(self) -> dict[str, Any]:
        """Return all but single runs and states, for programs that read JSON."""
        shown = {name: records(each) for name, each in self.tables.items() if name != "states"}
        return {**self.sweep.provenance(), **shown}

    def rows(self) -> list[Record]:
        """Return the boxes, for programs that read CSV."""
        return records(self.tables["boxes"])


def study(
    design: Design,
    store: Store,
    executor: Executor | int = 1,
    progress: Callable[[int, int, int], None] | None = None,
    tasks: int | None = None,
) -> Discoveries:
    """Run a design and tell where its scenarios fail.

    Raises
    ------
    ScenarioError
        Where the design does not say what failing is, varies nothing, or has too few points.
    """
    asked = design.section("discovery", Discovery)
    points = points_of(design)
    if points.columns.empty or len(points) < FEWEST:
        place = "vary" if points.columns.empty else "points"
        problem = f"{len(points)} points of {len(points.columns)} factors tell no conditions"
        right = f"something that varies, and {FEWEST} points or more"
        raise ScenarioError([design.mistake((place,), problem, right)])
    return discover(sweep(design, store, executor, progress, tasks), asked)


def discover(found: Sweep, asked: Discovery) -> Discoveries:
    """Return where the scenarios of a sweep fail, and how they compare.

    A state in which a run failed, or an indicator that decides is not a number, says nothing and is
    left out. An indicator that a scenario never has decides nothing there.
    """
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    states = []
    for name, scenario in bases(found.design).items():
        own, counted = _judged(found, name, asked.fails)
        states.append(own)
        rows["policies"].append(counted)
        known = own[own.fails.notna()].reset_index(drop=True)
        programmes = {row.name for field in ROWS for row in getattr(scenario, field)}
        factors = known[[path for path in map(str, found.points) if _is_for(path, programmes)]]
        cases = known.fails.to_numpy(bool)
        told = prim.boxes(factors, cases, asked.coverage, asked.density)
        for number, box in enumerate(told, start=1):
            key = {"scenario": name, "box": number}
            rows["boxes"].append({**key, **_sized(box.chosen, cases), "dense": box.dense})
            rows["conditions"] += [{**key, **row} for row in _conditions(box, factors, cases)]
            rows["trajectory"] += [{**key, **row} for row in _trajectory(box, cases)]
        for number, rule in enumerate(prim.rules(factors, cases), start=1):
            rows["rules"].append({"scenario": name, "rule": number, **_sized(rule, cases)})
    tables = {name: pd.DataFrame(rows[name], columns=COLUMNS[name].split()) for name in COLUMNS}
    tables["states"] = pd.concat(states, ignore_index=True)
    tables["robustness"] = _robust(found, asked.fails)
    return Discoveries(found, asked, tables)


def _judged(
    found: Sweep, scenario: str, fails: Sequence[Condition]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the states of a scenario, with whether it fails there, and their counts."""
    values = {each.indicator: found.wide(each.indicator)[scenario].to_numpy() for each in fails}
    lost = found.points.index.isin(found.failures.point[found.failures.scenario == scenario])
    silent = [each for each in fails if not np.isfinite(values[each.indicator]).any()]
    failing, unknown = np.zeros(len(lost), bool), np.full(len(lost), len(silent) == len(fails))
    for each in fails:
        failing |= each.met(values[each.indicator])
        if each not in silent:
            unknown |= ~np.isfinite(values[each.indicator])
    unknown &= ~failing & ~lost
    known = ~unknown & ~lost
    states = found.points.reset_index(drop=True)
    for path in states:
        if not prim.is_number(states[path].to_numpy()):
            states[path] = [_written(str(path), each) for each in states[path].tolist()]
    states = states.assign(**values)
    states["fails"] = pd.Series(failing, dtype="boolean").where(known)
    states.insert(0, "scenario", scenario)
    states.insert(1, "point", found.points.index)
    return states, {
        "scenario": scenario,
        "points": len(lost),
        "run_failed": int(lost.sum()),
        "not_numbers": int(unknown.sum()),
        "known": int(known.sum()),
        "failing": int(failing[known].sum()),
        "silent": "; ".join(each.words for each in silent),
    }


def _is_for(path: str, programmes: Set[str]) -> bool:
    """Return whether a factor can matter to a scenario with these programmes and shocks."""
    first, *inner = path.split(".")
    return first not in ROWS or inner[0] in programmes


def _sized(step: Step, cases: np.ndarray) -> dict[str, Any]:
    """Return how large a box is, and its conditions in words."""
    return {
        "points": step.points,
        "failing": step.cases,
        "coverage": step.cases / max(1, cases.sum()),
        "density": step.density,
        "mass": step.points / len(cases),
        "restricted": len(step.box.factors),
        "told": " and ".join(_told(step.box)) or EVERYWHERE,
    }


def _told(box: Box) -> Iterator[str]:
    """Yield the conditions of a box in words, factor by factor."""
    for factor in box.factors:
        yield f"{factor} {_of_factor(box, factor)}"


def _of_factor(box: Box, factor: str) -> str:
    """Return what a box says of one factor."""
    own = {side: bound for (name, side), bound in box.conditions.items() if name == factor}
    if "among" in own:
        return f"is {' or '.join(_written(factor, each) for each in own['among'])}"
    if len(own) == 2:
        return f"from {_written(factor, own['least'])} to {_written(factor, own['most'])}"
    return "".join(f"at {side} {_written(factor, bound)}" for side, bound in own.items())


def _written(factor: str, value: Any) -> str:  # noqa: ANN401
    """Return the value of a factor as scenario files write it, in four figures."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, str):
        return value
    if is_money(Factor.model_construct(path=factor).location):
        return format_rupiah(value)
    return f"{value:.4g}"


def _conditions(found: Found, factors: pd.DataFrame, cases: np.ndarray) -> Iterator[dict[str, Any]]:
    """Yield what a box says of each factor that it restricts, within what the factor takes."""
    for factor in found.chosen.box.factors:
        column = factors[factor].to_numpy()
        row = {"factor": factor, "coverage": found.chosen.cases / max(1, cases.sum())}
        row |= {"density": found.chosen.density, "told": _of_factor(found.chosen.box, factor)}
        if prim.is_number(column):
            row |= {"lowest": float(column.min()), "highest": float(column.max())}
        else:
            row["every"] = json.dumps(prim.categories(column))
        for side in ("least", "most", "among"):
            bound = found.chosen.box.conditions.get((factor, side))
            row[side] = json.dumps(bound) if side == "among" and bound else bound
            row[f"quasi_p_{side}"] = found.quasi_p.get((factor, side))
        yield row


def _trajectory(found: Found, cases: np.ndarray) -> Iterator[dict[str, Any]]:
    """Yield the boxes that peeling went through, and the one that was made of one of them."""
    for number, step in enumerate([*found.steps, found.chosen]):
        kind = "peeled" if number < len(found.steps) else "chosen"
        yield {"step": number, "kind": kind, **_sized(step, cases)}


def _robust(found: Sweep, fails: Sequence[Condition]) -> pd.DataFrame:
    """Return how robust each scenario is by each indicator that decides."""
    lost = found.failures[["scenario", "point"]].drop_duplicates()
    parts = []
    for each in fails:
        wide = found.wide(each.indicator)
        for scenario, point in lost.itertuples(index=False):
            wide.loc[point, scenario] = np.nan
        part = robustness(wide, each.bound, each.higher_is_better)
        part.insert(0, "condition", each.words)
        part.insert(2, "unit", UNITS[each.indicator])
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _shares(row: Record) -> str:
    return (
        f"{row['failing']} of {row['points']} fail: density {row['density']:.0%}, "
        f"coverage {row['coverage']:.0%}"
    )
