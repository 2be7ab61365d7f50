"""People made from figures of one's own: they show them, and nobody else is taken for them."""

import json

import numpy as np
import pytest

from calibration import cells as published
from calibration import figures, placement, settle
from calibration.cells import lines, own_cells
from scenarios import compare as comparing
from scenarios.files import ScenarioError, read
from scenarios.grammar.changes import at
from scenarios.grammar.describe import as_yaml
from scenarios.grammar.own_figures import Figures, Part
from scenarios.results.tables import of_population, of_run
from scenarios.runs import prepare
from scenarios.runs.outcome import run_of, shared
from scenarios.runs.play import _world_key
from scenarios.runs.prepare import population_cells, setting_of
from scenarios.schema import Scenario
from simulation.runs import plan
from tests.command import answer

SIKKA = """\
extends: baseline
area: Kab. Sikka
households: 2000
figures:
  source: Bappeda Kabupaten Sikka, 2023
  urban: {persons: 61000, p0: 8.4, p1: 1.3, gini: 0.31}
  rural: {persons: 268000, p0: 14.2, p1: 2.4, gini: 0.27}
"""
TOWN, VILLAGES = "figures.urban", "figures.rural"


@pytest.fixture
def hasty(monkeypatch):
    """Settle in a tenth of the time; the last correction meets the figures all the same."""
    for name, number in (("WARM_ROUNDS", 1), ("FITTED_ROUNDS", 2), ("ROUND_MONTHS", 12)):
        monkeypatch.setattr(settle, name, number)
    prepare._settled.cache_clear()
    yield
    prepare._settled.cache_clear()


@pytest.fixture
def sikka(tmp_path):
    path = tmp_path / "sikka.yaml"
    path.write_text(SIKKA, encoding="utf-8")
    return path


def written(tmp_path, *changes):
    """Write the scenario of Sikka with other words in it; return its path."""
    text = SIKKA
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "ours.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(path, changes=()):
    with pytest.raises(ScenarioError) as caught:
        read(path, changes)
    return [(each.line, each.path, each.problem, each.allowed) for each in caught.value.mistakes]


def told(scenario):
    """Return the people of a scenario beside its figures, which they must show."""
    who = scenario.area, scenario.households, scenario.seed
    table = population_cells(*who, 1, scenario.figures)
    parts = table.iloc[:-1]
    assert (parts.p0 - parts.p0_own).abs().max() <= 0.2
    assert (parts.p1 / parts.p1_own - 1.0).abs().max() <= 0.10
    assert (parts.gini - parts.gini_own).abs().max() <= 0.01
    return table


# They are met


def test_the_published_figures_as_ones_own_give_the_published_people(hasty):
    own = figures.cells().set_index(["province", "urban_rural"]).loc["Bali"]
    parts = {
        part: Part(**{name: float(row[name]) for name in ("persons", "p0", "p1", "p2", "gini")})
        for part, row in own.iterrows()
    }
    scenario = Scenario(
        name="bali", area="Bali", households=4000, figures=Figures(source="BPS", **parts)
    )
    table = told(scenario)
    assert table.p0_own.iloc[-1] == pytest.approx(
        figures.value("p0", "Bali", period="2023-03"), abs=0.02
    )
    usual = published.cells("Bali")
    for cell, known in zip(own_cells("Bali", scenario.figures.parts), usual, strict=True):
        assert (cell.number, cell.line) == (known.number, known.line)
        assert cell.codes.tolist() == known.codes.tolist()
        assert cell.poor == pytest.approx(known.poor, rel=1e-3)
        assert cell.other == pytest.approx(known.other, rel=1e-3)
    shares = setting_of(scenario).population.districts["urban_share"]
    as_published = placement.persons().set_index("code").loc[usual[0].codes]
    as_published = as_published.assign(persons=as_published.poor + as_published.other)
    towns = as_published[as_published.urban].persons / as_published.groupby("code").persons.sum()
    assert shares == pytest.approx(towns.to_numpy(), abs=1e-3)


def test_other_figures_are_met_in_a_district(hasty, sikka):
    table = told(read(sikka))
    assert table.persons.iloc[:-1].to_list() == pytest.approx([61_000, 268_000], rel=0.05)
    assert table.p0_own.iloc[-1] == pytest.approx((61 * 8.4 + 268 * 14.2) / 329)
    assert setting_of(read(sikka)).population.districts["urban_share"] == pytest.approx(61 / 329)
    text = of_population(table.to_dict("records"))
    assert "P0 (own)" in text
    assert "(8.40)" in text
    assert "BPS" not in text


def test_mean_spending_is_met_where_it_is_given():
    part = Part(persons=268_000, p0=14.2, p1=2.4, gini=0.27, spending="Rp 900.000")
    given = Figures(source="ours", rural=part).parts
    (cell,) = own_cells("Kab. Sikka", given)
    assert cell.spending.mean_and_gini()[0] * cell.line == pytest.approx(900_000, rel=0.01)
    assert (
        cell.line
        == lines("Kab. Sikka")[False]
        == figures.value("line", "Nusa Tenggara Timur", "rural", "2023-03")
    )


