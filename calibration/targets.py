"""What BPS published from September 2015 to September 2019, which the path is fitted to.

Each moment has a sampling error and a discrepancy: how far a model that is as good as asked for
may be from it. Both are stated here before anything is fitted.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from calibration import figures
from calibration.path import PARTS, PUBLISHED_AS, published, surveys

MARCH_HOUSEHOLDS, SEPTEMBER_HOUSEHOLDS = 300_000.0, 75_000.0
"""Households that Susenas asks (assumption: rounded from its design)."""
DESIGN_EFFECT = 2.0
"""Variance over that of as many households drawn singly (assumption)."""
SPREAD = {"p1": 2.9, "p2": 4.6, "gini": 0.9, "bottom40": 0.9}
"""Standard deviation of one household's part over the mean (assumption, from the fitted cells)."""
DISCREPANCY = {
    "p0": (0.12, 0.25, 0.25),
    "p1": (0.08, 0.10, 0.12),
    "p2": (0.05, 0.06, 0.07),
    "gini": (0.006, 0.012, 0.010),
    "bottom40": (0.4, 0.5, 0.5),
}
"""By measure, for the country, urban and rural: percentage points, of the Gini as a share."""
WEIGHT = {"p0": 0.8, "p1": 0.3, "p2": 0.15, "gini": 0.45, "bottom40": 0.6}
"""What a figure counts for: those of one survey and of the surveys after it err together."""
FITTED = (
    *((measure, part) for measure in ("p0", "p1", "p2", "gini") for part in PARTS),
    ("bottom40", "total"),
)
SIZE = {"total": 1.0, "urban": 0.45, "rural": 0.55}  # share of the households asked


class Moment(NamedTuple):
    """One published figure that the model is compared with.

    Attributes
    ----------
    period : str
        Month of the survey.
    measure : str
        `p0`, `p1`, `p2`, `bottom40` (percent) or `gini`.
    part : str
        "total", "urban" or "rural".
    value : float
        As published.
    weight : float
        What it counts for in the posterior; 1 would say that no two figures err together.
    sampling, discrepancy : float
        Standard deviations, in its unit.
    source : str
        A row of sources.csv.
    """

    period: str
    measure: str
    part: str
    value: float
    weight: float
    sampling: float
    discrepancy: float
    source: str

    @property
    def name(self) -> str:
        """Return its name in what `calibration.path.simulate` gives."""
        return f"{self.period} {self.measure} {self.part}"


