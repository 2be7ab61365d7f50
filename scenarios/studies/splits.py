"""Splits of a budget: what may be asked for, and from shares to a scenario.

What a lever gets buys seats of its programme, and their quality stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, field_validator

from scenarios.design import Design, Factor, Part, at, check
from scenarios.grammar.mistakes import Mistake, ScenarioError, nearest
from scenarios.runs.effects import INDICATORS, RATIOS
from scenarios.schema import Scenario
from scenarios.studies.pareto import simplex_grid
from scenarios.studies.points import spread, unit
from simulation.parameters import TABLE
from simulation.programmes.programme import Programme
from simulation.programmes.terms import Rupiah
from simulation.rupiah import format_rupiah

ROUNDING = 1e-9
"""Of a seat or a step: what binary fractions may lack of a whole one."""
FIGURES = 4
"""To which terms are rounded that a search tries, so that people can read them."""


MOST_SEATS = 10_000_000
"""Of an intake, as a scenario takes them."""
SEATS = ("seats", "budget")
"""What the split itself decides."""
LABELS = {indicator.name: indicator for indicator in INDICATORS}


class Objective(Part):
    """What a split is judged by."""

    indicator: str = Field(description="an indicator of a comparison, such as net_lifted")
    better: Literal["higher", "lower"] = Field(description="which way it is better")

    @property
    def sign(self) -> float:
        """What makes less better."""
        return 1.0 if self.better == "lower" else -1.0


class Frontier(Part):
    """The `frontier` of a design: what is to be split, among whom, and what is good.

    Examples
    --------
    >>> Frontier(budget="Rp 2 miliar", levers={"courses": "training", "money": "equity"}).steps
    4
    """

    budget: Rupiah = Field(description="money for all levers together, rupiah")
    levers: dict[str, str] = Field(
        min_length=2, description="name of each lever, and the programme whose seats it buys"
    )
    step: float = Field(0.25, ge=0.01, le=0.5, description="smallest share that is told apart")
    objectives: list[Objective] = Field(
        [
            Objective(indicator="net_lifted", better="higher"),
            Objective(indicator="public_cost", better="lower"),
            Objective(indicator="irr", better="higher"),
            Objective(indicator="women", better="higher"),
        ],
        min_length=2,
        description="indicators, and which way each is better",
    )
    again: int = Field(
        10, ge=1, le=1000, description="replicates of the splits that none dominated at first"
    )
    candidates: int = Field(40, ge=8, le=1000, description="splits in a generation of a search")
    generations: int = Field(12, ge=1, le=1000, description="generations of a search")

    @field_validator("step")
    @classmethod
    def _check_step(cls, step: float) -> float:
        if abs(1.0 / step - round(1.0 / step)) > 1e-6:
            raise ValueError(f"{step:g} does not part a whole: take 0.5, 0.25, 0.2, 0.1 or 0.05")
        return step

    @property
    def steps(self) -> int:
        """Into how many parts the budget is cut."""
        return round(1.0 / self.step)


class Candidate(NamedTuple):
    """One way to split the budget.

    Attributes
    ----------
    shares : tuple of float
        Of the budget, 0 to 1, one a lever.
    terms : dict
        What is varied besides, by path; without the terms of levers that get nothing.
    scenario : Scenario or None
        The split as it is run; None where these terms do not go together.
    problem : str
        Why they do not.
    """

    shares: tuple[float, ...]
    terms: dict[str, Any]
    scenario: Scenario | None
    problem: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells two candidates apart."""
        return (self.shares, *self.terms.items())


