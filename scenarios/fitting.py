"""The fit of the path as a command: each wave is told, and the posterior is written whole."""

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.results.store import write_whole

if TYPE_CHECKING:
    from calibration.fit import Posterior
    from scenarios.validation import Progress


def calibrated(
    folder: Path, runs: Path, workers: int, progress: "Progress"
) -> "tuple[Posterior, list[Path]]":
    """Fit the path; return the posterior and the files that hold it.

    Parameters
    ----------
    folder : Path
        For posterior.parquet and posterior.json.
    runs : Path
        Of finished runs; the same call goes on where it was.
    workers : int
        Processes that simulate.
    progress : callable
        Told each wave.
    """
    from calibration.fit import fit
    from calibration.matching import WAVES

    said: list[str] = []
    total = len(WAVES) + 1  # and the check by the model

    def say(sentence: str) -> None:
        said.append(sentence)
        progress(min(len(said), total), total, sentence)

    progress(0, total, "wave 1")
    found = fit(runs, workers, say=say)
    paths = [folder / "posterior.parquet", folder / "posterior.json"]
    text = json.dumps(found.provenance, indent=2) + "\n"
    write_whole(paths[0], partial(found.draws.to_parquet, index=False))
    write_whole(paths[1], lambda path: path.write_text(text, encoding="utf-8"))
    return found, paths
