"""From published tables to a synthetic population.

Households are drawn systematically by quantile of each cell's distribution of spending, never at
random, and placed in districts so that the published number of poor is met. Most stand for many
households; near the poverty line part of them are drawn at weight 1, so that a programme's seat is
one real household. Street people are a frame of their own.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from calibration import figures, placement
from calibration.cells import Cell, PartFigures, cells, own_cells
from calibration.placement import SURVEY
from calibration.traits import column, give_traits, traits
from simulation import draws
from simulation.parameters import values
from simulation.population import DISTRICT, Population, empty, lay_blocks, strangers
from simulation.records import ONLINE_MARKET

Households = int | Literal["all"]
"""How many households to simulate; "all" gives every household at weight 1."""

LEAST_A_CELL = 1500
LEAST_WITHOUT_SEATS = 300
LIGHTEST = 0.5  # a household drawn widely where all near it are drawn at weight 1 stands for none
GRID = 20_000  # steps of the quantile axis on which households are counted
TURN = 0.6180339887498949  # the golden ratio's fraction spreads any number of turns evenly
OTHER_TURN = 0.7548776662466927  # a second such number, independent of the first


def people(
    area: str,
    households: Households,
    seed: int,
    period: str = SURVEY,
    parameters: np.ndarray | None = None,
    seats: bool = True,
    own: Sequence[PartFigures] = (),
) -> tuple[Population, np.ndarray]:
    """Draw the households of an area before they have lived: who and where, not yet how they fare.

    Parameters
    ----------
    area : str
        Indonesia, a province or a district.
    households : int or "all"
        How many to simulate; "all" gives every household at weight 1.
    seed : int
        Seed of the traits.
    period : str
        Month of the survey that they are made from; see `calibration.cells.cells`.
    parameters : numpy.ndarray, optional
        From `simulation.parameters.values`; the defaults where left out.
    seats : bool
        Whether part of the households near the line are drawn at weight 1 for programmes to enrol.
        Without them rows follow the number of households, which measures a country best.
    own : sequence of PartFigures
        Figures of the area that stand in place of the published ones.

    Returns
    -------
    population : Population
        With traits and a first guess of incomes; `calibration.settle` makes it live.
    target : numpy.ndarray
        Usual income aimed at, rupiah a household and month, shape (rows,).
    """
    found = own_cells(area, own) if own else cells(area, period)
    key = draws.branch_key(seed, 0, draws.POPULATION)
    frames = [_street_frame(found, households)]
    frames += [
        _cell_frame(cell, main, near, key)
        for cell, main, near in _allocate(found, households, seats)
    ]
    frame = {name: np.concatenate([part[name] for part in frames]) for name in frames[0]}
    order = np.lexsort((frame["place"], frame["frame"], frame["code"]))
    frame = {name: column[order] for name, column in frame.items()}
    population = _lay_out(found, frame)
    if own:
        population.districts["urban_share"] = _urban_shares(population, found)
    give_traits(population, frame, key, values() if parameters is None else parameters)
    return population, frame["target"]


def household_size(standing: np.ndarray) -> np.ndarray:
    """Return mean persons a household at this spending (poverty lines)."""
    t = traits()
    return np.maximum(t["size_least"], t["size_level"] - t["size_slope"] * np.log(standing))


def _households_along(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Return quantiles (persons) and the number of households below each."""
    v = np.linspace(0.0, 1.0, GRID + 1)
    middle = 0.5 * (v[1:] + v[:-1])
    density = cell.persons / GRID / household_size(cell.quantile(middle))
    return v, np.concatenate([[0.0], np.cumsum(density)])


