"""Who comes first, how surely, and what each scenario trades for it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from scenarios.runs.play import SCENARIO

AIMS: Mapping[str, int] = {
    "net_lifted": 1,
    "headcount_change": -1,
    "net_per_budget": 1,
    "cost": -1,
    "public_cost": -1,
    "irr": 1,
    "women": 1,
    "street_change": -1,
    "others_net_lifted": 1,
    "others_profit_change_percent": 1,
}
"""What is traded: poverty, cost, the investor's return, women, the street, spillover.

By indicator: 1 where more is better, -1 where less is.
"""
RUN = ("draw", "people", "replicate")
"""What two runs share that are compared with each other; the first two over a posterior only."""


def tidy(found: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of a comparison, one row a run and indicator that is known.

    Parameters
    ----------
    found : pandas.DataFrame
        Columns scenario, variant, replicate (draw and people, too, over a posterior), and one an
        indicator.

    Returns
    -------
    pandas.DataFrame
        Columns scenario, variant, draw, people, replicate (those that there are), indicator, value.
    """
    places = ["scenario", "variant", *(name for name in RUN if name in found)]
    long = found.melt(places, var_name="indicator", value_name="value")
    return long[long.value.notna()].reset_index(drop=True)


def ranks(runs: pd.DataFrame, aims: Mapping[str, int] = AIMS) -> pd.DataFrame:
    """Return how often each scenario takes each rank.

    Only runs of the same draw, people and replicate are ranked against each other. Where two are
    equal they share the ranks that they take together. A run in which one of the scenarios is not
    known counts for none; a scenario that is never known is left out.

    Parameters
    ----------
    runs : pandas.DataFrame
        As `tidy` returns.
    aims : mapping
        By indicator: 1 where more is better, -1 where less is.

    Returns
    -------
    pandas.DataFrame
        Columns indicator, scenario, rank (from 1, the best), probability, runs (over how many).

    Examples
    --------
    >>> runs = pd.DataFrame({
    ...     "scenario": ["ours", "theirs"] * 2, "variant": "scenario", "indicator": "irr",
    ...     "replicate": [0, 0, 1, 1], "value": [3.0, 1.0, 2.0, 2.0],
    ... })
    >>> ranks(runs).set_index(["scenario", "rank"]).probability["ours"].tolist()
    [0.75, 0.25]
    """
    own = runs[runs.variant == SCENARIO]
    pairing = [name for name in RUN if name in own]
    parts = [pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RANKS.items()})]
    for name, better in aims.items():
        values = own[own.indicator == name]
        names = list(dict.fromkeys(values.scenario))
        wide = values.pivot(index=pairing, columns="scenario", values="value")[names].dropna()
        if len(names) < 2 or wide.empty:
            continue
        often = chances(better * wide.to_numpy(float))
        places = pd.MultiIndex.from_product([names, range(1, len(names) + 1)])
        part = pd.DataFrame({"probability": often.ravel()}, index=places.set_names(PLACE))
        parts.append(part.reset_index().assign(indicator=name, runs=len(wide))[list(RANKS)])
    return pd.concat(parts[1:] or parts, ignore_index=True)


PLACE = ("scenario", "rank")
RANKS = {
    "indicator": "str",
    "scenario": "str",
    "rank": "int64",
    "probability": "float64",
    "runs": "int64",
}
"""Columns of the table of ranks."""


def chances(values: np.ndarray) -> np.ndarray:
    """Return the share of runs in which each takes each rank; equals share theirs.

    Parameters
    ----------
    values : numpy.ndarray
        The more the better; shape (runs, scenarios).

    Returns
    -------
    numpy.ndarray
        Shape (scenarios, ranks); rows and columns add up to 1.

    Examples
    --------
    >>> chances(np.array([[3.0, 1.0, 3.0]]))
    array([[0.5, 0.5, 0. ],
           [0. , 0. , 1. ],
           [0.5, 0.5, 0. ]])
    """
    mine, others = values[:, :, None], values[:, None, :]
    ahead, level = (others > mine).sum(axis=2), (others == mine).sum(axis=2)
    first, last = ahead[:, :, None], (ahead + level)[:, :, None]
    rank = np.arange(values.shape[1])
    return (((rank >= first) & (rank < last)) / level[:, :, None]).mean(axis=0)


def tradeoffs(table: pd.DataFrame) -> pd.DataFrame:
    """Return what each scenario gains and gives, one row a scenario.

    Parameters
    ----------
    table : pandas.DataFrame
        Tidy, as `Comparison.table`.

    Returns
    -------
    pandas.DataFrame
        scenario, then of each of `AIMS` its mean and its interval as ``_low`` and ``_high``.
    """
    own = table[table.variant == SCENARIO].set_index(["scenario", "indicator"])
    found = pd.DataFrame({"scenario": own.index.unique("scenario")})
    for name in AIMS:
        ends = own.xs(name, level="indicator").reindex(found.scenario)
        for column, end in ((name, "value"), (f"{name}_low", "low"), (f"{name}_high", "high")):
            found[column] = ends[end].to_numpy(float)
    return found
