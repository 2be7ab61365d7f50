"""Settled people of a survey, kept on the disk: they take a minute to make."""

import hashlib
import os
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from calibration import figures
from calibration.assistance import amounts
from calibration.cells import cells
from calibration.settle import settle
from calibration.synthesis import people
from calibration.world import month_number
from simulation.compiled import cache_directory
from simulation.parameters import values
from simulation.population import Population
from simulation.records import Records
from simulation.watch import code_version

MAKERS = tuple(
    f"calibration.{name}"
    for name in (
        "assistance",
        "cells",
        "distribution",
        "figures",
        "placement",
        "settle",
        "settled",
        "synthesis",
        "traits",
    )
)
"""Modules beside those of `simulation` that decide the settled people."""
_SAVED = ("households", "enterprises", "districts", "blocks", "nearby", "base")


def data_checksum() -> str:
    """Return the SHA-256 of every published figure, fitted distribution and trait."""
    digest = hashlib.sha256()
    folder = figures.DATA.parent
    for path in sorted([*figures.DATA.glob("*.csv"), folder / "cells.csv", folder / "traits.csv"]):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=3)
def settled(start: str, households: int, seed: int) -> Population:
    """Return the settled people of a survey: from the disk where they have been made before.

    The file's name says everything that decides them: sources, data and arguments. It is written
    under a passing name first, so that a half-written one is never read.
    """
    text = f"{code_version('simulation', *MAKERS)} {data_checksum()} {start} {households} {seed}"
    name = f"settled-{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"
    path = cache_directory().parent / name
    with suppress(OSError, ValueError, KeyError):
        return _load(path)
    population, _ = people("Indonesia", households, seed, start, seats=False)
    given = amounts(np.array([month_number(start)]))
    assistance = float(given.sembako[0]), float(given.pkh[0])
    settle(population, cells("Indonesia", start), values(), seed, assistance=assistance)
    with suppress(OSError):
        _save(path, population)
    return population


def _save(path: Path, population: Population) -> None:
    arrays: dict[str, Any] = {name: np.asarray(getattr(population, name)) for name in _SAVED}
    descriptor, passing = tempfile.mkstemp(dir=path.parent, suffix=".part.npz")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez(
                file,
                **arrays,
                provinces=np.array(population.provinces),
                names=np.array(population.names),
                start_rate=population.start_rate,
                complete=population.complete,
            )
        Path(passing).rename(path)
    finally:
        Path(passing).unlink(missing_ok=True)


def _load(path: Path) -> Population:
    with np.load(path, allow_pickle=False) as kept:
        a = {name: kept[name] for name in kept.files}

    def records(name: str) -> Records:
        return a[name].view(np.recarray)

    return Population(
        records("households"),
        records("enterprises"),
        a["districts"],
        tuple(a["provinces"].tolist()),
        tuple(a["names"].tolist()),
        a["blocks"],
        records("nearby"),
        float(a["start_rate"]),
        a["base"],
        bool(a["complete"]),
    )
