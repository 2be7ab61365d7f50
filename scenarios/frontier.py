"""The best split of a budget: which shares, on which terms, no other split beats on everything.

Up to four levers are tried at every split into equal steps, as an ordinary sweep. With more of
them, or with terms to choose besides, an evolutionary search proposes the splits, each generation
an ordinary sweep; so whatever is interrupted goes on from the runs that are finished. All splits
meet the same people and the same chance. Those that no other one dominates are run again with more
replicates, and judged again.
"""

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scenarios.design import Design, Factor, bases
from scenarios.drawing.charts import caption_of, save_figures
from scenarios.grammar.describe import as_yaml
from scenarios.grammar.explain import is_money
from scenarios.grammar.mistakes import ScenarioError
from scenarios.results.exports import write_tables
from scenarios.results.output import Record, records, table
from scenarios.results.store import write_whole
from scenarios.results.tables import estimate, number
from scenarios.runs.groups import FEWEST_SHOWN
from scenarios.runs.replicates import mean_of
from scenarios.schema import Scenario
from scenarios.studies.pareto import growth, means, non_dominated, probability, search
from scenarios.studies.splits import LABELS, Candidate, Frontier, Objective, asked_for
from scenarios.sweep import Progress, Runs, evaluate, origin
from simulation.rupiah import format_rupiah
from simulation.store import Store

__all__ = ["Best", "Frontier", "Objective", "study"]

MOST_LEVERS = 4
"""Beyond these a grid is too large."""
COST, SPENT = "cost", "spent"
NEAR = 5.0
"""Percent of the budget by which what is spent may differ without a word."""
NOTHING = f"fewer than {FEWEST_SHOWN} enrolled, of whom nothing is shown"
WIDE = 20
"""Letters of a line of a heading on the terminal."""


def study(
    design: Design,
    store: Store,
    executor: Executor | int = 1,
    progress: Progress | None = None,
    tasks: int | None = None,
) -> "Best":
    """Return the splits of a budget that no other one beats on everything.

    Parameters
    ----------
    design : Design
        With its `Frontier`; what it varies are terms to choose along with the shares.
    store, executor, progress, tasks
        As `simulation.runs.sweep` takes them.

    Raises
    ------
    ScenarioError
        Where the design is wrong, or no split of it can be run.
    """
    asked, space = asked_for(design)

    def run(scenarios: Sequence[Scenario], replicates: int) -> Runs:
        return evaluate(scenarios, replicates, store, executor, progress, tasks)

    bench = _Bench(asked, run)
    if len(asked.levers) <= MOST_LEVERS and not design.vary:
        bench.judge(space.grid(), design.replicates)
    else:
        search(
            lambda places: bench.judge(space.candidates(places), design.replicates),
            space.start(asked.candidates, design.seed),
            space.settle,
            asked.generations,
            design.seed,
        )
    first = bench.judged(range(len(bench.pool)))
    sizes = list(bench.sizes)
    ran = np.flatnonzero(~np.isnan(first).any(axis=1))
    while len(ran):
        kept = ran[non_dominated(first[ran])]
        failed = np.isnan(bench.judge([bench.pool[row] for row in kept], asked.again)).any(axis=1)
        if not failed.any():
            covered = {"candidates": sizes, "hypervolume": growth(first, sizes)}
            history = pd.DataFrame({"generation": range(1, len(sizes) + 1), **covered})
            return _best(design, asked, bench, ran.tolist(), kept.tolist(), history)
        ran = np.setdiff1d(ran, kept[failed])
    problem = f"no split can be run: {bench.why}"
    raise ScenarioError([design.mistake(("frontier", "budget"), problem)])


