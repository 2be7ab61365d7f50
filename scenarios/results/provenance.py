"""How a result came about, so that it can be done again."""

import hashlib
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from calibration.figures import DATA
from calibration.fit import POSTERIOR
from scenarios.schema import Scenario


def provenance(scenarios: Sequence[Scenario], notes: Sequence[Any] = ()) -> dict[str, Any]:
    """Return versions, checksums of figures and posterior, the scenarios in full, and notes."""
    return {
        "berdaya": version(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "figures": checksum(),
        "posterior": hashlib.sha256(POSTERIOR.read_bytes()).hexdigest(),
        "scenarios": [scenario.model_dump(mode="json") for scenario in scenarios],
        "notes": list(notes),
    }


def version() -> str:
    """Return the version of Berdaya."""
    try:
        return metadata.version("berdaya")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def checksum() -> str:
    """Return the SHA-256 of everything the population is made from."""
    digest = hashlib.sha256()
    for path in sorted([*DATA.glob("*.csv"), *Path(DATA).parent.glob("*.csv")]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
