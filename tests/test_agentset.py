"""Sets of rows, beside real agent sets with the same values."""

import mesa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mesa.agent import AgentSet

from simulation.agentset import GroupBy, RecordAgent, RecordGroups, RecordSet
from tests.village import (
    NAMES,
    VALUES,
    Enterprise,
    Household,
    Pair,
    Person,
    Village,
    incomes,
    plain,
)


@pytest.fixture
def pair():
    return Pair()


@pytest.fixture
def model():
    return Village()


# Size, order, membership

NEWER_MESA_WARNS = pytest.mark.filterwarnings(
    "ignore:AgentSet.__getitem__:PendingDeprecationWarning"
)


@NEWER_MESA_WARNS
def test_length_order_and_membership(pair):
    assert pair.same(len) == len(VALUES)
    pair.same(list)
    pair.same(lambda agents: list(reversed(agents)))
    assert pair.same(lambda agents: agents[2] in agents)
    assert pair.same(lambda agents: agents[2] in agents.select(at_most=2)) is False
    assert pair.same(lambda agents: 3 in agents) is False
    assert pair.same(lambda agents: agents.index(agents[3])) == 3
    assert pair.same(lambda agents: agents.count(agents[3])) == 1
    assert Enterprise(pair.model, 0) not in pair.ours
    assert Household(Village(), 0) not in pair.ours


@pytest.mark.parametrize(
    "item",
    [0, 3, -1, np.int64(2), slice(2, 5), slice(None), slice(None, None, -2), slice(-3, None)],
    ids=str,
)
@NEWER_MESA_WARNS
def test_indexing(pair, item):
    pair.same(lambda agents: agents[item])
    pair.same(lambda agents: agents.sort("income")[item])
    assert pair.ours.to_list()[item] == pair.ours[item]


@NEWER_MESA_WARNS
def test_indexing_beyond_the_end_and_by_other_things(pair):
    for agents in (pair.ours, pair.real, pair.ours.sort("income")):
        for wrong, error in ((8, IndexError), (-9, IndexError), ("a", TypeError), ([1], TypeError)):
            with pytest.raises(error):
                agents[wrong]


# select, sort, shuffle

FILTERS = {
    "all": None,
    "middling": lambda agent: 1 < agent.income < 5,
    "none": lambda agent: False,
    "truthy": lambda agent: agent.members % 2,
}


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("at_most", [float("inf"), 0, 2, 100, 0.5, 1.0, 0.0, 2.5, -1, 1], ids=str)
@pytest.mark.parametrize("name", FILTERS)
def test_select(pair, name, at_most, inplace):
    pair.same(lambda agents: agents.select(FILTERS[name], at_most, inplace))
    pair.same(list)


@pytest.mark.parametrize("agent_type", [mesa.Agent, Person, Household, Enterprise, RecordAgent])
def test_select_by_type(pair, agent_type):
    ours = pair.ours.select(agent_type=agent_type)
    assert len(ours) == (len(VALUES) if issubclass(Household, agent_type) else 0)
    assert len(pair.real.select(agent_type=agent_type)) == (
        len(VALUES) if issubclass(Person, agent_type) else 0
    )
    pair.same(lambda agents: agents.select(FILTERS["middling"], 2, agent_type=mesa.Agent))


def test_select_stops_asking_when_it_has_enough(pair):
    for agents in (pair.ours, pair.real):
        asked = []
        agents.select(lambda agent, asked=asked: asked.append(agent.unique_id) or True, at_most=3)
        assert asked == [1, 2, 3]


def test_select_of_everything_is_a_copy_unless_in_place(pair):
    for agents in (pair.ours, pair.real):
        assert agents.select() is not agents
        assert agents.select(inplace=True) is agents
        assert agents.select(FILTERS["middling"], inplace=True) is agents


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize(
    "key",
    ["income", "members", "unique_id", "share", lambda agent: -agent.members],
    ids=["float", "byte", "number", "property", "callable"],
)
def test_sort(pair, key, ascending, inplace):
    pair.same(lambda agents: agents.sort(key, ascending, inplace))
    pair.same(list)
    pair.same(lambda agents: agents.sort(key))


def test_sort_in_place_returns_the_set_itself(pair):
    assert pair.ours.sort("income", inplace=True) is pair.ours


@pytest.mark.parametrize("inplace", [False, True])
def test_shuffle_draws_as_mesa_does(pair, inplace):
    def shuffled(agents):
        agents.random.seed(5)
        return agents.shuffle(inplace)

    order = pair.same(shuffled)
    pair.same(list)
    assert sorted(order) == plain(list(pair.model.households))
    assert order != sorted(order)


def test_chance_is_the_models(model):
    assert model.households.random is model.random
    with pytest.raises(AttributeError):
        model.households.random = None


# do, map, agg, get, set


