"""People in their places: the arrays of all households and enterprises, and how they lie.

Rows are ordered province > district > frame > neighbourhood. `calibration.synthesis` makes a
population from published figures; here is only what the model needs to know of one.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from simulation.records import ENTERPRISE, HOUSEHOLD, NEARBY, ONLINE_MARKET, Records

NEIGHBOURHOOD_ROWS = 40
BLOCK_ROWS = 4000
HEAVIEST_SEAT = 2.0

DISTRICT = np.dtype(
    [("code", np.int64), ("province", np.int64), ("urban_share", np.float64)], align=True
)


@dataclass
class Population:
    """The state of everyone, and the base that markets are measured against.

    Attributes
    ----------
    households, enterprises : numpy.recarray
        One row each a household; see `records`.
    districts : numpy.ndarray
        BPS code, row of `provinces` and urban share of persons.
    provinces, names : tuple of str
        Names of the provinces and of the districts.
    blocks : numpy.ndarray
        First row, last row + 1, district and frame of each block; shape (blocks, 4).
    nearby : numpy.recarray
        What the people of each neighbourhood saw of each other last month; see `records`.
    start_rate : float
        Chance a month that a household starts a firm, at which starts equal closures.
    base : numpy.ndarray
        By district: smoothed income, seekers of work and supply by market (rupiah a month;
        households) in the months before the run; shape (districts, 2 + markets).
    complete : bool
        Whether every real household is simulated.
    """

    households: Records
    enterprises: Records
    districts: np.ndarray
    provinces: tuple[str, ...]
    names: tuple[str, ...]
    blocks: np.ndarray
    nearby: Records
    start_rate: float
    base: np.ndarray
    complete: bool

    @property
    def reachable(self) -> np.ndarray:
        """Rows that a programme can enrol: those that stand for two households at most."""
        return np.flatnonzero(self.households["weight"] <= HEAVIEST_SEAT)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.households)

    def copy(self) -> "Population":
        """Return an independent copy of all that changes in a run."""
        return Population(
            self.households.copy(),
            self.enterprises.copy(),
            self.districts,
            self.provinces,
            self.names,
            self.blocks,
            self.nearby.copy(),
            self.start_rate,
            self.base,
            self.complete,
        )


def empty(rows: int) -> tuple[Records, Records]:
    """Return zeroed records for so many households and enterprises."""
    return (
        np.zeros(rows, HOUSEHOLD).view(np.recarray),
        np.zeros(rows, ENTERPRISE).view(np.recarray),
    )


def strangers(households: Records) -> Records:
    """Return a zeroed record a neighbourhood: its people have seen nothing of each other yet."""
    neighbourhoods = int(households.neighbourhood.max()) + 1
    return np.zeros(neighbourhoods, NEARBY).view(np.recarray)


def lay_blocks(households: Records) -> np.ndarray:
    """Give neighbourhoods their numbers and cut the rows into blocks.

    Rows must already be ordered by district and frame. Fills ``neighbourhood`` and ``serial``.

    Returns
    -------
    numpy.ndarray
        First row, last row + 1, district and frame of each block; shape (blocks, 4).
    """
    rows = len(households)
    changes = (np.diff(households.district) != 0) | (np.diff(households.frame) != 0)
    edges = np.r_[0, np.flatnonzero(changes) + 1, rows]
    blocks: list[tuple[int, int, int, int]] = []
    neighbourhood = 0
    per_block = BLOCK_ROWS // NEIGHBOURHOOD_ROWS * NEIGHBOURHOOD_ROWS
    serial = 0
    for first, last in itertools.pairwise(edges):
        district, frame = households.district[first], households.frame[first]
        serial = 0 if not blocks or blocks[-1][2] != district else serial
        within = np.arange(last - first)
        households.neighbourhood[first:last] = neighbourhood + within // NEIGHBOURHOOD_ROWS
        households.serial[first:last] = serial + within
        neighbourhood = int(households.neighbourhood[last - 1]) + 1
        serial += last - first
        blocks += [
            (start, min(start + per_block, last), district, frame)
            for start in range(first, last, per_block)
        ]
    return np.array(blocks, np.int64)


def no_demand_change(districts: int) -> np.ndarray:
    """Return a factor of 1 on every market of every district."""
    return np.ones((districts, ONLINE_MARKET + 1))
