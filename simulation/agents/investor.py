"""The fund that finances enterprises: it pays out, collects, and invests again what comes back.

What it hands out is one row of the payoff table; the name of the instrument plays no part.
"""

from typing import Any

import numpy as np

from simulation import draws, ledger
from simulation.agents.cohort import Cohort
from simulation.agents.institution import Institution
from simulation.programmes.account import (
    DONOR,
    GOVERNMENT,
    PAYERS,
    Account,
)
from simulation.programmes.participation import address
from simulation.programmes.programme import Programme
from simulation.programmes.scoring import score
from simulation.programmes.terms import Finance
from simulation.programmes.venture import put_to_use

YEAR = 12


class Investor(Institution):
    """Who finances the enterprises of one programme: a fund with one payer's money.

    Attributes
    ----------
    cash : float
        Rupiah at hand; infinite where the terms name no fund.
    rows : numpy.ndarray
        Households with a contract in force.
    waiting : list of (month, rows)
        Accepted, but the fund was empty: until when they wait, best first.
    """

    def __init__(self, model: Any, programme: Programme, contract: int, account: Account) -> None:  # noqa: ANN401
        super().__init__(model)
        assert programme.finance is not None
        self.programme = programme
        self.terms: Finance = programme.finance
        self.contract = contract
        self.account = account
        self.payer = PAYERS.index(self.terms.payer)
        self.cash = np.inf if self.terms.fund is None else self.terms.fund
        self.rows = np.zeros(0, np.int64)
        self.groups = np.zeros(0, np.int64)
        self.waiting: list[tuple[int, np.ndarray]] = []
        self.paid_out: list[tuple[int, np.ndarray]] = []
        self.invested = 0.0
        self.guaranteed = 0.0

    def offer(self, cohort: Cohort) -> None:
        """Offer finance to those of a cohort who qualify and want it, the best scores first."""
        model, scoring = self.model, self.programme.scoring
        asking = np.flatnonzero(self._may_ask(cohort.rows) & self._consents(cohort.rows))
        rows = cohort.rows[asking]
        if scoring:
            training = self.programme.training
            attended = cohort.sessions[asking] / (training.modules if training else 1)
            scores = score(model, rows, attended, self.programme.name)
            weight = model.population.households["weight"][rows]
            cost = scoring.cost * float(weight.sum())
            if cost > self.account.left:
                return
            self.account.pay(ledger.PROGRAMME_SPENT, cost)
            order = np.argsort(-scores, kind="stable")
            if scoring.rule == "rank":
                taken = np.cumsum(weight[order]) <= scoring.accept * weight.sum() + 1e-6
            else:
                taken = scores[order] >= scoring.threshold
            cohort.note_scores(asking, scores, refused=asking[order[~taken]])
            rows = rows[order[taken]]
        financed = self.invest(rows)
        cohort.note_financed(financed)
        left = rows[~np.isin(rows, financed)]
        if self.terms.wait and len(left):
            self.waiting.append((model.month + self.terms.wait, left))

    def _may_ask(self, rows: np.ndarray) -> np.ndarray:
        """Return whose firm runs and has what the financier asks for."""
        population = self.model.population
        h, e = population.households, population.enterprises
        may = (e["alive"][rows] == 1) & (e["age"][rows] >= self.terms.age_from)
        for name in self.terms.requires:
            records = h if name in ("documents", "account") else e
            may &= records[name][rows] == 1
        return may

    def _consents(self, rows: np.ndarray) -> np.ndarray:
        """Return who is not kept from a sum that is paid back by a husband who does not agree."""
        p = self.model.parameters[0]
        if not self.terms.paid_back:
            return np.ones(len(rows), bool)
        refused = 1.0 - p.consent
        if self.programme.women.consent:
            refused *= 1.0 - p.consent_talks
        chance = self.model.draw(rows, draws.CONSENT, address(self.programme.name))
        return (chance >= refused) | ~self.model.married_women(rows)

    def meet(self) -> None:
        """Hold this month's meetings: they take hours from the owners."""
        hours = self.model.population.households["hours_away"]
        more = hours[self.rows].astype(int) + self.terms.meetings
        hours[self.rows] = np.minimum(255, more).astype(np.uint8)

    def invest(self, rows: np.ndarray) -> np.ndarray:
        """Finance enterprises in this order while the money lasts; return those financed.

        A firm that has to pay a financier already gets no second contract.
        """
        model, terms = self.model, self.terms
        e = model.population.enterprises
        if terms.paid_back:
            rows = rows[e["contract"][rows] == 0]
        weight = model.population.households["weight"][rows]
        own = 1.0 - self.programme.funding.co_investment
        spent = np.cumsum(weight * terms.amount)
        rows = rows[(spent * own <= self.cash) & (spent <= self.account.left)]
        if len(rows) == 0:
            return rows
        total = float(spent[len(rows) - 1])
        self.cash -= total * own
        self.invested += total * own
        self._pay_out(rows)
        chance = model.draw(rows, draws.VENTURE, address(self.programme.name))
        put_to_use(model.population, rows, model.lines_of(rows), terms, chance, model.parameters)
        if terms.paid_back:
            e["contract"][rows] = self.contract
            e["contract_age"][rows] = 0
            e["paid"][rows] = 0.0
            first = int(self.groups.max(initial=-1)) + 1
            circles = np.arange(len(rows)) // terms.group if terms.group else np.arange(len(rows))
            self.groups = np.concatenate([self.groups, first + circles])
            self.rows = np.concatenate([self.rows, rows])
        self.paid_out.append((model.month, rows))
        return rows

    def invest_again(self) -> np.ndarray:
        """Finance those who wait, as far as money came back; return those financed."""
        financed = [np.zeros(0, np.int64)]
        still: list[tuple[int, np.ndarray]] = []
        for until, rows in self.waiting:
            alive = rows[self.model.population.enterprises["alive"][rows] == 1]
            now = self.invest(alive)
            financed.append(now)
            left = alive[~np.isin(alive, now)]
            if len(left) and self.model.month < until:
                still.append((until, left))
        self.waiting = still
        return np.concatenate(financed)

    def _pay_out(self, rows: np.ndarray) -> None:
        """Hand over the money: most goes into the firm, some is eaten or put to other uses."""
        model, amount = self.model, self.terms.amount
        h, e = model.population.households, model.population.enterprises
        leaked = self._leaked(rows) * amount
        h["savings"][rows] += leaked
        e["capital"][rows] += amount - leaked
        weight = h["weight"][rows]
        to_firm, to_home = float((weight * (amount - leaked)).sum()), float((weight * leaked).sum())
        co = self.programme.funding.co_investment
        self.account.invest(self.payer, (1.0 - co) * to_firm, (1.0 - co) * to_home)
        self.account.invest(GOVERNMENT, co * to_firm, co * to_home)

    def _leaked(self, rows: np.ndarray) -> np.ndarray:
        """Return the share of a sum that does not reach the firm."""
        p = self.model.parameters[0]
        kept = 1.0 - (p.leak_in_kind if self.terms.in_kind else p.leak)
        diverted = p.diversion
        if self.programme.women.own_account:
            diverted *= 1.0 - p.own_account_keeps
        return 1.0 - kept * (1.0 - diverted * self.model.married_women(rows))

    def collect(self) -> None:
        """Take in this month's payments, and what guarantees and success bring."""
        population = self.model.population
        h, e = population.households, population.enterprises
        received = float((h["weight"][self.rows] * e["payment"][self.rows]).sum())
        if self.terms.group and len(self.rows):
            received += self._let_groups_cover()
        co = self.programme.funding.co_investment
        self.account.recover(self.payer, (1.0 - co) * received)
        self.account.recover(GOVERNMENT, co * received)
        self.cash += (1.0 - co) * received
        self._be_subsidised()
        running = e["contract"][self.rows] == self.contract
        self._make_good(self.rows[~running])
        self.rows, self.groups = self.rows[running], self.groups[running]
        self._be_paid_for_survival()

    def _let_groups_cover(self) -> float:
        """Let the members of a group pay what one of them misses; return rupiah at weight."""
        model, p = self.model, self.model.parameters[0]
        h, e = model.population.households, model.population.enterprises
        rows = self.rows
        weight, number = h["weight"][rows], int(self.groups.max(initial=-1)) + 1
        months = np.clip(e["contract_age"][rows].astype(int) - self.terms.grace, 0, self.terms.term)
        due = np.minimum(self.terms.instalment * months, self.terms.ceiling)
        running = e["contract"][rows] == self.contract
        missing = np.where(running, np.maximum(due - e["paid"][rows], 0.0), 0.0)
        spare = np.where(running & (missing == 0.0), p.group_help * h["savings"][rows], 0.0)
        needed = np.bincount(self.groups, weight * missing, number)
        at_hand = np.bincount(self.groups, weight * spare, number)
        covered = np.minimum(needed, at_hand)
        got = missing * _part(covered, needed)[self.groups]
        gave = spare * _part(covered, at_hand)[self.groups]
        e["paid"][rows] += got
        h["savings"][rows] -= gave
        h["ties"][rows] -= p.group_strain * (got > 0.0)
        total = float((weight * gave).sum())
        model.post(ledger.GROUP_COVERED, total)
        return total

    def _be_subsidised(self) -> None:
        """Receive the government's subsidy on what is outstanding."""
        if not self.terms.subsidy:
            return
        population = self.model.population
        open_part = 1.0 - population.enterprises["paid"][self.rows] / self.terms.ceiling
        weight = population.households["weight"][self.rows]
        outstanding = float((weight * open_part).sum()) * self.terms.amount
        self._receive(ledger.SUBSIDY_PAID, GOVERNMENT, self.terms.subsidy / YEAR * outstanding)

    def _make_good(self, ended: np.ndarray) -> None:
        """Let the government bear the first losses on contracts that ended short of the sum."""
        population = self.model.population
        short = np.maximum(self.terms.amount - population.enterprises["paid"][ended], 0.0)
        loss = float((population.households["weight"][ended] * short).sum())
        loss *= 1.0 - self.programme.funding.co_investment
        most = self.programme.funding.first_loss * self.invested - self.guaranteed
        paid = min(loss, most)
        if paid > 0.0 and self.payer != GOVERNMENT:
            self.guaranteed += paid
            self._receive(ledger.GUARANTEE_PAID, GOVERNMENT, paid)

    def _be_paid_for_survival(self) -> None:
        """Receive what is paid for each firm that is alive a year after its money."""
        funding = self.programme.funding
        if not funding.outcome or funding.outcome_of != "survival":
            return
        for month, rows in self.paid_out:
            if self.model.month - month == YEAR:
                alive = rows[self.model.population.enterprises["alive"][rows] == 1]
                self.be_paid_for(alive)

    def be_paid_for(self, successes: np.ndarray) -> None:
        """Receive what is paid for these successes."""
        funding = self.programme.funding
        people = float(self.model.population.households["weight"][successes].sum())
        if funding.outcome_payer == "donor":
            self._receive(ledger.OUTCOME_PAID_BY_DONOR, DONOR, funding.outcome * people)
        else:
            self._receive(ledger.OUTCOME_PAID_BY_GOVERNMENT, GOVERNMENT, funding.outcome * people)

    def _receive(self, flow: int, giver: int, amount: float) -> None:
        """Take money that another payer gives to the fund."""
        self.account.transfer(flow, giver, self.payer, amount)
        if giver != self.payer:
            self.cash += amount


def _part(some: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return some over whole; 0 where there is nothing."""
    return np.divide(some, whole, where=whole > 0.0, out=np.zeros(len(whole)))
