"""Means over replicates at many points at once, with their intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from scenarios.runs.effects import INDICATORS, RATIOS
from scenarios.runs.replicates import LEVEL


def summary_of(
    frame: pd.DataFrame, scenarios: Sequence[str], points: int, replicates: int
) -> pd.DataFrame:
    """Return each indicator over replicates, at each point of each scenario.

    Parameters
    ----------
    frame : pandas.DataFrame
        Tidy: scenario, point, replicate, indicator, value.
    scenarios : sequence of str
        Names, in the order of the result.
    points, replicates : int
        How many there are; runs that failed are not in `frame`.

    Returns
    -------
    pandas.DataFrame
        scenario, point, indicator, unit, value, low, high, and replicates: the runs that did not
        fail.
    """
    levels = ["scenario", "point", "replicate"]
    every = pd.MultiIndex.from_product([scenarios, range(points), range(replicates)], names=levels)
    wide = frame.pivot(index=levels, columns="indicator", values="value")
    done = pd.Series(1, wide.index).reindex(every, fill_value=0).to_numpy()
    done = done.reshape(-1, replicates).sum(axis=1)
    wide = wide.reindex(index=every, columns=[each.name for each in INDICATORS])
    of = {name: wide[name].to_numpy(float).reshape(-1, replicates) for name in wide}
    places = every[::replicates].droplevel("replicate").to_frame(index=False)
    parts = []
    for each in INDICATORS:
        ratio = RATIOS.get(each.name)
        found = ratios(*(of[name] for name in ratio)) if ratio else intervals(of[each.name])
        what = places.assign(indicator=each.name, unit=each.unit)
        parts.append(pd.concat([what, found], axis=1).assign(replicates=done))
    return pd.concat(parts, ignore_index=True)


def intervals(values: np.ndarray) -> pd.DataFrame:
    """Return means over replicates with their intervals; see `simulation.measures.interval`.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (points, replicates); what is not finite is left out.

    Returns
    -------
    pandas.DataFrame
        value, low, high; no ends where fewer than two are known.

    Examples
    --------
    >>> intervals(np.array([[1.0, 2.0, 3.0], [4.0, np.nan, np.nan]])).round(3)
       value    low   high
    0    2.0  0.314  3.686
    1    4.0    NaN    NaN
    """
    known = np.isfinite(values)
    count = known.sum(axis=1)
    some, pairs = np.maximum(count, 1), np.maximum(count, 2)
    mean = np.where(known, values, 0.0).sum(axis=1) / some
    squares = np.where(known, values - mean[:, None], 0.0) ** 2
    error = np.sqrt(squares.sum(axis=1) / (pairs - 1) / pairs)
    margin = np.where(count > 1, error * stdtrit(pairs - 1, 0.5 + 0.5 * LEVEL), np.nan)
    mean = np.where(count > 0, mean, np.nan)
    return pd.DataFrame({"value": mean, "low": mean - margin, "high": mean + margin})


def ratios(top: np.ndarray, bottom: np.ndarray) -> pd.DataFrame:
    """Return ratios of two means where the second is clearly above zero.

    As `scenarios.runs.replicates.ratio_of` does for one point.
    """
    clear = (intervals(bottom)["low"] > 0.0).to_numpy()
    known = np.isfinite(top) & np.isfinite(bottom) & clear[:, None]
    top, bottom = (np.where(known, each, np.nan) for each in (top, bottom))
    over, under = (intervals(each)["value"].to_numpy() for each in (top, bottom))
    ratio = over / under
    found = intervals((top - ratio[:, None] * bottom) / np.abs(under)[:, None])
    return pd.DataFrame(
        {"value": ratio, "low": ratio + found["low"], "high": ratio + found["high"]}
    )
