"""What a programme claims, by its own figures, beside what it did, by the twin; and who paid."""

from typing import Any

import numpy as np
import pandas as pd

from scenarios.runs.groups import YEAR, Pair, crossed, is_shown
from scenarios.schema import Scenario
from simulation.population import Population
from simulation.programmes.account import PAYERS
from simulation.trace import ProgrammeTrace, Trace

FIGURES = (
    "claimed",
    "claimed_lifted",
    "true_lifted",
    "anyway_lifted",
    "before_after_profit",
    "true_profit",
    "enrolled",
    "cost",
)
"""What `claims` returns in numbers."""


def claims(
    population: Population, run: Trace, twin: Trace, programme: ProgrammeTrace
) -> dict[str, float]:
    """Return what a provider would report of one programme, and what is true of the same people.

    A provider compares with the day of enrolment: who was below the line and stood above it over
    the last complete year was lifted out by the programme, it says. Who does so in the twin too
    would have recovered anyway. Whoever is in two programmes counts in both.

    Returns
    -------
    dict
        By name of `FIGURES`: the KPI (percent); persons claimed, truly (net) lifted, and claimed
        that recover anyway; profit (rupiah a month) over the last year against the day of
        enrolment, and against the twin; households; rupiah. Not a number where too few are
        concerned; ``recovered`` has the number of rows behind the persons claimed.
    """
    found = dict.fromkeys(FIGURES, np.nan) | {"recovered": 0.0}
    rows = programme.rows
    if not is_shown(rows):
        return found
    weight = population.households["weight"][rows]
    heads = weight * population.households["members"][rows]
    standing, profit = (
        np.concatenate([getattr(each, name) for each in programme.intakes])
        for name in ("standing", "profit")
    )
    now, without = run.year_mean[rows], twin.year_mean[rows]
    recovered = (standing < 1.0) & (now >= 1.0)
    lifted, pushed = crossed(now, without)
    after, true_profit = _profits(population, run, twin, programme)
    return {
        "claimed": claimed(population, run, programme),
        "claimed_lifted": float(heads[recovered].sum()),
        "true_lifted": float((heads * (lifted - pushed)).sum()),
        "anyway_lifted": float(heads[recovered & (without >= 1.0)].sum()),
        "recovered": float(recovered.sum()),
        "before_after_profit": after - float(np.average(profit, weights=weight)),
        "true_profit": true_profit,
        "enrolled": float(weight.sum()),
        "cost": programme.cost,
    }


def claimed(population: Population, run: Trace, programme: ProgrammeTrace) -> float:
    """Return the KPI of a programme in percent, as its provider reckons it.

    Completion: of those whose course is over. Numbers: enrolled, of the seats. Absorption: spent,
    of the budget, or of what the seats would cost. Growth: whose firm runs with a smoothed profit
    above that of the day of enrolment. Poverty: who stands above the line now, of those below it
    at enrolment.
    """
    weight = population.households["weight"]
    kpi, intakes = programme.terms.kpi, programme.intakes
    if kpi == "numbers":
        return _percent(float(weight[programme.rows].sum()), programme.seats)
    if kpi == "absorption":
        budget = programme.terms.budget
        return _percent(programme.cost, programme.planned if budget is None else budget)
    rows, met = [np.zeros(0, np.int64)], [np.zeros(0, bool)]
    final = dict(zip(run.rows.tolist(), run.paths["standing"][-1].tolist(), strict=True))
    for each in intakes:
        if kpi == "completion" and each.over:
            rows.append(each.rows)
            met.append(each.completed)
        elif kpi == "growth":
            rows.append(each.rows)
            met.append(each.profit_now > each.profit)
        elif kpi == "poverty":
            poor = each.standing < 1.0
            rows.append(each.rows[poor])
            met.append(np.array([final[row] >= 1.0 for row in each.rows[poor].tolist()], bool))
    of, yes = np.concatenate(rows), np.concatenate(met)
    if not is_shown(of):
        return np.nan
    return _percent(float(weight[of[yes]].sum()), float(weight[of].sum()))


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole > 0.0 else np.nan


def _profits(
    population: Population, run: Trace, twin: Trace, programme: ProgrammeTrace
) -> tuple[float, float]:
    """Return mean profit of those enrolled over the last year, and its difference to the twin."""
    pair = Pair(population, run, twin)
    order = np.argsort(run.rows, kind="stable")
    where = order[np.searchsorted(run.rows[order], programme.rows)]
    known = pair.known[-YEAR:, where]
    weight = pair.weight[where] * known
    with_it = np.where(known, run.paths["profit"][-YEAR:, where], 0.0)
    without = np.where(known, twin.paths["profit"][-YEAR:, pair.where[where]], 0.0)
    after, same = ((weight * each).sum() / weight.sum() for each in (with_it, without))
    return float(after), float(after - same)


def money(scenario: Scenario, replicate: int, run: Trace) -> pd.DataFrame:
    """Return who paid and received what in one run, by programme, month and payer.

    Columns scenario, programme, replicate, month, payer, paid, recovered, transferred, net (rupiah;
    below 0 the payer pays) and prices (1 in the month before the run). Payers who take no part in a
    programme are left out.
    """
    start = pd.Period(scenario.start, "M") + 1
    names = [str(start + month) for month in range(len(run.prices))]
    parts = [pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in MONEY.items()})]
    for programme in run.programmes:
        for payer, word in enumerate(PAYERS):
            columns: dict[str, Any] = {
                name: getattr(programme, name)[:, payer]
                for name in ("paid", "recovered", "transferred")
            }
            if any(column.any() for column in columns.values()):
                place = {"scenario": scenario.name, "programme": programme.name}
                when = {"replicate": replicate, "month": names, "payer": word}
                net = {"net": programme.flows[:, payer], "prices": run.prices}
                parts.append(pd.DataFrame({**place, **when, **columns, **net}))
    return pd.concat(parts[1:] or parts, ignore_index=True)


MONEY = {
    "scenario": "str",
    "programme": "str",
    "replicate": "int64",
    "month": "str",
    "payer": "str",
    "paid": "float64",
    "recovered": "float64",
    "transferred": "float64",
    "net": "float64",
    "prices": "float64",
}
"""Columns of the payers' table."""
