"""Many runs: their results, their folder, and what no interruption may change."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import simulation.store as keeping
from simulation import runs, watch
from simulation.runs import plan, sweep
from simulation.store import Store, StoreError
from simulation.watch import PlanError, Result, WorkerError, do, local
from tests.sources import ROOT

MODEL = """
import math, os, signal, subprocess, time

def simulate(inputs):
    x = inputs["x"]
    time.sleep(inputs.get("sleep", 0.0))
    if inputs.get("child"):
        subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return {"root": math.sqrt(x), "third": x / 3.0, "nothing": math.nan}

def fail(inputs):
    if inputs["x"] % 3 == 1 and not os.path.exists(inputs["cure"]):
        raise LookupError(f"no cure for {inputs['x']}")
    return {"x": inputs["x"]}

def die(inputs):
    if inputs["x"] in inputs["deadly"]:
        os.kill(os.getpid(), 9)
    return {"x": inputs["x"]}

def swallow(inputs):
    try:
        signal.raise_signal(inputs["x"])
    except KeyboardInterrupt:
        pass
    return {}

def leave(inputs):
    raise SystemExit(3)

def threads(inputs):
    names = [name for name in os.environ if name.endswith("_NUM_THREADS")]
    return {name: float(os.environ[name]) for name in names}

def table(inputs):
    import pandas as pd
    return pd.DataFrame({"indicator": ["b", "a"], "value": [inputs["x"], 2]})

def odd(inputs):
    twice = table({"x": 1.0}).replace("b", "a")
    some = {"text": "a", "list": [1.0], "twice": twice, "name": {1: 1.0}, "word": {"a": "b"}}
    return some[inputs["x"]]

def echo(inputs):
    return {f"{name} {value!r}": 0.0 for name, value in inputs.items()}

number = 3
"""

DRIVER = """
import json, sys
from pathlib import Path
from simulation import runs, store

def main(folder, inputs, workers):
    runs.FLUSH_SECONDS = 0.1
    todo = runs.plan("tiny:simulate", json.loads(Path(inputs).read_text()), "1")
    outcome = runs.sweep(todo, store.Store(folder), int(workers))
    sys.stdout.write(json.dumps(outcome))

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Put a module `tiny` of small models where this process and its workers find it."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "tiny.py").write_text(MODEL)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "tiny", raising=False)
    watch.load.cache_clear()
    yield folder
    watch.load.cache_clear()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def points(number, **more):
    return [{"x": float(i), "n": i, **more} for i in range(number)]


def names(todo):
    return [run.name for run in todo]


def bits(store, todo):
    """Return a store's results of some runs as bytes."""
    frame = store.frame(names(todo))
    columns = [frame[name].to_numpy().tobytes() for name in ("row", "value")]
    return [*columns, frame["indicator"].tolist()]


def parts(store):
    return sorted(store.folder.glob("*.parquet"))


# Results


def test_the_result_is_in_the_order_of_the_inputs(tiny, store):
    todo = plan("tiny:simulate", points(5), "1")
    sweep(todo, store)
    wanted = [*reversed(names(todo)), "not there", names(todo)[2]]
    frame = store.frame(wanted)
    assert list(frame.columns) == ["row", "indicator", "value"]
    assert frame["row"].tolist() == [row for row in (0, 1, 2, 3, 4, 6) for _ in range(3)]
    assert frame["indicator"].tolist() == ["root", "third", "nothing"] * 6
    expected = [value for x in (4.0, 3.0, 2.0, 1.0, 0.0, 2.0) for value in (x**0.5, x / 3, np.nan)]
    np.testing.assert_array_equal(frame["value"], expected)


def test_a_run_that_is_there_is_not_done_again(tiny, store):
    told = []
    todo = plan("tiny:simulate", points(20), "1")
    sweep(todo[:12], store, progress=lambda *numbers: told.append(numbers))
    assert told[0] == (0, 12, 0)
    assert told[-1] == (12, 12, 0)
    told.clear()
    sweep([*todo, *todo], Store(store.folder), progress=lambda *numbers: told.append(numbers))
    assert told == sorted(told)
    assert (told[0], told[-1]) == ((12, 20, 0), (20, 20, 0))
    before = parts(store)
    assert sweep(todo, Store(store.folder)) == (20, 0, ())
    assert parts(store) == before


