"""What neighbours see of each other, what it does to them a month later, and their arisan."""

import math

import numpy as np
import pytest

from simulation import indicators, ledger
from simulation.agents import enterprise
from simulation.life import live_one, note_nearby
from simulation.population import no_demand_change
from simulation.records import CASUAL_WORK, NEARBY, NO_WORK, SHELTERED, STREET_WORK
from tests.households import (
    CONTRACTS,
    KEY,
    KEYS,
    Home,
    anyone,
    eventful_parameters,
    live_months,
    places,
    those,
)

ROWS = 400


def by_hand(population, month, parameters):
    """Let everyone live a month, row by row from the last; return the sums by row."""
    sums = np.zeros((len(population), indicators.N_SUMS))
    for row in reversed(range(len(population))):
        live_one(
            population,
            row,
            places(month),
            no_demand_change(2),
            CONTRACTS,
            parameters,
            KEY,
            month,
            sums[row],
        )
    note_nearby(population, sums)
    return sums


def test_what_is_seen_is_what_the_neighbourhood_is():
    people = anyone(ROWS)
    sums = by_hand(people, 0, eventful_parameters())
    h, e = people.households, people.enterprises
    for number, seen in enumerate(people.nearby):
        own = h.neighbourhood == number
        weight = h.weight[own]
        assert seen.owing == pytest.approx(np.average(h.kin_debt[own] > 0.0, weights=weight))
        closed = sums[own, indicators.CLOSED]
        assert seen.failures == pytest.approx(closed.sum() / weight.sum())
        firms = own & (e.alive == 1)
        assert seen.practices == pytest.approx(
            np.average(e.practices[firms], weights=h.weight[firms])
        )
    assert people.nearby.failures.max() > 0.0


def test_rows_lived_by_hand_see_the_same_to_the_bit():
    whole, rows = anyone(ROWS), anyone(ROWS)
    for month in range(6):
        by_hand(rows, month, eventful_parameters())
    live_months(whole, 6)
    assert rows.households.tobytes() == whole.households.tobytes()
    assert rows.enterprises.tobytes() == whole.enterprises.tobytes()
    assert rows.nearby.tobytes() == whole.nearby.tobytes()


def test_where_no_firm_is_open_there_are_no_practices_to_see():
    people = anyone(ROWS)
    people.enterprises.alive = 0
    people.start_rate = 0.0
    live_months(people, 1)
    assert np.all(people.nearby.practices == 0.0)
    assert np.all(people.nearby.failures == 0.0)


def test_a_firm_that_opens_and_closes_in_one_month_has_failed():
    home = Home(
        alive=0, capital=0.0, savings=1e8, livelihood=CASUAL_WORK, frame=1, street_base=50.0
    )
    assert home.live(start_rate=1e9)
    assert home.sums[indicators.STARTED] == home.sums[indicators.CLOSED] == 1.0


def test_a_month_tells_whether_a_firm_closed():
    for key in KEYS[:100]:
        home = Home(key=key, closure_base=-1.0)
        assert home.live() == (home.e.alive == 0) == (home.sums[indicators.CLOSED] == 1.0)
    assert not Home(alive=0, livelihood=CASUAL_WORK, savings=0.0).live()


def test_open_firms_take_over_practices_from_better_neighbours_only():
    better, worse = ({"practices": level} for level in (1.0, -1.0))
    lagging, leading = (Home(imitation=0.05, nearby=nearby) for nearby in (better, worse))
    for home in (lagging, leading):
        enterprise.imitate(home.e, home.nearby, home.p)
    assert lagging.e.practices == pytest.approx(0.05)
    assert leading.e.practices == 0.0
    for state, learnt in (({}, 0.05), ({"alive": 0, "savings": 0.0}, 0.0)):
        home = Home(imitation=0.05, nearby=better, closure_base=-50.0, **state)
        home.live()
        assert home.e.practices == pytest.approx(learnt)
    assert Home(nearby=better).p.imitation == 0.0


def start(home):
    return home.maybe_start(start_rate=0.3)


