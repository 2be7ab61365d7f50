"""What is uncertain: how far each input moves the answer, and which of them turn it round.

The answer is how many more persons one side lifts out of poverty for the same money than the other:
the best two of the scenarios that were compared, or a single scenario and its money as cash. Every
input that moves neither the people nor their past is put to the ends of its range, one at a time,
all else as it is and with the same draws.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from scenarios.brief import cash
from scenarios.compare import Comparison
from scenarios.grammar.changes import at
from scenarios.runs import outcome
from scenarios.runs.effects import INDICATORS
from scenarios.runs.play import BENCHMARK, SCENARIO
from scenarios.runs.prepare import OUTSIDE, PROGRAMMES
from scenarios.runs.replicates import mean_of
from scenarios.schema import Scenario
from scenarios.sweep import evaluate
from simulation import runs
from simulation.parameters import TABLE
from simulation.store import Store

MEASURE = "net_per_budget"
"""By which scenarios are judged: net persons lifted out of poverty for Rp 100 million."""
VARIED = tuple(name for name in TABLE if name in PROGRAMMES or name in OUTSIDE)
"""Inputs that are varied: those of programmes and of the world outside."""
REPLICATES = 3
"""At each end of a range, at most; draws are those of the comparison."""
NAMES = tuple(each.name for each in INDICATORS)
SAME = 1e-9
"""Part by which two figures may differ that are the same."""
GROUP = 8
"""Inputs that are tried together at first."""
UNSOURCED = "assumption"
"""How the source of an input begins that rests on no source."""

COLUMNS = [
    *("parameter", "unit", "default", "low", "high", "source", "unsourced"),
    *("at_low", "at_high", "swing", "error", "flips"),
]

Progress = Callable[[int, int, int], None]


class Sides(NamedTuple):
    """What is set against each other: scenario and variant of each; the second may be nothing."""

    first: tuple[str, str]
    second: tuple[str, str] | None


@dataclass(frozen=True)
class Doubt:
    """How sure the answer is.

    Attributes
    ----------
    sides : Sides
        What is set against each other.
    middle : dict
        value, low, high: by how much the first side is better, persons for Rp 100 million.
    swings : pandas.DataFrame
        One row an input that moves the answer, the furthest first: parameter, unit, default, low,
        high, source, unsourced, at_low, at_high (the answer there), swing (between the ends), error
        (standard error of the swing), flips ("", "low", "high" or "both").
    still : tuple of str
        Inputs that were varied and do not move the answer at all.
    replicates : int
        At each end.
    """

    sides: Sides
    middle: Mapping[str, float]
    swings: pd.DataFrame
    still: tuple[str, ...]
    replicates: int

    @property
    def clear(self) -> bool:
        """Whether chance alone leaves the answer's sign as it is."""
        return bool(self.middle["low"] > 0.0 or self.middle["high"] < 0.0)

    @property
    def unsourced(self) -> float:
        """Percent of the squared swings that inputs without a source make.

        What chance adds to each square, that of its standard error, is taken off first.
        """
        squares = self.swings.swing**2 - self.swings.error.fillna(0.0) ** 2
        squares = squares.fillna(0.0).clip(lower=0.0)
        whole = float(squares.sum())
        return 100.0 * float(squares[self.swings.unsourced].sum()) / whole if whole else np.nan

    @property
    def flips(self) -> pd.DataFrame:
        """The inputs at an end of whose range the other side would be better."""
        return self.swings[self.swings.flips != ""]


def sides_of(table: pd.DataFrame) -> Sides | None:
    """Return what is to be set against each other; nothing where no scenario costs anything.

    Parameters
    ----------
    table : pandas.DataFrame
        As `Comparison.table`.
    """
    own = table[(table.indicator == MEASURE) & table.value.notna()]
    best = own[own.variant == SCENARIO].sort_values("value", ascending=False, kind="stable")
    names = best.scenario.tolist()
    if not names:
        return None
    if len(names) > 1:
        return Sides((names[0], SCENARIO), (names[1], SCENARIO))
    has_cash = (own.variant == BENCHMARK).any()
    return Sides((names[0], SCENARIO), (names[0], BENCHMARK) if has_cash else None)


