"""Every behavioural parameter, one row of parameters.csv each.

The same table gives defaults, checks, documentation, priors and the sensitivity problem.
"""

import csv
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Parameter:
    """One number of the model that could be otherwise.

    Attributes
    ----------
    name, unit, meaning : str
        What it is called, what it is measured in and what it does.
    default, low, high : float
        The value used unless told otherwise, and the range to vary it over.
    prior : str
        Its distribution between `low` and `high`.
    source : str
        Evidence id, table of published figures, or "assumption".
    """

    name: str
    unit: str
    default: float
    low: float
    high: float
    prior: str
    source: str
    meaning: str


def _read() -> dict[str, Parameter]:
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: Parameter(
                row["name"],
                row["unit"],
                float(row["default"]),
                float(row["low"]),
                float(row["high"]),
                row["prior"],
                row["source"],
                row["meaning"],
            )
            for row in csv.DictReader(file)
        }


TABLE = _read()
RECORD = np.dtype([(name, np.float64) for name in TABLE])


def values(changes: Mapping[str, float] | None = None) -> np.recarray:
    """Return the parameters as compiled code takes them: a record array of one row.

    Parameters
    ----------
    changes : mapping, optional
        New values by name.

    Raises
    ------
    ValueError
        Where a name is unknown or a value is outside its range.

    Examples
    --------
    >>> float(values({"attendance": 0.9})[0].attendance)
    0.9
    """
    record = np.recarray(1, dtype=RECORD)
    for name, parameter in TABLE.items():
        record[name] = parameter.default
    for name, value in (changes or {}).items():
        parameter = _find(name)
        if not parameter.low <= value <= parameter.high:
            raise ValueError(
                f"parameter {name} is {value}, allowed is {parameter.low} to {parameter.high} "
                f"({parameter.unit})"
            )
        record[name] = value
    return record


def _find(name: str) -> Parameter:
    if name not in TABLE:
        nearest = difflib.get_close_matches(name, TABLE, n=1)
        hint = f"; did you mean {nearest[0]}?" if nearest else ""
        raise ValueError(f"there is no parameter {name}{hint}")
    return TABLE[name]
