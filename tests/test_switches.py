"""A mechanism that is switched off leaves the draws of all others as they were.

What a switch changes is its own state, for whom it concerns, and only what follows from that.
"""

import numpy as np
import pytest

from simulation.parameters import TABLE
from simulation.programmes.programme import Programme
from tests.worlds import bits, model

WHOLE = {
    "name": "whole",
    "target": {"group": "enterprise owners"},
    "starts": 2,
    "seats": 60,
    "overhead": 1e5,
    "training": {"modules": 3, "cost": 3e6},
    "mentoring": {"visits": 2, "months": 6, "caseload": 10, "wage": 3e6, "starts_after": 1},
    "scoring": {"threshold": 0.45, "cost": 1e5},
    "finance": {"instrument": "micro equity", "amount": 5e6, "after": 3},
    "cash": {"amount": 1e6},
    "documents": {"cost": 1e5, "account": True, "licence": True},
    "onboarding": {"stage": "platform", "cost": 1e5},
}
MONEY = {"savings", "capital", "contract", "contract_age", "paid", "venture", "venture_months"}
PARTS = {
    "mentoring": {"visits"},
    "scoring": MONEY,
    "finance": MONEY | {"savings"},
    "cash": {"savings"},
    "documents": {"documents", "account", "licence", "stage", "selling", "channel"},
    "onboarding": {"stage", "selling", "channel"},
}
"""What the part of a programme writes in the month in which it first acts.

Documents bring accounts, and with an account one can sell on a platform."""
LEVELS = {
    "hands_on": {"practices"},
    "curation": {"practices"},
    "local_language": {"practices"},
}
OFF = (
    "care_hours",
    "search_friction",
    "imitation",
    "discouragement",
    "assistance_fear",
    "arisan_contribution",
    "stigma",
)
"""Mechanisms without evidence of size: off unless asked for."""


def whole(**changes):
    return Programme.model_validate({**WHOLE, **changes})


def fields_apart(one, other):
    """Return by field the rows that differ."""
    found = {}
    for kind in ("households", "enterprises"):
        ours, theirs = (getattr(each.population, kind) for each in (one, other))
        for field in ours.dtype.names:
            rows = np.flatnonzero(bits(ours[field]) != bits(theirs[field]))
            if len(rows):
                found[field] = set(rows.tolist())
    return found


def first_difference(one, other):
    """Return what differs when institutions first act differently, and in which month."""
    for _ in range(one.months):
        for each in (one, other):
            each.begin_month()
        if apart := fields_apart(one, other):
            return one.month, apart
        for each in (one, other):
            each.live_month()
            each.end_month()
    pytest.fail("the switch changes nothing")


@pytest.mark.parametrize("part", PARTS)
def test_without_a_part_only_its_own_state_differs_when_it_would_have_acted(part):
    less = {part: None}
    if part == "finance":
        less["scoring"] = None
    with_it, without = model([whole()]), model([whole(**less)])
    _, apart = first_difference(with_it, without)
    assert set(apart) <= PARTS[part]
    enrolled = set(with_it.providers[0].enrolled.tolist())
    assert set().union(*apart.values()) <= enrolled
    assert enrolled == set(without.providers[0].enrolled.tolist())


@pytest.mark.parametrize("level", LEVELS)
def test_a_practice_changes_what_is_learnt_by_those_who_come_and_nothing_else(level):
    plain, better = model([whole()]), model([whole(practices={level: True})])
    _, apart = first_difference(plain, better)
    assert set(apart) == LEVELS[level]


@pytest.mark.parametrize("name", OFF)
def test_what_has_no_evidence_of_size_is_off(name):
    assert TABLE[name].default == 0.0
    assert TABLE[name].low == 0.0 < TABLE[name].high


@pytest.mark.parametrize("name", OFF)
def test_a_mechanism_switched_on_moves_no_draw_of_another(name):
    """Luck in wages and in firms is as it was, whoever's life the mechanism has changed."""
    quiet = model([whole()], months=14).run()
    loud = model([whole()], months=14, changes={name: TABLE[name].high}).run()
    h, other = quiet.population.households, loud.population.households
    np.testing.assert_array_equal(bits(h.persistent), bits(other.persistent))
    e, firms = quiet.population.enterprises, loud.population.enterprises
    lasting = (e.alive == 1) & (firms.alive == 1) & (e.age > 14) & (firms.age > 14)
    assert lasting.sum() > 500
    np.testing.assert_array_equal(bits(e.productivity[lasting]), bits(firms.productivity[lasting]))


@pytest.mark.parametrize("name", OFF)
def test_a_mechanism_switched_on_moves_something(name):
    terms = whole(selection="need")
    quiet = model([terms], months=14).run()
    loud = model([terms], months=14, changes={name: TABLE[name].high}).run()
    assert fields_apart(quiet, loud), name
