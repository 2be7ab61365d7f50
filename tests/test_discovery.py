"""Scenario discovery: what fails, where, told how; and which policy is robust."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import design as designs
from scenarios.design import Design, Factor
from scenarios.discovery import Condition, Discovery, discover, study
from scenarios.drawing.charts import redraw
from scenarios.drawing.discovery_pictures import figures
from scenarios.grammar.mistakes import ScenarioError
from scenarios.results.output import show
from scenarios.studies.points import points_of
from scenarios.studies.robustness import MEASURES, regrets, robustness
from scenarios.sweep import Sweep
from simulation.store import Store

TAKE_UP, MACRO = "parameters.take_up", "macro"
AMOUNT = "programmes.sedaya.finance.amount"
LOW = Discovery(fails=[{"indicator": "net_per_public", "below": 2.0}])


def swept(values, failures=()):
    """Return a sweep with given values: a function of scenario and point to indicators."""
    design = Design(
        name="planted",
        scenarios=["training-only", "sedaya-pilot"],
        vary=[
            Factor(path=TAKE_UP),
            Factor(path=MACRO, values=["published", "frozen"]),
            Factor(path=AMOUNT, low=2e6, high=1e7),
        ],
        sample="latin hypercube",
        points=120,
        replicates=2,
    )
    points = points_of(design)
    rows = [
        (scenario, number, replicate, indicator, value + (replicate - 0.5))
        for scenario in design.scenarios
        for number, point in enumerate(points.to_dict("records"))
        for replicate in range(2)
        for indicator, value in values(scenario, point).items()
    ]
    names = ["scenario", "point", "replicate", "indicator", "value"]
    lost = pd.DataFrame(failures, columns=["scenario", "point", "replicate", "error", "message"])
    return Sweep(design, points, pd.DataFrame(rows, columns=names), lost)


def planted(scenario, point):
    """Training fails with low take-up in a frozen world, the pilot with large amounts."""
    if scenario == "training-only":
        fails = point[TAKE_UP] < 0.7 and point[MACRO] == "frozen"
        return {"net_per_public": 1.0 if fails else 3.0}
    fails = point[AMOUNT] > 5e6
    return {"net_per_public": 0.5 if fails else 4.0, "fund_sustains": 0.9}


@pytest.fixture(scope="module")
def found():
    return discover(swept(planted), LOW)


# What fails, and where


def test_planted_conditions_are_found_and_told(found):
    boxes, rules = found.tables["boxes"], found.tables["rules"]
    assert boxes.scenario.tolist() == ["training-only", "sedaya-pilot"]
    assert (boxes[["coverage", "density"]] >= 0.8).all(axis=None)
    conditions = found.tables["conditions"].set_index(["scenario", "factor"])
    assert set(conditions.index) == {
        ("training-only", TAKE_UP), ("training-only", MACRO), ("sedaya-pilot", AMOUNT)
    }  # fmt: skip
    assert conditions.loc[("training-only", TAKE_UP), "most"] == pytest.approx(0.7, abs=0.03)
    assert json.loads(conditions.loc[("training-only", MACRO), "among"]) == ["frozen"]
    assert conditions.loc[("sedaya-pilot", AMOUNT), "least"] == pytest.approx(5e6, rel=0.05)
    assert rules.density.min() >= 0.9
    assert rules.groupby("scenario").coverage.sum().min() >= 0.95
    text = found.text()
    assert "macro is frozen" in text
    assert f"{AMOUNT} at least Rp " in text


def test_boxes_hold_the_states_that_they_say(found):
    states = found.tables["states"]
    [box] = found.tables["boxes"].query("scenario == 'training-only'").to_dict("records")
    [bound] = found.tables["conditions"].most.dropna()
    own = states[states.scenario == "training-only"]
    inside = own[(own[TAKE_UP] <= bound) & (own[MACRO] == "frozen")]
    assert (box["points"], box["failing"]) == (len(inside), inside.fails.sum())
    assert box["coverage"] == inside.fails.sum() / own.fails.sum()
    assert box["density"] == inside.fails.mean()
    assert box["mass"] == len(inside) / len(own)


def test_a_factor_of_another_programme_is_no_condition(found):
    """Chance could find that training fails by the pilot's amounts, which it does not have."""

    def by_amount(scenario, point):
        return {"net_per_public": 1.0 if point[AMOUNT] > 5e6 else 3.0}

    told = discover(swept(by_amount), LOW).tables
    assert AMOUNT not in " ".join(told["boxes"].told[told["boxes"].scenario == "training-only"])
    assert set(told["conditions"].factor[told["conditions"].scenario == "sedaya-pilot"]) == {AMOUNT}


