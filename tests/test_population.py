"""Indonesia in March 2023 beside the published figures: fitted ones, and ones that are not."""

import numpy as np
import pytest

from calibration import figures, placement, settle
from calibration.cells import cells
from calibration.synthesis import people
from calibration.traits import traits
from simulation import parameters
from simulation.agents import enterprise
from simulation.records import OFFLINE
from tests.households import anyone, eventful_parameters
from tests.nation import nation, national, population_lines, spending

SMALL = "Kab. Kepulauan Seribu"
PROVINCE = "Jawa Tengah"
OFTEN = 4.0  # standard errors, passed by chance once in 16,000


@pytest.fixture(scope="module")
def march():
    return nation().march


@pytest.fixture(scope="module")
def every_cell(march):
    return march.iloc[:-1]


@pytest.fixture(scope="module")
def everyone():
    """Every household of a small district, before it has lived."""
    return people(SMALL, "all", seed=1)


@pytest.fixture(scope="module")
def sample():
    """A sample of a province before it has lived, with its standing (poverty lines)."""
    population, target = people(PROVINCE, 20_000, seed=1)
    h = population.households
    lines = np.zeros(len(h))
    codes = population.districts["code"][h["district"]]
    for cell in cells(PROVINCE):
        lines[(h["urban"] == cell.urban) & np.isin(codes, cell.codes)] = cell.line
    return population, target / (lines * h["members"])


# Fitted


def test_every_cell_is_there_with_enough_rows(every_cell):
    assert len(every_cell) == 67
    assert every_cell.rows.min() >= 1500


def test_headcount_of_every_cell_is_within_a_fifth_of_a_point(every_cell):
    assert (every_cell.p0 - every_cell.p0_bps).abs().max() <= 0.2


def test_gap_of_every_cell_is_within_a_tenth(every_cell):
    assert (every_cell.p1 / every_cell.p1_bps - 1.0).abs().max() <= 0.10


def test_gini_of_every_cell_is_within_a_hundredth(every_cell):
    assert (every_cell.gini - every_cell.gini_bps).abs().max() <= 0.01


@pytest.mark.parametrize(("part", "published"), [(None, 9.36), ("urban", 7.29), ("rural", 12.22)])
def test_headcount_of_the_country(march, part, published):
    assert national(march, part)[0] == pytest.approx(published, abs=0.05)


def test_gap_of_the_country(march):
    assert national(march)[1] == pytest.approx(1.53, abs=0.03)


def test_mean_spending_of_every_province_is_within_a_twentieth(march):
    assert spending(march).abs().max() <= 0.05


def test_last_correction_is_small():
    residual = nation().residual
    assert abs(residual.mean) < 0.01
    assert residual.spread < 0.03


# Not fitted, then checked


def test_severity_of_nine_cells_in_ten_is_within_15_percent(every_cell):
    near = (every_cell.p2 / every_cell.p2_bps - 1.0).abs() <= 0.15
    assert near.mean() >= 0.9


def test_vulnerable_bottom_40_and_size_of_poor_households(march):
    whole = march.iloc[-1]
    published = figures.value("share_1_to_1_5_lines", period="2023-03")
    assert whole.vulnerable == pytest.approx(published, abs=1.0)
    assert whole.bottom40 == pytest.approx(18.0, abs=0.5)
    assert whole.size_poor == pytest.approx(4.71, abs=0.1)


def test_all_lines_are_in_the_table(march):
    assert len(population_lines(march)) == 12


# Who is drawn


def test_everyone_of_a_small_district_is_drawn_at_weight_1(everyone):
    population, _ = everyone
    assert population.complete
    assert (population.households["weight"] == 1.0).all()


