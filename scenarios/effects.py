"""What a scenario did: the run against its twin, row by row under the same draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulation import indicators
from simulation.measures import internal_rate_of_return
from simulation.population import Population
from simulation.trace import Trace, share

FEWEST_SHOWN = 30
"""Groups of fewer simulated households are not shown."""
YEAR = 12
BUDGET_UNIT = 1e8  # rupiah; costs are compared per Rp 100 million


@dataclass(frozen=True)
class Indicator:
    """One row of a comparison.

    Attributes
    ----------
    name, group, unit, label : str
        Short name; "participants" or "area"; unit; words for people.
    """

    name: str
    group: str
    unit: str
    label: str


INDICATORS = (
    Indicator("participants", "participants", "households", "Households enrolled"),
    Indicator("lifted_out", "participants", "persons", "Lifted out of poverty"),
    Indicator("pushed_in", "participants", "persons", "Pushed into poverty"),
    Indicator("net_lifted", "participants", "persons", "Net lifted out"),
    Indicator("headcount_change", "participants", "points", "Headcount (P0), change"),
    Indicator("gap_change", "participants", "points", "Poverty gap (P1), change"),
    Indicator("consumption_change", "participants", "percent", "Consumption a head, change"),
    Indicator("profit_change", "participants", "rupiah a month", "Profit, change"),
    Indicator("profit_change_percent", "participants", "percent", "Profit, change"),
    Indicator("survival_change", "participants", "points", "Households with a firm, change"),
    Indicator("street_change", "participants", "points", "On the street in a year, change"),
    Indicator("finance_change", "participants", "points", "Meet what KUR asks for, change"),
    Indicator("financed", "participants", "enterprises", "Enterprises financed"),
    Indicator("refused", "participants", "enterprises", "Refused by the score"),
    Indicator("area_net_lifted", "area", "persons", "Net lifted out, everyone"),
    Indicator("area_headcount_change", "area", "points", "Headcount (P0) of the area, change"),
    Indicator("cost", "participants", "rupiah", "Cost, all payers"),
    Indicator("cost_each", "participants", "rupiah", "Cost a participant"),
    Indicator("net_per_budget", "participants", "persons", "Net lifted out a Rp 100 million"),
    Indicator("irr", "participants", "percent a year", "Investor's IRR (nominal)"),
)


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
    h = population.households
    found = dict.fromkeys((indicator.name for indicator in INDICATORS), np.nan)
    lifted, pushed = _crossed(run.year_mean, twin.year_mean)
    persons = h["weight"] * h["members"] * (h["frame"] == 0)
    found["area_net_lifted"] = float((persons * (lifted - pushed)).sum())
    change = share(run.sums, indicators.POOR) - share(twin.sums, indicators.POOR)
    found["area_headcount_change"] = 100.0 * float(change[-YEAR:].mean())
    if len(run.rows) < FEWEST_SHOWN:
        return found
    weight = h["weight"][run.rows]
    heads = weight * h["members"][run.rows]
    found["participants"] = float(weight.sum())
    found["lifted_out"] = float((heads * lifted[run.rows]).sum())
    found["pushed_in"] = float((heads * pushed[run.rows]).sum())
    found["net_lifted"] = found["lifted_out"] - found["pushed_in"]
    pair = _Pair(run, twin)
    found["headcount_change"] = 100.0 * pair.change(heads, "standing", lambda s: s < 1.0)
    found["gap_change"] = 100.0 * pair.change(heads, "standing", lambda s: np.maximum(0, 1.0 - s))
    before = pair.level(heads, "consumption")
    found["consumption_change"] = 100.0 * pair.change(heads, "consumption") / before
    found["profit_change"] = pair.change(weight, "profit")
    profit = pair.level(weight, "profit")
    found["profit_change_percent"] = (
        100.0 * found["profit_change"] / profit if profit > 0 else np.nan
    )
    found["survival_change"] = 100.0 * pair.change(weight, "alive")
    found["finance_change"] = 100.0 * pair.change(weight, "bankable")
    if (h["frame"][run.rows] == 1).any():
        found["street_change"] = 100.0 * pair.within_a_year(weight, "street")
    found["financed"], found["refused"] = float(run.financed), float(run.refused)
    found["cost"] = run.cost
    found["cost_each"] = run.cost / found["participants"]
    if run.cost > 0:
        found["net_per_budget"] = found["net_lifted"] / (run.cost / BUDGET_UNIT)
    if run.investor_flows.any():
        found["irr"] = 100.0 * internal_rate_of_return(run.investor_flows)
    return found


def _crossed(standing: np.ndarray, without: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return who is lifted out of poverty by the scenario, and who is pushed in."""
    lifted = (without < 1.0) & (standing >= 1.0)
    pushed = (without >= 1.0) & (standing < 1.0)
    return lifted.astype(float), pushed.astype(float)


class _Pair:
    """The paths of the participants with the programme and without."""

    def __init__(self, run: Trace, twin: Trace) -> None:
        order = np.argsort(twin.rows, kind="stable")
        self.where = order[np.searchsorted(twin.rows[order], run.rows)]
        self.run, self.twin = run, twin

    def level(self, weight: np.ndarray, field: str) -> float:
        """Return the mean without the programme, over the last year."""
        return self._mean(self.twin.paths[field][-YEAR:, self.where], weight)

    def change(
        self,
        weight: np.ndarray,
        field: str,
        measure: Callable[[np.ndarray], np.ndarray] = lambda values: values,
    ) -> float:
        """Return the difference of means over the last year (intention to treat)."""
        with_it = self.run.paths[field][-YEAR:]
        without = self.twin.paths[field][-YEAR:, self.where]
        change = measure(with_it).astype(float) - measure(without)
        return self._mean(np.where(np.isfinite(with_it), change, np.nan), weight)

    def within_a_year(self, weight: np.ndarray, field: str) -> float:
        """Return the difference in who had it in any of the twelve months from enrolment."""
        month = np.arange(len(self.run.paths[field]))[:, None]
        first = (month >= self.run.since) & (month < self.run.since + YEAR)
        with_it = (first & (self.run.paths[field] > 0)).any(axis=0)
        without = (first & (self.twin.paths[field][:, self.where] > 0)).any(axis=0)
        return self._mean((with_it.astype(float) - without)[None], weight)

    @staticmethod
    def _mean(values: np.ndarray, weight: np.ndarray) -> float:
        known = np.isfinite(values)
        total = (np.where(known, values, 0.0) * weight).sum()
        return float(total / (known * weight).sum())
