"""Replicates taken together: means with their intervals, ratios, and what was said on the way."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scenarios.claims import FIGURES
from scenarios.effects import INDICATORS, RATIOS, STREET
from scenarios.groups import FEWEST_SHOWN
from simulation.measures import interval

LEVEL = 0.90
"""Of the intervals: over replicates, so they hold chance but not yet parameters or sampling."""
DECIDED, UNDECIDED = "decided", "undecided"


def mean_of(values: np.ndarray) -> dict[str, float]:
    """Return the mean over replicates with its interval; what is not a number is left out."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return {"value": np.nan, "low": np.nan, "high": np.nan}
    return dict(zip(("value", "low", "high"), interval(known, LEVEL), strict=True))


def ratio_of(top: np.ndarray, bottom: np.ndarray) -> dict[str, float]:
    """Return the ratio of two means over the same replicates, with its interval (linearised).

    Examples
    --------
    >>> ratio_of(np.array([2.0, 4.0]), np.array([1.0, 2.0]))
    {'value': 2.0, 'low': 2.0, 'high': 2.0}
    """
    known = np.isfinite(top) & np.isfinite(bottom)
    if not known.any() or bottom[known].mean() == 0.0:
        return mean_of(np.zeros(0))
    top, bottom = top[known], bottom[known]
    ratio = float(top.mean() / bottom.mean())
    errors = mean_of((top - ratio * bottom) / abs(bottom.mean()))
    low, high = ratio + errors["low"], ratio + errors["high"]
    return {"value": ratio, "low": low, "high": high}


def is_clear(values: np.ndarray) -> bool:
    """Return whether the interval of a mean leaves out zero; one replicate has none."""
    found = mean_of(values)
    return bool(found["low"] > 0.0 or found["high"] < 0.0)


