"""The terms of a programme: for whom, when, how many seats, which parts, at what cost.

Amounts are nominal rupiah and times are months. A part that is left out is not done.
"""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from simulation.rupiah import LARGEST_AMOUNT, parse_rupiah

Rupiah = Annotated[
    float,
    BeforeValidator(parse_rupiah),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": LARGEST_AMOUNT},
                {"type": "string", "pattern": "^[Rr][Pp] *[0-9]"},
            ],
            "examples": ["Rp 5 juta", "Rp 2.400.000", 5_000_000],
        }
    ),
]
"""An amount of money, read by `parse_rupiah`."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""Small letters, digits and single hyphens."""


class Terms(BaseModel):
    """A group of terms: it never changes, and takes no other names and no other types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Target(Terms):
    """Who may join."""

    group: Literal["enterprise owners", "households", "street people"] = Field(
        description="whom the programme enrols"
    )
    standing_below: float = Field(
        1.5,
        ge=0.1,
        le=20,
        description="only below this standing: true consumption of last month over the poverty "
        "line, times",
    )
    women_only: bool = Field(False, description="only women")
    ppks_only: bool = Field(
        False,
        description="only people in need of social welfare services (PPKS)",
    )


class Training(Terms):
    """A course in modules, one a month."""

    modules: int = Field(ge=1, le=12, description="modules of the course, one a month")
    cost: Rupiah = Field(description="cost of the whole course, rupiah a seat")


class Mentoring(Terms):
    """Visits by a mentor who is paid by the month."""

    visits: float = Field(ge=0.25, le=8, description="visits to an enterprise, a month")
    months: int = Field(ge=1, le=36, description="how long an enterprise is visited, months")
    caseload: int = Field(ge=1, le=200, description="enterprises that one mentor visits")
    wage: Rupiah = Field(description="cost of a mentor, rupiah a month")
    starts_after: int = Field(
        0, ge=0, le=36, description="months from enrolment to the first visits"
    )


class Scoring(Terms):
    """An alternative credit score that decides who is offered finance."""

    threshold: float = Field(
        ge=0, le=1, description="applicants scored below this are refused, 0 to 1"
    )
    cost: Rupiah = Field(description="cost of scoring, rupiah an applicant")


class Finance(Terms):
    """Money for the enterprise: a grant, or micro equity that is paid back out of profit."""

    instrument: Literal["grant", "micro equity"] = Field(
        description="whether the money is given or shares in the profit"
    )
    amount: Rupiah = Field(description="money paid to an enterprise, rupiah")
    share: float = Field(
        0, ge=0, le=1, description="share of the reported profit that is paid to the investor"
    )
    cap: float = Field(
        0, ge=0, le=5, description="most that is ever paid to the investor, times the amount"
    )
    term: int = Field(
        0,
        ge=0,
        le=120,
        description="months in which payments are due, counted from the grace's end",
    )
    grace: int = Field(
        0, ge=0, le=24, description="months after the money arrives in which no payment is due"
    )
    after: int = Field(ge=0, le=36, description="months from enrolment to the money")
    fund: Rupiah | None = Field(
        None,
        description="money that the investor has, rupiah; recoveries are invested again; "
        "without it there is enough for every seat",
    )

    @model_validator(mode="after")
    def _check_instrument(self) -> Self:
        if self.instrument == "grant":
            wrong = [name for name in ("share", "cap", "term", "grace") if getattr(self, name)]
            if wrong:
                raise ValueError(f"a grant is not paid back: {', '.join(wrong)} must be 0")
        else:
            wrong = [name for name in ("share", "cap", "term") if not getattr(self, name)]
            if wrong:
                raise ValueError(f"micro equity is paid back: {', '.join(wrong)} must be above 0")
        return self


class Cash(Terms):
    """Money for the household, with no strings."""

    amount: Rupiah = Field(description="money paid once, at enrolment, rupiah a seat")
    delivery: float = Field(
        0.05, ge=0, le=0.5, description="cost of delivery, as a share of the amount"
    )


class Programme(Terms):
    """One intervention: a target, intakes of seats, and at least one part.

    Examples
    --------
    >>> grants = Programme(
    ...     name="grants",
    ...     target=Target(group="enterprise owners"),
    ...     starts=3,
    ...     seats=100,
    ...     finance=Finance(instrument="grant", amount="Rp 5 juta", after=0),
    ... )
    >>> grants.finance.amount
    5000000.0
    """

    name: Name = Field(description="name of the programme: small letters, digits and hyphens")
    target: Target = Field(description="who may join")
    starts: int = Field(
        ge=0, le=600, description="month of the first intake, counted from the scenario's start"
    )
    intakes: int = Field(1, ge=1, le=600, description="number of intakes")
    every: int = Field(3, ge=1, le=600, description="months from one intake to the next")
    seats: int = Field(
        ge=0, le=10_000_000, description="enterprises or households that an intake takes"
    )
    selection: Literal["first come", "need", "readiness"] = Field(
        "first come", description="who gets a seat when more people apply than there are seats"
    )
    overhead: Rupiah = Field(0.0, description="recruiting and administration, rupiah a seat")
    training: Training | None = Field(None, description="a course")
    mentoring: Mentoring | None = Field(None, description="visits by a mentor")
    scoring: Scoring | None = Field(None, description="a score that decides who gets finance")
    finance: Finance | None = Field(None, description="money for the enterprise")
    cash: Cash | None = Field(None, description="money for the household, with no strings")

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        parts = ("training", "mentoring", "scoring", "finance", "cash")
        if all(getattr(self, part) is None for part in parts):
            raise ValueError(f"needs at least one part: {', '.join(parts)}")
        if self.scoring and not self.finance:
            raise ValueError("scoring decides who gets finance, so it needs finance as well")
        return self
