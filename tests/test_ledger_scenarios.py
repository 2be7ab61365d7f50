"""Every rupiah of every library scenario: what a month's flows say is what the stocks did."""

from functools import cache

import numpy as np
import pytest

from scenarios.files import names, read
from simulation import ledger
from simulation.ledger import N_FLOWS, NAMES
from tests.worlds import GRANT, everything, in_step, model, people

CLOSES_TO = 1e-9  # of the month's gross flow
SEATS, MONTHS = 20, 36
OURS = {"grants": [everything(scoring=None, finance=GRANT)]}
"""Beside the library: the one kind of money that it does not hand out."""

NEVER_IN_LIBRARY = {ledger.GRANTED_TO_ENTERPRISE}


def stocks(population):
    """Return what households and enterprises have and owe, rupiah at weight."""
    h, e = population.households, population.enterprises
    columns = {
        "households": h.savings,
        "enterprises": e.capital,
        "owed to kin": h.kin_debt,
        "owed to moneylenders": h.debt,
    }
    return {name: float((h.weight * column).sum()) for name, column in columns.items()}


def lived(programmes, **options):
    """Return by month the stocks before, the stocks after, and the flows; and the model."""
    run = model(programmes, **options)
    months, before = [], stocks(run.population)
    for month in in_step(run):
        after = stocks(run.population)
        months.append((before, after, run.flows[month].copy()))
        before = after
    return months, run


@cache
def scenario(name):
    """Return what `lived` does of a scenario, with fewer seats, for people are few."""
    programmes = OURS.get(name) or [
        each.model_copy(update={"seats": min(each.seats, SEATS)}) for each in read(name).programmes
    ]
    return lived(programmes, months=MONTHS)


each_scenario = pytest.mark.parametrize("name", [*names(), *OURS])


def gaps(before, after, flows):
    """Return by stock how far flows and stocks are apart, in gross flows of the month."""
    change = ledger.changes(flows)
    gross = np.abs(flows).sum()
    return {name: abs(after[name] - before[name] - change[name]) / gross for name in before}


@each_scenario
def test_every_sector_closes_in_every_month(name):
    for before, after, flows in scenario(name)[0]:
        assert max(gaps(before, after, flows).values()) < CLOSES_TO


@each_scenario
def test_providers_spend_what_they_are_given(name):
    for _, _, flows in scenario(name)[0]:
        spent = flows[ledger.PROGRAMME_SPENT] + flows[ledger.MENTORS_PAID]
        assert spent == pytest.approx(flows[ledger.PROGRAMME_FUNDED], rel=CLOSES_TO)


@each_scenario
def test_investors_flows_are_payments_less_investments(name):
    months, run = scenario(name)
    investors = [p.investor for p in run.providers if p.investor and p.investor.terms.share > 0]
    for month, (_, _, flows) in enumerate(months):
        invested = flows[ledger.EQUITY_INVESTED] + flows[ledger.EQUITY_LEAKED]
        net = sum(investor.flows[month] for investor in investors)
        assert net == pytest.approx(flows[ledger.CONTRACT_PAID] - invested, rel=CLOSES_TO)
        assert ledger.changes(flows)["investors"] == pytest.approx(net, rel=CLOSES_TO)


@each_scenario
def test_a_providers_cost_is_what_the_ledger_says(name):
    months, run = scenario(name)
    paid_for = [
        ledger.PROGRAMME_FUNDED,
        ledger.GRANTED_TO_ENTERPRISE,
        ledger.GRANTED_TO_HOUSEHOLD,
        ledger.EQUITY_INVESTED,
        ledger.EQUITY_LEAKED,
    ]
    total = sum(flows[paid_for].sum() for _, _, flows in months)
    assert sum(p.cost for p in run.providers) == pytest.approx(total, rel=CLOSES_TO)


def test_a_funds_cash_moves_as_the_ledger_says():
    terms = everything()
    terms = terms.model_copy(update={"finance": terms.finance.model_copy(update={"fund": 6e7})})
    run = model([terms])
    (investor,) = [p.investor for p in run.providers]
    for month in range(run.months):
        before = investor.cash
        run.step()
        change = ledger.changes(run.flows[month])["investors"]
        assert investor.cash - before == pytest.approx(change, abs=1e-6)
    assert investor.cash != terms.finance.fund


# The check is one that can fail


def flows_of_all():
    return sum(flows for name in [*names(), *OURS] for _, _, flows in scenario(name)[0])


def test_every_flow_occurs_but_those_named_here():
    library = sum(flows for name in names() for _, _, flows in scenario(name)[0])
    assert set(np.flatnonzero(library == 0)) == NEVER_IN_LIBRARY
    assert (flows_of_all() > 0).all()


@pytest.mark.parametrize("flow", range(N_FLOWS), ids=lambda flow: NAMES[flow].replace(" ", "-"))
def test_a_posting_left_out_is_noticed(flow):
    """In every month of some scenario in which the flow occurs."""
    tried = 0
    for name in [*names(), *OURS]:
        for before, after, flows in scenario(name)[0]:
            if not flows[flow]:
                continue
            tried += 1
            flows = flows.copy()
            flows[flow] = 0.0
            closes = max(gaps(before, after, flows).values()) < CLOSES_TO
            funded = flows[ledger.PROGRAMME_FUNDED]
            spent = flows[ledger.PROGRAMME_SPENT] + flows[ledger.MENTORS_PAID]
            assert not (closes and spent == pytest.approx(funded, rel=CLOSES_TO)), NAMES[flow]
    assert tried


def test_gifts_to_the_same_household_are_all_given():
    """A row that is named twice gets two gifts, as the ledger says."""
    rows = np.array([7, 7, 9])
    months, _ = lived((), gifts=[(1, rows, np.full(3, 1e6))], months=3)
    for before, after, flows in months:
        assert max(gaps(before, after, flows).values()) < CLOSES_TO


# One by one


def test_households_audited_one_by_one():
    run = model([everything()])
    sample = np.random.default_rng(1).choice(len(people()), 50, replace=False)
    for _ in range(run.months):
        run.begin_month()
        audited = np.unique(np.concatenate([sample, run.providers[0].enrolled]))
        for row in range(len(people())):
            before = one_stocks(run.population, row) if row in audited else None
            run.live_row(row)
            if before:
                after = one_stocks(run.population, row)
                flows = run._rows_now[row, :N_FLOWS]
                assert max(gaps(before, after, flows).values()) < CLOSES_TO, row
        run.end_month()


def one_stocks(population, row):
    """Return the same as `stocks` of one household."""
    h, e = population.households[row], population.enterprises[row]
    amounts = {
        "households": h.savings,
        "enterprises": e.capital,
        "owed to kin": h.kin_debt,
        "owed to moneylenders": h.debt,
    }
    return {name: float(h.weight * amount) for name, amount in amounts.items()}
