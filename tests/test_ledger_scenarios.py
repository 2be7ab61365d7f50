"""Every rupiah of every library scenario: what a month's flows say is what the stocks did."""

from functools import cache

import numpy as np
import pytest

from scenarios.files import names, read
from simulation import ledger
from simulation.ledger import N_FLOWS, NAMES
from simulation.programmes.account import INVESTOR
from simulation.programmes.terms import Funding, Practices
from tests.worlds import COURSE, EQUITY, everything, in_step, model, people

CLOSES_TO = 1e-11  # of the month's gross flow
SEATS, FEW, MONTHS = 12, 8, 36
OURS = {
    "donors": [
        everything(
            finance=EQUITY.model_copy(update={"payer": "donor"}),
            practices=Practices(rewards="milestones", reward=3e5),
        )
    ],
    "success": [
        everything(
            training=COURSE.model_copy(update={"fee": 2e5}),
            funding=Funding(
                donor=0.2, investor=0.1, outcome=3e5, outcome_of="completion", outcome_payer="donor"
            ),
        )
    ],
}
"""Beside the library: kinds of money that it does not hand out."""

ARISAN = {ledger.ARISAN_PAID, ledger.ARISAN_DRAWN}
"""Flows of a mechanism that is off; `test_household_ledger` has them."""
GIFTS = {ledger.GIVEN}
"""The cash benchmark's, which is no programme of the library."""
CALLED_FOR = [
    ledger.FUNDED_BY_GOVERNMENT,
    ledger.FUNDED_BY_DONOR,
    ledger.FUNDED_BY_INVESTOR,
]
SERVICES = [
    ledger.PROGRAMME_SPENT,
    ledger.MENTORS_PAID,
    ledger.REWARDED,
    ledger.KEPT,
    ledger.CASH_PAID,
]
MONEY = [ledger.FINANCED_ENTERPRISE, ledger.FINANCED_HOUSEHOLD]


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


def most(programme):
    """Return how many seats three thousand households can fill; hardly anyone lacks papers."""
    return FEW if programme.target.without_documents else SEATS


@cache
def scenario(name):
    """Return what `lived` does of a scenario, with fewer seats, for people are few."""
    programmes = OURS.get(name) or [
        each.model_copy(update={"seats": min(each.seats, most(each)), "budget": None})
        for each in read(name).programmes
        if not each.target.places
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
        given = flows[[*CALLED_FOR, ledger.FEES_PAID]].sum()
        assert flows[SERVICES].sum() == pytest.approx(given, rel=CLOSES_TO)


@each_scenario
def test_payers_accounts_are_what_the_ledger_says(name):
    months, run = scenario(name)
    for month, (_, _, flows) in enumerate(months):
        paid = sum(p.account.paid[month].sum() for p in run.providers)
        back = sum(p.account.recovered[month].sum() for p in run.providers)
        moved = sum(p.account.transferred[month].sum() for p in run.providers)
        assert paid == pytest.approx(flows[[*CALLED_FOR, *MONEY]].sum(), rel=CLOSES_TO)
        assert back == pytest.approx(
            flows[ledger.CONTRACT_PAID] + flows[ledger.GROUP_COVERED], rel=CLOSES_TO
        )
        assert moved == pytest.approx(0.0, abs=1e-3)
        net = sum(p.account.flows[month, INVESTOR] for p in run.providers)
        assert ledger.changes(flows)["investors"] == pytest.approx(net, rel=CLOSES_TO, abs=1e-3)


@each_scenario
def test_sums_over_payers_are_the_programmes_cost(name):
    months, run = scenario(name)
    total = sum(flows[[*CALLED_FOR, *MONEY]].sum() for _, _, flows in months)
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
    assert set(np.flatnonzero(flows_of_all() == 0)) == ARISAN | GIFTS
    assert (flows_of_all() >= 0).all()


@pytest.mark.parametrize("flow", range(N_FLOWS), ids=lambda flow: NAMES[flow].replace(" ", "-"))
def test_a_posting_left_out_is_noticed(flow):
    """In every month of some scenario in which the flow occurs."""
    tried = 0
    for name in [*names(), *OURS]:
        months, run = scenario(name)
        for month, (before, after, flows) in enumerate(months):
            if not flows[flow]:
                continue
            tried += 1
            flows = flows.copy()
            flows[flow] = 0.0
            closes = max(gaps(before, after, flows).values()) < CLOSES_TO
            given = flows[[*CALLED_FOR, ledger.FEES_PAID]].sum()
            spent = flows[SERVICES].sum()
            paid = sum(p.account.paid[month].sum() for p in run.providers)
            money = flows[[*CALLED_FOR, *MONEY]].sum()
            net = sum(p.account.flows[month, INVESTOR] for p in run.providers)
            funds = ledger.changes(flows)["investors"]
            noticed = (
                not closes
                or spent != pytest.approx(given, rel=CLOSES_TO)
                or paid != pytest.approx(money, rel=CLOSES_TO)
                or funds != pytest.approx(net, rel=CLOSES_TO, abs=1e-3)
            )
            assert noticed, NAMES[flow]
    assert tried or flow in ARISAN | GIFTS


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
