"""Ruling parameters out wave by wave, drawing from what is left, and seeing that known ones return.

Nothing here knows what is fitted: paths come from any function from parameters to moments.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from calibration.emulator import Emulator, emulate, latin_hypercube, normals, uniforms
from calibration.targets import Moment

WAVES = (40, 30, 20)
"""Paths simulated in each wave."""
CUT = 3.0
"""Implausible: the third worst moment is off by more standard deviations than this."""
CANDIDATES = 20_000
WALKERS, STEPS, BURNT, KEPT = 40, 1500, 500, 200
CASES = 100
"""Known parameters that are recovered from what they would have shown."""


class Matched(NamedTuple):
    """What history matching leaves: the last emulator, its paths, and how far each wave went."""

    emulator: Emulator
    theta: np.ndarray
    moments: np.ndarray
    noise: np.ndarray
    kept: list[float]


def match(
    paths: Callable[[np.ndarray], np.ndarray],
    moments: Sequence[Moment],
    low: np.ndarray,
    high: np.ndarray,
    seed: int,
    waves: Sequence[int] = WAVES,
    noise: Callable[[np.ndarray], np.ndarray] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Matched:
    """Rule parameters out, wave by wave.

    Parameters
    ----------
    paths : callable
        From parameters, shape (runs, parameters), to moments, shape (runs, moments).
    moments : sequence of Moment
        What was published.
    low, high : numpy.ndarray
        The box of parameters.
    seed : int
        Of the designs.
    waves : sequence of int
        Paths a wave.
    noise : callable, optional
        From parameters, shape (parameters,), to each moment's variance over luck.
    say : callable, optional
        Told how it goes.
    """
    theta = low + (high - low) * latin_hypercube(waves[0], len(low), seed, 0)
    found = paths(theta)
    luck = np.zeros(len(moments))
    kept: list[float] = []
    for wave in range(len(waves)):
        # Earlier waves lie far off; an emulator of the near ones is closer.
        near = np.argsort(_worst(found, luck, luck, moments))[: max(4 * waves[-1], 30)]
        emulator = emulate(theta[near], found[near], low, high)
        if noise is not None and wave > 0:
            best = theta[np.argmin(_misfit(found, luck, luck, moments))]
            luck = noise(best)
        points, share = _left(emulator, luck, moments, low, high, seed, wave)
        kept.append(share)
        say(f"wave {wave + 1}: {len(theta)} paths, {100 * share:.2f}% not ruled out")
        if wave + 1 < len(waves):
            more = _spread_out(points, waves[wave + 1], low, high)
            theta = np.vstack([theta, more])
            found = np.vstack([found, paths(more)])
    return Matched(emulator, theta, found, luck, kept)


def _variance(moments: Sequence[Moment]) -> np.ndarray:
    return np.array([each.sampling**2 + each.discrepancy**2 for each in moments])


def _distance(
    mean: np.ndarray, variance: np.ndarray, luck: np.ndarray, moments: Sequence[Moment]
) -> np.ndarray:
    values = np.array([each.value for each in moments])
    return np.abs(mean - values) / np.sqrt(variance + luck + _variance(moments))


def _worst(
    mean: np.ndarray, variance: np.ndarray, luck: np.ndarray, moments: Sequence[Moment]
) -> np.ndarray:
    """Return the third largest implausibility of each point (the largest of fewer moments)."""
    apart = np.sort(_distance(mean, variance, luck, moments), axis=1)
    return np.asarray(apart[:, -min(3, apart.shape[1])])


def _misfit(
    mean: np.ndarray, variance: np.ndarray, luck: np.ndarray, moments: Sequence[Moment]
) -> np.ndarray:
    weights = np.array([each.weight for each in moments])
    apart = _distance(mean, variance, luck, moments)
    return np.asarray((weights * apart**2).sum(axis=1))


def _left(
    emulator: Emulator,
    luck: np.ndarray,
    moments: Sequence[Moment],
    low: np.ndarray,
    high: np.ndarray,
    seed: int,
    wave: int,
) -> tuple[np.ndarray, float]:
    """Return candidates that are not ruled out, and what share they are."""
    points = low + (high - low) * latin_hypercube(CANDIDATES, len(low), seed, 10 + wave)
    worst = _worst(*emulator.predict(points), luck, moments)
    inside = points[worst < CUT]
    if len(inside) < 100:  # next to nothing is left: what is least implausible
        return points[np.argsort(worst)[:100]], len(inside) / CANDIDATES
    return inside, len(inside) / CANDIDATES


def _spread_out(points: np.ndarray, number: int, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return so many of the points, each far from those before it."""
    x = (points - low) / (high - low)
    chosen = [int(np.argmin(((x - x.mean(axis=0)) ** 2).sum(axis=1)))]
    nearest = ((x - x[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < min(number, len(points)):
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, ((x - x[chosen[-1]]) ** 2).sum(axis=1))
    return np.asarray(points[chosen])


def sampled(
    found: Matched,
    moments: Sequence[Moment],
    low: np.ndarray,
    high: np.ndarray,
    seed: int,
    steps: int = STEPS,
) -> np.ndarray:
    """Return draws of the posterior, shape (draws, parameters), with normal errors.

    The prior is uniform over the box.

    Parameters
    ----------
    found : Matched
        From `match`.
    steps : int
        Steps of each walker; the first `BURNT` are left out.
    """
    import emcee  # slow to import

    def logs(theta: np.ndarray) -> np.ndarray:
        inside = ((theta >= low) & (theta <= high)).all(axis=1)
        mean, variance = found.emulator.predict(np.clip(theta, low, high))
        total = variance + found.noise + _variance(moments)
        weights = np.array([each.weight for each in moments])
        fit = _misfit(mean, variance, found.noise, moments) + (weights * np.log(total)).sum(axis=1)
        return np.where(inside, -0.5 * fit, -np.inf)

    near = np.argsort(_misfit(found.moments, found.noise, found.noise, moments))[:WALKERS]
    start = found.theta[np.resize(near, WALKERS)]
    start = start + 0.02 * (high - low) * normals(seed, 30, start.shape)
    edge = 0.001 * (high - low)
    sampler = emcee.EnsembleSampler(WALKERS, len(low), logs, vectorize=True)
    # The sampler's own generator, told by ours where to begin.
    words = (uniforms(seed, 31, (1, 624))[0] * 2**32).astype(np.uint32)
    state = emcee.State(
        np.clip(start, low + edge, high - edge),
        random_state=("MT19937", words, 624, 0, 0.0),
    )
    sampler.run_mcmc(state, steps)
    chain = sampler.get_chain(discard=min(BURNT, steps // 3), flat=True)
    return np.asarray(chain[np.linspace(0, len(chain) - 1, KEPT).astype(int)])


def contraction(sample: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return by how much the spread of each parameter fell, from 0 to 1: prior to posterior."""
    return np.asarray(1.0 - sample.std(axis=0) / ((high - low) / 12.0**0.5))


def recovery(
    found: Matched,
    moments: Sequence[Moment],
    low: np.ndarray,
    high: np.ndarray,
    seed: int,
    cases: int = CASES,
) -> np.ndarray:
    """Return the rank of known parameters among draws fitted to what they would have shown.

    Simulation-based calibration (Talts et al. 2018) where it matters: known parameters are drawn
    evenly from the box around the paths of the last wave, which is the prior of these fits.

    Parameters
    ----------
    found : Matched
        From `match`; its emulator makes the data.
    moments : sequence of Moment
        Whose errors the data get; every moment counts in full.
    low, high : numpy.ndarray
        The box of parameters.
    seed : int
        Of the known parameters, their data and the fits.
    cases : int
        How many.

    Returns
    -------
    numpy.ndarray
        From 0 to 1, shape (cases, parameters); uniform where the fit is right.
    """
    near = found.theta[np.argsort(_worst(found.moments, found.noise, found.noise, moments))[:30]]
    low, high = np.maximum(low, near.min(axis=0)), np.minimum(high, near.max(axis=0))
    known = low + (high - low) * uniforms(seed, 40, (cases, len(low)))
    mean, variance = found.emulator.predict(known)
    errors = np.sqrt(variance + _variance(moments) + found.noise)
    shown = mean + errors * normals(seed, 41, mean.shape)
    ranks = []
    for case in range(cases):
        data = [
            each._replace(value=float(x), weight=1.0)
            for each, x in zip(moments, shown[case], strict=True)
        ]
        again = sampled(found, data, low, high, seed + case + 1)
        ranks.append((again < known[case]).mean(axis=0))
    return np.array(ranks)


def evenness(ranks: np.ndarray, bins: int = 10) -> np.ndarray:
    """Return the p-value of each parameter's ranks being uniform, by the chi-square of its bins.

    Examples
    --------
    >>> evenness(np.linspace(0.005, 0.995, 100)[:, None]).round(2).tolist()
    [1.0]
    """
    from scipy.stats import chisquare  # slow to import

    counts = [np.histogram(each, bins, (0.0, 1.0))[0] for each in ranks.T]
    return np.array([chisquare(each).pvalue for each in counts])
