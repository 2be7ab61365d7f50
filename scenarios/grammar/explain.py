"""What a validation error means, told to whoever wrote the file."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scenarios.grammar.mistakes import Mistake, nearest, shorten
from scenarios.grammar.nodes import Location, Node
from scenarios.schema import Scenario

SMALLEST_COIN = 100  # rupiah in daily use

_PROBLEMS = {
    "bool_type": "is neither true nor false",
    "dict_type": "is not a group of names and values",
    "finite_number": "is not a finite number",
    "float_type": "is not a number",
    "greater_than_equal": "is too small",
    "int_from_float": "is not a whole number",
    "int_type": "is not a whole number",
    "less_than_equal": "is too large",
    "list_type": "is not a list",
    "literal_error": "is not one of the choices",
    "model_type": "is not a group of names and values",
    "string_pattern_mismatch": "has characters that may not stand here",
    "string_too_long": "is too long",
    "string_too_short": "is too short",
    "string_type": "is not text",
}


def explain(error: ValidationError, tree: Node, whole: bool) -> list[Mistake]:
    """Return the mistakes that validation found.

    Parameters
    ----------
    error
        What pydantic says about the plain values of `tree`.
    tree
        The scenario with positions.
    whole
        Whether all files of the scenario were read; if not, nothing is called missing.
    """
    mistakes: dict[tuple[str, str, int | None], Mistake] = {}
    for details in error.errors(include_url=False):
        kind, place = details["type"], details["loc"]
        incomplete = kind == "missing" or (kind == "value_error" and _names(place))
        if whole or not incomplete:
            mistake = _explain(details, tree)
            # A choice between types gives an error for each of them: the first will do.
            mistakes.setdefault((mistake.path, mistake.file, mistake.line), mistake)
    return list(mistakes.values())


def _explain(details: ErrorDetails, tree: Node) -> Mistake:
    """Return one mistake."""
    node, place = tree.find(details["loc"])
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        path = tree.dotted((*place, details["loc"][-1]))
        return Mistake(node.file, node.line, path, "is missing", allowed(details["loc"]))
    path = tree.dotted(place)
    if kind == "extra_forbidden":
        names = _names(place[:-1])
        near = nearest(str(place[-1]), names)
        problem = "is not a name that may stand here"
        return Mistake(node.file, node.line, path, problem, ", ".join(names), near)
    if kind == "refusal":
        return Mistake(
            node.file, node.line, path, context["problem"], context["allowed"], context["nearest"]
        )
    value = "" if isinstance(node.value, dict | list) else f"{shorten(node.value)} "
    if kind == "value_error":
        # A group is refused for what its values say together; a value for what it is.
        says = "" if _names(place) else allowed(place)
        return Mistake(node.file, node.line, path, f"{value}{context['error']}", says)
    problem = _PROBLEMS.get(kind, details["msg"])
    choices = _choices(_piece(place))
    near = nearest(node.value, choices) if isinstance(node.value, str) else ""
    return Mistake(node.file, node.line, path, f"{value}{problem}", allowed(place), near)


def slips(tree: Node) -> Iterator[Mistake]:
    """Find amounts of money that are valid numbers but hardly what was meant.

    In Indonesia 5.000 is five thousand; in YAML it is five.

    Parameters
    ----------
    tree
        A scenario with positions.
    """
    pending: list[Location] = [()]
    while pending:
        place = pending.pop()
        node, _ = tree.find(place)
        if isinstance(node.value, dict):
            pending += [(*place, name) for name in node.value]
        elif isinstance(node.value, list):
            pending += [(*place, row) for row in range(len(node.value))]
        elif isinstance(node.value, int | float) and is_money(place):
            path = tree.dotted(place)
            if re.fullmatch(r"[0-9]{1,3}\.[0-9]{3}", node.text):
                problem = f"{node.text} reads as {node.value:g} rupiah: a point marks decimals here"
                yield Mistake(
                    node.file, node.line, path, problem, allowed(place), f"Rp {node.text}"
                )
            elif 0 < node.value < SMALLEST_COIN:
                problem = f"{node.text} rupiah is less than any coin"
                yield Mistake(node.file, node.line, path, problem, allowed(place))


def allowed(location: Location) -> str:
    """Return in words what may stand at a location of a scenario.

    Examples
    --------
    >>> allowed(("programmes", 0, "training", "modules"))
    'a whole number from 1 to 24'
    >>> allowed(("programmes", 0, "finance", "requires"))
    'a list of: documents, account, licence, books'
    """
    return _phrase(_piece(location))


def is_money(location: Location) -> bool:
    """Return whether an amount of rupiah stands at a location of a scenario.

    Examples
    --------
    >>> is_money(("programmes", 0, "women", "childcare"))
    True
    """
    return _in_rupiah(_piece(location))


@cache
def _schema() -> dict[str, Any]:
    """Return the schema of a whole scenario."""
    return Scenario.model_json_schema()


def _piece(location: Location) -> dict[str, Any]:
    """Return the part of the schema at a location; an empty one where anything may stand."""
    piece = _schema()
    for step in location:
        if isinstance(step, int):
            inner = piece.get("items", {})
        else:
            inner = piece.get("properties", {}).get(step) or piece.get("additionalProperties") or {}
        options = [option for option in inner.get("anyOf", []) if option.get("type") != "null"]
        if len(options) == 1:
            inner = options[0]
        if "$ref" in inner:
            inner = _schema()["$defs"][inner["$ref"].rpartition("/")[2]]
        piece = inner
    return piece


def _names(location: Location) -> list[str]:
    """Return the names that a file may use in the group at a location."""
    names = list(_piece(location).get("properties", {}))
    return names if location else ["extends", *(name for name in names if name != "name")]


def _choices(piece: dict[str, Any]) -> list[str]:
    """Return the words that may stand at a part of the schema."""
    choices = [*piece.get("enum", []), *([piece["const"]] if "const" in piece else [])]
    return choices + [word for option in piece.get("anyOf", []) for word in _choices(option)]


def _in_rupiah(piece: dict[str, Any]) -> bool:
    """Return whether a part of the schema is an amount of rupiah."""
    return str(piece.get("examples", [""])[0]).startswith("Rp")


def _phrase(piece: dict[str, Any]) -> str:
    """Return a part of the schema in words."""
    if _in_rupiah(piece):
        return "an amount such as " + " or ".join(str(each) for each in piece["examples"])
    if choices := piece.get("enum"):
        return ", ".join(choices)
    if "const" in piece:
        return str(piece["const"])
    if options := piece.get("anyOf"):
        return " or ".join(_phrase(option) for option in options)
    kind = piece.get("type")
    if kind in ("integer", "number"):
        what = "a whole number" if kind == "integer" else "a number"
        if "minimum" not in piece:
            return what
        return f"{what} from {piece['minimum']} to {piece['maximum']}"
    entries = _choices(piece.get("items", {}))
    words = {
        "boolean": "true or false",
        "array": f"a list of: {', '.join(entries)}"
        if entries
        else "a list; each entry begins with a hyphen",
        "object": "names and values: " + ", ".join(piece.get("properties", {})),
    }
    return words.get(str(kind)) or str(piece.get("description", "text"))
