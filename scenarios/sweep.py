"""Many runs of scenarios at the points of a design, each done once and kept."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from scenarios.design import Design, at, bases, check
from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.results.exports import MOST_ROWS, about_of, to_xarray, write_excel, write_tables
from scenarios.results.output import Record, records, table
from scenarios.results.provenance import provenance
from scenarios.results.store import write_whole
from scenarios.results.tables import estimate
from scenarios.runs import outcome
from scenarios.runs.effects import INDICATORS
from scenarios.runs.means import summary_of
from scenarios.schema import Scenario
from scenarios.studies.points import points_of
from simulation import runs
from simulation.store import Store
from simulation.watch import Run

if TYPE_CHECKING:
    import xarray

Progress = Callable[[int, int, int], None]
"""Told how many runs are done, how many there are, how many failed."""
SHOWN = ("net_lifted", "cost_each", "net_per_budget", "profit_change_percent", "irr")
"""Indicators that the terminal shows."""
SHOWN_POINTS = 20
MOST_MISTAKES = 10


class Runs(NamedTuple):
    """What many runs gave.

    Attributes
    ----------
    frame : pandas.DataFrame
        run (position of the scenario), replicate, indicator, value; in the order of scenarios.
    failures : pandas.DataFrame
        run, replicate, error, message.
    """

    frame: pd.DataFrame
    failures: pd.DataFrame


def evaluate(
    scenarios: Sequence[Scenario],
    replicates: int,
    store: Store,
    executor: Executor | int = 1,
    progress: Progress | None = None,
    tasks: int | None = None,
) -> Runs:
    """Run scenarios against their twins; what the store has is not done again.

    Parameters
    ----------
    scenarios : sequence of Scenario
        Equal ones share their runs.
    replicates : int
        Of each.
    store, executor, progress, tasks
        As `simulation.runs.sweep` takes them.

    Examples
    --------
    >>> import tempfile
    >>> from scenarios.files import read
    >>> small = ["months=12", "households=2000", "programmes.training.seats=40"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = evaluate([read("training-only", small)], 1, Store(folder))
    >>> found.frame.value[found.frame.indicator == "participants"].item()
    120.0
    """
    planned = _planned(scenarios, replicates)
    order = sorted(planned, key=lambda pair: pair[0])
    runs.sweep([run for _, run in order], store, executor, progress=progress, tasks=tasks)
    names = [run.name for _, run in planned]
    return Runs(_placed(store.frame(names), replicates), _failures(store, names, replicates))


def _planned(
    scenarios: Sequence[Scenario], replicates: int
) -> list[tuple[tuple[str, str, int], Run]]:
    """Return the runs, scenario by scenario, each with what it shares with others."""
    inputs = [row for each in scenarios for row in outcome.runs_of(each, replicates)]
    planned = runs.plan(outcome.FUNCTION, inputs, outcome.VERSION())
    return [(outcome.shared(row), run) for row, run in zip(inputs, planned, strict=True)]


def _failures(store: Store, names: Sequence[str], replicates: int) -> pd.DataFrame:
    return _placed(store.errors(names).drop(columns="traceback"), replicates)


def _placed(frame: pd.DataFrame, replicates: int) -> pd.DataFrame:
    """Return rows of the plan as scenarios and replicates."""
    run, replicate = np.divmod(frame.pop("row").to_numpy(np.int64), replicates)
    frame.insert(0, "run", run)
    frame.insert(1, "replicate", replicate)
    return frame


@dataclass(frozen=True)
class Sweep:
    """The runs of a design.

    Attributes
    ----------
    design : Design
        What was asked for.
    points : pandas.DataFrame
        One row a point, one column a factor.
    frame : pandas.DataFrame
        Tidy: scenario, point, replicate, indicator, value (against the twin).
    failures : pandas.DataFrame
        scenario, point, replicate, error, message.
    """

    design: Design
    points: pd.DataFrame
    frame: pd.DataFrame
    failures: pd.DataFrame

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios by name, as they are before anything is varied."""
        return bases(self.design)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Each indicator over replicates; see `means.summary_of`."""
        names, often = list(self.scenarios), self.design.replicates
        return summary_of(self.frame, names, len(self.points), often)

    def wide(self, indicator: str) -> pd.DataFrame:
        """Return means over replicates: one row a point, one column a scenario."""
        means = self.summary[self.summary.indicator == indicator]
        found = means.pivot(index="point", columns="scenario", values="value")
        return found.reindex(index=self._places.index, columns=list(self.scenarios))

    def to_xarray(self) -> "xarray.Dataset":
        """Return all runs as a data set: one variable an indicator, over the other columns."""
        return to_xarray(self.frame, ["scenario", "point", "replicate", "indicator"])

    def save(self, folder: str | Path) -> list[Path]:
        """Write runs, points, summary, failures and provenance; return the paths.

        Each is written whole or not at all: runs as Parquet, the others as CSV, too, and the means
        as Excel.
        """
        folder = Path(folder)
        tables = {"points": self._places, "summary": self.summary, "failures": self.failures}
        paths = write_tables(folder, {"runs": self.frame}, ["parquet"])
        paths += write_tables(folder, tables)
        if len(self.points) * len(self.scenarios) < MOST_ROWS:
            paths.append(self._write_excel(folder / "means.xlsx"))
        text = json.dumps(self.provenance(), indent=2, ensure_ascii=False) + "\n"
        paths.append(folder / "provenance.json")
        write_whole(paths[-1], lambda path: path.write_text(text, encoding="utf-8"))
        return paths

    def _write_excel(self, path: Path) -> Path:
        design, indicators = self.design, [each.name for each in INDICATORS]
        means = self.summary.pivot(
            index=["scenario", "point"], columns="indicator", values="value"
        )[indicators]
        means = means.reset_index().merge(self._places.reset_index(), on="point")
        seed = min(scenario.seed for scenario in self.scenarios.values())
        what = f"{design.title or design.name}: means over replicates, against the twin."
        about = about_of(what, seed, design.replicates, f"berdaya sweep {design.name}")
        tables = {"means": means, "failures": self.failures}
        write_excel(path, tables, about, {each.name: each.unit for each in INDICATORS})
        return path

    def provenance(self) -> dict[str, Any]:
        """Return what it takes to do the sweep again, and how many runs failed."""
        failed = len(self.failures)
        return {**origin(self.design, list(self.scenarios.values())), "failed": failed}

    def text(self) -> str:
        """Return what the terminal shows: a few indicators at the first points."""
        often, points = self.design.replicates, len(self.points)
        heading = (
            f"{self.design.title or self.design.name}: {points} points, {often} replicates, "
            f"{points * often * len(self.scenarios)} runs, {len(self.failures)} failed\n"
        )
        tables = [f"\n{name}\n{self._table(name)}" for name in self.scenarios]
        more = points - SHOWN_POINTS
        foot = f"\n{more} more points are in the files.\n" if more > 0 else ""
        return "".join([heading, *told_failures(self.failures), *tables, foot])

    def _table(self, scenario: str) -> str:
        shown = [each for each in INDICATORS if each.name in SHOWN]
        own = self.summary[self.summary.scenario == scenario]
        found = {(row["point"], row["indicator"]): row for row in records(own)}
        heads = ["point", *(str(path).rpartition(".")[2] for path in self.points)]
        heads += [f"{each.label}\n{each.unit}" for each in shown]
        rows = []
        for place in records(self._places.reset_index().head(SHOWN_POINTS)):
            cells = [f"{x:.4g}" if isinstance(x, float) else str(x) for x in place.values()]
            keys = [(place["point"], each.name) for each in shown]
            rows.append([*cells, *(estimate(found[key]) if key in found else "-" for key in keys)])
        return table(heads, rows, left=1 + len(self.points.columns))

    def document(self) -> dict[str, Any]:
        """Return all but single runs, for programs that read JSON."""
        return {
            **self.provenance(),
            "points": records(self._places.reset_index()),
            "summary": records(self.summary),
            "failures": records(self.failures),
        }

    def rows(self) -> list[Record]:
        """Return the summary with the factors beside it, for programs that read CSV."""
        return records(self.summary.merge(self._places, on="point"))

    @property
    def _places(self) -> pd.DataFrame:
        """The points as files take them: values of several types in one column as text."""
        points = self.points.rename_axis("point")
        mixed = [name for name in points if points[name].map(type).nunique() > 1]
        return points.astype(dict.fromkeys(mixed, str))


def told_failures(failures: pd.DataFrame) -> Iterator[str]:
    """Yield a line a kind of error: how often, and what it said first."""
    for error, failed in failures.groupby("error", sort=False):
        yield f"  {len(failed)} failed with {error}: {failed.message.iloc[0]}\n"


def sweep(
    design: Design,
    store: Store,
    executor: Executor | int = 1,
    progress: Progress | None = None,
    tasks: int | None = None,
) -> Sweep:
    """Run every scenario of a design at every point; what the store has is not done again.

    Raises
    ------
    ScenarioError
        Where the design, or a point of it, does not fit its scenarios.
    """
    scenarios, points = asked(design)
    at_points = scenarios_at(scenarios, points)
    found = evaluate(at_points, design.replicates, store, executor, progress, tasks)
    frame, failures = (_named(each, scenarios, len(points)) for each in found)
    return Sweep(design, points, frame, failures)


class Status(NamedTuple):
    """How far a sweep is: runs in all, done, failed and left; and what failed as in `Sweep`."""

    total: int
    done: int
    failed: int
    left: int
    failures: pd.DataFrame


def status(design: Design, store: Store) -> Status:
    """Return how far a sweep is; nothing is run.

    Raises
    ------
    ScenarioError
        As `sweep` does.
    """
    scenarios, points = asked(design)
    planned = _planned(scenarios_at(scenarios, points), design.replicates)
    names = [run.name for _, run in planned]
    failures = store.errors(names)
    every, failed = set(names), {names[row] for row in failures["row"]}
    done = len(every & store.finished())
    placed = _placed(failures.drop(columns="traceback"), design.replicates)
    named = _named(placed, scenarios, len(points))
    return Status(len(every), done, len(failed), len(every) - done - len(failed), named)


def asked(design: Design) -> tuple[list[Scenario], pd.DataFrame]:
    """Return the scenarios of a design and its points; see `check` and `points_of`."""
    scenarios = list(check(design).values())
    if design.vary and design.sample == "none":
        problem = "nothing says at which points"
        right = "sample: grid, latin hypercube or sobol"
        raise ScenarioError([design.mistake(("vary",), problem, right)])
    return scenarios, points_of(design)


def scenarios_at(scenarios: Sequence[Scenario], points: pd.DataFrame) -> list[Scenario]:
    """Return each scenario at each point, scenario by scenario.

    Raises
    ------
    ScenarioError
        With the first points at which a scenario would be wrong.
    """
    found: list[Scenario] = []
    mistakes: list[Mistake] = []
    changes = records(points) if len(points.columns) else [{}] * len(points)
    for base in scenarios:
        for point, change in enumerate(changes):
            try:
                found.append(at(base, change))
            except ScenarioError as error:
                said = ", ".join(f"{path} {value}" for path, value in change.items())
                for each in error.mistakes:
                    problem = f"{each.problem}, at {said}"
                    place = f"{base.name}, point {point}"
                    mistakes.append(Mistake(place, None, each.path, problem, each.allowed))
                if len(mistakes) >= MOST_MISTAKES:
                    raise ScenarioError(mistakes) from None
    if mistakes:
        raise ScenarioError(mistakes)
    return found


def _named(frame: pd.DataFrame, scenarios: Sequence[Scenario], points: int) -> pd.DataFrame:
    """Return rows of scenarios at points under their names."""
    scenario, point = np.divmod(frame.pop("run").to_numpy(np.int64), points)
    names = np.array([each.name for each in scenarios])
    frame.insert(0, "scenario", names[scenario])
    frame.insert(1, "point", point)
    return frame


def origin(design: Design, scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """Return where the runs of a design come from: versions, data, design and scenarios."""
    said = [outcome.run_of(each, 0)["scenario"] for each in scenarios]
    text = json.dumps(said, sort_keys=True)
    return {
        **provenance(scenarios),
        "runs": outcome.VERSION(),
        "scenarios_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "design": design.model_dump(mode="json", by_alias=True),
        "seed": design.seed,
        "replicates": design.replicates,
    }
