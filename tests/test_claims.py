"""What a programme claims, beside what it did to the same people."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from scenarios.compare import compare
from scenarios.files import read
from scenarios.runs.claims import claimed, claims, money
from scenarios.runs.replicates import programmes_of
from scenarios.schema import Scenario
from simulation.measures import internal_rate_of_return
from simulation.programmes.account import DONOR, GOVERNMENT, INVESTOR
from simulation.programmes.programme import Programme
from simulation.trace import follow
from tests.traces import intake, kept, people, trace
from tests.worlds import EQUITY, everything, model

ALL = np.arange(60)


def of(kpi="none", **terms):
    """Return the terms of a programme that is paid by this KPI."""
    given = {"name": "tried", "target": {"group": "households"}, "starts": 0, "seats": 60}
    return Programme.model_validate({**given, "kpi": kpi, "cash": {"amount": 0.0}, **terms})


def told(standings, without, at_enrolment=0.9, programme=None, **fields):
    """Return what is claimed of sixty, whose standing over the last year was this and that."""
    population = people(**fields)
    programme = programme or kept(intake(ALL, standing=np.full(60, at_enrolment)))
    run = trace(population, ALL, [programme], year_mean=standings)
    return claims(population, run, trace(population, ALL, year_mean=without), programme)


# Lifted out: claimed, true, anyway


def test_who_recovers_in_the_twin_too_counts_as_anyway():
    found = told(standings=1.1, without=1.1)
    assert found["claimed_lifted"] == found["anyway_lifted"] == 60 * 4
    assert found["true_lifted"] == 0.0


def test_whom_the_programme_alone_lifts_is_claimed_and_true():
    found = told(standings=1.1, without=0.9)
    assert found["claimed_lifted"] == found["true_lifted"] == 60 * 4
    assert found["anyway_lifted"] == 0.0


def test_whom_the_programme_pushes_in_is_not_in_the_claim():
    standings, without = np.full(60, 1.1), np.full(60, 1.1)
    standings[:10], without[:20] = 0.9, 0.9
    standings[20:25] = 0.9
    found = told(standings, without, members=3, weight=2.0)
    assert found["claimed_lifted"] == 45 * 6
    assert found["true_lifted"] == (10 - 5) * 6
    assert found["anyway_lifted"] == 35 * 6
    assert found["enrolled"] == 120.0


def test_who_was_above_the_line_on_the_day_of_enrolment_cannot_be_claimed():
    found = told(standings=1.2, without=0.9, at_enrolment=1.0)
    assert found["claimed_lifted"] == 0.0
    assert found["true_lifted"] == 60 * 4


def test_claims_are_of_one_programme():
    population = people()
    ours, theirs = kept(intake(ALL[:30])), kept(intake(ALL[30:]))
    lifted = np.where(ALL < 30, 1.1, 0.9)
    run = trace(population, ALL, [ours, theirs], year_mean=lifted)
    twin = trace(population, ALL, year_mean=0.9)
    both = [claims(population, run, twin, each)["true_lifted"] for each in (ours, theirs)]
    assert both == [30 * 4, 0.0]


def test_fewer_than_thirty_are_not_shown():
    population = people()
    run = trace(population, ALL[:29], [kept(intake(ALL[:29]))])
    twin = trace(population, ALL)
    found = claims(population, run, twin, run.programmes[0])
    assert all(np.isnan(value) for name, value in found.items() if name != "recovered")


# Profit: against the day of enrolment, and against the twin


def test_profit_against_the_day_of_enrolment_and_against_the_twin():
    population = people()
    programme = kept(intake(ALL, profit=np.full(60, 5e5)))
    run = trace(population, ALL, [programme], profit=9e5)
    # The twin follows more rows, in another order.
    twin = trace(population, ALL[::-1], profit=8e5)
    found = claims(population, run, twin, programme)
    assert found["before_after_profit"] == pytest.approx(4e5)
    assert found["true_profit"] == pytest.approx(1e5)


def test_months_before_enrolment_are_nobodys_success():
    population = people()
    late = kept(intake(ALL, month=20, profit=np.full(60, 5e5)))
    run = trace(population, ALL, [late], since=20, profit=9e5)
    without = np.where(np.arange(24)[:, None] < 20, 1e9, 8e5) * np.ones((1, 60))
    twin = trace(population, ALL, profit=without)
    found = claims(population, run, twin, late)
    assert (found["before_after_profit"], found["true_profit"]) == pytest.approx((4e5, 1e5))


# The KPI as the provider reckons it


def kpi(name, *intakes, programme=None, standing=0.9, **fields):
    population = people(**fields)
    programme = programme or kept(*intakes, terms=of(name))
    run = trace(population, programme.rows, [programme], standing=standing)
    return claimed(population, run, programme)


def test_completion_is_of_those_whose_course_is_over():
    done = np.arange(30) < 12
    over, running = intake(ALL[:30], completed=done), intake(ALL[30:], over=False)
    assert kpi("completion", over, running) == pytest.approx(40.0)
    assert np.isnan(kpi("completion", running))


def test_numbers_are_of_the_seats_offered():
    assert kpi("numbers", programme=kept(intake(ALL), seats=80.0, terms=of("numbers"))) == 75.0


@pytest.mark.parametrize(("budget", "share"), [(4e8, 50.0), (None, 20.0)])
def test_absorption_is_of_the_budget_or_else_of_what_the_seats_cost(budget, share):
    paid = [(0, GOVERNMENT, 1.5e8), (3, DONOR, 0.5e8)]
    terms = of("absorption", **({"budget": budget} if budget else {}))
    assert kpi("absorption", programme=kept(intake(ALL), paid=paid, terms=terms)) == share


def test_growth_is_of_firms_that_run_with_more_profit_than_at_enrolment():
    profit, now = np.full(60, 1e5), np.full(60, 2e5)
    now[:15] = 1e5
    now[15:24] = np.nan  # closed
    assert kpi("growth", intake(ALL, profit=profit, profit_now=now)) == pytest.approx(60.0)


def test_a_closed_firm_has_not_grown_from_a_loss():
    closed = intake(ALL, profit=np.full(60, -1e5), profit_now=np.full(60, np.nan))
    assert kpi("growth", closed) == 0.0


def test_poverty_is_of_those_below_the_line_at_enrolment():
    before = np.where(ALL < 40, 0.8, 1.2)
    now = np.where(ALL < 10, 1.1, 0.9)
    assert kpi("poverty", intake(ALL, standing=before), standing=now) == pytest.approx(25.0)
    assert np.isnan(kpi("poverty", intake(ALL, standing=np.where(ALL < 29, 0.8, 1.2))))


def test_a_programme_without_a_kpi_claims_no_percent():
    assert np.isnan(kpi("none", intake(ALL)))


# Over replicates


def replicates(claimed, true, anyway=(0.0,), recovered=50.0):
    """Return the one row of a programme, of so many replicates."""
    place = {"scenario": "ours", "programme": "tried", "kpi": "none", "payer": ""}
    rows = [
        {**place, "claimed_lifted": c, "true_lifted": t, "anyway_lifted": a, "recovered": recovered}
        for c, t, a in np.broadcast(claimed, true, anyway)
    ]
    (row,) = programmes_of(rows).to_dict("records")
    return row


def test_the_ratio_is_of_means_where_the_true_effect_is_clear_of_nothing():
    row = replicates([100.0, 110.0, 90.0], [10.0, 11.0, 9.0])
    assert (row["ratio"], row["ratio_low"], row["ratio_high"]) == pytest.approx((10.0, 10.0, 10.0))
    row = replicates([100.0, 110.0, 90.0], [11.0, 10.0, 9.0])
    assert row["ratio"] == pytest.approx(10.0)
    assert row["ratio_low"] < 9.9 < 10.1 < row["ratio_high"]


@pytest.mark.parametrize("true", [[10.0, -10.0, 3.0], [0.0, 0.0, 0.0], [10.0]])
def test_there_is_no_ratio_where_the_true_effect_may_be_nothing(true):
    assert np.isnan(replicates(100.0, true)["ratio"])


def test_anyway_is_a_share_of_those_claimed():
    row = replicates([100.0, 50.0], 10.0, anyway=[60.0, 60.0])
    assert row["anyway"] == pytest.approx(80.0)
    assert row["anyway_high"] <= 100.0
    assert np.isnan(replicates(100.0, 10.0, anyway=60.0, recovered=29.0)["anyway"])


def test_no_programme_is_an_empty_table():
    assert len(programmes_of([])) == 0
    assert {"scenario", "programme", "claimed", "ratio_low"} <= set(programmes_of([]))


# Who pays: on runs in which money moves in every direction

FUNDING = {
    "donor": 0.3,
    "investor": 0.1,
    "co_investment": 0.25,
    "first_loss": 0.2,
    "outcome": 5e5,
    "outcome_of": "completion",
    "outcome_payer": "donor",
}


def shared_funding():
    """Return a programme whose cost and risk government, donor and investor share."""
    terms = everything(cash=None, funding=FUNDING, finance=EQUITY, seats=20)
    assert terms.finance.payer == "investor"
    return terms


@cache
def shared_run():
    return follow(model([shared_funding()], months=24))


def the_scenario():
    return Scenario(name="ours", months=24, programmes=[shared_funding()])


def test_what_payers_pay_is_what_the_programme_costs():
    table = money(the_scenario(), 3, shared_run())
    (programme,) = shared_run().programmes
    assert table.groupby("payer").paid.sum().gt(0).to_dict() == {
        "government": True,
        "donor": True,
        "investor": True,
    }
    assert table.paid.sum() == pytest.approx(programme.cost)
    assert programme.cost == pytest.approx(shared_run().cost)
    assert (table.net == table.recovered + table.transferred - table.paid).all()
    assert set(table.replicate) == {3}
    assert table.month.nunique() == 24
    assert table.month.min() == "2023-04"


def test_what_payers_hand_each_other_adds_up_to_nothing_in_every_month():
    table = money(the_scenario(), 0, shared_run())
    assert table.transferred.abs().sum() > 0
    by_month = table.groupby("month").transferred.sum()
    np.testing.assert_allclose(by_month, 0.0, atol=1e-6)


def test_who_takes_no_part_is_left_out():
    run = follow(model([everything(finance=None, scoring=None)], months=6))
    scenario = Scenario(name="ours", months=6)
    assert set(money(scenario, 0, run).payer) == {"government"}
    assert len(money(scenario, 0, follow(model(months=6)))) == 0


def test_the_irr_can_be_recomputed_from_the_payers_table():
    seats = ["programmes.sedaya.seats=40", "programmes.sedaya.intakes=2"]
    small = ["households=2500", "months=24", "replicates=2", *seats]
    found = compare([read("sedaya-package", small)])
    investor = found.payers[found.payers.payer == "investor"]
    rates, real = [], []
    for _, run in investor.groupby("replicate"):
        flows = run.groupby("month").net.sum()
        prices = run.groupby("month").prices.first()
        rates.append(100.0 * internal_rate_of_return(flows.to_numpy()))
        real.append(100.0 * internal_rate_of_return((flows / prices).to_numpy()))
    table = found.table[found.table.variant == "scenario"].set_index("indicator")
    assert table.value["irr"] == pytest.approx(np.mean(rates))
    assert table.value["irr_real"] == pytest.approx(np.mean(real))
    assert table.value["irr"] > table.value["irr_real"]
    cost = found.payers.groupby("replicate").paid.sum().mean()
    (claim,) = found.programmes.to_dict("records")
    assert claim["cost"] == pytest.approx(cost) == table.value["cost"]
    net = -investor.groupby("replicate").net.sum().mean()
    assert table.value["cost_investor"] == pytest.approx(net)


def test_the_money_table_has_its_columns_even_where_it_is_empty():
    empty = money(Scenario(name="ours", months=6), 0, follow(model(months=6)))
    full = money(the_scenario(), 0, shared_run())
    assert empty.columns.tolist() == full.columns.tolist()
    assert pd.concat([empty, full]).dtypes.equals(full.dtypes)


def test_investors_flows_are_what_they_put_in_and_get_out():
    (programme,) = shared_run().programmes
    put_in = programme.paid[:, INVESTOR].sum()
    got = programme.recovered[:, INVESTOR].sum() + programme.transferred[:, INVESTOR].sum()
    assert programme.flows[:, INVESTOR].sum() == pytest.approx(got - put_in)
