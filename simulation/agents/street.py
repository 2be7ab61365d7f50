"""The street and the rehabilitation house (C8): only the frame of street people knows them."""

import math

import numpy as np

from simulation import draws, indicators
from simulation.agents import enterprise
from simulation.compiled import rule
from simulation.records import CASUAL_WORK, SHELTERED, STREET_WORK, Row


@rule
def move_house(h: Row, e: Row, p: Row, sums: np.ndarray) -> None:
    """Move into a rehabilitation house where a provider gave a place, or out where it was lost.

    Providers write months only; a firm that is open closes. Only street people's frame.
    """
    if h.sheltered == 0:
        if h.livelihood == SHELTERED:
            h.livelihood = CASUAL_WORK
        return
    if e.alive:
        enterprise.close(h, e, p, sums)
    h.livelihood = SHELTERED


@rule
def stay_in_house(h: Row, p: Row, sums: np.ndarray) -> None:
    """Gain ties and motivation by a month in the house; leave it when the last one is over."""
    h.ties += p.house_ties
    h.motivation += p.house_motivation
    sums[indicators.SHELTERED_NOW] += h.weight
    if h.sheltered > 0:
        h.sheltered -= 1
    if h.sheltered == 0:
        h.livelihood = CASUAL_WORK


@rule
def choose_street(
    h: Row,
    e: Row,
    place: Row,
    p: Row,
    unmet: float,
    key: np.uint64,
    when: np.uint64,
    sums: np.ndarray,
) -> None:
    """Return to the street, or be taken into rehabilitation (C8). Only street people's frame."""
    if h.livelihood == STREET_WORK:
        u = draws.uniform(key, h.serial, when, draws.REHABILITATION, 0)
        if u < p.rehabilitation:
            h.livelihood = CASUAL_WORK
            sums[indicators.REHABILITATED] += h.weight
        else:
            sums[indicators.ON_STREET] += h.weight
        return
    lure = math.log(p.street_pay * place.prices * p.street_days / h.smoothed)
    logit = (
        p.street_base
        + p.street_need * unmet
        + p.street_lure * lure
        - p.street_ties * h.ties
        - p.street_motivation * h.motivation
        - p.street_documents * h.documents
        - p.street_enterprise * e.alive
        - p.street_visit * (1.0 if h.visits > 0 else 0.0)
    )
    u = draws.uniform(key, h.serial, when, draws.STREET, 0)
    if u < 1.0 / (1.0 + math.exp(-logit)):
        if e.alive:
            enterprise.close(h, e, p, sums)
        h.livelihood = STREET_WORK
        sums[indicators.RETURNED] += h.weight