def test_districts_keep_their_shares_of_the_poor(monkeypatch):
    monkeypatch.setattr(published, "spending_of", lambda part, line: None)
    part = Part(persons=11_000_000, p0=9.0, p1=1.5, gini=0.4)
    (cell,) = own_cells("DKI Jakarta", Figures(source="ours", urban=part).parts)
    (usual,) = published.cells("DKI Jakarta")
    assert cell.poor.sum() == pytest.approx(990_000)
    assert cell.persons == pytest.approx(11_000_000)
    assert cell.poor / cell.poor.sum() == pytest.approx(usual.poor / usual.poor.sum())
    assert cell.other / cell.other.sum() == pytest.approx(usual.other / usual.other.sum())


# Who shares what


def test_runs_of_other_figures_have_other_names_and_people(hasty, sikka):
    usual = read(sikka, ["households=500", "months=12"])
    other = read(sikka, ["households=500", "months=12", "figures.urban.p0=9"])
    bps = read(sikka, ["households=500", "months=12", "figures=null"])
    inputs = [run_of(each, 0) for each in (usual, other, bps)]
    assert len({each.name for each in plan("scenarios.runs.outcome:outcome", inputs, "1")}) == 3
    assert len({shared(each)[:1] for each in inputs}) == 3
    assert len({shared(each)[1:] for each in inputs}) == 3
    assert len({_world_key(each) for each in (usual, other, bps)}) == 3
    people = [setting_of(each).population for each in (usual, other, bps)]
    assert len({each.households.tobytes() for each in people}) == 3
    assert setting_of(usual).population is people[0]


def test_where_figures_come_from_makes_no_other_people(hasty, sikka):
    usual = read(sikka, ["households=500"])
    other = read(sikka, ["households=500", "figures.source=somebody"])
    assert setting_of(usual).population is setting_of(other).population


def test_runs_without_figures_say_nothing_of_them():
    scenario = read("training-only")
    said = run_of(scenario, 0)["scenario"]
    assert "figures" not in said
    assert Scenario.model_validate({"name": "run", **said}).figures is None
    assert json.loads(shared({"scenario": said, "replicate": 0})[0])[0] == "DKI Jakarta"
    assert len(json.loads(shared({"scenario": said, "replicate": 0})[0])) == 4


# What is told


def test_source_and_figures_stand_beside_the_results(hasty, sikka, tmp_path):
    scenario = read(sikka, ["households=500", "months=12", "replicates=1"])
    found = comparing.compare([scenario])
    (note,) = [note for note in found.notes.note if "figures" in note]
    assert note.startswith("people by figures of Bappeda Kabupaten Sikka, 2023; urban: 61,000")
    assert "rural: 268,000 persons, P0 14.2%, P1 2.4%, Gini 0.27" in note
    found.save(tmp_path)
    kept = json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8"))
    assert kept["scenarios"][0]["figures"]["source"] == "Bappeda Kabupaten Sikka, 2023"
    assert note in [each["note"] for each in kept["notes"]]
    heading = of_run(scenario, []).splitlines()[0]
    assert "Kab. Sikka (figures: Bappeda Kabupaten Sikka, 2023)" in heading


def test_the_command_shows_people_beside_their_own_figures(hasty, sikka, capsys):
    code, said, _ = answer(capsys, "population", str(sikka), "--households", "500")
    assert code == 0
    assert "P1 (own)" in said
    code, said, _ = answer(
        capsys, "population", str(sikka), "--households", "500", "--format", "json"
    )
    document = json.loads(said)
    assert document["figures"]["urban"]["p0"] == 8.4
    assert document["cells"][0]["p0_own"] == 8.4
    assert document["cells"][2]["gini_own"] is None


def test_what_is_shown_reads_as_the_same_figures(sikka, tmp_path):
    scenario = read(sikka, ["figures.rural.spending=Rp 900.000", "figures.rural.p2=0.6"])
    text = as_yaml(scenario)
    assert "spending: Rp 900.000" in text
    (tmp_path / "again.yaml").write_text(text, encoding="utf-8")
    assert read(tmp_path / "again.yaml").figures == scenario.figures


