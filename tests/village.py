"""A small model with the same values twice: as records, and as ordinary Mesa agents."""

import mesa
import numpy as np
from mesa.agent import AgentSet

from simulation.agentset import GroupBy, RecordAgent, RecordSet

DTYPE = np.dtype(
    [("income", np.float64), ("members", np.uint8), ("district", np.uint16)], align=True
)
NAMES = DTYPE.names
VALUES = [
    (3.0, 4, 1),
    (1.5, 1, 2),
    (2.0, 200, 1),
    (3.0, 2, 1),
    (0.5, 200, 3),
    (7.25, 3, 2),
    (1.5, 5, 3),
    (9.0, 4, 1),
]


class Household(RecordAgent, dtype=DTYPE):
    kind = "households"

    @property
    def share(self):
        return self.income / self.members

    def earn(self, amount, times=1):
        self.income += amount * times
        return self.income

    def step(self):
        self.income *= 2


class Enterprise(RecordAgent, dtype=DTYPE):
    kind = "enterprises"


class Person(mesa.Agent):
    def __init__(self, model, values):
        super().__init__(model)
        self.income, self.members, self.district = values

    share = Household.share
    earn = Household.earn
    step = Household.step


class Population:
    def __init__(self, values):
        self.households = np.array(values, dtype=DTYPE).view(np.recarray)
        self.enterprises = self.households.copy()


class Village(mesa.Model):
    """Real agents and records side by side, with the same values."""

    def __init__(self, values=VALUES):
        super().__init__(rng=1)
        self.population = Population(values)
        for each in values:
            Person(self, each)

    @property
    def households(self):
        return RecordSet(self, Household)

    @property
    def enterprises(self):
        return RecordSet(self, Enterprise)

    @property
    def people(self):
        return AgentSet(super().agents_by_type.get(Person, []), random=self.random)

    @property
    def agents_by_type(self):
        return {**super().agents_by_type, Household: self.households}

    @property
    def agent_types(self):
        return list(self.agents_by_type)


class Pair:
    """The same request made to a record set and to a real agent set."""

    def __init__(self):
        self.model = Village()
        self.ours = self.model.households
        self.real = self.model.people

    def same(self, ask):
        ours, real = plain(ask(self.ours)), plain(ask(self.real))
        assert ours == real
        return ours

    def same_state(self):
        self.same(lambda agents: agents.get(NAMES))


def plain(answer):
    """Return an answer with agents replaced by their numbers, order kept."""
    match answer:
        case mesa.Agent():
            return ("agent", answer.unique_id)
        case AgentSet() | list() | tuple():
            return [plain(each) for each in answer]
        case dict():
            return [(plain(key), plain(value)) for key, value in answer.items()]
        case GroupBy():
            return plain(answer.groups)
        case _:
            return answer


def incomes(model):
    return model.population.households.income.tolist()
