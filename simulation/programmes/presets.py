"""Presets: what a kind of programme, of organiser or of finance usually says; rows of presets.csv.

A preset gives the terms that are left out; what is written always stands. It is no code: a new
kind is new rows.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_suffix(".csv")


@cache
def presets() -> dict[str, dict[str, dict[str, str]]]:
    """Return the presets: kind -> name -> path of a term -> value as written.

    Examples
    --------
    >>> presets()["instrument"]["microcredit"]["fixed"]
    'true'
    """
    found: dict[str, dict[str, dict[str, str]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["kind"], {}).setdefault(row["name"], {})[row["path"]] = row[
                "value"
            ]
    return found


def filled(given: Any, *kinds: str) -> Any:  # noqa: ANN401
    """Return what was given, with the terms that its presets add where it says nothing.

    Parameters
    ----------
    given
        A group of terms as written; anything else is returned as it is, for others to refuse.
    kinds
        Names of the terms that choose a preset, the strongest first.
    """
    if not isinstance(given, dict):
        return given
    whole = dict(given)
    for kind in kinds:
        chosen = given.get(kind)
        rows = presets().get(kind, {}).get(chosen, {}) if isinstance(chosen, str) else {}
        for path, text in rows.items():
            _put(whole, path.split("."), _value(text))
    return whole


def _put(group: dict[str, Any], steps: list[str], value: Any) -> None:  # noqa: ANN401
    """Set a term where neither it nor a part on the way to it is written otherwise."""
    *way, last = steps
    for step in way:
        inner = group.get(step, {})
        if not isinstance(inner, dict):
            if inner is None or not hasattr(inner, "model_dump"):
                return  # the part was taken away, or is a mistake that others will name
            inner = inner.model_dump(exclude_unset=True)
        group[step] = dict(inner)
        group = group[step]
    group.setdefault(last, value)


def _value(text: str) -> Any:  # noqa: ANN401
    """Return a value as a scenario file would hold it."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text
