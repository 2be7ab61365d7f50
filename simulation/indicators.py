"""What the month adds up as it goes, and what a model reports of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from simulation.ledger import N_FLOWS
from simulation.records import ONLINE_MARKET

# Sums that the month of a household adds to, after the flows; weighted by households or persons.
(
    HOUSEHOLDS,
    PERSONS,
    POOR,
    POVERTY_GAP,
    POVERTY_SEVERITY,
    STANDING,
    SMOOTHED_INCOME,
    ENTERPRISES,
    STARTED,
    CLOSED,
    ON_STREET,
    RETURNED,
    REHABILITATED,
    INDEBTED,
    SEEKERS,
    CARE,
    SHELTERED_NOW,
    NOT_FINITE,
    SUPPLY,
) = range(N_FLOWS, N_FLOWS + 19)
N_SUMS = SUPPLY + ONLINE_MARKET + 1


def month_report() -> dict[str, Callable[[Any], float]]:
    """Return what a data collector notes each month: name -> function of the model.

    Poverty is of true consumption and of households only; street people are a frame apart.
    """
    return {
        "headcount": partial(_share, what=POOR, of=PERSONS),
        "poverty_gap": partial(_share, what=POVERTY_GAP, of=PERSONS),
        "poverty_severity": partial(_share, what=POVERTY_SEVERITY, of=PERSONS),
        "standing": partial(_share, what=STANDING, of=PERSONS),
        "owners": partial(_share, what=ENTERPRISES, of=HOUSEHOLDS),
        "started": partial(_share, what=STARTED, of=HOUSEHOLDS),
        "closed": partial(_share, what=CLOSED, of=HOUSEHOLDS),
        "indebted": partial(_share, what=INDEBTED, of=HOUSEHOLDS),
        "on_street": partial(_total, what=ON_STREET, frame=1),
        "returned_to_street": partial(_total, what=RETURNED, frame=1),
        "sheltered": partial(_total, what=SHELTERED_NOW, frame=1),
    }


def _total(model: Any, what: int, frame: int = 0) -> float:  # noqa: ANN401
    return float(model.sums_now[model.population.blocks[:, 3] == frame, what].sum())


def _share(model: Any, what: int, of: int) -> float:  # noqa: ANN401
    return _total(model, what) / _total(model, of)
