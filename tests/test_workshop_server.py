import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from scenarios.runs.outcome import run_of
from scenarios.workshop import cells, choices, commands, desk, doubt, guard, lives, server, sides
from scenarios.workshop.page import Page, assemble
from tests.command import ROOT, answer, call
from tests.test_workshop_choices import ASKED, CHOICE, COMMON

HOUSEHOLDS = 1_500
ADDRESS = "http://127.0.0.1:8710"
HOW = {name: CHOICE[name] for name in ("archetype", "selection", "terms")}


class Client:
    """Asks an application without a network, on one loop."""

    def __init__(self, app):
        transport = httpx.ASGITransport(app=app)
        self.http = httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=60)
        self.runner = asyncio.Runner()

    def get(self, path, **what):
        return self.runner.run(self.http.get(path, **what))

    def post(self, path, **what):
        return self.runner.run(self.http.post(path, **what))


class Threads(ThreadPoolExecutor):
    """Stands for processes."""

    def halt(self):
        pass


@pytest.fixture(scope="module")
def client():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "Pool", Threads)
        service = server.Service(choices.offer(), desk.Desk(1), HOUSEHOLDS)
        app = server.application(
            Page("<p>page</p>", "default-src 'none'"), service, guard.Hosts("127.0.0.1")
        )
        found = Client(app)
        with found.runner:
            found.runner.run(service.prepare())
            yield found
        service.desk.close()


def lines(response):
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


def scenario_of(asked):
    choice = asked["choice"]
    if choice != "cash":
        choice = choices.Choice.model_validate(choice)
    common = choices.Common.model_validate(asked["common"])
    room = cells.room(common.place, common.people, HOUSEHOLDS)
    found = sides.scenario_of(common, choice, room)
    return found.model_copy(update={"households": HOUSEHOLDS})


@pytest.mark.parametrize("choice", [CHOICE, "cash"])
def test_rows_are_the_runs_of_the_model(client, choice):
    asked = {**ASKED, "choice": choice, "from": 1, "to": 3}
    first, *rows = lines(client.post("/rows", json=asked))
    scenario = scenario_of(asked)
    assert first == {"side": sides.side_of(scenario, COMMON["budget"])}
    assert rows == [cells.row_of(k, cells.cell(run_of(scenario, k))) for k in (1, 2)]


def test_lives_are_those_of_the_first_replicate(client):
    asked = {"common": COMMON, "choice": CHOICE}
    found = client.post("/lives", json=asked).json()
    assert found == {"lives": lives.told(lives.lives(run_of(scenario_of(asked), 0)))}


def test_the_frontier_has_every_coarse_split(client, monkeypatch):
    monkeypatch.setattr(server, "FRONTIER_REPLICATES", 1)
    rows = lines(client.post("/frontier", json={"common": COMMON, **HOW}))
    assert len(rows) == 35
    assert {row["replicate"] for row in rows} == {0}
    assert all(sum(row["split"].values()) == 100 for row in rows)
    asked = {"common": COMMON, "choice": {**CHOICE, "split": rows[7]["split"]}}
    expected = cells.row_of(0, cells.cell(run_of(scenario_of(asked), 0)))
    assert rows[7]["values"] == expected["values"]


def test_doubt_tells_how_far_it_is_and_then_how_sure(client, monkeypatch):
    ends = [doubt.Point("take_up", end) for end in (0.5, 0.9)]
    monkeypatch.setattr(doubt, "points", lambda: [doubt.USUAL, *ends])
    asked = {"common": COMMON, "choice": CHOICE}
    *steps, last = lines(client.post("/doubt", json=asked))
    assert steps == [{"done": n, "of": 6} for n in range(1, 7)]
    runs = doubt.inputs_of(scenario_of(asked))
    assert last == {"doubt": doubt.doubt([cells.cell(each) for each in runs])}


def test_a_run_that_fails_is_told_as_unknown(client, monkeypatch):
    monkeypatch.setattr(cells, "FUNCTION", "operator:truediv")
    row = lines(client.post("/rows", json={**ASKED, "to": 1}))[1]
    assert row == cells.failed(0)


# What is refused


@pytest.mark.parametrize("path", ["/rows", "/lives", "/frontier", "/doubt"])
def test_an_unknown_place_is_refused_with_the_nearest_name(client, path):
    asked = {"common": {**COMMON, "place": "Bal"}}
    asked |= HOW if path == "/frontier" else {"choice": CHOICE}
    asked |= {"to": 1} if path == "/rows" else {}
    response = client.post(path, json=asked)
    assert response.status_code == 422
    (mistake,) = response.json()["mistakes"]
    assert mistake["path"] == "common.place"
    assert mistake["problem"] == "'Bal' is not offered"
    assert "DKI Jakarta, Aceh" in mistake["allowed"]
    assert mistake["nearest"] == "Bali"


