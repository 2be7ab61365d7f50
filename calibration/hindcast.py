"""Predicting March 2020 to March 2023 from people of March 2019 and from what is known outside.

Parameters come from the posterior, which saw surveys until September 2019. After March 2019 the
model is told lines, product a head, unemployment, assistance, Lebaran and the urban share of
persons, and nothing that Susenas measured of spending. No number was set to meet these years. Three
choices were made after first attempts at them had missed, each before it was scored: product is the
country's instead of provinces', at the middle of its year, with the pass-through at its prior; lost
work reaches incomes in full and informal work not at all; ranks may bend as well as tilt.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from calibration import figures
from calibration.assistance import cash
from calibration.fit import FREE, posterior
from calibration.path import (
    HOUSEHOLDS,
    PARTS,
    lived,
    published_world,
    seen,
    standstill,
    surveys,
    under_way,
    urban_share,
)
from calibration.settled import data_checksum, settled
from calibration.targets import DISCREPANCY, moment, sampling_error
from calibration.world import month_number
from simulation.model import EmpowermentModel
from simulation.parameters import values
from simulation.runs import plan, sweep
from simulation.store import Store
from simulation.watch import code_version

START, LAST_FITTED, MONTHS = "2019-03", "2019-09", 48
PERIODS = tuple(surveys(START, MONTHS)[1:])
"""March 2020 to March 2023: seven surveys, six changes."""
DRAWS = 24
RESULT = Path(__file__).with_name("hindcast.json")
BARS = {"rmse": 0.45, "signs": 4, "width": 1.6}
"""For the headcount of the country; CRPS is to be below that of every rival."""
NORMAL_90 = 1.6448536269514722


class Forecast(NamedTuple):
    """A normal forecast of a series: mean and standard deviation at each survey."""

    mean: np.ndarray
    sd: np.ndarray


# The model


def predicted(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return the predicted moments of one run, as `simulation.runs` does it.

    Parameters
    ----------
    inputs : mapping
        `theta`, parameters by name; `seed`; `households`.
    """
    households, seed = int(inputs["households"]), int(inputs["seed"])
    population, parameters = settled(START, households, seed), values(inputs["theta"])
    world = published_world(population, START, MONTHS, parameters)
    people = under_way(population, world, parameters)
    model = EmpowermentModel(people, world, parameters)
    rows = np.arange(len(people))
    gifts = cash(people, parameters, model.lines_of(rows), world.first_month, MONTHS)
    found = lived(people, world, parameters, MONTHS, seed, gifts=gifts)
    factors = standstill(START, MONTHS, households, seed)
    return {name: value * factors[name] for name, value in found.items()}


def predict(
    folder: str, workers: int = 2, draws: int = DRAWS, households: int = HOUSEHOLDS
) -> pd.DataFrame:
    """Return predictions at draws of the posterior: one row a draw, one column a moment.

    Parameters
    ----------
    folder : str
        Of finished runs; the same call goes on where it was.
    workers : int
        Processes.
    draws : int
        How many parameter sets.
    households : int
        How many to simulate.
    """
    sets = posterior().draws
    some = sets.iloc[np.linspace(0, len(sets) - 1, draws).astype(int)]
    table = [
        {"theta": {name: float(row[name]) for name in FREE}, "seed": 1, "households": households}
        for row in some.to_dict("records")
    ]
    version = code_version("simulation", "calibration")
    todo, store = plan("calibration.hindcast:predicted", table, version), Store(folder)
    sweep(todo, store, workers)
    frame = store.frame([run.name for run in todo])
    return frame.pivot_table(index="row", columns="indicator", values="value")


def forecast(predictions: pd.DataFrame, part: str = "total", luck: float = 0.05) -> Forecast:
    """Return the model's forecast of the headcount: parameters, sampling, luck, discrepancy.

    The discrepancy is that of the fit and grows with the root of half-years since the last survey
    that was fitted (an assumption, made before the years were predicted).

    Parameters
    ----------
    predictions : pandas.DataFrame
        From `predict`.
    part : str
        "total", "urban" or "rural".
    luck : float
        Standard deviation of a run over luck (percentage points).
    """
    columns = predictions[[f"{period} p0 {part}" for period in PERIODS]].to_numpy()
    mean = columns.mean(axis=0)
    sampling = [
        sampling_error("p0", part, period, value)
        for period, value in zip(PERIODS, mean, strict=True)
    ]
    own = DISCREPANCY["p0"][PARTS.index(part)]
    grown = own * np.sqrt(np.arange(1, len(PERIODS) + 1))
    variance = columns.var(axis=0) + np.square(sampling) + grown**2 + luck**2
    return Forecast(mean, np.sqrt(variance))


