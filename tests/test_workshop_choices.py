import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.grammar.mistakes import ScenarioError
from scenarios.schema import Scenario
from scenarios.workshop import choices, sides
from scenarios.workshop.choices import Choice, Common, FrontierAsked, LivesAsked, RowsAsked, Split

OFFER = choices.offer()
ROOM = dict.fromkeys(sides.programmes("enterprise owners"), 120)
COMMON = {
    "place": "DKI Jakarta",
    "people": "enterprise owners",
    "budget": 500_000_000,
    "shock": "none",
}
CHOICE = {
    "split": {"training": 40, "mentoring": 30, "equity": 20, "documents": 10},
    "archetype": "course",
    "selection": "need",
    "terms": "micro equity",
}
ASKED = {"common": COMMON, "choice": CHOICE, "from": 0, "to": 3}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def changed(path, value):
    asked = copy.deepcopy(ASKED)
    *way, last = path.split(".")
    part = asked
    for step in way:
        part = part[step]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return asked


def mistakes(asked, model=RowsAsked):
    with pytest.raises(ScenarioError) as refused:
        choices.asked(model, asked, OFFER)
    return {each.path: each for each in refused.value.mistakes}


def choice_of(shares=(25, 25, 25, 25), **how):
    names = dict(zip(choices.LEVERS, shares, strict=True))
    return Choice(**{**CHOICE, **how, "split": Split(**names)})


def test_what_is_right_is_taken():
    asked = choices.asked(RowsAsked, ASKED, OFFER)
    assert (asked.first, asked.to) == (0, 3)
    assert asked.choice.split.equity == 20
    cash = choices.asked(RowsAsked, {**ASKED, "choice": "cash"}, OFFER)
    assert cash.choice == "cash"
    choices.asked(LivesAsked, {"common": COMMON, "choice": CHOICE}, OFFER)
    how = {name: CHOICE[name] for name in ("archetype", "selection", "terms")}
    choices.asked(FrontierAsked, {"common": COMMON, **how}, OFFER)


@pytest.mark.parametrize(
    ("path", "value", "where", "problem", "allowed", "near"),
    [
        (
            "common.place",
            "Bal",
            "common.place",
            "'Bal' is not offered",
            "DKI Jakarta, Aceh",
            "Bali",
        ),
        ("common.budget", 7, "common.budget", "7 is not offered", "500000000", ""),
        ("common.budget", 5e8, "common.budget", "500000000.0 is wrong", "valid integer", ""),
        ("common.shock", "prices rises", "common.shock", "not offered", "none", "prices rise"),
        ("common.people", ["x"], "common.people", "is wrong", "valid string", ""),
        ("common", ..., "common", "is missing", "", ""),
        ("choice.selection", "needs", "choice.selection", "not offered", "first come", "need"),
        ("choice.terms", None, "choice.terms", "None is wrong", "valid string", ""),
        ("choice.split.equity", 25, "choice.split", "adds up to 105, not to 100", "", ""),
        ("choice.split.equity", -5, "choice.split.equity", "-5 is wrong", "equal to 0", ""),
        ("choice.split.equity", True, "choice.split.equity", "True is wrong", "integer", ""),
        ("choice.split.equity", "20", "choice.split.equity", "'20' is wrong", "integer", ""),
        ("choice.split.equitie", 20, "choice.split.equitie", "not a name", "", "equity"),
        ("choice.archetipe", "x", "choice.archetipe", "not a name", "", "archetype"),
        ("choice", "csh", "choice", "'csh' is wrong", "'cash'", ""),
        ("choice", 3, "choice", "3 is wrong", "", ""),
        ("to", 0, "to", "0 is wrong", "greater than or equal to 1", ""),
        ("to", 5000, "to", "5000 is wrong", "less than or equal to 1000", ""),
        ("from", -1, "from", "-1 is wrong", "greater than or equal to 0", ""),
        ("seed", 1, "seed", "not a name", "", ""),
    ],
)
def test_what_is_wrong_is_refused(path, value, where, problem, allowed, near):
    found = mistakes(changed(path, value))
    assert problem in found[where].problem
    assert allowed in found[where].allowed
    assert found[where].nearest == near


def test_splits_are_told_apart_in_steps():
    shares = {"training": 41, "mentoring": 29, "equity": 20, "documents": 10}
    found = mistakes(changed("choice.split", shares))
    assert "in steps of 5 percent" in found["choice.split"].problem