def test_any_of_several_conditions_is_failing():
    def values(scenario, point):
        return {
            "net_per_public": 1.0 if point[TAKE_UP] < 0.55 else 3.0,
            "net_cost": 2e9 if point[TAKE_UP] > 0.85 else 1e9,
        }

    asked = Discovery(
        fails=[
            {"indicator": "net_per_public", "below": 2.0},
            {"indicator": "net_cost", "above": "Rp 1,5 miliar"},
        ]
    )
    found = discover(swept(values), asked)
    states = found.tables["states"]
    assert states.fails.tolist() == [not 0.55 <= x <= 0.85 for x in states[TAKE_UP]]
    assert "net_per_public below 2 or net_cost above Rp 1.500.000.000" in found.text()


def test_states_that_are_not_known_are_left_out_and_counted():
    def values(scenario, point):
        found = planted(scenario, point)
        return {} if scenario == "sedaya-pilot" and point[TAKE_UP] < 0.6 else found

    lost = [
        ("training-only", 5, 1, "ValueError", "no"),
        ("training-only", 9, 0, "ValueError", "no"),
    ]
    sweep = swept(values, lost)
    found = discover(sweep, LOW)
    policies = found.tables["policies"].set_index("scenario")
    silent = int((sweep.points[TAKE_UP] < 0.6).sum())
    assert policies.run_failed.to_dict() == {"training-only": 2, "sedaya-pilot": 0}
    assert policies.not_numbers.to_dict() == {"training-only": 0, "sedaya-pilot": silent}
    assert policies.known.to_dict() == {"training-only": 118, "sedaya-pilot": 120 - silent}
    states = found.tables["states"]
    assert states.fails.isna().sum() == 2 + silent
    both = set(range(120)) - {5, 9} - set(np.flatnonzero(sweep.points[TAKE_UP] < 0.6))
    assert set(found.tables["robustness"].states) == {len(both)}
    assert "left out: 2 states in which a run failed" in found.text()


def test_an_indicator_that_a_policy_never_has_asks_nothing_of_it():
    asked = Discovery(
        fails=[
            {"indicator": "net_per_public", "below": 2.0},
            {"indicator": "fund_sustains", "below": 1.0},
        ]
    )
    policies = discover(swept(planted), asked).tables["policies"].set_index("scenario")
    assert policies.silent.to_dict() == {
        "training-only": "fund_sustains below 1",
        "sedaya-pilot": "",
    }
    assert policies.known.tolist() == [120, 120]
    assert policies.failing["sedaya-pilot"] == 120


def test_a_condition_that_holds_shows_though_another_is_not_a_number():
    def values(scenario, point):
        cost = {"net_cost": 5e9 if point[TAKE_UP] < 0.7 else 1e9}
        return cost if point[TAKE_UP] < 0.6 else {**cost, "net_per_public": 3.0}

    asked = [{"indicator": "net_cost", "above": 2e9}, {"indicator": "net_per_public", "below": 2}]
    found = discover(swept(values), Discovery(fails=asked))
    assert found.tables["policies"].known.tolist() == [120, 120]


@pytest.mark.parametrize(("value", "count"), [(1.0, 120), (3.0, 0)])
def test_a_policy_that_always_or_never_fails_has_no_conditions(value, count):
    found = discover(swept(lambda scenario, point: {"net_per_public": value}), LOW)
    assert found.tables["policies"].failing.tolist() == [count, count]
    assert found.tables["conditions"].empty
    assert set(found.tables["boxes"].told) == ({"no conditions"} if count else set())
    assert f"fails in {count} of 120 states" in found.text()


