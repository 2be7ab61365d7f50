"""A few lives of those enrolled, as illustrations: one household with the programme and without.

They are simulated, of the first replicate, and chosen by what the programme did to them. What is
said of a household fits `FEWEST_SHOWN` of those who could have been enrolled at least.
"""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from scenarios.runs.effects import TOUCHED
from scenarios.runs.groups import crossed, is_shown
from scenarios.runs.play import model_of
from scenarios.runs.prepare import setting_of
from scenarios.schema import Scenario
from scenarios.workshop import cells, choices
from simulation.population import Population
from simulation.records import SECTORS
from simulation.trace import ProgrammeTrace, Trace, follow
from simulation.watch import code_version

FUNCTION = "scenarios.workshop.lives:lives"
"""How `simulation.runs.plan` names what a run does."""
KINDS = ("lifted_out", "better_off", "nothing_gained", "worse_off", "street_again")
"""What became of a household, against its twin over the last year."""
ORDER = (("lifted_out", "better_off"), ("nothing_gained",), ("street_again", "worse_off"))
"""Of which kinds a life is shown: the first of each that there is."""
WHO: Mapping[str, tuple[str, ...]] = {
    "owner": ("who.man", "who.woman"),
    "place": ("who.rural", "who.urban"),
    "sector": tuple(f"sector.{name}" for name in SECTORS),
}
"""What is said of a household, in this order, as far as enough others fit it."""
EVENTS = (
    *(f"event.enrolled.{lever}" for lever in choices.LEVERS),
    "event.completed",
    "event.financed",
    "event.firm_closed",
    "event.firm_started",
    "event.street",
    "event.off_street",
)
"""What is told of a life."""
LINE, NEAREST = "line", 1_000
"""Consumption is told to this many rupiah."""


@cache
def VERSION() -> str:
    """Return what names the code and the data that lives depend on."""
    return f"{cells.VERSION()} {code_version('scenarios.workshop.lives')}"


