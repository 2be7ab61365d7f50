"""From published series to the world outside: poverty lines, growth, season and assistance."""

import numpy as np
import pandas as pd

from calibration import figures
from simulation.economy import World
from simulation.population import Population

LEBARAN = {
    2015: (7, 17),
    2016: (7, 6),
    2017: (6, 25),
    2018: (6, 15),
    2019: (6, 5),
    2020: (5, 24),
    2021: (5, 13),
    2022: (5, 2),
    2023: (4, 22),
    2024: (4, 10),
    2025: (3, 31),
    2026: (3, 20),
    2027: (3, 9),
    2028: (2, 26),
    2029: (2, 14),
    2030: (2, 4),
}
"""Month and day of 1 Syawal (national calendar; from 2026 on as computed)."""

TREND_YEARS = 3
"""Beyond the last published figure a series goes on at its growth of these years (assumption)."""


def month_number(month: str) -> int:
    """Return months since year 0 of a month written like 2023-03."""
    year, _, number = month.partition("-")
    return 12 * int(year) + int(number or 1) - 1


def outside_world(
    population: Population, start: str, months: int, macro: str, parameters: np.ndarray
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
    growth = np.ones(shape)
    growth[1:] = np.where(lines[:-1] > 0, lines[1:] / np.maximum(lines[:-1], 1.0), 1.0)
    season = np.ones(months)
    if macro == "published":
        drift = np.zeros((months + 1, len(population.provinces)))
        for number, province in enumerate(population.provinces):
            real = _real_growth(province, wanted)
            drift[:, number] = p.growth_pass_through * real - p.growth_drift / 12.0
        growth *= np.exp(drift[:, population.districts["province"]])[:, :, None]
        season = 1.0 + p.lebaran * np.array([_is_lebaran(m) for m in wanted[1:]])
    prices = _along(_prices(), wanted)
    return World(
        first_month=first,
        lines=lines,
        growth=growth[1:],
        tilt=2.0 * p.growth_tilt / 12.0 if macro == "published" else 0.0,
        season=season,
        sembako=np.full(months, sembako()),
        pkh=np.full(months, pkh()),
        prices=prices[1:] / prices[0],
    )


def sembako() -> float:
    """Return the Sembako benefit (rupiah a family and month)."""
    return figures.value("sembako_benefit")


def pkh() -> float:
    """Return PKH's mean benefit (rupiah a family and month): its budget over its families."""
    budget = figures.value("pkh_budget", period="2020")
    return budget / figures.value("pkh_families_target", period="2020") / 12.0


def _line(province: str, part: str, wanted: np.ndarray) -> np.ndarray:
    """Return the poverty line of a province's urban or rural area (0 where there is none)."""
    try:
        published = figures.series("line", province, part)
    except KeyError:
        return np.zeros(len(wanted))
    return _along(published, wanted)


def _along(series: pd.Series, wanted: np.ndarray) -> np.ndarray:
    """Return a positive series at these months: between figures evenly in logs, then its trend."""
    known = np.array([month_number(period) for period in series.index])
    order = np.argsort(known)
    known, logs = known[order], np.log(series.to_numpy(float)[order])
    inside = np.interp(wanted, known, logs)
    back = np.interp(known[-1] - 12 * TREND_YEARS, known, logs)
    pace = (logs[-1] - back) / (12 * TREND_YEARS)
    return np.exp(inside + pace * np.maximum(0, wanted - known[-1]))


def _prices() -> pd.Series:
    """Return consumer prices, chained from the published monthly changes."""
    changes = figures.series("cpi_monthly").sort_index()
    return (1.0 + changes / 100.0).cumprod()


def _real_growth(province: str, wanted: np.ndarray) -> np.ndarray:
    """Return monthly real growth of GRDP a head (log points) at these months."""
    yearly = figures.series("grdp_per_head", province)
    years = np.array([int(str(period)[:4]) for period in yearly.index])
    order = np.argsort(years)
    steps = np.diff(np.log(yearly.to_numpy(float)[order])) / np.diff(years[order])
    usual = steps[-TREND_YEARS:].mean()
    by_year = dict(zip(years[order][1:].tolist(), steps.tolist(), strict=True))
    return np.array([by_year.get(int(m) // 12, usual) for m in wanted]) / 12.0


def _is_lebaran(month: int) -> bool:
    year, number = divmod(int(month), 12)
    return year in LEBARAN and LEBARAN[year][0] == number + 1
