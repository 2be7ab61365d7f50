"""What the workshop page reckons in a browser, against the same in Python."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.special import stdtrit

from scenarios.runs.effects import RATIOS
from scenarios.runs.replicates import mean_of, ratio_of
from scenarios.words import numerals
from scenarios.workshop.choices import LEVERS
from tests.browser import needs_browser

needs_browser()
pytestmark = pytest.mark.browser

LANGUAGES = ("id", "en")


@pytest.fixture(scope="module")
def page(chromium, kit):
    """Open the kit; what it says and asks is looked at afterwards."""
    chromium.open(kit.as_uri())
    yield chromium
    assert chromium.complaints() == []
    assert {each.split("?")[0] for each in chromium.requests()} == {kit.as_uri()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_numerals_are_those_of_the_label_table(page, language):
    sizes = [0.0, 0.004, 0.125, 0.5, 1.5, 2.5, 9.995, 99.95, 1234.5678, 999_949.0, 999_950.0]
    sizes += [999_999.6, 1e6, 1.25e6, 99_949_999.0, 250e6, 999.5e6, 1e9, 1.234e9, 5e12, 7.77e14]
    values = [sign * size for size in sizes for sign in (1.0, -1.0)] + [None]
    found = page.run(
        "return arguments[0].map((x) => [0, 1, 2].map((d) => Numerals.number(x, d, arguments[1]))"
        ".concat(Numerals.percent(x, 2, arguments[1]), Numerals.rupiah(x, arguments[1]),"
        " Numerals.shortRupiah(x, arguments[1])))",
        values,
        language,
    )
    for value, texts in zip(values, found, strict=True):
        expected = [numerals.number(value, decimals, language) for decimals in range(3)]
        expected += [numerals.percent(value, 2, language), numerals.rupiah(value, language)]
        assert texts == [*expected, numerals.short_rupiah(value, language)]
    months = [f"20{year}-{month:02}" for year in (23, 45) for month in range(1, 13)]
    found = page.run(
        "return arguments[0].map((m) => Numerals.month(m, arguments[1]))", months, language
    )
    assert found == [numerals.month(month, language) for month in months]


def test_quantiles_are_student_s(page):
    freedoms = [*range(1, 200), 500, 999]
    found = page.run("return arguments[0].map(Statistics.quantile)", freedoms)
    np.testing.assert_allclose(found, stdtrit(freedoms, 0.95), rtol=2e-8)


SIZES = some.floats(-1e9, 1e9) | some.none()


@settings(max_examples=40)
@given(pairs=some.lists(some.tuples(SIZES, SIZES), min_size=1, max_size=60))
def test_statistics_are_those_of_the_model(page, pairs):
    top, bottom = (np.array(each, float) for each in zip(*pairs, strict=True))
    means, ratio = page.run(
        "const [top, bottom] = arguments[0];"
        "return [[top, bottom].map(Statistics.interval), Statistics.ratio(top, bottom)]",
        [list(each) for each in zip(*pairs, strict=True)],
    )
    for found, expected in ((means[0], mean_of(top)), (means[1], mean_of(bottom))):
        same(found, expected, scale=max(1.0, np.nanmax(np.abs([*top, *bottom, 0.0]))))
    known = np.isfinite(top) & np.isfinite(bottom)
    if known.any() and abs(bottom[known].mean()) > 1e-3 * np.abs(bottom[known]).max():
        expected = ratio_of(top, bottom)
        ends = [abs(each) for each in expected.values() if math.isfinite(each)]
        same(ratio, expected, scale=max(1.0, *ends, np.abs(top[known]).max()))


def same(found, expected, scale):
    for name, value in expected.items():
        if math.isnan(value):
            assert found[name] is None
        else:
            assert found[name] == pytest.approx(value, rel=1e-7, abs=1e-9 * scale)


def test_ratios_are_made_of_the_same_indicators(page):
    named = {
        each["name"]: tuple(each.get("ratio", ()))
        for each in page.run("return State.data.indicators")
    }
    assert {name: parts for name, parts in named.items() if parts} == RATIOS
    rows = [{"values": {"public_cost": 1e6 * k, "net_lifted": 10.0 + k}} for k in range(1, 9)]
    found = page.run("return Statistics.over(arguments[0], 'public_cost_each')", rows)
    top, bottom = (
        np.array([row["values"][name] for row in rows]) for name in RATIOS["public_cost_each"]
    )
    same(found, ratio_of(top, bottom), scale=1e6)


MOVES = some.lists(some.tuples(some.sampled_from(LEVERS), some.integers(0, 100)), max_size=30)


@settings(max_examples=60)
@given(moves=MOVES, step=some.sampled_from((5, 25)))
def test_shares_add_up_whatever_is_moved(page, moves, step):
    splits = page.run(
        "let split = {training: 50, mentoring: 25, equity: 25, documents: 0};"
        "return arguments[0].map(([lever, share]) => {"
        "  split = Splits.move(split, lever, share, arguments[1]); return split; })",
        [list(each) for each in moves],
        step,
    )
    before = {"training": 50, "mentoring": 25, "equity": 25, "documents": 0}
    for (lever, share), split in zip(moves, splits, strict=True):
        assert sum(split.values()) == 100
        assert all(each >= 0 and each % step == 0 for each in split.values())
        assert abs(split[lever] - share) <= step / 2
        others = [each for each in LEVERS if each != lever]
        held, left = sum(before[each] for each in others), 100 - split[lever]
        for each in others:
            part = before[each] / held if held else 1 / 3
            assert abs(split[each] - left * part) < step + 1e-9
        before = split


def test_the_frontier_is_of_splits_that_no_other_beats(page):
    points = [[1.0, 1.0], [2.0, 3.0], [3.0, 2.0], [2.0, 3.0], [4.0, 0.5]]
    assert page.run("return Splits.undominated(arguments[0], [-1, 1])", points) == [
        True, True, False, True, False,
    ]  # fmt: skip
