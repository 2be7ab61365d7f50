"""YAML, read so that every value remembers where it was written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from scenarios.grammar.mistakes import Mistake, shorten
from scenarios.grammar.nodes import Location, Node, Scalar

DEEPEST = 20
LONGEST_INTEGER = 40

# The core schema of YAML 1.2, without octal and hexadecimal numbers.
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("null", "Null", "NULL", "~"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


def read_yaml(text: str, file: str, numbered: bool = True) -> tuple[Node | None, list[Mistake]]:
    """Return what a text in YAML 1.2 says, and the mistakes in it.

    Parameters
    ----------
    text
        One document.
    file
        Where the text comes from, for the positions.
    numbered
        Whether the text has lines worth telling.

    Returns
    -------
    tuple
        The value, None where the text has none that can be read; and the mistakes.
    """
    composer = _Composer(file, numbered, _events(text))
    try:
        node = composer.document()
    except _UnreadableError as error:
        return None, [Mistake(file, composer.line(error.line), "", error.problem, error.allowed)]
    mistakes = [
        Mistake(file, line, node.dotted(location), problem, allowed)
        for location, line, problem, allowed in composer.found
    ]
    return node, mistakes


class _UnreadableError(Exception):
    """The rest of a text cannot be made sense of."""

    def __init__(self, line: int | None, problem: str, allowed: str = "") -> None:
        super().__init__(line, problem, allowed)
        self.line = line
        self.problem = problem
        self.allowed = allowed


def _events(text: str) -> Iterator[Event]:
    """Yield the parser's events; whatever it stumbles over becomes `_UnreadableError`."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else None
        problem = f"is not YAML: {' '.join(str(error.problem).split())}"
        allowed = "spaces at the start of a line, not tabs" if "'\\t'" in problem else ""
        raise _UnreadableError(line, problem, allowed) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position)
        raise _UnreadableError(line, "holds a character that text does not have") from error
    except Exception as error:
        # ruamel.yaml lets others out: ValueError at "\UFFFFFFFF", AssertionError at %YAML 1.9.
        raise _UnreadableError(None, f"is not YAML: {error}") from error


@dataclass
class _Composer:
    """Makes nodes of the parser's events."""

    file: str
    numbered: bool
    events: Iterator[Event]
    found: list[tuple[Location, int | None, str, str]] = field(default_factory=list)

    def line(self, line: int | None) -> int | None:
        """Return a line that the parser counts from 0, counted from 1."""
        return None if line is None or not self.numbered else line + 1

    def document(self) -> Node:
        """Return the only document."""
        next(self.events)
        start = next(self.events)
        if isinstance(start, StreamEndEvent):
            raise _UnreadableError(0, "is empty")
        node = self._node(next(self.events), ())
        next(self.events)
        after = next(self.events)
        if isinstance(after, DocumentStartEvent):
            self._report(after, (), "a second document begins", "one scenario a file")
        return node

    def _node(self, event: Event, location: Location, name: Event | None = None) -> Node:
        """Return the node that begins with an event, on the line of its name if it has one."""
        place = name or event
        line = self.line(place.start_mark.line)
        if tag := getattr(event, "tag", None):
            self._report(place, location, f"has a tag, {shorten(tag)}", "values without !")
        if isinstance(event, MappingStartEvent | SequenceStartEvent) and len(location) >= DEEPEST:
            raise _UnreadableError(place.start_mark.line, f"is nested more than {DEEPEST} deep")
        if isinstance(event, MappingStartEvent):
            return Node(self._mapping(location), self.file, line)
        if isinstance(event, SequenceStartEvent):
            return Node(self._sequence(location), self.file, line)
        if isinstance(event, ScalarEvent):
            try:
                return Node(_scalar(event), self.file, line, event.value)
            except ValueError as error:
                self._report(place, location, str(error), "a value, or null")
        if isinstance(event, AliasEvent):
            problem = f"refers to another place, *{event.anchor}"
            self._report(place, location, problem, "the value itself, or a file that extends")
        return Node(None, self.file, line)

    def _mapping(self, location: Location) -> dict[str, Node]:
        """Return the names and nodes up to the end of a mapping."""
        nodes: dict[str, Node] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self._report(event, location, "has a name that is not plain text", "a word")
                self._node(event, (*location, ""))
                self._node(next(self.events), (*location, ""))
                continue
            name = event.value.encode(errors="replace").decode()
            here = (*location, name)
            if not name:
                self._report(event, location, "has no name before the colon", "a word")
            if name in nodes:
                problem = f"is written twice, first on line {nodes[name].line}"
                self._report(event, here, problem, "one of the two")
            nodes[name] = self._node(next(self.events), here, event)
        return nodes

    def _sequence(self, location: Location) -> list[Node]:
        """Return the nodes up to the end of a sequence."""
        nodes: list[Node] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            nodes.append(self._node(event, (*location, len(nodes))))
        return nodes

    def _report(self, event: Event, location: Location, problem: str, allowed: str) -> None:
        """Note a mistake after which reading goes on."""
        self.found.append((location, self.line(event.start_mark.line), problem, allowed))


def _scalar(event: ScalarEvent) -> Scalar:
    """Return the value of a scalar, by the core schema where it stands without quotes."""
    text: str = event.value
    if text != text.encode(errors="replace").decode():
        raise ValueError("holds half a character")
    if not event.implicit[0]:
        return text
    if not text:
        raise ValueError("has nothing written after it")
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) <= LONGEST_INTEGER:
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(re.sub(r"\.(?=[in])", "", text.lower()))
    return text