@dataclass(frozen=True)
class Space:
    """All candidates: shares in whole steps, and terms over their ranges.

    Attributes
    ----------
    base : Scenario
        With the programmes of all levers.
    programmes : sequence of str
        Names, one a lever.
    budget : float
        Rupiah.
    steps : int
        Into which the budget is cut.
    terms : sequence of Factor
        Of programmes among the levers.
    """

    base: Scenario
    programmes: Sequence[str]
    budget: float
    steps: int
    terms: Sequence[Factor] = ()

    def grid(self) -> list[Candidate]:
        """Return every split, with the terms of the base."""
        whole = simplex_grid(len(self.programmes), self.steps)
        return [self._candidate(shares, {}) for shares in (whole / self.steps).tolist()]

    def start(self, number: int, seed: int) -> np.ndarray:
        """Return settled places to begin a search with: each lever alone, all alike, and others.

        Parameters
        ----------
        number : int
            At most so many.
        seed : int
            Of those between.
        """
        levers = len(self.programmes)
        between = unit("latin hypercube", number, levers + len(self.terms), seed)
        # Spread evenly over all splits: exponential draws over their sum (Rubinstein 1982).
        between[:, :levers] = -np.log1p(-between[:, :levers])
        ends = np.full((levers + 1, between.shape[1]), 0.5)
        ends[:levers, :levers] = np.eye(levers)
        settled = self.settle(np.vstack([ends, between]))
        _, first = np.unique(settled, axis=0, return_index=True)
        return np.asarray(settled[np.sort(first)[:number]])

    def settle(self, places: np.ndarray) -> np.ndarray:
        """Return the places, for shares and terms, of the candidates that places stand for.

        Parameters
        ----------
        places : numpy.ndarray
            From 0 to 1, shape (candidates, levers and terms); the levers' are weights.
        """
        levers = len(self.programmes)
        weights = places[:, :levers]
        weights = np.where(weights.sum(axis=1, keepdims=True) > 0.0, weights, 1.0)
        wanted = self.steps * weights / weights.sum(axis=1, keepdims=True)
        whole = np.floor(wanted + ROUNDING)
        missing = np.argsort(np.argsort(whole - wanted, axis=1, kind="stable"), axis=1)
        whole += missing < (self.steps - whole.sum(axis=1, keepdims=True))
        columns = [whole / self.steps]
        for factor, place in zip(self.terms, places[:, levers:].T, strict=True):
            served = whole[:, self.programmes.index(owner_of(factor))] > 0
            columns.append(_settled(factor, np.where(served, place, 0.5))[:, None])
        return np.hstack(columns)

    def candidates(self, places: np.ndarray) -> list[Candidate]:
        """Return the candidates at settled places."""
        levers = len(self.programmes)
        rows = spread(self.terms, places[:, levers:]).to_dict("records")
        found = []
        for shares, row in zip(places[:, :levers].tolist(), rows, strict=True):
            served = {name for name, share in zip(self.programmes, shares, strict=True) if share}
            own = (factor for factor in self.terms if owner_of(factor) in served)
            found.append(self._candidate(shares, {f.path: _read(f, row[f.path]) for f in own}))
        return found

    def _candidate(self, shares: Iterable[float], terms: dict[str, Any]) -> Candidate:
        shares = tuple(shares)
        try:
            base = at(self.base, terms) if terms else self.base
        except ScenarioError as error:
            return Candidate(shares, terms, None, str(error))
        named = dict(zip(self.programmes, shares, strict=True))
        return Candidate(shares, terms, split(base, named, self.budget))


def owner_of(factor: Factor) -> str:
    """Return the name of the programme that a term belongs to."""
    return factor.path.split(".")[1]


def _settled(factor: Factor, places: np.ndarray) -> np.ndarray:
    """Return one place for all that stand for the same value."""
    if factor.values:
        number = len(factor.values)
        return (np.minimum(np.floor(places * number), number - 1) + 0.5) / number
    if not factor.whole or factor.low is None or factor.high is None:
        return np.round(places, 2)
    values = spread([factor], places[:, None])[factor.path].to_numpy(float)
    low, high = np.log([factor.low, factor.high]) if factor.log else (factor.low, factor.high)
    return np.asarray(((np.log(values) if factor.log else values) - low) / (high - low))


def _read(factor: Factor, value: Any) -> Any:  # noqa: ANN401
    """Return a value of a range in as many figures as people read."""
    if factor.low is None or factor.high is None or factor.whole:
        return value
    return min(max(float(f"{value:.{FIGURES}g}"), factor.low), factor.high)


def split(base: Scenario, shares: Mapping[str, float], budget: float) -> Scenario:
    """Return a scenario in which programmes have the seats that their shares of a budget buy.

    A programme whose share buys no seat is left out; programmes that have no share stay as they
    are. Every intake of a programme has the same seats.

    Parameters
    ----------
    base : Scenario
        With all programmes.
    shares : mapping
        Of the budget, 0 to 1, by the name of the programme.
    budget : float
        Rupiah.

    Examples
    --------
    >>> from scenarios.files import read
    >>> half = split(read("split"), {"training": 0.5, "mentoring": 0.0, "equity": 0.5}, 1e9)
    >>> [(programme.name, programme.seats) for programme in half.programmes]
    [('training', 67), ('documents', 50), ('equity', 47)]
    """
    concerned = [programme for programme in base.programmes if programme.name in shares]
    money = [shares[programme.name] * budget for programme in concerned]
    bought = seats_of(prices(concerned, base.parameters), money)
    seats = dict(zip((programme.name for programme in concerned), bought, strict=True))
    programmes = [
        programme.model_copy(update={"seats": seats[programme.name]})
        if programme.name in seats
        else programme
        for programme in base.programmes
        if seats.get(programme.name) != 0
    ]
    return base.model_copy(update={"programmes": programmes})


def seats_of(price: np.ndarray, money: Sequence[float]) -> list[int]:
    """Return how many seats an intake has of each programme, by the largest remainder.

    Each has as many whole seats as its own money pays for; what is left over pays for one more
    where most of one is missing least, as long as the whole is not exceeded.

    Parameters
    ----------
    price : numpy.ndarray
        Of one seat in every intake, rupiah, one a programme.
    money : sequence of float
        Rupiah, one a programme.

    Examples
    --------
    >>> seats_of(np.array([10.0, 40.0]), [50.0, 150.0])
    [5, 3]
    >>> seats_of(np.array([30.0, 40.0]), [50.0, 150.0])
    [1, 4]
    """
    wanted = np.asarray(money) / price
    seats = np.floor(wanted + ROUNDING).astype(int)
    left = sum(money) - float(seats @ price)
    for row in np.argsort(seats - wanted, kind="stable"):
        if wanted[row] > seats[row] and price[row] <= left + ROUNDING * price[row]:
            seats[row] += 1
            left -= price[row]
    return seats.tolist()