class _Bench:
    """Runs candidates and keeps what came of them.

    Attributes
    ----------
    pool : list of Candidate
        All that were tried, in the order in which they came.
    values : list of numpy.ndarray
        Of each, by figure and replicate; not a number where a run failed or it does not apply.
    sizes : list of int
        Of the pool, after each time that some were judged.
    why : str
        Why a candidate could not be run: what was said first.
    """

    def __init__(self, asked: Frontier, run: Callable[[Sequence[Scenario], int], Runs]) -> None:
        self.run = run
        self.names = list(dict.fromkeys([*(each.indicator for each in asked.objectives), COST]))
        self.signs = np.array([[each.sign] for each in asked.objectives])
        self.pool: list[Candidate] = []
        self.values: list[np.ndarray] = []
        self.sizes: list[int] = []
        self.why = ""
        self._rows: dict[Any, int] = {}

    def judge(self, candidates: Sequence[Candidate], replicates: int) -> np.ndarray:
        """Run candidates; return what they are judged by, as `pareto.search` takes it."""
        rows = []
        for candidate, values in zip(candidates, self._run(candidates, replicates), strict=True):
            rows.append(self._rows.setdefault(candidate.key, len(self.pool)))
            if rows[-1] == len(self.pool):
                self.pool.append(candidate)
                self.values.append(values)
            self.values[rows[-1]] = values
        self.sizes.append(len(self.pool))
        return self.judged(rows)

    def judged(self, rows: Iterable[int]) -> np.ndarray:
        """Return means of the objectives, less is better; not a number where a run failed."""
        found = []
        for row in rows:
            values = self.signed(row)
            mean = means(values[None], np.ones((1, values.shape[1])))[0, :, 0]
            failed = np.isnan(self.values[row]).all()  # what ran has a cost at least
            found.append(np.full(len(mean), np.nan) if failed else mean)
        return np.array(found)

    def signed(self, row: int) -> np.ndarray:
        """Return the objectives of a candidate by replicate, less is better."""
        return self.signs * self.values[row][: len(self.signs)]

    def _run(self, candidates: Sequence[Candidate], replicates: int) -> np.ndarray:
        """Return figures by candidate, name and replicate; none of what failed anywhere."""
        found = np.full((len(candidates), len(self.names), replicates), np.nan)
        scenarios = {row: each.scenario for row, each in enumerate(candidates) if each.scenario}
        frame, failures = self.run(list(scenarios.values()), replicates)
        frame = frame[frame.indicator.isin(self.names)]
        where = np.array([*scenarios], int)
        column = frame.indicator.map(self.names.index).to_numpy(int)
        found[where[frame.run], column, frame.replicate] = frame.value
        found[where[failures.run]] = np.nan
        said = [each.problem for each in candidates if each.problem]
        said += (failures.error + ": " + failures.message).tolist()
        few = [NOTHING] if np.isnan(found).all(axis=(1, 2)).any() else []
        self.why = self.why or next(iter([*said, *few]), "")
        return found


# What came of it


