"""A folder of finished runs: Parquet parts that are written whole or not at all."""

import fcntl
import functools
import hashlib
import os
import re
import threading
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simulation.watch import Result, Run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

SMALL_RUNS = 10_000
"""Parts of fewer runs are put together in the end."""
_PART = re.compile(r"[0-9a-f]{64}\.parquet")
_LOCK = ".lock"


class StoreError(OSError):
    """The folder of finished runs cannot be used; what it holds stays."""


class Store:
    """A folder of finished runs, in Parquet parts that are written whole or not at all.

    A part's name is the SHA-256 of its bytes. One that does not fit its name is moved into the
    folder ``damaged``, and its runs are done again. Any number of processes may use a folder at
    once; of a run that several did one result counts, whoever looks. `warnings` has a sentence for
    each thing that was wrong but did not stop the work. The folder need not be there yet.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.warnings: list[str] = []
        self._sizes: dict[str, int] = {}
        self._finished: set[str] = set()

    def finished(self) -> set[str]:
        """Return the names of runs that are there and did not fail; it grows with the store."""
        for part, table in self._tables(skip=self._sizes).items():
            self._note(part, table)
        return self._finished

    def frame(self, names: Sequence[str]) -> "pd.DataFrame":
        """Return results in the order of the names; of what failed or is not there, none.

        There is a ``row`` (position in `names`), ``indicator`` and ``value`` of each run and each.
        """
        import pandas as pd
        import pyarrow.compute as pc

        found, positions = self._chosen(names, failed=False)
        values = found["values"].combine_chunks()
        return pd.DataFrame(
            {
                "row": positions[pc.list_parent_indices(values).to_numpy()],
                "indicator": found["indicators"].combine_chunks().flatten().to_pandas(),
                "value": values.flatten().to_numpy(),
            }
        )

    def errors(self, names: Sequence[str]) -> "pd.DataFrame":
        """Return of what failed ``row`` (as in `frame`), ``error``, ``message``, ``traceback``."""
        found, positions = self._chosen(names, failed=True)
        frame: pd.DataFrame = found.select(["error", "message", "traceback"]).to_pandas()
        frame.insert(0, "row", positions)
        return frame

    def prepare(self) -> None:
        """Make the folder and see that it can be written."""
        with _explained(f"cannot write to {self.folder}"):
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / _LOCK).open("a").close()

    def add(self, results: Sequence[tuple[Run, Result]]) -> None:
        """Write finished and failed runs as one part, safe on the disk when this returns."""
        import pyarrow as pa

        columns = zip(*((*run, *result) for run, result in results), strict=True)
        self._write(pa.table([list(column) for column in columns], schema=_schema()))

    def merge(self) -> None:
        """Put small parts together, unless another process is at it; a kill loses nothing."""
        with _explained("small parts stay"), (self.folder / _LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self.finished()
            large = {part for part, size in self._sizes.items() if size >= SMALL_RUNS}
            if len(tables := self._tables(skip=large)) > 1:
                whole, rows = self._distinct(tables)
                merged = self._write(whole.take([rows[name] for name in sorted(rows)]))
                for part in tables.keys() - {merged}:
                    (self.folder / part).unlink(missing_ok=True)

    def _tables(self, skip: Container[str] = ()) -> "dict[str, pa.Table]":
        tables: dict[str, pa.Table] = {}
        with _explained(f"cannot read {self.folder}"):
            try:
                for path in sorted(self.folder.iterdir()):
                    if not _PART.fullmatch(path.name) or path.name in skip:
                        continue
                    if (table := _parsed(path)) is not None:
                        tables[path.name] = table
                    else:
                        self._set_aside(path)
            except FileNotFoundError:  # merged meanwhile
                return self._tables(skip) if self.folder.exists() else {}
        return tables

    def _set_aside(self, part: Path) -> None:
        aside = self.folder / "damaged"
        with suppress(OSError):  # a folder that is only read is left as it is
            aside.mkdir(exist_ok=True)
            part.rename(aside / f"{part.name}.{len(list(aside.iterdir()))}")
        self._warn(f"{part.name} is damaged and goes into {aside}; its runs count as not done")
        if part.name in self._sizes:
            self._sizes.clear()
            self._finished.clear()

    def _write(self, table: "pa.Table") -> str:
        """Write a part under a passing name, make it safe on the disk, give it its own name."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        content = sink.getvalue().to_pybytes()
        part = self.folder / f"{hashlib.sha256(content).hexdigest()}.parquet"
        passing = self.folder / f".{part.name}.{os.getpid()}.{threading.get_ident()}.part"
        with _explained(f"cannot write to {self.folder}"):
            try:
                with passing.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                passing.rename(part)
            finally:
                with suppress(OSError):
                    passing.unlink(missing_ok=True)
            _sync(self.folder)
        self._note(part.name, table)
        return part.name

    def _note(self, part: str, table: "pa.Table") -> None:
        self._sizes[part] = len(table)
        self._finished.update(table.filter(table["error"].is_null())["run"].to_pylist())

    def _chosen(self, names: Sequence[str], failed: bool) -> "tuple[pa.Table, np.ndarray]":
        """Return the runs that are there, in the order of the names, and their positions."""
        import numpy as np

        whole, rows = self._distinct(self._tables())
        wrong = whole["error"].is_valid().to_numpy()
        there = [i for i, name in enumerate(names) if name in rows and wrong[rows[name]] == failed]
        taken = np.array([rows[names[i]] for i in there], np.int64)
        return whole.drop_columns("text").take(taken), np.array(there, np.int64)

    def _distinct(self, tables: "Mapping[str, pa.Table]") -> "tuple[pa.Table, dict[str, int]]":
        """Return all rows and, of each run, that which counts: finished, then first by content."""
        import pyarrow as pa

        whole = pa.concat_tables([_schema().empty_table(), *tables.values()])
        rows: dict[str, int] = {}
        for row, name in enumerate(whole["run"].to_pylist()):
            if (other := rows.setdefault(name, row)) != row:
                pair = whole.take([other, row]).to_pylist()
                ranks = [(each["error"] is not None, repr(each)) for each in pair]
                rows[name] = row if ranks[1] < ranks[0] else other
                if ranks[0] != ranks[1] and not (ranks[0][0] or ranks[1][0]):
                    self._warn("runs came out in two ways: their version or inputs name too little")
        return whole, rows

    def _warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


@functools.cache
def _schema() -> "pa.Schema":
    import pyarrow as pa

    kinds = dict.fromkeys(("run", *Run._fields[1:], *Result._fields), pa.string())
    lists = {"indicators": pa.list_(pa.string()), "values": pa.list_(pa.float64())}
    return pa.schema(kinds | lists)


def _parsed(path: Path) -> "pa.Table | None":
    """Return the table of a part; None where its bytes are not those that its name says."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != path.stem:
        return None
    # A thread of Arrow's that lets go of `content` while Python ends would abort the process.
    table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
    return table if table.schema.equals(_schema()) else None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"{what}: {error.strerror}; finished runs stay there") from error
