"""What moves while the world stands still: figures by hand, published ranges, one run kept."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest

from calibration import dynamics, figures
from calibration.dynamics import (
    Held,
    held,
    of_closures,
    of_incomes,
    of_livelihoods,
    of_poverty,
    of_profits,
    still,
)
from calibration.targets import CHECKS, ROUGHLY, Check
from calibration.traits import traits
from simulation import ledger
from simulation.parameters import TABLE
from simulation.records import CASUAL_WORK, NO_WORK, WAGE_WORK

HOUSEHOLDS = 3_000
SINGLE = {
    "poor in one of three Marches over headcount": 25.0 / 14.15,
    "firms that close in a year": 8.3,
}
"""Checks on one number that no row holds alone, or that holds another besides."""


# What is published


def rows_of(source):
    """Return the rows of all tables of facts, or of the evidence, that a check stands on."""
    if source.startswith("E"):
        table = figures.table("evidence")
        return table[table.id == source]
    facts = [figures.table(name) for name in ("households", "labour")]
    return next(own for own in (each[each.source == source] for each in facts) if len(own))


@pytest.mark.parametrize("check", [each for each in CHECKS if each.source], ids=lambda c: c.name)
def test_ranges_are_what_was_published(check):
    rows = rows_of(check.source)
    if check.source.startswith("E"):
        text = " ".join(rows[["effect", "uncertainty"]].iloc[0])
        known = {float(each) for each in re.findall(r"[0-9.]*[0-9]", text)}
    else:
        known = set(rows.value)
    middle = 0.5 * (check.low + check.high)
    if check.name in SINGLE:
        assert middle == pytest.approx(SINGLE[check.name])
    elif check.high == 100.0:  # "more than half"
        assert check.low in known
        assert "more than half" in " ".join(rows.note)
    elif any(each == pytest.approx(middle) for each in known):
        assert check.high / middle == pytest.approx(1.0 + ROUGHLY)
    else:
        assert {check.low, check.high} <= known


def test_the_headcount_of_the_ratio_is_published():
    """Of March 2009, in the middle of the three years."""
    assert figures.value("p0", period="2009-03") == 14.15
    assert figures.value("dynamics_ever_poor_in_3_years", period="2008/2010") == 25.0


def test_what_set_a_parameter_is_no_test():
    """A parameter that names a figure as its source was set by it."""
    citing = {}
    for name, row in TABLE.items():
        for each in re.findall(r"\bE\d{3}\b", row.source):
            citing.setdefault(each, set()).add(name)
    for check in CHECKS:
        if check.source.startswith("E"):
            assert set(check.made_by) == citing.get(check.source, set()), check.name
        assert set(check.made_by) <= set(TABLE) | set(traits())
    kinds = [check.kind for check in CHECKS]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "test": 10,
        "by construction": 12,
        "not published": 2,
    }


def test_checks_have_names_of_their_own():
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_held_against_a_range():
    known = Check("motion", "%", 1.0, 2.0, "E123")
    assert [Held(known, value).inside for value in (0.9, 1.0, 2.0, 2.1, math.nan)] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert not Held(Check("told", "%", math.nan, math.nan, ""), 1.0).inside
    assert Held(known, 1.5).record["value"] == 1.5


# Figures by hand


def test_who_has_a_firm_lives_by_it_whatever_work_there_is_beside_it():
    """By weight: owners 1 + 2, wages 4, casual 8; who has no work (16) does not count."""
    seen = SimpleNamespace(
        livelihood=np.array([[WAGE_WORK, CASUAL_WORK, WAGE_WORK, CASUAL_WORK, NO_WORK]]),
        owner=np.array([[True, True, False, False, False]]),
        standing=np.array([[0.5, 2.0, 0.9, 2.0, 2.0]]),
        urban=np.array([True, True, True, False, True]),
        weight=np.array([1.0, 2.0, 4.0, 8.0, 16.0]),
    )
    assert of_livelihoods(seen) == pytest.approx(
        {"informal livelihoods": 100 * 11 / 15, "urban poor with an enterprise": 100 * 1 / 5}
    )


def test_poverty_of_three_marches():
    """Five households: always poor, poor at both ends, falling, leaving, never poor."""
    standing = np.array(
        [
            [0.5, 0.8, 1.2, 0.9, 3.0],
            [0.5, 1.2, 1.2, 1.4, 3.0],
            [0.7, 0.8, 0.9, 1.4, 3.0],
        ]
    )
    weight, persons = np.ones(5), np.array([2.0, 1.0, 1.0, 1.0, 5.0])
    found = of_poverty(standing, weight, persons)
    headcount = 100.0 * np.mean([4, 2, 4]) / 10
    by_hand = {
        # Of 4 poor persons 2 are poor again; of the 2 poor then, both.
        "poor of one March who are poor the next": (50.0 + 100.0) / 2,
        "others who fall in within a year": (0.0 + 100.0 * 2 / 8) / 2,
        "poor who were not poor the March before": (0.0 + 100.0 * 2 / 4) / 2,
        "poor still poor two years later": 100.0 * 2 / 3,
        "others who are poor two years later": 100.0 * 1 / 2,
        "poor in one of three Marches over headcount": 50.0 / headcount,
        # Means of both ends: .6, .8, 1.05, 1.15; gaps .4 and .2; of the ends .5, .2, .1; .3, .2, .1
        "poverty gap of two Marches that is chronic": 100.0 * 0.6 / 0.7,
        "severity of two Marches that is chronic": 100.0 * 0.2 / 0.22,
        "persons between 1 and 1.5 lines": 100.0 * np.mean([1, 3, 1]) / 10,
    }
    for name, value in by_hand.items():
        assert found[name] == pytest.approx(value), name


def test_deciles_that_are_left():
    """Of ten households in order two swap places across the third decile, then two far apart."""
    before = np.arange(1.0, 11.0) / 4.0
    after = before.copy()
    after[[2, 3]] = after[[3, 2]]
    found = of_poverty(np.array([before, before, after]), np.ones(10), np.ones(10))
    assert found["lowest three deciles: left them in two years"] == pytest.approx(100.0 / 3)
    assert found["upper six deciles: left them in two years"] == 0.0
    after[[0, 9]] = after[[9, 0]]
    found = of_poverty(np.array([before, before, after]), np.ones(10), np.ones(10))
    assert found["lowest three deciles: left them in two years"] == pytest.approx(200.0 / 3)
    assert found["upper six deciles: left them in two years"] == pytest.approx(100.0 / 6)


def test_incomes_within_a_year():
    months = np.tile(np.array([[100.0, 0.5], [100.0, 1.5]]), (6, 1))
    found = of_incomes(months, np.array([[False, True]]), np.array([3.0, 1.0]))
    spread = 0.5 * math.sqrt(12 / 11)
    assert found["income variation"] == pytest.approx(spread / 4)
    assert found["income variation, poor"] == pytest.approx(spread)
    assert found["months with a dip of income"] == pytest.approx(50.0 / 4)
    assert found["months with a dip of income, poor"] == pytest.approx(50.0)


def test_who_earned_nothing_in_a_year_has_no_variation():
    months = np.tile(np.array([[-1.0, 2.0]]), (12, 1))
    found = of_incomes(months, np.array([[True, True]]), np.ones(2))
    assert found["income variation"] == 0.0


def test_closures_follow_their_hazards():
    """Two hundred thousand firms live two years; the young close at 3%, the old at 1% a month."""
    rng = np.random.default_rng(1)
    firms, months, young, old = 200_000, 24, 0.03, 0.01
    age = rng.integers(0, 48, firms)
    ages, alive, closed = [], [], []
    there = np.ones(firms, bool)
    for month in range(months):
        chance = np.where(age + month < 24, young, old)
        gone = there & (rng.random(firms) < chance)
        ages.append(age + month)
        alive.append(there)
        closed.append(gone)
        there = there & ~gone
    found = of_closures(np.array(alive), np.array(ages), np.array(closed), np.ones(firms))
    assert found["new firms that close within a year"] == pytest.approx(
        100 * (1 - 0.97**12), abs=0.5
    )
    kept = there.mean()
    assert found["firms that close in a year"] == pytest.approx(100 * (1 - kept**0.5))
    half = 2 + math.log(0.5 / kept) / math.log(0.99) / 12
    assert found["years until half are closed"] == pytest.approx(half, rel=0.01)


def test_closures_count_at_weight():
    alive = np.array([[True, True], [True, False]])
    closed = np.array([[False, True], [False, False]])
    found = of_closures(alive, np.full((2, 2), 30), closed, np.array([3.0, 1.0]))
    assert found["firms that close in a year"] == pytest.approx(100 * (1 - 0.75**6))


def test_profits_that_hang_together():
    rng = np.random.default_rng(2)
    firms, months, persistence = 4000, 24, 0.6
    slow = [rng.normal(size=firms)]
    for _ in range(months - 1):
        noise = rng.normal(size=firms) * math.sqrt(1 - persistence**2)
        slow.append(persistence * slow[-1] + noise)
    found = of_profits(2.0 + np.array(slow), np.ones(firms))
    assert found["autocorrelation of measured profit"] == pytest.approx(0.6, abs=0.02)
    assert found["months with a measured loss"] == pytest.approx(2.28, abs=0.2)
    assert found["coefficient of variation of profit"] == pytest.approx(0.49, abs=0.01)


def test_spread_of_profits_is_of_those_above_nothing_and_of_firms_only():
    profit = np.array([[1.0, math.e**2, -5.0, math.nan]] * 2)
    found = of_profits(profit, np.array([1.0, 1.0, 1.0, 100.0]))
    assert found["spread of log positive profit"] == pytest.approx(math.sqrt(4 / 3), abs=1e-9)
    assert found["months with a measured loss"] == pytest.approx(100 / 3)


# One life of the nation


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return folder, dynamics.observed(str(folder), HOUSEHOLDS)


def test_a_run_gives_every_figure_and_no_other(kept):
    _, found = kept
    assert set(found) == {check.name for check in CHECKS}
    assert all(math.isfinite(value) for value in found.values())
    assert [each.check for each in held(found)] == list(CHECKS)


def test_a_run_is_done_once(kept, monkeypatch):
    folder, found = kept

    def again(*_):
        raise AssertionError("it lived again")

    parts = sorted(path.name for path in folder.iterdir())
    monkeypatch.setattr(dynamics, "watch", again)
    assert dynamics.observed(str(folder), HOUSEHOLDS) == found
    assert sorted(path.name for path in folder.iterdir()) == parts


def test_a_run_that_fails_says_why(tmp_path, monkeypatch):
    def fails(*_):
        raise FloatingPointError("savings of household 3 are not finite")

    monkeypatch.setattr(dynamics, "watch", fails)
    with pytest.raises(RuntimeError, match="savings of household 3"):
        dynamics.observed(str(tmp_path), HOUSEHOLDS)


def test_incomes_are_those_of_the_ledger():
    """What smoothed income says of last month's income adds up to what was earned and received."""
    model = still(HOUSEHOLDS, 1)
    h = model.population.households
    p = model.parameters[0]
    own = h["frame"] == 0
    before = h["smoothed"].copy()
    model.step()
    income = (h["smoothed"] - p.smoothing * before) / (1.0 - p.smoothing)
    flows = model.sums[0][model.population.blocks[:, 3] == 0].sum(axis=0)
    e = model.population.enterprises
    earned = flows[ledger.WAGES] + flows[ledger.ASSISTANCE]
    profit = (h["weight"] * e["profit"])[own & (e["alive"] == 1) & (e["age"] > 0)].sum()
    told = (h["weight"] * income)[own].sum()
    assert told == pytest.approx(earned + profit, rel=0.005)  # closed firms aside
