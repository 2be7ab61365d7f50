"""Whatever a programme says: seats, staff, mentors, funds and budgets are never exceeded.

Programmes are drawn at random within what their terms allow; each lives eighteen months.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simulation import ledger
from simulation.agents.mentor import Mentor
from simulation.programmes.account import INVESTOR
from simulation.programmes.programme import Programme
from tests.worlds import model, people

MONTHS = 18
CENT = 1e-2  # rupiah, on sums of up to a billion

amounts = st.sampled_from([0.0, 1e5, 1e6, 5e6])


def maybe(part):
    return st.none() | part


training = st.fixed_dictionaries(
    {"modules": st.integers(1, 6), "cost": st.just(2e6), "fee": st.sampled_from([0.0, 2e5])}
)
mentoring = st.fixed_dictionaries(
    {
        "visits": st.sampled_from([0.25, 1, 2.5]),
        "months": st.integers(1, 8),
        "caseload": st.integers(1, 12),
        "wage": st.just(3e6),
        "starts_after": st.integers(0, 3),
        "mentors": maybe(st.integers(1, 5)),
        "exit_income": st.sampled_from([0, 0.5, 1]),
    }
)
finance = st.fixed_dictionaries(
    {
        "instrument": st.sampled_from(
            [
                "grant",
                "microcredit",
                "group credit",
                "moneylender",
                "micro equity",
                "profit sharing",
            ]
        ),
        "amount": st.sampled_from([1e6, 5e6]),
        "after": st.integers(0, 4),
        "fund": maybe(st.sampled_from([3e6, 2e7, 1e8])),
        "wait": st.sampled_from([0, 6]),
        "in_kind": st.booleans(),
        "payer": st.sampled_from(["investor", "government", "donor"]),
        "subsidy": st.sampled_from([0, 0.15]),
    }
)
funding = st.fixed_dictionaries(
    {
        "donor": st.sampled_from([0, 0.3]),
        "investor": st.sampled_from([0, 0.2]),
        "co_investment": st.sampled_from([0, 0.25]),
        "first_loss": st.sampled_from([0, 0.3]),
        "outcome": st.sampled_from([0.0, 5e5]),
        "outcome_of": st.sampled_from(["completion", "survival"]),
        "outcome_payer": st.sampled_from(["government", "donor"]),
    }
)
practices = st.fixed_dictionaries(
    {
        "partners": st.integers(0, 3),
        "delivery": st.sampled_from(["offline", "online", "hybrid"]),
        "pre_assessment": st.booleans(),
        "aftercare": st.sampled_from([0, 3]),
        "evaluation": st.booleans(),
        "hands_on": st.booleans(),
    }
    | {"tells": st.sampled_from(["nothing", "benefit and effort"])}
)
rewards = st.sampled_from(
    [{}, *({"rewards": kind, "reward": 3e5} for kind in ("joining", "completion", "milestones"))]
)


@st.composite
def programmes(draw):
    """Draw a programme that its terms allow."""
    said = {
        "name": "drawn",
        "target": {"group": draw(st.sampled_from(["enterprise owners", "households"]))},
        "starts": draw(st.integers(0, 3)),
        "intakes": draw(st.integers(1, 4)),
        "every": draw(st.integers(1, 4)),
        "seats": draw(st.integers(1, 25)),
        "reach": draw(st.sampled_from([0.2, 1])),
        "lists": draw(st.sampled_from(["open call", "own list", "shared database"])),
        "staff": draw(maybe(st.integers(1, 40))),
        "budget": draw(maybe(st.sampled_from([1e6, 3e7, 2e8]))),
        "selection": draw(st.sampled_from(["first come", "need", "readiness"])),
        "overhead": draw(amounts),
        "practices": draw(practices) | draw(rewards),
        "training": draw(training),
        "mentoring": draw(maybe(mentoring)),
        "finance": draw(maybe(finance)),
        "documents": draw(maybe(st.just({"cost": 1e5, "account": True}))),
        "onboarding": draw(maybe(st.just({"stage": "platform", "cost": 1e5}))),
        "funding": draw(funding),
    }
    if said["finance"]:
        said["scoring"] = draw(maybe(st.just({"rule": "rank", "accept": 0.6, "cost": 5e4})))
    try:
        return Programme.model_validate(said)
    except ValidationError:
        said["funding"]["outcome"] = 0.0
        return Programme.model_validate(said)


@settings(max_examples=60)
@given(programmes())
def test_nothing_is_exceeded_in_any_month(terms):
    run = model([terms], months=MONTHS)
    (provider,) = run.providers
    weight = people().households.weight
    for _ in range(MONTHS):
        run.step()
        check_seats(terms, provider, weight)
        check_mentors(terms, run)
        check_money(terms, provider)
    check_ledger(run, provider)


def check_seats(terms, provider, weight):
    rows = provider.enrolled
    assert len(np.unique(rows)) == len(rows)
    for cohort in provider.cohorts:
        assert weight[cohort.rows].sum() <= terms.seats + 1e-6
    if terms.staff is not None:
        now = provider.model.month - 1
        in_course = [
            c.rows[c.active] for c in provider.cohorts if now - c.month < terms.training.modules
        ]
        assert sum(weight[rows].sum() for rows in in_course) <= terms.staff + 1e-6


def check_mentors(terms, run):
    mentors = list(run.agents_by_type.get(Mentor, []))
    if terms.mentoring is None:
        assert not mentors
        return
    if terms.mentoring.mentors is not None:
        assert len(mentors) <= terms.mentoring.mentors
    weight = run.population.households.weight
    for mentor in mentors:
        assert weight[mentor.rows].sum() <= terms.mentoring.caseload + weight[mentor.rows].max()
        assert len(np.unique(run.population.households.district[mentor.rows])) == 1


def check_money(terms, provider):
    account = provider.account
    assert account.left >= -CENT
    assert abs(account.transferred.sum(axis=1)).max() < CENT
    assert (account.paid >= 0).all()
    assert (account.recovered >= 0).all()
    if provider.investor:
        assert provider.investor.cash >= -CENT
        assert provider.investor.guaranteed <= (
            terms.funding.first_loss * provider.investor.invested + CENT
        )


def check_ledger(run, provider):
    """Payers' accounts are what the ledger says of programmes, month by month."""
    account, flows = provider.account, run.flows
    funded = [ledger.FUNDED_BY_GOVERNMENT, ledger.FUNDED_BY_DONOR, ledger.FUNDED_BY_INVESTOR]
    money = [ledger.FINANCED_ENTERPRISE, ledger.FINANCED_HOUSEHOLD]
    np.testing.assert_allclose(
        account.paid.sum(axis=1), flows[:, funded + money].sum(axis=1), atol=CENT
    )
    back = flows[:, [ledger.CONTRACT_PAID, ledger.GROUP_COVERED]].sum(axis=1)
    np.testing.assert_allclose(account.recovered.sum(axis=1), back, atol=CENT)
    change = np.array([ledger.changes(month)["investors"] for month in flows])
    np.testing.assert_allclose(account.flows[:, INVESTOR], change, atol=CENT)
    providers = np.array([ledger.changes(month)["providers"] for month in flows])
    np.testing.assert_allclose(providers, 0.0, atol=CENT)


