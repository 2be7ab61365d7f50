"""From published series to the world outside: lines, growth, season, assistance, and shocks."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from calibration import figures
from simulation.economy import World
from simulation.population import Population

PUBLISHED_LEBARAN = (
    "2015-07-17",
    "2016-07-06",
    "2017-06-25",
    "2018-06-15",
    "2019-06-05",
    "2020-05-24",
    "2021-05-13",
    "2022-05-02",
    "2023-04-22",
    "2024-04-10",
    "2025-03-31",
    "2026-03-20",
    "2027-03-09",
    "2028-02-26",
    "2029-02-14",
    "2030-02-04",
)
"""1 Syawal of the national calendar; from 2026 on as computed."""
LUNAR_YEAR = 354.367  # days of twelve lunar months
LAST_LEBARAN = "2046"  # a year; some years have two

TREND_YEARS = 3
"""Beyond the last published figure a series goes on at its growth of these years (assumption)."""


class Shock(NamedTuple):
    """A blow to the world outside, the same everywhere: factors while it lasts.

    Attributes
    ----------
    starts : int
        First month of the run that it hits, counted from 0.
    months : int
        How long it lasts.
    demand, work, income, price : float
        Factors on sales, on the chance of finding work, on usual incomes and usual sales, and on
        the poverty line.
    """

    starts: int
    months: int
    demand: float = 1.0
    work: float = 1.0
    income: float = 1.0
    price: float = 1.0


def month_number(month: str) -> int:
    """Return months since year 0 of a month written like 2023-03."""
    year, _, number = month.partition("-")
    return 12 * int(year) + int(number or 1) - 1


def outside_world(
    population: Population,
    start: str,
    months: int,
    macro: str,
    parameters: np.ndarray,
    shocks: Sequence[Shock] = (),
) -> World:
    """Return the world from the month after `start`, in which the population was measured.

    Parameters
    ----------
    population : Population
        Whose districts the world is for.
    start : str
        Month of the survey, such as 2023-03.
    months : int
        Length of the run.
    macro : str
        "published", or "frozen": lines, prices and incomes stay and there is no season.
    parameters : numpy.ndarray
        From `simulation.parameters.values`.
    shocks : sequence of Shock
        What happens to the world besides; where two meet, their factors multiply.
    """
    p = parameters[0]
    first = month_number(start) + 1
    wanted = np.arange(first - 1, first + months)
    if macro == "frozen":
        wanted = np.full(months + 1, first - 1)
    shape = (months + 1, len(population.districts), 2)
    lines = np.zeros(shape)
    for number, province in enumerate(population.provinces):
        where = population.districts["province"] == number
        for column, part in enumerate(("urban", "rural")):
            lines[:, where, column] = _line(province, part, wanted)[:, None]
    inflation = np.ones(shape)
    inflation[1:] = np.where(lines[:-1] > 0, lines[1:] / np.maximum(lines[:-1], 1.0), 1.0)
    drift = np.zeros(shape)
    season, minimum_wage = np.ones(months), np.zeros(shape[:2])
    for number, province in enumerate(population.provinces):
        where = population.districts["province"] == number
        minimum_wage[:, where] = _minimum_wage(province, wanted)[:, None]
    if macro == "published":
        real = p.growth_pass_through * _real_growth(wanted) - p.growth_drift / 12.0
        drift += real[:, None, None]
        drift[:, :, 1] -= p.growth_gap / 12.0
        season += p.lebaran * np.isin(wanted[1:], [*_lebaran_months()])
    prices = _along(_prices(), wanted)
    factors = _factors(shocks, months)
    lines[1:] *= factors.price[:, None, None]
    return World(
        first_month=first,
        lines=lines,
        inflation=inflation[1:],
        growth=(inflation * np.exp(drift))[1:],
        tilt=2.0 * p.growth_tilt / 12.0 if macro == "published" else 0.0,
        bend=p.growth_bend / 12.0 if macro == "published" else 0.0,
        season=season * factors.demand,
        income=factors.income,
        work=factors.work,
        minimum_wage=minimum_wage[1:],
        sembako=np.full(months, sembako()),
        pkh=np.full(months, pkh()),
        prices=prices[1:] / prices[0],
    )


def jobless(wanted: np.ndarray) -> np.ndarray:
    """Return the share of the labour force without work in these months (since year 0).

    The usual difference of August and February (2015 to 2019) is taken out.
    """
    return _evenly(_series("unemployment"), wanted) / 100.0


def _evenly(series: pd.Series, wanted: np.ndarray) -> np.ndarray:
    """Return a series without its season, evenly between its figures, and the last beyond them."""
    series = series.sort_index()
    usual = series.loc["2015":"2019-08"]
    august = usual.index.str.endswith("-08")
    season = usual[august].mean() - usual[~august].mean()
    drift = (usual[august].iloc[-1] - usual[august].iloc[0]) / (august.sum() - 1) / 2.0
    series = series - np.where(series.index.str.endswith("-08"), season - drift, 0.0)
    return np.interp(wanted, [month_number(period) for period in series.index], series)


@cache
def sembako() -> float:
    """Return the Sembako benefit (rupiah a family and month)."""
    return figures.value("sembako_benefit")


@cache
def pkh() -> float:
    """Return PKH's mean benefit (rupiah a family and month): its budget over its families."""
    budget = figures.value("pkh_budget", period="2020")
    return budget / figures.value("pkh_families_target", period="2020") / 12.0


