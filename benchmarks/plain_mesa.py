"""The same rules as ordinary Mesa objects with `random`: what the engine is compared with.

Written as a Mesa user would write it who cares for speed: one agent a household, slots instead of
dictionaries, plain Python numbers, chance from `random` only where a rule needs it.
"""

import math
from random import gauss, random, seed
from types import SimpleNamespace

import mesa
import numpy as np

from benchmarks.plain_enterprise import Enterprise
from benchmarks.scene import Scene
from simulation import indicators, ledger
from simulation.agents.enterprise import USUAL_HOURS
from simulation.agents.household import PKH, SEMBAKO
from simulation.records import CASUAL_WORK, HOUSEHOLD, SHELTERED, STREET_WORK

AWAY = (STREET_WORK, SHELTERED)


def namespaces(records: np.ndarray) -> list[SimpleNamespace]:
    """Return an object of plain Python numbers for each record."""
    names = records.dtype.names or ()
    return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in records.tolist()]


class PlainModel(mesa.Model):
    """The households of a scene as agents; `step` is a month, `sums` are as in the engine."""

    def __init__(self, scene: Scene, number: int = 1) -> None:
        super().__init__()
        seed(number)
        self.scene = scene.copy()
        self.sums = [0.0] * indicators.N_SUMS
        population = scene.population
        (self.p,) = namespaces(scene.parameters)
        self.contracts = namespaces(scene.contracts)
        self.start_rate = population.start_rate
        self.places = namespaces(scene.places)
        self.month = 0
        self.neighbourhoods = [Neighbours(*known) for known in population.nearby.tolist()]
        rows = zip(population.households.tolist(), population.enterprises.tolist(), strict=True)
        for of_household, of_enterprise in rows:
            Household(self, of_household, Enterprise(of_enterprise))

    def step(self) -> None:
        """Live a month."""
        self.month = self.scene.turn()
        demand = self.scene.demand.tolist()
        now = namespaces(self.scene.places)
        for place, news, factors in zip(self.places, now, demand, strict=True):
            vars(place).update(vars(news), demand=factors)
        self.sums = [0.0] * indicators.N_SUMS
        self.agents.do("step")
        for neighbourhood in self.neighbourhoods:
            neighbourhood.look_around()


class Neighbours:
    """A neighbourhood, and what its people saw of each other last month."""

    def __init__(self, owing: float, failures: float, practices: float) -> None:
        self.owing = owing
        self.failures = failures
        self.practices = practices
        self.failed = 0.0
        self.members: list[Household] = []

    def look_around(self) -> None:
        """Note what is seen at the end of the month."""
        everyone = sum(h.weight for h in self.members)
        self.owing = sum(h.weight for h in self.members if h.kin_debt > 0.0) / everyone
        self.failures = self.failed / everyone
        self.failed = 0.0
        owners = [h for h in self.members if h.enterprise.alive]
        known = sum(h.weight * h.enterprise.practices for h in owners)
        self.practices = known / sum(h.weight for h in owners) if owners else 0.0


