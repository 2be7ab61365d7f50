import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import ValidationError

from calibration import synthesis
from scenarios.files import ScenarioError, names, read
from scenarios.grammar.describe import as_yaml, terms, vocabulary
from scenarios.runs.prepare import world_of
from scenarios.schema import BEYOND_HORIZON, Scenario, Shock, area_names, json_schema
from simulation.parameters import TABLE, values
from simulation.programmes.programme import Programme


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


# Reading


def test_a_file_of_ones_own_needs_only_what_differs(write):
    scenario = read(write("months: 12\nhouseholds: all\n"))
    assert scenario == Scenario(name="mine", title="mine", months=12, households="all")


@pytest.mark.parametrize("make", [str, Path])
def test_a_file_is_found_by_text_or_path(write, make):
    assert read(make(write("months: 12\n"))).months == 12


def test_a_byte_order_mark_is_no_mistake(write):
    assert read(write(b"\xef\xbb\xbfmonths: 12\n")).months == 12


def test_json_is_yaml(write):
    scenario = read("sedaya-package")
    values = json.loads(scenario.model_dump_json(exclude={"name"}, exclude_none=True))
    assert read(write(json.dumps(values), "sedaya-package.yaml")) == scenario


@pytest.mark.parametrize("written", ["kota jakarta barat", "KOTA JAKARTA BARAT"])
def test_an_area_is_found_in_any_case_and_written_as_published(write, written):
    assert read(write(f"area: {written}\n")).area == "Kota Jakarta Barat"


def test_no_two_areas_bear_one_name():
    folded = [name.casefold() for name in area_names()]
    assert len(set(folded)) == len(folded) == 1 + 34 + 514


def test_a_parameter_keeps_to_its_table(write):
    name, row = next(iter(TABLE.items()))
    for value in (row.low, row.high):
        assert read("baseline", [f"parameters.{name}={value}"]).parameters == {name: value}
    above = only_mistake(write(f"parameters:\n  {name}: {row.high + 1}\n"))
    assert (above.line, above.path) == (2, f"parameters.{name}")
    assert above.allowed == f"a number from {row.low:g} to {row.high:g} ({row.unit})"
    unknown = only_mistake(write(f"parameters:\n  {name}x: 1\n"))
    assert (unknown.line, unknown.nearest) == (2, name)


# Extending


def test_a_file_extends_a_library_scenario(write):
    scenario = read(write("extends: sedaya-package\nmonths: 24\n"))
    assert scenario.months == 24
    assert scenario.programmes == read("sedaya-package").programmes


def test_a_file_extends_a_file_of_its_own_folder(write, tmp_path):
    (tmp_path / "deep").mkdir()
    write("extends: deep/middle.yaml\nseed: 3\n")
    write("extends: ../root.yaml\nmonths: 24\nseed: 2\n", "deep/middle.yaml")
    write("months: 12\nreplicates: 7\nseed: 1\n", "root.yaml")
    scenario = read(tmp_path / "mine.yaml")
    assert (scenario.seed, scenario.months, scenario.replicates) == (3, 24, 7)


def test_parameters_are_merged(write):
    first, second = list(TABLE)[:2]
    low, high = TABLE[first].low, TABLE[first].high
    write(
        f"parameters:\n  {first}: {low}\n  {second}: {TABLE[second].default}\n",
        "root.yaml",
    )
    path = write(f"extends: ./root.yaml\nparameters:\n  {first}: {high}\n")
    assert read(path).parameters == {first: high, second: TABLE[second].default}


def test_a_programme_of_the_same_name_is_refined_and_another_is_added(write):
    path = write(
        "extends: sedaya-package\n"
        "programmes:\n"
        "  - name: more\n"
        "    target: {group: households}\n"
        "    starts: 0\n"
        "    seats: 10\n"
        "    cash: {amount: Rp 1 juta}\n"
        "  - name: sedaya\n"
        "    finance: {amount: Rp 10 juta}\n"
    )
    before = read("sedaya-package").programmes[0]
    sedaya, more = read(path).programmes
    assert sedaya.finance == before.finance.model_copy(update={"amount": 10_000_000})
    assert sedaya.training == before.training
    assert more.name == "more"


