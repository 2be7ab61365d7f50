"""Boxes of conditions in which something often happens: by PRIM, and by a classification tree.

PRIM, the patient rule induction method of Friedman and Fisher (1999, Statistics and Computing 9),
peels a little off the sides of a box, again and again, so that the density inside rises, and then
pastes back what does no harm. Bryant and Lempert (2010, Technological Forecasting and Social
Change 77) judge a box by its coverage (share of all cases that lie in it) and its density (share of
its points that are cases), and each condition by its quasi-p: how likely as many cases would be if
the condition said nothing.

Where two peels raise the density alike, that counts which leaves more points, then the first by
factor (in the order of the columns), side (least before most), and category.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

ALPHA = 0.05
"""Share of a box's points that one step peels off or pastes back, as nearly as ties allow."""
MASS = 0.05
"""Share of all points that a box holds at least."""
LEVEL = 0.05
"""Conditions of a higher quasi-p are dropped."""
MOST = 4
"""Boxes looked for, one after another."""
LEAVES = 8
"""Of a tree, at most."""
LEAF = 10
"""Points of a leaf, at least."""

Side = tuple[str, str]
"""A factor, and ``least``, ``most`` or ``among``."""


@dataclass(frozen=True)
class Box:
    """Conditions that hold together: a factor is at least, at most, or among some values.

    Examples
    --------
    >>> box = Box({("take_up", "most"): 0.6, ("instrument", "among"): ("cash", "credit")})
    >>> points = pd.DataFrame({"take_up": [0.5, 0.7], "instrument": ["cash", "cash"]})
    >>> box.holds(points).tolist()
    [True, False]
    """

    conditions: Mapping[Side, Any]

    @property
    def factors(self) -> list[str]:
        """Names of the restricted factors, in the order in which they were restricted."""
        return list(dict.fromkeys(factor for factor, _ in self.conditions))

    def holds(self, points: pd.DataFrame) -> np.ndarray:
        """Return which points lie in the box."""
        inside = np.ones(len(points), bool)
        for side, bound in self.conditions.items():
            inside &= _meets(points[side[0]].to_numpy(), side, bound)
        return inside

    def but(self, side: Side, bound: Any) -> "Box":  # noqa: ANN401
        """Return the box with another bound on one side."""
        return Box({**self.conditions, side: bound})

    def without(self, side: Side) -> "Box":
        """Return the box without the condition on one side."""
        return Box({key: bound for key, bound in self.conditions.items() if key != side})


class Step(NamedTuple):
    """A box on the way, with its points and cases that earlier boxes do not hold."""

    box: Box
    points: int
    cases: int

    @property
    def density(self) -> float:
        """Share of its points that are cases."""
        return self.cases / self.points


@dataclass(frozen=True)
class Found:
    """What one search found.

    Attributes
    ----------
    chosen : Step
        Its box, pasted, with those conditions only that chance does not explain.
    steps : list of Step
        From all points to the smallest box: the peeling trajectory.
    quasi_p : dict
        Of each condition.
    dense : bool
        Whether the box reaches the density that was asked for.
    """

    chosen: Step
    steps: list[Step]
    quasi_p: Mapping[Side, float]
    dense: bool


def boxes(
    points: pd.DataFrame, cases: np.ndarray, coverage: float = 0.8, density: float = 0.8
) -> list[Found]:
    """Return boxes of conditions in which cases are dense, one after another.

    Each search leaves out the points of earlier boxes. There is no further one once the boxes
    together reach the coverage, or the last one missed the density; the first box is told even
    if it does.

    Parameters
    ----------
    points : pandas.DataFrame
        One row a point, one column a factor: numbers, or categories (anything else).
    cases : numpy.ndarray
        Which points are cases.
    coverage : float
        Share of cases that is enough for all boxes together.
    density : float
        Share of a box's points that are cases, at least; of the boxes that reach it the one with
        most cases is chosen.

    Examples
    --------
    >>> points = pd.DataFrame({"price": np.arange(100.0), "other": np.arange(100) % 7})
    >>> [found] = boxes(points, points.price.to_numpy() >= 60)
    >>> found.chosen
    Step(box=Box(conditions={('price', 'least'): 58.0}), points=42, cases=40)
    """
    cases = np.asarray(cases, bool)
    left = np.ones(len(points), bool)
    found: list[Found] = []
    least = _least(len(points))
    while len(found) < MOST and left.sum() >= least and cases[left].any():
        result = _Search(points[left], cases[left], least).result(density)
        enough = cases[~left].sum() >= coverage * cases.sum()
        if found and (enough or not result.dense):
            break
        found.append(result)
        left = left & ~result.chosen.box.holds(points)
    return found


