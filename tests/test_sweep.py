"""Sweeps: what a run is, what runs share, and what no interruption may change."""

import json
import os
import signal
import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from scenarios.compare import compare
from scenarios.design import Design, Factor
from scenarios.files import read
from scenarios.grammar.mistakes import ScenarioError
from scenarios.runs import outcome, prepare
from scenarios.runs.effects import INDICATORS, RATIOS
from scenarios.runs.means import intervals, ratios, summary_of
from scenarios.runs.outcome import run_of, runs_of, shared
from scenarios.runs.replicates import mean_of, ratio_of
from scenarios.sweep import evaluate, status, sweep
from simulation import runs, watch
from simulation.runs import plan
from simulation.store import Store, StoreError
from tests.command import call, start
from tests.sources import everything, imported
from tests.test_runs import marked, needs_proc, wait_for

SMALL = ["months=12", "households=1500", "programmes.training.seats=40",
         "programmes.training.starts=1", "programmes.training.intakes=1"]  # fmt: skip
DOSE, TAKE_UP = "parameters.course_dose", "parameters.take_up"
FAKE = """
import os
from scenarios.runs.effects import INDICATORS

class TooFewPeople(ValueError):
    pass

def outcome(inputs):
    dose = inputs["scenario"]["parameters"].get("course_dose", 0.2)
    seats = sum(each["seats"] for each in inputs["scenario"]["programmes"])
    if seats > 900:
        raise TooFewPeople(f"{seats} seats are too many")
    values = {each.name: seats + dose + inputs["replicate"] for each in INDICATORS}
    return values | {"public_cost_each": float("nan"), "public_cost": 100.0 + values["net_lifted"]}
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Put a model that takes no time in place of the real one, here and in workers."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "fake.py").write_text(FAKE)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "fake", raising=False)
    monkeypatch.setattr(outcome, "FUNCTION", "fake:outcome")
    watch.load.cache_clear()
    yield
    watch.load.cache_clear()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs")


def designed(**more):
    usual = {"scenarios": ["training-only"], "sample": "grid", "replicates": 2,
             "vary": [Factor(path=DOSE, values=[0.1, 0.2, 0.3])]}  # fmt: skip
    return Design(name="ours", **(usual | more))


# A run


@pytest.mark.parametrize("largest", [outcome.LARGEST_TWIN, 0])
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("training-only", ["parameters.take_up=0.8", "parameters.course_dose=0.4"]),
        ("sedaya-pilot", ["parameters.concealment=0.2", "parameters.lebaran=0.3"]),
    ],
)
def test_a_run_gives_what_a_comparison_gives(monkeypatch, largest, name, changes):
    """To the bit, whether its twin is kept for others or follows its own people only."""
    monkeypatch.setattr(outcome, "LARGEST_TWIN", largest)
    own = name.partition("-")[0]
    small = [change.replace("training", own, 1) for change in SMALL]
    scenario = read(name, [*small, *changes, "replicates=1"])
    table = compare([scenario]).table
    expected = table[table.variant == "scenario"].set_index("indicator").value
    found = outcome.outcome(json.loads(json.dumps(run_of(scenario, 0))))
    assert set(found) == {each.name for each in INDICATORS}
    for indicator in found.keys() - RATIOS.keys():
        assert found[indicator] == expected[indicator] or (
            np.isnan(found[indicator]) and np.isnan(expected[indicator])
        ), indicator
    assert np.isfinite(found["net_lifted"])


def test_words_and_usual_values_are_no_part_of_a_run():
    scenario = read("training-only")
    other = scenario.model_copy(update={"name": "x", "title": "y", "summary": "z", "replicates": 9})
    usual = read("training-only", ["parameters.take_up=0.65"])
    assert run_of(scenario, 0) == run_of(other, 0) == run_of(usual, 0)
    assert run_of(scenario, 0) != run_of(scenario, 1)
    assert run_of(scenario, 0) != run_of(read("training-only", ["parameters.take_up=0.6"]), 0)
    assert runs_of(scenario, 2) == [run_of(scenario, 0), run_of(scenario, 1)]


@pytest.mark.parametrize(
    ("change", "people", "twin"),
    [
        ("parameters.take_up=0.8", True, True),
        ("programmes.training.seats=7", True, True),
        ("parameters.lebaran=0.3", True, False),
        ("macro=frozen", True, False),
        ("months=13", True, False),
        ("parameters.theft=0.01", False, False),
        ("seed=2", False, False),
        ("households=1600", False, False),
        ("area=Bali", False, False),
    ],
)
def test_what_runs_share(change, people, twin):
    usual, other = (shared(run_of(read("training-only", [*SMALL, *more]), 0))
                    for more in ([], [change]))  # fmt: skip
    assert (usual[0] == other[0], usual[1] == other[1]) == (people, twin)


def test_people_and_twins_are_made_once(store, monkeypatch):
    made, followed = [], []
    settle, follow = prepare.settle, outcome.follow
    monkeypatch.setattr(prepare, "settle", lambda *given: made.append(1) or settle(*given))
    monkeypatch.setattr(outcome, "follow", lambda *given: followed.append(1) or follow(*given))
    prepare._settled.cache_clear()
    outcome._kept_twin.cache_clear()
    vary = [
        Factor(path=DOSE, values=[0.1, 0.3]),
        Factor(path="parameters.theft", values=[0.0, 0.01]),
    ]
    small = dict(change.split("=") for change in SMALL)
    design = designed(vary=vary, set={path: int(value) for path, value in small.items()})
    found = sweep(design, store)
    assert found.failures.empty
    assert len(made) == 2, "one of each theft"
    assert len(followed) == 8 + 4, "a twin of each theft and replicate"
    prepare._settled.cache_clear()


ASIDE = {
    "calibration.crosssection",  # tables of people
    "calibration.fit",  # the posterior is drawn from before a run
    "scenarios.grammar.mistakes",  # words
}
"""Modules that those of a run import, and that decide no number."""


def test_the_version_hangs_on_everything_that_decides_a_run(monkeypatch):
    looked_at = set()
    monkeypatch.setattr(outcome, "code_version", lambda *names: looked_at.update(names) or "1")
    monkeypatch.setattr(outcome, "data_checksum", lambda: "data")
    assert outcome.VERSION.__wrapped__() == "1 data"
    trees, reached, waiting = everything(), set(), {"scenarios.runs.outcome"}
    while waiting:
        module = waiting.pop()
        reached.add(module)
        if module not in ASIDE:
            waiting |= imported(trees[module]) & set(trees) - reached
    said = {each for each in reached if len(trees[each].body) > 1}  # rooms say a sentence only
    own = {each for each in said if "." in each and not each.startswith("simulation")}
    assert own - ASIDE <= looked_at
    assert own >= ASIDE, "the list only shrinks"
    assert "simulation" in looked_at


# Many runs


def test_rows_are_in_the_order_of_scenarios_whoever_does_them(fake, store, tmp_path):
    scenarios = [
        read("training-only", [f"{DOSE}={dose}", f"parameters.theft={dose / 100}"])
        for dose in (0.3, 0.1, 0.2)
    ]
    frame, failures = evaluate(scenarios, 2, store)
    assert list(frame) == ["run", "replicate", "indicator", "value"]
    assert failures.empty
    first = frame[frame.indicator == "net_lifted"]
    assert first.run.tolist() == [0, 0, 1, 1, 2, 2]
    assert first.replicate.tolist() == [0, 1] * 3
    assert (first.value % 1.0).round(9).tolist() == [0.3, 0.3, 0.1, 0.1, 0.2, 0.2]
    other = evaluate(scenarios, 2, Store(tmp_path / "other"), 2)
    pd.testing.assert_frame_equal(other.frame, frame, check_exact=True)


def test_equal_scenarios_share_their_runs(fake, store):
    counts = []
    found = evaluate([read("training-only")] * 3, 2, store, progress=lambda *n: counts.append(n))
    assert counts[-1] == (2, 2, 0)
    assert found.frame.groupby("run").size().tolist() == [2 * len(INDICATORS)] * 3


def test_two_sweeps_share_runs_and_more_replicates_go_on(fake, store):
    todo = []
    tell = lambda done, total, failed: todo.append(total - done)  # noqa: E731
    sweep(designed(), store, progress=tell)
    sweep(designed(vary=[Factor(path=DOSE, values=[0.2, 0.3, 0.4])]), store, progress=tell)
    sweep(designed(replicates=3, title="Other words"), store, progress=tell)
    firsts = [todo[0], *(now for before, now in pairwise(todo) if now > before)]
    assert firsts == [6, 2, 3]


def test_what_failed_is_told_and_stops_nothing(fake, store):
    seats = Factor(path="programmes.training.seats", values=[100, 1000, 200])
    found = sweep(designed(vary=[seats]), store)
    assert found.failures.to_dict("list") == {
        "scenario": ["training-only"] * 2,
        "point": [1, 1],
        "replicate": [0, 1],
        "error": ["TooFewPeople"] * 2,
        "message": ["1000 seats are too many"] * 2,
    }
    assert found.wide("net_lifted")["training-only"].tolist() == pytest.approx(
        [100.7, np.nan, 200.7], nan_ok=True
    )
    assert "2 failed with TooFewPeople: 1000 seats are too many" in found.text()
    assert status(designed(vary=[seats]), store)[:4] == (6, 4, 2, 0)


def test_when_all_fails_there_is_still_a_table(fake, store, tmp_path):
    found = sweep(designed(set={"programmes.training.seats": 1000}), store)
    assert len(found.failures) == 6
    assert found.frame.empty
    assert found.wide("irr").isna().to_numpy().all()
    assert found.wide("irr").shape == (3, 1)
    assert len(found.save(tmp_path / "out")) == 9
    assert {row["replicates"] for row in found.rows()} == {0}
    assert "6 failed" in found.text()


def test_status_counts_without_running(fake, store):
    design = designed(replicates=3)
    assert status(design, store)[:4] == (9, 0, 0, 9)
    assert not store.folder.exists()
    sweep(designed(), store)
    assert status(design, store)[:4] == (9, 6, 0, 3)
    assert status(design, store).failures.empty


def test_a_point_that_cannot_be_is_told_before_any_run(fake, store):
    vary = [Factor(path="months", values=[12, 24]),
            Factor(path="programmes.training.starts", values=[3, 15])]  # fmt: skip
    with pytest.raises(ScenarioError, match=r"training-only, point 1: .*never comes"):
        sweep(designed(vary=vary), store)
    assert not store.folder.exists()


# Tables


def test_means_and_ratios_are_those_of_single_points():
    generator = np.random.default_rng(1)
    top, bottom = generator.normal(3, 1, (40, 5)), generator.normal(2, 1, (40, 5))
    top[:10, 0] = np.nan
    bottom[5, 1:] = top[6, 1:] = np.inf
    top[7] = np.nan
    found, divided = intervals(top), ratios(top, bottom)
    for row in range(40):
        assert found.loc[row].to_dict() == pytest.approx(mean_of(top[row]), nan_ok=True)
        clear = intervals(bottom[row : row + 1]).low.item() > 0
        expected = ratio_of(top[row], bottom[row]) if clear else mean_of(np.zeros(0))
        known = (np.isfinite(top[row]) & np.isfinite(bottom[row])).sum()
        if known > 1 or not clear:
            assert divided.loc[row].to_dict() == pytest.approx(expected, nan_ok=True), row


def test_the_summary_has_ratios_of_means(fake, store):
    found = sweep(designed(replicates=3), store)
    rows = found.summary.set_index(["indicator", "point"])
    lifted, cost = (rows.value[name, 0] for name in ("net_lifted", "public_cost"))
    assert rows.value["public_cost_each", 0] == pytest.approx(cost / lifted)
    assert found.wide("public_cost_each").iloc[0, 0] == pytest.approx(cost / lifted)
    assert (rows.replicates == 3).all()
    assert (rows.low["irr"] < rows.value["irr"]).all()
    assert rows.unit["irr", 0] == "percent a year"


def test_the_summary_counts_what_did_not_fail():
    rows = [("a", 0, r, "irr", float(r)) for r in range(3)] + [("a", 1, 2, "irr", 7.0)]
    frame = pd.DataFrame(rows, columns=["scenario", "point", "replicate", "indicator", "value"])
    found = summary_of(frame, ["a", "b"], 2, 3)
    found = found[found.indicator == "irr"]
    assert found.replicates.tolist() == [3, 1, 0, 0]
    assert found.value.tolist() == pytest.approx([1.0, 7.0, np.nan, np.nan], nan_ok=True)


def test_what_is_saved_says_where_it_comes_from(fake, store, tmp_path):
    design = designed(scenarios=["training-only", "sedaya-pilot"], replicates=2)
    found = sweep(design, store)
    paths = found.save(tmp_path / "out")
    assert sorted(path.name for path in paths) == sorted(
        path.name for path in (tmp_path / "out").iterdir()
    )
    back = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    pd.testing.assert_frame_equal(back, found.frame)
    assert list(back) == ["scenario", "point", "replicate", "indicator", "value"]
    assert len(back) == 2 * 3 * 2 * len(INDICATORS)
    points = pd.read_csv(tmp_path / "out" / "points.csv")
    assert points[DOSE].tolist() == [0.1, 0.2, 0.3]
    said = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert said["runs"] == outcome.VERSION()
    assert said["design"]["vary"][0]["path"] == DOSE
    assert (said["seed"], said["replicates"], said["failed"]) == (1, 2, 0)
    assert len(said["scenarios_sha256"]) == 64
    assert len(said["scenarios"]) == 2
    means = pd.read_excel(tmp_path / "out" / "means.xlsx", sheet_name="means")
    assert means.shape == (6, 2 + 1 + len(INDICATORS))
    assert json.dumps(found.document(), default=str)
    assert found.rows()[0][DOSE] == 0.1
    cube = found.to_xarray()
    assert cube["irr"].dims == ("scenario", "point", "replicate")


def test_numbers_and_words_of_one_factor_are_saved(fake, store, tmp_path):
    found = sweep(designed(vary=[Factor(path="households", values=[2000, "all"])]), store)
    found.save(tmp_path / "out")
    assert pd.read_parquet(tmp_path / "out" / "points.parquet").households.tolist() == [
        "2000",
        "all",
    ]


def test_the_scenarios_are_part_of_where_it_comes_from(fake, store):
    hashes = {
        sweep(designed(set=changes, title=title), store).provenance()["scenarios_sha256"]
        for changes, title in (({}, "a"), ({}, "b"), ({"months": 30}, "a"))
    }
    assert len(hashes) == 2


def test_a_long_table_is_cut_short_on_the_terminal(fake, store, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    vary = [Factor(path=DOSE, values=[round(0.1 + 0.01 * n, 2) for n in range(23)])]
    text = sweep(designed(vary=vary), store).text()
    assert "\n3 more points are in the files.\n" in text
    assert "23 points, 2 replicates, 46 runs, 0 failed" in text
    assert "course_dose" in text


# Interruptions


def test_a_full_disk_keeps_what_is_finished(fake, store, monkeypatch, full_disk):
    monkeypatch.setattr(runs, "FLUSH_SECONDS", 0.0)
    with full_disk(), pytest.raises(StoreError, match="No space left on device"):
        sweep(designed(replicates=5), store)
    assert 0 < status(designed(replicates=5), Store(store.folder)).done < 15
    assert sweep(designed(replicates=5), store).failures.empty


DESIGN = """
scenarios: [training-only]
set:
  households: 1000
  months: 12
  programmes.training.seats: 30
  programmes.training.starts: 1
  programmes.training.intakes: 1
