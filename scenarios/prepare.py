"""From a scenario to the people and the world that it is played in."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from calibration.cells import Cell, cells
from calibration.settle import Residual, settle
from calibration.synthesis import Households, people
from calibration.world import Shock, outside_world
from scenarios.schema import Scenario
from simulation.economy import World
from simulation.parameters import values
from simulation.population import Population

KEPT = 4
"""Populations kept ready in one process."""
OUTSIDE = {"growth_pass_through", "growth_drift", "growth_gap", "growth_tilt", "lebaran"}
"""Parameters that only the world outside reads: people settle without growth and season."""


@dataclass(frozen=True)
class Setting:
    """The people of an area as a March survey found them.

    Attributes
    ----------
    population : Population
        Settled; models work on copies.
    cells : list of Cell
        With the published figures.
    parameters : numpy.ndarray
        Of behaviour.
    residual : Residual
        Of the last correction to the published figures.
    """

    population: Population
    cells: list[Cell]
    parameters: np.ndarray
    residual: Residual


def setting_of(scenario: Scenario, threads: int = 1) -> Setting:
    """Return the people of a scenario; made once for all scenarios that share them.

    Shocks and growth come later, so people are the same with and without them.
    """
    own = scenario.parameters.items()
    changes = tuple(sorted((name, value) for name, value in own if name not in OUTSIDE))
    made = _settled(scenario.area, scenario.households, scenario.seed, changes, threads)
    return replace(made, parameters=values(scenario.parameters))


def world_of(scenario: Scenario, setting: Setting) -> World:
    """Return the world outside, over the scenario's months, with its shocks."""
    return outside_world(
        setting.population,
        scenario.start,
        scenario.months,
        scenario.macro,
        setting.parameters,
        [Shock(**shock.model_dump(exclude={"name"})) for shock in scenario.shocks],
    )


@lru_cache(maxsize=KEPT)
def _settled(
    area: str,
    households: Households,
    seed: int,
    changes: tuple[tuple[str, float], ...],
    threads: int,
) -> Setting:
    parameters = values(dict(changes))
    population, _ = people(area, households, seed, parameters=parameters)
    found = cells(area)
    residual = settle(population, found, parameters, seed, threads)
    return Setting(population, found, parameters, residual)
