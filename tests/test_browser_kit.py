"""The workshop page as one file, in a real browser without a network."""

import math
import statistics as middle

import numpy as np
import pytest

from scenarios.runs.replicates import mean_of
from scenarios.words import numerals
from scenarios.workshop.choices import LEVERS
from tests.browser import (
    PHONE,
    PROJECTOR,
    REPLICATES,
    needs_browser,
    note,
    unworded,
)

needs_browser()
pytestmark = pytest.mark.browser

LANGUAGES = ("id", "en")
BOX = ("flip", "losers", "cash", "unsourced", "not_modelled")


@pytest.fixture
def page(chromium, kit):
    """Open the kit anew; what it says and asks is looked at afterwards."""
    chromium.open(kit.as_uri())
    yield chromium
    assert chromium.complaints() == []
    assert {each.split("?")[0] for each in chromium.requests()} == {kit.as_uri()}


# What it shows


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said_and_can_be_perceived(page, language):
    page.speak(language)
    page.wait("return document.querySelectorAll('#lives .life').length > 0")
    page.wait("return document.querySelectorAll('.box-unsourced li').length === 3")
    assert [len(page.texts(f".box-{name} li")) > 0 for name in BOX] == [True] * len(BOX)
    assert unworded(page) == []
    assert page.findings() == []
    page.shoot(f"kit-{language}")
    page.shoot(f"kit-{language}-whole", whole=True)
    page.shoot(f"kit-{language}-phone", PHONE, whole=True)
    page.size(*PHONE)
    assert page.findings() == []
    assert page.run("return document.documentElement.scrollWidth") <= PHONE[0]
    page.click("button[data-view=teams]")
    assert page.run("return document.documentElement.scrollWidth") <= PHONE[0]


def test_both_sides_and_the_results_fit_a_projector(page):
    for selector in ("#side-a", "#side-b", "#results"):
        edges = page.run(
            "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [box.left, box.top, box.right, box.bottom]",
            selector,
        )
        assert min(edges) >= 0
        assert edges[2] <= PROJECTOR[0]
        # What a browser keeps for itself of a screen.
        assert edges[3] <= PROJECTOR[1] - 90
    assert page.run("return document.documentElement.scrollWidth") <= PROJECTOR[0]


def test_numbers_shown_are_those_of_the_runs(page, kit):
    data = page.run("return State.data")
    key = page.run(
        "return Source.keyOf(State.state.common, State.state.a, State.data.choices.levers)"
    )
    values = data["kit"]["cells"][key]["values"]
    units = {each["name"]: each["unit"] for each in data["indicators"]}
    shown = page.run(
        "return [...document.querySelectorAll('.tradeoff')]"
        ".map((e) => e.querySelector('dd').innerText)"
    )
    names = ["net_lifted", "public_cost", "irr", "women", "street_change"]
    for name, text in zip(names, shown, strict=True):
        found = mean_of(np.array(listed(values.get(name)), float))
        if not math.isfinite(found["value"]):
            assert text == numerals.UNKNOWN
            continue
        beside = [found["value"], found["low"], found["high"]]
        assert text.split(" [")[0] == in_unit(found["value"], units[name], beside)


def test_a_claim_stands_below_what_is_true_and_is_no_win(page):
    page.speak("en")
    script = (
        "return [...document.querySelectorAll('#further tr')].map((e) =>"
        " [...e.children].map((cell) => cell.textContent))"
    )
    lines = page.run(script)
    (at,) = [row for row, cells in enumerate(lines) if cells[0].startswith("Claimed by the prov")]
    assert lines[at - 1][0].startswith("Lifted out of poverty")
    _, *sides, cash, _, wins = lines[at]
    assert numerals.UNKNOWN not in sides
    assert (cash, wins) == (numerals.UNKNOWN, numerals.UNKNOWN)


def listed(values):
    """Return a list by replicate of what a cell keeps of an indicator."""
    return values if isinstance(values, list) else [values] * REPLICATES


def in_unit(value, unit, beside):
    if unit.startswith("rupiah"):
        return numerals.short_rupiah(value, "id")
    if unit.startswith("percent"):
        return numerals.percent(value, 1, "id")
    known = [abs(each) for each in beside if math.isfinite(each)]
    return numerals.number(value, 2 if unit == "points" else int(max(known) < 10), "id")


# Sliders


