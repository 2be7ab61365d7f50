"""Small trials that the tests share: their files, their people, their lives."""

from functools import cache, partial

from calibration.trials import trials
from calibration.trials.chance import uniforms
from calibration.trials.files import path_of, read
from calibration.trials.lives import live, pooled, settled, world_of
from calibration.trials.sample import village
from simulation import parameters

HOUSEHOLDS = 3000
NAMES = trials()


@cache
def trial(name, **changes):
    return read(path_of(name)).model_copy(update=changes)


def people(area="Banten"):
    return settled(area, HOUSEHOLDS, 1)


@cache
def lives(name, replicates=1, size=150, seed=1):
    small = trial(name, size=size)
    usual = people(small.sample.area)
    return pooled([live(small, usual, parameters.values(), seed, r) for r in range(replicates)])


def place_of(sample, size=300, what="tried", replicate=0, population=None):
    population = people(sample.area) if population is None else population
    lines = world_of(population, 1, parameters.values()).lines[0]
    return village(population, lines, sample, size, partial(uniforms, 1, replicate, what))
