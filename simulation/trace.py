"""What is kept of a run: who was enrolled, how they fared, what was paid, and the end of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulation import indicators
from simulation.agents.household import PKH, SEMBAKO
from simulation.agents.provider import Provider
from simulation.compiled import loop
from simulation.model import EmpowermentModel
from simulation.programmes.programme import Programme
from simulation.records import SHELTERED, STREET_WORK

KUR_AGE = 6
"""Months that KUR asks an enterprise to have run (published: kur_micro_age_min)."""
NO_ROWS = np.zeros(0, np.int64)


def _standing(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    return model.standing(rows)


def _consumption(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    h = model.population.households
    return h["consumption"][rows] / h["members"][rows]


def _profit(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    e = model.population.enterprises
    return e["profit"][rows] * e["alive"][rows]


def _payment(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    return model.population.enterprises["payment"][rows].copy()


def _debt(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    return model.population.households["debt"][rows].copy()


def _assistance(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    """Return the Sembako and PKH that households held this month (rupiah each)."""
    h = model.population.households
    places = model.places[h["district"][rows]]
    held = h["assistance"][rows]
    sembako = np.where(held & SEMBAKO, places["sembako"], 0.0)
    return (sembako + np.where(held & PKH, places["pkh"], 0.0)).astype(np.float32)


def _alive(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    return model.population.enterprises["alive"][rows].astype(np.float32)


def _street(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    return _lives_by(model, rows, STREET_WORK)


def _sheltered(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    return _lives_by(model, rows, SHELTERED)


def _lives_by(model: EmpowermentModel, rows: np.ndarray, livelihood: int) -> np.ndarray:
    return (model.population.households["livelihood"][rows] == livelihood).astype(np.float32)


def _bankable(model: EmpowermentModel, rows: np.ndarray) -> np.ndarray:
    """Return who meets what KUR asks for: a firm old enough, documents, an account."""
    h, e = model.population.households, model.population.enterprises
    ready = (e["alive"][rows] == 1) & (e["age"][rows] >= KUR_AGE)
    return (ready & (h["documents"][rows] == 1) & (h["account"][rows] == 1)).astype(np.float32)


FIELDS: dict[str, Callable[[EmpowermentModel, np.ndarray], np.ndarray]] = {
    "standing": _standing,
    "consumption": _consumption,
    "profit": _profit,
    "payment": _payment,
    "debt": _debt,
    "assistance": _assistance,
    "alive": _alive,
    "street": _street,
    "sheltered": _sheltered,
    "bankable": _bankable,
}
"""What is followed of each household: poverty lines; rupiah a head; rupiah (profit, paid to
financiers, owed to moneylenders, assistance); and four shares. Beside them ``closed``: whether the
firm closed in that month."""


@dataclass(frozen=True)
class Intake:
    """Those enrolled in one intake of a programme, as the run left them.

    Attributes
    ----------
    month : int
        Of their enrolment.
    rows : numpy.ndarray
        Who they are; the arrays below are in this order.
    profit, standing : numpy.ndarray
        Smoothed profit (rupiah a month) and standing (poverty lines) at enrolment.
    usual, profit_now : numpy.ndarray
        Profit of an average owner of a firm of this scale at enrolment; and the own smoothed
        profit at the end of the run, not a number where the firm is closed; rupiah a month.
    completed, financed, refused : numpy.ndarray
        Who completed the course, got money, was refused by the score.
    sessions, scores : numpy.ndarray
        Modules attended; credit scores, not a number where there is none.
    over : bool
        Whether the course was over, so that it is known who completed it.
    """

    month: int
    rows: np.ndarray
    profit: np.ndarray
    standing: np.ndarray
    usual: np.ndarray
    profit_now: np.ndarray
    completed: np.ndarray
    financed: np.ndarray
    refused: np.ndarray
    sessions: np.ndarray
    scores: np.ndarray
    over: bool


@dataclass(frozen=True)
class ProgrammeTrace:
    """What a run leaves of one programme.

    Attributes
    ----------
    terms : Programme
        What it offered; name, KPI, budget and payers are there.
    seats, planned : float
        Seats that the intakes of the run offered, and what they cost at most (rupiah).
    intakes : tuple of Intake
        Who was enrolled, and how far they came.
    paid, recovered, transferred : numpy.ndarray
        Rupiah by month and payer, shape (months, payers); see `programmes.account`.
    paid_out : tuple of (month, rows)
        Who got money for the enterprise when.
    invested, guaranteed : float
        Rupiah that the fund's owner put into enterprises, and that guarantees made good.
    again : float
        Households that another programme had served already.
    ended : int or None
        Month in which the money was spent, if it was.
    """

    terms: Programme
    seats: float
    planned: float
    intakes: tuple[Intake, ...]
    paid: np.ndarray
    recovered: np.ndarray
    transferred: np.ndarray
    paid_out: tuple[tuple[int, np.ndarray], ...] = ()
    invested: float = 0.0
    guaranteed: float = 0.0
    again: float = 0.0
    ended: int | None = None

    @property
    def name(self) -> str:
        """Name of the programme."""
        return self.terms.name

    @property
    def rows(self) -> np.ndarray:
        """Everyone enrolled, in the order of enrolment."""
        return np.concatenate([NO_ROWS, *(intake.rows for intake in self.intakes)])

    @property
    def flows(self) -> np.ndarray:
        """Net cash flow of each payer, rupiah, shape (months, payers); below 0 it pays."""
        return self.recovered + self.transferred - self.paid

    @property
    def cost(self) -> float:
        """Rupiah put in by all payers; money for enterprises counts in full."""
        return float(self.paid.sum())


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
        By field of `FIELDS`, and ``closed``; shape (months, rows), not a number before `since`.
    year_mean : numpy.ndarray
        Mean standing over the last complete year, every row of the population.
    sums : numpy.ndarray
        Sums by month and frame; shape (months, 2, N_SUMS).
    totals : dict of str to numpy.ndarray
        ``profit`` (rupiah) and ``closed`` (firms) of everyone by month, as in `paths`.
    cost : float
        Rupiah spent by all payers.
    programmes : tuple of ProgrammeTrace
        One each, in the order of the scenario.
    messages : tuple of str
        What the institutions had to say, such as that a budget was spent.
    prices : numpy.ndarray
        Consumer prices by month, 1 in the month before the run.
    parameters : numpy.ndarray
        Of behaviour, with which it was run.
    """

    rows: np.ndarray
    since: np.ndarray
    paths: dict[str, np.ndarray]
    year_mean: np.ndarray
    sums: np.ndarray
    totals: dict[str, np.ndarray]
    cost: float
    programmes: tuple[ProgrammeTrace, ...]
    messages: tuple[str, ...]
    prices: np.ndarray
    parameters: np.ndarray

    @property
    def cohorts(self) -> list[tuple[int, np.ndarray]]:
        """Who was enrolled when."""
        return [(each.month, each.rows) for kept in self.programmes for each in kept.intakes]


