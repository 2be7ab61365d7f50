"""How well policies do over many states of the world, by measures that differ in what they fear.

McPhail and others (2018, Earth's Future 6) tell them apart by whether a policy is held against a
line, against the best other policy, or against its own worst state.
"""

import pandas as pd

MEASURES = {
    "satisficing": True,
    "regret_max": False,
    "regret_90": False,
    "regret_mean": False,
    "mean": None,
    "worst": None,
}
"""Whether more of a measure is better; None where it is as for the indicator."""


def regrets(wide: pd.DataFrame, higher_is_better: bool) -> pd.DataFrame:
    """Return how much worse each policy is than the best one in the same state of the world.

    Parameters
    ----------
    wide : pandas.DataFrame
        An indicator: one row a state, one column a policy.
    higher_is_better : bool
        What more of the indicator means.

    Examples
    --------
    >>> wide = pd.DataFrame({"training": [1.0, 4.0], "cash": [2.0, 1.0]})
    >>> regrets(wide, higher_is_better=True)
       training  cash
    0       1.0   0.0
    1       0.0   3.0
    """
    if higher_is_better:
        return wide.rsub(wide.max(axis=1), axis=0)
    return wide.sub(wide.min(axis=1), axis=0)


def robustness(wide: pd.DataFrame, bound: float, higher_is_better: bool) -> pd.DataFrame:
    """Return measures of each policy over states of the world, and its rank by each.

    States in which a policy is not a number are left out for all; a policy that is none in every
    state is left out itself. Of one policy alone every regret is 0.

    Parameters
    ----------
    wide : pandas.DataFrame
        An indicator: one row a state, one column a policy.
    bound : float
        What satisfies: at least this where more is better, else at most this.
    higher_is_better : bool
        What more of the indicator means.

    Returns
    -------
    pandas.DataFrame
        One row a policy: scenario, states (how many count), satisficing (share of states in which
        the bound is kept), regret_max, regret_90 (90th percentile), regret_mean, mean, worst; and
        after ``rank_`` the rank by each, 1 for the best, equal ones alike.

    Examples
    --------
    >>> wide = pd.DataFrame({"training": [1.0, 4.0], "cash": [2.0, 1.0]})
    >>> table = robustness(wide, bound=2.0, higher_is_better=True)
    >>> table[["scenario", "satisficing", "regret_max", "mean", "rank_regret_max"]]
       scenario  satisficing  regret_max  mean  rank_regret_max
    0  training          0.5         1.0   2.5                1
    1      cash          0.5         3.0   1.5                2
    """
    # Where no state is left no policy is, either.
    known = wide.dropna(axis=1, how="all").dropna().dropna(axis=1, how="all")
    lost = regrets(known, higher_is_better)
    kept = known >= bound if higher_is_better else known <= bound
    table = pd.DataFrame(
        {
            "states": len(known),
            "satisficing": kept.mean(),
            "regret_max": lost.max(),
            "regret_90": lost.quantile(0.9),
            "regret_mean": lost.mean(),
            "mean": known.mean(),
            "worst": known.min() if higher_is_better else known.max(),
        },
        index=known.columns,
    )
    for measure, more in MEASURES.items():
        best_first = table[measure].rank(method="min", ascending=not _is(more, higher_is_better))
        table[f"rank_{measure}"] = best_first.astype(int)
    return table.rename_axis("scenario").reset_index()


def _is(more: bool | None, higher_is_better: bool) -> bool:
    return higher_is_better if more is None else more
