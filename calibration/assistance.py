"""Assistance over the years: what Sembako, PKH and the cash of 2020 and 2021 gave, and to how many.

The chances of holding Sembako and PKH (`sembako_reach` and so on) are those of 2020, when both
reached what they aimed at. In other years holders have as much in sum as the families of that year
had: the model's holders stay as many, and amounts are scaled by coverage (an approximation).
"""

from typing import NamedTuple

import numpy as np

from calibration import figures
from simulation import draws
from simulation.population import Population

FULL_COVERAGE = "2020-12"
"""From then on both reach their targets."""
CASH = {"bst": ("2020-04", "2021-06"), "blt_dana_desa": ("2020-04", "2022-12")}
"""First and last month of cash to families without Sembako and PKH.

Both began in April 2020 (S494 of BLT; BST assumed alike). BST was prolonged to June 2021 (S495).
The last month of BLT is an assumption: the end of 2022, range 2021-12 to 2022-12, as nothing is
known of 2022.
"""


class Amounts(NamedTuple):
    """Rupiah a holder and month, each of shape (months,)."""

    sembako: np.ndarray
    pkh: np.ndarray


def amounts(wanted: np.ndarray) -> Amounts:
    """Return what holders get in these months (since year 0).

    Sembako's families and its amount of 2019 hold for the years before, as its forerunner reached
    as many (an assumption). PKH grows evenly in logs from its target of 2015 to the families of
    March 2020.
    """
    sembako_target = figures.value("sembako_families_target", period="2020")
    pkh_target = figures.value("pkh_families_target", period="2020")
    families = _steps(
        wanted,
        {
            "2019-01": figures.value("bpnt_families", period="2019"),
            "2020-03": figures.value("sembako_families_before_covid", period="2020-03"),
            "2020-06": figures.value("sembako_families_reached", period="2020-06"),
            "2020-11": figures.value("sembako_families_reached", period="2020-11"),
            FULL_COVERAGE: sembako_target,
        },
    )
    benefit = _steps(
        wanted,
        {
            str(period) if len(str(period)) > 4 else f"{period}-01": value
            for period, value in figures.series("sembako_benefit").items()
        },
    )
    start, before = _month("2015-06"), _month("2020-03")
    known = np.log(
        [
            figures.value("pkh_families_target", period="2015"),
            figures.value("pkh_families_before_covid", period="2020-03"),
        ]
    )
    pkh = np.exp(np.interp(wanted, [start, before], known))
    pkh = np.where(wanted > before, pkh_target, pkh)
    budget = figures.value("pkh_budget", period="2020") / pkh_target / 12.0
    return Amounts(benefit * families / sembako_target, budget * pkh / pkh_target)


def cash(
    population: Population, parameters: np.ndarray, lines: np.ndarray, first: int, months: int
) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Return the cash of 2020 to 2022 as gifts, to households that hold neither Sembako nor PKH.

    Those in need are as much likelier to be chosen as with Sembako, and stay those chosen first.

    Parameters
    ----------
    population : Population
        Of Indonesia, at the start of the run.
    parameters : numpy.ndarray
        From `simulation.parameters.values`.
    lines : numpy.ndarray
        Poverty line of each household, rupiah a head and month.
    first : int
        Months since year 0 of the run's first month.
    months : int
        Length of the run.
    """
    p = parameters[0]
    h = population.households
    able = (h["frame"] == 0) & (h["documents"] == 1) & (h["assistance"] == 0)
    in_need = h["smoothed"] < p.assistance_line * lines * h["members"]
    key = draws.branch_key(1, 0, draws.CALIBRATION)
    codes = population.districts["code"][h["district"]]
    u = np.empty(len(h))
    draws.uniform_column(key, h["serial"], draws.moments(codes, 0), draws.ASSISTANCE, 1, u)
    # The order in which families are taken: u over the chance puts those in need first.
    turn = np.where(able, u / np.where(in_need, p.sembako_reach, p.sembako_error), np.inf)
    order = np.argsort(turn, kind="stable")[: int(able.sum())]
    families = np.cumsum(h["weight"][order])
    paid = figures.value("blt_dana_desa_paid", period="2021-01")
    amount = paid / figures.value("blt_dana_desa_families", period="2021-01")
    gifts = []
    for month, number in enumerate(_cash_families(np.arange(first, first + months))):
        rows = np.sort(order[: int(np.searchsorted(families, number))])
        if len(rows):
            gifts.append((month, rows, np.full(len(rows), amount)))
    return gifts


def _cash_families(wanted: np.ndarray) -> np.ndarray:
    """Return how many families had cash: the most reached in each year, in the months it was paid.

    Nothing is known of 2022; BLT goes on as in 2021 (an assumption).
    """
    number = np.zeros(len(wanted))
    for name, (begin, end) in CASH.items():
        known = {
            period: figures.value(f"{name}_families", period=period)
            for period in ("2020-09", "2021-01")
            if period in figures.series(f"{name}_families").index
        }
        paid = (wanted >= _month(begin)) & (wanted <= _month(end))
        number += np.where(paid, _steps(wanted, known), 0.0)
    return number


def _steps(wanted: np.ndarray, known: dict[str, float]) -> np.ndarray:
    """Return a series that holds from each of its months to the next, and before the first."""
    months = np.array([_month(period) for period in known])
    at = np.searchsorted(months, wanted, side="right") - 1
    return np.array(list(known.values()))[np.maximum(at, 0)]


def _month(period: str) -> int:
    return 12 * int(period[:4]) + int(period[5:7]) - 1
