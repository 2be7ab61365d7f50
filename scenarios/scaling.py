"""What size does to results: scaling curves over seats or budgets."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from calibration.synthesis import Households
from scenarios.design import Design, Part, check
from scenarios.drawing.charts import caption_of, save_figures
from scenarios.drawing.scaling_pictures import draw_scaling
from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.results.exports import write_tables
from scenarios.results.output import Record, records, table
from scenarios.results.store import write_whole
from scenarios.results.tables import estimate, number
from scenarios.runs import outcome
from scenarios.runs.groups import BUDGET_UNIT
from scenarios.runs.play import model_of
from scenarios.runs.prepare import setting_of
from scenarios.runs.replicates import LEVEL, mean_of, ratio_of
from scenarios.schema import Scenario
from scenarios.studies.budget import fitted, search
from scenarios.studies.sizes import at_seats, enough_households, most_spent, seats_of
from scenarios.sweep import Progress, Runs, evaluate, origin
from simulation.programmes.terms import Rupiah
from simulation.runs import plan, sweep
from simulation.store import Store
from simulation.watch import code_version

LEAST_COST = 2.0 / 3.0
"""What a seat may cost of what it costs at most; it says how many seats a budget may buy."""
HIRED = "scenarios.scaling:hired"
MEASURES = {
    "cost": ("Cost,\nall payers", "rupiah"),
    "net_lifted": ("Net lifted\nout", "persons"),
    "average": ("Net lifted a\nRp 100 million", "persons"),
    "marginal": ("the same,\nat the margin", "persons"),
    "seats_filled": ("Seats\nfilled", "percent"),
    "mentors": ("Mentors\nhired", "mentors"),
    "mentor_quality": ("Quality of\na visit", "of 1"),
    "others_net_lifted": ("Others: net\nlifted out", "persons"),
    "others_profit_change": ("Others: profit\nof firms, a month", "rupiah"),
}
"""What is told of each size: heading and unit. The margin is over the size before."""


class Scaling(Part):
    """The sizes of a study, under ``scale`` in a design file."""

    seats: list[int] = Field([], description="seats over all intakes and programmes, ascending")
    budgets: list[Rupiah] = Field([], description="rupiah that all payers put in, ascending")

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        if bool(self.seats) == bool(self.budgets):
            raise ValueError("needs seats or budgets, one of the two")
        asked = [0, *self.seats, *self.budgets]
        if len(asked) < 3 or any(b <= a for a, b in itertools.pairwise(asked)):
            raise ValueError("takes two sizes or more, above 0, each above the one before")
        return self


@dataclass(frozen=True)
class Curves:
    """What size does to scenarios.

    Attributes
    ----------
    design : Design
        What was asked for.
    scenarios : tuple of Scenario
        Each scenario at each size.
    table : pandas.DataFrame
        Tidy: scenario, size (from 1), seats, households (simulated, or "all"), measure (of
        `MEASURES`), unit, value, low, high (over replicates that share people and draws from size
        to size).
    runs : pandas.DataFrame
        scenario, size, replicate, indicator, value.
    failures : pandas.DataFrame
        scenario, size, replicate, error, message.
    """

    design: Design
    scenarios: tuple[Scenario, ...]
    table: pd.DataFrame
    runs: pd.DataFrame
    failures: pd.DataFrame

    def text(self) -> str:
        """Return the curves as the terminal shows them."""
        lines = [f"{self.design.title or self.design.name}\n"]
        for row in records(self.failures.drop_duplicates(["scenario", "size"])):
            lines.append(f"  {row['scenario']}, size {row['size']}: {row['message']}\n")
        for name, own in self.table.groupby("scenario", sort=False):
            shown = own.groupby("measure").value.any()
            measures = [each for each in MEASURES if shown.get(each, False)]
            rows = []
            for seats, at_size in own.groupby("seats"):
                cells = {row["measure"]: estimate(row) for row in records(at_size)}
                rows.append([number(seats, 0), *(cells[each] for each in measures)])
            lines.append(f"\n{name}, households simulated: {own.households.iloc[0]}\n")
            lines.append(table(["seats", *(_heading(each) for each in measures)], rows))
        foot = f"{LEVEL:.0%} intervals of chance alone, from the same people and draws at each size"
        lines.append(f"\nMean [{foot}] of {self.design.replicates} replicates.\n")
        return "".join(lines)

    def document(self) -> dict[str, Any]:
        """Return all but the single runs, for programs that read JSON."""
        return {
            **origin(self.design, self.scenarios),
            "table": records(self.table),
            "failures": records(self.failures),
        }

    def rows(self) -> list[Record]:
        """Return the table, for programs that read CSV."""
        return records(self.table)

    def save(self, folder: str | Path) -> list[Path]:
        """Write tables, figure and how to do it again into a folder; return the paths."""
        folder = Path(folder)
        tables = {"scaling": self.table, "runs": self.runs, "failures": self.failures}
        paths = write_tables(folder, tables)
        text = json.dumps(self.document(), indent=2, ensure_ascii=False) + "\n"
        paths.append(folder / "provenance.json")
        write_whole(paths[-1], lambda path: path.write_text(text, encoding="utf-8"))
        more = f"Bars are {LEVEL:.0%} intervals of chance alone. Simulated, not found."
        said = caption_of(self.scenarios[0].seed, self.design.replicates, more)
        figures = {"scaling.png": (draw_scaling, "scaling", {"text": said})}
        return [*paths, *save_figures(folder, figures)]


def study(
    design: Design,
    store: Store,
    executor: Executor | int = 1,
    progress: Progress | None = None,
    tasks: int | None = None,
) -> Curves:
    """Run the scenarios of a design at each size; what the store has is not done again.

    People are the same at every size, as many as the largest one needs; see
    `sizes.enough_households`.

    Parameters
    ----------
    design : Design
        With a part ``scale``; see `Scaling`.
    store, executor, progress, tasks
        As in `sweep.evaluate`.

    Raises
    ------
    ScenarioError
        Where the design is wrong, or a budget cannot be spent.
    """
    asked = design.section("scale", Scaling)
    bases = _peopled(design, asked)
    run = partial(
        evaluate,
        replicates=design.replicates,
        store=store,
        executor=executor,
        progress=progress,
        tasks=tasks,
    )
    if asked.seats:
        grid = [at_seats(base, seats) for base in bases for seats in asked.seats]
    else:
        searches = [search(base, budget) for base in bases for budget in asked.budgets]
        grid = [each.scenario for each in fitted(searches, partial(_costs, run))]
    found = run(grid)
    mentors = _mentors(grid, store, executor, progress, tasks)
    return Curves(
        design,
        tuple(grid),
        _table(grid, design.replicates, found, mentors),
        _sized(found.frame, grid),
        _sized(found.failures, grid),
    )


def _peopled(design: Design, asked: Scaling) -> list[Scenario]:
    """Return the scenarios of a design, with as many households as their largest size needs.

    Those of one area have as many as the neediest of them, so that they share people.
    """
    bases = list(check(design).values())
    wrong = [place for place, base in enumerate(bases) if most_spent(base) == 0.0]
    if wrong:
        problem = "has no seats that cost something"
        raise ScenarioError([design.mistake(("scenarios", place), problem) for place in wrong])
    most: dict[str, Households] = {}
    for base in bases:
        seats = max(asked.seats, default=0)
        if asked.budgets:
            each = LEAST_COST * most_spent(base) / seats_of(base)
            seats = int(asked.budgets[-1] / each)
        needed = enough_households(at_seats(base, seats))
        most[base.area] = max(most.get(base.area, 0), needed, key=_counted)
    return [base.model_copy(update={"households": most[base.area]}) for base in bases]


def _counted(households: Households) -> float:
    return np.inf if households == "all" else households


def _costs(run: Callable[[Sequence[Scenario]], Runs], trials: Sequence[Scenario]) -> list[float]:
    """Return what each scenario spends on the mean; not a number where people are too few."""
    found = run(trials)
    cost = found.frame[found.frame.indicator == "cost"].groupby("run").value.mean()
    failed = set(found.failures.run)
    for place, scenario in enumerate(trials):
        if place not in failed and not np.isfinite(cost.get(place, np.nan)):
            problem = "at this budget too few are enrolled to be shown"
            raise ScenarioError([Mistake(scenario.name, None, "", problem, "a larger budget")])
    return [np.nan if place in failed else float(cost[place]) for place in range(len(trials))]


def hired(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return the mentors that a scenario hires, and the quality of their visits to a household.

    Parameters
    ----------
    inputs : mapping
        From `outcome.run_of`.
    """
    scenario = Scenario.model_validate({"name": "run", **inputs["scenario"]})
    model = model_of(scenario, setting_of(scenario), inputs["replicate"], 1)
    weight, qualities, people = model.population.households["weight"], [], []
    while model.month < model.months:
        model.step()
        for provider in model.providers:
            waits = provider.terms.mentoring.starts_after if provider.terms.mentoring else 0
            for cohort in provider.cohorts:
                if cohort.month + waits == model.month - 1:
                    qualities += [mentor.quality for mentor in cohort.mentors]
                    people += [float(weight[mentor.rows].sum()) for mentor in cohort.mentors]
    quality = float(np.average(qualities, weights=people)) if sum(people) else np.nan
    return {"mentors": float(len(qualities)), "mentor_quality": quality}


