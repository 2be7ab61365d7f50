"""Whatever stands in a file: reading gives a scenario or a `ScenarioError`."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.files import LIBRARY, ScenarioError, read
from scenarios.schema import Scenario
from scenarios.yaml_text import read_yaml

PACKAGE = (LIBRARY / "sedaya-package.yaml").read_text(encoding="utf-8")
TOKENS = re.findall(r"\w+|\s+|[^\w\s]", re.sub(r" *#.*", "", PACKAGE))
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
NAMES = sorted({*re.findall(r"[a-z_]+", PACKAGE), "cash", "0"})
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
