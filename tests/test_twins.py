"""Counterfactuals: what a programme does not touch stays as it was, to the bit."""

from dataclasses import replace

import numpy as np
import pytest

from calibration import synthesis
from calibration.settle import settle
from simulation import parameters
from simulation.records import FINISHED, PLATFORM
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


def test_a_programme_beside_another_enrols_the_same_people():
    cash = programme("cash", cash=worlds.CASH)
    alone, *together = (
        model(each, months=3).run()
        for each in ([everything()], [everything(), cash], [cash, everything()])
    )
    for run in together:
        (beside,) = (p for p in run.providers if p.terms.name == "tried")
        np.testing.assert_array_equal(beside.enrolled, alone.providers[0].enrolled)


# Provinces


@pytest.fixture(scope="module")
def two_provinces():
    """Yogyakarta and Bali, where nobody sells on the national market.

    In Bali nobody can be enrolled, as nobody there stands for two households or fewer.
    """
    names = ("DI Yogyakarta", "Bali")
    cells = [cell for name in names for cell in synthesis.cells(name)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesis, "cells", lambda area, period: cells)
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


def test_provinces_share_the_national_market(two_provinces):
    online = replace(two_provinces.copy(), base=two_provinces.base.copy())
    online.enterprises.stage[:] = PLATFORM
    online.enterprises["product"][:] = FINISHED
    online.base[:, -1] = online.base[:, 2:-1].sum(axis=1)
    helped = model([everything()], online, months=6).run()
    without = model((), online, months=6).run()
    assert in_province(online, 1)[rows_apart(helped, without)].any()


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
    """Return an owner who owes kin at the end of the gift's month, where most neighbours do.

    The firm runs on for a year, so that what the owner puts into it reaches the market.
    """
    run = model((), population, values=given_values, months=24)
    while run.month <= MONTH:
        run.step()
    now = run.population
    share = now.nearby.owing[now.households.neighbourhood] * (now.households.kin_debt > 0)
    ages = run.run().population.enterprises.age
    return int(np.argmax(np.where(ages > 24, share, 0.0)))


def test_a_gift_reaches_only_its_household_before_anyone_can_notice():
    row = borrower(people(), values())
    given, without = gift_to(row, people(), MONTH + 1, values())
    for month in in_step(given, without):
        assert apart_by(given, without) == (set() if month < MONTH else {row})


def test_a_gift_spreads_by_districts_and_among_the_sellers_online():
    """A district shares markets and neighbours; the sellers online share the nation's market."""
    row = borrower(people(), values())
    given, without = gift_to(row, people(), 24, values())
    district = people().households.district
    felt, leapt, online = {row}, set(), set()
    for month in in_step(given, without):
        apart = apart_by(given, without)
        if month > MONTH:
            near = set(np.flatnonzero(np.isin(district, district[sorted(felt)])).tolist())
            assert apart <= near | online
            leapt |= apart - near
            felt = apart
        online = sellers_online(given.population)
    assert leapt, "no other district felt it"


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
