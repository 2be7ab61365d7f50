"""How much each factor of a design decides an outcome, and how sure that is.

Points lie in the unit box and come in blocks, of which each tells of every factor: a base point of
Sobol's design with its neighbours, a trajectory of Morris's, one point of a Latin hypercube. Last
among the factors stands `NOTHING`, which changes no input: what an index reads for it is noise.
Outcomes have one row a point and one column a replicate. Replicates have the same draws at every
point, so that luck is shared and does not count as influence.

Points and indices are SALib's; of PAWN and delta see `scenarios.studies.distances`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scenarios.studies.distances import MEASURES, distances
from scenarios.studies.luck import ERROR, LEVELS, STEP, beyond_luck, luck_in, moves_of, tail

if TYPE_CHECKING:
    import pandas as pd

NOTHING = "nothing"
"""A factor that changes no input. Its runs are others' runs, so it costs none."""
LEVEL = 0.95
"""Of an interval, by itself."""
END = 0.2
"""Share of a factor's range that counts as its lowest or highest part."""
FEWEST = 4
"""Blocks below which nothing is said."""
RESAMPLES = 500
DECIDES = {"sobol": "ST", "morris": "mu_star", "pawn": "median", "delta": "delta"}
"""The index of each method that says how influential a factor is in all."""

Found = dict[str, tuple[np.ndarray, np.ndarray]]
"""Of each measure the values and half the widths of their intervals, one a factor."""


# Points


def block_size(method: str, factors: int, order: int = 1) -> int:
    """Return how many points a block has.

    Parameters
    ----------
    method : str
        One of `DECIDES`.
    factors : int
        With `NOTHING`.
    order : int
        2 for indices of pairs, too.

    Examples
    --------
    >>> block_size("sobol", 16), block_size("morris", 16), block_size("pawn", 16)
    (18, 17, 1)
    """
    if method == "sobol":
        return 2 * factors + 2 if order == 2 else factors + 2
    return factors + 1 if method == "morris" else 1


def unit_points(method: str, factors: int, blocks: int, order: int, seed: int) -> np.ndarray:
    """Return the points of a method in the unit box, shape (blocks x block size, factors).

    Parameters
    ----------
    method, factors, order
        As in `block_size`.
    blocks : int
        Base points, or trajectories of Morris's method; a power of two for Sobol's.
    seed : int
        Fixes the points.
    """
    from SALib.sample import latin, morris, sobol

    problem, own = _problem(factors), _seed(seed)
    if method == "sobol":
        points = sobol.sample(problem, blocks, calc_second_order=order == 2, seed=own)
    elif method == "morris":
        points = morris.sample(problem, blocks, num_levels=LEVELS, seed=own)
    else:
        points = latin.sample(problem, blocks, seed=own)
    return np.asarray(points)


def _problem(factors: int) -> dict[str, Any]:
    """Return a problem as SALib takes it, each time a new one: some of its methods change it."""
    names = [f"x{number}" for number in range(factors)]
    return {"num_vars": factors, "names": names, "bounds": [[0.0, 1.0]] * factors}


def _seed(seed: int) -> int:
    """Return a seed of which SALib makes a generator; for 0 it would take the global one."""
    return seed + 1


# Indices


