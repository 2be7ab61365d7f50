import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from scenarios.grammar.mistakes import ScenarioError
from scenarios.runs.outcome import run_of
from scenarios.runs.replicates import mean_of
from scenarios.workshop import cells, choices, doubt, kit, lives, sides
from scenarios.workshop.choices import Choice, Common, Offer, Split
from simulation import watch
from simulation.store import Store
from tests.command import ROOT, answer, call

HOUSEHOLDS, REPLICATES = 1_500, 3
SMALL = Offer(
    ("Bali",),
    ("enterprise owners",),
    (500_000_000,),
    ("none",),
    ("course",),
    ("first come", choices.KPI),
    ("micro equity",),
    50,
)
POINTS = [doubt.USUAL, doubt.Point("take_up", 0.5), doubt.Point("take_up", 0.9)]
KEY = "Bali|enterprise owners|500000000|none|course|first come|micro equity|50-0-50-0"


@pytest.fixture(scope="module", autouse=True)
def coarse():
    """Have fewer splits, and fewer inputs moved."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sides, "COARSE", 50)
        patch.setattr(doubt, "points", lambda: POINTS)
        yield


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("runs"))


def made(store, **more):
    return kit.make(SMALL, REPLICATES, store, households=HOUSEHOLDS, **more)


@pytest.fixture(scope="module")
def found(store):
    return made(store)


@pytest.fixture(scope="module")
def data(found):
    return data_in(found.html)


def data_in(html):
    text = re.search(r'<script id="data" type="application/json">(.*?)</script>', html)
    return json.loads(text[1])


def scenario_at(shares=(50, 0, 50, 0), selection="first come"):
    common = Common(place="Bali", people="enterprise owners", budget=500_000_000, shock="none")
    split = Split(**dict(zip(choices.LEVERS, shares, strict=True)))
    how = {"archetype": "course", "selection": selection, "terms": "micro equity"}
    room = cells.room("Bali", "enterprise owners", HOUSEHOLDS)
    scenario = sides.scenario_of(common, Choice(split=split, **how), room)
    return scenario.model_copy(update={"households": HOUSEHOLDS})


def test_a_kit_has_every_cell_once(found, data):
    cells_there = data["kit"]["cells"]
    assert len(cells_there) == found.cells == 1 + 2 * 10
    assert found.runs == 21 * REPLICATES
    assert found.failed == 0
    assert KEY in cells_there
    assert "Bali|enterprise owners|500000000|none|cash" in cells_there
    assert "Bali|enterprise owners|500000000|none|-|first come|-|0-50-0-50" in cells_there


def test_its_offer_is_what_was_run(data):
    offered = data["choices"]
    assert offered["places"] == ["Bali"]
    assert offered["selections"] == ["first come", choices.KPI]
    assert (offered["step"], data["about"]["replicates"], data["mode"]) == (50, REPLICATES, "kit")


def test_every_number_is_that_of_the_run(data):
    cell = data["kit"]["cells"][KEY]
    rows = [cells.row_of(k, cells.cell(run_of(scenario_at(), k))) for k in range(REPLICATES)]
    for name in rows[0]["values"]:
        own = [row["values"][name] for row in rows]
        kept = cell["values"].get(name)
        assert (kept if isinstance(kept, list) else [kept] * REPLICATES) == own
    assert cell["side"] == sides.side_of(scenario_at(), 500_000_000)


def test_paths_have_intervals_over_replicates(data):
    cell = data["kit"]["cells"][KEY]
    rows = [cells.row_of(k, cells.cell(run_of(scenario_at(), k))) for k in range(REPLICATES)]
    for side in ("with", "without"):
        for month in (0, 5, 35):
            own = np.array([row[side][month] for row in rows], float)
            expected = mean_of(own)
            for name, end in (("mean", "value"), ("low", "low"), ("high", "high")):
                kept = cell["paths"][side][name][month]
                if month == 0:
                    assert kept is None
                else:
                    assert kept == pytest.approx(expected[end], abs=0.005)


def test_lives_are_those_of_the_first_replicate_in_thousands(data):
    expected = lives.told(lives.lives(run_of(scenario_at(), 0)))
    shown = data["kit"]["cells"][KEY]["lives"]
    for life, same in zip(shown, expected, strict=True):
        for name in ("line", "with", "without"):
            assert [1000 * value for value in life[name]] == same[name]
        assert (life["who"], life["events"]) == (same["who"], same["events"])


def test_it_is_the_same_again_and_nothing_is_run_twice(store, found, monkeypatch):
    monkeypatch.setattr(cells, "cell", None)
    monkeypatch.setattr(lives, "lives", None)
    assert made(store).html == found.html


def test_stopped_it_goes_on(tmp_path, found):
    def stop(done, total, _):
        if done > 20:
            raise KeyboardInterrupt

    store, seen = Store(tmp_path / "runs"), []
    with pytest.raises(KeyboardInterrupt):
        made(store, progress=stop)
    assert len(Store(tmp_path / "runs").finished()) > 20
    again = made(store, progress=lambda *told: seen.append(told))
    assert seen[0][0] > 20
    assert again.html == found.html


def test_runs_that_fail_are_unknown(tmp_path, monkeypatch):
    def fails(inputs):
        if inputs["replicate"] == 1:
            raise ValueError("no")
        return real(inputs)

    real = cells.cell
    monkeypatch.setattr(cells, "cell", fails)
    watch.load.cache_clear()
    try:
        found = made(Store(tmp_path))
    finally:
        watch.load.cache_clear()
    assert found.failed == found.cells
    kept = data_in(found.html)["kit"]["cells"][KEY]["values"]["cost_investor"]
    assert kept[1] is None
    assert None not in (kept[0], kept[2])


def test_a_kit_that_would_be_too_large_is_refused_before_it_is_run(monkeypatch):
    monkeypatch.setattr(sides, "COARSE", 25)
    offered = kit.offer_of("Bali")
    with pytest.raises(ScenarioError, match="more than 5 MB; allowed: 11 replicates or fewer"):
        kit.make(offered, 12, None)
    kit.check_size(offered, 11)


def test_a_kit_that_came_out_too_large_is_refused(store, monkeypatch):
    monkeypatch.setattr(kit, "LARGEST", 80_000)
    monkeypatch.setattr(kit, "PAGE_BYTES", 0)
    monkeypatch.setattr(kit, "CELL_BYTES", 0)
    with pytest.raises(ScenarioError, match=r"the kit would have .* MB, more than 0.08 MB"):
        made(store)


def test_cells_take_no_more_than_is_reckoned(data):
    there = data["kit"]["cells"]
    text = json.dumps(there, separators=(",", ":"))
    assert len(text) / len(there) < kit.CELL_BYTES + REPLICATES * kit.RUN_BYTES


def test_a_kit_says_how_sure_its_usual_side_is(data):
    told = data["kit"]["doubt"]
    usual = sides.usual(SMALL)
    room = cells.room("Bali", "enterprise owners", HOUSEHOLDS)
    scenario = sides.scenario_of(usual.common, usual.choice, room)
    scenario = scenario.model_copy(update={"households": HOUSEHOLDS})
    own = [cells.cell(run_of(scenario, k))["net_lifted"] for k in range(2)]
    assert told["value"] == pytest.approx(np.mean(own))
    assert (told["measure"], told["replicates"]) == ("net_lifted", 2)
    assert {each["name"] for each in told["inputs"]} <= {"parameter.take_up"}


# The command


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--area", "Bal"], "--area Bal: 'Bal' is no province"),
        (["--replicates", "999"], "--replicates 999: the kit would have"),
        (["--replicates", "1"], "'1' is not a whole number from 2 to 1000"),
        (["--out", "kit.txt"], "--out kit.txt: is no page; allowed: a name.html"),
    ],
)
def test_wrong_options_are_told(capsys, arguments, told):
    code, _, said = answer(capsys, "kit", "--out", "kit.html", *arguments)
    assert code == 2
    assert told in said


PATCHED = f"""
from scenarios.workshop import choices, doubt, kit, sides
from tests.test_kit import POINTS, SMALL
sides.COARSE = 50
doubt.points = lambda: POINTS
kit.offer_of = lambda place: SMALL
kit.cells_of.__defaults__ = ({HOUSEHOLDS},)
kit.make.__kwdefaults__["households"] = {HOUSEHOLDS}
"""


@pytest.mark.slow
def test_killed_it_goes_on_and_no_half_a_file_is_there(tmp_path):
    code = PATCHED + call(["kit", "--out", "out/kit.html", "--replicates", "3", "--workers", "2"])
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    how = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": path}, "text": True}
    command = [sys.executable, "-c", f"if __name__ == '__main__':\n    exec({code!r})"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **how)
    runs = tmp_path / "results" / "runs"
    while process.poll() is None and not list(runs.glob("*.parquet")):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    there = len(Store(runs).finished())
    assert there > 0
    again = subprocess.run(command, capture_output=True, **how)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("21 cells, 63 runs, 0 failed; ")
    assert again.stdout.endswith("\nout/kit.html\n")
    (file,) = Path(tmp_path / "out").iterdir()
    assert KEY in data_in(file.read_text())["kit"]["cells"]
