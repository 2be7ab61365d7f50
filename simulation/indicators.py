"""What the month adds up as it goes, and what a model reports of it."""

from collections.abc import Callable
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
    NOT_FINITE,
    SUPPLY,
) = range(N_FLOWS, N_FLOWS + 17)
N_SUMS = SUPPLY + ONLINE_MARKET + 1


def month_report() -> dict[str, Callable[[Any], float]]:
    """Return what a data collector notes each month: name -> function of the model.

    Poverty is of true consumption and of households only; street people are a frame apart.
    """

    def total(model: Any, what: int, frame: int = 0) -> float:  # noqa: ANN401
        return float(model.sums_now[model.population.blocks[:, 3] == frame, what].sum())

    def share(what: int, of: int) -> Callable[[Any], float]:
        return lambda model: total(model, what) / total(model, of)

    return {
        "headcount": share(POOR, PERSONS),
        "poverty_gap": share(POVERTY_GAP, PERSONS),
        "poverty_severity": share(POVERTY_SEVERITY, PERSONS),
        "standing": share(STANDING, PERSONS),
        "owners": share(ENTERPRISES, HOUSEHOLDS),
        "started": share(STARTED, HOUSEHOLDS),
        "closed": share(CLOSED, HOUSEHOLDS),
        "indebted": share(INDEBTED, HOUSEHOLDS),
        "on_street": lambda model: total(model, ON_STREET, frame=1),
        "returned_to_street": lambda model: total(model, RETURNED, frame=1),
    }