def test_a_budget_that_is_promised_ends_intakes_with_a_message_and_serves_those_enrolled():
    said = {
        "name": "brief",
        "target": {"group": "enterprise owners"},
        "starts": 0,
        "intakes": 6,
        "every": 1,
        "seats": 10,
        "budget": 6e7,
        "training": {"modules": 2, "cost": 2e6},
    }
    run = model([Programme.model_validate(said)], months=12).run()
    (provider,) = run.providers
    assert provider.ended is None
    assert 5e7 < provider.cost <= 6e7
    assert all(cohort.completed.any() for cohort in provider.cohorts if len(cohort.rows))
    (message,) = run.messages
    assert message.startswith("programme brief takes nobody else from month 3: its budget is prom")
    assert "Rp 60.000.000" in message


@pytest.mark.parametrize("staff", [5, 12])
def test_a_provider_takes_as_many_as_its_staff_can_serve(staff):
    said = {
        "name": "small",
        "target": {"group": "enterprise owners"},
        "starts": 0,
        "intakes": 6,
        "every": 1,
        "seats": 10,
        "staff": staff,
        "training": {"modules": 3, "cost": 2e6},
    }
    run = model([Programme.model_validate(said)], months=8).run()
    first, *_ = run.providers[0].cohorts
    assert len(first.rows) == min(10, staff)