def _mentors(
    grid: Sequence[Scenario],
    store: Store,
    executor: Executor | int,
    progress: Progress | None,
    tasks: int | None,
) -> pd.DataFrame:
    """Return what `hired` finds in the first replicate: row (of the grid), indicator, value."""
    mentored = [row for row, each in enumerate(grid) if any(p.mentoring for p in each.programmes)]
    inputs = [outcome.run_of(grid[row], 0) for row in mentored]
    planned = plan(HIRED, inputs, f"{outcome.VERSION()} {code_version('scenarios.scaling')}")
    if planned:
        sweep(planned, store, executor, progress=progress, tasks=tasks)
    frame = store.frame([run.name for run in planned])
    return frame.assign(row=np.array(mentored, np.int64)[frame.row])


def _table(
    grid: Sequence[Scenario], replicates: int, found: Runs, mentors: pd.DataFrame
) -> pd.DataFrame:
    """Return what is told of each size."""
    every = pd.MultiIndex.from_product([range(len(grid)), range(replicates)])
    wide = found.frame.pivot(index=["run", "replicate"], columns="indicator", values="value")
    wide = wide.reindex(every)
    own = {name: wide[name].to_numpy(float).reshape(-1, replicates) for name in wide}
    once = mentors.set_index(["indicator", "row"]).value
    rows = []
    for row, (scenario, size) in enumerate(zip(grid, _sizes(grid), strict=True)):
        place = {
            "scenario": scenario.name,
            "size": size,
            "seats": seats_of(scenario),
            "households": str(scenario.households),
        }
        before = row - 1 if size > 1 else None
        told = at_size(own["net_lifted"], own["cost"], row, before)
        for measure, (_, unit) in MEASURES.items():
            if measure in own:
                told[measure] = mean_of(own[measure][row])
            elif (measure, row) in once.index:
                told[measure] = mean_of(once[[(measure, row)]].to_numpy(float))
            if measure in told:
                rows.append({**place, "measure": measure, "unit": unit, **told[measure]})
    return pd.DataFrame(rows)


