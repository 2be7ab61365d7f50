"""The synthetic population beside the published figures, cell by cell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from calibration import figures
from calibration.cells import Cell
from simulation import measures
from simulation.population import Population


def cross_section(population: Population, cells: Sequence[Cell]) -> pd.DataFrame:
    """Return measured poverty of the March survey by cell, with what BPS published.

    Parameters
    ----------
    population : Population
        Settled.
    cells : sequence of Cell
        Of the area.

    Returns
    -------
    pandas.DataFrame
        `province`, `urban_rural`, `rows`, `households`, `persons`; `p0`, `p1`, `p2` (percent),
        `gini`, `mean` (rupiah a head and month), each beside its `_bps` (of the whole cell, also
        where the area is a district); `vulnerable` (percent between 1 and 1.5 lines),
        `bottom40` (percent of spending), `size_poor` (persons). The last row is the area.
    """
    h = population.households
    codes = population.districts["code"][h["district"]]
    lines = np.zeros(len(h))
    rows: list[dict[str, object]] = []
    published = figures.cells()
    for cell in cells:
        own = (h["frame"] == 0) & (h["urban"] == cell.urban) & np.isin(codes, cell.codes)
        lines[own] = cell.line
        part = "urban" if cell.urban else "rural"
        bps = published[(published.province == cell.province) & (published.urban_rural == part)]
        found = _measure(population, own, lines)
        names = {"province": cell.province, "urban_rural": part}
        rows.append(
            names
            | found
            | {f"{name}_bps": float(bps[name].iloc[0]) for name in ("p0", "p1", "p2", "gini")}
        )
    everyone = h["frame"] == 0
    rows.append({"province": "all", "urban_rural": "total"} | _measure(population, everyone, lines))
    return pd.DataFrame(rows)


def _measure(population: Population, own: np.ndarray, lines: np.ndarray) -> dict[str, object]:
    h = population.households[own]
    weight = h["weight"].astype(float)
    persons = weight * h["members"]
    measured = h["measured"]
    standing = measured / lines[own]
    p0, p1, p2 = measures.poverty(standing, persons)
    poor = standing < 1.0
    size = float(persons[poor].sum() / weight[poor].sum()) if poor.any() else float("nan")
    between = (standing >= 1.0) & (standing < 1.5)
    return {
        "rows": int(own.sum()),
        "households": float(weight.sum()),
        "persons": float(persons.sum()),
        "p0": 100.0 * p0,
        "p1": 100.0 * p1,
        "p2": 100.0 * p2,
        "gini": measures.gini(measured, persons),
        "mean": float((measured * persons).sum() / persons.sum()),
        "vulnerable": 100.0 * float(persons[between].sum() / persons.sum()),
        "bottom40": 100.0 * measures.share_of_poorest(measured, persons, 0.4),
        "size_poor": size,
    }
