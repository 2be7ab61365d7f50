"""PRIM and rules of a tree: do they find what was planted, and nothing else?"""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from calibration.emulator import uniforms
from scenarios.studies import prim
from scenarios.studies.prim import Box, boxes, rules

SEEDS = range(1, 6)
PLANTED = ["x0", "x1", "x2"]


def points_of(seed, number=1000, factors=6):
    """Return points of the unit box, and one more uniform draw a point."""
    u = uniforms(seed, 0, (number, factors + 1))
    return pd.DataFrame(u[:, :-1], columns=[f"x{i}" for i in range(factors)]), u[:, -1]


def planted(seed, noise=0.0, number=1000):
    """Return points, cases (some turned into their contrary), and the box of the cases."""
    points, luck = points_of(seed, number)
    box = ((points.x0 >= 0.6) & (points.x1 <= 0.5) & points.x2.between(0.2, 0.8)).to_numpy()
    return points, box ^ (luck < noise), box


def overlap(box, points, truth):
    """Return which share of the true box a found one holds, and of the found one the true."""
    inside = box.holds(points)
    return (inside & truth).sum() / truth.sum(), (inside & truth).sum() / inside.sum()


def peeled(points, cases):
    """Return the peeling trajectory in all factors."""
    return prim._Search(points, cases, prim._least(len(points))).peeled(list(points))


# What was planted


@pytest.mark.parametrize("seed", SEEDS)
def test_a_planted_box_is_found(seed):
    points, cases, truth = planted(seed)
    [found] = boxes(points, cases)
    coverage, density = overlap(found.chosen.box, points, truth)
    assert coverage >= 0.95
    assert density >= 0.85
    assert sorted(found.chosen.box.factors) == PLANTED
    bounds = found.chosen.box.conditions
    edges = {("x0", "least"): 0.6, ("x1", "most"): 0.5, ("x2", "least"): 0.2, ("x2", "most"): 0.8}
    assert bounds == pytest.approx(edges, abs=0.06)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_planted_box_is_found_through_noise(seed):
    """One point in ten is turned: in the box it looks like no case, outside like one."""
    points, cases, truth = planted(seed, noise=0.1)
    found = boxes(points, cases, density=0.75)[0]
    coverage, density = overlap(found.chosen.box, points, truth)
    assert found.dense
    assert coverage >= 0.85
    assert density >= 0.70


def test_factors_that_do_nothing_are_not_restricted():
    """Over 10 seeds with 10% noise one study in ten may restrict one (measured: none)."""
    wrong = 0
    for seed in range(1, 11):
        points, cases, _ = planted(seed, noise=0.1, number=200)
        wrong += not set(boxes(points, cases, coverage=0.01)[0].chosen.box.factors) <= set(PLANTED)
    assert wrong <= 1


def test_slight_factors_are_found_among_those_that_do_nothing():
    """Three of eight add up, with luck; of 12 studies of 120 points 9 give a dense box or more.

    Measured: 11, and 7 where the search is not done again without what chance explains.
    """
    dense = 0
    for seed in range(1, 13):
        points, luck = points_of(seed, number=120, factors=8)
        total = points.x0 + points.x1 + points.x2 + 0.8 * luck
        dense += boxes(points, (total > total.quantile(0.56)).to_numpy(), coverage=0.01)[0].dense
    assert dense >= 9


def test_pure_chance_gives_no_dense_box_and_mostly_no_condition():
    """Over 20 seeds one study in ten may tell one (measured: none; of 120 points one in ten)."""
    told = 0
    for seed in range(1, 21):
        points, luck = points_of(seed, number=300, factors=4)
        found = boxes(points, luck < 0.3)[0]
        assert not found.dense
        told += bool(found.chosen.box.conditions)
    assert told <= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_two_boxes_are_found_one_after_another(seed):
    points, _ = points_of(seed)
    first = ((points.x0 >= 0.5) & (points.x1 >= 0.5)).to_numpy()
    second = ((points.x2 <= 0.3) & (points.x3 <= 0.4)).to_numpy()
    found = boxes(points, first | second, coverage=0.9)
    assert len(found) == 2
    assert [sorted(each.chosen.box.factors) for each in found] == [["x0", "x1"], ["x2", "x3"]]
    inside = found[0].chosen.box.holds(points) | found[1].chosen.box.holds(points)
    assert (inside & (first | second)).sum() >= 0.9 * (first | second).sum()


def test_boxes_stop_where_they_cover_enough():
    points, _ = points_of(1)
    cases = ((points.x0 >= 0.5) & (points.x1 >= 0.5)) | ((points.x2 <= 0.3) & (points.x3 <= 0.4))
    assert len(boxes(points, cases.to_numpy(), coverage=0.5)) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_categories_are_told(seed):
    points, _ = points_of(seed)
    kinds = np.array(["cash", "credit", "equity", "none"])
    points["kind"] = kinds[(4 * points.x4).astype(int)]
    points["women"] = points.x5 < 0.5
    cases = points.kind.isin(["cash", "equity"]) & points.women & (points.x0 <= 0.7)
    [found] = boxes(points[["x0", "x1", "kind", "women"]], cases.to_numpy())
    box = found.chosen.box
    assert box.conditions["kind", "among"] == ("cash", "equity")
    assert box.conditions["women", "among"] == (True,)
    assert box.conditions["x0", "most"] == pytest.approx(0.7, abs=0.05)
    assert found.chosen.density >= 0.85


