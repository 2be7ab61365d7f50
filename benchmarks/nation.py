"""Every household of Indonesia, one by one: whether they fit, and how long a month takes."""

import os
import resource
import sys
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from benchmarks.scene import Scene, spread
from simulation import indicators

HOUSEHOLDS = 70_000_000
MONTHS = 3
THREADS = 2
GIB = 2**30

Figure = tuple[str, float, str]


def run_nation(sample: Scene, households: int) -> Iterator[Figure]:
    """Yield name, value and unit of each figure of a run of so many households.

    Parameters
    ----------
    sample : Scene
        People whose likes fill the nation.
    households : int
        How many there are to be, about.

    Raises
    ------
    RuntimeError
        Where a household's state or a sum is not finite.
    """
    start = perf_counter()
    scene = spread(sample, households)
    filled = perf_counter() - start
    rows, size = len(scene.population), record_bytes(scene)
    note(f"{rows:,} households, {size / GIB:.2f} GiB, filled in {filled:.1f} s")
    months = []
    for _ in range(MONTHS):
        start = perf_counter()
        sums = scene.live(THREADS)
        months.append(perf_counter() - start)
        if not np.isfinite(sums).all() or sums[:, indicators.NOT_FINITE].any():
            raise RuntimeError(f"the sums of month {scene.month - 1} are not finite")
    total = sums.sum(axis=0)
    poor = total[indicators.POOR] / total[indicators.PERSONS]
    note("months: " + ", ".join(f"{month:.2f} s" for month in months) + f"; {poor:.1%} are poor")
    month = float(np.median(months))
    yield "nation_households", rows, "households"
    yield "nation_bytes", size, "bytes"
    yield "nation_fill_seconds", filled, "seconds"
    yield "nation_threads", THREADS, "threads"
    yield "nation_month_seconds", month, "seconds"
    yield "nation_ns_household_month", month / rows * 1e9, "nanoseconds"
    yield "nation_peak_rss", peak_rss(), "bytes"


def record_bytes(scene: Scene) -> int:
    """Return the bytes of everything that grows with the number of households."""
    population = scene.population
    arrays = (population.households, population.enterprises, population.nearby, population.blocks)
    sums = len(population.blocks) * indicators.N_SUMS * 8
    return sum(array.nbytes for array in arrays) + sums


def refuse_if_too_many(households: int) -> None:
    """Stop with a sentence where so many households do not fit this machine's memory."""
    needed = households * 256 / GIB
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
    if needed > 0.9 * there:
        sys.exit(
            f"{households:,} households take {needed:.1f} GiB, this machine has {there:.1f} GiB; "
            "--households sets another number"
        )


def peak_rss() -> int:
    """Return the most memory (bytes) that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def note(text: str) -> None:
    """Tell the reader something beside the figures."""
    print(text, file=sys.stderr, flush=True)
