"""The project's own Python files, parsed: what each imports and which names it uses."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("simulation", "calibration", "scenarios")
NOT_OURS = {"build", "dist"}


@cache
def everything():
    """Return the syntax tree of each file outside the tests by its module's name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        hidden = any(part.startswith(".") for part in parts)
        if not hidden and parts[0] != "tests" and not NOT_OURS & set(parts):
            name = ".".join(parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def package(name):
    """Return the syntax tree of each module of a package by its name."""
    return {module: tree for module, tree in everything().items() if module.split(".")[0] == name}


def imported(tree):
    """Return every module that a file imports, at its top or within a function.

    Of ``from a import b`` these are both ``a`` and ``a.b``: `b` may be a module.
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their package"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def attributes(tree):
    """Return every name that stands after a dot."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def texts(tree):
    """Return every text that a file holds."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
