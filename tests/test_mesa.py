"""The model as Mesa's tools see it: agent sets, batch runs, data collection, memory, pickling."""

import gc
import pickle
import tracemalloc
import weakref

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.agent import AgentSet

from calibration.world import outside_world
from simulation import parameters
from simulation.agents.investor import Investor
from simulation.agents.mentor import Mentor
from simulation.agents.people import Household, MicroEnterprise
from simulation.agents.provider import Provider
from simulation.model import EmpowermentModel
from simulation.records import STREET_WORK
from tests.worlds import START, everything, model, people, rows_apart, same_sums, twin

MONTHS = 6
REPLICATES = [0, 1, 2]


@pytest.fixture
def run():
    """Return a model that is in the middle of its programme."""
    started = model([everything()], months=MONTHS)
    for _ in range(4):
        started.step()
    return started


# Agent sets inside the model


def test_households_and_enterprises_are_agent_sets(run):
    for agents, kind in ((run.households, Household), (run.enterprises, MicroEnterprise)):
        assert isinstance(agents, AgentSet)
        assert len(agents) == len(people())
        assert isinstance(agents[7], mesa.Agent)
        assert type(agents[7]) is kind
        assert run.agents_by_type[kind][7] == agents[7]
        assert agents[7] in agents


def test_columns_groups_and_selections_are_those_of_the_records(run):
    h, e = run.population.households, run.population.enterprises
    assert run.households.agg("savings", np.sum) == h.savings.sum()
    assert run.households.get("members") == h.members.tolist()
    owners = run.enterprises.select(lambda enterprise: enterprise.alive)
    assert owners.agg("profit", np.mean) == e.profit[e.alive == 1].mean()
    assert run.households.groupby("district").count() == {
        district: (h.district == district).sum() for district in np.unique(h.district)
    }
    richest = run.households.sort("savings")[0]
    assert richest.savings == h.savings.max()


def test_what_is_written_through_an_agent_is_the_state_of_the_model(run):
    run.households.select(at_most=3).set("savings", 5.0)
    run.households[3].savings = 6.0
    assert run.population.households.savings[:4].tolist() == [5.0, 5.0, 5.0, 6.0]
    assert people().households.savings[:4].tolist() != [5.0, 5.0, 5.0, 6.0]


def test_the_models_own_agents_are_the_institutions(run):
    assert {type(agent) for agent in run.agents} == {Provider, Investor, Mentor}
    assert run.agents_by_type.keys() >= {Provider, Investor, Mentor, Household, MicroEnterprise}
    assert set(run.agent_types) == set(run.agents_by_type)
    numbers = [agent.unique_id for agent in run.agents]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(run.agents_by_type[Mentor]) == len(run.providers[0].cohorts[0].mentors)


# The clock, data collection, batch runs


def test_mesas_own_loop_runs_every_month_once():
    by_mesa = model(months=12)
    by_mesa.run_model()
    assert (by_mesa.steps, by_mesa.month, by_mesa.running) == (12, 12, False)
    assert len(rows_apart(by_mesa, twin(12))) == 0
    assert same_sums(by_mesa, twin(12))


def test_the_data_collector_has_every_month_and_finite_numbers(run):
    noted = run.run().datacollector.get_model_vars_dataframe()
    assert len(noted) == MONTHS
    assert np.isfinite(noted.to_numpy(float)).all()
    shares = noted.drop(columns=["standing", "on_street", "returned_to_street"])
    assert shares.to_numpy(float).min() >= 0.0
    assert shares.to_numpy(float).max() < 1.0


