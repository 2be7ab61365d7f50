"""What each scenario of the library moves against its twin, and through which state.

Real runs at a fixed seed on few people. library.csv is the table; to renew it after a change that
is meant to move results: ``python -m tests.test_library``, and say so in CHANGELOG.md.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.files import names, read
from scenarios.runs.prepare import setting_of, world_of
from simulation.model import EmpowermentModel

TABLE = Path(__file__).with_name("library.csv")
MONTHS, SEATS, INTAKES, LATEST_START = 30, 15, 3, 12
HOUSEHOLDS = {"DKI Jakarta": 6000, "Indonesia": 20_000}
STATE = {
    "savings", "motivation", "ties", "documents", "account", "sheltered", "visits", "hours_away",
    "practices", "books", "licence", "capital", "contract", "contract_age", "paid", "venture",
    "venture_months", "stage", "selling", "channel",
}  # fmt: skip
"""What institutions may write; all else is an outcome."""
CLEARED = {"visits", "hours_away"}
"""Counted anew each month."""
YEAR = 12


def small(name):
    """Return a scenario with fewer people, seats and months."""
    scenario = read(name)
    programmes = [
        each.model_copy(
            update={
                "seats": min(each.seats, SEATS),
                "intakes": min(each.intakes, INTAKES),
                "starts": min(each.starts, LATEST_START),
            }
        )
        for each in scenario.programmes
    ]
    update = {
        "months": min(scenario.months, MONTHS),
        "households": HOUSEHOLDS[scenario.area],
        "programmes": programmes,
    }
    return scenario.model_copy(update=update)


def columns(model):
    """Return every field of everyone; what is counted anew each month begins at nothing."""
    population = model.population
    return {
        field: np.zeros_like(records[field]) if field in CLEARED else records[field].copy()
        for records in (population.households, population.enterprises)
        for field in records.dtype.names
    }


@cache
def lived(name):
    """Return what the scenario moved: rows of field or outcome, and size."""
    scenario = small(name)
    setting = setting_of(scenario)
    world = world_of(scenario, setting)
    helped, without = (
        EmpowermentModel(
            setting.population, world, setting.parameters, programmes, months=scenario.months
        )
        for programmes in (scenario.programmes, ())
    )
    written: dict[str, int] = {}
    standings, twins = [], []
    for month in range(scenario.months):
        before = columns(helped)
        helped.begin_month()
        for records in (helped.population.households, helped.population.enterprises):
            for field in records.dtype.names:
                changed = int((records[field] != before[field]).sum())
                written[field] = written.get(field, 0) + changed
        helped.live_month()
        helped.end_month()
        without.step()
        if month >= scenario.months - YEAR:
            everyone = np.arange(len(helped.population))
            standings.append(helped.standing(everyone))
            twins.append(without.standing(everyone))
    rows = np.unique(np.concatenate([np.zeros(0, int), *(p.enrolled for p in helped.providers)]))
    return written, outcomes(helped, without, rows, np.mean(standings, 0), np.mean(twins, 0))


def outcomes(helped, without, rows, standing, twin):
    """Return means over those enrolled, and persons: with the scenario less without."""
    h = helped.population.households
    e, e_twin = (model.population.enterprises for model in (helped, without))
    persons = (h.weight * h.members)[rows]
    lifted = (standing[rows] >= 1) & (twin[rows] < 1)
    pushed = (standing[rows] < 1) & (twin[rows] >= 1)
    others = np.setdiff1d(np.arange(len(h)), rows)
    empty = len(rows) == 0
    profit = e.profit * e.alive - e_twin.profit * e_twin.alive
    return {
        "enrolled": float(h.weight[rows].sum()),
        "cost a participant": 0.0 if empty else helped_cost(helped) / h.weight[rows].sum(),
        "standing": 0.0 if empty else float((standing - twin)[rows].mean()),
        "profit": 0.0 if empty else float(profit[rows].mean()),
        "firms": float(e.alive[rows].sum()) - float(e_twin.alive[rows].sum()),
        "persons lifted": float((persons * lifted).sum()),
        "persons pushed": float((persons * pushed).sum()),
        "standing of others": float(
            np.average((standing - twin)[others], weights=h.weight[others])
        ),
    }


def helped_cost(model):
    return float(sum(provider.cost for provider in model.providers))


def table():
    """Return the table: scenario, what moved, how (state or outcome), size."""
    rows = []
    for name in names():
        written, moved = lived(name)
        rows += [(name, field, "state", float(n)) for field, n in sorted(written.items()) if n]
        rows += [(name, what, "outcome", size) for what, size in moved.items()]
    return pd.DataFrame(rows, columns=["scenario", "moved", "kind", "size"])


@pytest.mark.parametrize("name", names())
def test_a_scenario_acts_through_state_only(name):
    written, _ = lived(name)
    assert {field for field, changed in written.items() if changed} <= STATE


@pytest.mark.parametrize("name", names())
def test_a_scenario_moves_what_it_moved(name):
    written, moved = lived(name)
    known = pd.read_csv(TABLE)
    known = known[known.scenario == name]
    states = known[known.kind == "state"].set_index("moved")["size"]
    assert {field: n for field, n in written.items() if n} == states.to_dict()
    outcomes_then = known[known.kind == "outcome"].set_index("moved")["size"].to_dict()
    assert moved == pytest.approx(outcomes_then, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", [name for name in names() if read(name).programmes])
def test_every_scenario_with_a_programme_enrols_and_moves_someone(name):
    written, moved = lived(name)
    assert moved["enrolled"] > 0
    assert any(written.values())
    assert moved["standing"] != 0.0


def test_the_baseline_moves_nothing():
    written, moved = lived("baseline")
    assert not any(written.values())
    assert not any(moved.values())


if __name__ == "__main__":
    table().to_csv(TABLE, index=False)
