"""What a trial is: whom an experiment studied, what they got, what was found, what is accepted.

One YAML file an experiment; a new trial is a new file and no code. The file says what was done to
whom; what comes of it is the model's.
"""

import math
import re
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from simulation.programmes.programme import Programme
from simulation.programmes.terms import Name, Target, Terms

Quantity = Literal["profit", "sales", "earnings", "consumption", "survival", "capital"]
Span = Annotated[list[float], Field(min_length=2, max_length=2)]
Band = Annotated[list[float | None], Field(min_length=2, max_length=2)]
Pair = Annotated[list[str], Field(min_length=2, max_length=2)]

HIGHEST_STANDING = 20.0
"""Poverty lines; a target of a programme reaches no further."""
_RELATIVE = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(%|months) of (profit|consumption|capital)")


class NoSuchPeopleError(ValueError):
    """The population has nobody, not both kinds, or no profit, that a trial asks for."""


class Medians(NamedTuple):
    """What the sample has at baseline (medians, rupiah): the money of a trial is told in it.

    Attributes
    ----------
    profit : float
        Smoothed profit of those with a firm, a month.
    consumption : float
        Of the household, a month.
    capital : float
        Of those with a firm.
    """

    profit: float
    consumption: float
    capital: float


EXAMPLE = Medians(1e6, 4e6, 5e6)
"""Medians with which a file is checked before there is a sample."""