def test_nothing_known_is_told_and_saved(tmp_path):
    found = discover(swept(lambda scenario, point: {"irr": 1.0}), LOW)
    assert found.tables["policies"].known.tolist() == [0, 0]
    assert found.tables["robustness"].empty
    assert "fails in 0 of 0 states\n" in found.text()
    assert not list(tmp_path.glob("*.png"))
    found.save(tmp_path)


# Results


def test_results_are_saved_and_drawn_again_from_tables(found, tmp_path, capsys):
    paths = found.save(tmp_path)
    assert all(path.exists() for path in paths)
    pictures = ["boxes.png", "robustness.png", "states.png", "trajectory.png"]
    assert sorted(path.name for path in paths if path.suffix == ".png") == pictures
    before = {name: (tmp_path / name).read_bytes() for name in pictures}
    redraw(tmp_path)
    assert before == {name: (tmp_path / name).read_bytes() for name in pictures}
    states = pd.read_parquet(tmp_path / "states.parquet")
    pd.testing.assert_frame_equal(states, found.tables["states"], check_dtype=False)
    show("json", found.document(), found.rows(), "")
    assert len(json.loads(capsys.readouterr().out)["boxes"]) == len(found.tables["boxes"])
    show("csv", found.document(), found.rows(), "")
    assert capsys.readouterr().out.startswith("scenario,box,points,failing,coverage,density")


def test_pictures_show_what_the_tables_say(found):
    shown = figures(found.tables, seed=1, replicates=2)
    draw, table, arguments = shown["trajectory.png"]
    axes = draw(found.tables[table], **arguments).axes[0]
    chosen = found.tables["trajectory"].query("kind == 'chosen'").iloc[0]
    ring = axes.lines[-1]
    assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (chosen.coverage, chosen.density)
    draw, table, arguments = shown["boxes.png"]
    panels = draw(found.tables[table], **arguments).axes
    told = found.tables["conditions"].query("scenario == 'sedaya-pilot'").told
    assert [text.get_text() for text in panels[1].texts] == told.tolist()
    assert [bar.get_width() for bar in panels[1].patches] == pytest.approx([1.0, 5 / 8], abs=0.05)
    draw, table, arguments = shown["states.png"]
    axes = draw(found.tables[table], **arguments).axes[1]
    assert axes.get_xlabel() == f"{AMOUNT}, Rp juta"
    fails = found.tables["states"].query("scenario == 'sedaya-pilot'").fails.sum()
    assert [len(line.get_xdata()) for line in axes.lines[:2]] == [120 - fails, fails]
    draw, table, arguments = shown["robustness.png"]
    bars = draw(found.tables[table], **arguments).axes[0].patches
    regret = found.tables["robustness"][["regret_max", "regret_90", "regret_mean"]]
    assert [bar.get_width() for bar in bars] == pytest.approx(regret.to_numpy().T.ravel())
    assert "Seed 1, 2 replicates" in arguments["text"]


def test_all_is_equal_however_often_it_is_done(found):
    again = discover(swept(planted), LOW)
    for name, table in found.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)


# Robustness

WIDE = pd.DataFrame(
    {"a": [1.0, 5.0, 3.0, 3.0], "b": [2.0, 2.0, 2.0, 2.0], "c": [0.0, 6.0, 0.0, 6.0]}
)


def test_measures_are_those_done_by_hand():
    table = robustness(WIDE, bound=2.0, higher_is_better=True).set_index("scenario")
    assert table.states.tolist() == [4, 4, 4]
    assert table.satisficing.tolist() == [0.75, 1.0, 0.5]
    assert regrets(WIDE, True).to_numpy().T.tolist() == [[1, 1, 0, 3], [0, 4, 1, 4], [2, 0, 3, 0]]
    assert table.regret_max.tolist() == [3.0, 4.0, 3.0]
    assert table.regret_90.tolist() == pytest.approx([2.4, 4.0, 2.7])
    assert table.regret_mean.tolist() == [1.25, 2.25, 1.25]
    assert table["mean"].tolist() == [3.0, 2.0, 3.0]
    assert table.worst.tolist() == [1.0, 2.0, 0.0]
    assert table.rank_satisficing.tolist() == [2, 1, 3]
    assert table.rank_regret_max.tolist() == [1, 3, 1]
    assert table.rank_worst.tolist() == [2, 1, 3]


