"""From a scenario to the people and the world that it is played in."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from calibration.cells import Cell, PartFigures, cells, own_cells
from calibration.crosssection import cross_section
from calibration.settle import Residual, settle
from calibration.synthesis import Households, people
from calibration.world import Shock, outside_world
from scenarios.grammar.own_figures import Figures
from scenarios.schema import Scenario
from simulation.economy import World
from simulation.parameters import TABLE, values
from simulation.population import Population

KEPT = 4
"""Populations kept ready in one process."""
OUTSIDE = {
    "growth_pass_through",
    "growth_drift",
    "growth_gap",
    "growth_tilt",
    "growth_bend",
    "lebaran",
}
"""Parameters that only the world outside reads: people settle without growth and season."""
PROGRAMMES = {
    # Whether people hear of a programme, join, come and stay
    "news",
    "database_reach",
    "referral",
    "partner_reach",
    "take_up",
    "leader_take_up",
    "benefit_take_up",
    "effort_take_up",
    "reward_take_up",
    "stigma",
    "assessment_room",
    "attendance",
    "attendance_paid",
    "attendance_motivation",
    "attendance_care",
    "attendance_cost",
    "sessions_missed",
    "completion",
    "effort_stay",
    "reward_stay",
    "online_stay",
    "online_cost",
    # What they learn and are helped with
    "course_dose",
    "practices_ceiling",
    "books_gain",
    "online_dose",
    "curation_gain",
    "language_gain",
    "hands_on_gain",
    "evaluation_gain",
    "aftercare_dose",
    "aftercare_cost",
    "onboarding_skill",
    "online_fear",
    "registered",
    "mentor_quality_sd",
    "mentor_least",
    "mentor_dilution",
    # What visits do
    "visit_steadies",
    "visit_dose",
    "visit_motivation",
    "visit_ties",
    "street_visit",
    # What becomes of money
    "leak",
    "leak_in_kind",
    "diversion",
    "own_account_keeps",
    "consent",
    "consent_talks",
    "risky_gain",
    "risky_loss",
    "risky_months",
    "risk_aversion",
    "use_floor",
    "concealment",
    "concealment_share",
    "concealment_limit",
    "audit",
    "audit_books",
    "missed",
    "restart",
    "arrears_months",
    "spare_share",
    "group_help",
    "group_strain",
    # The score, and what the state's money costs
    *(name for name in TABLE if name.startswith(("score_", "noise_"))),
    "public_funds",
}
"""Parameters that are read only where there is a programme: by its own rules, by those of contracts
and ventures, with visits, or when effects are reckoned. They move neither people nor twins."""


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

    Shocks, growth and programmes come later, so people are the same with and without them.
    """
    own = scenario.parameters.items()
    later = OUTSIDE | PROGRAMMES
    changes = tuple(sorted((name, value) for name, value in own if name not in later))
    figures = scenario.figures.parts if scenario.figures else ()
    made = _settled(scenario.area, scenario.households, scenario.seed, changes, threads, figures)
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
    figures: tuple[PartFigures, ...] = (),
) -> Setting:
    parameters = values(dict(changes))
    population, _ = people(area, households, seed, parameters=parameters, own=figures)
    found = own_cells(area, figures) if figures else cells(area)
    residual = settle(population, found, parameters, seed, threads)
    return Setting(population, found, parameters, residual)


def population_cells(
    area: str,
    households: Households,
    seed: int,
    threads: int = 1,
    figures: Figures | None = None,
) -> pd.DataFrame:
    """Return the synthetic population beside the figures it is made from; see `cross_section`.

    Raises
    ------
    ValueError
        Where the area is unknown.
    """
    scenario = Scenario(
        name="population", area=area, households=households, seed=seed, figures=figures
    )
    setting = setting_of(scenario, threads)
    own = figures.parts if figures else ()
    return cross_section(area, setting.population, setting.cells, own)
