"""The ladder of validation: what is told as a miss, and a report that holds its tables whole."""

import dataclasses
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from calibration import fit
from calibration.hindcast import PERIODS, rivals, truth
from calibration.path import PARTS
from calibration.trials import Estimate, Outcome
from scenarios import pictures, report, validation
from scenarios.validation import Evidence, checks
from simulation.parameters import TABLE
from simulation.watch import WorkerError
from tests.command import answer

VOID = {"meta", "br", "link", "img"}
NOT_A_NUMBER = float("nan")


# Fabricated outcomes


def cells(off=0.1):
    rows = []
    for number, (province, part) in enumerate(
        [("Bali", "urban"), ("Bali", "rural"), ("X", "total")]
    ):
        published = {"p0": 9.0 + number, "p1": 1.5, "p2": 0.4, "gini": 0.36}
        found = {name: value * 1.001 for name, value in published.items()}
        found["p0"] = published["p0"] + (off if number < 2 else 0.01)
        others = {"vulnerable": 22.6, "bottom40": 18.1, "size_poor": 4.74}
        bps = {f"{name}_bps": value for name, value in published.items()}
        rows.append({"province": province, "urban_rural": part, **found, **bps, **others})
    return pd.DataFrame(rows)


def scores(rmse=0.3):
    rows = []
    for part in PARTS:
        for name, crps in (("model", 0.19), ("no change", 0.41), ("trend", 0.77)):
            error = rmse if name == "model" else 0.61
            figures = {"rmse": error, "bias": 0.123, "crps": crps, "coverage": 6 / 7}
            rows.append({"name": name, **figures, "width": 1.23, "signs": 5, "part": part})
    return pd.DataFrame(rows)


def series():
    parts = []
    for part in PARTS:
        own = truth(part)
        others = {name: each.mean for name, each in rivals(part).items()}
        columns = {"published": own, "model": own + 0.17, "low": own - 0.5, "high": own + 0.9}
        parts.append(pd.DataFrame({"period": PERIODS, **columns, **others, "part": part}))
    return pd.concat(parts, ignore_index=True)


def filled(kind, known):
    """Return a record; fields that this test does not care about hold nothing."""
    names = [field.name for field in dataclasses.fields(kind)]
    return kind(**{name: known.get(name) for name in names})


def estimate(measure, value, band, inside, unit="percent"):
    known = {
        "measure": measure,
        "unit": unit,
        "estimate": value,
        "low": value - 2.5,
        "high": value + 2.5,
        "paired": value + 0.3,
        "published": 10.1,
        "band_low": band[0],
        "band_high": band[1],
        "inside": inside,
        "paired_inside": inside,
        "prior_share": 0.41,
    }
    return filled(Estimate, known)


def outcome(name, measures, why="", verdict=""):
    told = {"name": name, "inside": not why, "paired_inside": True, "verdict": verdict, "why": why}
    return filled(Outcome, {**vars(measures[0]), **told, "measures": tuple(measures)})


def outcomes():
    endless = (0.0, float("inf"))
    return [
        outcome("v1-training", [
            estimate("profit", 2.34, (4.0, 16.0), np.bool_(False)),
            estimate("sales", 5.43, endless, True),
            estimate("survival", -0.87, (NOT_A_NUMBER, NOT_A_NUMBER), None, "points"),
        ], why="profit: what a course teaches is too small."),
        outcome("placebo", [estimate("profit", 0.12, (-3.0, 3.0), True)], verdict="uninformative"),
    ]  # fmt: skip


def posterior():
    share = np.linspace(0.3, 0.7, 50)
    draws = {n: TABLE[n].low + share * (TABLE[n].high - TABLE[n].low) for n in fit.FREE}
    rmse = {f"{m} {p}": 0.001 for m in ("p0", "p1", "p2", "gini") for p in PARTS}
    provenance = {"rmse": {**rmse, "bottom40 total": 0.44}, "contraction": {fit.FREE[0]: 0.62}}
    return fit.Posterior(pd.DataFrame(draws), provenance)


@pytest.fixture(scope="module")
def evidence():
    found = posterior()
    return Evidence(cells(), found.draws, found.provenance, scores(0.52), series(), outcomes())


