"""What a scenario may say."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from scenarios.grammar.mistakes import nearest, shorten
from scenarios.grammar.own_figures import Figures, contradictions
from simulation.programmes.programme import Programme
from simulation.programmes.terms import Name, Terms
from simulation.rupiah import format_rupiah

COUNTRY = "Indonesia"
SURVEY = "2023-03"
"""The survey that the people are made from; nobody is known at another time yet."""
HORIZON = 60
"""Months over which the same households may stand for those of the day."""
BEYOND_HORIZON = "no demography, not a forecast"
"""What results beyond the horizon are labelled with: nobody is born, dies or moves."""
LONGEST = 276
"""Months to March 2046: all of 2045."""

FACTORS = ("demand", "work", "income", "price")


class Shock(Terms):
    """A blow to the world outside: factors that hold while it lasts, everywhere in the area.

    Examples
    --------
    >>> Shock(name="drought", starts=12, months=6, income=0.9).price
    1
    """

    name: Name = Field(description="name of the shock: small letters, digits and hyphens")
    starts: int = Field(
        ge=0, le=LONGEST, description="first month, counted from the scenario's start"
    )
    months: int = Field(ge=1, le=LONGEST, description="how long it lasts, months")
    demand: float = Field(1, ge=0.3, le=1.5, description="factor on what firms sell")
    work: float = Field(1, ge=0.3, le=1.5, description="factor on the chance of finding work")
    income: float = Field(
        1, ge=0.3, le=1.5, description="factor on usual incomes, and on the usual sales of firms"
    )
    price: float = Field(
        1, ge=0.7, le=1.5, description="factor on the poverty line, as when food becomes dearer"
    )

    @model_validator(mode="after")
    def _check_factors(self) -> Self:
        if all(getattr(self, factor) == 1.0 for factor in FACTORS):
            raise ValueError(f"changes nothing: give {', '.join(FACTORS)} another value than 1")
        return self


class Scenario(BaseModel):
    """Where, when, how many people, how often, and which programmes.

    Examples
    --------
    >>> Scenario(name="three-years", months=36).area
    'DKI Jakarta'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    name: str = Field(min_length=1, description="name, which is that of the file")
    title: str = Field("", max_length=120, description="one line that people see")
    summary: str = Field("", max_length=4000, description="what the scenario is about")
    area: str = Field(
        "DKI Jakarta", description="Indonesia, or a province or district as BPS writes it"
    )
    figures: Figures | None = Field(
        None,
        description="figures of the area of one's own, in place of those of BPS; left out: those",
    )
    start: str = Field(
        "2023-03",
        json_schema_extra={"pattern": "^20[0-9][0-9]-(0[1-9]|1[0-2])$"},
        description=f"month of the survey that the people are made from: {SURVEY}",
    )
    months: int = Field(
        36,
        ge=1,
        le=LONGEST,
        description=f"length, months; beyond {HORIZON}: {BEYOND_HORIZON}",
    )
    households: Annotated[int, Field(ge=500, le=100_000_000)] | Literal["all"] = Field(
        20_000, description="simulated households, or all: one for each real household"
    )
    replicates: int = Field(5, ge=1, le=1000, description="runs with different draws")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="number that fixes every draw")
    macro: Literal["published", "frozen"] = Field(
        "published",
        description="published: prices, poverty lines and growth as published; "
        "frozen: they stay as in the first month",
    )
    shocks: list[Shock] = Field(
        [], description="what happens to the world besides, with and without programmes"
    )
    parameters: dict[str, float] = Field(
        {}, description="behavioural parameters that differ from the parameter table"
    )
    programmes: list[Programme] = Field([], description="programmes that run side by side")

    @field_validator("area")
    @classmethod
    def _check_area(cls, area: str) -> str:
        names = {name.casefold(): name for name in area_names()}
        if area.casefold() not in names:
            raise _refusal(
                f"there is no area {shorten(area)}",
                f"{COUNTRY}, or a province or district as BPS writes it",
                nearest(area, names.values()),
            )
        return names[area.casefold()]

    @field_validator("start")
    @classmethod
    def _check_start(cls, start: str) -> str:
        year, _, month = start.partition("-")
        written = len(year) == 4 and len(month) == 2 and (year + month).isdecimal()
        if not (written and start.isascii() and "01" <= month <= "12"):
            raise _refusal(f"{shorten(start)} is not a month", SURVEY)
        if start != SURVEY:
            raise _refusal(f"there are no people of {start}", SURVEY)
        return start

    @field_validator("parameters")
    @classmethod
    def _check_parameters(cls, parameters: dict[str, float]) -> dict[str, float]:
        if not parameters:
            return parameters
        from simulation.parameters import TABLE

        refusals = []
        for name, value in parameters.items():
            if name not in TABLE:
                refusal = _refusal(
                    "there is no such parameter",
                    "a name of the parameter table",
                    nearest(name, TABLE),
                )
            elif not TABLE[name].low <= value <= TABLE[name].high:
                row = TABLE[name]
                span = f"a number from {row.low:g} to {row.high:g} ({row.unit})"
                refusal = _refusal(f"{value:g} is outside the range", span)
            else:
                continue
            refusals.append(InitErrorDetails(type=refusal, loc=(name,), input=value))
        if refusals:
            raise ValidationError.from_exception_data("parameters", refusals)
        return parameters

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        refusals = [
            InitErrorDetails(type=refusal, loc=place, input=None)
            for place, refusal in (
                *_refused_rows(self),
                *_refused_budgets(self),
                *_refused_places(self),
                *_refused_figures(self),
                *_refused_followers(self),
                *_circles(self),
            )
        ]
        if refusals:
            raise ValidationError.from_exception_data("scenario", refusals)
        return self

    @property
    def place(self) -> str:
        """The area, and whose figures its people are made from where these are not of BPS."""
        return f"{self.area} (figures: {self.figures.source})" if self.figures else self.area

    @property
    def is_forecast(self) -> bool:
        """Whether the run is short enough for fixed households to stand for those of the day."""
        return self.months <= HORIZON