def test_null_takes_a_part_away(write):
    path = write(
        "extends: sedaya-package\n"
        "programmes:\n"
        "  - name: sedaya\n"
        "    scoring: null\n"
        "    finance: ~\n"
    )
    (sedaya,) = read(path).programmes
    assert (sedaya.scoring, sedaya.finance) == (None, None)
    assert sedaya.training is not None


def test_an_empty_list_takes_no_programme_away(write):
    mistake = only_mistake(write("extends: training-only\nprogrammes: []\n"))
    assert (mistake.line, mistake.path) == (2, "programmes")
    assert "takes no programme away" in mistake.problem


def test_nobody_inherits_title_and_summary(write):
    scenario = read(write("extends: sedaya-package\n"))
    assert (scenario.title, scenario.summary) == ("mine", "")


def test_a_value_that_is_replaced_need_not_be_right(write):
    write("months: many\n", "root.yaml")
    assert read(write("extends: ./root.yaml\nmonths: 12\n")).months == 12


def test_a_mistake_of_an_extended_file_is_told_with_its_place(write):
    root = write("seed: 1\nmonths: many\n", "root.yaml")
    mistake = only_mistake(write("extends: ./root.yaml\n"))
    assert (mistake.file, mistake.line, mistake.path) == (str(root), 2, "months")


@pytest.mark.parametrize(
    "files",
    [
        {"mine.yaml": "seed: 1\nextends: ./mine.yaml\n"},
        {"mine.yaml": "seed: 1\nextends: b.yaml\n", "b.yaml": "seed: 1\nextends: ./mine.yaml\n"},
    ],
)
def test_a_circle_of_extends_is_found(write, tmp_path, files):
    for name, content in files.items():
        write(content, name)
    mistake = only_mistake(tmp_path / "mine.yaml")
    assert (Path(mistake.file).name, mistake.line) == (list(files)[-1], 2)
    assert mistake.path == "extends"
    assert mistake.problem.endswith(" -> ".join([*files, "mine.yaml"]))


@pytest.mark.parametrize(
    ("extends", "nearest"),
    [("sedaya-pakage", "sedaya-package"), ("./rot.yaml", "root.yaml"), ("7", ""), ("[a]", "")],
)
def test_what_cannot_be_extended(write, extends, nearest):
    write("seed: 1\n", "root.yaml")
    mistake = only_mistake(write(f"seed: 1\nextends: {extends}\n"))
    assert (mistake.line, mistake.path, mistake.nearest) == (2, "extends", nearest)


def test_nothing_is_called_missing_while_a_file_is(write):
    path = write(
        "extends: ./gone.yaml\nprogrammes:\n  - name: sedaya\n    seats: many\n"
        "    finance: {instrument: micro equity, amount: 1000000, after: 0}\n"
    )
    assert [mistake.path for mistake in mistakes(path)] == ["extends", "programmes.sedaya.seats"]


# Changes from the command


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("months=24", "months", 24),
        ("households=all", "households", "all"),
        ("area=kota jakarta barat", "area", "Kota Jakarta Barat"),
        ("start=2023-03", "start", "2023-03"),
        ("title=Without: quotes", None, None),
        ("programmes.sedaya.seats=200", "programmes.0.seats", 200),
        ("programmes.sedaya.finance.amount=Rp 2,5 juta", "programmes.0.finance.amount", 2_500_000),
        ("programmes.sedaya.target.women_only=true", "programmes.0.target.women_only", True),
        ("programmes.sedaya.mentoring=null", "programmes.0.mentoring", None),
        ("programmes.sedaya={seats: 5}", "programmes.0.seats", 5),
        ("programmes.sedaya.target={standing_below: 2}", "programmes.0.target.standing_below", 2),
    ],
)
def test_a_change_from_the_command(override, path, value):
    if path is None:
        assert only_mistake("sedaya-package", [override]).path == "title"
        return
    found = read("sedaya-package", [override])
    for step in path.split("."):
        found = found[int(step)] if step.isdecimal() else getattr(found, step)
    assert found == value


def test_the_last_of_two_changes_holds_and_the_title_stays():
    scenario = read("sedaya-package", ["months=24", "months=30"])
    assert (scenario.name, scenario.title, scenario.months) == (
        "sedaya-package",
        "Sedaya package",
        30,
    )


