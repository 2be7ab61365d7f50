import os
import pickle
from pathlib import Path

import pytest

from scenarios.files import Mistake, ScenarioError, read

PROGRAMME = """\
programmes:
  - name: classes
    target:
      group: enterprise owners
    starts: 3
    seats: 100
    training:
      modules: 3
      cost: Rp 3,5 juta
"""


@pytest.fixture
def write(tmp_path):
    """Write a scenario file and return its path."""

    def write(content, name="mine.yaml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def mistakes(path, overrides=()):
    with pytest.raises(ScenarioError) as caught:
        read(path, overrides)
    return caught.value.mistakes


def only_mistake(path, overrides=()):
    found = mistakes(path, overrides)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("content", "line", "path", "problem", "nearest"),
    [
        ("", 1, "", "is empty", ""),
        ("# nothing\n", None, "", "is empty", ""),
        ("- a\n- b\n", 1, "", "does not hold names and values", ""),
        ("just text\n", 1, "", "does not hold names and values", ""),
        ("months: 12\nmonth: 12\n", 2, "month", "is not a name that may stand here", "months"),
        ("months: 12\n\nmonths: 13\n", 3, "months", "is written twice, first on line 1", ""),
        ("months: 12\nname: x\n", 2, "name", "that of its file", ""),
        ("area: DKI Jakrta\n", 1, "area", "there is no area 'DKI Jakrta'", "DKI Jakarta"),
        ("area: jakarta barat\n", 1, "area", "there is no area", "Kota Jakarta Barat"),
        ("start: 2026-01\n", 1, "start", "there are no people of", ""),
        ("start: 2015-02\n", 1, "start", "there are no people of", ""),
        ("start: 2023-13\n", 1, "start", "is not a month", ""),
        ("start: 2023-3\n", 1, "start", "is not a month", ""),
        ("start: 2023\n", 1, "start", "is not text", ""),
        ("macro: publishd\n", 1, "macro", "is not one of the choices", "published"),
        ("households: al\n", 1, "households", "'al' is not a whole number", "all"),
        ("households: 10\n", 1, "households", "10 is too small", ""),
        ("months: 61\n", 1, "months", "61 is too large", ""),
        ("months: 12.5\n", 1, "months", "12.5 is not a whole number", ""),
        ("months: true\n", 1, "months", "True is not a whole number", ""),
        ("months: 'many'\n", 1, "months", "'many' is not a whole number", ""),
        ("months: .inf\n", 1, "months", "inf is not a whole number", ""),
        ("months: 0x10\n", 1, "months", "'0x10' is not a whole number", ""),
        ("seed: -1\n", 1, "seed", "-1 is too small", ""),
        (f"seed: {10**30}\n", 1, "seed", "is too large", ""),
        (f"seed: {'9' * 5000}\n", 1, "seed", "inf is not a whole number", ""),
        ("parameters:\n  attendance: .nan\n", 2, "parameters.attendance", "not a finite", ""),
        ("parameters:\n  attendance: yes\n", 2, "parameters.attendance", "not a number", ""),
        ("parameters: 3\n", 1, "parameters", "is not a group of names and values", ""),
        ("programmes:\n  training: 3\n", 1, "programmes", "is not a list", ""),
        ("programmes:\n  - 3\n", 2, "programmes.0", "is not a group of names and values", ""),
        ("seed: 1\nmonths:\n", 2, "months", "has nothing written after it", ""),
        ("title: null\n", 1, "title", "is not text", ""),
        (f"title: {'a' * 121}\n", 1, "title", "is too long", ""),
        ("seed: &a 1\nmonths: *a\n", 2, "months", "refers to another place, *a", ""),
        ("seed: &a [*a]\n", 1, "seed.0", "refers to another place, *a", ""),
        ("<<: *a\n", 1, "<<", "refers to another place, *a", ""),
        ("months: !!python/object:os.system 3\n", 1, "months", "has a tag", ""),
        ('title: "\\ud800"\n', 1, "title", "holds half a character", ""),
        ('title: "\\UFFFFFFFF"\n', None, "", "is not YAML", ""),
        ("%YAML 9.9\n---\nseed: 1\n", None, "", "is not YAML", ""),
        ("? [a]\n: 1\nseed: 2\n", 1, "", "has a name that is not plain text", ""),
        ("seed: 1\n: 3\n", 2, "", "has no name before the colon", ""),
        ("seed: 1\n---\nseed: 2\n", 2, "", "a second document begins", ""),
        ("seed: 1\n\tmonths: 3\n", 2, "", "is not YAML: found character '\\t'", ""),
        ("seed: 1\nmonths: [1, 2\n", 3, "", "is not YAML", ""),
        ("seed: 1\ntitle: a: b\n", 2, "", "is not YAML", ""),
        ("seed: 1\nmonths: \x00\n", 2, "", "holds a character that text does not have", ""),
        ("a:\n" + "".join(f"{' ' * depth}b:\n" for depth in range(1, 100)), 20, "", "deep", ""),
        ("[" * 5000, 1, "", "is nested more than 20 deep", ""),
        (b"seed: 1\nmonths: \xff\n", 2, "", "is not text in UTF-8", ""),
        ("seed: 1\n".encode("utf-16"), 1, "", "is not text in UTF-8", ""),
        (bytes(range(128, 256)), 1, "", "is not text in UTF-8", ""),
        ("#" * 100_001, None, "", "is longer than", ""),
    ],
)
def test_a_bad_file(write, content, line, path, problem, nearest):
    file = write(content)
    mistake = mistakes(file)[0]
    assert mistake.file == str(file)
    assert problem in mistake.problem
    assert (mistake.path, mistake.nearest) == (path, nearest)
    if line is not None:
        assert mistake.line == line


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "problem", "nearest"),
    [
        ("seats: 100", "seat: 100", 6, "seat", "is not a name that may stand here", "seats"),
        ("seats: 100", "seats: many", 6, "seats", "'many' is not a whole number", ""),
        ("    starts: 3\n", "", 2, "starts", "is missing", ""),
        ("      modules: 3\n", "", 7, "training.modules", "is missing", ""),
        (
            "enterprise owners",
            "enterprise owner",
            4,
            "target.group",
            "is not one of",
            "enterprise owners",
        ),
        ("modules: 3", "modules: 13", 8, "training.modules", "13 is too large", ""),
        ("Rp 3,5 juta", "3,5 juta", 9, "training.cost", "has no Rp before the amount", ""),
        ("Rp 3,5 juta", "Rp 3.5 juta", 9, "training.cost", "is not an amount in rupiah", ""),
        ("Rp 3,5 juta", "{a: 1}", 9, "training.cost", "is not an amount of money", ""),
        ("Rp 3,5 juta", "-1", 9, "training.cost", "-1 is below zero", ""),
        ("Rp 3,5 juta", ".nan", 9, "training.cost", "nan is not a number", ""),
        ("Rp 3,5 juta", "no", 9, "training.cost", "is not an amount in rupiah", ""),
        ("Rp 3,5 juta", "false", 9, "training.cost", "is not an amount of money", ""),
        ("Rp 3,5 juta", "500.000", 9, "training.cost", "500.000 reads as 500", "Rp 500.000"),
        ("Rp 3,5 juta", "3.5", 9, "training.cost", "3.5 rupiah is less than any coin", ""),
        ("starts: 3", "starts: 36", 5, "starts", "the first intake, in month 36, never comes", ""),
        ("training:\n", "trainig:\n", 7, "trainig", "is not a name", "training"),
        ("target:\n", "target: {}\n    x:\n", 3, "target.group", "is missing", ""),
    ],
)
def test_a_bad_programme(write, old, new, line, path, problem, nearest):
    assert old in PROGRAMME
    found = mistakes(write(PROGRAMME.replace(old, new, 1)))
    (mistake,) = [each for each in found if each.path == f"programmes.classes.{path}"]
    assert problem in mistake.problem
    assert (mistake.line, mistake.nearest) == (line, nearest)


