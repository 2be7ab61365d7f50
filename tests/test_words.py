"""Every word that people see: there in both languages, explained, and fit to be shown."""

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from calibration.figures import table as figures
from scenarios import design, files
from scenarios.compare import AREA_MONTHLY
from scenarios.runs.effects import GROUPS, INDICATORS
from scenarios.schema import COUNTRY, FACTORS, Scenario, area_names
from scenarios.words import labels
from scenarios.words.labels import LANGUAGES, LabelError, fills_of, label, say, table
from scenarios.workshop.cells import ON_PAGE
from simulation.parameters import TABLE
from simulation.programmes.presets import presets
from simulation.programmes.programme import PARTS
from simulation.records import SECTORS

ROOT = Path(labels.__file__).parents[2]
PARTS_OF_TABLE = sorted(labels.FOLDER.glob("*.csv"))
HEADER = ",".join(labels.COLUMNS)

PROVINCES = {*figures("provinces")["name"], *figures("districts")["province_2022"]}
EXPLAINED = {
    "indicator": {each.name for each in ON_PAGE} | AREA_MONTHLY.keys(),
    "group": GROUPS.keys(),
    "parameter": TABLE.keys(),
    "scenario": set(files.names()),
    "place": {*area_names(), *PROVINCES},
    "part": set(PARTS),
    "lever": {"training", "mentoring", "equity", "documents", "cash"},
}
"""Names that have words and a sentence in both languages."""
UNITS = (
    {each.unit for each in INDICATORS}
    | {row.unit for row in TABLE.values()}
    | {unit for unit, _, _ in AREA_MONTHLY.values()}
)

SAME = {
    *("Data", "Investor", "logit", "model", "rupiah", "total"),
    *("NIB", "NIK/KTP", "P0", "ST"),
}
"""Names, and words that are the same in both languages."""
STIGMA = {
    "id": r"gelandangan|pengemis|gepeng|tuna ?(wisma|susila|sosial|karya)|pemulung|cacat|pecandu"
    r"|pelacur|orang gila|si miskin|kaum miskin|janda",
    "en": r"beggars?|vagrants?|scavengers?|the (poor|homeless|disabled|elderly)|prostitutes?"
    r"|addicts?|handicapped|street people|homeless people|victims?",
}
FOREIGN = {
    "id": r"the|of|and|with|which|are|is|million|billion|trillion",
    "en": r"yang|dan|dengan|dari|untuk|juta|miliar|triliun|ribu|tidak|orang",
}
"""Words of the other language, which show that columns were mixed up."""
MARKS = {"id": r"\d\.\d{1,2}(?!\d)", "en": r"\d,\d{1,2}(?!\d)"}
"""Decimals in the other style."""


def rows() -> list[dict[str, str]]:
    """Return all rows of all parts."""
    found = []
    for part in PARTS_OF_TABLE:
        with part.open(encoding="utf-8", newline="") as file:
            found += list(csv.DictReader(file))
    return found


ROWS = rows()


def texts(language: str) -> Iterator[tuple[str, str]]:
    for row in ROWS:
        for column in (language, f"{language}_explains"):
            yield row["name"], row[column]


def _unfilled(text: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "", text)


def _letters(text: str) -> str:
    return re.sub(r"[^A-Za-z]", "", _unfilled(text))


