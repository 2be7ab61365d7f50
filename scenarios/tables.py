"""Results as people read them: aligned tables, money as written in Indonesia."""

import math
from collections.abc import Sequence
from typing import TypeGuard

from scenarios.compare import LEVEL
from scenarios.output import Record, table
from scenarios.schema import Scenario
from simulation.rupiah import format_rupiah

PAIRS = {"p0": ("P0", 2), "p1": ("P1", 2), "p2": ("P2", 2), "gini": ("Gini", 3)}


def of_run(scenario: Scenario, summary: Sequence[Record]) -> str:
    """Return the summary of one run.

    Parameters
    ----------
    scenario
        What was run.
    summary
        Rows with indicator, unit, value, low and high.
    """
    rows = [[_words(row["indicator"]), _unit(row), estimate(row)] for row in summary]
    text = table(["", "", scenario.name], rows, left=2)
    return f"{_place(scenario)}; last 12 months\n\n{text}\n{_foot([scenario])}"


def of_comparison(scenarios: Sequence[Scenario], rows: Sequence[Record]) -> str:
    """Return a comparison: the scenarios below each other, beside each its cash benchmark.

    Parameters
    ----------
    scenarios
        What was compared.
    rows
        The tidy table.
    """
    variants = list(dict.fromkeys(str(row["variant"]) for row in rows))
    shown = {
        (row["indicator"], row["scenario"], row["variant"]): estimate(row)
        for row in rows
        if _is_known(row["value"])
    }
    labels = {row["indicator"]: f"{row['label']}, {_unit(row)}".rstrip(", ") for row in rows}
    lines: list[list[str]] = []
    for indicator, label in labels.items():
        block = [
            [f"  {each.name}", *(shown.get((indicator, each.name, v), "-") for v in variants)]
            for each in scenarios
        ]
        if any(key[0] == indicator for key in shown):
            lines += [[label], *block]
    places = "".join(f"{place}\n" for place in dict.fromkeys(map(_place, scenarios)))
    foot = (
        "Changes are against the same people and draws without the programme, in the last "
        "12 months.\n-: does not apply, or too few households to show.\n"
    )
    return f"{places}\n{table(['', *variants], lines)}\n{_foot(scenarios)}{foot}"


def of_population(rows: Sequence[Record]) -> str:
    """Return the synthetic population, with the published figure in brackets behind each.

    Parameters
    ----------
    rows
        One a cell, and totals.
    """
    headers = ["province", "part", "households"]
    headers += [f"{title} (BPS)" for title, _ in PAIRS.values()] + ["spending a head"]
    lines = []
    for row in rows:
        pairs = [
            f"{number(row[name], decimals)} ({number(row[f'{name}_bps'], decimals)})"
            for name, (_, decimals) in PAIRS.items()
        ]
        place = [str(row["province"]), str(row["urban_rural"])]
        lines.append([*place, number(row["households"], 0), *pairs, _money(row["mean"])])
    foot = "P0, P1, P2 in percent; spending in rupiah a month, as a survey measures it.\n"
    return f"{table(headers, lines, left=2)}\n{foot}"


def estimate(row: Record) -> str:
    """Return a value with its interval, [low; high].

    Parameters
    ----------
    row
        With unit, value, low and high.

    Examples
    --------
    >>> estimate({"unit": "percent", "value": 4.2381, "low": 4.0, "high": 4.4761})
    '4.24 [4.00; 4.48]'
    >>> estimate({"unit": "rupiah a month", "value": 40406.6, "low": -8818.9, "high": 89632.0})
    'Rp 40.407 [-8.819; 89.632]'
    """
    values = [row[name] for name in ("value", "low", "high")]
    known = [abs(value) for value in values if _is_known(value)]
    unit = str(row["unit"])
    if not known:
        return "-"
    if unit.startswith("rupiah"):
        value, low, high = (_money(each) for each in values)
        low, high = low.replace("Rp ", ""), high.replace("Rp ", "")
    else:
        exact = unit.startswith(("percent", "points")) or max(known) < 10
        decimals = 2 if exact else int(max(known) < 100)
        value, low, high = (number(each, decimals) for each in values)
    return f"{value} [{low}; {high}]" if len(set(values)) > 1 and len(known) == 3 else value


def number(value: object, decimals: int) -> str:
    """Return a number with a point before its decimals and a space between its thousands.

    Examples
    --------
    >>> number(1234567.8, 0), number(-0.001, 2), number(float("nan"), 2)
    ('1 234 568', '0.00', '-')
    """
    if not _is_known(value):
        return "-"
    # Adding zero makes a plain zero of one below zero.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace(",", " ")


def _money(value: object) -> str:
    return format_rupiah(value) if _is_known(value) else "-"


def _is_known(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def _unit(row: Record) -> str:
    """Return the unit beside numbers that show Rp themselves."""
    return str(row["unit"]).replace("rupiah", "").replace("percent", "%").strip()


def _place(scenario: Scenario) -> str:
    """Return where, when and how many."""
    people = scenario.households
    shown = "all" if people == "all" else number(people, 0)
    return f"{scenario.area}, {scenario.months} months from {scenario.start}, {shown} households"


def _foot(scenarios: Sequence[Scenario]) -> str:
    counts = sorted({scenario.replicates for scenario in scenarios})
    often = " or ".join(map(str, counts))
    runs = "replicate" if counts == [1] else "replicates"
    spread = f" [{LEVEL:.0%} interval, of chance alone; none where all replicates agree]"
    return f"Mean{'' if counts == [1] else spread} of {often} {runs}.\n"
