"""Counterfactuals: what a programme does not touch stays as it was, to the bit."""

import numpy as np
import pytest

from calibration import synthesis
from calibration.settle import settle
from simulation import parameters
from simulation.records import ONLINE_MARKET, PLATFORM
from tests import worlds
from tests.worlds import everything, in_step, model, people, programme, rows_apart, same_sums, twin

MONTH = 5
LARGE = 1e9  # rupiah


# A programme that does nothing, or not yet


def test_a_programme_without_seats_changes_nothing():
    empty = model([everything(seats=0, starts=0)], months=24).run()
    assert len(rows_apart(empty, twin(24))) == 0
    assert same_sums(empty, twin(24))
    assert empty.providers[0].cost == 0.0


def test_a_programme_without_seats_changes_nothing_beside_another():
    alone = model([everything()], months=12).run()
    beside = model([everything(), everything(name="empty", seats=0)], months=12).run()
    assert len(rows_apart(alone, beside)) == 0
    assert same_sums(alone, beside)


def test_a_gift_of_nothing_changes_nothing():
    rows = np.arange(10)
    given = model(gifts=[(2, rows, np.zeros(10))]).run()
    assert len(rows_apart(given, twin(12))) == 0
    assert same_sums(given, twin(12))


@pytest.mark.parametrize("starts", [1, 4, 9])
def test_a_programme_changes_nothing_before_it_starts_and_then_first_whom_it_enrols(starts):
    helped, without = model([everything(starts=starts)]), model()
    for month in in_step(helped, without):
        apart = rows_apart(helped, without)
        if month < starts:
            assert len(apart) == 0
        if month == starts:
            assert sorted(apart) == sorted(helped.providers[0].enrolled)
    assert len(apart) > len(helped.providers[0].enrolled), "nobody else ever felt it"


def test_another_programme_does_not_change_whom_the_first_intake_enrols():
    cash = programme("cash", cash=worlds.CASH, starts=0)
    pairs = [[everything()], [cash, everything()], [everything(), cash]]
    first = [
        next(p for p in model(each, months=3).run().providers if p.terms.name == "tried")
        for each in pairs
    ]
    enrolled = [provider.cohorts[0].rows for provider in first]
    shared = [np.isin(enrolled[0], rows).mean() for rows in enrolled]
    assert shared[0] == 1.0
    assert min(shared) > 0.7, "last month's cash moves few of the others out of the target"


# Provinces


@pytest.fixture(scope="module")
def two_provinces():
    """Yogyakarta and Bali, where nobody sells on the national market.

    In Bali nobody can be enrolled, as nobody there stands for two households or fewer.
    """
    names = ("DI Yogyakarta", "Bali")
    cells = [cell for name in names for cell in synthesis.cells(name)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesis, "cells", lambda area: cells)
        population, _ = synthesis.people(" and ".join(names), 2000, 1)
    population.enterprises.stage[:] = 0
    population.households.weight[in_province(population, 1)] += 2.0
    settle(population, cells, parameters.values(), 1)
    return worlds.locked(population)


def in_province(population, number):
    return population.districts["province"][population.households.district] == number


def test_a_programme_in_one_province_changes_nothing_in_another(two_provinces):
    helped = model([everything()], two_provinces, months=24).run()
    without = model((), two_provinces, months=24).run()
    assert two_provinces.provinces == ("DI Yogyakarta", "Bali")
    apart = np.zeros(len(two_provinces), bool)
    apart[rows_apart(helped, without)] = True
    assert not apart[in_province(two_provinces, 1)].any()
    others = in_province(two_provinces, 0)
    others[helped.providers[0].enrolled] = False
    assert apart[others].any(), "nobody else in the province felt it, so this shows nothing"


def test_provinces_do_share_the_national_market(two_provinces):
    online = two_provinces.copy()
    online.enterprises.stage[:] = PLATFORM
    online.base[:, -1] = online.base[:, 2:-1].sum(axis=1) + 1.0
    helped = model([everything()], online, months=6).run()
    without = model((), online, months=6).run()
    apart = rows_apart(helped, without)
    assert in_province(online, 1)[apart].any()


