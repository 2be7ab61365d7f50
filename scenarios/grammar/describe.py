"""Scenarios told again: as a file, term by term, and all that may be said."""

import io
import json
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML

from scenarios.grammar.explain import allowed, is_money
from scenarios.grammar.nodes import Location
from scenarios.schema import Scenario, json_schema
from simulation.programmes.presets import presets
from simulation.rupiah import format_rupiah

Piece = dict[str, Any]

LONGEST_LINE = 10_000  # characters; more than any text that a scenario may hold


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
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = LONGEST_LINE
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(_written(scenario), text)
    return text.getvalue()


def _written(scenario: Scenario) -> Piece:
    """Return what a file says: no name, no part that is left out, money as people write it."""
    whole = scenario.model_dump(mode="json", exclude={"name"})
    said: Piece = _said(whole, ())
    for programme, full in zip(said["programmes"], whole["programmes"], strict=True):
        _take_away(programme, full, "archetype", "organiser")
        if full["finance"]:
            _take_away(programme["finance"], full["finance"], "instrument")
    return said


def _said(value: Any, place: Location) -> Any:  # noqa: ANN401
    """Return a value of a scenario without what is left out in it, money as people write it."""
    if isinstance(value, dict):
        return {
            name: _said(inner, (*place, name)) for name, inner in value.items() if inner is not None
        }
    if isinstance(value, list):
        return [_said(inner, (*place, row)) for row, inner in enumerate(value)]
    if isinstance(value, float) and value.is_integer() and is_money(place):
        return format_rupiah(value)
    return value


def _take_away(said: Piece, whole: Piece, *kinds: str) -> None:
    """Say null where a preset would give what a programme does not have."""
    for kind in kinds:
        for path in presets()[kind].get(whole[kind], {}):
            part, full = said, whole
            for step in path.split("."):
                if full[step] is None:
                    part[step] = None
                    break
                part, full = part.get(step, {}), full[step]


def terms(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    """Yield each term as an option changes it: its path, programmes by their names; its value.

    Shocks are one list, written as such an option takes it.
    """
    said = scenario.model_dump(mode="json", exclude={"name"}, exclude_none=True)
    programmes = {programme.pop("name"): programme for programme in said.pop("programmes")}
    pending = [("", {**said, "programmes": programmes})]
    while pending:
        path, group = pending.pop()
        if isinstance(group, dict):
            inner = [(f"{path}.{name}".lstrip("."), value) for name, value in group.items()]
            pending += reversed(inner)
        elif isinstance(group, list) and any(isinstance(row, dict) for row in group):
            yield path, json.dumps(group, separators=(",", ":"))
        else:
            yield path, group


def vocabulary() -> list[dict[str, str]]:
    """Return every term that a file may use, with what may stand there and what it means."""
    schema = json_schema()
    rows = []
    pending: list[tuple[tuple[str, ...], Location, Piece]] = [((), (), schema)]
    while pending:
        path, place, piece = pending.pop()
        group, steps = _group(piece, schema["$defs"])
        for name, inner in reversed(group.items()):
            pending.append(((*path, name), (*place, *steps, name), inner))
        if not group:
            says, meaning = _allowed(place, piece), piece["description"]
            says = "text" if says == meaning else says
            rows.append({"path": ".".join(path), "allowed": says, "meaning": meaning})
    return rows


def _group(piece: Piece, parts: Piece) -> tuple[Piece, Location]:
    """Return what stands inside a part of the schema, and the steps that lead there."""
    inner = piece.get("items", piece)
    for option in (inner, *inner.get("anyOf", [])):
        if "$ref" in option:
            inner = parts[option["$ref"].rpartition("/")[2]]
    return inner.get("properties", {}), (0,) if "items" in piece else ()


def _allowed(place: Location, piece: Piece) -> str:
    if "minimum" in piece and place[0] == "parameters":
        return f"a number from {piece['minimum']:g} to {piece['maximum']:g}"
    return "text" if place == ("extends",) else allowed(place)