def follow(model: EmpowermentModel, rows: np.ndarray | None = None) -> Trace:
    """Run a model to its end and keep what matters.

    Parameters
    ----------
    rows : numpy.ndarray, optional
        Whom to follow from the start (for a twin); else everyone from enrolment on.
    """
    h, e = model.population.households, model.population.enterprises
    seen: list[dict[str, np.ndarray]] = []
    followed: list[np.ndarray] = []
    usual: list[list[np.ndarray]] = [[] for _ in model.providers]
    totals = {"profit": np.zeros(model.months), "closed": np.zeros(model.months)}
    alive, closed = e["alive"].copy(), np.zeros(len(e), bool)
    while model.month < model.months:
        month = model.month
        model.step()
        totals["profit"][month], totals["closed"][month] = _tally(h, e, alive, closed)
        for known, provider in zip(usual, model.providers, strict=True):
            known += [model.usual_profit(each.rows) for each in provider.cohorts[len(known) :]]
        now = enrolled(model) if rows is None else rows
        followed.append(now)
        seen.append({name: measure(model, now) for name, measure in FIELDS.items()})
        seen[-1]["closed"] = closed[now].astype(np.float32)
    everyone = followed[-1]
    since = np.searchsorted([len(now) for now in followed], np.arange(len(everyone)), "right")
    return Trace(
        everyone,
        since,
        {name: _matrix([month.pop(name) for month in seen]) for name in [*FIELDS, "closed"]},
        model.population.households["year_mean"].copy(),
        by_frame(model),
        totals,
        float(sum(provider.cost for provider in model.providers)),
        tuple(_keep(*pair) for pair in zip(model.providers, usual, strict=True)),
        tuple(dict.fromkeys(model.messages)),
        model.world.prices[: model.months],
        model.parameters,
    )