@dataclass(frozen=True)
class _Search:
    """The search for one box among the points that earlier boxes left."""

    points: pd.DataFrame
    cases: np.ndarray
    least: int

    def result(self, density: float) -> Found:
        """Return the best box in factors that each matter to it.

        A factor that chance explains is left out, the most needless first, and the search done
        again: small cuts on many such factors would hide the few that matter. They are looked for
        in a box of balance first, as dense ones are small and all in them looks like chance.
        """
        factors = list(map(str, self.points))
        steps = self.peeled(factors)
        for asked in (math.inf, density):
            while needless := self.needless(_best(steps, asked)):
                factors.remove(needless)
                steps = self.peeled(factors)
        chosen = self.pasted(_best([self.freed(step) for step in steps], density))
        return Found(chosen, steps, self.quasi_p(chosen), chosen.density >= density)

    def needless(self, step: Step) -> str:
        """Return the restricted factor of the highest quasi-p; nothing where all are low."""
        chances: dict[str, float] = {}
        for (factor, _), chance in self.quasi_p(step).items():
            chances[factor] = min(chance, chances.get(factor, 1.0))
        worst = max(chances, key=lambda factor: chances[factor], default="")
        return worst if worst and chances[worst] > LEVEL else ""

    def step(self, box: Box) -> Step:
        """Return a box with what it holds."""
        inside = box.holds(self.points)
        return Step(box, int(inside.sum()), int(self.cases[inside].sum()))

    def peeled(self, factors: Sequence[str]) -> list[Step]:
        """Return the boxes from all points down to the fewest allowed, or to cases alone."""
        steps = [self.step(Box({}))]
        while steps[-1].cases < steps[-1].points:
            now = steps[-1]
            tried = [each for each in self.peels(now.box, factors) if each.points >= self.least]
            if not tried:
                break
            steps.append(max(tried, key=lambda each: (_gain(now, each), each.points)))
        return steps

    def peels(self, box: Box, factors: Sequence[str]) -> Iterator[Step]:
        """Yield the boxes that one cut leaves, side by side."""
        inside = box.holds(self.points)
        cases = self.cases[inside]
        for factor in factors:
            column = self.points[factor].to_numpy()[inside]
            for side, bound in _cuts(factor, column):
                kept = _meets(column, side, bound)
                yield Step(box.but(side, bound), int(kept.sum()), int(cases[kept].sum()))

    def freed(self, step: Step) -> Step:
        """Return a box without the conditions that chance explains."""
        while step.box.conditions:
            chances = self.quasi_p(step)
            side = max(chances, key=lambda key: chances[key])
            if chances[side] <= LEVEL:
                break
            step = self.step(step.box.without(side))
        return step

    def pasted(self, step: Step) -> Step:
        """Return a box with what adds cases at no loss of density."""
        while wider := [each for each in self.pastes(step) if each.density >= step.density]:
            step = max(wider, key=lambda each: (each.density, each.points))
        return step

    def pastes(self, step: Step) -> Iterator[Step]:
        """Yield the boxes with a little pasted onto one side, if that adds cases."""
        for side, bound in step.box.conditions.items():
            wide = self.step(step.box.without(side))
            column = self.points[side[0]].to_numpy()
            beyond = column[wide.box.holds(self.points) & ~_meets(column, side, bound)]
            for each in _wider(side, bound, beyond, step.points):
                wider = self.step(step.box.but(side, each))
                if wider.cases > step.cases:
                    yield wide if wider.points == wide.points else wider

    def quasi_p(self, step: Step) -> dict[Side, float]:
        """Return how likely each condition finds as many cases if it says nothing."""
        from scipy.special import bdtrc

        if not step.box.conditions:
            return {}
        columns = {side: self.points[side[0]].to_numpy() for side in step.box.conditions}
        missed = np.array([~_meets(columns[s], s, b) for s, b in step.box.conditions.items()])
        # Without one condition a box holds what misses no other.
        wider = missed.sum(axis=0) - missed == 0
        shares = (wider & self.cases).sum(axis=1) / wider.sum(axis=1)
        chances = bdtrc(step.cases - 1, step.points, shares)
        return dict(zip(step.box.conditions, chances.tolist(), strict=True))


# Trees


