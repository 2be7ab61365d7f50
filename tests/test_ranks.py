"""Ranks with their probability, trade-offs, and the single runs that they are made of."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scenarios.compare import compare
from scenarios.files import read
from scenarios.results import tables
from scenarios.runs.effects import INDICATORS
from scenarios.schema import Scenario
from scenarios.studies.ranks import AIMS, chances, ranks, tidy, tradeoffs

# Few different values, so that there are ties.
RUNS = st.integers(1, 6).flatmap(
    lambda runs: st.integers(2, 5).flatmap(
        lambda scenarios: arrays(float, (runs, scenarios), elements=st.integers(0, 3).map(float))
    )
)
SMALL = ["months=12", "households=2000", "replicates=2", "programmes.training.seats=40"]


def found(values, indicator="irr", **more):
    """Return tidy runs: one row of values a run, one column a scenario."""
    frame = pd.DataFrame(values, columns=[f"s{each}" for each in range(len(values[0]))])
    frame = frame.rename_axis("replicate").reset_index().assign(**more)
    long = frame.melt(["replicate", *more], var_name="scenario", value_name="value")
    return long.assign(indicator=indicator, variant="scenario").dropna(subset=["value"])


def probabilities(table, indicator="irr"):
    own = table[table.indicator == indicator]
    return own.pivot(index="scenario", columns="rank", values="probability")


# Chances


@given(RUNS)
def test_every_rank_is_taken_and_every_scenario_takes_one(values):
    often = chances(values)
    assert (often >= 0.0).all()
    np.testing.assert_allclose(often.sum(axis=0), 1.0)
    np.testing.assert_allclose(often.sum(axis=1), 1.0)


@given(RUNS)
def test_without_ties_it_is_the_order(values):
    values = values + 0.1 * np.arange(values.shape[1])  # the later the better where equal
    often = chances(values)
    for scenario in range(values.shape[1]):
        better = [(row > row[scenario]).sum() for row in values]
        counts = np.bincount(better, minlength=values.shape[1]) / len(values)
        np.testing.assert_allclose(often[scenario], counts)


@given(RUNS, st.data())
def test_names_do_not_matter(values, data):
    order = data.draw(st.permutations(range(values.shape[1])))
    np.testing.assert_allclose(chances(values[:, order]), chances(values)[order])


@given(RUNS)
def test_only_the_order_within_a_run_counts(values):
    moved = values * 3.0 + np.arange(len(values))[:, None]
    np.testing.assert_array_equal(chances(moved), chances(values))


def test_equals_share_the_ranks_that_they_take_together():
    assert chances(np.array([[2.0, 2.0, 2.0, 1.0]])).tolist() == [
        [pytest.approx(1 / 3)] * 3 + [0.0],
        [pytest.approx(1 / 3)] * 3 + [0.0],
        [pytest.approx(1 / 3)] * 3 + [0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]


# The table


def test_less_is_better_where_the_aim_says_so():
    runs = pd.concat([found([[1.0, 2.0]]), found([[1.0, 2.0]], "headcount_change")])
    table = ranks(runs)
    assert probabilities(table)[1].tolist() == [0.0, 1.0]
    assert probabilities(table, "headcount_change")[1].tolist() == [1.0, 0.0]


def test_runs_are_paired_by_all_that_they_share():
    """In each pair the second is ahead by 1, which chance and draws would hide."""
    parts = [
        found([[10.0 * r + d, 10.0 * r + d + 1.0] for r in range(3)], draw=d, people=p)
        for d, p in ((0, 0), (7, 0), (7, 1))
    ]
    shuffled = pd.concat(parts).iloc[::-1]
    table = ranks(shuffled)
    assert probabilities(table).loc["s1", 1] == 1.0
    assert table.runs.unique().tolist() == [9]


def test_a_run_in_which_one_is_not_known_counts_for_none():
    table = ranks(found([[1.0, 2.0, np.nan], [3.0, 2.0, 4.0], [3.0, 2.0, 1.0]]))
    assert table.runs.unique().tolist() == [2]
    assert probabilities(table).loc["s2"].tolist() == [0.5, 0.0, 0.5]
    assert probabilities(table).loc["s0"].tolist() == [0.5, 0.5, 0.0]


def test_who_is_never_known_is_left_out():
    nothing = [[1.0, np.nan, 2.0], [1.0, np.nan, 2.0]]
    assert ranks(found(nothing)).scenario.unique().tolist() == ["s0", "s2"]
    assert ranks(found(nothing))["rank"].unique().tolist() == [1, 2]


def test_one_alone_is_not_ranked():
    table = ranks(found([[1.0], [2.0]]))
    assert table.empty
    assert table.columns.tolist() == ["indicator", "scenario", "rank", "probability", "runs"]


def test_the_benchmark_is_not_ranked():
    runs = found([[1.0, 2.0]])
    assert len(ranks(pd.concat([runs, runs.assign(variant="cash benchmark", value=9.0)]))) == 4


def test_aims_are_indicators():
    assert set(AIMS) <= {indicator.name for indicator in INDICATORS}
    assert set(AIMS.values()) <= {1, -1}
    assert set(tables.TRADED) == set(AIMS)


# A comparison


@pytest.fixture(scope="module")
def comparison():
    cash = ["months=12", "households=2000", "replicates=2", "programmes.cash.seats=40"]
    return compare(
        [read("training-only", SMALL), read("cash-transfer", cash), read("baseline", SMALL[:3])]
    )


def test_single_runs_make_up_the_table(comparison):
    runs = comparison.runs
    assert runs.value.notna().all()
    means = runs.groupby(["scenario", "variant", "indicator"]).value.mean()
    table = comparison.table.set_index(["scenario", "variant", "indicator"]).value.dropna()
    table = table.drop("public_cost_each", level="indicator", errors="ignore")
    pd.testing.assert_series_equal(means.sort_index(), table.sort_index(), check_names=False)


def test_tidy_keeps_the_draw_and_the_sample():
    wide = pd.DataFrame(
        {"scenario": "ours", "variant": "scenario", "draw": [0, 1], "people": 0, "replicate": 0,
         "irr": [1.0, np.nan], "cost": [2.0, 3.0]}
    )  # fmt: skip
    assert tidy(wide).drop(columns=["scenario", "variant"]).values.tolist() == [
        [0, 0, 0, "irr", 1.0],
        [0, 0, 0, "cost", 2.0],
        [1, 0, 0, "cost", 3.0],
    ]


def test_trade_offs_are_the_means_with_their_intervals(comparison):
    found = tradeoffs(comparison.table).set_index("scenario")
    assert found.index.tolist() == ["training-only", "cash-transfer", "baseline"]
    own = comparison.table.set_index(["scenario", "variant", "indicator"])
    for name in AIMS:
        row = own.loc[("cash-transfer", "scenario", name)]
        shown = found.loc["cash-transfer", [name, f"{name}_low", f"{name}_high"]].to_numpy(float)
        np.testing.assert_array_equal(shown, row[["value", "low", "high"]].to_numpy(float))
    assert found.loc["baseline"].isna().all()
    assert found.loc["training-only", "women"] > 0.0


def test_ranks_and_trade_offs_are_saved_with_the_runs(comparison, tmp_path):
    names = [path.name for path in comparison.save(tmp_path)]
    for name, table in (
        ("runs", comparison.runs),
        ("ranks", comparison.ranks),
        ("tradeoffs", comparison.tradeoffs),
    ):
        assert {f"{name}.parquet", f"{name}.csv"} <= set(names)
        saved = pd.read_parquet(tmp_path / f"{name}.parquet")
        pd.testing.assert_frame_equal(saved, table, check_dtype=False)
    again = ranks(pd.read_csv(tmp_path / "runs.csv"))
    pd.testing.assert_frame_equal(again, comparison.ranks, check_dtype=False)


def test_a_single_scenario_is_saved_and_read_again(tmp_path):
    found = compare([read("training-only", [*SMALL, "replicates=1"])])
    found.save(tmp_path)
    saved = pd.read_parquet(tmp_path / "ranks.parquet")
    assert saved.empty
    assert saved.columns.tolist() == found.ranks.columns.tolist()


# In the terminal


def row(scenario, indicator, value):
    return {"scenario": scenario, "variant": "scenario", "group": "fund", "indicator": indicator,
            "label": indicator, "unit": "percent", "value": value, "low": value, "high": value,
            "decided": ""}  # fmt: skip


def test_what_is_traded_and_how_often_each_comes_first(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    rows = [row("s0", "irr", 2.0), row("s1", "irr", 3.0), row("s2", "irr", float("nan"))]
    records = ranks(found([[1.0, 2.0], [1.0, 2.0], [3.0, 2.0], [1.0, 2.0]])).to_dict("records")
    scenarios = [Scenario(name=name) for name in ("s0", "s1", "s2")]
    lines = tables.of_comparison(scenarios, rows, ranks=records).splitlines()
    at = lines.index("WHAT EACH TRADES")
    assert lines[at + 1].split() == ["scenario", "investor's", "IRR"]
    assert [line.split() for line in lines[at + 3 : at + 5]] == [["s0", "2.00"], ["s1", "3.00"]]
    at = lines.index("HOW OFTEN EACH COMES FIRST (and its mean rank)")
    assert [line.split() for line in lines[at + 3 : at + 5]] == [
        ["s0", "25%", "(1.8)"],
        ["s1", "75%", "(1.2)"],
    ]
    assert lines[at + 5] == "Of 4 runs each, in which all have the same people and draws."


@settings(max_examples=20)
@given(RUNS)
def test_any_ranks_can_be_shown(values):
    records = ranks(found(values.tolist())).to_dict("records")
    names = [f"s{each}" for each in range(values.shape[1])]
    rows = [row(name, "irr", 1.0) for name in names]
    text = tables.of_comparison([Scenario(name=name) for name in names], rows, ranks=records)
    assert text.count("HOW OFTEN") == 1


def test_nothing_is_traded_alone():
    text = tables.of_comparison([Scenario(name="s0")], [row("s0", "irr", 2.0)])
    assert "WHAT EACH TRADES" not in text
