"""What is kept of a run: who was enrolled, how they fared month by month, and the end of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulation import indicators
from simulation.model import EmpowermentModel
from simulation.records import STREET_WORK

KUR_AGE = 6
"""Months that KUR asks an enterprise to have run (published: kur_micro_age_min)."""


def _standing(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    h = model.population.households
    return h["consumption"][rows] / (h["members"][rows] * model.lines_of(rows))


def _consumption(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    h = model.population.households
    return h["consumption"][rows] / h["members"][rows]


def _profit(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    e = model.population.enterprises
    return e["profit"][rows] * e["alive"][rows]


def _alive(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    return model.population.enterprises["alive"][rows].astype(float)


def _street(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    return (model.population.households["livelihood"][rows] == STREET_WORK).astype(float)


def _bankable(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    """Return who meets what KUR asks for: a firm old enough, documents, an account."""
    h, e = model.population.households, model.population.enterprises
    ready = (e["alive"][rows] == 1) & (e["age"][rows] >= KUR_AGE)
    return (ready & (h["documents"][rows] == 1) & (h["account"][rows] == 1)).astype(float)


FIELDS: dict[str, Callable[[EmpowermentModel, np.ndarray], np.ndarray]] = {
    "standing": _standing,
    "consumption": _consumption,
    "profit": _profit,
    "alive": _alive,
    "street": _street,
    "bankable": _bankable,
}
"""What is followed of each household: poverty lines; rupiah a head; rupiah; and three shares."""


@dataclass(frozen=True)
class Trace:
    """What a run leaves.

    Attributes
    ----------
    rows : numpy.ndarray
        Households followed.
    since : numpy.ndarray
        Month from which each was followed (its enrolment).
    paths : dict of str to numpy.ndarray
        By field of `FIELDS`; shape (months, rows), not a number before `since`.
    year_mean : numpy.ndarray
        Mean standing over the last complete year, every row of the population.
    sums : numpy.ndarray
        Sums by month and frame; shape (months, 2, N_SUMS).
    cost : float
        Rupiah spent by all payers.
    cohorts : list of (month, rows)
        Who was enrolled when.
    investor_flows : numpy.ndarray
        Net cash flow of social investors by month, rupiah.
    financed, refused : int
        Enterprises that got money, and that the score refused.
    """

    rows: np.ndarray
    since: np.ndarray
    paths: dict[str, np.ndarray]
    year_mean: np.ndarray
    sums: np.ndarray
    cost: float
    cohorts: list[tuple[int, np.ndarray]]
    investor_flows: np.ndarray
    financed: int
    refused: int


def follow(model: EmpowermentModel, rows: np.ndarray | None = None) -> Trace:
    """Run a model to its end and keep what matters.

    Parameters
    ----------
    rows : numpy.ndarray, optional
        Whom to follow from the start (for a twin); else everyone from enrolment on.
    """
    seen: list[dict[str, np.ndarray]] = []
    followed: list[np.ndarray] = []
    while model.month < model.months:
        model.step()
        now = enrolled(model) if rows is None else rows
        followed.append(now)
        seen.append({name: measure(model, now) for name, measure in FIELDS.items()})
    everyone = followed[-1]
    since = np.searchsorted([len(now) for now in followed], np.arange(len(everyone)), "right")
    paths = {name: _matrix([month[name] for month in seen], len(everyone)) for name in FIELDS}
    shares = [p.investor for p in model.providers if p.investor and p.investor.terms.share > 0]
    flows = np.zeros(model.months)
    for investor in shares:
        flows[: len(investor.flows)] += investor.flows
    cohorts = [cohort for provider in model.providers for cohort in provider.cohorts]
    return Trace(
        everyone,
        since,
        paths,
        model.population.households["year_mean"].copy(),
        by_frame(model),
        sum(provider.cost for provider in model.providers),
        [(cohort.month, cohort.rows) for cohort in cohorts],
        flows,
        sum(int(cohort.financed.sum()) for cohort in cohorts),
        sum(int(cohort.refused.sum()) for cohort in cohorts),
    )


def enrolled(model: EmpowermentModel) -> np.ndarray:
    """Return everyone enrolled so far, once each, in the order of first enrolment."""
    cohorts = [cohort for provider in model.providers for cohort in provider.cohorts]
    cohorts.sort(key=lambda cohort: cohort.month)
    rows = np.concatenate([np.zeros(0, np.int64), *(cohort.rows for cohort in cohorts)])
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]


def by_frame(model: EmpowermentModel) -> np.ndarray:
    """Return the run's sums by month, for households and for street people."""
    frame = model.population.blocks[:, 3]
    parts = [model.sums[:, frame == k].sum(axis=1) for k in (0, 1)]
    return np.stack(parts, axis=1)


def share(sums: np.ndarray, what: int, of: int = indicators.PERSONS) -> np.ndarray:
    """Return a share by month, of households' sums as in `Trace.sums`."""
    return sums[:, 0, what] / sums[:, 0, of]


def _matrix(months: list[np.ndarray], width: int) -> np.ndarray:
    matrix = np.full((len(months), width), np.nan)
    for month, values in enumerate(months):
        matrix[month, : len(values)] = values
    return matrix