class Check(NamedTuple):
    """A published range that is looked at and not fitted; see `calibration.dynamics`.

    Attributes
    ----------
    name : str
        What it is, as `calibration.dynamics.dynamics` calls it.
    unit : str
        "%", "ratio", "years", "log points" or "correlation".
    low, high : float
        As published; where that is one number, a fifth (`ROUGHLY`) below and above it; not
        numbers where nothing is published, so that it is only told.
    source : str
        A row of sources.csv or of evidence.csv; empty where nothing is published.
    made_by : tuple of str
        Parameters or traits that were set by this figure, or by others of its survey: then it is
        no test but holds by construction.
    """

    name: str
    unit: str
    low: float
    high: float
    source: str
    made_by: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Return "test", "by construction" or "not published"."""
        if not self.source:
            return "not published"
        return "by construction" if self.made_by else "test"


ROUGHLY = 0.2
"""How far from a single published number, as a share of it, is accepted: our choice, for all."""


def _about(value: float) -> tuple[float, float]:
    return (1.0 - ROUGHLY) * value, (1.0 + ROUGHLY) * value


_PERSISTENCE = ("persistence", "persistent_sd")
_INCOME = ("transitory_sd",)
_CLOSURE = ("closure_base", "closure_gain")
_SPREAD = ("ability_sd", "productivity_sd")
_PROFIT = ("productivity_persistence", "productivity_sd", "demand_sd", "profit_error")
CHECKS = (
    # Who is poor when. Panels of Susenas, when the headcount was 13 to 17%; ratios and ranks do
    # not hang on that as much as levels would. "More than half" of S210 is 50 to 100.
    Check("poor of one March who are poor the next", "%", np.nan, np.nan, ""),
    Check("others who fall in within a year", "%", np.nan, np.nan, ""),
    Check("poor who were not poor the March before", "%", 50.0, 100.0, "S210", _PERSISTENCE),
    Check("poor still poor two years later", "%", *_about(28.0), "S211"),
    Check("others who are poor two years later", "%", *_about(7.0), "S211"),
    Check("poor in one of three Marches over headcount", "ratio", *_about(25.0 / 14.15), "S210"),
    Check("poverty gap of two Marches that is chronic", "%", *_about(63.16), "S206"),
    Check("severity of two Marches that is chronic", "%", *_about(54.15), "S206"),
    Check("lowest three deciles: left them in two years", "%", *_about(28.0), "S218"),
    Check("upper six deciles: left them in two years", "%", *_about(13.0), "S218"),
    # What people live by
    Check("persons between 1 and 1.5 lines", "%", *_about(20.56), "S221"),
    Check("urban poor with an enterprise", "%", 47.0, 69.0, "E127"),
    Check("informal livelihoods", "%", *_about(57.44), "S243", ("casual",)),
    # Incomes of households within a year (American diaries)
    Check("income variation", "ratio", *_about(0.39), "E142", _PERSISTENCE + _INCOME),
    Check("income variation, poor", "ratio", *_about(0.55), "E142", _PERSISTENCE + _INCOME),
    Check("months with a dip of income", "%", *_about(20.0), "E155", _INCOME),
    Check("months with a dip of income, poor", "%", *_about(27.0), "E155", _INCOME),
    # Enterprises
    Check("firms that close in a year", "%", *_about(8.3), "E123", _CLOSURE),
    Check("years until half are closed", "years", *_about(6.2), "E124", _CLOSURE[:1]),
    Check("new firms that close within a year", "%", 15.0, 30.0, "E126", ("closure_young",)),
    Check("autocorrelation of measured profit", "correlation", 0.2, 0.5, "E129", _PROFIT),
    Check("spread of log positive profit", "log points", 0.99, 1.69, "E130", _SPREAD),
    Check("months with a measured loss", "%", 0.0, 35.0, "E131", ("demand_sd",)),
    Check("coefficient of variation of profit", "ratio", 1.06, 3.76, "E132"),
)
"""Figures of motion, as far as tables have them; their sources stand in `calibration/data`."""


@cache
def targets() -> tuple[Moment, ...]:
    """Return the moments of the fit, survey by survey.

    Examples
    --------
    >>> found = {each.name: each for each in targets()}
    >>> found["2019-03 p0 total"].value
    9.41
    """
    return tuple(moment(period, *what) for period in surveys() for what in FITTED)


def moment(period: str, measure: str, part: str = "total") -> Moment:
    """Return one published moment.

    Raises
    ------
    KeyError
        Where it is not published.
    """
    value = published(f"{measure} {part}", period)
    return Moment(
        period,
        measure,
        part,
        value,
        WEIGHT[measure],
        sampling_error(measure, part, period, value),
        DISCREPANCY[measure][PARTS.index(part)],
        _source(PUBLISHED_AS.get(measure, measure), part, period),
    )


def sampling_error(measure: str, part: str, period: str, value: float) -> float:
    """Return the standard error of a survey's figure."""
    asked = MARCH_HOUSEHOLDS if period.endswith("-03") else SEPTEMBER_HOUSEHOLDS
    asked *= SIZE[part]
    if measure == "p0":
        share = value / 100.0
        return float(100.0 * (DESIGN_EFFECT * share * (1.0 - share) / asked) ** 0.5)
    return float(value * SPREAD[measure] * (DESIGN_EFFECT / asked) ** 0.5)


def _source(name: str, part: str, period: str) -> str:
    for table in ("poverty", "households"):
        rows = figures.table(table)
        own = rows[(rows.indicator == name) & (rows.period == period) & (rows.urban_rural == part)]
        own = own[own.area == "Indonesia"]
        if len(own):
            return str(own.source.iloc[0])
    raise KeyError(f"{name} of {period} is not published")


class Slope(NamedTuple):
    """A regression's slope with its standard error, and how many points it stands on."""

    value: float
    error: float
    points: int


@cache
def pass_through() -> Slope:
    """Return how much of real growth of product a head reached spending, March 2015 to March 2019.

    Across provinces: growth of mean spending over the poverty line against growth of real product
    a head from 2015 to 2019. The path of the country cannot tell it from the drift, as the country
    grew evenly.
    """
    pair = [
        figures.spending(each).set_index("province").spending for each in ("2015-03", "2019-03")
    ]
    both = (pair[1] / pair[0]).dropna()
    lines, grown = [], []
    for province in both.index:
        ends = [figures.value("line", province, period=each) for each in ("2015-03", "2019-03")]
        lines.append(np.log(ends[1] / ends[0]))
        product = figures.series("grdp_per_head", province)
        grown.append(np.log(product["2019"] / product["2015"]))
    y, x = np.log(both.to_numpy(float)) - np.array(lines), np.array(grown)
    slope, level = np.polyfit(x, y, 1)
    residual = y - level - slope * x
    variance = (residual**2).sum() / (len(x) - 2) / ((x - x.mean()) ** 2).sum()
    return Slope(float(slope), float(variance**0.5), len(x))


def scores(found: dict[str, float]) -> dict[str, float]:
    """Return the root mean squared error of each measure and part over the surveys.

    Parameters
    ----------
    found : dict
        Moments by name, from `calibration.path.simulate`.
    """
    squares: dict[str, list[float]] = {}
    for each in targets():
        key = f"{each.measure} {each.part}"
        squares.setdefault(key, []).append((found[each.name] - each.value) ** 2)
    return {key: (sum(each) / len(each)) ** 0.5 for key, each in squares.items()}
