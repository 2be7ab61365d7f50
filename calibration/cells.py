"""The cells that a population is made of: the urban or rural area of a province."""

import difflib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from calibration import placement
from calibration.distribution import Spending
from calibration.placement import SURVEY

FITTED = Path(__file__).with_name("cells.csv")
"""The fitted distributions; `calibration.distribution.fit_all` gives them again."""

LEAST_PERSONS = 500.0
"""Below this the raking has left crumbs, as of rural people in a city."""


@dataclass(frozen=True)
class Cell:
    """The urban or rural part of one province, as far as it lies in the area asked for.

    Attributes
    ----------
    number : int
        Address of its draws: province code times 10, plus 1 where urban.
    province : str
        Name.
    urban : bool
        Urban or rural.
    line : float
        Poverty line, rupiah a head and month.
    spending : Spending
        Distribution of measured spending, in poverty lines.
    codes : numpy.ndarray
        BPS codes of its districts.
    poor, other : numpy.ndarray
        Persons by district, below the line and above.
    headcount : float
        Share of the whole cell's persons below the line.
    """

    number: int
    province: str
    urban: bool
    line: float
    spending: Spending
    codes: np.ndarray
    poor: np.ndarray
    other: np.ndarray
    headcount: float

    @property
    def persons(self) -> float:
        """Return the persons of the cell in the area."""
        return float(self.poor.sum() + self.other.sum())

    def spread(self, v: np.ndarray) -> np.ndarray:
        """Return the quantile of the whole cell at quantiles `v` of its part in the area."""
        poor = self.poor.sum() / self.persons
        below = v / poor * self.headcount
        above = self.headcount + (v - poor) / (1.0 - poor) * (1.0 - self.headcount)
        return np.where(v < poor, below, above)

    def quantile(self, v: np.ndarray) -> np.ndarray:
        """Return measured spending (poverty lines) at quantiles `v` of the part in the area."""
        return self.spending.quantile(self.spread(v))


def cells(area: str, period: str = SURVEY) -> list[Cell]:
    """Return the cells of an area: Indonesia, a province, or a district.

    Parameters
    ----------
    area : str
        Its name.
    period : str
        Month of a survey whose distributions are fitted: a period of cells.csv.

    Raises
    ------
    ValueError
        Where the area is unknown; the message has the nearest right name.
    """
    published = placement.cell_figures(period)
    fitted = pd.read_csv(FITTED)
    fitted = fitted[fitted.period == period]
    everyone = placement.persons(period)
    chosen = everyone if area == "Indonesia" else everyone[everyone.province == area]
    if chosen.empty:
        chosen = everyone[everyone.name == area]
    if chosen.empty:
        names = ["Indonesia", *everyone.province.unique(), *everyone.name.unique()]
        nearest = difflib.get_close_matches(area, names, n=1, cutoff=0.3)
        raise ValueError(f"there is no area {area}; the nearest is {nearest[0] if nearest else ''}")
    found = []
    for row in published.to_dict("records"):
        urban = row["urban_rural"] == "urban"
        part = chosen[(chosen.province == row["province"]) & (chosen.urban == urban)]
        part = part[part.poor + part.other >= LEAST_PERSONS]
        if part.empty:
            continue
        own = (fitted.province == row["province"]) & (fitted.urban_rural == row["urban_rural"])
        shape = fitted[own][["a", "b", "p", "q", "raised"]].iloc[0]
        found.append(
            Cell(
                number=int(row["province_code"]) * 10 + int(urban),
                province=row["province"],
                urban=urban,
                line=row["line"],
                spending=Spending(*shape.astype(float)),
                codes=part.code.to_numpy(),
                poor=part.poor.to_numpy(),
                other=part.other.to_numpy(),
                headcount=row["p0"] / 100.0,
            )
        )
    return found
