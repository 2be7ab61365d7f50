"""The only place that compiles.

`rule` is for functions of one row, `loop` for the few outer loops over rows.
Numba's cache does not notice a change in a function of another file, so compiled code lives in
a directory named by everything that decides it: the package's sources, Numba, NumPy and Python.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}


@cache
def cache_directory() -> Path:
    """Return the directory of the compiled code that belongs to these sources.

    Returns
    -------
    pathlib.Path
        Below ``XDG_CACHE_HOME`` (or ``~/.cache``); below the system's temporary folder where
        that cannot be written.
    """
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    digest.update(f"{numba.__version__} {np.__version__} {sys.version}".encode())
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    directory = home / "berdaya" / f"compiled-{digest.hexdigest()[:16]}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError:
        directory = Path(tempfile.gettempdir()) / "berdaya" / directory.name
        directory.mkdir(parents=True, exist_ok=True)
    return directory


def rule(function: F) -> F:
    """Compile a plain scalar function of one row; callers get it inlined."""
    return _compile(function, forceinline=True)


def loop(function: F) -> F:
    """Compile an outer loop over rows; it runs without the interpreter's lock."""
    return _compile(function)


def _compile(function: F, **options: Any) -> F:  # noqa: ANN401
    config: Any = numba.config
    previous = config.CACHE_DIR
    config.CACHE_DIR = str(cache_directory())
    try:
        return cast(F, numba.njit(**_OPTIONS, **options)(function))
    finally:
        config.CACHE_DIR = previous
