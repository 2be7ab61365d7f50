"""One payoff rule for all instruments: what is due, what is paid, and when a contract ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import draws, ledger
from simulation.records import CONTRACT
from tests.households import CREDIT, EQUITY, KEYS, Home, those

RICH = {"contract": 1, "profit": 1e6, "missed": 0.0, "savings": 1e9}


def months(home, number, income=0.0):
    """Return the payments of so many months in which profit and savings stay as they are."""
    savings, paid = home.h.savings, []
    for _ in range(number):
        home.h.savings = savings
        home.pay(income)
        paid.append(float(home.e.payment))
    return paid


# A share of profit


def test_nothing_is_due_in_grace_or_after_the_term():
    home = Home(**RICH, terms={**EQUITY, "term": 6, "ceiling": 1e9})
    paid = [payment > 0.0 for payment in months(home, 12)]
    assert paid == 3 * [False] + 6 * [True] + 3 * [False]
    assert home.e.contract == 0


def test_payments_stop_at_the_ceiling():
    home = Home(**RICH, terms={**EQUITY, "ceiling": 5e5, "grace": 0})
    payments = months(home, 20)
    assert sum(payments) == pytest.approx(5e5)
    assert home.e.paid == pytest.approx(5e5) == home.sums[ledger.CONTRACT_PAID]
    assert payments[0] == payments[1] > payments[-1] == 0.0
    assert home.e.contract == 0


def test_the_financier_gets_a_share_of_the_profit_that_is_reported():
    usual = {**RICH, "terms": {**EQUITY, "grace": 0}}
    hidden = 0.30 + 0.50 * 0.2
    assert Home(**usual).pay() == pytest.approx(0.2 * (1.0 - hidden * 0.9) * 1e6)
    audited = Home(**usual, books=1, stage=1)
    assert audited.pay() == pytest.approx(0.2 * (1.0 - hidden * 0.4) * 1e6)
    assert Home(**{**usual, "profit": -1e6}).pay() == 0.0
    assert Home(**{**usual, "missed": 1.0}).pay() == 0.0
    assert Home(**{**usual, "contract": 0}).pay() == 0.0
    assert Home(**{**usual, "alive": 0}).pay() == 0.0


def test_a_share_is_paid_whatever_the_household_has():
    usual = {**RICH, "terms": {**EQUITY, "grace": 0}}
    assert Home(**{**usual, "savings": 0.0}).pay() == Home(**usual).pay() > 0.0


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_floor_is_due_in_each_month_of_the_term_even_without_profit(share):
    terms = {**EQUITY, "share": share, "floor": 3e5, "term": 4, "grace": 2}
    home = Home(**{**RICH, "profit": -1e6}, terms=terms)
    assert months(home, 9) == [0.0] * 2 + [3e5] * 4 + [0.0] * 3
    profitable = Home(**{**RICH, "profit": 1e7}, terms=terms)
    assert (max(months(profitable, 9)) > 3e5) == (share > 0.0)


# Fixed instalments


def test_instalments_pay_a_credit_off_within_its_term():
    home = Home(**RICH, terms=CREDIT)
    assert months(home, 14) == pytest.approx([2.7e5] * 12 + [0.0] * 2)
    assert home.e.paid == 12 * 2.7e5
    assert home.e.contract == 0


def test_what_is_missed_stays_due_and_is_caught_up():
    home = Home(**{**RICH, "missed": 1.0}, terms={**CREDIT, "security": 0.0, "grace": 2})
    assert months(home, 5) == [0.0] * 5
    home.p.missed = 0.0
    assert months(home, 2) == pytest.approx([4 * 2.7e5, 2.7e5])


def test_a_household_keeps_food_before_it_pays_an_instalment():
    kept = 0.5 * 4e6
    terms = {**CREDIT, "instalment": 1e6, "ceiling": 1.2e7}
    poor = Home(**{**RICH, "savings": 3e5}, terms=terms)
    assert months(poor, 3, income=kept) == pytest.approx([3e5, 3e5, 3e5])
    destitute = Home(**{**RICH, "savings": 0.0}, terms=terms)
    assert destitute.pay(income=kept - 1.0) == 0.0
    assert destitute.pay(income=-5e6) == 0.0
    assert destitute.pay(income=kept + 2.5e6) == pytest.approx(2.5e6)
    assert destitute.pay(income=1e9) == pytest.approx(4e6 - 2.5e6)


def test_a_fixed_debt_is_collected_for_some_months_after_its_term_then_given_up():
    late = {**RICH, "arrears_months": 3.0}
    home = Home(**{**late, "savings": 0.0}, terms=CREDIT)
    running = []
    for _ in range(20):
        running.append(bool(home.e.contract))
        home.pay()
    assert running == [True] * 15 + [False] * 5
    able = Home(**{**late, "savings": 0.0}, terms=CREDIT)
    months(able, 13)
    able.h.savings = 1e9
    assert able.pay() == pytest.approx(CREDIT["ceiling"])
    assert able.e.contract == 0
    sharing = Home(**{**late, "savings": 0.0}, terms={**EQUITY, "term": 6, "grace": 0})
    months(sharing, 6)
    assert sharing.e.contract == 0


def test_no_more_instalments_come_due_after_the_term():
    home = Home(**{**RICH, "savings": 0.0}, terms={**CREDIT, "ceiling": 6e6}, arrears_months=9.0)
    months(home, 15)
    home.h.savings = 1e9
    assert home.pay() == pytest.approx(12 * 2.7e5)
    assert home.e.contract == 0


def test_food_is_kept_from_instalments_after_the_share_is_paid():
    share = 0.1 * (1.0 - 0.35 * 0.9) * 1e6
    terms = {**CREDIT, "share": 0.1, "ceiling": 6e6}
    home = Home(**{**RICH, "savings": 2e5}, terms=terms)
    assert home.pay(income=0.5 * 4e6) == pytest.approx(2e5)
    poorer = Home(**{**RICH, "savings": 5e4}, terms=terms)
    assert poorer.pay(income=0.5 * 4e6) == pytest.approx(share)


@given(st.floats(1e4, 1e6), st.floats(0.0, 1e4), st.integers(2, 60))
def test_who_catches_up_owes_nothing_not_even_by_rounding(instalment, part, term):
    """Members of a group help each other only where nothing of their own is missing."""
    terms = {"instalment": instalment, "ceiling": 1e12, "term": term}
    home = Home(**{**RICH, "savings": 0.5 * 4e6 + part}, terms=terms)
    for _ in range(term - 1):
        home.pay()
        home.h.savings = 0.0
    home.h.savings = 1e9
    home.pay()
    assert home.e.paid >= instalment * term
    assert home.e.paid == pytest.approx(instalment * term, rel=1e-14)
    assert home.e.contract == 0


def test_shares_and_instalments_of_one_contract_count_together():
    terms = {**CREDIT, "share": 0.1, "grace": 1, "ceiling": 6e6}
    home = Home(**RICH, terms=terms)
    share = 0.1 * (1.0 - 0.35 * 0.9) * 1e6
    first, second, third = months(home, 3)
    assert (first, second) == pytest.approx((0.0, share + 2.7e5))
    assert third == pytest.approx(share + 2 * 2.7e5 - second)


def test_security_prevents_a_part_of_wilful_missing():
    def misses(home):
        return home.pay() == 0.0

    usual = {**RICH, "missed": 0.5}
    unsecured = those(misses, **usual, terms={**CREDIT, "security": 0.0})
    secured = those(misses, **usual, terms={**CREDIT, "security": 0.6})
    assert not those(misses, **usual, terms={**CREDIT, "security": 1.0})
    assert 0 < len(secured) < len(unsecured)
    assert secured < unsecured
    # 200 draws at .5 and .2: five standard errors.
    assert len(unsecured) == pytest.approx(100, abs=36)
    assert len(secured) == pytest.approx(40, abs=29)


# Buying back

BUYER = {**RICH, "contract_age": 10, "paid": 2e6, "savings": 8e6, "smoothed_profit": 4e6}
SHARES = {**EQUITY, "buy_back": 5e6}


def test_an_owner_buys_the_contract_back_in_one_payment_with_this_months():
    home, other = Home(**BUYER, terms=SHARES), Home(**BUYER, terms=EQUITY)
    from_income, usual = home.pay(), other.pay()
    assert from_income == usual > 0.0
    assert other.e.contract == 1
    assert home.e.contract == 0
    assert home.e.payment == pytest.approx(3e6) == home.sums[ledger.CONTRACT_PAID]
    assert home.h.savings == pytest.approx(8e6 - (3e6 - usual))
    assert home.e.paid == pytest.approx(5e6)


@pytest.mark.parametrize(
    "state",
    [
        {"savings": 6e6},  # less than food and the buffer would be left
        {"smoothed_profit": 5e5},  # the shares expected cost less
        {"contract_age": 2},  # grace
        {"smoothed_profit": -1e6},
    ],
    ids=str,
)
def test_an_owner_keeps_a_contract_that_is_not_worth_its_price_or_beyond_means(state):
    home = Home(**{**BUYER, **state}, terms=SHARES)
    savings = home.h.savings
    home.pay()
    assert home.e.contract == 1
    assert home.h.savings == savings
    without_share = Home(**{**BUYER, **state}, terms={**CREDIT, "buy_back": 2.1e6})
    without_share.pay()
    assert without_share.h.savings == savings


def test_who_has_paid_the_price_in_shares_already_is_free():
    home = Home(**{**BUYER, "paid": 5.5e6, "savings": 0.0}, terms={**SHARES, "ceiling": 1e7})
    home.pay()
    assert home.e.contract == 0
    assert home.h.savings == 0.0


def test_the_price_is_not_above_the_ceiling():
    home = Home(**{**BUYER, "savings": 2e7}, terms={**SHARES, "buy_back": 9e6})
    home.pay()
    assert home.e.contract == 0
    assert home.e.paid == pytest.approx(EQUITY["ceiling"])


# Any contract

TERMS = st.fixed_dictionaries(
    {
        "amount": st.floats(0.0, 1e7),
        "share": st.just(0.0) | st.floats(0.0, 1.0),
        "floor": st.just(0.0) | st.floats(0.0, 5e5),
        "instalment": st.just(0.0) | st.floats(0.0, 2e6),
        "ceiling": st.just(1e8) | st.floats(0.0, 3e7),
        "buy_back": st.just(0.0) | st.floats(0.0, 3e7),
        "security": st.floats(0.0, 1.0),
        "term": st.integers(0, 40),
        "grace": st.integers(0, 12),
    }
)
MONTHS = st.lists(st.tuples(st.floats(-5e6, 5e7), st.floats(0.0, 1e8)), min_size=1, max_size=60)
"""Profit and savings of each month."""


def lived(terms, lives, key=KEYS[0], number=1, **changes):
    """Return what was paid month by month, and whether the contract still runs then."""
    home = Home(key=key, contract=number, **changes)
    home.contracts = np.zeros(number + 1, CONTRACT).view(np.recarray)
    for name, value in terms.items():
        home.contracts[name][number] = value
    for profit, savings in lives:
        home.e.profit = home.e.smoothed_profit = profit
        home.h.savings = savings
        home.e.payment = 0.0
        home.pay()
        yield home.e.payment.item(), home.e.paid.item(), bool(home.e.contract)


@given(TERMS, MONTHS, st.sampled_from(KEYS[:20]), st.floats(0.0, 0.3))
def test_payments_never_pass_the_ceiling_nor_come_in_grace(terms, lives, key, missed):
    history = list(lived(terms, lives, key, missed=missed))
    total = 0.0
    for month, (payment, paid, runs) in enumerate(history, start=1):
        assert payment >= 0.0
        total += payment
        assert payment == 0.0 or month > terms["grace"]
        assert paid == pytest.approx(total, abs=1e-6)
        assert total <= terms["ceiling"] * (1.0 + 1e-12) + 1e-6
        if not runs:
            break
    assert all(payment == 0.0 for payment, _, _ in history[month:])


@given(TERMS, st.integers(1, 40), st.sampled_from(KEYS[:20]))
def test_fixed_dues_catch_up_as_soon_as_there_are_means(terms, bad, key):
    terms = {**terms, "share": 0.0, "floor": 0.0, "buy_back": 0.0}
    lives = [(0.0, 0.0)] * bad + [(0.0, 1e9)]
    history = list(lived(terms, lives, key, missed=0.0, arrears_months=1e3))
    assert all(payment == 0.0 for payment, _, _ in history[:-1])
    elapsed = min(max(bad + 1 - terms["grace"], 0), terms["term"])
    scheduled = min(terms["instalment"] * elapsed, terms["ceiling"])
    was_over = not history[-2][2]
    assert history[-1][1] == (0.0 if was_over else scheduled)
    assert not was_over or min(terms["instalment"] * terms["term"], terms["ceiling"]) < 1.0


@given(TERMS, MONTHS, st.sampled_from(KEYS[:20]))
def test_equal_rows_give_equal_bits_whatever_stands_beside_them(terms, lives, key):
    """What an instrument is called, and which programme brought it, is no number of its row."""
    first = np.array(list(lived(terms, lives, key, number=1)))
    other = np.array(list(lived(dict(reversed(terms.items())), lives, key, number=3)))
    assert first.tobytes() == other.tobytes()


def test_only_one_number_is_drawn_for_a_payment():
    """Who misses one kind of contract misses any other in that month."""

    def misses(home):
        return home.pay() == 0.0

    usual = {**RICH, "missed": 0.3}
    for terms in ({**EQUITY, "grace": 0}, {**CREDIT, "security": 0.0}):
        found = those(misses, **usual, terms=terms)
        assert found == {
            number
            for number, key in enumerate(KEYS)
            if draws.uniform(key, 0, draws.moment(3171, 0), draws.PAYMENT, 0) < 0.3
        }


def test_a_payment_comes_after_the_months_income_is_known():
    """Who has nothing saved pays an instalment out of what the month brought."""
    home = Home(**{**RICH, "savings": 0.0}, terms=CREDIT, illness=0.0, closure_base=-50.0)
    home.live()
    assert home.e.payment == pytest.approx(2.7e5) == home.sums[ledger.CONTRACT_PAID]
