"""Many runs of one model over a table of inputs, each done once.

What decides a run's result names it: its function, its inputs, the version of the code. Finished
runs go into a folder that survives any interruption; the same sweep started again goes on where it
was, and gives the same table to the bit on any number of workers.
"""

import fcntl
import functools
import hashlib
import json
import math
import os
import re
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.watch import Flight, PlanError, Result, Run, load, started_timer

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

FLUSH_SECONDS, FLUSH_RUNS, SMALL_RUNS = 2.0, 1_000, 10_000
"""When results are written; parts of fewer runs than the last are put together in the end."""
_json = functools.partial(json.dumps, sort_keys=True, separators=(",", ":"), allow_nan=False)
_PART = re.compile(r"[0-9a-f]{64}\.parquet")
_LOCK = ".lock"
_FUNCTION = re.compile(r"(?!__main__:)[^\W\d][\w.]*:[^\W\d][\w.]*")


class StoreError(OSError):
    """The folder of finished runs cannot be used; what it holds stays."""


# Names


def plan(function: str, table: Iterable[Mapping[str, Any]], version: str) -> list[Run]:
    """Return the runs of a function over a table of inputs.

    The function gets what JSON makes of its inputs: names sorted, lists for tuples. Whole numbers
    and fractions stay what they are, so 1 and 1.0 are two runs; a table in which rows differ by
    nothing else is refused.

    Parameters
    ----------
    function : str
        ``package.module:name`` of a function from inputs to a mapping of indicators, or to a table
        with columns ``indicator`` and ``value``.
    table : iterable
        Inputs of each run by name, or a DataFrame of them.
    version : str
        Names the code and data that results depend on; see `code_version`.

    Raises
    ------
    PlanError
        Where inputs are not JSON (nan and infinity are not) or the function's name is not a name.
    """
    if not _FUNCTION.fullmatch(function):
        raise PlanError(f"{function!r} does not name a function as package.module:function")
    runs: list[Run] = []
    alike: dict[int, int] = {}
    for row, inputs in enumerate(table.to_dict("records") if hasattr(table, "to_dict") else table):
        key = hash(_json(_checked(dict(inputs), f"row {row}")))
        text = _json({"function": function, "inputs": dict(inputs), "version": version})
        runs.append(Run(hashlib.sha256(text.encode()).hexdigest(), text))
        other = alike.setdefault(key, row)
        if runs[other] != runs[row]:
            raise PlanError(
                f"rows {other} and {row} differ only as 1 and 1.0, 0.0 and -0.0 or 1 and true do, "
                "which makes them two runs: write them alike"
            )
    return runs


def _checked(value: Any, where: str) -> Any:  # noqa: ANN401
    """Return a JSON value with equal numbers written alike; name what JSON does not have."""
    if isinstance(value, dict):
        if odd := [key for key in value if not isinstance(key, str)]:
            raise PlanError(f"{where} has the name {odd[0]!r}: names are texts")
        return {key: _checked(each, f"{where}, {key}") for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(each, f"{where}, {i}") for i, each in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise PlanError(f"{where} is {value}, which JSON does not have")
    if isinstance(value, int | float):
        return int(value) if value == int(value) else value
    if value is None or isinstance(value, str):
        return value
    raise PlanError(f"{where} is of type {type(value).__name__}, which JSON does not have")


# Finished runs


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


# Sweeps


class Outcome(NamedTuple):
    """How a sweep went: runs wanted, runs that failed, sentences on what else went wrong."""

    total: int
    failed: int
    warnings: tuple[str, ...]


class _Landing:
    """Results that came and are to be written when there are many, or soon."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.results: list[tuple[Run, Result]] = []
        self.failed = 0

    def take(self, results: Sequence[tuple[Run, Result]]) -> None:
        if results and not self.results:
            self._timer = started_timer(FLUSH_SECONDS)
        self.results += results
        self.failed += sum(result.error is not None for _, result in results)
        if len(self.results) >= FLUSH_RUNS or (self.results and not self._timer.is_alive()):
            self.write()

    def write(self) -> None:
        if self.results:
            self._timer.cancel()
            self.store.add(self.results)
            self.results = []
            self.store.finished()  # what others have done meanwhile


def sweep(
    runs: Iterable[Run],
    store: Store,
    executor: Executor | int = 1,
    *,
    progress: Callable[[int, int, int], None] | None = None,
    tasks: int | None = None,
) -> Outcome:
    """Do the runs that the store does not have; those that failed before are tried again.

    Ctrl-C, and SIGTERM where nobody else handles it, come out as KeyboardInterrupt once what is
    finished is written and no worker of ours is left. Kill -9 loses the runs of a few seconds.
    PlanError, StoreError or WorkerError tell of a function that cannot be imported, a folder that
    cannot be written, and workers that were lost.

    Parameters
    ----------
    runs, store
        From `plan`; where finished ones are.
    executor : concurrent.futures.Executor or int
        Where the runs are done, or a number of processes on this machine, see `local`. When one
        of these dies it is replaced, and the run that it died of has failed.
    progress : callable, optional
        Told how many runs are done (failed ones, too), how many there are, how many failed.
    tasks : int, optional
        How many chunks of runs are handed out at a time; twice the workers unless told otherwise.

    Examples
    --------
    >>> import tempfile
    >>> runs = plan("builtins:dict", [{"headcount": 9.36}, {"headcount": 9.03}], version="1")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(folder)
    ...     outcome = sweep(runs, store)
    ...     store.frame([run.name for run in runs])
       row  indicator  value
    0    0  headcount   9.36
    1    1  headcount   9.03
    """
    wanted = {run.name: run for run in runs}
    there = store.finished()
    landing = _Landing(store)

    def land(results: Sequence[tuple[Run, Result]]) -> None:
        landing.take(results)
        if progress:
            progress(len(wanted) - len(flight), len(wanted), landing.failed)

    flight = Flight([run for name, run in wanted.items() if name not in there], land, there)
    land([])
    if len(flight):
        for path in {json.loads(run.text)["function"] for run in flight.waiting}:
            load(path)
        store.prepare()
        try:
            flight.fly(executor, tasks)
        except BaseException:
            with suppress(StoreError):
                landing.write()
            raise
        landing.write()
        try:
            store.merge()
        except StoreError as error:
            store.warnings.append(str(error))
    return Outcome(len(wanted), landing.failed, tuple(store.warnings))
