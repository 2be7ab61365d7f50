"""The model against what is known, rung by rung: people, the path, a forecast, motion, trials.

What misses its bar is named; nothing here changes a parameter.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from calibration import figures
from calibration.path import PARTS
from calibration.targets import DISCREPANCY
from scenarios.results.tables import number

if TYPE_CHECKING:
    from calibration.dynamics import Held
    from calibration.trials import Outcome

Progress = Callable[[int, int, str], None]

PEOPLE, PATH, FORECAST = "people of March 2023", "fitted path", "hindcast"
DYNAMICS, TRIALS = "dynamics", "trials"
_BARRED = ("p0 total", "p0 urban", "p0 rural", "p1 total", "gini total", "bottom40 total")
FIT_BARS = {
    name: DISCREPANCY[measure][PARTS.index(part)]
    for name, (measure, part) in zip(_BARRED, map(str.split, _BARRED), strict=True)
}
"""Root mean squared errors that are asked for: the discrepancies that the fit was told of."""
UNITS = {"p0": "points", "p1": "points", "p2": "points", "gini": "of 1", "bottom40": "points"}
WEAK = (
    "The hindcast is a weak test: seven surveys, half a year apart, that err together. Few "
    "forecasts could be told apart by them, and a coverage of seven can only be 0, 1/7, 2/7 and "
    "so on."
)
TRIAL_RUNS = Path("results/trials/runs")
MOTION = (
    "People of March 2019 live on in a world that stands still. Where one number was published, a "
    "fifth more or less is accepted. Figures by which a parameter was set are no tests and no bars."
)
HOUSEHOLDS, QUICK_HOUSEHOLDS = 200_000, 20_000
QUICK_DRAWS, QUICK_SIZE, QUICK_TRIAL_HOUSEHOLDS = 4, 150, 5_000
QUICK = (
    "Quick: few draws, few people and one replicate, to see that all of it works. Intervals are "
    "wide and misses may be chance; only a full run counts."
)


class Check(NamedTuple):
    """One number against its bar.

    Attributes
    ----------
    rung, what, unit : str
        Where it belongs; what it is; what it is in.
    value : float
        As it came out.
    low, high : float
        Bar; infinite where there is no bound.
    met : bool
        Whether it is met.
    """

    rung: str
    what: str
    value: float
    unit: str
    low: float
    high: float
    met: bool

    @property
    def bar(self) -> str:
        """Return the bar in words."""
        if math.isinf(self.low):
            return f"at most {short(self.high)}"
        if math.isinf(self.high):
            return f"at least {short(self.low)}"
        return f"{short(self.low)} to {short(self.high)}"

    @property
    def sentence(self) -> str:
        """Return what came out and what was asked for, a miss as a miss."""
        word = "Met" if self.met else "Miss"
        value = f"{short(self.value)} {self.unit}".strip()
        return f"{word}: {self.what} is {value}; {self.bar} was asked for."


def short(value: float) -> str:
    """Return a number with as many decimals as it needs.

    Examples
    --------
    >>> short(0.124), short(0.4), short(9.361), short(-151.2), short(float("inf"))
    ('0.124', '0.4', '9.36', '-151', '-')
    """
    size = abs(value)
    if math.isfinite(value) and value == round(value) and size < 1000:
        return f"{value:.0f}"
    if size < 1.0:
        return number(float(value), 4).rstrip("0").rstrip(".")
    return number(float(value), 2 if size < 100 else 0)


@dataclass(frozen=True)
class Evidence:
    """What came of all rungs.

    Attributes
    ----------
    cells : pandas.DataFrame
        From `scenarios.runs.prepare.population_cells`.
    draws : pandas.DataFrame
        Of the posterior.
    fit : dict
        Where the posterior comes from, with its errors.
    scores : pandas.DataFrame
        Of forecasts: part, name (model or rival), rmse, bias, crps, coverage, width, signs.
    series : pandas.DataFrame
        part, period, published, model, low, high, and one column a rival.
    dynamics : sequence of Held
        From `calibration.dynamics.held`.
    outcomes : sequence of Outcome
        Of trials.
    quick : bool
        Whether it was a small run.
    """

    cells: pd.DataFrame
    draws: pd.DataFrame
    fit: Mapping[str, Any]
    scores: pd.DataFrame
    series: pd.DataFrame
    dynamics: "Sequence[Held]"
    outcomes: "Sequence[Outcome]"
    quick: bool = False


# Rungs


def gather(
    folder: Path, workers: int, draws: int | None, quick: bool, progress: Progress
) -> Evidence:
    """Climb all rungs.

    Parameters
    ----------
    folder : Path
        Of finished runs; the same call goes on where it was.
    workers : int
        Processes that simulate.
    draws : int, optional
        Prior draws a trial.
    quick : bool
        Whether to be small.
    progress : callable
        Told how far it is.
    """
    found = posterior()
    progress(0, 4, PEOPLE)
    people = cells(quick)
    progress(1, 4, FORECAST)
    scores, series = forecasts(folder, workers, quick)
    progress(2, 4, DYNAMICS)
    moved = motion(folder, quick)
    progress(3, 4, TRIALS)
    outcomes = trials(trial_names(), draws, quick, progress, folder, workers)
    return Evidence(people, found.draws, found.provenance, scores, series, moved, outcomes, quick)


def cells(quick: bool) -> pd.DataFrame:
    """Return the people of March 2023 beside the published figures."""
    from scenarios.runs.prepare import population_cells

    return population_cells("Indonesia", QUICK_HOUSEHOLDS if quick else HOUSEHOLDS, 1)


def posterior() -> Any:  # noqa: ANN401
    """Return the posterior that comes with the project."""
    from calibration.fit import posterior

    return posterior()


def forecasts(folder: Path, workers: int, quick: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores and series of the hindcast; runs lie in a folder, each done once."""
    from calibration import hindcast

    small = {"draws": QUICK_DRAWS, "households": QUICK_HOUSEHOLDS} if quick else {}
    found = hindcast.predict(str(folder), workers, **small)
    scores = [
        hindcast.table(found, part)
        .set_axis(list(hindcast.Score._fields), axis=1)
        .rename_axis("name")
        .reset_index()
        .assign(part=part)
        for part in PARTS
    ]
    series = [hindcast.series(found, part).reset_index().assign(part=part) for part in PARTS]
    return pd.concat(scores, ignore_index=True), pd.concat(series, ignore_index=True)


