"""The one intercept of the return to the street (C8), fitted to shares that stand in no statistic.

No Indonesian source gives a rate. The default meets 45% back within twelve months without a
programme; the ends of its range meet 30% and 60% (E076). What flips inside is undecided.
"""

import numpy as np
from scipy.optimize import brentq

from calibration.world import outside_world
from simulation.model import EmpowermentModel
from simulation.parameters import values
from simulation.population import Population
from simulation.records import CASUAL_WORK, STREET_WORK

START, YEAR = "2023-03", 12
RETURNS = {"low": 0.30, "default": 0.45, "high": 0.60}
"""Share back on the street within a year, for each column of the parameter table."""
STEEPEST, FLATTEST = -9.0, 3.0


def returned_within_a_year(population: Population, base: float, seed: int = 1) -> float:
    """Return the share of street people who are back within a year of leaving the street.

    Parameters
    ----------
    population : Population
        Settled; its street people all leave the street in the month before.
    base : float
        Intercept tried, logit a month; it need not lie in its range.
    """
    parameters = values()
    parameters["street_base"] = base
    world = outside_world(population, START, YEAR, "frozen", parameters)
    model = EmpowermentModel(population, world, parameters, seed=seed, months=YEAR)
    h = model.population.households
    rows = np.flatnonzero(h.frame == 1)
    h.livelihood[rows] = CASUAL_WORK
    back = np.zeros(len(rows), bool)
    for _ in range(YEAR):
        model.step()
        back |= h.livelihood[rows] == STREET_WORK
    return float(np.average(back, weights=h.weight[rows]))


def fitted_base(population: Population, share: float, seed: int = 1) -> float:
    """Return the intercept at which this share is back within a year."""
    root = brentq(
        lambda base: returned_within_a_year(population, base, seed) - share,
        STEEPEST,
        FLATTEST,
        xtol=0.005,
    )
    return float(root)