def test_a_change_adds_a_part():
    (cash,) = read("cash-transfer", ["programmes.cash.training={modules: 2, cost: 0}"]).programmes
    assert cash.training.modules == 2


@pytest.mark.parametrize(
    ("override", "path", "nearest"),
    [
        ("months", "", ""),
        ("=3", "", ""),
        ("a..b=3", "", ""),
        (".".join("a" * 5000) + "=3", "", ""),
        ("months=", "months", ""),
        ("months=[1", "months", ""),
        ("months=many", "months", ""),
        ("mont=3", "mont", "months"),
        ("months.x=3", "months", ""),
        ("name=x", "name", ""),
        ("extends=baseline", "extends", ""),
        ("programmes=[]", "programmes", ""),
        ("programmes.sedaya=3", "programmes.sedaya", ""),
        ("programmes.sedaya.name=x", "programmes.sedaya.name", ""),
        ("programmes.sedya.seats=3", "programmes.sedya.seats", "sedaya"),
        ("programmes.sedaya.seat=3", "programmes.sedaya.seat", "seats"),
        ("programmes.sedaya.seats=-1", "programmes.sedaya.seats", ""),
        ("programmes.sedaya.cash={}", "programmes.sedaya.cash.amount", ""),
        ("programmes.sedaya.finance.cap=0", "programmes.sedaya.finance", ""),
        ("programmes.sedaya.follows=sedaya", "programmes.sedaya", ""),
        ("programmes.sedaya.follows=sedya", "programmes.sedaya.follows", ""),
        ("programmes.sedaya.organiser=NGOs", "programmes.sedaya.organiser", "NGO"),
        ("programmes.sedaya.target.places=[Kota Bandung]", "programmes.sedaya.target.places.0", ""),
        ("parameters.atendance=0.7", "parameters.atendance", "attendance"),
    ],
)
def test_a_wrong_change_is_told_with_its_option(override, path, nearest):
    mistake = only_mistake("sedaya-package", [override])
    assert mistake.file == f"--set {override}"
    assert (mistake.line, mistake.path, mistake.nearest) == (None, path, nearest)


def test_a_change_that_is_no_text():
    for override in ("\udcff=3", "parameters.\udcff=3", "title=\udcff", "a\nb=3", "\0=\0"):
        for mistake in mistakes("baseline", [override]):
            str(mistake).encode()
            assert str(mistake).isprintable()


# The horizon


@pytest.mark.parametrize(("months", "forecast"), [(1, True), (60, True), (61, False), (276, False)])
def test_a_run_beyond_sixty_months_is_no_forecast(months, forecast):
    assert Scenario(name="mine", months=months).is_forecast is forecast
    assert BEYOND_HORIZON == "no demography, not a forecast"


def test_the_longest_run_reaches_all_of_2045():
    with pytest.raises(ValidationError, match="months"):
        Scenario(name="mine", months=277)
    assert not read("long-run-2045").is_forecast
    assert "forecast" in read("long-run-2045").summary


# Shocks


def test_a_shock_says_only_what_differs():
    shock = Shock(name="drought", starts=6, months=3, income=0.9)
    assert (shock.demand, shock.work, shock.price) == (1, 1, 1)


def test_shocks_are_merged_by_their_names(write):
    path = write(
        "extends: covid-shock\nshocks:\n  - name: pandemic\n    work: 0.7\n"
        "  - {name: rice, starts: 40, months: 6, price: 1.05}\n"
    )
    pandemic, recovery, rice = read(path).shocks
    before = read("covid-shock").shocks
    assert pandemic == before[0].model_copy(update={"work": 0.7})
    assert (recovery, rice.price) == (before[1], 1.05)


def test_the_world_of_a_scenario_has_its_shocks():
    people = synthesis.people("Bali", 500, 1)[0]
    setting = SimpleNamespace(population=people, parameters=values())
    scenario = Scenario(
        name="mine",
        area="Bali",
        months=12,
        shocks=[Shock(name="a", starts=2, months=3, demand=0.8, work=0.5, income=0.9, price=1.1)],
    )
    world = world_of(scenario, setting)
    calm = world_of(scenario.model_copy(update={"shocks": []}), setting)
    during = np.isin(np.arange(12), [2, 3, 4])
    assert world.work == pytest.approx(np.where(during, 0.5, 1.0))
    assert world.income == pytest.approx(np.where(during, 0.9, 1.0))
    assert world.season / calm.season == pytest.approx(np.where(during, 0.8, 1.0))
    lines = (world.lines / calm.lines)[1:, 0, 0]
    assert lines == pytest.approx(np.where(during, 1.1, 1.0))


