"""The pictures of a validation, and how they go into a page."""

import io
import re
from collections.abc import Callable
from html import escape

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calibration.path import PARTS
from calibration.targets import targets
from scenarios.drawing.charts import PALETTE
from scenarios.validation import Evidence

NORMAL_90, NORMAL_50 = 1.645, 0.674
MODEL, ORANGE, GREEN, SKY, MISSED, PURPLE, PUBLISHED = PALETTE
RIVALS = (ORANGE, GREEN, PURPLE, SKY)


def fan(found: Evidence) -> Figure:
    """Draw published headcounts, those predicted with 50 and 90% bands, and the rivals'."""
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    panels = [part for part in PARTS if (found.series.part == part).any()]
    for axes, part in zip(np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True):
        own = found.series[found.series.part == part]
        past = [each for each in targets() if each.measure == "p0" and each.part == part]
        at = [_year(period) for period in own.period]
        middle, spread = own.model.to_numpy(float), (own.high - own.low).to_numpy(float) / 2.0
        for factor, label in ((1.0, "90%"), (NORMAL_50 / NORMAL_90, "50%")):
            ends = middle - factor * spread, middle + factor * spread
            axes.fill_between(at, *ends, color=MODEL, alpha=0.18, linewidth=0, label=label)
        axes.plot(at, middle, color=MODEL, label="model")
        for name, colour in zip(_rivals(own), RIVALS, strict=False):
            axes.plot(at, own[name], color=colour, linestyle="--", linewidth=1, label=name)
        times = [*(_year(each.period) for each in past), *at]
        heads = [*(each.value for each in past), *own.published]
        axes.plot(times, heads, "o", color=PUBLISHED, markersize=4, label="published")
        axes.set_title(part)
        axes.set_ylabel("P0, percent")
    figure.axes[0].legend(loc="upper right", fontsize=7, frameon=False)
    return figure


def coverage(found: Evidence) -> Figure:
    """Draw how many published values lie in the 90% intervals."""
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    names = list(dict.fromkeys(found.scores.name))
    for number, part in enumerate(dict.fromkeys(found.scores.part)):
        own = found.scores[found.scores.part == part].set_index("name").coverage.astype(float)
        at = np.arange(len(names)) + 0.25 * (number - 1)
        axes.bar(at, [own.get(name, np.nan) for name in names], width=0.22, label=part)
    axes.axhline(0.9, color="0.3", linestyle="--", linewidth=1)
    axes.set_xticks(range(len(names)), names)
    axes.set_ylim(0.0, 1.0)
    axes.set_ylabel("share of seven surveys inside")
    figure.legend(loc="outside right upper", fontsize=7, frameon=False)
    return figure


def forest(found: Evidence) -> Figure:
    """Draw estimates of trials with their intervals over the bands, one panel a unit."""
    rows = [(o.name, each) for o in found.outcomes for each in o.measures]
    units = list(dict.fromkeys(each.unit for _, each in rows))
    counts = [sum(each.unit == unit for _, each in rows) for unit in units]
    size = (10, 1.2 + 0.34 * len(rows) + 0.5 * len(units))
    figure = Figure(figsize=size, layout="constrained")
    all_axes = figure.subplots(len(units), 1, squeeze=False, height_ratios=counts)[:, 0]
    for axes, unit in zip(all_axes, units, strict=True):
        own = [(name, each) for name, each in rows if each.unit == unit]
        shown = [[e.estimate, e.low, e.high, e.published, e.band_low, e.band_high] for _, e in own]
        known = np.array(shown, float)
        known = known[np.isfinite(known)]
        ends = (known.min(), known.max()) if len(known) else (0.0, 1.0)
        room = 0.05 * (ends[1] - ends[0]) or 1.0
        axes.set_xlim(ends[0] - room, ends[1] + room)
        for at, (_, each) in enumerate(own):
            if each.inside is not None:
                low, high = np.clip([each.band_low, each.band_high], *axes.get_xlim())
                axes.barh(at, high - low, left=low, height=0.7, color="0.85")
            colour = MISSED if each.inside is not None and not each.inside else MODEL
            axes.plot([each.low, each.high], [at, at], color=colour)
            axes.plot(each.estimate, at, "o", color=colour)
            axes.plot(each.published, at, "D", color=PUBLISHED, fillstyle="none", markersize=5)
        axes.axvline(0.0, color="0.6", linewidth=0.8, zorder=0)
        axes.set_yticks(range(len(own)), [f"{name}: {e.measure}" for name, e in own], fontsize=7)
        axes.set_ylim(len(own) - 0.4, -0.6)
        axes.set_xlabel(unit, fontsize=8)
    return figure