class _Player(NamedTuple):
    """A scenario that has a part in the answer.

    Attributes
    ----------
    scenario : Scenario
        As it was compared.
    variants : tuple of str
        Itself; and its cash benchmark, where its part is what it lifts more than that.
    sign : float
        1 or -1: how its part counts.
    usual : numpy.ndarray
        Every indicator of every variant in the comparison, shape (replicates, indicators).
    """

    scenario: Scenario
    variants: tuple[str, ...]
    sign: float
    usual: np.ndarray

    def part(self, values: np.ndarray) -> np.ndarray:
        """Return its part in the answer, of arrays with all indicators as the last axis."""
        own = values[..., NAMES.index(MEASURE)]
        if len(self.variants) > 1:
            own = own - values[..., len(NAMES) + NAMES.index(MEASURE)]
        return np.asarray(self.sign * own)


Evaluate = Callable[[_Player, Sequence[Mapping[str, float]], int], np.ndarray]
"""Gives all indicators with parameters changed: shape (points, replicates, indicators)."""


def doubt(
    comparison: Comparison,
    store: Store,
    executor: Executor | int = 1,
    progress: Progress | None = None,
) -> Doubt | None:
    """Return how sure the answer of a comparison is; nothing where there is none for the money.

    First it is found out which inputs move anything at all, in one replicate; only those are put to
    both ends of their range. Finished runs are kept in the store and not done again.

    Parameters
    ----------
    comparison : Comparison
        Whose answer it is; without draws of a posterior.
    store, executor, progress
        As `simulation.runs.sweep` takes them; give an executor rather than a number, as there are
        several rounds.
    """
    sides = sides_of(comparison.table)
    if sides is None:
        return None
    players = _players(comparison, sides)
    usual = np.sum([each.part(each.usual) for each in players], axis=0)
    if not np.isfinite(usual[0]):
        return None
    set_by_hand = {name for each in players for name in each.scenario.parameters}
    names = [name for name in VARIED if name not in set_by_hand]
    often = min(REPLICATES, len(usual))
    evaluated = partial(_evaluated, store, executor, progress)
    parts: dict[str, np.ndarray] = {}
    for player in players:
        for name, moved in _moved(player, names, often, evaluated).items():
            parts[name] = parts[name] + moved if name in parts else moved
    moving = {name: parts[name] for name in names if name in parts and np.any(parts[name] != 0.0)}
    middle = mean_of(usual)
    still = tuple(name for name in names if name not in moving)
    return Doubt(sides, middle, _swings(moving, middle["value"]), still, often)


def _players(comparison: Comparison, sides: Sides) -> list[_Player]:
    """Return who has a part in the answer."""
    known = {each.name: each for each in comparison.scenarios}
    often = range(min(each.replicates for each in known.values()))
    own = comparison.runs.pivot(
        index="replicate", columns=["scenario", "variant", "indicator"], values="value"
    )

    def player(name: str, variants: tuple[str, ...], sign: float) -> _Player:
        columns = pd.MultiIndex.from_product([[name], variants, NAMES])
        usual = own.reindex(index=often, columns=columns).to_numpy(float)
        return _Player(known[name], variants, sign, usual)

    if sides.second is None or sides.second[1] == SCENARIO:
        pair = [side[0] for side in sides if side is not None]
        return [
            player(name, (SCENARIO,), sign) for name, sign in zip(pair, (1.0, -1.0), strict=False)
        ]
    return [player(sides.first[0], (SCENARIO, BENCHMARK), 1.0)]


def _moved(
    player: _Player, names: Sequence[str], replicates: int, evaluated: Evaluate
) -> dict[str, np.ndarray]:
    """Return by how much each input moves a player's part at both ends of its range.

    Returns
    -------
    dict
        By input: shape (ends, replicates).
    """
    moving = _moving(player, names, evaluated)
    if not moving:
        return {}
    ends = [{name: end} for name in moving for end in (TABLE[name].low, TABLE[name].high)]
    values = player.part(evaluated(player, ends, replicates))
    moves = values - player.part(player.usual[:replicates])
    return dict(zip(moving, moves.reshape(len(moving), 2, replicates), strict=True))


