import io
import re
import sys

import pytest

from scenarios.results import output, tables
from scenarios.schema import Scenario


def test_a_table_fits_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    rows = [["sedaya", *("1.234.567" for _ in range(5))], ["a heading"]]
    text = output.table(["", *"abcde"], rows)
    assert max(map(len, text.splitlines())) <= 30
    assert text.count("1.234.567") == 5
    assert text.count("sedaya") == text.count("a heading") == 3


def test_text_that_the_terminal_cannot_show(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    output.write("Rp 5 \u2013 \udcff\n")
    terminal.flush()
    assert terminal.buffer.getvalue() == b"Rp 5 \\u2013 \\udcff\n"


@pytest.mark.parametrize(
    ("unit", "value", "low", "high", "text"),
    [
        ("percent", 4.2381, 4.0, 4.4761, "4.24 [4.00; 4.48]"),
        ("points", -0.001, -0.002, 0.001, "0.00 [0.00; 0.00]"),
        ("percent", 4.2, float("nan"), float("nan"), "4.20"),
        ("rupiah", 1234567.8, 1e6, 2e6, "Rp 1.234.568 [1.000.000; 2.000.000]"),
        ("rupiah a month", -5000.0, -6000.0, -4000.0, "-Rp 5.000 [-6.000; -4.000]"),
        ("rupiah", 5e6, 5e6, 5e6, "Rp 5.000.000"),
        ("persons", 12345.6, 12000.2, 13000.9, "12 346 [12 000; 13 001]"),
        ("persons", 0.5, -1.25, 2.25, "0.50 [-1.25; 2.25]"),
        ("persons", float("nan"), float("nan"), float("nan"), "-"),
        ("percent a year", float("inf"), 1.0, 2.0, "-"),
    ],
)
def test_an_estimate(unit, value, low, high, text):
    assert tables.estimate({"unit": unit, "value": value, "low": low, "high": high}) == text


# A comparison

OURS = [Scenario(name="ours", months=24, replicates=4), Scenario(name="theirs", months=24)]


def row(indicator, group, value, scenario="ours", variant="scenario", **more):
    """Return a row of the tidy table."""
    return {
        "scenario": scenario,
        "variant": variant,
        "group": group,
        "indicator": indicator,
        "label": indicator.capitalize(),
        "unit": "points",
        "value": value,
        "low": value,
        "high": value,
        "decided": "",
        **more,
    }


def shown(rows, *more):
    return tables.of_comparison(OURS, rows, *more).splitlines()


def test_a_comparison_is_read_group_by_group(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    rows = [
        row("irr", "fund", 2.0),
        row("gap", "participants", 1.0),
        row("gap", "participants", 3.0, variant="cash benchmark"),
        row("poor", "area", float("nan")),
        row("profit", "others", float("nan")),
        row("profit", "others", 4.0, "theirs"),
    ]
    lines = shown(rows)
    assert lines[:12] == [
        "DKI Jakarta, 24 months from 2023-03, 20 000 households",
        "",
        "          scenario  cash benchmark",
        "THOSE ENROLLED",
        "Gap, points",
        "  ours        1.00            3.00",
        "  theirs         -               -",
        "",
        "EVERYONE ELSE IN THE AREA",
        "Profit, points",
        "  ours           -               -",
        "  theirs      4.00               -",
    ]
    assert "THE FUND THAT FINANCES ENTERPRISES" in lines[13:]
    assert not any("AREA AS A WHOLE" in line or "Poor" in line for line in lines), "all is unknown"
    assert not any("CLAIMS" in line or "NOTES" in line for line in lines)


def test_what_is_undecided_says_so(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    rows = [
        row("street", "participants", 1.0, decided="undecided"),
        row("gap", "participants", 1.0, decided="decided"),
    ]
    lines = shown(rows)
    assert "  ours    1.00 undecided" in lines
    assert sum("decided" in line for line in lines) == 1


FIGURES = {
    "claimed": 50.0,
    "claimed_lifted": 100.0,
    "true_lifted": 4.0,
    "ratio": 25.0,
    "anyway": 96.0,
    "before_after_profit": 5e5,
    "true_profit": 1e5,
    "enrolled": 240.0,
    "cost": 1e9,
}


def claim(programme, **figures):
    spread = {f"{name}_{end}": value for name, value in FIGURES.items() for end in ("low", "high")}
    what = {"scenario": "ours", "programme": programme, "kpi": "growth", "payer": "donor"}
    return {**what, "replicates": 4, **FIGURES, **spread, **figures}


def test_what_programmes_claim_stands_below(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    few = claim("few", **dict.fromkeys(FIGURES, float("nan")))
    claims = [claim("course", claimed_low=40.0, cost_low=1.0), few]
    lines = shown([row("gap", "participants", 1.0)], claims)
    at = lines.index("WHAT EACH PROGRAMME CLAIMS")
    assert re.split("  +", lines[at + 1]) == [
        "scenario",
        "programme",
        "KPI",
        "enrolled",
        "KPI",
        "persons lifted,",
        "persons lifted,",
        "claimed",
        "of claimed:",
        "profit a month,",
        "profit a month,",
        "cost",
    ]
    assert re.split("  +", lines[at + 3]) == [
        "ours",
        "course",
        "growth",
        "240",
        "50.00 [40.00; 50.00]",
        "100",
        "4.00",
        "25.0",
        "96.00",
        "Rp 500.000",
        "Rp 100.000",
        "Rp 1.000.000.000",
    ]
    assert not any("few" in line for line in lines[at : at + 5])
    known = claim("course", ratio=float("nan"), anyway=float("nan"))
    lines = shown([row("gap", "participants", 1.0)], [known])
    assert not any("over true" in line or "nyway" in line for line in lines)


def test_notes_say_in_how_many_replicates(monkeypatch):
    notes = [
        {"scenario": "ours", "note": "its budget is spent", "replicates": 3},
        {"scenario": "theirs", "note": "no forecast", "replicates": 5},
    ]
    lines = shown([row("gap", "participants", 1.0)], (), notes)
    at = lines.index("NOTES")
    assert lines[at + 1 : at + 4] == [
        "  ours: its budget is spent (3 of 4 replicates)",
        "  theirs: no forecast",
        "",
    ]
