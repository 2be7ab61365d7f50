"""The loops over rows: a month of everyone's life, block by block, in threads.

A block is a run of whole neighbourhoods of one district (about 4,000 rows). Blocks touch nothing
in common, and their sums are added in a fixed order, so the number of threads changes no bit.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from simulation.agents.household import live_month
from simulation.compiled import loop, rule
from simulation.indicators import CLOSED, N_SUMS
from simulation.population import Population
from simulation.records import Row

ALL, OWING, FAILED, OPEN, PRACTICES = range(5)
"""What is added up over a neighbourhood, in households at weight, for `NEARBY`."""


@rule
def look(seen: np.ndarray, h: Row, e: Row, closed: bool) -> None:
    """Add one household to what its neighbours see of each other at the end of the month."""
    seen[ALL] += h.weight
    if h.kin_debt > 0.0:
        seen[OWING] += h.weight
    if closed:
        seen[FAILED] += h.weight
    if e.alive:
        seen[OPEN] += h.weight
        seen[PRACTICES] += h.weight * e.practices


@rule
def note(near: Row, seen: np.ndarray) -> None:
    """Note for next month what neighbours saw, and begin anew."""
    near.owing = seen[OWING] / seen[ALL]
    near.failures = seen[FAILED] / seen[ALL]
    near.practices = seen[PRACTICES] / seen[OPEN] if seen[OPEN] > 0.0 else 0.0
    seen[:] = 0.0


@loop
def live_block(
    households: np.ndarray,
    enterprises: np.ndarray,
    first: int,
    last: int,
    place: np.ndarray,
    demand: np.ndarray,
    nearby: np.ndarray,
    contracts: np.ndarray,
    parameters: np.ndarray,
    start_rate: float,
    key: np.uint64,
    month: int,
    sums: np.ndarray,
) -> None:
    """Let rows `first` to `last` of one district live a month; note what neighbours saw."""
    sums[:] = 0.0
    p = parameters[0]
    district = place[0]
    seen = np.zeros(5)
    begin = first
    while begin < last:
        neighbourhood = households[begin].neighbourhood
        near = nearby[neighbourhood]
        end = begin
        while end < last and households[end].neighbourhood == neighbourhood:
            h = households[end]
            e = enterprises[end]
            closed = live_month(
                h, e, district, demand, near, contracts, p, start_rate, key, month, sums
            )
            look(seen, h, e, closed)
            end += 1
        note(near, seen)
        begin = end


@loop
def live_blocks(
    households: np.ndarray,
    enterprises: np.ndarray,
    blocks: np.ndarray,
    start: int,
    step: int,
    places: np.ndarray,
    demand: np.ndarray,
    nearby: np.ndarray,
    contracts: np.ndarray,
    parameters: np.ndarray,
    start_rate: float,
    key: np.uint64,
    month: int,
    sums: np.ndarray,
) -> None:
    """Let every `step`-th block from `start` on live a month."""
    for b in range(start, len(blocks), step):
        district = blocks[b, 2]
        live_block(
            households,
            enterprises,
            blocks[b, 0],
            blocks[b, 1],
            places[district : district + 1],
            demand[district],
            nearby,
            contracts,
            parameters,
            start_rate,
            key,
            month,
            sums[b],
        )


@loop
def live_row(
    households: np.ndarray,
    enterprises: np.ndarray,
    row: int,
    place: np.ndarray,
    demand: np.ndarray,
    nearby: np.ndarray,
    contracts: np.ndarray,
    parameters: np.ndarray,
    start_rate: float,
    key: np.uint64,
    month: int,
    sums: np.ndarray,
) -> None:
    """Let one row live a month: the same rule as in `live_block`."""
    live_month(
        households[row],
        enterprises[row],
        place[0],
        demand,
        nearby[households[row].neighbourhood],
        contracts,
        parameters[0],
        start_rate,
        key,
        month,
        sums,
    )


def live(
    population: Population,
    places: np.ndarray,
    demand: np.ndarray,
    contracts: np.ndarray,
    parameters: np.ndarray,
    key: np.uint64,
    month: int,
    threads: int = 1,
) -> np.ndarray:
    """Let everyone live a month.

    Parameters
    ----------
    places : numpy.ndarray
        One `PLACE` record a district.
    demand : numpy.ndarray
        Factor on sales, shape (districts, markets).
    threads : int
        How many threads share the blocks; the result does not depend on it.

    Returns
    -------
    numpy.ndarray
        Sums by block, shape (blocks, N_SUMS).
    """
    blocks = population.blocks
    sums = np.empty((len(blocks), N_SUMS))

    def work(thread: int) -> None:
        live_blocks(
            population.households,
            population.enterprises,
            blocks,
            thread,
            threads,
            places,
            demand,
            population.nearby,
            contracts,
            parameters,
            population.start_rate,
            key,
            month,
            sums,
        )

    if threads == 1:
        work(0)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))
    return sums


def live_one(
    population: Population,
    row: int,
    places: np.ndarray,
    demand: np.ndarray,
    contracts: np.ndarray,
    parameters: np.ndarray,
    key: np.uint64,
    month: int,
    sums: np.ndarray,
) -> None:
    """Let one household live a month; `sums` takes its flows, shape (N_SUMS,)."""
    district = int(population.households["district"][row])
    live_row(
        population.households,
        population.enterprises,
        row,
        places[district : district + 1],
        demand[district],
        population.nearby,
        contracts,
        parameters,
        population.start_rate,
        key,
        month,
        sums,
    )


def note_nearby(population: Population, by_row: np.ndarray) -> None:
    """Note for next month what neighbours saw, where rows were lived by hand.

    Parameters
    ----------
    by_row : numpy.ndarray
        Sums of this month by row, shape (rows, N_SUMS), from which it is known whose firm closed.
    """
    closed = by_row[:, CLOSED] > 0.0
    _note_all(population.households, population.enterprises, closed, population.nearby)


@loop
def _note_all(
    households: np.ndarray, enterprises: np.ndarray, closed: np.ndarray, nearby: np.ndarray
) -> None:
    seen = np.zeros(5)
    begin = 0
    while begin < len(households):
        neighbourhood = households[begin].neighbourhood
        while begin < len(households) and households[begin].neighbourhood == neighbourhood:
            look(seen, households[begin], enterprises[begin], closed[begin])
            begin += 1
        note(nearby[neighbourhood], seen)
