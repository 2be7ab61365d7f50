"""A small comparison and a doubt made by hand, for tests of briefs."""

from functools import cache

import numpy as np

from scenarios.brief.doubt import REPLICATES, VARIED, Doubt, _swings, sides_of
from scenarios.brief.story import Brief
from scenarios.compare import compare
from scenarios.files import read

SMALL = ["months=12", "households=2000", "replicates=2"]
FEW = {
    "training-only": ["programmes.training.seats=40"],
    "training-mentoring": ["programmes.training.seats=40", "parameters.take_up=0.6"],
    "sedaya-package": ["programmes.sedaya.seats=12"],
    "cash-transfer": ["programmes.cash.seats=40"],
    "baseline": [],
}


@cache
def compared(*names):
    """Return a comparison of library scenarios, small."""
    return compare([read(name, [*SMALL, *FEW[name]]) for name in names])


def doubted(comparison):
    """Return a doubt of which every move is known: the first input flips, the third has no move."""
    sides = sides_of(comparison.table)
    if sides is None:
        return None
    middle = {"value": 0.5, "low": 0.2, "high": 0.8}
    moves = {
        name: np.array([[-0.6], [0.3]]) * (2.0 - at) + np.zeros((2, REPLICATES))
        for at, name in enumerate(VARIED[:12])
    }
    return Doubt(sides, middle, _swings(moves, 0.5), VARIED[12:], REPLICATES)


def brief(*names, language="id", budget=None):
    """Return a brief of library scenarios."""
    found = compared(*names)
    return Brief(found, doubted(found), language, budget, f"berdaya brief {' '.join(names)}")
