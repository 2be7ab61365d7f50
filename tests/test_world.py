"""The world outside: published lines and prices as they stand, growth between, or nothing moves."""

from dataclasses import fields

import numpy as np
import pytest

from calibration import figures
from calibration.assistance import amounts, cash
from calibration.synthesis import people
from calibration.world import (
    PUBLISHED_LEBARAN,
    TREND_YEARS,
    Shock,
    jobless,
    lebaran,
    month_number,
    outside_world,
    pkh,
    sembako,
)
from simulation import parameters
from simulation.economy import LEAST_DEMAND, SURVEYS, Markets
from simulation.records import ONLINE_MARKET

AREA = "Bali"
START = "2023-03"
MONTHS = 36
TO_2046 = 276


@pytest.fixture(scope="module")
def population():
    return people(AREA, 500, seed=1)[0]


@pytest.fixture(scope="module")
def published(population):
    return outside_world(population, START, MONTHS, "published", parameters.values())


@pytest.fixture(scope="module")
def long(population):
    return outside_world(population, START, TO_2046, "published", parameters.values())


def struck(population, *shocks, macro="published"):
    """Return the world with these shocks."""
    return outside_world(population, START, MONTHS, macro, parameters.values(), shocks)


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
    values = parameters.values(
        {"growth_pass_through": 0.4, "growth_drift": 0.01, "growth_gap": 0.0}
    )
    world = outside_world(population, "2020-07", 24, "published", values)
    product = figures.series("gdp_per_head")  # of a year, at its middle
    for year, first in ((2021, 0), (2022, 12)):
        incomes = np.log(world.growth[first : first + 12]).sum(axis=0)
        lines = np.log(world.lines[first + 12] / world.lines[first])
        real = np.log(product[str(year)] / product[str(year - 1)])
        assert incomes - lines == pytest.approx(np.full(lines.shape, 0.4 * real - 0.01))


def test_the_tilt_is_twice_its_parameter_over_twelve(population):
    values = parameters.values({"growth_tilt": 0.012})
    assert outside_world(population, START, 1, "published", values).tilt == pytest.approx(0.002)
    assert outside_world(population, START, 1, "frozen", values).tilt == 0.0


def test_the_bend_is_its_parameter_over_twelve(population):
    values = parameters.values({"growth_bend": -0.012})
    assert outside_world(population, START, 1, "published", values).bend == pytest.approx(-0.001)
    assert outside_world(population, START, 1, "frozen", values).bend == 0.0


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
    days = [np.datetime64(day) for day in lebaran()]
    apart = np.diff(days).astype(int)
    assert ((apart >= 353) & (apart <= 356)).all()
    assert lebaran()[: len(PUBLISHED_LEBARAN)] == PUBLISHED_LEBARAN


@pytest.mark.parametrize("day", ["2031-01-25", "2033-01-03", "2033-12-23", "2045-08-15"])
def test_lebaran_past_the_published_days_is_within_a_day_of_the_computed_calendar(day):
    """By the tabular Islamic calendar (1 Syawal of 1452, 1454, 1455, 1467); 2033 has two."""
    apart = min(abs((np.datetime64(each) - np.datetime64(day)).astype(int)) for each in lebaran())
    assert apart <= 1


