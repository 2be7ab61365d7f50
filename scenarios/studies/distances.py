"""How far the distribution of an outcome moves as one factor is fixed: PAWN and delta.

These are SALib's estimators, written again: SALib's PAWN has no interval, and its delta draws from
numpy's global generator, changes how warnings are shown and takes minutes for its resamples. Tests
hold them against SALib's.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from calibration.emulator import uniforms

SLIDES = 10
"""Parts of a factor's range that PAWN looks at."""
GRID = 100
"""Outcomes at which delta compares densities."""
RESAMPLES = {"pawn": 200, "delta": 100}
MEASURES = {"pawn": ("median", "CV"), "delta": ("delta", "S1")}


def distances(
    method: str, points: np.ndarray, y: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the two measures of a method and their standard errors, shape (measures, factors).

    Parameters
    ----------
    method : str
        ``pawn`` or ``delta``.
    points : numpy.ndarray
        Any independent points, shape (points, factors).
    y : numpy.ndarray
        Outcomes, one a point.
    seed : int
        Fixes the resamples behind the errors.
    """
    grid = np.linspace(y.min(), y.max(), GRID)

    def measures(x: np.ndarray, own: np.ndarray) -> np.ndarray:
        if method == "pawn":
            return pawn_of(x, own)
        return np.array([delta_of(x, own, grid), first_of(x, own)])

    values = measures(points, y)
    picks = (len(y) * uniforms(seed, 0, (RESAMPLES[method], len(y)))).astype(np.int64)
    drawn = np.array([measures(points[pick], y[pick]) for pick in picks])
    if method == "delta":
        # A distance is never below zero: Plischke, Borgonovo and Smith (2013), equation 30.
        values[0] = 2.0 * values[0] - drawn[:, 0].mean(axis=0)
    return values, drawn.std(axis=0, ddof=1)


def pawn_of(points: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return PAWN's median distance and the variation of its distances, shape (2, factors).

    Of each slide of a factor's range, the largest difference between the distribution of outcomes
    there and that of all (Pianosi and Wagener 2018). Variation is standard deviation over mean.

    Parameters
    ----------
    points, y : numpy.ndarray
        As for `distances`.
    """
    edges = np.quantile(points, np.linspace(0.0, 1.0, SLIDES + 1), axis=0)
    order = np.argsort(y)
    ranked = points[order][:, None]
    inside = ((ranked >= edges[:-1]) & (ranked < edges[1:])).cumsum(axis=0)
    # Distributions are compared where they are complete: at the last of equal outcomes.
    last = np.flatnonzero(np.append(np.diff(y[order]) > 0.0, True))
    whole = (last + 1.0)[:, None, None] / len(y)
    # A slide may be empty where values of a factor come again.
    count = np.where(inside[-1] > 0, inside[-1], np.nan)
    apart = np.abs(inside[last] / count - whole).max(axis=0)
    mean = np.nanmean(apart, axis=0)
    varies = np.divide(np.nanstd(apart, axis=0), mean, out=np.zeros_like(mean), where=mean > 0.0)
    return np.array([np.nanmedian(apart, axis=0), varies])


def delta_of(points: np.ndarray, y: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return Borgonovo's delta of each factor: half the distance between densities.

    Of each class of a factor's values, between the density of outcomes there and that of all.

    Parameters
    ----------
    points, y : numpy.ndarray
        As for `distances`.
    grid : numpy.ndarray
        Outcomes at which densities are compared.
    """
    whole = _density(y, grid)
    found = np.zeros(points.shape[1])
    for factor, own in _classes(points, y):
        if np.ptp(own) > 0.0:
            apart = np.trapezoid(np.abs(whole - _density(own, grid)), grid)
            found[factor] += len(own) / (2.0 * len(y)) * apart
    return found


def first_of(points: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the share of variance between classes of each factor: S1 from any points."""
    found, variance = np.zeros(points.shape[1]), y.var()
    if variance > 0.0:
        for factor, own in _classes(points, y):
            found[factor] += len(own) / len(y) * (own.mean() - y.mean()) ** 2 / variance
    return found


def _classes(points: np.ndarray, y: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield outcomes in classes of equally many points by each factor, as many as SALib takes."""
    number = len(y)
    power = 2.0 / (7.0 + np.tanh((1500.0 - number) / 500.0))
    classes = min(int(np.ceil(number**power)), 48)
    edges = np.linspace(0, number, classes + 1).astype(np.int64)
    for factor, order in enumerate(np.argsort(points, axis=0, kind="stable").T):
        for low, high in pairwise(edges):
            yield factor, y[order[low:high]]


def _density(y: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the density of outcomes: Gaussian kernels, as wide as Silverman's rule says."""
    width = (0.75 * len(y)) ** -0.2 * y.std(ddof=1)
    kernels = np.exp(-0.5 * ((grid[:, None] - y) / width) ** 2)
    return np.asarray(kernels.mean(axis=1) / (width * (2.0 * np.pi) ** 0.5))
