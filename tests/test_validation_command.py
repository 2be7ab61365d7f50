"""The commands that hold the model against what is known."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from calibration import fit
from calibration.hindcast import PERIODS, truth
from calibration.path import PARTS
from scenarios import report, validation
from simulation.watch import WorkerError
from tests.command import answer
from tests.evidence import cells, motion, outcomes, posterior, scores, series


@pytest.fixture
def rungs(monkeypatch):
    """Put cheap rungs in the place of those that simulate; tell what was asked of them."""
    asked = {}

    def forecasts(folder, workers, quick):
        asked["forecasts"] = (str(folder), workers, quick)
        return scores(0.52), series()

    def moved(folder, quick):
        asked["motion"] = (str(folder), quick)
        return motion(1.7)

    def trials(names, draws, quick, progress, folder=validation.TRIAL_RUNS, workers=1):
        asked["trials"] = (list(names), draws, quick)
        asked["trial runs"] = (str(folder), workers)
        return [each for each in outcomes() if each.name in names]

    monkeypatch.setattr(validation, "cells", lambda quick: cells())
    monkeypatch.setattr(validation, "posterior", posterior)
    monkeypatch.setattr(validation, "forecasts", forecasts)
    monkeypatch.setattr(validation, "motion", moved)
    monkeypatch.setattr(validation, "trials", trials)
    return asked


@pytest.fixture
def berdaya(capsys, monkeypatch, tmp_path):
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: answer(capsys, *words)


# The command


def test_validate_writes_the_report_and_tells_misses(berdaya, rungs, tmp_path):
    code, said, messages = berdaya("validate", "--workers", "3", "--draws", "7")
    assert (code, messages) == (0, "")
    assert "Miss: RMSE of the headcount is 0.52 points" in said
    assert rungs["forecasts"] == ("results/validate/runs", 3, False)
    assert rungs["motion"] == ("results/validate/runs", False)
    assert rungs["trials"] == (validation.trial_names(), 7, False)
    assert rungs["trial runs"] == ("results/validate/runs", 3)
    files = {path.name for path in (tmp_path / "results/validate").iterdir()}
    drawn = ("people", "posterior", "fan", "coverage", "dynamics", "trials")
    names = ["report.html", "report.md", *(f"{name}.svg" for name in drawn)]
    assert files == set(names)
    assert said.splitlines()[-8:] == [f"results/validate/{name}" for name in names]


def test_validate_for_programs(berdaya, rungs, monkeypatch):
    code, said, messages = berdaya("validate", "--quick", "--out", "q", "--format", "json")
    found = json.loads(said)
    assert code == 0
    assert found["quick"] is True
    assert rungs["trials"][1:] == (None, True)
    assert found["hindcast"]["rmse"] == 0.52
    assert len(found["misses"]) == 4
    motion = {each["name"]: each for each in found["dynamics"]}
    assert motion["urban poor with an enterprise"]["inside"] is False
    assert motion["others who fall in within a year"]["low"] is None
    assert [each["name"] for each in found["trials"]] == ["v1-training", "placebo"]
    assert "q/report.html" in messages.splitlines()
    monkeypatch.setattr(report, "save", lambda *_: [])
    lines = berdaya("validate", "--out", "q", "--format", "csv")[1].splitlines()
    assert lines[0] == "rung,what,value,unit,low,high,met"
    assert len(lines) == 32


def test_hindcast_in_three_forms(berdaya, rungs, tmp_path):
    code, said, _ = berdaya("hindcast", "--format", "json")
    found = json.loads(said)
    assert code == 0
    assert found["rmse"] == 0.52
    assert len(found["series"]) == 3 * 7
    assert {each["name"] for each in found["scores"]} == {"model", "no change", "trend"}
    assert (tmp_path / "results/hindcast/series.parquet").is_file()
    _, said, _ = berdaya("hindcast", "--out", "there")
    assert "Miss: RMSE of the headcount" in said
    assert "weak test" in said
    assert rungs["forecasts"] == ("there/runs", 2, False)


def test_trials_in_three_forms(berdaya, rungs):
    code, said, _ = berdaya("trials", "v1-training", "--format", "json")
    (trial,) = json.loads(said)["trials"]
    assert code == 0
    assert (trial["name"], trial["band"], trial["inside"]) == ("v1-training", [4.0, 16.0], False)
    assert [trial["estimate"], trial["low"], trial["high"]] == pytest.approx([2.34, -0.16, 4.84])
    assert trial["prior_share"] == 0.41
    assert trial["measures"][1]["band"] == [0.0, None]
    assert trial["measures"][2]["inside"] is None
    said = berdaya("trials", "v1-training", "placebo", "v1-training", "--quick")[1]
    assert rungs["trials"] == (["v1-training", "placebo"], None, True)
    assert "MISS" in said
    assert validation.QUICK in said
    assert len(berdaya("trials", "placebo", "--format", "csv")[1].splitlines()) == 2


@pytest.fixture
def fitted(monkeypatch):
    """Put a fit in place that is done at once; tell what was asked of it."""
    asked = []

    def fake(resume, workers, say):
        asked.append((str(resume), workers))
        say("wave 1: 40 paths, 2.00% not ruled out")
        return posterior()

    monkeypatch.setattr(fit, "fit", fake)
    return asked


def test_calibrate_writes_the_posterior_and_tells_what_fails(berdaya, fitted, tmp_path):
    code, said, _ = berdaya("calibrate")
    assert code == 0
    assert "Miss: RMSE of bottom40 total is 0.44 points; at most 0.4 was asked for." in said
    assert "5 of 6 bars are met." in said
    folder = tmp_path / "results/calibrate"
    assert sorted(path.name for path in folder.iterdir()) == [
        "posterior.json",
        "posterior.parquet",
    ]
    assert pd.read_parquet(folder / "posterior.parquet").equals(posterior().draws)
    assert json.loads((folder / "posterior.json").read_text()) == posterior().provenance
    assert berdaya("calibrate", "--resume", "results/calibrate", "--workers", "1")[0] == 0
    assert berdaya("calibrate", "--resume", "results/calibrate", "--out", "b")[0] == 0
    assert fitted == [
        ("results/calibrate/runs", 2),
        ("results/calibrate/runs", 1),
        ("results/calibrate/runs", 2),
    ]
    assert (tmp_path / "b/posterior.json").is_file()
    rows = json.loads(berdaya("calibrate", "--format", "json")[1])["checks"]
    assert [row["what"] for row in rows if not row["met"]] == ["RMSE of bottom40 total"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("row 3 is not finite"), "cannot go on: row 3 is not finite"),
        (WorkerError("workers were lost"), "cannot go on: workers were lost"),
        (OSError("the disk is full"), "cannot go on: the disk is full"),
        (ModuleNotFoundError("No module named 'emcee'"), "pip install -e '.[calibration]'"),
    ],
)
def test_what_goes_wrong_in_the_fit_is_told(berdaya, monkeypatch, tmp_path, error, message):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(fit, "fit", fails)
    code, said, messages = berdaya("calibrate")
    assert (code, said) == (1, "")
    assert message in messages
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_fit_leaves_no_posterior(berdaya, monkeypatch, tmp_path):
    def stopped(resume, workers, say):
        raise KeyboardInterrupt(15)

    monkeypatch.setattr(fit, "fit", stopped)
    code, _, messages = berdaya("calibrate")
    assert code == 128 + 15
    assert messages == "stopped; no file is left half-written\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("trials v1-trainin", "v1-trainin: there is no such trial; allowed: placebo, "),
        ("trials v1-trainin", "did you mean v1-training?"),
        ("trials placebo nosuch", "nosuch: there is no such trial"),
        ("trials --draws -1", "'-1' is not a whole number from 0 to 10000"),
        ("trials --draw 3", "did you mean --draws?"),
        ("validate --workers 0", "'0' is not a whole number from 1 to 256"),
        ("validate --fast", "'--fast' means nothing here"),
        ("validate --out file", "--out file: cannot be written to: File exists"),
        ("hindcast --out file/in", "--out file/in: cannot be written to"),
        ("hindcast --workers two", "'two' is not a whole number"),
        ("hindcast more", "'more' means nothing here"),
        ("calibrate --resume nosuch", "--resume nosuch: there is no such folder"),
        ("calibrate --resume file", "--resume file: there is no such folder"),
        ("calibrat", "did you mean calibrate?"),
        ("validate --format jsn", "did you mean json?"),
    ],
)
def test_mistakes(berdaya, monkeypatch, tmp_path, arguments, message):
    def work(*_, **__):
        raise AssertionError("the work began")

    for name in ("cells", "posterior", "forecasts", "motion", "trials"):
        monkeypatch.setattr(validation, name, work)
    monkeypatch.setattr(fit, "fit", work)
    (tmp_path / "file").write_text("")
    code, said, messages = berdaya(*arguments.split())
    assert (code, said) == (2, "")
    assert message in messages
    assert "Traceback" not in messages
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# Rungs that really run


def test_a_trial_really_runs_when_it_is_quick(berdaya):
    code, said, _ = berdaya("trials", "placebo", "--quick", "--draws", "0", "--format", "json")
    (trial,) = json.loads(said)["trials"]
    assert code == 0
    assert trial["low"] < trial["estimate"] < trial["high"]
    assert trial["prior_share"] is None
    assert isinstance(trial["inside"], bool)


def test_the_rung_of_motion_asks_for_little_when_it_is_quick(monkeypatch, tmp_path):
    from calibration import dynamics

    asked = []

    def observed(folder, households):
        asked.append((folder, households))
        return {each.check.name: each.value for each in motion()}

    monkeypatch.setattr(dynamics, "observed", observed)
    assert repr(validation.motion(tmp_path, True)) == repr(motion())
    validation.motion(tmp_path, False)
    assert asked == [(str(tmp_path), 20_000), (str(tmp_path), 200_000)]


def test_the_hindcast_rung_asks_for_little_when_it_is_quick(monkeypatch, tmp_path):
    from calibration import hindcast

    asked = []

    def predict(folder, workers, **small):
        asked.append((folder, workers, small))
        columns = {f"{p} p0 {part}": truth(part)[i] + np.array([-0.1, 0.1])
                   for part in PARTS for i, p in enumerate(PERIODS)}  # fmt: skip
        return pd.DataFrame(columns)

    monkeypatch.setattr(hindcast, "predict", predict)
    found, lived = validation.forecasts(tmp_path, 2, True)
    assert asked == [(str(tmp_path), 2, {"draws": 4, "households": 20_000})]
    assert set(found.columns) == {"name", "part", "rmse", "bias", "crps", "coverage", "width",
                                  "signs"}  # fmt: skip
    assert len(lived) == 21
    evidence = SimpleNamespace(**{"scores": found, "series": lived})
    assert validation.forecast_checks(evidence.scores)[0].value == pytest.approx(0.0, abs=1e-9)
    assert report.score_table(found).rows[0][:2] == ("total", "model")
