"""Names of runs: what makes another run, and what does not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulation.runs import plan
from simulation.watch import PlanError, code_version

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
tables = st.dictionaries(st.text(max_size=3), values, max_size=5)


def named(inputs, function="tiny:simulate", version="1"):
    (run,) = plan(function, [inputs], version)
    return run.name


def strictly(value):
    """Return a value in which what Python finds equal but is of another type differs."""
    if isinstance(value, dict):
        return {name: strictly(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [strictly(inner) for inner in value]
    return (type(value), repr(value))


def turned(value):
    """Return an equal value whose names come in another order."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


@settings(max_examples=50)
@given(tables)
def test_the_order_of_names_does_not_matter(inputs):
    assert named(turned(inputs)) == named(inputs)


@settings(max_examples=50)
@given(tables, tables)
def test_other_inputs_are_another_run(one, other):
    assert (named(one) == named(other)) == (strictly(one) == strictly(other))


@given(tables, st.data())
def test_a_change_of_one_input_is_another_run(inputs, data):
    assume(inputs)
    name = data.draw(st.sampled_from(sorted(inputs)))
    value = data.draw(values)
    assume(strictly(value) != strictly(inputs[name]))
    assert named(inputs | {name: value}) != named(inputs)
    assert named({key: inputs[key] for key in inputs if key != name}) != named(inputs)


def test_function_and_version_are_part_of_the_name():
    inputs = {"x": 1.0}
    assert len({named(inputs), named(inputs, "tiny:fail"), named(inputs, version="2")}) == 3


def test_a_name_stays_the_same_for_ever():
    inputs = {"b": [0.1 + 0.2, 1, 1.0, -0.0, 1e300, None, True], "a": "\u00e9"}
    assert named(inputs) == "d3012a2adb66f2f4a5d267d432905416d6b4702774171e1d117e8fb65c9f9eb8"


def test_numpys_floats_are_floats():
    assert named({"x": np.float64(0.1)}) == named({"x": 0.1})


def test_a_data_frame_is_a_table():
    frame = pd.DataFrame({"n": [1, 2], "x": [0.1, 2.0]})
    assert plan("tiny:simulate", frame, "1") == plan(
        "tiny:simulate", [{"x": 0.1, "n": 1}, {"x": 2.0, "n": 2}], "1"
    )


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (0.0, -0.0), (1, True), (0.0, False)])
def test_whole_numbers_and_fractions_neither_collide_nor_differ_silently(one, other):
    assert named({"x": one}) != named({"x": other})
    rows = [{"x": 5, "y": [one]}, {"x": 6, "y": [one]}, {"x": 5, "y": [other]}]
    with pytest.raises(PlanError, match="rows 0 and 2 differ only as 1 and"):
        plan("tiny:simulate", rows, "1")


def test_numbers_of_equal_hash_are_not_taken_for_alike():
    assert len(set(plan("tiny:simulate", [{"x": x} for x in (-1, -2, "-1", [], {})], "1"))) == 5


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"x": float("nan")}, "row 1, x is nan, which JSON does not have"),
        ({"x": {"y": [0.0, float("inf")]}}, "row 1, x, y, 1 is inf"),
        ({"x": np.int64(3)}, "row 1, x is of type int64"),
        ({"x": {1, 2}}, "row 1, x is of type set"),
        ({3: 1.0}, "row 1 has the name 3: names are texts"),
    ],
)
def test_inputs_that_are_not_json_are_named(inputs, message):
    with pytest.raises(PlanError, match=message):
        plan("tiny:simulate", [{"x": 1.0}, inputs], "1")


@pytest.mark.parametrize("function", ["tiny", "tiny.simulate", "tiny:", "__main__:f", "a b:c"])
def test_a_function_has_a_module_and_a_name(function):
    with pytest.raises(PlanError, match="does not name a function"):
        plan(function, [{}], "1")


def test_the_version_changes_with_sources_and_data(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "some_model"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").touch()
    seen = [code_version("some_model")]
    for name in ("rules.py", "inner/rules.py", "table.csv", "terms.yaml"):
        (package / name).write_text("1\n")
        seen.append(code_version("some_model"))
        (package / name).write_text("2\n")
        seen.append(code_version("some_model"))
    assert len(set(seen)) == len(seen)
    (package / "notes.md").touch()
    (package / "inner" / "rules.pyc").touch()
    assert code_version("some_model", "some_model") == seen[-1] != code_version("json")
    with pytest.raises(PlanError, match="no package nowhere"):
        code_version("nowhere")
