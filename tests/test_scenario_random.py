"""Whatever stands in a file is read or refused, and what is shown reads as the same."""

import json
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scenarios.files import LIBRARY, ScenarioError, read
from scenarios.grammar.describe import as_yaml, terms
from scenarios.grammar.yaml_text import read_yaml
from scenarios.schema import Scenario
from simulation.programmes.presets import presets
from simulation.programmes.programme import Programme

PACKAGE = (LIBRARY / "sedaya-package.yaml").read_text(encoding="utf-8")
FUNNEL = (LIBRARY / "jakpreneur.yaml").read_text(encoding="utf-8")
TOKENS = re.findall(r"\w+|\s+|[^\w\s]", re.sub(r" *#.*", "", FUNNEL))
WORDS = ("null", "true", ".nan", "1e999", "-1", "9" * 400, "Rp 5", '"\\ud800"', "\x00", "é")
MARKS = ("*", "&", "!", "|", "%", "[", "{", "}", "'", '"', "<<", ": ", "- ", "? ", "\t", "\n---\n")
RUBBISH = st.sampled_from(WORDS + MARKS)


def is_scenario_or_error(path, overrides=()):
    """Check that reading gives a scenario, or an error that can be shown."""
    try:
        scenario = read(path, overrides)
    except ScenarioError as error:
        found = error.mistakes
    else:
        assert isinstance(scenario, Scenario)
        return
    assert found
    for mistake in found:
        assert mistake.problem
        assert "\n" not in str(mistake)
        str(mistake).encode()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch") / "scratch.yaml"


@settings(max_examples=150)
@given(st.data())
def test_tokens_deleted_doubled_or_replaced(scratch, data):
    tokens = list(TOKENS)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(tokens) - 1))
        other = data.draw(RUBBISH | st.sampled_from(TOKENS))
        tokens[place : place + 1] = data.draw(
            st.sampled_from([[], [tokens[place]] * 2, [other], [tokens[place], other]])
        )
    scratch.write_bytes("".join(tokens).encode())
    is_scenario_or_error(scratch)


@settings(max_examples=150)
@given(st.binary(max_size=60), st.integers(0, len(PACKAGE)))
def test_random_bytes_in_a_file(scratch, content, place):
    for before, after in (("", ""), (PACKAGE[:place], PACKAGE[place:])):
        scratch.write_bytes(before.encode() + content + after.encode())
        is_scenario_or_error(scratch)


@settings(max_examples=300)
@given(st.lists(RUBBISH | st.text(max_size=5), max_size=12).map("".join))
def test_random_text_is_read_or_refused(text):
    node, found = read_yaml(text, "text")
    assert (node is not None) or found


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | RUBBISH,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
SCHEMA = Scenario.model_json_schema()
NAMES = sorted(
    {*Scenario.model_fields, *(n for d in SCHEMA["$defs"].values() for n in d["properties"]), "0"}
)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(".".join) | st.sampled_from(
    ["area", "programmes.sedaya", "programmes.sedaya.finance.amount", "parameters.attendance"]
)


@settings(max_examples=150)
@given(st.lists(st.tuples(PATHS, VALUES), max_size=3))
def test_random_values_at_random_paths(changes):
    is_scenario_or_error(
        "sedaya-package", [f"{path}={json.dumps(value)}" for path, value in changes]
    )


@settings(max_examples=100)
@given(VALUES, st.sampled_from(sorted(Scenario.model_fields)))
def test_random_values_in_a_file(scratch, value, field):
    scratch.write_text(json.dumps({"extends": "sedaya-package", field: value}), encoding="utf-8")
    is_scenario_or_error(scratch)


# Told again


