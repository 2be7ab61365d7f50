"""The provider of a programme: recruits, selects, teaches, sends mentors, brings finance.

A programme changes state only: practices, books, hours, motivation, money, contract terms, papers,
selling stage. What that does to profit, survival or poverty comes out of everybody's month.
"""

from typing import Any

import numpy as np

from simulation import draws, ledger
from simulation.agents.cohort import Cohort
from simulation.agents.institution import Institution
from simulation.agents.investor import Investor
from simulation.agents.mentor import Mentor, caseloads, qualities
from simulation.agents.social_office import SocialOffice
from simulation.population import HEAVIEST_SEAT
from simulation.programmes import participation
from simulation.programmes.account import DONOR, GOVERNMENT, INVESTOR, Account
from simulation.programmes.programme import Programme
from simulation.programmes.terms import Mentoring, Onboarding, Training
from simulation.records import CHAT, PLATFORM
from simulation.rupiah import format_rupiah


class TooFewPeople(ValueError):
    """Too few simulated households can be enrolled for the seats of a programme."""


class Provider(Institution):
    """Runs one programme.

    Attributes
    ----------
    terms : Programme
        What it offers.
    cohorts : list of Cohort
        One an intake.
    account : Account
        Its money, by month and payer.
    known : numpy.ndarray
        By row: whether it had been enrolled before this month.
    again : float
        Households enrolled though another programme had served them already.
    full : bool
        Whether the money is promised to those enrolled, so that nobody else is taken.
    ended : int or None
        Month in which the money was spent, if it was.
    """

    def __init__(self, model: Any, terms: Programme, contract: int) -> None:  # noqa: ANN401
        super().__init__(model)
        self.terms = terms
        self.number = participation.address(terms.name)
        self.cohorts: list[Cohort] = []
        self.account = Account(model, terms)
        self.investor = Investor(model, terms, contract, self.account) if terms.finance else None
        self.office = (
            SocialOffice(model, terms, self.account)
            if terms.documents or terms.rehabilitation
            else None
        )
        self.known = np.zeros(len(model.population), bool)
        self.again = 0.0
        self.full = False
        self.ended: int | None = None

    @property
    def enrolled(self) -> np.ndarray:
        """Rows of all that were ever enrolled, in the order of their enrolment."""
        return np.concatenate([np.zeros(0, np.int64), *(cohort.rows for cohort in self.cohorts)])

    @property
    def completed(self) -> np.ndarray:
        """Rows of all that had completed the programme before this month."""
        done = [c.rows[c.completed] for c in self.cohorts if c.completion < self.model.month]
        return np.concatenate([np.zeros(0, np.int64), *done])

    @property
    def cost(self) -> float:
        """Rupiah spent so far by all payers, at weight; money for enterprises counts in full."""
        return self.account.cost

    def begin_month(self) -> None:
        """Do this month's work, before anyone earns or eats."""
        if self.ended is None and not self.full and self._is_intake():
            self._recruit()
        for cohort in self.cohorts:
            if self.ended is None:
                self._serve(cohort)
        if self.office:
            self.office.work()
        if self.investor:
            financed = self.investor.invest_again()
            for cohort in self.cohorts:
                cohort.note_financed(financed)
            self.investor.meet()

    def end_month(self) -> None:
        """Let the fund collect what was paid; remember who was enrolled."""
        if self.investor:
            self.investor.collect()
        for cohort in self.cohorts:
            self.known[cohort.rows] = True

    def _serve(self, cohort: Cohort) -> None:
        """Give a cohort what is due at its age."""
        terms, age = self.terms, self.model.month - cohort.month
        if terms.training:
            if age < terms.training.modules:
                self._teach(cohort, terms.training, age)
            elif age < terms.training.modules + terms.practices.aftercare:
                self._refresh(cohort)
        if terms.onboarding and age == (terms.training.modules - 1 if terms.training else 0):
            self._bring_online(cohort, terms.onboarding)
        if self.investor and age == self.investor.terms.after:
            self.investor.offer(cohort)
        if terms.mentoring:
            self._mentor(cohort, terms.mentoring, age - terms.mentoring.starts_after)

    # Recruiting

    def _is_intake(self) -> bool:
        since = self.model.month - self.terms.starts
        due = since >= 0 and since % self.terms.every == 0
        return due and since // self.terms.every < self.terms.intakes and self.terms.seats > 0

    def _recruit(self) -> None:
        """Invite, let apply and select; take as many as staff and money allow."""
        model, terms = self.model, self.terms
        rows, willing = self._applicants()
        can = self._weights(rows) <= HEAVIEST_SEAT
        if self._people(rows[can]) < min(terms.seats, self._people(rows)) and not (
            model.population.complete
        ):
            raise TooFewPeople(
                f"programme {terms.name} has {terms.seats} seats in month {model.month}, but only "
                f"{int(can.sum())} of the simulated households that can be enrolled apply; "
                "simulate more households, or give it fewer seats"
            )
        rows, willing = rows[can], willing[can]
        rows = rows[np.lexsort((willing, participation.priority(model, terms, rows)))]
        rows = rows[np.cumsum(self._weights(rows)) <= self._seats() + 1e-6]
        self._enrol(rows)

    def _applicants(self) -> tuple[np.ndarray, np.ndarray]:
        """Return who hears of it and applies, whatever they weigh, and how willingly."""
        model = self.model
        rows = participation.admitted(model, self.terms)
        rows = rows[~self.known[rows]]
        if self.terms.follows:
            rows = rows[np.isin(rows, model.provider(self.terms.follows).completed)]
        rows = rows[participation.hears(model, self.terms, rows)]
        willing = model.draw(rows, draws.APPLICATION, self.number)
        applied = participation.applies(model, self.terms, rows, willing)
        return rows[applied], willing[applied]

    def _seats(self) -> float:
        """Return the seats of this intake that staff and money can serve."""
        terms = self.terms
        seats = float(terms.seats)
        if terms.staff is not None:
            at_work = [c.rows[c.active] for c in self.cohorts if self._in_course(c)]
            seats = min(seats, terms.staff - sum(self._people(rows) for rows in at_work))
        if np.isfinite(self.account.budget):
            each = terms.seat_cost(self.model.parameters[0].aftercare_cost)
            promised = sum(self._people(c.rows) for c in self.cohorts) * each
            left = min(self.account.left, self.account.budget - promised)
            affordable = max(0.0, left / max(each, 1.0))
            if affordable < min(seats, 1.0):
                self.full = True
                self._tell("takes nobody else from", "its budget is promised")
            seats = min(seats, affordable)
        return seats

    def _in_course(self, cohort: Cohort) -> bool:
        modules = self.terms.training.modules if self.terms.training else 0
        return self.model.month - cohort.month < modules

    def _enrol(self, rows: np.ndarray) -> None:
        """Give seats; collect fees, pay what is due at once."""
        model, terms = self.model, self.terms
        h = model.population.households
        people = self._people(rows)
        self.cohorts.append(Cohort(model, rows))
        self.again += self._people(rows[model.served()[rows]])
        fee = terms.training.fee if terms.training else 0.0
        h["savings"][rows] -= fee
        self.account.pay(ledger.PROGRAMME_SPENT, (terms.overhead + fee) * people, fee * people)
        if terms.cash:
            h["savings"][rows] += terms.cash.amount
            self.account.pay(ledger.CASH_PAID, terms.cash.amount * people)
            delivery = terms.cash.amount * terms.cash.delivery * people
            self.account.pay(ledger.PROGRAMME_SPENT, delivery)
        if terms.practices.rewards == "joining":
            self._reward(rows, terms.practices.reward)
        if self.office:
            self.office.receive(rows)
        if not terms.training:
            self.cohorts[-1].complete(np.ones(len(rows), bool), model.month)

    # Teaching

    def _teach(self, cohort: Cohort, training: Training, module: int) -> None:
        """Hold a module: who stays and comes gives hours and a fare, and learns (C7)."""
        model, terms = self.model, self.terms
        p = model.parameters[0]
        h, e = model.population.households, model.population.enterprises
        milestone = terms.practices.reward / training.modules
        milestone *= terms.practices.rewards == "milestones"
        lesson = (training.cost - training.fee) / training.modules
        most = lesson + terms.women.childcare + milestone
        if not self._can_pay(most * self._people(cohort.rows), "course"):
            return
        stay = participation.staying(model, terms, cohort.rows) ** (1.0 / training.modules)
        cohort.active &= model.draw(cohort.rows, draws.STAYING, self.number) < stay
        here = model.draw(cohort.rows, draws.ATTENDANCE, self.number) < 1.0 - p.sessions_missed
        came = cohort.active & here
        rows = cohort.rows[came]
        cohort.sessions += came
        dose = participation.dose(terms, p, self._evaluated(cohort))
        e["practices"][rows] += dose * participation.room_to_learn(e["practices"][rows], p)
        before, after = (
            round(training.hours * held / training.modules) for held in (module, module + 1)
        )
        hours = h["hours_away"][rows].astype(int) + after - before
        h["hours_away"][rows] = np.minimum(255, hours).astype(np.uint8)
        online = participation.online_part(terms)
        fare = (1.0 - online) * p.attendance_cost + online * p.online_cost
        fares = np.minimum(h["savings"][rows], fare)
        h["savings"][rows] -= fares
        model.post(ledger.ATTENDANCE_COST, float((h["weight"][rows] * fares).sum()))
        women = rows[e["woman"][rows] == 1]
        self.account.pay(
            ledger.PROGRAMME_SPENT,
            lesson * self._people(cohort.rows) + terms.women.childcare * self._people(women),
        )
        if milestone:
            self._reward(rows, milestone)
        if module == training.modules - 1:
            self._end_course(cohort, training)

    def _end_course(self, cohort: Cohort, training: Training) -> None:
        """See who completed the course; some of them begin to keep books."""
        model = self.model
        p = model.parameters[0]
        share = cohort.sessions / training.modules
        cohort.complete(cohort.active & (share >= p.completion), model.month)
        chance = model.draw(cohort.rows, draws.BOOKS, self.number)
        model.population.enterprises["books"][cohort.rows[chance < p.books_gain * share]] = 1
        done = cohort.rows[cohort.completed]
        if self.terms.practices.rewards == "completion":
            self._reward(done, self.terms.practices.reward)
        if self.terms.funding.outcome and self.terms.funding.outcome_of == "completion":
            self._be_paid_for_completion(done)

    def _be_paid_for_completion(self, done: np.ndarray) -> None:
        """Let success be paid to the fund, or to the investor who pays the services."""
        if self.investor and self.investor.payer == INVESTOR:
            self.investor.be_paid_for(done)
            return
        funding = self.terms.funding
        donor = funding.outcome_payer == "donor"
        flow = ledger.OUTCOME_PAID_BY_DONOR if donor else ledger.OUTCOME_PAID_BY_GOVERNMENT
        amount = funding.outcome * self._people(done)
        self.account.transfer(flow, DONOR if donor else GOVERNMENT, INVESTOR, amount)

    def _evaluated(self, cohort: Cohort) -> int:
        """Return how many intakes had completed the course before this one began."""
        return sum(len(each.rows) > 0 and each.completion < cohort.month for each in self.cohorts)

    def _refresh(self, cohort: Cohort) -> None:
        """Refresh what those who completed the course have learnt."""
        p, e = self.model.parameters[0], self.model.population.enterprises
        rows = cohort.rows[cohort.completed]
        if not self._can_pay(p.aftercare_cost * self._people(rows), "aftercare"):
            return
        e["practices"][rows] += p.aftercare_dose * participation.room_to_learn(
            e["practices"][rows], p
        )
        self.account.pay(ledger.PROGRAMME_SPENT, p.aftercare_cost * self._people(rows))

    def _reward(self, rows: np.ndarray, amount: float) -> None:
        if self._can_pay(amount * self._people(rows), "rewards"):
            self.model.population.households["savings"][rows] += amount
            self.account.pay(ledger.REWARDED, amount * self._people(rows))

    # Selling online

    def _bring_online(self, cohort: Cohort, onboarding: Onboarding) -> None:
        """Help onto the next stage those who can and dare; an intermediary takes fear and work."""
        model = self.model
        p, e = model.parameters[0], model.population.enterprises
        stage = PLATFORM if onboarding.stage == "platform" else CHAT
        rows = cohort.rows[cohort.active]
        fits = participation.can_sell_online(model, rows, stage, onboarding.stage == "platform")
        if not onboarding.intermediary:
            fits &= model.draw(rows, draws.ONBOARDING, self.number) >= p.online_fear
        rows = rows[fits]
        if not self._can_pay(onboarding.cost * self._people(rows), "help with selling online"):
            return
        e["stage"][rows] = stage
        if onboarding.intermediary:
            e["channel"][rows] = 1
        else:
            e["selling"][rows] += p.onboarding_skill * (1.0 - e["selling"][rows])
        self.account.pay(ledger.PROGRAMME_SPENT, onboarding.cost * self._people(rows))

    # Mentors

    def _mentor(self, cohort: Cohort, mentoring: Mentoring, age: int) -> None:
        """Hire mentors for the cohort, let them visit, and end the match when its time is over."""
        if age == 0:
            cohort.mentors = self._hire(cohort, mentoring)
        elif age == mentoring.months:
            cohort.dismiss()
        if cohort.mentors and mentoring.exit_income:
            cohort.let_go(self._above_minimum_wage(cohort.rows, mentoring), mentoring.exit_after)
        wages = mentoring.wage * len(cohort.mentors)
        if not self._can_pay(wages, "mentors"):
            return
        for mentor in cohort.mentors:
            mentor.visit(mentoring.visits, self.number)
        self.account.pay(ledger.MENTORS_PAID, wages)

    def _hire(self, cohort: Cohort, mentoring: Mentoring) -> list[Mentor]:
        """Hire as many mentors as the cohort needs and there are."""
        parts = caseloads(self.model, cohort.rows[cohort.active], mentoring.caseload)
        if mentoring.mentors is not None:
            at_work = sum(len(each.mentors) for each in self.cohorts)
            parts = parts[: max(0, mentoring.mentors - at_work)]
        quality = qualities(self.model, len(parts), self.number)
        return [Mentor(self.model, rows, float(q)) for rows, q in zip(parts, quality, strict=True)]

    def _above_minimum_wage(self, rows: np.ndarray, mentoring: Mentoring) -> np.ndarray:
        """Return whose smoothed income passes so many minimum wages of the district."""
        model = self.model
        h = model.population.households
        wage = model.world.minimum_wage[model.month][h["district"][rows]]
        return h["smoothed"][rows] > mentoring.exit_income * wage

    # Money and weight

    def _can_pay(self, amount: float, what: str) -> bool:
        """Tell whether the budget has room for this; where it has not, the programme ends."""
        if amount <= self.account.left:
            return True
        self._end(f"there is no money for its {what}")
        return False

    def _end(self, why: str) -> None:
        """End the programme early and say why; contracts run on, papers that are due come."""
        if self.ended is not None:
            return
        self.ended = self.model.month
        self._tell("ends in", why)
        for cohort in self.cohorts:
            cohort.dismiss()
        if self.office:
            self.office.close()

    def _tell(self, what: str, why: str) -> None:
        budget = format_rupiah(self.account.budget)
        self.model.messages.append(
            f"programme {self.terms.name} {what} month {self.model.month}: {why} ({budget})"
        )

    def _weights(self, rows: np.ndarray) -> np.ndarray:
        return self.model.population.households["weight"][rows]

    def _people(self, rows: np.ndarray) -> float:
        """Return how many real households these rows are."""
        return float(self._weights(rows).sum())
