"""Participation: who hears of a programme, applies, is selected, stays and completes.

Each function looks at people's state of last month and at draws of its own; it changes nothing.
"""

import zlib
from collections.abc import Collection
from typing import Any

import numpy as np

from simulation import draws
from simulation.population import Population
from simulation.programmes.programme import Programme
from simulation.records import Row

MILLION = 1e6


def address(*words: str) -> int:
    """Return the index of a draw from words, so that the same programme elsewhere draws the same.

    Examples
    --------
    >>> address("sedaya") == address("sedaya"), address("sedaya") == address("sedaya", "books")
    (True, False)
    """
    return zlib.crc32("/".join(words).encode()) & 0x7FFFFFFF


def admitted(model: Any, terms: Programme) -> np.ndarray:  # noqa: ANN401
    """Return the rows that the target admits, whatever they weigh."""
    target, population = terms.target, model.population
    h, e = population.households, population.enterprises
    rows = np.flatnonzero((h["can_work"] == 1) & (h["sheltered"] == 0))
    street = h["frame"][rows] == 1
    if target.group == "enterprise owners":
        fits = (e["alive"][rows] == 1) & ~street
    else:
        fits = street == (target.group == "street people")
    fits &= model.standing(rows) < target.standing_below
    if target.women_only:
        firms = target.group == "enterprise owners"
        fits &= (e["woman"] if firms else h["woman_headed"])[rows] == 1
    if target.ppks_only:
        fits &= h["ppks"][rows] > 0
    if target.without_documents:
        fits &= h["documents"][rows] == 0
    if target.holds_assistance:
        fits &= h["assistance"][rows] > 0
    if target.places:
        fits &= _within(population, target.places)[h["district"][rows]]
    return rows[fits]


def _within(population: Population, places: Collection[str]) -> np.ndarray:
    """Return for each district whether it, or its province, is one of these places."""
    own = np.array([name in places for name in population.names])
    whole = np.array([name in places for name in population.provinces])
    return own | whole[population.districts["province"]]


def hears(model: Any, terms: Programme, rows: np.ndarray) -> np.ndarray:  # noqa: ANN401
    """Return who hears of this intake: by its lists, its partners, or from neighbours.

    An open call reaches anyone by chance, an own list always the same people and those whom the
    organiser served before; a shared database reaches everyone registered and not served yet.
    """
    p, h = model.parameters[0], model.population.households
    reach = 1.0 - (1.0 - terms.reach) * (1.0 - p.partner_reach) ** terms.practices.partners
    chance = np.full(len(rows), reach)
    if terms.follows:
        if terms.lists == "shared database":
            chance = np.full(len(rows), p.referral)
        return model.draw(rows, draws.REFERRAL, address(terms.name)) < chance
    if terms.lists == "shared database":
        registered = h["documents"][rows] == 1
        chance = np.where(registered, np.maximum(chance, p.database_reach), chance)
    enrolled_near = model.served_nearby()[h["neighbourhood"][rows]]
    chance = 1.0 - (1.0 - chance) * (1.0 - p.news * enrolled_near)
    if terms.lists == "own list":
        listed = model.draw(rows, draws.HEARING, address(terms.organiser or terms.name), month=0)
        known = model.served(terms.organiser)[rows] if terms.organiser else False
        return (listed < chance) | known
    heard = model.draw(rows, draws.HEARING, address(terms.name)) < chance
    return heard & ~model.served()[rows] if terms.lists == "shared database" else heard


def applies(model: Any, terms: Programme, rows: np.ndarray, willing: np.ndarray) -> np.ndarray:  # noqa: ANN401
    """Return who applies, can pay the fee, can take part, and is not turned away.

    Parameters
    ----------
    willing : numpy.ndarray
        One uniform draw each: below the take-up one applies.
    """
    p, how = model.parameters[0], terms.practices
    h, e = model.population.households, model.population.enterprises
    take_up = p.take_up + p.leader_take_up * how.community_leaders
    take_up += p.benefit_take_up * (how.tells != "nothing")
    take_up += p.effort_take_up * (how.tells == "benefit and effort")
    take_up += p.reward_take_up * how.reward / MILLION * (how.rewards == "joining")
    if not terms.women.groups:
        take_up = take_up - p.stigma * e["woman"][rows]
    able = willing < take_up
    if terms.training and terms.training.fee:
        able &= h["savings"][rows] >= terms.training.fee
    if how.delivery == "online":
        able &= h["phone"][rows] == 1
    if how.pre_assessment:
        able &= room_to_learn(e["practices"][rows], p) >= p.assessment_room
    return able


