"""Figures of an area from an extract of households, such as one of Susenas.

The extract stays where it is: what leaves this module are sums over at least `LEAST` households,
and what is said of mistakes names lines and columns, never what stands there.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from calibration.cells import lines
from simulation import measures

LEAST = 30
"""Households of a part; fewer tell too little, and could be told apart."""
MOST_SLIPS = 20
COLUMNS = {
    "weight": ("weight", "bobot"),
    "members": ("members", "jumlah_art", "art"),
    "spending": ("spending", "kapita"),
    "urban": ("urban", "klasifikasi"),
}
"""What is read, by the names that the column may bear."""
RANGES = {
    "weight": (0.001, 1e6, "a number from 0.001 to 1000000: households that this one stands for"),
    "members": (1, 50, "a whole number from 1 to 50"),
    "spending": (1e4, 1e9, "rupiah a head and month from 10000 to 1000000000, thousands unmarked"),
}
TOWNS = {"urban": ({0: 0, 1: 1}, "1: urban, 0: rural"), "klasifikasi": ({2: 0, 1: 1}, "1 or 2")}
"""How a column tells urban from rural, and what may stand there."""
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")


class Slip(NamedTuple):
    """One thing that is wrong in an extract: in which line (of Parquet: row, from 1) and column."""

    line: int | None
    column: str
    problem: str
    allowed: str = ""


class ExtractError(ValueError):
    """An extract cannot be used.

    Parameters
    ----------
    slips
        What is wrong in it, line by line.
    """

    def __init__(self, slips: Sequence[Slip]) -> None:
        super().__init__(slips)
        self.slips = list(slips)


class _Table(NamedTuple):
    """The columns of an extract by what they hold, as numbers; not a number where none stands."""

    names: Mapping[str, str]
    values: Mapping[str, np.ndarray]
    lines: np.ndarray


def figures_of(path: str | PathLike[str], area: str) -> dict[str, Any]:
    """Return the figures of an area by a sample of its households, as a scenario says them.

    The sample is a CSV or Parquet file of one row a household with the columns of `COLUMNS`:
    weight (households that it stands for), members, spending (rupiah a head and month of March
    2023) and urban (1, else 0; klasifikasi: 1 urban, 2 rural). Others are not read.

    Parameters
    ----------
    path
        CSV in UTF-8 (with semicolons decimals have commas), or a file that ends with .parquet.
    area
        A province or district; its households are held against its province's poverty lines.

    Returns
    -------
    dict
        `source`, and for `urban` and `rural`, where there are such households, `persons`, `p0`,
        `p1`, `p2` (percent), `gini` and `spending` (rupiah), rounded.

    Raises
    ------
    ExtractError
        With what is wrong in the file.
    OSError
        Where it cannot be read.
    """
    path = Path(path)
    table = _of_parquet(path) if path.suffix.casefold() == ".parquet" else _of_csv(path)
    if slips := list(_slips(table)):
        more = len(slips) - MOST_SLIPS
        rest = [Slip(None, "", f"{more} more such mistakes")] if more > 0 else []
        raise ExtractError([*slips[:MOST_SLIPS], *rest])
    values = dict(table.values)
    town = values["urban"] == 1
    found: dict[str, Any] = {"source": f"an extract of {len(town):,} households"}
    known = lines(area)
    for name, urban in (("urban", True), ("rural", False)):
        own = town == urban
        count, column = int(own.sum()), table.names["urban"]
        if not count:
            continue
        if urban not in known:
            raise ExtractError([Slip(None, column, f"BPS has no {name} poverty line in {area}")])
        if count < LEAST:
            problem = f"too few {name} households"
            raise ExtractError([Slip(None, column, problem, f"{LEAST} at least, or none")])
        found[name] = _figures({key: each[own] for key, each in values.items()}, known[urban])
    return found


def _figures(values: Mapping[str, np.ndarray], line: float) -> dict[str, float]:
    """Return the figures of one part, rounded as BPS does or to a digit more."""
    persons, spending = values["weight"] * values["members"], values["spending"]
    p0, p1, p2 = measures.poverty(spending / line, persons)
    return {
        "persons": round(float(persons.sum())),
        "p0": round(100.0 * p0, 2),
        "p1": round(100.0 * p1, 3),
        "p2": round(100.0 * p2, 3),
        "gini": round(measures.gini(spending, persons), 3),
        "spending": round(float(spending @ persons / persons.sum())),
    }


def _slips(table: _Table) -> Iterator[Slip]:
    """Find values that may not stand where they do, in the order of the file."""
    wrong = []
    for name, values in table.values.items():
        if name == "urban":
            bad, allowed = np.isnan(values), TOWNS[table.names[name]][1]
        else:
            low, high, allowed = RANGES[name]
            bad = ~((values >= low) & (values <= high))  # not a number is neither
            bad |= (values % 1.0 != 0.0) if name == "members" else False
        wrong += [
            (int(table.lines[row]), table.names[name], allowed) for row in np.flatnonzero(bad)
        ]
    for line, column, allowed in sorted(wrong):
        yield Slip(line, column, "has a value that may not stand here", allowed)


def _table(names: Mapping[str, str], columns: Mapping[str, Any], where: np.ndarray) -> _Table:
    """Return a table of numbers, towns told by 1 and villages by 0."""
    values = {name: np.asarray(columns[name], float) for name in names}
    codes, _ = TOWNS[names["urban"]]
    towns = np.full(len(where), np.nan)
    for code, town in codes.items():
        towns[values["urban"] == code] = town
    values["urban"] = towns
    if not len(where):
        raise ExtractError([Slip(None, "", "holds no household")])
    return _Table(names, values, where)


def _named(header: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return where each column stands and by which of its names.

    Raises
    ------
    ExtractError
        Where a column is missing, or is there twice.
    """
    written = [name.strip().casefold() for name in header]
    found: dict[str, tuple[int, str]] = {}
    slips = []
    for column, names in COLUMNS.items():
        places = [place for place, name in enumerate(written) if name in names]
        if len(places) == 1:
            found[column] = places[0], written[places[0]]
        else:
            problem = "is there more than once" if places else "is missing"
            slips.append(Slip(1, column, problem, f"one column {' or '.join(names)}"))
    if slips:
        raise ExtractError(slips)
    return found