class Sample(Terms):
    """Whom the experiment studied, told by what the ordinary population knows."""

    area: str = Field("Banten", description="area whose people they are made of")
    group: Literal["enterprise owners", "households"] = Field(description="who was studied")
    owners: float | None = Field(
        None, gt=0, lt=1, description="share with an enterprise; of households only"
    )
    women: float | None = Field(None, ge=0, le=1, description="share of firms led by women")
    urban: float | None = Field(None, ge=0, le=1, description="share in towns")
    standing: Span = Field(
        [0, HIGHEST_STANDING], description="consumption, poverty lines: from, to below"
    )
    age: Span = Field([0, 1200], description="months that firms have run: from, to")
    profit_of_median: float | None = Field(
        None, ge=0.05, le=20, description="median profit over that of all firms of the area"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.owners is not None and self.group != "households":
            raise ValueError("owners is a share of households: group must be households")
        if not self.standing[0] < self.standing[1] or not self.age[0] < self.age[1]:
            raise ValueError("standing and age go from the lower to the higher")
        return self


class Arm(Terms):
    """What those assigned to an arm are offered."""

    enrols: Literal["everyone", "who applies"] = Field(
        "everyone",
        description="everyone assigned has a seat; or whoever hears of it and applies, as in any "
        "programme",
    )
    programme: dict[str, Any] = Field(
        description="parts of a programme; an amount may be written as 12 months of profit, "
        "2 months of consumption or 55% of capital, of the sample's median at baseline"
    )


class Arms(Terms):
    """The two arms that are compared."""

    control: Arm | None = Field(description="what the control arm gets; null: nothing")
    treatment: Arm = Field(description="what the treatment arm gets")


class Measure(Terms):
    """One number that the experiment reported: an effect, or a number made of effects.

    A measure says one of `outcome`, `difference`, `ratio` and `half_life`.
    """

    outcome: Quantity | None = Field(None, description="of what it is the effect")
    months: list[Annotated[int, Field(ge=0, le=240)]] = Field(
        [], description="surveys, months after the month of enrolment; their mean is taken"
    )
    estimator: Literal["difference", "ancova", "quantile"] = Field(
        "ancova", description="difference of means, the same given the baseline, or of quantiles"
    )
    quantile: float | None = Field(None, gt=0, lt=1, description="which one")
    unit: Literal["percent", "sd", "points", "level"] = Field(
        "percent",
        description="of the control mean, of the control's standard deviation, percentage points, "
        "or as it is (rupiah)",
    )
    among: Literal["all", "owners"] = Field(
        "all", description="everyone, or who had a firm at baseline"
    )
    winsorise: float | None = Field(
        None, ge=0.9, lt=1, description="quantile above which values are set to it"
    )
    difference: Pair | None = Field(None, description="the first measure less the second")
    ratio: Pair | None = Field(None, description="the first measure over the second")
    half_life: list[str] | None = Field(
        None, min_length=2, description="months in which these effects halve"
    )
    published: float | None = Field(None, description="what was found")
    band: Band | Literal["chance"] | None = Field(
        None,
        description="accepted, from and to (null: no bound), or chance: what no effect gives; "
        "without a band a measure is only told",
    )
    sources: list[str] = Field([], description="ids of the evidence")
    miss: str = Field("", description="what it means if the band is missed")

    @property
    def parts(self) -> list[str]:
        """Names of the measures that this one is made of."""
        return self.difference or self.ratio or self.half_life or []

    @model_validator(mode="after")
    def _check(self) -> Self:
        ways = (self.outcome, self.difference, self.ratio, self.half_life)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("says one of outcome, difference, ratio and half_life")
        if (self.outcome is None) != (not self.months):
            raise ValueError("an outcome needs months, and nothing else has months")
        if (self.estimator == "quantile") != (self.quantile is not None):
            raise ValueError("quantile and the estimator quantile go together")
        if (self.unit == "points") != (self.outcome == "survival"):
            raise ValueError("percentage points are for survival, and survival is in points")
        if self.band == "chance" and self.parts:
            raise ValueError("chance is a band of effects, not of what is made of them")
        if isinstance(self.band, list):
            low, high = self.bounds
            if not low < high:
                raise ValueError("the band goes from the lower to the higher")
        if self.band is not None and not self.miss:
            raise ValueError("a band needs miss: what it means if it is missed")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """The band as two numbers; infinite where it has no bound."""
        if not isinstance(self.band, list):
            return -math.inf, math.inf
        low, high = self.band
        return -math.inf if low is None else low, math.inf if high is None else high


class Trial(Terms):
    """One experiment, as the model replicates it."""

    name: Name = Field(description="of its file")
    title: str = Field(description="what was tried, on whom")
    sources: list[str] = Field(min_length=1, description="ids of the evidence")
    sample: Sample = Field(description="whom it studied")
    arms: Arms = Field(description="what they got")
    size: int = Field(500, ge=10, le=20_000, description="rows an arm and replicate")
    replicates: int = Field(5, ge=1, le=100, description="replicates that are pooled")
    clusters: Literal["none", "neighbourhood"] = Field(
        "none", description="what is assigned: single rows, or whole neighbourhoods"
    )
    attrition: float = Field(0, ge=0, lt=1, description="share that no later survey finds again")
    errors: dict[Quantity, str] = Field(
        {},
        description="errors of the survey: a parameter each; on profit and earnings a share of "
        "usual revenue, on consumption log points",
    )
    measures: dict[Name, Measure] = Field(
        min_length=1, description="what is estimated; what is made of others stands below them"
    )
    main: Name = Field(description="the measure that stands for the trial")
    touches: list[str] = Field(
        min_length=1, description="parameters of the mechanism, which the share of priors varies"
    )
    assumed: list[str] = Field([], description="what the file had to assume")

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, measure in self.measures.items():
            earlier = list(self.measures)[: list(self.measures).index(name)]
            for part in measure.parts:
                if part not in earlier:
                    raise ValueError(f"measures.{name} is made of {part}, which is not above it")
        if self.main not in self.measures:
            raise ValueError(f"main is {self.main}, which is no measure")
        if not self.banded:
            raise ValueError("no measure has a band, so nothing is tested")
        wrong = set(self.errors) - {"profit", "earnings", "consumption"}
        if wrong:
            raise ValueError(f"no survey error is known for {', '.join(sorted(wrong))}")
        return self

    @property
    def months(self) -> list[int]:
        """All months of surveys, in order."""
        return sorted({month for measure in self.measures.values() for month in measure.months})

    @property
    def banded(self) -> list[str]:
        """Names of the measures that have a band."""
        return [name for name, measure in self.measures.items() if measure.band is not None]


def programme_of(trial: Trial, arm: Arm, seats: int, medians: Medians) -> Programme:
    """Return what an arm is offered as a programme that begins at once, with these seats.

    Both arms bear the trial's name, so that a household draws the same in either.
    """
    target = Target(group=trial.sample.group, standing_below=HIGHEST_STANDING)
    terms = _in_rupiah(arm.programme, medians)
    return Programme(name=trial.name, target=target, starts=0, seats=seats, **terms)


def _in_rupiah(value: Any, medians: Medians) -> Any:  # noqa: ANN401
    """Return terms with every relative amount in rupiah.

    Raises
    ------
    NoSuchPeopleError
        Where the sample's median is not above 0, so that nothing can be told in it.
    """
    if isinstance(value, dict):
        return {name: _in_rupiah(each, medians) for name, each in value.items()}
    found = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return value
    number, unit, of = found.groups()
    median = float(getattr(medians, of))
    if median <= 0.0:
        raise NoSuchPeopleError(f"the sample's median {of} is not above 0, so {value} is nothing")
    return float(number) / (100.0 if unit == "%" else 1.0) * median