def test_no_run_at_all(store):
    assert sweep([], store) == (0, 0, ())
    assert len(store.frame([])) == len(store.errors(["not there"])) == 0
    assert not store.folder.exists()


def test_a_model_may_give_a_table(tiny, store):
    todo = plan("tiny:table", [{"x": 0.5}], "1")
    sweep(todo, store)
    assert store.frame(names(todo)).to_numpy().tolist() == [[0, "b", 0.5], [0, "a", 2.0]]


def test_a_model_gets_what_json_makes_of_its_inputs(tiny, store):
    todo = plan("tiny:echo", [{"b": (1, 1.0), "a": {"d": True, "c": None}}], "1")
    sweep(todo, store)
    found = store.frame(names(todo))["indicator"].tolist()
    assert found == ["a {'c': None, 'd': True}", "b [1, 1.0]"]


@pytest.mark.parametrize("x", ["text", "list", "twice", "name", "word"])
def test_what_is_no_result_is_a_failure(tiny, store, x):
    todo = plan("tiny:odd", [{"x": x}], "1")
    assert sweep(todo, store).failed == 1
    assert store.errors(names(todo))["error"].tolist() in (["TypeError"], ["ValueError"])


def test_failures_are_noted_and_tried_again(tiny, store, tmp_path):
    todo = plan("tiny:fail", points(30, cure=str(tmp_path / "cure")), "1")
    assert sweep(todo, store, 2) == (30, 10, ())
    errors = store.errors(names(todo))
    assert errors["row"].tolist() == list(range(1, 30, 3))
    assert set(errors["error"]) == {"LookupError"}
    assert errors["message"][1] == "no cure for 4.0"
    assert 'raise LookupError(f"no cure' in errors["traceback"][1]
    assert store.frame(names(todo))["row"].tolist() == [i for i in range(30) if i % 3 != 1]
    assert sweep(todo, Store(store.folder)).failed == 10
    (tmp_path / "cure").touch()
    assert sweep(todo, Store(store.folder)).failed == 0
    assert store.frame(names(todo))["row"].tolist() == list(range(30))
    assert len(store.errors(names(todo))) == 0


def test_a_model_that_leaves_python_fails_only_its_run(tiny, store):
    todo = plan("tiny:leave", points(2), "1") + plan("tiny:simulate", points(2), "1")
    assert sweep(todo, store).failed == 2
    assert store.errors(names(todo))["error"].tolist() == ["SystemExit"] * 2


def test_a_run_of_which_workers_die_fails_and_no_other(tiny, store):
    todo = plan("tiny:die", points(60, deadly=[7.0, 8.0, 59.0]), "1")
    assert sweep(todo, store, 2).failed == 3
    errors = store.errors(names(todo))
    assert errors["row"].tolist() == [7, 8, 59]
    assert set(errors["error"]) == {"WorkerError"}
    assert len(store.frame(names(todo))) == 57


# Any number of workers, any interruption


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return what 300 runs come to, by calling their function here."""
    scope = {}
    exec(MODEL, scope)
    results = [scope["simulate"](inputs) for inputs in points(300)]
    return [
        np.repeat(np.arange(300), 3).tobytes(),
        np.array([value for result in results for value in result.values()]).tobytes(),
        ["root", "third", "nothing"] * 300,
    ]


@pytest.mark.parametrize("workers", [1, 2, 3, "threads"])
def test_any_number_of_workers_gives_the_same_bits(tiny, store, undisturbed, workers, monkeypatch):
    monkeypatch.setattr(runs, "FLUSH_RUNS", 70)
    todo = plan("tiny:simulate", points(300), "1")
    with ThreadPoolExecutor(3) as threads:
        assert sweep(todo, store, threads if workers == "threads" else workers) == (300, 0, ())
    assert bits(Store(store.folder), todo) == undisturbed
    assert len(parts(store)) == 1


@pytest.fixture
def driver(tiny, tmp_path):
    """Start a sweep of 300 runs in a process of its own; it and its offspring bear a mark."""
    (tiny / "driver.py").write_text(DRIVER)
    inputs = tmp_path / "inputs.json"
    mark = f"MARK_OF_{os.getpid()}_{tmp_path.name}"
    started = []

    def start(workers, table, limit=None):
        inputs.write_text(json.dumps(table))
        begin = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
        process = subprocess.Popen(
            [sys.executable, tiny / "driver.py", tmp_path / "store", inputs, str(workers)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tiny)]), mark: "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limit or begin,
        )
        started.append(process)
        return process

    yield start, lambda: marked(mark)
    for process in started:
        process.kill()
        process.communicate()
    for number in marked(mark):
        os.kill(number, signal.SIGKILL)


def marked(mark):
    """Return the processes that have a mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{mark}=1".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc here")


