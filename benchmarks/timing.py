"""Fair timing on a machine that others use too: contestants take turns."""

from collections.abc import Callable, Sequence

import numpy as np

MONTHS = 12
Contestant = tuple[Callable[[], object], int]


def nanoseconds(
    contestants: Sequence[Contestant],
    years: int,
    clock: Callable[[], float],
    turn: int = 1,
) -> np.ndarray:
    """Time contestants in turns; the order of the turns goes to and fro.

    Parameters
    ----------
    contestants : sequence
        For each a function that lives a month, and how many households live it.
    years : int
        Repetitions.
    clock : callable
        `time.thread_time`, which stands still while others have the processor, or
        `time.perf_counter`.
    turn : int
        Months a turn, a divisor of 12.

    Returns
    -------
    numpy.ndarray
        Nanoseconds a household-month, shape (years, contestants).
    """
    seconds = np.zeros((years, len(contestants)))
    order = list(enumerate(contestants))
    for year in range(years):
        for _ in range(MONTHS // turn):
            for c, (live_month, _) in order:
                start = clock()
                for _ in range(turn):
                    live_month()
                seconds[year, c] += clock() - start
            order.reverse()
    return seconds / MONTHS / np.array([rows for _, rows in contestants]) * 1e9
