"""The runs that a comparison needs: scenario, cash benchmark, twin, and the range of the street."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from scenarios.runs.effects import STREET, effects
from scenarios.runs.prepare import Setting, setting_of, world_of
from scenarios.schema import Scenario
from simulation.agents.provider import TooFewPeople
from simulation.model import EmpowermentModel
from simulation.parameters import TABLE
from simulation.programmes.terms import Cash
from simulation.trace import Trace, follow

SCENARIO, BENCHMARK = "scenario", "cash benchmark"
DELIVERY = float(Cash.model_fields["delivery"].default)
STREET_BASE = TABLE["street_base"]
"""How many return to the street without a programme; its ends stand for 30 and 60% in a year."""

SAMPLES = 4
"""Samples of people where parameters are drawn, the first among them (three degrees of freedom)."""


class Pass(NamedTuple):
    """One set of parameters and one sample of people, in which all replicates are lived."""

    draw: int
    people: int
    parameters: Mapping[str, float]

    def of(self, scenario: Scenario) -> Scenario:
        """Return a scenario as it is here; what it says of parameters itself stays."""
        return scenario.model_copy(
            update={
                "parameters": {**self.parameters, **scenario.parameters},
                "seed": (scenario.seed + self.people) % 2**63,
            }
        )


def passes(draws: int) -> list[Pass]:
    """Return what is lived: as it is, or at draws of the posterior and with further people.

    Parameters
    ----------
    draws : int
        How many, spread evenly over the posterior; 0 for the parameters as they are.

    Raises
    ------
    ValueError
        Where the posterior has fewer, or one is asked for, which says nothing of parameters.
    """
    if draws == 0:
        return [Pass(0, 0, {})]
    from calibration.fit import posterior

    sets = posterior().draws
    if not 2 <= draws <= len(sets):
        raise ValueError(f"the posterior gives 2 to {len(sets)} draws, not {draws}")
    rows = sets.iloc[np.linspace(0, len(sets) - 1, draws).astype(int)].to_dict("records")
    found = [Pass(n, 0, {str(k): float(v) for k, v in row.items()}) for n, row in enumerate(rows)]
    middle = found[draws // 2]
    return [*found, *(middle._replace(people=sample) for sample in range(1, SAMPLES))]


def model_of(
    scenario: Scenario,
    setting: Setting,
    replicate: int,
    threads: int,
    **what: Any,  # noqa: ANN401
) -> EmpowermentModel:
    """Return the model of one replicate; without `what` it has the scenario's programmes."""
    return EmpowermentModel(
        setting.population,
        world_of(scenario, setting),
        setting.parameters,
        seed=scenario.seed,
        replicate=replicate,
        months=scenario.months,
        threads=threads,
        **(what or {"programmes": scenario.programmes}),
    )


def with_and_cash(scenario: Scenario, replicate: int, threads: int) -> dict[str, Trace]:
    """Return the trace of the scenario and that of its cash benchmark."""
    setting = setting_of(scenario, threads)
    trace = follow(model_of(scenario, setting, replicate, threads))
    variants = {SCENARIO: trace}
    if trace.cost > 0 and not all(programme.cash for programme in scenario.programmes):
        weight = setting.population.households["weight"]
        seats = sum(float(weight[rows].sum()) for _, rows in trace.cohorts)
        each = trace.cost / seats / (1.0 + DELIVERY)
        gifts = [(month, rows, np.full(len(rows), each)) for month, rows in trace.cohorts]
        given = follow(model_of(scenario, setting, replicate, threads, gifts=gifts), trace.rows)
        variants[BENCHMARK] = _as_enrolled(given, trace)
    return variants


def _as_enrolled(given: Trace, trace: Trace) -> Trace:
    """Return the benchmark's trace with the enrolment and the cost of its scenario."""
    before = np.arange(len(given.sums))[:, None] < trace.since
    paths = {name: np.where(before, np.nan, path) for name, path in given.paths.items()}
    return replace(given, since=trace.since, paths=paths, cost=trace.cost)


def enrols_street(scenario: Scenario) -> bool:
    """Return whether a programme of the scenario is for street people."""
    return any(each.target.group == "street people" for each in scenario.programmes)


def street_effects(
    scenarios: Sequence[Scenario], replicate: int, threads: int, end: float
) -> dict[str, dict[str, float]]:
    """Return what scenarios change on the street where the return to it is at one end of its range.

    The people are those of the comparison, settled as they are; only their lives differ.
    """
    traces = []
    for scenario in scenarios:
        setting = _with_street_base(setting_of(scenario, threads), end)
        try:
            traces.append({SCENARIO: follow(model_of(scenario, setting, replicate, threads))})
        except TooFewPeople:  # here, though not in the run itself: then nothing is known
            traces.append({})
    known = [(s, t) for s, t in zip(scenarios, traces, strict=True) if t]
    played, runs = [s for s, _ in known], [t for _, t in known]
    twins = twins_of(played, runs, replicate, threads, end)
    found = {scenario.name: dict.fromkeys(STREET, np.nan) for scenario in scenarios}
    for scenario, variants, twin in zip(played, runs, twins, strict=True):
        population = setting_of(scenario, threads).population
        changes = effects(population, variants[SCENARIO], twin)
        found[scenario.name] = {name: changes[name] for name in STREET}
    return found


def _with_street_base(setting: Setting, base: float | None) -> Setting:
    """Return the same people with another chance to return to the street."""
    if base is None:
        return setting
    parameters = setting.parameters.copy()
    parameters[STREET_BASE.name] = base
    return replace(setting, parameters=parameters)


def twins_of(
    scenarios: Sequence[Scenario],
    traces: Sequence[Mapping[str, Trace]],
    replicate: int,
    threads: int,
    street_base: float | None = None,
) -> list[Trace]:
    """Return the twin of each scenario; those that differ in programmes only share one."""
    keys = [_world_key(scenario) for scenario in scenarios]
    twins: dict[str, Trace] = {}
    for key, scenario in zip(keys, scenarios, strict=True):
        if key not in twins:
            sharing = [t[SCENARIO].rows for k, t in zip(keys, traces, strict=True) if k == key]
            setting = _with_street_base(setting_of(scenario, threads), street_base)
            model = model_of(scenario, setting, replicate, threads, programmes=())
            twins[key] = follow(model, np.unique(np.concatenate(sharing)))
    return [twins[key] for key in keys]


def _world_key(scenario: Scenario) -> str:
    """Return what two scenarios must agree in to share a twin."""
    own = {"name", "title", "summary", "programmes", "replicates"}
    return scenario.model_dump_json(exclude=own)
