import re
import resource

import jupytext
import nbformat
import pandas as pd
import pytest

from notebooks.__main__ import FOLDER, executed, names, source
from scenarios import reading, telling
from scenarios.drawing import translated
from scenarios.drawing.charts import caption, in_units, new_figure
from scenarios.validation import Check
from scenarios.words.labels import LANGUAGES, table

NAMES = names()
LARGEST = 600_000
SECONDS = 180
"""Of the processor, as a machine may be busy."""


def committed(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def told(notebook):
    """Return the text outputs of a notebook, cell by cell."""
    return [
        [output["data"]["text/plain"] for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_six_in_order():
    assert [name[0] for name in NAMES] == list("123456")


@pytest.mark.parametrize("name", NAMES)
def test_text_and_notebook_are_in_step(name):
    ours, kept = source(name), committed(name)
    nbformat.validate(kept)
    assert [(c.cell_type, c.source) for c in ours.cells] == [
        (c.cell_type, c.source) for c in kept.cells
    ]
    assert ours.metadata == kept.metadata
    assert jupytext.reads(jupytext.writes(kept, "py:percent"), "py:percent").cells


@pytest.mark.parametrize("name", NAMES)
def test_it_is_executed_small_and_says_nothing_of_a_machine(name):
    path = FOLDER / f"{name}.ipynb"
    assert path.stat().st_size < LARGEST
    content = path.read_text("utf-8")
    assert not re.search(r"/(home|root|tmp|work|Users)/|\.venv|execution_timing|iopub", content)
    for number, cell in enumerate(code(committed(name)), 1):
        assert cell.execution_count == number
        assert {output.output_type for output in cell.outputs} <= {"display_data"}


@pytest.mark.parametrize("name", NAMES)
def test_code_is_folded_and_the_language_stands_in_the_first_cell(name):
    cells = code(source(name))
    assert all(cell.metadata == {"jupyter": {"source_hidden": True}} for cell in cells)
    assert cells[0].source.endswith('LANGUAGE = "en"')


@pytest.mark.parametrize("name", NAMES)
def test_it_begins_with_prose_and_a_summary_in_bahasa_indonesia(name):
    first = source(name).cells[0]
    assert first.cell_type == "markdown"
    assert "**Ringkasan.**" in first.source


@pytest.mark.parametrize("name", NAMES)
def test_prose_holds_no_number(name):
    for cell in source(name).cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"\[[^]]*\]\([^)]*\)", "", cell.source)
            assert not re.search(r"\d", prose), cell.source


@pytest.mark.parametrize("name", NAMES)
def test_findings_are_messages_and_follow_every_picture(name):
    for cell in code(committed(name)):
        pictures = [at for at, each in enumerate(cell.outputs) if "image/png" in each.data]
        findings = [
            at
            for at, each in enumerate(cell.outputs)
            if each.data["text/plain"].startswith("**Finding (simulated).**")
        ]
        assert not pictures or max(findings, default=-1) > max(pictures)
        assert "**Finding" not in cell.source


def test_messages_hold_no_result():
    for name, row in table().items():
        if name.startswith("notebooks.") and "{" in row["en"].text:
            for language in LANGUAGES:
                said = re.sub(
                    r"\{\w+\}|95%|\b[1-6]-[a-z-]+|buku 1, 2, dan 5|books 1, 2 and 5|\(1 ",
                    "",
                    row[language].text,
                )
                assert not re.search(r"\d", said), name


@pytest.mark.parametrize("name", NAMES)
def test_each_ends_with_the_box(name):
    boxes = [text for cell in told(committed(name)) for text in cell if text.startswith("> ")]
    (box,) = boxes
    for word in ("What is not modelled", "Net losers", "Cash benchmark", "Unsourced", "flip"):
        assert word in box
    assert "Groups of fewer than 30 simulated households are not shown" in box


@pytest.mark.notebook
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_executing_again_gives_the_same_texts(name):
    before = spent()
    again = executed(source(name))
    assert told(again) == told(committed(name))
    assert spent() - before < SECONDS


@pytest.mark.notebook
@pytest.mark.slow
def test_a_notebook_speaks_bahasa_indonesia():
    notebook = source("1-start-here")
    first = code(notebook)[0]
    first.source = first.source.replace('LANGUAGE = "en"', 'LANGUAGE = "id"')
    texts = [text for cell in told(executed(notebook)) for text in cell]
    findings = [text for text in texts if text.startswith("**")]
    assert findings
    assert all(text.startswith("**Temuan (simulasi).**") for text in findings)
    english = re.compile(r"\b(the|of|persons|households|with|and|simulated|replicates)\b")
    assert not [text for text in texts if english.search(text)]


def spent():
    """Return the seconds of the processor that processes started by this one took, once ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# Pictures in the reader's language


def a_picture():
    figure, (axes,) = new_figure(6.0, 4.0)
    axes.plot([0.0, 2_500_000.5], [0.0, 12_000.5], label="scenario")
    axes.set_title("Consumption a head")
    axes.legend()
    in_units(axes.xaxis, "", "rupiah a month")
    in_units(axes.yaxis, "", "persons")
    caption(figure, "Ours.")
    return figure, axes


def test_a_picture_is_written_in_bahasa_indonesia():
    figure, axes = a_picture()
    translated.in_language(figure, "id")
    assert axes.get_title() == "Konsumsi per kapita"
    assert axes.get_xlabel() == "Rp juta per bulan"
    assert axes.get_ylabel() == "orang"
    assert axes.yaxis.get_major_formatter()(2500.5, 0) == "2.500,5"
    assert axes.xaxis.get_major_formatter()(2.5e6, 0) == "2,5"
    assert [each.get_text() for each in axes.get_legend().get_texts()] == ["skenario"]
    assert figure.get_supxlabel() == "Ours."


def test_a_picture_is_written_in_english():
    figure, axes = a_picture()
    translated.in_language(figure, "en")
    assert axes.get_xlabel() == "Rp million a month"
    assert axes.yaxis.get_major_formatter()(2500.5, 0) == "2,500.5"
    assert axes.xaxis.get_major_formatter()(2.5e6, 0) == "2.5"


def test_a_word_without_a_label_is_named():
    with pytest.raises(LookupError, match="'a hedgehog'"):
        translated.in_words("persons, a hedgehog", "id")
    assert translated.in_words("persons, a hedgehog", "en") == "persons, a hedgehog"


def test_names_of_the_program_are_said_as_people_say_them():
    assert (
        translated.in_words("sedaya-package", "en") == table()["scenario.sedaya-package"]["en"].text
    )
    assert telling.label_of("parameters.take_up", "id") == table()["parameter.take_up"]["id"].text


def test_a_figure_that_is_not_known_is_a_dash():
    nothing = float("nan")
    assert telling.told(nothing, nothing, nothing, "persons", "id") == "–"  # noqa: RUF001
    assert telling.short(nothing, "en") == "–"  # noqa: RUF001


def test_a_picture_has_its_caption_as_text(monkeypatch):
    shown = []
    monkeypatch.setattr(reading, "_display", shown.append)
    figure, _ = a_picture()
    reading.show(figure, "en")
    assert shown[0]["text/plain"] == "Ours."
    assert shown[0]["image/png"]


# Figures as words


def a_reading(here, cash):
    rows = [
        {"scenario": "ours", "variant": variant, "indicator": "net_per_budget", "unit": "persons"}
        | {"value": value, "low": value, "high": value}
        for variant, value in (("scenario", here), ("cash benchmark", cash))
    ]
    table = pd.DataFrame(rows)
    runs = table[["scenario", "variant", "indicator", "value"]].assign(replicate=0)
    return telling.Reading(table, "en"), pd.concat([runs, runs.assign(replicate=1)])


@pytest.mark.parametrize(
    ("here", "cash", "said"),
    [
        (3.0, 2.0, "in 2 of 2 replicates; the order turns round if it costs 50% more"),
        (1.5, 2.0, "in 0 of 2 replicates; to draw level with cash .* would have to cost 25% less"),
        (-1.0, 2.0, "in 0 of 2 replicates; .* no price makes them equal"),
    ],
)
def test_what_would_flip_the_decision_follows_from_the_figures(here, cash, said):
    told, runs = a_reading(here, cash)
    assert re.search(said, told.flips("ours", runs))


def test_groups_show_what_is_known_only():
    told, _ = a_reading(3.0, float("nan"))
    heads, _, group, row = told.groups("ours").splitlines()
    assert "the same money as cash" in heads
    assert group == "| **Who pays** |  |  |"
    assert row.endswith("| 3 persons | – |")  # noqa: RUF001


def test_differences_are_of_pairs():
    runs = pd.DataFrame(
        {
            "scenario": ["a", "a", "b", "b"],
            "variant": "scenario",
            "indicator": "irr",
            "replicate": [0, 1, 0, 1],
            "value": [5.0, 105.0, 3.0, 103.0],
        }
    )
    found = telling.difference(runs, "irr", ("a", "scenario"), ("b", "scenario"))
    assert found == {"value": 2.0, "low": 2.0, "high": 2.0}


@pytest.mark.parametrize(
    ("low", "high", "met", "said"),
    [
        (float("-inf"), 0.2, True, "Met: headcount of the country, off by 0.1 percentage points"),
        (0.2, float("inf"), False, r"\*\*Miss:\*\* .* \(at least 0.2 was asked for\)"),
        (0.2, 0.3, False, r"\(0.2 to 0.3 was asked for\)"),
    ],
)
def test_a_miss_is_called_a_miss(monkeypatch, low, high, met, said):
    shown = []
    monkeypatch.setattr(reading, "text", shown.append)
    what = "headcount of the country, off by"
    check = Check("people of March 2023", what, 0.1, "points", low, high, met)
    reading.checked(check.rung, [check], "en")
    assert ("all 1 bars are met" in shown[0]) == met
    assert re.search(said, shown[1])
