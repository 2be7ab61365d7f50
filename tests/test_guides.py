"""The guides say what there is: commands that parse, files that exist, words of the page."""

import ast
import importlib.util
import re
import shlex

import pytest

from scenarios import design, files
from scenarios.arguments import parse
from scenarios.grammar.mistakes import ScenarioError
from scenarios.words.labels import LANGUAGES, label, table
from scenarios.workshop import choices, kit
from scenarios.workshop.commands import KIT_REPLICATES
from simulation.parameters import TABLE
from tests.sources import ROOT

DOCS = ROOT / "docs"
TRANSLATED = ("planner", "facilitator")
GUIDES = (*(f"{name}.{language}" for name in TRANSLATED for language in LANGUAGES),
          "researcher", "developer")  # fmt: skip
MOST_COLUMNS = 110
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MADE = {"design.yaml", "ours.yaml", "kit.html", "split-1.yaml"}
"""Files that a reader makes."""
ASKED = ("places", "budgets", "archetypes", "selections", "terms")
"""What the live page and the kit offer differently, in the order of the table."""

each_guide = pytest.mark.parametrize("guide", GUIDES)
each_pair = pytest.mark.parametrize("name", TRANSLATED)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def text_of(guide):
    return (DOCS / f"{guide}.md").read_text(encoding="utf-8")


def blocks(guide, kind=""):
    """Return the blocks of code of one kind."""
    return [text for found, text in BLOCK.findall(text_of(guide)) if found == kind]


def prose(guide):
    """Return a guide without its blocks of code."""
    return BLOCK.sub("", text_of(guide))


def spans(guide):
    """Return what stands in backticks, in a line."""
    return re.findall(r"`([^`\n]+)`", prose(guide))


def lines(guide):
    """Return what is typed into a terminal, as words."""
    typed = [line for text in blocks(guide) for line in text.splitlines()]
    typed += [span for span in spans(guide) if re.match(r"berdaya |make ", span)]
    return [words for line in typed if (words := shlex.split(line, comments=True))]


def commands(guide):
    """Return the calls of `berdaya`, without where their output goes."""
    found = [words for words in lines(guide) if words[0] == "berdaya"]
    return [words[1 : words.index(">") if ">" in words else None] for words in found]


def headings(text):
    return re.findall(r"^(#+) (.+)$", text, re.MULTILINE)


def anchors(path):
    """Return what a link may name of a page."""
    text = BLOCK.sub("", path.read_text(encoding="utf-8"))
    titles = (re.sub(r"[^\w\s-]", "", title.lower()) for _, title in headings(text))
    return {title.replace(" ", "-") for title in titles}


@each_guide
def test_every_command_can_be_typed(guide):
    given = commands(guide)
    assert len(given) > 3
    for words in given:
        try:
            parse(words)
        except SystemExit:
            pytest.fail(f"{guide}: berdaya {shlex.join(words)}")


@each_guide
def test_scenarios_and_designs_that_are_named_exist(guide):
    known = {*files.names(), *design.names(), *MADE}
    for words in commands(guide):
        args = vars(parse(words))
        named = [] if args["command"] == "trials" else [*(args.get("names") or [])]
        named += [args["design"]] if "design" in args else []
        assert set(named) <= known, words


@each_guide
def test_whatever_else_is_typed_exists(guide):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for words in lines(guide):
        if words[0] == "make":
            assert set(words[1:]) <= targets
        elif words[:2] == [".venv/bin/python", "-m"]:
            assert importlib.util.find_spec(words[2])
            assert all((ROOT / word).exists() for word in words[3:] if word.startswith("tests/"))
        else:
            assert words[0] in ("berdaya", ".venv/bin/pip", ".venv/bin/jupyter")


@each_guide
def test_extras_that_are_named_exist(guide):
    known = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in re.findall(r"\[([a-z]+)\]'", text_of(guide)):
        assert f"\n{name} = [" in known


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scenario_of_the_planners_is_right(language, tmp_path):
    (text,) = blocks(f"planner.{language}", "yaml")
    path = tmp_path / "ours.yaml"
    path.write_text(text, encoding="utf-8")
    assert files.read(path).figures.rural.persons == 268_000


def test_what_python_imports_is_there():
    (text,) = blocks("researcher", "python")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            for each in node.names:
                within = f"{node.module}.{each.name}"
                assert hasattr(module, each.name) or importlib.util.find_spec(within)