def test_every_year_to_2045_has_its_lebaran(long):
    lifted = np.flatnonzero(long.season != 1.0) + month_number(START) + 1
    by_year = np.bincount(lifted // 12)[2023:2046]
    assert by_year.tolist() == [2 if year == 2033 else 1 for year in range(2023, 2046)]


def test_assistance_is_as_published(published):
    assert (published.sembako == sembako()).all()
    assert (published.pkh == pkh()).all()
    assert sembako() == figures.value("sembako_benefit")
    assert 2e5 < pkh() < 5e5


def test_the_minimum_wage_changes_each_january_and_is_as_published(published, population):
    wage = figures.series("minimum_wage", AREA)
    assert published.minimum_wage.shape == (MONTHS, len(population.districts))
    for month, row in enumerate(published.minimum_wage):
        year = (month_number(START) + 1 + month) // 12
        if str(year) in wage:
            assert row == pytest.approx(wage[str(year)])
    changes = np.flatnonzero(np.diff(published.minimum_wage[:, 0])) + 1
    assert [(month_number(START) + 1 + int(month)) % 12 for month in changes] == [0, 0, 0]


def test_past_the_last_figure_the_minimum_wage_rises_as_in_the_years_before(long):
    wage = figures.series("minimum_wage", AREA)
    pace = (wage["2025"] / wage["2022"]) ** (1 / TREND_YEARS)
    assert long.minimum_wage[since("2026-06") - 1, 0] == pytest.approx(wage["2025"] * pace)
    assert long.minimum_wage[since("2045-06") - 1, 0] == pytest.approx(wage["2025"] * pace**20)


def test_a_province_without_a_minimum_wage_has_the_mean(population, published, monkeypatch):
    def none(indicator, area="Indonesia", urban_rural="total"):
        if (indicator, area) == ("minimum_wage", AREA):
            raise KeyError(area)
        return figures.series(indicator, area, urban_rural)

    monkeypatch.setattr("calibration.world._series", none)
    world = outside_world(population, START, 1, "published", parameters.values())
    assert world.minimum_wage == pytest.approx(figures.value("minimum_wage_mean", period="2023"))


@pytest.mark.parametrize("province", figures.table("provinces")["name"])
def test_every_province_has_a_minimum_wage_of_its_own(province):
    assert figures.value("minimum_wage", province, period="2023") > 1.5e6


# Standing still


def test_in_a_frozen_world_nothing_moves(frozen, published):
    assert (frozen.lines == published.lines[0]).all()
    assert (frozen.growth == 1.0).all()
    assert (frozen.season == 1.0).all()
    assert (frozen.prices == 1.0).all()
    assert (frozen.minimum_wage == published.minimum_wage[0]).all()
    assert frozen.tilt == 0.0


# Shocks


def test_without_a_shock_nothing_is_shocked(published):
    assert (published.income == 1.0).all()
    assert (published.work == 1.0).all()


def test_a_shock_is_felt_while_it_lasts_and_not_after(population, published):
    world = struck(population, Shock(4, 3, demand=0.8, work=0.5, income=0.9, price=1.1))
    during = np.isin(np.arange(MONTHS), [4, 5, 6])
    for field, factor in (("season", 0.8), ("work", 0.5), ("income", 0.9)):
        found = getattr(world, field) / getattr(published, field)
        assert found == pytest.approx(np.where(during, factor, 1.0))
    lines = world.lines / published.lines
    assert (lines[0] == 1.0).all()
    assert lines[1:, 0, 0] == pytest.approx(np.where(during, 1.1, 1.0))
    for field in ("growth", "sembako", "pkh", "prices", "minimum_wage"):
        assert (getattr(world, field) == getattr(published, field)).all()


def test_places_are_told_of_a_shock(population, published):
    world = struck(population, Shock(4, 3, demand=0.8, work=0.5, income=0.9, price=1.1))
    for month in range(MONTHS):
        places, usual = (each.places(population, month) for each in (world, published))
        during = month in (4, 5, 6)
        assert places["work"] == pytest.approx(0.5 if during else 1.0)
        assert places["season"] / usual["season"] == pytest.approx(0.8 if during else 1.0)
        assert places["line_urban"] / usual["line_urban"] == pytest.approx(1.1 if during else 1.0)
        step = {4: 0.9, 7: 1 / 0.9}.get(month, 1.0)
        assert places["growth_rural"] / usual["growth_rural"] == pytest.approx(step)


def test_usual_incomes_are_back_on_their_path_when_a_shock_is_over(population, published):
    world = struck(population, Shock(0, 5, income=0.7), Shock(12, 6, income=1.2))
    shocked, usual = (
        np.cumprod([each.places(population, month)["growth_urban"][0] for month in range(MONTHS)])
        for each in (world, published)
    )
    level = np.ones(MONTHS)
    level[:5], level[12:18] = 0.7, 1.2
    assert shocked / usual == pytest.approx(level)


def test_shocks_that_meet_multiply(population):
    world = struck(population, Shock(2, 4, work=0.5), Shock(4, 9, work=0.8))
    assert world.work[1:8] == pytest.approx([1.0, 0.5, 0.5, 0.4, 0.4, 0.8, 0.8])


def test_a_shock_may_outlast_the_run_and_hits_a_frozen_world_too(population):
    world = struck(population, Shock(30, 99, income=0.9), macro="frozen")
    assert world.income.tolist() == [1.0] * 30 + [0.9] * 6


def test_a_shock_to_incomes_does_not_lift_demand(population):
    """The base would fall at once, incomes slowly: sales would rise in a crisis."""
    world = struck(population, Shock(0, 12, income=0.8))
    markets = Markets(population)
    markets.base[:] = 1e9
    markets.now[:] = 1e9
    usual = markets.demand(parameters.values())
    markets.grow(world.growth[0])
    assert (markets.demand(parameters.values()) <= usual).all()


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


def test_a_long_world_begins_as_a_short_one_and_goes_on_to_the_end(long, published, population):
    for field in fields(published):
        short, whole = getattr(published, field.name), getattr(long, field.name)
        if isinstance(short, np.ndarray):
            assert (whole[: len(short)] == short).all()
            assert np.isfinite(whole).all()
            assert (whole > 0.0).all()
    places = long.places(population, TO_2046 - 1)
    assert (places["survey"] == 1).all()  # March 2046
    with pytest.raises(ValueError, match="known for 276 months only"):
        long.places(population, TO_2046)


def test_markets_start_at_their_base(population):
    """Before anyone has lived every market is at its base, so that nothing lifts demand."""
    demand = Markets(population).demand(parameters.values())
    assert demand.shape == (len(population.districts), ONLINE_MARKET + 1)
    assert (demand == 1.0).all()


def crowded(population, share, **changes):
    """Return the factors on sales where every market has this share more sellers than usual."""
    markets = Markets(population)
    markets.base[:] = 1e9
    markets.now[:] = 1e9
    markets.now[:, 2:] *= 1.0 + share
    return markets.demand(parameters.values(changes))


def test_crowds_lower_sales_and_online_they_also_bury_each_other(population):
    demand = crowded(population, 0.2, demand_response=0.3, search_friction=0.4)
    assert demand[:, :-1] == pytest.approx(1.2**-0.3)
    assert demand[:, -1] == pytest.approx(1.2**-0.7)
    without = crowded(population, 0.2, demand_response=0.3)
    assert without == pytest.approx(1.2**-0.3)


def test_a_market_does_not_run_away(population):
    assert (crowded(population, 1e6, search_friction=0.5) == LEAST_DEMAND).all()


# Jobs and assistance of the years


def test_more_are_without_work_in_2020_and_fewer_in_2023():
    wanted = np.arange(month_number("2019-03"), month_number("2023-03") + 1)
    found = jobless(wanted)
    worst = int(np.argmax(found))
    assert month_number("2020-06") <= wanted[worst] <= month_number("2021-03")
    assert 0.065 < found[worst] < 0.072
    assert found[-1] < found[worst] - 0.01


def test_unemployment_has_no_season():
    """What August differs from both Februaries beside it, on the mean: half of it and more goes."""
    wanted = np.arange(month_number("2015-02"), month_number("2020-02") + 1, 6)
    found = jobless(wanted)
    published = figures.series("unemployment").loc["2015":"2020-02"].sort_index().to_numpy()
    seasons = [
        abs(float(np.mean(each[1::2] - 0.5 * (each[:-1:2] + each[2::2]))))
        for each in (found, published / 100.0)
    ]
    assert seasons[0] < 0.3 * seasons[1]


def test_assistance_is_that_of_its_year():
    months = [month_number(each) for each in ("2015-03", "2019-03", "2020-05", "2023-03")]
    given = amounts(np.array(months))
    assert given.sembako[-1] == pytest.approx(sembako())
    assert given.pkh[-1] == pytest.approx(pkh())
    assert (np.diff(given.pkh) >= 0).all()
    assert given.sembako[0] == pytest.approx(110_000 * 15.6 / 20)
    assert given.pkh[0] / given.pkh[-1] == pytest.approx(0.35, abs=0.001)


def test_cash_goes_to_families_without_other_assistance(population):
    p = parameters.values()
    lines = np.full(len(population), 400_000.0)
    gifts = cash(population, p, lines, month_number("2020-01"), 12)
    assert [month for month, _, _ in gifts] == list(range(3, 12))
    rows = gifts[0][1]
    h = population.households
    assert (h.assistance[rows] == 0).all()
    assert (h.documents[rows] == 1).all()
    assert all(np.array_equal(rows, each) for _, each, _ in gifts)


def test_people_without_seats_measure_a_country_best():
    """Weights are nearly equal, so that as many rows say more."""
    h = people("Jawa Barat", 4_000, seed=1, period="2019-03", seats=False)[0].households
    own = h.weight[h.frame == 0]
    assert own.sum() ** 2 / (own**2).sum() > 0.8 * len(own)
    assert own.min() > 2.0
