"""Replicates taken together: means with their intervals, ratios, and what was said on the way."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from scenarios.runs.claims import FIGURES
from scenarios.runs.effects import INDICATORS, RATIOS, STREET
from scenarios.runs.groups import FEWEST_SHOWN
from simulation.measures import interval

LEVEL = 0.90
"""Of the intervals: over replicates, so of chance alone, unless parameters are drawn, too."""
SHARES = ("sd_parameter", "sd_chance", "sd_people")
"""Standard deviations of a mean effect; their squares add up to that of its interval."""
CHANCE_ALONE, ALL_THREE = "of chance alone", "of parameters, chance and the sample of people"
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


def spread_of(values: np.ndarray, people: np.ndarray) -> dict[str, float]:
    """Return the mean over draws and replicates, and what makes it uncertain.

    Every draw of the parameters meets the same replicates of chance, which gives variances of two
    ways: what draws differ by beyond chance is the parameters', whole, for one set of them is the
    right one; what replicates differ by is chance, of which a mean over many keeps a part. Other
    samples of people are lived at one draw only; what they differ by beyond chance is the
    sample's, whole, for the effect is that of one sample.

    Parameters
    ----------
    values : numpy.ndarray
        Of the first sample of people, shape (draws, replicates), two of each at least.
    people : numpy.ndarray
        At one draw, shape (samples, replicates), the first sample among them.

    Returns
    -------
    dict
        value, low, high and `SHARES`; degrees of freedom by Welch and Satterthwaite. Not a number
        where nothing is known; what is not finite is left out by draw and by sample.

    Examples
    --------
    >>> found = spread_of(np.array([[1.0, 3.0], [5.0, 7.0]]), np.array([[1.0, 3.0], [1.0, 3.0]]))
    >>> found["value"], round(found["sd_parameter"] ** 2, 9), found["sd_chance"] ** 2
    (4.0, 8.0, 1.0)
    """
    values = values[np.isfinite(values).all(axis=1)]
    people = people[np.isfinite(people).all(axis=1)]
    draws, often = values.shape
    if draws < 2 or often < 2:
        return dict.fromkeys(("value", "low", "high", *SHARES), np.nan)
    by_draw, by_replicate = values.mean(axis=1), values.mean(axis=0)
    value = float(values.mean())
    left = values - by_draw[:, None] - by_replicate + value
    error = float((left**2).sum()) / ((draws - 1) * (often - 1))
    parameter = max(0.0, float(by_draw.var(ddof=1)) - error / often)
    chance = float(by_replicate.var(ddof=1)) / often
    sample = np.nan
    if len(people) > 1:
        within = float(people.var(axis=1, ddof=1).mean()) / often
        sample = max(0.0, float(people.mean(axis=1).var(ddof=1)) - within)
    parts = np.array([parameter, chance, sample])
    counts = np.array([draws - 1, often - 1, max(1, len(people) - 1)])
    known = np.nan_to_num(parts)
    total = float(known.sum())
    freedom = total**2 / float((known**2 / counts).sum()) if total > 0.0 else 1.0
    margin = total**0.5 * float(stdtrit(freedom, 0.5 + 0.5 * LEVEL))
    ends = {"value": value, "low": value - margin, "high": value + margin}
    return ends | dict(zip(SHARES, np.sqrt(parts).tolist(), strict=True))


def over(runs: pd.DataFrame, values: np.ndarray) -> dict[str, float]:
    """Return the mean of values, one a run, with its interval: see `mean_of` and `spread_of`.

    Parameters
    ----------
    runs : pandas.DataFrame
        Where each value belongs: replicate, and, where parameters were drawn, draw and people
        (number of the sample, from 0).
    """
    if "draw" not in runs:
        return mean_of(values)
    frame = runs[["draw", "people", "replicate"]].assign(value=values)
    first = frame[frame.people == 0].pivot(index="draw", columns="replicate", values="value")
    at = frame.draw[frame.people > 0]
    other = frame[frame.draw.isin(at)]
    samples = other.pivot(index="people", columns="replicate", values="value")
    return spread_of(first.to_numpy(float), samples.to_numpy(float))


def ratio_over(runs: pd.DataFrame, top: np.ndarray, bottom: np.ndarray) -> dict[str, float]:
    """Return the ratio of two means over the same runs; see `ratio_of` and `over`."""
    if "draw" not in runs:
        return ratio_of(top, bottom)
    known = np.isfinite(top) & np.isfinite(bottom) & (runs.people == 0).to_numpy()
    unknown = over(runs, np.full(len(runs), np.nan))
    if not known.any() or bottom[known].mean() == 0.0:
        return unknown
    ratio = float(top[known].mean() / bottom[known].mean())
    found = over(runs, ratio + (top - ratio * bottom) / abs(bottom[known].mean()))
    return found if np.isfinite(found["value"]) else unknown


def is_clear(found: Mapping[str, float]) -> bool:
    """Return whether the interval of a mean leaves out zero; one replicate has none."""
    return bool(found["low"] > 0.0 or found["high"] < 0.0)


def table_of(found: pd.DataFrame, decided: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """Return the tidy table of all indicators over replicates.

    Parameters
    ----------
    found : pandas.DataFrame
        Columns scenario, variant, replicate, and one an indicator; where parameters were drawn,
        draw and people, too, and then the table says what each is uncertain by (`SHARES`).
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
                    "replicates": runs.replicate.nunique(),
                    "decided": decided.get((scenario, indicator.name), "")
                    if variant == "scenario"
                    else "",
                }
            )
    return pd.DataFrame(rows)


