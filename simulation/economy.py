"""The outside world month by month: lines, growth, season, assistance, shocks, and local markets.

The model is told the world as arrays; `calibration.world` makes them from published series.
"""

from dataclasses import dataclass

import numpy as np

from simulation import indicators
from simulation.population import Population
from simulation.records import PLACE

SURVEYS = (3, 9)
"""Months of the year in which Susenas measures."""
LEAST_DEMAND, MOST_DEMAND = 0.5, 2.0
"""Bounds on a market's factor, so that a market of few simulated firms does not run away."""


@dataclass(frozen=True)
class World:
    """The world outside the model.

    Attributes
    ----------
    first_month : int
        Months since year 0 of the run's first month (12 times the year plus the month less 1).
    lines : numpy.ndarray
        Poverty lines, rupiah a head and month, urban then rural; the first row is the month
        before the run; shape (months + 1, districts, 2).
    inflation : numpy.ndarray
        Factor on what households take for the prices of their needs: the published poverty line
        against the month before, without shocks; shape (months, districts, 2).
    growth : numpy.ndarray
        Factor on usual incomes since the month before, shocks aside; shape (months, districts, 2).
    tilt : float
        Log points a month by which the poorest rank grows faster than the middle, times two.
    bend : float
        Log points a month by which both ends of the ranks grow faster than the middle.
    season : numpy.ndarray
        Factor on demand, of the calendar and of shocks; shape (months,).
    income : numpy.ndarray
        Factor on usual incomes and usual sales while a shock lasts, else 1; shape (months,).
    work : numpy.ndarray
        Factor on the chance of finding work while a shock lasts, else 1; shape (months,).
    minimum_wage : numpy.ndarray
        Rupiah a month; shape (months, districts).
    sembako, pkh : numpy.ndarray
        Rupiah a family and month; shape (months,).
    prices : numpy.ndarray
        Consumer prices, 1 in the month before the run; shape (months,).
    """

    first_month: int
    lines: np.ndarray
    inflation: np.ndarray
    growth: np.ndarray
    tilt: float
    bend: float
    season: np.ndarray
    income: np.ndarray
    work: np.ndarray
    minimum_wage: np.ndarray
    sembako: np.ndarray
    pkh: np.ndarray
    prices: np.ndarray

    def places(self, population: Population, month: int) -> np.ndarray:
        """Return one `PLACE` record a district for this month of the run.

        Its factor on the chance of finding work is the world's; that of the local market comes
        on top (`Markets.work`).

        Raises
        ------
        ValueError
            Where the world ends before this month.
        """
        if month >= len(self.growth):
            raise ValueError(f"the world outside is known for {len(self.growth)} months only")
        calendar = (self.first_month + month) % 12 + 1
        shocked = self.income[month] / (self.income[month - 1] if month else 1.0)
        places = np.zeros(len(population.districts), PLACE).view(np.recarray)
        places["code"] = population.districts["code"]
        places["line_urban"], places["line_rural"] = self.lines[month + 1].T
        places["inflation_urban"], places["inflation_rural"] = self.inflation[month].T
        places["growth_urban"], places["growth_rural"] = (self.growth[month] * shocked).T
        places["tilt"], places["bend"] = self.tilt, self.bend
        places["season"] = self.season[month]
        places["work"] = self.work[month]
        places["prices"] = self.prices[month]
        places["sembako"], places["pkh"] = self.sembako[month], self.pkh[month]
        places["survey"] = calendar in SURVEYS
        places["year_start"] = month % 12 == 0
        places["year_end"] = month % 12 == 11
        return places


class Markets:
    """What the people of a district buy, sell and look for, against the months before the run.

    Last month's incomes and supply make this month's demand (C6); vacancies are fixed, so more
    seekers find less work (C5). The base grows with usual incomes as if there were no shock, so
    that a shock to incomes lowers sales as well.
    """

    def __init__(self, population: Population) -> None:
        self.district_of_block = population.blocks[:, 2]
        self.urban_share = population.districts["urban_share"]
        self.base = population.base.copy()
        self.now = population.base.copy()

    def grow(self, growth: np.ndarray) -> None:
        """Let the base in rupiah grow with usual incomes; `growth` has shape (districts, 2)."""
        factor = growth[:, 0] * self.urban_share + growth[:, 1] * (1.0 - self.urban_share)
        self.base[:, 0] *= factor
        self.base[:, 2:] *= factor[:, None]

    def demand(self, parameters: np.ndarray) -> np.ndarray:
        """Return the factor on sales by market, shape (districts, markets); the last is national.

        Online, more sellers also make each harder to find. Where a market had no firm before the
        run it stays at 1.
        """
        p = parameters[0]
        income, supply = self.now[:, 0], self.now[:, 2:]
        base_income, base_supply = self.base[:, 0], self.base[:, 2:]
        national = supply[:, -1].sum(), base_supply[:, -1].sum()
        demand = np.empty_like(supply)
        demand[:, :-1] = _factor(
            income[:, None],
            base_income[:, None],
            supply[:, :-1],
            base_supply[:, :-1],
            p.income_response,
            p.demand_response,
        )
        demand[:, -1] = _factor(
            income.sum(),
            base_income.sum(),
            np.array(national[0]),
            np.array(national[1]),
            p.income_response,
            p.demand_response + p.search_friction,
        )
        return np.clip(demand, LEAST_DEMAND, MOST_DEMAND)

    def work(self) -> np.ndarray:
        """Return the factor on the chance of finding work by district: fixed vacancies, shared."""
        seekers, usual = self.now[:, 1], self.base[:, 1]
        return np.where((seekers > 0) & (usual > 0), usual / np.maximum(seekers, 1e-9), 1.0).clip(
            LEAST_DEMAND, MOST_DEMAND
        )

    def observe(self, by_block: np.ndarray) -> None:
        """Note what the month added up to, from sums by block in their fixed order."""
        self.now = by_district(by_block, self.district_of_block, len(self.base))


def by_district(by_block: np.ndarray, district_of_block: np.ndarray, districts: int) -> np.ndarray:
    """Return income (rupiah), seekers and supply by market (rupiah) of each district."""
    columns = [indicators.SMOOTHED_INCOME, indicators.SEEKERS]
    columns += range(indicators.SUPPLY, indicators.N_SUMS)
    total = np.zeros((districts, len(columns)))
    np.add.at(total, district_of_block, by_block[:, columns])
    return total


def _factor(
    income: np.ndarray,
    base_income: np.ndarray,
    supply: np.ndarray,
    base_supply: np.ndarray,
    income_response: float,
    crowding: float,
) -> np.ndarray:
    """Return the factor on sales, from elasticities to income and to supply."""
    known = (base_supply > 0) & (supply > 0) & (base_income > 0)
    richer = np.divide(income, base_income, where=base_income > 0, out=np.ones_like(base_income))
    crowd = np.where(known, supply, 1.0) / np.where(known, base_supply, 1.0)
    return np.where(known, richer**income_response * crowd**-crowding, 1.0)