def _allocate(
    found: list[Cell], households: Households, seats: bool
) -> list[tuple[Cell, int, int]]:
    """Return the cells with their numbers of households, drawn widely and near the line."""
    totals = np.array([_households_along(cell)[1][-1] for cell in found])
    if households == "all" or int(households) >= totals.sum():
        return [(cell, round(total), 0) for cell, total in zip(found, totals, strict=True)]
    near_all = int(households) * traits()["near_share"] if seats else 0.0
    wide_all = int(households) - near_all
    least = min(LEAST_A_CELL if seats else LEAST_WITHOUT_SEATS, wide_all / len(found))
    spare = wide_all - least * len(found)
    allocated = []
    for cell, part in zip(found, totals / totals.sum(), strict=True):
        near = min(round(near_all * part), int(_near(cell)[1]))
        wide = round(least + spare * part) + round(near_all * part) - near
        allocated.append((cell, wide, near))
    return allocated


def _near(cell: Cell) -> tuple[float, float]:
    """Return the quantile of the near line, and the households below it."""
    v, below = _households_along(cell)
    near = float(np.interp(traits()["near_line"], cell.quantile(v[1:-1]), v[1:-1]))
    return near, float(np.interp(near, v, below))


def _cell_frame(cell: Cell, wide: int, near: int, key: np.uint64) -> dict[str, np.ndarray]:
    """Draw one cell's households by quantile."""
    v, below = _households_along(cell)
    near_v, near_households = _near(cell)
    positions = np.concatenate(
        [
            (np.arange(wide) + 0.5) / wide * below[-1],
            (np.arange(near) + 0.5) / max(near, 1) * near_households,
        ]
    )
    quantile = np.interp(positions, below, v)
    weight = np.full(wide + near, below[-1] / wide)
    weight[quantile < near_v] *= 1.0 - near / near_households
    weight[wide:] = 1.0
    if wide == round(below[-1]):
        weight[:] = 1.0
    index = np.arange(wide + near, dtype=np.uint32)
    u = column(key, index, cell.number, draws.TRAIT_MEMBERS)
    members = _poisson(u, household_size(cell.quantile(quantile)) - 1.0) + 1
    order = np.argsort(quantile, kind="stable")
    heads = (weight * members)[order]
    quantile[order] = (np.cumsum(heads) - 0.5 * heads) / heads.sum()
    kept = weight > LIGHTEST
    frame = {
        "frame": np.zeros(len(index), np.uint8),
        "code": _districts_along(cell, quantile, order),
        "place": column(key, index, cell.number, draws.TRAIT_PLACE),
        "urban": np.full(len(index), cell.urban, np.uint8),
        "weight": weight,
        "members": members.astype(np.uint8),
        "rank": (quantile * 65535).astype(np.uint16),
        "standing": cell.quantile(quantile),
        "target": cell.quantile(quantile) * cell.line * members,
    }
    return {name: values[kept] for name, values in frame.items()}


