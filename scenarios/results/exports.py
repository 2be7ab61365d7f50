"""Results for other programs: frames with named levels, xarray, Parquet, CSV and Excel."""

import io
import math
import platform
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from scenarios.results.provenance import version
from scenarios.results.store import write_whole
from scenarios.runs.effects import INDICATORS

if TYPE_CHECKING:
    import xarray

Cell = str | float | bool | None

INDICATOR = "indicator"
KNOWN = {each.name: each for each in INDICATORS}
NO_UNITS: Mapping[str, str] = MappingProxyType({})

ABOUT = "About"
MOST_ROWS, MOST_COLUMNS, MOST_LETTERS, LONGEST_NAME = 1_048_576, 16_384, 32_767, 31
"""What a sheet of Excel holds, and what a cell and a sheet's name do."""
WIDEST = 60  # letters; of a column
EXACT = 10**15  # Excel keeps 15 figures of a number
NO_DAY = "2000-01-01T00:00:00Z"
"""Stands where a workbook has its date, so that equal tables give equal bytes."""
LINE_END = r"\r\n?"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


# Frames


def levels(frame: pd.DataFrame, index: Sequence[str], value: str = "value") -> pd.DataFrame:
    """Return one column of a tidy table under named levels.

    Parameters
    ----------
    frame : pandas.DataFrame
        Tidy: one row a value.
    index : sequence of str
        Columns that become levels; together they name a row.
    value : str
        The column that stays.

    Raises
    ------
    ValueError
        Where a column is missing, a level has gaps, or two rows have the same place.

    Examples
    --------
    >>> tidy = pd.DataFrame({"scenario": ["a", "b"], "replicate": [0, 0], "value": [1.0, 2.0]})
    >>> levels(tidy, ["scenario", "replicate"]).loc[("b", 0), "value"]
    np.float64(2.0)
    """
    missing = [name for name in (*index, value) if name not in frame]
    if missing:
        there = ", ".join(map(str, frame.columns))
        raise ValueError(f"no column {', '.join(missing)}; there are {there}")
    places = frame[list(index)]
    for name in index:
        if places[name].isna().any():
            raise ValueError(f"column {name} has gaps, so that it does not name rows")
    twice = places.duplicated()
    if twice.any():
        first = places[twice].iloc[0].to_dict()
        place = ", ".join(f"{name} {each}" for name, each in first.items())
        raise ValueError(f"two rows have the same place: {place}")
    return frame[[value]].set_axis(pd.MultiIndex.from_frame(places))


def to_xarray(
    frame: pd.DataFrame,
    index: Sequence[str],
    value: str = "value",
    units: Mapping[str, str] = NO_UNITS,
) -> "xarray.Dataset":
    """Return a tidy table as an xarray data set with named dimensions.

    Where the indicator is one of the levels each indicator becomes a variable, with its unit and
    words for people; otherwise there is one variable, named as the column is.

    Parameters
    ----------
    frame : pandas.DataFrame
        Tidy; units and words are its columns "unit" and "label" where it has them.
    index : sequence of str
        Columns that become dimensions, in the order of their values' first rows.
    value : str
        A column of numbers; not a number where there is no row.
    units : mapping
        Of dimensions and variables, beside those that are known.

    Raises
    ------
    ValueError
        As for `levels`.
    OSError
        Where xarray is not installed; the message says how to get it.

    Examples
    --------
    >>> tidy = pd.DataFrame({"point": [0, 1], "indicator": "irr", "value": [3.0, 4.0]})
    >>> to_xarray(tidy, ["point", "indicator"]).irr.attrs["units"]
    'percent a year'
    """
    try:
        import xarray
    except ModuleNotFoundError as error:
        raise OSError(f"{error}; pip install -e '.[analysis]' brings it") from error
    numbers = levels(frame, index, value)[value]
    dims = [name for name in index if name != INDICATOR]
    coordinates = {name: frame[name].drop_duplicates().to_numpy() for name in dims}
    places = {name: pd.factorize(frame[name])[0] for name in dims}
    names = frame[INDICATOR] if INDICATOR in index else pd.Series(value, index=frame.index)
    found = xarray.Dataset(coords=coordinates)
    for name in names.drop_duplicates():
        own = (names == name).to_numpy()
        filled = np.full([len(coordinates[each]) for each in dims], np.nan)
        filled[tuple(places[each][own] for each in dims)] = numbers[own].to_numpy().squeeze()
        found[name] = (dims, filled, _described(frame[own], str(name)))
    for name in units:
        found[name].attrs["units"] = units[name]
    return found


def _described(rows: pd.DataFrame, name: str) -> dict[str, str]:
    """Return unit and words of one variable: from its rows, else from the table of indicators."""
    known = {"units": KNOWN[name].unit, "long_name": KNOWN[name].label} if name in KNOWN else {}
    for column, attribute in (("unit", "units"), ("label", "long_name")):
        if column in rows and rows[column].nunique() == 1:
            known[attribute] = str(rows[column].iloc[0])
    return known


# Tables


def write_tables(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    formats: Sequence[Literal["parquet", "csv"]] = ("parquet", "csv"),
) -> list[Path]:
    """Write tables into a folder, each file whole or not at all; return the paths.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it is missing.
    tables : mapping
        By name, which becomes the file's; named levels of an index become columns.
    formats : sequence of str
        Endings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in tables.items():
        flat = _flat(table)
        # A reader takes a carriage return for the end of a row, and pandas does not quote it.
        plain = flat.replace(LINE_END, "\n", regex=True)
        write = {
            "parquet": partial(flat.to_parquet, index=False),
            "csv": partial(plain.to_csv, index=False),
        }
        for ending in formats:
            paths.append(folder / f"{name}.{ending}")
            write_whole(paths[-1], write[ending])
    return paths


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose index says nothing: its named levels become columns."""
    named = [name for name in table.index.names if name is not None]
    return table.reset_index(named).reset_index(drop=True) if named else table