@loop
def _tally(
    households: np.ndarray, enterprises: np.ndarray, alive: np.ndarray, closed: np.ndarray
) -> tuple[float, float]:
    """Return everyone's profit (rupiah) and how many firms closed, at weight; note which.

    Parameters
    ----------
    alive : numpy.ndarray
        Whether each firm was open a month ago; it takes whether it is now.
    closed : numpy.ndarray
        Takes whether each firm closed in this month.
    """
    profit, ended = 0.0, 0.0
    for row in range(len(alive)):
        e = enterprises[row]
        closed[row] = alive[row] > e.alive
        alive[row] = e.alive
        if e.alive:
            profit += households[row].weight * e.profit
        if closed[row]:
            ended += households[row].weight
    return profit, ended


def _keep(provider: Provider, usual: list[np.ndarray]) -> ProgrammeTrace:
    """Return what is kept of a programme at the end of its run."""
    model, terms, account = provider.model, provider.terms, provider.account
    e, investor = model.population.enterprises, provider.investor
    paid_out = tuple(investor.paid_out) if investor else ()
    financed = np.concatenate([NO_ROWS, *(rows for _, rows in paid_out)])
    intakes = tuple(
        Intake(
            cohort.month,
            cohort.rows,
            cohort.profit_before,
            cohort.standing_before,
            known,
            np.where(e["alive"][cohort.rows] == 1, e["smoothed_profit"][cohort.rows], np.nan),
            cohort.completed,
            np.isin(cohort.rows, financed),
            cohort.refused,
            cohort.sessions,
            cohort.scores,
            cohort.completion < model.months,
        )
        for cohort, known in zip(provider.cohorts, usual, strict=True)
    )
    months = terms.starts + terms.every * np.arange(terms.intakes)
    seats = float(terms.seats * (months < model.months).sum())
    return ProgrammeTrace(
        terms,
        seats,
        seats * terms.seat_cost(float(model.parameters[0].aftercare_cost)),
        intakes,
        account.paid,
        account.recovered,
        account.transferred,
        paid_out,
        investor.invested if investor else 0.0,
        investor.guaranteed if investor else 0.0,
        provider.again,
        provider.ended,
    )


def enrolled(model: EmpowermentModel) -> np.ndarray:
    """Return everyone enrolled so far, once each, in the order of first enrolment."""
    cohorts = [cohort for provider in model.providers for cohort in provider.cohorts]
    cohorts.sort(key=lambda cohort: cohort.month)
    rows = np.concatenate([NO_ROWS, *(cohort.rows for cohort in cohorts)])
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


def _matrix(months: list[np.ndarray]) -> np.ndarray:
    """Return what was seen of more and more rows, shape (months, rows)."""
    matrix = np.full((len(months), len(months[-1])), np.nan, months[-1].dtype)
    for month, values in enumerate(months):
        matrix[month, : len(values)] = values
    return matrix
