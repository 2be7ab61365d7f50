"""What comes of a trial: each measure, the whole, and tables of both."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import pandas as pd

UNINFORMATIVE, INFEASIBLE = 0.8, 0.05
"""A band that more priors than this fall into says little; one that fewer do can hardly be met."""


@dataclass(frozen=True)
class Estimate:
    """One measure of a trial.

    Attributes
    ----------
    measure, unit : str
        Its name; what it is in.
    estimate, low, high : float
        As the paper estimates it, with a 95% interval.
    paired, paired_low, paired_high : float
        The treated against their twins: without the noise of who is in which arm.
    published : float
        What was found; not a number where the measure is only told.
    band_low, band_high : float
        Accepted; infinite where there is no bound, not a number where there is no band.
    inside, paired_inside : bool or None
        Whether the estimates are in the band; None without one.
    sure : bool or None
        Whether the interval of the estimate is wholly in the band or wholly outside, so that
        `inside` does not rest on chance between the arms; None without a band.
    prior_share : float
        Share of prior draws whose paired estimate is in the band; not a number where unknown.
    prior_low, prior_high : float
        Where nine in ten of those estimates lie; not a number where unknown.
    control, treated : int
        Persons compared; 0 for what is made of effects.
    """

    measure: str
    unit: str
    estimate: float
    low: float
    high: float
    paired: float
    paired_low: float
    paired_high: float
    published: float
    band_low: float
    band_high: float
    inside: bool | None
    paired_inside: bool | None
    sure: bool | None
    prior_share: float
    prior_low: float
    prior_high: float
    control: int
    treated: int


@dataclass(frozen=True)
class Outcome:
    """How a trial went. The numbers are of its main measure; all of them stand in `measures`.

    Attributes
    ----------
    name : str
        Of the trial.
    measure, unit, estimate, low, high, published, band_low, band_high, paired, paired_low, \
paired_high, control, treated
        See `Estimate`.
    inside, paired_inside : bool
        Whether every measure with a band is in it.
    sure : bool
        Whether `inside` of none of them rests on chance between the arms.
    prior_share : float
        Share of prior draws for which every measure with a band is in it; not a number without
        draws.
    verdict : str
        "uninformative" or "infeasible" where the share of priors says so, else empty.
    why : str
        What it means, from the trial's file, for each measure whose estimate is outside.
    replicates, prior_draws : int
        How many there were.
    profit_of_median : float
        Median profit of the sample over that of all firms of the area.
    seed : int
        Fixes every draw.
    parameters_sha256, file_sha256 : str
        Of the parameter table and of the trial's file, taken before the trial ran.
    measures : tuple of Estimate
        All of them.
    """

    name: str
    measure: str
    unit: str
    estimate: float
    low: float
    high: float
    published: float
    band_low: float
    band_high: float
    inside: bool
    paired: float
    paired_low: float
    paired_high: float
    paired_inside: bool
    sure: bool
    prior_share: float
    verdict: str
    why: str
    control: int
    treated: int
    replicates: int
    prior_draws: int
    profit_of_median: float
    seed: int
    parameters_sha256: str
    file_sha256: str
    measures: tuple[Estimate, ...]

    def row(self) -> dict[str, object]:
        """Return the outcome as a row of a table, without its single measures."""
        names = [field.name for field in fields(self) if field.name != "measures"]
        return {name: getattr(self, name) for name in names}


def verdict(share: float) -> str:
    """Return what the share of priors inside the bands says of them.

    Examples
    --------
    >>> verdict(0.95), verdict(0.5), verdict(0.01)
    ('uninformative', '', 'infeasible')
    """
    if share > UNINFORMATIVE:
        return "uninformative"
    return "infeasible" if share < INFEASIBLE else ""


def table(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return one row a trial."""
    return pd.DataFrame([outcome.row() for outcome in outcomes])


def measures_table(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return one row a measure of each trial."""
    rows = [{"name": each.name, **asdict(m)} for each in outcomes for m in each.measures]
    return pd.DataFrame(rows)
