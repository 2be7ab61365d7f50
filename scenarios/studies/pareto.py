"""What no other beats on everything: pure functions of tables of figures, less is better.

Rows are points, columns what they are judged by. A point dominates another where it is nowhere
worse and somewhere better. Infinity is the worst there is.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from simulation import draws

RESAMPLES = 1000
"""Of the replicates, from which the probability is taken."""


def simplex_grid(parts: int, steps: int) -> np.ndarray:
    """Return every way to share out equal steps among parts, in the order of a dictionary.

    Parameters
    ----------
    parts : int
        At least 1.
    steps : int
        How many there are to share out, at least 1.

    Returns
    -------
    numpy.ndarray
        Whole numbers, shape (ways, parts); each row adds up to `steps`.

    Examples
    --------
    >>> simplex_grid(2, 2).tolist()
    [[0, 2], [1, 1], [2, 0]]
    """
    # Each choice of places for bars among the steps parts them in one way.
    places = range(steps + parts - 1)
    bars = np.array(list(combinations(places, parts - 1)), dtype=int)
    first, last = np.full((len(bars), 1), -1), np.full((len(bars), 1), len(places))
    return np.diff(np.hstack([first, bars, last]), axis=1) - 1


def non_dominated(values: np.ndarray) -> np.ndarray:
    """Return which points no other one dominates; of equal ones all stay.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (points, columns), no NaN.

    Returns
    -------
    numpy.ndarray
        One boolean a point.

    Examples
    --------
    >>> non_dominated(np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]])).tolist()
    [True, True, False, True]
    """
    kept = np.ones(len(values), bool)
    # In this order no point is dominated by a later one, so those kept are never dropped again.
    for row in np.lexsort(values.T[::-1]):
        if kept[row]:
            worse = (values >= values[row]).all(axis=1) & (values > values[row]).any(axis=1)
            kept &= ~worse
    return kept


def probability(values: np.ndarray, seed: int) -> np.ndarray:
    """Return how sure it is that each point is non-dominated in the mean over replicates.

    Replicates are drawn again with replacement, the same ones for all points, as these share
    their chance; what counts is in how many of the draws the mean of a point is non-dominated.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (points, columns, replicates); see `means` on what is not a number.
    seed : int
        Of the draws.

    Returns
    -------
    numpy.ndarray
        From 0 to 1, one a point; 0 or 1 where there is one replicate, which tells nothing.

    Examples
    --------
    >>> worse = [[2.0, 3.0, 2.0]]
    >>> probability(np.array([[[1.0, 2.0, 1.0]], worse]), seed=1).tolist()
    [1.0, 0.0]
    """
    often = values.shape[2]
    key = draws.branch_key(seed, 0, draws.CALIBRATION)
    serials = np.arange(often * RESAMPLES, dtype=np.uint64)
    chance = np.empty(len(serials))
    draws.uniform_column(key, serials, np.zeros(len(serials), np.uint64), draws.RESAMPLE, 0, chance)
    drawn = np.floor(chance * often).astype(int).reshape(RESAMPLES, often)
    found = means(values, (drawn[:, :, None] == np.arange(often)).sum(axis=1))
    beaten = np.zeros((len(values), RESAMPLES), bool)
    for row, point in enumerate(found):
        beaten[row] = ((found <= point).all(axis=1) & (found < point).any(axis=1)).any(axis=0)
    return np.asarray((~beaten).mean(axis=1))


def means(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return means over replicates of those that are known; infinity where none is.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (points, columns, replicates).
    times : numpy.ndarray
        How often each replicate counts, shape (ways, replicates).

    Returns
    -------
    numpy.ndarray
        Shape (points, columns, ways).

    Examples
    --------
    >>> means(np.array([[[1.0, 3.0]], [[np.nan, np.nan]]]), np.array([[1, 1], [2, 0]])).tolist()
    [[[2.0, 1.0]], [[inf, inf]]]
    """
    known = np.isfinite(values)
    count = known @ times.T
    total = np.where(known, values, 0.0) @ times.T
    return np.where(count > 0, total / np.maximum(count, 1), np.inf)


def hypervolume(values: np.ndarray, reference: np.ndarray) -> float:
    """Return how much of the space better than a point of reference is dominated, exactly.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (points, columns); points that are not better than the reference add nothing.
    reference : numpy.ndarray
        Shape (columns,), finite.

    Examples
    --------
    >>> hypervolume(np.array([[0.0, 0.5], [0.5, 0.0]]), np.array([1.0, 1.0]))
    0.75
    """
    from pymoo.indicators.hv import HV

    inside = values[(values < reference).all(axis=1)]
    return float(HV(ref_point=reference)(inside)) if len(inside) else 0.0