def test_whole_numbers_are_cut_between_their_values():
    points = pd.DataFrame({"visits": np.arange(200) % 4, "other": np.arange(200) // 4 % 5})
    [found] = boxes(points, (points.visits >= 2).to_numpy())
    assert found.chosen == (Box({("visits", "least"): 2}), 100, 100)


# How it is done


def test_of_equal_factors_the_first_is_peeled_and_below_before_above():
    same = pd.DataFrame({"a": np.arange(100.0), "b": np.arange(100.0)})
    steps = peeled(same, (abs(same.a - 49.5) < 20).to_numpy())
    assert list(steps[1].box.conditions) == [("a", "least")]


def test_cuts_of_equal_gain_leave_the_most_points():
    """Half of every corner are cases, so that no cut gains; the least that one takes is 20."""
    large, small = np.repeat([0, 1], [80, 120]), np.tile([0, 1, 1, 1, 1], 40)
    points = pd.DataFrame({"large": large, "small": small})
    cases = np.repeat([True, False], 5)[np.arange(200) % 10]
    assert peeled(points, cases)[1] == (Box({("small", "least"): 1}), 160, 80)


def test_categories_stand_in_the_order_of_their_names():
    assert prim.categories(np.array(list("hgfedcba"), object)) == tuple("abcdefgh")


def test_peeling_takes_five_percent_as_nearly_as_ties_allow():
    points, cases, _ = planted(1, noise=0.1)
    counts = np.array([step.points for step in peeled(points, cases)])
    assert (counts[:-1] - counts[1:] == (0.05 * (counts[:-1] - 1)).astype(int) + 1).all()
    assert 50 <= counts[-1] < 53


def test_pasting_takes_back_what_costs_no_density():
    points = pd.DataFrame({"x": np.arange(100.0)})
    search = prim._Search(points, np.arange(100) >= 40, 5)
    pasted = search.pasted(search.step(Box({("x", "least"): 60.0})))
    assert 40.0 <= pasted.box.conditions["x", "least"] < 43.0
    assert pasted.density == 1.0


def test_pasting_lifts_a_condition_that_holds_nothing_back():
    points = pd.DataFrame({"x": np.arange(20.0), "kind": ["a", "b"] * 10})
    search = prim._Search(points, np.ones(20, bool), 1)
    step = search.step(Box({("x", "least"): 19.0, ("kind", "among"): ("a", "b")}))
    assert search.pasted(step).box.factors == ["kind"]
    one = search.step(Box({("kind", "among"): ("a",)}))
    assert search.pasted(one).box == Box({})


def test_quasi_p_is_that_of_bryant_and_lempert():
    """Without the condition the box holds 50 points, 20 of them cases; with it 25 and 15."""
    points = pd.DataFrame({"a": np.repeat([0, 1], 50), "b": np.tile([0, 1], 50)})
    cases = np.zeros(100, bool)
    cases[np.flatnonzero((points.a == 1) & (points.b == 1))[:15]] = True
    cases[np.flatnonzero((points.a == 1) & (points.b == 0))[:5]] = True
    search = prim._Search(points, cases, 5)
    step = search.step(Box({("a", "least"): 1, ("b", "least"): 1}))
    assert search.quasi_p(step) == pytest.approx(
        {("b", "least"): binom.sf(14, 25, 20 / 50), ("a", "least"): binom.sf(14, 25, 15 / 50)}
    )


def test_without_cases_there_is_no_box_and_with_nothing_else_no_condition():
    points, _ = points_of(1, number=100)
    assert boxes(points, np.zeros(100, bool)) == []
    [found] = boxes(points, np.ones(100, bool))
    assert found.chosen == (Box({}), 100, 100)
    assert rules(points, np.ones(100, bool)) == rules(points, np.zeros(100, bool)) == []


def test_a_factor_that_does_not_vary_says_nothing():
    points = pd.DataFrame({"still": np.ones(100), "x": np.arange(100.0), "kind": ["a"] * 100})
    [found] = boxes(points, (points.x >= 60).to_numpy())
    assert found.chosen.box.factors == ["x"]


def test_a_box_of_too_few_points_is_not_looked_for():
    """Four cases in a hundred points: the smallest box holds five."""
    points = pd.DataFrame({"x": np.arange(100.0)})
    found = boxes(points, (points.x >= 96).to_numpy())[0]
    assert found.dense
    assert found.chosen == (Box({("x", "least"): 95.0}), 5, 4)


# Trees


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rules_of_a_tree_hold_the_planted_box(seed):
    points, cases, truth = planted(seed, noise=0.02)
    told = np.logical_or.reduce([rule.box.holds(points) for rule in rules(points, cases)])
    assert (told & truth).sum() >= 0.9 * truth.sum()
    assert (told & truth).sum() >= 0.8 * told.sum()


def test_a_tree_tells_categories():
    points, luck = points_of(1, number=400)
    points["kind"] = np.array(["cash", "credit", "equity"])[(3 * luck).astype(int)]
    [rule] = rules(points[["x0", "kind"]], points.kind.ne("credit").to_numpy())
    assert rule.box.conditions == {("kind", "among"): ("cash", "equity")}
    assert rule.density == 1.0


def test_rules_have_few_conditions_that_chance_explains():
    """Over 20 seeds with 10% noise the first rule of one in ten may, any rule of one in five."""
    first, others = 0, 0
    for seed in range(1, 21):
        points, luck = points_of(seed, number=200)
        cases = (points.x0 > 0.5).to_numpy() ^ (luck < 0.1)
        told = [rule.box.factors for rule in rules(points, cases)]
        first += told[0] != ["x0"]
        others += any(factors != ["x0"] for factors in told)
    assert first <= 2
    assert others <= 4


def test_each_rule_of_a_tree_adds_cases():
    """Three factors add up, so that a tree cuts the same corner again and again."""
    for seed in SEEDS:
        points, luck = points_of(seed, number=200, factors=4)
        total = points.x0 + points.x1 + points.x2 + 0.5 * luck
        cases = (total > total.quantile(0.56)).to_numpy()
        told = np.zeros(200, bool)
        for rule in rules(points, cases):
            inside = rule.box.holds(points)
            assert cases[inside & ~told].sum() >= 0.05 * cases.sum()
            told |= inside


# What always holds


@st.composite
def tables(draw):
    size = draw(st.integers(20, 60))

    def column(values):
        return draw(st.lists(values, min_size=size, max_size=size))

    points = pd.DataFrame(
        {
            "ties": column(st.integers(0, 4)),
            "x": column(st.floats(-1e9, 1e9)),
            "kind": column(st.sampled_from(["a", "b", "c"])),
            "yes": column(st.booleans()),
        }
    )
    return points, np.array(column(st.booleans()))


@given(tables(), st.floats(0.1, 1.0), st.floats(0.1, 1.0))
def test_boxes_hold_what_they_say(table, coverage, density):
    points, cases = table
    left = np.ones(len(points), bool)
    for number, found in enumerate(boxes(points, cases, coverage, density)):
        for step in [*found.steps, found.chosen]:
            inside = step.box.holds(points) & left
            assert (step.points, step.cases) == (inside.sum(), cases[inside].sum())
            assert 0.0 <= step.density <= 1.0
        counts = [step.points for step in found.steps]
        assert counts[0] == left.sum()
        assert all(high > low for high, low in pairwise(counts))
        for large, small in pairwise(found.steps):
            assert not (small.box.holds(points) & ~large.box.holds(points)).any()
        assert found.chosen.points >= 0.05 * len(points)
        assert all(0.0 <= chance <= 1.0 for chance in found.quasi_p.values())
        assert found.quasi_p.keys() == found.chosen.box.conditions.keys()
        assert found.dense == (found.chosen.density >= density)
        assert found.dense or number == 0
        left &= ~found.chosen.box.holds(points)


@settings(max_examples=40)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_points_changes_nothing(table, random):
    points, cases = table
    order = random.sample(range(len(points)), len(points))
    other = points.iloc[order].reset_index(drop=True), cases[order]
    assert boxes(points, cases) == boxes(*other)
    assert rules(points, cases) == rules(*other)


@given(tables())
def test_rules_hold_what_they_say(table):
    points, cases = table
    for rule in rules(points, cases):
        inside = rule.box.holds(points)
        assert (rule.points, rule.cases) == (inside.sum(), cases[inside].sum())
        assert rule.density > 0.5


# Others


@pytest.mark.filterwarnings("ignore")  # of a package that is not ours
@pytest.mark.parametrize("seed", SEEDS)
def test_peeling_agrees_with_the_ema_workbench(seed):
    """Kwakkel's implementation: the same peels, each cut midway between two of our values."""
    ema = pytest.importorskip("ema_workbench.analysis.prim")
    points, cases, truth = planted(seed)
    theirs = ema.Prim(points, cases, threshold=0.8).find_box()
    path, ours = theirs.peeling_trajectory, peeled(points, cases)
    path = path.iloc[: len(ours)]
    assert len(path) == len(ours)
    shares = [(step.cases / cases.sum(), step.density, step.points / 1000) for step in ours]
    np.testing.assert_allclose(path[["coverage", "density", "mass"]], shares, atol=0.03)
    assert path.res_dim.tolist() == [len(step.box.factors) for step in ours]
    # Theirs is the end of the path; ours lies further up, with as much of what was planted.
    limits = theirs.box_lims[-1]
    inside = np.logical_and.reduce(
        [points[name].between(*limits[name]).to_numpy() for name in PLANTED]
    )
    chosen = boxes(points, cases)[0].chosen.box
    assert (inside & truth).sum() <= (chosen.holds(points) & truth).sum()