def _over(runs: pd.DataFrame, name: str) -> dict[str, float]:
    if name not in RATIOS:
        return over(runs, runs[name].to_numpy(float))
    top, bottom = (runs[each].to_numpy(float) for each in RATIOS[name])
    clear = over(runs, bottom)["low"] > 0.0
    return ratio_over(runs, top, bottom) if clear else over(runs, np.full(len(runs), np.nan))


def programmes_of(found: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return what each programme claims beside what it did, one row a scenario and programme.

    Parameters
    ----------
    found : sequence of mapping
        One a scenario, replicate and programme: scenario, programme, kpi, payer, replicate (where
        parameters were drawn, draw and people, too) and what `claims.claims` returns.

    Returns
    -------
    pandas.DataFrame
        scenario, programme, kpi, payer (of finance), replicates; then of each figure its mean and
        its interval as ``_low`` and ``_high``. ``ratio`` is what is claimed over what is true, not
        a number unless the true effect is clear of zero; ``anyway`` the percent of those claimed
        who recover in the twin too.
    """
    runs_of = [name for name in ("replicate", "draw", "people") if found and name in found[0]]
    every = pd.DataFrame(found, columns=[*PLACE, *runs_of, *FIGURES, "recovered"])
    rows = []
    for place, runs in every.groupby(list(PLACE), sort=False):
        values = {name: runs[name].to_numpy(float) for name in (*FIGURES, "recovered")}
        means = {name: over(runs, values[name]) for name in FIGURES if name != "anyway_lifted"}
        figures = {name: {end: each[end] for end in ENDS} for name, each in means.items()}
        claimed, true = values["claimed_lifted"], values["true_lifted"]
        unknown = mean_of(np.zeros(0))
        clear = is_clear(over(runs, true))
        figures["ratio"] = ratio_over(runs, claimed, true) if clear else unknown
        shown = values["recovered"].min() >= FEWEST_SHOWN
        anyway = ratio_over(runs, 100.0 * values["anyway_lifted"], claimed)
        figures["anyway"] = (
            {end: float(np.clip(anyway[end], 0.0, 100.0)) for end in ENDS} if shown else unknown
        )
        row = dict(zip(PLACE, place, strict=True))
        row["replicates"] = runs.replicate.nunique() if "replicate" in runs else len(runs)
        for name in SHOWN:
            row[name] = figures[name]["value"]
            row[f"{name}_low"], row[f"{name}_high"] = figures[name]["low"], figures[name]["high"]
        rows.append(row)
    columns = [f"{name}{end}" for name in SHOWN for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=[*PLACE, "replicates", *columns])


ENDS = ("value", "low", "high")


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
        if "draw" in usual:  # the ends were lived at one draw
            usual = usual[(usual.people == 0) & (usual.draw == usual.draw[usual.people > 0].min())]
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
