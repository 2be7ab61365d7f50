"""The small server of the workshop page: it answers this machine only, unless told otherwise.

A page may ask for the page itself, for rows (runs of one side), lives, and the frontier. What it
asks is checked here, whatever the page has checked before.
"""

import asyncio
import ipaddress
import itertools
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import BrokenExecutor
from contextlib import asynccontextmanager
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from scenarios import outcome
from scenarios.mistakes import Mistake, ScenarioError
from scenarios.schema import Scenario
from scenarios.workshop import cells, choices, lives, sides
from scenarios.workshop.choices import Choice, Common, FrontierAsked, LivesAsked, Offer, RowsAsked
from scenarios.workshop.desk import Desk, Rank, line_of, values_of
from scenarios.workshop.page import Page

LARGEST_BODY = 10_000
"""Bytes of a question."""
FRONTIER_REPLICATES = 4
"""Of each split of the frontier."""
ROWS, FRONTIER = 0, 1
"""Of two kinds of runs the first go first."""
LIFE_RANK = 2
"""Lives come after so many replicates of what is asked beside them."""
STOP_SECONDS = 1
"""How long answers that are under way may still take when the server is stopped."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Service:
    """Answers what the page asks.

    Parameters
    ----------
    offer : Offer
        What may be asked.
    desk : Desk
        Who does the runs.
    households : int
        Simulated.
    """

    def __init__(self, offer: Offer, desk: Desk, households: int = choices.HOUSEHOLDS) -> None:
        self.offer, self.desk, self.households = offer, desk, households
        self._arrivals = itertools.count()
        self._rooms: dict[tuple[str, str], asyncio.Future[dict[str, int]]] = {}

    async def prepare(self) -> None:
        """Have every process make the people of the first place, and live them once."""
        usual = sides.usual(self.offer)
        scenario = await self._scenario(usual.common, usual.choice)
        ranks = [(ROWS, k) for k in range(self.desk.workers)]
        await asyncio.gather(*self._runs(scenario, range(self.desk.workers), ranks))

    async def rows(self, asked: RowsAsked) -> AsyncIterator[str]:
        """Yield what a side buys, then its runs, one a line, as they are done."""
        scenario = await self._scenario(asked.common, asked.choice)
        yield line_of({"side": sides.side_of(scenario, asked.common.budget)})
        arrival, replicates = -next(self._arrivals), range(asked.first, asked.to)
        tasks = self._runs(scenario, replicates, [(ROWS, k, arrival) for k in replicates])
        async for row in _in_order(tasks):
            yield line_of(row)

    async def lives(self, asked: LivesAsked) -> dict[str, Any]:
        """Return a few lives."""
        scenario = await self._scenario(asked.common, asked.choice)
        inputs = outcome.run_of(scenario, 0)
        rank = (ROWS, LIFE_RANK, -next(self._arrivals))
        result = await self.desk.done(lives.FUNCTION, lives.VERSION(), inputs, rank)
        return {"lives": lives.told(values_of(result))}

    async def frontier(self, asked: FrontierAsked) -> AsyncIterator[str]:
        """Yield runs of every coarse split, one a line, replicate by replicate."""
        every = sides.coarse(asked)
        scenarios = [await self._scenario(asked.common, choice) for choice in every]
        arrival = -next(self._arrivals)
        tasks = [
            task
            for k in range(FRONTIER_REPLICATES)
            for number, scenario in enumerate(scenarios)
            for task in self._runs(scenario, [k], [(FRONTIER, arrival, k, number)])
        ]
        number = itertools.cycle(range(len(every)))
        async for row in _in_order(tasks):
            split = every[next(number)].split.model_dump()
            yield line_of({"split": split, **{name: row[name] for name in ("replicate", "values")}})

    def _runs(
        self, scenario: Scenario, replicates: Iterable[int], ranks: Iterable[Rank]
    ) -> "list[asyncio.Task[dict[str, Any]]]":
        """Have replicates of a scenario run, each at its rank; return what becomes of them."""
        said = outcome.run_of(scenario, 0)
        return [
            asyncio.ensure_future(self._row({**said, "replicate": k}, rank))
            for k, rank in zip(replicates, ranks, strict=True)
        ]

    async def _row(self, inputs: Mapping[str, Any], rank: Rank) -> dict[str, Any]:
        replicate = inputs["replicate"]
        try:
            result = await self.desk.done(cells.FUNCTION, cells.VERSION(), inputs, rank)
        except BrokenExecutor:
            return cells.failed(replicate)
        found = values_of(result)
        return cells.row_of(replicate, found) if found else cells.failed(replicate)

    async def _scenario(self, common: Common, choice: Choice | Literal["cash"]) -> Scenario:
        room = await self._room(common)
        found = sides.scenario_of(common, choice, room)
        return found.model_copy(update={"households": self.households})

    async def _room(self, common: Common) -> dict[str, int]:
        """Return the seats that find people; each place is got ready once."""
        key = common.place, common.people
        if key not in self._rooms:
            self._rooms[key] = asyncio.ensure_future(self._make_room(*key))
        try:
            return await asyncio.shield(self._rooms[key])
        except Exception:
            self._rooms.pop(key, None)
            raise

    async def _make_room(self, place: str, people: str) -> dict[str, int]:
        inputs = {"place": place, "people": people, "households": self.households}
        result = await self.desk.everywhere(cells.ROOM, cells.VERSION(), inputs)
        if result.error:
            raise RuntimeError(f"{place}: {result.error}: {result.message}")
        return {kind: int(seats) for kind, seats in values_of(result).items()}


async def _in_order(tasks: list["asyncio.Task[dict[str, Any]]"]) -> AsyncIterator[dict[str, Any]]:
    """Yield results in order; when nobody listens any more, what has not begun is given up."""
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()


# What comes over the wire


def application(page: Page, service: Service, hosts: "Hosts") -> Starlette:
    """Return the application.

    Parameters
    ----------
    page : Page
        That is shown.
    service : Service
        What answers.
    hosts : Hosts
        By which names it may be called.
    """

    async def show(_: Request) -> Response:
        policy = {"Content-Security-Policy": f"{page.policy}; frame-ancestors 'none'"}
        return HTMLResponse(page.html, headers=policy)

    async def rows(request: Request) -> Response:
        asked = choices.asked(RowsAsked, await _read(request), service.offer)
        if asked.to <= asked.first:
            raise ScenarioError([Mistake("", None, "to", "is not after from")])
        return StreamingResponse(service.rows(asked), media_type="application/x-ndjson")

    async def some_lives(request: Request) -> Response:
        asked = choices.asked(LivesAsked, await _read(request), service.offer)
        return JSONResponse(await service.lives(asked))

    async def frontier(request: Request) -> Response:
        asked = choices.asked(FrontierAsked, await _read(request), service.offer)
        return StreamingResponse(service.frontier(asked), media_type="application/x-ndjson")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            await service.prepare()
            yield
        finally:
            service.desk.close()

    return Starlette(
        routes=[
            Route("/", show),
            Route("/rows", rows, methods=["POST"]),
            Route("/lives", some_lives, methods=["POST"]),
            Route("/frontier", frontier, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, hosts=hosts)],
        exception_handlers={ScenarioError: _refused, Unreadable: _unreadable},
        lifespan=lifespan,
    )


def serve(app: Starlette, ear: socket.socket, tell: Callable[[], None]) -> None:
    """Serve an application until a signal comes, which is raised again in the end.

    Parameters
    ----------
    app : Starlette
        From `application`.
    ear : socket.socket
        Bound to an address.
    tell : callable
        Called as soon as it answers.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and not self.should_exit:
                tell()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Answers that are cut off now are no errors.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    how = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    Server(how).run([ear])


