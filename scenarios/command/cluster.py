"""Where runs are done: processes on this machine, or the workers of a cluster."""

import socket
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scenarios.command.asked import typed
from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.runs import outcome
from simulation.watch import WorkerError

if TYPE_CHECKING:
    from distributed import Client

PATIENCE_SECONDS = 10
"""How long a scheduler has to answer, and then to have a worker."""
ADDRESS = "tcp://host:port, as the scheduler tells it when it starts"


@contextmanager
def executor_for(
    workers: int = 2, scheduler: str | None = None
) -> Iterator[tuple[Executor | int, int | None]]:
    """Give what runs are done by, and how many chunks of them to hand out at a time.

    Parameters
    ----------
    workers : int
        Processes on this machine, where no scheduler is named.
    scheduler : str, optional
        Address of a scheduler of dask.distributed. Its workers do the runs: they need the same
        Berdaya, which those that join later are not asked, and do best with one thread each. One
        that is lost gives its runs to the others.

    Raises
    ------
    ScenarioError
        Where the address is none, nobody answers there, there is no worker, or one of them has
        another version of Berdaya.
    WorkerError
        Later, where the scheduler goes away, or a run ends every worker that it is given to.

    Examples
    --------
    >>> with executor_for(workers=3) as (executor, tasks):
    ...     executor, tasks
    (3, None)
    """
    if scheduler is None:
        yield workers, None
        return
    with _client(scheduler) as client:
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        found = _workers(client, scheduler)
        try:
            yield client.get_executor(pure=False), 2 * found
        except (KilledWorker, CommClosedError, CancelledError) as error:
            raise WorkerError(
                f"the cluster at {scheduler} lost workers or its scheduler"
            ) from error


@contextmanager
def _client(scheduler: str) -> "Iterator[Client]":
    """Give a client of a scheduler; tell in a sentence why there is none."""
    _knock(scheduler)
    try:
        from distributed import Client
    except ModuleNotFoundError:
        problem = "needs a package that is not there; pip install -e '.[cluster]' brings it"
        raise _refused(scheduler, problem) from None
    try:
        client = Client(scheduler, timeout=PATIENCE_SECONDS)
    except (OSError, ValueError) as error:
        raise _refused(scheduler, f"is no scheduler of dask.distributed: {error}") from None
    with client:
        yield client


def _knock(scheduler: str) -> None:
    """See that a scheduler answers at an address: a client that fails is slow and loud."""
    try:
        place = urlsplit(scheduler)
        host, port = place.hostname, place.port
    except ValueError:
        host, port, place = None, None, urlsplit("")
    if place.scheme != "tcp" or not host or not port or place.path:
        raise _refused(scheduler, "is not an address", ADDRESS)
    try:
        with socket.create_connection((host, port), PATIENCE_SECONDS) as knock:
            # A scheduler speaks first. For the first word of anything else a client waits for ever.
            greeting = knock.recv(1)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(scheduler, f"cannot be reached: {reason}") from None
    if not greeting:
        raise _refused(scheduler, "is no scheduler of dask.distributed")


def _workers(client: "Client", scheduler: str) -> int:
    """Return how many workers there are; refuse none, and others than this version."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
    except TimeoutError:
        raise _refused(scheduler, "has no workers; start one by: dask worker ADDRESS") from None
    versions = client.run(outcome.VERSION, on_error="return")
    for worker, version in sorted(versions.items()):
        if version != outcome.VERSION():
            said = f": {version}" if isinstance(version, Exception) else ""
            problem = f"its worker {worker} does not have this version of Berdaya{said}"
            raise _refused(scheduler, problem, "workers with the same sources and data")
    return len(versions)


def _refused(scheduler: str, problem: str, allowed: str = "") -> ScenarioError:
    return ScenarioError([Mistake(typed("scheduler", scheduler), None, "", problem, allowed)])
