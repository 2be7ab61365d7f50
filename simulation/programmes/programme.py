"""A programme as a whole: for whom, by whom, when, how many seats, which parts."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from simulation.programmes.presets import filled
from simulation.programmes.terms import (
    Cash,
    Documents,
    Finance,
    Funding,
    Mentoring,
    Name,
    Onboarding,
    Practices,
    Rehabilitation,
    Rupiah,
    Scoring,
    Target,
    Terms,
    Training,
    Women,
)

PARTS = (
    "training",
    "mentoring",
    "scoring",
    "finance",
    "cash",
    "documents",
    "rehabilitation",
    "onboarding",
)


class Programme(Terms):
    """One intervention: a target, intakes of seats, and at least one part.

    Archetype and organiser are presets: they give the terms that are left out.

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
    archetype: (
        Literal[
            "topical one-off", "generic one-off", "incubation", "fostered firms", "self-learning"
        ]
        | None
    ) = Field(None, description="kind of programme; gives terms that are left out")
    organiser: (
        Literal[
            "national government",
            "local government",
            "NGO",
            "selling platform",
            "company CSR",
            "university",
        ]
        | None
    ) = Field(None, description="who runs it; gives terms that are left out")
    starts: int = Field(
        ge=0, le=600, description="month of the first intake, counted from the scenario's start"
    )
    intakes: int = Field(1, ge=1, le=600, description="number of intakes")
    every: int = Field(3, ge=1, le=600, description="months from one intake to the next")
    seats: int = Field(
        ge=0, le=10_000_000, description="enterprises or households that an intake takes"
    )
    reach: float = Field(
        1, ge=0, le=1, description="share of those it is for that hear of an intake"
    )
    lists: Literal["open call", "own list", "shared database"] = Field(
        "open call",
        description="whom invitations reach: anyone by chance; always the same; or, with a shared "
        "database, everyone not served yet",
    )
    follows: Name | None = Field(
        None, description="only for those who completed this earlier programme, and find this one"
    )
    staff: int | None = Field(
        None, ge=1, le=10_000_000, description="most participants in a course in any month"
    )
    budget: Rupiah | None = Field(
        None, description="money for everything, rupiah; the programme ends when it is spent"
    )
    kpi: Literal["none", "completion", "numbers", "absorption", "growth", "poverty"] = Field(
        "none", description="what the provider is paid by, and claims as its success"
    )
    selection: Literal["first come", "need", "readiness", "easy successes"] = Field(
        "first come",
        description="who gets a seat when more people apply than there are seats; easy successes: "
        "those who will most likely meet the KPI",
    )
    overhead: Rupiah = Field(0.0, description="recruiting and administration, rupiah a seat")
    practices: Practices = Field(Practices(), description="how the provider works")
    training: Training | None = Field(None, description="a course")
    mentoring: Mentoring | None = Field(None, description="visits by a mentor")
    scoring: Scoring | None = Field(None, description="a score that decides who gets finance")
    finance: Finance | None = Field(None, description="money for the enterprise")
    cash: Cash | None = Field(None, description="money for the household, with no strings")
    documents: Documents | None = Field(None, description="a drive that brings papers")
    rehabilitation: Rehabilitation | None = Field(
        None, description="a house for people from the street"
    )
    onboarding: Onboarding | None = Field(None, description="help with selling online")
    women: Women = Field(Women(), description="what is done about women's constraints")
    funding: Funding = Field(Funding(), description="who pays for what, and bears which risk")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:  # noqa: ANN401
        return filled(given, "archetype", "organiser")

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if all(getattr(self, part) is None for part in PARTS):
            raise ValueError(f"needs at least one part: {', '.join(PARTS)}")
        if self.scoring and not self.finance:
            raise ValueError("scoring decides who gets finance, so it needs finance as well")
        if self.rehabilitation and self.target.group != "street people":
            raise ValueError("rehabilitation is for street people: target.group must say so")
        if self.selection == "easy successes" and self.kpi == "none":
            raise ValueError("easy successes are those that meet a KPI, so it needs a kpi as well")
        how = self.practices
        if not self.training and (how.aftercare or how.rewards in ("completion", "milestones")):
            raise ValueError("aftercare and rewards on the way need a course: training")
        owner = self.finance is not None and self.finance.payer == "investor"
        if self.funding.outcome and not (owner or self.funding.investor):
            raise ValueError(
                "success is paid to an investor, so funding.investor or finance.payer must name one"
            )
        if self.funding.outcome and self.funding.outcome_of == "survival" and not self.finance:
            raise ValueError("survival is paid for a year after the money, so it needs finance")
        if self.follows == self.name:
            raise ValueError("a programme cannot follow itself")
        return self

    def seat_cost(self, aftercare_cost: float) -> float:
        """Return what one seat costs its payers at most (rupiah), before anything is paid back.

        Parameters
        ----------
        aftercare_cost : float
            Of a participant, rupiah a month.
        """
        cost = self.overhead + self.practices.reward
        if self.training:
            cost += self.training.cost - self.training.fee
            cost += self.women.childcare * self.training.modules
            cost += aftercare_cost * self.practices.aftercare
        if self.mentoring:
            cost += self.mentoring.wage * self.mentoring.months / self.mentoring.caseload
        if self.cash:
            cost += self.cash.amount * (1.0 + self.cash.delivery)
        if self.rehabilitation:
            cost += self.rehabilitation.cost * self.rehabilitation.stay
        cost += sum(part.cost for part in (self.scoring, self.documents, self.onboarding) if part)
        return cost + (self.finance.amount if self.finance else 0.0)
