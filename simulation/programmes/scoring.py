"""The alternative credit score (C10): what an officer or an app can see, each with noise.

It looks at the present only; how well it tells who will pay is measured, not set.
"""

from typing import Any

import numpy as np

from simulation import draws
from simulation.programmes.participation import address
from simulation.records import OFFLINE

WEIGHTS = {
    "books": ("score_books", "noise_books"),
    "age": ("score_age", "noise_age"),
    "profit": ("score_profit", "noise_profit"),
    "regularity": ("score_regularity", "noise_regularity"),
    "attendance": ("score_attendance", "noise_attendance"),
    "documents": ("score_documents", "noise_documents"),
    "digital": ("score_digital", "noise_digital"),
    "ties": ("score_ties", "noise_ties"),
}
"""For each feature the parameters of its weight and of the noise with which it is seen."""


def features(model: Any, rows: np.ndarray, attended: np.ndarray) -> dict[str, np.ndarray]:  # noqa: ANN401
    """Return what there is to see of each applicant, before noise.

    Parameters
    ----------
    rows : numpy.ndarray
        Rows of the applicants.
    attended : numpy.ndarray
        Share of the course that each attended.
    """
    h, e = model.population.households, model.population.enterprises
    usual = model.usual_profit(rows)
    off = np.abs(e["profit"][rows] - e["smoothed_profit"][rows]) / usual
    return {
        "books": e["books"][rows].astype(float),
        "age": np.log1p(e["age"][rows] / 12.0),
        "profit": np.clip(e["smoothed_profit"][rows] / usual, -2.0, 2.0),
        "regularity": -np.minimum(off, 2.0),
        "attendance": attended,
        "documents": h["documents"][rows].astype(float),
        "digital": (e["stage"][rows] > OFFLINE).astype(float),
        "ties": h["ties"][rows],
    }


def score(model: Any, rows: np.ndarray, attended: np.ndarray, programme: str) -> np.ndarray:  # noqa: ANN401
    """Return a score from 0 to 1 for each applicant.

    Parameters
    ----------
    rows : numpy.ndarray
        Rows of the applicants.
    attended : numpy.ndarray
        Share of the course that each attended.
    programme : str
        Its name: the address of what the eye gets wrong in each feature.
    """
    p = model.parameters[0]
    logit = np.full(len(rows), p.score_base)
    for name, seen in features(model, rows, attended).items():
        weight, spread = (p[parameter] for parameter in WEIGHTS[name])
        chance = model.draw(rows, draws.SCORING, address(programme, name))
        noise = np.array([draws.normal_quantile(float(u)) for u in chance])
        logit += weight * seen + spread * noise
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
