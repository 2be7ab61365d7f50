"""How much a band says: the share of prior draws whose estimate falls into it.

A draw takes each parameter of the trial's mechanism from its range in the parameter table, by a
Latin hypercube. It is cheap: the population is not settled anew but lives five years with the
drawn parameters first (`calibration.trials.lives.adapted`), everyone of the sample is treated, and
the estimate is the paired one, which has little noise.
"""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from calibration.trials.chance import uniforms
from calibration.trials.design import NoSuchPeopleError, Trial
from calibration.trials.estimates import Found, found, inside
from calibration.trials.lives import adapted, live, settled
from simulation.draws import PRIOR
from simulation.parameters import TABLE, values

NOTHING = Found(math.nan, math.nan, math.nan, math.nan, 0, 0)


def latin_hypercube(names: list[str], number: int, seed: int, what: str) -> list[dict[str, float]]:
    """Return so many draws of parameters: each one's range is cut in as many parts, all used once.

    Parameters
    ----------
    what : str
        Name of the trial, so that trials draw apart.

    Examples
    --------
    >>> draws = latin_hypercube(["wear"], 4, seed=1, what="doctest")
    >>> [round(each["wear"], 4) // 0.0025 for each in sorted(draws, key=lambda d: d["wear"])]
    [4.0, 5.0, 6.0, 7.0]
    """
    drawn: list[dict[str, float]] = [{} for _ in range(number)]
    for name in names:
        parameter = TABLE[name]
        uniform = partial(uniforms, seed, 0, f"{what}/{name}", PRIOR, number)
        part = np.argsort(np.argsort(uniform(0), kind="stable"), kind="stable")
        along = (part + uniform(1)) / number
        for each, u in zip(drawn, along, strict=True):
            each[name] = float(parameter.low + u * (parameter.high - parameter.low))
    return drawn


def prior_runs(trial: Trial, seed: int, number: int, households: int) -> list[dict[str, Any]]:
    """Return the inputs of `drawn`, one a prior draw.

    Parameters
    ----------
    number : int
        Of draws.
    households : int
        Simulated households of the ordinary population.
    """
    told = trial.model_dump_json()  # a text, as runs sort names, and measures have their order
    return [
        {"trial": told, "seed": seed, "households": households, "changes": changes}
        for changes in latin_hypercube(trial.touches, number, seed, trial.name)
    ]


def drawn(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return the paired estimates of a prior draw: a run as `simulation.runs` does them.

    Parameters
    ----------
    inputs : mapping
        From `prior_runs`.

    Returns
    -------
    dict
        Of each measure ``NAME value``, and ``NAME inside`` (1 or 0) where it has a band. Where the
        draw leaves nobody to study, values are not numbers, and outside.
    """
    trial, seed = Trial.model_validate_json(inputs["trial"]), int(inputs["seed"])
    area, parameters = trial.sample.area, values(inputs["changes"])
    usual = settled(area, int(inputs["households"]), seed)
    population = adapted(usual, area, parameters, seed)
    try:
        lives = live(trial, population, parameters, seed, 0, all_treated=True)
    except NoSuchPeopleError:  # with these parameters the study could not have been made
        paired = dict.fromkeys(trial.measures, NOTHING)
    else:
        paired = found(trial, lives, paired=True)
    told = {f"{name} value": each.value for name, each in paired.items()}
    for name in trial.banded:
        told[f"{name} inside"] = float(bool(inside(trial, name, paired[name])))
    return told


def prior_estimates(
    trial: Trial, results: Sequence[Mapping[str, float]]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the paired estimate of every measure in every prior draw, and whether it is inside.

    Parameters
    ----------
    results : sequence of mapping
        From `drawn`.

    Returns
    -------
    estimates, fits : dict
        By measure, of shape (draws,); `fits` only of measures with a band. Empty without draws.
    """
    if not results:
        return {}, {}

    def column(name: str) -> np.ndarray:
        return np.array([each[name] for each in results])

    told = {name: column(f"{name} value") for name in trial.measures}
    return told, {name: column(f"{name} inside") > 0.0 for name in trial.banded}