class Household(mesa.Agent):
    """A household; its month is that of simulation/agents/household.py."""

    __slots__ = (*HOUSEHOLD.names, "enterprise", "neighbours", "place")

    def __init__(self, model: PlainModel, row: tuple, enterprise: "Enterprise") -> None:
        super().__init__(model)
        for name, value in zip(HOUSEHOLD.names, row, strict=True):
            setattr(self, name, value)
        self.enterprise = enterprise
        self.place = model.places[self.district]
        self.neighbours = model.neighbourhoods[self.neighbourhood]
        self.neighbours.members.append(self)

    def step(self) -> None:
        """Live one month."""
        model, place, e = self.model, self.place, self.enterprise
        p, sums = model.p, model.sums
        line = place.line_urban if self.urban else place.line_rural
        self.grow(place)
        if (self.serial + model.month) % 12 == 0:
            self.retarget_assistance(p, place, line)
        if self.frame:
            self.move_house(p, sums)
        profit = e.payment = 0.0
        if e.alive:
            e.age += 1
            profit = e.trade(self, place, p, sums)
            e.wear_out(self, p, sums)
        in_hospital = random() < p.illness * self.members
        bill = self.hospital_bill(p, sums) if in_hospital else 0.0
        assistance = self.receive(place, sums)
        income = self.earn(p, place, in_hospital, sums) + assistance + profit
        if e.contract and e.alive:
            income -= e.pay_financier(self, model.contracts[e.contract], p, income, sums)
        unmet = self.eat(p, income, bill, sums)
        if p.arisan_contribution > 0.0:
            self.save_in_arisan(p, model.month, sums)
        e.forget(self, p)
        if e.alive and p.imitation > 0.0:
            e.practices += p.imitation * max(0.0, self.neighbours.practices - e.practices)
        e.sell_online(p)
        self.motivation += p.visit_motivation * self.visits - p.state_decay * self.motivation
        self.ties += p.visit_ties * self.visits - p.state_decay * self.ties
        if e.alive:
            closed = e.maybe_close(self, place, p, sums)
            if not closed and profit > 0.0 and self.savings > p.buffer * self.smoothed:
                e.invest(self, min(p.reinvestment * profit, self.savings), sums)
        elif self.livelihood not in AWAY:
            e.maybe_start(self, place, p, model.start_rate, assistance, sums)
        if self.livelihood == SHELTERED:
            self.stay_in_house(p, sums)
        elif self.frame:
            self.choose_street(p, place, unmet, sums)
        self.measure(place, p, bill, line, sums)

    def grow(self, place: SimpleNamespace) -> None:
        """Move usual incomes with the economy of the place."""
        self.smoothed *= place.inflation_urban if self.urban else place.inflation_rural
        growth = place.growth_urban if self.urban else place.growth_rural
        if place.tilt != 0.0 or place.bend != 0.0:
            below = 0.5 - self.rank / 65535.0
            growth *= math.exp(place.tilt * below + 4.0 * place.bend * (below * below - 1.0 / 12.0))
        self.mean_income *= growth
        self.casual_wage *= growth
        self.enterprise.scale *= growth

    def retarget_assistance(self, p: SimpleNamespace, place: SimpleNamespace, line: float) -> None:
        """Decide for a year who holds Sembako and PKH."""
        self.assistance = 0
        if self.documents:
            in_need = self.smoothed < p.assistance_line * line * self.members
            if random() < (p.sembako_reach if in_need else p.sembako_error):
                self.assistance += SEMBAKO
            if random() < (p.pkh_reach if in_need else p.pkh_error):
                self.assistance += PKH

    def earn(
        self, p: SimpleNamespace, place: SimpleNamespace, in_hospital: bool, sums: list[float]
    ) -> float:
        """Earn outside the firm; return rupiah."""
        spread = p.persistent_sd * math.sqrt(1.0 - p.persistence * p.persistence)
        self.persistent = p.persistence * self.persistent + gauss(0.0, spread)
        sd = p.transitory_sd
        if self.livelihood == SHELTERED:
            return 0.0
        luck = math.exp(self.persistent + gauss(0.0, sd) - 0.5 * sd * sd)
        at_work = 1.0 - p.illness_loss if in_hospital else 1.0
        if self.livelihood == STREET_WORK:
            takings = p.street_pay * place.prices * p.street_days * luck * at_work
            sums[ledger.STREET_TAKINGS] += self.weight * takings
            return takings
        usual = self.mean_income
        if self.enterprise.alive:
            usual -= self.casual_wage
        else:
            if self.hours_away:
                usual -= self.casual_wage * self.hours_away / USUAL_HOURS
            if self.can_work:
                usual *= 1.0 - p.formal_pay * (1.0 - self.documents * place.work)
        wages = usual * luck * at_work if usual > 0.0 else 0.0
        sums[ledger.WAGES] += self.weight * wages
        return wages

    def receive(self, place: SimpleNamespace, sums: list[float]) -> float:
        """Return this month's Sembako and PKH (rupiah)."""
        if not self.assistance:
            return 0.0
        received = 0.0
        if self.assistance & SEMBAKO:
            received += place.sembako
        if self.assistance & PKH:
            received += place.pkh
        sums[ledger.ASSISTANCE] += self.weight * received
        return received

    def hospital_bill(self, p: SimpleNamespace, sums: list[float]) -> float:
        """Return the bill of a stay in hospital (rupiah)."""
        bill = -math.log(1.0 - random()) * p.illness_bill * self.smoothed
        sums[ledger.MEDICAL] += self.weight * bill
        return bill

    def eat(self, p: SimpleNamespace, income: float, bill: float, sums: list[float]) -> float:
        """Eat first; return the share of what was wanted that the household went without."""
        in_house = self.livelihood == SHELTERED
        if not in_house:
            self.smoothed = max(1.0, p.smoothing * self.smoothed + (1.0 - p.smoothing) * income)
        smoothed = self.smoothed
        if self.debt > 0.0:
            self.charge_interest(p, sums)
        floor = p.floor_share * smoothed
        wealth = self.savings - self.kin_debt - self.debt
        wanted = max(floor, smoothed + p.wealth_response * (wealth - p.wealth_aim * smoothed))
        self.savings += income - bill
        if self.savings < wanted and not in_house:
            self.cover_shortfall(p, wanted, sums)
        consumption = max(floor, min(wanted, self.savings))
        if consumption > self.savings:
            sums[ledger.RELIEF] += self.weight * (consumption - self.savings)
            self.savings = consumption
        self.consumption = consumption
        self.savings -= consumption
        sums[ledger.CONSUMED] += self.weight * consumption
        if self.debt > 0.0 or self.kin_debt > 0.0:
            self.repay(sums)
        return 1.0 - consumption / wanted

    def charge_interest(self, p: SimpleNamespace, sums: list[float]) -> None:
        """Let the moneylender's charge run, up to the limit."""
        interest = p.lender_rate * self.debt
        lost = max(0.0, self.debt + interest - p.lender_limit * self.smoothed)
        self.debt += interest - lost
        sums[ledger.LENDER_INTEREST] += self.weight * interest
        sums[ledger.LENDER_LOST] += self.weight * lost

    def cover_shortfall(self, p: SimpleNamespace, wanted: float, sums: list[float]) -> None:
        """Find cash for food: stock, kin, the moneylender."""
        e, weight = self.enterprise, self.weight
        needed = min(wanted, p.need_share * self.smoothed) - self.savings
        if e.alive and not e.books and needed > 0.0:
            spare = max(0.0, e.capital - p.tools * e.usual_capital(p))
            stock = spare * max(0.0, 1.0 - p.visit_steadies * self.visits)
            e.sell_stock(self, min(stock, needed / p.fire_sale), p, sums)
        room = p.kin_limit * self.smoothed * (1.0 - p.kin_strain * self.neighbours.owing)
        lent = max(0.0, min(room - self.kin_debt, wanted - self.savings))
        self.kin_debt += lent
        self.savings += lent
        sums[ledger.KIN_LENT] += weight * lent
        lent = max(0.0, min(p.lender_limit * self.smoothed - self.debt, wanted - self.savings))
        self.debt += lent
        self.savings += lent
        sums[ledger.LENDER_LENT] += weight * lent

    def repay(self, sums: list[float]) -> None:
        """Repay the moneylender, then kin, from what is left."""
        paid = min(self.debt, self.savings)
        self.debt -= paid
        self.savings -= paid
        sums[ledger.LENDER_REPAID] += self.weight * paid
        paid = min(self.kin_debt, self.savings)
        self.kin_debt -= paid
        self.savings -= paid
        sums[ledger.KIN_REPAID] += self.weight * paid

    def save_in_arisan(self, p: SimpleNamespace, month: int, sums: list[float]) -> None:
        """Pay into the arisan where savings allow; draw all of it when the turn comes."""
        able = self.can_work and self.livelihood not in AWAY
        if able and self.savings >= p.arisan_contribution and self.arisan < 255:
            self.savings -= p.arisan_contribution
            self.arisan += 1
            sums[ledger.ARISAN_PAID] += self.weight * p.arisan_contribution
        if self.arisan and (self.serial + month) % int(p.arisan_members) == 0:
            drawn = self.arisan * p.arisan_contribution
            self.savings += drawn
            self.arisan = 0
            sums[ledger.ARISAN_DRAWN] += self.weight * drawn

    def move_house(self, p: SimpleNamespace, sums: list[float]) -> None:
        """Move into a rehabilitation house, or out of it."""
        if self.sheltered:
            if self.enterprise.alive:
                self.enterprise.close(self, p, sums)
            self.livelihood = SHELTERED
        elif self.livelihood == SHELTERED:
            self.livelihood = CASUAL_WORK

    def stay_in_house(self, p: SimpleNamespace, sums: list[float]) -> None:
        """Gain ties and motivation by a month in the house; leave it when it was the last."""
        self.ties += p.house_ties
        self.motivation += p.house_motivation
        sums[indicators.SHELTERED_NOW] += self.weight
        if self.sheltered:
            self.sheltered -= 1
        if not self.sheltered:
            self.livelihood = CASUAL_WORK

    def choose_street(
        self, p: SimpleNamespace, place: SimpleNamespace, unmet: float, sums: list[float]
    ) -> None:
        """Return to the street, or be taken into rehabilitation."""
        if self.livelihood == STREET_WORK:
            if random() < p.rehabilitation:
                self.livelihood = CASUAL_WORK
                sums[indicators.REHABILITATED] += self.weight
            else:
                sums[indicators.ON_STREET] += self.weight
            return
        e = self.enterprise
        logit = (
            p.street_base
            + p.street_need * unmet
            + p.street_lure * math.log(p.street_pay * place.prices * p.street_days / self.smoothed)
            - p.street_ties * self.ties
            - p.street_motivation * self.motivation
            - p.street_documents * self.documents
            - p.street_enterprise * e.alive
            - (p.street_visit if self.visits else 0.0)
        )
        if random() < 1.0 / (1.0 + math.exp(-logit)):
            if e.alive:
                e.close(self, p, sums)
            self.livelihood = STREET_WORK
            sums[indicators.RETURNED] += self.weight

    def measure(
        self,
        place: SimpleNamespace,
        p: SimpleNamespace,
        bill: float,
        line: float,
        sums: list[float],
    ) -> None:
        """Note standing and poverty; in survey months also what Susenas would have seen."""
        e, weight = self.enterprise, self.weight
        standing = self.consumption / (self.members * line)
        persons = weight * self.members
        sums[indicators.HOUSEHOLDS] += weight
        sums[indicators.PERSONS] += persons
        if standing < 1.0:
            gap = 1.0 - standing
            sums[indicators.POOR] += persons
            sums[indicators.POVERTY_GAP] += persons * gap
            sums[indicators.POVERTY_SEVERITY] += persons * gap * gap
        sums[indicators.STANDING] += persons * standing
        sums[indicators.SMOOTHED_INCOME] += weight * self.smoothed
        if e.alive:
            sums[indicators.ENTERPRISES] += weight
        elif self.can_work and self.livelihood not in AWAY:
            sums[indicators.SEEKERS] += weight
        if self.debt > 0.0:
            sums[indicators.INDEBTED] += weight
        if not math.isfinite(standing + e.capital + e.profit + self.savings + self.debt):
            sums[indicators.NOT_FINITE] += 1.0
        self.year_sum = standing if place.year_start else self.year_sum + standing
        if place.year_end:
            self.year_mean = self.year_sum / 12.0
        if place.survey:
            seen = self.consumption * math.exp(gauss(0.0, p.measurement_sd))
            self.measured = (seen + bill) / self.members
