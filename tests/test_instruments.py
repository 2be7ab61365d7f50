"""Every instrument is a row of one payoff table: the name plays no part, each rupiah is known."""

import numpy as np
import pytest

from simulation import ledger
from simulation.measures import internal_rate_of_return
from simulation.programmes.account import DONOR, GOVERNMENT, INVESTOR
from simulation.programmes.programme import Programme
from simulation.programmes.terms import Finance
from simulation.records import WENT_WELL, WENT_WRONG
from tests.worlds import OWNERS, in_step, model, rows_apart, same_sums

MONTHS = 24
ALL = ("grant", "microcredit", "group credit", "moneylender", "micro equity", "profit sharing")
LIFELONG = {"restart": 0.0}


def financed(finance, seats=60, **more):
    return Programme(name="tried", target=OWNERS, starts=1, seats=seats, finance=finance, **more)


def of(instrument, amount=5e6, after=0, **terms):
    return Finance.model_validate(
        {"instrument": instrument, "amount": amount, "after": after, **terms}
    )


def same_terms(finance, name):
    """Return the same terms under another name."""
    said = finance.model_dump()
    return Finance.model_validate({**said, "instrument": name})


@pytest.mark.parametrize("name", ALL[1:])
@pytest.mark.parametrize("other", ["microcredit", "micro equity", "group credit"])
def test_terms_set_to_anothers_give_the_same_to_the_bit(name, other):
    finance = of(name)
    one = model([financed(finance)], months=MONTHS).run()
    two = model([financed(same_terms(finance, other))], months=MONTHS).run()
    assert len(rows_apart(one, two)) == 0
    assert same_sums(one, two)
    np.testing.assert_array_equal(one.providers[0].account.flows, two.providers[0].account.flows)


def test_a_share_of_nothing_with_fixed_instalments_is_a_loan():
    loan = of("microcredit", interest=0.06, term=12)
    shared = of(
        "micro equity", share=0.0, cap=0.0, fixed=True, interest=0.06, term=12, grace=0,
        security=loan.security,
    )  # fmt: skip
    one, two = (model([financed(each)], months=MONTHS).run() for each in (loan, shared))
    assert len(rows_apart(one, two)) == 0
    assert same_sums(one, two)


def test_an_annuity_pays_its_interest():
    loan = of("microcredit", amount=1e7, interest=0.03, term=24)
    rate = internal_rate_of_return(np.r_[-1e7, np.full(24, loan.instalment)])
    assert rate == pytest.approx((1 + 0.03 / 12) ** 12 - 1, abs=1e-6)


def test_a_flat_charge_is_reckoned_on_the_whole_amount():
    loan = of("group credit", amount=2e6, interest=0.25, term=12)
    assert loan.ceiling == pytest.approx(2e6 * 1.25)
    assert loan.instalment == pytest.approx(2e6 * 1.25 / 12)


def test_instalments_push_to_safe_uses_and_sharing_does_not():
    """Where the risky use pays just a little more: who takes it, by what they have to pay."""
    risky = {}
    for name in ("grant", "micro equity", "group credit"):
        run = model([financed(of(name), seats=150)], months=3, changes={"risky_gain": 1.25})
        for _ in range(2):
            run.step()
        (cohort,) = run.providers[0].cohorts
        uses = run.population.enterprises.venture[cohort.rows[cohort.financed]]
        assert set(np.unique(uses)) <= {0, WENT_WELL, WENT_WRONG}
        risky[name] = float((uses > 0).mean())
    assert risky["group credit"] < min(risky["micro equity"], risky["grant"]) - 0.1


def test_instalments_that_are_missed_stay_due_and_end_at_the_ceiling():
    loan = of("microcredit", interest=0.06, term=6, security=0.0)
    run = model([financed(loan)], months=MONTHS, changes=LIFELONG)
    paid = np.zeros(len(run.population))
    for _ in in_step(run):
        paid += run.population.enterprises.payment
    rows = run.providers[0].cohorts[0].rows[run.providers[0].cohorts[0].financed]
    assert paid.max() <= loan.ceiling * (1 + 1e-12)
    done = np.isclose(paid[rows], loan.ceiling)
    assert done.sum() > 0.3 * len(rows)


