"""One run of a scenario and of its money as cash, by the name of what decides it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from calibration.settled import data_checksum
from scenarios.runs.effects import effects
from scenarios.runs.outcome import SOURCES
from scenarios.runs.play import twins_of, with_and_cash
from scenarios.runs.prepare import setting_of
from scenarios.schema import Scenario
from simulation.watch import code_version

FUNCTION = "scenarios.brief.cash:beside"
"""How `simulation.runs.plan` names what a run does."""


@cache
def VERSION() -> str:
    """Return what names the code and the data that these runs depend on."""
    return f"{code_version(*SOURCES, 'scenarios.brief.cash')} {data_checksum()}"


def beside(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return the indicators of one replicate of a scenario, and of its cash benchmark.

    Parameters
    ----------
    inputs : mapping
        From `outcome.run_of`.

    Returns
    -------
    dict
        By variant and indicator, such as ``"cash benchmark net_lifted"``.

    Examples
    --------
    >>> from scenarios.files import read
    >>> from scenarios.runs.outcome import run_of
    >>> small = ["months=12", "households=2000", "programmes.training.seats=40"]
    >>> found = beside(run_of(read("training-only", small), 0))
    >>> found["scenario cost"] == found["cash benchmark cost"]
    True
    """
    scenario = Scenario.model_validate({"name": "run", **inputs["scenario"]})
    replicate = inputs["replicate"]
    variants = with_and_cash(scenario, replicate, 1)
    (twin,) = twins_of([scenario], [variants], replicate, 1)
    population = setting_of(scenario).population
    return {
        f"{variant} {name}": value
        for variant, trace in variants.items()
        for name, value in effects(population, trace, twin).items()
    }
