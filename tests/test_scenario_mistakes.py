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
        ("months: 277\n", 1, "months", "277 is too large", ""),
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
        ("modules: 3", "modules: 25", 8, "training.modules", "25 is too large", ""),
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
        ("starts: 3", "archetype: incubater", 5, "archetype", "is not one of", "incubation"),
        ("starts: 3", "organiser: [NGO]", 5, "organiser", "is not one of the choices", ""),
        ("starts: 3", "lists: shared databse", 5, "lists", "is not one of", "shared database"),
        ("starts: 3", "staff: 0", 5, "staff", "0 is too small", ""),
        ("starts: 3", "budget: 1.000", 5, "budget", "1.000 reads as 1 rupiah", "Rp 1.000"),
        ("starts: 3", "practices: {rewards: joining}", 5, "practices", "go together", ""),
        ("starts: 3", "practices: {partners: 4}", 5, "practices.partners", "4 is too large", ""),
        (
            "starts: 3",
            "women: {childcare: 25.000}",
            5,
            "women.childcare",
            "reads as 25",
            "Rp 25.000",
        ),
        ("target:\n", "target: {}\n    x:\n", 3, "target.group", "is missing", ""),
    ],
)
def test_a_bad_programme(write, old, new, line, path, problem, nearest):
    assert old in PROGRAMME
    found = mistakes(write(PROGRAMME.replace(old, new, 1)))
    (mistake,) = [each for each in found if each.path == f"programmes.classes.{path}"]
    assert problem in mistake.problem
    assert (mistake.line, mistake.nearest) == (line, nearest)


FINANCE = """\
    finance:
      instrument: microcredit
      amount: Rp 5 juta
      requires: [documents]
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "problem", "nearest"),
    [
        ("[documents]", "[papers]", 13, "finance.requires.0", "is not one of the choices", ""),
        (
            "[documents]",
            "[account, licences]",
            13,
            "finance.requires.1",
            "is not one of",
            "licence",
        ),
        ("[documents]", "documents", 13, "finance.requires", "is not a list", ""),
        ("microcredit", "micro credit", 11, "finance.instrument", "is not one of", "microcredit"),
        ("      instrument: microcredit\n", "", 10, "finance.instrument", "is missing", ""),
        (
            "Rp 5 juta",
            "Rp 5 juta\n      fund: 5.000",
            13,
            "finance.fund",
            "5.000 reads",
            "Rp 5.000",
        ),
        ("Rp 5 juta", "Rp 5 juta\n      cap: 9", 13, "finance.cap", "9 is too large", ""),
        ("Rp 5 juta", "Rp 5 juta\n      term: 0", 10, "finance", "needs a term above 0", ""),
        ("[documents]", "[documents]\n    scoring: 3", 14, "scoring", "is not a group of", ""),
    ],
)
def test_bad_finance(write, old, new, line, path, problem, nearest):
    content = PROGRAMME + FINANCE
    assert old in content
    found = mistakes(write(content.replace(old, new, 1)))
    (mistake,) = [each for each in found if each.path == f"programmes.classes.{path}"]
    assert problem in mistake.problem
    assert (mistake.line, mistake.nearest) == (line, nearest)
    if path.startswith("finance.requires"):
        assert mistake.allowed.endswith("documents, account, licence, books")


# What values say together


FOLLOWER = """\
  - name: credit
    target: {group: enterprise owners}
    follows: classes
    starts: 6
    seats: 10
    finance: {instrument: microcredit, amount: Rp 5 juta}