def rules(points: pd.DataFrame, cases: np.ndarray) -> list[Step]:
    """Return rules from a classification tree (CART): where most points are cases.

    Each leaf gives one, without the conditions that chance explains, so that rules may overlap
    (Quinlan's C4.5 makes its rules alike). Those of most cases stand first; one that adds hardly
    any, less than `MASS` of them all, is left out. The tree is one of scikit-learn; a leaf has at
    least `LEAF` points, and half of `MASS` of them.

    Parameters
    ----------
    points, cases
        As for `boxes`.

    Examples
    --------
    >>> points = pd.DataFrame({"price": np.arange(100.0), "macro": ["frozen", "published"] * 50})
    >>> [rule] = rules(points, points.price.to_numpy() >= 60)
    >>> rule
    Step(box=Box(conditions={('price', 'least'): 60.0}), points=40, cases=40)
    """
    if points.columns.empty or cases.all() or not cases.any():
        return []
    from sklearn.tree import DecisionTreeClassifier

    names, values = zip(*_columns(points), strict=True)
    seen = np.column_stack(values).astype(np.float32)  # as the tree sees numbers
    least = max(LEAF, _least(len(points)) // 2)
    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=least, random_state=0)
    ends = tree.fit(seen, cases).apply(seen)
    leaves = [_leaf(tree, names, points[ends == each], seen[ends == each]) for each in set(ends)]
    search = _Search(points, cases, 1)
    most = [step for step in map(search.step, leaves) if 2 * step.cases > step.points]
    freed = [search.freed(step) for step in most]
    told = np.zeros(len(points), bool)
    found = []
    for rule in sorted(freed, key=lambda rule: (-rule.cases, rule.points, str(rule.box))):
        inside = rule.box.holds(points)
        adds = cases[inside & ~told].sum() >= MASS * cases.sum()
        if adds and rule.box.conditions and 2 * rule.cases > rule.points:
            found.append(rule)
            told |= inside
    return found


def _leaf(tree: Any, names: Sequence[str], points: pd.DataFrame, seen: np.ndarray) -> Box:  # noqa: ANN401
    """Return what leads to a leaf, within the values of its points."""
    box = Box({})
    for node in tree.decision_path(seen[:1]).indices[:-1]:
        feature = tree.tree_.feature[node]
        column = points[names[feature]].to_numpy()
        if not is_number(column):
            box = box.but((names[feature], "among"), categories(column))
        elif seen[0, feature] <= tree.tree_.threshold[node]:
            box = box.but((names[feature], "most"), column.max().item())
        else:
            box = box.but((names[feature], "least"), column.min().item())
    return box


def _columns(points: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what a tree splits: numbers, and whether a factor is each of its categories."""
    for factor in map(str, points):
        column = points[factor].to_numpy()
        if is_number(column):
            yield factor, column
        for value in () if is_number(column) else categories(column):
            yield factor, _meets(column, (factor, "among"), (value,))


def is_number(column: np.ndarray) -> bool:
    """Return whether a factor is a number; true and false are categories."""
    return column.dtype.kind in "iuf"


def categories(column: np.ndarray) -> tuple[Any, ...]:
    """Return the categories of a column in the order of what they are written as."""
    return _sorted(set(column.tolist()))


def _meets(column: np.ndarray, side: Side, bound: Any) -> np.ndarray:  # noqa: ANN401
    """Return which values meet a condition."""
    if side[1] == "among":
        return np.array([value in bound for value in column.tolist()], bool)
    return column >= bound if side[1] == "least" else column <= bound


def _cuts(factor: str, column: np.ndarray) -> Iterator[tuple[Side, Any]]:
    """Yield the sides of a factor that can be cut, with the bound after the cut."""
    if not is_number(column):
        there = categories(column)
        for value in there if len(there) > 1 else ():
            yield (factor, "among"), tuple(each for each in there if each != value)
        return
    values = np.sort(column)
    for side, ordered in (("least", values), ("most", values[::-1])):
        # The outermost value goes in any case, however many points share it.
        rest = ordered[ordered != ordered[0]]
        if len(rest):
            bound = ordered[_few(len(ordered))]
            yield (factor, side), (rest[0] if bound == ordered[0] else bound).item()


def _wider(side: Side, bound: Any, beyond: np.ndarray, points: int) -> list[Any]:  # noqa: ANN401
    """Return bounds that take in a little of the values beyond a bound; none where none are."""
    if side[1] == "among":
        return [_sorted([*bound, value]) for value in categories(beyond)]
    near = np.sort(beyond)[:: -1 if side[1] == "least" else 1]
    return [near[min(_few(points), len(near)) - 1].item()] if len(near) else []


def _sorted(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values, key=str))


def _least(points: int) -> int:
    """Return how many of all points a box holds at least."""
    return max(1, math.ceil(MASS * points))


def _few(points: int) -> int:
    """Return the least number that is at least `ALPHA` of the points."""
    return int(ALPHA * (points - 1)) + 1


def _best(steps: Sequence[Step], density: float) -> Step:
    """Return the box of most cases among those dense enough.

    Where none is: that in which coverage and density are most together (their harmonic mean).
    """
    if dense := [step for step in steps if step.density >= density]:
        return max(dense, key=lambda step: (step.cases, step.density))
    every = max(step.cases for step in steps)
    return max(steps, key=lambda step: (step.cases / (step.points + every), step.density))


def _gain(old: Step, new: Step) -> float:
    """Return how much density rises a point peeled off.

    A category takes away many points at once, a slice few; by the point they are judged alike.
    """
    return (new.density - old.density) / (old.points - new.points)