def motion(found: Evidence) -> Figure:
    """Draw what moves over what is published, as shares of the middle of each range."""
    shown = [each for each in found.dynamics if each.check.kind != "not published"]
    names = [each.check.name for each in shown]
    figure = Figure(figsize=(9, 1.0 + 0.3 * len(names)), layout="constrained")
    axes = figure.subplots()
    for at, each in enumerate(shown):
        low, high = each.check.low, each.check.high
        middle = 0.5 * (low + high)
        axes.barh(at, (high - low) / middle, left=low / middle, color="0.85")
        colour = MODEL if each.inside else MISSED
        fill = "none" if each.check.made_by else "full"
        axes.plot(each.value / middle, at, "o", color=colour, fillstyle=fill)
    axes.axvline(1.0, color="0.6", linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel("of the middle of what is published", fontsize=8)
    return figure


def parameters(found: Evidence) -> Figure:
    """Draw the posterior of each parameter over its uniform prior."""
    from simulation.parameters import TABLE

    names = [str(name) for name in found.draws]
    figure = Figure(figsize=(2.6 * len(names), 2.8), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        row = TABLE[name]
        _histogram(axes, found.draws[name], row.low, row.high)
        axes.set_title(name, fontsize=9)
        axes.set_xlabel(row.unit, fontsize=8)
        axes.set_yticks([])
    figure.axes[0].legend(loc="upper right", fontsize=7, frameon=False)
    return figure


def _histogram(axes: Axes, draws: pd.Series, low: float, high: float) -> None:
    edges = np.linspace(low, high, 31)
    axes.hist(draws, bins=edges.tolist(), density=True, color=MODEL, label="posterior")
    axes.plot([low, high], [1.0 / (high - low)] * 2, color=PUBLISHED, label="prior")


def people(found: Evidence) -> Figure:
    """Draw the headcount of each cell over the published one."""
    cells = found.cells.iloc[:-1]
    figure = Figure(figsize=(4.5, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot(cells.p0_bps, cells.p0, "o", color=MODEL, markersize=3)
    most = float(np.nanmax(cells[["p0", "p0_bps"]].to_numpy(float)))
    axes.plot([0.0, most], [0.0, most], color="0.6", linewidth=0.8, zorder=0)
    axes.set_xlabel("P0 published, percent")
    axes.set_ylabel("P0 simulated, percent")
    return figure


PICTURES: dict[str, tuple[Callable[[Evidence], Figure], str]] = {
    "people": (people, "Headcount of each province, urban and rural, over the published one."),
    "posterior": (parameters, "Posterior of the fitted parameters (bars) over the prior (line)."),
    "fan": (
        fan,
        "Headcount published (points), predicted with 50 and 90% bands, and by rivals (dashed). "
        "The fit saw surveys to September 2019.",
    ),
    "coverage": (coverage, "Published values inside the 90% intervals; dashed: what is aimed at."),
    "dynamics": (
        motion,
        "What moves over the published ranges (grey); orange: a miss; hollow: by construction, as "
        "a parameter was set by it.",
    ),
    "trials": (
        forest,
        "Trials: estimates with 95% intervals over the accepted bands (grey); diamonds: what the "
        "experiments found; orange: a miss.",
    ),
}


def _rivals(series: pd.DataFrame) -> list[str]:
    known = {"part", "period", "published", "model", "low", "high"}
    return [str(name) for name in series.columns if name not in known]


def _year(period: str) -> float:
    return int(period[:4]) + (int(period[5:7]) - 0.5) / 12.0


def as_svg(figure: Figure) -> str:
    """Return a picture as text, the same for the same figure."""
    text = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "berdaya"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def inlined(svg: str, name: str, caption: str) -> str:
    """Return a picture as it stands inside a page: no reference to anywhere, names of its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", svg)
    svg = svg.replace("xlink:href=", "href=")
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(caption)}"', 1)
