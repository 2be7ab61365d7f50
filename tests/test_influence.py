"""Indices of known functions through our own pipeline, and luck that is not taken for influence."""

import warnings

import numpy as np
import pandas as pd
import pytest

from scenarios.studies.distances import delta_of, distances, first_of, pawn_of
from scenarios.studies.influence import (
    DECIDES,
    NOTHING,
    block_size,
    convergence,
    indices,
    interactions,
    swings,
    unit_points,
    whole_blocks,
)
from scenarios.studies.luck import STEP, beyond_luck, luck_share, moves_of
from simulation import runs
from simulation.store import Store
from tests.functions import G_WEIGHTS

METHODS = tuple(DECIDES)
POINTS = {"sobol": 128, "morris": 30, "pawn": 200, "delta": 200}


def through_runs(function, method, factors, points, folder, order=1, replicates=1, seed=1):
    """Return names, points and outcomes of a test function, run and kept as the model's runs are.

    `NOTHING` is no input of the function.
    """
    names = [f"x{number}" for number in range(factors)]
    places = unit_points(method, factors + 1, points, order, seed)
    rows = [dict(zip(names, map(float, row), strict=False)) for row in places]
    table = [{**row, "replicate": own} for row in rows for own in range(replicates)]
    planned = runs.plan(f"tests.functions:{function}", table, "1")
    store = Store(folder)
    told = runs.sweep(planned, store)
    frame = store.frame([run.name for run in planned])
    y = frame.value.to_numpy().reshape(-1, replicates)
    return [*names, NOTHING], places, y, told.total


def column(found, measure, name="value"):
    return found[found.measure == measure].set_index("parameter")[name]


# Known values


def test_ishigami_has_its_known_indices(tmp_path):
    """Off by 4% of the variance at most; at 1,024 base points a 95% interval is up to 9% wide."""
    names, _, y, _ = through_runs("ishigami", "sobol", 3, 1024, tmp_path, order=2)
    places = unit_points("sobol", 4, 1024, 2, 1)
    found = indices(names, "sobol", places, y, 2, seed=1)
    assert column(found, "S1").tolist() == pytest.approx([0.3139, 0.4424, 0.0, 0.0], abs=0.04)
    assert column(found, "ST").tolist() == pytest.approx([0.5576, 0.4424, 0.2437, 0.0], abs=0.04)
    for measure, known in (("S1", [0.3139, 0.4424, 0.0]), ("ST", [0.5576, 0.4424, 0.2437])):
        assert (column(found, measure, "low")[:3] <= known).all()
        assert (column(found, measure, "high")[:3] >= known).all()
    pairs = interactions(names, y, seed=1).set_index(["first", "second"])
    assert pairs.value["x0", "x2"] == pytest.approx(0.2437, abs=0.06)
    assert pairs.value["x0", "x1"] == pytest.approx(0.0, abs=0.06)
    assert pairs.index[pairs.clear].tolist() == [("x0", "x2")]


def test_the_g_function_has_its_known_indices(tmp_path):
    names, places, y, _ = through_runs("g_function", "sobol", 4, 1024, tmp_path)
    found = indices(names, "sobol", places, y, 1, seed=1)
    alone = 1.0 / (3.0 * (1.0 + np.array(G_WEIGHTS)) ** 2)
    variance = np.prod(1.0 + alone) - 1.0
    with_others = alone * np.prod(1.0 + alone) / (1.0 + alone)
    assert column(found, "S1")[:4].tolist() == pytest.approx(alone / variance, abs=0.04)
    assert column(found, "ST")[:4].tolist() == pytest.approx(with_others / variance, abs=0.04)


def test_morris_reads_the_slopes_of_a_plane(tmp_path):
    names, places, y, _ = through_runs("plane", "morris", 3, 10, tmp_path)
    found = indices(names, "morris", places, y, 1, seed=1)
    assert column(found, "mu").tolist() == pytest.approx([4.0, -2.0, 0.5, 0.0])
    assert column(found, "mu_star").tolist() == pytest.approx([4.0, 2.0, 0.5, 0.0])
    assert column(found, "sigma").tolist() == pytest.approx([0.0] * 4, abs=1e-9)
    assert column(found, "mu_star", "influential").tolist() == [True, True, True, False]


