"""The commands that make many runs, as people call them."""

import csv
import errno
import io
import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from scenarios import sweep
from scenarios.command import experiments
from scenarios.command.experiments import STUDIES, counting
from scenarios.grammar.mistakes import ScenarioError
from simulation import runs
from simulation.store import Store
from simulation.watch import WorkerError
from tests.command import answer
from tests.test_runs import needs_proc
from tests.test_sweep import fake

__all__ = ["fake"]

DESIGN = """
title: Doses
scenarios: [training-only]
vary:
  - path: parameters.course_dose
    values: [0.1, 0.2, 0.3]
sample: grid
replicates: 2
"""
SEATS = "set: {programmes.training.seats: 1000}\n"  # too many for the model in place
OUT = "results/sweep/ours"


@pytest.fixture
def berdaya(capsys, monkeypatch, tmp_path):
    """Run a command in a folder with a design; one process, so that all stays in this one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours.yaml").write_text(DESIGN)
    return lambda *words: answer(capsys, *words)


SWEEP = ("sweep", "ours.yaml", "--workers", "1")


@pytest.mark.usefixtures("fake")
def test_a_sweep_is_shown_and_kept(berdaya, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, said, messages = berdaya(*SWEEP)
    assert (code, messages) == (0, "")
    assert said.startswith("Doses: 3 points, 2 replicates, 6 runs, 0 failed\n\ntraining-only\n")
    assert f"\n{OUT}/runs.parquet\n" in said
    assert len(pd.read_parquet(tmp_path / OUT / "runs.parquet")) == 6 * 54
    assert len(Store("results/runs").finished()) == 6


@pytest.mark.usefixtures("fake")
def test_what_was_done_is_not_done_again(berdaya, tmp_path, monkeypatch):
    first = berdaya(*SWEEP, "--format", "csv")
    kept = (tmp_path / OUT / "runs.parquet").read_bytes()
    monkeypatch.setattr("fake.outcome", lambda inputs: pytest.fail("it is done again"))
    assert berdaya(*SWEEP, "--format", "csv") == first
    assert (tmp_path / OUT / "runs.parquet").read_bytes() == kept


@pytest.mark.usefixtures("fake")
def test_any_number_of_processes_writes_the_same_bytes(berdaya, tmp_path):
    berdaya(*SWEEP)
    berdaya("sweep", "ours.yaml", "--out", "again", "--runs", "others", "--workers", "2")
    for name in ("runs.parquet", "summary.csv", "points.csv", "provenance.json", "means.xlsx"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / OUT / name).read_bytes()


@pytest.mark.usefixtures("fake")
def test_results_for_programs(berdaya):
    _, said, messages = berdaya(*SWEEP, "--format", "json")
    found = json.loads(said)
    assert [point["parameters.course_dose"] for point in found["points"]] == [0.1, 0.2, 0.3]
    assert len(found["summary"]) == 3 * 54
    assert found["failures"] == []
    assert f"{OUT}/provenance.json\n" in messages
    _, said, _ = berdaya(*SWEEP, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said)))
    assert len(rows) == 3 * 54
    assert rows[1]["parameters.course_dose"] == "0.2"


@pytest.mark.usefixtures("fake")
def test_status(berdaya, tmp_path):
    assert berdaya("sweep", "status", "ours.yaml")[:2] == (
        0,
        "0 of 6 runs done, 0 failed, 6 left\n",
    )
    assert not (tmp_path / "results").exists()
    berdaya(*SWEEP)
    (tmp_path / "ours.yaml").write_text(DESIGN.replace("0.3]", "0.3, 0.4]"))
    code, said, _ = berdaya("sweep", "status", "ours.yaml", "--format", "json")
    assert code == 0
    counts = {"total": 8, "done": 6, "failed": 0, "left": 2}
    assert json.loads(said) == {"design": "ours", **counts, "failures": []}
    said = berdaya("sweep", "status", "ours.yaml", "--format", "csv")[1]
    assert said == "total,done,failed,left\n8,6,0,2\n"


@pytest.mark.usefixtures("fake")
def test_where_all_fails_the_exit_code_says_so(berdaya, tmp_path):
    (tmp_path / "ours.yaml").write_text(DESIGN + SEATS)
    code, said, _ = berdaya(*SWEEP)
    assert code == 1
    assert "  6 failed with TooFewPeople: 1000 seats are too many\n" in said
    said = berdaya("sweep", "status", "ours.yaml")[1]
    assert said.splitlines() == [
        "0 of 6 runs done, 6 failed, 0 left",
        "  6 failed with TooFewPeople: 1000 seats are too many",
    ]
    assert berdaya(*SWEEP, "--format", "csv")[0] == 1


@pytest.mark.usefixtures("fake")
def test_where_some_fail_the_others_are_kept(berdaya, tmp_path):
    seats = "  - path: programmes.training.seats\n    values: [10, 1000]\n"
    (tmp_path / "ours.yaml").write_text(DESIGN.replace("sample", f"{seats}sample"))
    code, said, _ = berdaya(*SWEEP)
    assert code == 0
    assert "6 points, 2 replicates, 12 runs, 6 failed" in said
    assert len(pd.read_parquet(tmp_path / OUT / "failures.parquet")) == 6


@pytest.mark.usefixtures("fake")
def test_a_damaged_part_is_named_and_its_runs_are_done_again(berdaya, tmp_path):
    berdaya(*SWEEP)
    kept = (tmp_path / OUT / "runs.parquet").read_bytes()
    (part,) = (tmp_path / "results" / "runs").glob("*.parquet")
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(content)
    code, _, messages = berdaya(*SWEEP)
    assert code == 0
    assert messages.startswith(f"{part.name} is damaged and goes into ")
    assert (tmp_path / OUT / "runs.parquet").read_bytes() == kept
    assert len(list((tmp_path / "results" / "runs" / "damaged").iterdir())) == 1


# What is wrong


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("course_dose", "course_dosis",
         "ours.yaml:5: vary.0.path: parameters.course_dosis leads to no term of the scenario "
         "training-only that can be changed; did you mean parameters.course_dose?"),
        ("values: [0.1, 0.2, 0.3]", "values [0.1, 0.2, 0.3]", "ours.yaml:7: is not YAML"),
        ("values: [0.1, 0.2, 0.3]", "from: 0.3\n    to: 0.3",
         "ours.yaml:5: vary.0: its range from 0.3 to 0.3 is empty"),
        ("values: [0.1, 0.2, 0.3]", "values: []", "ours.yaml:6: vary.0.values: holds no value"),
        ("sample: grid", "sample: none", "ours.yaml:4: vary: nothing says at which points"),
    ],
)  # fmt: skip
def test_mistakes_in_a_design(berdaya, tmp_path, old, new, message):
    (tmp_path / "ours.yaml").write_text(DESIGN.replace(old, new))
    code, said, messages = berdaya(*SWEEP)
    assert (code, said) == (2, "")
    assert messages.startswith(message)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["ours.yaml"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sweep", "pilot-term"], "there is no design 'pilot-term'"),
        (["sweep", "stats", "ours.yaml"], "there is no 'stats'; allowed: status; did you mean"),
        ([*SWEEP, "--scheduler", "here"], "--scheduler here: is not an address; allowed: tcp://"),
        ([*SWEEP, "--scheduler", "tcp://127.0.0.1:1"], "--scheduler tcp://127.0.0.1:1: cannot be"),
        ([*SWEEP, "--runs", "ours.yaml/x"], "--runs ours.yaml/x: cannot write to ours.yaml/x: "),
        ([*SWEEP, "--out", "ours.yaml/x"], "--out ours.yaml/x: cannot be written to: "),
        (["frontier", "ours.yaml", "--write", "best"], "--write best: is no scenario file"),
    ],
)
def test_mistakes_on_the_command_line(berdaya, words, message):
    code, said, messages = berdaya(*words)
    assert (code, said) == (2, "")
    assert message in messages


def test_folders_that_may_not_be_written(berdaya, monkeypatch):
    """As for somebody who is not root."""
    opened = os.open, io.open

    def refuse(which):
        def open_(path, *given, **named):
            if "locked" in str(path):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return opened[which](path, *given, **named)

        return open_

    monkeypatch.setattr(os, "open", refuse(0))
    monkeypatch.setattr(io, "open", refuse(1))
    for option, message in (
        ("--runs", "--runs locked: cannot write to locked: Permission denied"),
        ("--out", "--out locked: cannot be written to: Permission denied"),
    ):
        code, said, messages = berdaya(*SWEEP, option, "locked")
        assert (code, said) == (2, "")
        assert messages.startswith(message)


@pytest.mark.usefixtures("fake")
def test_a_full_disk_in_the_middle(berdaya, monkeypatch):
    monkeypatch.setattr(runs, "FLUSH_SECONDS", 0.0)
    sync, writes = os.fsync, []

    def fsync(descriptor):
        writes.append(descriptor)
        if len(writes) > 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        code, said, messages = berdaya(*SWEEP)
    assert (code, said) == (2, "")
    assert messages == (
        "--runs results/runs: cannot write to results/runs: No space left on device; "
        "finished runs stay there\n"
    )
    assert "2 of 6 runs done, 0 failed, 4 left" in berdaya("sweep", "status", "ours.yaml")[1]
    assert berdaya(*SWEEP)[0] == 0


@needs_proc
@pytest.mark.usefixtures("fake")
def test_a_full_disk_at_the_end(berdaya, monkeypatch, tmp_path):
    """What was computed is shown all the same, and no file is left half-written."""
    sync = os.fsync

    def fsync(descriptor):
        if OUT in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    code, said, messages = berdaya(*SWEEP)
    assert code == 2
    assert said.startswith("Doses: 3 points")
    assert "cannot be written: No space left on device; finished runs are kept in" in messages
    assert not (tmp_path / OUT).exists()


@pytest.mark.usefixtures("fake")
def test_workers_that_are_lost(berdaya, monkeypatch):
    def lose(*_):
        raise WorkerError("the cluster lost workers")

    monkeypatch.setattr(sweep, "evaluate", lose)
    assert berdaya(*SWEEP) == (
        1,
        "",
        "cannot go on: the cluster lost workers; finished runs are kept in results/runs: "
        "the same command goes on from there\n",
    )


def test_a_package_that_is_not_there(berdaya, monkeypatch):
    def need(*_):
        raise ModuleNotFoundError("No module named 'SALib'")

    monkeypatch.setattr(sweep, "evaluate", need)
    code, _, messages = berdaya(*SWEEP)
    assert code == 1
    assert "No module named 'SALib'; pip install -e '.[analysis]' brings it" in messages


@pytest.mark.usefixtures("fake")
def test_ctrl_c_is_one_line(berdaya, monkeypatch, tmp_path):
    monkeypatch.setattr("scenarios.sweep.evaluate", lambda *_: signal.raise_signal(signal.SIGINT))
    assert berdaya(*SWEEP) == (130, "", "stopped; no file is left half-written\n")
    assert not (tmp_path / OUT).exists()


# All commands


@pytest.mark.parametrize("command", STUDIES)
def test_every_command_has_a_study_and_examples(berdaya, command):
    assert callable(experiments._study(command))
    code, said, _ = berdaya(command, "--help")
    assert code == 0
    assert f"  berdaya {command} " in said.partition("examples:")[2]
    assert f"(default: results/{command}/DESIGN)" in " ".join(said.split())


class Best:
    """A frontier of two candidates."""

    def __init__(self):
        self.scenarios = {7: "", 3: ""}

    def save(self, folder):
        return [folder / "table.csv"]

    def write(self, number, path):
        Path(path).write_text(f"candidate {number}\n")
        return Path(path)

    def text(self):
        return "best\n"

    def document(self):
        return {}

    def rows(self):
        return []


def test_candidates_are_written_best_first(berdaya, monkeypatch, tmp_path):
    monkeypatch.setattr(experiments, "_study", lambda command: lambda *_: Best())
    code, said, _ = berdaya("frontier", "ours.yaml", "--write", "a.yaml", "b.yml")
    assert code == 0
    assert said == "best\n\nresults/frontier/ours/table.csv\na.yaml\nb.yml\n"
    assert (tmp_path / "a.yaml").read_text() == "candidate 7\n"
    code, said, messages = berdaya("frontier", "ours.yaml", "--write", "a.yaml", "b.yaml", "c.yaml")
    assert (code, said) == (2, "best\n")
    assert "the frontier has 2 candidates" in messages
    assert berdaya("frontier", "ours.yaml", "--format", "csv")[:2] == (0, "nothing\n")


# Progress


def test_progress_tells_rate_time_left_and_failures(monkeypatch):
    import tqdm

    screen = io.StringIO()

    class Bar(tqdm.tqdm):
        def __init__(self, *given, **named):
            super().__init__(*given, **{**named, "file": screen, "disable": False, "ncols": 100})

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    with counting([]) as (progress, last):
        progress(40, 100, 0)
        progress(60, 100, 2)
        progress(0, 10, 0)
        progress(5, 10, 0)
    lines = [line for line in screen.getvalue().split("\r") if line.strip()]
    assert "runs: 60 of 100 [00:" in "".join(lines)
    assert any(", 2 failed]" in line and "left" in line and "runs/s" in line for line in lines)
    assert lines[-1].startswith("runs: 5 of 10 [")
    assert last == [5, 10, 0]


def test_an_interrupt_that_a_package_swallows_stops_it_later():
    stops = []
    with counting(stops) as (progress, _):
        progress(0, 10, 0)
        stops.append(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            progress(1, 10, 0)


def test_nothing_is_shown_where_there_is_no_terminal(capfd):
    with counting([]) as (progress, _):
        progress(1, 2, 0)
    assert capfd.readouterr() == ("", "")


def test_a_mistake_is_no_traceback(berdaya, monkeypatch):
    def refuse(*_):
        raise ScenarioError([])

    monkeypatch.setattr(experiments, "_study", lambda command: refuse)
    assert berdaya(*SWEEP)[0] == 2
