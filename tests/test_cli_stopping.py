import json
import signal
import threading
import time
import zipfile
from functools import partial

import pandas as pd
import pytest

from scenarios import compare as comparing
from simulation.agents.provider import TooFewPeople
from tests.command import COMPARE, answer, call, start


@pytest.fixture
def berdaya(capsys, monkeypatch, tmp_path):
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return partial(answer, capsys)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_it_in_one_line(berdaya, monkeypatch, tmp_path, number, code):
    def compare(*_):
        signal.raise_signal(number)
        time.sleep(10)

    monkeypatch.setattr(comparing, "compare", compare)
    before = signal.getsignal(number)
    left, said, messages = berdaya("compare", "baseline")
    assert (left, said, len(messages.splitlines())) == (code, "", 1)
    assert signal.getsignal(number) is before
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_that_a_package_swallows_stops_it_later(berdaya, monkeypatch):
    def compare(scenarios, threads, progress):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            progress(0, 1, "on we go")
            raise AssertionError("it went on") from None

    monkeypatch.setattr(comparing, "compare", compare)
    assert berdaya("compare", "baseline")[0] == 130


def test_an_ignored_signal_stays_ignored(berdaya, monkeypatch):
    def compare(*_):
        signal.raise_signal(signal.SIGINT)
        raise TooFewPeople("went on")

    monkeypatch.setattr(comparing, "compare", compare)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert berdaya("compare", "baseline")[2] == "went on\n"
    finally:
        signal.signal(signal.SIGINT, before)


def test_it_works_outside_the_main_thread(berdaya):
    codes = []
    thread = threading.Thread(target=lambda: codes.append(berdaya("scenario", "list")[0]))
    thread.start()
    thread.join()
    assert codes == [0]


def is_whole(path):
    if path.suffix == ".parquet":
        return len(pd.read_parquet(path)) > 0
    if path.suffix == ".csv":
        return path.read_text().endswith("\n") and len(pd.read_csv(path)) > 0
    if path.suffix == ".json":
        return bool(json.loads(path.read_text()))
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return book.testzip() is None
    return path.suffix == ".png" and path.read_bytes().endswith(b"IEND\xaeB`\x82")


def exists(path):
    return path.exists()


def is_filled(path):
    return exists(path) and any(path.iterdir())


@pytest.mark.parametrize(
    ("number", "moment", "later"),
    [
        (signal.SIGINT, exists, 0.0),
        (signal.SIGTERM, exists, 1.0),
        (signal.SIGINT, is_filled, 0.0),
        (signal.SIGKILL, exists, 1.5),
        (signal.SIGKILL, is_filled, 0.0),
        (signal.SIGKILL, is_filled, 0.3),
    ],
)
def test_nothing_is_left_half_written(tmp_path, number, moment, later):
    folder = tmp_path / "out"
    process = start(call([*COMPARE, "--out", "out"]), tmp_path)
    while not moment(folder) and process.poll() is None:
        time.sleep(0.005)
    time.sleep(later)
    process.send_signal(number)
    _, messages = process.communicate(timeout=120)
    files = list(folder.iterdir()) if folder.exists() else []
    parts = [path for path in files if path.name.startswith(".") and path.suffix == ".part"]
    assert [path.name for path in files if path not in parts and not is_whole(path)] == []
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert (process.returncode, len(messages.splitlines())) == (128 + number, 1)
        assert parts == []
        assert folder.exists() == bool(files)


def test_nobody_reads_on(tmp_path):
    process = start(call(["scenario", "schema"]), tmp_path)
    process.stdout.close()
    messages = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert messages == ""
