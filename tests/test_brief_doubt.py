import math

import numpy as np
import pandas as pd
import pytest

from scenarios.brief import doubt as doubts
from scenarios.brief.doubt import MEASURE, VARIED, Doubt, Sides, doubt, sides_of
from scenarios.grammar.changes import at
from scenarios.runs import outcome
from scenarios.runs.play import BENCHMARK, SCENARIO
from scenarios.runs.prepare import OUTSIDE, PROGRAMMES
from simulation.parameters import TABLE
from simulation.store import Store
from tests.brief import compared

FEW = ("attendance", "course_dose", "leak", "score_base", "books_gain", "online_fear")


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(doubts, "VARIED", FEW)


def answer(scenario, replicate=0):
    return outcome.outcome(outcome.run_of(scenario, replicate))[MEASURE]


def test_only_what_needs_no_other_people_is_varied():
    assert set(VARIED) == (PROGRAMMES | OUTSIDE) & set(TABLE)


def test_moves_are_those_of_runs_by_hand(few, tmp_path):
    found = compared("training-only", "cash-transfer")
    of = doubt(found, Store(tmp_path))
    scenarios = {each.name: each for each in found.scenarios}
    first, second = (scenarios[name] for name, _ in of.sides)
    row = of.swings.set_index("parameter").loc["course_dose"]
    for end in ("low", "high"):
        moves = []
        for replicate in range(2):
            changed = {"parameters.course_dose": getattr(TABLE["course_dose"], end)}
            pair = [answer(at(each, changed), replicate) for each in (first, second)]
            usual = [answer(each, replicate) for each in (first, second)]
            moves.append(pair[0] - pair[1] - (usual[0] - usual[1]))
        assert row[f"at_{end}"] == pytest.approx(of.middle["value"] + np.mean(moves))


def test_what_no_rule_reads_is_still(few, tmp_path):
    of = doubt(compared("training-only", "cash-transfer"), Store(tmp_path))
    assert {"leak", "score_base", "online_fear"} <= set(of.still)
    assert "course_dose" in set(of.swings.parameter)
    assert set(of.still) | set(of.swings.parameter) == set(FEW)


def test_finished_runs_are_not_done_again(few, tmp_path, monkeypatch):
    found, store = compared("training-only", "cash-transfer"), Store(tmp_path)
    first = doubt(found, store)
    monkeypatch.setattr(outcome, "outcome", None)
    again = doubt(found, Store(tmp_path))
    pd.testing.assert_frame_equal(first.swings, again.swings)


def test_one_scenario_is_tested_against_its_cash(monkeypatch, tmp_path):
    monkeypatch.setattr(doubts, "VARIED", ("course_dose", "leak"))
    found = compared("training-only")
    of = doubt(found, Store(tmp_path))
    assert of.sides == Sides(("training-only", SCENARIO), ("training-only", BENCHMARK))
    wide = found.runs[found.runs.indicator == MEASURE].pivot(
        index="replicate", columns="variant", values="value"
    )
    assert of.middle["value"] == pytest.approx((wide[SCENARIO] - wide[BENCHMARK]).mean())
    assert of.swings.parameter.tolist() == ["course_dose"]


def test_what_a_scenario_sets_itself_is_not_varied(few, tmp_path, monkeypatch):
    monkeypatch.setattr(doubts, "VARIED", ("take_up", "leak"))
    of = doubt(compared("training-only", "training-mentoring"), Store(tmp_path))
    assert "take_up" not in {*of.still, *of.swings.parameter}


def test_nothing_is_tested_where_nothing_costs(tmp_path):
    assert doubt(compared("baseline"), Store(tmp_path)) is None
    assert sides_of(compared("baseline").table) is None


def test_an_input_that_moves_anything_is_told_from_one_that_does_not():
    usual = np.zeros((1, len(doubts.NAMES)))
    player = doubts._Player(None, (SCENARIO,), 1.0, usual)
    reads, tried = {"leak": 3.0, "take_up": -3.0}, []

    def evaluated(_, points, replicates):
        tried.extend(points)
        values = np.zeros((len(points), replicates, len(doubts.NAMES)))
        for row, point in enumerate(points):
            # The answer itself stays: only profits tell that a rule reads the input.
            column = doubts.NAMES.index("profit_change")
            values[row, :, column] = sum(reads.get(name, 0.0) ** 2 for name in point)
        return values

    assert doubts._moving(player, VARIED, evaluated) == [n for n in VARIED if n in reads]
    assert len(tried) < len(VARIED)


def made(moves, middle=0.5):
    names = list(VARIED[: len(moves)])
    swings = doubts._swings(dict(zip(names, moves, strict=True)), middle)
    ends = {"value": middle, "low": middle - 0.1, "high": middle + 0.1}
    return Doubt(Sides(("a", SCENARIO), None), ends, swings, (), moves[0].shape[1])


def test_an_input_flips_where_the_other_side_would_be_better():
    low = np.array([[-0.6, -0.8], [0.1, 0.1]])
    both = np.array([[-0.6, -0.6], [-0.7, -0.7]])
    none = np.array([[-0.4, -0.4], [0.2, 0.2]])
    of = made([low, both, none])
    assert of.swings.set_index("parameter").flips.to_dict() == dict(
        zip(VARIED[:3], ("low", "both", ""), strict=True)
    )
    assert len(of.flips) == 2


def test_inputs_are_ordered_by_what_is_beyond_chance():
    noisy = np.array([[2.0, -1.8], [0.0, 0.0]])
    sure = np.array([[0.3, 0.3], [0.0, 0.0]])
    assert made([noisy, sure]).swings.parameter.tolist() == [VARIED[1], VARIED[0]]


def test_the_share_without_a_source_is_of_squares_beyond_chance():
    unsourced = next(n for n in VARIED if TABLE[n].source.startswith("assumption"))
    sourced = next(n for n in VARIED if not TABLE[n].source.startswith("assumption"))
    moves = {
        unsourced: np.array([[0.0, 0.0], [1.0, 1.0]]),
        sourced: np.array([[0.0, 0.0], [2.0, 2.0]]),
    }
    swings = doubts._swings(moves, 0.5)
    ends = {"value": 0.5, "low": 0.4, "high": 0.6}
    of = Doubt(Sides(("a", SCENARIO), None), ends, swings, (), 2)
    assert of.unsourced == pytest.approx(20.0)
    assert of.clear
    nothing = Doubt(of.sides, ends, swings.iloc[:0], (), 2)
    assert math.isnan(nothing.unsourced)


def test_one_replicate_has_no_chance_to_take_off():
    of = made([np.array([[-0.2], [0.3]])])
    assert math.isnan(of.swings.error.item())
    assert of.swings.swing.item() == pytest.approx(0.5)


def test_a_failed_run_leaves_a_gap_and_no_flip():
    of = made([np.array([[np.nan, np.nan], [0.2, 0.2]]), np.array([[0.1, 0.1], [0.2, 0.2]])])
    row = of.swings.set_index("parameter").loc[VARIED[0]]
    assert math.isnan(row.at_low)
    assert row.flips == ""
    assert 0.0 <= of.unsourced <= 100.0
