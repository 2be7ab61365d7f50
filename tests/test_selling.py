"""Selling online: reach, fees, and the skill that does not carry over from the shop."""

import math

import pytest

from simulation import ledger
from simulation.agents import enterprise
from simulation.records import CHAT, OFFLINE, PLATFORM
from tests.households import Home


def revenue(**changes):
    home = Home(**changes)
    home.trade()
    return home.sums[ledger.REVENUE]


REACH = {"chat_reach": 0.1, "platform_reach": 0.2, "selling": 1.0}


@pytest.mark.parametrize(
    ("firm", "reach"),
    [
        ({"stage": OFFLINE}, 0.0),
        ({"stage": OFFLINE, "channel": 1}, 0.0),
        ({"stage": CHAT}, 0.1),
        ({"stage": PLATFORM}, 0.2),
        ({"stage": CHAT, "selling": 0.5}, 0.05),
        ({"stage": PLATFORM, "selling": 0.0}, 0.0),
        ({"stage": PLATFORM, "selling": 0.0, "channel": 1}, 0.2),
    ],
    ids=str,
)
def test_selling_online_reaches_as_far_as_the_skill_goes_or_an_intermediarys(firm, reach):
    assert revenue(**{**REACH, **firm}) == pytest.approx(revenue() * math.exp(reach))


FEES = [
    ({"stage": OFFLINE}, 0.0),
    ({"stage": OFFLINE, "channel": 1, "product": 1}, 0.0),
    ({"stage": CHAT, "product": 1}, 0.0),
    ({"stage": CHAT, "channel": 1}, 0.15),
    ({"stage": PLATFORM, "product": 0}, 0.2),
    ({"stage": PLATFORM, "product": 1}, 0.085),
    ({"stage": PLATFORM, "product": 2, "channel": 1}, 0.235),
]


@pytest.mark.parametrize("books", [0, 1])
@pytest.mark.parametrize(("firm", "fees"), FEES, ids=str)
def test_profit_is_what_is_left_of_revenue_after_costs_fees_and_leakage(firm, fees, books):
    home = Home(**firm, books=books)
    profit = home.trade()
    lost = home.p.online_sales * fees + home.p.leakage * (not books)
    expected = (home.p.variable_margin - lost) * home.sums[ledger.REVENUE]
    assert profit == pytest.approx(expected - home.p.fixed_cost * home.e.scale)
    assert profit == home.e.profit == home.sums[ledger.PROFIT]


def test_selling_online_is_learnt_by_doing_it_oneself_and_forgotten_otherwise():
    def next_skill(**firm):
        home = Home(selling=0.4, **firm)
        enterprise.sell_online(home.e, home.p)
        return home.e.selling

    learnt, forgotten = 0.4 + 0.05 * 0.6, 0.4 * (1.0 - 0.03)
    assert next_skill(stage=CHAT) == next_skill(stage=PLATFORM) == pytest.approx(learnt)
    for idle in (
        {"stage": OFFLINE},
        {"stage": PLATFORM, "channel": 1},
        {"stage": CHAT, "alive": 0},
    ):
        assert next_skill(**idle) == pytest.approx(forgotten)
    expert = Home(selling=1.0, stage=CHAT)
    enterprise.sell_online(expert.e, expert.p)
    assert expert.e.selling == 1.0