Place = tuple[str | int, ...]
Refusals = Iterator[tuple[Place, PydanticCustomError]]


def _refused_rows(scenario: Scenario) -> Refusals:
    """Find programmes and shocks of one name, and those that never come."""
    for field, what, first in (
        ("programmes", "programme", "the first intake"),
        ("shocks", "shock", "the shock"),
    ):
        names: set[str] = set()
        rows: Sequence[Programme | Shock] = getattr(scenario, field)
        for number, row in enumerate(rows):
            if row.name in names:
                refusal = _refusal(f"a second {what} of the name {row.name}", "")
                yield (field, number, "name"), refusal
            names.add(row.name)
            if row.starts >= scenario.months:
                yield (
                    (field, number, "starts"),
                    _refusal(
                        f"{first}, in month {row.starts}, never comes: "
                        f"the scenario has {scenario.months} months, counted from 0",
                        f"a whole number from 0 to {scenario.months - 1}",
                    ),
                )


def _refused_budgets(scenario: Scenario) -> Refusals:
    """Find budgets that do not pay for one seat."""
    from simulation.parameters import TABLE

    usual = TABLE["aftercare_cost"].default
    aftercare_cost = scenario.parameters.get("aftercare_cost", usual)
    for number, programme in enumerate(scenario.programmes):
        seat = programme.seat_cost(aftercare_cost)
        if programme.budget is not None and programme.budget < seat:
            yield (
                ("programmes", number, "budget"),
                _refusal("does not pay for one seat", f"{format_rupiah(seat)} at least"),
            )


def _refused_places(scenario: Scenario) -> Refusals:
    """Find places that are unknown or outside the area."""
    for number, programme in enumerate(scenario.programmes):
        for row, place in enumerate(programme.target.places):
            if refusal := _refused_place(place, scenario.area):
                yield ("programmes", number, "target", "places", row), refusal


def _refused_figures(scenario: Scenario) -> Refusals:
    """Find figures of one's own that are not those of the area, or of any people."""
    if scenario.figures is not None:
        for place, problem, allowed in contradictions(scenario.figures, scenario.area, COUNTRY):
            yield ("figures", *place), _refusal(problem, allowed)


