"""Amounts of money as people in Indonesia write them."""

import math
import re
from decimal import Decimal

LARGEST_AMOUNT = 1e15
UNITS = {"ribu": 10**3, "juta": 10**6, "miliar": 10**9, "triliun": 10**12}

_WRITTEN = re.compile(
    r"Rp\s*([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]+))?(?:\s*(ribu|juta|miliar|triliun))?",
    re.IGNORECASE,
)


def parse_rupiah(value: object) -> float:
    """Return an amount of money, given as a number or as written in Indonesia.

    Points group the thousands and a comma marks decimals.

    Parameters
    ----------
    value
        A number of rupiah, or text such as ``"Rp 2.400.000"`` or ``"Rp 2,4 juta"``.

    Returns
    -------
    float
        Rupiah, from 0 to `LARGEST_AMOUNT`.

    Raises
    ------
    ValueError
        If the value is no amount of rupiah, negative or too large.

    Examples
    --------
    >>> parse_rupiah("Rp 2,4 juta")
    2400000.0
    >>> parse_rupiah("Rp 2.400.000") == parse_rupiah(2_400_000)
    True
    """
    if isinstance(value, str):
        amount = _read(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        # An integer may be too long for a float; it is too large in any case.
        amount = float(max(min(value, 2 * LARGEST_AMOUNT), -1))
    else:
        raise ValueError("is not an amount of money")
    if math.isnan(amount):
        raise ValueError("is not a number")
    if amount < 0:
        raise ValueError("is below zero")
    if amount > LARGEST_AMOUNT:
        raise ValueError(f"is more than {format_rupiah(LARGEST_AMOUNT)}")
    return amount


def _read(text: str) -> float:
    """Return the rupiah that a text states."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        if _WRITTEN.fullmatch(f"Rp {text}"):
            raise ValueError("has no Rp before the amount")
        raise ValueError("is not an amount in rupiah")
    whole, decimals, unit = match.groups()
    amount = Decimal(f"{whole.replace('.', '')}.{decimals or 0}")
    return float(amount * UNITS[unit.lower()] if unit else amount)


def format_rupiah(amount: float) -> str:
    """Return an amount in whole rupiah, as written in Indonesia.

    Parameters
    ----------
    amount
        Rupiah.

    Examples
    --------
    >>> format_rupiah(1_234_567.2)
    'Rp 1.234.567'
    >>> format_rupiah(-5000)
    '-Rp 5.000'
    """
    whole = round(amount)
    grouped = f"{abs(whole):,}".replace(",", ".")
    return f"-Rp {grouped}" if whole < 0 else f"Rp {grouped}"