def motion(folder: Path, quick: bool) -> "list[Held]":
    """Return what moves in a world that stands still beside what is published of it."""
    from calibration import dynamics

    households = QUICK_HOUSEHOLDS if quick else HOUSEHOLDS
    return dynamics.held(dynamics.observed(str(folder), households))


def trial_names() -> list[str]:
    """Return the names of all trials."""
    from calibration.trials import trials

    return trials()


def trials(
    names: Sequence[str],
    draws: int | None,
    quick: bool,
    progress: Progress,
    folder: Path,
    workers: int,
) -> "list[Outcome]":
    """Run trials, each run once; what is not asked for is as their files say."""
    from calibration.trials import run_all

    sizes: dict[str, Any] = {}
    if quick:
        sizes = {"draws": QUICK_DRAWS, "size": QUICK_SIZE, "replicates": 1}
        sizes["households"] = QUICK_TRIAL_HOUSEHOLDS
    if draws is not None:
        sizes["draws"] = draws

    def told(done: int, total: int, _: int) -> None:
        progress(done, total, TRIALS)

    return run_all(names, folder, workers, told, **sizes)


# Bars


def checks(found: Evidence) -> list[Check]:
    """Return every number that has a bar."""
    return [
        *people_checks(found.cells),
        *fit_checks(found.fit["rmse"]),
        *forecast_checks(found.scores),
        *dynamics_checks(found.dynamics),
        *trial_checks(found.outcomes),
    ]


def _check(
    rung: str, what: str, value: float, unit: str, low: float = -math.inf, high: float = math.inf
) -> Check:
    return Check(rung, what, float(value), unit, low, high, bool(low <= value <= high))


