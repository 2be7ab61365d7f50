"""A fast stand-in for the path: Gaussian processes over what few simulated paths showed."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from simulation import draws

COMPONENTS = 6
"""Patterns that moments move in together, at most; the rest counts as error."""


class Process(NamedTuple):
    """A fitted Gaussian process, reduced to what predicting takes.

    Attributes
    ----------
    known : numpy.ndarray
        Where it was seen, over the lengths; shape (runs, parameters).
    lengths : numpy.ndarray
        One a parameter.
    size, noise : float
        Variances of the process and of a run.
    weights : numpy.ndarray
        Of each run in the mean.
    inverse : numpy.ndarray
        Of the runs' covariance.
    """

    known: np.ndarray
    lengths: np.ndarray
    size: float
    noise: float
    weights: np.ndarray
    inverse: np.ndarray

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of a new run at these points."""
        near = self.size * _alike(x / self.lengths, self.known)
        left = self.size - ((near @ self.inverse) * near).sum(axis=1)
        return near @ self.weights, np.maximum(left, 0.0) + self.noise


def _alike(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the squared exponential of distances, shape (len(x), len(y))."""
    apart = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2.0 * x @ y.T
    return np.asarray(np.exp(-0.5 * np.maximum(apart, 0.0)))


@dataclass(frozen=True)
class Emulator:
    """What a simulator would give, with how sure that is.

    Attributes
    ----------
    low, span : numpy.ndarray
        The box of parameters.
    middle, scale : numpy.ndarray
        Of each moment.
    patterns : numpy.ndarray
        Principal components, shape (components, moments).
    processes : tuple
        One Gaussian process a component.
    rest : numpy.ndarray
        Variance that the components leave out, in units of `scale` squared.
    """

    low: np.ndarray
    span: np.ndarray
    middle: np.ndarray
    scale: np.ndarray
    patterns: np.ndarray
    processes: tuple[Process, ...]
    trends: np.ndarray
    rest: np.ndarray

    def predict(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of each moment, shape (points, moments).

        Parameters
        ----------
        theta : numpy.ndarray
            Parameters, shape (points, parameters).
        """
        x = (np.atleast_2d(theta) - self.low) / self.span
        found = [process.predict(x) for process in self.processes]
        mean = np.column_stack([m for m, _ in found]) + _terms(x) @ self.trends
        variance = np.column_stack([v for _, v in found])
        moments = self.middle + self.scale * (mean @ self.patterns)
        return moments, self.scale**2 * (variance @ self.patterns**2 + self.rest)


def emulate(theta: np.ndarray, moments: np.ndarray, low: np.ndarray, high: np.ndarray) -> Emulator:
    """Return the emulator of simulated paths.

    A quadratic trend, and a Gaussian process with one length a parameter and noise of its own for
    what is left, in each of a few principal components.

    Parameters
    ----------
    theta : numpy.ndarray
        Parameters simulated, shape (runs, parameters).
    moments : numpy.ndarray
        What came out, shape (runs, moments).
    low, high : numpy.ndarray
        The box of parameters.
    """
    from sklearn.gaussian_process import GaussianProcessRegressor  # slow to import
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    x = (theta - low) / (high - low)
    middle, scale = moments.mean(axis=0), np.maximum(moments.std(axis=0), 1e-12)
    z = (moments - middle) / scale
    _, _, patterns = np.linalg.svd(z, full_matrices=False)
    patterns = patterns[: min(COMPONENTS, len(patterns))]
    scores = z @ patterns.T
    terms = _terms(x)
    ridge = 1e-6 * len(x) * np.eye(terms.shape[1])
    trends = np.linalg.solve(terms.T @ terms + ridge, terms.T @ scores)
    left = scores - terms @ trends
    processes = []
    for column in left.T:
        size = max(float(column.var()), 1e-10)
        kernel = ConstantKernel(size, (1e-3 * size, 1e3 * size)) * RBF(
            np.full(x.shape[1], 0.5), (0.1, 20.0)
        ) + WhiteKernel(0.1 * size, (1e-4 * size, 2.0 * size))
        process = GaussianProcessRegressor(kernel, normalize_y=False)
        processes.append(_learnt(process, x, column))
    rest = (z - scores @ patterns).var(axis=0)
    span = high - low
    return Emulator(low, span, middle, scale, patterns, tuple(processes), trends, rest)


def _learnt(process: Any, x: np.ndarray, y: np.ndarray) -> Process:  # noqa: ANN401
    """Fit a process; a length at the end of its range is no matter for a warning."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kernel = process.fit(x, y).kernel_
    lengths = np.asarray(kernel.k1.k2.length_scale)
    size, noise = float(kernel.k1.k1.constant_value), float(kernel.k2.noise_level)
    known = x / lengths
    inverse = np.linalg.inv(size * _alike(known, known) + noise * np.eye(len(x)))
    return Process(known, lengths, size, noise, inverse @ y, inverse)


def _terms(x: np.ndarray) -> np.ndarray:
    """Return the terms of a quadratic: 1, each, and each times each."""
    first, second = np.triu_indices(x.shape[1])
    return np.column_stack([np.ones(len(x)), x, x[:, first] * x[:, second]])


# Chance, from its one source


def uniforms(seed: int, index: int, shape: tuple[int, int]) -> np.ndarray:
    """Return independent uniform draws of the branch of calibration."""
    key = draws.branch_key(seed, index, draws.CALIBRATION)
    serials = np.arange(shape[0] * shape[1], dtype=np.uint64)
    out = np.empty(len(serials))
    draws.uniform_column(key, serials, np.zeros(len(serials), np.uint64), draws.DESIGN, 0, out)
    return out.reshape(shape)


def normals(seed: int, index: int, shape: tuple[int, int]) -> np.ndarray:
    """Return independent standard normal draws of the branch of calibration."""
    return np.asarray(ndtri(uniforms(seed, index, shape)))


def latin_hypercube(number: int, size: int, seed: int, index: int) -> np.ndarray:
    """Return points of a Latin hypercube in the unit box, shape (number, size).

    Examples
    --------
    >>> points = latin_hypercube(10, 2, seed=1, index=0)
    >>> sorted(int(x) for x in 10 * points[:, 1]) == list(range(10))
    True
    """
    u = uniforms(seed, index, (2 * number, size))
    order = np.argsort(u[:number], axis=0)
    return (order + u[number:]) / number
