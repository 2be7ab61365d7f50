"""Scenario files: reading, extending, changing from the command line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path

from pydantic import ValidationError

from scenarios.grammar.explain import explain, slips
from scenarios.grammar.mistakes import Mistake, ScenarioError, nearest, shorten
from scenarios.grammar.nodes import Node, merge
from scenarios.grammar.yaml_text import DEEPEST, read_yaml
from scenarios.schema import Scenario

__all__ = ["Mistake", "ScenarioError", "names", "read"]

LIBRARY = Path(__file__).parent / "library"
LARGEST_FILE = 100_000  # bytes; a scenario is a page of text


def names() -> list[str]:
    """Return the names of the library's scenarios.

    Examples
    --------
    >>> "baseline" in names()
    True
    """
    return sorted(path.stem for path in LIBRARY.glob("*.yaml"))


def read(path_or_name: str | PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario with everything that it extends.

    A file that extends another says only what differs. Programmes of one name are merged, others
    are added, and null takes a part away. Title and summary are each file's own; without a title
    a scenario bears its name.

    Parameters
    ----------
    path_or_name
        A name of the library, or a path to a YAML file.
    overrides
        Changes, each written ``path=value``, such as ``programmes.sedaya.seats=200``.

    Raises
    ------
    ScenarioError
        With all mistakes. What values say together is checked once each of them is right.

    Examples
    --------
    >>> read("sedaya-package", ["programmes.sedaya.seats=200"]).programmes[0].seats
    200
    """
    reader = _Reader()
    path = reader.locate(path_or_name, Path(), Mistake(_shown(path_or_name), None, "", ""))
    trees = reader.chain(path) if path else []
    if path is None or not trees:
        raise ScenarioError(reader.mistakes)
    tree = trees.pop()
    while trees:
        tree = reader.extend(tree, trees.pop())
    for override in overrides:
        tree = reader.override(tree, override)
    return reader.check(tree, path.stem)