def at_size(
    lifted: np.ndarray, cost: np.ndarray, size: int, before: int | None
) -> dict[str, dict[str, float]]:
    """Return persons lifted out a Rp 100 million at a size, on the average and at the margin.

    Parameters
    ----------
    lifted, cost : numpy.ndarray
        Persons and rupiah, shape (sizes, replicates); replicates are the same lives at each size.
    size, before : int
        Rows of the size and of the one before it; None before the first one.

    Examples
    --------
    >>> lifted, cost = np.array([[10.0, 12.0], [14.0, 16.0]]), np.array([[1e8] * 2, [2e8] * 2])
    >>> found = at_size(lifted, cost, 1, 0)
    >>> found["average"]["value"], found["marginal"]
    (7.5, {'value': 4.0, 'low': 4.0, 'high': 4.0})
    """
    less = (0.0, 0.0) if before is None else (lifted[before], cost[before])
    return {
        "average": ratio_of(BUDGET_UNIT * lifted[size], cost[size]),
        "marginal": ratio_of(BUDGET_UNIT * (lifted[size] - less[0]), cost[size] - less[1]),
    }


def _sizes(grid: Sequence[Scenario]) -> list[int]:
    """Return which size each scenario of the grid is, from 1."""
    return [
        place
        for _, own in itertools.groupby(grid, lambda s: s.name)
        for place, _ in enumerate(own, 1)
    ]


def _sized(frame: pd.DataFrame, grid: Sequence[Scenario]) -> pd.DataFrame:
    """Return rows of the grid as those of scenarios and sizes."""
    names, sizes = np.array([each.name for each in grid], object), np.array(_sizes(grid))
    run = frame.run.to_numpy(np.int64)
    placed = frame.assign(scenario=names[run], size=sizes[run]).astype({"scenario": "str"})
    return placed[["scenario", "size", *frame.columns.drop("run")]]


def _heading(measure: str) -> str:
    label, unit = MEASURES[measure]
    return f"{label}\n{'' if unit == 'rupiah' else unit}"
