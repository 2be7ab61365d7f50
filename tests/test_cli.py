import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from scenarios import compare as comparing
from scenarios import describe, output, tables
from scenarios.cli import main
from scenarios.files import names, read
from scenarios.schema import json_schema
from simulation.agents.provider import TooFewPeople

ROOT = Path(__file__).parent.parent
SMALL = ["--households", "2000", "--months", "12", "--replicates", "1"]
SEATS = ["--set", "programmes.training.seats=40", "--set", "programmes.sedaya.seats=40"]
COMPARE = ["compare", "training-only", "sedaya-package", *SMALL, *SEATS]
HEAVY = ["numba", "pandas", "mesa", "matplotlib", "pydantic", "numpy", "tqdm", "ruamel.yaml"]


@pytest.fixture
def berdaya(capsys, monkeypatch, tmp_path):
    """Run the command in an empty folder; return its exit code, output and messages."""
    monkeypatch.chdir(tmp_path)

    def berdaya(*arguments):
        try:
            code = main(arguments)
        except SystemExit as left:
            code = left.code
        return code, *capsys.readouterr()

    return berdaya


def only_json(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def only_csv(text):
    rows = list(csv.reader(io.StringIO(text)))
    assert {len(row) for row in rows} == {len(rows[0])}
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def start(code, folder, **options):
    """Start Python in a folder, with Ctrl-C as it is at a terminal."""
    before = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-c", before + code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def call(arguments):
    return f"import sys; from scenarios.cli import main; sys.exit(main({list(arguments)!r}))"


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
    ["run", "compare", "population", *(f"scenario {v}" for v in ("list", "show", "check"))],
)
def test_help_has_examples(berdaya, command):
    code, said, _ = berdaya(*command.split(), "--help")
    assert code == 0
    assert f"  berdaya {command}" in said.partition("example")[2]
    assert "--format {table,json,csv}" in said


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


def test_every_amount_of_the_schema_is_shown_as_money():
    parts = json_schema()["$defs"].values()
    terms = [term for part in parts for term in part["properties"].items()]
    assert {name for name, piece in terms if "Rp 5 juta" in str(piece)} == describe.MONEY
    assert all("Rp 5 juta" in str(piece) for name, piece in terms if name in describe.MONEY)


def test_check_names_every_mistake_of_every_file(berdaya, tmp_path):
    (tmp_path / "one.yaml").write_text("months: 61\nseat: 3\n")
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
    assert rows["programmes.training.modules"]["allowed"] == "a whole number from 1 to 12"
    assert rows["parameters.take_up"]["allowed"] == "a number from 0.5 to 0.9"
    assert "programmes.training.modules" in berdaya("scenario", "schema", "--format", "table")[1]


# Results


def test_a_comparison_in_three_forms(berdaya, tmp_path):
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
            "provenance.json",
            "comparison.png",
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
    assert [line.split()[:3] for line in lines if "training-only" in line][-3][1:] == [
        "Rp",
        "3.750.000",
    ]
    assert all(Path(line).is_file() for line in lines[-6:])


def test_the_same_seed_gives_the_same_bytes(berdaya):
    first = berdaya(*COMPARE, "--format", "json", "--out", "one")
    again = berdaya(*COMPARE, "--format", "json", "--out", "two", "--threads", "2")
    other = berdaya(*COMPARE, "--format", "json", "--seed", "2")
    assert first[1] == again[1]
    assert first[1] != other[1]
    assert Path("one/comparison.csv").read_bytes() == Path("two/comparison.csv").read_bytes()


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
    assert document["cells"][-1]["p0_bps"] is None
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
    ],
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_mistakes(berdaya, monkeypatch, tmp_path, arguments, message, form):
    def work(*_):
        raise AssertionError("the work began")

    for name in ("run", "compare", "population_cells"):
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
    changes = ["--months", "99", "--set", "seats=3"]
    _, _, messages = berdaya("compare", "training-only", "sedaya-package", *changes)
    assert [line.split(": ")[0] for line in messages.splitlines()] == [
        "--months 99",
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


# Stopping


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_it_in_one_line(berdaya, monkeypatch, tmp_path, number, code):
    def compare(*_):
        signal.raise_signal(number)
        time.sleep(10)

    monkeypatch.setattr(comparing, "compare", compare)
    before = signal.getsignal(number)
    left, said, messages = berdaya("compare", "baseline")
    assert (left, said, len(messages.splitlines())) == (code, "", 1)
    assert signal.getsignal(number) is before
    assert list(tmp_path.iterdir()) == []


def test_an_ignored_signal_stays_ignored(berdaya, monkeypatch):
    def compare(*_):
        signal.raise_signal(signal.SIGINT)
        raise TooFewPeople("went on")

    monkeypatch.setattr(comparing, "compare", compare)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert berdaya("compare", "baseline")[2] == "went on\n"
    finally:
        signal.signal(signal.SIGINT, before)


def test_it_works_outside_the_main_thread(berdaya):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(berdaya("scenario", "list")[0]))
    thread.start()
    thread.join()
    assert codes == [0]