def priority(model: Any, terms: Programme, rows: np.ndarray) -> np.ndarray:  # noqa: ANN401
    """Return what the queue for seats is ordered by, lowest first, before the draw.

    A provider that is paid by a KPI and looks for easy successes takes those who will stay, whose
    profit is rising already, or who were above the line until lately.
    """
    e, h = model.population.enterprises, model.population.households
    if terms.selection == "need":
        return model.standing(rows)
    if terms.selection == "readiness":
        return -e["smoothed_profit"][rows]
    if terms.selection == "easy successes":
        if terms.kpi == "completion":
            return -staying(model, terms, rows)
        if terms.kpi == "growth":
            return (e["smoothed_profit"][rows] - e["profit"][rows]) / model.usual_profit(rows)
        if terms.kpi == "poverty":
            return np.where(model.standing(rows) < 1.0, -h["year_mean"][rows], np.inf)
    return np.zeros(len(rows))


def staying(model: Any, terms: Programme, rows: np.ndarray) -> np.ndarray:  # noqa: ANN401
    """Return each one's chance of staying to the end of the course (E008 and what shifts it)."""
    p, how = model.parameters[0], terms.practices
    h, e = model.population.households, model.population.enterprises
    paid = terms.training is not None and terms.training.fee > 0.0
    usual = p.attendance_paid if paid else p.attendance
    logit = np.log(usual / (1.0 - usual)) + p.attendance_motivation * h["motivation"][rows]
    logit += p.online_stay * online_part(terms)
    logit += p.effort_stay * (how.tells == "benefit and effort")
    logit += p.reward_stay * how.reward / MILLION * (how.rewards in ("completion", "milestones"))
    if not terms.women.childcare:
        care = p.care_hours * np.maximum(0.0, h["members"][rows].astype(float) - h["workers"][rows])
        logit -= p.attendance_care * care / 10.0 * (e["woman"][rows] == 1)
    return 1.0 / (1.0 + np.exp(-logit))


def online_part(terms: Programme) -> float:
    """Return which part of a course is held online."""
    return {"offline": 0.0, "hybrid": 0.5, "online": 1.0}[terms.practices.delivery]


def room_to_learn(practices: np.ndarray, p: Row) -> np.ndarray:
    """Return the part of the ceiling that courses can still teach, from 0 to 1 (C7)."""
    return np.maximum(1.0 - practices / p.practices_ceiling, 0.0)


def dose(terms: Programme, p: Row, intakes_before: int) -> float:
    """Return the practices that a session teaches whoever knows nothing yet (SD; C7).

    Parameters
    ----------
    intakes_before : int
        Intakes that were evaluated before this one.
    """
    training, how = terms.training, terms.practices
    if training is None:
        return 0.0
    online = online_part(terms)
    quality = (1.0 - online) + online * p.online_dose
    quality *= 1.0 + p.curation_gain * how.curation
    quality *= 1.0 + p.language_gain * how.local_language
    quality *= 1.0 + p.hands_on_gain * how.hands_on
    if how.evaluation:
        quality *= 1.0 + min(0.5, p.evaluation_gain * intakes_before)
    return float(p.course_dose * training.hours / 40.0 / training.modules * quality)


def can_sell_online(model: Any, rows: np.ndarray, stage: int, platform: bool) -> np.ndarray:  # noqa: ANN401
    """Return who meets the conditions: a phone; on a platform an account, and goods it takes.

    Platforms take finished goods that can be sent, and deliver fresh food near by.
    """
    h, e = model.population.households, model.population.enterprises
    fits = (e["alive"][rows] == 1) & (h["phone"][rows] == 1) & (e["stage"][rows] < stage)
    if platform:
        food = e["sector"][rows] == 0
        fits &= (h["account"][rows] == 1) & (food | (e["product"][rows] > 0))
    return fits
