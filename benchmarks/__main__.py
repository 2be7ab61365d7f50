"""Time a household-month against its budgets: one line of JSON a figure, remarks beside them.

``python -m benchmarks`` times the month; ``python -m benchmarks nation`` runs every household of
Indonesia.
"""

import argparse
import json
import os
from collections.abc import Iterator
from time import perf_counter, thread_time

import numpy as np

from benchmarks import c_program, fresh, nation
from benchmarks.nation import Figure, note
from benchmarks.plain_mesa import PlainModel
from benchmarks.scene import Scene, settled, spread
from benchmarks.timing import MONTHS, nanoseconds
from simulation import draws

AREA, SAMPLE, HOUSEHOLDS = "Indonesia", 100_000, 400_000
MESA_HOUSEHOLDS = 10_000
YEARS, MESA_YEARS = 9, 5
NATIVE = "-march=native"
AGREEMENT = 1e-9


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["month", "nation"], default="month")
    parser.add_argument("--households", type=int, default=nation.HOUSEHOLDS, help="of the nation")
    asked = parser.parse_args()
    if asked.what == "nation":
        nation.refuse_if_too_many(asked.households)
    note(f"making a sample of {SAMPLE:,} households")
    sample = settled(AREA, SAMPLE)
    nationwide = asked.what == "nation"
    figures = nation.run_nation(sample, asked.households) if nationwide else month(sample)
    for name, value, unit in figures:
        print(json.dumps({"name": name, "value": value, "unit": unit}), flush=True)


def month(sample: Scene) -> Iterator[Figure]:
    """Yield the figures of a household-month."""
    scene = spread(sample, HOUSEHOLDS)
    rows = len(scene.population)
    note(f"{rows:,} households; every ratio is the median over years of months in turns")
    yield "bytes_per_household", nation.record_bytes(scene) / rows, "bytes"
    yield from against_c(scene)
    yield from over_threads(scene)
    yield from against_mesa(sample, scene)
    yield from waiting()
    yield "peak_rss", nation.peak_rss(), "bytes"


def against_c(scene: Scene) -> Iterator[Figure]:
    """Yield the month's time on one thread and against C, once both are seen to live alike."""
    if c_program.compiler() is None:
        note("no gcc here: ratio_to_c_one_thread is left out")
        ns = nanoseconds([(scene.copy().live, len(scene.population))], YEARS, thread_time)
        yield "ns_household_month_one_thread", spoken("one thread, ns", ns[:, 0]), "nanoseconds"
        return
    ours, in_c, in_native_c = scene.copy(), scene.copy(), scene.copy()
    rows = len(scene.population)
    contestants = [
        (ours.live, rows),
        (lambda: c_program.live_in_c(in_c), rows),
        (lambda: c_program.live_in_c(in_native_c, NATIVE), rows),
    ]
    check_draws(scene)
    for _ in range(MONTHS):
        for live_month, _ in contestants:
            live_month()
    check_state(ours, in_c)
    check_state(ours, in_native_c)
    ns = nanoseconds(contestants, YEARS, thread_time)
    yield "ns_household_month_one_thread", spoken("one thread, ns", ns[:, 0]), "nanoseconds"
    spoken("gcc -O3, ns", ns[:, 1])
    spoken(f"gcc -O3 {NATIVE}, ns", ns[:, 2])
    yield "ratio_to_c_one_thread", spoken("against gcc -O3", ns[:, 0] / ns[:, 1]), "ratio"
    native = spoken(f"against gcc -O3 {NATIVE}", ns[:, 0] / ns[:, 2])
    yield "ratio_to_native_c_one_thread", native, "ratio"


def check_draws(scene: Scene) -> None:
    """Stop unless C and the engine draw the same numbers, to the bit."""
    h = scene.population.households
    serials = np.ascontiguousarray(h.serial)
    codes = scene.population.districts["code"][h.district].astype(np.uint64)
    for purpose in (draws.INCOME, draws.CLOSURE, draws.TRAIT_PLACE):
        whens = (codes << np.uint64(18)) | np.uint64(purpose)
        ours = np.empty(len(serials))
        draws.uniform_column(scene.key, serials, whens, purpose, 3, ours)
        if not np.array_equal(ours, c_program.uniforms_in_c(scene.key, serials, whens, purpose, 3)):
            raise RuntimeError("the C program draws other numbers than the engine")


def check_state(ours: Scene, theirs: Scene) -> None:
    """Stop unless everyone is where the C program says, within 1e-9; whole numbers exactly."""
    for kind in ("households", "enterprises"):
        apart = c_program.differences(
            getattr(ours.population, kind), getattr(theirs.population, kind)
        )
        note(f"{kind} differ from C by at most {max(apart.values()):.1e} after {MONTHS} months")
        if max(apart.values()) > AGREEMENT:
            raise RuntimeError(f"the C program lives another month: {apart}")


def over_threads(scene: Scene) -> Iterator[Figure]:
    """Yield the month's time on all processors, and how much faster two are than one."""
    threads = len(os.sched_getaffinity(0))
    counts = dict.fromkeys((1, 2, threads))
    rows = len(scene.population)
    copies = {count: scene.copy() for count in counts}
    contestants = [(lambda n=n: copies[n].live(n), rows) for n in counts]
    ns = dict(zip(counts, nanoseconds(contestants, YEARS, perf_counter).T, strict=True))
    yield "ns_household_month_all_threads", spoken("all threads, ns", ns[threads]), "nanoseconds"
    yield "threads", threads, "threads"
    spoken("two threads over one", ns[1] / ns[2])
    note(f"load of the last minute: {os.getloadavg()[0]:.1f}; the best year of each counts")
    yield "speedup_two_threads", ns[1].min() / ns[2].min(), "ratio"


def against_mesa(sample: Scene, scene: Scene) -> Iterator[Figure]:
    """Yield how many times longer plain Mesa objects take; each lives a year a turn."""
    model = PlainModel(spread(sample, MESA_HOUSEHOLDS))
    contestants = [
        (model.step, len(model.agents)),
        (scene.copy().live, len(scene.population)),
    ]
    ns = nanoseconds(contestants, MESA_YEARS, thread_time, turn=MONTHS)
    spoken("plain Mesa, ns", ns[:, 0])
    yield "ratio_plain_mesa", spoken("plain Mesa over the engine", ns[:, 0] / ns[:, 1]), "ratio"


def waiting() -> Iterator[Figure]:
    """Yield what a fresh process waits for."""
    nothing, cached = fresh.engine_seconds()
    yield "compile_from_nothing_seconds", nothing["first call"], "seconds"
    seconds = np.array([sum(wait.values()) for wait in cached])
    engine = spoken("import and first call from the cache, s", seconds)
    yield "import_engine_cached_seconds", engine, "seconds"
    startup = spoken("berdaya scenario list, s", np.array(fresh.command_seconds()))
    yield "startup_cached_seconds", startup, "seconds"


def spoken(name: str, values: np.ndarray) -> float:
    """Return the median; tell it with the range."""
    median = float(np.median(values))
    low, high = values.min(), values.max()
    note(f"{name}: median {median:.4g}, {low:.4g} to {high:.4g} over {len(values)} repetitions")
    return median


if __name__ == "__main__":
    main()
