"""Running trials: the estimate as in the paper, the paired one, the share of priors, the verdict.

No trial is used to fit. The parameter table is hashed before a trial runs, and so is the trial's
file: whoever moves a parameter or a band is seen to.
"""

import math
from functools import partial

import numpy as np

from calibration.trials.chance import uniforms
from calibration.trials.design import Trial
from calibration.trials.estimates import Found, band, found, inside, sure, unit_of
from calibration.trials.files import file_hash, names, parameters_hash, path_of, read
from calibration.trials.lives import HOUSEHOLDS, Lives, live, pooled, settled
from calibration.trials.prior import prior_estimates
from calibration.trials.results import Estimate, Outcome, verdict
from simulation.draws import RESAMPLE
from simulation.parameters import values

RESAMPLES = 200
DRAWS = 40


def trials() -> list[str]:
    """Return the names of all trials.

    Examples
    --------
    >>> trials()[0]
    'placebo'
    """
    return names()


def run_trial(
    name: str,
    seed: int = 1,
    replicates: int | None = None,
    size: int | None = None,
    draws: int = DRAWS,
    households: int = HOUSEHOLDS,
    resamples: int = RESAMPLES,
) -> Outcome:
    """Run one trial.

    Parameters
    ----------
    name : str
        Of `trials`.
    seed : int
        Fixes every draw.
    replicates, size : int, optional
        Replicates pooled, and rows an arm of each; the file's where left out.
    draws : int
        Prior draws for the share of priors; 0 leaves it out.
    households : int
        Simulated households of the ordinary population.
    resamples : int
        Of clusters, for the intervals of quantiles and of what is made of effects.
    """
    path = path_of(name)
    hashes = parameters_hash(), file_hash(path)
    trial = read(path)
    wanted = {"size": size or trial.size, "replicates": replicates or trial.replicates}
    trial = trial.model_copy(update=wanted)
    lives = lived(trial, seed, households)
    draw = partial(_drawn, trial.name, seed)
    arms = found(trial, lives, False, resamples, draw)
    twins = found(trial, lives, True, resamples, draw)
    told, fits = prior_estimates(trial, seed, draws, households) if draws else ({}, {})
    estimates = tuple(
        _estimate(trial, each, arms[each], twins[each], told.get(each), fits.get(each))
        for each in trial.measures
    )
    main = next(each for each in estimates if each.measure == trial.main)
    banded = [each for each in estimates if each.inside is not None]
    missed = [each.measure for each in banded if not each.inside]
    share = float(np.all(list(fits.values()), axis=0).mean()) if fits else math.nan
    return Outcome(
        name=name,
        measure=main.measure,
        unit=main.unit,
        estimate=main.estimate,
        low=main.low,
        high=main.high,
        published=main.published,
        band_low=main.band_low,
        band_high=main.band_high,
        inside=not missed,
        paired=main.paired,
        paired_low=main.paired_low,
        paired_high=main.paired_high,
        paired_inside=all(each.paired_inside for each in banded),
        sure=all(each.sure for each in banded),
        prior_share=share,
        verdict=verdict(share),
        why=" ".join(f"{each}: {trial.measures[each].miss}" for each in missed),
        control=main.control,
        treated=main.treated,
        replicates=trial.replicates,
        prior_draws=draws,
        profit_of_median=lives.profit_of_median,
        seed=seed,
        parameters_sha256=hashes[0],
        file_sha256=hashes[1],
        measures=estimates,
    )


def run_all(seed: int = 1, draws: int = DRAWS, households: int = HOUSEHOLDS) -> list[Outcome]:
    """Run every trial with the sizes of its file."""
    return [run_trial(name, seed=seed, draws=draws, households=households) for name in trials()]


def lived(trial: Trial, seed: int, households: int) -> Lives:
    """Return the people of all replicates of a trial with the defaults; each has its own people."""
    return pooled(
        [
            live(trial, settled(trial.sample.area, households, seed + n), values(), seed, n)
            for n in range(trial.replicates)
        ]
    )


def _drawn(name: str, seed: int, number: int, many: int) -> np.ndarray:
    return uniforms(seed, 0, name, RESAMPLE, many, number)


def _estimate(
    trial: Trial,
    name: str,
    arms: Found,
    twins: Found,
    told: np.ndarray | None,
    fits: np.ndarray | None,
) -> Estimate:
    """Return a measure with its band and its priors."""
    measure = trial.measures[name]
    low, high = band(trial, name, arms.error)
    spread = np.full(2, math.nan)
    if told is not None and np.isfinite(told).any():
        spread = np.nanquantile(told, [0.05, 0.95])
    return Estimate(
        measure=name,
        unit=unit_of(trial, measure),
        estimate=arms.value,
        low=arms.low,
        high=arms.high,
        paired=twins.value,
        paired_low=twins.low,
        paired_high=twins.high,
        published=math.nan if measure.published is None else measure.published,
        band_low=low,
        band_high=high,
        inside=inside(trial, name, arms),
        paired_inside=inside(trial, name, twins),
        sure=sure(trial, name, arms),
        prior_share=math.nan if fits is None else float(fits.mean()),
        prior_low=float(spread[0]),
        prior_high=float(spread[1]),
        control=arms.control,
        treated=arms.treated,
    )
