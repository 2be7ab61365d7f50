"""How much of a side's result rests on inputs without a source, and which would turn it round.

Each input that moves neither the people nor their past is put to both ends of its range, one at a
time, all else as it is and with the same draws.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from scenarios.runs import outcome
from scenarios.runs.prepare import OUTSIDE, PROGRAMMES
from scenarios.schema import Scenario
from simulation.parameters import TABLE

MEASURE = "net_lifted"
"""What is moved: net persons lifted out of poverty."""
REPLICATES = 2
"""At each end of a range."""
UNSOURCED = "assumption"
"""How the source of an input begins that rests on no source."""
SHOWN = 6
"""Inputs that are named, those that move it furthest first."""


class Point(NamedTuple):
    """An input at one end of its range, or no input: all as it is."""

    name: str
    value: float


USUAL = Point("", math.nan)


def points() -> list[Point]:
    """Return where runs are to be done: first as it is, then each input at its ends.

    Examples
    --------
    >>> points()[0] == USUAL, len(points()) > 100
    (True, True)
    """
    ends = [
        Point(name, end)
        for name, row in TABLE.items()
        if name in PROGRAMMES or name in OUTSIDE
        for end in (row.low, row.high)
    ]
    return [USUAL, *ends]


def inputs_of(scenario: Scenario) -> Iterator[dict[str, Any]]:
    """Yield the inputs of all runs, point by point, replicate by replicate."""
    for point in points():
        changed = scenario
        if point.name:
            parameters = {**scenario.parameters, point.name: point.value}
            changed = scenario.model_copy(update={"parameters": parameters})
        yield from outcome.runs_of(changed, REPLICATES)


def doubt(found: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return how sure a result is, as the page takes it.

    Parameters
    ----------
    found : sequence of mapping
        What came of the runs of `inputs_of`; nothing where one failed.

    Returns
    -------
    dict
        ``share`` of the squared moves that inputs without a source make, in percent, less what
        chance adds; ``value`` of the measure; ``inputs`` that move it furthest: name, unsourced,
        at_low, at_high (None where too few people apply there); ``flips``: those of all inputs at
        an end of which the measure has another sign.
    """
    values = np.array([each.get(MEASURE, math.nan) for each in found]).reshape(-1, REPLICATES)
    usual, ends = values[0], values[1:].reshape(-1, 2, REPLICATES)
    names = [point.name for point in points()[1::2]]
    between = ends[:, 1] - ends[:, 0]
    error = between.std(axis=1, ddof=1) / REPLICATES**0.5
    squares = np.nan_to_num(np.maximum(0.0, between.mean(axis=1) ** 2 - error**2))
    unsourced = np.array([TABLE[name].source.startswith(UNSOURCED) for name in names])
    moved = usual.mean() + (ends - usual).mean(axis=2)
    reach = np.nan_to_num(np.abs(moved - usual.mean())).max(axis=1)
    turned = [
        name for name, own in zip(names, moved, strict=True) if (own * usual.mean() < 0.0).any()
    ]
    whole = float(squares.sum())
    return {
        "measure": MEASURE,
        "replicates": REPLICATES,
        "value": _known(float(usual.mean())),
        "share": _known(100.0 * float(squares[unsourced].sum()) / whole if whole else math.nan),
        "inputs": [
            {
                "name": f"parameter.{names[row]}",
                "unsourced": bool(unsourced[row]),
                "at_low": _known(float(moved[row, 0])),
                "at_high": _known(float(moved[row, 1])),
            }
            for row in np.argsort(-reach, kind="stable")[:SHOWN]
            if reach[row] > 0.0
        ],
        "flips": [f"parameter.{name}" for name in turned],
    }


def _known(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
