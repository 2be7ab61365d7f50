"""The cells that a population is made of: the urban or rural area of a province."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from calibration import placement
from calibration.distribution import CellTarget, Spending, fit
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
    chosen = places(area, period)
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


def places(area: str, period: str = SURVEY) -> pd.DataFrame:
    """Return the rows of `placement.persons` that lie in an area.

    Raises
    ------
    ValueError
        Where the area is unknown; the message has the nearest right name.
    """
    everyone = placement.persons(period)
    chosen = everyone if area == "Indonesia" else everyone[everyone.province == area]
    if chosen.empty:
        chosen = everyone[everyone.name == area]
    if chosen.empty:
        names = ["Indonesia", *everyone.province.unique(), *everyone.name.unique()]
        nearest = difflib.get_close_matches(area, names, n=1, cutoff=0.3)
        raise ValueError(f"there is no area {area}; the nearest is {nearest[0] if nearest else ''}")
    return chosen


# Figures of one's own


@dataclass(frozen=True)
class PartFigures:
    """What somebody else than BPS says of the urban or the rural part of a province or district.

    Attributes
    ----------
    urban : bool
        Urban or rural.
    persons : float
        Who live there.
    p0, p1 : float
        Headcount and poverty gap by the poverty line of `lines`, percent.
    gini : float
        Of spending a head, 0 to 1.
    p2 : float, optional
        Severity, percent; it is not fitted, as that of BPS is not.
    spending : float, optional
        Mean spending, rupiah a head and month; free where left out.
    """

    urban: bool
    persons: float
    p0: float
    p1: float
    gini: float
    p2: float | None = None
    spending: float | None = None


def lines(area: str) -> dict[bool, float]:
    """Return the poverty lines of a province or district: urban (True) and rural (False).

    They are those of its province, in rupiah a head and month: its districts' households are held
    against the line of their part of the province. DKI Jakarta has no rural one.

    Examples
    --------
    >>> lines("Kab. Sikka")
    {True: 614436.0, False: 471502.0}
    """
    published = placement.cell_figures(SURVEY)
    own = published[published.province == places(area).province.iloc[0]]
    return {row["urban_rural"] == "urban": float(row["line"]) for row in own.to_dict("records")}


@lru_cache(maxsize=64)
def spending_of(part: PartFigures, line: float) -> Spending:
    """Return the distribution of spending that comes nearest to figures; it takes a second."""
    target = CellTarget(part.p0 / 100.0, part.p1 / 100.0, part.gini, part.persons, line)
    return fit([target], part.spending)[0]


def own_cells(area: str, parts: Sequence[PartFigures]) -> list[Cell]:
    """Return the cells of a province or district by figures of one's own, urban before rural.

    The poverty lines stay the published ones, see `lines`. In a province its districts keep the
    shares that they have in the poor and in the others of each part.
    """
    published = placement.cell_figures(SURVEY)
    found = []
    for part in sorted(parts, key=lambda each: not each.urban):
        line = lines(area)[part.urban]
        inside = places(area)
        inside = inside[inside.urban == part.urban]
        if len(inside) > 1:
            inside = inside[inside.poor + inside.other >= LEAST_PERSONS]
        province = str(inside.province.iloc[0])
        code = int(published[published.province == province].province_code.iloc[0])
        poor = part.persons * part.p0 / 100.0
        found.append(
            Cell(
                number=code * 10 + int(part.urban),
                province=province,
                urban=part.urban,
                line=line,
                spending=spending_of(part, line),
                codes=inside.code.to_numpy(),
                poor=poor * _shares(inside.poor),
                other=(part.persons - poor) * _shares(inside.other),
                headcount=part.p0 / 100.0,
            )
        )
    return found


def _shares(persons: "pd.Series[float]") -> np.ndarray:
    """Return the share of each; one alone has all, however few they are."""
    return np.ones(1) if len(persons) == 1 else (persons / persons.sum()).to_numpy()