class Hosts:
    """Names by which the server may be called: those that another site cannot point here.

    Parameters
    ----------
    host : str
        Where it listens.

    Examples
    --------
    >>> here = Hosts("127.0.0.1")
    >>> here.knows("localhost:8710"), here.knows("elsewhere.example:8710")
    (True, False)
    >>> Hosts("0.0.0.0").knows("192.168.1.5:8710")
    True
    """

    def __init__(self, host: str) -> None:
        self.is_local = host in LOOPBACK
        self._names = {*LOOPBACK, host}
        if not self.is_local:
            self._names |= {socket.gethostname().casefold()}

    def knows(self, called: str) -> bool:
        """Return whether a Host header, with or without a port, is one of ours."""
        name, _, port = called.casefold().rpartition(":")
        if not name or called.endswith("]") or not port.isdecimal():
            name = called.casefold()
        name = name.removeprefix("[").removesuffix("]")
        return name in self._names or (not self.is_local and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Refuses what does not come from the page itself, before anything is read."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def guarded(message: Any) -> None:  # noqa: ANN401
            if message["type"] == "http.response.start":
                extra = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self.app(scope, receive, guarded)

    def _refusal(self, method: str, headers: Mapping[str, str]) -> Response | None:
        host = headers.get("host", "")
        if not self.hosts.knows(host):
            return _said(421, "host", f"{host[:60]!a} is not a name of this server", "127.0.0.1")
        if headers.get("origin", f"http://{host}").casefold() != f"http://{host}".casefold():
            return _said(403, "origin", "another page asks")
        if method == "POST":
            kind = headers.get("content-type", "").partition(";")[0].strip().casefold()
            if kind != "application/json":
                return _said(415, "content-type", f"{kind[:60]!a} is not read", "application/json")
            length = headers.get("content-length", "0")
            if not length.isdecimal() or int(length) > LARGEST_BODY:
                return _said(413, "", f"is longer than {LARGEST_BODY} bytes")
        return None


def _said(status: int, path: str, problem: str, allowed: str = "") -> JSONResponse:
    said = {"path": path, "problem": problem, "allowed": allowed, "nearest": ""}
    return JSONResponse({"mistakes": [said]}, status, HEADERS)


class Unreadable(ValueError):
    """A question is no JSON, or too long."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


async def _read(request: Request) -> Any:  # noqa: ANN401
    """Return what was asked, as JSON has it."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Unreadable(413, f"is longer than {LARGEST_BODY} bytes")
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Unreadable(400, "is not JSON") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ScenarioError)
    names = ("path", "problem", "allowed", "nearest")
    told = [{name: getattr(each, name) for name in names} for each in error.mistakes]
    return JSONResponse({"mistakes": told}, 422)


async def _unreadable(_: Request, error: Exception) -> Response:
    assert isinstance(error, Unreadable)
    return _said(error.status, "", str(error))