def _of_csv(path: Path) -> _Table:
    """Read a table of text."""
    places: dict[str, tuple[int, str]] = {}
    columns: dict[str, list[float]] = {name: [] for name in COLUMNS}
    where: list[int] = []
    slips: list[Slip] = []
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            mark = max(",;\t", key=first.count)
            file.seek(0)
            reader = csv.reader(file, delimiter=mark, strict=True)
            header = next(reader, [])
            places = _named(header)
            for row in filter(None, reader):
                line = reader.line_num
                if len(row) != len(header):
                    problem = f"has {len(row)} fields, the first line {len(header)}"
                    slips.append(Slip(line, "", problem))
                    continue
                where.append(line)
                for name, (place, _) in places.items():
                    columns[name].append(_number(row[place], mark))
    except UnicodeDecodeError:
        raise ExtractError([Slip(None, "", "is not text in UTF-8", "UTF-8, or Parquet")]) from None
    except csv.Error as error:
        raise ExtractError([Slip(line + 1, "", f"is not CSV: {error}")]) from None
    if slips:
        raise ExtractError(slips[:MOST_SLIPS])
    names = {name: written for name, (_, written) in places.items()}
    return _table(names, columns, np.array(where, int))


def _number(text: str, mark: str) -> float:
    """Return a number as it is written beside this mark; not a number where it is none."""
    text = text.strip()
    if mark == ";":
        text = "" if "." in text else text.replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) else np.nan


def _of_parquet(path: Path) -> _Table:
    """Read a table of numbers."""
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    try:
        header = parquet.read_schema(path).names
        places = _named(header)
        frame = parquet.read_table(path, columns=[header[k] for k, _ in places.values()])
        read = frame.to_pandas(ignore_metadata=True)  # which may have made an index of one
    except pa.ArrowInvalid:
        raise ExtractError([Slip(None, "", "is not Parquet")]) from None
    columns = {
        name: pd.to_numeric(read[header[place]], errors="coerce")
        for name, (place, _) in places.items()
    }
    names = {name: written for name, (_, written) in places.items()}
    return _table(names, columns, np.arange(1, len(read) + 1))
