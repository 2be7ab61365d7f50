"""Those enrolled, with the programme and without: the same rows under the same draws."""

from collections.abc import Callable

import numpy as np

from simulation.population import Population
from simulation.trace import Trace

FEWEST_SHOWN = 30
"""Groups of fewer simulated households are not shown."""
YEAR = 12
BUDGET_UNIT = 1e8  # rupiah; costs are compared per Rp 100 million

Measure = Callable[[np.ndarray], np.ndarray]


def is_shown(rows: np.ndarray) -> bool:
    """Return whether a group is large enough to be shown."""
    return len(rows) >= FEWEST_SHOWN


def crossed(standing: np.ndarray, without: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return who is lifted out of poverty by the scenario, and who is pushed in.

    Examples
    --------
    >>> crossed(np.array([1.2, 0.8, 1.2]), np.array([0.9, 1.1, 1.1]))
    (array([1., 0., 0.]), array([0., 1., 0.]))
    """
    lifted = (without < 1.0) & (standing >= 1.0)
    pushed = (without >= 1.0) & (standing < 1.0)
    return lifted.astype(float), pushed.astype(float)


class Pair:
    """The paths of those enrolled in a run, and of the same people in its twin.

    Attributes
    ----------
    weight, heads : numpy.ndarray
        Of each row of the run: households and persons that it stands for.
    known : numpy.ndarray
        Whether a row was enrolled by this month, shape (months, rows).
    """

    def __init__(self, population: Population, run: Trace, twin: Trace) -> None:
        self.run, self.twin = run, twin
        order = np.argsort(twin.rows, kind="stable")
        self.where = order[np.searchsorted(twin.rows[order], run.rows)]
        self.weight = population.households["weight"][run.rows]
        self.heads = self.weight * population.households["members"][run.rows]
        self.known = np.arange(len(run.paths["alive"]))[:, None] >= run.since

    def level(self, weight: np.ndarray, field: str) -> float:
        """Return the mean without the programme, over the last year."""
        return _mean(self.twin.paths[field][-YEAR:, self.where], weight)

    def change(
        self, weight: np.ndarray, field: str, measure: Measure = lambda values: values
    ) -> float:
        """Return the difference of means over the last year (intention to treat)."""
        with_it = self.run.paths[field][-YEAR:]
        without = self.twin.paths[field][-YEAR:, self.where]
        change = measure(with_it).astype(float) - measure(without)
        return _mean(np.where(self.known[-YEAR:], change, np.nan), weight)

    def total_change(self, field: str) -> float:
        """Return the difference of all amounts since enrolment, at weight."""
        change = self.run.paths[field].astype(float) - self.twin.paths[field][:, self.where]
        return float((np.where(self.known, change, 0.0) * self.weight).sum())

    def within(self, months: int, field: str, who: np.ndarray) -> float:
        """Return the difference in who had it in any of so many months from enrolment.

        Of those whom the run followed for so long; not a number where they are too few.
        """
        total = len(self.known)
        who = np.flatnonzero(who & (self.run.since + months <= total))
        if not is_shown(who):
            return np.nan
        since, month = self.run.since[who], np.arange(total)[:, None]
        first = (month >= since) & (month < since + months)
        with_it = (first & (self.run.paths[field][:, who] > 0)).any(axis=0)
        without = (first & (self.twin.paths[field][:, self.where[who]] > 0)).any(axis=0)
        return _mean((with_it.astype(float) - without)[None], self.weight[who])

    def of_others(self, field: str) -> tuple[float, float]:
        """Return what those not yet enrolled add up to over the last year, with and without."""
        known = self.known[-YEAR:]
        own, same = self.run.paths[field][-YEAR:], self.twin.paths[field][-YEAR:, self.where]
        with_it, without = (
            trace.totals[field][-YEAR:].sum() - (np.where(known, path, 0.0) * self.weight).sum()
            for trace, path in ((self.run, own), (self.twin, same))
        )
        return float(with_it), float(without)


def _mean(values: np.ndarray, weight: np.ndarray) -> float:
    known = np.isfinite(values)
    total = (np.where(known, values, 0.0) * weight).sum()
    return float(total / (known * weight).sum())
