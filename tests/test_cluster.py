"""Sweeps on a cluster: a real scheduler and real workers, all on this machine."""

import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pyarrow.parquet as pq
import pytest

from scenarios.command import cluster
from scenarios.command.cluster import executor_for
from scenarios.design import Design, Factor
from scenarios.grammar.mistakes import ScenarioError
from scenarios.runs import outcome
from scenarios.sweep import status, sweep
from simulation import runs
from simulation.store import Store
from simulation.watch import WorkerError
from tests.sources import ROOT
from tests.test_runs import wait_for

SMALL = {"months": 12, "households": 1000, "programmes.training.seats": 30,
         "programmes.training.starts": 1, "programmes.training.intakes": 1}  # fmt: skip
DOSES = Factor(path="parameters.course_dose", values=[0.1, 0.15, 0.2, 0.25, 0.3, 0.35])
THEFTS = Factor(path="parameters.theft", values=[0.0, 0.005])


def designed(**more):
    usual = {"scenarios": ["training-only"], "set": SMALL, "vary": [THEFTS, DOSES],
             "sample": "grid", "replicates": 3}  # fmt: skip
    return Design(name="ours", **(usual | more))


@pytest.fixture
def dask(tmp_path):
    """Start the parts of a cluster in a folder, with our sources or with others."""
    started = []

    def begin(*words, path=ROOT):
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words, "--no-dashboard"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def free_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def answers(port):
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def scheduler(dask):
    """Start a scheduler; return its address."""
    port = free_port()
    dask("scheduler", "--host", "127.0.0.1", "--port", str(port))
    wait_for(lambda: answers(port), 60.0)
    return f"tcp://127.0.0.1:{port}"


def worker(dask, scheduler, **more):
    one = ("--nthreads", "1", "--no-nanny", "--local-directory", "work")
    return dask("worker", scheduler, *one, **more)


def refused(scheduler, *parts):
    with pytest.raises(ScenarioError) as caught, executor_for(2, scheduler):
        pass
    (mistake,) = caught.value.mistakes
    assert mistake.file == f"--scheduler {scheduler}"
    for part in parts:
        assert part in f"{mistake.problem}; {mistake.allowed}"


def test_processes_here_unless_a_scheduler_is_named():
    with executor_for(3) as (executor, tasks):
        assert (executor, tasks) == (3, None)


@pytest.mark.parametrize(
    "address",
    ["10.0.0.5:8786", "tcp://", "tcp://host", "tcp://:80", "tcp://host:99999", "tcp://host:0",
     "http://host:80", "tcp://[::1", "tcp://host:80/x", "", "here"],
)  # fmt: skip
def test_what_is_no_address(address):
    refused(address, "is not an address; tcp://host:port")


def test_nobody_answers():
    refused(f"tcp://127.0.0.1:{free_port()}", "cannot be reached: Connection refused")
    refused("tcp://no.such.host.invalid:8786", "cannot be reached: ")


def test_something_else_answers(monkeypatch):
    """Whoever is there takes the connection and says nothing, or hangs up."""
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused(f"tcp://127.0.0.1:{other.getsockname()[1]}", "cannot be reached: timed out")
        closing = threading.Thread(target=lambda: other.accept()[0].close())
        other.accept()[0].close()
        closing.start()
        refused(f"tcp://127.0.0.1:{other.getsockname()[1]}", "is no scheduler")
        closing.join()


def test_a_cluster_needs_a_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setattr(cluster, "_knock", lambda scheduler: None)
    refused("tcp://127.0.0.1:8786", "pip install -e '.[cluster]' brings it")


def test_workers_that_are_not_there_or_not_ours_are_refused(dask, scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 1)
    refused(scheduler, "has no workers; start one by: dask worker ADDRESS")
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 60)
    worker(dask, scheduler)
    with executor_for(2, scheduler) as (executor, tasks):
        assert tasks == 2
        assert executor.submit(max, 3, 4).result() == 4
    monkeypatch.setattr(outcome, "VERSION", outcome.VERSION.__wrapped__)
    monkeypatch.setattr(outcome, "data_checksum", lambda: "other figures")
    refused(scheduler, "its worker tcp://127.0.0.1", "does not have this version of Berdaya")


def test_a_scheduler_that_goes_away_is_told(dask, monkeypatch):
    port = free_port()
    process = dask("scheduler", "--host", "127.0.0.1", "--port", str(port))
    wait_for(lambda: answers(port), 60.0)
    worker(dask, f"tcp://127.0.0.1:{port}")

    def lose():
        with executor_for(2, f"tcp://127.0.0.1:{port}") as (executor, _):
            waiting = executor.submit(time.sleep, 60)
            process.kill()
            waiting.result(60)

    with pytest.raises(WorkerError, match="lost workers or its scheduler"):
        lose()


@pytest.mark.slow
def test_a_cluster_gives_the_rows_of_this_machine_though_a_worker_is_killed(
    dask, scheduler, tmp_path, monkeypatch
):
    """Nothing lost, nothing twice: each run lies in the store once, and rows are equal."""
    monkeypatch.setattr(runs, "FLUSH_SECONDS", 0.2)
    workers = [worker(dask, scheduler) for _ in range(2)]
    store, told = Store(tmp_path / "runs"), []

    def progress(*counts):
        told.append(counts)
        if counts[0] >= 4:
            workers[0].kill()

    with executor_for(2, scheduler) as (executor, _):
        found = sweep(designed(), store, executor, progress, 4)
    assert workers[0].wait() < 0
    assert told[-1] == (36, 36, 0)
    assert status(designed(), store)[:4] == (36, 36, 0, 0)
    kept = pd.concat(pq.read_table(part).to_pandas() for part in store.folder.glob("*.parquet"))
    assert len(kept) == kept.run.nunique() == 36
    local = sweep(designed(), Store(tmp_path / "local"), 2)
    pd.testing.assert_frame_equal(found.frame, local.frame, check_exact=True)


def test_any_executor_will_do(tmp_path):
    one = designed(vary=[DOSES], replicates=1)
    with ThreadPoolExecutor(2) as executor:
        found = sweep(one, Store(tmp_path / "threads"), executor)
    here = sweep(one, Store(tmp_path / "here"))
    pd.testing.assert_frame_equal(found.frame, here.frame, check_exact=True)