def value_at(piece):
    """Return a strategy for what may stand at a part of the schema."""
    if "$ref" in piece:
        part = SCHEMA["$defs"][piece["$ref"].rpartition("/")[2]]
        needed = set(part.get("required", ()))
        fields = {name: value_at(inner) for name, inner in part["properties"].items()}
        return st.fixed_dictionaries(
            {name: fields[name] for name in fields if name in needed},
            optional={name: fields[name] for name in fields if name not in needed},
        )
    if "enum" in piece:
        return st.sampled_from(piece["enum"])
    if piece.get("examples"):
        return st.sampled_from([0, 1, 1_000_000.5, "Rp 5 juta", "Rp 2.400.000,50"])
    if "anyOf" in piece:
        return st.one_of(map(value_at, piece["anyOf"]))
    low, high = piece.get("minimum"), piece.get("maximum")
    return {
        "null": lambda: st.none(),
        "boolean": lambda: st.booleans(),
        "integer": lambda: st.integers(low, min(high, 276)),
        "number": lambda: st.sampled_from([low, high]) | st.floats(low, high),
        "string": lambda: st.sampled_from(["1", "a", "null", "1e5", "0-0", "true", "no", "007"]),
        "array": lambda: st.lists(value_at(piece["items"]), max_size=2),
    }[piece["type"]]()


PRESET_KINDS = {"archetype", "organiser"}
TOGETHER = {
    "target": st.just({"group": "street people", "standing_below": 2}),
    "follows": st.none(),
    "practices": value_at({"$ref": "Practices"}).map(
        lambda said: {**said, "rewards": "joining", "reward": "Rp 1 juta"}
    ),
    "kpi": st.just("growth"),
    "budget": st.sampled_from([None, 9e13, "Rp 90 triliun"]),
    "finance": st.fixed_dictionaries(
        {"instrument": st.sampled_from(sorted(presets()["instrument"])), "amount": st.just(5e6)},
        optional={
            name: value_at(SCHEMA["$defs"]["Finance"]["properties"][name])
            for name in ("after", "fund", "wait", "payer", "subsidy", "in_kind", "requires")
        },
    ),
    "funding": st.just({"donor": 0.25}),
}
"""Terms that must agree with others, and values with which they do."""


@st.composite
def programmes(draw):
    """Draw a programme that says any of its terms, with or without presets."""
    said = draw(value_at({"$ref": "Programme"}).map(dict))
    for name, agreed in TOGETHER.items():
        if name in said or name in ("target", "kpi", "finance"):
            said[name] = draw(agreed)
    said["starts"] = draw(st.integers(0, 35))
    try:
        return Programme.model_validate(said)
    except ValidationError:
        assume(False)


def test_programmes_of_all_kinds_are_drawn():
    """So the property below is about programmes of all kinds."""
    seen = set()

    @settings(max_examples=200, database=None, derandomize=True)
    @given(programmes())
    def look(programme):
        seen.update(name for name in programme.model_fields_set)
        seen.update(kind for kind in PRESET_KINDS if getattr(programme, kind))
        seen.update(f"no {name}" for name, value in programme if value is None)

    look()
    assert set(Programme.model_fields) - {"follows"} <= seen
    assert {"no training", "no mentoring", "no staff", "no archetype"} <= seen


@settings(max_examples=150)
@given(st.lists(programmes(), max_size=2, unique_by=lambda each: each.name))
def test_what_is_shown_reads_as_the_same_programmes(scratch, found):
    scenario = Scenario(name="scratch", title="Tried", programmes=found)
    scratch.write_text(as_yaml(scenario), encoding="utf-8")
    again = read(scratch)
    assert again == scenario
    assert dict(terms(again)) == dict(terms(scenario))


@settings(max_examples=150)
@given(st.text(max_size=30) | st.text("0123456789.eE+-_xo~nulltrue:# '\"", max_size=9))
def test_what_is_shown_has_the_same_words(scratch, words):
    try:
        scenario = Scenario(name="scratch", title="Tried", summary=words)
        scratch.write_text(as_yaml(scenario), encoding="utf-8")
    except UnicodeEncodeError:
        return  # half a character, which no file holds
    assert read(scratch).summary == words
