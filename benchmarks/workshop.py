"""How soon the workshop page has its first results: ``python -m benchmarks.workshop``.

Asks the server, in this process, for both sides and cash at once, each time at another split, as
when a slider is moved. Prints one line of JSON a figure, as ``python -m benchmarks`` does.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from statistics import median
from time import perf_counter, process_time

from scenarios.runs.outcome import run_of
from scenarios.workshop import cells, choices, lives, sides
from scenarios.workshop.choices import Choice, Common, RowsAsked
from scenarios.workshop.desk import Desk
from scenarios.workshop.server import Service

WORKERS, MOVES, FOLLOWED = 2, 21, 10
Figure = tuple[str, float, str]


async def moves(service: Service) -> list[float]:
    """Return the seconds from each move to the first row of A, B and cash."""
    usual = sides.usual(service.offer)
    assert not isinstance(usual.choice, str)
    every = sides.coarse(usual.choice)
    taken = []
    for move in range(MOVES):
        pair = every[(3 * move) % len(every)], every[(3 * move + 1) % len(every)]
        start = perf_counter()
        await asyncio.gather(*(first(service, usual.common, each) for each in (*pair, "cash")))
        taken.append(perf_counter() - start)
    return taken


async def first(service: Service, common: Common, choice: Choice | str) -> None:
    """Ask for many rows of a side, and go away after the first, as the page does at a move."""
    asked = RowsAsked.model_validate({"common": common, "choice": choice, "to": FOLLOWED})
    async with aclosing(service.rows(asked)) as rows:
        async for line in rows:
            if "replicate" in json.loads(line):
                return


async def served() -> list[Figure]:
    """Return the figures of the server."""
    desk = Desk(WORKERS)
    try:
        service = Service(choices.offer(), desk)
        start = perf_counter()
        await service.prepare()
        ready = perf_counter() - start
        taken = await moves(service)
    finally:
        desk.close()
    return [
        ("workshop_ready", ready, "seconds"),
        ("workshop_first_rows_median", median(taken), "seconds"),
        ("workshop_first_rows_most", max(taken), "seconds"),
    ]


def alone() -> Iterator[Figure]:
    """Yield what one run and three lives cost in processor time, twins kept."""
    common = sides.usual(choices.offer()).common
    room = cells.room(common.place, common.people)
    every = sides.coarse(sides.usual(choices.offer()).choice)
    inputs = [run_of(sides.scenario_of(common, each, room), 0) for each in every[::2]]
    for name, function in (("cell", cells.cell), ("lives", lives.lives)):
        function(inputs[0])
        taken = []
        for each in inputs:
            start = process_time()
            function(each)
            taken.append(process_time() - start)
        yield f"workshop_{name}", median(taken), "seconds"


if __name__ == "__main__":
    for name, value, unit in [*alone(), *asyncio.run(served())]:
        print(json.dumps({"name": name, "value": value, "unit": unit}), flush=True)
