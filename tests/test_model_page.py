"""The model page follows ODD, names what there is and nothing else, and its picture agrees with it.

What stands in backticks or in an equation is a name: of a parameter, a field, a term, a figure of
the population, or something that the project's own code defines.
"""

import ast
import re
from xml.etree import ElementTree

import pytest

from calibration.traits import traits
from simulation.parameters import TABLE
from tests.sources import PACKAGES, ROOT, package

PAGE = ROOT / "docs" / "model.md"
PICTURE = ROOT / "docs" / "month.svg"
TEXT = PAGE.read_text(encoding="utf-8")
MOST_CHARACTERS = 99

ODD = (
    "1 Purpose and patterns",
    "2 Entities, state variables and scales",
    "3 Process overview and scheduling",
    "4 Design concepts",
    "5 Initialization",
    "6 Input data",
    "7 Submodels",
)
CONCEPTS = (
    "Basic principles",
    "Emergence",
    "Adaptation",
    "Objectives",
    "Learning",
    "Prediction",
    "Sensing",
    "Interaction",
    "Stochasticity",
    "Collectives",
    "Observation",
)
AFTER = (
    "Where this differs from the first design, and why",
    "Mechanisms whose size no source supports",
    "Not modelled",
)
FUNCTIONS = {"sqrt", "exp", "log", "log2", "min", "max", "clip"}
FILE = re.compile(r"[\w./-]+(?:\.(?:py|csv|md|yaml|svg)|/)")


def headings(level):
    return re.findall(rf"^{'#' * level} (.+)$", TEXT, re.MULTILINE)


def section(heading):
    """Return the text from a heading to the next of the same level."""
    level = re.search(rf"^(#+) {re.escape(heading)}$", TEXT, re.MULTILINE)
    own = TEXT[level.end() :]
    return re.split(rf"^{level[1]} ", own, maxsplit=1, flags=re.MULTILINE)[0]


def equations(text=TEXT):
    """Return what stands in blocks of code."""
    return re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def spans(text=TEXT):
    """Return what stands in backticks, in a line."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```\n.*?^```$", "", text, flags=re.M | re.S))


def words(text):
    """Return the names in a text, without single letters."""
    return {word for word in re.findall(r"[^\W\d]\w+", text) if len(word) > 1}


def given():
    """Return the names that equations give, on the left of their sign."""
    left = re.compile(r"([^\W\d]\w*)(?:\(\w\))?'? =")
    return {name for text in equations() for name in left.findall(text)}


def files(text=TEXT):
    links = re.findall(r"\]\(([^)#]+)\)", text)
    return {span for span in spans(text) if FILE.fullmatch(span)}, links


def defined():
    """Return the names that the project's code gives: functions, classes, fields, constants."""
    found = {name.rpartition(".")[2] for each in PACKAGES for name in package(each)}
    for tree in (tree for each in PACKAGES for tree in package(each).values()):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
    return found


def records():
    """Return the fields of all records, as the code writes their types."""
    types = [
        node
        for tree in package("simulation").values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.dtype"
    ]
    texts = (each for node in types for each in ast.walk(node) if isinstance(each, ast.Constant))
    return {each.value for each in texts if isinstance(each.value, str)}


KNOWN = set(TABLE) | records() | set(traits()) | defined()


def test_the_sections_are_those_of_odd_in_order():
    assert tuple(headings(2)) == (*ODD, *AFTER)


def test_the_design_concepts_are_those_of_odd_in_order():
    text = section(ODD[3])
    places = [text.index(f"**{concept}") for concept in CONCEPTS]
    assert places == sorted(places)


def test_every_equation_of_the_code_has_its_submodel_in_order():
    named = re.findall(r"\((C\d+)\)", "\n".join(headings(3)))
    assert named == [f"C{number}" for number in range(1, 11)]
    spoken = {
        mark
        for tree in package("simulation").values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for mark in re.findall(r"\bC\d+\b", node.value)
    }
    assert spoken <= set(named)


@pytest.mark.parametrize("heading", headings(3))
def test_a_submodel_names_its_files(heading):
    named, _ = files(section(heading))
    assert named


def test_files_that_are_named_exist():
    named, links = files()
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


def test_names_in_backticks_are_known():
    named = set().union(*(words(span) for span in spans() if not FILE.fullmatch(span)))
    assert sorted(named - KNOWN - given() - {"code"}) == []


def test_names_in_equations_are_known_or_given_there():
    used = words(re.sub(r"\[[^]=]*\]", "", "\n".join(equations())))
    assert sorted({name for name in used if len(name) > 2} - KNOWN - FUNCTIONS - given()) == []


def test_every_parameter_is_named():
    named = set().union(*map(words, [*equations(), *spans()]))
    assert sorted(set(TABLE) - named) == []


def test_what_no_source_supports_is_what_the_table_calls_an_assumption():
    groups, off = section(AFTER[1]).split("**Off by default**")
    listed = spans(groups)
    assumed = {name for name, row in TABLE.items() if row.source.startswith("assumption")}
    assert len(listed) == len(set(listed))
    assert set(listed) == assumed
    assert set(spans(off)) == {name for name, row in TABLE.items() if "(off" in row.source}
    assert all(TABLE[name].default == 0.0 for name in spans(off))


def test_lines_are_short():
    assert max(map(len, TEXT.splitlines())) <= MOST_CHARACTERS


def test_the_page_shows_the_month_in_words_too():
    assert re.search(r"!\[[^]]{40,}\]\(month\.svg\)", section(ODD[2]))


def test_the_picture_speaks_of_submodels_as_the_page_does():
    picture = ElementTree.parse(PICTURE).getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    labels = [
        "".join(each.itertext()).strip()
        for each in picture.iter("{http://www.w3.org/2000/svg}text")
        if each.get("class") == "submodel"
    ]
    assert len(labels) == len(set(labels)) > 20
    text = " ".join(TEXT.split())
    assert [label for label in labels if label not in text] == []
