import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from microdf import MicroDataFrame, MicroSeries

from simulation.measures import (
    gini,
    internal_rate_of_return,
    interval,
    poverty,
    quantile,
    share_of_poorest,
)

WHOLE_WEIGHTS = st.integers(1, 50).map(float)


@st.composite
def people(draw, least=0.0, fewest=1):
    """Draw standings (poverty lines) with weights."""
    count = draw(st.integers(fewest, 30))
    values = draw(arrays(float, count, elements=st.floats(least, 20.0)))
    assume(values.sum() > 1e-3)
    return values, draw(arrays(float, count, elements=WHOLE_WEIGHTS))


def measured(values, weights):
    """Return every measure by name."""
    return {
        **dict(zip(("p0", "p1", "p2"), poverty(values, weights), strict=True)),
        "gini": gini(values, weights),
        "share of the poorest": share_of_poorest(values, weights),
        "median": quantile(values, weights, 0.5),
    }


@given(people())
def test_measures_stay_in_their_ranges(drawn):
    values, weights = drawn
    p0, p1, p2 = poverty(values, weights)
    assert 0.0 <= p2 <= p1 <= p0 <= 1.0
    assert -1e-12 <= gini(values, weights) < 1.0
    assert 0.0 <= share_of_poorest(values, weights) <= 0.4 + 1e-12


@given(people())
def test_a_weight_of_two_is_the_row_twice(drawn):
    values, weights = drawn
    once = pytest.approx(measured(values, weights), abs=1e-12)
    assert measured(np.repeat(values, 2), np.repeat(weights / 2.0, 2)) == once
    rows = np.repeat(values, weights.astype(int))
    assert measured(rows, np.ones(len(rows))) == once


@given(people(), st.sampled_from([0.25, 3.0, 1e6]))
def test_only_relative_weights_matter(drawn, factor):
    values, weights = drawn
    expected = pytest.approx(measured(values, weights), abs=1e-12)
    assert measured(values, weights * factor) == expected


@given(people(), st.data())
def test_the_order_of_rows_does_not_matter(drawn, data):
    values, weights = drawn
    order = np.array(data.draw(st.permutations(range(len(values)))))
    expected = pytest.approx(measured(values, weights), abs=1e-12)
    assert measured(values[order], weights[order]) == expected


@given(people(), st.floats(1e-3, 1e9))
def test_inequality_has_no_unit(drawn, unit):
    values, weights = drawn
    assert gini(values * unit, weights) == pytest.approx(gini(values, weights), abs=1e-9)
    assert share_of_poorest(values * unit, weights) == pytest.approx(
        share_of_poorest(values, weights), abs=1e-9
    )
    assert quantile(values * unit, weights, 0.3) == quantile(values, weights, 0.3) * unit


@given(people(least=0.0625, fewest=2), st.data())
def test_a_transfer_to_someone_poorer_lowers_gini_and_severity(drawn, data):
    values, weights = drawn
    low, high = int(np.argmin(values)), int(np.argmax(values))
    assume(values[high] - values[low] > 0.01)
    part = data.draw(st.floats(0.1, 0.4)) * (values[high] - values[low])
    sum_given = part * min(weights[low], weights[high])
    after = values.copy()
    after[low] += sum_given / weights[low]
    after[high] -= sum_given / weights[high]
    assert gini(after, weights) < gini(values, weights)
    assert poverty(after, weights)[2] <= poverty(values, weights)[2] + 1e-15
    if values[low] < 0.99:
        assert poverty(after, weights)[2] < poverty(values, weights)[2]


@given(people(fewest=2))
def test_poverty_and_gini_agree_with_microdf(drawn):
    standing, weights = drawn
    frame = MicroDataFrame({"standing": standing, "line": 1.0}, weights=weights)
    persons = weights.sum()
    assert poverty(standing, weights) == pytest.approx(
        (
            frame.poverty_rate("standing", "line"),
            frame.poverty_gap("standing", "line") / persons,
            frame.squared_poverty_gap("standing", "line") / persons,
        ),
        abs=1e-6,
    )
    assert gini(standing, weights) == pytest.approx(
        MicroSeries(standing, weights=weights).gini(), abs=1e-6
    )


def test_gini_of_an_exponential_distribution_is_one_half():
    u = (np.arange(200_000) + 0.5) / 200_000
    assert gini(-np.log1p(-u), np.ones(len(u))) == pytest.approx(0.5, abs=1e-4)


def test_the_poorest_have_their_share_where_all_have_the_same():
    values, weights = np.full(7, 3.0), np.arange(1.0, 8.0)
    for share in (0.0, 0.1, 0.4, 1.0):
        assert share_of_poorest(values, weights, share) == pytest.approx(share)
    assert gini(values, weights) == pytest.approx(0.0, abs=1e-15)


