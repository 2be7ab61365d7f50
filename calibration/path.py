"""The path of poverty from one survey on: what surveys would have measured, half-year by half-year.

People are made from the survey of the first month, settle, and live through published lines and
growth. They do not move from village to town, so a figure of the country mixes urban and rural
people by the published share of each. Everyone's luck is the same whatever the parameters are, so
that paths differ by parameters alone.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from calibration import figures
from calibration.assistance import amounts
from calibration.cells import cells
from calibration.settle import (
    EAGER_ROUNDS,
    FITTED_ROUNDS,
    LAST_MONTHS,
    PACE,
    WARM_ROUNDS,
    Settler,
)
from calibration.synthesis import people
from calibration.world import labour, month_number, outside_world
from simulation import measures
from simulation.compiled import cache_directory
from simulation.economy import SURVEYS, World, by_district
from simulation.model import EmpowermentModel, Gifts
from simulation.parameters import values
from simulation.population import Population
from simulation.records import Records
from simulation.watch import code_version

START = "2015-03"
MONTHS = 54
HOUSEHOLDS = 200_000
PARTS = ("total", "urban", "rural")
LIFE_SEED = 1
"""Seed of the lives, whatever the seed of the people: common draws."""
MAKERS = tuple(
    f"calibration.{name}"
    for name in "assistance cells figures path placement settle synthesis traits".split()
)
"""Modules beside those of `simulation` that decide the settled people."""
_SAVED = ("households", "enterprises", "districts", "blocks", "nearby", "base")


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
    return lived(population, world, parameters, months, seed)


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
    """Return the published world with the jobs and the assistance of its years besides."""
    world = outside_world(population, start, months, "published", parameters)
    wanted = np.arange(world.first_month - 1, world.first_month + months)
    jobs, given = labour(wanted), amounts(wanted)
    return replace(
        world,
        income=world.income * jobs.income[1:],
        work=world.work * jobs.work[1:],
        sembako=given.sembako[1:],
        pkh=given.pkh[1:],
    )


def lived(
    population: Population,
    world: World,
    parameters: np.ndarray,
    months: int,
    seed: int,
    also: Callable[[EmpowermentModel, str], Mapping[str, float]] | None = None,
    known: str | None = None,
    gifts: Gifts = (),
) -> dict[str, float]:
    """Live through a world; return the moments of every survey month.

    Parameters
    ----------
    population, world, parameters, months, seed
        As for `simulation.model.EmpowermentModel`.
    also : callable, optional
        More to note of a model in a survey month.
    known : str, optional
        Last survey from which urban shares are known; see `urban_share`.
    gifts : sequence
        As for the model.
    """
    model = EmpowermentModel(population, world, parameters, gifts=gifts, months=months, seed=seed)
    found: dict[str, float] = {}
    while model.month < months:
        model.step()
        period = month_name(world.first_month + model.month - 1)
        if int(period[5:]) in SURVEYS:
            share = urban_share(period, known)
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
def urban_share(period: str, known: str | None = None) -> float:
    """Return the published share of persons who live in urban areas: number of poor over headcount.

    Parameters
    ----------
    period : str
        Month of a survey.
    known : str, optional
        Last survey that is known; beyond it log odds go on at the pace of 2015 to then.
    """
    if known and period > known:
        periods = [each for each in surveys("2015-02", 1 + _between("2015-02", known))]
        odds = [np.log(1.0 / (1.0 / urban_share(each) - 1.0)) for each in periods]
        line = np.polyfit([month_number(each) for each in periods], odds, 1)
        return float(1.0 / (1.0 + np.exp(-np.polyval(line, month_number(period)))))
    urban, rural = (
        figures.value("poor", urban_rural=part, period=period)
        / figures.value("p0", urban_rural=part, period=period)
        for part in PARTS[1:]
    )
    return urban / (urban + rural)


def _between(first: str, last: str) -> int:
    return month_number(last) - month_number(first)


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


def data_checksum() -> str:
    """Return the SHA-256 of every published figure, fitted distribution and trait."""
    digest = hashlib.sha256()
    folder = figures.DATA.parent
    for path in sorted([*figures.DATA.glob("*.csv"), folder / "cells.csv", folder / "traits.csv"]):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()


# Settled populations, kept on the disk


@lru_cache(maxsize=3)
def settled(start: str, households: int, seed: int) -> Population:
    """Return the settled people of a survey: from the disk where they have been made before.

    The file's name says everything that decides them: sources, data and arguments. It is written
    under a passing name first, so that a half-written one is never read.
    """
    text = f"{code_version('simulation', *MAKERS)} {data_checksum()} {start} {households} {seed}"
    name = f"settled-{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"
    path = cache_directory().parent / name
    with suppress(OSError, ValueError, KeyError):
        return _load(path)
    population, _ = people("Indonesia", households, seed, start, seats=False)
    _settle(population, start, seed)
    with suppress(OSError):
        _save(path, population)
    return population


def _settle(population: Population, start: str, seed: int) -> None:
    """Settle people with the assistance of their month (`calibration.settle` has that of 2020)."""
    settler = Settler(population, cells("Indonesia", start), values(), seed, 1)
    given = amounts(np.array([month_number(start)]))
    settler.places["sembako"], settler.places["pkh"] = given.sembako[0], given.pkh[0]
    for _ in range(WARM_ROUNDS):
        settler.round(pace=0.0)
    for done in range(FITTED_ROUNDS):
        settler.round(PACE * min(1.0, EAGER_ROUNDS / (done + 1)))
    by_block = np.sum([settler.live() for _ in range(LAST_MONTHS)], axis=0) / LAST_MONTHS
    population.base = by_district(by_block, population.blocks[:, 2], len(population.districts))
    settler.correct()


def _save(path: Path, population: Population) -> None:
    arrays = {name: np.asarray(getattr(population, name)) for name in _SAVED}
    descriptor, passing = tempfile.mkstemp(dir=path.parent, suffix=".part.npz")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez(
                file,
                **arrays,
                provinces=np.array(population.provinces),
                names=np.array(population.names),
                start_rate=population.start_rate,
                complete=population.complete,
            )
        Path(passing).rename(path)
    finally:
        Path(passing).unlink(missing_ok=True)


def _load(path: Path) -> Population:
    with np.load(path, allow_pickle=False) as kept:
        a = {name: kept[name] for name in kept.files}

    def records(name: str) -> Records:
        return a[name].view(np.recarray)

    return Population(
        records("households"),
        records("enterprises"),
        a["districts"],
        tuple(a["provinces"].tolist()),
        tuple(a["names"].tolist()),
        a["blocks"],
        records("nearby"),
        float(a["start_rate"]),
        a["base"],
        bool(a["complete"]),
    )
