"""The pictures of a brief, as they stand inside its page."""

import math
import textwrap
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from scenarios.brief.blocks import MOST_PLACES
from scenarios.brief.doubt import MEASURE, Doubt
from scenarios.brief.facts import UNITS, Fact
from scenarios.brief.story import Brief, side_name
from scenarios.drawing import charts
from scenarios.drawing.pictures import as_svg, inlined
from scenarios.maps.draw import is_map, values_of
from scenarios.maps.shapes import shape_map
from scenarios.maps.tiles import tile_map
from scenarios.runs.play import BENCHMARK, SCENARIO
from scenarios.words.labels import Language, label
from scenarios.words.numerals import SCALES, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

WIDTH = 7.1
"""Inches between the margins of an A4 page, so that text has its size in print."""
SHORTEST = 1.5
"""Inches; of a row of panels."""
COLOURS = {SCENARIO: charts.PALETTE[0], BENCHMARK: charts.PALETTE[1]}
MARKS = {SCENARIO: "o", BENCHMARK: "D"}
LOW, HIGH = charts.PALETTE[3], charts.PALETTE[4]
OFFSET, MARK = 0.17, 4.5
PANELS = ("net_lifted", "losers", "public_cost", "women", "street_change", "others_net_lifted")
MOST_INPUTS = 7
"""Inputs in the picture of what moves the answer."""
PLACED = "net_lifted"
MAPPED = f"map.{PLACED}"
"""What the map shows, and its label."""
ROUNDING = 1e-9
NARROW, HIGHEST, ROW, LEAST = 2.99, 4.1, 0.38, 6.5
"""Inches: width of a map beside a table, height of one that stands alone, of a row of its tiles;
points of its least text."""
BESIDES = {"as drawn": 1.6, "narrow": 1.5, "alone": 1.25}
"""Inches: height of what is not map, about."""
WRAP = 26
"""Letters of a name in a line."""


def picture(name: str, figure: "Figure", caption: str) -> str:
    """Return a picture with its caption as a part of a page.

    Parameters
    ----------
    name : str
        Of its own on the page.
    figure : matplotlib.figure.Figure
        Of `charts.new_figure`.
    caption : str
        Which is what those who cannot see the picture are told, too.
    """
    svg = inlined(as_svg(figure), name, caption)
    wide = f"{figure.get_figwidth():.2f}in"
    words = f"<figcaption>{escape(caption)}</figcaption>"
    return f'<figure style="max-width: {wide}">{svg}{words}</figure>'


def answer_figure(brief: Brief) -> "Figure":
    """Draw net persons lifted out for the money: each scenario, and the same money as cash."""
    figure, (axes,) = charts.new_figure(WIDTH, max(SHORTEST, 0.75 + 0.48 * len(brief.scenarios)))
    _beside_cash(brief, axes, MEASURE)
    _legend(brief, figure, axes)
    return figure


def comparison_figure(brief: Brief) -> "Figure":
    """Draw effects and costs side by side, one panel a measure of which anything is known."""
    shown = [name for name in PANELS if _tells(brief, name)] or list(PANELS[:1])
    columns = min(3, len(shown))
    rows = math.ceil(len(shown) / columns)
    height = rows * max(SHORTEST, 0.75 + 0.26 * len(brief.scenarios))
    figure, panels = charts.new_figure(WIDTH, height, rows=rows, columns=columns)
    for axes, name in zip(panels, shown, strict=False):
        _beside_cash(brief, axes, name)
        words = label(f"indicator.{name}", brief.language).text
        axes.set_title("\n".join(textwrap.wrap(words, 30)), fontsize=charts.SMALL, loc="left")
        if panels.index(axes) % columns:
            axes.set_yticklabels([])
    for axes in panels[len(shown) :]:
        axes.set_visible(False)
    _legend(brief, figure, panels[0])
    return figure


def _tells(brief: Brief, name: str) -> bool:
    """Return whether a measure is known and not zero for some scenario."""
    found = [brief.of(name, each.name) for each in brief.scenarios]
    return any(fact.known and fact.value != 0.0 for fact in found)


def _beside_cash(brief: Brief, axes: "Axes", name: str) -> None:
    """Draw one measure of every scenario, and of the same money as cash."""
    names = [each.name for each in brief.scenarios]
    for variant, colour in COLOURS.items():
        shift = -OFFSET if variant == SCENARIO else OFFSET
        places = [(at, brief.of(name, each, variant)) for at, each in enumerate(names)]
        known = [(at + shift, fact) for at, fact in places if fact.known]
        if known:
            _points(axes, known, colour, MARKS[variant])
    axes.axvline(0.0, color=charts.FAINT, linewidth=0.8, zorder=0)
    called = ["\n".join(textwrap.wrap(brief.called(each), WRAP)) for each in names]
    axes.set_yticks(range(len(names)), called)
    axes.set_ylim(len(names) - 0.5, -0.5)
    in_words(axes.xaxis, UNITS[name], brief.language)


def _points(axes: "Axes", known: Sequence[tuple[float, Fact]], colour: str, mark: str) -> None:
    values = [fact.value for _, fact in known]
    below = [max(0.0, fact.value - fact.low) if fact.interval else 0.0 for _, fact in known]
    above = [max(0.0, fact.high - fact.value) if fact.interval else 0.0 for _, fact in known]
    at = [place for place, _ in known]
    bars = axes.errorbar(values, at, xerr=[below, above], fmt=mark, color=colour, capsize=2.5)
    bars.lines[0].set_markersize(MARK)


