"""The people that are timed, and the world around them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from calibration.settle import quiet_places
from calibration.synthesis import cells, people
from simulation import draws
from simulation.life import live
from simulation.parameters import values
from simulation.population import (
    BLOCK_ROWS,
    NEIGHBOURHOOD_ROWS,
    Population,
    empty,
    lay_blocks,
    no_demand_change,
    strangers,
)
from simulation.records import CONTRACT

SETTLING_MONTHS = 12
SURVEYS = (2, 8)


@dataclass
class Scene:
    """A population with all that a month of its life needs.

    Attributes
    ----------
    population : Population
        Everyone.
    places : numpy.ndarray
        One `PLACE` record a district.
    demand : numpy.ndarray
        Factor on sales, shape (districts, markets).
    contracts : numpy.ndarray
        Row 0 alone: nobody has a contract.
    parameters : numpy.ndarray
        The defaults.
    key : numpy.uint64
        Of the draws.
    month : int
        Month of the run that comes next.
    """

    population: Population
    places: np.ndarray
    demand: np.ndarray
    contracts: np.ndarray
    parameters: np.ndarray
    key: np.uint64
    month: int = 0

    def turn(self) -> int:
        """Let the next month begin: surveys, turns of the year; return which it is."""
        month = self.month
        self.places["survey"] = month % 12 in SURVEYS
        self.places["year_start"] = month % 12 == 0
        self.places["year_end"] = month % 12 == 11
        self.month += 1
        return month

    def live(self, threads: int = 1) -> np.ndarray:
        """Live a month by the compiled rules; return the sums by block."""
        month = self.turn()
        return live(
            self.population,
            self.places,
            self.demand,
            self.contracts,
            self.parameters,
            self.key,
            month,
            threads,
        )

    def copy(self) -> "Scene":
        """Return the same with people of its own."""
        return replace(self, population=self.population.copy(), places=self.places.copy())


def settled(area: str, households: int, seed: int = 1) -> Scene:
    """Return people of an area who have lived a year, in a world that grows a little.

    Growth, its tilt and the season differ from nothing, so that every rule is at work.
    """
    population, _ = people(area, households, seed)
    places = quiet_places(population, cells(area))
    places["inflation_urban"], places["inflation_rural"] = 1.002, 1.003
    places["growth_urban"], places["growth_rural"] = 1.002, 1.001
    places["tilt"], places["season"] = 0.0005, 1.02
    scene = Scene(
        population,
        places,
        no_demand_change(len(population.districts)),
        np.zeros(1, CONTRACT).view(np.recarray),
        values(),
        draws.branch_key(seed, 0, draws.LIFE),
    )
    for _ in range(SETTLING_MONTHS):
        scene.live()
    return scene


def spread(sample: Scene, households: int) -> Scene:
    """Return so many households at weight 1, filled in turn with those of a sample.

    Each district has its share of the households, in whole neighbourhoods, and serials of its
    own; beside the new records hardly any memory is taken.
    """
    source = sample.population
    runs = list(_runs(source))
    share = np.array([source.households.weight[first:last].sum() for first, last in runs])
    edges = np.cumsum(share) / share.sum() * households
    edges = np.r_[0, np.rint(edges / NEIGHBOURHOOD_ROWS)].astype(int) * NEIGHBOURHOOD_ROWS
    h, e = empty(int(edges[-1]))
    pairs = [(_words(source.households), _words(h)), (_words(source.enterprises), _words(e))]
    for (first, last), begin, end in zip(runs, edges[:-1], edges[1:], strict=True):
        for start in range(begin, end, BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, end)
            in_turn = np.arange(start - begin, stop - begin)
            for old, new in pairs:
                np.take(old[first:last], in_turn, axis=0, out=new[start:stop], mode="wrap")
    h.weight = 1.0
    blocks = lay_blocks(h)
    nearby = strangers(h)
    population = replace(source, households=h, enterprises=e, blocks=blocks, nearby=nearby)
    return replace(sample, population=population, places=sample.places.copy())


def _words(records: np.ndarray) -> np.ndarray:
    """Return records as rows of 64-bit words; NumPy copies these 30 times faster."""
    return records.view(np.ndarray).view(np.uint64).reshape(len(records), -1)


def _runs(population: Population) -> Iterator[tuple[int, int]]:
    """Yield first row and last row + 1 of each frame of each district."""
    blocks = population.blocks
    changes = np.flatnonzero(np.any(np.diff(blocks[:, 2:], axis=0) != 0, axis=1)) + 1
    for part in np.split(blocks, changes):
        yield int(part[0, 0]), int(part[-1, 1])