def _line(province: str, part: str, wanted: np.ndarray) -> np.ndarray:
    """Return the poverty line of a province's urban or rural area (0 where there is none)."""
    try:
        published = _series("line", province, part)
    except KeyError:
        return np.zeros(len(wanted))
    return _along(published, wanted)


def _minimum_wage(province: str, wanted: np.ndarray) -> np.ndarray:
    """Return the minimum wage (rupiah a month): set each January, it holds for a year.

    Where a province published none it is the mean of all provinces.
    """
    try:
        published = _series("minimum_wage", province)
    except KeyError:
        published = _series("minimum_wage_mean", "Indonesia")
    return _along(published, wanted // 12 * 12)


class _Factors(NamedTuple):
    """What the shocks do in each month, each of shape (months,)."""

    demand: np.ndarray
    work: np.ndarray
    income: np.ndarray
    price: np.ndarray


def _factors(shocks: Sequence[Shock], months: int) -> _Factors:
    factors = _Factors(*(np.ones(months) for _ in _Factors._fields))
    for shock in shocks:
        hit = slice(shock.starts, shock.starts + shock.months)
        for name, factor in factors._asdict().items():
            factor[hit] *= getattr(shock, name)
    return factors


@cache
def _series(indicator: str, area: str = "Indonesia", urban_rural: str = "total") -> pd.Series:
    """Return a published series, which nobody changes."""
    return figures.series(indicator, area, urban_rural)


def _along(series: pd.Series, wanted: np.ndarray) -> np.ndarray:
    """Return a positive series at these months: between figures evenly in logs, then its trend."""
    known = np.array([month_number(period) for period in series.index])
    order = np.argsort(known)
    known, logs = known[order], np.log(series.to_numpy(float)[order])
    inside = np.interp(wanted, known, logs)
    back = np.interp(known[-1] - 12 * TREND_YEARS, known, logs)
    pace = (logs[-1] - back) / (12 * TREND_YEARS)
    return np.exp(inside + pace * np.maximum(0, wanted - known[-1]))


@cache
def _prices() -> pd.Series:
    """Return consumer prices, chained from the published monthly changes."""
    changes = _series("cpi_monthly").sort_index()
    return (1.0 + changes / 100.0).cumprod()


def _real_growth(wanted: np.ndarray) -> np.ndarray:
    """Return monthly real growth of the country's product a head (log points) at these months.

    Not of each province: where product grew more, spending did not
    (`calibration.targets.pass_through`), as much of it is mines and plantations.
    """
    yearly = _series("gdp_per_head")
    yearly = yearly.set_axis([f"{year}-07" for year in yearly.index])  # a year's mean is its middle
    return np.log(_along(yearly, wanted) / _along(yearly, wanted - 1))


@cache
def lebaran() -> tuple[str, ...]:
    """Return the days of Lebaran: published, then every twelve lunar months.

    Examples
    --------
    >>> [day for day in lebaran() if day.startswith("2033")]
    ['2033-01-02', '2033-12-22']
    """
    days = list(PUBLISHED_LEBARAN)
    last = np.datetime64(days[-1])
    for year in range(1, 20):
        day = str(last + round(LUNAR_YEAR * year))
        if day[:4] <= LAST_LEBARAN:
            days.append(day)
    return tuple(days)


@cache
def _lebaran_months() -> tuple[int, ...]:
    return tuple(month_number(day[:7]) for day in lebaran())
