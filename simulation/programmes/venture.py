"""The use of a sum (C4): safe or risky, chosen once by expected utility under the contract."""

import numpy as np

from simulation.population import Population
from simulation.programmes.terms import Finance
from simulation.records import WENT_WELL, WENT_WRONG, Row


def hidden_share(p: Row, share: float) -> float:
    """Return the part of profit that an owner who shares so much of it conceals (C9)."""
    return float(min(p.concealment_limit, p.concealment + p.concealment_share * share))


def put_to_use(
    population: Population,
    rows: np.ndarray,
    lines: np.ndarray,
    terms: Finance,
    chance: np.ndarray,
    parameters: np.ndarray,
) -> None:
    """Let each owner choose; a risky use lifts or lowers revenue for some months.

    What is fixed must be paid in the bad case too, a share only of what there is: so instalments
    push the poor to safe uses, and sharing does not.

    Parameters
    ----------
    rows : numpy.ndarray
        Households whose firm received a sum.
    lines : numpy.ndarray
        Poverty line of each household, rupiah a head and month.
    terms : Finance
        What the owner expects to pay.
    chance : numpy.ndarray
        One uniform draw each: below one half the risky use goes well.
    """
    p = parameters[0]
    h, e = population.households, population.enterprises
    other = h["mean_income"][rows] - h["casual_wage"][rows]
    margin, scale = p.variable_margin, e["scale"][rows]
    size = np.maximum(
        e["capital"][rows] / (p.capital_months * (margin - p.fixed_cost) * scale), 0.1
    )
    revenue = scale * np.exp(e["ability"][rows] + e["productivity"][rows]) * size**p.capital_share
    least = p.use_floor * lines * h["members"][rows]
    reported = terms.share * (1.0 - hidden_share(p, terms.share))

    def utility(factor: float) -> np.ndarray:
        profit = margin * factor * revenue - p.fixed_cost * scale
        due = terms.instalment + np.maximum(reported * np.maximum(profit, 0.0), terms.floor)
        eaten = np.maximum(other + profit - due, least)
        return -(eaten ** (1.0 - p.risk_aversion)) / (p.risk_aversion - 1.0)

    risky = 0.5 * (utility(p.risky_gain) + utility(p.risky_loss)) > utility(1.0)
    e["venture"][rows[risky]] = np.where(chance < 0.5, WENT_WELL, WENT_WRONG)[risky]
    e["venture_months"][rows[risky]] = int(p.risky_months)
