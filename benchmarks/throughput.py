"""What a second core gains in a sweep of the model itself: ``python -m benchmarks.throughput``.

Prints one line of JSON a figure, as ``python -m benchmarks`` does.
"""

import json
import tempfile
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from scenarios.design import Design
from scenarios.sweep import sweep
from simulation.store import Store

RUNS, PAIRS = 300, 5
DESIGN = Design.model_validate(
    {
        "name": "throughput",
        "scenarios": ["sedaya-pilot"],
        "set": {"months": 36},
        "vary": [
            {"path": "programmes.sedaya.finance.share", "from": 0.05, "to": 0.4},
            {"path": "parameters.take_up"},
        ],
        "sample": "latin hypercube",
        "points": RUNS,
        "replicates": 1,
    }
)


def seconds(workers: int) -> float:
    """Return how long the sweep takes from nothing, people and start of the workers with it."""
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        found = sweep(DESIGN, Store(folder), workers)
        taken = perf_counter() - start
    if len(found.failures):
        raise RuntimeError(f"not all runs were done: {found.failures}")
    return taken


def figures() -> Iterator[tuple[str, float, str]]:
    """Yield name, value and unit of each figure; pairs are timed one after the other."""
    seconds(1)  # compiles
    pairs = [[seconds(workers) for workers in (1, 2)] for _ in range(PAIRS)]
    yield "pilot_run_1_worker", median(one for one, _ in pairs) / RUNS, "seconds"
    for one, two in pairs:
        yield "pilot_speedup_2_workers", one / two, "ratio"
    yield "pilot_speedup_2_workers_median", median(one / two for one, two in pairs), "ratio"


if __name__ == "__main__":
    for name, value, unit in figures():
        print(json.dumps({"name": name, "value": round(value, 4), "unit": unit}), flush=True)
