"""Values that remember where they were written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scenarios.grammar.mistakes import shorten

Scalar = str | int | float | bool | None
Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Node:
    """A value, and where it was written.

    Attributes
    ----------
    value
        A scalar, or names or rows with the nodes that they hold.
    file
        The file, or the option of the command, in which it was written.
    line
        Line in the file, from 1; None where there is none.
    text
        A scalar as it was written.
    """

    value: "dict[str, Node] | list[Node] | Scalar"
    file: str
    line: int | None
    text: str = ""

    def plain(self) -> object:
        """Return the value without positions."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def inside(self, step: str | int) -> "Node | None":
        """Return the node under a name or row, or None."""
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int):
            return self.value[step] if step < len(self.value) else None
        return None

    def find(self, location: Location) -> "tuple[Node, Location]":
        """Return the node that a location leads to, as far as there is one, and its location."""
        node = self
        for depth, step in enumerate(location):
            inner = node.inside(step)
            if inner is None:
                return node, location[:depth]
            node = inner
        return node, location

    def without(self, name: str) -> "Node":
        """Return names and values without one of them."""
        assert isinstance(self.value, dict)
        return replace(self, value={key: self.value[key] for key in self.value if key != name})

    def under(self, names: Sequence[str]) -> "Node":
        """Return this node under names within names."""
        node = self
        for name in reversed(names):
            node = replace(node, value={name: node}, text="")
        return node

    @property
    def name(self) -> str:
        """Return the `name` that a row bears, or nothing."""
        node = self.inside("name")
        return node.value if node and isinstance(node.value, str) else ""

    def dotted(self, location: Location) -> str:
        """Return a location as it is shown: joined by points, rows by their `name`."""
        steps = []
        for depth, step in enumerate(location):
            if isinstance(step, int):
                step = self.find(location[: depth + 1])[0].name or str(step)
            steps.append(step if step.isprintable() and len(step) <= 60 else shorten(step))
        return ".".join(steps)


def merge(base: Node, change: Node) -> Node:
    """Return a node with what another one changes in it.

    Names and values are merged name by name, rows by the `name` that they bear. Anything else,
    a list of plain values too, is replaced.

    Parameters
    ----------
    base
        The node to start from.
    change
        What differs.
    """
    if isinstance(base.value, dict) and isinstance(change.value, dict):
        inner = dict(base.value)
        for name, node in change.value.items():
            inner[name] = merge(inner[name], node) if name in inner else node
        return replace(change, value=inner)
    plain = isinstance(change.value, list) and not any(row.name for row in change.value)
    if isinstance(base.value, list) and isinstance(change.value, list) and not plain:
        rows = list(base.value)
        # A name that stands twice in the change is merged once: the second row shows.
        places = {row.name: place for place, row in enumerate(rows) if row.name}
        for row in change.value:
            place = places.pop(row.name, None)
            if place is None:
                rows.append(row)
            else:
                rows[place] = merge(rows[place], row)
        return replace(change, value=rows)
    return change
