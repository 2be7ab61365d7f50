"""The pictures of a frontier, from its saved table of candidates."""

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scenarios.drawing.charts import (
    FAINT,
    LABEL,
    PALETTE,
    SMALL,
    caption,
    in_units,
    new_figure,
    short_rupiah,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = ("share", "term", "objective")
"""Kinds of figures that have an axis, in this order."""
ROOM = 0.04
"""Of an axis: what lies between it and its ends, and between two numbers."""
BRIEF, LONG = 15, 30
"""Letters of a line of an axis's label: many axes side by side, or one of a panel."""


def draw_parallel(table: pd.DataFrame, about: str) -> "Figure":
    """Draw each split of the frontier as a line across its shares, terms and objectives.

    Axes of what is better lower stand upside down, so that better is always up.

    Parameters
    ----------
    table : pandas.DataFrame
        Candidates, as they are saved.
    about : str
        For the caption.
    """
    own = table[table.frontier & table.kind.isin(SHOWN)]
    axis_of = {name: rows.set_index("candidate") for name, rows in own.groupby("name", sort=False)}
    figure, (axes,) = new_figure(max(7.0, 1.45 * len(axis_of) + 1.5), 5.5)
    for at, rows in enumerate(axis_of.values()):
        _axis(axes, at, rows)
    places = {end: _placed(axis_of.values(), end) for end in ("value", "low", "high")}
    colours, sure = _colours(table), own.groupby("candidate").probability.first()
    numbers = _apart(places["value"].ffill(axis=1).iloc[:, -1].fillna(0.0))
    last = len(axis_of) - 1
    for number in places["value"].index.tolist():
        value, low, high = (placed.loc[number].to_numpy(float) for placed in places.values())
        style: dict[str, Any] = {"color": colours[number]}
        axes.plot(value, "o-", linewidth=0.6 + 1.8 * sure[number], markersize=3, **style)
        axes.vlines(range(last + 1), low, high, linewidth=3.0, alpha=0.15, **style)
        axes.plot([last + 0.03, last + 0.15], [value[-1], numbers[number]], linewidth=0.5, **style)
        axes.text(last + 0.17, numbers[number], str(number), va="center", fontsize=SMALL, **style)
    axes.set_xlim(-0.5, last + 0.5)
    axes.set_ylim(-0.4, 1.1)
    axes.set_axis_off()
    _legend(figure, axes, table)
    figure.suptitle("Splits that no other one beats on everything; better is up", fontsize=LABEL)
    caption(figure, f"Lines are splits, the thicker the surer; a gap: does not apply. {about}")
    return figure


def draw_pairs(table: pd.DataFrame, about: str) -> "Figure":
    """Draw every two objectives over each other: the frontier, and all that was tried.

    Parameters
    ----------
    table : pandas.DataFrame
        Candidates, as they are saved.
    about : str
        For the caption.
    """
    objectives = table[table.kind == "objective"]
    judged = [rows.set_index("candidate") for _, rows in objectives.groupby("name", sort=False)]
    side = len(judged) - 1
    figure, panels = new_figure(3.3 * side + 1.6, 2.9 * side + 0.6, rows=side, columns=side)
    colours = _colours(table)
    for place, axes in enumerate(panels):
        row, column = divmod(place, side)
        if column > row:
            axes.set_axis_off()
            continue
        x, y = judged[column], judged[row + 1]
        _pair(axes, x, y, colours)
        axes.set(xlim=_span(x), ylim=_span(y))
        for axis, each, outer in ((axes.xaxis, x, row == side - 1), (axes.yaxis, y, column == 0)):
            what = f"{each.label.iloc[0]} ({each.better.iloc[0]} is better)"
            in_units(axis, textwrap.fill(what, LONG), each.unit.iloc[0])
            axis.label.set_visible(outer)
    _legend(figure, panels[0], table)
    caption(figure, f"Numbered: the frontier; grey: what is dominated. {about}")
    return figure


def _pair(axes: "Axes", x: pd.DataFrame, y: pd.DataFrame, colours: dict[Any, str]) -> None:
    beaten = ~x.frontier
    axes.plot(x.value[beaten], y.value[beaten], ".", color=FAINT, markersize=4)
    for number in x.index[x.frontier]:
        (left, right), (down, up) = (
            ([each.value[number] - each.low[number]], [each.high[number] - each.value[number]])
            for each in (x, y)
        )
        at = (x.value[number], y.value[number])
        axes.errorbar(
            *at,
            xerr=[left, right],
            yerr=[down, up],
            fmt="o",
            markersize=4,
            color=colours[number],
            elinewidth=0.6,
        )
        axes.annotate(str(number), at, (3, 3), textcoords="offset points", fontsize=SMALL)


def _placed(axes: Iterable[pd.DataFrame], end: str) -> pd.DataFrame:
    """Return one column of each axis, by candidate, from 0 (worst) to 1 (best)."""
    columns = []
    for rows in axes:
        low, high = _span(rows, room=0.0)
        place = (rows[end] - low) / (high - low)
        columns.append(1.0 - place if _is_turned(rows) else place)
    return pd.concat(columns, axis=1, keys=range(len(columns)))


def _span(rows: pd.DataFrame, room: float = ROOM) -> tuple[float, float]:
    """Return from where to where values reach, and the intervals of the frontier."""
    ends = rows.loc[rows.frontier, ["low", "high"]].to_numpy(float)
    known = np.concatenate([rows.value.to_numpy(float), ends.ravel()])
    known = known[np.isfinite(known)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    room = room * (high - low) if high > low else 0.5
    return low - room, high + room


def _is_turned(rows: pd.DataFrame) -> bool:
    return bool((rows.better == "lower").any())


def _apart(heights: "pd.Series[float]") -> "pd.Series[float]":
    """Return heights of numbers that do not lie on each other."""
    order = heights.sort_values(kind="stable")
    steps = ROOM * np.arange(len(order))
    spread = np.maximum.accumulate(order.to_numpy() - steps) + steps
    return pd.Series(spread - max(0.0, spread[-1] - 1.0) / 2.0, index=order.index)


def _axis(axes: "Axes", at: int, rows: pd.DataFrame) -> None:
    """Draw one upright axis, with its ends and what it is."""
    ends = [_text(rows, end) for end in _span(rows, room=0.0)]
    if _is_turned(rows):
        ends.reverse()
    axes.plot([at, at], [0.0, 1.0], color="0.3", linewidth=0.8, zorder=0)
    first = rows.iloc[0]
    what = f"{first.label}, {first.unit}" if first.unit else first.label
    below = f"{ends[0]}\n\n{textwrap.fill(what.replace('.', '. '), BRIEF)}"
    for height, text, side in ((-ROOM, below, "top"), (1.0 + ROOM, ends[1], "bottom")):
        axes.text(at, height, text, ha="center", va=side, fontsize=SMALL)


def _text(rows: pd.DataFrame, end: float) -> str:
    """Return the end of an axis as people read it."""
    same = rows.text[rows.value == end]
    if len(same) and same.iloc[0]:
        return str(same.iloc[0])
    if rows.unit.iloc[0].startswith("rupiah"):
        return short_rupiah(end)
    return f"{end:.3g}".replace("-", "\N{MINUS SIGN}")


def _colours(table: pd.DataFrame) -> dict[Any, str]:
    """Return the colour of each candidate: that of the lever that gets most."""
    shares = table[table.kind == "share"].pivot(index="candidate", columns="label", values="value")
    most = shares[_levers(table)].to_numpy().argmax(axis=1)
    colours = [PALETTE[at % len(PALETTE)] for at in most]
    return dict(zip(shares.index, colours, strict=True))


def _levers(table: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(table.label[table.kind == "share"]))


def _legend(figure: "Figure", axes: "Axes", table: pd.DataFrame) -> None:
    for at, lever in enumerate(_levers(table)):
        axes.plot([], [], "o-", color=PALETTE[at % len(PALETTE)], label=lever)
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="outside right upper",
        title="most goes to",
        fontsize=SMALL,
        title_fontsize=SMALL,
        frameon=False,
    )
