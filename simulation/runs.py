"""Many runs of one model over a table of inputs, each done once.

What decides a run's result names it: its function, its inputs, the version of the code. Finished
runs go into a folder that survives any interruption; the same sweep started again goes on where it
was, and gives the same table to the bit on any number of workers.
"""

import functools
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.store import Store, StoreError
from simulation.watch import Flight, PlanError, Result, Run, load, started_timer

if TYPE_CHECKING:
    pass

FLUSH_SECONDS, FLUSH_RUNS = 2.0, 1_000
"""When results are written."""
_json = functools.partial(json.dumps, sort_keys=True, separators=(",", ":"), allow_nan=False)
_FUNCTION = re.compile(r"(?!__main__:)[^\W\d][\w.]*:[^\W\d][\w.]*")


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