def test_distances_rank_the_inputs_of_ishigami(tmp_path):
    names, places, y, _ = through_runs("ishigami", "delta", 3, 1000, tmp_path)
    for method in ("delta", "pawn"):
        found = indices(names, method, places, y, 1, seed=1)
        ranked = column(found, DECIDES[method]).sort_values(ascending=False)
        assert ranked.index.tolist() == ["x1", "x0", "x2", NOTHING]
        assert column(found, DECIDES[method], "influential")[:2].all()


def test_delta_knows_the_first_order_of_a_plane(tmp_path):
    """What varies within classes, 1/36 of each share at six classes, is not seen."""
    names, places, y, _ = through_runs("plane", "delta", 3, 1000, tmp_path)
    shares = np.array([16.0, 4.0, 0.25, 0.0]) / 20.25
    found = column(indices(names, "delta", places, y, 1, seed=1), "S1")
    assert found.tolist() == pytest.approx(shares, abs=0.05)


@pytest.mark.parametrize("number", [60, 501, 1700])
def test_distances_are_those_of_salib(number):
    from SALib.analyze import pawn
    from SALib.analyze.delta import calc_delta, sobol_first

    generator = np.random.default_rng(number)
    points = generator.random((number, 3))
    # Some outcomes are equal.
    y = np.round(points[:, 0] + points[:, 1] ** 2 + 0.1 * generator.random(number), 2)
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    theirs = pawn.analyze(problem, points, y)
    assert pawn_of(points, y) == pytest.approx(np.array([theirs["median"], theirs["CV"]]))
    power = 2.0 / (7.0 + np.tanh((1500.0 - number) / 500.0))
    classes = np.linspace(0, number, min(int(np.ceil(number**power)), 48) + 1)
    grid = np.linspace(y.min(), y.max(), 100)
    known = [calc_delta(y, grid, x, classes) for x in points.T]
    assert delta_of(points, y, grid) == pytest.approx(known)
    assert first_of(points, y) == pytest.approx([sobol_first(y, x, classes) for x in points.T])


@pytest.mark.slow
def test_errors_of_distances_are_those_of_other_samples():
    """The spread over 30 samples, known to 13%, and the mean of what each says of itself."""
    found = []
    for seed in range(30):
        points = np.random.default_rng(seed).random((150, 2))
        y = points[:, 0] + 0.3 * np.random.default_rng(1000 + seed).standard_normal(150)
        found.append(distances("pawn", points, y, seed))
    spread = np.std([values[0, 0] for values, _ in found], ddof=1)
    assert np.mean([errors[0, 0] for _, errors in found]) == pytest.approx(spread, rel=0.4)


# Luck


@pytest.mark.parametrize("replicates", [1, 2])
@pytest.mark.parametrize("method", METHODS)
def test_of_pure_luck_nothing_is_influential(method, replicates, tmp_path):
    """At this seed; of other seeds see below."""
    names, places, y, _ = through_runs(
        "luck", method, 4, POINTS[method], tmp_path, replicates=replicates
    )
    assert not indices(names, method, places, y, 1, seed=1).influential.any()
    if replicates == 2:
        assert 0.7 < luck_share(y) <= 1.0