@pytest.fixture
def rungs(monkeypatch):
    """Put cheap rungs in the place of those that simulate; tell what was asked of them."""
    asked = {}

    def forecasts(folder, workers, quick):
        asked["forecasts"] = (str(folder), workers, quick)
        return scores(0.52), series()

    def trials(names, draws, quick, progress):
        asked["trials"] = (list(names), draws, quick)
        return [each for each in outcomes() if each.name in names]

    monkeypatch.setattr(validation, "cells", lambda quick: cells())
    monkeypatch.setattr(validation, "posterior", posterior)
    monkeypatch.setattr(validation, "forecasts", forecasts)
    monkeypatch.setattr(validation, "trials", trials)
    return asked


@pytest.fixture
def berdaya(capsys, monkeypatch, tmp_path):
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: answer(capsys, *words)


# Bars


def test_every_number_is_held_against_its_bar(evidence):
    missed = {each.what for each in checks(evidence) if not each.met}
    assert missed == {"RMSE of bottom40 total", "RMSE of the headcount", "v1-training, profit"}
    assert len(checks(evidence)) == 8 + 6 + 4 + 3


def test_a_miss_is_told_in_words(evidence):
    said = {each.what: each.sentence for each in checks(evidence)}
    assert said["RMSE of the headcount"] == (
        "Miss: RMSE of the headcount is 0.52 points; at most 0.45 was asked for."
    )
    assert said["v1-training, profit"] == (
        "Miss: v1-training, profit is 2.34 percent; 4 to 16 was asked for."
    )
    assert said["v1-training, sales"].startswith("Met: ")
    assert said["v1-training, sales"].endswith("at least 0 was asked for.")


def test_what_is_not_known_is_a_miss():
    found = validation.fit_checks(dict.fromkeys(validation.FIT_BARS, NOT_A_NUMBER))
    assert not any(each.met for each in found)


def test_a_rival_that_is_as_good_is_a_miss():
    level = scores()
    level.loc[level.name == "no change", "crps"] = 0.19
    assert not validation.forecast_checks(level)[-1].met
    assert validation.forecast_checks(scores())[-1].met


def test_people_that_are_off_are_a_miss():
    assert all(each.met for each in validation.people_checks(cells(0.1)))
    missed = [each for each in validation.people_checks(cells(0.3)) if not each.met]
    assert [each.what for each in missed] == ["headcount of the worst cell, off by"]


# The report


class Nothing(dict):
    """Pictures that are not drawn."""

    def __missing__(self, name):
        return "<svg></svg>", name


