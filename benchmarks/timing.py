"""Fair timing on a machine that others use too: contestants take turns, ratios are of neighbours."""

from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np

MONTHS = 12


def nanoseconds(
    contestants: Sequence[tuple[Callable[[int], object], int]], first: int, years: int
) -> np.ndarray:
    """Time contestants month by month in turns, the order turning round every month.

    Parameters
    ----------
    contestants : sequence
        For each a function that lives a given month, and how many households live it.
    first : int
        Month of the run to begin with.
    years : int
        Repetitions.

    Returns
    -------
    numpy.ndarray
        Nanoseconds a household-month, shape (years, contestants).
    """
    seconds = np.zeros((years, len(contestants)))
    turns = list(enumerate(contestants))
    for year in range(years):
        for month in range(first + year * MONTHS, first + (year + 1) * MONTHS):
            for c, (live_month, _) in turns:
                start = perf_counter()
                live_month(month)
                seconds[year, c] += perf_counter() - start
            turns.reverse()
    return seconds / MONTHS / np.array([rows for _, rows in contestants]) * 1e9
