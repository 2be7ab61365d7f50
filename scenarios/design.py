"""Design files: the scenarios of an experiment, what it changes in them, over what range."""

import json
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from scenarios import files
from scenarios.grammar.changes import ROWS, at, concerns, names_in, placed
from scenarios.grammar.design_text import noded, told, tree_of
from scenarios.grammar.explain import allowed
from scenarios.grammar.mistakes import Mistake, ScenarioError, nearest, shorten
from scenarios.grammar.nodes import Location, Node
from scenarios.schema import Scenario
from simulation.parameters import TABLE
from simulation.rupiah import parse_rupiah

__all__ = ["ROWS", "Design", "Factor", "Part", "at", "bases", "check", "names", "read"]

DESIGNS = Path(__file__).parent / "designs"
MOST_POINTS = 1_000_000
PRESETS = ("archetype", "organiser", "instrument")
"""Terms that give others, which a changed scenario would keep of the old ones."""

Value = bool | int | float | str | None
Model = TypeVar("Model", bound=BaseModel)


class Part(BaseModel):
    """A part of a design file: it never changes, and takes no other names and no other types."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


class Factor(Part):
    """One thing that is varied: a range or a list of values of a term of the scenarios.

    Where only whole numbers may stand, those of a range are rounded. A parameter has the range of
    the parameter table unless another is given.

    Examples
    --------
    >>> Factor(path="parameters.take_up").high
    0.9
    >>> Factor(path="programmes.sedaya.finance.amount", low="Rp 2 juta", high="Rp 8 juta").low
    2000000.0
    """

    path: str = Field(description="a term, such as programmes.sedaya.seats or parameters.take_up")
    low: float | None = Field(None, alias="from", description="lower end of the range")
    high: float | None = Field(None, alias="to", description="upper end of the range")
    values: list[Value] = Field([], description="what it takes in turn, instead of a range")
    log: bool = Field(False, description="spread evenly over the logarithm of the range")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:  # noqa: ANN401
        """Take the range of a parameter from the table, where none is given."""
        if not isinstance(given, dict) or "values" in given:
            return given
        row = TABLE.get(str(given.get("path", "")).removeprefix("parameters."))
        ends = {} if row is None else {"from": row.low, "to": row.high}
        names = {"low": "from", "high": "to"}
        return {**ends, **{names.get(name, name): value for name, value in given.items()}}

    @field_validator("low", "high", mode="before")
    @classmethod
    def _read_amount(cls, given: Any) -> Any:  # noqa: ANN401
        return parse_rupiah(given) if isinstance(given, str) else given

    @field_validator("values")
    @classmethod
    def _read_amounts(cls, given: list[Value]) -> list[Value]:
        if not given:
            raise ValueError("holds no value")
        if len({repr(value) for value in given}) < len(given):
            raise ValueError("has a value twice")
        return [parse_rupiah(each) if _is_amount(each) else each for each in given]

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.values:
            if self.log or not (self.low is None and self.high is None):
                raise ValueError("has values and a range: say one of the two")
        elif self.low is None or self.high is None:
            raise ValueError("needs from and to, or values")
        elif self.low >= self.high:
            raise ValueError(f"its range from {self.low:g} to {self.high:g} is empty")
        elif self.log and self.low <= 0.0:
            raise ValueError("a logarithm needs a range above 0")
        return self

    @property
    def location(self) -> Location:
        """Where the path leads in a scenario; the first row stands for the one of its name."""
        first, *inner = self.path.split(".")
        return (first, 0, *inner[1:]) if first in ROWS else (first, *inner)

    @property
    def whole(self) -> bool:
        """Whether only whole numbers may stand there."""
        return allowed(self.location).startswith("a whole number")

    @property
    def ends(self) -> list[tuple[str, Value]]:
        """What must be right for everything between to be right, each by where it is written."""
        if self.low is None or self.high is None:
            return [("values", value) for value in self.values]
        both = (("from", self.low), ("to", self.high))
        return [(name, round(value) if self.whole else value) for name, value in both]


def _is_amount(value: Value) -> bool:
    return isinstance(value, str) and value.strip().lower().startswith("rp")


class Design(Part):
    """An experiment: scenarios, what is changed in all of them, what is varied, and how often.

    Examples
    --------
    >>> seats = Factor(path="programmes.sedaya.seats", low=50, high=400)
    >>> design = Design(name="ours", scenarios=["sedaya-pilot"], vary=[seats], sample="sobol")
    >>> at(bases(design)["sedaya-pilot"], {"programmes.sedaya.seats": 80}).programmes[0].seats
    80
    """

    name: str = Field(min_length=1, description="name, which is that of the file")
    title: str = Field("", max_length=120, description="one line that people see")
    summary: str = Field("", max_length=4000, description="what the design is about")
    scenarios: list[str] = Field(
        min_length=1, description="library scenarios, or .yaml files seen from the design's folder"
    )
    set: dict[str, Any] = Field({}, description="changes to every scenario: path and value")
    vary: list[Factor] = Field([], description="what is varied")
    sample: Literal["grid", "latin hypercube", "sobol", "posterior", "none"] = Field(
        "none", description="how points are chosen; none: the experiment has its own"
    )
    points: int = Field(
        1, ge=1, le=MOST_POINTS, description="how many points; a grid has all that there are"
    )
    replicates: int = Field(5, ge=1, le=1000, description="runs of a point with different draws")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="number that fixes the points")
    sensitivity: dict[str, Any] = Field({}, description="what `berdaya sensitivity` does")
    discovery: dict[str, Any] = Field({}, description="what `berdaya discover` does")
    frontier: dict[str, Any] = Field({}, description="what `berdaya frontier` does")
    scale: dict[str, Any] = Field({}, description="what `berdaya scale` does")

    _tree: Node | None = PrivateAttr(None)
    _folder: Path = PrivateAttr(Path())

    @property
    def tree(self) -> Node:
        """What the design says, with the lines of its file where it has one."""
        given = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return self._tree or noded(given, self.name)

    def mistake(self, place: Location, problem: str, allowed: str = "", near: str = "") -> Mistake:
        """Return a mistake in the design, with file and line."""
        node, _ = self.tree.find(place)
        path = ".".join(str(step) for step in place)
        return Mistake(node.file, node.line, path, problem, allowed, near)

    def section(self, name: str, model: type[Model]) -> Model:
        """Return a further part of the design as a model takes it.

        Parameters
        ----------
        name : str
            Of the part, such as ``sensitivity``.
        model : type
            A `Part` that says what may stand there.

        Raises
        ------
        ScenarioError
            With every mistake in it, by file and line.
        """
        try:
            return model.model_validate(getattr(self, name))
        except ValidationError as error:
            raise ScenarioError(told(error, self.tree, model, (name,))) from None


def names() -> list[str]:
    """Return the names of the designs that come with Berdaya.

    Examples
    --------
    >>> "pilot-terms" in names()
    True
    """
    return sorted(path.stem for path in DESIGNS.glob("*.yaml"))


def read(path_or_name: str | PathLike[str]) -> Design:
    """Read a design file; everything in it is checked against its scenarios.

    Parameters
    ----------
    path_or_name
        A name of `names`, or a path to a YAML file.

    Raises
    ------
    ScenarioError
        With the mistakes, by file and line.

    Examples
    --------
    >>> read("pilot-terms").sample
    'latin hypercube'
    """
    path = Path(path_or_name)
    if str(path_or_name) in names():
        path = DESIGNS / f"{path_or_name}.yaml"
    elif path.suffix not in (".yaml", ".yml"):
        given, known = str(path_or_name), ", ".join(names())
        problem, near = f"there is no design {shorten(given)}", nearest(given, names())
        right = f"{known}, or a path to a .yaml file"
        raise ScenarioError([Mistake("", None, "", problem, right, near)])
    tree = tree_of(path)
    try:
        design = Design.model_validate({"title": path.stem, **_said(tree), "name": path.stem})
    except ValidationError as error:
        raise ScenarioError(told(error, tree, Design)) from None
    design._tree, design._folder = tree, path.parent
    check(design)
    return design


def _said(tree: Node) -> dict[str, Any]:
    """Return what a file says; a name is refused, as it is that of the file."""
    given = tree.plain()
    assert isinstance(given, dict)
    if name := tree.inside("name"):
        problem = "is not written: the name of a design is that of its file"
        raise ScenarioError([Mistake(name.file, name.line, "name", problem)])
    return given


# Scenarios


def bases(design: Design) -> dict[str, Scenario]:
    """Return the scenarios of a design by name, with what it sets in all of them.

    A change to a programme that only some of the scenarios have is made in those.

    Raises
    ------
    ScenarioError
        With all mistakes in the scenarios and in what is set.
    """
    found: dict[str, Scenario] = {}
    mistakes: list[Mistake] = []
    plain = [_resolved(design, row, [], mistakes) for row in range(len(design.scenarios))]
    known = [scenario for scenario in plain if scenario]
    for row, scenario in enumerate(plain):
        if scenario is None:
            continue
        own = [path for path in design.set if concerns(path, scenario, known)]
        changed = _resolved(design, row, own, mistakes) if own else scenario
        if changed is None:
            continue
        if changed.name in found:
            problem = f"two scenarios bear the name {changed.name}"
            mistakes.append(design.mistake(("scenarios", row), problem))
        found[changed.name] = changed.model_copy(update={"replicates": design.replicates})
    if mistakes:
        raise ScenarioError(list(dict.fromkeys(mistakes)))
    return found


def _resolved(
    design: Design, row: int, paths: Sequence[str], mistakes: list[Mistake]
) -> Scenario | None:
    """Return one scenario with these changes; what is wrong is told of the design's lines."""
    given = design.scenarios[row]
    seen = str(design._folder / given) if given.endswith((".yaml", ".yml")) else given
    changes = {f"{path}={json.dumps(design.set[path])}": path for path in paths}
    lines: dict[str, Location] = {f"--set {each}": ("set", path) for each, path in changes.items()}
    try:
        return files.read(seen, list(changes))
    except ScenarioError as error:
        for each in error.mistakes:
            where = lines.get(each.file, ("scenarios", row) if each.line is None else None)
            if where is None:  # in the scenario's own file
                mistakes.append(each)
                continue
            own = design.mistake(where, each.problem, each.allowed, each.nearest)
            path = f"set.{each.path}" if where[0] == "set" else own.path
            mistakes.append(replace(own, path=path))
        return None


