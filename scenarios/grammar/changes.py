"""Scenarios changed by the paths of their terms, as designs do it many times."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from scenarios.grammar.describe import terms
from scenarios.grammar.design_text import noded
from scenarios.grammar.explain import explain
from scenarios.grammar.mistakes import Mistake, ScenarioError, nearest
from scenarios.schema import Scenario
from simulation.parameters import TABLE

ROWS = ("programmes", "shocks")
"""Lists of a scenario whose rows a path leads to by their names."""
FIXED = ("name", "title", "summary", "replicates", *ROWS, "parameters")
"""What no path changes: groups as a whole, and what a design says itself."""


def at(base: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Return a scenario with changes by path.

    A change in a programme or a shock that the scenario does not have is left out: it is meant for
    others of the same design.

    Raises
    ------
    ScenarioError
        Where a path leads nowhere, or a value may not stand there.

    Examples
    --------
    >>> from scenarios.files import read
    >>> changed = at(read("sedaya-pilot"), {"programmes.sedaya.seats": 80, "months": 24})
    >>> changed.programmes[0].seats, changed.months
    (80, 24)
    """
    tree = placed(base, changes)
    try:
        return Scenario.model_validate(tree)
    except ValidationError as error:
        raise ScenarioError(explain(error, noded(tree, base.name), whole=True)) from None


def placed(base: Scenario, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that a scenario says with changes by path, whether or not it may say that.

    Raises
    ------
    ScenarioError
        Where a path leads nowhere.
    """
    tree = base.model_dump()
    if base.figures and changes.get("area", base.area) != base.area:
        problem = f"figures of its own are those of {base.area}"
        raise ScenarioError([Mistake(base.name, None, "area", problem, base.area)])
    for path, value in changes.items():
        group, last = _group(tree, path)
        if group is None:
            continue
        known = TABLE if path.startswith("parameters.") else group
        if path in FIXED or last == "name" or last not in known:
            problem = f"{path} leads to no term of the scenario {base.name} that can be changed"
            paths = [*(each for each, _ in terms(base)), *(f"parameters.{name}" for name in TABLE)]
            near = nearest(path, (each for each in paths if each not in FIXED))
            raise ScenarioError([Mistake(base.name, None, path, problem, nearest=near)])
        # Adding zero makes a plain zero of one below zero, which would be another run.
        group[last] = value + 0.0 if isinstance(value, float) else value
    return tree


def _group(tree: dict[str, Any], path: str) -> tuple[dict[str, Any] | None, str]:
    """Return the group of terms that a path leads into, and the name of the term there.

    None where the row that it names is that of another scenario; empty where there is none.
    """
    *way, last = path.split(".")
    group: Any = tree
    if way and way[0] in ROWS and len(way) > 1:
        rows = [row for row in tree[way[0]] if row["name"] == way[1]]
        if not rows:
            return None, last
        group, way = rows[0], way[2:]
    for step in way:
        group = group.get(step) if isinstance(group, dict) else None
    return group if isinstance(group, dict) else {}, last


def names_in(scenario: Scenario, group: str) -> list[str]:
    """Return the names of the rows in one of the lists of `ROWS`; of any other group, none."""
    return [row.name for row in getattr(scenario, group)] if group in ROWS else []


def concerns(path: str, scenario: Scenario, every: Sequence[Scenario]) -> bool:
    """Return whether a path is for this scenario: it has that row, or no scenario has it."""
    group, _, inner = path.partition(".")
    name = inner.partition(".")[0]
    having = [each for each in every if name in names_in(each, group)]
    return not having or name in names_in(scenario, group)