@pytest.mark.parametrize("replicates", [1, 2, 5])
@pytest.mark.parametrize(("method", "points"), [("sobol", 64), ("morris", 20)])
@pytest.mark.parametrize("factors", [3, 15])
def test_luck_is_called_influential_in_one_study_of_a_hundred(method, points, factors, replicates):
    """400 studies; 1% of them would be 4, and more than 11 has a chance of .001."""
    places = unit_points(method, factors + 1, points, 1, seed=1)
    _, same = np.unique(places[:, :-1], axis=0, return_inverse=True)
    generator = np.random.default_rng(1)
    wrong = 0
    for _ in range(400):
        cells = generator.random((same.max() + 1, replicates))[same]
        cells = cells.reshape(points, -1, replicates)
        wrong += beyond_luck(method, moves_of(method, places, cells), cells).any()
    assert wrong <= 11


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pawn", "delta"])
def test_distances_of_luck_are_not_beyond_those_of_nothing(method):
    """30 studies of 5 factors; an error in 1% would be .3, and more than 2 has a chance of .004."""
    names = [*"abcde", NOTHING]
    wrong = 0
    for seed in range(30):
        places = unit_points(method, 6, 100, 1, seed)
        y = np.random.default_rng(seed).exponential(size=(100, 1))
        wrong += indices(names, method, places, y, 1, seed).influential.any()
    assert wrong <= 2


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_luck_that_all_points_share_hides_no_influence(method):
    places = unit_points(method, 4, POINTS[method], 1, seed=1)
    generator = np.random.default_rng(1)
    common = 50.0 * generator.standard_normal(3)
    y = places[:, [0]] + 0.1 * places[:, [1]] + common
    assert luck_share(y) == pytest.approx(0.0, abs=1e-9)
    found = indices([*"abc", NOTHING], method, places, y, 1, seed=1)
    assert column(found, DECIDES[method], "influential").tolist() == [True, True, False, False]


def test_two_replicates_tell_an_influence_without_a_direction_from_luck():
    """The third input of Ishigami's function does nothing alone; one replicate leaves it open."""
    places = unit_points("sobol", 4, 256, 1, seed=1)
    x = 2.0 * np.pi * places - np.pi
    y = np.sin(x[:, [0]]) * (1.0 + 0.1 * x[:, [2]] ** 4) + 7.0 * np.sin(x[:, [1]]) ** 2
    once = indices([*"abc", NOTHING], "sobol", places, y, 1, seed=1)
    twice = indices([*"abc", NOTHING], "sobol", places, np.tile(y, (1, 2)), 1, seed=1)
    assert column(once, "ST", "influential").tolist() == [True, True, False, False]
    assert column(twice, "ST", "influential").tolist() == [True, True, True, False]
    assert column(once, "ST").tolist() == column(twice, "ST").tolist()


def test_the_share_of_luck_is_that_which_was_put_in():
    """20,000 points: a share has a standard error below .01."""
    generator = np.random.default_rng(1)
    of_points = generator.standard_normal((20_000, 1))
    rest = 2.0 * generator.standard_normal((20_000, 4))
    y = of_points + 9.0 * generator.standard_normal(4) + rest
    assert luck_share(y) == pytest.approx(4.0 / 4.0 / (1.0 + 4.0 / 4.0), abs=0.03)
    assert np.isnan(luck_share(y[:, :1]))


@pytest.mark.parametrize(("method", "measure"), [("sobol", "ST_luck"), ("morris", "mu_star_luck")])
def test_luck_in_an_index_is_what_luck_alone_reads(method, measure):
    places = unit_points(method, 6, 512, 1, seed=1)
    y = np.random.default_rng(1).standard_normal((len(places), 3))
    found = indices([*"abcde", NOTHING], method, places, y, 1, seed=1)
    both = column(found, measure), column(found, DECIDES[method])
    assert both[0].tolist() == pytest.approx(both[1].tolist(), rel=0.15)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_global_changes(method):
    places = unit_points(method, 3, POINTS[method], 1, seed=0)
    y = places[:, [0]] + np.zeros(2)
    state, filters = np.random.get_state(), list(warnings.filters)  # noqa: NPY002
    formatted = warnings.formatwarning
    unit_points(method, 3, POINTS[method], 1, seed=0)
    first = indices([*"ab", NOTHING], method, places, y, 1, seed=0)
    again = indices([*"ab", NOTHING], method, places, y, 1, seed=0)
    pd.testing.assert_frame_equal(first, again)
    now = np.random.get_state()  # noqa: NPY002
    assert (state[1] == now[1]).all()
    assert state[2:] == now[2:]
    assert (warnings.filters, warnings.formatwarning) == (filters, formatted)


# Points


