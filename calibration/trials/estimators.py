"""Estimators as experiments use them: differences, ANCOVA, quantiles, clusters.

The same numbers are made twice: from the two arms, as in the paper, and from the treated and their
twins (the same people under the same draws with what the control arm gets), which has no sampling
noise between arms.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from calibration.trials.design import Measure

NORMAL_95 = 1.959964
HALF_LIVES = np.geomspace(3.0, 1200.0, 600)
"""Months that are tried; the ends stand for at once and for never."""


@dataclass(frozen=True)
class Group:
    """One side of a comparison; all arrays have one entry a person.

    Attributes
    ----------
    after, before : numpy.ndarray
        Outcome at the surveys (their mean) and at baseline.
    cluster, stratum : numpy.ndarray
        What was assigned together; within what it was assigned.
    """

    after: np.ndarray
    before: np.ndarray
    cluster: np.ndarray
    stratum: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """Two sides; where they are paired, entry i of both is the same person."""

    treated: Group
    control: Group
    paired: bool


def winsorised(comparison: Comparison, measure: Measure) -> Comparison:
    """Return the comparison with the highest values of both sides together set to a quantile."""
    if measure.winsorise is None:
        return comparison
    sides = comparison.treated, comparison.control
    caps = [
        np.quantile(np.concatenate([getattr(side, name) for side in sides]), measure.winsorise)
        for name in ("after", "before")
    ]
    capped = [
        Group(np.minimum(s.after, caps[0]), np.minimum(s.before, caps[1]), s.cluster, s.stratum)
        for s in sides
    ]
    return Comparison(capped[0], capped[1], comparison.paired)


def effect(
    comparison: Comparison,
    measure: Measure,
    weights: tuple[np.ndarray, np.ndarray] | None = None,
) -> float:
    """Return an effect in the unit of its measure.

    Parameters
    ----------
    weights : tuple of numpy.ndarray, optional
        How often each person of either side counts; once where left out.
    """
    t, c = comparison.treated, comparison.control
    w, v = weights or (np.ones(len(t.after)), np.ones(len(c.after)))
    if w.sum() == 0.0 or v.sum() == 0.0:
        return math.nan
    if measure.estimator == "quantile":
        assert measure.quantile is not None
        raw = _quantile(t.after, w, measure.quantile) - _quantile(c.after, v, measure.quantile)
    elif measure.estimator == "ancova" and not comparison.paired:
        raw, _ = _ancova(comparison, np.concatenate([w, v]))
    else:
        raw = float(np.average(t.after, weights=w) - np.average(c.after, weights=v))
    return raw * _scale(c.after, v, measure)


def error(comparison: Comparison, measure: Measure) -> float:
    """Return the standard error of an effect, in its unit; not a number for quantiles.

    Rows that were assigned together may differ together: variances are of sums over clusters
    (Liang and Zeger 1986), with the usual factor for few clusters.
    """
    t, c = comparison.treated, comparison.control
    if measure.estimator == "quantile":
        return math.nan
    scale = _scale(c.after, np.ones(len(c.after)), measure)
    if comparison.paired:
        gain = t.after - c.after
        sums = _by_cluster(gain - gain.mean(), t.cluster)
        return abs(scale) * _root(sums, len(gain)) / len(gain)
    cluster = np.concatenate([t.cluster, c.cluster])
    if measure.estimator == "ancova":
        _, influence = _ancova(comparison, np.ones(len(cluster)))
    else:
        influence = np.concatenate(
            [
                (t.after - t.after.mean()) / len(t.after),
                -(c.after - c.after.mean()) / len(c.after),
            ]
        )
    return abs(scale) * _root(_by_cluster(influence, cluster), len(cluster))


def _scale(control: np.ndarray, weights: np.ndarray, measure: Measure) -> float:
    """Return what an effect is multiplied by to be in the unit of its measure."""
    mean = float(np.average(control, weights=weights))
    if measure.unit == "percent":
        return 100.0 / mean if mean > 0.0 else math.nan
    if measure.unit == "sd":
        spread = math.sqrt(float(np.average((control - mean) ** 2, weights=weights)))
        return 1.0 / spread if spread > 0.0 else math.nan
    return 100.0 if measure.unit == "points" else 1.0


def _ancova(comparison: Comparison, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the treatment's coefficient given the baseline, within strata; and its influence."""
    t, c = comparison.treated, comparison.control
    stratum = np.concatenate([t.stratum, c.stratum])
    arm = np.concatenate([np.ones(len(t.after)), np.zeros(len(c.after))])
    columns = [arm, np.concatenate([t.before, c.before]), np.concatenate([t.after, c.after])]
    arm, before, after = (_within(column, stratum, weights) for column in columns)
    spread = float((weights * before**2).sum())
    slope = float((weights * before * arm).sum()) / spread if spread > 0.0 else 0.0
    own = arm - slope * before  # what the baseline does not know of who is treated
    room = float((weights * own**2).sum())
    raw = float((weights * own * after).sum()) / room
    rest = after - raw * arm
    rest -= (float((weights * before * rest).sum()) / spread if spread > 0.0 else 0.0) * before
    return raw, weights * own * rest / room


