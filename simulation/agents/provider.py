"""The provider of a programme: recruits, selects, teaches, sends mentors, brings finance.

A programme changes state only: practices, books, hours, motivation, money, contract terms. What
that does to profit, survival or poverty comes out of everybody's month.
"""

import math
import zlib
from typing import Any

import numpy as np

from simulation import draws, ledger
from simulation.agents.institution import Institution
from simulation.agents.investor import Investor
from simulation.agents.mentor import Mentor, qualities
from simulation.programmes.scoring import score
from simulation.programmes.terms import Mentoring, Programme, Training


class TooFewPeople(ValueError):
    """Too few simulated households can be enrolled for the seats of a programme."""


class Cohort:
    """Those enrolled in one intake, with what they have had so far."""

    def __init__(self, rows: np.ndarray, month: int) -> None:
        self.rows = rows
        self.month = month
        self.sessions = np.zeros(len(rows))
        self.financed = np.zeros(len(rows), bool)
        self.refused = np.zeros(len(rows), bool)
        self.mentors: list[Mentor] = []


class Provider(Institution):
    """Runs one programme.

    Attributes
    ----------
    terms : Programme
        What it offers.
    number : int
        Address of the programme's draws: from its name, so that the same programme in another
        scenario draws the same.
    cohorts : list of Cohort
        One an intake.
    cost : float
        Rupiah spent so far by all payers, at weight; money for enterprises counts in full.
    """

    def __init__(self, model: Any, terms: Programme, contract: int) -> None:  # noqa: ANN401
        super().__init__(model)
        self.terms = terms
        self.number = zlib.crc32(terms.name.encode()) & 0x7FFFFFFF
        self.cohorts: list[Cohort] = []
        self.investor = Investor(model, terms.finance, contract) if terms.finance else None
        self.cost = 0.0

    @property
    def enrolled(self) -> np.ndarray:
        """Rows of all that were ever enrolled, in the order of their enrolment."""
        return np.concatenate([np.zeros(0, np.int64), *(cohort.rows for cohort in self.cohorts)])

    def begin_month(self) -> None:
        """Do this month's work, before anyone earns or eats."""
        if self._is_intake():
            self._recruit()
        for cohort in self.cohorts:
            age = self.model.month - cohort.month
            if self.terms.training and age < self.terms.training.modules:
                self._teach(cohort, self.terms.training, age)
            if self.investor and age == self.investor.terms.after:
                self._finance(cohort, self.investor)
            if self.terms.mentoring:
                self._mentor(cohort, self.terms.mentoring, age - self.terms.mentoring.starts_after)

    def end_month(self) -> None:
        """Let the investor collect what was paid."""
        if self.investor:
            self.investor.collect()

    def _is_intake(self) -> bool:
        since = self.model.month - self.terms.starts
        due = since >= 0 and since % self.terms.every == 0
        return due and since // self.terms.every < self.terms.intakes and self.terms.seats > 0

    def _recruit(self) -> None:
        """Invite, let apply and select; seats go by need, readiness or first come."""
        candidates = self._candidates()
        willing = self.model.draw(candidates, draws.APPLICATION, self.number)
        applied = willing < self.model.parameters[0].take_up
        rows, willing = candidates[applied], willing[applied]
        if self._people(rows) < self.terms.seats and not self.model.population.complete:
            raise TooFewPeople(
                f"programme {self.terms.name} has {self.terms.seats} seats in month "
                f"{self.model.month}, but only {len(rows)} of the simulated households that can "
                "be enrolled apply; simulate more households, or give it fewer seats"
            )
        rows = rows[np.lexsort((willing, self._rank(rows)))]
        rows = rows[np.cumsum(self._weights(rows)) <= self.terms.seats + 1e-6]
        self.cohorts.append(Cohort(rows, self.model.month))
        people = self._people(rows)
        self._spend(self.terms.overhead * people)
        if self.terms.cash:
            self.model.give(rows, np.full(len(rows), self.terms.cash.amount))
            self.cost += self.terms.cash.amount * people
            self._spend(self.terms.cash.amount * self.terms.cash.delivery * people)

    def _candidates(self) -> np.ndarray:
        """Return the rows that the target admits and that are not enrolled yet."""
        target = self.terms.target
        population = self.model.population
        h, e = population.households, population.enterprises
        rows = population.reachable
        rows = rows[h["can_work"][rows] == 1]
        admitted = self._standing(rows) < target.standing_below
        street = h["frame"][rows] == 1
        if target.group == "enterprise owners":
            admitted &= (e["alive"][rows] == 1) & ~street
        else:
            admitted &= street == (target.group == "street people")
        if target.women_only:
            firms = target.group == "enterprise owners"
            admitted &= (e["woman"] if firms else h["woman_headed"])[rows] == 1
        if target.ppks_only:
            admitted &= h["ppks"][rows] > 0
        found = rows[admitted]
        return found[~np.isin(found, self.enrolled)]

    def _standing(self, rows: np.ndarray) -> np.ndarray:
        """Return last month's true consumption over the poverty line."""
        h = self.model.population.households
        return h["consumption"][rows] / (h["members"][rows] * self.model.lines_of(rows))

    def _rank(self, rows: np.ndarray) -> np.ndarray:
        """Return what the queue is ordered by, before the draw."""
        population = self.model.population
        if self.terms.selection == "need":
            return self._standing(rows)
        if self.terms.selection == "readiness":
            return -population.enterprises["smoothed_profit"][rows]
        return np.zeros(len(rows))

    def _teach(self, cohort: Cohort, training: Training, module: int) -> None:
        """Hold a module: who comes gives hours and a fare, and takes practices home (C7)."""
        p = self.model.parameters[0]
        h, e = self.model.population.households, self.model.population.enterprises
        came = self.model.draw(cohort.rows, draws.ATTENDANCE, self.number) < p.attendance
        rows = cohort.rows[came]
        cohort.sessions += came
        room = 1.0 - e["practices"][rows] / p.practices_ceiling
        e["practices"][rows] += p.course_dose / training.modules * np.maximum(room, 0.0)
        before, after = (
            round(p.course_hours * held / training.modules) for held in (module, module + 1)
        )
        h["hours_away"][rows] = np.minimum(255, h["hours_away"][rows] + after - before).astype(
            np.uint8
        )
        fare = np.minimum(h["savings"][rows], p.attendance_cost)
        h["savings"][rows] -= fare
        self.model.post(ledger.ATTENDANCE_COST, float((h["weight"][rows] * fare).sum()))
        self._spend(training.cost / training.modules * self._people(cohort.rows))
        if module == training.modules - 1:
            chance = self.model.draw(cohort.rows, draws.BOOKS, self.number)
            begins = chance < p.books_gain * cohort.sessions / training.modules
            e["books"][cohort.rows[begins]] = 1

    def _mentor(self, cohort: Cohort, mentoring: Mentoring, age: int) -> None:
        """Hire mentors for the cohort, let them visit, and end the match when its time is over."""
        if age == 0 and len(cohort.rows):
            weight = self._weights(cohort.rows)
            number = math.ceil(weight.sum() / mentoring.caseload - 1e-6)
            whose = ((np.cumsum(weight) - 0.5 * weight) / weight.sum() * number).astype(int)
            parts = [cohort.rows[whose == mentor] for mentor in range(number)]
            quality = qualities(self.model, len(parts), self.number)
            cohort.mentors = [
                Mentor(self.model, rows, float(q)) for rows, q in zip(parts, quality, strict=True)
            ]
        elif age == mentoring.months:
            for mentor in cohort.mentors:
                mentor.remove()
            cohort.mentors = []
        for mentor in cohort.mentors:
            mentor.visit(mentoring.visits, self.number)
        wages = mentoring.wage * len(cohort.mentors)
        self.model.post(ledger.PROGRAMME_FUNDED, wages)
        self.model.post(ledger.MENTORS_PAID, wages)
        self.cost += wages

    def _finance(self, cohort: Cohort, investor: Investor) -> None:
        """Score those whose firm runs, refuse some, and bring the best to the investor first."""
        population = self.model.population
        rows = np.flatnonzero(population.enterprises["alive"][cohort.rows] == 1)
        wanted = self.model.draw(cohort.rows[rows], draws.SCORING, self.number)
        scoring = self.terms.scoring
        if scoring:
            modules = self.terms.training.modules if self.terms.training else 1
            scores = score(
                population,
                cohort.rows[rows],
                cohort.sessions[rows] / modules,
                wanted,
                self.model.parameters,
            )
            self._spend(scoring.cost * self._people(cohort.rows[rows]))
            cohort.refused[rows[scores < scoring.threshold]] = True
            kept = scores >= scoring.threshold
            rows = rows[kept][np.argsort(-scores[kept], kind="stable")]
        financed = investor.invest(cohort.rows[rows], self.number)
        cohort.financed |= np.isin(cohort.rows, financed)
        self.cost += investor.terms.amount * self._people(financed)

    def _weights(self, rows: np.ndarray) -> np.ndarray:
        return self.model.population.households["weight"][rows]

    def _people(self, rows: np.ndarray) -> float:
        """Return how many real households these rows are."""
        return float(self._weights(rows).sum())

    def _spend(self, amount: float) -> None:
        """Pay for the work of the programme with money of the government."""
        self.model.post(ledger.PROGRAMME_FUNDED, amount)
        self.model.post(ledger.PROGRAMME_SPENT, amount)
        self.cost += amount
