"""The alternative credit score (C10): what an officer or an app can see, each with noise.

It looks at the present only; how well it tells who will pay is measured, not set.
"""

import numpy as np

from simulation import draws
from simulation.population import Population


def score(
    population: Population,
    rows: np.ndarray,
    attended: np.ndarray,
    chance: np.ndarray,
    parameters: np.ndarray,
) -> np.ndarray:
    """Return a score from 0 to 1 for each applicant.

    Parameters
    ----------
    rows : numpy.ndarray
        Rows of the applicants.
    attended : numpy.ndarray
        Share of the course that each attended.
    chance : numpy.ndarray
        One uniform draw each, for what the eye gets wrong.
    """
    p = parameters[0]
    h, e = population.households, population.enterprises
    usual = (p.variable_margin - p.fixed_cost) * e["scale"][rows]
    logit = (
        p.score_base
        + p.score_books * e["books"][rows]
        + p.score_age * np.log1p(e["age"][rows] / 12.0)
        + p.score_profit * np.clip(e["smoothed_profit"][rows] / usual, -2.0, 2.0)
        + p.score_attendance * attended
        + p.score_documents * h["documents"][rows]
        + p.score_digital * (e["stage"][rows] > 0)
        + p.score_ties * h["ties"][rows]
        + p.score_noise * np.array([draws.normal_quantile(float(u)) for u in chance])
    )
    return 1.0 / (1.0 + np.exp(-logit))


def area_under_curve(scores: np.ndarray, good: np.ndarray) -> float:
    """Return the chance that one who turned out good was scored above one who did not (AUC).

    Parameters
    ----------
    scores : numpy.ndarray
        Of the applicants, at the time.
    good : numpy.ndarray
        Whether each turned out good, later.
    """
    ranks = np.argsort(np.argsort(scores)) + 1.0
    n_good = int(good.sum())
    n_bad = len(good) - n_good
    return float((ranks[good].sum() - n_good * (n_good + 1) / 2.0) / (n_good * n_bad))