def table_of(found: pd.DataFrame, decided: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """Return the tidy table of all indicators over replicates.

    Parameters
    ----------
    found : pandas.DataFrame
        Columns scenario, variant, replicate, and one an indicator.
    decided : mapping
        By scenario and indicator: whether the sign of an effect holds over a range of what is
        least known.
    """
    rows = []
    pairs = found[["scenario", "variant"]].drop_duplicates()
    for scenario, variant in pairs.itertuples(index=False):
        runs = found[(found.scenario == scenario) & (found.variant == variant)]
        for indicator in INDICATORS:
            rows.append(
                {
                    "scenario": scenario,
                    "variant": variant,
                    "group": indicator.group,
                    "indicator": indicator.name,
                    "label": indicator.label,
                    "unit": indicator.unit,
                    **_over(runs, indicator.name),
                    "replicates": len(runs),
                    "decided": decided.get((scenario, indicator.name), "")
                    if variant == "scenario"
                    else "",
                }
            )
    return pd.DataFrame(rows)


def _over(runs: pd.DataFrame, name: str) -> dict[str, float]:
    if name not in RATIOS:
        return mean_of(runs[name].to_numpy(float))
    top, bottom = (runs[each].to_numpy(float) for each in RATIOS[name])
    clear = mean_of(bottom)["low"] > 0.0
    return ratio_of(top, bottom) if clear else mean_of(np.zeros(0))


def programmes_of(found: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return what each programme claims beside what it did, one row a scenario and programme.

    Parameters
    ----------
    found : sequence of mapping
        One a scenario, replicate and programme: scenario, programme, kpi, payer and what
        `claims.claims` returns.

    Returns
    -------
    pandas.DataFrame
        scenario, programme, kpi, payer (of finance), replicates; then of each figure its mean and
        its interval as ``_low`` and ``_high``. ``ratio`` is what is claimed over what is true, not
        a number unless the true effect is clear of zero; ``anyway`` the percent of those claimed
        who recover in the twin too.
    """
    every = pd.DataFrame(found, columns=[*PLACE, *FIGURES, "recovered"])
    rows = []
    for place, runs in every.groupby(list(PLACE), sort=False):
        values = {name: runs[name].to_numpy(float) for name in (*FIGURES, "recovered")}
        figures = {name: mean_of(values[name]) for name in FIGURES if name != "anyway_lifted"}
        claimed, true = values["claimed_lifted"], values["true_lifted"]
        unknown = mean_of(np.zeros(0))
        figures["ratio"] = ratio_of(claimed, true) if is_clear(true) else unknown
        shown = values["recovered"].min() >= FEWEST_SHOWN
        anyway = ratio_of(100.0 * values["anyway_lifted"], claimed)
        figures["anyway"] = (
            {end: float(np.clip(each, 0.0, 100.0)) for end, each in anyway.items()}
            if shown
            else unknown
        )
        row = dict(zip(PLACE, place, strict=True)) | {"replicates": len(runs)}
        for name in SHOWN:
            row[name] = figures[name]["value"]
            row[f"{name}_low"], row[f"{name}_high"] = figures[name]["low"], figures[name]["high"]
        rows.append(row)
    columns = [f"{name}{end}" for name in SHOWN for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*PLACE, "replicates", *columns])


PLACE = ("scenario", "programme", "kpi", "payer")
SHOWN = (
    "claimed",
    "claimed_lifted",
    "true_lifted",
    "ratio",
    "anyway",
    "before_after_profit",
    "true_profit",
    "enrolled",
    "cost",
)
"""Figures of a programme, in the order in which they are shown."""


def notes_of(scenario: str, messages: Sequence[Sequence[str]]) -> list[dict[str, object]]:
    """Return what the replicates of a scenario said; what differs by its month only is one note.

    Parameters
    ----------
    messages : sequence of sequence of str
        By replicate.

    Examples
    --------
    >>> notes_of("ours", [["ends in month 7"], ["ends in month 9"], []])
    [{'scenario': 'ours', 'note': 'ends in month 7 to 9', 'replicates': 2}]
    """
    months: dict[str, list[int]] = {}
    often: dict[str, set[int]] = {}
    for replicate, said in enumerate(messages):
        for message in said:
            alike = re.sub(r"in month \d+", "in month {}", message)
            months.setdefault(alike, []).extend(map(int, re.findall(r"in month (\d+)", message)))
            often.setdefault(alike, set()).add(replicate)
    notes: list[dict[str, object]] = []
    for alike, found in months.items():
        span = (
            f"{min(found)} to {max(found)}" if len(set(found)) > 1 else f"{max(found, default=0)}"
        )
        note = alike.replace("{}", span)
        notes.append({"scenario": scenario, "note": note, "replicates": len(often[alike])})
    return notes


def decide(
    found: pd.DataFrame, ends: Sequence[Mapping[str, Any]]
) -> tuple[dict[tuple[str, str], str], list[dict[str, object]]]:
    """Return which effects on the street keep their sign over the range of the return there.

    Parameters
    ----------
    found : pandas.DataFrame
        Columns scenario, variant, replicate, and one an indicator.
    ends : sequence of mapping
        One a scenario, replicate and end of the range: scenario, end (the parameter's value) and
        the indicators of `effects.STREET`.

    Returns
    -------
    decided : dict
        By scenario and indicator: "decided", "undecided", or "" where it is not known.
    notes : list of dict
        The effects over the range, as in `notes_of`.
    """
    decided: dict[tuple[str, str], str] = {}
    notes: list[dict[str, object]] = []
    labels = {indicator.name: indicator.label for indicator in INDICATORS}
    for scenario, runs in pd.DataFrame(ends, columns=["scenario", "end", *STREET]).groupby(
        "scenario", sort=False
    ):
        usual = found[(found.scenario == scenario) & (found.variant == "scenario")]
        for name in STREET:
            means = runs.groupby("end")[name].mean()
            middle = float(usual[name].mean())
            decided[str(scenario), name] = decision([*means, middle])
            if np.isfinite([*means, middle]).all():
                low, high = (f"{value:.1f} at street_base {end:g}" for end, value in means.items())
                note = f"{labels[name]}: {low}, {middle:.1f} as it is, {high}"
                notes.append({"scenario": scenario, "note": note, "replicates": len(usual)})
    return decided, notes


def decision(means: Sequence[float]) -> str:
    """Return whether a mean effect keeps its sign over a range; nothing where it is unknown.

    Examples
    --------
    >>> decision([-2.0, -1.0, 0.5]), decision([-2.0, -1.0, 0.0]), decision([-2.0, float("nan")])
    ('undecided', 'decided', '')
    """
    if not np.isfinite(means).all():
        return ""
    return UNDECIDED if min(means) < 0.0 < max(means) else DECIDED