def lives(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return up to three lives of one replicate, as flat numbers; see `told`.

    Parameters
    ----------
    inputs : mapping
        From `scenarios.runs.outcome.run_of`.
    """
    scenario = Scenario.model_validate({"name": "run", **inputs["scenario"]})
    population, run, twin = cells.lived(scenario, inputs["replicate"])
    if not is_shown(run.rows):
        return {}
    chosen = _chosen(population, run, twin)
    rows = np.array(list(chosen.values()), np.int64)
    # Once more, for they are followed from the first month.
    again = model_of(scenario, setting_of(scenario), inputs["replicate"], 1)
    trace = follow(again, rows)
    found: dict[str, float] = {}
    for number, (kind, row) in enumerate(chosen.items()):
        alone = int(np.flatnonzero(twin.rows == row)[0])
        with_it, without = (
            path.astype(float)
            for path in (trace.paths["consumption"][:, number], twin.paths["consumption"][:, alone])
        )
        line = without / np.maximum(twin.paths["standing"][:, alone], 1e-9)
        found[f"{number}.kind"] = KINDS.index(kind)
        found |= {f"{number}.{part}": value for part, value in _who(population, row)}
        for name, path in ((LINE, line), (cells.WITH, with_it), (cells.WITHOUT, without)):
            found |= {
                f"{number}.{name}.{month}": value for month, value in enumerate(path.tolist())
            }
        events = sorted(set(_events(population, trace, number, row)))
        for each, (month, event) in enumerate(events):
            found |= {f"{number}.event.{each}.month": month, f"{number}.event.{each}.what": event}
    return found


def told(found: Mapping[str, float], months: int = choices.MONTHS) -> list[dict[str, Any]]:
    """Return lives as the page takes them: words as names of labels, consumption in rupiah.

    Parameters
    ----------
    found : mapping
        From `lives`.
    months : int
        Of the scenario.
    """
    shown = []
    for number in range(len(ORDER)):
        if f"{number}.kind" not in found:
            break
        who = {"kind": f"life.{KINDS[int(found[f'{number}.kind'])]}"}
        for part, words in WHO.items():
            if f"{number}.{part}" in found:
                who[part] = words[int(found[f"{number}.{part}"])]
        paths = {
            name: [
                NEAREST * round(found[f"{number}.{name}.{month}"] / NEAREST)
                for month in range(months)
            ]
            for name in (LINE, cells.WITH, cells.WITHOUT)
        }
        shown.append({"who": who, **paths, "events": list(_told_events(found, number))})
    return shown


def _told_events(found: Mapping[str, float], number: int) -> Iterator[dict[str, Any]]:
    each = 0
    while not math.isnan(month := found.get(f"{number}.event.{each}.month", math.nan)):
        yield {"month": int(month), "label": EVENTS[int(found[f"{number}.event.{each}.what"])]}
        each += 1


def _chosen(population: Population, run: Trace, twin: Trace) -> dict[str, int]:
    """Return rows by what became of them: of each kind the middle one, by what it gained."""
    with_it, without = run.year_mean[run.rows], twin.year_mean[run.rows]
    gain = with_it / np.maximum(without, 1e-9) - 1.0
    street = population.households["frame"][run.rows] == 1
    kinds = {
        "lifted_out": crossed(with_it, without)[0] > 0,
        "better_off": gain > TOUCHED,
        "nothing_gained": np.abs(gain) <= TOUCHED,
        "worse_off": gain < -TOUCHED,
        "street_again": street & (run.paths["street"][-1] > 0),
    }
    found: dict[str, int] = {}
    for wanted in ORDER:
        for kind in wanted:
            free = np.flatnonzero(kinds[kind] & ~np.isin(run.rows, list(found.values())))
            if len(free):
                order = free[np.lexsort((run.rows[free], gain[free]))]
                found[kind] = int(run.rows[order[len(order) // 2]])
                break
    return found


def _who(population: Population, row: int) -> Iterator[tuple[str, float]]:
    """Yield what is said of a household, as long as enough of the others fit all of it."""
    h, e = population.households, population.enterprises
    others = population.reachable
    others = others[h["frame"][others] == h["frame"][row]]
    columns = {"owner": e["woman"], "place": h["urban"], "sector": e["sector"]}
    if not e["alive"][row]:
        columns = {"place": h["urban"]}
    for part, column in columns.items():
        fitting = others[column[others] == column[row]]
        if not is_shown(fitting):
            return
        others = fitting
        yield part, float(column[row])


def _events(
    population: Population, trace: Trace, number: int, row: int
) -> Iterator[tuple[int, int]]:
    """Yield the month and the number in `EVENTS` of what happened to a household."""
    for programme in trace.programmes:
        yield from _served(programme, row)
    alive = [float(population.enterprises["alive"][row]), *trace.paths["alive"][:, number]]
    street = trace.paths["street"][:, number]
    for path, begins, ends in (
        (alive, "event.firm_started", "event.firm_closed"),
        ([street[0], *street], "event.street", "event.off_street"),
    ):
        for month, (before, now) in enumerate(pairwise(path)):
            if before != now:
                yield month, EVENTS.index(begins if now else ends)


def _served(programme: ProgrammeTrace, row: int) -> Iterator[tuple[int, int]]:
    """Yield what a programme did for a household."""
    training = programme.terms.training
    for intake in programme.intakes:
        if row not in intake.rows:
            continue
        enrolled = f"event.enrolled.{programme.name}"
        if enrolled in EVENTS:
            yield intake.month, EVENTS.index(enrolled)
        if training and intake.completed[intake.rows == row].any():
            yield intake.month + training.modules - 1, EVENTS.index("event.completed")
    for month, rows in programme.paid_out:
        if row in rows:
            yield month, EVENTS.index("event.financed")
