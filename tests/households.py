"""Households in all sorts of states, and a world for them to live in, for tests of the rules."""

import hashlib

import numpy as np

from simulation import draws, indicators, parameters
from simulation.agents import contract, enterprise, household, street
from simulation.life import live
from simulation.population import (
    DISTRICT,
    Population,
    empty,
    lay_blocks,
    no_demand_change,
    strangers,
)
from simulation.records import CONTRACT, NEARBY, PLACE, SHELTERED, STREET_WORK, WAGE_WORK

KEY = draws.branch_key(7, 0, draws.LIFE)
EVENTFUL = {
    "illness": 0.05,
    "theft": 0.2,
    "closure_base": -2.5,
    "rehabilitation": 0.3,
    "lender_limit": 0.5,
    "arisan_contribution": 100_000.0,
    "arisan_members": 6.0,
    "care_hours": 8.0,
    "imitation": 0.05,
    "discouragement": 5.0,
    "assistance_fear": 1.0,
    "search_friction": 0.2,
    "arrears_months": 2.0,
}
"""What is rare becomes common, and what is off is on, so that few households see everything."""
START_RATE = 0.2
NEVER, ALWAYS = -50.0, 50.0  # logits


def anyone(rows, seed=1):
    """Return a population of two districts, some of it on the street, in states of all sorts."""
    chance = np.random.default_rng(seed)
    h, e = empty(rows)

    def lognormal(median, spread):
        return median * np.exp(spread * chance.normal(size=rows))

    def yes(share):
        return chance.random(rows) < share

    h.district = np.arange(rows) * 2 // rows
    h.frame = np.arange(rows) % (rows // 2) >= rows // 3
    h.weight = chance.uniform(0.5, 30.0, rows)
    h.mean_income = lognormal(3e6, 0.8)
    h.persistent = chance.normal(0.0, 0.2, rows)
    h.smoothed = lognormal(3e6, 0.8)
    h.savings = np.where(yes(0.3), 0.0, lognormal(2e6, 1.5))
    h.kin_debt = np.where(yes(0.6), 0.0, lognormal(5e5, 1.0))
    h.debt = np.where(yes(0.6), 0.0, lognormal(5e5, 1.0))
    h.casual_wage = lognormal(1e6, 0.5)
    h.ties, h.motivation = chance.normal(size=(2, rows))
    h.rank = chance.integers(0, 65536, rows)
    h.members = chance.integers(1, 9, rows)
    h.workers = chance.integers(0, 3, rows)
    h.visits = np.where(yes(0.7), 0, chance.integers(1, 5, rows))
    h.hours_away = np.where(yes(0.7), 0, chance.integers(1, 41, rows))
    h.assistance = chance.integers(0, 4, rows)
    for name, share in {"can_work": 0.9, "documents": 0.9, "urban": 0.6}.items():
        h[name] = yes(share)
    e.scale = lognormal(8e6, 0.8)
    e.ability, e.productivity = 0.35 * chance.normal(size=(2, rows))
    e.practices = chance.normal(size=rows)
    e.information = chance.random(rows)
    e.smoothed_profit = lognormal(2e6, 1.0)
    e.alive = yes(0.6)
    e.capital = np.where(e.alive, lognormal(1e7, 1.0), 0.0)
    e.age = chance.integers(0, 200, rows)
    e.contract = np.where(e.alive, chance.integers(0, len(CONTRACTS), rows), 0)
    e.contract_age = chance.integers(0, 30, rows)
    e.paid = np.where(e.contract, chance.uniform(0.0, 4e6, rows), 0.0)
    e.venture_months = np.where(yes(0.8), 0, chance.integers(1, 4, rows))
    e.venture = np.where(e.venture_months, chance.integers(0, 3, rows), 0)
    e.selling = chance.random(rows)
    e.sector, e.product, e.stage = chance.integers(0, (5, 3, 3), (rows, 3)).T
    for name, share in {"books": 0.4, "woman": 0.6, "licence": 0.3, "channel": 0.2}.items():
        e[name] = yes(share)
    h.livelihood = np.where(e.alive, WAGE_WORK, chance.integers(0, 3, rows))
    h.livelihood[(h.frame == 1) & (e.alive == 0) & yes(0.5)] = STREET_WORK
    h.sheltered = np.where((h.frame == 1) & yes(0.3), chance.integers(1, 5, rows), 0)
    h.livelihood[(h.sheltered > 0) & (e.alive == 0) & yes(0.5)] = SHELTERED
    h.arisan = chance.integers(0, 6, rows)
    blocks = lay_blocks(h)
    nearby = strangers(h)
    nearby.owing = np.linspace(0.0, 0.5, len(nearby))
    nearby.failures = np.linspace(0.0, 0.1, len(nearby))
    nearby.practices = np.linspace(-0.5, 1.0, len(nearby))
    return Population(
        households=h,
        enterprises=e,
        districts=np.array([(3171, 0, 1.0), (3172, 0, 0.5)], DISTRICT),
        provinces=("DKI Jakarta",),
        names=("one", "two"),
        blocks=blocks,
        nearby=nearby,
        start_rate=START_RATE,
        base=np.zeros((2, 8)),
        complete=False,
    )


def contract_table(*rows):
    """Return a payoff table: row 0 is none; terms that are left out are 0.

    It is a record array: plain Python reads fields as attributes, as compiled code does.
    """
    table = np.zeros(len(rows) + 1, CONTRACT).view(np.recarray)
    for number, terms in enumerate(rows, start=1):
        for name, value in terms.items():
            table[name][number] = value
    return table


EQUITY = {"amount": 5e6, "share": 0.2, "ceiling": 6.5e6, "term": 36, "grace": 3}
CREDIT = {"amount": 3e6, "instalment": 2.7e5, "ceiling": 3.24e6, "term": 12, "security": 0.5}
CONTRACTS = contract_table(
    {**EQUITY, "buy_back": 5.5e6},
    {"amount": 3e6, "share": 0.5, "ceiling": 3e6, "term": 6},
    CREDIT,
    {**CREDIT, "share": 0.1, "floor": 5e4, "ceiling": 6e6, "grace": 2},
)


def places(month):
    """Return two districts in one month of an ordinary year."""
    found = np.zeros(2, PLACE).view(np.recarray)
    found.code = 3171, 3172
    found.line_urban, found.line_rural = 600_000.0, 450_000.0
    found.growth_urban, found.growth_rural = 1.004, 0.998
    found.inflation_urban, found.inflation_rural = 1.003, 1.002
    found.tilt, found.bend = 0.001, 0.0003
    found.prices = 1.02
    found.season, found.work = 1.1, 0.9
    found.sembako, found.pkh = 200_000.0, 312_000.0
    found.survey = month % 6 == 2
    found.year_start, found.year_end = month % 12 == 0, month % 12 == 11
    return found


def eventful_parameters():
    """Return the parameters, with what is rare made common."""
    found = parameters.values()
    for name, value in EVENTFUL.items():
        found[name] = value
    return found


def live_months(population, months, threads=1):
    """Let everyone live; return the sums by month and block."""
    return np.array(
        [
            live(
                population,
                places(month),
                no_demand_change(2),
                CONTRACTS,
                eventful_parameters(),
                KEY,
                month,
                threads,
            )
            for month in range(months)
        ]
    )


def fingerprint(rows, months):
    """Return a hash of everyone's state, and of the sums, after some months."""
    population = anyone(rows)
    sums = live_months(population, months)
    digest = hashlib.sha256()
    for array in (population.households, population.enterprises, population.nearby, sums):
        digest.update(array.tobytes())
    return digest.hexdigest()


WHEN = draws.moment(3171, 0)
KEYS = [draws.branch_key(seed, 0, draws.LIFE) for seed in range(200)]

USUAL = {
    "weight": 1.0,
    "mean_income": 4e6,
    "smoothed": 4e6,
    "savings": 3e6,
    "casual_wage": 1e6,
    "members": 4,
    "workers": 2,
    "urban": 1,
    "can_work": 1,
    "documents": 1,
    "livelihood": WAGE_WORK,
    "scale": 8e6,
    "capital": 1.32e7,
    "smoothed_profit": 2.4e6,
    "age": 36,
    "alive": 1,
    "code": 3171,
    "line_urban": 600_000.0,
    "growth_urban": 1.0,
    "inflation_urban": 1.0,
    "season": 1.0,
    "work": 1.0,
    "prices": 1.0,
}


class Home:
    """One household, its firm, its district and neighbours, parameters, a contract to be had."""

    def __init__(self, key=KEYS[0], terms=None, nearby=None, **changes):
        households, enterprises = empty(1)
        self.records = (
            households[0],
            enterprises[0],
            np.zeros(1, PLACE).view(np.recarray)[0],
            parameters.values()[0],
        )
        self.h, self.e, self.place, self.p = self.records
        self.nearby = np.zeros(1, NEARBY).view(np.recarray)[0]
        for name, value in (nearby or {}).items():
            self.nearby[name] = value
        for name, value in {**USUAL, **changes}.items():
            (record,) = (each for each in self.records if name in each.dtype.names)
            record[name] = value
        self.contracts = contract_table(EQUITY if terms is None else terms)
        self.key = key
        self.sums = np.zeros(indicators.N_SUMS)

    def chance(self):
        return self.p, self.key, WHEN, self.sums

    def eat(self, income=0.0, bill=0.0, kin_owing=0.0):
        return household.eat(self.h, self.e, self.p, income, bill, kin_owing, self.sums)

    def earn(self, in_hospital=False):
        return household.earn(self.h, self.e, self.place, self.p, in_hospital, *self.chance()[1:])

    def trade(self, demand=1.0):
        return enterprise.trade(self.h, self.e, self.place, demand, *self.chance())

    def pay(self, income=0.0):
        self.e.payment = 0.0
        p, *chance = self.chance()
        return contract.pay_financier(self.h, self.e, self.contracts, p, income, *chance)

    def maybe_close(self):
        return enterprise.maybe_close(self.h, self.e, self.place, *self.chance())

    def maybe_start(self, start_rate=1e9, assistance=0.0):
        p, *chance = self.chance()
        where = (self.h, self.e, self.place, self.nearby, p)
        return enterprise.maybe_start(*where, start_rate, assistance, *chance)

    def choose_street(self, unmet=0.0):
        street.choose_street(self.h, self.e, self.place, self.p, unmet, *self.chance()[1:])

    def save_in_arisan(self, month=0):
        household.save_in_arisan(self.h, self.p, month, self.sums)

    def live(self, month=0, start_rate=0.01):
        return household.live_month(
            self.h, self.e, self.place, np.ones(6), self.nearby, self.contracts, self.p,
            start_rate, self.key, month, self.sums,
        )  # fmt: skip

    def state(self):
        return {name: each[name].item() for each in self.records[:2] for name in each.dtype.names}


def those(happens, **changes):
    """Return the keys under which something happens to a household so changed."""
    return {number for number, key in enumerate(KEYS) if happens(Home(key=key, **changes))}
