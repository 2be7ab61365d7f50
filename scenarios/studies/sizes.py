"""Programmes at another size: more or fewer seats, and how many simulated people these take.

What a seat holds stays as it is. With seats go the sizes that serve them: a programme's own budget
and staff, the most mentors at work, the fund, the places of a house.
"""

import math
from collections.abc import Sequence
from typing import Any

from calibration.synthesis import Households
from scenarios.design import at
from scenarios.runs.play import model_of
from scenarios.runs.prepare import setting_of
from scenarios.schema import Scenario
from simulation import draws
from simulation.model import EmpowermentModel
from simulation.parameters import TABLE
from simulation.population import HEAVIEST_SEAT
from simulation.programmes import participation
from simulation.programmes.programme import Programme

MOST_SEATS = 10_000_000
"""Of a programme and intake, as the terms of a programme allow."""
COUNTED, PAID = ("staff", "mentoring.mentors", "rehabilitation.places"), ("budget", "finance.fund")
"""What goes with the seats of a programme where it is set: whole numbers, and rupiah."""
SPARE = 1.25
"""Simulated people over those needed at the start: later months and other draws have fewer."""


def scaled(scenario: Scenario, size: int) -> Scenario:
    """Return a scenario whose programmes have so many seats an intake together.

    Their proportions stay, in whole seats by largest remainder. A programme's own budget, staff,
    mentors, fund and places change as its seats do, whole numbers rounded up. No other term does.

    Parameters
    ----------
    scenario : Scenario
        With at least one seat.
    size : int
        Seats an intake, over all programmes.

    Examples
    --------
    >>> from scenarios.files import read
    >>> [each.seats for each in scaled(read("documents-first"), 46).programmes]
    [20, 20, 6]
    """
    seats = apportioned([each.seats for each in scenario.programmes], size)
    changes: dict[str, float] = {}
    for programme, own in zip(scenario.programmes, seats, strict=True):
        place = f"programmes.{programme.name}"
        changes[f"{place}.seats"] = own
        for path, value in capacities(programme).items() if own else ():
            grown = value * own / programme.seats
            changes[f"{place}.{path}"] = grown if path in PAID else math.ceil(grown)
    return at(scenario, changes)


def apportioned(weights: Sequence[int], total: int) -> list[int]:
    """Return whole parts of a total in proportion to weights, by largest remainder (Hamilton).

    Examples
    --------
    >>> apportioned([100, 55, 2], 10)
    [6, 4, 0]
    """
    parts = [divmod(weight * total, sum(weights)) for weight in weights]
    order = sorted(range(len(parts)), key=lambda each: -parts[each][1])
    more = set(order[: total - sum(whole for whole, _ in parts)])
    return [whole + (each in more) for each, (whole, _) in enumerate(parts)]


def capacities(programme: Programme) -> dict[str, float]:
    """Return the sizes that serve the seats of a programme, by path, where they are set."""
    found: dict[str, float] = {}
    for path in (*COUNTED, *PAID):
        value: Any = programme
        for step in path.split("."):
            value = getattr(value, step, None)
        if value is not None:
            found[path] = value
    return found


def size_of(scenario: Scenario) -> int:
    """Return the seats of an intake, over all programmes."""
    return sum(programme.seats for programme in scenario.programmes)


def seats_of(scenario: Scenario) -> int:
    """Return the seats of all programmes, over the intakes that come within the months.

    Examples
    --------
    >>> from scenarios.files import read
    >>> seats_of(read("sedaya-package")), seats_of(read("sedaya-package", ["months=9"]))
    (400, 200)
    """
    return sum(each.seats * _intakes(each, scenario.months) for each in scenario.programmes)


def at_seats(scenario: Scenario, seats: int) -> Scenario:
    """Return a scenario with so many seats over all intakes, or as near as whole seats come.

    Examples
    --------
    >>> from scenarios.files import read
    >>> at_seats(read("sedaya-package"), 1000).programmes[0].seats
    250
    """
    return scaled(scenario, max(1, round(seats * size_of(scenario) / seats_of(scenario))))


def most_spent(scenario: Scenario) -> float:
    """Return what all seats cost at most by their terms, rupiah."""
    aftercare = scenario.parameters.get("aftercare_cost", TABLE["aftercare_cost"].default)
    total = 0.0
    for programme in scenario.programmes:
        seats = programme.seats * _intakes(programme, scenario.months)
        cost = seats * programme.seat_cost(aftercare)
        total += cost if programme.budget is None else min(cost, programme.budget)
    return total


def _intakes(programme: Programme, months: int) -> int:
    """Return how many intakes come within so many months."""
    return min(programme.intakes, max(0, math.ceil((months - programme.starts) / programme.every)))


def enough_households(scenario: Scenario, threads: int = 1) -> Households:
    """Return how many households to simulate so that the seats of a scenario find people.

    Those who can be enrolled grow with the households simulated. At the scenario's own number it
    is counted who could be enrolled in the first month, and which part of them applies; then the
    last intake finds enough people if the sample is so many times as large, with `SPARE` over.

    Returns
    -------
    int or "all"
        In two figures, not fewer than the scenario has; "all" where no sample of the area suffices.
    """
    setting = setting_of(scenario, threads)
    population = setting.population
    if population.complete or scenario.households == "all":
        return "all"
    model = model_of(scenario, setting, 0, threads)
    own = [each for each in scenario.programmes if each.follows is None and each.seats]
    times = SPARE * max([_sample_needed(model, each) for each in own], default=0.0)
    h = population.households
    if times * scenario.households >= float(h["weight"][h["frame"] == 0].sum()):
        return "all"
    needed = int(times * scenario.households)
    step = 10 ** max(0, len(str(needed)) - 2)
    return max(scenario.households, -(-needed // step) * step)


def _sample_needed(model: EmpowermentModel, programme: Programme) -> float:
    """Return how many times the sample a programme needs, before anyone has been enrolled."""
    rows = participation.admitted(model, programme)
    rows = rows[model.population.households["weight"][rows] <= HEAVIEST_SEAT]
    heard = rows[participation.hears(model, programme, rows)]
    willing = model.draw(heard, draws.APPLICATION, participation.address(programme.name))
    applied = int(participation.applies(model, programme, heard, willing).sum())
    if applied == 0:
        return math.inf
    # Before the last intake all others have taken their seats from the same people.
    before = (_intakes(programme, model.months) - 1) * applied / len(rows)
    return programme.seats * (1.0 + before) / applied
