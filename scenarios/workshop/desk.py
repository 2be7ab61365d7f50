"""Warm processes that do runs for the page, and the queue before them.

What was asked last goes first, replicate by replicate; what nobody waits for any more is not begun.
"""

import asyncio
import heapq
import itertools
import json
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor
from functools import partial
from typing import Any, NamedTuple

from simulation.runs import plan
from simulation.watch import Pool, Result, Run, do

KEPT_RESULTS = 4_000
"""Finished runs that are remembered, some 2 kilobytes each."""
Rank = tuple[int, ...]
"""What goes first: smaller ones."""


class Waiting(NamedTuple):
    """A run that waits for a free process.

    Attributes
    ----------
    rank, number : tuple, int
        What it is ordered by.
    run : Run
        What is to be done.
    answer : asyncio.Future
        Takes the result; cancelled where nobody waits any more.
    """

    rank: Rank
    number: int
    run: Run
    answer: "asyncio.Future[Result]"


class Desk:
    """Takes runs, has them done by processes, gives back their results.

    Parameters
    ----------
    workers : int
        Processes; they end with this one, however it ends.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool = Pool(workers)
        self._waiting: list[Waiting] = []
        self._busy = 0
        self._numbers = itertools.count()
        self._kept: OrderedDict[str, Result] = OrderedDict()

    async def done(
        self, function: str, version: str, inputs: Mapping[str, Any], rank: Rank
    ) -> Result:
        """Return the result of a run; when the caller is cancelled first, it is not begun.

        Parameters
        ----------
        function, version : str
            As `simulation.runs.plan` takes them.
        inputs : mapping
            Of the run.
        rank : tuple of int
            Runs of smaller ranks go first.
        """
        (run,) = plan(function, [inputs], version)
        if run.name in self._kept:
            self._kept.move_to_end(run.name)
            return self._kept[run.name]
        return await self._answer(run, rank)

    async def everywhere(self, function: str, version: str, inputs: Mapping[str, Any]) -> Result:
        """Return the result of a run that each process does, where all are free, to be ready."""
        (run,) = plan(function, [inputs], version)
        results = await asyncio.gather(*(self._answer(run, (-1,)) for _ in range(self.workers)))
        return results[0]

    def _answer(self, run: Run, rank: Rank) -> "asyncio.Future[Result]":
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, Waiting(rank, next(self._numbers), run, answer))
        self._begin()
        return answer

    def close(self) -> None:
        """End all processes soon; what is waited for never comes."""
        for each in self._waiting:
            each.answer.cancel()
        self._waiting.clear()
        self._pool.halt()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        """Hand out as many runs as there are free processes, so that later ones may go first."""
        while self._busy < self.workers and self._waiting:
            each = heapq.heappop(self._waiting)
            if each.answer.cancelled():
                continue
            try:
                flying = asyncio.wrap_future(self._pool.submit(do, [each.run.text]))
            except BrokenExecutor:
                # A process died of a run, which its caller has been told: others take their place.
                self._pool.halt()
                self._pool = Pool(self.workers)
                flying = asyncio.wrap_future(self._pool.submit(do, [each.run.text]))
            self._busy += 1
            flying.add_done_callback(partial(self._land, each))

    def _land(self, each: Waiting, flying: "asyncio.Future[list[Result]]") -> None:
        """Give a result to who waits for it, and begin what is next."""
        self._busy -= 1
        if not flying.cancelled() and flying.exception() is None:
            self._keep(each.run.name, flying.result()[0])
        if not each.answer.done():
            if flying.cancelled():
                each.answer.cancel()
            elif (error := flying.exception()) is not None:
                each.answer.set_exception(error)
            else:
                each.answer.set_result(flying.result()[0])
        self._begin()

    def _keep(self, name: str, result: Result) -> None:
        """Remember a result, though nobody may wait for it any more."""
        if result.error is None:
            self._kept[name] = result
            if len(self._kept) > KEPT_RESULTS:
                self._kept.popitem(last=False)


def values_of(result: Result) -> dict[str, float]:
    """Return what a run found, by name; nothing where it failed.

    Examples
    --------
    >>> values_of(Result(["net_lifted"], [3.0])), values_of(Result(error="TooFewPeople"))
    ({'net_lifted': 3.0}, {})
    """
    return dict(zip(result.indicators or (), result.values or (), strict=True))


def line_of(record: Mapping[str, Any]) -> str:
    r"""Return a record as one line of JSON.

    Examples
    --------
    >>> line_of({"replicate": 0})
    '{"replicate":0}\n'
    """
    return f"{json.dumps(record, separators=(',', ':'), allow_nan=False)}\n"