@dataclass(frozen=True)
class Best:
    """The splits that no other one dominates, and all that were tried.

    Attributes
    ----------
    design : Design
        What was asked for.
    frontier : pandas.DataFrame
        One row a split: its number, share and seats of each lever, terms, objectives and cost with
        their intervals, percent of the budget that was spent, and the probability that no other
        one dominates it. The first objective comes best first.
    candidates : pandas.DataFrame
        Tidy, of all splits that ran: candidate, kind (share, seats, term, objective, spending),
        name, label, unit, better, value, low, high, text, replicates, frontier, probability.
    search : pandas.DataFrame
        Candidates and the hypervolume after each generation, as a share of the box between the
        best and the worst of each objective.
    scenarios : dict
        Of each split of the frontier, by its number.
    notes : tuple of str
        What is to be said besides.
    """

    design: Design
    frontier: pd.DataFrame
    candidates: pd.DataFrame
    search: pd.DataFrame
    scenarios: dict[int, Scenario]
    notes: tuple[str, ...]

    def write(self, candidate: int, path: str | Path) -> Path:
        """Write a split of the frontier as a scenario file, whole or not at all; return the path.

        `berdaya scenario check` accepts it, and compared it gives the same figures.
        """
        path = Path(path)
        text = as_yaml(self.scenarios[candidate])
        write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))
        return path

    def save(self, folder: str | Path) -> list[Path]:
        """Write tables, figures, provenance, and each split as a scenario; return the paths."""
        from scenarios.drawing.frontier_pictures import draw_pairs, draw_parallel

        folder = Path(folder)
        paths = write_tables(folder, self._tables)
        about = {"about": self._about}
        figures = {
            "parallel.png": (draw_parallel, "candidates", about),
            "pairs.png": (draw_pairs, "candidates", about),
        }
        paths += save_figures(folder, figures)
        for each in self.scenarios:
            paths.append(self.write(each, folder / f"{self.design.name}-{each}.yaml"))
        text = json.dumps(self.provenance(), indent=2, ensure_ascii=False) + "\n"
        paths.append(folder / "provenance.json")
        write_whole(paths[-1], lambda path: path.write_text(text, encoding="utf-8"))
        return paths

    def provenance(self) -> dict[str, Any]:
        """Return what it takes to do the study again, and what is to be said besides."""
        return {**origin(self.design, list(bases(self.design).values())), "notes": self.notes}

    def text(self) -> str:
        """Return what the terminal shows: the frontier, with intervals."""
        shown = self.candidates[self.candidates.frontier & (self.candidates.kind != "seats")]
        figures = {number: records(own) for number, own in shown.groupby("candidate")}
        first = next(iter(figures.values()))
        names = [f"{_heading(str(each['label']))}\n{each['unit']}" for each in first]
        cells = [
            [str(number), *map(_cell, figures[number]), f"{100.0 * sure:.0f}"]
            for number, sure in zip(self.frontier.candidate, self.frontier.probability, strict=True)
        ]
        tried, often = self.candidates.candidate.nunique(), shown.replicates.max()
        lines = [
            f"{self.design.title or self.design.name}: {len(cells)} of {tried} splits are "
            "dominated by no other\n",
            table(["split", *names, "sure\npercent"], cells),
            f"90% intervals of chance alone, over {often} replicates. Sure: in how many means over",
            "replicates drawn again no other of the splits dominates this one.",
            *self.notes,
        ]
        return "\n".join(lines) + "\n"

    def document(self) -> dict[str, Any]:
        """Return all of it, for programs that read JSON."""
        return {**self.provenance(), **{name: records(each) for name, each in self._tables.items()}}

    def rows(self) -> list[Record]:
        """Return the frontier, one row a split, for programs that read CSV."""
        return records(self.frontier)

    @property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {"frontier": self.frontier, "candidates": self.candidates, "search": self.search}

    @property
    def _about(self) -> str:
        (base,) = bases(self.design).values()
        often = int(self.candidates.replicates[self.candidates.frontier].max())
        return caption_of(base.seed, often, "Bars are 90% intervals of chance alone.")


# Tables


def _heading(label: str) -> str:
    return textwrap.fill(label.replace(".", ". "), WIDE)


def _cell(row: Record) -> str:
    """Return a figure as the terminal shows it."""
    if row["kind"] in ("objective", "spending"):
        return estimate(row)
    return str(row["text"]) or number(row["value"] or np.nan, 0)


def _best(
    design: Design,
    asked: Frontier,
    bench: _Bench,
    ran: list[int],
    kept: list[int],
    history: pd.DataFrame,
) -> Best:
    """Return what came of it: `ran` are the rows that did, `kept` those that were run again."""
    judged = dict(zip(kept, bench.judged(kept), strict=True))
    stays = non_dominated(np.array([*judged.values()]))
    chance = probability(np.array([bench.signed(row) for row in kept]), design.seed)
    sure = dict(zip(kept, chance.tolist(), strict=True))
    front = [row for row, stay in zip(kept, stays, strict=True) if stay]
    parts = {}
    for row in ran:
        own = pd.DataFrame(_figures(design, asked, bench, row))
        own.insert(0, "candidate", row + 1)
        often, likely = bench.values[row].shape[1], sure.get(row, np.nan)
        parts[row] = own.assign(replicates=often, frontier=row in front, probability=likely)
    order = sorted(front, key=lambda row: float(judged[row][0]))
    wide = [_wide(parts[row], bench.pool[row], sure[row]) for row in order]
    figures = pd.concat(parts.values(), ignore_index=True)
    scenarios = {row + 1: _told(design, asked, bench.pool[row], row + 1) for row in order}
    notes = tuple(_notes(bench, len(ran), figures))
    return Best(design, pd.DataFrame(wide), figures, history, scenarios, notes)


