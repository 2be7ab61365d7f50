"""The label table: every word that people see, in both languages.

The files ``*.csv`` of this folder are parts of one table. A row is a *label*, which has a sentence
that explains it, or a *message*, which may have ``{fills}``. A name occurs once over all parts.
"""

import csv
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from scenarios.grammar.mistakes import nearest

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")
COLUMNS = ("name", "unit", "id", "en", "id_explains", "en_explains")
FOLDER = Path(__file__).parent
DISTRICT: Mapping[Language, Mapping[str, str]] = {
    "id": {"kabupaten": "Kabupaten di", "kota": "Kota di"},
    "en": {"kabupaten": "A regency in", "kota": "A city in"},
}
"""What a district is, by its kind; a district is called as BPS writes it in either language."""


class LabelError(KeyError):
    """A name is not in the label table, or a message lacks one of its fills."""

    def __str__(self) -> str:
        """Return what is wrong, without the quotes of a key."""
        return str(self.args[0])


@dataclass(frozen=True)
class Label:
    """What one name is called in one language.

    Attributes
    ----------
    text, unit, explains : str
        Words; unit, in the same language; one sentence. Unit and sentence may be empty.
    """

    text: str
    unit: str = ""
    explains: str = ""


def label(name: str, language: Language) -> Label:
    """Return a label.

    Parameters
    ----------
    name : str
        Such as ``indicator.net_lifted``, ``place.DKI Jakarta`` or ``scenario.sedaya-package``.
    language : {'id', 'en'}
        Bahasa Indonesia or English.

    Raises
    ------
    LabelError
        Where there is no such name; the message tells the nearest one.

    Examples
    --------
    >>> label("unit.persons", "id").text, label("unit.persons", "en").text
    ('orang', 'persons')
    >>> label("indicator.headcount_change", "id").unit
    'poin persentase'
    """
    return _row(name)[language]


def say(name: str, language: Language, **fills: str | int) -> str:
    """Return a message with its fills.

    Parameters
    ----------
    name : str
        Name of the message.
    language : {'id', 'en'}
        Bahasa Indonesia or English.
    **fills : str or int
        What stands where the message has ``{names}``; numbers as `numerals` writes them.

    Raises
    ------
    LabelError
        Where there is no such name, or the fills are not those of the message.

    Examples
    --------
    >>> say("message.beyond_horizon", "en", months=60)
    'Beyond 60 months: no demography, not a forecast.'
    """
    text = _row(name)[language].text
    asked = fills_of(text)
    if asked != fills.keys():
        wanted, given = (", ".join(sorted(names)) or "none" for names in (asked, fills))
        raise LabelError(f"the fills of {name} are {wanted}; given: {given}")
    return text.format(**fills)


def fills_of(text: str) -> set[str]:
    """Return the names of the fills of a text.

    Parameters
    ----------
    text : str
        Words with names in braces.

    Examples
    --------
    >>> sorted(fills_of("{low} to {high} of {high}"))
    ['high', 'low']
    """
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@cache
def table() -> Mapping[str, Mapping[Language, Label]]:
    """Return every label by name and language: those of all parts, then the districts.

    Raises
    ------
    ValueError
        Where a part cannot be read as one, a name occurs twice, or a unit has no label.

    Examples
    --------
    >>> table()["place.Kota Bandung"]["en"].text
    'Kota Bandung'
    """
    from calibration.figures import table as figures

    rows = read(sorted(FOLDER.glob("*.csv")))
    columns = ("name", "kind", "province_2022")
    for name, kind, province in figures("districts")[list(columns)].itertuples(index=False):
        within = rows[f"place.{province}"]
        rows[f"place.{name}"] = {
            each: Label(name, "", f"{DISTRICT[each][kind]} {within[each].text}.")
            for each in LANGUAGES
        }
    return rows


def read(parts: list[Path]) -> dict[str, Mapping[Language, Label]]:
    """Return the labels of some parts of the table.

    Parameters
    ----------
    parts : list of pathlib.Path
        Files with `COLUMNS`.

    Raises
    ------
    ValueError
        Where a part cannot be read as one, a name occurs twice, or a unit has no label.
    """
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for part in parts:
        with part.open(encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file)
            if tuple(lines.fieldnames or ()) != COLUMNS:
                raise ValueError(f"{part.name}: its columns are not {','.join(COLUMNS)}")
            for row in lines:
                place = f"{part.name}:{lines.line_num}"
                if set(row) != set(COLUMNS) or None in row.values():
                    raise ValueError(f"{place}: has not {len(COLUMNS)} cells")
                name = row["name"]
                if name in found:
                    raise ValueError(f"{place}: {name} is in {found[name][0]} too")
                found[name] = place, row
    units = {name: row for name, (_, row) in found.items() if name.startswith("unit.")}
    return {name: _labels(place, row, units) for name, (place, row) in found.items()}


def _labels(
    place: str, row: Mapping[str, str], units: Mapping[str, Mapping[str, str]]
) -> Mapping[Language, Label]:
    unit = row["unit"]
    if unit and f"unit.{unit}" not in units:
        raise ValueError(f"{place}: the unit {unit} of {row['name']} has no label unit.{unit}")
    return {
        each: Label(row[each], units[f"unit.{unit}"][each] if unit else "", row[f"{each}_explains"])
        for each in LANGUAGES
    }


def _row(name: str) -> Mapping[Language, Label]:
    names = table()
    if name not in names:
        like = nearest(name, names)
        hint = f"; did you mean {like}?" if like else ""
        raise LabelError(f"there is no label {name}{hint}")
    return names[name]
