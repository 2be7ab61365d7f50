"""A programme changes people's state, never what comes of it."""

import builtins
import math

import pytest

from simulation import draws, indicators, ledger, parameters
from simulation.agents import contract, enterprise, household, street
from simulation.records import (
    CHAT,
    CONTRACT,
    ENTERPRISE,
    HOUSEHOLD,
    NEARBY,
    OFFLINE,
    PLACE,
    PLATFORM,
    WENT_WELL,
)
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


def test_an_intermediary_changes_only_reach_and_fees():
    """What the firm brings to its market is that of a skilled seller; the margin is a cost."""
    skilled = Home(stage=CHAT, selling=1.0, closure_base=-50.0)
    sold_for = Home(stage=CHAT, selling=0.0, channel=1, closure_base=-50.0)
    for home in (skilled, sold_for):
        home.live()
    revenue = skilled.sums[ledger.REVENUE]
    assert sold_for.sums[ledger.REVENUE] == revenue
    margin = sold_for.sums[ledger.COSTS] - skilled.sums[ledger.COSTS]
    margin_share = skilled.p.online_sales * skilled.p.intermediary_margin
    assert margin == pytest.approx(margin_share * revenue)
    assert sold_for.e.selling == 0.0


@pytest.mark.parametrize(
    "gift",
    [
        {"documents": 0},
        {"stage": PLATFORM, "selling": 0.3},
        {"stage": OFFLINE, "channel": 1},
        {"venture": WENT_WELL, "venture_months": 6},
    ],
    ids=str,
)
def test_what_programmes_give_draws_nothing_new(gift):
    """The same luck meets everybody: slow states move by the same draws."""
    for key in KEYS[:20]:
        plain, given = Home(key=key, closure_base=-50.0), Home(key=key, closure_base=-50.0, **gift)
        for home in (plain, given):
            for month in range(3):
                home.live(month)
        assert given.h.persistent == plain.h.persistent
        assert given.e.productivity == plain.e.productivity


PROGRAMMES_STATE = {
    "visits": {"enterprise.forget", "enterprise.stock_for_sale", "household.feel_visits",
               "street.choose_street"},
    "hours_away": {"enterprise.trade", "household.earn"},
    "contracts": {"contract.pay_financier", "household.live_month"},
    "contract": {"contract.pay_financier", "contract.maybe_buy_back", "household.live_month",
                 "enterprise.maybe_close", "enterprise.close"},
    "venture": {"enterprise.venture_factor", "enterprise.wear_out", "enterprise.close"},
    "venture_months": {"enterprise.wear_out", "enterprise.close"},
    "sheltered": {"street.move_house", "street.stay_in_house"},
    "stage": {"enterprise.market_of", "enterprise.reach_of", "enterprise.fees_of",
              "enterprise.sell_online", "contract.reported_share"},
    "selling": {"enterprise.reach_of", "enterprise.sell_online"},
    "channel": {"enterprise.reach_of", "enterprise.fees_of", "enterprise.sell_online"},
    "books": {"enterprise.trade", "enterprise.stock_for_sale", "contract.reported_share"},
    "documents": {"household.retarget_assistance", "household.formal_factor",
                  "enterprise.outside_pay", "street.choose_street"},
}  # fmt: skip
"""State that programmes write, and the only rules that may speak of it.

`live_month` names the module of contracts, not a contract."""

MODULES = (household, enterprise, contract, street)


def rules():
    """Return the plain function of each rule by name."""
    found = {}
    for module in MODULES:
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
    records = (HOUSEHOLD, ENTERPRISE, PLACE, NEARBY)
    state = {*parameters.TABLE, *(name for record in records for name in record.names)}
    terms = {*CONTRACT.names} - {"amount"}
    tools = {
        name
        for module in (draws, *MODULES, indicators, ledger, math, builtins)
        for name in vars(module)
    }
    for name, function in rules().items():
        assert set(function.__code__.co_names) <= state | terms | tools, name
    for module in MODULES:
        from_where = imported(everything()[module.__name__])
        assert not any(each.startswith("simulation.programmes") for each in from_where)