def indices(
    names: Sequence[str], method: str, points: np.ndarray, y: np.ndarray, order: int, seed: int
) -> "pd.DataFrame":
    """Return the indices of each factor with their intervals.

    An interval says how far an index may be off because points are few; it is of level `LEVEL` by
    itself. Whether a factor is called influential is held to more, so that of an outcome which no
    factor moves this is said of any factor in `ERROR` of studies at most; see `luck.beyond_luck`.

    Parameters
    ----------
    names : sequence of str
        Of the factors, `NOTHING` last.
    method : str
        ``sobol``: share of the outcome's variance that a factor makes by itself (S1) and together
        with all others (ST). ``morris``: what the outcome changes by as the factor goes through
        its range, without sign (mu_star) and with it (mu), and how much that differs (sigma); in
        units of the outcome. ``pawn``: how far the outcome's distribution moves as the factor is
        fixed, over its slides (median, and CV). ``delta``: the same by densities, and S1.
    points : numpy.ndarray
        Of `unit_points`.
    y : numpy.ndarray
        Outcomes, shape (points, replicates).
    order : int
        For which the points were made.
    seed : int
        Fixes the resamples behind intervals.

    Returns
    -------
    pandas.DataFrame
        Columns parameter, measure, value, low, high, floor (upper end of what `NOTHING` reads) and
        influential. With two replicates or more Sobol's and Morris's methods have ST_luck or
        mu_star_luck, too; see `luck.luck_in`.
    """
    import pandas as pd

    blocks, mean = len(y) // block_size(method, len(names), order), y.mean(axis=1)
    influential = np.zeros(len(names), bool)
    if blocks < FEWEST or np.ptp(mean) == 0.0:
        # No factor has a part in what never changes.
        nought = np.full(len(names), 0.0 if blocks >= FEWEST else np.nan)
        found = {DECIDES[method]: (nought, nought)}
    else:
        found = _METHODS[method](points, mean, order, seed)
        if method in ("sobol", "morris"):
            cells = y.reshape(blocks, -1, y.shape[1])
            moves = moves_of(method, points, cells)
            influential = beyond_luck(method, moves, cells)
            for measure, value in luck_in(method, moves, mean.var()).items():
                found[measure] = value, np.full(len(value), np.nan)
        else:
            influential = _beyond_nothing(*found[DECIDES[method]])
    rows = [
        {
            "parameter": name,
            "measure": measure,
            "value": value[at],
            "low": value[at] - spread[at],
            "high": value[at] + spread[at],
            "floor": value[-1] + spread[-1],
            "influential": bool(influential[at]),
        }
        for measure, (value, spread) in found.items()
        for at, name in enumerate(names)
    ]
    return pd.DataFrame(rows)


def _sobol(points: np.ndarray, y: np.ndarray, order: int, seed: int) -> Found:
    found = _analysed(points.shape[1], y, order, seed)
    return {name: (found[name], found[f"{name}_conf"]) for name in ("S1", "ST")}


def _analysed(factors: int, y: np.ndarray, order: int, seed: int) -> Any:  # noqa: ANN401
    from SALib.analyze import sobol

    return sobol.analyze(
        _problem(factors),
        y,
        calc_second_order=order == 2,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        seed=_seed(seed),
    )


def _morris(points: np.ndarray, y: np.ndarray, order: int, seed: int) -> Found:
    from SALib.analyze import morris

    found = morris.analyze(
        _problem(points.shape[1]),
        points,
        y,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        num_levels=LEVELS,
        seed=_seed(seed),
    )
    sigma = np.asarray(found["sigma"])
    trajectories = len(y) // (points.shape[1] + 1)
    return {
        "mu_star": (np.asarray(found["mu_star"]), np.asarray(found["mu_star_conf"])),
        "mu": (np.asarray(found["mu"]), tail(1.0 - LEVEL, trajectories) * sigma),
        "sigma": (sigma, np.full(len(sigma), np.nan)),
    }


