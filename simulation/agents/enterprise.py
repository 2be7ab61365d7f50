"""A micro-enterprise's month: revenue, profit, capital, skills, closure and start.

Equations C3, C5, C6 and C7 of the model page. Each rule is one plain function of one row.
"""

import math

import numpy as np

from simulation import draws, indicators, ledger
from simulation.compiled import rule
from simulation.records import (
    OFFLINE,
    ONLINE_MARKET,
    PLATFORM,
    SAFE,
    WENT_WELL,
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
def reach_of(e: Row, p: Row) -> float:
    """Return what selling online adds to sales (log points), by skill or by an intermediary's."""
    if e.stage == OFFLINE:
        return 0.0
    reach = p.platform_reach if e.stage == PLATFORM else p.chat_reach
    return reach if e.channel else reach * e.selling


@rule
def fees_of(e: Row, p: Row) -> float:
    """Return the share of revenue that platforms and intermediaries take, of what they sell."""
    if e.stage == OFFLINE:
        return 0.0
    fees = p.intermediary_margin if e.channel else 0.0
    if e.stage == PLATFORM:
        fees += p.platform_fee if e.product > 0 else p.delivery_fee
    return p.online_sales * fees


@rule
def venture_factor(e: Row, p: Row) -> float:
    """Return the factor on revenue that the use made of a sum has while its outcome lasts."""
    if e.venture == SAFE:
        return 1.0
    return p.risky_gain if e.venture == WENT_WELL else p.risky_loss


@rule
def supply(e: Row, p: Row) -> float:
    """Return what the firm brings to its market at usual luck (rupiah a month)."""
    size = max(e.capital / usual_capital(e, p), 1e-3)
    return (
        e.scale
        * venture_factor(e, p)
        * math.exp(e.ability + e.productivity + reach_of(e, p) + p.practices_gain * skill(e))
        * size**p.capital_share
    )


@rule
def care(h: Row, e: Row, p: Row) -> float:
    """Return the hours a month of unpaid care that a woman's hours in her firm make room for."""
    return p.care_hours * max(0.0, 1.0 * h.members - h.workers) if e.woman else 0.0


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
    cared = care(h, e, p)
    hours = max(0.1, 1.0 - (h.hours_away + cared) / USUAL_HOURS)
    brought = supply(e, p)
    sums[indicators.SUPPLY + market_of(e)] += h.weight * brought
    sums[indicators.CARE] += h.weight * cared
    luck = math.exp(p.demand_sd * n_luck)
    revenue = brought * demand * place.season * luck * hours**p.hours_share
    fees = fees_of(e, p) * revenue
    leak = 0.0 if e.books else p.leakage * revenue
    costs = (1.0 - p.variable_margin) * revenue + p.fixed_cost * e.scale + fees + leak
    e.profit = revenue - costs
    e.smoothed_profit += (e.profit - e.smoothed_profit) / 6.0
    sums[ledger.REVENUE] += h.weight * revenue
    sums[ledger.COSTS] += h.weight * costs
    sums[ledger.PROFIT] += h.weight * e.profit
    return e.profit


@rule
def forget(h: Row, e: Row, p: Row) -> None:
    """Lose practices and local information; gain what this month's visits bring (C7)."""
    e.practices -= p.forgetting * e.practices
    e.information = (1.0 - p.information_decay) * e.information + (
        min(1.0, p.visit_dose * h.visits) * (1.0 - e.information)
    )


@rule
def imitate(e: Row, nearby: Row, p: Row) -> None:
    """Take over practices from neighbours whose firms have better ones on average."""
    e.practices += p.imitation * max(0.0, nearby.practices - e.practices)


@rule
def sell_online(e: Row, p: Row) -> None:
    """Learn to sell online by doing it oneself; forget it otherwise."""
    if e.alive and e.stage > OFFLINE and not e.channel:
        e.selling += p.selling_learning * (1.0 - e.selling)
    else:
        e.selling -= p.selling_forgetting * e.selling


@rule
def wear_out(
    h: Row,
    e: Row,
    p: Row,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> None:
    """Let working capital wear, spoil and now and then be stolen (C4); ventures come to an end."""
    worn = p.wear * e.capital
    e.capital -= worn
    sums[ledger.CAPITAL_WORN] += h.weight * worn
    if draws.uniform(key, h.serial, when, draws.THEFT, 0) < p.theft:
        stolen = p.theft_share * e.capital
        e.capital -= stolen
        sums[ledger.CAPITAL_STOLEN] += h.weight * stolen
    if e.venture_months > 0:
        e.venture_months -= 1
        if e.venture_months == 0:
            e.venture = SAFE


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
    """Return what the owner could expect to earn outside the firm (rupiah a month; C5's W).

    Without papers the jobs for which they are asked are out of reach.
    """
    open_jobs = 1.0 if h.documents else 1.0 - p.formal_pay
    return p.finding_work * place.work * h.casual_wage * open_jobs


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
    """Close the firm: stock is sold, its contract ends unpaid, other work goes on."""
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
    e.venture = SAFE
    e.venture_months = 0
    sums[indicators.CLOSED] += h.weight


@rule
def maybe_start(
    h: Row,
    e: Row,
    place: Row,
    nearby: Row,
    p: Row,
    start_rate: float,
    assistance: float,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> bool:
    """Start a firm where someone can work, will and capital are there (C5).

    Parameters
    ----------
    assistance : float
        Received this month, rupiah; who fears to lose it hopes for less.
    """
    if not h.can_work or h.workers == 0:
        return False
    hoped = (p.variable_margin * math.exp(e.ability) - p.fixed_cost) * e.scale
    if p.assistance_fear > 0.0 and assistance > 0.0:
        hoped -= p.assistance_fear * at_stake(h, place, p, assistance, hoped)
    gain = gain_over_wage(h, e, place, p, hoped)
    will = p.closure_gain * gain + p.start_motivation * h.motivation
    if p.discouragement > 0.0:
        will -= p.discouragement * nearby.failures
    chance = start_rate * math.exp(will)
    u, v = draws.uniforms(key, h.serial, when, draws.START, 0)
    needed = p.start_capital * usual_profit(e, p)
    if u >= chance or h.savings + e.capital < needed:
        return False
    invest(h, e, max(0.0, needed - e.capital), sums)
    e.alive = 1
    e.age = 0
    e.productivity = p.productivity_sd * draws.normal_quantile(v)
    e.smoothed_profit = usual_profit(e, p)
    sums[indicators.STARTED] += h.weight
    return True


@rule
def at_stake(h: Row, place: Row, p: Row, assistance: float, hoped: float) -> float:
    """Return the assistance (rupiah a month) that a firm would put at stake.

    All of it, where the household is in need and the profit hoped for, less the pay given up,
    would lift it past the line to which assistance goes; nothing elsewhere.
    """
    line = place.line_urban if h.urban else place.line_rural
    most = p.assistance_line * line * h.members
    return assistance if h.smoothed < most <= h.smoothed + hoped - h.casual_wage else 0.0


@rule
def invest(h: Row, e: Row, amount: float, sums: np.ndarray) -> None:
    """Move savings into working capital."""
    h.savings -= amount
    e.capital += amount
    sums[ledger.INVESTED] += h.weight * amount
