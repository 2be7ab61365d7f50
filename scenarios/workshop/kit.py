"""The workshop kit: the page as one file, with cells that were really run beforehand.

The runs are those that the live page makes, so the numbers are, too. They go into the store of
finished runs: a kit that is stopped goes on where it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from itertools import product
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.results.store import write_whole
from scenarios.runs import outcome
from scenarios.runs.replicates import mean_of
from scenarios.schema import Scenario
from scenarios.words.labels import Language
from scenarios.workshop import cells, choices, doubt, lives, sides
from scenarios.workshop.choices import COARSE, LEVERS, Choice, Common, How, Offer
from scenarios.workshop.page import assemble, data_of
from simulation import runs
from simulation.store import Store
from simulation.watch import Run

LARGEST = 5_000_000
"""Bytes of a kit."""
PAGE_BYTES, CELL_BYTES, RUN_BYTES = 300_000, 3_700, 270
"""About what a kit takes: itself, a cell, and a run of a cell; by this too large ones are refused
before they are run."""
ARCHETYPES = ("course", "incubation")
SELECTIONS = ("first come", choices.KPI)
TERMS = ("micro equity", "grant")
SHOCKS = ("none", "demand falls")
"""What a kit has of each: 684 cells, whose runs take ten minutes on two cores."""
CASH: Literal["cash"] = "cash"

Progress = Callable[[int, int, int], None]


class Cell(NamedTuple):
    """What one place of all sliders shows.

    Attributes
    ----------
    key : str
        By which the page finds it.
    scenario : Scenario
        That is run.
    budget : int
        Rupiah.
    """

    key: str
    scenario: Scenario
    budget: int


class Made(NamedTuple):
    """A kit.

    Attributes
    ----------
    html : str
        The file.
    cells, runs, failed : int
        How many it has; runs that failed are not known to the page.
    """

    html: str
    cells: int
    runs: int
    failed: int


def offer_of(place: str | None) -> Offer:
    """Return what a kit of a province offers.

    Examples
    --------
    >>> offer_of("Bali").places
    ('Bali',)
    """
    places = choices.offer(place).places[:1]
    budgets = choices.BUDGETS[:1]
    people = tuple(choices.PEOPLE)
    return Offer(places, people, budgets, SHOCKS, ARCHETYPES, SELECTIONS, TERMS, COARSE)


def make(
    offered: Offer,
    replicates: int,
    store: Store,
    executor: Executor | int = 1,
    progress: Progress | None = None,
    *,
    language: Language = "id",
    command: str = "berdaya kit",
    households: int = choices.HOUSEHOLDS,
) -> Made:
    """Return a kit; runs that the store has are not done again.

    Parameters
    ----------
    offered : Offer
        What it is to have.
    replicates : int
        Of each cell.
    store, executor, progress
        As `simulation.runs.sweep` takes them.
    language : {'id', 'en'}
        In which it opens.
    command : str
        That makes it again.
    households : int
        Simulated.

    Raises
    ------
    ScenarioError
        Where it would be larger than `LARGEST`.
    """
    check_size(offered, replicates)
    every = list(cells_of(offered, households))
    inputs = [row for cell in every for row in outcome.runs_of(cell.scenario, replicates)]
    moved = list(doubt.inputs_of(_usual(offered, households)))
    asked = {
        (cells.FUNCTION, cells.VERSION()): [*inputs, *moved],
        (lives.FUNCTION, lives.VERSION()): inputs[::replicates],
    }
    found, shown = _run(asked, store, executor, progress)
    rows = [
        cells.row_of(row["replicate"], own) if own else cells.failed(row["replicate"])
        for row, own in zip(inputs, found, strict=False)
    ]
    packed = {
        cell.key: _packed(cell, rows[start : start + replicates], lives.told(shown[number]))
        for number, cell in enumerate(every)
        for start in [number * replicates]
    }
    said = {"cells": packed, "doubt": doubt.doubt(found[len(inputs) :])}
    data = data_of("kit", language, offered, command, replicates, kit=said)
    html = assemble(data).html
    if (size := len(html.encode())) > LARGEST:
        raise _too_large(size, "fewer replicates")
    return Made(html, len(every), len(inputs), sum(not row["values"] for row in rows))


def _usual(offered: Offer, households: int) -> Scenario:
    """Return the scenario whose doubt a kit tells: the first of everything, all levers alike."""
    asked = sides.usual(offered)
    room = cells.room(asked.common.place, asked.common.people, households)
    found = sides.scenario_of(asked.common, asked.choice, room)
    return found.model_copy(update={"households": households})


def check_size(offered: Offer, replicates: int) -> None:
    """Refuse a kit that would be too large, before anything is run.

    Raises
    ------
    ScenarioError
        Telling how many replicates there may be.
    """
    count = sum(1 for _ in _places(offered))
    room = LARGEST - PAGE_BYTES - count * CELL_BYTES
    most = int(room / (count * RUN_BYTES))
    if replicates > most:
        size = PAGE_BYTES + count * (CELL_BYTES + RUN_BYTES * replicates)
        raise _too_large(size, f"{most} replicates or fewer")


def _too_large(size: int, allowed: str) -> ScenarioError:
    problem = f"the kit would have {size / 1e6:.1f} MB, more than {LARGEST / 1e6:g} MB"
    return ScenarioError([Mistake("", None, "replicates", problem, allowed)])


def write(made: Made, path: Path) -> None:
    """Write a kit, whole or not at all."""
    write_whole(path, lambda part: part.write_text(made.html, encoding="utf-8"))


# Cells


def cells_of(offered: Offer, households: int = choices.HOUSEHOLDS) -> Iterator[Cell]:
    """Yield every cell of an offer once: what plays no part in one makes no other."""
    rooms: dict[tuple[str, str], Mapping[str, int]] = {}
    for key, (common, choice) in _places(offered):
        where = common.place, common.people
        if where not in rooms:
            rooms[where] = cells.room(*where, households)
        scenario = sides.scenario_of(common, choice, rooms[where])
        update = {"households": households}
        yield Cell(key, scenario.model_copy(update=update), common.budget)


def _places(
    offered: Offer,
) -> Iterator[tuple[str, tuple[Common, Choice | Literal["cash"]]]]:
    known: set[str] = set()
    shared = product(offered.places, offered.people, offered.budgets, offered.shocks)
    for place, people, budget, shock in shared:
        common = Common(place=place, people=people, budget=budget, shock=shock)
        yield key_of(common, CASH), (common, CASH)
        for how in product(offered.archetypes, offered.selections, offered.terms):
            names = dict(zip(How.model_fields, how, strict=True))
            for choice in sides.coarse(How(**names)):
                key = key_of(common, choice)
                if key not in known:
                    known.add(key)
                    yield key, (common, choice)


def key_of(common: Common, choice: Choice | Literal["cash"]) -> str:
    """Return by what the page finds a cell; what plays no part in it is a dash.

    Examples
    --------
    >>> common = Common(place="Bali", people="street people", budget=1000, shock="none")
    >>> key_of(common, "cash")
    'Bali|street people|1000|none|cash'
    """
    shared = [common.place, common.people, str(common.budget), common.shock]
    if choice == CASH:
        return "|".join([*shared, CASH])
    split = choice.split
    how = [
        choice.archetype if split.training else "-",
        choice.selection,
        choice.terms if split.equity else "-",
    ]
    shares = "-".join(str(getattr(split, lever)) for lever in LEVERS)
    return "|".join([*shared, *how, shares])


# Runs


def _run(
    asked: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]],
    store: Store,
    executor: Executor | int,
    progress: Progress | None,
) -> list[list[dict[str, float]]]:
    """Return what runs found, by name; nothing where one failed.

    Parameters
    ----------
    asked : mapping
        Inputs of runs by function and version.
    """
    planned = [runs.plan(function, own, version) for (function, version), own in asked.items()]
    keys = [outcome.shared(each) for own in asked.values() for each in own]
    order = sorted(
        zip(keys, [run for own in planned for run in own], strict=True), key=lambda pair: pair[0]
    )
    runs.sweep([run for _, run in order], store, executor, progress=progress)
    return [_found(store, own) for own in planned]


def _found(store: Store, planned: Sequence[Run]) -> list[dict[str, float]]:
    """Return what each run found, by name; nothing where it failed."""
    frame = store.frame([run.name for run in planned])
    found: list[dict[str, float]] = [{} for _ in planned]
    columns = (frame[name].tolist() for name in ("row", "indicator", "value"))
    for row, name, value in zip(*columns, strict=True):
        found[row][name] = value
    return found


def _packed(
    cell: Cell, rows: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a cell as the page takes it.

    Of an indicator there is a list by replicate, one number where all are alike, nothing where
    none is known.
    """
    names = dict.fromkeys(name for row in rows for name in row["values"])
    values: dict[str, Any] = {}
    for name in names:
        own = [row["values"].get(name) for row in rows]
        if any(value is not None for value in own):
            values[name] = own[0] if len(set(own)) == 1 else own
    paths = {side: _interval([row[side] for row in rows]) for side in (cells.WITH, cells.WITHOUT)}
    side = sides.side_of(cell.scenario, cell.budget)
    return {
        "side": side,
        "values": values,
        "paths": paths,
        "lives": [_thin(each) for each in shown],
    }


def _thin(life: Mapping[str, Any]) -> dict[str, Any]:
    """Return a life with its consumption in thousands of rupiah, to which it is told."""
    paths = {
        name: [value // lives.NEAREST for value in life[name]]
        for name in (lives.LINE, cells.WITH, cells.WITHOUT)
    }
    return {**life, **paths}


def _interval(paths: Sequence[Sequence[float | None]]) -> dict[str, list[float | None]]:
    """Return mean, low and high by month over the replicates in which something is known."""
    known = np.array([path for path in paths if path], float)
    ends = [mean_of(known[:, month]) for month in range(known.shape[1] if known.size else 0)]
    return {
        name: [cells.shown(each[end], cells.PATH_DIGITS) for each in ends]
        for name, end in (("mean", "value"), ("low", "low"), ("high", "high"))
    }
