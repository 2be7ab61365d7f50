"""What of outcomes is luck: replicates tell, as they have the same draws at every point."""

import numpy as np

LEVELS = 8
STEP = LEVELS / (2.0 * (LEVELS - 1.0))
"""Levels of Morris's grid, and how far a factor moves, as a share of its range."""
ERROR = 0.01
"""Chance that of an outcome which is all luck any factor is called influential."""


def tail(error: float, blocks: int) -> float:
    """Return half the width of the interval of a mean over blocks, in standard deviations."""
    from scipy.stats import t

    return float(t.ppf(1.0 - error / 2.0, blocks - 1)) / blocks**0.5


def moves_of(method: str, points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return what the move of each factor alone changed, shape (blocks, factors, replicates).

    Parameters
    ----------
    method : str
        ``sobol``: a move is from one base point to another's value. ``morris``: upwards by `STEP`.
    points : numpy.ndarray
        In the unit box, shape (blocks x block size, factors).
    cells : numpy.ndarray
        Outcomes, shape (blocks, block size, replicates).
    """
    factors = points.shape[1]
    if method == "sobol":
        return cells[:, 1 : factors + 1] - cells[:, :1]
    steps = np.diff(points.reshape(len(cells), factors + 1, factors), axis=1)
    who = np.abs(steps).argmax(axis=2)
    up = np.sign(np.take_along_axis(steps, who[:, :, None], 2))
    return np.take_along_axis(up * np.diff(cells, axis=1), np.argsort(who, axis=1)[:, :, None], 1)


def beyond_luck(method: str, moves: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return which factors do more to the outcome than let loose other luck.

    A factor that matters to nobody may still change whom a draw falls to, wherever it moves. Its
    ST and mu_star are then large, though those of a factor that no rule reads are nought to the
    bit. Two things tell. An influence has a direction, and luck has none: the mean move, or S1, is
    nought for luck. And replicates, where there are two or more, agree in what a factor does and
    not in luck: the square of the mean move less the variance of that mean is nought on average
    where there is luck alone. So an influence without a direction is told, too.

    All this is under the draws of these replicates. What a factor does may hang on how lucky a
    whole replicate is, such as on whether ventures do well in it. That is influence, and how much
    of it would be otherwise under other draws is in what `luck_in` returns.

    A factor is named where either mean over blocks is further from nought than chance would have
    it; all factors and both questions together err in `ERROR` of studies (Bonferroni).

    Parameters
    ----------
    method, cells
        As for `moves_of`.
    moves : numpy.ndarray
        Of `moves_of`, the last factor one that changes nothing.
    """
    blocks, factors, replicates = moves.shape
    mean, error = moves.mean(axis=2), ERROR / (factors - 1)
    if method == "sobol":
        other = cells[:, -1].mean(axis=1, keepdims=True)
        directed = (other - other.mean()) * mean
    else:
        directed = mean * np.sign(mean.mean(axis=0))
        error /= 2.0  # it may go either way
    signals = [directed]
    if replicates > 1:
        signals.append(mean**2 - moves.var(axis=2, ddof=1) / replicates)
        error /= 2.0
    far = tail(2.0 * error, blocks)
    found = [each.mean(axis=0) > far * each.std(axis=0, ddof=1) for each in signals]
    return np.logical_or.reduce(found)


def luck_in(method: str, moves: np.ndarray, variance: float) -> dict[str, np.ndarray]:
    """Return what ST or mu_star would read of the luck alone that each factor lets loose.

    Parameters
    ----------
    method, moves
        As for `beyond_luck`.
    variance : float
        Of the outcome's means over replicates.

    Returns
    -------
    dict
        One array by the name of the measure; empty where one replicate does not tell.
    """
    replicates = moves.shape[2]
    if replicates == 1:
        return {}
    luck = moves.var(axis=2, ddof=1).mean(axis=0) / replicates
    if method == "sobol":
        return {"ST_luck": 0.5 * luck / variance}
    # So much of its standard deviation is the mean of a normal number without its sign.
    return {"mu_star_luck": (2.0 / np.pi * luck) ** 0.5 / STEP}


def luck_share(y: np.ndarray) -> float:
    """Return the share of the variance of outcomes over points that is chance.

    Replicates have the same draws at every point. So an outcome is what its point does, what its
    replicate does to all points alike, and a rest: luck that falls otherwise at other points. What
    is common to all points moves none against another and is left out. The variance of the rest,
    by an analysis of variance of points by replicates, over the number of replicates is what luck
    adds to the variance of means over replicates, of which this is the share. It is 1 where points
    do nothing but let loose other luck, and not a number where there is one replicate. Where what
    a factor does hangs on how lucky a whole replicate is, few replicates tell it roughly.

    Parameters
    ----------
    y : numpy.ndarray
        Outcomes, shape (points, replicates).

    Examples
    --------
    >>> round(luck_share(np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]])), 9)
    0.0
    """
    points, replicates = y.shape
    total = y.mean(axis=1).var(ddof=1) if points > 1 else 0.0
    if replicates == 1 or total == 0.0:
        return float("nan")
    rest = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()
    variance = (rest**2).sum() / ((points - 1) * (replicates - 1))
    return min(1.0, float(variance / replicates / total))
