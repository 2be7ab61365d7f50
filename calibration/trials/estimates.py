"""The measures of a trial, from what its people lived: from the arms, and from the twins."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from calibration.trials.design import Measure, Trial
from calibration.trials.estimators import (
    NORMAL_95,
    Comparison,
    completed,
    counts,
    effect,
    error,
    winsorised,
)
from calibration.trials.lives import Lives

FAMILY = 0.01
"""Chance that one of the measures of a trial without any effect is called an effect."""

Resample = Callable[[int, int], np.ndarray]
"""Draws of one number, so many."""


class Found(NamedTuple):
    """A measure as one way of comparing gives it.

    Attributes
    ----------
    value, low, high : float
        With a 95% interval, which is not a number where none was asked for.
    error : float
        Standard error; not a number where it has none of its own.
    control, treated : int
        Persons compared; 0 for what is made of effects.
    """

    value: float
    low: float
    high: float
    error: float
    control: int
    treated: int


def found(
    trial: Trial, lives: Lives, paired: bool, resamples: int = 0, draw: Resample | None = None
) -> dict[str, Found]:
    """Return every measure of a trial.

    Parameters
    ----------
    paired : bool
        Whether the treated are compared with their twins, or with the control arm.
    resamples : int
        Of whole clusters, for the intervals of quantiles and of what is made of effects.
    draw : callable
        Of the resamples.
    """
    compared = {}
    for name, measure in trial.measures.items():
        if measure.outcome:
            comparison, rows = lives.comparison(trial, name, paired)
            compared[name] = winsorised(comparison, measure), rows
    values = _values(trial, compared)
    spread = [
        _values(trial, compared, _weights(lives, number, draw))
        for number in range(resamples)
        if draw
    ]
    told = {}
    for name, measure in trial.measures.items():
        own, sizes = math.nan, (0, 0)
        if name in compared:
            comparison, _ = compared[name]
            own = error(comparison, measure)
            sizes = len(comparison.control.after), len(comparison.treated.after)
        low, high = values[name] - NORMAL_95 * own, values[name] + NORMAL_95 * own
        if math.isnan(own) and spread:
            drawn = np.array([each[name] for each in spread])
            if np.isfinite(drawn).any():
                low, high = (float(q) for q in np.nanquantile(drawn, [0.025, 0.975]))
        told[name] = Found(values[name], low, high, own, *sizes)
    return told


def _values(
    trial: Trial,
    compared: dict[str, tuple[Comparison, np.ndarray]],
    weights: np.ndarray | None = None,
) -> dict[str, float]:
    """Return every measure; each person counts as often as the weights say."""
    values = {}
    for name, (comparison, rows) in compared.items():
        treated = len(comparison.treated.after)
        own = None if weights is None else (weights[rows[:treated]], weights[rows[treated:]])
        values[name] = effect(comparison, trial.measures[name], own)
    return completed(trial.measures, values)


def _weights(lives: Lives, number: int, draw: Resample) -> np.ndarray:
    """Return how often each person counts in one resample of clusters within arms."""
    weights = np.zeros(len(lives.treated))
    for arm, who in enumerate((lives.treated, ~lives.treated)):
        if who.any():
            weights[who] = counts(lives.cluster[who], draw, 2 * number + arm)
    return weights


def band(trial: Trial, name: str, own: float) -> tuple[float, float]:
    """Return what is accepted for a measure, in its unit; not numbers where it has no band.

    Parameters
    ----------
    own : float
        Standard error of the estimate, for a band of chance.
    """
    measure = trial.measures[name]
    if measure.band == "chance":
        by_chance = sum(each.band == "chance" for each in trial.measures.values())
        reach = float(ndtri(1.0 - 0.5 * FAMILY / by_chance)) * own
        return -reach, reach
    return measure.bounds if measure.band else (math.nan, math.nan)


def inside(trial: Trial, name: str, each: Found) -> bool | None:
    """Return whether a measure is in its band; None where it has none."""
    if trial.measures[name].band is None:
        return None
    low, high = band(trial, name, each.error)
    return low <= each.value <= high


def sure(trial: Trial, name: str, each: Found) -> bool | None:
    """Return whether the interval lies wholly in the band or outside; None without a band."""
    if trial.measures[name].band is None:
        return None
    low, high = band(trial, name, each.error)
    return (low <= each.low and each.high <= high) or each.high < low or each.low > high


def unit_of(trial: Trial, measure: Measure) -> str:
    """Return what a measure is in."""
    if measure.difference:
        return unit_of(trial, trial.measures[measure.difference[0]])
    if measure.outcome:
        return measure.unit
    return "months" if measure.half_life else "ratio"
