"""The model: one month, on one page."""

from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np

from simulation import draws, ledger
from simulation.agents.people import Household, MicroEnterprise
from simulation.agents.provider import Provider
from simulation.agentset import RecordSet
from simulation.economy import Markets, World
from simulation.indicators import N_SUMS, NOT_FINITE, month_report
from simulation.life import live, live_one, note_nearby
from simulation.population import Population
from simulation.programmes.programme import Programme
from simulation.records import CONTRACT

Gifts = Sequence[tuple[int, np.ndarray, np.ndarray]]


class EmpowermentModel(mesa.Model):
    """Households and enterprises of an area, the institutions that help them, and a clock.

    Parameters
    ----------
    population : Population
        Settled; the model works on a copy.
    world : World
        The world outside.
    parameters : numpy.ndarray
        From `simulation.parameters.values`.
    programmes : sequence of Programme
        What is done, and for whom. Without any this is the twin of every scenario.
    gifts : sequence of (month, rows, amounts)
        Cash handed to households at the start of a month, rupiah each; the cash benchmark.
    seed, replicate : int
        Together they fix every draw.
    months : int
        Length of the run; after it `running` is False.
    threads : int
        How many threads share a month; no result depends on it.

    Raises
    ------
    TooFewPeople
        While it runs, where a programme has more seats than simulated people to enrol.
    FloatingPointError
        Where a household's state is not finite.
    """

    def __init__(
        self,
        population: Population,
        world: World,
        parameters: np.ndarray,
        programmes: Sequence[Programme] = (),
        gifts: Gifts = (),
        seed: int = 1,
        replicate: int = 0,
        months: int = 36,
        threads: int = 1,
    ) -> None:
        self.population = population.copy()
        super().__init__(rng=0)
        self.world = world
        self.parameters = parameters
        self.gifts = gifts
        self.months = months
        self.threads = threads
        self.month = 0
        self.life_key = draws.branch_key(seed, replicate, draws.LIFE)
        self.choice_key = draws.branch_key(seed, replicate, draws.PARTICIPATION)
        self.markets = Markets(self.population)
        self.contracts = contract_table(programmes)
        self.messages: list[str] = []
        self.providers = [
            Provider(self, terms, contract) for contract, terms in enumerate(programmes, start=1)
        ]
        self._rows_now: np.ndarray | None = None  # sums by row, where rows are lived by hand
        self.sums = np.zeros((months, len(self.population.blocks), N_SUMS))
        self.flows = np.zeros((months, ledger.N_FLOWS))
        self.datacollector = mesa.DataCollector(model_reporters=month_report())

    def step(self) -> None:
        """Live one month."""
        self.begin_month()
        self.live_month()
        self.end_month()

    def begin_month(self) -> None:
        """Let the world move on, then the institutions act on what they saw last month."""
        # The world outside and the local markets
        self.places = self.world.places(self.population, self.month)
        self.places["work"] *= self.markets.work()
        self.markets.grow(self.world.growth[self.month])
        self.demand = self.markets.demand(self.parameters)
        # Institutions: recruit, teach, visit, score, finance
        self.population.households["visits"] = 0
        self.population.households["hours_away"] = 0
        for month, rows, amounts in self.gifts:
            if month == self.month:
                self.give(rows, amounts)
        for provider in self.providers:
            provider.begin_month()
        self.sums_now = np.zeros((len(self.population.blocks), N_SUMS))

    def live_month(self) -> None:
        """Let everyone earn, receive, meet shocks, eat, save and choose."""
        self.sums_now = live(
            self.population,
            self.places,
            self.demand,
            self.contracts,
            self.parameters,
            self.life_key,
            self.month,
            self.threads,
        )

    def live_row(self, row: int) -> None:
        """Let one household live this month; after all rows this equals `live_month`."""
        if self._rows_now is None:
            self._rows_now = np.zeros((len(self.population), N_SUMS))
        live_one(
            self.population,
            row,
            self.places,
            self.demand,
            self.contracts,
            self.parameters,
            self.life_key,
            self.month,
            self._rows_now[row],
        )

    def end_month(self) -> None:
        """Settle with financiers, add up, note what happened, and turn the page."""
        if self._rows_now is not None:
            self.sums_now = by_block(self.population, self._rows_now)
            note_nearby(self.population, self._rows_now)
            self._rows_now = None
        for provider in self.providers:
            provider.end_month()
        self.sums[self.month] = self.sums_now
        self.flows[self.month] += self.sums_now[:, : ledger.N_FLOWS].sum(axis=0)
        if self.sums_now[:, NOT_FINITE].any():
            self._refuse_what_is_not_finite()
        self.markets.observe(self.sums_now)
        self.datacollector.collect(self)
        self.month += 1
        self.running = self.month < self.months

    def run(self) -> "EmpowermentModel":
        """Live all months; return the model."""
        while self.month < self.months:
            self.step()
        return self

    # What institutions ask of the model

    def draw(
        self, rows: np.ndarray, purpose: int, index: int, month: int | None = None
    ) -> np.ndarray:
        """Return one uniform draw of this month (or another) for each of these households."""
        h = self.population.households
        codes = self.population.districts["code"][h["district"][rows]]
        return self.draw_at(h["serial"][rows], codes, purpose, index, month)

    def draw_at(
        self,
        serials: np.ndarray,
        codes: np.ndarray | int,
        purpose: int,
        index: int,
        month: int | None = None,
    ) -> np.ndarray:
        """Return one uniform draw of this month for each serial number at these places."""
        month = self.month if month is None else month
        whens = np.broadcast_to(draws.moments(codes, month), serials.shape)
        out = np.empty(len(serials))
        whens = np.ascontiguousarray(whens)
        draws.uniform_column(self.choice_key, serials, whens, purpose, index, out)
        return out

    def give(self, rows: np.ndarray, amounts: np.ndarray) -> None:
        """Hand cash (rupiah each) to households; the government pays."""
        h = self.population.households
        np.add.at(h["savings"], rows, amounts)
        self.post(ledger.GIVEN, float((h["weight"][rows] * amounts).sum()))

    def post(self, flow: int, amount: float) -> None:
        """Enter a flow (rupiah) of this month in the ledger."""
        self.flows[self.month, flow] += amount

    def lines_of(self, rows: np.ndarray) -> np.ndarray:
        """Return these households' poverty line (rupiah a head) in the last month lived."""
        h = self.population.households
        lines = self.world.lines[self.month][h["district"][rows]]
        return np.where(h["urban"][rows] == 1, lines[:, 0], lines[:, 1])

    def standing(self, rows: np.ndarray) -> np.ndarray:
        """Return these households' true consumption over the poverty line, of last month."""
        h = self.population.households
        return h["consumption"][rows] / (h["members"][rows] * self.lines_of(rows))

    def usual_profit(self, rows: np.ndarray) -> np.ndarray:
        """Return the profit (rupiah a month) of an average owner of a firm of this scale."""
        p = self.parameters[0]
        return (p.variable_margin - p.fixed_cost) * self.population.enterprises["scale"][rows]

    def married_women(self, rows: np.ndarray) -> np.ndarray:
        """Return whose firm is led by a woman who does not head her household."""
        h, e = self.population.households, self.population.enterprises
        return (e["woman"][rows] == 1) & (h["woman_headed"][rows] == 0)

    def served(self, organiser: str | None = None) -> np.ndarray:
        """Return by row whether a programme (of this organiser) had enrolled it before."""
        known = np.zeros(len(self.population), bool)
        for provider in self.providers:
            if organiser is None or provider.terms.organiser == organiser:
                known |= provider.known
        return known

    def served_nearby(self) -> np.ndarray:
        """Return the share of each neighbourhood's households that a programme has enrolled."""
        h = self.population.households
        rows = np.flatnonzero(self.served())
        number = len(self.population.nearby)
        enrolled = np.bincount(h["neighbourhood"][rows], h["weight"][rows], number)
        return enrolled / self._neighbourhood_weights()

    def provider(self, name: str) -> Provider:
        """Return the provider of the programme of this name."""
        return next(each for each in self.providers if each.terms.name == name)

    # What Mesa's tools see

    @property
    def households(self) -> RecordSet:
        """All households, as Mesa agents made on demand."""
        return RecordSet(self, Household)

    @property
    def enterprises(self) -> RecordSet:
        """All enterprises, as Mesa agents made on demand; many rows are closed."""
        return RecordSet(self, MicroEnterprise)

    @property
    def agents_by_type(self) -> dict[type[mesa.Agent], Any]:
        """Agent sets by type: households and enterprises besides the institutions."""
        people = {Household: self.households, MicroEnterprise: self.enterprises}
        return {**super().agents_by_type, **people}

    @property
    def agent_types(self) -> list[type[mesa.Agent]]:
        """All types of agents."""
        return list(self.agents_by_type)

    def _neighbourhood_weights(self) -> np.ndarray:
        h = self.population.households
        return np.bincount(h["neighbourhood"], h["weight"], len(self.population.nearby))

    def _refuse_what_is_not_finite(self) -> None:
        for kind in ("households", "enterprises"):
            records = getattr(self.population, kind)
            for field in records.dtype.names:
                wrong = np.flatnonzero(~np.isfinite(records[field]))
                if len(wrong):
                    raise FloatingPointError(
                        f"{field} of {kind} row {wrong[0]} is {records[field][wrong[0]]} "
                        f"in month {self.month}"
                    )


def contract_table(programmes: Sequence[Programme]) -> np.ndarray:
    """Return the terms of every programme's finance; row 0 is no contract."""
    table = np.zeros(len(programmes) + 1, CONTRACT).view(np.recarray)
    for row, programme in enumerate(programmes, start=1):
        terms = programme.finance
        if terms:
            table[row] = (
                terms.amount,
                terms.share,
                terms.floor,
                terms.instalment,
                terms.ceiling,
                terms.buy_back * terms.amount,
                terms.security,
                terms.term,
                terms.grace,
            )
    return table


def by_block(population: Population, by_row: np.ndarray) -> np.ndarray:
    """Add up rows block by block, in the order of rows."""
    sums = np.zeros((len(population.blocks), by_row.shape[1]))
    for block, (first, last) in enumerate(population.blocks[:, :2]):
        for row in range(first, last):
            sums[block] += by_row[row]
    return sums