def test_failures_near_by_discourage_starts_by_their_parameter():
    closed = {"alive": 0, "capital": 0.0, "savings": 1e8, "livelihood": CASUAL_WORK}
    failures = {"failures": 0.1}
    usual = those(start, **closed, nearby=failures)
    assert usual == those(start, **closed, discouragement=10.0)
    fewer = those(start, **closed, nearby=failures, discouragement=10.0)
    assert 0 < len(fewer) < len(usual) < len(KEYS)
    assert fewer < usual
    # The chance is exp(-1) of what it was: .3 x exp(.7 x .67) becomes .18; five standard errors.
    assert len(fewer) == pytest.approx(len(KEYS) * 0.3 * math.exp(0.7 * 1.6 / 2.4 - 1.0), abs=27)


def test_neighbours_are_seen_a_month_later():
    """Better practices change their firm at once, those of neighbours only in the next month."""
    one, other = anyone(ROWS), anyone(ROWS)
    row = int(np.flatnonzero(one.enterprises.alive)[0])
    other.enterprises.practices[row] += 5.0
    number = one.households.neighbourhood
    others = set(np.flatnonzero(number == number[row])) - {row}
    changed = []
    for _ in range(2):
        for each in (one, other):
            live_months(each, 1)
        now = np.flatnonzero(one.enterprises.practices != other.enterprises.practices)
        changed.append(set(now) - {row})
    assert changed[0] == set()
    assert changed[1]
    assert changed[1] <= others


def test_nothing_else_of_the_neighbours_is_known():
    assert NEARBY.names == ("owing", "failures", "practices")
    strained = Home(savings=0.0, books=1, nearby={"owing": 1.0}, illness=0.0, closure_base=-50.0)
    alone = Home(savings=0.0, books=1, illness=0.0, closure_base=-50.0)
    for home in (strained, alone):
        home.h.mean_income = 0.0
        home.e.scale = 1.0
        home.live()
    assert strained.sums[ledger.KIN_LENT] == pytest.approx(0.5 * alone.sums[ledger.KIN_LENT])


# The arisan


ARISAN = {"arisan_contribution": 100_000.0, "arisan_members": 12.0, "savings": 1e6}


def test_an_arisan_is_paid_into_where_savings_allow():
    home = Home(**ARISAN, serial=1, weight=2.0)
    home.save_in_arisan()
    assert (home.h.savings, home.h.arisan) == (9e5, 1)
    assert home.sums[ledger.ARISAN_PAID] == 2e5
    for out in (
        {"savings": 99_999.0},
        {"can_work": 0, "livelihood": NO_WORK},
        {"livelihood": STREET_WORK},
        {"livelihood": SHELTERED},
        {"arisan_paid": 255},
    ):
        changes = {**ARISAN, **out}
        most = changes.pop("arisan_paid", 0)
        stays_out = Home(**changes, serial=1)
        stays_out.h.arisan = most
        stays_out.save_in_arisan()
        assert stays_out.h.savings == changes["savings"]
        assert stays_out.h.arisan == most


def test_an_arisan_pays_out_what_was_paid_in_when_the_turn_comes():
    home = Home(**ARISAN, serial=5)
    drawn = []
    for month in range(48):
        home.save_in_arisan(month)
        home.h.savings -= 2e4  # something is eaten, so that some contributions are missed
        if home.sums[ledger.ARISAN_DRAWN] > sum(drawn):
            drawn.append(home.sums[ledger.ARISAN_DRAWN] - sum(drawn))
            assert month % 12 == 7
    assert len(drawn) == 4
    assert drawn[0] == 8 * 100_000.0
    held = home.h.arisan * home.p.arisan_contribution
    assert home.sums[ledger.ARISAN_PAID] == home.sums[ledger.ARISAN_DRAWN] + held
    assert home.h.savings + held == pytest.approx(1e6 - 48 * 2e4)


def test_who_left_for_the_street_still_draws_what_was_paid_in():
    home = Home(**{**ARISAN, "savings": 0.0}, serial=0, livelihood=STREET_WORK, alive=0)
    home.h.arisan = 7
    home.save_in_arisan(month=12)
    assert (home.h.savings, home.h.arisan) == (7e5, 0)