class Page(HTMLParser):
    """Reads a page; refuses tags that do not close in order and names that are there twice."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.cells, self.said, self.links = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        own = dict(attrs)
        self.ids += [own["id"]] if "id" in own else []
        self.links += [own[name] for name in ("href", "src") if name in own]
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data
        if self.open and self.open[-1] == "p":
            self.said.append(data)


@pytest.fixture(scope="module")
def written(evidence, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    report.save(evidence, folder)
    return folder


def test_the_page_holds_every_number_of_its_tables(evidence, written):
    page = Page((written / "report.html").read_text(encoding="utf-8"))
    tables = [table for _, _, tables, _ in report.sections(evidence) for table in tables]
    assert len(tables) == 9
    wanted = [cell for table in tables for row in (table.headers, *table.rows) for cell in row]
    assert page.cells == wanted
    for value in ("2.34 [-0.16; 4.84]", "0.52", "9.57", "-0.87 [-3.37; 1.63]", "0.62"):
        assert value in " ".join(wanted)


def test_the_markdown_holds_every_number_too(evidence, written):
    text = (written / "report.md").read_text(encoding="utf-8")
    for _, said, tables, _ in report.sections(evidence):
        assert all(sentence in text for sentence in said)
        for table in tables:
            assert all(f"| {' | '.join(row)} |" in text for row in table.rows)
    drawn = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert len(drawn) == 5
    assert all((written / name).read_text().count("</svg>") == 1 for name in drawn)


def test_the_page_asks_nobody(written):
    text = (written / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "http:" not in text
    assert "https:" not in text
    assert "//" not in re.sub(r"<!--.*?-->|/\*.*?\*/", "", text, flags=re.DOTALL)
    assert "<script" not in text
    assert "@import" not in text
    assert all(link.startswith("#") for link in page.links)
    assert "default-src 'none'" in text


def test_names_in_the_page_are_there_once_and_lead_somewhere(written):
    text = (written / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    led = {*re.findall(r"url\(#([^)]+)\)", text), *(link[1:] for link in page.links)}
    assert led <= set(page.ids)
    assert text.count("<svg") == text.count('role="img"') == 5


def test_misses_are_named_as_misses(evidence, written):
    page = Page((written / "report.html").read_text(encoding="utf-8"))
    said = " ".join(page.said)
    for each in checks(evidence):
        assert (each.sentence in said) == (not each.met), each.sentence
    assert said.count("Miss: RMSE of the headcount") == 2  # at the top and at its rung
    assert "v1-training misses. profit: what a course teaches is too small." in said
    assert "placebo says little: 41% of prior draws meet all its bands." in said
    assert "weak test: seven surveys" in said
    assert "18 of 21 bars are met." in said
    assert validation.QUICK not in said


def test_a_miss_has_a_colour_of_its_own(written):
    picture = (written / "trials.svg").read_text(encoding="utf-8").lower()
    assert pictures.MISSED.lower() in picture
    assert "v1-training: profit" in picture


def test_a_quick_run_says_so(evidence):
    quick = Evidence(**{**vars(evidence), "quick": True})
    assert validation.QUICK in report.as_html(quick, Nothing())
    assert validation.QUICK in report.summary(quick)
    assert report.document(quick)["quick"] is True


def test_the_same_evidence_gives_the_same_bytes(evidence, written, tmp_path):
    other = tmp_path / "again"
    for path in report.save(evidence, other):
        assert path.read_bytes() == (written / path.name).read_bytes()


def test_what_is_no_html_is_written_as_text(evidence):
    odd = outcome("v1-training", outcomes()[0].measures, why="<b>less</b> & more | or")
    text = report.as_html(Evidence(**{**vars(evidence), "outcomes": [odd]}), Nothing())
    Page(text)
    assert "&lt;b&gt;less&lt;/b&gt; &amp; more" in text


# The command


def test_validate_writes_the_report_and_tells_misses(berdaya, rungs, tmp_path):
    code, said, messages = berdaya("validate", "--workers", "3", "--draws", "7")
    assert (code, messages) == (0, "")
    assert "Miss: RMSE of the headcount is 0.52 points" in said
    assert rungs["forecasts"] == ("results/validate/runs", 3, False)
    assert rungs["trials"] == (validation.trial_names(), 7, False)
    files = {path.name for path in (tmp_path / "results/validate").iterdir()}
    svgs = {f"{name}.svg" for name in ("people", "posterior", "fan", "coverage", "trials")}
    assert files == {"report.html", "report.md", *svgs}
    assert said.splitlines()[-7:] == [
        f"results/validate/{name}"
        for name in ("report.html", "report.md", "people.svg", "posterior.svg", "fan.svg",
                     "coverage.svg", "trials.svg")
    ]  # fmt: skip


def test_validate_for_programs(berdaya, rungs, monkeypatch):
    code, said, messages = berdaya("validate", "--quick", "--out", "q", "--format", "json")
    found = json.loads(said)
    assert code == 0
    assert found["quick"] is True
    assert rungs["trials"][1:] == (None, True)
    assert found["hindcast"]["rmse"] == 0.52
    assert len(found["misses"]) == 3
    assert [each["name"] for each in found["trials"]] == ["v1-training", "placebo"]
    assert "q/report.html" in messages.splitlines()
    monkeypatch.setattr(report, "save", lambda *_: [])
    lines = berdaya("validate", "--out", "q", "--format", "csv")[1].splitlines()
    assert lines[0] == "rung,what,value,unit,low,high,met"
    assert len(lines) == 22


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
        (ModuleNotFoundError("No module named 'emcee'"), "pip install 'berdaya[calibration]'"),
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

    for name in ("cells", "posterior", "forecasts", "trials"):
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