def _districts_along(cell: Cell, quantile: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Place households so that each district has its share of the poor and of the others.

    Along the quantiles districts take turns (golden ratio), so that each gets poor of all depths.
    """
    turn = np.empty(len(quantile))
    turn[order] = (np.arange(len(quantile)) * TURN) % 1.0
    poor = quantile < cell.poor.sum() / cell.persons
    code = np.empty(len(quantile), np.int64)
    for part, persons in ((poor, cell.poor), (~poor, cell.other)):
        edges = np.cumsum(persons) / persons.sum()
        code[part] = cell.codes[np.minimum(np.searchsorted(edges, turn[part]), len(edges) - 1)]
    return code


def _street_people(cell: Cell) -> np.ndarray:
    """Return how many people live on the street in each district of an urban cell.

    Jakarta has a count of its own; elsewhere the ministry's estimate for the country is shared by
    urban population (an assumption: the estimate was itself called unreliable).
    """
    jakarta = figures.value("satpol_all", "DKI Jakarta", period="2023-01/2023-08")
    country = figures.value("estimate_homeless_beggars", "Indonesia", period="2019")
    published = figures.cells()
    towns = published[published.urban_rural == "urban"]
    in_jakarta = towns.province == "DKI Jakarta"
    alike = towns[in_jakarta if cell.province == "DKI Jakarta" else ~in_jakarta]
    count = jakarta if cell.province == "DKI Jakarta" else country - jakarta
    return count * (cell.poor + cell.other) / float(alike.persons.sum())


def _street_frame(found: list[Cell], households: Households) -> dict[str, np.ndarray]:
    """Draw the street people of the area, most of them at weight 1 where there are too many."""
    towns = [cell for cell in found if cell.urban]
    code = np.concatenate([np.zeros(0, np.int64), *(cell.codes for cell in towns)])
    line = np.concatenate([np.zeros(0), *(np.full(len(c.codes), c.line) for c in towns)])
    count = np.concatenate([np.zeros(0), *(_street_people(cell) for cell in towns)])
    total = int(count.sum())
    asked = total if households == "all" else round(int(households) * traits()["street_share"])
    rows = min(total, asked)
    single = total if rows == total else round(traits()["street_single"] * rows)
    place = (np.arange(rows) * OTHER_TURN) % 1.0
    weight = np.ones(rows)
    weight[single:] = (total - single) / max(rows - single, 1)
    weight = weight[np.argsort(place)]
    along = (np.arange(rows) + 0.5) / max(rows, 1) * count.sum()
    where = np.searchsorted(np.cumsum(count), along)
    span = traits()["street_standing_high"] - traits()["street_standing_low"]
    standing = traits()["street_standing_low"] + span * ((np.arange(rows) * TURN) % 1.0)
    return {
        "frame": np.ones(rows, np.uint8),
        "code": code[where].astype(np.int64),
        "place": place,
        "urban": np.ones(rows, np.uint8),
        "weight": weight,
        "members": np.ones(rows, np.uint8),
        "rank": np.zeros(rows, np.uint16),
        "standing": standing,
        "target": standing * line[where],
    }


def _lay_out(found: list[Cell], frame: dict[str, np.ndarray]) -> Population:
    """Make the empty records and the table of districts, and number everyone."""
    codes = np.unique(np.concatenate([cell.codes for cell in found]))
    provinces = tuple(dict.fromkeys(cell.province for cell in found))
    everyone = placement.persons().set_index("code")
    districts = np.zeros(len(codes), DISTRICT)
    names = []
    for d, code in enumerate(codes):
        own = everyone.loc[code]
        persons = own.poor + own.other
        urban = float((persons * own.urban).sum() / persons.sum())
        districts[d] = (code, provinces.index(own.province.iloc[0]), urban)
        names.append(str(own["name"].iloc[0]))
    households, enterprises = empty(len(frame["code"]))
    households.district = np.searchsorted(codes, frame["code"])
    for field in ("frame", "urban", "weight", "members", "rank"):
        households[field] = frame[field]
    blocks = lay_blocks(households)
    return Population(
        households,
        enterprises,
        districts,
        provinces,
        tuple(names),
        blocks,
        nearby=strangers(households),
        start_rate=0.004,
        base=np.zeros((len(codes), 2 + ONLINE_MARKET + 1)),
        complete=bool(np.allclose(frame["weight"], 1.0)),
    )


def _urban_shares(population: Population, found: list[Cell]) -> np.ndarray:
    """Return the share of each district's persons who live in its towns, by these cells."""
    codes = population.districts["code"]
    persons = np.zeros((2, len(codes)))
    for cell in found:
        persons[int(cell.urban), np.searchsorted(codes, cell.codes)] += cell.poor + cell.other
    return persons[1] / persons.sum(axis=0)


def _poisson(u: np.ndarray, mean: np.ndarray, most: int = 11) -> np.ndarray:
    """Return Poisson quantiles, at most `most`."""
    term = np.exp(-mean)
    total = term.copy()
    count = np.zeros(len(u), np.int64)
    for k in range(1, most + 1):
        count += u > total
        term *= mean / k
        total += term
    return count