def _figures(design: Design, asked: Frontier, bench: _Bench, row: int) -> Iterator[dict[str, Any]]:
    """Yield what is known of one candidate, one figure at a time."""
    candidate, unknown = bench.pool[row], {"low": np.nan, "high": np.nan}
    assert candidate.scenario is not None
    programmes = {each.name: each for each in candidate.scenario.programmes}
    for kind, unit in (("share", "percent"), ("seats", "seats")):
        for (lever, name), share in zip(asked.levers.items(), candidate.shares, strict=True):
            own = programmes.get(name)
            seats = own.seats * own.intakes if own else 0
            value = 100.0 * share if kind == "share" else float(seats)
            what = {"kind": kind, "name": f"{kind}_{lever}", "label": lever, "unit": unit}
            yield {**what, "better": "", "value": value, **unknown, "text": ""}
    for factor in design.vary:
        value, text = _term(factor, candidate.terms.get(factor.path))
        what = {"kind": "term", "name": factor.path, "label": _short(factor.path), "unit": ""}
        yield {**what, "better": "", "value": value, **unknown, "text": text}
    better = {each.indicator: each.better for each in asked.objectives}
    for name, values in zip(bench.names, bench.values[row], strict=True):
        kind, known = "objective" if name in better else "spending", LABELS[name]
        what = {"kind": kind, "name": name, "label": known.label, "unit": known.unit}
        yield {**what, "better": better.get(name, ""), **mean_of(values), "text": ""}
    spent = mean_of(100.0 * bench.values[row][bench.names.index(COST)] / asked.budget)
    what = {"kind": "spending", "name": SPENT, "label": "Spent of the budget", "unit": "percent"}
    yield {**what, "better": "", **spent, "text": ""}


def _term(factor: Factor, value: Any) -> tuple[float, str]:  # noqa: ANN401
    """Return a term as a number, its place in the list where it is none, and as text."""
    if value is None:
        return np.nan, ""
    if isinstance(value, bool | str):
        return float(factor.values.index(value)), str(value).lower()
    return float(value), format_rupiah(value) if is_money(factor.location) else f"{value:g}"


def _short(path: str) -> str:
    """Return the path of a term as it is shown: without what all have in common."""
    return path.removeprefix("programmes.")


def _wide(figures: pd.DataFrame, candidate: Candidate, sure: float) -> dict[str, Any]:
    """Return one row of the frontier: its terms as the scenario has them."""
    row: dict[str, Any] = {"candidate": int(figures.candidate.iloc[0])}
    for each in records(figures):
        name = str(each["name"])
        row[name] = candidate.terms.get(name) if each["kind"] == "term" else each["value"]
        if each["kind"] in ("objective", "spending"):
            row |= {f"{name}_{end}": each[end] for end in ("low", "high")}
    return {**row, "probability": sure}


def _told(design: Design, asked: Frontier, candidate: Candidate, number: int) -> Scenario:
    """Return the scenario of a candidate with words for people."""
    assert candidate.scenario is not None
    shares = zip(asked.levers, candidate.shares, strict=True)
    parts = [f"{100.0 * share:.4g}% {lever}" for lever, share in shares if share]
    budget = format_rupiah(asked.budget)
    words = {
        "name": f"{design.name}-{number}",
        "title": f"{design.title or design.name}, {number}"[:120],
        "summary": f"Split {number} of {budget} on the frontier of {design.name}: "
        f"{', '.join(parts)}.",
    }
    return candidate.scenario.model_copy(update={**words, "replicates": asked.again})


def _notes(bench: _Bench, ran: int, figures: pd.DataFrame) -> Iterator[str]:
    """Yield what is to be said besides."""
    if failed := len(bench.pool) - ran:
        yield f"{failed} of {len(bench.pool)} splits could not be run: {bench.why}"
    spent = figures.value[figures.frontier & (figures.name == SPENT)]
    if (abs(spent - 100.0) > NEAR).any():
        yield (
            f"What is spent is {spent.min():.0f} to {spent.max():.0f} percent of the budget: seats "
            "stay empty, people drop out or are refused, and mentors are paid whole."
        )
