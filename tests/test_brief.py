import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import openpyxl
import pandas as pd
import pytest

from scenarios.brief import blocks, page, story, workbook
from scenarios.brief.commands import save
from scenarios.brief.facts import COMPARED, Facts, gather, written
from scenarios.brief.pictures import comparison_figure
from scenarios.maps.boundaries import read_boundaries
from scenarios.maps.layout import layout
from scenarios.runs.places import COLUMNS, UNITS
from scenarios.runs.play import BENCHMARK, SCENARIO
from scenarios.words.labels import LANGUAGES
from scenarios.words.numerals import UNKNOWN
from tests.brief import brief, compared, doubted

NUMBER = re.compile(r"\d[\d.,]*\d|\d")
SETS = [
    ("training-only", "training-mentoring", "cash-transfer"),
    ("training-only",),
    ("cash-transfer",),
    ("baseline",),
    ("baseline", "training-only"),
]


def told(of):
    """Return every sentence of a brief."""
    cards = [text for card in story.cards(of) for text in card]
    return [*story.question(of), *story.answer(of), *cards, *story.doubts(of), *story.box(of)]


def shown(path, of):
    """Return the numbers of the workbook's sheet of figures, as they are shown there."""
    sheet = openpyxl.load_workbook(path)[of.say("sheet_figures")]
    rows = list(sheet.iter_rows(values_only=True))
    columns = [rows[0].index(of.say(f"head_{name}")) for name in ("shown", "interval")]
    return {n for row in rows[1:] for at in columns for n in NUMBER.findall(str(row[at] or ""))}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_every_number_of_the_sentences_is_in_the_tables(names, language, tmp_path):
    of = brief(*names, language=language, budget=2.5e9)
    workbook.save(of, tmp_path / "book.xlsx")
    known = shown(tmp_path / "book.xlsx", of)
    # Names of files and pages are no figures.
    sentences = [each for each in told(of) if each != of.say("own_budget")]
    found = {number for each in sentences for number in NUMBER.findall(each)}
    assert found
    assert found <= known


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_the_answer_has_three_sentences(names, language):
    said = story.answer(brief(*names, language=language))
    assert len(said) == 3
    for each in said:
        assert each.endswith(".")
        assert not re.search(r"  |\bnan\b|None", each)


def test_sentences_say_what_the_comparison_found():
    of = brief("training-only", "training-mentoring", language="en")
    table = of.comparison.table.set_index(["scenario", "variant", "indicator"]).value
    best = table.xs(("scenario", "net_per_budget"), level=(1, 2)).idxmax()
    assert of.best == best
    own, first = of.of("net_per_budget"), story.answer(of)[0]
    assert own.value == table[best, SCENARIO, "net_per_budget"]
    assert f"{own.shown} persons" in first
    assert own.interval in first
    assert of.called(best) in first


def test_one_scenario_is_set_beside_its_money_as_cash():
    of = brief("training-only", language="en")
    assert of.sides.second == ("training-only", BENCHMARK)
    assert "cash" in story.question(of)[0]
    assert "the same money as cash" in story.answer(of)[0]


def test_cash_alone_is_set_beside_nothing():
    of = brief("cash-transfer", language="en")
    assert of.sides.second is None
    assert "no programme" in story.doubts(of)[0]


def test_what_costs_nothing_has_no_answer_for_the_money():
    of = brief("baseline", language="en")
    assert of.sides is None
    assert "Nothing can be said" in story.answer(of)[0]
    assert "could not be tested" in story.answer(of)[2]


def test_what_is_not_known_is_a_dash():
    of = brief("training-only", language="id")
    assert of.of("irr").shown == UNKNOWN
    assert not of.of("irr").interval
    assert f">{UNKNOWN}<" in blocks.compared(of)


def test_a_missing_effect_leaves_a_dash_in_a_sentence():
    found = compared("training-only")
    table = found.table.copy()
    table.loc[table.indicator == "public_cost", ["value", "low", "high"]] = np.nan
    of = replace(brief("training-only"), comparison=replace(found, table=table))
    assert f"biaya publik bersih {UNKNOWN}" in story.answer(of)[1]


def test_intervals_of_one_word_say_it_once():
    assert written(1.2e9, (0.9e9, 1.3e9), "rupiah", "id") == (
        "Rp 1,2 miliar",
        "[900 juta; 1,3 miliar]",
    )
    assert written(-1.2e9, (-1.3e9, -1.1e9), "rupiah", "id")[1] == "[-1,3; -1,1 miliar]"
    assert written(5.0, (5.0, 5.0), "persons", "en") == ("5", "")


def test_the_winner_of_a_doubt_is_the_better_side():
    of = brief("training-only", language="en")
    turned = {"value": -0.5, "low": -0.8, "high": -0.2}
    other = replace(of, doubt=replace(of.doubt, middle=turned))
    assert story.answer(other)[2].startswith("That the same money as cash does better, by 0.50")
    assert "[0.20; 0.80]" in story.answer(other)[2]
    unsure = {"value": 0.5, "low": -0.2, "high": 1.2}
    unclear = replace(of, doubt=replace(of.doubt, middle=unsure))
    assert "may be chance" in story.answer(unclear)[2]


def test_flips_are_named_or_there_are_none():
    of = brief("training-only", language="en")
    assert "would turn it round" in story.doubts(of)[-1]
    still = of.doubt.swings.assign(flips="")
    none = replace(of, doubt=replace(of.doubt, swings=still))
    assert story.doubts(none)[-1] == "None of them would turn it round within its range."


