"""What the command writes: aligned text for people, JSON and CSV for programs."""

import csv
import io
import json
import math
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeGuard

from simulation.rupiah import format_rupiah

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, object]
GAP = "  "
PIPED_WIDTH = 120  # characters; where no terminal says how wide it is


def write(text: str) -> None:
    """Write to standard output; what its encoding lacks is written as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def write_json(document: Mapping[str, object]) -> None:
    """Write one JSON document; what is not a number is null."""
    write(json.dumps(_plain(document), indent=2, allow_nan=False) + "\n")


def write_csv(rows: Sequence[Record], columns: Sequence[str] = ()) -> None:
    """Write a table with a line of names; what is not a number is left empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = list(columns or rows[0])
    writer.writerow(names)
    writer.writerows([_plain(row[name]) for name in names] for row in rows)
    write(text.getvalue())


def records(frame: "pd.DataFrame") -> list[Record]:
    """Return the rows of a table as names and values."""
    names = [str(name) for name in frame.columns]
    columns = [frame[name].tolist() for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return rows as aligned text, as wide as the terminal.

    Parameters
    ----------
    headers
        One a column; may have several lines.
    rows
        Cells.
    left
        How many columns, from the first, are aligned to the left. Where not all columns fit side
        by side, the others follow in further tables, each with these before it.

    Examples
    --------
    >>> sys.stdout.write(table(["name", "seats"], [["sedaya", "100"]]))
    name    seats
    sedaya    100
    30
    """
    heads = zip_longest(*(header.split("\n") for header in headers), fillvalue="")
    lines = [*heads, *rows]
    widths = [max(len(line[c]) for line in lines) for c in range(len(headers))]
    parts = []
    for columns in _side_by_side(widths, left):
        text = []
        for line in lines:
            cells = [
                line[c].ljust(widths[c]) if c < left else line[c].rjust(widths[c]) for c in columns
            ]
            text.append(GAP.join(cells).rstrip() + "\n")
        parts.append("".join(text))
    return "\n".join(parts)


def _side_by_side(widths: Sequence[int], left: int) -> list[list[int]]:
    """Return the columns of each table that fits the terminal; at least one beside the left."""
    room = shutil.get_terminal_size((PIPED_WIDTH, 0)).columns
    first = list(range(left))
    tables = [list(first)]
    for column in range(left, len(widths)):
        columns = [*tables[-1], column]
        width = sum(widths[c] for c in columns) + len(GAP) * (len(columns) - 1)
        if width > room and len(columns) > left + 1:
            columns = [*first, column]
            tables.append(columns)
        tables[-1] = columns
    return tables


def estimate(row: Record) -> str:
    """Return a value of some unit with its interval, [low; high].

    Examples
    --------
    >>> estimate({"unit": "percent", "value": 4.2381, "low": 4.0, "high": 4.4761})
    '4.24 [4.00; 4.48]'
    >>> estimate({"unit": "rupiah a month", "value": 40406.6, "low": -8818.9, "high": 89632.0})
    'Rp 40.407 [-8.819; 89.632]'
    """
    known = [v for v in (row[name] for name in ("value", "low", "high")) if _is_number(v)]
    if not known:
        return "-"
    money = str(row["unit"]).startswith("rupiah")
    if money:
        texts = [format_rupiah(v).replace("Rp ", "") for v in known]
    else:
        exact = str(row["unit"]).startswith(("percent", "points"))
        decimals = 2 if exact else _decimals(max(abs(v) for v in known))
        texts = [number(v, decimals) for v in known]
    value = format_rupiah(known[0]) if money else texts[0]
    return value if len(texts) < 3 else f"{value} [{texts[1]}; {texts[2]}]"


def number(value: float, decimals: int) -> str:
    """Return a number with a point before its decimals and its thousands apart.

    Examples
    --------
    >>> number(1234567.8, 0), number(-0.001, 2)
    ('1 234 568', '0.00')
    """
    # Adding zero makes a plain zero of one below zero.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace(",", " ")


def _decimals(largest: float) -> int:
    return 0 if largest >= 100 else 1 if largest >= 10 else 2


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)


def short_unit(unit: str) -> str:
    """Return a unit as it stands beside numbers that show Rp themselves.

    Examples
    --------
    >>> short_unit("rupiah a month"), short_unit("percent a year")
    ('a month', '% a year')
    """
    return unit.replace("rupiah", "").replace("percent", "%").strip()