@needs_proc
@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_kill_9_at_any_moment_changes_nothing_and_leaves_nobody(
    driver, store, undisturbed, workers
):
    start, alive = driver
    table = points(300)
    slow = [row | {"sleep": 0.004, "child": workers > 1 and row["n"] % 50 == 0} for row in table]
    moments = [
        lambda: True,
        lambda: len(alive()) > workers,
        lambda: len(parts(store)) > 0,
        lambda: len(parts(store)) > 2,
    ]
    for moment in moments:
        process = start(workers, slow)
        wait_for(lambda moment=moment, process=process: moment() or process.poll() is not None)
        process.kill()
        process.communicate()
        wait_for(lambda: not alive())
    kept = len(Store(store.folder).finished())
    assert kept > 20
    process = start(workers, slow)
    said, wrong = process.communicate()
    assert json.loads(said) == [300, 0, []], wrong
    todo = plan("tiny:simulate", slow, "1")
    assert bits(store, todo) == undisturbed


@needs_proc
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_with_everything_kept_and_nobody_left(driver, store, workers, number):
    start, alive = driver
    process = start(workers, points(300, sleep=0.01))
    wait_for(lambda: len(parts(store)) > 1)
    process.send_signal(number)
    _, messages = process.communicate(timeout=20)
    assert process.returncode != 0
    assert messages.rstrip().splitlines()[-1].startswith("KeyboardInterrupt")
    assert alive() == []
    assert 0 < len(Store(store.folder).finished()) < 300
    assert not list(store.folder.glob(".*.part"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_is_swallowed_stops_it_later(tiny, store, number):
    before = signal.getsignal(number)
    todo = plan("tiny:swallow", [{"x": int(number), "n": n} for n in range(3)], "1")
    with pytest.raises(KeyboardInterrupt):
        sweep(todo, store)
    assert 0 < len(Store(store.folder).finished()) < 3
    assert signal.getsignal(number) == before


@pytest.mark.slow
@needs_proc
def test_a_run_that_takes_too_long_is_left_when_stopped(driver, store):
    start, alive = driver
    table = [*points(20, sleep=0.01), {"x": 99.0, "sleep": 600.0}, {"x": 98.0, "sleep": 600.0}]
    process = start(2, table)
    wait_for(lambda: len(Store(store.folder).finished()) == 20)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert alive() == []
    assert len(Store(store.folder).finished()) == 20


@needs_proc
def test_two_sweeps_at_once_share_a_folder(driver, store, undisturbed):
    start, _ = driver
    table = points(300, sleep=0.002)
    both = [start(workers, table) for workers in (1, 2)]
    for process in both:
        said, wrong = process.communicate()
        assert json.loads(said) == [300, 0, []], wrong
    assert bits(store, plan("tiny:simulate", table, "1")) == undisturbed
    assert store.warnings == []


def test_what_is_finished_is_not_lost_when_the_caller_fails(tiny, store):
    def progress(done, total, failed):
        if done >= 25:
            raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        sweep(plan("tiny:simulate", points(50), "1"), store, progress=progress)
    assert len(Store(store.folder).finished()) in (25, 26)


def test_a_chunk_reports_when_its_time_is_over(tiny, monkeypatch):
    monkeypatch.setattr(watch, "CHUNK_SECONDS", 0.02)
    texts = [run.text for run in plan("tiny:simulate", points(50, sleep=0.004), "1")]
    assert 1 < len(do(texts)) < 20
    assert len(do(texts[:1])) == 1


# The folder


def halves(store):
    """Return 20 runs, of which each half has a part of its own, and their results."""
    todo = plan("tiny:simulate", points(20), "1")
    results = list(zip(todo, do([run.text for run in todo]), strict=True))
    store.prepare()
    store.add(results[:10])
    store.add(results[10:])
    return todo, results


def test_a_damaged_part_is_told_of_moved_aside_and_done_again(tiny, store):
    todo, _ = halves(store)
    right = bits(store, todo)
    part = parts(store)[0]
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    told = []
    again = Store(store.folder)
    outcome = sweep(todo, again, progress=lambda *numbers: told.append(numbers))
    assert told[0] == (10, 20, 0)
    (warning,) = outcome.warnings
    assert warning.startswith(f"{part.name} is damaged and goes into {store.folder / 'damaged'}")
    (aside,) = (store.folder / "damaged").iterdir()
    assert aside.read_bytes() == content
    assert bits(again, todo) == right


@pytest.mark.parametrize("content", [b"", b"PAR1"])
def test_damage_is_seen_by_a_store_that_knew_the_part(tiny, store, content):
    todo, _ = halves(store)
    parts(store)[1].write_bytes(content)
    assert store.frame(names(todo))["row"].nunique() == 10
    assert len(store.warnings) == 1
    assert len(store.finished()) == 10
    assert sweep(todo, store).failed == 0
    assert store.frame(names(todo))["row"].nunique() == 20


def test_other_files_are_left_alone(tiny, store):
    todo, _ = halves(store)
    other = store.folder / "mine.parquet"
    other.write_text("mine")
    assert sweep(todo, Store(store.folder)).warnings == ()
    assert other.read_text() == "mine"


def test_parts_can_be_read_without_this_program(tiny, store):
    halves(store)
    table = pq.read_table(parts(store)[0]).to_pylist()
    assert json.loads(table[0]["text"])["function"] == "tiny:simulate"
    assert set(table[0]) == {"run", "text", *Result._fields}


def test_merging_that_is_cut_short_loses_nothing(tiny, store, monkeypatch):
    todo, _ = halves(store)
    right, before = bits(store, todo), parts(store)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.merge()
    assert len(parts(store)) == 3
    again = Store(store.folder)
    assert bits(again, todo) == right
    again.merge()
    assert len(parts(store)) == 1
    assert not set(before) & set(parts(store))
    assert bits(again, todo) == right


def test_parts_that_vanish_while_they_are_read_were_merged(tiny, store, monkeypatch):
    todo, _ = halves(store)
    right, reader = bits(store, todo), Store(store.folder)
    parse, merged = keeping._parsed, []

    def parsed(path):
        if not merged:
            merged.append(store.merge())
        return parse(path)

    monkeypatch.setattr(keeping, "_parsed", parsed)
    assert bits(reader, todo) == right
    assert reader.warnings == []


def test_only_one_process_merges_and_large_parts_stay(tiny, store, monkeypatch):
    _, results = halves(store)
    with (store.folder / ".lock").open("a") as lock:
        keeping.fcntl.flock(lock, keeping.fcntl.LOCK_EX)
        store.merge()
        assert len(parts(store)) == 2
    monkeypatch.setattr(keeping, "SMALL_RUNS", 10)
    store.add(results[:5])
    large = parts(store)
    store.merge()
    assert parts(store) == large


def test_a_success_counts_more_than_a_failure_and_contradictions_are_told(store):
    (run,) = plan("tiny:simulate", [{"x": 1.0}], "1")
    store.prepare()
    for result in (
        Result(error="ValueError", message="", traceback=""),
        Result(["a"], [2.0]),
        Result(["a"], [1.0]),
    ):
        store.add([(run, result)])
    for _ in range(2):
        assert store.frame([run.name])["value"].tolist() == [1.0]
        assert len(store.errors([run.name])) == 0
        assert len(store.warnings) == 1
        assert "came out in two ways" in store.warnings[0]
        store.merge()
    assert len(parts(store)) == 1


def test_a_full_disk_keeps_what_is_finished(tiny, store, monkeypatch, full_disk):
    monkeypatch.setattr(runs, "FLUSH_RUNS", 10)
    todo = plan("tiny:simulate", points(100), "1")
    with (
        full_disk(),
        pytest.raises(StoreError, match=r"cannot write to .*: No space left on device"),
    ):
        sweep(todo, store, 2)
    assert not list(store.folder.glob(".*.part"))
    kept = Store(store.folder)
    assert len(kept.finished()) >= 30
    assert sweep(todo, kept) == (100, 0, ())


@needs_proc
def test_a_file_that_the_system_refuses_keeps_what_is_finished(driver, store):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    start, alive = driver
    store.prepare()
    process = start(2, points(50), limit)
    _, messages = process.communicate()
    assert process.returncode == 1
    assert "StoreError: cannot write to" in messages.splitlines()[-1]
    assert "File too large; finished runs stay there" in messages.splitlines()[-1]
    assert alive() == []
    assert [path.name for path in store.folder.iterdir()] == [".lock"]


def test_small_parts_stay_where_there_is_no_room_to_merge_them(tiny, store, monkeypatch):
    todo, _ = halves(store)
    write = Store._write
    monkeypatch.setattr(
        Store, "_write", lambda *a: write(*a) if len(a[1]) < 20 else keeping._sync(Path("nowhere"))
    )
    more = plan("tiny:simulate", [{"x": 77.0}], "1")
    outcome = sweep([*todo, *more], store)
    assert outcome[:2] == (21, 0)
    assert "small parts stay" in outcome.warnings[0]
    assert len(parts(store)) == 3


def test_a_folder_that_cannot_be_written_is_told_before_any_run(tiny, tmp_path):
    (tmp_path / "file").touch()
    todo = plan("tiny:simulate", points(3, sleep=60.0), "1")
    with pytest.raises(StoreError, match=r"cannot read .*file.below: Not a directory"):
        sweep(todo, Store(tmp_path / "file" / "below"))
    if Path("/proc/self").exists():
        with pytest.raises(StoreError, match="cannot write to /proc/here"):
            sweep(todo, Store("/proc/here"))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("nowhere.at.all:simulate", "cannot import nowhere.at.all:simulate: No module named"),
        ("tiny:nothing", "cannot import tiny:nothing: module 'tiny' has no attribute 'nothing'"),
        ("tiny:number", "tiny:number is not a function"),
    ],
)
def test_a_function_that_is_not_there_is_told_before_any_run(tiny, store, function, message):
    with pytest.raises(PlanError, match=message):
        sweep(plan(function, points(3), "1"), store, 2)
    assert not store.folder.exists()


