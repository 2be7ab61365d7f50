"""What the surveys of a trial see of its people, without and with the error of the survey."""

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtri

from calibration.settle import online
from simulation.population import Population
from simulation.records import Row


def survey(population: Population, rows: np.ndarray, p: Row) -> dict[str, np.ndarray]:
    """Return every quantity of these people in the month last lived.

    Parameters
    ----------
    p : record
        The parameters.

    Returns
    -------
    dict
        `profit` and `sales` (rupiah a month, 0 without a firm), `earnings` (the firm's profit, or
        the usual casual wage of who has none), `consumption` (rupiah a head and month), `survival`
        (1 with a firm) and `capital` (rupiah, 0 without a firm).
    """
    h, e = population.households[rows], population.enterprises[rows]
    alive = e["alive"] == 1
    traded = alive & (e["age"] > 0)  # who started this month has not
    return {
        "profit": np.where(alive, e["profit"], 0.0),
        "sales": np.where(traded, sales(e, p), 0.0),
        "earnings": np.where(alive, e["profit"], h["casual_wage"]),
        "consumption": h["consumption"] / h["members"],
        "survival": alive.astype(float),
        "capital": np.where(alive, e["capital"], 0.0),
    }


def sales(e: np.ndarray, p: Row) -> np.ndarray:
    """Return last month's revenue (rupiah) of firms that ran in it, from their profit (C3)."""
    _, fees = online(e, p)
    kept = p.variable_margin - fees - p.leakage * (e["books"] == 0)
    return (e["profit"] + p.fixed_cost * e["scale"]) / kept


def with_errors(
    seen: Mapping[str, np.ndarray],
    scale: np.ndarray,
    errors: Mapping[str, float],
    uniform: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return what a survey notes where people misreport.

    Parameters
    ----------
    scale : numpy.ndarray
        Usual revenue of each firm, rupiah a month.
    errors : mapping
        Error by quantity: on profit and earnings in usual revenues of firms that run, on
        consumption in log points.
    uniform : numpy.ndarray
        One draw each, the same in every arm and in the twin.
    """
    normal = ndtri(uniform)
    noted = dict(seen)
    for quantity, size in errors.items():
        if quantity == "consumption":
            noted[quantity] = seen[quantity] * np.exp(size * normal)
        else:
            noted[quantity] = seen[quantity] + size * scale * normal * seen["survival"]
    return noted
