"""The world outside: published lines and prices as they stand, growth between, or nothing moves."""

import numpy as np
import pytest

from calibration import figures
from calibration.synthesis import people
from calibration.world import LEBARAN, TREND_YEARS, month_number, outside_world, pkh, sembako
from simulation import parameters
from simulation.economy import SURVEYS, Markets
from simulation.records import ONLINE_MARKET

AREA = "Bali"
START = "2023-03"
MONTHS = 36


@pytest.fixture(scope="module")
def population():
    return people(AREA, 500, seed=1)[0]


@pytest.fixture(scope="module")
def published(population):
    return outside_world(population, START, MONTHS, "published", parameters.values())


@pytest.fixture(scope="module")
def frozen(population):
    return outside_world(population, START, MONTHS, "frozen", parameters.values())


def since(period, start=START):
    """Return months since the survey from which a run starts: the row of the lines."""
    return month_number(period) - month_number(start)


@pytest.mark.parametrize(
    ("month", "number"), [("0000-01", 0), ("2023-03", 12 * 2023 + 2), ("2022", 12 * 2022)]
)
def test_months_are_numbered_from_year_0(month, number):
    assert month_number(month) == number


# Poverty lines


@pytest.mark.parametrize(("column", "part"), [(0, "urban"), (1, "rural")])
@pytest.mark.parametrize("start", ["2015-03", "2019-03", START])
def test_lines_are_the_published_ones_in_survey_months(population, start, column, part):
    world = outside_world(population, start, MONTHS, "published", parameters.values())
    line = figures.series("line", AREA, part)
    inside = {since(period, start): value for period, value in line.items()}
    inside = {month: value for month, value in inside.items() if 0 <= month <= MONTHS}
    assert len(inside) >= 4
    for month, value in inside.items():
        assert world.lines[month, :, column] == pytest.approx(value, rel=1e-12)


def test_between_surveys_lines_rise_evenly_in_logs(published):
    march, later = since("2024-03"), since("2024-09")
    steps = np.diff(np.log(published.lines[march : later + 1]), axis=0)
    assert steps == pytest.approx(np.broadcast_to(steps[:1], steps.shape), abs=1e-12)


def test_past_the_last_figure_lines_go_on_as_in_the_years_before(population):
    line = figures.series("line", AREA, "urban")
    last = max(line.index, key=month_number)
    world = outside_world(population, last, 12, "published", parameters.values())
    before = f"{int(last[:4]) - TREND_YEARS}{last[4:]}"
    pace = (np.log(line[last]) - np.log(line[before])) / TREND_YEARS
    assert np.log(world.lines[12, 0, 0] / line[last]) == pytest.approx(pace)


def test_a_province_without_rural_area_has_no_rural_line():
    jakarta = people("DKI Jakarta", 500, seed=1)[0]
    world = outside_world(jakarta, START, 12, "published", parameters.values())
    assert (world.lines[:, :, 1] == 0.0).all()
    assert (world.lines[:, :, 0] > 0.0).all()
    assert np.isfinite(world.growth).all()


# Growth


def test_incomes_follow_the_line_the_economy_and_the_drift(population):
    """By how much welfare moves in a year: growth passed on, less the drift (by hand)."""
    values = parameters.values({"growth_pass_through": 0.4, "growth_drift": 0.01})
    world = outside_world(population, "2020-12", 24, "published", values)
    grdp = figures.series("grdp_per_head", AREA)
    for year, first in ((2021, 0), (2022, 12)):
        incomes = np.log(world.growth[first : first + 12]).sum(axis=0)
        lines = np.log(world.lines[first + 12] / world.lines[first])
        real = np.log(grdp[str(year)] / grdp[str(year - 1)])
        assert incomes - lines == pytest.approx(np.full(lines.shape, 0.4 * real - 0.01))


def test_the_tilt_is_twice_its_parameter_over_twelve(population):
    values = parameters.values({"growth_tilt": 0.012})
    assert outside_world(population, START, 1, "published", values).tilt == pytest.approx(0.002)
    assert outside_world(population, START, 1, "frozen", values).tilt == 0.0


# Prices, season, assistance


def test_prices_rise_as_published(published):
    changes = figures.series("cpi_monthly")
    index = 1.0
    for month, price in enumerate(published.prices):
        year, number = divmod(month_number(START) + 1 + month, 12)
        index *= 1.0 + changes[f"{year}-{number + 1:02d}"] / 100.0
        assert price == pytest.approx(index)


def test_lebaran_lifts_demand_once_a_year_and_by_its_parameter(published):
    usual = parameters.values()[0].lebaran
    lifted = np.flatnonzero(published.season != 1.0)
    assert published.season[lifted] == pytest.approx(1.0 + usual)
    calendar = [divmod(month_number(START) + 1 + int(month), 12) for month in lifted]
    assert [(year, number + 1) for year, number in calendar] == [
        (2023, 4),
        (2024, 4),
        (2025, 3),
        (2026, 3),
    ]


def test_lebaran_comes_ten_to_twelve_days_earlier_each_year():
    years = sorted(LEBARAN)
    days = [np.datetime64(f"{y}-{LEBARAN[y][0]:02d}-{LEBARAN[y][1]:02d}") for y in years]
    assert years == list(range(years[0], years[-1] + 1))
    apart = np.diff(days).astype(int)
    assert ((apart >= 353) & (apart <= 356)).all()


def test_assistance_is_as_published(published):
    assert (published.sembako == sembako()).all()
    assert (published.pkh == pkh()).all()
    assert sembako() == figures.value("sembako_benefit")
    assert 2e5 < pkh() < 5e5


# Standing still


def test_in_a_frozen_world_nothing_moves(frozen, published):
    assert (frozen.lines == published.lines[0]).all()
    assert (frozen.growth == 1.0).all()
    assert (frozen.season == 1.0).all()
    assert (frozen.prices == 1.0).all()
    assert frozen.tilt == 0.0


# What the model is told


def test_places_say_where_and_when(published, population):
    for month in range(MONTHS):
        places = published.places(population, month)
        calendar = (month_number(START) + 1 + month) % 12 + 1
        assert (places["code"] == population.districts["code"]).all()
        assert (places["survey"] == (calendar in SURVEYS)).all()
        assert (places["year_start"] == (month % 12 == 0)).all()
        assert (places["year_end"] == (month % 12 == 11)).all()
        assert (places["line_urban"] == published.lines[month + 1, :, 0]).all()
        assert (places["growth_rural"] == published.growth[month, :, 1]).all()


def test_a_run_that_starts_in_march_ends_its_years_in_march(published, population):
    ends = [m for m in range(MONTHS) if published.places(population, m)["year_end"].all()]
    assert all((published.places(population, month)["survey"] == 1).all() for month in ends)


def test_the_world_ends_where_it_was_asked_to(published, population):
    with pytest.raises(ValueError, match="known for 36 months only"):
        published.places(population, MONTHS)


def test_markets_start_at_their_base(population):
    """Before anyone has lived every market is at its base, so that nothing lifts demand."""
    demand = Markets(population).demand(parameters.values())
    assert demand.shape == (len(population.districts), ONLINE_MARKET + 1)
    assert (demand == 1.0).all()
