"""The path of poverty from one survey on: what surveys would have measured, half-year by half-year.

People are made from the survey of the first month, settle, and live through published lines and
growth. They do not move from village to town, so a figure of the country mixes urban and rural
people by the published share of each. Everyone's luck is the same whatever the parameters are, so
that paths differ by parameters alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np

from calibration import figures
from calibration.assistance import amounts
from calibration.settled import settled
from calibration.world import jobless, month_number, outside_world
from simulation import measures
from simulation.economy import SURVEYS, World
from simulation.model import EmpowermentModel, Gifts
from simulation.parameters import values
from simulation.population import Population

START = "2015-03"
MONTHS = 54
HOUSEHOLDS = 200_000
PUBLISHED_AS = {"bottom40": "spending_share_bottom40"}
PARTS = ("total", "urban", "rural")
LIFE_SEED = 1
"""Seed of the lives, whatever the seed of the people: common draws."""


def simulate(
    theta: Mapping[str, float],
    months: int = MONTHS,
    seed: int = 1,
    start: str = START,
    households: int = HOUSEHOLDS,
) -> dict[str, float]:
    """Return what each survey of a run would have measured, by name.

    Parameters
    ----------
    theta : mapping
        Parameters by name; the others have their defaults.
    months : int
        Length of the run.
    seed : int
        Seed of the people and of their lives.
    start : str
        Month of the survey that people are made from; see `calibration.cells.cells`.
    households : int
        How many to simulate.

    Returns
    -------
    dict
        ``2015-09 p0 total`` and so on: `p0`, `p1`, `p2`, `bottom40` (percent) and `gini`.
    """
    population = settled(start, households, seed)
    parameters = values(theta)
    world = published_world(population, start, months, parameters)
    found = lived(under_way(population, world, parameters), world, parameters, months, seed)
    factors = standstill(start, months, households, seed)
    return {name: value * factors[name] for name, value in found.items()}


def simulated(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return the mean of `simulate` over seeds: a run as `simulation.runs` does them.

    Parameters
    ----------
    inputs : mapping
        Arguments of `simulate`, and `seeds`, a list, for its seed.
    """
    arguments = {name: value for name, value in inputs.items() if name != "seeds"}
    runs = [simulate(seed=int(seed), **arguments) for seed in inputs["seeds"]]
    return {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}


def published_world(
    population: Population, start: str, months: int, parameters: np.ndarray
) -> World:
    """Return the published world with the jobs and the assistance of its years besides.

    Product a head is product a worker times workers a head. The first reaches usual incomes by
    `growth_pass_through`, the second in full: who is out of work earns nothing. Finding work goes
    by usual over present unemployment.
    """
    world = outside_world(population, start, months, "published", parameters)
    wanted = np.arange(world.first_month - 1, world.first_month + months)
    given, idle = amounts(wanted), jobless(wanted)
    left = 1.0 - parameters[0].growth_pass_through
    return replace(
        world,
        income=world.income * ((1.0 - idle) / (1.0 - idle[0]))[1:] ** left,
        work=world.work * (idle[0] / idle)[1:],
        sembako=given.sembako[1:],
        pkh=given.pkh[1:],
    )


def calm_world(population: Population, start: str, months: int, parameters: np.ndarray) -> World:
    """Return a world without growth and season, with the assistance of its first month."""
    world = outside_world(population, start, months, "frozen", parameters)
    given = amounts(np.array([month_number(start)]))
    return replace(
        world, sembako=np.full(months, given.sembako[0]), pkh=np.full(months, given.pkh[0])
    )


@lru_cache(maxsize=8)
def standstill(start: str, months: int, households: int, seed: int) -> dict[str, float]:
    """Return the factors that a world which stands still would need to keep its published figures.

    Settled people are not quite stationary, and a sample has its luck: without growth and season
    figures still move a little. The fitted distributions meet headcount, gap and Gini cell by cell,
    but not quite those of the country, and the share of the bottom 40 not at all. A run of the same
    people with the same luck is corrected by as much.
    """
    population, parameters = settled(start, households, seed), values()
    calm = calm_world(population, start, months, parameters)
    still = lived(population, calm, parameters, months, seed)
    model = EmpowermentModel(population, calm, parameters)
    begun = moments(model, urban_share(start))
    found = {}
    for period in surveys(start, months):
        for name, value in moments(model, urban_share(period)).items():
            missed = published(name, start) / begun[name]
            found[f"{period} {name}"] = value * missed / still[f"{period} {name}"]
    return found


def published(name: str, period: str) -> float:
    """Return what BPS published of a moment such as ``p0 total``."""
    measure, part = name.split()
    return figures.value(PUBLISHED_AS.get(measure, measure), urban_rural=part, period=period)