vary:
  - path: parameters.course_dose
    values: [0.1, 0.15, 0.2, 0.25, 0.3, 0.35]
  - path: parameters.take_up
    values: [0.5, 0.6, 0.7, 0.8, 0.9]
sample: grid
replicates: 4
"""
KEPT_OFTEN = "from simulation import runs; runs.FLUSH_SECONDS = 0.1\n"
SWEEP = KEPT_OFTEN + call(["sweep", "ours.yaml", "--workers", "2", "--format", "csv"])


@pytest.fixture
def driver(tmp_path):
    """Start the command in a folder with a design; it and its offspring bear a mark."""
    (tmp_path / "ours.yaml").write_text(DESIGN)
    mark = f"MARK_OF_{os.getpid()}_{tmp_path.name}"
    started = []

    def begin():
        os.environ[mark] = "1"
        started.append(start(SWEEP, tmp_path))
        del os.environ[mark]
        return started[-1]

    yield begin, lambda: marked(mark)
    for process in started:
        process.kill()
        process.communicate()
    for number in marked(mark):
        os.kill(number, signal.SIGKILL)


def parts(folder):
    return set((folder / "results" / "runs").glob("*.parquet"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return the data set of a sweep that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "ours.yaml").write_text(DESIGN)
    process = start(SWEEP, folder)
    said, messages = process.communicate()
    assert process.returncode == 0, messages
    assert len(said.splitlines()) > 30
    return (folder / "results" / "sweep" / "ours" / "runs.parquet").read_bytes()


@needs_proc
@pytest.mark.slow
def test_kill_9_at_ten_moments_changes_nothing_and_leaves_nobody(driver, tmp_path, undisturbed):
    """Four times as it begins, six times after a part was written and so much later (seconds)."""
    begin, alive = driver
    out = tmp_path / "results" / "sweep" / "ours"
    for seconds in (0.3, 1.1, 1.9, 3.1):
        process = begin()
        with pytest.raises(AssertionError):
            wait_for(lambda process=process: process.poll() is not None, seconds)
        process.kill()
        process.communicate()
        wait_for(lambda: not alive())
    for seconds in (0.0, 0.05, 0.21, 0.34, 0.13, 0.47):
        before = parts(tmp_path)
        process = begin()
        wait_for(lambda b=before, p=process: parts(tmp_path) - b or p.poll() is not None, 120.0)
        with pytest.raises(AssertionError):
            wait_for(lambda: False, seconds)
        process.kill()
        process.communicate()
        wait_for(lambda: not alive())
    kept = Store(tmp_path / "results" / "runs").finished()
    assert 6 <= len(kept) < 120
    process = begin()
    _, messages = process.communicate()
    assert process.returncode == 0, messages
    assert (out / "runs.parquet").read_bytes() == undisturbed


@needs_proc
def test_kill_9_in_the_middle_leaves_no_worker(driver, tmp_path):
    begin, alive = driver
    process = begin()
    wait_for(lambda: parts(tmp_path) or process.poll() is not None, 120.0)
    assert len(alive()) > 2
    process.kill()
    process.communicate()
    wait_for(lambda: not alive())
    assert 0 < len(Store(tmp_path / "results" / "runs").finished()) < 120


@needs_proc
@pytest.mark.slow
def test_ctrl_c_stops_it_with_everything_kept_and_nobody_left(driver, tmp_path):
    begin, alive = driver
    process = begin()
    wait_for(lambda: parts(tmp_path) or process.poll() is not None, 120.0)
    process.send_signal(signal.SIGINT)
    said, messages = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
    assert messages == "stopped; no file is left half-written\n"
    assert alive() == []
    assert 0 < len(Store(tmp_path / "results" / "runs").finished()) < 120
    assert not (tmp_path / "results" / "sweep").exists()


def test_runs_do_not_clash_in_the_plan():
    inputs = runs_of(read("training-only"), 3)
    assert len({run.name for run in plan(outcome.FUNCTION, inputs, "1")}) == 3