def people_checks(cells: pd.DataFrame) -> list[Check]:
    """Hold the people against what was published: cell by cell, then the country."""
    parts = cells.iloc[:-1]
    whole: dict[Any, Any] = cells.iloc[-1].to_dict()
    apart = (parts.p0 - parts.p0_bps).abs().max()
    gap = 100.0 * (parts.p1 / parts.p1_bps - 1.0).abs().max()
    gini = (parts.gini - parts.gini_bps).abs().max()
    severity = 100.0 * ((parts.p2 / parts.p2_bps - 1.0).abs() <= 0.15).mean()
    country = abs(whole["p0"] - whole["p0_bps"])
    near = "persons between 1 and 1.5 lines (not fitted)"
    return [
        _check(PEOPLE, "headcount of the worst cell, off by", apart, "points", high=0.2),
        _check(PEOPLE, "poverty gap of the worst cell, off by", gap, "%", high=10.0),
        _check(PEOPLE, "Gini of the worst cell, off by", gini, "of 1", high=0.01),
        _check(PEOPLE, "headcount of the country, off by", country, "points", high=0.05),
        _check(PEOPLE, "severity within 15% (not fitted)", severity, "% of cells", low=90.0),
        _check(PEOPLE, near, whole["vulnerable"], "%", *near_line()),
        _check(PEOPLE, "share of the bottom 40 (not fitted)", whole["bottom40"], "%", 17.5, 18.5),
        _check(PEOPLE, "size of poor households", whole["size_poor"], "persons", 4.61, 4.81),
    ]


def near_line() -> tuple[float, float]:
    """Return the bar of persons between 1 and 1.5 lines: as published of March 2023, a point off.

    BPS tells of the other classes of that month; what they leave stands in calibration/data. How
    far off is accepted is our choice.

    Examples
    --------
    >>> near_line()
    (22.35, 24.35)
    """
    published = figures.value("share_1_to_1_5_lines", period="2023-03")
    return published - 1.0, published + 1.0


def fit_checks(rmse: Mapping[str, float]) -> list[Check]:
    """Hold the errors of the fit against its bars."""
    return [
        _check(PATH, f"RMSE of {name}", rmse[name], UNITS[name.split()[0]], high=bar)
        for name, bar in FIT_BARS.items()
    ]


def forecast_checks(scores: pd.DataFrame) -> list[Check]:
    """Hold the hindcast of the country's headcount against its bars and its rivals."""
    from calibration.hindcast import BARS

    own = scores[scores.part == PARTS[0]].set_index("name")
    model: dict[Any, Any] = own.loc["model"].to_dict()
    rivals = own.drop(index="model").crps.astype(float)
    best = float(rivals.min())
    score = f"CRPS (that of the best rival, {rivals.idxmin()}, is the bar)"
    crps = _check(FORECAST, score, model["crps"], "points", high=best)
    return [
        _check(FORECAST, "RMSE of the headcount", model["rmse"], "points", high=BARS["rmse"]),
        _check(
            FORECAST, "changes of the right sign, of six,", model["signs"], "", low=BARS["signs"]
        ),
        _check(FORECAST, "width of the 90% interval", model["width"], "points", high=BARS["width"]),
        crps._replace(met=crps.value < best),
    ]


def dynamics_checks(found: "Sequence[Held]") -> list[Check]:
    """Hold what moves against what is published, where no parameter was set by it."""
    tests = [(each.value, each.check) for each in found if each.check.kind == "test"]
    return [_check(DYNAMICS, of.name, value, of.unit, of.low, of.high) for value, of in tests]


def made(found: "Sequence[Held]") -> list[str]:
    """Return which figures do not come out although parameters were set by them."""
    missed = [each for each in found if each.check.kind == "by construction" and not each.inside]
    return [
        f"Miss: {of.name} is {short(value)} {of.unit}; {short(of.low)} to {short(of.high)} was "
        f"published, and {', '.join(of.made_by)} set by it."
        for of, value in missed
    ]


def trial_checks(outcomes: "Sequence[Outcome]") -> list[Check]:
    """Hold every measure that has a band against it."""
    return [
        Check(
            TRIALS,
            f"{outcome.name}, {each.measure}",
            float(each.estimate),
            each.unit,
            float(each.band_low),
            float(each.band_high),
            bool(each.inside),
        )
        for outcome in outcomes
        for each in outcome.measures
        if each.inside is not None
    ]


def remarks(outcomes: "Sequence[Outcome]") -> list[str]:
    """Return what misses of trials mean, and which bands say little."""
    said = [f"{each.name} misses. {each.why}" for each in outcomes if each.why]
    for each in outcomes:
        share = f"{100.0 * each.prior_share:.0f}% of prior draws meet all its bands"
        if each.verdict == "uninformative":
            said.append(f"{each.name} says little: {share}.")
        elif each.verdict == "infeasible":
            said.append(f"{each.name} can hardly be met: {share}.")
    return said
