"""Scenarios told again: as a file, term by term, and all that may be said."""

import io
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML

from scenarios.explain import allowed
from scenarios.schema import Scenario, json_schema
from simulation.rupiah import format_rupiah

MONEY = frozenset({"amount", "cost", "fund", "overhead", "wage"})
"""Terms of programmes that are amounts of rupiah."""


def as_yaml(scenario: Scenario) -> str:
    """Return a file that says all that a scenario says, and extends nothing.

    Examples
    --------
    >>> from scenarios.files import read
    >>> "cost: Rp 3.500.000" in as_yaml(read("training-only"))
    True
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(_written(scenario), text)
    return text.getvalue()


def _written(scenario: Scenario) -> dict[str, Any]:
    """Return what a file says: no name, no part that is left out, money as people write it."""
    said = scenario.model_dump(mode="json", exclude={"name"}, exclude_none=True)
    for programme in said["programmes"]:
        for group in (programme, *(part for part in programme.values() if isinstance(part, dict))):
            for name in MONEY & group.keys():
                if group[name].is_integer():
                    group[name] = format_rupiah(group[name])
    return said


def terms(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    """Yield each term as an option changes it: its path, programmes by their names; its value."""
    said = scenario.model_dump(mode="json", exclude={"name"}, exclude_none=True)
    programmes = {programme.pop("name"): programme for programme in said.pop("programmes")}
    pending = [("", {**said, "programmes": programmes})]
    while pending:
        path, group = pending.pop()
        if isinstance(group, dict):
            inner = [(f"{path}.{name}".lstrip("."), value) for name, value in group.items()]
            pending += reversed(inner)
        else:
            yield path, group


def vocabulary() -> list[dict[str, str]]:
    """Return all names that a file may use, with what may stand there and what it means."""
    schema = json_schema()
    rows: list[dict[str, str]] = []

    def walk(group: dict[str, Any], path: tuple[str, ...], place: tuple[str | int, ...]) -> None:
        for name, piece in group["properties"].items():
            here = (*place, name)
            says = "a scenario or a file" if here == ("extends",) else allowed(here)
            row = {"path": ".".join((*path, name)), "allowed": says}
            rows.append({**row, "meaning": piece.get("description", "")})
            if inner := _inside(piece, schema["$defs"]):
                row = (0,) if piece.get("type") == "array" else ()
                walk(inner, (*path, name), (*here, *row))

    walk(schema, (), ())
    return rows
