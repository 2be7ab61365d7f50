"""One seed, one result, to the bit: whatever the threads, the order of work or the process."""

import hashlib
import os
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import simulation.model
import simulation.population
from simulation.ledger import NAMES
from simulation.life import live
from tests.worlds import everything, in_step, model, people, rows_apart, same_sums, twin

KINDS = ("households", "enterprises")


def shuffled(number):
    return np.random.default_rng(1).permutation(number)


@pytest.fixture(scope="module")
def many_blocks():
    """Return people whose rows lie in many small blocks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation.population, "BLOCK_ROWS", 80)
        population = people(households=2000, seed=2)
    assert len(population.blocks) > 25
    return population


@pytest.mark.parametrize("threads", [2, 3, 7, 16])
def test_threads_change_no_bit(many_blocks, threads):
    one = model([everything()], many_blocks).run()
    many = model([everything()], many_blocks, threads=threads).run()
    assert len(rows_apart(one, many)) == 0
    assert same_sums(one, many)


def test_the_order_in_which_blocks_are_lived_changes_no_bit(many_blocks, monkeypatch):
    """Only the work is shuffled: sums are handed back in the order of the blocks."""
    plain = model([everything()], many_blocks).run()

    def live_shuffled(population, *args):
        order = shuffled(len(population.blocks))
        sums = live(replace(population, blocks=population.blocks[order]), *args)
        return sums[np.argsort(order)]

    monkeypatch.setattr(simulation.model, "live", live_shuffled)
    shuffled_run = model([everything()], many_blocks).run()
    assert len(rows_apart(plain, shuffled_run)) == 0
    assert same_sums(plain, shuffled_run)


def test_households_stepped_by_hand_in_any_order_live_as_in_a_run():
    whole = model([everything()]).run()
    by_hand = model([everything()])
    households = by_hand.households
    for _ in range(by_hand.months):
        by_hand.begin_month()
        for row in shuffled(len(households)):
            households[row].step()
        by_hand.end_month()
    assert not by_hand.running
    assert len(rows_apart(whole, by_hand)) == 0
    assert same_sums(whole, by_hand)
    assert whole.population.nearby.tobytes() == by_hand.population.nearby.tobytes()
    assert whole.datacollector.model_vars == by_hand.datacollector.model_vars


def test_months_stepped_by_hand_and_by_the_loop_can_take_turns():
    whole, mixed = model([everything()]), model([everything()])
    for month in in_step(whole):
        mixed.begin_month()
        if month % 2:
            mixed.live_month()
        else:
            mixed.households.do("step")
        mixed.end_month()
    assert len(rows_apart(whole, mixed)) == 0
    assert same_sums(whole, mixed)


def test_a_run_leaves_its_population_as_it_was():
    population = people(households=500).copy()
    before = pickle.dumps(population)
    model([everything(seats=5)], population, threads=2).run()
    assert pickle.dumps(population) == before


@pytest.mark.parametrize("options", [{"seed": 2}, {"replicate": 1}, {"seed": 2**40 + 1}], ids=str)
def test_seed_and_replicate_change_everybodys_life(options):
    other = model(**options).run()
    assert len(rows_apart(other, twin(12))) > 0.99 * len(people())


def test_seed_and_replicate_are_not_added_up():
    assert len(rows_apart(model(seed=1, replicate=1).run(), model(seed=2, replicate=0).run())) > 0


# Other processes

FRESH = """
from tests.test_determinism import fingerprint
from tests.worlds import everything, model, people
print(fingerprint(model([everything(seats=5)], people(households=500), threads=2)))
"""

PLAIN = """
import pickle, sys
import numba
from pathlib import Path
from tests.test_determinism import fingerprint
from tests.worlds import everything, model
assert numba.config.DISABLE_JIT
population, seats = pickle.loads(Path(sys.argv[1]).read_bytes())
run = model([everything(seats=seats)], population).run()
Path(sys.argv[1]).write_bytes(pickle.dumps((run.population, run.sums, run.flows)))
"""


def fingerprint(fresh):
    """Return a hash of everyone's state and of all sums after the run."""
    run = fresh.run()
    digest = hashlib.sha256(run.sums.tobytes() + run.flows.tobytes())
    for kind in KINDS:
        records = getattr(run.population, kind)
        for field in records.dtype.names:
            digest.update(np.ascontiguousarray(records[field]).tobytes())
    return digest.hexdigest()


def in_another_process(program, *args, **environment):
    answer = subprocess.run(
        [sys.executable, "-c", program, *args],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_another_process_draws_settles_and_lives_the_same():
    here = fingerprint(model([everything(seats=5)], people(households=500)))
    assert in_another_process(FRESH, PYTHONHASHSEED="12345") == here


def test_plain_python_lives_as_compiled_code_does(tmp_path):
    population, seats = people(households=200), 3
    compiled = model([everything(seats=seats)], population).run()
    happened = np.array(NAMES)[compiled.flows.sum(axis=0) != 0]
    assert len(happened) > 25, happened
    handed = tmp_path / "population"
    handed.write_bytes(pickle.dumps((population, seats)))
    in_another_process(PLAIN, str(handed), NUMBA_DISABLE_JIT="1")
    plain, sums, flows = pickle.loads(handed.read_bytes())
    for kind in KINDS:
        ours, theirs = getattr(compiled.population, kind), getattr(plain, kind)
        for field in ours.dtype.names:
            assert ours[field].tobytes() == theirs[field].tobytes(), f"{field} of {kind}"
    assert compiled.population.nearby.tobytes() == plain.nearby.tobytes()
    assert compiled.sums.tobytes() == sums.tobytes()
    assert compiled.flows.tobytes() == flows.tobytes()