@each_guide
def test_links_lead_somewhere(guide):
    for link in re.findall(r"\]\(([^)]+)\)", prose(guide)):
        name, _, anchor = link.partition("#")
        path = DOCS / name if name else DOCS / f"{guide}.md"
        assert path.exists(), link
        assert not anchor or anchor in anchors(path), link


def test_files_that_developers_are_told_of_exist():
    for span in spans("developer"):
        if not re.fullmatch(r"[\w./-]+(\.(py|csv|md|yaml|svg|c|js|json|txt|toml)|/)", span):
            continue
        found = (ROOT / span).exists() or any(
            any((ROOT / folder).rglob(span))
            for folder in ("simulation", "calibration", "scenarios", "benchmarks", "tests")
        )
        assert found, span


@each_guide
def test_lines_are_short(guide):
    prose_lines = [line for line in text_of(guide).splitlines() if not line.startswith("|")]
    assert [line for line in prose_lines if len(line) > MOST_COLUMNS] == []


@each_pair
def test_both_languages_have_the_same_parts_and_commands(name):
    one, other = (f"{name}.{language}" for language in LANGUAGES)
    levels = [[len(marks) for marks, _ in headings(text_of(each))] for each in (one, other)]
    assert levels[0] == levels[1]
    typed = [[_without_language(words) for words in lines(each)] for each in (one, other)]
    assert typed[0] == typed[1]
    rows, items = (
        [len(re.findall(mark, text_of(each), re.MULTILINE)) for each in (one, other)]
        for mark in (r"^\|", r"^- ")
    )
    assert rows[0] == rows[1]
    assert items[0] == items[1]


def _without_language(words):
    if "--language" not in words:
        return words
    at = words.index("--language")
    return words[:at] + words[at + 2 :]


@each_language
def test_planners_read_a_brief_in_their_language(language):
    briefs = [parse(words) for words in commands(f"planner.{language}") if words[0] == "brief"]
    assert {each.language for each in briefs} == {language}


# What facilitators are told


@each_language
def test_bold_words_are_words_of_the_page(language):
    shown = {labels[language].text for labels in table().values()} | {"ID", "EN"}
    bold = re.findall(r"\*\*(.+?)\*\*", prose(f"facilitator.{language}"), re.DOTALL)
    bold = [" ".join(each.split()) for each in bold]
    assert len(set(bold)) > 20
    assert set(bold[1:]) <= shown  # the first one says what bold words are


@each_language
def test_messages_are_quoted_as_the_page_has_them(language):
    text = prose(f"facilitator.{language}")
    for name in ("page.verdict.unsure", "page.error.lost"):
        begins = re.split(r"[:.]", label(name, language).text)[0]
        assert f'"{begins}"' in text


@each_language
def test_the_live_page_and_the_kit_offer_what_the_table_says(language):
    rows = re.findall(
        r"^\|[^|]+\| (\d+)\b[^|]*\| (\d+)\b", text_of(f"facilitator.{language}"), re.M
    )
    offered = choices.offer(), kit.offer_of(None)
    expected = [tuple(len(getattr(each, name)) for each in offered) for name in ASKED]
    expected.insert(1, tuple(each.step for each in offered))
    expected.append(tuple(len(each.shocks) - 1 for each in offered))  # none is one of them
    assert [tuple(map(int, row)) for row in rows] == expected


@each_language
def test_a_session_has_ninety_minutes_without_a_gap(language):
    times = re.findall(
        r"^### (\d+)\N{EN DASH}(\d+) ", text_of(f"facilitator.{language}"), re.MULTILINE
    )
    starts, ends = zip(*[(int(start), int(end)) for start, end in times], strict=True)
    assert starts[0] == 0
    assert ends[-1] == 90
    assert starts[1:] == ends[:-1]


def test_more_than_half_of_all_inputs_have_no_source():
    assumed = [name for name, row in TABLE.items() if row.source.startswith("assumption")]
    assert len(assumed) > len(TABLE) / 2


@each_language
def test_a_kit_has_the_runs_that_the_guide_says_and_not_twice_as_many(language):
    runs = {"en": f"{KIT_REPLICATES} runs", "id": f"{KIT_REPLICATES} simulasi"}
    assert runs[language] in " ".join(prose(f"facilitator.{language}").split())
    kit.check_size(kit.offer_of(None), KIT_REPLICATES)
    with pytest.raises(ScenarioError):
        kit.check_size(kit.offer_of(None), 2 * KIT_REPLICATES)