# Mistakes


def check(design: Design) -> dict[str, Scenario]:
    """Return the scenarios of a design.

    Raises
    ------
    ScenarioError
        With all that does not fit: scenarios, what is set in them, and what is varied.
    """
    found = bases(design)
    mistakes: list[Mistake] = []
    paths = [factor.path for factor in design.vary]
    for row, factor in enumerate(design.vary):
        here: Location = ("vary", row, "path")
        if factor.path in paths[:row]:
            mistakes.append(design.mistake(here, f"{factor.path} is varied twice"))
        elif factor.path.rpartition(".")[2] in PRESETS:
            problem = f"{factor.path} gives other terms, which would stay as they are"
            mistakes.append(design.mistake(here, problem, "a scenario for each, under scenarios"))
        else:
            mistakes += _misfits(design, row, list(found.values()))
        if design.sample == "grid" and not factor.values:
            mistakes.append(design.mistake(here, "a grid needs values", "values: [...]"))
    if mistakes:
        raise ScenarioError(mistakes)
    return found


def _misfits(design: Design, row: int, scenarios: Sequence[Scenario]) -> list[Mistake]:
    """Return what is wrong with a factor by itself, in the scenarios that it is for.

    What values say together is checked point by point.
    """
    factor = design.vary[row]
    group, _, inner = factor.path.partition(".")
    name = inner.partition(".")[0]
    known = [each for scenario in scenarios for each in names_in(scenario, group)]
    if group in ROWS and name and name not in known:
        near = nearest(name, known)
        problem = f"no scenario has {shorten(name)} among its {group}"
        right = factor.path.replace(name, near, 1) if near else ""
        return [design.mistake(("vary", row, "path"), problem, ", ".join(sorted(known)), right)]
    for scenario in scenarios:
        try:
            placed(scenario, {factor.path: None})
        except ScenarioError as error:
            (wrong,) = error.mistakes
            here = ("vary", row, "path")
            return [design.mistake(here, wrong.problem, wrong.allowed, wrong.nearest)]
        for where, value in factor.ends:
            try:
                at(scenario, {factor.path: value})
            except ScenarioError as error:
                own = [each for each in error.mistakes if each.path == factor.path]
                if own:
                    problem = f"{factor.path}: {own[0].problem}"
                    return [design.mistake(("vary", row, where), problem, own[0].allowed)]
    return []