# Processes


def test_libraries_get_one_thread_in_workers(tiny, store, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    before = dict(os.environ)
    todo = plan("tiny:threads", [{}], "1")
    sweep(todo, store, 2)
    found = dict(store.frame(names(todo))[["indicator", "value"]].to_numpy())
    assert found.keys() >= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"}
    assert set(found.values()) == {1.0}
    assert dict(os.environ) == before


def test_workers_that_are_lost_elsewhere_are_told(tiny, store):
    todo = plan("tiny:die", points(40, deadly=[30.0]), "1")
    with local(2) as pool, pytest.raises(WorkerError, match="start again"):
        sweep(todo, store, pool)
    assert len(Store(store.folder).finished()) > 0


def test_an_unguarded_script_is_told(tiny, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from simulation.runs import plan, sweep\nfrom simulation.store import Store\n"
        f"sweep(plan('tiny:simulate', [{{'x': 1.0}}], '1'), Store({str(tmp_path / 'store')!r}), 2)"
    )
    path = os.pathsep.join([str(ROOT), str(tiny)])
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("simulation.watch.WorkerError: workers end as")


def test_nothing_heavy_is_imported():
    heavy = "{'mesa', 'numba', 'numpy', 'pandas', 'pyarrow', 'scipy'}"
    program = f"import sys, simulation.runs; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
