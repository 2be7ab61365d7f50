import csv

import pytest

from simulation.agentset import RecordSet
from simulation.parameters import TABLE
from simulation.records import CONTRACT, ENTERPRISE, HOUSEHOLD, PLACE
from tests.sources import PACKAGES, ROOT, attributes, imported, package, texts

# Whom each package must not import; what is not named may import everything.
ABOVE = {
    "simulation": {"calibration", "scenarios", "notebooks", "benchmarks", "tests"},
    "calibration": {"scenarios", "notebooks", "benchmarks", "tests"},
    "scenarios": {"notebooks", "benchmarks", "tests"},
}
CHANCE = {"random", "numpy.random", "secrets", "uuid"}
# A model's generators and what draws from them, NumPy's, and the system's.
CHANCE_NAMES = {"random", "rng", "shuffle", "shuffle_do", "urandom", "getrandom"}
CLOCKS = {"time", "datetime"}
MOST_LINES = 400

MODULES = {name: tree for each in PACKAGES for name, tree in package(each).items()}
FILES = sorted(
    str(path.relative_to(ROOT)) for each in PACKAGES for path in (ROOT / each).rglob("*.py")
)


def test_all_packages_are_looked_at():
    assert {name.split(".")[0] for name in MODULES} == set(PACKAGES)
    assert len(MODULES) == len(FILES) > 20


@pytest.mark.parametrize("name", ABOVE)
def test_imports_run_one_way(name):
    for module, tree in package(name).items():
        above = {each for each in imported(tree) if each.split(".")[0] in ABOVE[name]}
        assert not above, module


@pytest.mark.parametrize("name", PACKAGES)
def test_no_module_imports_itself_in_a_circle(name):
    own = package(name)
    waiting = {module: imported(tree) & set(own) - {module} for module, tree in own.items()}
    while free := [module for module, needs in waiting.items() if not needs & set(waiting)]:
        for module in free:
            del waiting[module]
    assert not waiting


@pytest.mark.parametrize("module", MODULES)
def test_chance_comes_from_draws_only(module):
    tree = MODULES[module]
    assert not imported(tree) & CHANCE
    if module != "simulation.agentset":
        assert not attributes(tree) & CHANCE_NAMES


def test_agent_sets_draw_in_shuffle_only():
    users = {
        name
        for name, method in vars(RecordSet).items()
        if "random" in getattr(getattr(method, "__code__", None), "co_names", ())
    }
    assert users == {"shuffle"}


@pytest.mark.parametrize("module", package("simulation"))
def test_the_model_reads_no_clock(module):
    assert not imported(MODULES[module]) & CLOCKS or module == "simulation.runs"


@pytest.mark.parametrize("file", FILES)
def test_files_are_short(file):
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES


def rows():
    """Return the rows of parameters.csv as they are written."""
    with (ROOT / "simulation" / "parameters.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_parameters_have_names_of_their_own():
    names = [row["name"] for row in rows()]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)
    fields = {name for record in (HOUSEHOLD, ENTERPRISE, PLACE, CONTRACT) for name in record.names}
    assert not set(names) & fields


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["name"])
def test_a_parameter_is_complete(row):
    assert None not in row
    assert all(value and value == value.strip() for value in row.values())
    assert float(row["low"]) <= float(row["default"]) <= float(row["high"])
    assert float(row["low"]) < float(row["high"])
    assert row["prior"] == "uniform"


def used():
    """Return the parameters whose names the packages speak."""
    trees = [tree for each in PACKAGES for tree in package(each).values()]
    spoken = set().union(*(attributes(tree) | texts(tree) for tree in trees))
    return spoken & set(TABLE)


def test_every_parameter_is_read_by_some_rule():
    assert set(TABLE) - used() == set()
