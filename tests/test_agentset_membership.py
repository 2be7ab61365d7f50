"""Which rows are in a set: operations on sets beside Mesa's, given rows, copies and pickles."""

import copy
import pickle
from itertools import product

import numpy as np
import pytest

from simulation.agentset import RecordSet
from tests.village import NAMES, VALUES, Household, Pair, Village, incomes


@pytest.fixture
def pair():
    return Pair()


@pytest.fixture
def model():
    return Village()


# Set operations

OPERATIONS = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "sub": lambda a, b: a - b,
    "xor": lambda a, b: a ^ b,
    "disjoint": lambda a, b: a.isdisjoint(b),
}
COMPARISONS = {
    "le": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
PARTS = {
    "all": lambda agents: agents,
    "none": lambda agents: agents.select(at_most=0),
    "first": lambda agents: agents.select(at_most=4),
    "sorted": lambda agents: agents.sort("income"),
    "rich": lambda agents: agents.sort("income").select(lambda agent: agent.income >= 3),
    "poor": lambda agents: agents.select(lambda agent: agent.income < 2),
}


# Mesa says so of an empty set that it makes without a generator.
MESA_WARNS = pytest.mark.filterwarnings("ignore:No Agents specified:UserWarning")


@MESA_WARNS
@pytest.mark.parametrize("operation", OPERATIONS)
def test_set_operations(pair, operation):
    ask = OPERATIONS[operation]
    for left, right in product(PARTS.values(), repeat=2):
        pair.same(lambda agents, left=left, right=right: ask(left(agents), right(agents)))
        pair.same(lambda agents, left=left, right=right: ask(left(agents), list(right(agents))))


@pytest.mark.parametrize("operation", COMPARISONS)
def test_set_comparisons(pair, operation):
    ask = COMPARISONS[operation]
    for left, right in product(PARTS.values(), repeat=2):
        pair.same(lambda agents, left=left, right=right: ask(left(agents), right(agents)))
        pair.same(lambda agents, left=left, right=right: ask(left(agents), set(right(agents))))
        pair.same(lambda agents, left=left, right=right: ask(set(left(agents)), right(agents)))


@pytest.mark.parametrize("operation", ["and", "or", "sub", "xor"])
def test_a_list_on_the_left(pair, operation):
    ask = OPERATIONS[operation]
    pair.same(lambda agents: ask(list(PARTS["rich"](agents)), PARTS["first"](agents)))


def test_others_are_never_in_the_set(pair):
    ours, real = pair.ours, pair.real
    for others in (real, pair.model.enterprises, Village().households, [1, "a"]):
        assert len(ours & others) == 0
        assert ours - others == ours
        assert ours.isdisjoint(others)
        assert ours != others
        for mixed in (lambda a, b: a | b, lambda a, b: a ^ b, lambda a, b: b | a):
            with pytest.raises(TypeError, match="of one model"):
                mixed(ours, others)


@pytest.mark.parametrize("operation", ["and", "or", "sub", "xor", "le", "ge"])
def test_operations_need_something_to_go_through(pair, operation):
    for agents in (pair.ours, pair.real):
        with pytest.raises(TypeError):
            (OPERATIONS | COMPARISONS)[operation](agents, 5)


def in_place(name):
    return lambda agents: getattr(agents, name)(agents.select(at_most=1))


@pytest.mark.parametrize(
    "change",
    [
        lambda agents: agents.add(agents[0]),
        lambda agents: agents.discard(agents[0]),
        lambda agents: agents.remove(agents[0]),
        lambda agents: agents.pop(),
        lambda agents: agents.clear(),
        *map(in_place, ["__ior__", "__iand__", "__isub__", "__ixor__"]),
    ],
)
def test_membership_does_not_change(model, change):
    households = model.households
    with pytest.raises(TypeError, match="rows do not come and go"):
        change(households)
    assert len(households) == len(VALUES)


# Which rows


def test_rows_given_as_an_array(model):
    chosen = RecordSet(model, Household, np.array([5, 1, 5, 0]))
    assert chosen.get("income") == [7.25, 1.5, 3.0]
    assert RecordSet(model, Household, np.array([], dtype=int)).get("income") == []


@pytest.mark.parametrize("rows", [slice(2, 5), slice(None, None, 3), slice(6, 0, -2), slice(5, 2)])
def test_rows_given_as_a_slice(model, rows):
    chosen = RecordSet(model, Household, rows)
    assert chosen.get("income") == incomes(model)[rows]
    assert [household.income for household in chosen] == incomes(model)[rows]
    assert chosen == RecordSet(model, Household, np.arange(len(VALUES))[rows])
    assert chosen & model.households == chosen
    assert model.households - chosen == set(model.households) - set(chosen)


def test_rows_that_are_not_there_or_not_numbers(model):
    for wrong in ([0, 8], [-1]):
        with pytest.raises(IndexError, match="from 0 to 7"):
            RecordSet(model, Household, np.array(wrong))
    for wrong in ([True] * 8, [1.0], [[1, 2]]):
        with pytest.raises(TypeError, match="array of row numbers"):
            RecordSet(model, Household, np.array(wrong))


def test_an_array_of_rows_is_copied(model):
    rows = np.array([0, 1])
    chosen = RecordSet(model, Household, rows)
    rows[:] = 7
    assert chosen.get("income") == [3.0, 1.5]


def test_a_set_in_place_leaves_its_copies_alone(model):
    households = model.households
    kept = copy.copy(households)
    households.sort("income", inplace=True).select(at_most=2, inplace=True)
    assert len(households) == 2
    assert kept == model.households
    assert list(kept) == list(model.households)


@pytest.mark.parametrize("part", PARTS)
def test_a_set_is_pickled_and_copied(model, part):
    chosen = PARTS[part](model.households)
    model.chosen = chosen
    again = pickle.loads(pickle.dumps(model))
    assert again.chosen.get(NAMES) == chosen.get(NAMES)
    again.chosen.set("income", 0.0)
    assert again.population.households.income.sum() == again.households.agg("income", sum)
    assert incomes(model) == [value[0] for value in VALUES]
    assert list(copy.copy(chosen)) == list(chosen)
    assert copy.deepcopy(chosen).get(NAMES) == chosen.get(NAMES)
