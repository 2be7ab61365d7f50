"""What a scenario may say."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from scenarios.mistakes import nearest, shorten
from simulation.programmes.terms import Programme

COUNTRY = "Indonesia"
SURVEY = "2023-03"
"""The survey that the people are made from; nobody is known at another time yet."""


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
    start: str = Field(
        "2023-03",
        json_schema_extra={"pattern": "^20[0-9][0-9]-(0[1-9]|1[0-2])$"},
        description=f"month of the survey that the people are made from: {SURVEY}",
    )
    months: int = Field(36, ge=1, le=60, description="length, months")
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
    def _check_programmes(self) -> Self:
        refusals = []
        names: set[str] = set()
        for row, programme in enumerate(self.programmes):
            if programme.name in names:
                refusal = _refusal(f"a second programme of the name {programme.name}", "")
                refusals.append(
                    InitErrorDetails(type=refusal, loc=("programmes", row, "name"), input=None)
                )
            names.add(programme.name)
            if programme.starts >= self.months:
                refusal = _refusal(
                    f"the first intake, in month {programme.starts}, never comes: "
                    f"the scenario has {self.months} months, counted from 0",
                    f"a whole number from 0 to {self.months - 1}",
                )
                refusals.append(
                    InitErrorDetails(type=refusal, loc=("programmes", row, "starts"), input=None)
                )
        if refusals:
            raise ValidationError.from_exception_data("programmes", refusals)
        return self


def _refusal(problem: str, allowed: str, nearest: str = "") -> PydanticCustomError:
    """Return an error that carries what a `Mistake` tells."""
    says = {"problem": problem, "allowed": allowed, "nearest": nearest}
    return PydanticCustomError("refusal", "{problem} (allowed: {allowed})", says)


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
    schema["$defs"]["Programme"]["required"] = ["name"]
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