def test_figures_are_a_tidy_frame():
    of = brief("training-only", "training-mentoring")
    frame = of.facts.frame
    keys = ["part", "scenario", "variant", "name"]
    assert not frame.duplicated(keys).any()
    own = frame[(frame.part == COMPARED) & (frame.variant == SCENARIO)]
    table = of.comparison.table
    assert len(own) == (table.variant == SCENARIO).sum()
    assert isinstance(gather(of.comparison, None, "en"), Facts)


class Checked(HTMLParser):
    """Follows which parts of a page are open, and what they ask for."""

    EMPTY = ("meta", "br", "image")

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.links = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("src", "href") and value]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href") and value]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_the_page_stands_alone(names, language):
    of = brief(*names, language=language)
    text = page.as_html(of, "brief.xlsx")
    seen = Checked()
    seen.feed(text)
    assert not seen.open
    assert not seen.tags & {"script", "link", "iframe", "img", "image", "object", "form"}
    assert all(link.startswith("#") for link in seen.links)
    assert "default-src 'none'" in text
    assert f'lang="{language}"' in text
    assert text.count("<svg") == text.count('role="img" aria-label="')
    assert (
        "nan" not in re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", text, flags=re.DOTALL).split()
    )
    assert text.count('class="sheet"') == 4


def test_the_box_says_what_every_page_must():
    box = " ".join(story.box(brief("training-only", language="en")))
    for word in ("Simulated", "Not modelled", "Net losers", "Cash benchmark", "Unsourced", "flip"):
        assert word in box
    assert "fewer than 30" in box


def test_names_in_a_page_are_text():
    found = compared("training-only")
    (own,) = found.scenarios
    named = own.model_copy(update={"name": "ours", "title": "<b>Ours & theirs</b>"})
    tables = {
        name: getattr(found, name).assign(scenario="ours")
        for name in ("table", "programmes", "payers", "places", "runs")
    }
    changed = replace(found, scenarios=(named,), **tables)
    of = replace(brief("training-only"), comparison=changed, doubt=doubted(changed))
    text = page.as_html(of, "brief.xlsx")
    assert "<b>Ours" not in text
    assert "&lt;b&gt;Ours &amp; theirs" in text


def test_equal_briefs_are_equal_to_the_byte(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        save(brief("training-only", "training-mentoring"), tmp_path / folder)
    for name in ("brief-id.html", "brief-id.xlsx"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_sheets_of_the_workbook_are_in_the_reader_s_language(tmp_path):
    for language in LANGUAGES:
        of = brief("training-only", "training-mentoring", language=language)
        workbook.save(of, tmp_path / f"{language}.xlsx")
        assert zipfile.is_zipfile(tmp_path / f"{language}.xlsx")
        names = openpyxl.load_workbook(tmp_path / f"{language}.xlsx").sheetnames
        assert names[1:] == list(workbook.tables(of))
        assert of.say("sheet_inputs") in names


def squares(area):
    """Return a document with a square where each place's tile stands."""
    features = []
    for place, row, column, _ in layout(area).itertuples():
        west, south = 100.0 + column, 5.0 - row
        ring = [[west, south], [west + 0.9, south], [west + 0.9, south + 0.9], [west, south]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"nama": place}, "geometry": shape})
    return {"type": "FeatureCollection", "features": features}


def placed(of, area="DI Yogyakarta", known=True):
    """Return a brief with the same small figure in every place of an area."""
    names = list(layout(area).index)
    value = 4.0 if known else np.nan
    rows = [
        (each.name, place, indicator, unit, value, value - 1.0, value + 1.0, 40)
        for each in of.scenarios
        for place in names
        for indicator, unit in UNITS.items()
    ]
    places = pd.DataFrame(rows, columns=COLUMNS)
    moved = tuple(each.model_copy(update={"area": area}) for each in of.scenarios)
    return replace(of, comparison=replace(of.comparison, places=places, scenarios=moved))


@pytest.mark.parametrize(("area", "beside"), [("DI Yogyakarta", True), ("Indonesia", False)])
def test_places_stand_on_a_map(area, beside):
    of = placed(brief("training-only", language="en"), area)
    text = page.as_html(of, "brief.xlsx")
    assert 'id="map-' in text
    assert ('class="columns"' in text) is beside
    assert "no league table" in text
    assert "<image" not in text


def test_the_map_has_the_reader_s_borders(tmp_path):
    path = tmp_path / "ours.geojson"
    path.write_text(json.dumps(squares("DI Yogyakarta")), encoding="utf-8")
    of = placed(brief("training-only"))
    with_borders = replace(of, boundaries=read_boundaries(path, "DI Yogyakarta"))
    texts = [page.as_html(each, "brief.xlsx") for each in (of, with_borders)]
    assert texts[0] != texts[1]
    assert 'id="map-' in texts[1]


def test_there_is_no_map_where_no_place_is_known():
    of = placed(brief("training-only", language="en"), known=False)
    text = page.as_html(of, "brief.xlsx")
    assert 'id="map-' not in text
    assert "No map" in text


def test_a_picture_leaves_out_what_is_nought_for_all():
    found = compared("training-only")
    table = found.table.copy()
    table.loc[table.indicator == "losers", ["value", "low", "high"]] = 0.0
    of = replace(brief("training-only", language="en"), comparison=replace(found, table=table))
    titles = [axes.get_title(loc="left") for axes in comparison_figure(of).axes]
    assert "Net losers" not in titles
    assert "Net public cost" in titles
