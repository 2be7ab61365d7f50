"""Let a synthetic population live until it is stationary and still shows the published figures.

The law that a household's month leads to is not the distribution it was drawn from. So everyone
lives some years without growth; then usual incomes are reset rank by rank (each household's
expected income is moved by what the published quantile at its rank differs from the one lived),
and again, until the cross-section stays put. A last small correction by measured rank meets the
published figures exactly; its size is reported.
"""

from dataclasses import dataclass

import numpy as np

from calibration.cells import Cell
from calibration.traits import traits
from simulation import draws, indicators
from simulation.economy import by_district
from simulation.life import live
from simulation.population import Population, no_demand_change
from simulation.records import CONTRACT, OFFLINE, PLACE, PLATFORM, Records, Row

WARM_ROUNDS = 5
FITTED_ROUNDS = 14
ROUND_MONTHS = 24
SURVEYS = (2, 8)  # months of the year in which Susenas measures, 0 for January
LAST_MONTHS = 15  # a full year to measure the base, then to the survey of March
PACE = 0.8  # share of the distance that the first rounds go
SMOOTHNESS = 4  # degree of the polynomial that a shift is smoothed by
EAGER_ROUNDS = 6  # after these the pace falls as one over the round, so that noise averages out
FURTHEST = 0.3  # log points that a round moves an income at most
OUTSIDE_FIRM = 1.05  # least usual income of a household, in casual wages of its owner
KNOTS = 1.0 / (1.0 + np.exp(-np.linspace(-6.0, 6.0, 49)))
FIRST_START_RATE = 0.006
ASSISTANCE = 200_000.0, 312_000.0
"""Sembako and PKH, rupiah a family and month (assistance.csv of 2020; PKH's mean, rounded)."""
PASSING = ("smoothed", "savings", "kin_debt", "debt", "consumption", "measured")


@dataclass(frozen=True)
class Residual:
    """How far the last correction moved people: log points, over persons of the area."""

    mean: float
    spread: float


class Settler:
    """A population on its way to the stationary state, with what has been seen of it."""

    def __init__(
        self,
        population: Population,
        cells: list[Cell],
        parameters: np.ndarray,
        seed: int,
        threads: int,
    ) -> None:
        self.population = population
        self.cells = cells
        self.parameters = parameters
        self.key = draws.branch_key(seed, 1, draws.POPULATION)
        self.threads = threads
        self.month = 0
        self.places = quiet_places(population, cells)
        self.demand = no_demand_change(len(population.districts))
        h = population.households
        code = population.districts["code"][h.district]
        self.rows = [
            np.flatnonzero((h.frame == 0) & (h.urban == cell.urban) & np.isin(code, cell.codes))
            for cell in cells
        ]
        self.persons = h.weight * h.members
        population.start_rate = FIRST_START_RATE

    def live(self) -> np.ndarray:
        """Let everyone live a month; return the sums by block."""
        self.places["survey"] = self.month % 12 in SURVEYS
        self.places["year_start"] = self.month % 12 == 0
        self.places["year_end"] = self.month % 12 == 11
        none = np.zeros(1, CONTRACT).view(np.recarray)
        sums = live(
            self.population,
            self.places,
            self.demand,
            none,
            self.parameters,
            self.key,
            self.month,
            self.threads,
        )
        self.month += 1
        return sums

    def round(self, pace: float) -> None:
        """Live some years; balance starts with closures; move incomes at this pace."""
        total = np.zeros(indicators.N_SUMS)
        lived = np.zeros((len(self.cells), len(KNOTS)))
        surveys = 0
        for _ in range(ROUND_MONTHS):
            total += self.live().sum(axis=0)
            if pace and (self.month - 1) % 12 in SURVEYS:
                surveys += 1
                for c, rows in enumerate(self.rows):
                    lived[c] += self.measured_quantiles(rows)
        self.balance_starts(total)
        if pace:
            self.reset_incomes(lived / surveys, pace)

    def balance_starts(self, total: np.ndarray) -> None:
        """Move the start rate to where starts replace closures and ownership is as published."""
        owners = total[indicators.ENTERPRISES] / total[indicators.HOUSEHOLDS]
        short = (traits()["owners"] / owners) ** 0.5
        self.population.start_rate *= short * total[indicators.CLOSED] / total[indicators.STARTED]

    def measured_quantiles(self, rows: np.ndarray) -> np.ndarray:
        """Return the logs of measured spending at the knots."""
        measured, persons = self.population.households.measured[rows], self.persons[rows]
        order = np.argsort(measured, kind="stable")
        return np.interp(KNOTS, middle_ranks(persons[order]), np.log(measured[order]))

    def reset_incomes(self, lived: np.ndarray, pace: float) -> None:
        """Move income outside the firm, rank by rank, towards what is published."""
        h = self.population.households
        expected = expected_income(self.population, self.parameters)
        a_head = expected / h.members
        for cell, rows, seen in zip(self.cells, self.rows, lived, strict=True):
            shift = smooth(np.log(cell.quantile(KNOTS) * cell.line) - seen)
            order = rows[np.argsort(a_head[rows], kind="stable")]
            move = pace * np.interp(middle_ranks(self.persons[order]), KNOTS, shift)
            gain = np.expm1(np.clip(move, -FURTHEST, FURTHEST)) * np.abs(expected[order])
            least = OUTSIDE_FIRM * h.casual_wage[order]
            h.mean_income[order] = np.maximum(h.mean_income[order] + gain, least)

    def correct(self) -> Residual:
        """Meet the published distribution exactly, by measured rank; return by how much.

        Only what passes is moved (smoothed income, savings, debts): usual incomes stay, so that
        the correction of one month's luck does not become a drift.
        """
        h = self.population.households
        moves = np.zeros(len(h))
        for cell, rows in zip(self.cells, self.rows, strict=True):
            order = rows[np.argsort(h.measured[rows], kind="stable")]
            ranks = middle_ranks(self.persons[order])
            moves[order] = np.log(cell.quantile(ranks) * cell.line / h.measured[order])
            for field in PASSING:
                h[field][order] *= np.exp(moves[order])
        among = np.concatenate(self.rows)
        mean = np.average(moves[among], weights=self.persons[among])
        spread = np.average((moves[among] - mean) ** 2, weights=self.persons[among]) ** 0.5
        return Residual(float(mean), float(spread))