def _legend(brief: Brief, figure: "Figure", axes: "Axes") -> None:
    from matplotlib.lines import Line2D

    said = {SCENARIO: brief.say("programme_short"), BENCHMARK: brief.say("cash")}
    handles = [
        Line2D([], [], color=colour, marker=MARKS[variant], linestyle="", label=said[variant])
        for variant, colour in COLOURS.items()
    ]
    look = {"fontsize": charts.SMALL, "frameon": False}
    figure.legend(handles=handles, loc="outside upper right", ncols=2, **look)


def in_words(axis: "Axis", unit: str, language: Language) -> None:
    """Write the unit and the numbers of an axis in the reader's language.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        With everything drawn.
    unit : str
        As in `effects.INDICATORS`.
    language : {'id', 'en'}
        Of the reader.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(4))
    size, words = _scale(axis, unit, language)
    ticks = axis.get_major_locator().tick_values(*axis.get_view_interval())
    step = min((b - a for a, b in pairwise(ticks)), default=size) / size
    decimals = max(0, -math.floor(math.log10(step) + ROUNDING))
    shown = FuncFormatter(lambda at, _: number(at / size, decimals, language))
    axis.set_major_formatter(shown)
    axis.set_label_text(words, fontsize=charts.SMALL)


def _scale(axis: "Axis", unit: str, language: Language) -> tuple[float, str]:
    """Return what the numbers of an axis are divided by, and what they are then."""
    words = label(f"unit.{unit}", language).text
    if not unit.startswith("rupiah"):
        return 1.0, words
    most = max(abs(end) for end in axis.get_view_interval())
    for size, word in SCALES[language]:
        if most >= size:
            return size, f"Rp {word}"
    return 1.0, words


def tornado(brief: Brief, doubt: Doubt) -> "Figure":
    """Draw the answer at the ends of the range of each input that moves it most."""
    shown = doubt.swings.head(MOST_INPUTS)
    figure, (axes,) = charts.new_figure(WIDTH, max(SHORTEST, 1.0 + 0.235 * len(shown)))
    middle, names = float(doubt.middle["value"]), []
    for at, row in enumerate(shown.to_dict("records")):
        for end, colour, width in (("at_low", LOW, 0.7), ("at_high", HIGH, 0.42)):
            value = float(row[end])
            if math.isfinite(value):
                axes.barh(at, value - middle, left=middle, height=width, color=colour)
        words = label(f"parameter.{row['parameter']}", brief.language).text
        mark = f" ({brief.say('no_source_mark')})" if row["unsourced"] else ""
        names.append(textwrap.shorten(words, 58, placeholder="…") + mark)
    axes.axvline(middle, color=charts.PALETTE[-1], linewidth=0.8)
    axes.axvline(0.0, color=charts.PALETTE[-1], linewidth=1.2, linestyle="--")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    in_words(axes.xaxis, UNITS[MEASURE], brief.language)
    sides = [side_name(brief, each) for each in doubt.sides]
    said = {"money": brief.fixed("money"), "first": sides[0], "second": sides[1]}
    words = brief.say("tornado_axis", **said)
    axes.set_xlabel("\n".join(textwrap.wrap(words, 70)), fontsize=charts.SMALL)
    _ends(brief, figure)
    return figure


def _ends(brief: Brief, figure: "Figure") -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(color=colour, label=brief.say(name))
        for name, colour in (("low_end", LOW), ("high_end", HIGH))
    ]
    look = {"fontsize": charts.SMALL, "frameon": False}
    figure.legend(handles=handles, loc="outside upper right", ncols=2, **look)


def map_figure(brief: Brief) -> "Figure | None":
    """Draw where the best scenario lifts people out; nothing where there are no places to tell.

    Parameters
    ----------
    brief : Brief
        What it tells.
    """
    places = brief.comparison.places
    if not is_map(places, brief.best, PLACED):
        return None
    known = values_of(places, brief.best, PLACED)
    area = next(each.area for each in brief.scenarios if each.name == brief.best)
    clear = (known.low > 0.0) | (known.high < 0.0)
    if brief.boundaries is None:
        figure = tile_map(known.value, MAPPED, area, brief.language, change=True, clear=clear)
    else:
        figure = shape_map(
            known.value, MAPPED, brief.boundaries, brief.language, change=True, clear=clear
        )
    _fit(figure, len(brief.places) <= MOST_PLACES, brief.boundaries is None)
    return figure


def _fit(figure: "Figure", narrow: bool, tiles: bool) -> None:
    """Fit a map into its place; its text becomes smaller, but not too small to read."""
    from matplotlib.collections import QuadMesh
    from matplotlib.text import Text

    for mesh in figure.findobj(QuadMesh):  # else the bar of colours is an image, which pages refuse
        mesh.set_rasterized(False)
        mesh.set(edgecolor="face")
    width, height = figure.get_size_inches()
    beside, inside = BESIDES["narrow" if narrow else "alone"], height - BESIDES["as drawn"]
    factor = NARROW / width if narrow else min(WIDTH / width, (HIGHEST - beside) / inside)
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_fontsize(min(charts.LABEL, max(LEAST, factor * float(text.get_fontsize()))))
    size = factor * width, factor * inside + beside
    if tiles and not narrow:  # wide tiles, in which names find room
        (axes, *_) = figure.axes
        axes.set_aspect("auto")
        size = WIDTH, ROW * abs(axes.get_ylim()[1] - axes.get_ylim()[0]) + beside
    figure.set_size_inches(*size)
