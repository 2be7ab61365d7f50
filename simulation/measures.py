"""Measures of poverty, inequality and return, named as in their literature.

Pure functions of weighted arrays: `values` and `weights` have shape (rows,), weights are not
negative and not all 0. To measure persons, a household's weight is multiplied by its members.
"""

import numpy as np
from scipy.special import stdtrit

LEAST_MONTHLY_RATE = -0.99
"""Below this a year leaves less than a float can tell from nothing."""
GRID = 2048  # steps from the least rate to the largest, among which changes of sign are sought


def poverty(standing: np.ndarray, weights: np.ndarray) -> tuple[float, float, float]:
    """Return headcount, poverty gap and severity (Foster, Greer and Thorbecke 1984).

    Parameters
    ----------
    standing : numpy.ndarray
        Consumption over the poverty line, not negative; who stands on the line is not poor.

    Returns
    -------
    p0, p1, p2 : float
        Shares from 0 to 1.

    Examples
    --------
    >>> poverty(np.array([0.5, 1.0, 2.0]), np.array([1.0, 1.0, 2.0]))
    (0.25, 0.125, 0.0625)
    """
    gap = np.maximum(0.0, 1.0 - standing)
    total = weights.sum()
    p0, p1, p2 = (float((weights * each).sum() / total) for each in (gap > 0.0, gap, gap * gap))
    return p0, p1, p2


def gini(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the Gini coefficient, from 0 (all have the same) to 1 (one has all).

    Parameters
    ----------
    values : numpy.ndarray
        Not negative and not all 0, in any unit.

    Examples
    --------
    >>> gini(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    0.5
    """
    order = np.argsort(values, kind="stable")
    held = (values * weights)[order]
    own = weights[order]
    through = np.cumsum(own)
    # Twice the covariance of what is held with the rank at which the holder stands (Lerman and
    # Yitzhaki 1989), which for a weighted row is the middle of the rows that it stands for.
    return float((held * (2.0 * through - own)).sum() / (held.sum() * through[-1]) - 1.0)


def share_of_poorest(values: np.ndarray, weights: np.ndarray, share: float = 0.4) -> float:
    """Return the share of the total that the poorest have: a point of the Lorenz curve.

    Parameters
    ----------
    values : numpy.ndarray
        Not negative and not all 0, in any unit.
    share : float
        How many count as the poorest, from 0 to 1.

    Examples
    --------
    >>> share_of_poorest(np.array([1.0, 9.0]), np.array([1.0, 1.0]), share=0.5)
    0.1
    """
    order = np.argsort(values, kind="stable")
    rows = np.concatenate([[0.0], np.cumsum(weights[order])])
    held = np.concatenate([[0.0], np.cumsum((values * weights)[order])])
    return float(np.interp(share, rows / rows[-1], held / held[-1]))


def quantile(values: np.ndarray, weights: np.ndarray, u: float) -> float:
    """Return the least value that at least a share `u` of the weight does not exceed.

    Parameters
    ----------
    u : float
        Above 0, at most 1.

    Examples
    --------
    >>> quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0]), 0.5)
    2.0
    """
    order = np.argsort(values, kind="stable")
    through = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(through, u * through[-1])]])


def internal_rate_of_return(flows: np.ndarray) -> float:
    """Return the yearly nominal rate at which the flows are worth nothing.

    Where several rates do (money goes out again after some came in), it is the one nearest to 0.

    Parameters
    ----------
    flows : numpy.ndarray
        Net cash flow of an investor by month, rupiah; money paid out is negative.

    Returns
    -------
    float
        Share a year, compounded monthly: 0.1 for 10%; -1 where (nearly) nothing came back; NaN
        where nothing was paid out or no rate solves.

    Examples
    --------
    >>> round(internal_rate_of_return(np.array([-100.0] + 11 * [0.0] + [0.0, 110.0])), 4)
    0.092
    """
    from scipy.optimize import brentq  # slow to import, and few need it

    moved = np.flatnonzero(flows)
    if len(moved) == 0 or flows.min() >= 0.0:
        return float("nan")
    if flows.max() <= 0.0:
        return -1.0
    flows = flows[moved[0] : moved[-1] + 1] / np.abs(flows).max()
    months = np.arange(len(flows), dtype=float)

    def worths(growths: np.ndarray) -> np.ndarray:
        """Return the worth of the flows in the month in which their weights stay below 1."""
        each = growths[:, None]
        return (flows * each ** np.where(each > 1.0, -months, months[::-1])).sum(axis=1)

    def worth(growth: float) -> float:
        return float(worths(np.array([growth]))[0])

    largest = 2.0 + 1.0 / abs(flows[0])  # no solution lies above it (Cauchy's bound)
    growths = np.geomspace(1.0 + LEAST_MONTHLY_RATE, largest, GRID)
    changes = np.flatnonzero(np.diff(np.sign(worths(growths))))
    if len(changes) == 0:
        return -1.0 if flows[0] < 0.0 < flows[-1] else float("nan")
    solutions = [brentq(worth, growths[i], growths[i + 1], xtol=1e-15) for i in changes]
    return float(min(solutions, key=lambda growth: abs(np.log(growth))) ** 12 - 1.0)


def interval(values: np.ndarray, level: float = 0.90) -> tuple[float, float, float]:
    """Return the mean over replicates with its confidence interval (Student 1908).

    Parameters
    ----------
    values : numpy.ndarray
        One a replicate, in any unit; shape (replicates,).
    level : float
        Share of such intervals that hold the true mean.

    Returns
    -------
    mean, low, high : float
        In the unit of the values; `low` and `high` are NaN for a single replicate.

    Examples
    --------
    >>> [round(x, 3) for x in interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, 0.314, 3.686]
    """
    count = len(values)
    mean = float(np.mean(values))
    if count == 1:
        return mean, float("nan"), float("nan")
    error = float(np.std(values, ddof=1)) / count**0.5
    margin = error * float(stdtrit(count - 1, 0.5 + 0.5 * level))
    return mean, mean - margin, mean + margin