def _beyond_nothing(value: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return which factors read more than `NOTHING` beyond both errors, all factors together."""
    from scipy.special import ndtri

    wide = ndtri(1.0 - ERROR / (len(value) - 1)) / ndtri(0.5 + LEVEL / 2.0)
    clear = value - value[-1] > wide * np.hypot(spread, spread[-1])
    # Nor do their intervals meet.
    return np.asarray(clear & (value - spread > value[-1] + spread[-1]))


def _distances(method: str) -> Callable[[np.ndarray, np.ndarray, int, int], Found]:
    def found(points: np.ndarray, y: np.ndarray, order: int, seed: int) -> Found:
        from scipy.special import ndtri

        values, errors = distances(method, points, y, seed)
        spreads = ndtri(0.5 + LEVEL / 2.0) * errors
        return dict(zip(MEASURES[method], zip(values, spreads, strict=True), strict=True))

    return found


_METHODS = {
    "sobol": _sobol,
    "morris": _morris,
    "pawn": _distances("pawn"),
    "delta": _distances("delta"),
}


# Of many or few points


def whole_blocks(y: np.ndarray, size: int) -> np.ndarray:
    """Return for each point whether its block is whole: every outcome in it is a number.

    Parameters
    ----------
    y : numpy.ndarray
        Outcomes, shape (points, replicates).
    size : int
        Points in a block.
    """
    return np.repeat(np.isfinite(y).all(axis=1).reshape(-1, size).all(axis=1), size)


def convergence(
    names: Sequence[str], method: str, points: np.ndarray, y: np.ndarray, order: int, seed: int
) -> "pd.DataFrame":
    """Return `indices` of the first eighth, quarter, half of the blocks and of all.

    Parameters
    ----------
    names, method, points, y, order, seed
        As for `indices`.

    Returns
    -------
    pandas.DataFrame
        As of `indices`, with how many blocks in the column points.
    """
    import pandas as pd

    size = block_size(method, len(names), order)
    blocks = len(y) // size
    parts = []
    for number in sorted({blocks // 8, blocks // 4, blocks // 2, blocks}):
        if number >= FEWEST or number == blocks:
            first = slice(number * size)
            found = indices(names, method, points[first], y[first], order, seed)
            found.insert(0, "points", number)
            parts.append(found)
    return pd.concat(parts, ignore_index=True)


def interactions(names: Sequence[str], y: np.ndarray, seed: int) -> "pd.DataFrame":
    """Return Sobol's second-order indices: shares of variance that two factors make together.

    Parameters
    ----------
    names : sequence of str
        Of the factors, `NOTHING` last.
    y : numpy.ndarray
        Outcomes of points for the second order, shape (points, replicates).
    seed : int
        Fixes the resamples behind intervals.

    Returns
    -------
    pandas.DataFrame
        Columns first, second, value, low, high, and clear: whether so much of any pair comes by
        chance in `ERROR` of studies at most. Pairs with `NOTHING` show the noise.
    """
    import pandas as pd
    from scipy.special import ndtri

    factors, mean = len(names), y.mean(axis=1)
    if np.ptp(mean) == 0.0:
        value = spread = np.zeros((factors, factors))
    else:
        found = _analysed(factors, mean, 2, seed)
        value, spread = found["S2"], found["S2_conf"]
    pairs = max((factors - 1) * (factors - 2) // 2, 1)
    wide = ndtri(1.0 - ERROR / pairs) / ndtri(0.5 + LEVEL / 2.0)
    rows = [
        {
            "first": names[i],
            "second": names[j],
            "value": value[i, j],
            "low": value[i, j] - spread[i, j],
            "high": value[i, j] + spread[i, j],
            "clear": bool(value[i, j] > wide * spread[i, j] and names[j] != NOTHING),
        }
        for i in range(factors)
        for j in range(i + 1, factors)
    ]
    return pd.DataFrame(rows)


def swings(
    names: Sequence[str], method: str, points: np.ndarray, y: np.ndarray, order: int
) -> "pd.DataFrame":
    """Return the mean outcome at the lowest and the highest part of each factor's range.

    That is `END` of the range. Morris's trajectories are too few for that, and move each factor by
    itself: there it is the mean of all outcomes less and plus half of mu.

    Parameters
    ----------
    names, method, points, y, order
        As for `indices`.

    Returns
    -------
    pandas.DataFrame
        Columns parameter, end (low or high), value, low, high (interval of level `LEVEL`).
    """
    import pandas as pd

    size = block_size(method, len(names), order)
    cells = y.mean(axis=1).reshape(-1, size)
    moves = moves_of(method, points, cells[:, :, None])[:, :, 0] if method == "morris" else None
    rows = []
    for at, name in enumerate(names):
        for end, sign in (("low", -1.0), ("high", 1.0)):
            if moves is not None:
                means = cells.mean() + sign * moves[:, at] / STEP / 2.0
            else:
                # Points of one block count as one: they are not independent.
                own = points[:, at].reshape(-1, size)
                inside = own <= END if end == "low" else own >= 1.0 - END
                some = inside.any(axis=1)
                means = (cells * inside).sum(axis=1)[some] / inside.sum(axis=1)[some]
            value = means.mean() if len(means) else np.nan
            spread = tail(1.0 - LEVEL, len(means)) * means.std(ddof=1) if len(means) > 1 else np.nan
            row = {"parameter": name, "end": end, "value": value}
            rows.append({**row, "low": value - spread, "high": value + spread})
    return pd.DataFrame(rows)
