import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import ValidationError

from calibration import figures, synthesis
from scenarios.describe import as_yaml, terms, vocabulary
from scenarios.files import LIBRARY, ScenarioError, names, read
from scenarios.prepare import world_of
from scenarios.schema import BEYOND_HORIZON, HORIZON, Scenario, Shock, area_names, json_schema
from simulation.parameters import TABLE, values
from simulation.programmes.programme import Programme
from simulation.programmes.terms import Finance
from simulation.rupiah import parse_rupiah
from tests.test_presets import has_source, stated, wrong_sources


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


def test_the_library_asks_these_questions():
    assert names() == [
        "baseline",
        "bpum-grant",
        "cash-transfer",
        "covid-shock",
        "documents-first",
        "e-commerce",
        "e-commerce-agency",
        "incubation-aftercare",
        "jakpreneur",
        "kpi-completion",
        "kur-super-mikro",
        "long-run-2045",
        "mass-webinars",
        "mekaar-group",
        "need-based",
        "own-lists",
        "pena-grant",
        "public-private",
        "rehabilitation",
        "scale-jakarta",
        "scale-nation",
        "scale-ten-cities",
        "sedaya-package",
        "sedaya-pilot",
        "shared-database",
        "social-commerce",
        "training-mentoring",
        "training-only",
        "women-first",
    ]


@pytest.mark.parametrize("name", names())
def test_a_library_scenario_is_about_five_years_of_jakarta_unless_it_says_so(name):
    scenario = read(name)
    area = "Indonesia" if name in ("scale-nation", "scale-ten-cities") else "DKI Jakarta"
    months = 273 if name == "long-run-2045" else HORIZON
    assert (scenario.name, scenario.area, scenario.start) == (name, area, "2023-03")
    assert scenario.months == months  # until the last contract has run its term
    assert (scenario.seed, scenario.macro, scenario.parameters) == (1, "published", {})


@pytest.mark.parametrize("name", names())
def test_a_library_scenario_has_a_short_title_and_two_sentences(name):
    scenario = read(name)
    assert 5 <= len(scenario.title) <= 30
    assert re.findall(r"[.?](?= |$)", scenario.summary)[1:] != []
    assert len(re.findall(r"[.?](?= |$)", scenario.summary)) == 2


