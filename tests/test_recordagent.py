"""Views of one row: what they read, write, refuse and are equal to."""

import copy
import pickle

import mesa
import numpy as np
import pytest

from simulation.recordagent import Field, RecordAgent
from tests.village import DTYPE, NAMES, VALUES, Enterprise, Household, Population, Village


@pytest.fixture
def model():
    return Village()


def test_a_view_returns_plain_numbers(model):
    household = Household(model, np.int64(2))
    assert [type(getattr(household, name)) for name in NAMES] == [float, int, int]
    assert (household.income, household.members, household.district) == VALUES[2]
    assert type(household.row) is type(household.unique_id) is int
    assert (household.row, household.unique_id, household.pos) == (2, 3, None)


def test_a_view_writes_through_to_its_row_alone(model):
    before = model.population.households.copy()
    Household(model, 3).income += 1
    before[3].income = 4.0
    np.testing.assert_array_equal(model.population.households, before)
    np.testing.assert_array_equal(model.population.enterprises.income, [v[0] for v in VALUES])


def test_a_view_follows_a_population_that_is_replaced(model):
    household = Household(model, 0)
    model.population = Population([(11.0, 1, 1)])
    assert household.income == 11.0


def test_a_view_is_not_registered(model):
    before = len(model.agents)
    ids = len(getattr(mesa.Agent, "_ids", ()))
    Household(model, 0)
    assert len(model.agents) == before
    assert len(getattr(mesa.Agent, "_ids", ())) == ids


@pytest.mark.parametrize(("name", "nearest"), [("incme", "income"), ("member", "members")])
def test_an_unknown_attribute_is_refused_with_the_nearest_field(model, name, nearest):
    with pytest.raises(AttributeError, match=f"no field '{name}'; is it '{nearest}'"):
        setattr(Household(model, 0), name, 1)


@pytest.mark.parametrize("name", ["model", "row", "unique_id", "pos", "share"])
def test_what_is_not_a_field_cannot_be_set(model, name):
    with pytest.raises(AttributeError, match="no field"):
        setattr(Household(model, 0), name, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("members", 2.5),
        ("members", 256),
        ("members", -1),
        ("members", np.int64(300)),
        ("members", float("nan")),
        ("income", "12"),
        ("income", None),
        ("income", [1.0, 2.0]),
    ],
)
@pytest.mark.filterwarnings("default")
def test_a_value_that_the_column_cannot_hold_is_refused(model, name, value):
    before = model.population.households.copy()
    with pytest.raises((ValueError, OverflowError, TypeError)):
        setattr(Household(model, 0), name, value)
    with pytest.raises((ValueError, OverflowError, TypeError)):
        model.households.set(name, value)
    np.testing.assert_array_equal(model.population.households, before)


@pytest.mark.parametrize("value", [7, 7.0, np.uint8(7), np.float64(7), True])
def test_a_value_that_fits_is_held_whatever_its_type(model, value):
    household = Household(model, 0)
    household.members = value
    household.income = value
    assert household.members == household.income == value
    household.income = float("nan")
    assert household.income != household.income


def test_views_of_a_row_are_equal(model):
    household = Household(model, 1)
    assert household == Household(model, 1)
    assert hash(household) == hash(Household(model, 1))
    others = [Household(model, 2), Enterprise(model, 1), Household(Village(), 1), 1]
    assert household not in others
    assert len({household, Household(model, 1), *others}) == 5


def test_a_row_before_the_first_is_refused(model):
    with pytest.raises(IndexError, match="no row -1"):
        Household(model, -1)


def test_a_row_after_the_last_is_refused(model):
    with pytest.raises(IndexError):
        _ = Household(model, len(VALUES)).income


@pytest.mark.parametrize(
    "refused",
    [
        lambda model: Household(model, 0).remove(),
        lambda model: Household.create_agents(model, 3),
        lambda model: Household.from_dataframe(model, None),
    ],
)
def test_rows_do_not_come_and_go(model, refused):
    with pytest.raises(TypeError, match="rows do not come and go"):
        refused(model)


def test_a_view_is_pickled_and_copied_as_model_and_row(model):
    model.watched = {Household(model, 4): "seen"}
    again = pickle.loads(pickle.dumps(Household(model, 4)))
    assert again.income == VALUES[4][0]
    assert again.model.watched[again] == "seen"
    assert copy.copy(Household(model, 4)) == Household(model, 4)
    deep = copy.deepcopy(Household(model, 4))
    assert deep.model is not model
    assert deep.model.watched[deep] == "seen"


SHADOWS = [
    "size",
    "pprint",
    "model",
    "pos",
    "row",
    "step",
    "random",
    "unique_id",
    "kind",
    "fields",
    "field",
]


@pytest.mark.parametrize("name", SHADOWS)
def test_a_field_may_not_shadow_what_numpy_or_mesa_mean(name):
    with pytest.raises(TypeError, match=f"'{name}' means something else"):

        class Shadow(RecordAgent, dtype=np.dtype([("income", "f8"), (name, "f8")])):
            kind = "households"


def test_a_field_may_not_shadow_a_method_of_its_class():
    with pytest.raises(TypeError, match="'income' means something else"):

        class Shadow(RecordAgent, dtype=DTYPE):
            kind = "households"

            def income(self):
                """Return nothing."""


@pytest.mark.parametrize("of", [("f8", 3), "U4", "O", [("inner", "f8")]])
def test_a_field_is_a_single_number(of):
    with pytest.raises(TypeError, match="'many' is not a single number"):

        class Many(
            RecordAgent, dtype=np.dtype([("many", *of) if type(of) is tuple else ("many", of)])
        ):
            kind = "households"


def test_fields_are_found_on_the_class():
    assert Household.fields == NAMES
    assert all(isinstance(getattr(Household, name), Field) for name in NAMES)


def test_nothing_of_mesas_agent_needs_registering():
    on_request = {"step", "advance", "random", "rng", "scenario"}
    given = {name for name in dir(mesa.Agent) if not name.startswith("_")}
    assert given - vars(RecordAgent).keys() == on_request & given
