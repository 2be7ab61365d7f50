"""What a scenario did: the run against its twin, row by row under the same draws."""

from dataclasses import dataclass

import numpy as np

from scenarios.runs import funds
from scenarios.runs.groups import BUDGET_UNIT, FEWEST_SHOWN, YEAR, Pair, crossed, is_shown
from simulation import indicators, ledger
from simulation.population import Population
from simulation.programmes.account import DONOR, GOVERNMENT, INVESTOR
from simulation.trace import Trace, share

TOUCHED = 0.01
"""Part of last year's standing by which a household counts as having won or lost."""
STREET = ("street_change", "street_change_24")
"""What rests on how many return to the street without a programme, which is least known."""


@dataclass(frozen=True)
class Indicator:
    """One row of a comparison.

    Attributes
    ----------
    name, group, unit, label : str
        Short name; key of `GROUPS`; unit; words for people.
    """

    name: str
    group: str
    unit: str
    label: str


GROUPS = {
    "participants": "Those enrolled",
    "others": "Everyone else in the area",
    "area": "The area as a whole",
    "payers": "Who pays",
    "fund": "The fund that finances enterprises",
    "score": "The credit score",
}

INDICATORS = (
    Indicator("participants", "participants", "households", "Households enrolled"),
    Indicator("women", "participants", "households", "Households enrolled, firms led by women"),
    Indicator("seats_filled", "participants", "percent", "Seats filled"),
    Indicator("completed", "participants", "percent", "Completed the course"),
    Indicator("financed", "participants", "enterprises", "Enterprises financed"),
    Indicator("served_twice", "participants", "households", "Served by another programme before"),
    Indicator("lifted_out", "participants", "persons", "Lifted out of poverty"),
    Indicator("pushed_in", "participants", "persons", "Pushed into poverty"),
    Indicator("net_lifted", "participants", "persons", "Net lifted out"),
    Indicator("winners", "participants", "persons", "Winners: consume 1% more or better"),
    Indicator("losers", "participants", "persons", "Net losers: consume 1% less or worse"),
    Indicator("headcount_change", "participants", "points", "Headcount (P0), change"),
    Indicator("gap_change", "participants", "points", "Poverty gap (P1), change"),
    Indicator("consumption_change", "participants", "percent", "Consumption a head, change"),
    Indicator("profit_change", "participants", "rupiah a month", "Profit, change"),
    Indicator("profit_change_percent", "participants", "percent", "Profit, change"),
    Indicator("survival_change", "participants", "points", "Households with a firm, change"),
    Indicator("debt_change", "participants", "rupiah", "Owed to moneylenders, change"),
    Indicator("care_change", "participants", "hours a month", "Unpaid care, change"),
    Indicator("finance_change", "participants", "points", "Meet what KUR asks for, change"),
    Indicator("street_change", "participants", "points", "On the street in a year, change"),
    Indicator("street_change_24", "participants", "points", "On the street in two years, change"),
    Indicator("house_change", "participants", "points", "In a house within a year, change"),
    Indicator("others_net_lifted", "others", "persons", "Net lifted out"),
    Indicator("others_losers", "others", "persons", "Net losers: consume 1% less or worse"),
    Indicator("others_profit_change_percent", "others", "percent", "Profit of their firms, change"),
    Indicator("others_profit_change", "others", "rupiah a month", "Profit of their firms, change"),
    Indicator("others_closures_change", "others", "enterprises", "Firms closed in a year, change"),
    Indicator("area_net_lifted", "area", "persons", "Net lifted out, everyone"),
    Indicator("area_headcount_change", "area", "points", "Headcount (P0) of the area, change"),
    Indicator("cost", "payers", "rupiah", "Cost, all payers"),
    Indicator("cost_each", "payers", "rupiah", "Cost a participant"),
    Indicator("cost_government", "payers", "rupiah", "Government, less what came back"),
    Indicator("cost_donor", "payers", "rupiah", "Donors, less what came back"),
    Indicator("cost_investor", "payers", "rupiah", "Investor, less what came back"),
    Indicator("assistance_change", "payers", "rupiah", "Assistance to those enrolled, change"),
    Indicator("area_assistance_change", "payers", "rupiah", "Assistance to everyone, change"),
    Indicator("net_cost", "payers", "rupiah", "Net cost, all payers and assistance"),
    Indicator("public_cost", "payers", "rupiah", "Net public cost: government and assistance"),
    Indicator("net_per_budget", "payers", "persons", "Net lifted out a Rp 100 million"),
    Indicator("net_per_public", "payers", "persons", "Net lifted out a Rp 100 million of it"),
    Indicator("public_cost_each", "payers", "rupiah", "Net public cost a person lifted out"),
    Indicator("irr", "fund", "percent a year", "Investor's IRR (nominal)"),
    Indicator("irr_real", "fund", "percent a year", "Investor's IRR (real, by consumer prices)"),
    Indicator("loss", "fund", "percent", "Invested and not paid back"),
    Indicator("recycled", "fund", "rupiah", "Invested again beyond the first fund"),
    Indicator("fund_sustains", "fund", "times", "Paid back, of all that the fund's owner paid"),
    Indicator("refused", "score", "enterprises", "Refused by the score"),
    Indicator("score_auc", "score", "of 1", "AUC: better payers scored above worse ones"),
    Indicator("refused_women", "score", "percent", "Refused, women"),
    Indicator("refused_men", "score", "percent", "Refused, men"),
    Indicator("refused_ppks", "score", "percent", "Refused, PPKS"),
    Indicator("refused_not_ppks", "score", "percent", "Refused, not PPKS"),
    Indicator("wrongly_refused", "score", "percent", "Of those refused: would have paid"),
)

