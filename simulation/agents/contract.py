"""The month of a contract with a financier: one payoff rule for all instruments (C9).

A contract is a row of the payoff table (`records.CONTRACT`); what it is called does not enter.
"""

import numpy as np

from simulation import draws, ledger
from simulation.compiled import rule
from simulation.records import Row

LEAST_OWED = 1.0
"""Rupiah; what is left of a debt below this is rounding, and the debt is paid."""


@rule
def pay_financier(
    h: Row,
    e: Row,
    contracts: np.ndarray,
    p: Row,
    income: float,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> float:
    """Pay what the terms make due (C9): one rule for all instruments, which have no names here.

    A part of the profit is due in each month of the term, and fixed instalments are due until
    all that is scheduled so far is paid, as far as the household has means. Both are missed
    together, and together never pass the ceiling.

    Parameters
    ----------
    income : float
        Of the month before payments, profit included, rupiah.

    Returns
    -------
    float
        Paid out of the month's income, rupiah; ``payment`` also holds the price of a buy-back,
        which is paid out of savings.
    """
    if e.contract == 0 or not e.alive:
        return 0.0
    terms = contracts[e.contract]
    e.contract_age += 1
    elapsed = e.contract_age - terms.grace
    scheduled = min(terms.instalment * min(max(elapsed, 0), terms.term), terms.ceiling)
    of_profit = share_due(e, terms, p) if 0 < elapsed <= terms.term else 0.0
    means = max(0.0, h.savings + income - of_profit - p.spare_share * h.smoothed)
    owed = max(0.0, scheduled - e.paid)
    fixed = min(owed, means)
    due = min(of_profit + fixed, max(0.0, terms.ceiling - e.paid))
    if due > 0.0:
        missed = p.missed * (1.0 - terms.security)
        if draws.uniform(key, h.serial, when, draws.PAYMENT, 0) < missed:
            due = 0.0
        elif fixed == owed:
            e.paid = max(e.paid + due, scheduled)  # nothing is left owing by rounding
        else:
            e.paid += due
    e.payment = due
    if is_over(e, terms, p, elapsed, scheduled - e.paid):
        e.contract = 0  # settled or given up: the firm is free to find another financier
    elif terms.buy_back > 0.0 and elapsed > 0:
        maybe_buy_back(h, e, terms, p, terms.term - elapsed, income - due)
    sums[ledger.CONTRACT_PAID] += h.weight * e.payment
    return due


@rule
def share_due(e: Row, terms: Row, p: Row) -> float:
    """Return the part of the profit that is due as it is reported, but at least the floor."""
    return max(terms.floor, reported_share(e, terms, p) * max(e.profit, 0.0))


@rule
def reported_share(e: Row, terms: Row, p: Row) -> float:
    """Return the share of true profit that is paid, as owners conceal part where nobody sees."""
    seen = p.audit_books if e.books and e.stage > 0 else p.audit
    hidden = min(p.concealment_limit, p.concealment + p.concealment_share * terms.share)
    return terms.share * (1.0 - hidden * (1.0 - seen))


@rule
def is_over(e: Row, terms: Row, p: Row, elapsed: int, owed: float) -> bool:
    """Tell whether the contract has run out: paid up, or its time and that of arrears passed."""
    if e.paid > terms.ceiling - LEAST_OWED:
        return True
    if elapsed < terms.term:
        return False
    return owed < LEAST_OWED or elapsed >= terms.term + p.arrears_months


@rule
def maybe_buy_back(h: Row, e: Row, terms: Row, p: Row, months_left: int, income: float) -> None:
    """End the contract for its price where that costs less than the shares still expected.

    The price is paid out of savings, which must stay above the buffer; who has paid it in shares
    already owes nothing more.

    Parameters
    ----------
    months_left : int
        Of the term.
    income : float
        Of the month after this month's payment, rupiah.
    """
    price = max(0.0, min(terms.buy_back, terms.ceiling) - e.paid)
    if price >= reported_share(e, terms, p) * e.smoothed_profit * months_left:
        return
    kept = (p.spare_share + p.buffer) * h.smoothed
    if price > 0.0 and h.savings + income - price < kept:
        return
    h.savings -= price
    e.paid += price
    e.payment += price
    e.contract = 0
