"""From published tables to a synthetic population.

Households are drawn systematically by quantile of each cell's distribution of spending, never at
random, and placed in districts so that the published number of poor is met. The others of a
country are drawn at equal weight; near the poverty line part of the households are drawn at weight
1, so that a programme's seat is one real household. Street people are a frame of their own.
"""

import csv
import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from calibration import figures, placement
from calibration.distribution import Spending
from simulation import draws
from simulation.parameters import TABLE
from simulation.population import DISTRICT, Population, empty, lay_blocks
from simulation.records import (
    CASUAL_WORK,
    FINISHED,
    NO_WORK,
    OWN_ENTERPRISE,
    PLATFORM,
    SECTORS,
    STREET_WORK,
    WAGE_WORK,
    Records,
)

Uniforms = Callable[..., np.ndarray]
LEAST_A_CELL = 1500
GRID = 20_000  # steps of the quantile axis on which households are counted
CELLS = Path(__file__).parent / "cells.csv"
HOMELESS, BEGGARS, SCAVENGERS = 11, 12, 13
ELDERLY, DISABILITY, VULNERABLE_WOMEN, DESTITUTE = 8, 9, 23, 24


@cache
def traits() -> dict[str, float]:
    """Return the figures and assumptions of traits.csv by name."""
    with Path(__file__).with_name("traits.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


@dataclass(frozen=True)
class Cell:
    """The urban or rural part of one province, as far as it lies in the area asked for.

    Attributes
    ----------
    number : int
        Address of its draws: province code times 10, plus 1 where urban.
    province : str
        Name.
    urban : bool
        Urban or rural.
    line : float
        Poverty line, rupiah a head and month.
    spending : Spending
        Distribution of measured spending, in poverty lines.
    codes : numpy.ndarray
        BPS codes of its districts.
    poor, other : numpy.ndarray
        Persons by district, below the line and above.
    headcount : float
        Share of the whole cell's persons below the line.
    """

    number: int
    province: str
    urban: bool
    line: float
    spending: Spending
    codes: np.ndarray
    poor: np.ndarray
    other: np.ndarray
    headcount: float

    @property
    def persons(self) -> float:
        """Return the persons of the cell in the area."""
        return float(self.poor.sum() + self.other.sum())

    def spread(self, v: np.ndarray) -> np.ndarray:
        """Return the quantile of the whole cell at quantiles `v` of its part in the area."""
        poor = self.poor.sum() / self.persons
        below = v / poor * self.headcount
        above = self.headcount + (v - poor) / (1.0 - poor) * (1.0 - self.headcount)
        return np.where(v < poor, below, above)

    def quantile(self, v: np.ndarray) -> np.ndarray:
        """Return measured spending (poverty lines) at quantiles `v` of the part in the area."""
        return self.spending.quantile(self.spread(v))


def cells(area: str) -> list[Cell]:
    """Return the cells of an area: Indonesia, a province, or a district.

    Raises
    ------
    ValueError
        Where the area is unknown; the message has the nearest right name.
    """
    published = figures.cells()
    fitted = pd.read_csv(CELLS)
    everyone = placement.persons()
    chosen = everyone if area == "Indonesia" else everyone[everyone.province == area]
    if chosen.empty:
        chosen = everyone[everyone.name == area]
    if chosen.empty:
        names = ["Indonesia", *everyone.province.unique(), *everyone.name.unique()]
        nearest = difflib.get_close_matches(area, names, n=1, cutoff=0.3)
        raise ValueError(f"there is no area {area}; the nearest is {nearest[0] if nearest else ''}")
    found = []
    for row in published.to_dict("records"):
        urban = row["urban_rural"] == "urban"
        part = chosen[(chosen.province == row["province"]) & (chosen.urban == urban)]
        part = part[part.poor + part.other >= 1.0]
        if part.empty:
            continue
        own = (fitted.province == row["province"]) & (fitted.urban_rural == row["urban_rural"])
        shape = fitted[own][["a", "b", "p", "q", "raised"]].iloc[0]
        found.append(
            Cell(
                number=int(row["province_code"]) * 10 + int(urban),
                province=row["province"],
                urban=urban,
                line=row["line"],
                spending=Spending(*shape.astype(float)),
                codes=part.code.to_numpy(),
                poor=part.poor.to_numpy(),
                other=part.other.to_numpy(),
                headcount=row["p0"] / 100.0,
            )
        )
    return found


def people(area: str, households: int | str, seed: int) -> tuple[Population, np.ndarray]:
    """Draw the households of an area before they have lived: who and where, not yet how they fare.

    Parameters
    ----------
    area : str
        Indonesia, a province or a district.
    households : int or "all"
        How many to simulate; "all" gives every household at weight 1.
    seed : int
        Seed of the traits.

    Returns
    -------
    population : Population
        With traits and a first guess of incomes; `calibration.settle` makes it live.
    target : numpy.ndarray
        Usual income aimed at, rupiah a household and month, shape (rows,).
    """
    found = cells(area)
    key = draws.branch_key(seed, 0, draws.POPULATION)
    frames = [_street_frame(found, area, households)]
    frames += [
        _cell_frame(cell, main, near, key) for cell, main, near in _allocate(found, households)
    ]
    frame = {name: np.concatenate([part[name] for part in frames]) for name in frames[0]}
    order = np.lexsort((frame["place"], frame["frame"], frame["code"]))
    frame = {name: column[order] for name, column in frame.items()}
    population = _lay_out(found, frame)
    _give_traits(population, frame, key)
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


def _allocate(found: list[Cell], households: int | str) -> list[tuple[Cell, int, int]]:
    """Return the cells with their numbers of households, drawn widely and near the line."""
    totals = np.array([_households_along(cell)[1][-1] for cell in found])
    if households == "all" or int(households) >= totals.sum():
        return [(cell, round(total), 0) for cell, total in zip(found, totals, strict=True)]
    near_all = int(households) * traits()["near_share"]
    wide_all = int(households) - near_all
    least = min(LEAST_A_CELL, wide_all / len(found))
    spare = wide_all - least * len(found)
    share = totals / totals.sum()
    return [
        (cell, round(least + spare * part), round(near_all * part))
        for cell, part in zip(found, share, strict=True)
    ]


def _cell_frame(cell: Cell, wide: int, near: int, key: np.uint64) -> dict[str, np.ndarray]:
    """Draw one cell's households by quantile."""
    v, below = _households_along(cell)
    near_v = float(np.interp(traits()["near_line"], cell.quantile(v[1:-1]), v[1:-1]))
    near_households = float(np.interp(near_v, v, below))
    near = min(near, int(near_households))
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
    u = _column(key, index, cell.number, draws.TRAIT_MEMBERS)
    members = _poisson(u, household_size(cell.quantile(quantile)) - 1.0) + 1
    order = np.argsort(quantile, kind="stable")
    heads = (weight * members)[order]
    quantile[order] = (np.cumsum(heads) - 0.5 * heads) / heads.sum()
    return {
        "frame": np.zeros(len(index), np.uint8),
        "code": _districts_along(cell, quantile, order),
        "place": _column(key, index, cell.number, draws.TRAIT_PLACE),
        "urban": np.full(len(index), cell.urban, np.uint8),
        "weight": weight,
        "members": members.astype(np.uint8),
        "rank": (quantile * 65535).astype(np.uint16),
        "standing": cell.quantile(quantile),
        "target": cell.quantile(quantile) * cell.line * members,
    }


def _districts_along(cell: Cell, quantile: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Place households so that each district has its share of the poor and of the others.

    Along the quantiles districts take turns (golden ratio), so that each gets poor of all depths.
    """
    turn = np.empty(len(quantile))
    turn[order] = (np.arange(len(quantile)) * 0.6180339887498949) % 1.0
    poor = quantile < cell.poor.sum() / cell.persons
    code = np.empty(len(quantile), np.int64)
    for part, persons in ((poor, cell.poor), (~poor, cell.other)):
        edges = np.cumsum(persons) / persons.sum()
        code[part] = cell.codes[np.minimum(np.searchsorted(edges, turn[part]), len(edges) - 1)]
    return code


def _street_frame(found: list[Cell], area: str, households: int | str) -> dict[str, np.ndarray]:
    """Draw the street people of the area, spread over its cities and towns.

    Jakarta has a count of its own; elsewhere the ministry's estimate for the country is shared by
    urban population (an assumption: the estimate was itself called unreliable).
    """
    jakarta = figures.value("satpol_all", "DKI Jakarta", period="2023-01/2023-08")
    country = figures.value("estimate_homeless_beggars", "Indonesia", period="2019")
    published = figures.cells()
    towns = published[(published.urban_rural == "urban") & (published.province != "DKI Jakarta")]
    own_key = {"DKI Jakarta"}
    codes, persons, lines = [], [], []
    for cell in found:
        if not cell.urban:
            continue
        whole = published[(published.province == cell.province) & published.urban_rural.eq("urban")]
        local = cell.poor + cell.other
        if cell.province in own_key:
            count = jakarta * local / float(whole.persons.iloc[0])
        else:
            count = (country - jakarta) * local / float(towns.persons.sum())
        codes.append(cell.codes)
        persons.append(count)
        lines.append(np.full(len(local), cell.line))
    code, count, line = (np.concatenate(x) if x else np.zeros(0) for x in (codes, persons, lines))
    total = int(count.sum())
    most = total if households == "all" else round(int(households) * traits()["street_share"])
    rows = min(total, most)
    place = (np.arange(rows) + 0.5) / max(rows, 1) * count.sum()
    where = np.minimum(np.searchsorted(np.cumsum(count), place), max(len(count) - 1, 0))
    near = total if rows == total else round(0.8 * rows)
    weight = np.ones(rows)
    weight[near:] = (total - near) / max(rows - near, 1)
    weight = weight[np.argsort((np.arange(rows) * 0.7548776662466927) % 1.0)]
    standing = 0.6 + 1.0 * ((np.arange(rows) * 0.6180339887498949) % 1.0)
    return {
        "frame": np.ones(rows, np.uint8),
        "code": code[where].astype(np.int64) if rows else np.zeros(0, np.int64),
        "place": (np.arange(rows) * 0.7548776662466927) % 1.0,
        "urban": np.ones(rows, np.uint8),
        "weight": weight,
        "members": np.ones(rows, np.uint8),
        "rank": np.zeros(rows, np.uint16),
        "standing": standing,
        "target": standing * line[where] if rows else np.zeros(0),
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
        owing=np.zeros(int(households.neighbourhood.max()) + 1),
        start_rate=0.004,
        base=np.zeros((len(codes), 2 + len(SECTORS) + 1)),
        complete=bool(np.allclose(frame["weight"], 1.0)),
    )


def _column(
    key: np.uint64, serials: np.ndarray, code: int | np.ndarray, purpose: int, index: int = 0
) -> np.ndarray:
    """Return one uniform draw for each serial at a place."""
    whens = np.broadcast_to(np.asarray(code, np.uint64) << np.uint64(18), serials.shape)
    out = np.empty(len(serials))
    draws.uniform_column(key, serials, np.ascontiguousarray(whens), purpose, index, out)
    return out


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


def _give_traits(population: Population, frame: dict[str, np.ndarray], key: np.uint64) -> None:
    """Give everyone documents, schooling, work, an enterprise and a first month's state."""
    t = traits()
    h, e = population.households, population.enterprises
    code = population.districts["code"][h.district]
    serial = h.serial
    standing, target = frame["standing"], frame["target"]

    def u(purpose: int, index: int = 0) -> np.ndarray:
        return _column(key, serial, code, purpose, index)

    street = h.frame == 1
    below = standing < t["near_line"]
    poor = standing < 1.0
    h.woman_headed = u(draws.TRAIT_HEAD) < t["woman_headed"]
    h.can_work = street | (u(draws.TRAIT_STATE) >= t["not_working"])
    h.workers = np.where(h.can_work, 1 + np.round(t["workers_share"] * (h.members - 1.0)), 0)
    h.education = _schooling(u(draws.TRAIT_HEAD, 1), poor | street, t)
    access = u(draws.TRAIT_ACCESS)
    lacking = t["without_documents"] * np.where(below, t["without_documents_poor"], 1.0)
    h.documents = np.where(street, access < t["street_documents"], access >= lacking)
    h.phone = u(draws.TRAIT_ACCESS, 1) < np.where(street, t["street_phone"], t["phone_households"])
    h.account = (u(draws.TRAIT_ACCESS, 2) < np.where(below, t["account_below"], t["account"])) & (
        h.documents == 1
    )
    h.ppks = _categories(u, standing, h, t)
    _give_enterprises(population, target, u, t)
    h.savings = 0.8 * target
    h.smoothed = target
    h.consumption = target
    h.year_mean = standing
    h.livelihood = np.where(h.can_work == 0, NO_WORK, WAGE_WORK)
    h.livelihood[(h.can_work == 1) & (u(draws.TRAIT_STATE, 1) < t["casual"])] = CASUAL_WORK
    h.livelihood[e.alive == 1] = OWN_ENTERPRISE
    h.livelihood[street] = np.where(u(draws.TRAIT_STATE, 2)[street] < 0.5, STREET_WORK, CASUAL_WORK)


def _schooling(u: np.ndarray, poor: np.ndarray, t: dict[str, float]) -> np.ndarray:
    """Return the head's schooling: 0 primary or less, 1 junior high, 2 senior high, 3 tertiary."""
    level = np.zeros(len(u), np.uint8)
    for who, kind in ((poor, "poor"), (~poor, "other")):
        primary, senior, tertiary = (
            t[f"schooling_{kind}_{name}"] for name in ("primary", "senior", "tertiary")
        )
        edges = np.cumsum([primary, 1.0 - primary - senior - tertiary, senior])
        level[who] = np.searchsorted(edges, u[who])
    return level


def _categories(u: Uniforms, standing: np.ndarray, h: Records, t: dict[str, float]) -> np.ndarray:
    """Return the PPKS mask: bit k - 1 for category k of the ministry's list of 26."""
    mask = np.zeros(len(standing), np.uint32)
    chance = u(draws.TRAIT_PPKS)

    def add(category: int, who: np.ndarray) -> None:
        mask[who] |= np.uint32(1 << (category - 1))

    street = h.frame == 1
    add(DESTITUTE, (standing < t["destitute"]) & ~street)
    add(DISABILITY, chance < t["disability"])
    add(ELDERLY, (u(draws.TRAIT_PPKS, 1) < t["elderly"]) & (standing < 1.0))
    women = (h.woman_headed == 1) & (standing < t["near_line"])
    add(VULNERABLE_WOMEN, women & (u(draws.TRAIT_PPKS, 2) < t["vulnerable_women"]))
    for category, low, high in ((HOMELESS, 0.0, 0.4), (BEGGARS, 0.4, 0.7), (SCAVENGERS, 0.7, 1.0)):
        add(category, street & (chance >= low) & (chance < high))
    return mask


def _give_enterprises(
    population: Population, target: np.ndarray, u: Uniforms, t: dict[str, float]
) -> None:
    """Give every household the enterprise it has or could have, and split its income."""
    p = {name: parameter.default for name, parameter in TABLE.items()}
    h, e = population.households, population.enterprises
    ability = ndtri(u(draws.TRAIT_ABILITY))
    e.ability = p["ability_sd"] * ability
    wage_luck = t["wage_ability"] * ability + np.sqrt(1 - t["wage_ability"] ** 2) * ndtri(
        u(draws.TRAIT_WAGE)
    )
    h.casual_wage = t["wage_share"] * target * np.exp(t["wage_spread"] * wage_luck)
    scale_luck = np.exp(t["sector_spread"] * ndtri(u(draws.TRAIT_ENTERPRISE)))
    margin = p["variable_margin"] - p["fixed_cost"]
    usual = np.exp(np.average(np.log(target), weights=h.weight))
    e.scale = (
        t["profit_share"] / margin * usual * (target / usual) ** t["profit_slope"] * scale_luck
    )
    owner = u(draws.TRAIT_OWNER)
    share = np.where(h.frame == 1, 0.0, t["owners"] / (1.0 - t["not_working"]))
    e.alive = (owner < share) & (h.can_work == 1)
    sector = u(draws.TRAIT_SECTOR)
    rural = np.where(h.urban == 1, 0.0, t["sector_agriculture_rural"])
    shares = np.array([t["sector_food"], t["sector_retail"], t["sector_craft"]])
    other = (sector - rural) / (1.0 - rural)
    e.sector = np.where(sector < rural, len(SECTORS) - 1, np.searchsorted(np.cumsum(shares), other))
    e.product = np.where(u(draws.TRAIT_SECTOR, 1) < t["finished"], FINISHED, 0)
    online = (u(draws.TRAIT_SECTOR, 2) < t["online"]) & (h.phone == 1)
    on_platform = online & (u(draws.TRAIT_SECTOR, 3) < t["platform"]) & (h.account == 1)
    e.stage = np.where(on_platform, PLATFORM, online)
    e.woman = u(draws.TRAIT_OWNER, 1) < t["owner_women"]
    e.books = u(draws.TRAIT_OWNER, 2) < t["books"]
    e.licence = u(draws.TRAIT_OWNER, 3) < t["licence"]
    e.age = np.where(e.alive, -np.log(1.0 - u(draws.TRAIT_OWNER, 4)) * 90.0, 0.0)
    e.smoothed_profit = np.where(e.alive, margin * e.scale, 0.0)
    e.capital = np.where(e.alive, p["capital_months"] * margin * e.scale, 0.0)
    gain = np.where(e.alive, 1.4 * margin * e.scale * np.exp(e.ability) - h.casual_wage, 0.0)
    h.mean_income = np.maximum(target - gain, 1.05 * h.casual_wage)
