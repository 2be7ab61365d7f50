"""A small run must give what it gave before, to 1e-9: whoever moves results says so.

To renew after a change that is meant to move results: ``python -m tests.test_golden``; say in
CHANGELOG.md by how much.
"""

import json
from pathlib import Path

import pytest

from scenarios.files import read
from scenarios.runs.prepare import setting_of, world_of
from simulation import ledger
from simulation.model import EmpowermentModel

GOLDEN = Path(__file__).with_name("golden.json")
SMALL = ["households=2000", "months=18", "programmes.sedaya.seats=20"]
HOUSEHOLD = ("mean_income", "smoothed", "savings", "kin_debt", "debt", "consumption", "year_mean")
ENTERPRISE = ("capital", "profit", "practices", "information", "paid", "alive", "books")


def figures() -> dict[str, float]:
    """Return sums of the end state and of the flows of a small run of the Sedaya package."""
    scenario = read("sedaya-package", SMALL)
    setting = setting_of(scenario)
    model = EmpowermentModel(
        setting.population,
        world_of(scenario, setting),
        setting.parameters,
        scenario.programmes,
        months=scenario.months,
    ).run()
    h, e = model.population.households, model.population.enterprises
    found = {f"household {name}": float(h[name].sum()) for name in HOUSEHOLD}
    found |= {f"enterprise {name}": float(e[name].sum()) for name in ENTERPRISE}
    total = model.flows.sum(axis=0)
    return found | {f"flow {name}": float(total[k]) for k, name in enumerate(ledger.NAMES)}


def test_a_small_run_gives_what_it_gave_before():
    assert figures() == pytest.approx(json.loads(GOLDEN.read_text()), rel=1e-9)


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(figures(), indent=1) + "\n")