def test_sliders_snap_to_cells_that_were_run(page):
    for number in range(40):
        lever = LEVERS[(7 * number) % 4]
        page.slide(f"#split-{'ab'[number % 2]}-{lever}", (37 * number) % 101)
        values = page.run(
            "return ['a', 'b'].map((side) => State.data.choices.levers.map((lever) =>"
            " Number(document.getElementById(`split-${side}-${lever}`).value)))"
        )
        assert [sum(each) for each in values] == [100, 100]
        assert page.run(
            "return ['a', 'b'].every((side) => Source.keyOf(State.state.common, State.state[side],"
            " State.data.choices.levers) in State.data.kit.cells)"
        )
    assert page.run("return document.getElementById('alert').hidden")


def test_a_lever_gives_back_what_it_took(page):
    start = page.run("return State.state.b.split")
    for share in (50, 100, 75, start["training"]):
        page.slide("#split-b-training", share)
    assert page.run("return State.state.b.split") == start


def test_a_and_b_are_compared_run_by_run(page):
    for lever, share in (("equity", 100), ("equity", 0), ("documents", 50)):
        page.slide(f"#split-a-{lever}", share)
    page.settle()
    rows = [page.run("return Results.rowsOf(arguments[0])", side) for side in "ab"]
    pairs = [
        (one["values"]["net_lifted"], other["values"]["net_lifted"])
        for one, other in zip(*rows, strict=True)
    ]
    ahead = max(
        ("A", sum(a > b for a, b in pairs)), ("B", sum(b > a for a, b in pairs)), key=by_count
    )
    page.speak("en")
    wins = page.texts(".tradeoff .wins")[0]
    assert wins == f"{ahead[0]} better: {ahead[1]} of {REPLICATES}"
    assert f"{ahead[1]} of {REPLICATES} runs" in page.texts("#verdict")[0]


def by_count(side):
    return side[1]


def test_the_same_choice_on_both_sides_makes_no_difference(page):
    for lever in LEVERS:
        page.slide(f"#split-a-{lever}", 25)
        page.slide(f"#split-b-{lever}", 25)
    page.run("State.change({b: State.state.a})")
    page.settle()
    page.speak("en")
    assert page.texts("#verdict") == ["A and B come out the same."]


def test_opening_and_moving_are_measured(page):
    """How long they take is kept beside the pictures: no test fails by a clock."""
    opens = []
    for _ in range(5):
        page.driver.refresh()
        page.settle()
        opens.append(
            page.run(
                "const [all] = performance.getEntriesByType('navigation');"
                "return all.loadEventEnd - all.startTime"
            )
        )
    moves = page.driver.execute_async_script(
        "const done = arguments[0]; const took = []; const levers = State.data.choices.levers;"
        "const next = (number) => {"
        "  if (number === 40) return done(took);"
        "  const input = document.getElementById(`split-a-${levers[number % 4]}`);"
        "  input.value = (number * 25) % 125; const start = performance.now();"
        "  input.dispatchEvent(new Event('input', {bubbles: true}));"
        "  requestAnimationFrame(() => setTimeout(() => {"
        "    took.push(performance.now() - start); next(number + 1); }, 0)); };"
        "next(0)"
    )
    note(
        "kit-timings",
        opened_ms=middle.median(opens),
        moved_ms=middle.median(moves),
        slowest_move_ms=max(moves),
    )
    assert len(moves) == 40
    assert page.run("return document.querySelectorAll('#tradeoffs .mark').length") > 0


# By keyboard alone


def test_the_page_works_by_keyboard_alone(page):
    from selenium.webdriver import Keys

    page.run("document.activeElement.blur()")
    page.press(Keys.TAB)
    assert page.run("return document.activeElement.className") == "skip"
    seen = []
    for _ in range(60):
        page.press(Keys.TAB)
        at = page.run(
            "const at = document.activeElement; const style = getComputedStyle(at);"
            "return [at === document.body ? '' : at.id || at.textContent.trim(),"
            " style.outlineStyle, parseFloat(style.outlineWidth)]"
        )
        if not at[0]:
            break
        assert at[1] != "none", at
        assert at[2] >= 2, at
        seen.append(at[0])
    order = [f"split-a-{lever}" for lever in LEVERS]
    assert [each for each in seen if each in order] == order
    assert seen.index("split-a-training") < seen.index("aim") < seen.index("split-b-training")
    page.run("document.getElementById('split-b-equity').focus()")
    before = page.run("return State.state.b.split.equity")
    page.press(Keys.ARROW_RIGHT)
    page.settle()
    assert page.run("return State.state.b.split.equity") == before + 25
    said = page.run(
        "return document.getElementById('split-b-equity').getAttribute('aria-valuetext')"
    )
    assert said.startswith(f"{before + 25}%, Rp ")
    assert page.texts("#spoken") == page.texts("#verdict")
