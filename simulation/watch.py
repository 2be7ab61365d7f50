"""Where runs are done: handing them out, doing them, and workers that end with their parent.

A pool's workers stay for ever when their parent is killed. These watch it: each holds the reading
end of a pipe and its parent's sentinel, and ends, with all it has started, when either says so.
"""

import functools
import hashlib
import importlib.util
import json
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import connection, parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from operator import attrgetter
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

GRACE_SECONDS = 2.0
"""How long a worker that is told to stop may still take for the run it is at."""
CHUNK_RUNS, CHUNK_SECONDS = 64, 0.5
"""A worker gets so many runs at most; after so long it begins no further one but reports."""
TICK_SECONDS = 2.0
_ONE_THREAD = {f"{each}_NUM_THREADS": "1" for each in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
_SOURCES = {".py", ".csv", ".json", ".yaml", ".yml"}

stopping = threading.Event()
"""Set in a worker that is to begin nothing new."""


class PlanError(ValueError):
    """What was asked for is wrong."""


class WorkerError(RuntimeError):
    """Worker processes ended before they could report."""


class Run(NamedTuple):
    """A run: its text is the JSON of all that decides the result, its name the text's SHA-256."""

    name: str
    text: str


class Result(NamedTuple):
    """What came of a run: indicators with their values, or what went wrong."""

    indicators: list[str] | None = None
    values: list[float] | None = None
    error: str | None = None
    message: str | None = None
    traceback: str | None = None


Land = Callable[[Sequence[tuple[Run, Result]]], None]


class Flight:
    """Runs on their way through an executor: waiting, or flying in chunks.

    Runs that were flying when a worker died fly again, each alone, so that the one of which
    workers die is found and fails, and no other.

    Parameters
    ----------
    runs : iterable
        What is to be done.
    land : callable
        Takes results as they come; nothing, every `TICK_SECONDS`, while none come.
    there : container
        Names of runs that need not be done any more; may grow meanwhile.
    """

    def __init__(self, runs: Iterable[Run], land: Land, there: Container[str] = ()) -> None:
        self.waiting = deque(runs)
        self.flying: dict[Future[list[Result]], list[Run]] = {}
        self.land, self.there = land, there
        self._suspects: set[str] = set()
        self._chunk, self._most = 1, CHUNK_RUNS

    def __len__(self) -> int:
        """Count the runs that have not landed."""
        return len(self.waiting) + sum(map(len, self.flying.values()))

    def fly(self, executor: Executor | int, tasks: int | None = None) -> None:
        """Do all runs; see `simulation.runs.sweep`. When stopped, land what workers finish soon."""
        self._workers = executor if isinstance(executor, int) else 0
        self._pool = local(executor) if isinstance(executor, int) else executor
        tasks = tasks or 2 * (self._workers or os.cpu_count() or 1)
        self._most = 1 if isinstance(self._pool, Here) else CHUNK_RUNS
        with _signals() as came:
            try:
                while len(self):
                    self._go_on(tasks)
                    if came:
                        raise KeyboardInterrupt(*came)
            except BaseException:
                self._stop()
                raise
            finally:
                if self._workers:
                    self._pool.shutdown(cancel_futures=True)

    def _go_on(self, tasks: int) -> None:
        """Hand out, and wait for some results; replace workers where they are ours."""
        try:
            self._launch(tasks)
            done, _ = futures.wait(self.flying, TICK_SECONDS, futures.FIRST_COMPLETED)
            for future in done:
                self.land(self._landed(future))
            if not done:
                self.land([])
        except BrokenExecutor as error:
            if not self._workers:
                raise WorkerError("the executor lost workers; start again") from error
            self._recover()
            self._renew()

    def _launch(self, tasks: int) -> None:
        while len(self.flying) < tasks and (size := self._next_size(tasks)):
            batch = [self.waiting.popleft() for _ in range(size)]
            batch = [run for run in batch if run.name not in self.there]
            try:
                self.flying[self._pool.submit(do, [run.text for run in batch])] = batch
            except BaseException:
                self.waiting.extendleft(reversed(batch))
                raise

    def _next_size(self, tasks: int) -> int:
        """Return how many runs to hand out next: suspects come last and alone."""
        suspects = sum(run.name in self._suspects for run in self.waiting) if self._suspects else 0
        if harmless := len(self.waiting) - suspects:
            return min(self._chunk, -(-harmless // tasks))
        return 1 if suspects and not self.flying else 0

    def _landed(self, future: Future[list[Result]]) -> list[tuple[Run, Result]]:
        """Return results of a chunk; what its worker had no time for waits again."""
        results = future.result()
        batch = self.flying.pop(future)
        self.waiting.extendleft(reversed(batch[len(results) :]))
        more = 2 * self._chunk if len(results) == len(batch) else len(results)
        self._chunk = min(max(more, 1), self._most)
        return list(zip(batch, results, strict=False))

    def _recover(self) -> None:
        """Sort out what was flying when a worker died."""
        futures.wait(self.flying)
        for future in [future for future in self.flying if future.exception() is None]:
            self.land(self._landed(future))
        lost = [run for batch in self.flying.values() for run in batch]
        self.flying.clear()
        if len(lost) == 1:
            error = WorkerError("its worker died of it: out of memory, or a crash in compiled code")
            self.land([(lost[0], failure(error))])
        else:
            self._suspects.update(run.name for run in lost)
            self.waiting.extend(lost)

    def _renew(self) -> None:
        self._pool.shutdown()
        self._pool = local(self._workers)
        try:
            self._pool.submit(int).result()
        except BrokenExecutor as error:
            raise WorkerError(
                "workers end as they start: is the script guarded by if __name__ == '__main__'?"
            ) from error

    def _stop(self) -> None:
        if isinstance(self._pool, Pool):
            self._pool.halt()
        else:
            for future in self.flying:
                future.cancel()
        done, _ = futures.wait(self.flying, GRACE_SECONDS + 1.0)
        for future in done:
            if not future.cancelled() and future.exception() is None:
                with suppress(Exception):
                    self.land(self._landed(future))


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Have SIGINT and SIGTERM, where nobody else handles them, interrupt and be noted.

    An interrupt may come where it is swallowed, as in a destructor: hence the note.
    """
    came: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt(number)

    usual: dict[int, Any] = {signal.SIGINT: signal.default_int_handler}
    usual[signal.SIGTERM] = signal.SIG_DFL
    main = threading.current_thread() is threading.main_thread()
    ours = [number for number in usual if main and signal.getsignal(number) == usual[number]]
    for number in ours:
        signal.signal(number, stop)
    try:
        yield came
    finally:
        for number in ours:
            signal.signal(number, usual[number])


# What a worker does


def do(texts: Sequence[str]) -> list[Result]:
    """Do the first of some runs, and as many of those after it as there is time for."""
    timer = started_timer(CHUNK_SECONDS) if len(texts) > 1 else None
    results: list[Result] = []
    for text in texts:
        if stopping.is_set() or (results and timer and not timer.is_alive()):
            break
        results.append(_do_one(text))
    if timer:
        timer.cancel()
    return results


def started_timer(seconds: float) -> threading.Timer:
    """Return a timer that is alive for so long: the model reads no clock."""
    timer = threading.Timer(seconds, int)
    timer.daemon = True
    timer.start()
    return timer


def _do_one(text: str) -> Result:
    try:
        asked = json.loads(text)
        return Result(*_measured(load(asked["function"])(asked["inputs"])))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # `sys.exit` in a model fails its run, not the others
        return failure(error)


def failure(error: BaseException) -> Result:
    """Return the result of a run that ended with an error: its type, message and last calls."""
    try:
        message = str(error)
    except Exception:
        message = "(its message cannot be shown)"
    calls = "".join(traceback.format_exception(error, limit=-5))
    texts = (text[-4000:].encode("utf-8", "backslashreplace").decode() for text in (message, calls))
    return Result(None, None, type(error).__name__, *texts)


@functools.cache
def load(path: str) -> Callable[..., Any]:
    """Return the function at ``package.module:name``."""
    module, _, name = path.partition(":")
    try:
        function = attrgetter(name)(importlib.import_module(module))
    except Exception as error:
        raise PlanError(f"cannot import {path}: {error}") from error
    if not callable(function):
        raise PlanError(f"{path} is not a function")
    return function


def code_version(*packages: str) -> str:
    """Return the SHA-256 of every source, CSV, JSON and YAML file of packages, by import name."""
    digest = hashlib.sha256()
    for package in sorted(set(packages)):
        spec = importlib.util.find_spec(package)
        if spec is None:
            raise PlanError(f"there is no package {package}")
        for place in map(Path, spec.submodule_search_locations or [str(spec.origin)]):
            paths = place.rglob("*") if place.is_dir() else [place]
            for path in sorted(path for path in paths if path.suffix in _SOURCES):
                content = path.read_bytes()
                name = f"{package} {path.relative_to(place).as_posix()} {len(content)}\n"
                digest.update(name.encode() + content)
    return digest.hexdigest()


def _measured(found: Any) -> tuple[list[str], list[float]]:  # noqa: ANN401
    """Return the indicators and values of what a model's function gave back."""
    if hasattr(found, "columns"):
        pairs = zip(found["indicator"], found["value"], strict=True)
    elif hasattr(found, "items"):
        pairs = found.items()
    else:
        kind = type(found).__name__
        raise TypeError(f"a run gives a mapping or a table of indicator and value, not {kind}")
    indicators: dict[str, float] = {}
    for name, value in pairs:
        if not isinstance(name, str):
            raise TypeError(f"the indicator {name!r} is not a text")
        name.encode()  # raises where a file cannot hold it
        if name in indicators:
            raise ValueError(f"the indicator {name} is there twice")
        indicators[str(name)] = float(value)
    return list(indicators), list(indicators.values())


# Executors


def local(workers: int) -> Executor:
    """Return an executor on this machine; one worker is this process itself.

    Parameters
    ----------
    workers : int
        How many processes. Beyond one they are fresh interpreters, in which libraries use one
        thread each. They import the script that starts them: it must be guarded by
        ``if __name__ == "__main__"``.

    Examples
    --------
    >>> with local(1) as executor:
    ...     executor.submit(max, 3, 4).result()
    4
    """
    return Here() if workers == 1 else Pool(workers)


class Here(Executor):
    """Do each call at once in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call the function; an interrupt is the caller's."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Pool(ProcessPoolExecutor):
    """Processes that watch their parent."""

    def __init__(self, workers: int) -> None:
        context = _Context()
        end, self._held = context.Pipe(duplex=False)
        super().__init__(workers, context, initializer=_begin_watch, initargs=(end,))

    def halt(self) -> None:
        """Have workers begin nothing new and end within `GRACE_SECONDS`; do not wait for it."""
        self._held.close()


class _Worker(SpawnProcess):
    def start(self) -> None:
        """Start with one thread for each library: they read the environment as they load."""
        before = {name: os.environ.get(name) for name in _ONE_THREAD}
        os.environ.update(_ONE_THREAD)
        try:
            super().start()
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


class _Context(SpawnContext):
    Process = _Worker


def _begin_watch(end: connection.Connection) -> None:
    """Make this process the head of a group, so that what it starts ends with it, and watch.

    In a group of its own it is not reached by Ctrl-C at a terminal: its parent decides.
    """
    os.setpgrp()
    threading.Thread(target=_watch, args=(end,), daemon=True).start()


def _watch(end: connection.Connection) -> None:
    parent = parent_process()
    if parent is None or parent.pid is None:
        raise RuntimeError("only a worker has a parent to watch")
    told: list[object] = []
    # A process that the parent forked may hold the pipes open beyond its death: so look, too.
    while not told and os.getppid() == parent.pid:
        told = list(connection.wait([parent.sentinel, end], 1.0))
    stopping.set()
    if end in told and parent.sentinel not in told:
        connection.wait([parent.sentinel], GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)