RATIOS = {"public_cost_each": ("public_cost", "net_lifted")}
"""Indicators made of two others over replicates, where the second is clearly above zero."""


def effects(population: Population, run: Trace, twin: Trace) -> dict[str, float]:
    """Return each indicator of one replicate.

    Parameters
    ----------
    population : Population
        For weights and members.
    run, twin : Trace
        The scenario, and the same world without it; the twin follows at least the same rows.

    Returns
    -------
    dict
        By name of `INDICATORS`; not a number where it does not apply or too few are concerned.
    """
    found = dict.fromkeys((indicator.name for indicator in INDICATORS), np.nan)
    found |= _of_area(population, run, twin)
    if len(run.rows) < FEWEST_SHOWN:
        return found
    pair = Pair(population, run, twin)
    found |= _of_seats(population, run)
    found |= _of_poverty(population, pair)
    found |= _of_firms(population, pair)
    found |= _of_street(population, pair)
    found |= _of_others(population, pair)
    found |= _of_payers(pair, found["participants"], found["net_lifted"])
    found |= funds.of_fund(population, run)
    found |= funds.of_score(population, run)
    return found


def _of_area(population: Population, run: Trace, twin: Trace) -> dict[str, float]:
    h = population.households
    lifted, pushed = crossed(run.year_mean, twin.year_mean)
    persons = h["weight"] * h["members"] * (h["frame"] == 0)
    change = share(run.sums, indicators.POOR) - share(twin.sums, indicators.POOR)
    return {
        "area_net_lifted": float((persons * (lifted - pushed)).sum()),
        "area_headcount_change": 100.0 * float(change[-YEAR:].mean()),
    }


def _of_seats(population: Population, run: Trace) -> dict[str, float]:
    """Return who got a seat, a certificate or money."""
    weight = population.households["weight"]
    # Whoever closed in the month of enrolment had a firm, too.
    owns = ((run.paths["alive"] > 0) | (run.paths["closed"] > 0)).any(axis=0)
    led = run.rows[owns & (population.enterprises["woman"][run.rows] == 1)]
    found = {"participants": float(weight[run.rows].sum()), "women": float(weight[led].sum())}
    if not run.programmes:
        return found
    taken = sum(float(weight[each.rows].sum()) for each in run.programmes)
    intakes = [intake for each in run.programmes for intake in each.intakes]
    found["seats_filled"] = 100.0 * taken / sum(each.seats for each in run.programmes)
    if any(each.terms.finance for each in run.programmes):
        found["financed"] = sum(float(weight[each.rows[each.financed]].sum()) for each in intakes)
    if len(run.programmes) > 1:
        found["served_twice"] = sum(each.again for each in run.programmes)
    courses = [
        intake
        for each in run.programmes
        if each.terms.training
        for intake in each.intakes
        if intake.over
    ]
    rows, done = (
        np.concatenate([each.rows for each in courses]) if courses else np.zeros(0, int),
        np.concatenate([each.completed for each in courses]) if courses else np.zeros(0, bool),
    )
    if is_shown(rows):
        found["completed"] = 100.0 * float((weight[rows] * done).sum() / weight[rows].sum())
    return found


