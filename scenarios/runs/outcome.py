"""One run of an experiment: a scenario against its twin, by the name of what decides it.

Runs of one process share what they have in common: settled people, and the twin, which knows
nothing of programmes.
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from calibration.settled import MAKERS, data_checksum
from scenarios.runs.effects import effects
from scenarios.runs.play import model_of
from scenarios.runs.prepare import OUTSIDE, PROGRAMMES, setting_of
from scenarios.schema import Scenario
from simulation.parameters import TABLE
from simulation.trace import Trace, follow
from simulation.watch import code_version

FUNCTION = "scenarios.runs.outcome:outcome"
"""How `simulation.runs.plan` names what a run does."""
SOURCES = (
    "simulation",
    *MAKERS,
    "calibration.world",
    "scenarios.runs.effects",
    "scenarios.runs.funds",
    "scenarios.runs.groups",
    "scenarios.runs.outcome",
    "scenarios.grammar.own_figures",
    "scenarios.runs.play",
    "scenarios.runs.prepare",
    "scenarios.schema",
)
"""Packages and modules that decide an outcome."""
KEPT_TWINS = 4
LARGEST_TWIN = 600_000
"""Households times months that a kept twin follows at most; a few tens of megabytes."""
WORDS = {"name", "title", "summary", "replicates"}
"""What a scenario says that decides no run."""


@cache
def VERSION() -> str:
    """Return what names the code and the data that outcomes depend on."""
    return f"{code_version(*SOURCES)} {data_checksum()}"


def run_of(scenario: Scenario, replicate: int) -> dict[str, Any]:
    """Return the inputs of one run: all that decides it, and nothing else.

    Examples
    --------
    >>> from scenarios.files import read
    >>> run_of(read("sedaya-pilot", ["parameters.take_up=0.65"]), 0)["scenario"]["parameters"]
    {}
    """
    return {"scenario": _said(scenario), "replicate": replicate}


def runs_of(scenario: Scenario, replicates: int) -> list[dict[str, Any]]:
    """Return the inputs of all replicates of a scenario; see `run_of`."""
    said = _said(scenario)
    return [{"scenario": said, "replicate": replicate} for replicate in range(replicates)]


def _said(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario says that decides a run: parameters only where they are unusual.

    Without figures of its own nothing is said of them, so that runs keep their names.
    """
    said = scenario.model_dump(mode="json", exclude=WORDS)
    if said["figures"] is None:
        del said["figures"]
    parameters = said["parameters"].items()
    return {**said, "parameters": {k: x for k, x in parameters if x != TABLE[k].default}}


def shared(inputs: Mapping[str, Any]) -> tuple[str, str, int]:
    """Return what runs must agree in to share people, and what to share a twin besides.

    Runs that are done in this order make each of them once.
    """
    said = inputs["scenario"]
    read = {name: x for name, x in said["parameters"].items() if name not in PROGRAMMES}
    settled = {name: x for name, x in read.items() if name not in OUTSIDE}
    people = [said["area"], said["households"], said["seed"], sorted(settled.items())]
    people += [said["figures"]] if "figures" in said else []
    world = {**said, "parameters": read, "programmes": []}
    return json.dumps(people), json.dumps(world, sort_keys=True), inputs["replicate"]


def outcome(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return every indicator of one replicate of a scenario against its twin.

    Parameters
    ----------
    inputs : mapping
        From `run_of`.

    Raises
    ------
    TooFewPeople
        Where a programme has more seats than simulated people to enrol.

    Examples
    --------
    >>> from scenarios.files import read
    >>> small = ["months=12", "households=2000", "programmes.training.seats=40"]
    >>> outcome(run_of(read("training-only", small), 0))["participants"]
    120.0
    """
    scenario = Scenario.model_validate({"name": "run", **inputs["scenario"]})
    setting = setting_of(scenario)
    run = follow(model_of(scenario, setting, inputs["replicate"], 1))
    return effects(setting.population, run, _twin(scenario, run, inputs["replicate"]))


def _twin(scenario: Scenario, run: Trace, replicate: int) -> Trace:
    """Return the twin of a run, which follows its people at least."""
    own = {name: x for name, x in scenario.parameters.items() if name not in PROGRAMMES}
    alone = scenario.model_copy(update={"programmes": [], "parameters": own, "name": "twin"})
    setting = setting_of(alone)
    if len(setting.population.reachable) * scenario.months <= LARGEST_TWIN:
        return _kept_twin(alone.model_dump_json(exclude=WORDS - {"name"}), replicate)
    return follow(model_of(alone, setting, replicate, 1), run.rows)


@lru_cache(maxsize=KEPT_TWINS)
def _kept_twin(scenario: str, replicate: int) -> Trace:
    """Return a twin, made once for all runs that share it: it follows all who may be enrolled."""
    alone = Scenario.model_validate_json(scenario)
    setting = setting_of(alone)
    return follow(model_of(alone, setting, replicate, 1), setting.population.reachable)