def _refused_followers(scenario: Scenario) -> Refusals:
    """Find programmes that follow none of the scenario, or come before anyone has completed it."""
    by_name = {programme.name: programme for programme in scenario.programmes}
    for number, programme in enumerate(scenario.programmes):
        if programme.follows is None:
            continue
        here = ("programmes", number, "follows")
        earlier = by_name.get(programme.follows)
        others = [name for name in by_name if name != programme.name]
        if earlier is None:
            yield (
                here,
                _refusal(
                    f"there is no programme {shorten(programme.follows)} to follow",
                    ", ".join(others) or "the name of another programme",
                    nearest(programme.follows, others),
                ),
            )
        elif (last := _last_intake(programme)) <= (done := _first_completed(earlier)):
            yield (
                here,
                _refusal(
                    f"the last intake, in month {last}, comes before anyone has completed "
                    f"{earlier.name}, at the end of month {done}",
                    "a later start, or more intakes",
                ),
            )


def _refused_place(place: str, area: str) -> PydanticCustomError | None:
    """Return what is wrong with a place of a target, if anything."""
    provinces = _province_of()
    within = [name for name, province in provinces.items() if area in (COUNTRY, province, name)]
    if place in within:
        return None
    inside = f"{area}, or a district of it" if area in provinces.values() else area
    allowed = "a province or district as BPS writes it" if area == COUNTRY else inside
    if place in provinces:
        return _refusal(f"{place} lies outside the scenario's area, {area}", allowed)
    return _refusal(f"there is no place {shorten(place)}", allowed, nearest(place, within))


def _last_intake(programme: Programme) -> int:
    return programme.starts + programme.every * (programme.intakes - 1)


def _first_completed(programme: Programme) -> int:
    """Return the month at whose end the first participants can have completed a programme."""
    return programme.starts + (programme.training.modules - 1 if programme.training else 0)


def _circles(scenario: Scenario) -> Refusals:
    """Find programmes that follow each other round in a circle; tell each circle once."""
    follows = {each.name: each.follows for each in scenario.programmes}
    told: set[str] = set()
    for number, programme in enumerate(scenario.programmes):
        chain = [programme.name]
        while (earlier := follows.get(chain[-1])) and earlier not in chain:
            chain.append(earlier)
        if earlier == programme.name and not told.intersection(chain):
            told.update(chain)
            circle = " -> ".join([*chain, programme.name])
            yield (
                ("programmes", number, "follows"),
                _refusal(f"goes round in a circle: {circle}", "an earlier programme"),
            )


def _refusal(problem: str, allowed: str, nearest: str = "") -> PydanticCustomError:
    """Return an error that carries what a `Mistake` tells."""
    says = {"problem": problem, "allowed": allowed, "nearest": nearest}
    return PydanticCustomError("refusal", "{problem} (allowed: {allowed})", says)


@cache
def _province_of() -> Mapping[str, str]:
    """Return the province of each province and district."""
    from calibration.figures import table

    districts = table("districts")
    provinces = {name: name for name in table("provinces")["name"]}
    return {**provinces, **dict(zip(districts["name"], districts["province"], strict=True))}


@cache
def area_names() -> Sequence[str]:
    """Return the names of all areas: the country, its provinces, its districts."""
    from calibration.figures import table

    return (COUNTRY, *table("provinces")["name"], *table("districts")["name"])


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, with which an editor completes and checks.

    A file may extend another, so it need not say everything.
    """
    from simulation.parameters import TABLE

    schema = Scenario.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        part.pop("required", None)
    for part in ("Programme", "Shock"):
        schema["$defs"][part]["required"] = ["name"]
    fields = schema["properties"]
    del fields["name"]
    fields["extends"] = {
        "type": "string",
        "description": "a library scenario, or a file from this file's folder, to start from",
    }
    fields["area"]["enum"] = list(area_names())
    fields["parameters"] = {
        "type": "object",
        "description": fields["parameters"]["description"],
        "additionalProperties": False,
        "properties": {
            name: {
                "type": "number",
                "minimum": row.low,
                "maximum": row.high,
                "default": row.default,
                "description": f"{row.meaning} ({row.unit})",
            }
            for name, row in TABLE.items()
        },
    }
    return schema
