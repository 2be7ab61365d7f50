"""The use of a sum (C4): safe or risky, chosen once by expected utility under the contract."""

import numpy as np

from simulation.population import Population


def put_to_use(
    population: Population,
    rows: np.ndarray,
    lines: np.ndarray,
    share_paid: float,
    chance: np.ndarray,
    parameters: np.ndarray,
) -> None:
    """Let each owner choose; a risky use lifts or lowers revenue for some months.

    Parameters
    ----------
    rows : numpy.ndarray
        Households whose firm received a sum.
    lines : numpy.ndarray
        Poverty line of each household, rupiah a head and month.
    share_paid : float
        Share of true profit that the owner expects to pay to the financier.
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

    def utility(factor: float) -> np.ndarray:
        profit = margin * factor * revenue - p.fixed_cost * scale
        eaten = np.maximum(other + profit - share_paid * np.maximum(profit, 0.0), least)
        return -(eaten ** (1.0 - p.risk_aversion)) / (p.risk_aversion - 1.0)

    risky = 0.5 * (utility(p.risky_gain) + utility(p.risky_loss)) > utility(1.0)
    outcome = np.where(chance < 0.5, np.log(p.risky_gain), np.log(p.risky_loss))
    e["lift"][rows[risky]] = outcome[risky]
    e["lift_months"][rows[risky]] = int(p.risky_months)