def test_all_mistakes_are_told_at_once():
    asked = changed("common.place", "Bal")
    asked["choice"]["terms"] = "gift"
    assert set(mistakes(asked)) == {"common.place", "choice.terms"}


@given(JSON)
def test_nothing_else_than_a_refusal_comes_of_nonsense(nonsense):
    for asked in (nonsense, {**ASKED, "choice": nonsense}, {**ASKED, "common": nonsense}):
        assert all(isinstance(each.path, str) for each in mistakes(asked).values())


def test_a_province_comes_first_or_is_refused():
    assert choices.offer("jawa timur").places[0] == "Jawa Timur"
    assert len(set(choices.offer("Bali").places)) == 34
    with pytest.raises(ScenarioError, match="did you mean Bali"):
        choices.offer("Bal")
    with pytest.raises(ScenarioError, match="the page compares provinces"):
        choices.offer("Kota Bandung")


# Scenarios


def test_a_choice_is_an_ordinary_scenario():
    common = Common(**{**COMMON, "shock": "demand falls"})
    found = sides.scenario_of(common, choice_of(archetype="incubation"), ROOM)
    said = found.model_dump(mode="json")
    assert Scenario.model_validate(said).model_dump(mode="json") == said
    assert (found.households, found.months, found.area) == (5000, 36, "DKI Jakarta")
    assert [shock.name for shock in found.shocks] == ["demand-falls"]
    course = found.programmes[0]
    assert (course.name, course.training.modules, course.practices.curation) == (
        "training",
        6,
        True,
    )


@pytest.mark.parametrize("people", choices.PEOPLE)
@pytest.mark.parametrize("selection", choices.SELECTIONS)
@pytest.mark.parametrize("terms", choices.TERMS)
def test_all_that_is_offered_can_be_run(people, selection, terms):
    common = Common(**{**COMMON, "people": people})
    for archetype in choices.ARCHETYPES:
        how = {"archetype": archetype, "selection": selection, "terms": terms}
        found = sides.scenario_of(common, choice_of(**how), ROOM)
        Scenario.model_validate(found.model_dump(mode="json"))
        assert {each.name for each in found.programmes} == set(choices.LEVERS)
        assert {each.target.group for each in found.programmes} == {people}
        assert {each.selection for each in found.programmes} == {selection}
        paid = "completion" if selection == choices.KPI else "none"
        assert {each.kpi for each in found.programmes} == {paid}
        equity = next(each for each in found.programmes if each.name == "equity")
        assert equity.finance.instrument == terms


@pytest.mark.parametrize("budget", choices.BUDGETS)
def test_no_split_spends_more_than_the_budget(budget):
    common = Common(**{**COMMON, "budget": budget})
    for choice in sides.coarse(choice_of()):
        found = sides.scenario_of(common, choice, ROOM)
        side = sides.side_of(found, budget)
        assert 0 <= side["unspent"] < budget
        assert all(0 < seats <= 240 for seats in side["seats"].values())


def test_what_gets_nothing_is_left_out():
    found = sides.scenario_of(Common(**COMMON), choice_of((0, 50, 50, 0)), ROOM)
    assert [each.name for each in found.programmes] == ["mentoring", "equity"]


def test_seats_stop_where_nobody_applies_and_the_rest_stays_unspent():
    room = {**ROOM, "documents": 10}
    found = sides.scenario_of(Common(**COMMON), choice_of((0, 0, 0, 100)), room)
    assert found.programmes[0].seats == 10
    assert sides.side_of(found, 500_000_000) == {"unspent": 492_000_000, "seats": {"documents": 20}}


def test_cash_is_the_same_money_to_the_same_group_in_the_same_months():
    common = Common(**COMMON)
    cash = sides.scenario_of(common, "cash", ROOM).programmes[0]
    other = sides.scenario_of(common, choice_of((100, 0, 0, 0)), ROOM).programmes[0]
    for name in ("target", "starts", "intakes", "every"):
        assert getattr(cash, name) == getattr(other, name)
    assert 0 <= sides.unspent(sides.scenario_of(common, "cash", ROOM), 500_000_000) < 11_000_000


def test_contracts_have_run_their_term_by_the_end():
    for name in choices.TERMS:
        programme = sides.programmes("enterprise owners")[name]
        last = programme.starts + programme.every * (programme.intakes - 1)
        finance = programme.finance
        assert last + finance.after + finance.grace + finance.term <= choices.MONTHS