def _within(column: np.ndarray, stratum: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return a column less its mean within each stratum."""
    _, number = np.unique(stratum, return_inverse=True)
    total = np.bincount(number, weights)
    means = np.bincount(number, weights * column) / np.where(total > 0.0, total, 1.0)
    return column - means[number]


def _by_cluster(column: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    _, number = np.unique(cluster, return_inverse=True)
    return np.bincount(number, column)


def _root(sums: np.ndarray, rows: int) -> float:
    """Return the root of the sum of squares over clusters, with its factor for few of them."""
    if len(sums) < 2 or rows < 3:
        return math.nan
    few = len(sums) / (len(sums) - 1.0) * (rows - 1.0) / (rows - 2.0)
    return math.sqrt(few * float((sums**2).sum()))


def _quantile(values: np.ndarray, weights: np.ndarray, u: float) -> float:
    """Return a quantile, evenly between the middles of the sorted values' weights."""
    order = np.argsort(values, kind="stable")
    through = np.cumsum(weights[order])
    middles = (through - 0.5 * weights[order]) / through[-1]
    return float(np.interp(u, middles, values[order]))


def half_life(months: np.ndarray, effects: np.ndarray) -> float:
    """Return the months in which effects halve, by least squares; not a number without any.

    Examples
    --------
    >>> round(half_life(np.array([24.0, 48.0, 108.0]), 40.0 * 0.5 ** np.array([0.5, 1.0, 2.25])))
    48
    """
    shapes = 0.5 ** (months[None, :] / HALF_LIVES[:, None])
    size = np.maximum(0.0, shapes @ effects) / (shapes**2).sum(axis=1)
    if not np.isfinite(effects).all() or size.max() == 0.0:
        return math.nan
    missed = ((effects - size[:, None] * shapes) ** 2).sum(axis=1)
    return float(HALF_LIVES[np.argmin(missed)])


def completed(measures: Mapping[str, Measure], found: dict[str, float]) -> dict[str, float]:
    """Return effects by name, with the measures that are made of them, in the order of the file."""
    for name, measure in measures.items():
        if measure.difference:
            found[name] = found[measure.difference[0]] - found[measure.difference[1]]
        elif measure.ratio:
            below = found[measure.ratio[1]]
            found[name] = found[measure.ratio[0]] / below if below != 0.0 else math.nan
        elif measure.half_life:
            months = [float(np.mean(measures[part].months)) for part in measure.half_life]
            effects = np.array([found[part] for part in measure.half_life])
            found[name] = half_life(np.array(months), effects)
    return {name: found[name] for name in measures}


def counts(cluster: np.ndarray, draw: Callable[[int, int], np.ndarray], number: int) -> np.ndarray:
    """Return how often each person counts in one resample of whole clusters.

    Parameters
    ----------
    draw : callable
        Uniform draws of a number, so many.
    number : int
        Of the resample.
    """
    _, own = np.unique(cluster, return_inverse=True)
    many = int(own.max()) + 1
    drawn = (draw(number, many) * many).astype(np.int64)
    return np.bincount(drawn, minlength=many).astype(float)[own]