@pytest.mark.parametrize("name", names())
def test_a_library_scenario_stands_in_the_documentation(name):
    page = (LIBRARY.parent.parent / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page


def test_no_two_scenarios_have_one_title_or_do_the_same():
    scenarios = [read(name) for name in names()]
    assert len({scenario.title for scenario in scenarios}) == len(scenarios)
    own = {"name", "title", "summary"}
    assert len({scenario.model_dump_json(exclude=own) for scenario in scenarios}) == len(scenarios)


COMPARABLE = (
    "bpum-grant",
    "cash-transfer",
    "kur-super-mikro",
    "mekaar-group",
    "pena-grant",
    "social-commerce",
    "training-mentoring",
    "training-only",
    "women-first",
)


@pytest.mark.parametrize("name", COMPARABLE)
def test_instruments_are_compared_at_the_same_seats(name):
    (programme,) = read(name).programmes
    (package,) = read("sedaya-package").programmes
    for field in ("starts", "intakes", "every", "seats", "reach", "lists"):
        assert getattr(programme, field) == getattr(package, field)
    assert programme.target.standing_below == package.target.standing_below


@pytest.mark.parametrize("name", names())
def test_every_amount_of_the_library_has_a_source(name):
    """A row of the published figures, an id of the evidence, "Assumption", or another scenario."""
    lines = (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if not re.match(r" +[a-z_]+: +Rp ", line):
            continue
        comment = comment_at(lines, number)
        other = re.search(r"\bas in ([a-z0-9-]+)", comment)
        assert has_source(comment) or (other and other[1] in names()), line


@pytest.mark.parametrize("name", names())
def test_every_source_of_the_library_exists_and_says_what_stands_there(name):
    text = (LIBRARY / f"{name}.yaml").read_text(encoding="utf-8")
    comments = "\n".join(re.findall(r"#(.*)", text))
    assert wrong_sources(re.sub(r"\b(parameters\.)?(care_hours|stigma)\b", "", comments)) == []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        value = re.match(r" +[a-z_]+: +(Rp [^#]*?|[0-9.]+) +#", line)
        known = stated(comment_at(lines, number)) if value else None
        if known is not None:
            written = parse_rupiah(value[1]) if value[1].startswith("Rp") else float(value[1])
            assert written == pytest.approx(known), line


def comment_at(lines, number):
    """Return the comment behind a line of a file, with the lines in which it goes on."""
    parts = [lines[number].partition("#")[2]]
    for line in lines[number + 1 :]:
        if not line.strip().startswith("#") or line.index("#") < 20:
            break
        parts.append(line.partition("#")[2])
    return " ".join(part.strip() for part in parts)


def test_the_baseline_has_no_programme():
    assert read("baseline").programmes == []


def test_mentoring_comes_on_top_of_training():
    (training,) = read("training-only").programmes
    (both,) = read("training-mentoring").programmes
    assert training.mentoring is None
    assert both.mentoring.months == 12
    assert both.model_copy(update={"mentoring": None}) == training


def test_the_sedaya_package_is_training_mentoring_scoring_and_micro_equity():
    (sedaya,) = read("sedaya-package").programmes
    (both,) = read("training-mentoring").programmes
    assert (sedaya.training, sedaya.mentoring) == (both.training, both.mentoring)
    assert sedaya.scoring is not None
    said = {"amount": 5_000_000, "share": 0.2, "cap": 1.3, "term": 36, "grace": 3, "after": 3}
    assert sedaya.finance == Finance(instrument="micro equity", **said)


def test_the_cash_transfer_costs_what_a_seat_of_the_package_costs():
    (cash,) = read("cash-transfer").programmes
    (sedaya,) = read("sedaya-package").programmes
    mentoring = sedaya.mentoring
    package = (
        sedaya.overhead
        + sedaya.training.cost
        + mentoring.months * mentoring.wage / mentoring.caseload
        + sedaya.scoring.cost
        + sedaya.finance.amount
    )
    assert cash.overhead + cash.cash.amount * (1 + cash.cash.delivery) == pytest.approx(
        package, rel=0.001
    )
    for field in ("target", "starts", "intakes", "every", "seats", "selection"):
        assert getattr(cash, field) == getattr(sedaya, field)


def test_the_pilot_is_one_class_of_the_package():
    (pilot,) = read("sedaya-pilot").programmes
    (package,) = read("sedaya-package").programmes
    assert pilot.intakes * pilot.seats == 100
    assert pilot.model_copy(update={"intakes": package.intakes}) == package


def test_a_provider_paid_by_completion_differs_in_whom_it_takes():
    (paid,) = read("kpi-completion").programmes
    (need,) = read("need-based").programmes
    assert (paid.kpi, paid.selection, need.selection) == ("completion", "easy successes", "need")
    assert paid.model_copy(update={"kpi": need.kpi, "selection": need.selection}) == need


def test_a_shared_database_differs_in_lists_and_in_what_they_cost():
    apart, shared = (read(name).programmes for name in ("own-lists", "shared-database"))
    for own, common in zip(apart, shared, strict=True):
        assert (own.lists, common.lists) == ("own list", "shared database")
        alike = common.model_copy(update={"lists": own.lists, "overhead": own.overhead})
        assert alike == own
    assert sum(each.overhead for each in shared) > sum(each.overhead for each in apart)


def test_the_seven_steps_have_the_published_proportions():
    steps = read("jakpreneur").programmes
    registered = figures.value("jakpreneur_registered", "DKI Jakarta", period="2021-10")
    assert steps[0].seats * steps[0].intakes == 400
    for earlier, step, indicator in zip(
        steps[:-1],
        steps[1:],
        ("mentored", "licensed", "marketing", "bookkeeping", "capital"),
        strict=True,
    ):
        assert step.follows == earlier.name
        share = figures.value(f"jakpreneur_{indicator}", "DKI Jakarta", period="2021-10")
        assert step.seats == round(100 * share / registered)


def test_the_ten_cities_are_the_largest():
    districts = figures.table("districts")
    towns = set(districts.loc[districts.kind == "kota", "name"])
    counted = figures.table("population")
    counted = counted[(counted.indicator == "population") & counted.area.isin(towns)]
    largest = counted.sort_values("value", ascending=False).area.head(10)
    (programme,) = read("scale-ten-cities").programmes
    assert programme.target.places == largest.tolist()


def test_each_scale_is_larger_than_the_last():
    scales = ("sedaya-pilot", "sedaya-package", "scale-jakarta", "scale-ten-cities", "scale-nation")
    programmes = [read(name).programmes[0] for name in scales]
    seats = [programme.seats * programme.intakes for programme in programmes]
    assert seats == [100, 400, 1000, 2000, 10_000]


def test_the_pandemic_has_the_size_of_the_published_one():
    pandemic, recovery = read("covid-shock").shocks
    jobless = figures.series("unemployment", "DKI Jakarta")
    wage = figures.series("wage")
    before = jobless["2020-02"]
    assert pandemic.work == pytest.approx(before / jobless["2020-08"], abs=0.05)
    assert recovery.work == pytest.approx(before / jobless["2021-08"], abs=0.05)
    assert pandemic.income == pytest.approx(wage["2020-08"] / wage["2020-02"], abs=0.001)
    stopped, slowed = (
        figures.value(f"covid_umk_{what}", period="2020-07") / 100
        for what in ("stopped", "reduced_capacity")
    )
    sales = pandemic.demand * pandemic.income
    assert sales == pytest.approx(1 - stopped - slowed / 2, abs=0.01)
    assert recovery.starts == pandemic.starts + pandemic.months
    for shock in (pandemic, recovery):
        assert 0 < shock.starts < read("covid-shock").months / 2 + shock.months


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