def prices(programmes: Sequence[Programme], parameters: Mapping[str, float]) -> np.ndarray:
    """Return what one seat in every intake of each programme costs at most, rupiah.

    Parameters
    ----------
    programmes : sequence of Programme
        One or more.
    parameters : mapping
        Those of the scenario that differ from the parameter table.
    """
    aftercare = parameters.get("aftercare_cost", TABLE["aftercare_cost"].default)
    return np.array([each.intakes * each.seat_cost(aftercare) for each in programmes])


# Mistakes


def asked_for(design: Design) -> tuple[Frontier, Space]:
    """Return what a design asks for, and the splits among which to look.

    Raises
    ------
    ScenarioError
        With every mistake, by file and line.
    """
    asked = design.section("frontier", Frontier)
    found = list(check(design).values())
    mistakes = [*_wrong_design(design, asked, found), *_wrong_objectives(design, asked)]
    if not mistakes:
        mistakes += _wrong_levers(design, asked, found[0])
    if not mistakes:
        mistakes += _wrong_terms(design, asked)
    if mistakes:
        raise ScenarioError(mistakes)
    programmes = tuple(asked.levers.values())
    return asked, Space(found[0], programmes, asked.budget, asked.steps, tuple(design.vary))


def _wrong_design(design: Design, asked: Frontier, found: Sequence[Scenario]) -> list[Mistake]:
    wrong = []
    if len(found) > 1:
        wrong.append(design.mistake(("scenarios",), "a budget is split in one scenario", "one"))
    if design.sample != "none":
        problem = "splits and their terms are chosen by frontier"
        wrong.append(design.mistake(("sample",), problem, "none"))
    if asked.again < design.replicates:
        problem = f"{asked.again} are fewer than the {design.replicates} replicates at first"
        allowed = f"a whole number from {design.replicates} to 1000"
        wrong.append(design.mistake(("frontier", "again"), problem, allowed))
    return wrong


def _wrong_objectives(design: Design, asked: Frontier) -> list[Mistake]:
    wrong, known = [], [name for name in LABELS if name not in RATIOS]
    for row, objective in enumerate(asked.objectives):
        name, place = objective.indicator, ("frontier", "objectives", row, "indicator")
        if name not in known:
            problem = f"no run has an indicator {name}"
            wrong.append(design.mistake(place, problem, ", ".join(known), nearest(name, known)))
        elif name in [each.indicator for each in asked.objectives[:row]]:
            wrong.append(design.mistake(place, f"{name} is judged twice"))
    return wrong


def _wrong_levers(design: Design, asked: Frontier, base: Scenario) -> list[Mistake]:
    wrong = []
    known = {programme.name: programme for programme in base.programmes}
    aims = list(asked.levers.values())
    price = dict(zip(known, prices(base.programmes, base.parameters), strict=True))
    for row, (lever, name) in enumerate(asked.levers.items()):
        problem, allowed, near = "", "", ""
        if name not in known:
            problem = f"{base.name} has no programme {name}"
            allowed, near = ", ".join(known), nearest(name, known)
        elif name in aims[:row]:
            problem = f"the seats of {name} are those of another lever"
        elif known[name].budget is not None:
            problem, allowed = f"{name} has a budget of its own", "set: it to null"
        elif followers := [each.name for each in base.programmes if each.follows == name]:
            problem = f"{followers[0]} follows {name}, which some splits leave out"
        elif price[name] <= 0.0:
            problem = f"seats of {name} cost nothing"
        elif asked.budget / price[name] > MOST_SEATS:
            problem = f"the whole budget would buy {name} more than {MOST_SEATS} seats an intake"
        elif asked.budget / asked.steps < price[name]:
            problem = f"a share of {asked.step:g} buys {name} no seat in each of its intakes"
            allowed = f"a budget of {format_rupiah(price[name] * asked.steps)} at least"
        if problem:
            wrong.append(design.mistake(("frontier", "levers", lever), problem, allowed, near))
    return wrong


def _wrong_terms(design: Design, asked: Frontier) -> list[Mistake]:
    wrong, aims = [], list(asked.levers.values())
    for row, factor in enumerate(design.vary):
        ours = factor.path.startswith("programmes.") and owner_of(factor) in aims
        if not ours or factor.path.rpartition(".")[2] in SEATS:
            problem = f"{factor.path} is not for the split to choose"
            allowed = f"terms of {', '.join(aims)}, but {' and '.join(SEATS)}"
            wrong.append(design.mistake(("vary", row, "path"), problem, allowed))
    return wrong