def about_of(what: str, seed: int, replicates: int, again: str) -> dict[str, str]:
    """Return the first sheet of a workbook: what it is, versions, and how to do it again.

    Parameters
    ----------
    what : str
        One sentence.
    seed : int
        Of the first replicate.
    replicates : int
        Of each run.
    again : str
        The command that makes the tables again.

    Examples
    --------
    >>> about_of("A sweep of take-up.", 1, 5, "berdaya sweep take-up")["Do it again"]
    'berdaya sweep take-up'
    """
    return {
        "What it is": what,
        "Do it again": again,
        "Seed": str(seed),
        "Replicates": str(replicates),
        "Berdaya": version(),
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "pandas": pd.__version__,
    }


# Excel


def write_excel(
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    about: Mapping[str, str],
    units: Mapping[str, str] = NO_UNITS,
) -> None:
    """Write a workbook, whole or not at all: a sheet about it, then one a table.

    Equal tables give equal bytes. Numbers keep 15 figures, as Excel does; text is never a formula.

    Parameters
    ----------
    path : pathlib.Path
        Ends in .xlsx.
    tables : mapping
        By name.
    about : mapping
        What the first sheet says; see `about_of`.
    units : mapping
        Of columns, by their names; shown in the header.

    Raises
    ------
    ValueError
        Where a sheet cannot hold a table.
    """
    flat = {name: _flat(table) for name, table in tables.items()}
    sheets = dict(zip(flat, _sheet_names(flat), strict=True))
    said = {**about, **{f"Sheet {sheets[name]}": _sized(name, flat[name]) for name in flat}}
    front = pd.DataFrame({"About": list(said), "": list(said.values())})
    rows = {ABOUT: _rows(front, NO_UNITS)}
    rows |= {sheets[name]: _rows(table, units) for name, table in flat.items()}
    write_whole(path, lambda part: part.write_bytes(_undated(_workbook(rows))))


def _sized(name: str, table: pd.DataFrame) -> str:
    if len(table) >= MOST_ROWS or len(table.columns) > MOST_COLUMNS:
        raise ValueError(
            f"table {name} has {len(table)} rows and {len(table.columns)} columns; a sheet of "
            f"Excel holds {MOST_ROWS - 1} and {MOST_COLUMNS}: take Parquet or CSV"
        )
    return f"{name}, {len(table)} row{'' if len(table) == 1 else 's'}"


def _workbook(sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> io.BytesIO:
    """Return a workbook whose first rows are bold and always in view."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    book.properties.creator = "Berdaya"
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for number, width in enumerate(_widths(rows), start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        for place, row in enumerate(rows):
            cells: list[Any] = list(row)
            for at, value in enumerate(row):
                if isinstance(value, str):
                    cells[at] = WriteOnlyCell(sheet, value)
                    # Even where it looks like a formula or an error.
                    cells[at].data_type = "s"
                if place == 0:
                    cells[at].font = Font(bold=True)
            sheet.append(cells)
    made = io.BytesIO()
    book.save(made)
    return made


def _widths(rows: Sequence[Sequence[Cell]]) -> list[int]:
    def letters(value: Cell) -> int:
        return len(f"{value:.11g}" if isinstance(value, float) else str(value))

    return [min(max(map(letters, column)), WIDEST) + 2 for column in zip(*rows, strict=True)]


def _rows(table: pd.DataFrame, units: Mapping[str, str]) -> list[list[Cell]]:
    """Return the header, with units, and the rows as cells can hold them."""
    heads = [f"{each}, {units[each]}" if each in units else str(each) for each in table.columns]
    rows = [heads, *table.itertuples(index=False, name=None)]
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: object) -> Cell:
    """Return a value as Excel can hold it; nothing where it is not known."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float) and not math.isinf(value):
        return None if math.isnan(value) else value
    if isinstance(value, int) and abs(value) < EXACT:
        return value
    # Excel knows one kind of line end, and reads _x000A_ as the letter of that number.
    text = re.sub(LINE_END, "\n", _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", str(value)))
    return _cut(_ESCAPE.sub("_x005F_", text), MOST_LETTERS)


def _sheet_names(names: Iterable[str]) -> list[str]:
    """Return names that Excel takes: short, plain, no two alike but for capitals.

    Examples
    --------
    >>> _sheet_names(["net/gross", "about", ""])
    ['net gross', 'about 2', 'table']
    """
    taken = {ABOUT.casefold(), "history"}
    found = []
    for name in names:
        plain = re.sub(r"[\[\]:*?/\\\s]+", " ", _FORBIDDEN.sub(" ", name)).strip(" '") or "table"
        sheet, number = _cut(plain, LONGEST_NAME), 1
        while sheet.casefold() in taken:
            number += 1
            sheet = f"{_cut(plain, LONGEST_NAME - len(f' {number}'))} {number}"
        taken.add(sheet.casefold())
        found.append(sheet)
    return found


def _cut(text: str, most: int) -> str:
    """Return at most so many letters, as Excel counts them: in two bytes each."""
    letters = text.encode("utf-16-le")
    if len(letters) <= 2 * most:
        return text
    return letters[: 2 * most - 2].decode("utf-16-le", "ignore") + "…"


def _undated(book: io.BytesIO) -> bytes:
    """Return a workbook without the time at which it was made."""
    dates = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
    made = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = dates.sub(rb"\g<1>" + NO_DAY.encode(), data)
            new.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()
