"""The synthetic population beside the published figures, cell by cell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from calibration import figures
from calibration.cells import Cell, PartFigures
from simulation import measures
from simulation.population import Population

PUBLISHED = ("p0", "p1", "p2", "gini")


def cross_section(
    area: str,
    population: Population,
    cells: Sequence[Cell],
    own_figures: Sequence[PartFigures] = (),
) -> pd.DataFrame:
    """Return measured poverty of the March survey by cell, with what BPS published.

    Parameters
    ----------
    area : str
        Its name.
    population : Population
        Settled.
    cells : sequence of Cell
        Of the area.
    own_figures : sequence of PartFigures
        What the people were made from in place of the published figures; these stand beside then,
        in columns that end with `_own`.

    Returns
    -------
    pandas.DataFrame
        `province`, `urban_rural`, `rows`, `households`, `persons`; `p0`, `p1`, `p2` (percent),
        `gini`, `mean` (rupiah a head and month), each beside its `_bps` where one is
        published for just this part; `vulnerable` (percent between 1 and 1.5 lines),
        `bottom40` (percent of spending), `size_poor` (persons). The last row is the area.
    """
    h = population.households
    codes = population.districts["code"][h["district"]]
    lines = np.zeros(len(h))
    rows: list[dict[str, object]] = []
    published = figures.cells()
    given = {part.urban: part for part in own_figures}
    for cell in cells:
        own = (h["frame"] == 0) & (h["urban"] == cell.urban) & np.isin(codes, cell.codes)
        lines[own] = cell.line
        part = "urban" if cell.urban else "rural"
        bps = published[(published.province == cell.province) & (published.urban_rural == part)]
        found = _measure(population, own, lines)
        names = {"province": cell.province, "urban_rural": part}
        whole = abs(cell.persons / float(bps.persons.iloc[0]) - 1.0) < 0.01
        known = {f"{n}_bps": float(bps[n].iloc[0]) if whole else np.nan for n in PUBLISHED}
        rows.append(names | found | (_own([given[cell.urban]]) if given else known))
    total = _measure(population, h["frame"] == 0, lines)
    beside = _own(own_figures) if given else _published(area)
    rows.append({"province": area, "urban_rural": "total"} | total | beside)
    return pd.DataFrame(rows)


def _own(parts: Sequence[PartFigures]) -> dict[str, float]:
    """Return own figures of these parts together; not a number where parts do not tell."""
    persons = np.array([part.persons for part in parts])
    found = {}
    for name, shown in (("p0", "p0"), ("p1", "p1"), ("p2", "p2"), ("spending", "mean")):
        values = np.array([getattr(part, name) for part in parts], float)
        found[f"{shown}_own"] = float(values @ persons / persons.sum())
    return found | {"gini_own": parts[0].gini if len(parts) == 1 else np.nan}


def _published(area: str) -> dict[str, float]:
    """Return what BPS published of a whole area; not a number where it published nothing."""
    found = {f"{name}_bps": _value(name, area) for name in PUBLISHED}
    return found | {"mean_bps": _value("spending", area)}


def _value(name: str, area: str) -> float:
    try:
        return figures.value(name, area, period="2023-03")
    except KeyError:
        return float("nan")


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
