"""Where the tile of each place stands.

Tiles are rough places, not areas: north is up and neighbours lie near each other as far as a grid
allows; a tile says nothing of how large a place is, where its border runs or how many live there.
The layouts are our own: ``provinces.csv`` has the 38 provinces, ``districts.csv`` the 514
districts, each province (as BPS counted them until 2022) on a grid of its own.
"""

from functools import cache
from pathlib import Path

import pandas as pd

from scenarios.grammar.mistakes import Mistake, ScenarioError, nearest
from scenarios.schema import COUNTRY

FOLDER = Path(__file__).parent


def layout(area: str) -> pd.DataFrame:
    """Return the tiles of an area's places.

    Parameters
    ----------
    area : str
        The country, whose places are its 38 provinces; or a province, whose places are its
        districts. "Papua" and "Papua Barat" are what they were until 2022, as in scenarios; the
        four provinces made of them have layouts, too.

    Returns
    -------
    pandas.DataFrame
        By place (its name as BPS writes it): row and column, from 0 at the upper left, and short,
        the words that fit on a tile. A space is where a line may end.

    Raises
    ------
    ScenarioError
        Where there is no such country or province.

    Examples
    --------
    >>> layout("DI Yogyakarta").loc["Kota Yogyakarta"].to_dict()
    {'row': 1, 'column': 1, 'short': 'Kota Yogyakarta'}
    >>> len(layout("Indonesia")), len(layout("Papua")), len(layout("Papua Selatan"))
    (38, 29, 4)
    """
    if area == COUNTRY:
        return _provinces().copy()
    tiles = _districts()
    for column in ("province", "province_2022"):
        own = tiles[tiles[column] == area]
        if len(own):
            own = own.assign(row=own.row - own.row.min(), column=own.column - own.column.min())
            return own[["row", "column", "short"]]
    names = [COUNTRY, *_provinces().index]
    problem = f"no layout for {area}"
    raise ScenarioError(
        [Mistake("map", None, "area", problem, f"{COUNTRY} or a province", nearest(area, names))]
    )


@cache
def _provinces() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "provinces.csv", encoding="utf-8").set_index("place")


@cache
def _districts() -> pd.DataFrame:
    """Return the tiles of all districts, with both provinces of each."""
    from calibration.figures import table

    tiles = pd.read_csv(FOLDER / "districts.csv", encoding="utf-8").set_index("place")
    return tiles.join(table("districts").set_index("name")[["province_2022"]])
