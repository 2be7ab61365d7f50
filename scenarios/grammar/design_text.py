"""The text of design files: reading it, and telling what is wrong in it."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from scenarios.grammar.mistakes import Mistake, ScenarioError, nearest, shorten
from scenarios.grammar.nodes import Location, Node
from scenarios.grammar.yaml_text import read_yaml


def tree_of(path: Path) -> Node:
    """Return what a file says: names and values, with their lines.

    Raises
    ------
    ScenarioError
        Where the file cannot be read, or is not YAML of that kind.
    """
    near = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problem = "is not text in UTF-8"
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        problem = f"cannot be read: {reason}"
        near = nearest(path.name, (each.name for each in path.parent.glob("*.y*ml")))
    else:
        tree, mistakes = read_yaml(text, str(path))
        if tree is not None and not isinstance(tree.value, dict):
            problem = "does not hold names and values, such as points: 20"
            mistakes.append(Mistake(str(path), tree.line, "", problem))
        if mistakes or tree is None:
            raise ScenarioError(mistakes)
        return tree
    raise ScenarioError([Mistake(str(path), None, "", problem, nearest=near)])


def told(
    error: ValidationError, tree: Node, model: type[BaseModel], prefix: Location = ()
) -> list[Mistake]:
    """Return what is wrong in a design, or in a part of it, each with its file and line.

    Parameters
    ----------
    error
        What pydantic says.
    tree
        The whole design with positions.
    model
        What was validated.
    prefix
        Where in the design it stands.
    """
    mistakes: dict[str, Mistake] = {}
    for details in error.errors(include_url=False):
        location = (*prefix, *details["loc"])
        node, place = tree.find(location)
        path, problem, right, near = tree.dotted(place), details["msg"], "", ""
        if details["type"] == "missing":
            path, problem = tree.dotted(location), "is missing"
        elif details["type"] == "extra_forbidden":
            known = _names(model, details["loc"][:-1])
            problem, right = "is not a name that may stand here", ", ".join(known)
            near = nearest(str(location[-1]), known)
        elif details["type"] == "value_error":
            problem = str(details["ctx"]["error"])
        else:
            given = "" if isinstance(node.value, dict | list) else f"{shorten(node.value)} "
            problem = given + problem.replace("Input should", "should")
        mistakes.setdefault(path, Mistake(node.file, node.line, path, problem, right, near))
    return list(mistakes.values())


def _names(model: type[BaseModel], location: Location) -> list[str]:
    """Return the names that may stand in the group at a location of a part of a design."""
    schema = model.model_json_schema(by_alias=True)
    piece: dict[str, Any] = schema
    for step in location:
        inner = piece.get("properties", {}).get(step, {}) if isinstance(step, str) else piece
        piece = inner if isinstance(step, str) else inner.get("items", {})
        piece = next((each for each in piece.get("anyOf", []) if "$ref" in each), piece)
        if "$ref" in piece:
            piece = schema["$defs"][piece["$ref"].rpartition("/")[2]]
    return [name for name in piece.get("properties", {}) if location or name != "name"]


def noded(value: Any, file: str) -> Node:  # noqa: ANN401
    """Return plain values as nodes of a file that has no lines.

    Examples
    --------
    >>> noded({"points": 8}, "ours").inside("points").value
    8
    """
    if isinstance(value, dict):
        return Node({str(name): noded(inner, file) for name, inner in value.items()}, file, None)
    if isinstance(value, list | tuple):
        return Node([noded(inner, file) for inner in value], file, None)
    return Node(value, file, None, str(value))