def growth(values: np.ndarray, sizes: Sequence[int]) -> list[float]:
    """Return what the first points dominate, for more and more of them.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (points, columns); NaN where a point failed. Columns in which nothing is known do not
        count.
    sizes : sequence of int
        How many points, the first ones.

    Returns
    -------
    list of float
        Shares of the box between the best and the worst of each column.

    Examples
    --------
    >>> growth(np.array([[0.0, 9.0], [2.0, 0.0], [1.0, 4.5]]), sizes=[2, 3])
    [0.0, 0.25]
    """
    known = np.where(np.isfinite(values), values, np.nan)
    known = known[:, ~np.isnan(known).all(axis=0)]
    if known.size == 0:
        return [0.0] * len(sizes)
    best, worst = np.nanmin(known, axis=0), np.nanmax(known, axis=0)
    scaled = (known - best) / np.where(worst > best, worst - best, 1.0)
    scaled = np.where(np.isnan(scaled), np.inf, scaled)
    return [hypervolume(scaled[:size], np.ones(scaled.shape[1])) for size in sizes]


Judge = Callable[[np.ndarray], np.ndarray]
Settle = Callable[[np.ndarray], np.ndarray]


def search(judge: Judge, start: np.ndarray, settle: Settle, generations: int, seed: int) -> None:
    """Let an evolutionary search (NSGA-III) choose points of the unit box to be judged.

    The judge sees a generation at a time and keeps what it wants of it. The same seed and the same
    judgements give the same points: pymoo draws from a generator of its own, made of the seed.

    Parameters
    ----------
    judge : callable
        From points, shape (points, size), to what they are judged by, shape (points, columns):
        less is better, infinity where something does not apply, NaN where a point failed.
    start : numpy.ndarray
        The first generation; later ones have as many points, or fewer where no new one is found.
    settle : callable
        From points to those that stand for them, such as places of whole numbers.
    generations : int
        How many, the first among them.
    seed : int
        Of the search.

    Examples
    --------
    >>> seen = []
    >>> def judge(points):
    ...     seen.extend(points[:, 0])
    ...     return np.column_stack([points[:, 0], (points[:, 0] - 0.2) ** 2])
    >>> search(judge, np.linspace(0.5, 1.0, 8)[:, None], np.asarray, generations=40, seed=1)
    >>> len(seen), bool(min(seen) < 0.01)
    (320, True)
    """
    from pymoo.algorithms.moo.nsga3 import NSGA3
    from pymoo.core.duplicate import DefaultDuplicateElimination
    from pymoo.core.problem import Problem

    values = judge(start)
    columns = values.shape[1]
    scale = _Scale(values)
    algorithm = NSGA3(
        _directions(columns, len(start)),
        pop_size=len(start),
        sampling=start,
        eliminate_duplicates=DefaultDuplicateElimination(func=lambda asked: settle(asked.get("X"))),
    )
    problem = Problem(n_var=start.shape[1], n_obj=columns, xl=0.0, xu=1.0)
    algorithm.setup(problem, termination=("n_gen", generations), seed=seed)
    asked = algorithm.ask()
    for _ in range(generations - 1):
        asked.set("F", scale(values))
        with warnings.catch_warnings():  # pymoo lets the whole process ignore them
            algorithm.tell(infills=asked)
            asked = algorithm.ask()
        if asked is None:
            break
        asked.set("X", settle(asked.get("X")))
        values = judge(asked.get("X"))


class _Scale:
    """Brings columns to the size of 1, for pymoo takes what is under 0.001 for nothing.

    What does not apply is as bad as the worst seen so far; what failed is worse in everything.
    """

    def __init__(self, values: np.ndarray) -> None:
        known = [column[np.isfinite(column)] for column in values.T]
        self.low = np.array([column.min() if len(column) else 0.0 for column in known])
        high = np.array([column.max() if len(column) else 0.0 for column in known])
        self.size = np.where(high > self.low, high - self.low, 1.0)
        self.worst = np.ones(values.shape[1])

    def __call__(self, values: np.ndarray) -> np.ndarray:
        scaled = (values - self.low) / self.size
        finite = np.where(np.isfinite(scaled), scaled, -np.inf)
        self.worst = np.maximum(self.worst, finite.max(axis=0, initial=-np.inf))
        scaled = np.where(scaled == np.inf, self.worst, scaled)
        return np.where(np.isnan(scaled), self.worst + 1.0, scaled)


def _directions(columns: int, most: int) -> np.ndarray:
    """Return evenly spread directions for the search, as many as fit."""
    steps = 1
    while math.comb(steps + columns, columns - 1) <= most:
        steps += 1
    return simplex_grid(columns, steps) / steps
