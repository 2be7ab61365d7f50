"""One run for the page: what a choice does in one replicate, and the share of poor by month.

The page in a browser, live or from a file, takes means and intervals over these runs.
"""

import math
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np

from scenarios.runs import outcome
from scenarios.runs.claims import claims
from scenarios.runs.effects import INDICATORS, RATIOS, Indicator, effects
from scenarios.runs.groups import Pair, is_shown
from scenarios.runs.play import model_of
from scenarios.runs.prepare import PROGRAMMES, setting_of
from scenarios.schema import Scenario
from scenarios.workshop import choices, sides
from simulation import draws
from simulation.model import EmpowermentModel
from simulation.population import HEAVIEST_SEAT, Population
from simulation.programmes import participation
from simulation.programmes.programme import Programme
from simulation.trace import Trace, follow
from simulation.watch import code_version

FUNCTION = "scenarios.workshop.cells:cell"
ROOM = "scenarios.workshop.cells:room_of"
"""How `simulation.runs.plan` names what a run does, and what counts the people there are."""
KEPT_TWINS = 24
"""Twins that a process keeps, some 5 megabytes each: those of the first replicates, with which
every move of a slider begins. Of later ones it keeps the last, which all sides share."""
SPARE = 1.25
"""People who apply over those that have a seat: other draws and other archetypes have fewer."""
CLAIMED = Indicator("claimed_lifted", "participants", "persons", "Claimed: lifted out")
ON_PAGE = (*INDICATORS, CLAIMED)
"""What the page has of each run: all indicators, and beside them what providers would claim."""
WITH, WITHOUT = "with", "without"
DIGITS = {"rupiah": 0, "rupiah a month": 0}
USUAL_DIGITS = 4
"""Decimals that rows keep, beyond those that anybody shows."""
PATH_DIGITS = 2


@cache
def VERSION() -> str:
    """Return what names the code and the data that cells depend on."""
    return (
        f"{outcome.VERSION()} {code_version('scenarios.runs.claims', 'scenarios.workshop.cells')}"
    )


# A run