@pytest.mark.parametrize("method", ["earn", Household.earn], ids=["name", "callable"])
def test_do(pair, method):
    for agents in (pair.ours, pair.real):
        assert agents.do(method, 1.5, times=2) is agents
    pair.same_state()


def test_do_of_a_step(pair):
    pair.same(lambda agents: agents.do("step"))
    pair.same_state()


def test_shuffle_do_visits_everyone_in_the_order_mesa_would(pair):
    def visited(agents):
        seen = []
        agents.random.seed(3)
        assert agents.shuffle_do(lambda agent: seen.append(agent.unique_id)) is agents
        return seen

    assert sorted(pair.same(visited)) == list(range(1, 9))
    pair.same(list)
    pair.same(lambda agents: agents.shuffle_do("earn", 2))
    pair.same_state()


@pytest.mark.parametrize("method", ["earn", Household.earn], ids=["name", "callable"])
def test_map(pair, method):
    answers = pair.same(lambda agents: agents.map(method, 1, times=3))
    assert answers == [value[0] + 3 for value in VALUES]
    pair.same_state()


@pytest.mark.parametrize("method", ["nothing", Household.earn])
def test_map_fails_as_mesa_does(pair, method):
    for agents in (pair.ours, pair.real):
        with pytest.raises((AttributeError, TypeError)):
            agents.map(method)


FUNCTIONS = [sum, min, max, len, np.mean, np.sum, np.std, np.sort, np.diff, np.add.reduce]


@pytest.mark.parametrize("attribute", [*NAMES, "share", "unique_id"])
def test_agg(pair, attribute):
    for function in FUNCTIONS:
        ours = pair.ours.agg(attribute, function)
        real = pair.real.agg(attribute, function)
        assert type(ours) is type(real)
        np.testing.assert_array_equal(ours, real, strict=True)
    pair.same(lambda agents: agents.agg(attribute, [min, max, sum, np.mean]))
    pair.same(lambda agents: agents.agg(attribute, iter([min, max])))
    pair.same(lambda agents: agents.agg(attribute, lambda values: values[1:3] + values[:1]))
    pair.same(lambda agents: agents.sort("income").agg(attribute, lambda values: values[0]))


def test_agg_gives_numpy_a_copy(model):
    model.households.agg("income", np.asarray)[:] = 0
    assert incomes(model) == [value[0] for value in VALUES]


@pytest.mark.parametrize("names", [*NAMES, "share", "unique_id", "model", NAMES, ["share"], []])
def test_get(pair, names):
    pair.same(lambda agents: agents.get(names))
    pair.same(lambda agents: agents.sort("members").get(names))
    pair.same(lambda agents: agents.get(names, handle_missing="default", default_value=-1))


def test_get_returns_plain_numbers(model):
    for row in (model.households, model.households.sort("income")):
        assert {type(value) for value in row.get("members")} == {int}
        assert {type(value) for value in row.get("income")} == {float}


@pytest.mark.parametrize("names", ["incom", ["income", "incom"]])
def test_get_of_a_missing_attribute(pair, names):
    for agents in (pair.ours, pair.real):
        with pytest.raises(AttributeError, match="income" if agents is pair.ours else "incom"):
            agents.get(names)
    pair.same(lambda agents: agents.get(names, handle_missing="default"))
    pair.same(lambda agents: agents.get(names, "default", 7))
    for agents in (pair.ours, pair.real):
        with pytest.raises(ValueError, match="handle_missing"):
            agents.get(names, handle_missing="ignore")


def test_a_missing_attribute_is_an_error_in_an_empty_set_too(model):
    nobody = model.households.select(at_most=0)
    for wrong in (
        lambda: nobody.get("incom"),
        lambda: nobody.set("incom", 1),
        lambda: nobody.agg("incom", sum),
        lambda: nobody.sort("incom"),
        lambda: nobody.groupby("incom"),
    ):
        with pytest.raises(AttributeError, match="is it 'income'"):
            wrong()


def test_set(pair):
    for agents in (pair.ours, pair.real):
        assert agents.set("income", 2.5) is agents
        agents.select(lambda agent: agent.members > 3).set("members", 9)
        agents.sort("district").select(at_most=2).set("district", 40)
    pair.same_state()


def test_set_of_an_unknown_name_is_refused_with_the_nearest(model):
    with pytest.raises(AttributeError, match="no field 'Income'; is it 'income'"):
        model.households.set("Income", 1)


# groupby


