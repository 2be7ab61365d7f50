"""What a scenario does place by place: by hand on made-up traces, and on runs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scenarios.compare import compare
from scenarios.files import read
from scenarios.runs.effects import effects
from scenarios.runs.groups import FEWEST_SHOWN
from scenarios.runs.places import COLUMNS, UNITS, by_place, places_of
from tests.traces import people, trace

NAMES = ("Kab. Bantul", "Kab. Sleman", "Kab. Merauke")
HALF = np.arange(0, 120, 2)


def populated(**fields):
    """Return 120 households in three districts, forty in each."""
    made = people(rows=120, district=np.repeat([0, 1, 2], 40), **fields)
    return replace(made, names=NAMES)


def wide(found):
    return found.pivot(index="place", columns="indicator", values="value")


def placed(area="DI Yogyakarta", rows=HALF, run=0.9, twin=0.9, **fields):
    population = populated(**fields)
    with_it = trace(population, rows, year_mean=run)
    return by_place(population, with_it, trace(population, rows, year_mean=twin), area)


def test_enrolled_lifted_and_poor_of_each_place():
    run, twin = np.full(120, 0.9), np.full(120, 0.9)
    run[[0, 2, 4, 6]] = 1.1  # four of Bantul are lifted out
    run[[1, 41, 81]] = 1.1  # and three that are not enrolled
    run[40], twin[40] = 0.9, 1.1  # one of Sleman is pushed in
    twin[90:120] = 1.3  # a quarter of Merauke is poor
    found = placed(run=run, twin=twin, weight=1.5)
    assert found.groupby("indicator").agents.unique().map(list).to_dict() == {
        "participants": [20],
        "net_lifted": [20],
        "headcount": [40],
    }
    table = wide(found).loc[list(NAMES)]
    assert table.participants.tolist() == [30.0] * 3
    assert table.net_lifted.tolist() == [4 * 6.0, -6.0, -15 * 6.0]
    assert table.headcount.tolist() == pytest.approx([100.0, 97.5, 25.0])


def test_headcount_is_of_persons_in_houses():
    frame = np.zeros(120)
    frame[::2] = 1
    twin = np.full(120, 0.9)
    twin[1:40:4] = 1.1
    members = np.full(120, 2)
    members[1:40:4] = 6
    found = wide(placed(frame=frame, twin=twin, members=members))
    assert found.headcount["Kab. Bantul"] == pytest.approx(25.0)


def test_places_of_the_country_are_its_provinces_of_today():
    found = wide(placed("Indonesia"))
    assert sorted(found.index) == ["DI Yogyakarta", "Papua Selatan"]
    assert found.participants["DI Yogyakarta"] == 40.0


def test_nobody_is_enrolled():
    found = placed(rows=np.zeros(0, np.int64))
    table = places_of([found.assign(scenario="ours", replicate=0)])
    assert (found[found.indicator == "net_lifted"].value == 0.0).all()
    shown = table[table["value"].notna()]
    assert set(shown.indicator) == {"headcount"}


def test_a_place_where_nobody_lives_in_a_house_has_no_headcount():
    found = wide(placed(frame=np.repeat([1, 0, 0], 40)))
    assert np.isnan(found.headcount["Kab. Bantul"])


def runs(*agents, **more):
    """Return what replicates found, with so many agents in each."""
    row = {"place": "Kab. Bantul", "indicator": "net_lifted", "scenario": "ours", **more}
    return [
        pd.DataFrame([{**row, "value": 10.0 * k, "agents": count, "replicate": k}])
        for k, count in enumerate(agents)
    ]


def test_means_over_replicates():
    table = places_of(runs(50, 40, 60))
    assert list(table.columns) == COLUMNS
    (row,) = table.to_dict("records")
    assert (row["value"], row["agents"], row["unit"]) == (10.0, 40, "persons")
    assert row["low"] < 10.0 < row["high"]


def test_fewer_than_thirty_in_any_replicate_are_not_shown():
    assert places_of(runs(FEWEST_SHOWN, FEWEST_SHOWN))["value"].tolist() == [5.0]
    (row,) = places_of(runs(200, FEWEST_SHOWN - 1)).to_dict("records")
    assert np.isnan([row["value"], row["low"], row["high"]]).all()


def test_means_over_draws_of_the_parameters():
    found = [
        each.assign(draw=draw, people=sample, value=each["value"] + draw)
        for draw, sample in ((0, 0), (1, 0), (1, 1))
        for each in runs(50, 40)
    ]
    (row,) = places_of(found).to_dict("records")
    assert row["value"] == pytest.approx(5.5)
    assert set(row) == set(COLUMNS)


# On runs


@pytest.fixture(scope="module")
def compared():
    changes = ["months=12", "households=2500", "replicates=2", "programmes.training.seats=60"]
    return compare([read("training-only", changes)])


def test_places_add_up_to_the_whole(compared):
    from scenarios.runs.play import SCENARIO, twins_of, with_and_cash
    from scenarios.runs.prepare import setting_of

    (scenario,) = compared.scenarios
    lived = with_and_cash(scenario, 0, 1)
    (twin,) = twins_of([scenario], [lived], 0, 1)
    population = setting_of(scenario).population
    found = by_place(population, lived[SCENARIO], twin, scenario.area)
    whole = effects(population, lived[SCENARIO], twin)
    sums = found.groupby("indicator")["value"].sum()
    for name in ("participants", "net_lifted"):
        assert sums[name] == pytest.approx(whole[name])


def test_a_comparison_has_its_places(compared, tmp_path):
    places = compared.places
    assert list(places.columns) == COLUMNS
    assert dict(zip(places.indicator, places.unit, strict=True)) == UNITS
    assert len(places) == 6 * len(UNITS)
    heads = places[places.indicator == "headcount"].set_index("place")
    assert heads["value"]["Kota Jakarta Timur"] > 0.0
    paths = {path.name for path in compared.save(tmp_path)}
    assert {"places.parquet", "places.csv"} <= paths
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "places.parquet"), places)


def test_a_comparison_saves_a_map_where_places_are_large_enough(compared, tmp_path):
    shown = compared.places.assign(value=12.0, low=4.0, high=20.0)
    paths = {path.name for path in replace(compared, places=shown).save(tmp_path / "many")}
    assert "places-1.png" in paths
    few = shown.assign(value=np.nan)
    paths = {path.name for path in replace(compared, places=few).save(tmp_path / "few")}
    assert "places-1.png" not in paths
