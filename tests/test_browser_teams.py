"""Teams mode of the workshop page, in a real browser."""

import json

import pytest

from scenarios.workshop import choices
from tests.browser import PHONE, needs_browser, unworded

needs_browser()
pytestmark = pytest.mark.browser

LANGUAGES = ("id", "en")
LEVERS = choices.LEVERS


@pytest.fixture
def page(chromium, kit):
    """Open the kit anew; what it says and asks is looked at afterwards."""
    chromium.open(kit.as_uri())
    yield chromium
    assert chromium.complaints() == []
    assert {each.split("?")[0] for each in chromium.requests()} == {kit.as_uri()}


def enter(page, name, lever, share):
    page.run("document.getElementById('team-name').value = arguments[0]", name)
    page.slide(f"#team-split-{lever}", share)
    page.click("#entry button[type=submit]")


def saved(page):
    path = page.downloads / "berdaya-session.json"
    path.unlink(missing_ok=True)
    page.find("#save").click()
    for _ in range(200):
        if path.exists() and path.read_text(encoding="utf-8").endswith("}\n"):
            break
        page.run("return new Promise((done) => setTimeout(done, 20))")
    return json.loads(path.read_text(encoding="utf-8"))


def load(page, path, text):
    path.write_text(text, encoding="utf-8")
    page.find("#file").send_keys(str(path))


@pytest.mark.parametrize("language", LANGUAGES)
def test_teams_are_hidden_revealed_saved_and_loaded(page, tmp_path, language):
    page.speak(language)
    page.click("button[data-view=teams]")
    names = ["Mawar", "Melati & <b>kawan</b>", "Kenanga"]
    for name, lever, share in zip(names, LEVERS, (75, 50, 100), strict=False):
        enter(page, name, lever, share)
    assert page.texts(".team-title") == names
    assert not any("%" in text for text in page.texts("#entered .split"))
    assert page.run("return document.getElementById('revealed').hidden")
    page.click("#reveal")
    page.wait("return document.querySelectorAll('#frontier .team').length === 3")
    assert page.run("return document.querySelectorAll('#frontier .cell').length") >= 35
    assert page.run("return document.querySelectorAll('#frontier .best').length") == 1
    assert all("%" in text for text in page.texts("#entered .split"))
    assert page.findings() == []
    assert unworded(page) == []
    page.shoot(f"teams-{language}")
    page.shoot(f"teams-{language}-phone", PHONE, whole=True)
    session = saved(page)
    assert [team["name"] for team in session["teams"]] == names
    while page.texts(".team-title"):
        page.click("#entered button")
    load(page, tmp_path / "again.json", json.dumps(session))
    page.wait("return document.querySelectorAll('.team-title').length === 3")
    assert page.texts(".team-title") == names
    assert page.run("return document.getElementById('revealed').hidden")
    assert saved(page) == session


def test_a_wrong_name_of_a_team_is_refused(page):
    page.click("button[data-view=teams]")
    enter(page, "  ", "training", 100)
    assert page.texts("#entry-problem")[0]
    assert page.texts(".team-title") == []
    enter(page, "Mawar", "training", 100)
    enter(page, "Mawar", "training", 50)
    assert page.texts("#entry-problem")[0]
    assert page.texts(".team-title") == ["Mawar"]


COMMON = {
    "place": "Bali",
    "people": "enterprise owners",
    "budget": choices.BUDGETS[0],
    "shock": "none",
}
HOW = {"archetype": "course", "selection": "first come", "terms": "micro equity"}


def session(**changed):
    split = {"training": 50, "mentoring": 25, "equity": 25, "documents": 0}
    team = {"name": "Mawar", "choice": {"split": split, **HOW}}
    return {"berdaya": "session", "version": 1, "common": COMMON, "teams": [team], **changed}


def with_team(**changed):
    (team,) = session()["teams"]
    return session(teams=[{**team, **changed}])


def with_choice(**changed):
    (team,) = session()["teams"]
    return with_team(choice={**team["choice"], **changed})


def with_split(**changed):
    (team,) = session()["teams"]
    return with_choice(split={**team["choice"]["split"], **changed})


WRONG = {
    "another kind": ({"berdaya": "kit"}, "berdaya", "page.refused.kind"),
    "a list": ([1, 2], "berdaya", "page.refused.kind"),
    "another version": (session(version=2), "version", "page.refused.version"),
    "no teams": (session(teams=[]), "teams", "page.refused.teams"),
    "nine teams": (
        session(teams=[{**session()["teams"][0], "name": str(k)} for k in range(9)]),
        "teams",
        "page.refused.teams",
    ),
    "a stranger": (session(script="x"), "script", "page.refused.stranger"),
    "a place": (
        session(common={**COMMON, "place": "Atlantis"}), "common.place", "page.refused.unknown",
    ),
    "a budget as text": (
        session(common={**COMMON, "budget": "500000000"}), "common.budget", "page.refused.unknown",
    ),
    "no common": (session(common=None), "common", "page.refused.missing"),
    "no name": (with_team(name=" "), "teams[1].name", "page.refused.name"),
    "a number as name": (with_team(name=7), "teams[1].name", "page.refused.name"),
    "a long name": (with_team(name="x" * 41), "teams[1].name", "page.refused.long"),
    "hidden signs": (with_team(name="a\u202eb"), "teams[1].name", "page.refused.signs"),
    "twins": (
        session(teams=session()["teams"] * 2), "teams[2].name", "page.refused.twice",
    ),
    "an archetype": (
        with_choice(archetype="x"), "teams[1].choice.archetype", "page.refused.unknown",
    ),
    "in between": (
        with_split(training=40, mentoring=35), "teams[1].choice.split.training",
        "page.refused.share",
    ),
    "below zero": (
        with_split(training=-25, documents=75), "teams[1].choice.split.training",
        "page.refused.share",
    ),
    "not all": (with_split(training=25), "teams[1].choice.split", "page.refused.sum"),
    "another lever": (
        with_split(bribes=0), "teams[1].choice.split.bribes", "page.refused.stranger",
    ),
}  # fmt: skip


def test_a_session_with_mistakes_is_refused(page):
    for what, (content, path, problem) in WRONG.items():
        found = page.run(
            "return Session.read(arguments[0], State.data.choices)", json.dumps(content)
        )
        assert found["session"] is None, what
        assert (path, problem) in [(m["path"], m["problem"]) for m in found["mistakes"]], what
    known = page.run("return [State.data.words.id, State.data.words.en].map(Object.keys)")
    assert {problem for _, _, problem in WRONG.values()} <= set(known[0]) & set(known[1])
    right = page.run("return Session.read(arguments[0], State.data.choices)", json.dumps(session()))
    assert right == {"session": session(), "mistakes": []}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "JSON"),
        ("x" * 300_000, "100000"),
        (json.dumps(with_choice(terms="<img src=x onerror=alert(1)>")), "teams[1].choice.terms"),
        (json.dumps(session(**{"<img src=x onerror=alert(1)>": 1})), "<img src=x"),
    ],
)
def test_a_foreign_file_is_refused_in_words(page, tmp_path, text, words):
    page.click("button[data-view=teams]")
    enter(page, "Mawar", "training", 100)
    load(page, tmp_path / "foreign.json", text)
    page.wait("return document.getElementById('refusal').textContent !== ''")
    said = page.texts("#refusal")[0]
    assert "foreign.json" in said
    assert words in said
    assert page.run("return document.querySelectorAll('img').length") == 0
    assert page.texts(".team-title") == ["Mawar"]
    if words.startswith("teams"):
        page.shoot("teams-refused")
