"""Fitting the path of 2015 to 2019: history matching in waves, then a posterior.

Few paths are simulated, an emulator stands in for the others. Each wave keeps what cannot be ruled
out (implausibility) and simulates there next; the posterior is sampled by emcee on the last
emulator and then checked by the model itself. Runs lie in a store, so that an interrupted fit,
called again, goes on.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from calibration.matching import (
    WAVES,
    Matched,
    contraction,
    evenness,
    match,
    recovery,
    sampled,
)
from calibration.path import HOUSEHOLDS, MONTHS, START
from calibration.settled import MAKERS, data_checksum
from calibration.targets import pass_through, scores, targets
from simulation.parameters import TABLE
from simulation.runs import plan, sweep
from simulation.store import Store
from simulation.watch import code_version

FREE = (
    "growth_pass_through",
    "growth_drift",
    "growth_gap",
    "growth_tilt",
    "growth_bend",
    "lebaran",
)
"""All that is fitted."""
NOISE_SEEDS = (1, 2, 3, 4)
CHECKED = 6
"""Posterior draws at which the model itself is run."""
POSTERIOR = Path(__file__).with_name("posterior.parquet")
PROVENANCE = Path(__file__).with_name("posterior.json")
PATH = "calibration.path:simulated"


class Posterior(NamedTuple):
    """Parameter sets that the published path leaves, and where they come from."""

    draws: pd.DataFrame
    provenance: dict[str, Any]


def posterior() -> Posterior:
    """Return the posterior that comes with the project."""
    return Posterior(pd.read_parquet(POSTERIOR), json.loads(PROVENANCE.read_text("utf-8")))


def box(names: Sequence[str] = FREE) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest values of parameters: the prior is uniform between."""
    low, high = zip(*((TABLE[name].low, TABLE[name].high) for name in names), strict=True)
    return np.array(low), np.array(high)


def fit(
    resume: str | Path,
    workers: int = 2,
    seed: int = 1,
    households: int = HOUSEHOLDS,
    waves: Sequence[int] = WAVES,
    say: Callable[[str], None] = lambda _: None,
) -> Posterior:
    """Fit the path; return the posterior.

    Parameters
    ----------
    resume : str or Path
        Folder of finished runs; the same call goes on where it was.
    workers : int
        Processes that simulate.
    seed : int
        Of the designs and of the sampler.
    households : int
        How many to simulate.
    waves : sequence of int
        Paths simulated in each wave.
    say : callable, optional
        Told how it goes, a sentence at a time.
    """
    bench = Bench(Path(resume), workers, households)
    found = match(bench.paths, targets(), *box(), seed, waves, bench.noise, say)
    sample = sampled(found, targets(), *box(), seed)
    return _checked(bench, found, sample, seed, say)


class Bench:
    """Where paths are simulated, each once."""

    def __init__(self, folder: Path, workers: int, households: int) -> None:
        self.folder, self.workers, self.households = folder, workers, households
        sources = {*MAKERS, "calibration.path", "calibration.world"}
        self.version = f"{code_version('simulation', *sources)} {data_checksum()}"

    def runs(self, theta: np.ndarray, seeds: Sequence[Sequence[int]]) -> np.ndarray:
        """Return the moments of paths, shape (runs, targets)."""
        table = [
            {
                "theta": dict(zip(FREE, (float(x) for x in point), strict=True)),
                "months": MONTHS,
                "start": START,
                "households": self.households,
                "seeds": list(own),
            }
            for point, own in zip(theta, seeds, strict=True)
        ]
        todo, store = plan(PATH, table, self.version), Store(self.folder)
        sweep(todo, store, self.workers)
        frame = store.frame([run.name for run in todo])
        wide = frame.pivot_table(index="row", columns="indicator", values="value")
        if len(wide) < len(table):
            raise RuntimeError(store.errors([run.name for run in todo]).message.iloc[0])
        return np.asarray(wide[[each.name for each in targets()]].to_numpy())

    def paths(self, theta: np.ndarray) -> np.ndarray:
        """Return the moments of paths with one luck."""
        return self.runs(theta, [[1]] * len(theta))

    def noise(self, theta: np.ndarray) -> np.ndarray:
        """Return each moment's variance over luck at one set of parameters."""
        found = self.runs(np.repeat(theta[None], len(NOISE_SEEDS), 0), [[s] for s in NOISE_SEEDS])
        return np.asarray(found.var(axis=0, ddof=1))


def _checked(
    bench: Bench, found: Matched, sample: np.ndarray, seed: int, say: Callable[[str], None]
) -> Posterior:
    """Run the model at posterior draws, and say where everything comes from."""
    centre = np.median(sample, axis=0)
    some = sample[np.linspace(0, len(sample) - 1, CHECKED).astype(int)]
    say("checking the posterior by the model")
    runs = bench.runs(np.vstack([centre, some]), [list(NOISE_SEEDS)] + [[2]] * CHECKED)
    names = [each.name for each in targets()]
    error = scores(dict(zip(names, runs[0], strict=True)))
    drawn = pd.DataFrame([scores(dict(zip(names, run, strict=True))) for run in runs[1:]])
    mean, variance = found.emulator.predict(some)
    off = (runs[1:] - mean) / np.sqrt(variance + 2.0 * found.noise)
    low, high = box()
    say("recovering known parameters")
    ranks = recovery(found, targets(), low, high, seed)
    provenance = {
        "data": data_checksum(),
        "code": code_version("simulation", *MAKERS, "calibration.path", "calibration.world"),
        "seed": seed,
        "households": bench.households,
        "noise_seeds": list(NOISE_SEEDS),
        "paths": len(found.theta),
        "not_ruled_out": [round(share, 5) for share in found.kept],
        "median": dict(zip(FREE, np.round(centre, 6).tolist(), strict=True)),
        "low_90": dict(zip(FREE, np.round(np.quantile(sample, 0.05, 0), 6).tolist(), strict=True)),
        "high_90": dict(zip(FREE, np.round(np.quantile(sample, 0.95, 0), 6).tolist(), strict=True)),
        "contraction": dict(
            zip(FREE, np.round(contraction(sample, low, high), 3).tolist(), strict=True)
        ),
        "rmse": {key: round(value, 4) for key, value in error.items()},
        "rmse_of_draws": {key: round(float(value), 4) for key, value in drawn.mean().items()},
        "pass_through_of_provinces": [round(x, 4) for x in pass_through()[:2]],
        "emulator_off": round(float(np.sqrt((off**2).mean())), 3),
        "recovery": dict(zip(FREE, np.round(evenness(ranks), 4).tolist(), strict=True)),
        "recovery_cases": len(ranks),
    }
    return Posterior(pd.DataFrame(sample, columns=list(FREE)), provenance)


def write(found: Posterior, draws: Path = POSTERIOR, provenance: Path = PROVENANCE) -> None:
    """Write a posterior where `posterior` reads it."""
    found.draws.to_parquet(draws, index=False)
    provenance.write_text(json.dumps(found.provenance, indent=2) + "\n", "utf-8")
