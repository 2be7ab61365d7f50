"""The area month by month: its headcount, its firms and its debts."""

import numpy as np
import pandas as pd

from scenarios.schema import Scenario
from simulation import indicators
from simulation.trace import share

AREA_MONTHLY = {
    "headcount": ("percent", indicators.POOR, indicators.PERSONS),
    "poverty_gap": ("percent", indicators.POVERTY_GAP, indicators.PERSONS),
    "poverty_severity": ("percent", indicators.POVERTY_SEVERITY, indicators.PERSONS),
    "owners": ("percent", indicators.ENTERPRISES, indicators.HOUSEHOLDS),
    "closures": ("percent", indicators.CLOSED, indicators.ENTERPRISES),
    "indebted": ("percent", indicators.INDEBTED, indicators.HOUSEHOLDS),
}


def monthly(sums: np.ndarray, scenario: Scenario, twin: np.ndarray | None = None) -> pd.DataFrame:
    """Return an area's monthly indicators, or their difference to the twin.

    Parameters
    ----------
    sums : numpy.ndarray
        Of a run; see `simulation.trace.Trace`.
    scenario : Scenario
        For the month in which it begins.
    twin : numpy.ndarray, optional
        The same of its twin.

    Returns
    -------
    pandas.DataFrame
        Columns month, indicator, unit, value.
    """
    start = pd.Period(scenario.start, "M") + 1
    names = [str(start + month) for month in range(len(sums))]
    parts = []
    for name, (unit, what, of) in AREA_MONTHLY.items():
        value = 100.0 * share(sums, what, of)
        if twin is not None:
            value = value - 100.0 * share(twin, what, of)
        row = {"month": names, "indicator": name, "unit": unit, "value": value}
        parts.append(pd.DataFrame(row))
    return pd.concat(parts, ignore_index=True)