@pytest.mark.parametrize("result_type", ["agentset", "list"])
@pytest.mark.parametrize(
    "by",
    ["district", "share", lambda agent: agent.income > 2],
    ids=["field", "property", "callable"],
)
def test_groupby(pair, by, result_type):
    def grouped(agents):
        return agents.groupby(by, result_type=result_type)

    pair.same(grouped)
    pair.same(lambda agents: agents.sort("income").groupby(by, result_type))
    assert all(
        type(group) is (RecordSet if result_type == "agentset" else list)
        for _, group in grouped(pair.ours)
    )
    pair.same(lambda agents: len(grouped(agents)))
    pair.same(lambda agents: list(grouped(agents)))
    pair.same(lambda agents: grouped(agents).count())
    pair.same(lambda agents: grouped(agents).agg("members", sum))
    pair.same(lambda agents: grouped(agents).agg("income", np.mean))
    pair.same(lambda agents: grouped(agents).map(len))
    pair.same(lambda agents: grouped(agents).map(lambda group: next(iter(group)).income))
    for agents in (pair.ours, pair.real):
        groups = grouped(agents)
        assert groups.do(lambda group: [agent.earn(1) for agent in group]) is groups
    pair.same_state()


@pytest.mark.parametrize("method", ["do", "map"])
def test_groups_by_the_name_of_a_method(pair, method):
    pair.same(lambda agents: getattr(agents.groupby("district"), method)("do", "earn", 2))
    pair.same_state()


def test_group_keys_are_plain_numbers(model):
    assert {type(key) for key in model.households.groupby("district").groups} == {int}


# With the rest of Mesa


def test_a_data_collector_reads_views(model):
    collector = mesa.DataCollector(
        agenttype_reporters={kind: {"income": "income"} for kind in (Household, Person)}
    )
    collector.collect(model)
    ours = collector.get_agenttype_vars_dataframe(Household)["income"]
    real = collector.get_agenttype_vars_dataframe(Person)["income"]
    assert ours.tolist() == real.tolist() == incomes(model)


def test_named_fields_are_handled_without_a_view(model, monkeypatch):
    households, some = model.households, model.households.select(at_most=3)

    def fail(*args):
        raise AssertionError("a view was made")

    monkeypatch.setattr(RecordAgent, "__init__", fail)
    ordered = households.sort("income").select(at_most=0.5)
    ordered.set("members", 2)
    ordered.get(NAMES)
    ordered.agg("income", [np.mean, max])
    groups = households.groupby("district")
    assert isinstance(groups, RecordGroups)
    groups.agg("income", np.mean)
    groups.do("set", "members", 3)
    households.shuffle()
    assert len((some | ordered) & households) >= len((some - ordered) ^ ordered)
    assert some <= households
    assert households != ordered


def test_nothing_of_mesas_set_is_left_to_weak_references():
    # Built on __len__, __iter__, __contains__, __getitem__ and the operations, by collections.abc.
    by_the_others = {
        *("__eq__", "__hash__", "__lt__", "__gt__", "__xor__", "__rxor__", "__rsub__"),
        *("__reversed__", "_hash", "count", "index"),
    }
    of_the_class = {
        *("__abstractmethods__", "__class__", "__class_getitem__", "__dict__", "__doc__"),
        *("__init_subclass__", "__module__", "__orig_bases__", "__parameters__", "__slots__"),
        *("__subclasshook__", "__type_params__", "__weakref__", "_abc_impl"),
    }
    given = {
        name for name in dir(AgentSet) if getattr(object, name, None) != getattr(AgentSet, name)
    }
    assert given - vars(RecordSet).keys() <= by_the_others | of_the_class
    assert not by_the_others & vars(RecordSet).keys()


def test_nothing_of_mesas_groups_is_left_to_views_unseen():
    given = {name for name in vars(GroupBy) if not name.startswith("_")}
    assert given == {"map", "do", "count", "agg"}


# Any values

rows_of_values = st.lists(
    st.tuples(
        st.floats(-10, 10, allow_nan=False, width=16), st.integers(0, 255), st.integers(0, 3)
    ),
    max_size=12,
)


@given(
    values=rows_of_values,
    least=st.floats(-10, 10),
    at_most=st.integers(0, 12) | st.floats(0, 1),
    key=st.sampled_from(NAMES),
    ascending=st.booleans(),
)
def test_any_values_are_selected_sorted_and_summed_as_mesa_does(
    values, least, at_most, key, ascending
):
    model = Village(values)
    ours, real = (
        agents.select(lambda agent: agent.income >= least)
        .sort(key, ascending)
        .select(None, at_most)
        for agents in (model.households, model.people)
    )
    assert ours.get(NAMES) == real.get(NAMES)
    assert plain(ours) == plain(real)
    assert ours.agg("income", [sum, len]) == real.agg("income", [sum, len])
    assert ours.agg("members", np.sum) == real.agg("members", np.sum)
    assert plain(ours.groupby("district")) == plain(real.groupby("district"))
    model.households.select(at_most=at_most).set("members", 7)
    model.people.select(at_most=at_most).set("members", 7)
    assert model.households.get(NAMES) == model.people.get(NAMES)
    assert model.households.select(at_most=3) | ours == set(ours) | set(model.households[:3])
