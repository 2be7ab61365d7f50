"""The social investor: a fund that buys shares in profit and invests again what comes back."""

from typing import Any

import numpy as np

from simulation import draws, ledger
from simulation.agents.institution import Institution
from simulation.programmes.terms import Finance
from simulation.programmes.venture import put_to_use


class Investor(Institution):
    """Who finances the enterprises of one programme; for a grant the government does.

    Attributes
    ----------
    cash : float
        Rupiah at hand; infinite where the terms name no fund.
    flows : list of float
        Net cash flow of the fund by month of the run, rupiah at weight.
    """

    def __init__(self, model: Any, terms: Finance, contract: int) -> None:  # noqa: ANN401
        super().__init__(model)
        self.terms = terms
        self.contract = contract
        self.cash = np.inf if terms.fund is None else terms.fund
        self.rows = np.zeros(0, np.int64)
        self.flows: list[float] = []

    def invest(self, rows: np.ndarray, programme: int) -> np.ndarray:
        """Finance enterprises in this order while the money lasts; return those financed.

        A firm that shares its profit with a financier already gets no second one.
        """
        model, terms = self.model, self.terms
        if terms.share > 0.0:
            rows = rows[model.population.enterprises["contract"][rows] == 0]
        weight = model.population.households["weight"][rows]
        spent = np.cumsum(weight * terms.amount)
        rows = rows[spent <= self.cash]
        if len(rows) == 0:
            return rows
        self.cash -= float(spent[len(rows) - 1])
        self._pay_out(rows)
        p = model.parameters[0]
        hidden = min(p.concealment_limit, p.concealment + p.concealment_share * terms.share)
        chance = model.draw(rows, draws.VENTURE, programme)
        lines = model.lines_of(rows)
        put_to_use(
            model.population, rows, lines, terms.share * (1.0 - hidden), chance, model.parameters
        )
        if terms.share > 0.0:
            e = model.population.enterprises
            e["contract"][rows] = self.contract
            e["contract_age"][rows] = 0
            e["paid"][rows] = 0.0
            self.rows = np.concatenate([self.rows, rows])
        return rows

    def _pay_out(self, rows: np.ndarray) -> None:
        """Hand over the money: most goes into the firm, some is eaten."""
        model = self.model
        h, e = model.population.households, model.population.enterprises
        leaked = model.parameters[0].leak * self.terms.amount
        h["savings"][rows] += leaked
        e["capital"][rows] += self.terms.amount - leaked
        people = float(h["weight"][rows].sum())
        shared = self.terms.share > 0.0
        to_firm = ledger.EQUITY_INVESTED if shared else ledger.GRANTED_TO_ENTERPRISE
        to_home = ledger.EQUITY_LEAKED if shared else ledger.GRANTED_TO_HOUSEHOLD
        model.post(to_firm, people * (self.terms.amount - leaked))
        model.post(to_home, people * leaked)
        self._note(-people * self.terms.amount)

    def collect(self) -> None:
        """Take in this month's payments; they can be invested again."""
        population = self.model.population
        received = (
            population.households["weight"][self.rows]
            * (population.enterprises["payment"][self.rows])
        )
        total = float(received.sum())
        self.rows = self.rows[population.enterprises["contract"][self.rows] == self.contract]
        self.cash += total
        self._note(total)

    def _note(self, amount: float) -> None:
        self.flows += [0.0] * (self.model.month + 1 - len(self.flows))
        self.flows[self.model.month] += amount
