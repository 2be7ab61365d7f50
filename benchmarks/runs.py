"""What a run costs beside its model, and what a second worker gains: ``python -m benchmarks.runs``.

Prints one line of JSON a figure, as ``python -m benchmarks`` does.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from statistics import median
from time import perf_counter, sleep

from simulation.runs import plan, sweep
from simulation.store import Store

RUNS, INPUTS, REPETITIONS = 5_000, 30, 3
OTHER_RUNS, STEPS, NAP_SECONDS = 400, 400_000, 0.02
FIRST = (
    "import time; t = time.perf_counter(); import simulation.runs; print(time.perf_counter() - t)"
)


def nothing(inputs: Mapping[str, float]) -> Mapping[str, float]:
    """Return the inputs."""
    return inputs


def busy(inputs: Mapping[str, float]) -> Mapping[str, float]:
    """Add up numbers for a while; two of these share processors with whoever else is there."""
    return {"x": inputs["x"] + sum(range(STEPS))}


def nap(inputs: Mapping[str, float]) -> Mapping[str, float]:
    """Use no processor: what two workers gain then is up to how runs are handed out alone."""
    sleep(NAP_SECONDS)
    return {"x": inputs["x"]}


def seconds(function: str, runs: int, workers: int) -> float:
    """Return how long a sweep takes from its table of inputs to that of its results."""
    table = [
        {f"x{i}": run + i / 7.0 for i in range(INPUTS)} | {"x": 1.0 * run} for run in range(runs)
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        start = perf_counter()
        todo = plan(f"benchmarks.runs:{function}", table, "1")
        outcome = sweep(todo, store, workers)
        frame = store.frame([run.name for run in todo])
        taken = perf_counter() - start
    if outcome.failed or frame["row"].nunique() != runs:
        raise RuntimeError(f"not all runs were done: {outcome}")
    return taken


def figures() -> Iterator[tuple[str, float, str]]:
    """Yield name, value and unit of each figure."""
    imports = [
        float(subprocess.run([sys.executable, "-c", FIRST], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    yield "import_runs_seconds", median(imports), "seconds"
    seconds("nothing", 10, 1)  # imports of pandas and pyarrow are nobody's
    for workers in (1, 2):
        each = median(seconds("nothing", RUNS, workers) for _ in range(REPETITIONS)) / RUNS
        yield f"overhead_run_{workers}_workers", 1e3 * each, "milliseconds"
    for function in ("busy", "nap"):
        pairs = [
            [seconds(function, OTHER_RUNS, workers) for workers in (1, 2)]
            for _ in range(REPETITIONS)
        ]
        each = median(one for one, _ in pairs) / OTHER_RUNS
        yield f"{function}_run_1_worker", 1e3 * each, "milliseconds"
        yield f"{function}_speedup_2_workers", median(one / two for one, two in pairs), "ratio"


if __name__ == "__main__":
    for name, value, unit in figures():
        print(json.dumps({"name": name, "value": value, "unit": unit}), flush=True)
