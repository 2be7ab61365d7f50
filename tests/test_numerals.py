"""Numbers as readers of either language write them."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.results.tables import estimate
from scenarios.runs.effects import INDICATORS
from scenarios.words import numerals
from scenarios.words.labels import LANGUAGES
from scenarios.words.numerals import (
    UNKNOWN,
    in_unit,
    interval,
    month,
    number,
    percent,
    rupiah,
    short_rupiah,
)
from simulation.rupiah import LARGEST_AMOUNT, format_rupiah, parse_rupiah

LANGUAGE = st.sampled_from(LANGUAGES)
AMOUNT = st.floats(-LARGEST_AMOUNT, LARGEST_AMOUNT)
UNSHOWN = [None, math.nan, math.inf, -math.inf, np.nan]
GROUPED = {
    "id": re.compile(r"-?[0-9]{1,3}(\.[0-9]{3})*(,[0-9]+)?"),
    "en": re.compile(r"-?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?"),
}
SIZES = {
    "juta": 1e6,
    "miliar": 1e9,
    "triliun": 1e12,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
}


def read(text: str, language: str) -> float:
    """Return the number that a text shows."""
    thousands, decimals = (".", ",") if language == "id" else (",", ".")
    return float(text.replace(thousands, "").replace(decimals, "."))


def read_rupiah(text: str, language: str) -> float:
    whole = re.fullmatch(r"(-?)Rp ([0-9.,]+)(?: ([a-z]+))?", text)
    assert whole, text
    sign, digits, word = whole.groups()
    return float(f"{sign}1") * read(digits, language) * SIZES.get(word, 1.0)


# Both styles


@pytest.mark.parametrize(
    ("shown", "indonesian", "english"),
    [
        (rupiah, "Rp 1.234.567", "Rp 1,234,567"),
        (short_rupiah, "Rp 1,2 juta", "Rp 1.2 million"),
    ],
)
def test_rupiah_in_both_styles(shown, indonesian, english):
    assert (shown(1_234_567, "id"), shown(1_234_567, "en")) == (indonesian, english)


def test_percent_in_both_styles():
    assert (percent(9.36, 2, "id"), percent(9.36, 2, "en")) == ("9,36%", "9.36%")
    assert percent(-0.5, 1, "id") == "-0,5%"
    assert percent(0, 1, "en") == "0.0%"


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [
        (0, "Rp 0", "Rp 0"),
        (-0.4, "Rp 0", "Rp 0"),
        (-5_000, "-Rp 5.000", "-Rp 5,000"),
        (999_999, "Rp 999.999", "Rp 999,999"),
        (999_999.6, "Rp 1 juta", "Rp 1 million"),
        (1_000_000, "Rp 1 juta", "Rp 1 million"),
        (99_949_999, "Rp 99,9 juta", "Rp 99.9 million"),
        (99_960_000, "Rp 100 juta", "Rp 100 million"),
        (999_600_000, "Rp 1 miliar", "Rp 1 billion"),
        (-1.2e9, "-Rp 1,2 miliar", "-Rp 1.2 billion"),
        (3.46e12, "Rp 3,5 triliun", "Rp 3.5 trillion"),
        (2e15, "Rp 2.000 triliun", "Rp 2,000 trillion"),
    ],
)
def test_short_rupiah(value, indonesian, english):
    assert short_rupiah(value, "id") == indonesian
    assert short_rupiah(value, "en") == english


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", UNSHOWN)
def test_what_cannot_be_shown_is_a_dash(value, language):
    assert number(value, 2, language) == UNKNOWN
    assert percent(value, 2, language) == UNKNOWN
    assert rupiah(value, language) == UNKNOWN
    assert short_rupiah(value, language) == UNKNOWN
    for unit in ("persons", "percent", "rupiah a month"):
        assert in_unit(value, unit, language) == UNKNOWN
        assert interval(value, 1.0, unit, language) == UNKNOWN
        assert interval(1.0, value, unit, language) == UNKNOWN


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_of_numpy_are_shown_as_those_of_python(language):
    assert number(np.float32(1234.5), 1, language) == number(1234.5, 1, language)
    assert number(np.int64(1234), 0, language) == number(1234, 0, language)
    assert rupiah(np.float64(5e6), language) == rupiah(5e6, language)


# Any number


@given(AMOUNT, st.integers(0, 6), LANGUAGE)
def test_a_number_can_be_read_back(value, decimals, language):
    text = number(value, decimals, language)
    assert GROUPED[language].fullmatch(text)
    shown = read(text, language)
    assert shown == round(value, decimals)
    assert not text.startswith("-") or shown < 0
    assert len(text.partition("," if language == "id" else ".")[2]) == decimals or language == "en"


@given(AMOUNT, st.integers(0, 6))
def test_the_styles_differ_in_their_marks_alone(value, decimals):
    swapped = number(value, decimals, "en").translate(str.maketrans(",.", ".,"))
    assert swapped == number(value, decimals, "id")


@given(AMOUNT, LANGUAGE)
def test_an_amount_can_be_read_back(value, language):
    assert read_rupiah(rupiah(value, language), language) == round(value)


@given(st.floats(0, LARGEST_AMOUNT))
def test_an_amount_is_written_as_scenario_files_have_it(value):
    assert rupiah(value, "id") == format_rupiah(value)
    assert parse_rupiah(rupiah(value, "id")) == round(value)
    assert parse_rupiah(short_rupiah(value, "id")) == pytest.approx(value, rel=0.05, abs=0.51)


@given(st.floats(-1e17, 1e17), LANGUAGE)
def test_a_short_amount_is_near_and_short(value, language):
    text = short_rupiah(value, language)
    # Two figures at least: 1.0 may stand for 0.95 to 1.05.
    assert read_rupiah(text, language) == pytest.approx(value, rel=0.05, abs=0.51)
    assert text.startswith("-") == (read_rupiah(text, language) < 0)
    assert not re.search(r"[,.]0 [a-z]", text)
    scaled = re.fullmatch(r"-?Rp ([0-9.,]+) (?:juta|miliar|million|billion)", text)
    assert not scaled or read(scaled[1], language) < 1000


@given(st.floats(-1e17, 1e17))
def test_a_short_amount_is_the_same_in_both_languages(value):
    texts = {language: short_rupiah(value, language) for language in LANGUAGES}
    assert read_rupiah(texts["id"], "id") == read_rupiah(texts["en"], "en")


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9), st.sampled_from(INDICATORS), LANGUAGE)
def test_an_interval_has_both_ends_with_equal_decimals(low, width, indicator, language):
    ends = interval(low, low + width, indicator.unit, language).split(
        f" {numerals.BETWEEN[language]} "
    )
    assert len(ends) == 2
    mark = "," if language == "id" else "."
    decimals = {len(end.rstrip("%").partition(mark)[2]) for end in ends}
    assert len(decimals) == 1 or indicator.unit.startswith("rupiah")


@given(st.floats(-1e9, 1e9), st.sampled_from(INDICATORS))
def test_a_value_bears_as_many_decimals_as_in_the_command(value, indicator):
    row = {"unit": indicator.unit, "value": value, "low": value, "high": value}
    told = estimate(row)
    shown = in_unit(value, indicator.unit, "en").removesuffix("%")
    if indicator.unit.startswith("rupiah"):
        assert in_unit(value, indicator.unit, "id") == told
    else:
        assert shown.replace(",", " ") == told


# Months


@given(st.integers(1000, 9999), st.integers(1, 12), LANGUAGE)
def test_a_month_can_be_read_back(year, number_of, language):
    name, of = month(f"{year:04}-{number_of:02}", language).split(" ")
    assert int(of) == year
    assert numerals.MONTHS[language].split().index(name) + 1 == number_of


def test_months_in_both_languages():
    assert (month("2024-08", "id"), month("2024-08", "en")) == ("Agustus 2024", "August 2024")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "2023",
        "2023-00",
        "2023-13",
        "2023-1",
        "23-01",
        "2023-Q1",
        "2023-01-01",
        "2023-\u0660\u0661",
    ],
)
def test_what_is_no_month_is_refused(wrong):
    with pytest.raises(ValueError, match="is not a month such as"):
        month(wrong, "id")
