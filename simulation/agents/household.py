"""A household's month: earn, receive, meet shocks, eat first, save and invest, choose.

Equations C1, C2 and C4 of the model page. `live_month` is the whole of it, in order; it serves one
row (`Household.step`) and the loop over millions alike.
"""

import math

import numpy as np

from simulation import draws, indicators, ledger
from simulation.agents import contract, enterprise, street
from simulation.compiled import rule
from simulation.records import SHELTERED, STREET_WORK, Row

SEMBAKO, PKH = 1, 2


@rule
def live_month(
    h: Row,
    e: Row,
    place: Row,
    demand: np.ndarray,
    nearby: Row,
    contracts: np.ndarray,
    p: Row,
    start_rate: float,
    key: np.uint64,
    month: int,
    sums: np.ndarray,
) -> bool:
    """Live one month; return whether a firm closed in it.

    Parameters
    ----------
    h, e, place, nearby, p : record
        The household, its enterprise, its district this month, its neighbourhood last month, the
        parameters.
    demand : numpy.ndarray
        Factor on sales by market, shape (markets,).
    contracts : numpy.ndarray
        Table of contract terms; row 0 is none.
    start_rate : float
        Chance a month that a usual household without a firm starts one.
    key : numpy.uint64
        Key of the life branch.
    month : int
        Month of the run.
    sums : numpy.ndarray
        Flows and indicators of the block, added to at the household's weight.
    """
    when = draws.moment(place.code, month)
    line = place.line_urban if h.urban else place.line_rural
    had_firm = e.alive > 0
    started = False
    grow(h, e, place)
    if (int(h.serial) + month) % 12 == 0:
        retarget_assistance(h, place, p, key, when, line)
    if h.frame:
        street.move_house(h, e, p, sums)
    profit = 0.0
    e.payment = 0.0
    if e.alive:
        e.age += 1
        profit = enterprise.trade(h, e, place, demand[enterprise.market_of(e)], p, key, when, sums)
        enterprise.wear_out(h, e, p, key, when, sums)
    in_hospital = draws.uniform(key, h.serial, when, draws.HOSPITAL, 0) < p.illness * h.members
    bill = hospital_bill(h, p, key, when, sums) if in_hospital else 0.0
    assistance = receive(h, place, sums)
    income = earn(h, e, place, p, in_hospital, key, when, sums) + assistance + profit
    income -= contract.pay_financier(h, e, contracts, p, income, key, when, sums)
    unmet = eat(h, e, p, income, bill, nearby.owing, sums)
    if p.arisan_contribution > 0.0:
        save_in_arisan(h, p, month, sums)
    enterprise.forget(h, e, p)
    if p.imitation > 0.0 and e.alive:
        enterprise.imitate(e, nearby, p)
    enterprise.sell_online(e, p)
    feel_visits(h, p)
    if e.alive:
        if not enterprise.maybe_close(h, e, place, p, key, when, sums):
            reinvest(h, e, p, profit, sums)
    elif at_home(h):
        started = enterprise.maybe_start(
            h, e, place, nearby, p, start_rate, assistance, key, when, sums
        )
    if h.livelihood == SHELTERED:
        street.stay_in_house(h, p, sums)
    elif h.frame:
        street.choose_street(h, e, place, p, unmet, key, when, sums)
    measure(h, e, place, p, bill, line, key, when, sums)
    return (had_firm or started) and not e.alive


@rule
def at_home(h: Row) -> bool:
    """Tell whether the household lives neither on the street nor in a rehabilitation house."""
    return h.livelihood != STREET_WORK and h.livelihood != SHELTERED


@rule
def grow(h: Row, e: Row, place: Row) -> None:
    """Move usual incomes with the economy of the place; ranks gain by its tilt and its bend.

    What a household takes for its usual means keeps up with prices at once; what is gained or
    lost beyond prices is learnt month by month.
    """
    h.smoothed *= place.inflation_urban if h.urban else place.inflation_rural
    growth = place.growth_urban if h.urban else place.growth_rural
    if place.tilt != 0.0 or place.bend != 0.0:
        below = 0.5 - h.rank / 65535.0
        growth *= math.exp(place.tilt * below + 4.0 * place.bend * (below * below - 1.0 / 12.0))
    h.mean_income *= growth
    h.casual_wage *= growth
    e.scale *= growth


@rule
def retarget_assistance(
    h: Row, place: Row, p: Row, key: np.uint64, when: np.uint64, line: float
) -> None:
    """Decide for a year who holds Sembako and PKH, with the errors that are published."""
    in_need = h.smoothed < p.assistance_line * line * h.members
    sembako = p.sembako_reach if in_need else p.sembako_error
    pkh = p.pkh_reach if in_need else p.pkh_error
    u, v = draws.uniforms(key, h.serial, when, draws.ASSISTANCE, 0)
    h.assistance = 0
    if h.documents:
        h.assistance = (SEMBAKO if u < sembako else 0) + (PKH if v < pkh else 0)


