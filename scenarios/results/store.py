"""Files that are whole or not there."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file under another name, make it safe on disk, then give it its own name.

    Parameters
    ----------
    path : pathlib.Path
        Final name; an older file stays until the new one is whole.
    write : callable
        Writes to the path that it is given.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
