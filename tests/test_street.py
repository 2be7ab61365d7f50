"""The street, and the rehabilitation house that providers give places in."""

import pytest

from simulation import indicators, ledger
from simulation.records import CASUAL_WORK, SHELTERED, STREET_WORK, WAGE_WORK
from tests.households import ALWAYS, KEYS, NEVER, Home, those

ON_STREET = {"frame": 1, "alive": 0, "livelihood": STREET_WORK}
HOUSED = {"frame": 1, "livelihood": CASUAL_WORK, "alive": 0, "documents": 0, "street_base": -1.0}


def returns(home, unmet=0.0):
    home.choose_street(unmet)
    return home.h.livelihood == STREET_WORK


def test_who_is_taken_into_rehabilitation_leaves_the_street():
    taken, left = Home(**ON_STREET, rehabilitation=1.0), Home(**ON_STREET, rehabilitation=0.0)
    taken.choose_street()
    left.choose_street()
    assert taken.h.livelihood == CASUAL_WORK
    assert taken.sums[indicators.REHABILITATED] == 1.0
    assert left.h.livelihood == STREET_WORK
    assert left.sums[indicators.ON_STREET] == 1.0


@pytest.mark.parametrize(
    "hold",
    [
        {"ties": 1.0},
        {"motivation": 1.0},
        {"documents": 1},
        {"alive": 1},
        {"visits": 1},
        {"smoothed": 1e7},
        {"street_pay": 30_000.0},
    ],
    ids=lambda hold: next(iter(hold)),
)
def test_what_holds_people_off_the_street(hold):
    usual = those(returns, **HOUSED)
    assert 0 < len(usual) < len(KEYS)
    assert usual > those(returns, **{**HOUSED, **hold})


def test_hunger_sends_people_back_to_the_street_and_closes_their_firm():
    assert those(returns, **HOUSED) < those(lambda home: returns(home, unmet=0.5), **HOUSED)
    home = Home(frame=1, street_base=ALWAYS)
    home.choose_street()
    assert home.h.livelihood == STREET_WORK
    assert (home.e.alive, home.e.capital) == (0, 0.0)
    assert home.sums[indicators.RETURNED] == home.sums[indicators.CLOSED] == 1.0


def test_only_street_people_go_to_the_street():
    home = Home(street_base=ALWAYS, closure_base=NEVER)
    home.live()
    assert home.h.livelihood == WAGE_WORK


# The house

GUEST = {**ON_STREET, "sheltered": 3, "savings": 5e6, "illness": 0.0, "street_base": ALWAYS}


def test_a_place_in_the_house_is_taken_at_once_and_left_when_its_months_are_over():
    home = Home(**GUEST, rehabilitation=1.0)
    lived = []
    for month in range(4):
        home.live(month, start_rate=1e9 if month < 3 else 0.0)
        lived.append((int(home.h.livelihood), int(home.h.sheltered)))
    assert lived == [(SHELTERED, 2), (SHELTERED, 1), (CASUAL_WORK, 0), (STREET_WORK, 0)]
    assert home.sums[indicators.SHELTERED_NOW] == 3.0
    assert home.sums[indicators.RETURNED] == 1.0
    assert home.sums[indicators.ON_STREET] == home.sums[indicators.REHABILITATED] == 0.0
    assert home.sums[indicators.STARTED] == 0.0
    assert home.sums[indicators.SEEKERS] == 1.0  # in the month in which the house was left


def test_guests_earn_nothing_and_gain_ties_and_motivation():
    home = Home(**GUEST)
    home.live()
    assert home.sums[ledger.WAGES] == home.sums[ledger.STREET_TAKINGS] == 0.0
    assert home.h.ties == home.p.house_ties
    assert home.h.motivation == home.p.house_motivation
    home.live(1)
    assert home.h.ties == pytest.approx(home.p.house_ties * (2.0 - home.p.state_decay))


def test_a_guests_luck_is_drawn_as_anywhere_else():
    guest, other = Home(**GUEST), Home(**{**GUEST, "sheltered": 0})
    guest.live()
    other.live()
    assert guest.h.persistent == other.h.persistent != 0.0


def test_guests_eat_what_they_have_borrow_nothing_and_keep_their_usual_income():
    home = Home(**{**GUEST, "savings": 3e6, "debt": 1e5, "kin_debt": 1e5}, kin_limit=1.0)
    home.live()
    assert home.h.smoothed == 4e6
    assert home.h.consumption == 3e6
    assert home.sums[ledger.KIN_LENT] == home.sums[ledger.LENDER_LENT] == 0.0
    hungry = Home(**{**GUEST, "savings": 0.0})
    hungry.live()
    assert hungry.h.consumption == pytest.approx(hungry.p.floor_share * 4e6)
    assert hungry.sums[ledger.RELIEF] == pytest.approx(hungry.h.consumption)


def test_a_firm_closes_when_its_owner_moves_into_the_house():
    home = Home(frame=1, sheltered=2, contract=1, savings=5e6)
    assert home.live()
    assert (home.e.alive, home.e.contract, home.e.capital) == (0, 0, 0.0)
    assert home.h.livelihood == SHELTERED
    assert home.sums[indicators.CLOSED] == 1.0
    assert home.sums[ledger.REVENUE] == home.sums[ledger.CONTRACT_PAID] == 0.0
    assert home.sums[ledger.WOUND_UP] == pytest.approx(home.p.fire_sale * 1.32e7)
    assert not home.live(1)


def test_who_loses_the_place_looks_for_work_again():
    home = Home(**{**GUEST, "street_base": NEVER, "livelihood": SHELTERED, "sheltered": 0})
    home.live(start_rate=0.0)
    assert home.h.livelihood == CASUAL_WORK
    assert home.sums[indicators.SHELTERED_NOW] == 0.0 < home.sums[ledger.WAGES]


def test_only_street_people_move_into_the_house():
    home = Home(sheltered=5, closure_base=NEVER)
    home.live()
    assert (home.h.livelihood, home.e.alive, home.h.sheltered) == (WAGE_WORK, 1, 5)
    assert home.sums[indicators.SHELTERED_NOW] == 0.0