@dataclass
class _Reader:
    """Reads the files of one scenario and notes what is wrong in them."""

    mistakes: list[Mistake] = field(default_factory=list)
    whole: bool = True
    """Whether every file of the scenario could be read."""

    def locate(self, given: str | PathLike[str], folder: Path, place: Mistake) -> Path | None:
        """Return the path of a library scenario or of a file, seen from a folder."""
        if isinstance(given, str) and re.fullmatch(r"[\w-]+", given):
            if given in names():
                return LIBRARY / f"{given}.yaml"
            problem = f"the library has no scenario {shorten(given)}"
            near = nearest(given, names())
            allowed = f"{', '.join(names())}, or a path to a .yaml file"
            self.mistakes.append(replace(place, problem=problem, allowed=allowed, nearest=near))
            return None
        return folder / given

    def chain(self, path: Path) -> list[Node]:
        """Return what a file says and what each file says that it extends, in this order."""
        trees: list[Node] = []
        seen: list[Path] = []
        place = Mistake(_shown(path), None, "", "")
        while (text := self.text(path, place)) is not None:
            if path.resolve() in seen:
                circle = " -> ".join(each.name for each in [*seen, path])
                self.mistakes.append(replace(place, problem=f"goes round in a circle: {circle}"))
                break
            seen.append(path.resolve())
            tree = self.tree(text, _shown(path))
            if tree is None:
                break
            extends = tree.inside("extends")
            trees.append(tree.without("extends"))
            if extends is None:
                return trees
            place = Mistake(extends.file, extends.line, "extends", "")
            if not isinstance(extends.value, str):
                problem = "is not the name of a scenario"
                self.mistakes.append(replace(place, problem=problem, allowed=", ".join(names())))
                break
            base = self.locate(extends.value, path.parent, place)
            if base is None:
                break
            path = base
        self.whole = False
        return trees

    def text(self, path: Path, place: Mistake) -> str | None:
        """Return the text of a file; what keeps it from being read is noted at a place."""
        name, near = _shown(path), ""
        try:
            if path.is_dir():
                problem = f"{name} is a folder"
            elif not path.exists():
                problem = f"there is no file {name}"
                near = nearest(path.name, (each.name for each in path.parent.glob("*.y*ml")))
            elif not path.is_file():
                problem = f"{name} is not a file"
            elif path.stat().st_size > LARGEST_FILE:
                problem = f"{name} is longer than {LARGEST_FILE} bytes"
            else:
                content = path.read_bytes()
                return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            problem = "is not text in UTF-8"
            self.mistakes.append(Mistake(name, line, "", problem, "a file saved as UTF-8"))
            return None
        except PermissionError:
            problem = f"{name} may not be read"
        except (OSError, ValueError) as error:
            problem = f"{name} cannot be read: {_shown(str(error))}"
        self.mistakes.append(replace(place, problem=problem, nearest=near))
        return None

    def tree(self, text: str, file: str) -> Node | None:
        """Return what a file says: names and values."""
        tree, mistakes = read_yaml(text, file)
        self.mistakes += mistakes
        if tree is None:
            return None
        if not isinstance(tree.value, dict):
            problem = "does not hold names and values, such as months: 36"
            self.mistakes.append(Mistake(file, tree.line, "", problem))
            return None
        if name := tree.inside("name"):
            problem = "is not written: the name of a scenario is that of its file"
            self.mistakes.append(Mistake(file, name.line, "name", problem))
        return tree.without("name")

    def extend(self, base: Node, tree: Node) -> Node:
        """Return a scenario with what a file changes in it."""
        programmes, before = tree.inside("programmes"), base.inside("programmes")
        if programmes and before and programmes.value == [] and before.value:
            problem = "an empty list takes no programme away"
            allowed = "another scenario to extend, such as baseline"
            place = Mistake(programmes.file, programmes.line, "programmes", problem, allowed)
            self.mistakes.append(place)
        self.mistakes += _moved(base, tree)
        return merge(base.without("title").without("summary"), tree)

    def override(self, tree: Node, override: str) -> Node:
        """Return a scenario with one change, written path=value."""
        # The shell hands on bytes that are no text as half characters.
        override = override.encode(errors="replace").decode()
        place = Mistake(_shown(f"--set {override}"), None, "", "")
        written, equals, text = override.partition("=")
        steps = written.strip().split(".")
        path = _shown(".".join(steps))
        if not equals or not all(steps) or len(steps) > DEEPEST:
            allowed = "path=value, such as months=24 or programmes.sedaya.seats=200"
            self.mistakes.append(replace(place, problem="is not a change", allowed=allowed))
            return tree
        if steps[0] in ("extends", "name") or (steps[0] == "programmes" and steps[2:] == ["name"]):
            self.mistakes.append(replace(place, path=path, problem="cannot be changed here"))
            return tree
        change, mistakes = read_yaml(text, place.file, numbered=False)
        self.mistakes += [
            replace(mistake, path=".".join(filter(None, (path, mistake.path))))
            for mistake in mistakes
        ]
        if change is None:
            return tree
        if steps[0] == "programmes":
            return self.override_programme(tree, steps, change, replace(place, path=path))
        change = change.under(steps)
        self.mistakes += _moved(tree, change)
        return merge(tree, change)

    def override_programme(
        self, tree: Node, steps: list[str], change: Node, place: Mistake
    ) -> Node:
        """Return a scenario with one change in one of its programmes."""
        programmes = tree.inside("programmes")
        rows = programmes.value if programmes and isinstance(programmes.value, list) else []
        known = [row.name for row in rows if row.name]
        change = change.under(steps[2:])
        if len(steps) == 1 or not isinstance(change.value, dict) or "name" in change.value:
            allowed = "programmes, the name of one, and one of its terms"
            self.mistakes.append(replace(place, problem="is no term", allowed=allowed))
            return tree
        if steps[1] not in known:
            self.mistakes.append(
                replace(
                    place,
                    problem=f"there is no programme {shorten(steps[1])}",
                    allowed=", ".join(known),
                    nearest=nearest(steps[1], known),
                )
            )
            return tree
        name = Node(steps[1], place.file, None, steps[1])
        row = Node({**change.value, "name": name}, place.file, None)
        return merge(tree, Node([row], place.file, None).under(["programmes"]))

    def check(self, tree: Node, name: str) -> Scenario:
        """Return the scenario that a tree describes, if nothing is wrong."""
        self.mistakes += slips(tree)
        try:
            values = tree.plain()
            assert isinstance(values, dict)
            scenario = Scenario.model_validate({"title": name, **values, "name": name})
        except ValidationError as error:
            known = {(mistake.file, mistake.path) for mistake in self.mistakes}
            self.mistakes += [
                mistake
                for mistake in explain(error, tree, self.whole)
                if (mistake.file, mistake.path) not in known
            ]
            raise ScenarioError(_sorted(self.mistakes)) from None
        if self.mistakes:
            raise ScenarioError(_sorted(self.mistakes))
        return scenario


def _moved(base: Node, change: Node) -> list[Mistake]:
    """Find an area to which a scenario is moved with figures that are those of another."""
    area, before, figures = change.inside("area"), base.inside("area"), base.inside("figures")
    stays = before and area and str(before.value).casefold() == str(area.value).casefold()
    if not area or stays or not figures or figures.value is None or change.inside("figures"):
        return []
    problem = "another area than that of the figures which the scenario has"
    allowed = "figures beside it: those of this area, or null for those of BPS"
    return [Mistake(area.file, area.line, "area", problem, allowed)]


def _sorted(mistakes: list[Mistake]) -> list[Mistake]:
    """Return mistakes file by file and line by line."""
    return sorted(mistakes, key=lambda mistake: (mistake.file, mistake.line or 0))


def _shown(path: str | PathLike[str]) -> str:
    """Return a path, or an option of the command, as text on one line."""
    text = str(path)
    return text if text.isprintable() else repr(text)