def cell(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return every indicator of one replicate against its twin, what is claimed, and two paths.

    Parameters
    ----------
    inputs : mapping
        From `scenarios.runs.outcome.run_of`.

    Returns
    -------
    dict
        Indicators of `scenarios.runs.effects`; ``claimed_lifted``, persons whom the providers would
        claim to have lifted out since enrolment, over all programmes but cash; and ``with.M`` and
        ``without.M``, the percent of persons in households enrolled by month M who are poor in
        that month.
    """
    scenario = Scenario.model_validate({"name": "run", **inputs["scenario"]})
    population, run, twin = lived(scenario, inputs["replicate"])
    found = effects(population, run, twin) | _paths(population, run, twin)
    return found | {CLAIMED.name: _claimed(population, run, twin)}


def lived(scenario: Scenario, replicate: int) -> tuple[Population, Trace, Trace]:
    """Return the people of a scenario, its run, and the twin, which follows all who may enrol."""
    setting = setting_of(scenario)
    run = follow(model_of(scenario, setting, replicate, 1))
    own = {name: x for name, x in scenario.parameters.items() if name not in PROGRAMMES}
    alone = scenario.model_copy(update={"programmes": [], "parameters": own, "name": "twin"})
    twin = _early_twin if replicate < KEPT_TWINS else _late_twin
    return setting.population, run, twin(alone.model_dump_json(), replicate)


def _twin(scenario: str, replicate: int) -> Trace:
    alone = Scenario.model_validate_json(scenario)
    setting = setting_of(alone)
    return follow(model_of(alone, setting, replicate, 1), setting.population.reachable)


_early_twin = lru_cache(maxsize=KEPT_TWINS)(_twin)
_late_twin = lru_cache(maxsize=1)(_twin)


def _claimed(population: Population, run: Trace, twin: Trace) -> float:
    """Return the persons claimed by all providers; not a number where none is shown."""
    own = [
        claims(population, run, twin, each)[CLAIMED.name]
        for each in run.programmes
        if each.terms.cash is None
    ]
    known = [persons for persons in own if math.isfinite(persons)]
    return sum(known) if known else math.nan


def _paths(population: Population, run: Trace, twin: Trace) -> dict[str, float]:
    """Return the percent of poor persons among those enrolled so far, with and without."""
    months = range(len(run.sums))
    if not is_shown(run.rows):
        return {f"{side}.{month}": math.nan for side in (WITH, WITHOUT) for month in months}
    pair = Pair(population, run, twin)
    heads = np.where(pair.known, pair.heads, 0.0)
    heads[[not is_shown(np.flatnonzero(row)) for row in pair.known]] = 0.0
    sides = {WITH: run.paths["standing"], WITHOUT: twin.paths["standing"][:, pair.where]}
    found: dict[str, float] = {}
    for side, standing in sides.items():
        poor, everyone = (heads * (standing < 1.0)).sum(axis=1), heads.sum(axis=1)
        share = np.divide(poor, everyone, out=np.full(len(poor), np.nan), where=everyone > 0.0)
        found |= {f"{side}.{month}": 100.0 * float(share[month]) for month in months}
    return found


def row_of(
    replicate: int, found: Mapping[str, float], months: int = choices.MONTHS
) -> dict[str, Any]:
    """Return a run as the page takes it, rounded to more decimals than are ever shown.

    Examples
    --------
    >>> row_of(0, {"net_lifted": 3.0}, 0)["values"]["net_lifted"]
    3
    """
    values = {
        each.name: shown(found.get(each.name, math.nan), DIGITS.get(each.unit, USUAL_DIGITS))
        for each in ON_PAGE
        if each.name not in RATIOS
    }
    paths = {
        side: [shown(found[f"{side}.{month}"], PATH_DIGITS) for month in range(months)]
        for side in (WITH, WITHOUT)
    }
    return {"replicate": replicate, "values": values, **paths}


def failed(replicate: int) -> dict[str, Any]:
    """Return what the page takes for a run that failed: nothing is known of it."""
    return {"replicate": replicate, "values": {}, WITH: [], WITHOUT: []}


def shown(value: float, digits: int) -> float | int | None:
    """Return a number as JSON has it, without decimals where it has none."""
    if not math.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


# People


def room_of(inputs: Mapping[str, Any]) -> dict[str, int]:
    """Return `room` as a run."""
    return room(inputs["place"], inputs["people"], inputs["households"])


def room(place: str, people: str, households: int = choices.HOUSEHOLDS) -> dict[str, int]:
    """Return most seats of an intake for which people of a place apply, by kind of programme.

    Counted in the months of the intakes where there is no programme: the last intake finds those
    whom the ones before left.

    Parameters
    ----------
    place, people : str
        A province; for whom the programmes are.
    households : int
        Simulated.
    """
    common = choices.Common(place=place, people=people, budget=0, shock="none")
    world = sides.world(common).model_copy(update={"households": households})
    model = model_of(world, setting_of(world), 0, 1, programmes=())
    kinds = sides.programmes(people)
    found = dict.fromkeys(kinds, math.inf)
    while model.month <= max(_intakes(each)[-1] for each in kinds.values()):
        for name, programme in kinds.items():
            if model.month in _intakes(programme):
                found[name] = min(found[name], _seats(model, programme))
        model.step()
    return {name: int(seats / SPARE) for name, seats in found.items()}


def _intakes(programme: Programme) -> range:
    last = programme.starts + programme.every * (programme.intakes - 1)
    return range(programme.starts, last + 1, programme.every)


def _seats(model: EmpowermentModel, programme: Programme) -> float:
    """Return the seats for which this month's intake finds people, if all before had as many."""
    rows = participation.admitted(model, programme)
    rows = rows[model.population.households["weight"][rows] <= HEAVIEST_SEAT]
    heard = rows[participation.hears(model, programme, rows)]
    willing = model.draw(heard, draws.APPLICATION, participation.address(programme.name))
    applied = int(participation.applies(model, programme, heard, willing).sum())
    able = int(participation.applies(model, programme, heard, np.zeros(len(heard))).sum())
    before = _intakes(programme).index(model.month)
    return applied / (1.0 + before * applied / max(1, able))
