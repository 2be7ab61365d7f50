"""How many persons, poor and not, live in the urban and rural part of each district.

Published are districts (poor and all) and the urban and rural areas of provinces (poor and all);
the cross of the two is not. It is raked: cities count as urban, and what the published margins
leave open is shared in proportion.
"""

from functools import cache

import numpy as np
import pandas as pd

from calibration import figures

ROUNDS = 200
SURVEY = "2023-03"
"""The survey that people are made from unless told otherwise."""
MARCHES = ("2017-03", "2018-03", "2019-03", "2020-03", "2021-03", "2023-03")
"""Surveys whose numbers of poor by urban and rural area are published."""


@cache
def cell_figures(period: str = SURVEY) -> pd.DataFrame:
    """Return the published figures of each cell, with its persons also where none are published.

    Where the number of poor is not known, persons are those of the surveys that have them, even
    in logs over the years. Columns are those of `figures.cells`.
    """
    cells = figures.cells(period)
    if cells.persons.notna().all():
        return cells
    known = pd.concat([figures.cells(each).assign(period=each) for each in MARCHES])
    known = known.dropna(subset="persons")
    for row in cells.index[cells.persons.isna()]:
        own = known[
            (known.province == cells.province[row]) & (known.urban_rural == cells.urban_rural[row])
        ]
        pace = np.polyfit(own.period.map(_year), np.log(own.persons.astype(float)), 1)
        cells.loc[row, "persons"] = np.exp(np.polyval(pace, _year(period)))
    return cells


def _year(period: str) -> float:
    return int(period[:4]) + int(period[5:]) / 12.0


@cache
def persons(period: str = SURVEY) -> pd.DataFrame:
    """Return persons by district, urban/rural and poor.

    The number of poor by district is published for March 2023 alone. At another time districts
    have their own published headcount, and the share of their province's persons that they have
    in 2023; one that is not published yet has its province's headcount.

    Parameters
    ----------
    period : str
        Month of a March survey, "2015-03" to "2023-03".

    Returns
    -------
    pandas.DataFrame
        `province`, `code`, `name`, `urban` (bool), `poor`, `other` (persons), districts in the
        order of their codes, urban first; parts that do not exist have 0.
    """
    cells = cell_figures(period)
    districts = figures.districts().sort_values("code", ignore_index=True)
    if period != SURVEY:
        heads = figures.districts(period).set_index("code").p0.reindex(districts.code).to_numpy()
        whole = 100.0 * cells.persons.mul(cells.p0 / 100.0).groupby(cells.province).sum()
        whole = whole / cells.groupby("province").persons.sum()
        heads = np.where(np.isnan(heads), districts.province.map(whole), heads)
        districts = districts.assign(poor=districts.persons * heads / 100.0)
    parts = []
    for province, own in cells.groupby("province", sort=False):
        local = districts[districts.province == province]
        margin = np.array([_poor_and_other(own[own.urban_rural == k]) for k in ("urban", "rural")])
        parts.append(_rake(local, margin))
    return pd.concat(parts, ignore_index=True)


def _poor_and_other(cell: pd.DataFrame) -> tuple[float, float]:
    if cell.empty:
        return 0.0, 0.0
    poor = float(cell.p0.iloc[0] / 100 * cell.persons.iloc[0])
    return poor, float(cell.persons.iloc[0]) - poor


def _rake(districts: pd.DataFrame, cells: np.ndarray) -> pd.DataFrame:
    """Return the districts of one province crossed with urban/rural.

    `cells` holds persons by urban/rural and poor/other, shape (2, 2).
    """
    own = np.column_stack([districts.poor, districts.persons - districts.poor])
    own = own * (cells.sum(axis=0) / own.sum(axis=0))
    city = (districts.kind == "kota").to_numpy()
    cross = np.repeat(own[:, None, :], 2, axis=1)
    cross[city, 1, :] *= 1e-6  # cities are urban as far as the margins allow
    for _ in range(ROUNDS):
        cross *= (cells / np.maximum(cross.sum(axis=0), 1e-9))[None]
        cross *= (own / np.maximum(cross.sum(axis=1), 1e-9))[:, None]
    flat = cross.reshape(-1, 2)
    return pd.DataFrame(
        {
            "province": np.repeat(districts.province.to_numpy(), 2),
            "code": np.repeat(districts.code.to_numpy(int), 2),
            "name": np.repeat(districts.name.to_numpy(), 2),
            "urban": np.tile([True, False], len(districts)),
            "poor": flat[:, 0],
            "other": flat[:, 1],
        }
    )
