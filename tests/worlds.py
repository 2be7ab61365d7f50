"""Small populations, settled once a process, models over them, and programmes to try."""

from functools import cache

import numpy as np

from calibration import synthesis
from calibration.settle import settle
from calibration.world import outside_world
from simulation import parameters
from simulation.model import EmpowermentModel
from simulation.programmes.programme import Programme
from simulation.programmes.terms import (
    Cash,
    Finance,
    Mentoring,
    Scoring,
    Target,
    Training,
)

START = "2023-03"
OWNERS = Target(group="enterprise owners")
COURSE = Training(modules=3, cost=3e6)
VISITS = Mentoring(visits=2, months=4, caseload=5, wage=3e6, starts_after=1)
SCORE = Scoring(threshold=0.4, cost=1e5)
EQUITY = Finance(instrument="micro equity", amount=5e6, share=0.2, cap=1.3, term=12, after=2)
GRANT = Finance(instrument="grant", amount=5e6, after=2)
CASH = Cash(amount=1e6)


@cache
def people(area="DKI Jakarta", households=3000, seed=1):
    """Return a settled population that nothing can change; models work on copies."""
    population, _ = synthesis.people(area, households, seed)
    settle(population, synthesis.cells(area), parameters.values(), seed)
    return locked(population)


def locked(population):
    """Return the population with all its arrays read-only."""
    for array in vars(population).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return population


@cache
def twin(months):
    """Return the finished run without programme, which nobody steps further."""
    return model(months=months).run()


def model(programmes=(), population=None, changes=None, values=None, **options):
    """Return a model, of 12 months unless told otherwise; `changes` are to parameters."""
    population = people() if population is None else population
    values = parameters.values(changes) if values is None else values
    options = {"months": 12, **options}
    world = outside_world(population, START, options["months"], "published", values)
    return EmpowermentModel(population, world, values, programmes, **options)


def programme(name="tried", starts=2, seats=20, target=OWNERS, **parts):
    """Return a programme for owners of enterprises with these parts."""
    return Programme(name=name, target=target, starts=starts, seats=seats, **parts)


def everything(**changes):
    """Return a programme that has every part."""
    parts = {
        "overhead": 2.5e5,
        "training": COURSE,
        "mentoring": VISITS,
        "scoring": SCORE,
        "finance": EQUITY,
        "cash": CASH,
        "intakes": 2,
        "every": 3,
    }
    return programme(**{**parts, **changes})


def rows_apart(one, other):
    """Return the rows of which any bit of household or enterprise differs."""
    apart = np.zeros(len(one.population), bool)
    for kind in ("households", "enterprises"):
        records, others = (getattr(each.population, kind) for each in (one, other))
        for field in records.dtype.names:
            apart |= bits(records[field]) != bits(others[field])
    return np.flatnonzero(apart)


def bits(column):
    """Return a column as whole numbers that are equal where every bit is."""
    column = np.ascontiguousarray(column)
    return column.view(f"u{column.itemsize}")


def same_sums(one, other):
    """Tell whether two runs added up to the same numbers, to the bit."""
    return one.sums.tobytes() == other.sums.tobytes() and (
        one.flows.tobytes() == other.flows.tobytes()
    )


def in_step(*models):
    """Live one month of each after another; yield the number of the month."""
    for month in range(models[0].months):
        for each in models:
            each.step()
        yield month
