"""What the command writes: aligned text for people, JSON and CSV for programs."""

import csv
import io
import json
import math
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, object]
GAP = "  "
PIPED_WIDTH = 120  # characters; where no terminal says how wide it is


def show(
    form: str,
    document: Record,
    rows: Sequence[Record],
    text: str,
    columns: Sequence[str] = (),
) -> None:
    """Write one thing to standard output, in one of three forms.

    Parameters
    ----------
    form
        ``"json"``, ``"csv"`` or ``"table"``.
    document
        For programs that read JSON.
    rows
        For programs that read CSV.
    text
        For people.
    columns
        Names of the columns of `rows`, for where there may be none.
    """
    if form == "json":
        write(json.dumps(_plain(document), indent=2, allow_nan=False) + "\n")
    elif form == "csv":
        write(_csv(rows, columns or list(rows[0])))
    else:
        write(text)


def write(text: str) -> None:
    """Write to standard output; what its encoding lacks is written as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def records(frame: "pd.DataFrame") -> list[Record]:
    """Return the rows of a table as names and plain values."""
    names = [str(name) for name in frame.columns]
    columns = [frame[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """Return rows as aligned text that fits the terminal.

    Parameters
    ----------
    headers
        One a column; may have several lines.
    rows
        Cells; a row of one cell is a heading and may be as long as it likes.
    left
        How many columns, from the first, are aligned to the left. Where the others do not fit
        side by side they go into further tables, each of which begins with these.

    Examples
    --------
    >>> write(table(["name", "seats"], [["sedaya", "100"]]))
    name    seats
    sedaya    100
    """
    heads = zip_longest(*(header.split("\n") for header in headers), fillvalue="")
    lines = [*heads, *rows]
    full = [line for line in lines if len(line) == len(headers)]
    widths = [max(len(line[column]) for line in full) for column in range(len(headers))]
    tables = [
        "".join(_line(line, columns, widths, left) for line in lines)
        for columns in _side_by_side(widths, left)
    ]
    return "\n".join(tables)


def _line(line: Sequence[str], columns: Sequence[int], widths: Sequence[int], left: int) -> str:
    if len(line) == 1:
        return f"{line[0]}\n"
    cells = [
        line[column].ljust(widths[column]) if column < left else line[column].rjust(widths[column])
        for column in columns
    ]
    return GAP.join(cells).rstrip() + "\n"


def _side_by_side(widths: Sequence[int], left: int) -> list[list[int]]:
    """Return the columns of each table; at least one stands beside those on the left."""
    room = shutil.get_terminal_size((PIPED_WIDTH, 0)).columns
    first = list(range(left))
    tables = [first]
    for column in range(left, len(widths)):
        columns = [*tables[-1], column]
        width = sum(widths[each] + len(GAP) for each in columns) - len(GAP)
        if width <= room or tables[-1] == first:
            tables[-1] = columns
        else:
            tables.append([*first, column])
    return tables


def _csv(rows: Sequence[Record], columns: Sequence[str]) -> str:
    """Return rows below a line of names; what is not a number is left empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a value as CSV takes it: true and false as scenario files write them."""
    return str(value).lower() if isinstance(value, bool) else _plain(value)


def _plain(value: object) -> object:
    """Return a value as JSON takes it: null for what is not a finite number."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