def part(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


# What is there


def test_every_row_has_words_in_both_languages():
    assert not [row["name"] for row in ROWS if not (row["id"].strip() and row["en"].strip())]


def test_a_sentence_is_there_in_both_languages_or_in_none():
    uneven = [r["name"] for r in ROWS if bool(r["id_explains"]) != bool(r["en_explains"])]
    assert not uneven


@pytest.mark.parametrize("kind", EXPLAINED)
def test_whatever_people_see_is_named_and_explained(kind):
    known = table()
    missing = [name for name in EXPLAINED[kind] if f"{kind}.{name}" not in known]
    assert not missing
    for name in EXPLAINED[kind]:
        for language in LANGUAGES:
            shown = known[f"{kind}.{name}"][language]
            assert shown.text, name
            assert re.fullmatch(r"[0-9A-Z].*[.?]", shown.explains), (name, shown.explains)
            assert not re.search(r"[.?!] [A-Z]", shown.explains), f"{name}: more than a sentence"


def test_no_label_is_of_what_is_not_there():
    for kind in ("indicator", "parameter", "scenario", "design", "group"):
        named = {row["name"].removeprefix(f"{kind}.") for row in ROWS if _is(row, kind)}
        known = EXPLAINED.get(kind, set(design.names()))
        assert named - set(known) <= {"standing", "on_street", "returned_to_street", "sheltered"}


def _is(row: dict[str, str], kind: str) -> bool:
    return row["name"].startswith(f"{kind}.")


def test_every_design_is_named_and_explained():
    for name in design.names():
        for language in LANGUAGES:
            assert label(f"design.{name}", language).explains


def test_every_unit_has_words():
    assert not [unit for unit in UNITS if f"unit.{unit}" not in table()]


def test_units_are_those_of_the_model():
    by_name = {row["name"]: row["unit"] for row in ROWS}
    for each in ON_PAGE:
        assert by_name[f"indicator.{each.name}"] == each.unit
    for name, (unit, _, _) in AREA_MONTHLY.items():
        assert by_name[f"indicator.{name}"] == unit
    for name, parameter in TABLE.items():
        assert by_name[f"parameter.{name}"] == parameter.unit


def test_provinces_are_34_and_38_and_a_district_is_called_as_bps_writes_it():
    assert {len(set(figures("provinces")["name"])), len(PROVINCES)} == {34, 38}
    for name in PROVINCES:
        assert label(f"place.{name}", "id").text == name
    for name in figures("districts")["name"]:
        assert {label(f"place.{name}", language).text for language in LANGUAGES} == {name}
    assert label("place.Kab. Asmat", "en").explains == "A regency in South Papua."
    assert label(f"place.{COUNTRY}", "en").explains


def test_scenarios_have_the_title_of_their_file():
    for name in files.names():
        assert label(f"scenario.{name}", "en").text == files.read(name).title


# What a scenario may say

PREFIXES = {"group": "target", "outcome_payer": "payer"}
"""Where the prefix is not the name of the field."""


def choices(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Return each name that a scenario may choose, with the field that it is for."""
    for field, info in model.model_fields.items():
        yield from ((field, name) for name in _names(info.annotation))
        for inner in _models(info.annotation):
            yield from choices(inner)


def _names(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    for inner in get_args(annotation):
        yield from _names(inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def test_every_name_that_a_scenario_may_choose_has_words():
    asked = {(field, name) for field, name in choices(Scenario) if field != "households"}
    assert len(asked) > 50
    missing = [
        f"{PREFIXES.get(field, field)}.{name}"
        for field, name in sorted(asked)
        if f"{PREFIXES.get(field, field)}.{name}" not in table()
    ]
    assert not missing


def test_presets_sectors_and_shocks_have_words():
    names = [f"{kind}.{name}" for kind, own in presets().items() for name in own]
    names += [f"sector.{name}" for name in SECTORS]
    names += [f"shock.{factor}" for factor in FACTORS]
    names += [f"shock.{each.name}" for name in files.names() for each in files.read(name).shocks]
    assert not [name for name in names if name not in table()]


def test_what_the_page_may_ask_has_words():
    from scenarios.workshop import choices as page

    names = [f"lever.{name}" for name in page.LEVERS]
    names += [f"archetype.{name}" for name in page.ARCHETYPES]
    names += [f"selection.{name}" for name in page.SELECTIONS]
    names += [f"instrument.{name}" for name in page.TERMS]
    names += [f"shock.{name}" for name in page.SHOCKS]
    names += [f"people.{name}" for name in page.PEOPLE]
    assert not [name for name in names if name not in table()]


def test_what_is_not_modelled_is_as_long_as_the_model_page_says():
    """One label a part of the list in docs/model.md, of which births and moves are one."""
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    told = page.partition("## Not modelled")[2].strip().partition(". ")[0]
    named = [row["name"] for row in ROWS if row["name"].startswith("not_modelled.")]
    assert len(told.split(";")) == len(named)


# How it reads


def test_fills_are_the_same_in_both_languages():
    for row in ROWS:
        assert fills_of(row["id"]) == fills_of(row["en"]), row["name"]
        assert not fills_of(row["id_explains"]) | fills_of(row["en_explains"]), row["name"]
        assert all(re.fullmatch("[a-z_]+", fill) for fill in fills_of(row["id"])), row["name"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_written_cleanly(language):
    for name, text in texts(language):
        assert text == " ".join(text.split()), name
        assert not re.search(r"\.\.|,,| [.,;:]|\( | \)|[<>]", text), (name, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_their_own_language(language):
    foreign = re.compile(rf"\b({FOREIGN[language]})\b", re.IGNORECASE)
    assert not [(name, text) for name, text in texts(language) if foreign.search(_unfilled(text))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_in_texts_are_in_the_style_of_their_language(language):
    wrong = re.compile(MARKS[language])
    assert not [(name, text) for name, text in texts(language) if wrong.search(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_of_persons_first(language):
    stigma = re.compile(rf"\b({STIGMA[language]})\b", re.IGNORECASE)
    assert not [(name, text) for name, text in texts(language) if stigma.search(text)]


def test_what_reads_the_same_in_both_languages_is_a_name():
    names = {name.casefold() for name in SAME}
    places = {f"place.{name}" for name in (*area_names(), *PROVINCES)}
    same = {row["name"]: row["id"] for row in ROWS if row["id"] == row["en"]}
    words = {name: text for name, text in same.items() if _letters(text) and name not in places}
    assert {name: text for name, text in words.items() if text.casefold() not in names} == {}


def test_sentences_differ_between_the_languages():
    assert not [
        r["name"] for r in ROWS if r["id_explains"] and r["id_explains"] == r["en_explains"]
    ]


# The table


def test_names_that_the_code_says_are_there():
    kinds = {row["name"].partition(".")[0] for row in ROWS}
    said = {
        name
        for path in (ROOT / "scenarios").rglob("*.py")
        for name in _said(path)
        if name.partition(".")[0] in kinds and "." in name
    }
    assert said
    assert not [name for name in sorted(said) if name not in table()]


def _said(path: Path) -> Iterator[str]:
    """Return what the calls of `label` and `say` in a file name, where they do so literally."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if called in ("label", "say") and isinstance(first, ast.Constant):
                yield str(first.value)


def test_names_that_the_page_says_are_there():
    page = ROOT / "scenarios" / "workshop" / "page"
    said = {
        name
        for path in (*page.glob("*.js"), *page.glob("*.html"))
        for name in re.findall(
            r'(?:\b(?:say|explain)\(|data-(?:word|label)=)"([^"$]+\.[^"$]+)"',
            path.read_text(encoding="utf-8"),
        )
    }
    assert len(said) > 10
    assert not [name for name in sorted(said) if name not in table()]


def test_a_name_stands_once_over_all_parts(tmp_path):
    one = part(tmp_path, "one.csv", "word.yes,,ya,yes,,")
    two = part(tmp_path, "two.csv", "word.no,,tidak,no,,", "word.yes,,ya,yes,,")
    with pytest.raises(ValueError, match=r"two\.csv:3: word\.yes is in one\.csv:2 too"):
        labels.read([one, two])


def test_a_unit_without_words_is_refused(tmp_path):
    wrong = part(tmp_path, "one.csv", "word.yes,furlongs,ya,yes,,")
    with pytest.raises(ValueError, match=r"one\.csv:2: the unit furlongs of word\.yes has no"):
        labels.read([wrong])


def test_a_unit_may_stand_in_another_part(tmp_path):
    one = part(tmp_path, "one.csv", "word.yes,miles,ya,yes,,")
    two = part(tmp_path, "two.csv", "unit.miles,,mil,miles,,")
    assert labels.read([one, two])["word.yes"]["id"].unit == "mil"


@pytest.mark.parametrize("line", ["word.yes,,ya,yes", "word.yes,,ya,yes,,,"])
def test_a_row_with_another_number_of_cells_is_refused(tmp_path, line):
    with pytest.raises(ValueError, match=r"one\.csv:2: has not 6 cells"):
        labels.read([part(tmp_path, "one.csv", line)])


def test_a_part_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("name,id,en\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"one\.csv: its columns are not name,unit"):
        labels.read([path])


def test_an_unknown_name_is_told_with_the_nearest():
    wrong = "there is no label indicator.net_lift; did you mean indicator.net_lifted?"
    with pytest.raises(LabelError) as caught:
        label("indicator.net_lift", "id")
    assert str(caught.value) == wrong
    assert isinstance(caught.value, KeyError)
    with pytest.raises(LabelError, match=r"^there is no label 5$"):
        say("5", "en")


@pytest.mark.parametrize("fills", [{}, {"month": 60}, {"months": 60, "more": 1}])
def test_other_fills_than_those_of_a_message_are_told(fills):
    with pytest.raises(
        LabelError, match=r"^the fills of message\.beyond_horizon are months; given"
    ):
        say("message.beyond_horizon", "id", **fills)