# Rivals


def rivals(part: str = "total") -> dict[str, Forecast]:
    """Return what would be said without a model, from surveys until September 2019."""
    past = surveys("2015-02", 1 + month_number(LAST_FITTED) - month_number("2015-02"))
    heads = np.array([figures.value("p0", urban_rural=part, period=each) for each in past])
    ahead = np.arange(1, len(PERIODS) + 1)
    steps = np.diff(heads)
    still = Forecast(np.full(len(PERIODS), heads[-1]), np.sqrt((steps**2).mean()) * np.sqrt(ahead))
    return {
        "no change": still,
        "trend": _trend(heads, ahead),
        "growth elasticity": _elasticity(heads, past, ahead),
    }


def _trend(heads: np.ndarray, ahead: np.ndarray) -> Forecast:
    """Return the straight line through past surveys, with the error of a regression's forecast."""
    x = np.arange(len(heads), dtype=float)
    slope, level = np.polyfit(x, heads, 1)
    at = len(heads) - 1 + ahead
    residual = heads - level - slope * x
    noise = (residual**2).sum() / (len(x) - 2)
    centred = x - x.mean()
    spread = 1.0 + 1.0 / len(x) + (at - x.mean()) ** 2 / (centred**2).sum()
    return Forecast(level + slope * at, np.sqrt(noise * spread))


def _elasticity(heads: np.ndarray, past: Sequence[str], ahead: np.ndarray) -> Forecast:
    """Return the headcount moved by growth a head, at the elasticity of 2015 to 2019."""
    product = figures.series("gdp_per_head").sort_index()
    middles = [12 * int(year) + 6 for year in product.index]

    def logs(periods: Sequence[str]) -> np.ndarray:
        return np.interp([month_number(p) for p in periods], middles, np.log(product.to_numpy()))

    grown, fell = np.diff(logs(past)), np.diff(np.log(heads))
    elasticity = float((grown * fell).sum() / (grown**2).sum())
    noise = float((fell - elasticity * grown).std(ddof=1))
    mean = heads[-1] * np.exp(elasticity * (logs(PERIODS) - logs(past)[-1]))
    return Forecast(mean, mean * noise * np.sqrt(ahead))


# Scores


class Score(NamedTuple):
    """How good a forecast was (percentage points).

    Attributes
    ----------
    rmse, bias, crps : float
        Root mean squared error, mean error, continuous ranked probability score.
    coverage : float
        Share of surveys inside the 90% interval.
    width : float
        Mean width of the interval.
    signs : int
        Changes from survey to survey of the right sign.
    """

    rmse: float
    bias: float
    crps: float
    coverage: float
    width: float
    signs: int


def score(found: Forecast, truth: np.ndarray) -> Score:
    """Score a forecast against what was published.

    Examples
    --------
    >>> exact = Forecast(np.array([1.0, 2.0]), np.array([0.1, 0.1]))
    >>> score(exact, np.array([1.0, 2.0])).coverage
    1.0
    """
    error = found.mean - truth
    return Score(
        float(np.sqrt((error**2).mean())),
        float(error.mean()),
        float(crps(found, truth).mean()),
        float((np.abs(error) <= NORMAL_90 * found.sd).mean()),
        float(2.0 * NORMAL_90 * found.sd.mean()),
        int((np.sign(np.diff(found.mean)) == np.sign(np.diff(truth))).sum()),
    )


def crps(found: Forecast, truth: np.ndarray) -> np.ndarray:
    """Return the continuous ranked probability score of normal forecasts (Gneiting 2005).

    Examples
    --------
    >>> round(float(crps(Forecast(np.array([0.0]), np.array([1.0])), np.array([0.0]))[0]), 4)
    0.2337
    """
    z = (truth - found.mean) / found.sd
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    below = ndtr(z)
    return np.asarray(found.sd * (z * (2.0 * below - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi)))


@cache
def truth(part: str = "total") -> np.ndarray:
    """Return the published headcounts of the years predicted (percent)."""
    return np.array([moment(period, "p0", part).value for period in PERIODS])


