"""The distribution of spending per head within a province's urban or rural area.

A generalised beta distribution of the second kind (GB2, McDonald 1984), whose part above the
poverty line may be raised smoothly. It is fitted to the published headcount, poverty gap and Gini
of each cell and to mean spending of its province (its cells together). A GB2 alone cannot meet
headcount, gap, Gini and mean at once where few are poor but spending is high (as in Bali). The
poverty severity, the vulnerable and the bottom 40 are not fitted; they are checks.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from scipy.special import betainc, betaincinv

from calibration import figures, placement

# How closely each target is to be met: headcount (share), gap (relative), Gini, mean (relative).
TOLERANCE = {"p0": 0.0003, "p1": 0.01, "gini": 0.002, "mean": 0.01}
# Shapes are held weakly near these (logs of a, p, q) and the raise near 0, or degenerate corners
# win in some cells. Of a handful of such centres this one leaves fewest cells with a severity (P2)
# off by more than 15%; severity itself is not fitted.
USUAL_SHAPE = np.log([1.0, 20.0, 4.0])
SHAPE_SPREAD = 1.0
RAISE_SPREAD = 0.05
RAISE_WIDTH = 0.30  # share of persons over whom the raise comes in
LEAST_MOMENT = 1.15  # a times q stays above this, so that the mean exists
PERIODS = ("2015-03", "2019-03", "2023-03")
"""Surveys that people can be made from: the start of the fit, of the hindcast, and of today."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(160)
_U = 1.0 - (1.0 - 0.5 * (_NODES + 1.0)) ** 3  # more nodes where few have much
_DU = 0.5 * _WEIGHTS * 3.0 * (1.0 - 0.5 * (_NODES + 1.0)) ** 2


@dataclass(frozen=True)
class Spending:
    """Spending per head of one cell, in poverty lines.

    Attributes
    ----------
    a, p, q : float
        Shapes of the GB2.
    b : float
        Its scale, in poverty lines.
    raised : float
        Log points by which those well above the line stand above the GB2.
    """

    a: float
    b: float
    p: float
    q: float
    raised: float

    def headcount(self) -> float:
        """Return the share of persons below the poverty line."""
        ratio = self.b**-self.a
        return float(betainc(self.p, self.q, ratio / (1.0 + ratio)))

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Return the spending below which shares `u` of persons lie."""
        low = u < 0.5  # each half from its own end, where a double tells shares apart
        odds = np.empty(u.shape)
        below = betaincinv(self.p, self.q, u[low])
        above = betaincinv(self.q, self.p, 1.0 - u[~low])
        odds[low], odds[~low] = below / (1.0 - below), (1.0 - above) / above
        step = np.clip((u - self.headcount()) / RAISE_WIDTH, 0.0, 1.0)
        smooth = step * step * (3.0 - 2.0 * step)
        return self.b * odds ** (1.0 / self.a) * np.exp(self.raised * smooth)

    def poverty(self) -> tuple[float, float, float]:
        """Return headcount, gap and severity (P0, P1, P2 of Foster, Greer and Thorbecke)."""
        head = self.headcount()
        gaps = 1.0 - self.quantile(0.5 * (_NODES + 1.0) * head)
        weights = 0.5 * _WEIGHTS * head
        return head, float(weights @ gaps), float(weights @ gaps**2)

    def mean_and_gini(self) -> tuple[float, float]:
        """Return mean spending (poverty lines) and the Gini coefficient."""
        values = self.quantile(_U)
        mean = float(_DU @ values)
        return mean, float(_DU @ (values * (2.0 * _U - 1.0))) / mean


@dataclass(frozen=True)
class CellTarget:
    """What is published of one cell: shares (not percent), amounts in poverty lines."""

    p0: float
    p1: float
    gini: float
    persons: float
    line: float


def fit(cells: Sequence[CellTarget], mean: float | None) -> list[Spending]:
    """Fit the cells of one province together.

    Parameters
    ----------
    cells : sequence of CellTarget
        The urban and the rural cell, or the only one.
    mean : float, optional
        Mean spending of the province, rupiah a head and month; None where not published.

    Returns
    -------
    list of Spending
        One a cell.
    """

    def unpack(theta: np.ndarray) -> list[Spending]:
        fits = []
        for log_a, log_b, log_p, log_q, raised in theta.reshape(len(cells), 5):
            a = np.exp(log_a)
            q = LEAST_MOMENT / a + np.exp(log_q)
            fits.append(Spending(a, np.exp(log_b), np.exp(log_p), q, raised))
        return fits

    def residuals(theta: np.ndarray) -> np.ndarray:
        out: list[float] = []
        total = 0.0
        for cell, found in zip(cells, unpack(theta), strict=True):
            p0, p1, _ = found.poverty()
            average, gini = found.mean_and_gini()
            total += cell.persons * cell.line * average
            shape = np.log([found.a, found.p, found.q])
            out += [
                (p0 - cell.p0) / TOLERANCE["p0"],
                (p1 / cell.p1 - 1.0) / TOLERANCE["p1"],
                (gini - cell.gini) / TOLERANCE["gini"],
                *((shape - USUAL_SHAPE) / SHAPE_SPREAD),
                found.raised / RAISE_SPREAD,
            ]
        if mean is not None:
            persons = sum(cell.persons for cell in cells)
            out.append((total / persons / mean - 1.0) / TOLERANCE["mean"])
        return np.array(out)

    starts = [
        np.tile([*np.log([a, b, p, q]), 0.0], len(cells))
        for a, b, p, q in ((3.0, 1.4, 1.5, 0.6), (2.0, 1.0, 4.0, 0.8))
    ]
    low = np.tile([*np.log([0.5, 0.01, 0.2, 0.01]), -0.05], len(cells))
    high = np.tile([*np.log([12.0, 8.0, 60.0, 20.0]), 0.4], len(cells))
    solutions = [least_squares(residuals, start, bounds=(low, high)) for start in starts]
    return unpack(min(solutions, key=lambda solution: float(solution.cost)).x)


def fit_all(periods: Sequence[str] = PERIODS) -> pd.DataFrame:
    """Fit every cell to each of these surveys; the result is what cells.csv holds.

    Returns
    -------
    pandas.DataFrame
        `period`, `province`, `urban_rural`, `a`, `b`, `p`, `q`, `raised`.
    """
    rows = []
    for period in periods:
        means = figures.spending(period).set_index("province").spending.dropna()
        for province, own in placement.cell_figures(period).groupby("province", sort=False):
            targets = [
                CellTarget(
                    cell["p0"] / 100, cell["p1"] / 100, cell["gini"], cell["persons"], cell["line"]
                )
                for cell in own.to_dict("records")
            ]
            mean = float(means[province]) if province in means.index else None
            for part, found in zip(own.urban_rural, fit(targets, mean), strict=True):
                names = {"period": period, "province": province, "urban_rural": part}
                rows.append(names | asdict(found))
    return pd.DataFrame(rows)