@rule
def earn(
    h: Row,
    e: Row,
    place: Row,
    p: Row,
    in_hospital: bool,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> float:
    """Earn outside the firm (C1); an owner gives up the casual wage. Return rupiah.

    Nobody earns in a rehabilitation house.
    """
    n_slow, n_fast = draws.normals(key, h.serial, when, draws.INCOME, 0)
    spread = p.persistent_sd * math.sqrt(1.0 - p.persistence**2)
    h.persistent = p.persistence * h.persistent + spread * n_slow
    luck = math.exp(h.persistent + p.transitory_sd * n_fast - 0.5 * p.transitory_sd**2)
    if h.livelihood == SHELTERED:
        return 0.0
    at_work = 1.0 - (p.illness_loss if in_hospital else 0.0)
    if h.livelihood == STREET_WORK:
        takings = p.street_pay * place.prices * p.street_days * luck * at_work
        sums[ledger.STREET_TAKINGS] += h.weight * takings
        return takings
    usual = h.mean_income - (h.casual_wage if e.alive else 0.0)
    if not e.alive:
        if h.hours_away > 0:
            usual -= h.casual_wage * h.hours_away / enterprise.USUAL_HOURS
        usual *= formal_factor(h, place, p)
    wages = max(0.0, usual) * luck * at_work
    sums[ledger.WAGES] += h.weight * wages
    return wages


@rule
def formal_factor(h: Row, place: Row, p: Row) -> float:
    """Return the factor on pay outside the firm that papers and open jobs make.

    A part of it, `formal_pay`, comes from jobs for which papers are asked. Vacancies for them are
    fixed, so that all who look for work share them; who has no papers gets none of it.
    """
    return 1.0 - p.formal_pay * (1.0 - h.documents * place.work) if h.can_work else 1.0


@rule
def receive(h: Row, place: Row, sums: np.ndarray) -> float:
    """Return this month's Sembako and PKH (rupiah)."""
    received = 0.0
    if h.assistance & SEMBAKO:
        received += place.sembako
    if h.assistance & PKH:
        received += place.pkh
    sums[ledger.ASSISTANCE] += h.weight * received
    return received


@rule
def hospital_bill(h: Row, p: Row, key: np.uint64, when: np.uint64, sums: np.ndarray) -> float:
    """Return the bill of a stay in hospital (rupiah): exponential, a tail that ruins some."""
    u = draws.uniform(key, h.serial, when, draws.HOSPITAL_BILL, 0)
    bill = -math.log(1.0 - u) * p.illness_bill * h.smoothed
    sums[ledger.MEDICAL] += h.weight * bill
    return bill


@rule
def eat(
    h: Row,
    e: Row,
    p: Row,
    income: float,
    bill: float,
    kin_owing: float,
    sums: np.ndarray,
) -> float:
    """Eat first (C2): income, savings, stock, kin, the moneylender; then repay, then save.

    A rehabilitation house feeds its guests: they borrow nothing for food, and what they usually
    earn outside (smoothed income) stays as it was when they moved in.

    Parameters
    ----------
    income : float
        After payments to financiers, rupiah; may be negative.
    bill : float
        Of this month's stay in hospital, rupiah.

    Returns
    -------
    float
        Share of what the household meant to eat that it went without.
    """
    if h.livelihood != SHELTERED:
        h.smoothed = max(1.0, p.smoothing * h.smoothed + (1.0 - p.smoothing) * income)
    charge_interest(h, p, sums)
    floor = p.floor_share * h.smoothed
    wealth = h.savings - h.kin_debt - h.debt
    wanted = max(floor, h.smoothed + p.wealth_response * (wealth - p.wealth_aim * h.smoothed))
    h.savings += income - bill
    if h.savings < wanted and h.livelihood != SHELTERED:
        cover_shortfall(h, e, p, wanted, kin_owing, sums)
    h.consumption = max(floor, min(wanted, h.savings))
    if h.consumption > h.savings:
        sums[ledger.RELIEF] += h.weight * (h.consumption - h.savings)
        h.savings = h.consumption
    h.savings -= h.consumption
    sums[ledger.CONSUMED] += h.weight * h.consumption
    repay(h, sums)
    return 1.0 - h.consumption / wanted


@rule
def charge_interest(h: Row, p: Row, sums: np.ndarray) -> None:
    """Let the moneylender's charge run; what passes the limit is never got back."""
    interest = p.lender_rate * h.debt
    h.debt += interest
    sums[ledger.LENDER_INTEREST] += h.weight * interest
    lost = max(0.0, h.debt - p.lender_limit * h.smoothed)
    h.debt -= lost
    sums[ledger.LENDER_LOST] += h.weight * lost


@rule
def cover_shortfall(
    h: Row, e: Row, p: Row, wanted: float, kin_owing: float, sums: np.ndarray
) -> None:
    """Find cash for food: the firm's stock where no books are kept, kin, the moneylender."""
    needed = min(wanted, p.need_share * h.smoothed) - h.savings
    stock = min(enterprise.stock_for_sale(h, e, p), needed / p.fire_sale)
    if stock > 0.0:
        h.savings += enterprise.sell_stock(h, e, p, stock, sums)
    kin_room = p.kin_limit * h.smoothed * (1.0 - p.kin_strain * kin_owing) - h.kin_debt
    lent = max(0.0, min(kin_room, wanted - h.savings))
    h.kin_debt += lent
    h.savings += lent
    sums[ledger.KIN_LENT] += h.weight * lent
    lent = max(0.0, min(p.lender_limit * h.smoothed - h.debt, wanted - h.savings))
    h.debt += lent
    h.savings += lent
    sums[ledger.LENDER_LENT] += h.weight * lent


@rule
def repay(h: Row, sums: np.ndarray) -> None:
    """Repay the moneylender, then kin, from what is left."""
    paid = min(h.debt, h.savings)
    h.debt -= paid
    h.savings -= paid
    sums[ledger.LENDER_REPAID] += h.weight * paid
    paid = min(h.kin_debt, h.savings)
    h.kin_debt -= paid
    h.savings -= paid
    sums[ledger.KIN_REPAID] += h.weight * paid


@rule
def reinvest(h: Row, e: Row, p: Row, profit: float, sums: np.ndarray) -> None:
    """Put part of the profit back where savings exceed a buffer (C4)."""
    if profit > 0.0 and h.savings > p.buffer * h.smoothed:
        enterprise.invest(h, e, min(p.reinvestment * profit, h.savings), sums)


@rule
def save_in_arisan(h: Row, p: Row, month: int, sums: np.ndarray) -> None:
    """Pay into the arisan where savings allow; when the turn comes, draw all that was paid in.

    Turns go round by serial number, one in every so many months as the arisan has members.
    """
    if h.can_work and at_home(h) and h.savings >= p.arisan_contribution and h.arisan < 255:
        h.savings -= p.arisan_contribution
        h.arisan += 1
        sums[ledger.ARISAN_PAID] += h.weight * p.arisan_contribution
    if h.arisan > 0 and (int(h.serial) + month) % int(p.arisan_members) == 0:
        drawn = h.arisan * p.arisan_contribution
        h.savings += drawn
        h.arisan = 0
        sums[ledger.ARISAN_DRAWN] += h.weight * drawn


@rule
def feel_visits(h: Row, p: Row) -> None:
    """Let motivation and ties drift back to the usual; visits lift them (C7)."""
    h.motivation += -p.state_decay * h.motivation + p.visit_motivation * h.visits
    h.ties += -p.state_decay * h.ties + p.visit_ties * h.visits


@rule
def measure(
    h: Row,
    e: Row,
    place: Row,
    p: Row,
    bill: float,
    line: float,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> None:
    """Note standing and poverty; in survey months also what Susenas would have seen."""
    standing = h.consumption / (h.members * line)
    persons = h.weight * h.members
    gap = max(0.0, 1.0 - standing)
    sums[indicators.HOUSEHOLDS] += h.weight
    sums[indicators.PERSONS] += persons
    sums[indicators.POOR] += persons * (1.0 if gap > 0.0 else 0.0)
    sums[indicators.POVERTY_GAP] += persons * gap
    sums[indicators.POVERTY_SEVERITY] += persons * gap * gap
    sums[indicators.STANDING] += persons * standing
    sums[indicators.SMOOTHED_INCOME] += h.weight * h.smoothed
    sums[indicators.ENTERPRISES] += h.weight * e.alive
    sums[indicators.INDEBTED] += h.weight * (1.0 if h.debt > 0.0 else 0.0)
    if not e.alive and h.can_work and at_home(h):
        sums[indicators.SEEKERS] += h.weight
    if not math.isfinite(standing + e.capital + e.profit + h.savings + h.debt):
        sums[indicators.NOT_FINITE] += 1.0
    if place.year_start:
        h.year_sum = 0.0
    h.year_sum += standing
    if place.year_end:
        h.year_mean = h.year_sum / 12.0
    if place.survey:
        error, _ = draws.normals(key, h.serial, when, draws.MEASUREMENT, 0)
        h.measured = (h.consumption * math.exp(p.measurement_sd * error) + bill) / h.members
