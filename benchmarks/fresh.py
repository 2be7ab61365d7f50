"""What a fresh process waits for: compiling from nothing, loading from the cache, the command.

Run as ``python -m benchmarks.fresh`` it is such a process: it imports the engine, lives a month of
nobody, and prints how long each took.
"""

import json
import os
import subprocess
import sys
import tempfile
from time import perf_counter

COMMAND = "import sys; from scenarios.cli import main; sys.exit(main())"
REPETITIONS = 5


def engine_seconds() -> tuple[dict[str, float], list[dict[str, float]]]:
    """Return what a process waits for with an empty cache, and with the cache it left.

    Returns
    -------
    tuple
        Seconds by step (``import``, ``first call``), from nothing and for each repetition
        from the cache.
    """
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"XDG_CACHE_HOME": cache}
        command = [sys.executable, "-m", "benchmarks.fresh"]
        waits = [
            json.loads(subprocess.run(command, env=environment, check=True, stdout=-1).stdout)
            for _ in range(1 + REPETITIONS)
        ]
    return waits[0], waits[1:]


def command_seconds() -> list[float]:
    """Return the seconds that `berdaya scenario list` takes, all it needs being in the cache."""
    seconds = []
    for _ in range(1 + REPETITIONS):
        start = perf_counter()
        command = [sys.executable, "-c", COMMAND, "scenario", "list"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(perf_counter() - start)
    return seconds[1:]


def live_nobody() -> None:
    """Let a month pass with nobody there: its code is compiled, or loaded, and does nothing."""
    import numpy as np

    from simulation import draws, life, parameters, population, records

    markets = population.no_demand_change(1)
    households, enterprises = population.empty(1)
    nobody = population.Population(
        households,
        enterprises,
        districts=np.zeros(1, population.DISTRICT),
        provinces=(),
        names=(),
        blocks=np.zeros((1, 4), np.int64),
        nearby=population.strangers(households),
        start_rate=0.0,
        base=markets,
        complete=False,
    )
    life.live(
        nobody,
        np.zeros(1, records.PLACE).view(np.recarray),
        markets,
        np.zeros(1, records.CONTRACT).view(np.recarray),
        parameters.values(),
        np.uint64(draws.LIFE),
        month=0,
    )


def main() -> None:
    """Print the seconds that importing and the first call take, as JSON."""
    start = perf_counter()
    import simulation.life  # noqa: F401

    imported = perf_counter()
    live_nobody()
    called = perf_counter()
    print(json.dumps({"import": imported - start, "first call": called - imported}))


if __name__ == "__main__":
    main()
