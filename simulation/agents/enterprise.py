"""A micro-enterprise's month: revenue, profit, payment to its financier, closure and start.

Equations C3, C5, C6, C7 and C9 of the model page. Each rule is one plain function of one row.
"""

import math

import numpy as np

from simulation import draws, indicators, ledger
from simulation.compiled import rule
from simulation.records import (
    CASUAL_WORK,
    ONLINE_MARKET,
    OWN_ENTERPRISE,
    PLATFORM,
    Row,
)

USUAL_HOURS = 160.0
"""Hours that an owner gives to the firm in a usual month (assumption, eight hours on 20 days)."""


@rule
def usual_profit(e: Row, p: Row) -> float:
    """Return the profit (rupiah a month) of an average owner at usual capital, before luck."""
    return (p.variable_margin - p.fixed_cost) * e.scale


@rule
def usual_capital(e: Row, p: Row) -> float:
    """Return the working capital (rupiah) that usually goes with the firm's scale."""
    return p.capital_months * usual_profit(e, p)


@rule
def skill(e: Row) -> float:
    """Return effective practices: what is learnt or what a mentor passes on, not both."""
    return max(e.practices, e.information)


@rule
def market_of(e: Row) -> int:
    """Return the market that a firm sells on: its sector's, or the national one online."""
    return ONLINE_MARKET if e.stage == PLATFORM and e.product > 0 else e.sector


@rule
def supply(e: Row, p: Row) -> float:
    """Return what the firm brings to its market at usual luck (rupiah a month)."""
    reach = p.platform_reach if e.stage == PLATFORM else 0.0
    size = max(e.capital / usual_capital(e, p), 1e-3)
    return (
        e.scale
        * math.exp(e.ability + e.productivity + e.lift + reach + p.practices_gain * skill(e))
        * size**p.capital_share
    )