def settle(
    population: Population,
    cells: list[Cell],
    parameters: np.ndarray,
    seed: int,
    threads: int = 1,
    assistance: tuple[float, float] = ASSISTANCE,
) -> Residual:
    """Make a population stationary; it ends in the month of a March survey.

    Parameters
    ----------
    population : Population
        From `calibration.synthesis.people`; changed in place.
    cells : list of Cell
        Its cells.
    parameters : numpy.ndarray
        From `simulation.parameters.values`.
    assistance : tuple of float
        Sembako and PKH, rupiah a family and month.

    Returns
    -------
    Residual
        How far the last correction went.
    """
    settler = Settler(population, cells, parameters, seed, threads)
    settler.places["sembako"], settler.places["pkh"] = assistance
    for _ in range(WARM_ROUNDS):
        settler.round(pace=0.0)
    for done in range(FITTED_ROUNDS):
        settler.round(PACE * min(1.0, EAGER_ROUNDS / (done + 1)))
    by_block = np.sum([settler.live() for _ in range(LAST_MONTHS)], axis=0)
    population.base = by_district(
        by_block / LAST_MONTHS, population.blocks[:, 2], len(population.districts)
    )
    return settler.correct()


def smooth(shift: np.ndarray) -> np.ndarray:
    """Return a shift at the knots without its sampling noise: a quartic in the log odds of rank.

    Unsmoothed, a cell's few poorest would be moved by chance, and spread the lower tail.
    """
    odds = np.log(KNOTS / (1.0 - KNOTS))
    precision = np.sqrt(KNOTS * (1.0 - KNOTS))
    return np.polyval(np.polyfit(odds, shift, SMOOTHNESS, w=precision), odds)


def middle_ranks(persons: np.ndarray) -> np.ndarray:
    """Return the quantile at which each stands, given persons in order."""
    return (np.cumsum(persons) - 0.5 * persons) / persons.sum()


def quiet_places(population: Population, cells: list[Cell]) -> np.ndarray:
    """Return the outside world standing still: published lines, no growth, no season."""
    places = np.zeros(len(population.districts), PLACE).view(np.recarray)
    places["code"] = population.districts["code"]
    for name in ("inflation_urban", "inflation_rural", "growth_urban", "growth_rural"):
        places[name] = 1.0
    for name in ("season", "work", "prices"):
        places[name] = 1.0
    for cell in cells:
        where = np.isin(places["code"], cell.codes)
        places["line_urban" if cell.urban else "line_rural"][where] = cell.line
    places["sembako"], places["pkh"] = ASSISTANCE
    return places


def expected_income(population: Population, parameters: np.ndarray) -> np.ndarray:
    """Return what each household could expect in a month, luck averaged out (rupiah).

    Where owners have firms, papers do not matter for the rest of their income; see
    `simulation.agents.household.earn`.
    """
    p = parameters[0]
    h, e = population.households, population.enterprises
    without = (h.documents == 0) & (h.can_work == 1)
    wages = h.mean_income * np.where(without, 1.0 - p.formal_pay, 1.0)
    usual = p.capital_months * (p.variable_margin - p.fixed_cost) * e.scale
    size = np.clip(e.capital / usual, 0.3, 3.0) ** p.capital_share
    luck = np.exp(0.5 * (p.productivity_sd**2 + p.demand_sd**2))
    reach, fees = online(e, p)
    margin = p.variable_margin - p.leakage * (e.books == 0) - fees
    profit = margin * e.scale * np.exp(e.ability + reach) * luck * size - p.fixed_cost * e.scale
    return np.where(e.alive == 1, h.mean_income + profit - h.casual_wage, wages)


def online(e: Records, p: Row) -> tuple[np.ndarray, np.ndarray]:
    """Return the reach (log points) and the fees (share of revenue) of selling online, by firm."""
    stages = np.array([0.0, p.chat_reach, p.platform_reach])
    reach = stages[e.stage] * np.where(e.channel == 1, 1.0, e.selling)
    platform = np.where(e.product > 0, p.platform_fee, p.delivery_fee)
    fees = np.where(e.stage == PLATFORM, platform, 0.0)
    fees += np.where((e.stage > OFFLINE) & (e.channel == 1), p.intermediary_margin, 0.0)
    return reach, p.online_sales * fees