def test_a_group_pays_what_a_member_misses():
    back = {}
    for size in (0, 10):
        finance = of("group credit", group=size, security=0.0)
        run = model([financed(finance, seats=100)], months=10).run()
        covered = run.flows[:, ledger.GROUP_COVERED].sum()
        assert (covered > 0) == (size > 0)
        account = run.providers[0].account
        back[size] = account.recovered.sum() / account.paid.sum()
    assert back[10] > back[0]


def test_an_owner_who_can_buys_back_when_it_pays():
    dear = of("micro equity", share=0.5, cap=5, term=60, grace=1, buy_back=1.05)
    run = model([financed(dear, seats=150)], months=MONTHS, changes=LIFELONG)
    paid = np.zeros(len(run.population))
    for _ in in_step(run):
        paid += run.population.enterprises.payment
    assert np.isclose(paid, 1.05 * 5e6).any(), "nobody bought back"


# Who pays


def test_a_grant_is_the_governments_money():
    run = model([financed(of("grant"))], months=6).run()
    account = run.providers[0].account
    assert account.paid[:, GOVERNMENT].sum() == account.cost > 0
    assert run.flows[:, ledger.INVESTED_BY_GOVERNMENT].sum() == pytest.approx(account.cost)


def test_a_donors_fund_gets_back_what_is_paid():
    run = model([financed(of("micro equity", payer="donor"))], months=MONTHS).run()
    account = run.providers[0].account
    assert account.recovered[:, DONOR].sum() == pytest.approx(
        run.flows[:, ledger.RETURNED_TO_DONOR].sum()
    )
    assert account.recovered[:, DONOR].sum() > 0


def frame(**funding):
    return Programme.model_validate(
        {
            "name": "tried",
            "target": {"group": "enterprise owners"},
            "starts": 1,
            "seats": 80,
            "finance": {
                "instrument": "micro equity", "amount": 5e6, "after": 0, "term": 12, "grace": 0,
                "payer": "investor",
            },
            "funding": funding,
        }
    )  # fmt: skip


def test_a_first_loss_is_made_good_up_to_its_share_and_lifts_the_return():
    without, with_it = (
        model([frame(first_loss=share)], months=MONTHS).run().providers[0] for share in (0, 0.2)
    )
    guaranteed = with_it.account.transferred[:, INVESTOR].sum()
    assert guaranteed == pytest.approx(with_it.investor.guaranteed)
    assert 0 < guaranteed <= 0.2 * with_it.investor.invested * (1 + 1e-12)
    assert with_it.account.transferred[:, GOVERNMENT].sum() == pytest.approx(-guaranteed)
    rates = [
        internal_rate_of_return(each.account.flows[:, INVESTOR]) for each in (without, with_it)
    ]
    assert rates[1] > rates[0]


def test_success_is_paid_once_for_each_firm_alive_a_year_after_its_money():
    run = model([frame(outcome=4e5, outcome_payer="donor")], months=MONTHS)
    (provider,) = run.providers
    alive = None
    for month in in_step(run):
        if month == 1 + 12:
            rows = provider.cohorts[0].rows[provider.cohorts[0].financed]
            alive = float(
                (run.population.households.weight * run.population.enterprises.alive)[rows].sum()
            )
    paid = run.flows[:, ledger.OUTCOME_PAID_BY_DONOR]
    assert np.flatnonzero(paid).tolist() == [13]
    assert paid.sum() == pytest.approx(4e5 * alive)


def test_the_government_invests_beside_with_the_same_claim():
    run = model([frame(co_investment=0.4)], months=MONTHS).run()
    account = run.providers[0].account
    for kind in (account.paid, account.recovered):
        assert kind[:, GOVERNMENT].sum() == pytest.approx(0.4 * kind.sum())


def test_a_subsidy_follows_what_is_outstanding():
    run = model([financed(of("microcredit", subsidy=0.15, term=12))], months=MONTHS)
    (provider,) = run.providers
    run.step(), run.step()
    first = run.flows[1, ledger.SUBSIDY_PAID]
    assert 0 < first <= 0.15 / 12 * provider.investor.invested
    run.run()
    assert run.flows[14:, ledger.SUBSIDY_PAID].max() < first


def test_an_evergreen_fund_serves_those_who_wait_from_what_comes_back():
    brief = of("micro equity", share=0.6, cap=1.5, grace=0, term=24, fund=5e7, wait=24)
    run = model([financed(brief, seats=60)], months=MONTHS).run()
    (provider,) = run.providers
    assert provider.investor.invested > brief.fund
    assert provider.cohorts[0].financed.sum() > 10
    assert provider.investor.cash >= 0