"""


def test_a_programme_follows_another_of_its_scenario(write):
    _, credit = read(write(PROGRAMME + FOLLOWER)).programmes
    assert credit.follows == "classes"
    mistake = only_mistake(write(PROGRAMME + FOLLOWER.replace("follows: c", "follows: g")))
    assert (mistake.line, mistake.path) == (12, "programmes.credit.follows")
    assert mistake.problem == "there is no programme 'glasses' to follow"
    assert (mistake.allowed, mistake.nearest) == ("classes", "classes")


def test_a_programme_that_comes_later_in_the_file_can_be_followed(write):
    content = "programmes:\n" + FOLLOWER + PROGRAMME.partition("\n")[2]
    assert [each.name for each in read(write(content)).programmes] == ["credit", "classes"]


@pytest.mark.parametrize(
    ("starts", "intakes", "comes"), [(5, 1, False), (6, 1, True), (3, 1, False), (3, 2, True)]
)
def test_a_follower_must_come_after_someone_has_completed(write, starts, intakes, comes):
    """Three modules from month 3 end in month 5."""
    later = f"starts: {starts}\n    intakes: {intakes}"
    path = write(PROGRAMME + FOLLOWER.replace("starts: 6", later))
    if comes:
        assert read(path).programmes[1].intakes == intakes
        return
    mistake = only_mistake(path)
    assert (mistake.line, mistake.path) == (12, "programmes.credit.follows")
    assert f"in month {starts}, comes before anyone has completed classes" in mistake.problem


def circle(*names):
    """Return programmes of which each follows the one before, and the first the last."""
    before = {name: names[place - 1] for place, name in enumerate(names)}
    return "programmes:\n" + "".join(
        FOLLOWER.replace("name: credit", f"name: {name}").replace("classes", before[name])
        for name in names
    ).replace("starts: 6", "starts: 6\n    intakes: 9")


def test_programmes_that_follow_each_other_round(write):
    mistake = only_mistake(write(circle("a", "b", "c")))
    assert (mistake.line, mistake.path) == (4, "programmes.a.follows")
    assert mistake.problem == "goes round in a circle: a -> c -> b -> a"
    after = FOLLOWER.replace("name: credit", "name: d").replace("classes", "a").replace("6", "9")
    assert [each.path for each in mistakes(write(circle("a", "b") + after))] == [
        "programmes.a.follows"
    ]
    assert "cannot follow itself" in mistakes(write(circle("a")))[0].problem


@pytest.mark.parametrize(
    ("area", "place", "problem", "nearest"),
    [
        ("Indonesia", "Kota Bandung", "", ""),
        ("Indonesia", "Jawa Barat", "", ""),
        ("Jawa Barat", "Kota Bandung", "", ""),
        ("Kota Bandung", "Kota Bandung", "", ""),
        ("Indonesia", "Bandung", "there is no place 'Bandung'", "Kota Bandung"),
        ("Indonesia", "kota bandung", "there is no place 'kota bandung'", "Kota Bandung"),
        ("Indonesia", "Indonesia", "there is no place 'Indonesia'", ""),
        ("DKI Jakarta", "Jakarta Timur", "there is no place", "Kota Jakarta Timur"),
        ("DKI Jakarta", "Kota Bandung", "Kota Bandung lies outside the scenario's area", ""),
        ("Kota Bandung", "Jawa Barat", "Jawa Barat lies outside the scenario's area", ""),
        ("Kota Bandung", "Kota Bekasi", "Kota Bekasi lies outside the scenario's area", ""),
    ],
)
def test_places_are_known_and_lie_inside_the_area(write, area, place, problem, nearest):
    target = f"group: enterprise owners\n      places: [{area}, {place}]"
    content = PROGRAMME.replace("group: enterprise owners", target)
    if area == "Indonesia":
        content = content.replace("[Indonesia, ", "[Aceh, ")
    path = write(f"area: {area}\n{content}")
    if not problem:
        assert read(path).programmes[0].target.places[1] == place
        return
    mistake = only_mistake(path)
    assert (mistake.line, mistake.path) == (6, "programmes.classes.target.places.1")
    assert mistake.problem.startswith(problem)
    if nearest:
        assert mistake.nearest == nearest
    assert mistake.allowed


def test_an_area_that_is_wrong_is_told_before_its_places(write):
    target = "group: enterprise owners\n      places: [Nowhere]"
    content = PROGRAMME.replace("group: enterprise owners", target)
    assert [each.path for each in mistakes(write(f"area: Atlantis\n{content}"))] == ["area"]


def test_a_budget_pays_for_one_seat_at_least(write):
    """Rp 3,5 juta of training; aftercare at what the parameter says."""
    path = write(PROGRAMME + "    budget: Rp 3,4 juta\n")
    mistake = only_mistake(path)
    assert (mistake.line, mistake.path) == (10, "programmes.classes.budget")
    assert (mistake.problem, mistake.allowed) == (
        "does not pay for one seat",
        "Rp 3.500.000 at least",
    )
    assert read(write(PROGRAMME + "    budget: Rp 3,5 juta\n")).programmes[0].budget == 3.5e6
    cared = PROGRAMME + "    budget: Rp 3,5 juta\n    practices: {aftercare: 2}\n"
    assert only_mistake(write(cared)).allowed == "Rp 3.550.000 at least"
    dear = "parameters: {aftercare_cost: 100000}\n" + cared
    assert only_mistake(write(dear)).allowed == "Rp 3.700.000 at least"


SHOCK = """\
shocks:
  - name: flood
    starts: 6
    months: 3
    demand: 0.8
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "problem", "nearest"),
    [
        ("starts: 6", "starts: 36", 3, "starts", "the shock, in month 36, never comes", ""),
        ("starts: 6", "starts: -1", 3, "starts", "-1 is too small", ""),
        ("    starts: 6\n", "", 2, "starts", "is missing", ""),
        ("months: 3", "months: 0", 4, "months", "0 is too small", ""),
        ("    months: 3\n", "", 2, "months", "is missing", ""),
        ("demand: 0.8", "demand: 0.2", 5, "demand", "0.2 is too small", ""),
        ("demand: 0.8", "demand: 1.6", 5, "demand", "1.6 is too large", ""),
        ("demand: 0.8", "demend: 0.8", 5, "demend", "is not a name that may stand", "demand"),
        ("demand: 0.8", "price: 0.5", 5, "price", "0.5 is too small", ""),
        ("demand: 0.8", "income: low", 5, "income", "'low' is not a number", ""),
    ],
)
def test_a_bad_shock(write, old, new, line, path, problem, nearest):
    assert read(write(SHOCK)).shocks[0].demand == 0.8
    found = mistakes(write(SHOCK.replace(old, new, 1)))
    (mistake,) = [each for each in found if each.path == f"shocks.flood.{path}"]
    assert problem in mistake.problem
    assert (mistake.line, mistake.nearest) == (line, nearest)


@pytest.mark.parametrize("factors", ["", "    demand: 1\n", "    work: 1.0\n    price: 1\n"])
def test_a_shock_that_changes_nothing(write, factors):
    mistake = only_mistake(write(SHOCK.replace("    demand: 0.8\n", factors)))
    assert (mistake.line, mistake.path) == (2, "shocks.flood")
    assert "changes nothing: give demand, work, income, price another value" in mistake.problem


def test_two_shocks_of_one_name(write):
    mistake = only_mistake(write(SHOCK + SHOCK.partition("\n")[2]))
    assert (mistake.line, mistake.path) == (6, "shocks.flood.name")
    assert mistake.problem == "a second shock of the name flood"


# All at once


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
        "--set months=0: months: 0 is too small; allowed: a whole number from 1 to 276\n"
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
