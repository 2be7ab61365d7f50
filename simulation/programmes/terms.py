"""The parts that a programme can have: what each offers, to whom, at what cost.

Amounts are nominal rupiah and times are months. A part that is left out is not done. What a
programme is as a whole stands in `programme.py`; the instruments of finance are rows of
presets.csv.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from simulation.programmes.presets import filled
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
    without_documents: bool = Field(False, description="only those without NIK or KTP")
    holds_assistance: bool = Field(False, description="only families that hold PKH or Sembako")
    places: list[str] = Field(
        [], description="only in these provinces or districts, as BPS writes them; empty: all"
    )


class Practices(Terms):
    """How a provider works: ten practices, each a level; all are off unless asked for.

    Each acts through what people hear, whether they join and stay, or what they learn; how
    strongly is a parameter.
    """

    partners: int = Field(0, ge=0, le=3, description="partner organisations that bring contacts")
    curation: bool = Field(False, description="contents chosen for the firms at hand")
    community_leaders: bool = Field(False, description="community leaders speak for it")
    rewards: Literal["none", "joining", "completion", "milestones"] = Field(
        "none", description="what participants are rewarded for"
    )
    reward: Rupiah = Field(0.0, description="the whole reward, rupiah a participant")
    tells: Literal["nothing", "benefit", "benefit and effort"] = Field(
        "nothing", description="what the invitation tells beyond date and place"
    )
    pre_assessment: bool = Field(
        False, description="an assessment that turns away those whom the course has little to teach"
    )
    delivery: Literal["offline", "online", "hybrid"] = Field(
        "offline", description="where the course is held; online needs a phone"
    )
    local_language: bool = Field(False, description="held in the local language")
    hands_on: bool = Field(False, description="practice on the participant's own firm")
    aftercare: int = Field(
        0, ge=0, le=36, description="months after the course in which it is refreshed"
    )
    evaluation: bool = Field(
        False, description="each intake is evaluated, and the next one taught better"
    )

    @model_validator(mode="after")
    def _check_reward(self) -> Self:
        if (self.rewards == "none") != (self.reward == 0.0):
            raise ValueError("rewards and reward go together: say what is rewarded, and how much")
        return self


class Training(Terms):
    """A course in modules, one a month."""

    modules: int = Field(ge=1, le=24, description="modules of the course, one a month")
    cost: Rupiah = Field(description="cost of the whole course, rupiah a seat")
    hours: int = Field(
        40, ge=1, le=400, description="hours that the whole course takes from a participant"
    )
    fee: Rupiah = Field(
        0.0, description="part of the cost that the participant pays at enrolment, rupiah"
    )

    @model_validator(mode="after")
    def _check_fee(self) -> Self:
        if self.fee > self.cost:
            raise ValueError("the fee is part of the cost, so it cannot be more")
        return self


class Mentoring(Terms):
    """Visits by a mentor who is paid by the month and works in one district."""

    visits: float = Field(ge=0.25, le=8, description="visits to an enterprise, a month")
    months: int = Field(ge=1, le=36, description="how long an enterprise is visited, months")
    caseload: int = Field(ge=1, le=200, description="enterprises that one mentor visits")
    wage: Rupiah = Field(description="cost of a mentor, rupiah a month")
    starts_after: int = Field(
        0, ge=0, le=36, description="months from enrolment to the first visits"
    )
    mentors: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="most mentors at work in any month; who finds none is not visited",
    )
    exit_income: float = Field(
        0,
        ge=0,
        le=5,
        description="a household whose income passes this many minimum wages leaves; 0: nobody",
    )
    exit_after: int = Field(
        4, ge=0, le=24, description="months above that income after which visits end"
    )


class Scoring(Terms):
    """An alternative credit score that decides who is offered finance."""

    rule: Literal["threshold", "rank"] = Field(
        "threshold", description="refuse below a threshold, or all but the best"
    )
    threshold: float = Field(
        0, ge=0, le=1, description="applicants scored below this are refused, 0 to 1"
    )
    accept: float = Field(
        1, ge=0, le=1, description="share of the applicants that a rank accepts, best first"
    )
    cost: Rupiah = Field(description="cost of scoring, rupiah an applicant")


class Finance(Terms):
    """Money for the enterprise: one row of the payoff table, whatever it is called.

    The instrument gives each term that is left out its usual value (presets.csv); after that only
    the terms count.
    """

    instrument: Literal[
        "grant",
        "microcredit",
        "group credit",
        "moneylender",
        "micro equity",
        "profit sharing",
    ] = Field(description="what it is called; gives the terms that are left out")
    amount: Rupiah = Field(description="money paid to an enterprise, rupiah")
    share: float = Field(
        0, ge=0, le=1, description="share of the reported profit that is due each month"
    )
    floor: Rupiah = Field(0.0, description="least that is due in a month of sharing, rupiah")
    interest: float = Field(
        0, ge=0, le=6, description="interest a year that fixed instalments hold, 0.06 is 6%"
    )
    flat: bool = Field(
        False, description="whether interest is reckoned on the whole amount to the end"
    )
    fixed: bool = Field(False, description="whether equal instalments are due each month")
    cap: float = Field(
        0, ge=0, le=5, description="most that is ever paid on a share, times the amount"
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
    buy_back: float = Field(
        0,
        ge=0,
        le=5,
        description="times the amount, all payments together, for which the owner may end the "
        "contract early; 0: never",
    )
    security: float = Field(
        0, ge=0, le=1, description="part of wilful missing that security and meetings prevent"
    )
    group: int = Field(
        0, ge=0, le=50, description="members of a group that answer for each other; 0: none"
    )
    meetings: int = Field(0, ge=0, le=40, description="hours of meetings, a month")
    after: int = Field(0, ge=0, le=36, description="months from enrolment to the money")
    fund: Rupiah | None = Field(
        None,
        description="money that the fund has, rupiah; recoveries are invested again; "
        "without it there is enough for every seat",
    )
    wait: int = Field(
        0,
        ge=0,
        le=60,
        description="months that those accepted wait for money to come back to an empty fund",
    )
    payer: Literal["investor", "government", "donor"] = Field(
        "investor", description="whose money the fund is"
    )
    subsidy: float = Field(
        0,
        ge=0,
        le=0.5,
        description="what the government pays to the investor, a year, on the amount outstanding",
    )
    in_kind: bool = Field(False, description="paid as goods, not as cash")
    requires: list[Literal["documents", "account", "licence", "books"]] = Field(
        [], description="what an applicant must have"
    )
    age_from: int = Field(0, ge=0, le=120, description="months that the firm must have run")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:  # noqa: ANN401
        return filled(given, "instrument")

    @model_validator(mode="after")
    def _check_terms(self) -> Self:
        if not (self.fixed or self.share > 0 or self.floor > 0):
            names = ("cap", "term", "grace", "interest", "buy_back")
            wrong = [name for name in names if getattr(self, name)]
            if wrong:
                raise ValueError(
                    f"nothing is due, so {', '.join(wrong)} must be 0, or share, floor or fixed "
                    "must say what is due"
                )
            return self
        if self.instrument == "grant":
            raise ValueError("a grant is not paid back: share and floor must be 0, fixed false")
        if not self.term:
            raise ValueError("what is paid back needs a term above 0")
        if not self.fixed:
            if not self.cap:
                raise ValueError("what is paid back out of profit needs a cap above 0")
            if self.interest:
                raise ValueError("interest belongs to fixed instalments: fixed must be true")
        return self

    @property
    def instalment(self) -> float:
        """Fixed payment a month (rupiah): an annuity, or equal parts of a flat charge."""
        if not self.fixed:
            return 0.0
        rate = self.interest / 12.0
        if self.flat or rate == 0.0:
            return self.amount * (1.0 + rate * self.term) / self.term
        return float(self.amount * rate / (1.0 - (1.0 + rate) ** -self.term))

    @property
    def ceiling(self) -> float:
        """Most that is ever due (rupiah): all instalments, or the cap on a share."""
        return max(self.cap * self.amount, self.instalment * self.term)

    @property
    def paid_back(self) -> bool:
        """Whether anything is ever due."""
        return self.ceiling > 0.0


class Cash(Terms):
    """Money for the household, with no strings."""

    amount: Rupiah = Field(description="money paid once, at enrolment, rupiah a seat")
    delivery: float = Field(
        0.05, ge=0, le=0.5, description="cost of delivery, as a share of the amount"
    )


class Documents(Terms):
    """A drive that brings papers: NIK/KTP, and what can be had with it."""

    cost: Rupiah = Field(description="cost of the drive, rupiah a person")
    wait: int = Field(
        2, ge=0, le=24, description="months until those get papers who were never registered"
    )
    account: bool = Field(False, description="opens a bank account as well")
    licence: bool = Field(False, description="registers the firm (NIB) as well")


class Rehabilitation(Terms):
    """A house that people from the street may choose to stay in; nobody is brought by force."""

    places: int = Field(ge=1, le=100_000, description="people that the house holds")
    stay: int = Field(ge=1, le=36, description="how long they stay, months")
    cost: Rupiah = Field(description="cost of a place, rupiah a month, keep included")
    keep: Rupiah = Field(description="food and lodging that a resident has of it, rupiah a month")

    @model_validator(mode="after")
    def _check_keep(self) -> Self:
        if self.keep > self.cost:
            raise ValueError("keep is part of the cost of a place, so it cannot be more")
        return self


class Onboarding(Terms):
    """Help with selling online; skills of the shop do not carry over."""

    stage: Literal["chat", "platform"] = Field(
        description="chat and social commerce, or a platform (which needs phone and account)"
    )
    intermediary: bool = Field(
        False, description="a reseller or agency sells for the firm, for a margin"
    )
    cost: Rupiah = Field(description="cost of the help, rupiah an enterprise")


class Women(Terms):
    """What is done about the constraints of women who lead a firm."""

    childcare: Rupiah = Field(0.0, description="childcare at sessions, rupiah a woman and month")
    consent: bool = Field(False, description="talks with husbands about credit")
    own_account: bool = Field(False, description="sums are paid to an account of her own")
    groups: bool = Field(False, description="invitations by women's groups")


class Funding(Terms):
    """Who pays for what, and who bears which risk."""

    donor: float = Field(0, ge=0, le=1, description="share of the services that donors pay")
    investor: float = Field(
        0, ge=0, le=1, description="share of the services that the investor pays"
    )
    co_investment: float = Field(
        0,
        ge=0,
        le=1,
        description="part of each sum that is the government's, with the same claim",
    )
    first_loss: float = Field(
        0,
        ge=0,
        le=1,
        description="losses that the government makes good first, as a share of all invested",
    )
    outcome: Rupiah = Field(0.0, description="paid to the fund for each success, rupiah")
    outcome_of: Literal["completion", "survival"] = Field(
        "survival",
        description="success: the course completed, or the firm alive a year after the money",
    )
    outcome_payer: Literal["government", "donor"] = Field(
        "government", description="who pays for success"
    )

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        if self.donor + self.investor > 1.0:
            raise ValueError("donor and investor pay more than all of the services: at most 1")
        return self