# A gift to one household

SCARCE = {"kin_strain": 1.0, "kin_limit": 0.2}
"""Kin lend so little that neighbours who owe them make a difference."""


def values(deaf=False, **changes):
    """Return parameters; `deaf` markets answer to nothing, beyond what the table allows."""
    found = parameters.values({**SCARCE, **changes})
    if deaf:
        for name in ("demand_response", "income_response", "finding_work"):
            found[name] = 0.0
    return found


def gift_to(row, population, months, given_values):
    """Return a model with one gift and its twin."""
    gifts = [(MONTH, np.array([row]), np.array([LARGE]))]
    return tuple(
        model((), population, values=given_values, months=months, gifts=each)
        for each in (gifts, ())
    )


def neighbours(population, row):
    return rows_like(population.households.neighbourhood, row)


def in_district(population, row):
    return rows_like(population.households.district, row)


def rows_like(column, row):
    return set(np.flatnonzero(column == column[row]).tolist())


def sellers_online(population):
    e = population.enterprises
    online = (e.alive == 1) & (e.stage == PLATFORM) & (e["product"] > 0)
    return set(np.flatnonzero(online).tolist())


def apart_by(given, without):
    return set(rows_apart(given, without).tolist())


def borrower(population, given_values):
    """Return an owner who owes kin where most neighbours do, at the end of the gift's month."""
    run = model((), population, values=given_values, months=MONTH + 1).run().population
    h = run.households
    ask = (h.kin_debt > 0) & (run.enterprises.alive == 1) & (h.frame == 0)
    return int(np.argmax(ask * run.owing[h.neighbourhood]))


def test_a_gift_reaches_only_its_household_before_anyone_can_notice():
    row = borrower(people(), values())
    given, without = gift_to(row, people(), MONTH + 1, values())
    for month in in_step(given, without):
        assert apart_by(given, without) == (set() if month < MONTH else {row})


def test_a_month_later_a_gift_reaches_at_most_its_district_and_the_sellers_online():
    """Neighbours see who owes kin; the district its own markets; sellers online the nation's."""
    row = borrower(people(), values())
    given, without = gift_to(row, people(), MONTH + 2, values())
    for month in in_step(given, without):
        if month == MONTH:
            online = sellers_online(given.population)
    apart = apart_by(given, without)
    assert online - in_district(people(), row), "nobody elsewhere sells online"
    assert apart <= in_district(people(), row) | online
    assert {row} < apart


def test_with_nobody_online_a_gift_never_leaves_its_district():
    population = people().copy()
    population.enterprises.stage[:] = 0
    row = borrower(population, values())
    given, without = gift_to(row, population, 24, values())
    for month in in_step(given, without):
        apart = apart_by(given, without)
        assert apart <= (in_district(population, row) if month > MONTH else {row})
    assert apart - neighbours(population, row), "no market carried it beyond the neighbourhood"


def test_where_no_market_answers_a_gift_never_leaves_its_neighbourhood():
    row = borrower(people(), values(deaf=True))
    given, without = gift_to(row, people(), 24, values(deaf=True))
    for month in in_step(given, without):
        apart = apart_by(given, without)
        assert apart <= (neighbours(people(), row) if month > MONTH else {row})
    assert {row} < apart, "no neighbour felt it"


def test_where_kin_do_not_mind_either_a_gift_stays_with_its_household():
    alone = values(deaf=True, kin_strain=0.0)
    row = borrower(people(), alone)
    given, without = gift_to(row, people(), 24, alone)
    for month in in_step(given, without):
        assert apart_by(given, without) == ({row} if month >= MONTH else set())


def test_online_market_is_the_last_market():
    assert people().base.shape[1] == 2 + ONLINE_MARKET + 1
