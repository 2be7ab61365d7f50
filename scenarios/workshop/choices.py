"""What the workshop page may ask, and the scenario that each choice is.

One budget is split over four ways to spend on the same owners (scenario `split` of the library).
Everything else is chosen by name, so that whatever comes from a page can be checked against lists.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator

from scenarios.grammar.mistakes import Mistake, ScenarioError, nearest, shorten
from scenarios.schema import Scenario, Shock, area_names
from simulation.programmes.terms import Terms

T = TypeVar("T", bound=BaseModel)

HOUSEHOLDS, MONTHS = 5_000, 36
"""Of every run that the page shows."""
LEVERS = ("training", "mentoring", "equity", "documents")
"""Programmes of `split`, which share the budget."""
STEP, COARSE = 5, 25
"""Percent in which a split is told apart: by the live page; in a kit and on the frontier."""
BUDGETS = (500_000_000, 250_000_000, 1_000_000_000)
"""Rupiah, the usual one first: what buys enough seats to be shown, and not more than apply."""
SHOCKS: Mapping[str, tuple[Shock, ...]] = {
    "none": (),
    # A slow year after the last intake: half-way to covid-shock (assumption).
    "demand falls": (Shock(name="demand-falls", starts=12, months=12, demand=0.9),),
    # Food becomes dearer: a tenth on the poverty line for a year (assumption).
    "prices rise": (Shock(name="prices-rise", starts=12, months=12, price=1.1),),
}
COURSE = "course"
"""The training of `split` itself, which is of no archetype."""
ARCHETYPES = (
    COURSE,
    "incubation",
    "fostered firms",
    "topical one-off",
    "generic one-off",
    "self-learning",
)
PEOPLE = {"enterprise owners": 1.5, "street people": 20.0}
"""For whom the programmes are, and below which standing: as in `split`, and whoever is there."""
SELECTIONS = ("first come", "need", "readiness", "easy successes")
KPI = "easy successes"
"""The selection of a provider that is paid by how many complete."""
TERMS = ("micro equity", "profit sharing", "microcredit", "grant")
"""Contract terms of the equity lever: instruments of finance at their usual terms."""
TERM = 24
"""Months in which micro equity is paid back, so that the last contract has run its term."""
CASH_AMOUNT = 5_000_000.0
"""Rupiah a household in the cash benchmark: the sum of the equity lever (pena_grant 2023)."""


class Offer(NamedTuple):
    """What a page offers: names by kind, the usual one first.

    Attributes
    ----------
    places, people, budgets, shocks, archetypes, selections, terms : tuple
        What may be chosen.
    step : int
        Percent in which a split is told apart.
    """

    places: tuple[str, ...]
    people: tuple[str, ...] = tuple(PEOPLE)
    budgets: tuple[int, ...] = BUDGETS
    shocks: tuple[str, ...] = tuple(SHOCKS)
    archetypes: tuple[str, ...] = ARCHETYPES
    selections: tuple[str, ...] = SELECTIONS
    terms: tuple[str, ...] = TERMS
    step: int = STEP

    def document(self) -> dict[str, Any]:
        """Return what the page is told of it."""
        return {**self._asdict(), "levers": LEVERS, "kpi": KPI}


@cache
def provinces() -> tuple[str, ...]:
    """Return the provinces, as BPS writes them."""
    from calibration.figures import table

    return tuple(table("provinces")["name"])


def offer(place: str | None = None) -> Offer:
    """Return all that can be asked.

    Parameters
    ----------
    place : str, optional
        Which province comes first.

    Raises
    ------
    ScenarioError
        Where there is no such province.

    Examples
    --------
    >>> offer("bali").places[:2]
    ('Bali', 'Aceh')
    """
    if place is None:
        place = str(Scenario.model_fields["area"].default)
    known = {name.casefold(): name for name in provinces()}
    if place.casefold() not in known:
        problem = f"{shorten(place)} is no province"
        if place in area_names():
            problem += ": the page compares provinces"
        near = nearest(place, provinces())
        raise ScenarioError([Mistake("", None, "place", problem, "a province of BPS", near)])
    first = known[place.casefold()]
    return Offer((first, *(name for name in provinces() if name != first)))


# What is asked


class Split(Terms):
    """Percent of the budget for each lever; together all of it."""

    training: int = Field(ge=0, le=100, description="for courses")
    mentoring: int = Field(ge=0, le=100, description="for visits by a mentor")
    equity: int = Field(ge=0, le=100, description="for money to enterprises")
    documents: int = Field(ge=0, le=100, description="for papers")

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        shares = [getattr(self, lever) for lever in LEVERS]
        if sum(shares) != 100:
            raise ValueError(f"adds up to {sum(shares)}, not to 100 percent")
        if any(share % STEP for share in shares):
            raise ValueError(f"is told apart in steps of {STEP} percent")
        return self


class Common(Terms):
    """What both sides share."""

    place: str = Field(description="a province as BPS writes it")
    people: str = Field(description="for whom the programmes are")
    budget: int = Field(description="money for all levers together, rupiah")
    shock: str = Field(description="what happens to the world outside")


class How(Terms):
    """How a budget is spent, whatever its split."""

    archetype: str = Field(description="kind of training")
    selection: str = Field(description="who gets a seat")
    terms: str = Field(description="contract terms of the money for enterprises")


class Choice(How):
    """One side: a split of the budget, and how it is spent."""

    split: Split = Field(description="percent of the budget for each lever")


class RowsAsked(Terms):
    """Replicates of one side."""

    common: Common
    choice: Choice | Literal["cash"]
    first: int = Field(0, alias="from", ge=0, le=999)
    to: int = Field(ge=1, le=1000, description="up to, but without this replicate")


class LivesAsked(Terms):
    """Lives of one side."""

    common: Common
    choice: Choice


class FrontierAsked(How):
    """All coarse splits."""

    common: Common


KINDS = {
    "place": "places",
    "people": "people",
    "budget": "budgets",
    "shock": "shocks",
    "archetype": "archetypes",
    "selection": "selections",
    "terms": "terms",
}
"""Which list of an offer each field is taken from."""
CASH_ALTERNATIVE = "literal['cash']"
ALTERNATIVES = ("Choice", CASH_ALTERNATIVE)
"""What pydantic calls what may stand for a choice."""
NAMES = {"from"}.union(*(each.model_fields for each in (Split, Common, Choice, RowsAsked)))
"""All that may be said."""


def asked(model: type[T], given: Any, offered: Offer) -> T:  # noqa: ANN401
    """Return what was asked, checked against what is offered.

    Parameters
    ----------
    model : type
        One of the models above.
    given
        What JSON made of it.

    Raises
    ------
    ScenarioError
        With all mistakes.

    Examples
    --------
    >>> said = {"people": "street people", "budget": 500000000, "shock": "none"}
    >>> asked(Common, {"place": "Bali", **said}, offer()).place
    'Bali'
    """
    try:
        found = model.model_validate(given)
    except ValidationError as error:
        raise ScenarioError(_told(error)) from None
    if mistakes := list(_strangers(found, offered, ())):
        raise ScenarioError(mistakes)
    return found


def _strangers(part: BaseModel, offered: Offer, way: tuple[str, ...]) -> list[Mistake]:
    """Return the values of an asked part, and of parts in it, that are not offered."""
    found: list[Mistake] = []
    for name in type(part).model_fields:
        value, path = getattr(part, name), (*way, name)
        if isinstance(value, BaseModel):
            found += _strangers(value, offered, path)
        elif name in KINDS and value not in (known := getattr(offered, KINDS[name])):
            words = [str(each) for each in known]
            problem = f"{shorten(value)} is not offered"
            near = nearest(str(value), words)
            found.append(Mistake("", None, ".".join(path), problem, ", ".join(words), near))
    return found


def _told(error: ValidationError) -> list[Mistake]:
    """Return what pydantic finds wrong."""
    found: dict[str, Mistake] = {}
    for details in error.errors(include_url=False):
        # "cash" or a choice: text is told of as the one, all else as the other.
        last = str(details["loc"][-1]) if details["loc"] else ""
        is_text = isinstance(details["input"], str)
        if last in ALTERNATIVES and is_text != (last == CASH_ALTERNATIVE):
            continue
        path = ".".join(str(step) for step in details["loc"] if step not in ALTERNATIVES)
        kind, problem, allowed, near = details["type"], details["msg"], "", ""
        if kind == "missing":
            problem = "is missing"
        elif kind == "extra_forbidden":
            problem, near = "is not a name that may stand here", nearest(last, sorted(NAMES))
        elif kind == "value_error":
            problem = str(details["ctx"]["error"])
        else:
            given = details["input"]
            problem = "is wrong" if isinstance(given, dict | list) else f"{shorten(given)} is wrong"
            allowed = details["msg"].removeprefix("Input should be ")
        found.setdefault(path, Mistake("", None, path, problem, allowed, near))
    return list(found.values())
