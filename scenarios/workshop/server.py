"""The small server of the workshop page: it answers this machine only, unless told otherwise.

A page may ask for the page itself, for rows (runs of one side), lives, the frontier,
and how sure a result is. What it asks is checked here, whatever the page has checked before.
"""

import asyncio
import itertools
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import BrokenExecutor
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.runs import outcome
from scenarios.schema import Scenario
from scenarios.workshop import cells, choices, doubt, lives, sides
from scenarios.workshop.choices import Choice, Common, FrontierAsked, LivesAsked, Offer, RowsAsked
from scenarios.workshop.desk import Desk, Rank, line_of, values_of
from scenarios.workshop.guard import Guard, Hosts, Unreadable, read, refused, unreadable
from scenarios.workshop.page import Page

T = TypeVar("T")

FRONTIER_REPLICATES = 4
"""Of each split of the frontier."""
ROWS, FRONTIER, DOUBT = range(3)
"""Of kinds of runs the first go first."""
LIFE_RANK = 2
"""Lives come after so many replicates of what is asked beside them."""
STOP_SECONDS = 1
"""How long answers that are under way may still take when the server is stopped."""


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

    async def doubt(self, asked: LivesAsked) -> AsyncIterator[str]:
        """Yield how many runs are done of how many, then how sure the result is.

        Goes on only when nobody asks for anything else.
        """
        scenario = await self._scenario(asked.common, asked.choice)
        every = list(doubt.inputs_of(scenario))
        arrival = -next(self._arrivals)
        tasks = [
            asyncio.ensure_future(self._values(inputs, (DOUBT, arrival, number)))
            for number, inputs in enumerate(every)
        ]
        found: list[dict[str, float]] = []
        async for values in _in_order(tasks):
            found.append(values)
            yield line_of({"done": len(found), "of": len(every)})
        yield line_of({"doubt": doubt.doubt(found)})

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
        replicate, found = inputs["replicate"], await self._values(inputs, rank)
        return cells.row_of(replicate, found) if found else cells.failed(replicate)

    async def _values(self, inputs: Mapping[str, Any], rank: Rank) -> dict[str, float]:
        """Return what a run found; nothing where it failed, or its process died of it."""
        try:
            return values_of(await self.desk.done(cells.FUNCTION, cells.VERSION(), inputs, rank))
        except BrokenExecutor:
            return {}

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


async def _in_order(tasks: "list[asyncio.Task[dict[str, T]]]") -> AsyncIterator[dict[str, T]]:
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
        asked = choices.asked(RowsAsked, await read(request), service.offer)
        if asked.to <= asked.first:
            raise ScenarioError([Mistake("", None, "to", "is not after from")])
        return StreamingResponse(service.rows(asked), media_type="application/x-ndjson")

    async def some_lives(request: Request) -> Response:
        asked = choices.asked(LivesAsked, await read(request), service.offer)
        return JSONResponse(await service.lives(asked))

    async def frontier(request: Request) -> Response:
        asked = choices.asked(FrontierAsked, await read(request), service.offer)
        return StreamingResponse(service.frontier(asked), media_type="application/x-ndjson")

    async def some_doubt(request: Request) -> Response:
        asked = choices.asked(LivesAsked, await read(request), service.offer)
        return StreamingResponse(service.doubt(asked), media_type="application/x-ndjson")

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
            Route("/doubt", some_doubt, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, hosts=hosts)],
        exception_handlers={ScenarioError: refused, Unreadable: unreadable},
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
