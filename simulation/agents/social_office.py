"""The social office (Dinsos with Dukcapil): papers, and a house that people may choose to stay in.

Nobody is brought to the house by force: those enrolled applied, and go when their stay is over.
"""

from typing import Any

import numpy as np

from simulation import draws, ledger
from simulation.agents.institution import Institution
from simulation.programmes.account import Account
from simulation.programmes.participation import address
from simulation.programmes.programme import Programme
from simulation.programmes.terms import Documents, Rehabilitation
from simulation.records import STREET_WORK


class SocialOffice(Institution):
    """Gives papers and shelter to the people of one programme.

    Attributes
    ----------
    unregistered : list of (month, rows)
        Those who get their papers in that month, as nobody had registered them before.
    guests : numpy.ndarray
        Rows of those who stay in the house.
    waiting : numpy.ndarray
        Rows of those who wait for a place, first come first.
    """

    def __init__(self, model: Any, programme: Programme, account: Account) -> None:  # noqa: ANN401
        super().__init__(model)
        self.programme = programme
        self.account = account
        self.unregistered: list[tuple[int, np.ndarray]] = []
        self.guests = np.zeros(0, np.int64)
        self.waiting = np.zeros(0, np.int64)

    def receive(self, rows: np.ndarray) -> None:
        """Take in those newly enrolled."""
        if self.programme.documents:
            self._register(rows, self.programme.documents)
        if self.programme.rehabilitation:
            self.waiting = np.concatenate([self.waiting, rows])

    def work(self) -> None:
        """Hand out the papers that are ready; fill the house and keep its guests."""
        if self.programme.documents:
            ready = [rows for month, rows in self.unregistered if month == self.model.month]
            for rows in ready:
                self._hand_out(rows, self.programme.documents)
        if self.programme.rehabilitation:
            self._keep_house(self.programme.rehabilitation)

    def _register(self, rows: np.ndarray, terms: Documents) -> None:
        """Look everyone up: who is registered already gets papers at once, others later."""
        model = self.model
        h = model.population.households
        self.account.pay(ledger.PROGRAMME_SPENT, terms.cost * float(h["weight"][rows].sum()))
        chance = model.draw(rows, draws.REGISTRATION, address(self.programme.name))
        known = (h["documents"][rows] == 1) | (chance < model.parameters[0].registered)
        self._hand_out(rows[known], terms)
        if terms.wait:
            self.unregistered.append((model.month + terms.wait, rows[~known]))
        else:
            self._hand_out(rows[~known], terms)

    def _hand_out(self, rows: np.ndarray, terms: Documents) -> None:
        h, e = self.model.population.households, self.model.population.enterprises
        h["documents"][rows] = 1
        if terms.account:
            h["account"][rows] = 1
        if terms.licence:
            owners = self._owners(rows)
            e["licence"][owners] = 1

    def _owners(self, rows: np.ndarray) -> np.ndarray:
        return rows[self.model.population.enterprises["alive"][rows] == 1]

    def _keep_house(self, terms: Rehabilitation) -> None:
        """Give free places to those who wait on the street; keep everyone in the house."""
        h = self.model.population.households
        self.guests = self.guests[h["sheltered"][self.guests] > 0]
        free = terms.places - self._people(self.guests)
        if terms.cost > 0.0:
            free = min(free, self.account.left / terms.cost - self._people(self.guests))
        on_street = self.waiting[h["livelihood"][self.waiting] == STREET_WORK]
        new = on_street[np.cumsum(h["weight"][on_street]) <= free + 1e-6]
        self.waiting = self.waiting[~np.isin(self.waiting, new)]
        h["sheltered"][new] = terms.stay
        self.guests = np.concatenate([self.guests, new])
        people = self._people(self.guests)
        if terms.cost * people > self.account.left:
            self.close()
            return
        h["savings"][self.guests] += terms.keep
        self.account.pay(ledger.KEPT, terms.keep * people)
        self.account.pay(ledger.PROGRAMME_SPENT, (terms.cost - terms.keep) * people)

    def close(self) -> None:
        """Close the house: its guests leave this month, and nobody waits any longer."""
        self.model.population.households["sheltered"][self.guests] = 1
        self.guests, self.waiting = self.guests[:0], self.waiting[:0]

    def _people(self, rows: np.ndarray) -> float:
        return float(self.model.population.households["weight"][rows].sum())