def is_whole(path):
    if path.suffix == ".parquet":
        return len(pd.read_parquet(path)) > 0
    if path.suffix == ".csv":
        return path.read_text().endswith("\n") and len(pd.read_csv(path)) > 0
    if path.suffix == ".json":
        return bool(json.loads(path.read_text()))
    return path.suffix == ".png" and path.read_bytes().endswith(b"IEND\xaeB`\x82")


def exists(path):
    return path.exists()


def is_filled(path):
    return exists(path) and any(path.iterdir())


@pytest.mark.parametrize(
    ("number", "moment", "later"),
    [
        (signal.SIGINT, exists, 0.0),
        (signal.SIGTERM, exists, 1.0),
        (signal.SIGINT, is_filled, 0.0),
        (signal.SIGKILL, exists, 1.5),
        (signal.SIGKILL, is_filled, 0.0),
        (signal.SIGKILL, is_filled, 0.3),
    ],
)
def test_nothing_is_left_half_written(tmp_path, number, moment, later):
    folder = tmp_path / "out"
    process = start(call([*COMPARE, "--out", "out"]), tmp_path)
    while not moment(folder) and process.poll() is None:
        time.sleep(0.005)
    time.sleep(later)
    process.send_signal(number)
    _, messages = process.communicate(timeout=120)
    files = list(folder.iterdir()) if folder.exists() else []
    parts = [path for path in files if path.name.startswith(".") and path.suffix == ".part"]
    assert all(is_whole(path) for path in files if path not in parts)
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert (process.returncode, len(messages.splitlines())) == (128 + number, 1)
        assert parts == []
        assert folder.exists() == bool(files)


def test_nobody_reads_on(tmp_path):
    process = start(call(["scenario", "schema"]), tmp_path)
    process.stdout.close()
    messages = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert messages == ""


# Tables


def test_a_table_fits_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    rows = [["sedaya", *("1.234.567" for _ in range(5))], ["a heading"]]
    text = output.table(["", *"abcde"], rows)
    assert max(map(len, text.splitlines())) <= 30
    assert text.count("1.234.567") == 5
    assert text.count("sedaya") == text.count("a heading") == 3


def test_text_that_the_terminal_cannot_show(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    output.write("Rp 5 \u2013 \udcff\n")
    terminal.flush()
    assert terminal.buffer.getvalue() == b"Rp 5 \\u2013 \\udcff\n"


@pytest.mark.parametrize(
    ("unit", "value", "low", "high", "text"),
    [
        ("percent", 4.2381, 4.0, 4.4761, "4.24 [4.00; 4.48]"),
        ("points", -0.001, -0.002, 0.001, "0.00 [0.00; 0.00]"),
        ("percent", 4.2, float("nan"), float("nan"), "4.20"),
        ("rupiah", 1234567.8, 1e6, 2e6, "Rp 1.234.568 [1.000.000; 2.000.000]"),
        ("rupiah a month", -5000.0, -6000.0, -4000.0, "-Rp 5.000 [-6.000; -4.000]"),
        ("rupiah", 5e6, 5e6, 5e6, "Rp 5.000.000"),
        ("persons", 12345.6, 12000.2, 13000.9, "12 346 [12 000; 13 001]"),
        ("persons", 0.5, -1.25, 2.25, "0.50 [-1.25; 2.25]"),
        ("persons", float("nan"), float("nan"), float("nan"), "-"),
        ("percent a year", float("inf"), 1.0, 2.0, "-"),
    ],
)
def test_an_estimate(unit, value, low, high, text):
    assert tables.estimate({"unit": unit, "value": value, "low": low, "high": high}) == text
