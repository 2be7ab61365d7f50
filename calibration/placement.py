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


@cache
def persons(period: str = "2023-03") -> pd.DataFrame:
    """Return persons by district, urban/rural and poor.

    Parameters
    ----------
    period : str
        Month of a March survey with published numbers of poor by district.

    Returns
    -------
    pandas.DataFrame
        `province`, `code`, `name`, `urban` (bool), `poor`, `other` (persons), districts in the
        order of their codes, urban first; parts that do not exist have 0.
    """
    cells = figures.cells(period)
    districts = figures.districts(period).sort_values("code")
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
