"""The files of the library: what they ask, where their amounts come from, what sets them apart."""

import re

import pytest

from calibration import figures
from scenarios.files import LIBRARY, names, read
from scenarios.schema import HORIZON
from simulation.programmes.terms import Finance
from simulation.rupiah import parse_rupiah
from tests.test_presets import has_source, stated, wrong_sources


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
        "split",
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