def test_the_headcount_is_that_of_the_records(run):
    for _ in range(2):
        run.step()
        lines = run.lines_of(np.arange(len(people())))
        h = run.population.households
        persons = np.where(h.frame == 0, h.weight * h.members, 0.0)
        standing = h.consumption / (h.members * lines)
        noted = {name: series[-1] for name, series in run.datacollector.model_vars.items()}
        assert noted["headcount"] == pytest.approx(np.average(standing < 1, weights=persons))
        gap = np.maximum(1.0 - standing, 0.0)
        assert noted["poverty_gap"] == pytest.approx(np.average(gap, weights=persons))
        street = (h.frame == 1) & (h.livelihood == STREET_WORK)
        assert noted["on_street"] + noted["returned_to_street"] == pytest.approx(
            h.weight[street].sum()
        )


def batch(**options):
    """Run replicates with Mesa's batch runner; every value stands in a list of its own."""
    values = parameters.values()
    settings = {
        "population": [people()],
        "world": [outside_world(people(), START, MONTHS, "published", values)],
        "parameters": [values],
        "programmes": [(everything(),)],
        "months": [MONTHS],
        "replicate": REPLICATES,
    }
    found = mesa.batch_run(EmpowermentModel, settings, display_progress=False, **options)
    return pd.DataFrame(found)


@pytest.mark.parametrize("options", [{}, {"max_steps": MONTHS}, {"max_steps": MONTHS - 1}], ids=str)
def test_a_batch_run_lives_exactly_the_months_asked_for(options):
    """Mesa goes one step further than `max_steps`; the model's own end comes first."""
    found = batch(data_collection_period=1, **options)
    assert found.groupby("replicate").Step.apply(list).to_dict() == {
        replicate: list(range(MONTHS)) for replicate in REPLICATES
    }


def test_replicates_of_a_batch_run_differ_and_are_those_of_single_runs():
    found = batch()
    assert found.headcount.nunique() == len(REPLICATES)
    for replicate, headcount in zip(found.replicate, found.headcount, strict=True):
        alone = model([everything()], months=MONTHS, replicate=replicate).run()
        assert alone.datacollector.model_vars["headcount"][-1] == headcount


def test_iterations_of_a_batch_run_repeat_its_replicates():
    """Mesa gives each iteration the same parameters: sweep `replicate`, not `iterations`."""
    found = batch(iterations=2)
    assert len(found) == 2 * len(REPLICATES)
    assert (found.groupby("replicate").headcount.nunique() == 1).all()


# Memory and pickling


def test_a_model_pickles_in_the_middle_of_a_run(run):
    copy = pickle.loads(pickle.dumps(run))
    assert copy.providers[0].model is copy
    assert len(rows_apart(copy.run(), run.run())) == 0
    assert same_sums(copy, run)
    assert copy.steps == run.steps
    assert copy.datacollector.model_vars == run.datacollector.model_vars


def test_mentors_hired_after_unpickling_have_numbers_of_their_own():
    copy = pickle.loads(pickle.dumps(model([everything(starts=0)], months=4))).run()
    numbers = [agent.unique_id for agent in copy.agents]
    assert len(numbers) > 2
    assert len(set(numbers)) == len(numbers)


def test_models_that_are_dropped_leave_no_memory_behind():
    """Mesa keeps every model alive that has agents, through the counters of their numbers."""
    population, values = people(households=500), parameters.values()
    world = outside_world(population, START, 1, "published", values)
    programmes = [everything(seats=5, starts=0)]

    def make_and_drop(models):
        """Return the memory that is held after so many models, and whether any still lives."""
        made = []
        for number in range(models):
            threads = 1 + number % 2
            run = EmpowermentModel(
                population, world, values, programmes, months=1, threads=threads
            ).run()
            assert len(run.agents) >= 2
            made.append(weakref.ref(run))
        del run
        gc.collect()
        return tracemalloc.get_traced_memory()[0], any(model() for model in made)

    assert make_and_drop(150) == (0, False)
    tracemalloc.start()
    try:
        (before, _), (after, alive) = make_and_drop(25), make_and_drop(25)
    finally:
        tracemalloc.stop()
    assert not alive
    of_one = population.households.nbytes + population.enterprises.nbytes
    assert after - before < of_one, "25 models hold more than the people of one"
