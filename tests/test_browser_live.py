"""The workshop page live on the model, in a real browser that reaches this machine alone."""

import re
import statistics as middle
import urllib.parse

import pytest

from scenarios.workshop import cells, choices, sides
from scenarios.workshop.choices import LEVERS, Choice, Common
from tests.browser import PHONE, needs_browser, note, unworded
from tests.command import call, start

needs_browser()
pytest.importorskip("uvicorn", reason="the packages of the workshop page are not installed")
pytestmark = pytest.mark.browser

REPLICATES = 3
LANGUAGES = ("id", "en")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Serve the page as anybody does, and stop it in the end."""
    command = ["workshop", "--no-browser", "--replicates", str(REPLICATES)]
    process = start(call(command), tmp_path_factory.mktemp("server"))
    address = process.stdout.readline().strip()
    yield address, process
    process.terminate()
    process.communicate(timeout=60)


@pytest.fixture
def page(chromium, server):
    """Open the page anew; what it says and asks is looked at afterwards."""
    address, _ = server
    chromium.open(address)
    yield chromium
    assert chromium.complaints() == []
    hosts = {urllib.parse.urlsplit(each).netloc for each in chromium.requests()}
    assert hosts == {urllib.parse.urlsplit(address).netloc}
    entries = chromium.run("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert {urllib.parse.urlsplit(each).netloc for each in entries} <= hosts


def rows(page, side):
    return page.run("return Results.rowsOf(arguments[0])", side)


def test_results_come_by_themselves_and_are_those_of_the_model(page):
    common, chosen = page.run("return [State.state.common, State.state.b]")
    room = cells.room(common["place"], common["people"])
    scenario = sides.scenario_of(Common(**common), Choice(**chosen), room)
    scenario = scenario.model_copy(update={"households": choices.HOUSEHOLDS})
    inputs = {"scenario": scenario.model_dump(mode="json"), "replicate": 1}
    expected = cells.row_of(1, cells.cell(inputs))
    assert rows(page, "b")[1] == expected
    assert [len(rows(page, side)) for side in ("a", "b", "cash")] == [REPLICATES] * 3
    assert page.texts("#spoken") == page.texts("#verdict")


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said_and_can_be_perceived(page, language):
    page.speak(language)
    page.wait("return document.querySelectorAll('#lives .life').length > 0")
    assert unworded(page) == []
    assert page.findings() == []
    page.shoot(f"live-{language}")
    page.shoot(f"live-{language}-whole", whole=True)
    page.shoot(f"live-{language}-phone", PHONE, whole=True)
    page.click("button[data-view=teams]")
    assert page.findings() == []


def test_what_was_moved_on_from_leaves_no_trace(page):
    for share in (10, 35, 60, 85):
        page.slide("#split-a-documents", share)
        page.run("return new Promise((done) => setTimeout(done, 150))")
    page.slide("#split-a-equity", 45)
    page.settle()
    chosen = page.run("return State.state.a.split")
    assert chosen["equity"] == 45
    assert sum(chosen.values()) == 100
    again = page.driver.execute_async_script(
        "const done = arguments[0];"
        "const {common, a: choice} = State.state;"
        "const body = JSON.stringify({common, choice, from: 0, to: Results.most});"
        "const headers = {'Content-Type': 'application/json'};"
        "fetch('/rows', {method: 'POST', headers, body}).then((answer) => answer.text())"
        ".then((text) => done(text.trim().split('\\n').slice(1).map(JSON.parse)))"
    )
    assert rows(page, "a") == again


def test_what_would_go_wrong_changes_the_choices(page):
    kpi, calm = page.run("const {kpi, shocks} = State.data.choices; return [kpi, shocks[0]]")
    before = rows(page, "a")
    page.click("#side-a .kpi")
    page.settle()
    assert page.run("return document.getElementById('selection-a').value") == kpi
    assert page.run("return document.getElementById('selection-b').value") != kpi
    assert rows(page, "a") != before
    page.click("#wrong .card:last-child button")
    page.settle()
    shock = page.run("return document.getElementById('common-shock').value")
    assert shock != calm
    page.speak("en")
    told = page.wait(
        "const said = [...document.querySelectorAll('#wrong li')].map((e) => e.textContent);"
        "return said.length === 2 && said"
    )
    for side, text in zip("AB", told, strict=True):
        said = re.fullmatch(
            rf"Side {side}: the provider would claim ([\d.,-]+) \[.*\] persons lifted out; against"
            r" the same people without the programme it is ([\d.,-]+) \[.*\], net\.",
            text,
        )
        for name, shown in zip(("claimed_lifted", "net_lifted"), said.groups(), strict=True):
            own = [row["values"][name] for row in rows(page, side.lower())]
            assert float(shown.replace(",", "")) == pytest.approx(middle.mean(own), abs=0.5)
    page.shoot("live-wrong-en")
    page.click("#wrong .card:last-child button")
    page.click("#side-a .kpi")
    page.settle()
    assert page.run("return State.state.common.shock") == calm
    assert rows(page, "a") == before


def test_people_from_the_street_return_to_it_or_not(page):
    page.run(
        "const now = () => Tradeoffs.SIDES.map(Results.rowsOf); const old = now();"
        "window.mixed = 0;"
        "Results.watch(() => {"
        "  const kept = now().filter((rows, row) => rows.length && rows === old[row]).length;"
        "  if (kept > 0 && kept < old.length) window.mixed += 1; })"
    )
    page.choose("#common-people", "street people")
    page.settle()
    # Never were sides of two worlds shown beside each other.
    assert page.run("return window.mixed") == 0
    found = page.run("return Statistics.over(Results.rowsOf('a'), 'street_change')")
    assert found["value"] is not None
    page.shoot("live-street")


def test_teams_meet_the_frontier(page):
    page.click("button[data-view=teams]")
    for name, lever in zip(("Mawar", "Melati"), LEVERS, strict=False):
        page.run("document.getElementById('team-name').value = arguments[0]", name)
        page.slide(f"#team-split-{lever}", 65)
        page.click("#entry button[type=submit]")
    page.click("#reveal")
    page.wait("return document.querySelectorAll('#frontier .team').length === 2")
    page.wait("return document.querySelectorAll('#frontier .cell').length >= 35")
    page.wait("return document.querySelectorAll('#frontier .best').length === 1")
    page.shoot("live-teams")
    page.click("#reveal")


def test_the_first_answer_is_measured(page):
    """How long both sides take is kept beside the pictures: no test fails by a clock."""
    took = []
    for number in range(6):
        took.append(
            page.driver.execute_async_script(
                "const done = arguments[1]; const start = performance.now(); let told = false;"
                "const input = document.getElementById('split-a-training');"
                "const other = document.getElementById('split-b-mentoring');"
                "const move = (slider, share) => { slider.value = share;"
                "  slider.dispatchEvent(new Event('input', {bubbles: true})); };"
                "move(input, arguments[0]); move(other, 100 - arguments[0]);"
                "const cells = () => ['a', 'b'].map((side) => Results.rowsOf(side));"
                "const [a, b] = cells();"
                "const look = () => { const now = cells();"
                "  if (now[0] !== a && now[1] !== b) done(performance.now() - start);"
                "  else setTimeout(look, 5); };"
                "look()",
                15 + 10 * number,
            )
        )
        page.settle()
    note("live-timings", first_answer_ms=middle.median(took), slowest_ms=max(took))
    assert len(took) == 6


def test_the_server_checks_what_it_is_asked(page):
    page.run("State.change({b: {...State.state.b, terms: '<b>usury</b>'}})")
    page.wait("return !document.getElementById('alert').hidden")
    said = page.texts("#alert")[0]
    assert "choice.terms" in said
    assert "micro equity" in said
    assert page.run("return document.querySelectorAll('#alert b').length") == 0
    page.run("State.change({b: State.state.a})")
    page.settle()
    assert page.run("return document.getElementById('alert').hidden")
    # The browser itself says that an answer was a refusal.
    assert all("422" in each for each in page.complaints())


def test_a_server_that_is_gone_is_told(chromium, server):
    address, process = server
    chromium.open(address)
    process.terminate()
    process.wait(timeout=60)
    chromium.speak("en")
    chromium.slide("#split-a-training", 5)
    chromium.wait("return !document.getElementById('alert').hidden")
    assert chromium.texts("#alert") == [chromium.run("return Words.say('page.error.lost')")]
