import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from scenarios import compare as comparing
from scenarios.arguments import parse
from scenarios.files import names, read
from scenarios.grammar import describe
from scenarios.runs import prepare
from scenarios.schema import json_schema
from simulation.agents.provider import TooFewPeople
from tests.command import COMPARE, ROOT, SMALL, answer, start

HEAVY = ["numba", "pandas", "mesa", "matplotlib", "pydantic", "numpy", "tqdm", "ruamel.yaml"]


@pytest.fixture
def berdaya(capsys, monkeypatch, tmp_path):
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return partial(answer, capsys)


def only_json(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def only_csv(text):
    rows = list(csv.reader(io.StringIO(text)))
    assert {len(row) for row in rows} == {len(rows[0])}
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


# Starting


def test_help_imports_nothing_heavy(tmp_path):
    code = f"""
import sys
from scenarios.cli import main
try:
    main(["--help"])
except SystemExit:
    sys.stderr.write(" ".join(name for name in {HEAVY!r} if name in sys.modules))
"""
    process = start(code, tmp_path)
    said, loaded = process.communicate(timeout=60)
    assert "examples:" in said
    assert loaded == ""


def test_the_module_is_the_command(tmp_path):
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "scenarios.cli", "scenario", "check", "nosuch"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "the library has no scenario 'nosuch'" in done.stderr


def test_the_version(berdaya):
    code, said, _ = berdaya("--version")
    assert code == 0
    assert said.startswith("berdaya 0.")


@pytest.mark.parametrize(
    "command",
    ["", "run", "compare", "population", "calibrate", "hindcast", "trials", "validate"]
    + [f"scenario {verb}" for verb in ("list", "show", "check", "schema")],
)
def test_help_has_examples(berdaya, command):
    code, said, _ = berdaya(*command.split(), "--help")
    examples = re.findall(r"^ +berdaya (.*?)(?:  |$)", said, re.MULTILINE)
    assert code == 0
    assert any(example.startswith(command) for example in examples)
    for example in examples:
        assert parse(shlex.split(example.partition(">")[0])).parser
    assert command == "" or "--format {table,json,csv}" in said


# Scenarios


def test_list(berdaya):
    assert berdaya("scenario", "list")[1].splitlines()[1].split() == [
        "baseline",
        "No",
        "programme",
    ]
    as_json = only_json(berdaya("scenario", "list", "--format", "json")[1])["scenarios"]
    as_csv = only_csv(berdaya("scenario", "list", "--format", "csv")[1])
    assert as_json == as_csv
    assert [row["name"] for row in as_json] == names()


@pytest.mark.parametrize("name", names())
def test_what_is_shown_is_a_scenario_file(berdaya, tmp_path, name):
    code, said, _ = berdaya("scenario", "show", name)
    (tmp_path / f"{name}.yaml").write_text(said, encoding="utf-8")
    assert code == 0
    assert read(tmp_path / f"{name}.yaml") == read(name)


@pytest.mark.parametrize("name", names())
def test_what_is_shown_as_csv_can_be_set(berdaya, name):
    terms = only_csv(berdaya("scenario", "show", name, "--format", "csv")[1])
    changes = [
        f"{term['path']}={json.dumps(term['value']) if ': ' in term['value'] else term['value']}"
        for term in terms
    ]
    assert {"path": "macro", "value": "published"} in terms
    assert read(name, changes) == read(name)


def test_json_shows_the_whole_scenario(berdaya):
    said = only_json(berdaya("scenario", "show", "sedaya-package", "--format", "json")[1])
    assert said == read("sedaya-package").model_dump(mode="json")


def test_money_that_is_not_whole_stays_as_it_is(tmp_path):
    path = tmp_path / "odd.yaml"
    odd = read("training-only", ["programmes.training.overhead=250000.5"])
    path.write_text(describe.as_yaml(odd), encoding="utf-8")
    assert read(path).programmes == odd.programmes


def test_every_amount_is_shown_as_money():
    told = {row["path"]: row["allowed"] for row in describe.vocabulary()}
    amounts = {path.split(".")[-1] for path, allowed in told.items() if "Rp 5 juta" in allowed}
    assert {"amount", "budget", "fund", "overhead", "reward", "wage"} <= amounts
    shown = set()
    for name in names():
        for line in describe.as_yaml(read(name)).splitlines():
            term, _, value = line.strip().removeprefix("- ").partition(": ")
            if term in amounts:
                shown.add(term)
                assert re.fullmatch(r"Rp [0-9.]+|null", value), (name, line)
    assert {"amount", "budget", "fund", "overhead", "wage"} <= shown


def test_check_names_every_mistake_of_every_file(berdaya, tmp_path):
    (tmp_path / "one.yaml").write_text("months: 277\nseat: 3\n")
    (tmp_path / "two.yaml").write_text("seed: x\n")
    files = ["one.yaml", "two.yaml", "baseline"]
    code, said, messages = berdaya("scenario", "check", *files)
    assert (code, said) == (2, "baseline: right\n")
    assert [line.split(": ")[0] for line in messages.splitlines()] == [
        "one.yaml:1",
        "one.yaml:2",
        "two.yaml:1",
    ]
    code, said, _ = berdaya("scenario", "check", *files, "--format", "json")
    assert code == 2
    assert [file["right"] for file in only_json(said)["files"]] == [False, False, True]
    code, said, _ = berdaya("scenario", "check", *files, "--format", "csv")
    assert code == 2
    assert [row["line"] for row in only_csv(said)] == ["1", "2", "1"]


def test_check_of_right_files_as_csv_has_a_header_only(berdaya):
    code, said, _ = berdaya("scenario", "check", "baseline", "--format", "csv")
    assert (code, said) == (0, "file,line,path,problem,allowed,nearest\n")


def test_schema(berdaya):
    assert only_json(berdaya("scenario", "schema")[1]) == json_schema()
    rows = {
        row["path"]: row for row in only_csv(berdaya("scenario", "schema", "--format", "csv")[1])
    }
    assert rows["programmes.training.modules"]["allowed"] == "a whole number from 1 to 24"
    assert rows["parameters.take_up"]["allowed"] == "a number from 0.5 to 0.9"
    assert "programmes.training.modules" in berdaya("scenario", "schema", "--format", "table")[1]


# Results


def test_a_comparison_in_three_forms(berdaya, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, said, messages = berdaya(*COMPARE, "--replicates", "2", "--format", "json")
    document = only_json(said)
    assert code == 0
    assert [each["name"] for each in document["scenarios"]] == ["training-only", "sedaya-package"]
    assert messages.splitlines() == [
        f"results/compare/{name}"
        for name in (
            "comparison.parquet",
            "comparison.csv",
            "months.parquet",
            "months.csv",
            "programmes.parquet",
            "programmes.csv",
            "payers.parquet",
            "payers.csv",
            "places.parquet",
            "places.csv",
            "runs.parquet",
            "runs.csv",
            "ranks.parquet",
            "ranks.csv",
            "tradeoffs.parquet",
            "tradeoffs.csv",
            "provenance.json",
            "comparison.xlsx",
            "comparison.png",
            "figures.json",
        )
    ]
    saved = pd.read_parquet(tmp_path / "results/compare/comparison.parquet")
    assert [row["value"] for row in document["table"]] == saved["value"].replace(
        float("nan"), None
    ).tolist()

    rows = only_csv(berdaya(*COMPARE, "--replicates", "2", "--format", "csv")[1])
    assert [row["indicator"] for row in rows] == saved["indicator"].tolist()
    assert [float(row["value"] or "nan") for row in rows] == pytest.approx(
        saved["value"].tolist(), abs=0, rel=0, nan_ok=True
    )

    code, said, messages = berdaya(*COMPARE, "--replicates", "2")
    assert (code, messages) == (0, "")
    lines = said.splitlines()
    assert lines[2].split("  ")[-1].strip() == "cash benchmark"
    at = lines.index("Cost a participant")
    assert lines[at + 1].split()[:3] == ["training-only", "Rp", "3.750.000"]
    assert all(Path(line).is_file() for line in lines[-18:])


def test_a_comparison_holds_claims_payers_and_notes(berdaya, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    asked = [*COMPARE, "--set", "programmes.training.budget=200000000"]
    document = only_json(berdaya(*asked, "--format", "json")[1])
    names = ["scenarios", "table", "programmes", "payers", "notes", "ranks", "tradeoffs"]
    assert list(document) == names
    claims = {row["programme"]: row for row in document["programmes"]}
    assert list(claims) == ["training", "sedaya"]
    paid = [row["paid"] for row in document["payers"] if row["programme"] == "training"]
    assert claims["training"]["cost"] == pytest.approx(sum(paid))
    assert claims["training"]["ratio"] is None, "one replicate does not tell it from nothing"
    (note,) = document["notes"]
    assert note["scenario"] == "training-only"
    assert note["note"].startswith("programme training takes nobody else from month ")
    for name in ("programmes", "payers", "ranks", "tradeoffs"):
        saved = pd.read_parquet(tmp_path / f"results/compare/{name}.parquet")
        again = pd.read_csv(tmp_path / f"results/compare/{name}.csv", keep_default_na=False)
        assert len(saved) == len(document[name]) == len(again)
        assert saved.columns.tolist() == again.columns.tolist() == list(document[name][0])
    kept = json.loads((tmp_path / "results/compare/provenance.json").read_text())
    assert kept["notes"] == document["notes"]

    lines = berdaya(*asked)[1].splitlines()
    claimed = lines.index("WHAT EACH PROGRAMME CLAIMS")
    said = lines.index("NOTES")
    assert lines.index("WHO PAYS") < claimed < said
    assert lines[claimed + 3].split()[:3] == ["training-only", "training", "none"]
    assert lines[said + 1] == f"  training-only: {note['note']}"


def test_beyond_the_horizon_results_are_labelled(berdaya, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    small = ["--households", "500", "--replicates", "1"]
    label = "no demography, not a forecast"
    said = berdaya("compare", "baseline", *small, "--months", "61")[1]
    assert f"  baseline: beyond 60 months: {label}" in said.splitlines()
    assert said.startswith(f"DKI Jakarta, 61 months from 2023-03 ({label}), 500 households\n")
    assert label not in berdaya("compare", "baseline", *small, "--months", "60")[1]


def test_the_same_seed_gives_the_same_bytes(berdaya):
    first = berdaya(*COMPARE, "--format", "json", "--out", "one")
    again = berdaya(*COMPARE, "--format", "json", "--out", "two", "--threads", "2")
    other = berdaya(*COMPARE, "--format", "json", "--seed", "2")
    assert first[1] == again[1]
    assert first[1] != other[1]
    for name in ("comparison", "months", "programmes", "payers"):
        assert Path(f"one/{name}.csv").read_bytes() == Path(f"two/{name}.csv").read_bytes()


def test_a_run_in_three_forms(berdaya, tmp_path):
    run = ["run", "baseline", *SMALL, "--out", "kept"]
    code, said, messages = berdaya(*run, "--format", "json")
    document = only_json(said)
    assert code == 0
    assert document["scenario"]["households"] == 2000
    assert len({row["month"] for row in document["months"]}) == 12
    assert messages.splitlines()[0] == "kept/months.parquet"
    assert all(row["low"] is None for row in document["summary"])
    rows = only_csv(berdaya(*run, "--format", "csv")[1])
    assert [row["indicator"] for row in rows] == [row["indicator"] for row in document["summary"]]
    headcount = document["summary"][0]["value"]
    assert f"headcount         %  {headcount:8.2f}" in berdaya(*run)[1]


def test_a_run_writes_no_file_unless_asked(berdaya, tmp_path):
    assert berdaya("run", "baseline", *SMALL)[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_the_population_beside_the_figures_of_bps(berdaya):
    population = ["population", "--households", "2000"]
    code, said, _ = berdaya(*population, "--format", "json")
    document = only_json(said)
    assert code == 0
    assert (document["area"], document["households"], document["seed"]) == ("DKI Jakarta", 2000, 1)
    cell = document["cells"][0]
    assert cell["p0_bps"] == 4.44
    assert document["cells"][-1]["p0_bps"] == 4.44
    assert len(only_csv(berdaya(*population, "--format", "csv")[1])) == len(document["cells"])
    assert f"{cell['p0']:.2f} (4.44)" in berdaya(*population)[1]


def test_options_are_changes(berdaya):
    run = ["run", "baseline", "--format", "json"]
    asked = ["area", "households", "months", "replicates", "seed"]
    values = ["DKI Jakarta", "2000", "6", "1", "3"]
    pairs = list(zip(asked, values, strict=True))
    by_option = berdaya(*run, *(word for name, value in pairs for word in (f"--{name}", value)))
    by_change = berdaya(*run, *(word for pair in pairs for word in ("--set", "=".join(pair))))
    assert by_option == by_change
    assert by_option[0] == 0


def test_the_last_change_counts(berdaya):
    months = ["--set", "months=6", "--set", "months=7", "--set", "months=6"]
    said = berdaya("run", "baseline", *SMALL, *months, "--format", "json")[1]
    assert only_json(said)["scenario"]["months"] == 6


def test_a_change_to_a_programme_is_for_the_scenarios_that_have_it(berdaya, monkeypatch):
    asked = []

    def compare(scenarios, threads, progress):
        asked.extend(scenarios)
        raise TooFewPeople("enough")

    monkeypatch.setattr(comparing, "compare", compare)
    berdaya(*COMPARE, "--set", "programmes.sedaya.seats=7")
    assert [each.programmes[0].seats for each in asked] == [40, 7]


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("comapre baseline", "did you mean compare?"),
        ("scenario lits", "did you mean list?"),
        ("run", "the following arguments are required: NAME"),
        ("run baseline more", "'more' means nothing here"),
        ("run baseline --format jsn", "did you mean json?"),
        ("run baseline --month 3", "did you mean --months?"),
        ("run baseline --threads 0", "'0' is not a whole number from 1 to 256"),
        ("run baselin", "did you mean baseline?"),
        ("run nosuch.yaml", "there is no file nosuch.yaml"),
        ("run baseline --months many", "--months many: months: 'many' is not a whole number"),
        ("run baseline --months=", "--months : months: is empty"),
        ("run baseline --households 10", "--households 10: households: 10 is too small"),
        ("run baseline --replicates 0", "--replicates 0: replicates: 0 is too small"),
        ("run baseline --seed -1", "--seed -1: seed: -1 is too small"),
        ("run baseline --area Jakrta", "did you mean DKI Jakarta?"),
        ("run baseline --area #", "there is no area '#'"),
        ("run baseline --area \udcff", "--area '\\udcff': area: holds half a character"),
        ("run baseline --set month=3", "did you mean months?"),
        ("run baseline --set months", "--set months: is not a change"),
        ("run baseline --set parameters.take_up=2", "2 is outside the range"),
        ("run training-only --set programmes.x.seats=1", "there is no programme 'x'"),
        ("compare baseline nosuch", "the library has no scenario 'nosuch'"),
        ("compare baseline --out= ", "--out : cannot be written to: it has no name"),
        ("compare baseline --out file", "--out file: cannot be written to: File exists"),
        ("compare baseline --out file/in", "--out file/in: cannot be written to"),
        ("compare baseline --out nul\0", "cannot be written to: "),
        ("compare baseline baseline.yaml", "two files bear the name baseline"),
        ("population --area Jakrta", "did you mean DKI Jakarta?"),
        ("population --households none", "'none' is not a whole number"),
        ("population --months 3", "'--months' means nothing here"),
        ("compare baseline --posterior 1", "'1' is not a whole number from 2 to 10000"),
        ("compare baseline --posterior many", "'many' is not a whole number"),
        ("compare baseline --posterio 8", "did you mean --posterior?"),
        ("run baseline --posterior 8", "'--posterior' means nothing here"),
    ],
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_mistakes(berdaya, monkeypatch, tmp_path, arguments, message, form):
    def work(*_):
        raise AssertionError("the work began")

    monkeypatch.setattr(prepare, "population_cells", work)
    for name in ("run", "compare"):
        monkeypatch.setattr(comparing, name, work)
    (tmp_path / "file").write_text("")
    (tmp_path / "baseline.yaml").write_text("extends: baseline\n")
    written = [] if "--format" in arguments else ["--format", form]
    words = arguments.split(" ") if arguments else []
    code, said, messages = berdaya(*filter(None, words), *(written if words[1:] else []))
    assert (code, said) == (2, "")
    assert message in messages
    assert "Traceback" not in messages
    assert sorted(path.name for path in tmp_path.iterdir()) == ["baseline.yaml", "file"]


def test_all_mistakes_are_told_once(berdaya):
    changes = ["--months", "999", "--set", "seats=3"]
    _, _, messages = berdaya("compare", "training-only", "sedaya-package", *changes)
    assert [line.split(": ")[0] for line in messages.splitlines()] == [
        "--months 999",
        "--set seats=3",
    ]


def test_too_few_people(berdaya, tmp_path):
    code, said, messages = berdaya("compare", "training-only", *SMALL, "--out", "deep/down")
    assert (code, said) == (2, "")
    assert messages.startswith("programme training has 100 seats in month")
    assert len(messages.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_saved_is_shown(berdaya, monkeypatch):
    def save(self, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(comparing.Comparison, "save", save)
    code, said, messages = berdaya(*COMPARE)
    assert code == 1
    assert "Households enrolled" in said
    assert messages == "cannot go on: [Errno 28] No space left on device\n"


def test_full_memory_is_told(berdaya, monkeypatch):
    def run(*_):
        raise MemoryError

    monkeypatch.setattr(comparing, "run", run)
    code, said, messages = berdaya("run", "baseline")
    assert (code, said) == (1, "")
    assert "simulate fewer households" in messages
