"""What decides a result: the parameters and terms behind it, each with its share and its interval.

Every point of a design is lived with the same draws, against its twin, so that chance does not
count as influence. The people, too, are the same; what hangs on who was sampled is not shown.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from scenarios.design import Design, Part, bases, check
from scenarios.drawing.influence_pictures import short_name
from scenarios.grammar.mistakes import ScenarioError, nearest
from scenarios.results.exports import write_tables
from scenarios.results.output import Record, records, table
from scenarios.results.store import write_whole
from scenarios.results.tables import number
from scenarios.runs.effects import INDICATORS, RATIOS
from scenarios.studies.influence import (
    DECIDES,
    LEVEL,
    NOTHING,
    block_size,
    convergence,
    interactions,
    swings,
    unit_points,
    whole_blocks,
)
from scenarios.studies.luck import LEVELS, luck_share
from scenarios.studies.points import spread
from scenarios.sweep import Progress, evaluate, origin, scenarios_at
from simulation.store import Store

FEWEST = {"sobol": 32, "morris": 8, "pawn": 100, "delta": 100}
"""Base points, or trajectories, that a method needs at least."""
FEWEST_FOR_PAIRS = 512
"""Base points from which the index of a pair is off by less than a fifth: see `_off`."""
KNOWN = {each.name: each for each in INDICATORS}
SHOWN = {
    "sobol": {"S1": "alone\nS1", "ST": "in all\nST", "ST_luck": "of it\nluck"},
    "morris": {
        "mu_star": "moves it\nmu*",
        "mu_star_luck": "luck\nmoves",
        "mu": "mu",
        "sigma": "sigma",
    },
    "pawn": {"median": "PAWN\nmedian", "CV": "\nCV"},
    "delta": {"delta": "delta", "S1": "alone\nS1"},
}
"""Measures that the terminal shows, with their headings."""


def _off(points: int) -> float:
    """Return how far the index of a pair may be off at the level of intervals.

    It is a sum of four means over base points, each of products of two outcomes, which have a
    variance of one where outcomes are independent of each other.
    """
    return 1.96 * 2.0 / max(points, 1) ** 0.5


def _check_indicator(name: str) -> str:
    if name in RATIOS:
        raise ValueError(f"{name} is of means over replicates: take {' and '.join(RATIOS[name])}")
    if name not in KNOWN:
        near = nearest(name, KNOWN)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(KNOWN)}"
        raise ValueError(f"there is no indicator {name!r}; {hint}")
    return name


class Sensitivity(Part):
    """How the influence of what a design varies is measured, and on what.

    Examples
    --------
    >>> Sensitivity(method="sobol", indicators=["net_lifted"], points=512).order
    1
    """

    method: Literal["morris", "sobol", "pawn", "delta"] = Field(
        description="morris screens many factors, sobol shares the variance out, "
        "pawn and delta are for skewed outcomes"
    )
    indicators: list[Annotated[str, AfterValidator(_check_indicator)]] = Field(
        min_length=1, description="indicators of a comparison, each against the twin"
    )
    order: Literal[1, 2] = Field(1, description="2 for the interactions of pairs, too (sobol)")
    points: int = Field(description="base points; trajectories for morris")

    @field_validator("order")
    @classmethod
    def _check_order(cls, order: int, info: ValidationInfo) -> int:
        if order == 2 and info.data.get("method", "sobol") != "sobol":
            raise ValueError("only sobol tells the interactions of pairs")
        return order

    @field_validator("points")
    @classmethod
    def _check_points(cls, points: int, info: ValidationInfo) -> int:
        method = info.data.get("method", "pawn")
        fewest = FEWEST_FOR_PAIRS if info.data.get("order") == 2 else FEWEST[method]
        if points < fewest and fewest == FEWEST_FOR_PAIRS:
            raise ValueError(
                f"the interaction of a pair from {points} base points may be off by "
                f"{_off(points):.2f}, which hides most: take {fewest} or more"
            )
        if points < fewest:
            raise ValueError(f"{points} are too few for {method}: take {fewest} or more")
        if method == "sobol" and points & (points - 1):
            below = 1 << (points.bit_length() - 1)
            raise ValueError(
                f"{points} is no power of two, which spreads Sobol's points evenly: "
                f"take {below} or {2 * below}"
            )
        return points


@dataclass(frozen=True)
class Influences:
    """What decides the results of a design.

    Attributes
    ----------
    design : Design
        What was asked for.
    asked : Sensitivity
        Its part ``sensitivity``.
    tables : dict
        By name, each with scenario and indicator: ``outcomes`` (mean, spread, luck, base points
        used and left out), ``indices``, ``convergence``, ``swings`` and, where asked for,
        ``interactions`` as of the functions in `influence`; ``points`` (values of the factors in
        the order of the method), ``runs`` and ``failures``.
    """

    design: Design
    asked: Sensitivity
    tables: dict[str, pd.DataFrame]

    def save(self, folder: str | Path) -> list[Path]:
        """Write tables, pictures and provenance; return the paths."""
        from scenarios.drawing.charts import save_figures
        from scenarios.drawing.influence_pictures import figures

        folder = Path(folder)
        paths = write_tables(folder, self.tables)
        paths.append(folder / "provenance.json")
        text = json.dumps(self.provenance(), indent=2, ensure_ascii=False) + "\n"
        write_whole(paths[-1], lambda path: path.write_text(text, encoding="utf-8"))
        said = {"seed": self.design.seed, "replicates": self.design.replicates}
        return [*paths, *save_figures(folder, figures(self.tables, self.asked.method, **said))]

    def provenance(self) -> dict[str, Any]:
        """Return what it takes to do the study again, and how many runs failed."""
        scenarios = list(bases(self.design).values())
        return {**origin(self.design, scenarios), "failed": len(self.tables["failures"])}

    def text(self) -> str:
        """Return what the terminal shows: for each outcome the factors, the weightiest first."""
        asked, rows = self.asked, len(self.tables["points"])
        what = "trajectories" if asked.method == "morris" else "base points"
        runs = self.tables["points"].point.nunique() * self.design.replicates
        lines = [f"{self.design.title or self.design.name}\n"]
        lines.append(f"{asked.method}, {asked.points} {what} of {len(self.design.vary)} factors: ")
        lines.append(f"{number(rows, 0)} points, {number(runs, 0)} different runs a scenario\n")
        for error, failed in self.tables["failures"].groupby("error", sort=False):
            lines.append(f"  {len(failed)} failed with {error}: {failed.message.iloc[0]}\n")
        for outcome in records(self.tables["outcomes"]):
            lines += self._outcome(outcome)
        where = "ends" if asked.method == "morris" else "lowest and highest fifth"
        lines.append(f"\n[{LEVEL:.0%} interval: points are few.] Low and high: the outcome's mean ")
        lines.append(f"at the {where}\nof the factor. Nothing changes no input.\n")
        if self.design.replicates == 1 and asked.method in ("sobol", "morris"):
            lines.append("With one replicate only influence that has a direction is told.\n")
        return "".join(lines)

    def _outcome(self, outcome: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is said of one indicator of one scenario."""
        yield f"\n{outcome['scenario']}: {outcome['label']}, {outcome['unit']}\n"
        if outcome["left_out"]:
            yield f"  {outcome['left_out']} base points left out: a run failed or has no number\n"
        if not outcome["blocks"]:
            return
        yield f"  mean {_short(outcome['mean'])}, standard deviation over points "
        yield f"{_short(outcome['sd'])}{self._luck(outcome['luck'])}\n"
        decides = DECIDES[self.asked.method]
        cells = {(row["parameter"], row["measure"]): row for row in self._rows("indices", outcome)}
        ends = {(row["parameter"], row["end"]): row for row in self._rows("swings", outcome)}
        known = {measure for _, measure in cells}
        measures = {name: head for name, head in SHOWN[self.asked.method].items() if name in known}
        first = [row for (_, measure), row in cells.items() if measure == decides]
        rows = []
        for row in sorted(first, key=lambda row: -row["value"]):
            name = row["parameter"]
            shown = [_interval(cells[name, each]) for each in measures]
            moves = [_short(ends[name, end]["value"]) for end in ("low", "high")]
            rows.append([short_name(name), *shown, "yes" if row["influential"] else "", *moves])
        yield table(["", *measures.values(), "influ-\nential", "low", "high"], rows)
        for row in self._rows("interactions", outcome):
            if row["clear"]:
                both = f"{short_name(row['first'])} with {short_name(row['second'])}"
                yield f"  together beyond both alone, S2: {both} {_interval(row)}\n"

    def _luck(self, share: float) -> str:
        """Return what is said of luck."""
        often = self.design.replicates
        if often == 1:
            return "; one replicate does not tell how much of it is luck"
        told = f"; luck is {share:.0%} of its variance, by {often} replicates"
        return told if np.isfinite(share) else ""

    def _rows(self, name: str, outcome: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the rows of a table that are of one indicator of one scenario."""
        if name not in self.tables:
            return []
        found = self.tables[name]
        own = (found.scenario == outcome["scenario"]) & (found.indicator == outcome["indicator"])
        return records(found[own])

    def document(self) -> dict[str, Any]:
        """Return all but points and single runs, for programs that read JSON."""
        shown = {k: records(each) for k, each in self.tables.items() if k not in ("points", "runs")}
        return {**self.provenance(), **shown}

    def rows(self) -> list[Record]:
        """Return the indices, for programs that read CSV."""
        return records(self.tables.get("indices", self.tables["outcomes"]))


def study(
    design: Design,
    store: Store,
    executor: Executor | int = 1,
    progress: Progress | None = None,
    tasks: int | None = None,
) -> Influences:
    """Run a design at the points of a method and tell what decides its results.

    What the store has is not done again: more replicates or, of Sobol's points, more base points
    go on from fewer.

    Parameters
    ----------
    design : Design
        With a part ``sensitivity``; see `Sensitivity`.
    store, executor, progress, tasks
        As in `sweep.evaluate`.

    Raises
    ------
    ScenarioError
        Where the design is wrong, varies too little for its method, or a point of it does not fit.
    """
    asked = design.section("sensitivity", Sensitivity)
    scenarios = check(design)
    places, points = points_of(design, asked)
    distinct = points.drop_duplicates("point").drop(columns="point").reset_index(drop=True)
    everywhere = scenarios_at(list(scenarios.values()), distinct)
    found = evaluate(everywhere, design.replicates, store, executor, progress, tasks)
    runs, failures = (_named(each, list(scenarios), len(distinct)) for each in found)
    runs = runs[runs.indicator.isin(asked.indicators)].reset_index(drop=True)
    parts = []
    for scenario in scenarios:
        for name in dict.fromkeys(asked.indicators):
            own = runs[(runs.scenario == scenario) & (runs.indicator == name)]
            y = np.full((len(distinct), design.replicates), np.nan)
            y[own.point, own.replicate] = own.value
            outcomes = y[points.point]
            parts.append(_analysed(design, asked, (scenario, name), places, outcomes))
    tables = {
        name: pd.concat([part[name] for part in parts if name in part], ignore_index=True)
        for name in dict.fromkeys(name for part in parts for name in part)
    }
    tables |= {"points": points, "runs": runs, "failures": failures}
    return Influences(design, asked, tables)


def points_of(design: Design, asked: Sensitivity) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the points of a method: in the unit box, and as values of what is varied.

    Those that differ in nothing but `NOTHING`, and so are one run, bear one number in the column
    point.

    Raises
    ------
    ScenarioError
        Where what is varied does not suffice for the method.
    """
    _check_factors(design, asked)
    factors = len(design.vary) + 1
    places = unit_points(asked.method, factors, asked.points, asked.order, design.seed)
    points = spread(design.vary, places[:, :-1])
    number = points.groupby(list(points), sort=False, dropna=False).ngroup()
    points.insert(0, "point", number)
    return places, points


def _check_factors(design: Design, asked: Sensitivity) -> None:
    """Raise ScenarioError where what is varied does not suffice for the method."""
    factors = len(design.vary)
    if not factors:
        problem, right = "nothing is varied, so that nothing decides", "a factor or more"
        raise ScenarioError([design.mistake(("vary",), problem, right)])
    most = LEVELS**factors // (3 * (factors + 1))
    if asked.method == "morris" and asked.points > most:
        problem = (
            f"the grid of {factors} factors has {LEVELS**factors} places; more trajectories than "
            f"{most} come by the same again and again, and would be taken for independent"
        )
        right = "more factors, or another method"
        raise ScenarioError([design.mistake(("sensitivity", "points"), problem, right)])


def _analysed(
    design: Design,
    asked: Sensitivity,
    what: tuple[str, str],
    places: np.ndarray,
    y: np.ndarray,
) -> dict[str, pd.DataFrame]:
    """Return the tables of one indicator of one scenario; a base point counts as a whole or not.

    Parameters
    ----------
    design, asked
        Of the study.
    what : tuple
        Scenario and indicator.
    places : numpy.ndarray
        Points in the unit box.
    y : numpy.ndarray
        Outcomes, shape (points, replicates); not a number where a run failed or has none.
    """
    names = [*(factor.path for factor in design.vary), NOTHING]
    size = block_size(asked.method, len(names), asked.order)
    whole = whole_blocks(y, size)
    blocks, left_out = int(whole.sum()) // size, int((~whole).sum()) // size
    places, y = places[whole], y[whole]
    mean = y.mean(axis=1)
    outcome = {
        "mean": mean.mean() if blocks else np.nan,
        "sd": (mean.std() if np.ptp(mean) > 0.0 else 0.0) if blocks else np.nan,
        "luck": luck_share(y) if blocks else np.nan,
        "blocks": blocks,
        "left_out": left_out,
    }
    found = {"outcomes": pd.DataFrame([outcome])}
    if blocks:
        found["convergence"] = convergence(names, asked.method, places, y, asked.order, design.seed)
        last = found["convergence"].points == blocks
        found["indices"] = found["convergence"][last].drop(columns="points")
        found["swings"] = swings(names, asked.method, places, y, asked.order)
        if asked.order == 2:
            found["interactions"] = interactions(names, y, design.seed)
    scenario, indicator = what
    for each in found.values():
        each.insert(0, "scenario", scenario)
        each.insert(1, "indicator", indicator)
        each.insert(2, "label", KNOWN[indicator].label)
        each.insert(3, "unit", KNOWN[indicator].unit)
    return found


def _named(frame: pd.DataFrame, names: Sequence[str], points: int) -> pd.DataFrame:
    """Return rows of runs as those of scenarios and points."""
    scenario, point = np.divmod(frame["run"].to_numpy(np.int64), points)
    found = frame.drop(columns="run")
    found.insert(0, "scenario", np.array(names, dtype=object)[scenario])
    found.insert(1, "point", point)
    return found.astype({"scenario": "str"})


def _interval(row: Mapping[str, Any]) -> str:
    """Return a value with its interval, where it has one that is wider than nothing."""
    low, value, high = (float(row[name]) for name in ("low", "value", "high"))
    return f"{_short(value)} [{_short(low)}; {_short(high)}]" if high > low else _short(value)


def _short(value: float) -> str:
    """Return a number in three figures, or two decimals."""
    if not np.isfinite(value):
        return "-"
    size = abs(value)
    return number(value, 2) if size < 100.0 else number(float(f"{value:.3g}"), 0)
