"""The map of a comparison: what one scenario does in each place."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scenarios.maps.boundaries import read_boundaries
from scenarios.maps.shapes import shape_map
from scenarios.maps.tiles import tile_map
from scenarios.results.provenance import version
from scenarios.schema import Scenario
from scenarios.words.labels import Language, label, say
from scenarios.words.numerals import month

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEWEST_PLACES = 2
"""Places with a number that a map takes."""
CHANGES = ("net_lifted",)
DECIMALS = {"headcount": 1}


def draw_places(
    table: pd.DataFrame,
    scenario: str,
    indicator: str,
    area: str,
    language: Language,
    caption: str,
    boundaries: str = "",
) -> "Figure":
    """Return the map of one indicator of one scenario.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `places.places_of`, as it is saved.
    scenario : str
        Its name.
    indicator : str
        Of `places.UNITS`.
    area : str
        Of the scenario: the country or a province.
    language : {'id', 'en'}
        Of the reader.
    caption : str
        What stands under it.
    boundaries : str
        A GeoJSON file with the polygons; without one the map has tiles.

    Raises
    ------
    ScenarioError
        Where the file is not as it has to be; see `boundaries.read_boundaries`.

    Examples
    --------
    >>> row = {"scenario": "ours", "indicator": "headcount", "value": 9.4}
    >>> rows = [{**row, "place": "Kab. Bantul", "low": 9.0, "high": 9.8}]
    >>> figure = draw_places(pd.DataFrame(rows), "ours", "headcount", "DI Yogyakarta", "id", "")
    >>> "9,4" in [text.get_text() for text in figure.axes[0].texts]
    True
    """
    own = values_of(table, scenario, indicator)
    change = indicator in CHANGES
    clear = (own.low > 0.0) | (own.high < 0.0) if change else None
    what, decimals = f"map.{indicator}", DECIMALS.get(indicator, 0)
    if boundaries:
        where = read_boundaries(boundaries, area)
        return shape_map(own["value"], what, where, language, caption, decimals, change, clear)
    return tile_map(own["value"], what, area, language, caption, decimals, change, clear)


def caption_of(scenario: Scenario, language: Language) -> str:
    """Return the caption of a map of what a scenario does.

    Parameters
    ----------
    scenario : Scenario
        As it was run.
    language : {'id', 'en'}
        Of the reader.

    Examples
    --------
    >>> caption_of(Scenario(name="three-years", months=36), "id")[:63]
    'Skenario three-years: DKI Jakarta, 36 bulan sejak Maret 2023; 1'
    """
    return say(
        "map.caption",
        language,
        scenario=scenario.name,
        area=label(f"place.{scenario.area}", language).text,
        months=scenario.months,
        start=month(scenario.start, language),
        replicates=scenario.replicates,
        seed=scenario.seed,
        version=version(),
    )


def values_of(table: pd.DataFrame, scenario: str, indicator: str) -> pd.DataFrame:
    """Return value, low and high of one indicator by place."""
    own = table[(table.scenario == scenario) & (table.indicator == indicator)]
    return own.set_index("place")[["value", "low", "high"]]


def is_map(table: pd.DataFrame, scenario: str, indicator: str) -> bool:
    """Return whether enough places have a number for a map to say something.

    Examples
    --------
    >>> row = {"scenario": "ours", "indicator": "net_lifted", "low": 1.0, "high": 9.0}
    >>> is_map(pd.DataFrame([{**row, "place": "Kab. Bantul", "value": 5.0}]), "ours", "net_lifted")
    False
    """
    found = values_of(table, scenario, indicator)["value"]
    return int(np.isfinite(found.to_numpy(float)).sum()) >= FEWEST_PLACES
