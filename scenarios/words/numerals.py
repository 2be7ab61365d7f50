"""Numbers, amounts of money and months as readers of either language write them.

Bahasa Indonesia has a point between thousands and a comma before decimals, English the reverse.
What cannot be shown is a dash.
"""

import math

from scenarios.words.labels import Language

UNKNOWN = "–"  # noqa: RUF001
"""Stands for a number that does not apply, is not known, or is of too few households."""
SCALES = {
    "id": ((1e12, "triliun"), (1e9, "miliar"), (1e6, "juta")),
    "en": ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")),
}
MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}
BETWEEN = {"id": "sampai", "en": "to"}


def number(value: float | None, decimals: int, language: Language) -> str:
    """Return a number.

    Parameters
    ----------
    value : float or None
        None, not a number and infinity are shown as a dash.
    decimals : int
        Digits after the decimal mark.
    language : {'id', 'en'}
        Whose style.

    Examples
    --------
    >>> number(1234567.891, 1, "id"), number(1234567.891, 1, "en")
    ('1.234.567,9', '1,234,567.9')
    >>> number(-0.001, 2, "id"), number(float("nan"), 2, "id") == UNKNOWN
    ('0,00', True)
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    # Adding zero makes a plain zero of one below zero.
    text = f"{round(float(value), decimals) + 0.0:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "id" else text


def percent(value: float | None, decimals: int, language: Language) -> str:
    """Return a percentage.

    Parameters
    ----------
    value : float or None
        In percent: 9.36 is 9.36%.
    decimals : int
        Digits after the decimal mark.
    language : {'id', 'en'}
        Whose style.

    Examples
    --------
    >>> percent(9.36, 2, "id"), percent(9.36, 2, "en")
    ('9,36%', '9.36%')
    """
    text = number(value, decimals, language)
    return text if text == UNKNOWN else f"{text}%"


def rupiah(value: float | None, language: Language) -> str:
    """Return an amount in whole rupiah.

    Parameters
    ----------
    value : float or None
        Rupiah.
    language : {'id', 'en'}
        Whose style.

    Examples
    --------
    >>> rupiah(1_234_567.2, "id"), rupiah(1_234_567.2, "en"), rupiah(-5000, "id")
    ('Rp 1.234.567', 'Rp 1,234,567', '-Rp 5.000')
    """
    return _money(number(value, 0, language))


def short_rupiah(value: float | None, language: Language) -> str:
    """Return an amount in millions, billions or trillions of rupiah; a smaller one in full.

    Parameters
    ----------
    value : float or None
        Rupiah.
    language : {'id', 'en'}
        Whose style.

    Examples
    --------
    >>> short_rupiah(1_234_567_890, "id"), short_rupiah(1_234_567_890, "en")
    ('Rp 1,2 miliar', 'Rp 1.2 billion')
    >>> short_rupiah(500e6, "id"), short_rupiah(-250_000, "en")
    ('Rp 500 juta', '-Rp 250,000')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    for size, word in SCALES[language]:
        # What rounds to 1,000 of the next smaller scale belongs to this one.
        least = 0.9995 * size if size > 1e6 else size - 0.5
        if abs(value) >= least:
            scaled = value / size
            whole = abs(scaled) >= 99.95 or round(abs(scaled), 1) % 1 == 0
            return f"{_money(number(scaled, 0 if whole else 1, language))} {word}"
    return rupiah(value, language)


def month(when: str, language: Language) -> str:
    """Return the name and year of a month.

    Parameters
    ----------
    when : str
        Year and month, such as ``2023-03``.
    language : {'id', 'en'}
        Whose words.

    Raises
    ------
    ValueError
        Where it is no month.

    Examples
    --------
    >>> month("2023-03", "id"), month("2023-03", "en")
    ('Maret 2023', 'March 2023')
    """
    year, _, number_of = when.partition("-")
    digits = (year + number_of).isascii() and (year + number_of).isdecimal()
    if not (digits and len(year) == 4 and len(number_of) == 2 and "01" <= number_of <= "12"):
        raise ValueError(f"{when!r} is not a month such as 2023-03")
    return f"{MONTHS[language].split()[int(number_of) - 1]} {year}"


def in_unit(value: float | None, unit: str, language: Language) -> str:
    """Return a value as its unit asks for: with Rp or %, and as many decimals as it bears.

    Parameters
    ----------
    value : float or None
        The value.
    unit : str
        Unit as `scenarios.runs.effects.INDICATORS` has it.
    language : {'id', 'en'}
        Whose style.

    Examples
    --------
    >>> in_unit(40406.6, "rupiah a month", "id"), in_unit(-1.8345, "percent", "id")
    ('Rp 40.407', '-1,83%')
    >>> in_unit(1234.5, "persons", "en"), in_unit(0.684, "of 1", "id")
    ('1,234', '0,68')
    """
    return _in_unit(value, unit, language, _decimals([value], unit))


def interval(low: float | None, high: float | None, unit: str, language: Language) -> str:
    """Return the ends of an interval, as their unit asks for.

    Parameters
    ----------
    low, high : float or None
        The ends; where either is not known the interval is a dash.
    unit : str
        Unit as `scenarios.runs.effects.INDICATORS` has it.
    language : {'id', 'en'}
        Whose style.

    Examples
    --------
    >>> interval(-1.5, 4.25, "percent", "id"), interval(9.5, 120.4, "persons", "en")
    ('-1,50% sampai 4,25%', '10 to 120')
    """
    decimals = _decimals([low, high], unit)
    ends = [_in_unit(each, unit, language, decimals) for each in (low, high)]
    return UNKNOWN if UNKNOWN in ends else f" {BETWEEN[language]} ".join(ends)


def _in_unit(value: float | None, unit: str, language: Language, decimals: int) -> str:
    if unit.startswith("rupiah"):
        return rupiah(value, language)
    if unit.startswith("percent"):
        return percent(value, decimals, language)
    return number(value, decimals, language)


def _decimals(values: list[float | None], unit: str) -> int:
    """Return how many decimals some values bear, as `scenarios.results.tables.estimate` has it."""
    known = [abs(each) for each in values if each is not None and math.isfinite(each)]
    if unit.startswith(("percent", "points")) or max(known, default=0.0) < 10:
        return 2
    return int(max(known) < 100)


def _money(text: str) -> str:
    if text == UNKNOWN:
        return text
    return f"-Rp {text[1:]}" if text.startswith("-") else f"Rp {text}"
