"""The two sides of the page, and cash beside them, as scenarios that can be run."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from scenarios.schema import Scenario
from scenarios.studies.pareto import simplex_grid
from scenarios.studies.splits import prices, split
from scenarios.workshop.choices import (
    ARCHETYPES,
    CASH_AMOUNT,
    COARSE,
    COURSE,
    HOUSEHOLDS,
    KPI,
    LEVERS,
    MONTHS,
    PEOPLE,
    SHOCKS,
    TERM,
    TERMS,
    Choice,
    Common,
    How,
    Offer,
    RowsAsked,
    Split,
)
from simulation.programmes.programme import Programme
from simulation.programmes.terms import Cash, Finance, Target


def scenario_of(
    common: Common, choice: Choice | Literal["cash"], room: Mapping[str, int]
) -> Scenario:
    """Return the scenario that a choice is.

    Parameters
    ----------
    common
        What both sides share.
    choice
        One side, or the same money as cash to the same group in the same months.
    room : mapping
        Most seats of an intake, by what `programmes` calls each: more would find nobody.

    Examples
    --------
    >>> common = Common(place="Bali", people="street people", budget=500000000, shock="none")
    >>> [each.seats for each in scenario_of(common, "cash", {"cash": 200}).programmes]
    [45]
    """
    kinds = kinds_of(choice)
    offered = {lever: programmes(common.people)[kind] for lever, kind in kinds.items()}
    if choice != "cash":
        how = {
            "selection": choice.selection,
            "kpi": "completion" if choice.selection == KPI else "none",
        }
        offered = {name: each.model_copy(update=how) for name, each in offered.items()}
    base = world(common).model_copy(update={"programmes": list(offered.values())})
    shares = {"cash": 1.0}
    if choice != "cash":
        shares = {lever: getattr(choice.split, lever) / 100.0 for lever in LEVERS}
    bought = split(base, shares, float(common.budget))
    seated = [
        each.model_copy(update={"seats": min(each.seats, room[kinds[each.name]])})
        for each in bought.programmes
    ]
    return bought.model_copy(update={"programmes": seated})


def unspent(scenario: Scenario, budget: int) -> float:
    """Return the rupiah of a budget that buy no whole seat, or one that nobody would take."""
    seats = [each.seats for each in scenario.programmes]
    if not seats:
        return float(budget)
    return budget - float(prices(scenario.programmes, scenario.parameters) @ seats)


def side_of(scenario: Scenario, budget: int) -> dict[str, Any]:
    """Return what a side buys: seats of each lever over all intakes, and what stays unspent."""
    seats = {each.name: each.seats * each.intakes for each in scenario.programmes}
    return {"unspent": round(unspent(scenario, budget)), "seats": seats}


def usual(offered: Offer) -> RowsAsked:
    """Return the first of everything that is offered, all levers alike."""
    common = Common(
        place=offered.places[0],
        people=offered.people[0],
        budget=offered.budgets[0],
        shock=offered.shocks[0],
    )
    choice = Choice(
        split=Split(**dict.fromkeys(LEVERS, 100 // len(LEVERS))),
        archetype=offered.archetypes[0],
        selection=offered.selections[0],
        terms=offered.terms[0],
    )
    return RowsAsked.model_validate({"common": common, "choice": choice, "to": 1})


def coarse(how: How) -> list[Choice]:
    """Return every split in steps of a quarter, spent in one way.

    Examples
    --------
    >>> how = How(archetype="course", selection="need", terms="grant")
    >>> len(coarse(how)), coarse(how)[0].split.training
    (35, 0)
    """
    given = {name: getattr(how, name) for name in How.model_fields}
    splits = (COARSE * simplex_grid(len(LEVERS), 100 // COARSE)).astype(int).tolist()
    return [
        Choice(split=Split(**dict(zip(LEVERS, shares, strict=True))), **given) for shares in splits
    ]


def world(common: Common) -> Scenario:
    """Return the world in which both sides are lived, without programmes."""
    return base().model_copy(
        update={
            "name": "workshop",
            "area": common.place,
            "shocks": list(SHOCKS[common.shock]),
            "programmes": [],
        }
    )


def kinds_of(choice: Choice | Literal["cash"]) -> dict[str, str]:
    """Return what each lever of a choice buys, by the names of `programmes`."""
    if choice == "cash":
        return {"cash": "cash"}
    own = {lever: lever for lever in LEVERS}
    return own | {"training": choice.archetype, "equity": choice.terms}


@cache
def programmes(people: str) -> Mapping[str, Programme]:
    """Return one programme a lever, or an archetype or terms of it, and the cash benchmark."""
    target = Target.model_validate({"group": people, "standing_below": PEOPLE[people]})
    own = {
        programme.name: programme.model_copy(update={"target": target})
        for programme in base().programmes
    }
    course, equity = own["training"], own["equity"]
    assert equity.finance is not None
    who = course.model_dump(include={"name", "starts", "intakes", "every", "seats", "overhead"})
    who["target"] = target
    found = {name: own[name] for name in ("mentoring", "documents")}
    found[COURSE] = course
    for name in ARCHETYPES[1:]:
        found[name] = Programme.model_validate({**who, "archetype": name})
    for name in TERMS:
        given = {"instrument": name, "amount": equity.finance.amount, "after": 0}
        given |= {"term": TERM} if name == "micro equity" else {}
        found[name] = equity.model_copy(update={"finance": Finance.model_validate(given)})
    found["cash"] = Programme.model_validate(
        {**who, "name": "cash", "cash": Cash(amount=CASH_AMOUNT)}
    )
    return found


@cache
def base() -> Scenario:
    """Return the scenario whose budget is split, as long and as large as the page has it."""
    from scenarios.files import read

    return read("split", [f"households={HOUSEHOLDS}", f"months={MONTHS}"])
