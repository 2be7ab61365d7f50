"""Mentors: visit the enterprises of their caseload, some better than others."""

import math
from typing import Any

import numpy as np

from simulation import draws
from simulation.agents.institution import Institution


class Mentor(Institution):
    """One mentor, hired by a provider for the months that a cohort is visited, in one district.

    Attributes
    ----------
    rows : numpy.ndarray
        Rows of the households on the caseload.
    quality : float
        Share of visits that do what a visit should; around 1, lower where many are hired at once.
    """

    def __init__(self, model: Any, rows: np.ndarray, quality: float) -> None:  # noqa: ANN401
        super().__init__(model)
        self.rows = rows
        self.quality = quality

    def visit(self, visits: float, programme: int) -> None:
        """Visit everyone on the caseload; a fraction of a visit is a visit in some months."""
        model = self.model
        chance = model.draw(self.rows, draws.VISIT, programme)
        made = np.floor(visits * self.quality + chance)
        visits_now = model.population.households["visits"]
        visits_now[self.rows] = np.minimum(visits_now[self.rows] + made, 255).astype(np.uint8)

    def part_with(self, rows: np.ndarray) -> None:
        """Visit these no longer."""
        self.rows = self.rows[~np.isin(self.rows, rows)]


def caseloads(model: Any, rows: np.ndarray, caseload: int) -> list[np.ndarray]:  # noqa: ANN401
    """Share enterprises out among mentors, district by district; at weight none has too many."""
    h = model.population.households
    parts: list[np.ndarray] = []
    for district in np.unique(h["district"][rows]):
        here = rows[h["district"][rows] == district]
        weight = h["weight"][here]
        number = math.ceil(weight.sum() / caseload - 1e-6)
        whose = ((np.cumsum(weight) - 0.5 * weight) / weight.sum() * number).astype(int)
        parts += [here[whose == mentor] for mentor in range(number)]
    return parts


def qualities(model: Any, number: int, programme: int) -> np.ndarray:  # noqa: ANN401
    """Draw the quality of so many mentors hired in this month.

    Returns
    -------
    numpy.ndarray
        Shape (number,), not below `mentor_least`.
    """
    p = model.parameters[0]
    usual = 1.0 - p.mentor_dilution * math.log2(max(number, 1))
    serials = np.arange(number, dtype=np.uint32)
    chance = model.draw_at(serials, 0, draws.MENTOR_QUALITY, programme)
    spread = np.array([draws.normal_quantile(float(u)) for u in chance])
    return np.maximum(p.mentor_least, usual + p.mentor_quality_sd * spread)
