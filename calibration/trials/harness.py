"""Running trials: the estimate as in the paper, the paired one, the share of priors, the verdict.

No trial is used to fit. The parameter table is hashed before a trial runs, and so is the trial's
file: whoever moves a parameter or a band is seen to. What takes time are runs of
`simulation.runs`: the lives of a trial are one, and each of its prior draws.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from calibration.settled import MAKERS, data_checksum
from calibration.trials.chance import uniforms
from calibration.trials.design import Trial
from calibration.trials.estimates import Found, band, found, inside, sure, unit_of
from calibration.trials.files import file_hash, names, parameters_hash, path_of, read
from calibration.trials.lives import HOUSEHOLDS, Lives, live, pooled, settled
from calibration.trials.prior import drawn, prior_estimates, prior_runs
from calibration.trials.results import Estimate, Outcome, verdict
from simulation.draws import RESAMPLE
from simulation.parameters import values
from simulation.runs import plan, sweep
from simulation.store import Store
from simulation.watch import code_version

RESAMPLES = 200
DRAWS = 40
ARMS, TWINS = "arms", "twins"
"""How the treated are compared: with the control arm, or with their twins."""
ESTIMATED = "calibration.trials.harness:estimated"
DRAWN = "calibration.trials.prior:drawn"


class Asked(NamedTuple):
    """A trial that is to be run, as its file says or smaller; see `run_trial`.

    Attributes
    ----------
    trial : Trial
        With the size and replicates asked for.
    hashes : tuple of str
        SHA-256 of the parameter table and of the trial's file.
    whole : dict
        Inputs of `estimated`.
    priors : list of dict
        Inputs of `calibration.trials.prior.drawn`, one a draw.
    """

    trial: Trial
    hashes: tuple[str, str]
    whole: dict[str, Any]
    priors: list[dict[str, Any]]


def trials() -> list[str]:
    """Return the names of all trials.

    Examples
    --------
    >>> trials()[0]
    'placebo'
    """
    return names()


def asked(
    name: str,
    seed: int = 1,
    replicates: int | None = None,
    size: int | None = None,
    draws: int = DRAWS,
    households: int = HOUSEHOLDS,
    resamples: int = RESAMPLES,
) -> Asked:
    """Return what is to be run for a trial; nothing is run yet.

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
    whole = {"trial": trial.model_dump_json(), "seed": seed, "households": households}
    priors = prior_runs(trial, seed, draws, households) if draws else []
    return Asked(trial, hashes, whole | {"resamples": resamples}, priors)


def run_trial(name: str, **sizes: Any) -> Outcome:  # noqa: ANN401
    """Run one trial in this process.

    Parameters
    ----------
    name : str
        Of `trials`.
    sizes
        See `asked`.
    """
    wanted = asked(name, **sizes)
    return outcome(wanted, estimated(wanted.whole), [drawn(each) for each in wanted.priors])


def run_all(
    wanted: Sequence[str],
    folder: str | Path,
    workers: int = 1,
    progress: Callable[[int, int, int], None] | None = None,
    **sizes: Any,  # noqa: ANN401
) -> list[Outcome]:
    """Run trials, from a folder of finished runs where they were done before.

    Parameters
    ----------
    wanted : sequence of str
        Names of trials.
    folder : str or Path
        Of finished runs; the same call goes on where it was.
    workers : int
        Processes; no result depends on it.
    progress : callable, optional
        Told how many runs are done, how many there are, how many failed.
    sizes
        See `asked`.

    Raises
    ------
    RuntimeError
        Where a run failed.
    """
    trials_asked = [asked(name, **sizes) for name in wanted]
    now = version()
    todo = plan(ESTIMATED, [each.whole for each in trials_asked], now)
    todo += plan(DRAWN, [prior for each in trials_asked for prior in each.priors], now)
    store = Store(folder)
    sweep(todo, store, workers, progress=progress)
    names = [run.name for run in todo]
    for row, message in store.errors(names)[["row", "message"]].itertuples(index=False):
        trial = Trial.model_validate_json(json.loads(todo[row].text)["inputs"]["trial"])
        raise RuntimeError(f"the trial {trial.name} failed: {message}")
    results = [
        dict(zip(own.indicator, own.value, strict=True))
        for _, own in store.frame(names).groupby("row")
    ]
    draws = iter(results[len(trials_asked) :])
    return [
        outcome(each, whole, [next(draws) for _ in each.priors])
        for each, whole in zip(trials_asked, results, strict=False)
    ]


def version() -> str:
    """Return what names the code and the data that trials depend on, their own files aside."""
    return f"{code_version('simulation', *sources())} {data_checksum()}"


def sources() -> list[str]:
    """Return the modules beside those of `simulation` that decide a run."""
    own = [f"calibration.trials.{path.stem}" for path in Path(__file__).parent.glob("[!_]*.py")]
    return [*MAKERS, "calibration.distribution", "calibration.world", *own]


def estimated(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return what a trial finds with the default parameters: a run of `simulation.runs`.

    Parameters
    ----------
    inputs : mapping
        `trial`, `seed`, `households` and `resamples`, from `asked`.

    Returns
    -------
    dict
        Of each measure, by both ways of comparing, the fields of `Found`: ``profit arms value``
        and so on; and `profit_of_median`.
    """
    trial, seed = Trial.model_validate_json(inputs["trial"]), int(inputs["seed"])
    lives = lived(trial, seed, int(inputs["households"]))
    draw = partial(_drawn, trial.name, seed)
    told = {"profit_of_median": lives.profit_of_median}
    for way in (ARMS, TWINS):
        measures = found(trial, lives, way == TWINS, int(inputs["resamples"]), draw)
        for name, each in measures.items():
            told |= {f"{name} {way} {field}": value for field, value in each._asdict().items()}
    return told


def outcome(
    wanted: Asked, told: Mapping[str, float], priors: Sequence[Mapping[str, float]]
) -> Outcome:
    """Return how a trial went.

    Parameters
    ----------
    wanted : Asked
        What was run.
    told, priors
        From `estimated`, and from `drawn` for each prior draw.
    """
    trial = wanted.trial
    spread, fits = prior_estimates(trial, priors)
    estimates = tuple(
        _estimate(
            trial,
            each,
            _found(told, each, ARMS),
            _found(told, each, TWINS),
            spread.get(each),
            fits.get(each),
        )
        for each in trial.measures
    )
    main = next(each for each in estimates if each.measure == trial.main)
    banded = [each for each in estimates if each.inside is not None]
    missed = [each.measure for each in banded if not each.inside]
    share = float(np.all(list(fits.values()), axis=0).mean()) if fits else math.nan
    return Outcome(
        name=trial.name,
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
        prior_draws=len(priors),
        profit_of_median=float(told["profit_of_median"]),
        seed=int(wanted.whole["seed"]),
        parameters_sha256=wanted.hashes[0],
        file_sha256=wanted.hashes[1],
        measures=estimates,
    )


def _found(told: Mapping[str, float], name: str, way: str) -> Found:
    """Return a measure as `estimated` told it."""
    value, low, high, own, control, treated = (
        float(told[f"{name} {way} {field}"]) for field in Found._fields
    )
    return Found(value, low, high, own, int(control), int(treated))


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