def test_an_empty_list_takes_the_shocks_away(write):
    assert read(write("extends: covid-shock\nshocks: []\n")).shocks == []
    assert read("covid-shock", ["shocks=[]"]).shocks == []


def test_a_list_of_words_is_replaced_not_added_to():
    for written, found in (("[licence]", ["licence"]), ("[]", [])):
        change = f"programmes.kur.finance.requires={written}"
        assert read("kur-super-mikro", [change]).programmes[0].finance.requires == found


# Told again


@pytest.mark.parametrize("name", names())
def test_what_is_shown_reads_as_the_same(write, name):
    scenario = read(name)
    assert read(write(as_yaml(scenario), f"{name}.yaml")) == scenario


def test_a_part_that_a_preset_would_give_is_shown_as_taken_away(write):
    path = write(
        "extends: incubation-aftercare\n"
        "programmes:\n  - name: incubator\n    mentoring: null\n    staff: null\n"
    )
    scenario = read(path)
    (incubator,) = scenario.programmes
    assert (incubator.mentoring, incubator.staff) == (None, None)
    shown = as_yaml(scenario)
    assert "    mentoring: null\n" in shown
    assert "    staff: null\n" in shown
    assert "finance" not in shown
    assert read(write(shown)) == scenario


def test_every_amount_is_shown_as_money_and_nothing_else_is():
    shown = as_yaml(read("public-private")) + as_yaml(read("women-first"))
    money = {line.split(":")[0].strip() for line in shown.splitlines() if ": Rp " in line}
    assert money == {
        "amount",
        "childcare",
        "cost",
        "fee",
        "floor",
        "fund",
        "outcome",
        "overhead",
        "reward",
        "wage",
    }


def test_terms_are_told_as_options_set_them():
    told = dict(terms(read("covid-shock")))
    assert told["programmes.sedaya.finance.amount"] == 5_000_000
    assert told["programmes.sedaya.target.places"] == []
    assert read("sedaya-package", [f"shocks={told['shocks']}"]).shocks == read("covid-shock").shocks


def test_the_vocabulary_has_every_term_once_and_says_what_may_stand_there():
    rows = {row["path"]: row for row in vocabulary()}
    assert len(rows) == len(vocabulary())
    assert rows["programmes.finance.requires"]["allowed"] == (
        "a list of: documents, account, licence, books"
    )
    assert rows["programmes.organiser"]["allowed"].startswith("national government, local")
    assert rows["programmes.budget"]["allowed"].startswith("an amount such as Rp 5 juta")
    assert rows["shocks.price"]["allowed"] == "a number from 0.7 to 1.5"
    for group in (Scenario, Shock, Programme):
        assert all(field.description for field in group.model_fields.values())


# The schema


def test_a_scenario_made_in_code_is_checked_too():
    with pytest.raises(ValidationError, match="there is no area"):
        Scenario(name="mine", area="Atlantis")
    with pytest.raises(ValidationError, match="frozen"):
        Scenario(name="mine").months = 3
    twice = read("training-only").programmes * 2
    with pytest.raises(ValidationError, match="a second programme of the name training"):
        Scenario(name="mine", programmes=twice)


def test_the_schema_names_everything_that_a_file_may_say():
    schema = json_schema()
    assert set(schema["properties"]) == {*Scenario.model_fields, "extends"} - {"name"}
    assert "Kota Jakarta Barat" in schema["properties"]["area"]["enum"]
    assert set(schema["properties"]["parameters"]["properties"]) == set(TABLE)
    assert "required" not in schema
    for part in ("Programme", "Shock"):
        assert schema["$defs"][part]["required"] == ["name"]
    assert json.loads(json.dumps(schema)) == schema


def test_every_field_is_described():
    schema = json_schema()
    for part in (schema, *schema["$defs"].values()):
        assert all(
            "description" in field or "$ref" in field for field in part["properties"].values()
        )