# Bounds and contradictions


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "problem", "allowed"),
    [
        (
            "  source: Bappeda Kabupaten Sikka, 2023\n",
            "",
            4,
            "figures.source",
            "is missing",
            "one line",
        ),
        ("61000", "61.000", 6, f"{TOWN}.persons", "61.0 is too small", "500 to 60000000"),
        ("p0: 8.4", "p0: 0", 6, f"{TOWN}.p0", "0 is too small", "0.5 to 80"),
        ("p0: 8.4", "p0: 0.084", 6, f"{TOWN}.p0", "0.084 is too small", "0.5 to 80"),
        ("p1: 2.4", "p1: -1", 7, f"{VILLAGES}.p1", "-1 is too small", "0.02 to 50"),
        ("gini: 0.27", "gini: 27", 7, f"{VILLAGES}.gini", "27 is too large", "0.1 to 0.7"),
        ("gini: 0.27", "gini: .nan", 7, f"{VILLAGES}.gini", "is not a finite", "0.1 to 0.7"),
        ("gini: 0.27", "gin: 0.27", 7, f"{VILLAGES}.gini", "is missing", "0.1 to 0.7"),
        ("gini: 0.27", "gini: 0.27, spending: 900.000", 7, f"{VILLAGES}.spending", "900", "Rp"),
        ("p1: 1.3", "p1: 8.4", 6, f"{TOWN}.p1", "is not below the headcount, 8.4%", "below 8.4"),
        ("p1: 1.3", "p1: 1.3, p2: 1.5", 6, f"{TOWN}.p2", "does not go with", "from 0.201 to 1.3"),
        ("p1: 1.3", "p1: 1.3, p2: 0.1", 6, f"{TOWN}.p2", "does not go with", "from 0.201 to 1.3"),
        ("268000", "26800", 4, "figures", "87,800 persons are not those of Kab. Sikka", "162,492"),
        ("area: Kab. Sikka", "area: Indonesia", 4, "figures", "one area", "a province or district"),
        ("area: Kab. Sikka", "area: DKI Jakarta", 7, VILLAGES, "no rural poverty line", "nothing"),
        ("Sikka, 2023", "Sikka, 2023 ", None, "", "", ""),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, old, new, line, path, problem, allowed):
    ours = written(tmp_path, (old, new))
    if line is None:
        assert read(ours).figures.source == "Bappeda Kabupaten Sikka, 2023"
        return
    found = [each for each in mistakes(ours) if each[1] == path]
    assert found, mistakes(ours)
    assert found[0][0] == line
    assert problem in found[0][2]
    assert allowed in found[0][3]


def test_a_part_of_a_province_is_missed(tmp_path):
    rural = "  rural: {persons: 268000, p0: 14.2, p1: 2.4, gini: 0.27}\n"
    urban = "61000", "3200000"
    ours = written(tmp_path, ("Kab. Sikka", "Bali"), (rural, ""), urban)
    (found,) = mistakes(ours)
    assert found[:2] == (4, "figures")
    assert "rural is missing: Bali has rural people" in found[2]


def test_figures_without_parts_are_those_of_nobody(tmp_path):
    ours = tmp_path / "ours.yaml"
    for area, problem in (("Bali", "urban is missing"), ("Kab. Sikka", "0 persons are not those")):
        ours.write_text(f"extends: baseline\narea: {area}\nfigures: {{source: we}}\n")
        (found,) = mistakes(ours)
        assert found[:2] == (3, "figures")
        assert problem in found[2]


def test_what_no_spending_gives_is_refused_with_what_was_reached(tmp_path):
    """Deep poverty among few, in a place as equal as few are."""
    ours = written(tmp_path, ("p0: 8.4, p1: 1.3, gini: 0.31", "p0: 5, p1: 4.5, gini: 0.2"))
    (found,) = mistakes(ours)
    assert found[:2] == (6, TOWN)
    assert "the nearest has p0 " in found[2]
    assert "gini 0.2" in found[2]


# They stay with their area


def test_another_area_needs_other_figures(sikka, tmp_path):
    (found,) = mistakes(sikka, ["area=Kab. Ende"])
    assert found[1] == "area"
    assert "another area than that of the figures" in found[2]
    child = tmp_path / "child.yaml"
    child.write_text(f"extends: ./{sikka.name}\narea: Kab. Ende\n")
    (found,) = mistakes(child)
    assert found[:2] == (2, "area")
    child.write_text(f"extends: {sikka.name}\narea: Bali\nfigures: null\n")
    assert read(child).figures is None
    assert read(sikka, ["area=kab. sikka"]).figures


def test_designs_change_figures_but_not_their_area(sikka):
    base = read(sikka)
    assert at(base, {"figures.urban.p0": 9.0}).figures.urban.p0 == 9.0
    with pytest.raises(ScenarioError, match=r"figures of its own are those of Kab\. Sikka"):
        at(base, {"area": "Kab. Ende"})
    with pytest.raises(ScenarioError, match="a gap of"):
        at(base, {"figures.urban.p0": 1.0})


def test_published_people_are_made_as_before(hasty):
    """Without figures of one's own nothing is asked of them."""
    scenario = Scenario(name="usual", area="Kab. Sikka", households=500)
    found = setting_of(scenario)
    usual = published.cells("Kab. Sikka")
    assert [each.spending for each in found.cells] == [each.spending for each in usual]
    share = found.population.districts["urban_share"]
    assert np.all(share != 61 / 329)