def _moving(player: _Player, names: Sequence[str], evaluated: Evaluate) -> list[str]:
    """Return the inputs that move any indicator of a player in its first replicate.

    Inputs are tried together, each at the end of its range that is further from its default; where
    a group moves something, its halves are tried.
    """
    groups = [names[at : at + GROUP] for at in range(0, len(names), GROUP)]
    moving: set[str] = set()
    while groups:
        points = [{name: _further(name) for name in group} for group in groups]
        values = evaluated(player, points, 1)[:, 0]
        same = np.isclose(values, player.usual[0], rtol=SAME, atol=0.0, equal_nan=True).all(axis=1)
        touched = [group for group, still in zip(groups, same, strict=True) if not still]
        moving |= {group[0] for group in touched if len(group) == 1}
        halves = [(g[: len(g) // 2], g[len(g) // 2 :]) for g in touched if len(g) > 1]
        groups = [half for pair in halves for half in pair]
    return [name for name in names if name in moving]


def _further(name: str) -> float:
    """Return the end of an input's range that is further from its default."""
    row = TABLE[name]
    return row.low if row.default - row.low > row.high - row.default else row.high


def _evaluated(
    store: Store,
    executor: Executor | int,
    progress: Progress | None,
    player: _Player,
    points: Sequence[Mapping[str, float]],
    replicates: int,
) -> np.ndarray:
    """Return all indicators with parameters changed; not numbers where a run failed."""
    changes = [{f"parameters.{name}": x for name, x in point.items()} for point in points]
    changed = [at(player.scenario, each) for each in changes]
    if len(player.variants) == 1:
        columns = list(NAMES)
        frame = evaluate(changed, replicates, store, executor, progress).frame
    else:
        columns = [f"{variant} {name}" for variant in player.variants for name in NAMES]
        inputs = [row for each in changed for row in outcome.runs_of(each, replicates)]
        planned = runs.plan(cash.FUNCTION, inputs, cash.VERSION())
        order = sorted(range(len(planned)), key=lambda row: outcome.shared(inputs[row]))
        runs.sweep([planned[row] for row in order], store, executor, progress=progress)
        frame = store.frame([run.name for run in planned])
        run, replicate = np.divmod(frame["row"].to_numpy(np.int64), replicates)
        frame = frame.assign(run=run, replicate=replicate)
    wide = frame.pivot(index=["run", "replicate"], columns="indicator", values="value")
    every = pd.MultiIndex.from_product([range(len(points)), range(replicates)])
    values = wide.reindex(index=every, columns=columns).to_numpy(float)
    return np.asarray(values.reshape(len(points), replicates, len(columns)))


def _swings(moves: Mapping[str, np.ndarray], middle: float) -> pd.DataFrame:
    """Return how far each input moves the answer, the furthest beyond chance first.

    Parameters
    ----------
    moves : mapping
        By input: how far the answer moves, shape (ends, replicates).
    middle : float
        The answer over all replicates, from which moves are reckoned.
    """
    rows = []
    for name, ends in moves.items():
        row = TABLE[name]
        at_low, at_high = middle + ends.mean(axis=1)
        between = ends[1] - ends[0]
        turned = [end for end, x in (("low", at_low), ("high", at_high)) if x * middle < 0.0]
        often = len(between)
        rows.append(
            {
                "parameter": name,
                "unit": row.unit,
                "default": row.default,
                "low": row.low,
                "high": row.high,
                "source": row.source,
                "unsourced": row.source.startswith(UNSOURCED),
                "at_low": at_low,
                "at_high": at_high,
                "swing": between.mean(),
                "error": between.std(ddof=1) / often**0.5 if often > 1 else np.nan,
                "flips": "both" if len(turned) == 2 else "".join(turned),
            }
        )
    found = pd.DataFrame(rows, columns=COLUMNS)
    reach = np.array([_reach(ends) for ends in moves.values()])
    return found.iloc[np.argsort(-reach, kind="stable")].reset_index(drop=True)


def _reach(ends: np.ndarray) -> float:
    """Return how far an input moves the answer at its worse end, less what chance adds."""
    means = ends.mean(axis=1)
    chance = ends.var(axis=1, ddof=1) / ends.shape[1] if ends.shape[1] > 1 else 0.0
    squares = np.nan_to_num(means**2 - chance)
    return float(np.sqrt(max(0.0, squares.max())))
