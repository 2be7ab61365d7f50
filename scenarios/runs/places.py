"""What a scenario does place by place: provinces of the country, or districts of a province."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scenarios.runs.groups import FEWEST_SHOWN, crossed
from scenarios.runs.replicates import over
from scenarios.schema import COUNTRY
from simulation.population import Population
from simulation.trace import Trace

UNITS = {"participants": "households", "net_lifted": "persons", "headcount": "percent"}
"""Of what is known of each place: households enrolled; persons among them lifted out of poverty
less those pushed in; and persons below the poverty line in the twin, by their mean consumption of
the last year, as those lifted out are counted (everyone who lives in a house)."""
COLUMNS = ["scenario", "place", "indicator", "unit", "value", "low", "high", "agents"]


def by_place(population: Population, run: Trace, twin: Trace, area: str) -> pd.DataFrame:
    """Return what one replicate of a scenario did in each place.

    Parameters
    ----------
    population : Population
        For weights, members and districts.
    run, twin : Trace
        The scenario, and the same world without it.
    area : str
        Of the scenario: places are the 38 provinces of the country, else districts.

    Returns
    -------
    pandas.DataFrame
        Columns place, indicator (of `UNITS`), value, and agents: the simulated households that the
        value is of.

    Examples
    --------
    >>> from scenarios.files import read
    >>> from scenarios.runs.play import SCENARIO, twins_of, with_and_cash
    >>> from scenarios.runs.prepare import setting_of
    >>> changes = ["months=12", "households=2000", "programmes.training.seats=40"]
    >>> small = read("training-only", changes)
    >>> runs = with_and_cash(small, 0, 1)
    >>> (twin,) = twins_of([small], [runs], 0, 1)
    >>> found = by_place(setting_of(small).population, runs[SCENARIO], twin, small.area)
    >>> sorted(found.place.unique())[:2]
    ['Kab. Kepulauan Seribu', 'Kota Jakarta Barat']
    """
    names, of_district = _places(population, area)
    h = population.households
    where = of_district[h["district"]]

    def sums(rows: np.ndarray, amounts: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(where[rows], amounts, len(names))

    enrolled = run.rows
    weight = h["weight"][enrolled].astype(float)
    lifted, pushed = (each[enrolled] for each in crossed(run.year_mean, twin.year_mean))
    housed = np.flatnonzero(h["frame"] == 0)
    persons = h["weight"][housed].astype(float) * h["members"][housed]
    agents, everyone = sums(enrolled), sums(housed)
    with np.errstate(invalid="ignore"):
        poor = sums(housed, persons * (twin.year_mean[housed] < 1.0)) / sums(housed, persons)
    found = {
        "participants": (sums(enrolled, weight), agents),
        "net_lifted": (
            sums(enrolled, weight * h["members"][enrolled] * (lifted - pushed)),
            agents,
        ),
        "headcount": (100.0 * poor, everyone),
    }
    parts = [
        pd.DataFrame({"place": names, "indicator": name, "value": value, "agents": of})
        for name, (value, of) in found.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _places(population: Population, area: str) -> tuple[list[str], np.ndarray]:
    """Return the names of an area's places, and which of them each district belongs to."""
    districts: Sequence[str] = population.names
    if area == COUNTRY:
        from calibration.figures import table

        now = table("districts").set_index("name")["province_2022"]
        districts = list(now[list(population.names)])
    names = list(dict.fromkeys(districts))
    return names, np.array([names.index(each) for each in districts])


def places_of(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the tidy table of all places over replicates.

    Parameters
    ----------
    found : sequence of pandas.DataFrame
        Of `by_place`, with scenario and replicate; where parameters were drawn, draw and people.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; agents are the fewest of any run. A value is not a number where they are fewer
        than `groups.FEWEST_SHOWN`.
    """
    rows = []
    every = pd.concat(found, ignore_index=True)
    for place, runs in every.groupby(["scenario", "place", "indicator"], sort=False):
        fewest = int(runs.agents.min())
        values = runs["value"].to_numpy(float)
        ends = over(runs, values if fewest >= FEWEST_SHOWN else np.full(len(runs), np.nan))
        row = dict(zip(("scenario", "place", "indicator"), map(str, place), strict=True))
        rows.append({**row, "unit": UNITS[row["indicator"]], **ends, "agents": fewest})
    return pd.DataFrame(rows)[COLUMNS]
