"""What households and enterprises are like: published shares, and assumptions where there are none.

All of them are rows of traits.csv, each with its range and source.
"""

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from simulation import draws
from simulation.population import Population
from simulation.records import (
    CASUAL_WORK,
    FINISHED,
    NO_WORK,
    OFFLINE,
    PLATFORM,
    SECTORS,
    STREET_WORK,
    WAGE_WORK,
    Records,
    Row,
)

Uniforms = Callable[..., np.ndarray]
"""Draws of one purpose and index for every row."""

HOMELESS, BEGGARS, SCAVENGERS = 11, 12, 13
ELDERLY, DISABILITY, VULNERABLE_WOMEN, DESTITUTE = 8, 9, 23, 24


@cache
def traits() -> dict[str, float]:
    """Return the figures and assumptions of traits.csv by name."""
    with Path(__file__).with_name("traits.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def column(
    key: np.uint64, serials: np.ndarray, code: int | np.ndarray, purpose: int, index: int = 0
) -> np.ndarray:
    """Return one uniform draw for each serial at a place."""
    whens = np.broadcast_to(np.asarray(code, np.uint64) << np.uint64(18), serials.shape)
    out = np.empty(len(serials))
    draws.uniform_column(key, serials, np.ascontiguousarray(whens), purpose, index, out)
    return out


def give_traits(
    population: Population, frame: dict[str, np.ndarray], key: np.uint64, parameters: np.ndarray
) -> None:
    """Give everyone documents, schooling, work, an enterprise and a first month's state."""
    t = traits()
    h = population.households
    code = population.districts["code"][h.district]
    serial = h.serial
    standing, target = frame["standing"], frame["target"]

    def u(purpose: int, index: int = 0) -> np.ndarray:
        return column(key, serial, code, purpose, index)

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
    _give_enterprises(population, target, u, t, parameters[0])
    h.savings = 0.8 * target
    h.smoothed = target
    h.consumption = target
    h.year_mean = standing
    h.livelihood = np.where(h.can_work == 0, NO_WORK, WAGE_WORK)
    h.livelihood[(h.can_work == 1) & (u(draws.TRAIT_STATE, 1) < t["casual"])] = CASUAL_WORK
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
    population: Population, target: np.ndarray, u: Uniforms, t: dict[str, float], p: Row
) -> None:
    """Give every household the enterprise it has or could have, and split its income."""
    h, e = population.households, population.enterprises
    ability = ndtri(u(draws.TRAIT_ABILITY))
    e.ability = p.ability_sd * ability
    wage_luck = t["wage_ability"] * ability + np.sqrt(1 - t["wage_ability"] ** 2) * ndtri(
        u(draws.TRAIT_WAGE)
    )
    h.casual_wage = t["wage_share"] * target * np.exp(t["wage_spread"] * wage_luck)
    scale_luck = np.exp(t["sector_spread"] * ndtri(u(draws.TRAIT_ENTERPRISE)))
    margin = p.variable_margin - p.fixed_cost
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
    can = online & (h.account == 1) & ((e.product == FINISHED) | (e.sector == 0))
    part = t["platform"] * (h.weight @ online) / max(h.weight @ can, 1.0)
    on_platform = can & (u(draws.TRAIT_SECTOR, 3) < part)
    e.stage = np.where(on_platform, PLATFORM, online)
    e.selling = (e.alive == 1) & (e.stage > OFFLINE)
    others = (t["owner_women"] - t["woman_headed"]) / (1.0 - t["woman_headed"])
    led = np.where(h.woman_headed == 1, 1.0, np.where(h.members == 1, 0.0, others))
    e.woman = u(draws.TRAIT_OWNER, 1) < led
    e.books = u(draws.TRAIT_OWNER, 2) < t["books"]
    e.licence = u(draws.TRAIT_OWNER, 3) < t["licence"]
    e.age = np.where(e.alive, -np.log(1.0 - u(draws.TRAIT_OWNER, 4)) * 90.0, 0.0)
    e.smoothed_profit = np.where(e.alive, margin * e.scale, 0.0)
    e.capital = np.where(e.alive, p.capital_months * margin * e.scale, 0.0)
    gain = np.where(e.alive, 1.4 * margin * e.scale * np.exp(e.ability) - h.casual_wage, 0.0)
    h.mean_income = np.maximum(target - gain, 1.05 * h.casual_wage)