def test_a_programme_without_a_name_or_a_part(write):
    path = write(PROGRAMME.replace("name: classes", "intakes: 2"))
    assert only_mistake(path).path == "programmes.0.name"
    mistake = only_mistake(write(PROGRAMME[: PROGRAMME.index("    training")]))
    assert (mistake.line, mistake.path) == (2, "programmes.classes")
    assert "needs at least one part" in mistake.problem


def test_two_programmes_of_one_name(write):
    mistake = only_mistake(write(PROGRAMME + PROGRAMME.partition("\n")[2]))
    assert (mistake.line, mistake.path) == (10, "programmes.classes.name")
    write(PROGRAMME, "root.yaml")
    path = write("extends: ./root.yaml\n" + PROGRAMME + PROGRAMME.partition("\n")[2])
    assert (only_mistake(path).file, only_mistake(path).line) == (str(path), 11)


def test_a_thousand_has_a_point_in_rupiah_only(write):
    path = write(PROGRAMME.replace("starts: 3", "starts: 3\n    overhead: 25000.000"))
    assert read(path).programmes[0].overhead == 25_000
    assert read("sedaya-package", ["programmes.sedaya.target.standing_below=1.125"])


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(write):
    content = PROGRAMME.replace("seats", "seat").replace("modules: 3", "modules: 99")
    found = mistakes(write(f"month: 3\nseed: x\nseed: 1\narea: Atlantis\n{content}"))
    assert [(mistake.line, mistake.path) for mistake in found] == [
        (1, "month"),
        (3, "seed"),
        (4, "area"),
        (6, "programmes.classes.seats"),
        (10, "programmes.classes.seat"),
        (12, "programmes.classes.training.modules"),
    ]


def test_a_mistake_reads_as_one_line(write):
    path = write("seed: 1\nmacro: frozn\n")
    with pytest.raises(ScenarioError) as caught:
        read(path, ["months=0"])
    assert str(caught.value) == (
        "--set months=0: months: 0 is too small; allowed: a whole number from 1 to 60\n"
        f"{path}:2: macro: 'frozn' is not one of the choices; allowed: published, frozen; "
        "did you mean frozen?"
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "round.yaml").symlink_to("round.yaml")
    for path in ("none.yaml", "round.yaml", "pipe", "", "a\0b.yaml", "n" * 300, "mine.yaml/x"):
        mistake = only_mistake(tmp_path / path)
        assert isinstance(mistake, Mistake)
        assert mistake.line is None
    assert "is a folder" in only_mistake(str(tmp_path)).problem
    assert "is a folder" in only_mistake("").problem


def test_a_missing_file_is_named_with_the_nearest(write, tmp_path):
    write("seed: 1\n", "jakarta.yaml")
    mistake = only_mistake(tmp_path / "jakarata.yaml")
    assert mistake.nearest == "jakarta.yaml"
    assert only_mistake("baselin").nearest == "baseline"


def test_a_file_that_may_not_be_read(write, monkeypatch):
    path = write("seed: 1\n")

    def refuse(self):
        raise PermissionError

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "may not be read" in only_mistake(path).problem
