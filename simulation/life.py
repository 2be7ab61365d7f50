"""The loops over rows: a month of everyone's life, block by block, in threads.

A block is a run of whole neighbourhoods of one district (about 4,000 rows). Blocks touch nothing
in common, and their sums are added in a fixed order, so the number of threads changes no bit.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from simulation.agents.household import live_month
from simulation.compiled import loop
from simulation.indicators import N_SUMS
from simulation.population import Population


@loop
def live_block(
    households: np.ndarray,
    enterprises: np.ndarray,
    first: int,
    last: int,
    place: np.ndarray,
    demand: np.ndarray,
    owing: np.ndarray,
    contracts: np.ndarray,
    parameters: np.ndarray,
    start_rate: float,
    key: np.uint64,
    month: int,
    sums: np.ndarray,
) -> None:
    """Let rows `first` to `last` of one district live a month; note who owes kin next month."""
    sums[:] = 0.0
    p = parameters[0]
    district = place[0]
    begin = first
    while begin < last:
        neighbourhood = households[begin].neighbourhood
        kin_owing = owing[neighbourhood]
        weight, owe = 0.0, 0.0
        end = begin
        while end < last and households[end].neighbourhood == neighbourhood:
            h = households[end]
            e = enterprises[end]
            live_month(
                h, e, district, demand, kin_owing, contracts, p, start_rate, key, month, sums
            )
            weight += h.weight
            if h.kin_debt > 0.0:
                owe += h.weight
            end += 1
        owing[neighbourhood] = owe / weight
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
    owing: np.ndarray,
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
            owing,
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
    kin_owing: float,
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
        kin_owing,
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
            population.owing,
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
    h = population.households
    district = int(h["district"][row])
    live_row(
        h,
        population.enterprises,
        row,
        places[district : district + 1],
        demand[district],
        float(population.owing[h["neighbourhood"][row]]),
        contracts,
        parameters,
        population.start_rate,
        key,
        month,
        sums,
    )


@loop
def note_owing(households: np.ndarray, owing: np.ndarray) -> None:
    """Note for next month which share of each neighbourhood owes kin, in the order of rows."""
    begin = 0
    while begin < len(households):
        neighbourhood = households[begin].neighbourhood
        weight, owe = 0.0, 0.0
        while begin < len(households) and households[begin].neighbourhood == neighbourhood:
            h = households[begin]
            weight += h.weight
            if h.kin_debt > 0.0:
                owe += h.weight
            begin += 1
        owing[neighbourhood] = owe / weight