@rule
def trade(
    h: Row,
    e: Row,
    place: Row,
    demand: float,
    p: Row,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> float:
    """Buy, make and sell for a month; return the profit (rupiah, before finance)."""
    n_state, n_luck = draws.normals(key, h.serial, when, draws.ENTERPRISE, 0)
    spread = p.productivity_sd * math.sqrt(1.0 - p.productivity_persistence**2)
    e.productivity = p.productivity_persistence * e.productivity + spread * n_state
    hours = max(0.1, 1.0 - h.hours_away / USUAL_HOURS)
    brought = supply(e, p)
    sums[indicators.SUPPLY + market_of(e)] += h.weight * brought
    luck = math.exp(p.demand_sd * n_luck)
    revenue = brought * demand * place.season * luck * hours**p.hours_share
    fees = p.platform_fee * revenue if e.stage == PLATFORM else 0.0
    leak = 0.0 if e.books else p.leakage * revenue
    costs = (1.0 - p.variable_margin) * revenue + p.fixed_cost * e.scale + fees + leak
    e.profit = revenue - costs
    e.smoothed_profit += (e.profit - e.smoothed_profit) / 6.0
    sums[ledger.REVENUE] += h.weight * revenue
    sums[ledger.COSTS] += h.weight * costs
    sums[ledger.PROFIT] += h.weight * e.profit
    return e.profit


@rule
def pay_financier(
    h: Row,
    e: Row,
    contracts: np.ndarray,
    p: Row,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> float:
    """Pay the financier's share of the profit that is reported (C9); return the payment."""
    if e.contract == 0:
        return 0.0
    terms = contracts[e.contract]
    e.contract_age += 1
    if terms.grace < e.contract_age <= terms.grace + terms.term and e.paid < terms.ceiling:
        seen = p.audit_books if e.books and e.stage > 0 else p.audit
        hidden = min(p.concealment_limit, p.concealment + p.concealment_share * terms.share)
        due = terms.share * (1.0 - hidden * (1.0 - seen)) * max(e.profit, 0.0)
        missed = draws.uniform(key, h.serial, when, draws.PAYMENT, 0) < p.missed
        if not missed:
            e.payment = min(due, terms.ceiling - e.paid)
            e.paid += e.payment
            sums[ledger.CONTRACT_PAID] += h.weight * e.payment
    if e.contract_age >= terms.grace + terms.term or e.paid >= terms.ceiling:
        e.contract = 0  # settled: the firm is free to find another financier
    return e.payment


@rule
def forget(h: Row, e: Row, p: Row) -> None:
    """Lose practices and local information; gain what this month's visits bring (C7)."""
    e.practices -= p.forgetting * e.practices
    e.information = (1.0 - p.information_decay) * e.information + (
        min(1.0, p.visit_dose * h.visits) * (1.0 - e.information)
    )


@rule
def wear_out(
    h: Row,
    e: Row,
    p: Row,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> None:
    """Let working capital wear, spoil and now and then be stolen (C4)."""
    worn = p.wear * e.capital
    e.capital -= worn
    sums[ledger.CAPITAL_WORN] += h.weight * worn
    if draws.uniform(key, h.serial, when, draws.THEFT, 0) < p.theft:
        stolen = p.theft_share * e.capital
        e.capital -= stolen
        sums[ledger.CAPITAL_STOLEN] += h.weight * stolen
    if e.lift_months > 0:
        e.lift_months -= 1
        if e.lift_months == 0:
            e.lift = 0.0


@rule
def sell_stock(h: Row, e: Row, p: Row, worth: float, sums: np.ndarray) -> float:
    """Sell stock of this worth in a hurry; return the cash it brings."""
    cash = p.fire_sale * worth
    e.capital -= worth
    sums[ledger.LIQUIDATED] += h.weight * cash
    sums[ledger.LOST_IN_SALE] += h.weight * (worth - cash)
    return cash


@rule
def stock_for_sale(h: Row, e: Row, p: Row) -> float:
    """Return the worth of stock that need may take: no tools, and none where books are kept."""
    if not e.alive or e.books:
        return 0.0
    stock = max(0.0, e.capital - p.tools * usual_capital(e, p))
    return stock * max(0.0, 1.0 - p.visit_steadies * h.visits)


@rule
def outside_pay(h: Row, place: Row, p: Row) -> float:
    """Return what the owner could expect to earn outside the firm (rupiah a month; C5's W)."""
    return p.finding_work * place.work * h.casual_wage


@rule
def gain_over_wage(h: Row, e: Row, place: Row, p: Row, profit: float) -> float:
    """Return what this profit gains over outside pay, in usual profits, from -2 to 2."""
    gain = (profit - outside_pay(h, place, p)) / usual_profit(e, p)
    return min(2.0, max(-2.0, gain))


@rule
def maybe_close(
    h: Row,
    e: Row,
    place: Row,
    p: Row,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> bool:
    """Close the firm where chance and poor prospects say so (C5); return whether it closed."""
    logit = (
        p.closure_base
        + p.closure_young * max(0.0, 1.0 - e.age / 24.0)
        - p.closure_gain * gain_over_wage(h, e, place, p, e.smoothed_profit)
    )
    u, v = draws.uniforms(key, h.serial, when, draws.CLOSURE, 0)
    if u >= 1.0 / (1.0 + math.exp(-logit)):
        return False
    if e.contract > 0 and v < p.restart:
        e.contract = 0  # the same firm under another name, out of its financier's sight
        return False
    close(h, e, p, sums)
    return True


@rule
def close(h: Row, e: Row, p: Row, sums: np.ndarray) -> None:
    """Close the firm: stock is sold, its contract ends unpaid, the owner looks for work."""
    cash = p.fire_sale * e.capital
    h.savings += cash
    sums[ledger.WOUND_UP] += h.weight * cash
    sums[ledger.LOST_IN_CLOSING] += h.weight * (e.capital - cash)
    e.capital = 0.0
    e.alive = 0
    e.age = 0
    e.profit = 0.0
    e.smoothed_profit = 0.0
    e.contract = 0
    e.lift = 0.0
    e.lift_months = 0
    h.livelihood = CASUAL_WORK


@rule
def maybe_start(
    h: Row,
    e: Row,
    place: Row,
    p: Row,
    start_rate: float,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> bool:
    """Start a firm where someone can work, will and capital are there (C5)."""
    if not h.can_work or h.workers == 0:
        return False
    hoped = (p.variable_margin * math.exp(e.ability) - p.fixed_cost) * e.scale
    gain = gain_over_wage(h, e, place, p, hoped)
    chance = start_rate * math.exp(p.closure_gain * gain + p.start_motivation * h.motivation)
    u, v = draws.uniforms(key, h.serial, when, draws.START, 0)
    needed = p.start_capital * usual_profit(e, p)
    if u >= chance or h.savings + e.capital < needed:
        return False
    invest(h, e, max(0.0, needed - e.capital), sums)
    e.alive = 1
    e.age = 0
    e.productivity = p.productivity_sd * draws.normal_quantile(v)
    e.smoothed_profit = usual_profit(e, p)
    h.livelihood = OWN_ENTERPRISE
    return True


@rule
def invest(h: Row, e: Row, amount: float, sums: np.ndarray) -> None:
    """Move savings into working capital."""
    h.savings -= amount
    e.capital += amount
    sums[ledger.INVESTED] += h.weight * amount
