"""A programme changes people's state, never what comes of it."""

import builtins
import math

import pytest

from simulation import draws, indicators, ledger, parameters
from simulation.agents import enterprise, household
from simulation.records import CONTRACT, ENTERPRISE, HOUSEHOLD, PLACE
from tests.households import KEYS, Home
from tests.sources import everything, imported


def test_practices_and_information_fade_and_visits_bring_information():
    home = Home(practices=1.0, information=0.5)
    enterprise.forget(home.h, home.e, home.p)
    assert home.e.practices == pytest.approx(1.0 - home.p.forgetting)
    assert home.e.information == pytest.approx(0.5 * (1.0 - home.p.information_decay))
    visited = Home(information=0.5, visits=2)
    enterprise.forget(visited.h, visited.e, visited.p)
    assert visited.e.information == pytest.approx(
        home.e.information + 2.0 * home.p.visit_dose * 0.5
    )
    assert visited.e.practices == 0.0


def test_information_stays_between_0_and_1():
    home = Home(visits=8, visit_dose=parameters.TABLE["visit_dose"].high)
    enterprise.forget(home.h, home.e, home.p)
    assert 0.0 <= home.e.information <= 1.0


def test_a_mentors_visit_changes_only_information_motivation_and_ties():
    alone, visited = Home(savings=2e7), Home(savings=2e7, visits=3)
    alone.live()
    visited.live()
    before, after = alone.state(), visited.state()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"visits", "information", "motivation", "ties"}
    assert all(after[name] > before[name] for name in changed)
    assert visited.sums.tobytes() == alone.sums.tobytes()


def test_a_mentors_visit_keeps_part_of_the_stock_from_being_sold_in_need():
    usual = enterprise.stock_for_sale(*Home().records[:2], Home().p)
    for visits, kept in ((1, 0.25), (2, 0.5), (4, 1.0), (8, 1.0)):
        home = Home(visits=visits)
        stock = enterprise.stock_for_sale(home.h, home.e, home.p)
        assert stock == pytest.approx(usual * (1.0 - kept))


def test_a_contract_changes_neither_profit_nor_income_nor_survival():
    for key in KEYS[:100]:
        bound = Home(key=key, contract=1, contract_age=5, restart=0.0, closure_base=-2.0)
        free = Home(key=key, restart=0.0, closure_base=-2.0)
        bound.live()
        free.live()
        for flow in (ledger.REVENUE, ledger.PROFIT, ledger.WAGES):
            assert bound.sums[flow] == free.sums[flow]
        for name in ("alive", "productivity", "smoothed_profit", "scale", "practices"):
            assert bound.e[name] == free.e[name]


PROGRAMMES_STATE = {
    "visits": {"enterprise.forget", "enterprise.stock_for_sale", "household.feel_visits",
               "household.choose_street"},
    "hours_away": {"enterprise.trade", "household.earn"},
    "contracts": {"enterprise.pay_financier", "household.live_month"},
    "contract": {"enterprise.pay_financier", "enterprise.maybe_close", "enterprise.close"},
    "lift": {"enterprise.supply", "enterprise.wear_out", "enterprise.close"},
}  # fmt: skip
"""State that programmes write, and the only rules that may speak of it."""


def rules():
    """Return the plain function of each rule by name."""
    found = {}
    for module in (household, enterprise):
        short = module.__name__.rpartition(".")[2]
        for name, value in vars(module).items():
            function = getattr(value, "py_func", None)
            if function and function.__module__ == module.__name__:
                found[f"{short}.{name}"] = function
    return found


@pytest.mark.parametrize("name", PROGRAMMES_STATE)
def test_rules_know_a_programme_by_its_state_only(name):
    def speaks(function):
        code = function.__code__
        return name in code.co_names + code.co_varnames

    assert {rule for rule, function in rules().items() if speaks(function)} == (
        PROGRAMMES_STATE[name]
    )


def test_rules_are_told_no_programme():
    state = {*HOUSEHOLD.names, *ENTERPRISE.names, *PLACE.names, *parameters.TABLE}
    terms = {*CONTRACT.names} - {"amount"}
    tools = {
        name
        for module in (draws, enterprise, household, indicators, ledger, math, builtins)
        for name in vars(module)
    }
    for name, function in rules().items():
        assert set(function.__code__.co_names) <= state | terms | tools, name
    for module in (household, enterprise):
        from_where = imported(everything()[module.__name__])
        assert not any(each.startswith("simulation.programmes") for each in from_where)
