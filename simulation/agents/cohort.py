"""Those enrolled in one intake, with what they have had so far."""

from typing import Any

import numpy as np

from simulation.agents.mentor import Mentor

NEVER = 1 << 30


class Cohort:
    """Those enrolled in one intake.

    Attributes
    ----------
    rows : numpy.ndarray
        Who they are; the arrays below are in this order.
    month : int
        Of their enrolment.
    profit_before, standing_before : numpy.ndarray
        Smoothed profit (rupiah a month) and standing (poverty lines) at enrolment: what a
        provider compares with when it claims success.
    active, completed, financed, refused : numpy.ndarray
        Who is still in the course, completed it, got money, was refused by the score.
    sessions : numpy.ndarray
        Modules attended.
    scores : numpy.ndarray
        Credit scores; not a number where there is none.
    completion : int
        Month in which completion was known.
    """

    def __init__(self, model: Any, rows: np.ndarray) -> None:  # noqa: ANN401
        self.rows = rows
        self.month: int = model.month
        enterprises = model.population.enterprises
        self.profit_before = enterprises["smoothed_profit"][rows] * enterprises["alive"][rows]
        self.standing_before = model.standing(rows)
        self.active = np.ones(len(rows), bool)
        self.completed, self.financed, self.refused = (np.zeros(len(rows), bool) for _ in range(3))
        self.sessions = np.zeros(len(rows))
        self.scores = np.full(len(rows), np.nan)
        self.completion = NEVER
        self.mentors: list[Mentor] = []
        self._months_above = np.zeros(len(rows), np.int64)

    def complete(self, who: np.ndarray, month: int) -> None:
        """Note who completed, and when."""
        self.completed = who
        self.completion = month

    def note_financed(self, rows: np.ndarray) -> None:
        """Note who got money."""
        self.financed |= np.isin(self.rows, rows)

    def note_scores(self, where: np.ndarray, scores: np.ndarray, refused: np.ndarray) -> None:
        """Note scores, and who was refused; both by place in `rows`."""
        self.scores[where] = scores
        self.refused[refused] = True

    def let_go(self, above: np.ndarray, months: int) -> None:
        """Let those go whose income has been above the exit rule's for so many months."""
        self._months_above = np.where(above, self._months_above + 1, 0)
        leaving = self.rows[self._months_above > months]
        for mentor in self.mentors:
            mentor.part_with(leaving)
        for mentor in [each for each in self.mentors if len(each.rows) == 0]:
            mentor.remove()
            self.mentors.remove(mentor)

    def dismiss(self) -> None:
        """End the match: the mentors leave."""
        for mentor in self.mentors:
            mentor.remove()
        self.mentors = []
