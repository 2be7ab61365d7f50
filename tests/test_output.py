import io
import sys

import pytest

from scenarios import output, tables


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