@pytest.mark.parametrize(
    ("method", "order", "different"),
    [("sobol", 1, 5), ("sobol", 2, 8), ("morris", 1, 4), ("pawn", 1, 1), ("delta", 1, 1)],
)
def test_nothing_costs_no_run(method, order, different, tmp_path):
    points = POINTS[method]
    _, places, y, total = through_runs("ishigami", method, 3, points, tmp_path, order)
    assert len(y) == points * block_size(method, 4, order)
    assert total == len(np.unique(places[:, :-1], axis=0))
    # Morris's trajectories may come by the same place of their grid.
    assert total == points * different or (method == "morris" and total <= points * different)


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_more_points_begin_with_the_fewer(method):
    few, many = (unit_points(method, 5, points, 1, seed=3) for points in (32, 64))
    assert (many[: len(few)] == few).all()
    assert not (unit_points(method, 5, 32, 1, seed=4) == few).all()


def test_pairs_need_no_other_points_for_the_rest():
    plain, pairs = (unit_points("sobol", 4, 16, order, seed=1) for order in (1, 2))
    kept = {tuple(row) for row in pairs}
    assert {tuple(row) for row in plain} <= kept


def test_moves_are_taken_upwards():
    places = unit_points("morris", 4, 12, 1, seed=1)
    cells = (places @ np.array([1.0, -2.0, 0.0, 0.0])).reshape(12, 5, 1)
    moves = moves_of("morris", places, cells)[:, :, 0]
    assert moves == pytest.approx(np.tile(STEP * np.array([1.0, -2.0, 0.0, 0.0]), (12, 1)))


# Convergence, swings, blocks


@pytest.mark.parametrize("method", METHODS)
def test_convergence_ends_with_the_indices(method):
    points = POINTS[method]
    places = unit_points(method, 3, points, 1, seed=1)
    y = places[:, [0]] + 0.5 * places[:, [1]] + np.zeros(2)
    found = convergence([*"ab", NOTHING], method, places, y, 1, seed=1)
    parts = [points // 8, points // 4, points // 2, points]
    assert found.points.unique().tolist() == [each for each in parts if each >= 4]
    last = found[found.points == points].drop(columns="points").reset_index(drop=True)
    pd.testing.assert_frame_equal(last, indices([*"ab", NOTHING], method, places, y, 1, seed=1))
    if method == "sobol":
        own = found[(found.measure == "ST") & (found.parameter == "a")]
        width = (own.high - own.low).to_numpy()
        assert (np.diff(width) < 0.0).all()


def test_swings_are_the_means_at_both_ends():
    """Uniform between 0 and 1: the lowest fifth has a mean of .1, and its slope is 10."""
    places = unit_points("sobol", 3, 512, 1, seed=1)
    found = swings([*"ab", NOTHING], "sobol", places, 10.0 * places[:, [0]], 1)
    found = found.set_index(["parameter", "end"])
    assert found.value["a", "low"] == pytest.approx(1.0, abs=0.05)
    assert found.value["a", "high"] == pytest.approx(9.0, abs=0.05)
    for name in ("b", NOTHING):
        for end in ("low", "high"):
            row = found.loc[(name, end)]
            assert row.low < 5.0 < row.high


def test_swings_of_morris_are_those_of_its_moves():
    places = unit_points("morris", 3, 10, 1, seed=1)
    y = 10.0 * places[:, [0]]
    found = swings([*"ab", NOTHING], "morris", places, y, 1).set_index(["parameter", "end"])
    assert found.value["a", "high"] - found.value["a", "low"] == pytest.approx(10.0)
    assert found.value["b", "high"] == found.value["b", "low"] == pytest.approx(y.mean())


def test_a_block_counts_as_a_whole():
    y = np.ones((12, 2))
    y[5, 1] = np.nan
    y[11, 0] = np.inf
    assert whole_blocks(y, 3).tolist() == [True] * 3 + [False] * 3 + [True] * 3 + [False] * 3


def test_what_never_changes_has_no_influence():
    places = unit_points("sobol", 3, 64, 1, seed=1)
    found = indices([*"ab", NOTHING], "sobol", places, np.full((len(places), 2), 7.0), 1, seed=1)
    assert found.value.tolist() == [0.0] * 3
    assert not found.influential.any()