def test_everyone_of_a_small_district_makes_its_published_persons(everyone):
    population, _ = everyone
    h = population.households
    own = h[h["frame"] == 0]
    published = placement.persons()
    published = published[published.name == SMALL]
    persons = float((published.poor + published.other).sum())
    # Sizes are drawn: their sum has this standard error.
    error = own["members"].std() * len(own) ** 0.5
    assert own["members"].sum() == pytest.approx(persons, abs=OFTEN * error)


def test_those_drawn_near_the_line_stand_for_themselves(sample):
    population, standing = sample
    h = population.households
    own = h["frame"] == 0
    single = own & (h["weight"] == 1.0)
    assert single.sum() == pytest.approx(traits()["near_share"] * 20_000, abs=1.0)
    # Ranks are settled after sizes are drawn, so that a few at the edge move across it.
    assert standing[single].max() < 1.01 * traits()["near_line"]
    assert h["weight"][own & ~single].min() > 1.0


def test_weights_make_the_published_households_and_persons(sample):
    population, _ = sample
    h = population.households
    own = h[h["frame"] == 0]
    published = placement.persons()
    published = published[published.province == PROVINCE]
    persons = float((published.poor + published.other).sum())
    error = float(np.sqrt(((own["weight"] * own["members"].std()) ** 2).sum()))
    assert (own["weight"] * own["members"]).sum() == pytest.approx(persons, abs=OFTEN * error)


def test_every_district_gets_its_published_number_of_poor(sample):
    population, standing = sample
    h = population.households
    persons = np.where(h["frame"] == 0, h["weight"] * h["members"], 0.0)
    codes = population.districts["code"]
    published = placement.persons().groupby("code")[["poor", "other"]].sum().loc[codes]
    for name, who in (("poor", standing < 1.0), ("other", standing >= 1.0)):
        found = np.bincount(h["district"], persons * who)
        square = np.bincount(h["district"], persons**2 * who)
        error = np.sqrt(square)  # of a count of so heavy households
        apart = np.abs(found - published[name].to_numpy()) / error
        # 35 districts: the largest of so many standard normals passes 4 once in 450 samples.
        assert apart.max() < OFTEN, name


def test_a_population_is_the_same_again(everyone):
    population, target = everyone
    again, same = people(SMALL, "all", seed=1)
    assert again.households.tobytes() == population.households.tobytes()
    assert same.tobytes() == target.tobytes()


def test_another_seed_gives_other_traits(everyone):
    population, _ = everyone
    other, _ = people(SMALL, "all", seed=2)
    assert (other.households["members"] != population.households["members"]).any()


def test_firms_that_are_online_know_how_to_sell_there(sample):
    population, _ = sample
    e = population.enterprises
    skilled = (e["alive"] == 1) & (e["stage"] > OFFLINE)
    assert 0 < skilled.sum() < (e["alive"] == 1).sum()
    assert np.array_equal(e["selling"], skilled.astype(float))
    assert not e["channel"].any()


# What settling expects of people, and what they live


def test_settling_knows_reach_and_fees_as_the_rules_do():
    e, p = anyone(400).enterprises, eventful_parameters()[0]
    reach, fees = settle.online(e, p)
    assert reach.tolist() == [enterprise.reach_of(row, p) for row in e]
    assert fees.tolist() == [enterprise.fees_of(row, p) for row in e]


def test_settling_knows_what_papers_are_worth():
    people, values = anyone(4000), parameters.values()
    h, e = people.households, people.enterprises
    h.documents = 1
    usual = settle.expected_income(people, values)
    h.documents = 0
    factor = settle.expected_income(people, values) / usual
    looks_for_work = (e.alive == 0) & (h.can_work == 1)
    assert factor[looks_for_work] == pytest.approx(1.0 - values[0].formal_pay)
    assert np.all(factor[~looks_for_work] == 1.0)


@pytest.mark.parametrize("area", ["Jakarta", "Kepulauan Seribu", "indonesia"])
def test_an_unknown_area_is_refused_with_the_nearest_name(area):
    with pytest.raises(ValueError, match="the nearest is"):
        cells(area)
