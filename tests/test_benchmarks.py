"""Do the rivals that the engine is timed against live the same month?"""

import numpy as np
import pytest

from benchmarks import c_program, fresh, nation
from benchmarks.plain_mesa import PlainModel
from benchmarks.scene import Scene, settled, spread
from simulation import draws, indicators, ledger
from simulation.population import no_demand_change
from simulation.records import NEARBY
from tests.households import CONTRACTS, KEY, anyone, eventful_parameters, places

needs_gcc = pytest.mark.skipif(c_program.compiler() is None, reason="gcc is missing")


@pytest.fixture(scope="module")
def jakarta():
    return settled("DKI Jakarta", 2000)


def eventful_scene(rows):
    demand = no_demand_change(2) * [[0.9], [1.1]]
    return Scene(anyone(rows), places(0), demand, CONTRACTS, eventful_parameters(), KEY)


@pytest.fixture
def eventful():
    return eventful_scene(2000)


def same(one, other, within):
    """Check everyone's state: real fields within a relative difference, whole numbers exactly."""
    for kind in ("households", "enterprises"):
        apart = c_program.differences(
            getattr(one.population, kind), getattr(other.population, kind)
        )
        assert {field: far for field, far in apart.items() if far > within} == {}


@needs_gcc
def test_c_lives_the_same_months(eventful):
    in_c = eventful.copy()
    for _ in range(12):
        np.testing.assert_allclose(c_program.live_in_c(in_c), eventful.live(), rtol=1e-9)
    same(eventful, in_c, within=1e-9)
    for known in NEARBY.names:
        np.testing.assert_allclose(
            in_c.population.nearby[known], eventful.population.nearby[known], rtol=1e-9
        )


@needs_gcc
def test_c_lives_the_same_months_in_jakarta(jakarta):
    ours, in_c = jakarta.copy(), jakarta.copy()
    for _ in range(12):
        ours.live()
        c_program.live_in_c(in_c)
    same(ours, in_c, within=1e-9)


@needs_gcc
def test_another_month_in_c_is_noticed(jakarta):
    ours, in_c = jakarta.copy(), jakarta.copy()
    in_c.parameters = in_c.parameters.copy()
    in_c.parameters["illness"] *= 1.01
    for _ in range(12):
        ours.live()
        c_program.live_in_c(in_c)
    with pytest.raises(AssertionError):
        same(ours, in_c, within=1e-9)


@needs_gcc
def test_c_draws_the_same_numbers():
    serials = np.arange(5000, dtype=np.uint32)
    whens = np.resize([draws.moment(3171, month) for month in range(60)], 5000)
    for key, purpose, index in ((KEY, draws.INCOME, 0), (~KEY, draws.TRAIT_PLACE, 70_000)):
        ours = np.empty(len(serials))
        draws.uniform_column(key, serials, whens, purpose, index, ours)
        np.testing.assert_array_equal(
            c_program.uniforms_in_c(key, serials, whens, purpose, index), ours
        )


def test_differences_are_relative_and_counted():
    one = np.zeros(4, [("money", np.float64), ("members", np.uint8)])
    other = one.copy()
    one["money"], other["money"] = [0.0, 4e6, 0.0, 0.0], [0.0, 3e6, 0.0, 0.5]
    other["members"][2] = 255
    assert c_program.differences(one, other) == {"money": 0.5, "members": 0.25}
    one["money"][1] = other["money"][1] = np.nan
    assert c_program.differences(one, other)["money"] == np.inf


def ratios(scene):
    """Return plain Mesa's sums of a year over the engine's; 1 where both are nothing."""
    model = PlainModel(scene)
    ours, plain = np.zeros(indicators.N_SUMS), np.zeros(indicators.N_SUMS)
    for _ in range(12):
        ours += scene.live().sum(axis=0)
        model.step()
        plain += model.sums
    assert np.array_equal(ours > 0.0, plain > 0.0)
    return plain / np.where(ours > 0.0, ours, 1.0) + (ours == 0.0)


def test_plain_mesa_lives_much_the_same(jakarta):
    ratio = ratios(spread(jakarta, 4000))
    for same in (indicators.HOUSEHOLDS, indicators.PERSONS):
        assert ratio[same] == pytest.approx(1.0)
    for near in (ledger.WAGES, ledger.CONSUMED, indicators.STANDING, indicators.ENTERPRISES):
        assert ratio[near] == pytest.approx(1.0, abs=0.03)
    for noisy in (ledger.REVENUE, indicators.POOR, ledger.KIN_LENT, ledger.LENDER_LENT):
        assert ratio[noisy] == pytest.approx(1.0, abs=0.15)


def test_plain_mesa_knows_every_rule():
    ratio = ratios(eventful_scene(20_000))
    for noisy in (
        *(ledger.CONTRACT_PAID, ledger.LIQUIDATED, ledger.WOUND_UP, ledger.RELIEF),
        *(ledger.ARISAN_PAID, ledger.ARISAN_DRAWN, indicators.CARE, indicators.SHELTERED_NOW),
        *(indicators.CLOSED, indicators.STARTED, indicators.RETURNED, indicators.ON_STREET),
    ):
        assert ratio[noisy] == pytest.approx(1.0, abs=0.2)


def test_a_nation_fits_its_figures(jakarta):
    figures = {name: value for name, value, _ in nation.run_nation(jakarta, 20_000)}
    assert figures["nation_households"] == 20_000
    assert figures["nation_bytes"] <= 256 * 20_000
    assert figures["nation_peak_rss"] > figures["nation_bytes"]


def test_a_nation_of_whole_neighbourhoods_with_serials_of_their_own(jakarta):
    population = spread(jakarta, 20_000).population
    h, sample = population.households, jakarta.population.households
    assert np.all(h.weight == 1.0)
    assert np.all(np.bincount(h.neighbourhood) == 40)
    for district in np.unique(h.district):
        own = h.serial[h.district == district]
        assert np.array_equal(np.sort(own), np.arange(len(own)))
        share = np.mean(h.district == district)
        weight = sample.weight[sample.district == district].sum() / sample.weight.sum()
        assert share == pytest.approx(weight, abs=0.01)
    for first, last, district, frame in population.blocks:
        assert last - first <= 4000
        assert np.all(h.district[first:last] == district)
        assert np.all(h.frame[first:last] == frame)


def test_a_nation_too_large_is_refused():
    with pytest.raises(SystemExit, match="--households sets another number"):
        nation.refuse_if_too_many(10**12)


def test_a_fresh_process_calls_the_engine_on_nobody():
    fresh.live_nobody()
