"""Trials as runs of a store: done once, resumed to the bit, on any number of workers."""

import json
import re

import pytest

from calibration.dynamics import SOURCES
from calibration.trials import files, run_all, run_trial
from calibration.trials.design import Trial
from calibration.trials.harness import ESTIMATED, asked, sources, version
from calibration.trials.prior import prior_runs
from simulation.runs import plan
from tests.sources import imported, package
from tests.trials import HOUSEHOLDS, NAMES, trial

SMALL = {"replicates": 2, "size": 40, "draws": 3, "households": HOUSEHOLDS, "resamples": 10}
TWO = ["placebo", "v1-training"]


def told(outcomes):
    """Return outcomes as text, in which not-a-numbers are alike and each bit counts."""
    return [repr(each) for each in outcomes]


@pytest.fixture(scope="module")
def undisturbed():
    return told([run_trial(name, **SMALL) for name in TWO])


class Stopped(BaseException):
    """What Ctrl-C is, but nobody else's."""


def test_the_store_changes_no_bit(undisturbed, tmp_path):
    seen = []
    found = run_all(TWO, tmp_path, progress=lambda *done: seen.append(done), **SMALL)
    assert told(found) == undisturbed
    assert seen[0] == (0, 8, 0)
    assert seen[-1] == (8, 8, 0)


def test_what_was_stopped_goes_on_and_comes_out_the_same(undisturbed, tmp_path):
    reached = []

    def stop(done, *_):
        reached.append(done)
        if done >= 3:
            raise Stopped

    with pytest.raises(Stopped):
        run_all(TWO, tmp_path, progress=stop, **SMALL)
    seen = []
    found = run_all(TWO, tmp_path, progress=lambda *done: seen.append(done), **SMALL)
    assert 3 <= reached[-1] == seen[0][0] < 8
    assert told(found) == undisturbed


def test_what_is_done_is_not_done_again(tmp_path):
    first = run_all(["placebo"], tmp_path, **SMALL)
    parts = sorted(path.name for path in tmp_path.iterdir())
    seen = []
    again = run_all(["placebo"], tmp_path, progress=lambda *done: seen.append(done), **SMALL)
    assert seen == [(4, 4, 0)]
    assert told(again) == told(first)
    assert sorted(path.name for path in tmp_path.iterdir()) == parts


def test_more_draws_and_other_trials_leave_the_estimate_as_it_is(tmp_path):
    run_all(["placebo"], tmp_path, **{**SMALL, "draws": 0})
    seen = []
    run_all(["placebo"], tmp_path, progress=lambda *done: seen.append(done), **SMALL)
    assert seen[0] == (1, 4, 0)


@pytest.mark.slow
def test_two_workers_change_no_bit(undisturbed, tmp_path):
    assert told(run_all(TWO, tmp_path, workers=2, **SMALL)) == undisturbed


def test_a_trial_that_fails_is_named(tmp_path, monkeypatch):
    text = files.path_of("placebo").read_text(encoding="utf-8")
    text = re.sub(r"  standing: .*", "  standing: [0, 0.001]", text)
    (tmp_path / "nobody.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    with pytest.raises(RuntimeError, match="the trial nobody failed: nobody in the population"):
        run_all(["nobody"], tmp_path / "runs", **SMALL)


@pytest.mark.parametrize("name", NAMES)
def test_a_trial_is_itself_as_a_run_gets_it(name):
    """Runs sort the names of their inputs; measures must keep their order."""
    wanted = asked(name, **SMALL)
    (run,) = plan(ESTIMATED, [wanted.whole], "1")
    again = Trial.model_validate_json(json.loads(run.text)["inputs"]["trial"])
    assert again == wanted.trial
    assert list(again.measures) == list(wanted.trial.measures)


def test_what_decides_a_run_is_in_its_inputs(tmp_path, monkeypatch):
    before, code = asked("v1-training", **SMALL), version()
    text = files.path_of("v1-training").read_text(encoding="utf-8")
    assert "band: [4, 16]" in text
    moved = text.replace("band: [4, 16]", "band: [4, 17]")
    (tmp_path / "v1-training.yaml").write_text(moved, encoding="utf-8")
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    after = asked("v1-training", **SMALL)
    assert version() == code
    assert after.hashes[0] == before.hashes[0]
    assert after.hashes[1] != before.hashes[1]
    assert after.whole != before.whole
    assert all(a != b for a, b in zip(after.priors, before.priors, strict=True))


def test_every_module_that_decides_a_run_is_in_its_version():
    """Of the trials and of the dynamics; packages are what they import."""
    own = package("calibration")
    for known, roots in (
        (sources(), {"calibration.trials.harness", "calibration.trials.prior"}),
        (SOURCES, {"calibration.dynamics"}),
    ):
        reached, waiting = set(), set(roots)
        while waiting:
            module = waiting.pop()
            reached.add(module)
            found = imported(own[module]) & set(own)
            waiting |= found - reached - {"calibration", "calibration.trials"}
        assert reached <= set(known)


def test_prior_draws_are_inputs_of_their_own():
    runs = prior_runs(trial("v1-training"), 1, 5, HOUSEHOLDS)
    assert len({json.dumps(run["changes"], sort_keys=True) for run in runs}) == 5
    assert all(set(run["changes"]) == set(trial("v1-training").touches) for run in runs)