def _of_poverty(population: Population, pair: "Pair") -> dict[str, float]:
    """Return who is lifted out, pushed in, better or worse off among those enrolled."""
    run, twin, heads = pair.run, pair.twin, pair.heads
    lifted, pushed = (each[run.rows] for each in crossed(run.year_mean, twin.year_mean))
    won, lost = (each[run.rows] for each in _moved(run.year_mean, twin.year_mean))
    consumption = pair.change(heads, "consumption")
    return {
        "lifted_out": float((heads * lifted).sum()),
        "pushed_in": float((heads * pushed).sum()),
        "net_lifted": float((heads * (lifted - pushed)).sum()),
        "winners": float((heads * won).sum()),
        "losers": float((heads * lost).sum()),
        "headcount_change": 100.0 * pair.change(heads, "standing", lambda s: s < 1.0),
        "gap_change": 100.0 * pair.change(heads, "standing", lambda s: np.maximum(0, 1.0 - s)),
        "consumption_change": 100.0 * consumption / pair.level(heads, "consumption"),
        "debt_change": pair.change(pair.weight, "debt"),
    }


def _moved(standing: np.ndarray, without: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return who is better off by more than `TOUCHED`, and who is worse off."""
    return standing > (1.0 + TOUCHED) * without, standing < (1.0 - TOUCHED) * without


def _of_firms(population: Population, pair: "Pair") -> dict[str, float]:
    weight, rows = pair.weight, pair.run.rows
    profit, change = pair.level(weight, "profit"), pair.change(weight, "profit")
    found = {
        "profit_change": change,
        "profit_change_percent": 100.0 * change / profit if profit > 0 else np.nan,
        "survival_change": 100.0 * pair.change(weight, "alive"),
        "finance_change": 100.0 * pair.change(weight, "bankable"),
    }
    hours = float(pair.run.parameters[0].care_hours)
    if hours > 0.0:
        h, woman = population.households, population.enterprises["woman"][rows] == 1
        dependants = np.maximum(0.0, h["members"][rows].astype(float) - h["workers"][rows])
        found["care_change"] = pair.change(
            weight, "alive", lambda a: a * hours * dependants * woman
        )
    return found


def _of_street(population: Population, pair: "Pair") -> dict[str, float]:
    """Return who is on the street or in a house at any time after enrolment."""
    street = population.households["frame"][pair.run.rows] == 1
    return {
        "street_change": 100.0 * pair.within(YEAR, "street", street),
        "street_change_24": 100.0 * pair.within(2 * YEAR, "street", street),
        "house_change": 100.0 * pair.within(YEAR, "sheltered", street),
    }


def _of_others(population: Population, pair: "Pair") -> dict[str, float]:
    """Return what changes for those who are not enrolled, through markets and jobs."""
    run, twin, h = pair.run, pair.twin, population.households
    others = np.ones(len(population), bool)
    others[run.rows] = False
    if others.sum() < FEWEST_SHOWN:
        return {}
    persons = (h["weight"] * h["members"] * (h["frame"] == 0))[others]
    standings = run.year_mean[others], twin.year_mean[others]
    (lifted, pushed), (_, lost) = crossed(*standings), _moved(*standings)
    (profit, without), closed = pair.of_others("profit"), pair.of_others("closed")
    return {
        "others_net_lifted": float((persons * (lifted - pushed)).sum()),
        "others_losers": float((persons * lost).sum()),
        "others_profit_change_percent": 100.0 * (profit / without - 1.0) if without > 0 else np.nan,
        "others_profit_change": (profit - without) / min(YEAR, len(run.sums)),
        "others_closures_change": closed[0] - closed[1],
    }


def _of_payers(pair: "Pair", participants: float, net_lifted: float) -> dict[str, float]:
    """Return what it costs whom, and what the government saves or adds in assistance."""
    run, twin = pair.run, pair.twin
    assistance = run.sums[:, :, ledger.ASSISTANCE] - twin.sums[:, :, ledger.ASSISTANCE]
    found = {
        "cost": run.cost,
        "cost_each": run.cost / participants,
        "net_per_budget": _per_budget(net_lifted, run.cost),
        "assistance_change": pair.total_change("assistance"),
        "area_assistance_change": float(assistance.sum()),
    }
    found["net_cost"] = run.cost + found["area_assistance_change"]
    if run.programmes:
        net = -np.sum([each.flows.sum(axis=0) for each in run.programmes], axis=0)
        found["net_cost"] = float(net.sum()) + found["area_assistance_change"]
        found["public_cost"] = run.parameters["public_funds"][0] * (
            float(net[GOVERNMENT]) + found["area_assistance_change"]
        )
        found["net_per_public"] = _per_budget(net_lifted, found["public_cost"])
        for name, payer in (
            ("cost_government", GOVERNMENT),
            ("cost_donor", DONOR),
            ("cost_investor", INVESTOR),
        ):
            if any(each.flows[:, payer].any() for each in run.programmes):
                found[name] = float(net[payer])
    return found


def _per_budget(persons: float, cost: float) -> float:
    return persons / (cost / BUDGET_UNIT) if cost > 0 else np.nan