def table(predictions: pd.DataFrame, part: str = "total") -> pd.DataFrame:
    """Return the scores of the model and its rivals, one row each."""
    all_of_them = {"model": forecast(predictions, part), **rivals(part)}
    found = {name: score(each, truth(part))._asdict() for name, each in all_of_them.items()}
    return pd.DataFrame.from_dict(found, orient="index")


def series(predictions: pd.DataFrame, part: str = "total") -> pd.DataFrame:
    """Return published headcounts, the model's with its interval, and the rivals', by survey."""
    model = forecast(predictions, part)
    frame = pd.DataFrame(
        {
            "published": truth(part),
            "model": model.mean,
            "low": model.mean - NORMAL_90 * model.sd,
            "high": model.mean + NORMAL_90 * model.sd,
            **{name: each.mean for name, each in rivals(part).items()},
        },
        index=pd.Index(PERIODS, name="period"),
    )
    return frame


def report(predictions: pd.DataFrame) -> dict[str, Any]:
    """Return scores and series of the country, towns and villages, ready to be written."""
    return {
        "scores": {
            part: table(predictions, part).round(4).to_dict(orient="index") for part in PARTS
        },
        "series": {
            part: series(predictions, part).round(3).to_dict(orient="index") for part in PARTS
        },
        "draws": len(predictions),
        "data": data_checksum(),
    }


def write(found: Mapping[str, Any], path: Path = RESULT) -> None:
    """Write a report where tests and readers find it."""
    path.write_text(json.dumps(found, indent=2) + "\n", "utf-8")


# Districts


def districts(households: int = HOUSEHOLDS, seeds: Sequence[int] = (1,)) -> dict[str, float]:
    """Return how well changes of the districts' headcounts come out, March 2019 to March 2023.

    At the median of the posterior. A district has some 400 rows, so that luck outweighs what the
    model says of it: reported, and no ground for a choice. The rival lets each district change as
    its province was published to, in proportion; it knows the outcome of the province.

    Returns
    -------
    dict
        `districts`, `rmse_model`, `rmse_province` (percentage points), `correlation` of changes.
    """
    theta = {name: float(posterior().draws[name].median()) for name in FREE}
    ratios = np.mean([_district_ratios(theta, households, seed) for seed in seeds], axis=0)
    before, after = (figures.districts(each).set_index("code") for each in (START, PERIODS[-1]))
    codes = before.index.intersection(after.index)
    before, after = before.loc[codes], after.loc[codes]
    order = np.argsort(codes.astype(int))
    begun, ended = before.p0.to_numpy()[order], after.p0.to_numpy()[order]
    province = before.province.to_numpy()[order]
    shares = {
        name: figures.value("p0", name, period=PERIODS[-1])
        / figures.value("p0", name, period=START)
        for name in np.unique(province)
    }
    alike = begun * np.array([shares[name] for name in province])
    model = begun * ratios
    return {
        "districts": len(codes),
        "rmse_model": float(np.sqrt(((model - ended) ** 2).mean())),
        "rmse_province": float(np.sqrt(((alike - ended) ** 2).mean())),
        "rmse_no_change": float(np.sqrt(((begun - ended) ** 2).mean())),
        "correlation": float(np.corrcoef(model - begun, ended - begun)[0, 1]),
    }


def _district_ratios(theta: Mapping[str, float], households: int, seed: int) -> np.ndarray:
    """Return each district's predicted headcount over that of March 2019, in order of codes."""
    population, parameters = settled(START, households, seed), values(theta)
    number = len(population.districts)

    def heads(model: EmpowermentModel, _: str = "") -> dict[str, float]:
        found = seen(model, urban_share(START))
        where = model.population.households["district"][found.rows]
        poor = np.bincount(where, found.persons * (found.measured < found.lines), number)
        share = poor / np.bincount(where, found.persons, number)
        return {str(district): float(share[district]) for district in range(number)}

    world = published_world(population, START, MONTHS, parameters)
    people = under_way(population, world, parameters)
    begun = heads(EmpowermentModel(people, world, parameters))
    rows = np.arange(len(people))
    lines = EmpowermentModel(people, world, parameters).lines_of(rows)
    gifts = cash(people, parameters, lines, world.first_month, MONTHS)
    ended = lived(people, world, parameters, MONTHS, seed, also=heads, gifts=gifts)
    return np.array(
        [
            ended[f"{PERIODS[-1]} {each}"] / begun[each] if begun[each] > 0.0 else 1.0
            for each in map(str, range(number))
        ]
    )
