"""Estimators of trials find what was put in, with intervals that hold; priors fill their ranges."""

import math

import numpy as np
import pytest

from calibration.trials.chance import uniforms
from calibration.trials.design import Measure
from calibration.trials.estimates import found
from calibration.trials.estimators import (
    Comparison,
    Group,
    completed,
    counts,
    effect,
    error,
    half_life,
    winsorised,
)
from calibration.trials.lives import live
from calibration.trials.prior import latin_hypercube
from calibration.trials.results import verdict
from simulation import parameters
from simulation.parameters import TABLE
from tests.trials import people, trial

# Estimators

PLAIN = {"outcome": "profit", "months": [1], "unit": "level"}
DIFFERENCE = Measure(**PLAIN, estimator="difference")
ANCOVA = Measure(**PLAIN, estimator="ancova")


def made(rng, rows=400, shift=2.0, slope=0.8, clusters=None, spread=0.0):
    """Return a comparison with a known effect; half of the clusters are treated."""
    cluster = np.arange(rows) if clusters is None else np.arange(rows) % clusters
    number = int(cluster.max()) + 1
    arm = (rng.permutation(number) < number // 2)[cluster]
    before = rng.normal(10.0, 2.0, rows)
    common = rng.normal(0.0, 1.0, number)[cluster] * spread
    after = 5.0 + slope * before + shift * arm + common + rng.normal(0.0, 1.0, rows)
    stratum = np.zeros(rows, int)
    sides = [Group(after[w], before[w], cluster[w], stratum[w]) for w in (arm, ~arm)]
    return Comparison(*sides, paired=False)


def test_a_difference_is_that_of_means_with_its_textbook_error():
    compared = made(np.random.default_rng(1))
    one, other = compared.treated.after, compared.control.after
    assert effect(compared, DIFFERENCE) == pytest.approx(one.mean() - other.mean())
    textbook = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    assert error(compared, DIFFERENCE) == pytest.approx(textbook, rel=0.01)


def test_ancova_is_least_squares_on_arm_and_baseline():
    compared = made(np.random.default_rng(2))
    sides = compared.treated, compared.control
    y, b = (np.concatenate([getattr(s, name) for s in sides]) for name in ("after", "before"))
    arm = np.r_[np.ones(len(sides[0].after)), np.zeros(len(sides[1].after))]
    x = np.column_stack([arm, b, np.ones(len(y))])
    coefficients, *_ = np.linalg.lstsq(x, y, rcond=None)
    rest = y - x @ coefficients
    bread = np.linalg.inv(x.T @ x)
    robust = bread @ (x.T * rest**2) @ x @ bread
    assert effect(compared, ANCOVA) == pytest.approx(coefficients[0])
    assert error(compared, ANCOVA) == pytest.approx(math.sqrt(robust[0, 0]), rel=0.01)
    assert error(compared, ANCOVA) < 0.7 * error(compared, DIFFERENCE)


def test_ancova_takes_out_what_strata_differ_by():
    compared = made(np.random.default_rng(3))
    shifted = []
    for side in (compared.treated, compared.control):
        stratum = np.arange(len(side.after)) % 3
        shifted.append(Group(side.after + 50.0 * stratum, side.before, side.cluster, stratum))
    assert effect(Comparison(*shifted, paired=False), ANCOVA) == pytest.approx(2.0, abs=0.4)


def test_weights_are_as_good_as_repeated_rows():
    compared = made(np.random.default_rng(4), rows=60)
    times = [np.arange(len(s.after)) % 3 for s in (compared.treated, compared.control)]
    repeated = Comparison(
        *(
            Group(
                *(np.repeat(getattr(side, n), w) for n in ("after", "before", "cluster", "stratum"))
            )
            for side, w in zip((compared.treated, compared.control), times, strict=True)
        ),
        paired=False,
    )
    weights = tuple(each.astype(float) for each in times)
    for measure in (DIFFERENCE, ANCOVA, DIFFERENCE.model_copy(update={"unit": "sd"})):
        assert effect(compared, measure, weights) == pytest.approx(effect(repeated, measure))


@pytest.mark.parametrize("measure", [DIFFERENCE, ANCOVA], ids=["difference", "ancova"])
@pytest.mark.parametrize("clusters", [None, 40])
def test_intervals_hold_the_truth_as_often_as_they_say(measure, clusters):
    rng = np.random.default_rng(5)
    held = []
    for _ in range(400):
        compared = made(rng, clusters=clusters, spread=0.7 if clusters else 0.0)
        missed = abs(effect(compared, measure) - 2.0)
        held.append(missed < 1.96 * error(compared, measure))
    assert 0.92 < np.mean(held) < 0.98


def test_errors_without_clusters_would_be_too_small():
    rng = np.random.default_rng(6)
    compared = made(rng, clusters=40, spread=1.0)
    alone = Comparison(
        *(
            Group(s.after, s.before, np.arange(len(s.after)) + 1000 * n, s.stratum)
            for n, s in enumerate((compared.treated, compared.control))
        ),
        paired=False,
    )
    assert error(compared, ANCOVA) > 1.5 * error(alone, ANCOVA)


def test_pairs_have_the_error_of_their_differences():
    rng = np.random.default_rng(7)
    twin = rng.normal(100.0, 50.0, 400)
    gain = rng.normal(3.0, 1.0, 400)
    row = np.arange(400)
    sides = [Group(column, twin, row, row) for column in (twin + gain, twin)]
    compared = Comparison(*sides, paired=True)
    for measure in (DIFFERENCE, ANCOVA):
        assert effect(compared, measure) == pytest.approx(gain.mean())
        assert error(compared, measure) == pytest.approx(gain.std() / 20.0, rel=0.01)


def test_quantile_effects_find_a_shift_of_the_top_only():
    rng = np.random.default_rng(8)
    column = rng.normal(0.0, 1.0, 20_000)
    other = rng.normal(0.0, 1.0, 20_000)
    top = np.where(column > np.quantile(column, 0.9), column + 1.5, column)
    row = np.arange(20_000)
    compared = Comparison(*(Group(c, c, row, row) for c in (top, other)), paired=False)
    for u, shift in ((0.25, 0.0), (0.5, 0.0), (0.95, 1.5)):
        measure = Measure(**PLAIN, estimator="quantile", quantile=u)
        assert effect(compared, measure) == pytest.approx(shift, abs=0.06)
        assert math.isnan(error(compared, measure))


def test_quantiles_are_numpys_for_many_rows():
    column = np.random.default_rng(9).normal(5.0, 2.0, 5000)
    nothing = Group(np.zeros(5000), *(np.arange(5000),) * 3)
    compared = Comparison(Group(column, *(np.arange(5000),) * 3), nothing, paired=False)
    for u in (0.05, 0.5, 0.95):
        measure = Measure(**PLAIN, estimator="quantile", quantile=u)
        assert effect(compared, measure) == pytest.approx(np.quantile(column, u), abs=0.01)


def test_resamples_take_whole_clusters_and_as_many_as_there_are():
    cluster = np.repeat(np.arange(30), 4)
    draw = lambda number, many: uniforms(1, 0, "tried", 206, many, number)  # noqa: E731
    drawn = [counts(cluster, draw, number).reshape(30, 4) for number in range(200)]
    assert all((each == each[:, :1]).all() for each in drawn)
    assert {each[:, 0].sum() for each in drawn} == {30.0}
    assert np.mean(drawn, axis=0)[:, 0] == pytest.approx(np.ones(30), abs=0.35)


def test_units():
    after = np.array([2.0, 4.0])
    row = np.arange(2)
    compared = Comparison(Group(after + 1.5, after, row, row), Group(after, after, row, row), False)
    for unit, told in (("level", 1.5), ("percent", 50.0), ("sd", 1.5)):
        measure = DIFFERENCE.model_copy(update={"unit": unit})
        assert effect(compared, measure) == pytest.approx(told)
    points = Measure(outcome="survival", months=[1], unit="points", estimator="difference")
    assert effect(compared, points) == pytest.approx(150.0)


def test_nobody_on_a_side_is_no_estimate():
    compared = made(np.random.default_rng(10), rows=20)
    none, all_ = np.zeros(10), np.ones(10)
    for measure in (DIFFERENCE, ANCOVA, Measure(**PLAIN, estimator="quantile", quantile=0.5)):
        assert math.isnan(effect(compared, measure, (none, all_)))
        assert math.isnan(effect(compared, measure, (all_, none)))
    single = Comparison(*(Group(*(np.ones(1),) * 4),) * 2, paired=True)
    assert math.isnan(error(single, DIFFERENCE))


def test_winsorising_caps_both_arms_alike_and_only_above():
    after = np.r_[np.zeros(98), -1000.0, 1000.0]
    row = np.arange(100)
    side = Group(after, after, row, row)
    measure = ANCOVA.model_copy(update={"winsorise": 0.98})
    capped = winsorised(Comparison(side, side, False), measure)
    for each in (capped.treated, capped.control):
        assert each.after.max() == each.before.max() < 1000.0
        assert each.after.min() == -1000.0


def test_half_lives_and_what_is_made_of_effects():
    months = np.array([24.0, 48.0, 108.0])
    for true in (20.0, 60.0, 200.0):
        assert half_life(months, 30.0 * 0.5 ** (months / true)) == pytest.approx(true, rel=0.02)
    assert half_life(months, np.array([10.0, 10.0, 10.0])) == 1200.0
    assert math.isnan(half_life(months, np.array([-1.0, -2.0, -1.0])))
    found = {"a": Measure(**PLAIN), "b": Measure(**PLAIN | {"months": [2]})}
    found["apart"] = Measure(difference=["a", "b"])
    found["over"] = Measure(ratio=["a", "b"])
    found["halves"] = Measure(half_life=["a", "b"])
    told = completed(found, {"a": 4.0, "b": 2.0})
    assert (told["apart"], told["over"]) == (2.0, 2.0)
    assert told["halves"] == pytest.approx(3.0)


def test_arms_and_twins_agree_where_the_sample_is_large():
    small = trial("v3-cash-grant", size=1500)
    seen = live(small, people(), parameters.values(), 1, 0)
    arms, twins = (found(small, seen, paired) for paired in (False, True))
    for name in ("profit-24", "capital-48"):
        apart = arms[name].value - twins[name].value
        assert abs(apart) < 3.5 * arms[name].error, name
        assert twins[name].error < 0.6 * arms[name].error


# Priors


def test_prior_draws_use_every_part_of_every_range_once():
    names = ["wear", "capital_share", "course_dose"]
    drawn = latin_hypercube(names, 40, 1, "tried")
    for name in names:
        low, high = TABLE[name].low, TABLE[name].high
        along = (np.array([each[name] for each in drawn]) - low) / (high - low)
        assert sorted((along * 40).astype(int)) == list(range(40))
    assert parameters.values(drawn[0])["wear"] == drawn[0]["wear"]
    columns = [np.argsort([each[name] for each in drawn]).tolist() for name in names]
    assert columns[0] != columns[1] != columns[2]


def test_verdicts_on_bands():
    assert [verdict(share) for share in (0.81, 0.8, 0.05, 0.049)] == [
        "uninformative",
        "",
        "",
        "infeasible",
    ]
    assert verdict(math.nan) == ""