def test_less_may_be_better():
    table = robustness(WIDE, bound=2.0, higher_is_better=False).set_index("scenario")
    assert table.satisficing.tolist() == [0.25, 1.0, 0.5]
    assert table.regret_max.tolist() == [3.0, 2.0, 4.0]
    assert table.worst.tolist() == [5.0, 2.0, 6.0]
    assert table.rank_worst.tolist() == [2, 1, 3]
    assert table.rank_mean.tolist() == [2, 1, 2]


def test_only_states_that_all_know_are_compared():
    wide = WIDE.assign(d=np.nan)
    wide.loc[1, "a"] = np.nan
    table = robustness(wide, 2.0, True)
    assert table.scenario.tolist() == ["a", "b", "c"]
    assert table.states.tolist() == [3, 3, 3]
    none = WIDE.assign(a=[1.0, np.nan, np.nan, np.nan], b=[np.nan, 2.0, 2.0, 2.0])
    assert robustness(none, 2.0, True).empty


VALUES = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=9)


@given(VALUES, st.booleans())
def test_regret_is_none_for_somebody_and_never_below(values, better):
    wide = pd.DataFrame(values, columns=["a", "b", "c"])
    lost = regrets(wide, better)
    assert (lost >= 0.0).all(axis=None)
    assert (lost.min(axis=1) == 0.0).all()
    table = robustness(wide, 0.0, better)
    assert table.satisficing.between(0.0, 1.0).all()
    for measure in MEASURES:
        assert table[f"rank_{measure}"].min() == 1
    turned = robustness(-wide, 0.0, not better)
    for measure in ("satisficing", "regret_max", "regret_mean"):
        assert turned[measure].tolist() == pytest.approx(table[measure].tolist())


# Design files

FILE = """\
scenarios: [training-only]
vary:
  - path: parameters.take_up
sample: latin hypercube
points: {points}
replicates: 1
set: {{households: 2000, months: 12, programmes.training.seats: 40}}
discovery:
  fails:
    - indicator: {indicator}
      {line}
  density: {density}
"""
RIGHT = {"points": 40, "indicator": "net_per_public", "line": "below: 2", "density": 0.8}


def written(folder, **changes):
    path = folder / "ours.yaml"
    path.write_text(FILE.format(**{**RIGHT, **changes}), encoding="utf-8")
    return designs.read(path)


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({"indicator": "net_per_publik"}, 10, "did you mean net_per_public?"),
        ({"line": "below: 2\n      above: 1"}, 10, "needs above or below, one of the two"),
        ({"line": "under: 2"}, 11, "is not a name that may stand here"),
        ({"line": "below: Rp lots"}, 11, "is not an amount in rupiah"),
        ({"density": 1.2}, 12, "less than or equal to 1"),
        ({"points": 39}, 5, "39 points of 1 factors tell no conditions"),
    ],
)
def test_mistakes_are_told_by_line(tmp_path, changes, line, says):
    with pytest.raises(ScenarioError) as error:
        study(written(tmp_path, **changes), Store(tmp_path / "runs"))
    told = str(error.value)
    assert f"ours.yaml:{line}:" in told
    assert says in told
    assert not (tmp_path / "runs").exists()


def test_a_design_must_say_what_failing_is(tmp_path):
    design = Design(name="ours", scenarios=["training-only"], vary=[Factor(path=TAKE_UP)])
    with pytest.raises(ScenarioError, match=r"discovery.fails: is missing"):
        study(design, Store(tmp_path))


def test_one_condition_needs_no_list():
    assert Discovery(fails={"indicator": "irr", "below": 0}).fails == [
        Condition(indicator="irr", below=0)
    ]


def test_a_small_study_runs(tmp_path):
    design = written(tmp_path, indicator="participants", line="below: 40")
    found = study(design, Store(tmp_path / "runs"))
    [policy] = found.tables["policies"].to_dict("records")
    assert (policy["known"], policy["failing"]) == (40, 0)
    assert found.save(tmp_path / "out")


def test_the_example_is_right():
    design = designs.read("when-it-fails")
    asked = design.section("discovery", Discovery)
    assert asked.fails[0].indicator == "net_per_budget"
    assert len(points_of(design)) * len(design.scenarios) * design.replicates <= 720