def test_a_range_the_wrong_way_round_is_refused(client):
    response = client.post("/rows", json={**ASKED, "from": 3, "to": 3})
    assert (response.status_code, response.json()["mistakes"][0]["path"]) == (422, "to")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 5_000, b'{"to": NaN}', b"\xff\xfe", b"nonsense"]
)
def test_what_is_no_json_is_refused(client, body):
    response = client.post("/rows", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["mistakes"][0]["problem"]) == (400, "is not JSON")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8710", "", "192.168.1.5"])
def test_another_name_of_this_machine_is_refused(client, host):
    response = client.get("/", headers={"host": host})
    assert response.status_code == 421


@pytest.mark.parametrize("host", ["localhost:8710", "127.0.0.1:8711", "[::1]:8710", "LOCALHOST"])
def test_names_of_this_machine_are_taken(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


def test_elsewhere_addresses_are_taken_but_no_other_names():
    hosts = guard.Hosts("0.0.0.0")
    assert all(map(hosts.knows, ["10.0.0.7:8710", "[fe80::1]:8710", "localhost", "[::1]"]))
    assert hosts.knows(socket.gethostname())
    assert not hosts.knows("evil.example:8710")


def test_another_page_is_refused(client):
    for origin in ("http://evil.example", "null", "https://127.0.0.1:8710"):
        response = client.post("/rows", json=ASKED, headers={"origin": origin})
        assert response.status_code == 403
    response = client.post("/rows", json={**ASKED, "to": 1}, headers={"origin": ADDRESS})
    assert response.status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_other_content_is_refused(client, kind):
    response = client.post("/rows", content=b"{}", headers={"content-type": kind})
    assert response.status_code == 415


def test_what_is_too_long_is_refused(client):
    long = {"content-type": "application/json"}
    assert client.post("/rows", content=b" " * 20_000, headers=long).status_code == 413

    async def drops():
        for _ in range(20):
            yield b" " * 1_000

    assert client.post("/rows", content=drops(), headers=long).status_code == 413


def test_nothing_else_is_there(client):
    assert client.get("/page.py").status_code == 404
    assert client.get("/rows").status_code == 405
    assert client.post("/", json={}).status_code == 405


def test_the_page_may_load_nothing(client):
    response = client.get("/")
    assert response.text == "<p>page</p>"
    policy = response.headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"
    for name, value in guard.HEADERS.items():
        assert response.headers[name] == value


# The desk


class Slow(Threads):
    """Does nothing by itself: runs end when a test says so."""

    def __init__(self, workers):
        super().__init__(workers)
        self.begun = []

    def submit(self, _, texts):
        future = Future()
        future.set_running_or_notify_cancel()
        self.begun.append((json.loads(texts[0])["inputs"]["n"], future))
        return future


def land(pool, row):
    n, future = pool.begun[row]
    future.set_result([desk.Result(["n"], [float(n)])])


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setattr(desk, "Pool", Slow)
    return desk.Desk(1)


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def ask(slow, n, rank):
    return asyncio.ensure_future(slow.done("operator:neg", "1", {"n": n}, rank))


def test_the_newest_question_goes_first_and_what_was_given_up_is_not_begun(slow):
    async def room():
        asked = [
            ask(slow, n, rank) for n, rank in enumerate([(0, 0, 0), (0, 1, 0), (1, 0), (0, 1, -1)])
        ]
        await settle()
        asked[1].cancel()
        for row in range(3):
            await settle()
            land(slow._pool, row)
        await settle()
        return [n for n, _ in slow._pool.begun], [
            each.cancelled() or each.result().values for each in asked
        ]

    begun, found = asyncio.run(room())
    assert begun == [0, 3, 2]
    assert found == [[0.0], True, [2.0], [3.0]]


def test_what_was_found_is_remembered(slow):
    async def room():
        first = ask(slow, 5, (0,))
        await settle()
        land(slow._pool, 0)
        await first
        return await ask(slow, 5, (0,))

    assert asyncio.run(room()).values == [5.0]
    assert len(slow._pool.begun) == 1


def test_a_question_given_up_while_it_runs_leaves_room_for_the_next(slow):
    async def room():
        first, second = ask(slow, 1, (0,)), ask(slow, 2, (1,))
        await settle()
        first.cancel()
        await settle()
        land(slow._pool, 0)
        await settle()
        land(slow._pool, 1)
        return await second, await ask(slow, 1, (0,))

    second, again = asyncio.run(room())
    assert (second.values, again.values) == ([2.0], [1.0])
    assert len(slow._pool.begun) == 2


def test_workers_that_died_are_replaced(monkeypatch):
    class Dying(Threads):
        made = 0

        def __init__(self, workers):
            super().__init__(workers)
            Dying.made += 1
            self.lives = Dying.made > 1

        def submit(self, *what):
            if not self.lives:
                raise BrokenExecutor
            return super().submit(*what)

    monkeypatch.setattr(desk, "Pool", Dying)
    found = asyncio.run(ask_once(desk.Desk(1)))
    assert found.values == [4.0]


async def ask_once(own):
    return await own.done("builtins:dict", "1", {"n": 4}, (0,))


# The command


@pytest.fixture
def started(tmp_path):
    """Start the server in a process of its own, with few people; give it and its address."""
    code = f"""
import functools
from scenarios.workshop import server
server.Service = functools.partial(server.Service, households={HOUSEHOLDS})
{call(["workshop", "--no-browser", "--workers", "2"])}
"""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, "-c", "import signal\n" + code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = process.stdout.readline().strip()
        yield process, address
    finally:
        process.kill()
        process.communicate()


def workers_of(process):
    """Return the processes that have a process as their parent."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if re.search(rf"^PPid:\s{process.pid}$", text, re.MULTILINE):
            found.append(int(status.parent.name))
    return found


def are_gone(numbers):
    for _ in range(200):
        if not any(Path(f"/proc/{number}").exists() for number in numbers):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_killed_it_leaves_no_worker(started):
    process, address = started
    assert re.fullmatch(r"http://127\.0\.0\.1:87\d\d/", address)
    workers = workers_of(process)
    assert len(workers) >= 2
    process.kill()
    assert are_gone(workers)


@pytest.mark.slow
def test_ctrl_c_stops_it_though_a_page_still_listens(started):
    process, address = started
    workers = workers_of(process)
    with httpx.stream("POST", f"{address}rows", json={**ASKED, "to": 500}, timeout=60) as response:
        found = response.iter_lines()
        assert "side" in next(found)
        assert json.loads(next(found))["replicate"] == 0
        process.send_signal(signal.SIGINT)
        with pytest.raises(httpx.HTTPError):
            list(found)
    assert process.wait(20) == 0
    assert are_gone(workers)
    assert process.stderr.read().endswith("stop it with Ctrl-C\nstopped\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--area", "Bal"],
            "--area Bal: 'Bal' is no province; allowed: a province of BPS; did you",
        ),
        (["--host", "no.such.host.invalid"], "is no address of this machine"),
        (["--port", "80"], "is not a whole number from 1024 to 65535"),
    ],
)
def test_wrong_options_are_told(capsys, arguments, told):
    code, _, said = answer(capsys, "workshop", *arguments)
    assert code == 2
    assert told in said


def test_a_port_that_is_taken_is_told_and_the_next_one_found(capsys):
    with commands._listening("127.0.0.1", None) as first:
        port = first.getsockname()[1]
        code, _, said = answer(capsys, "workshop", "--port", str(port))
        assert (code, said) == (2, f"--port {port}: is taken; allowed: another port\n")
        with commands._listening("127.0.0.1", None) as second:
            assert second.getsockname()[1] > port


def test_missing_packages_are_told(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    monkeypatch.delitem(sys.modules, "scenarios.workshop.server")
    code, _, said = answer(capsys, "workshop", "--no-browser")
    assert code == 1
    assert "pip install -e '.[workshop]' brings it" in said


def test_it_says_plainly_that_others_can_ask(capsys):
    args = type("Args", (), {"no_browser": True, "format": "table"})
    with socket.socket() as ear:
        ear.bind(("0.0.0.0", 0))
        commands._tell(args, ear)
        said = capsys.readouterr()
        assert "anyone who reaches this machine on the network" in said.err
        assert said.out == f"http://127.0.0.1:{ear.getsockname()[1]}/\n"


# The page


def test_the_page_is_one_file_that_needs_no_other():
    page = assemble({"mode": "live", "words": {}, "note": "</script><script>alert(1)</script>"})
    assert "<script>alert(1)" not in page.html
    assert not re.search(r'(src|href)="(?!data:)[^#"]', page.html)
    assert "connect-src 'self'" in page.policy
    assert "unsafe" not in page.policy
    assert page.policy in page.html
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', page.html)
    assert json.loads(data[1])["note"] == "</script><script>alert(1)</script>"
    assert "connect-src 'none'" in assemble({"mode": "kit"}).policy


def test_questions_of_several_pages_are_answered_beside_each_other(client):
    async def together():
        return await asyncio.gather(
            *(client.http.post("/rows", json={**ASKED, "to": 2}) for _ in range(3))
        )

    found = [lines(response) for response in client.runner.run(together())]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 3