def under_way(population: Population, world: World, parameters: np.ndarray) -> Population:
    """Return people who have been growing like this for long, rather than beginning to.

    They settled without growth. Whose income grows lives by a smoothed income that lags it, by
    smoothing / (1 - smoothing) months: as smoothed income is what the survey saw, usual income
    stands above it by as much growth.
    """
    p = parameters[0]
    lag = p.smoothing / (1.0 - p.smoothing)
    gain = np.exp(lag * np.log(world.growth[0] / world.inflation[0]))
    moving = population.copy()
    h, e = moving.households, moving.enterprises
    own = gain[h["district"], np.where(h["urban"] == 1, 0, 1)]
    below = 0.5 - h["rank"] / 65535.0
    own = own * np.exp(lag * (world.tilt * below + 4.0 * world.bend * (below**2 - 1.0 / 12.0)))
    h["mean_income"] *= own
    h["casual_wage"] *= own
    e["scale"] *= own
    share = population.districts["urban_share"]
    supply = gain[:, 0] * share + gain[:, 1] * (1.0 - share)
    base = population.base.copy()
    base[:, 2:] *= supply[:, None]
    return replace(moving, base=base)


def lived(
    population: Population,
    world: World,
    parameters: np.ndarray,
    months: int,
    seed: int,
    also: Callable[[EmpowermentModel, str], Mapping[str, float]] | None = None,
    gifts: Gifts = (),
) -> dict[str, float]:
    """Live through a world; return the moments of every survey month.

    Parameters
    ----------
    population, world, parameters, months, seed
        As for `simulation.model.EmpowermentModel`.
    also : callable, optional
        More to note of a model in a survey month.
    gifts : sequence
        As for the model.
    """
    model = EmpowermentModel(population, world, parameters, gifts=gifts, months=months, seed=seed)
    found: dict[str, float] = {}
    while model.month < months:
        model.step()
        period = month_name(world.first_month + model.month - 1)
        if int(period[5:]) in SURVEYS:
            share = urban_share(period)
            for name, value in moments(model, share).items():
                found[f"{period} {name}"] = value
            for name, value in (also(model, period) if also else {}).items():
                found[f"{period} {name}"] = value
    return found


def month_name(number: int) -> str:
    """Return months since year 0 as a month.

    Examples
    --------
    >>> month_name(12 * 2015 + 8)
    '2015-09'
    """
    return f"{number // 12}-{number % 12 + 1:02d}"


def surveys(start: str = START, months: int = MONTHS) -> list[str]:
    """Return the survey months of a run.

    Examples
    --------
    >>> surveys("2015-03", 12)
    ['2015-09', '2016-03']
    """
    first = month_number(start) + 1
    return [month_name(m) for m in range(first, first + months) if m % 12 + 1 in SURVEYS]


@cache
def urban_share(period: str) -> float:
    """Return the published share of persons who live in towns: number of poor over headcount."""
    urban, rural = (
        figures.value("poor", urban_rural=part, period=period)
        / figures.value("p0", urban_rural=part, period=period)
        for part in PARTS[1:]
    )
    return urban / (urban + rural)


class Seen(NamedTuple):
    """What a survey sees of households: whose rows, spending a head, lines, persons, urban."""

    rows: np.ndarray
    measured: np.ndarray
    lines: np.ndarray
    persons: np.ndarray
    urban: np.ndarray


def seen(model: EmpowermentModel, share: float) -> Seen:
    """Return what a survey sees this month, urban persons weighted to be this share of all."""
    h = model.population.households
    rows = np.flatnonzero(h["frame"] == 0)
    urban = h["urban"][rows] == 1
    persons = h["weight"][rows] * h["members"][rows]
    factors = share / persons[urban].sum(), (1.0 - share) / persons[~urban].sum()
    persons = persons * persons.sum() * np.where(urban, *factors)
    return Seen(rows, h["measured"][rows], model.lines_of(rows), persons, urban)


def moments(model: EmpowermentModel, share: float) -> dict[str, float]:
    """Return measured poverty, Gini and the share of the bottom 40 of the survey month."""
    _, measured, lines, persons, urban = seen(model, share)
    found = {}
    for part, own in zip(PARTS, (np.ones(len(urban), bool), urban, ~urban), strict=True):
        poverty = measures.poverty(measured[own] / lines[own], persons[own])
        for name, value in zip(("p0", "p1", "p2"), poverty, strict=True):
            found[f"{name} {part}"] = 100.0 * value
        found[f"gini {part}"] = measures.gini(measured[own], persons[own])
        bottom = measures.share_of_poorest(measured[own], persons[own], 0.4)
        found[f"bottom40 {part}"] = 100.0 * bottom
    return found