@given(people(), st.floats(0.001, 1.0))
def test_a_quantile_has_its_share_at_or_below_and_less_strictly_below(drawn, u):
    values, weights = drawn
    found = quantile(values, weights, u)
    assert found in values
    target = u * weights.sum()
    assert weights[values <= found].sum() >= target
    assert weights[values < found].sum() < target


def test_a_row_of_weight_zero_is_no_quantile():
    values, weights = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 0.0, 1.0])
    assert [quantile(values, weights, u) for u in (0.01, 0.5, 0.51, 1.0)] == [2.0, 2.0, 4.0, 4.0]


def annuity(monthly_rate, months, payment=1.0):
    """Return the flows of an investor who is paid in equal instalments, by closed form."""
    factor = months if monthly_rate == 0 else (1 - (1 + monthly_rate) ** -months) / monthly_rate
    return np.array([-payment * factor] + [payment] * months)


@pytest.mark.parametrize("monthly_rate", [-0.5, -0.1, -0.02, 0.0, 0.001, 0.02, 0.3, 4.0])
@pytest.mark.parametrize("months", [1, 12, 36, 240])
def test_return_agrees_with_the_closed_form_of_an_annuity(monthly_rate, months):
    assert internal_rate_of_return(annuity(monthly_rate, months, payment=1e6)) == pytest.approx(
        (1.0 + monthly_rate) ** 12 - 1.0, rel=1e-6, abs=1e-9
    )


@given(
    st.floats(-0.3, 0.5),
    st.lists(st.floats(0.0, 1e7), min_size=2, max_size=60).filter(lambda paid: max(paid) > 1.0),
    st.integers(0, 12),
)
def test_flows_made_to_a_rate_give_it_back(yearly, paid, idle):
    growth = (1.0 + yearly) ** (1.0 / 12.0)
    invested = sum(amount * growth**-month for month, amount in enumerate(paid, start=1))
    flows = np.array([0.0] * idle + [-invested, *paid] + [0.0] * idle)
    assert internal_rate_of_return(flows) == pytest.approx(yearly, abs=1e-6)


def test_return_does_not_depend_on_the_unit():
    flows = annuity(0.01, 36)
    assert internal_rate_of_return(flows * 1e12) == pytest.approx(internal_rate_of_return(flows))


@pytest.mark.parametrize("flows", [[], [0.0, 0.0], [5.0, 1.0], [0.0, 3.0]])
def test_no_return_without_an_investment(flows):
    assert math.isnan(internal_rate_of_return(np.array(flows)))


@pytest.mark.parametrize("flows", [[-5.0], [-5.0, 0.0, 0.0], [0.0, -1.0, -2.0], [-1e9, 0.0, 1e-3]])
def test_all_lost_is_a_return_of_minus_one(flows):
    assert internal_rate_of_return(np.array(flows)) == -1.0


def test_return_where_recoveries_are_invested_again_is_the_one_nearest_to_nothing():
    # Worth nothing at growths of 1.01 and 0.5 a month: (g - 1.01)(0.5 - g).
    flows = np.array([-1.0, 1.51, -0.505])
    assert internal_rate_of_return(flows) == pytest.approx(1.01**12 - 1.0, rel=1e-9)


def test_no_return_where_no_rate_solves():
    assert math.isnan(internal_rate_of_return(np.array([-100.0, 50.0, -100.0])))


@given(arrays(float, st.integers(2, 30), elements=st.floats(-1e6, 1e6)))
def test_an_interval_holds_its_mean_and_widens_with_its_level(values):
    mean, low, high = interval(values)
    _, lower, higher = interval(values, level=0.99)
    assert lower <= low <= mean <= high <= higher
    assert mean == pytest.approx(values.mean())


def test_an_interval_is_students():
    # A table of Student's t: 1.833 for 9 degrees of freedom, 90% two-sided.
    values = np.arange(10.0)
    mean, low, high = interval(values)
    margin = 1.8331129 * values.std(ddof=1) / math.sqrt(10)
    assert (mean, low, high) == pytest.approx((4.5, 4.5 - margin, 4.5 + margin))


def test_one_replicate_has_no_interval():
    mean, low, high = interval(np.array([7.0]))
    assert mean == 7.0
    assert math.isnan(low)
    assert math.isnan(high)


def test_an_interval_holds_the_true_mean_as_often_as_it_says():
    # 4,000 samples of 5: the share that hold 0 has a standard error of .0047; six of them are
    # allowed, so a right interval fails once in 10**9 seeds.
    samples = np.random.default_rng(20230301).normal(size=(4000, 5))
    held = [low <= 0.0 <= high for _, low, high in map(interval, samples)]
    assert np.mean(held) == pytest.approx(0.90, abs=0.028)
