"""How every figure looks: colours, sizes, units on axes, the caption, and how it is saved.

Figures are made of objects alone, without `matplotlib.pyplot`, so that nothing is kept between
them and threads do not meet. Every figure of a folder is drawn from a table that is saved beside
it, so that it can be drawn again at any time: `save_figures` and `redraw`.
"""

import importlib
import inspect
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.results.provenance import version
from scenarios.results.store import write_whole
from simulation.rupiah import UNITS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7", "#000000")
"""Okabe and Ito's colours (2008), which colour-blind readers tell apart.

Yellow is left out, as it is lost on white. The first four are the furthest apart.
"""
HEAT = "cividis"
"""Matplotlib's map of numbers to colours that colour-blind readers see as others do."""
FAINT = "0.6"
"""Grey of lines that only help to read, such as the one at zero."""
TITLE, LABEL, SMALL = 10, 9, 8
"""Points: titles (give it to `set_title`); labels of axes; ticks, legends and captions."""
DPI = 150
PACKAGES = ("simulation", "calibration", "scenarios")
FIGURES = "figures.json"
"""Says of each figure of a folder how it was drawn."""


def new_figure(
    width: float, height: float, rows: int = 1, columns: int = 1
) -> "tuple[Figure, list[Axes]]":
    """Return an empty figure and its panels in reading order.

    Parameters
    ----------
    width, height : float
        Inches.
    rows, columns : int
        Of panels.

    Examples
    --------
    >>> figure, (axes,) = new_figure(6.0, 4.0)
    >>> _, panels = new_figure(11.0, 6.5, rows=2, columns=3)
    >>> len(panels)
    6
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_linewidth(0.6)
        axes.tick_params(labelsize=SMALL, width=0.6)
        axes.xaxis.label.set_fontsize(LABEL)
        axes.yaxis.label.set_fontsize(LABEL)
        axes.grid(visible=True, color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
    return figure, panels


def in_units(axis: "Axis", label: str, unit: str) -> None:
    """Write the label, the unit and the numbers of an axis as people write them.

    Call it once everything is drawn, as rupiah are shown in ribu, juta, miliar or triliun by how
    far the axis reaches.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        Such as ``axes.xaxis``.
    label : str
        What is shown; empty where the title says it.
    unit : str
        As in `scenarios.runs.effects.INDICATORS`: "percent", "points", "rupiah a month" ...

    Examples
    --------
    >>> _, (axes,) = new_figure(6.0, 4.0)
    >>> _ = axes.plot([0.0, 2.5e9], [0.0, 12_000.0])
    >>> in_units(axes.xaxis, "Cost", "rupiah")
    >>> in_units(axes.yaxis, "", "persons")
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('Cost, Rp miliar', 'persons')
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    if axis.get_scale() == "log":
        low, high = axis.get_view_interval()
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 1000 * low else (1.0,)))
        axis.set_minor_formatter(NullFormatter())
    shown: Callable[[float], str] = _number
    if unit.startswith("rupiah"):
        word, shown = _money_of(axis)
        unit = unit.replace("rupiah", f"Rp {word}".strip(), 1)
    axis.set_major_formatter(FuncFormatter(lambda at, _: shown(at)))
    axis.set_label_text(f"{label}, {unit}" if label and unit else label or unit)


def _money_of(axis: "Axis") -> tuple[str, Callable[[float], str]]:
    """Return what follows Rp in the label of an axis, and how its numbers are written."""
    if axis.get_scale() == "log":
        # It may span ribu to triliun, so that each number has its own word.
        return "", lambda at: short_rupiah(at).replace("Rp ", "")
    word, size = _scale(max(abs(end) for end in axis.get_view_interval()))
    return word, lambda at: _comma(_number(at / size))


def short_rupiah(amount: float) -> str:
    """Return an amount in three figures, as people in Indonesia say it.

    Parameters
    ----------
    amount : float
        Rupiah.

    Examples
    --------
    >>> short_rupiah(2_436_000.0), short_rupiah(-10e9), short_rupiah(0.0)
    ('Rp 2,44 juta', '-Rp 10 miliar', 'Rp 0')
    """
    # Rounded first, as 999,999 is a juta.
    amount = float(f"{amount:.3g}")
    word, size = _scale(abs(amount))
    text = f"Rp {_comma(_number(abs(amount) / size))} {word}".strip()
    return f"-{text}" if amount < 0.0 else text


def _scale(most: float) -> tuple[str, int]:
    """Return the largest of ribu, juta, miliar and triliun that is not above an amount."""
    fitting = [(word, size) for word, size in UNITS.items() if size <= most]
    return max(fitting, key=lambda each: each[1], default=("", 1))


def _number(value: float) -> str:
    """Return a number with a point before its decimals and a space between its thousands."""
    # Twelve figures: all that a tick has, without what binary fractions add.
    return f"{value:,.12g}".replace(",", " ").replace("-", "\N{MINUS SIGN}")


def _comma(text: str) -> str:
    """Return a number with a comma before its decimals and a point between its thousands."""
    return text.replace(".", ",").replace(" ", ".")


def caption(figure: "Figure", text: str) -> None:
    """Write small text under a figure, in as many lines as it takes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Of `new_figure`.
    text : str
        Such as `caption_of`, or what was saved of it.
    """
    figure.supxlabel(text, x=0.01, ha="left", fontsize=SMALL, color="0.3", wrap=True)


def caption_of(seed: int, replicates: int, more: str = "") -> str:
    """Return a caption: how to come to the same figure again, and what else is to be said.

    Parameters
    ----------
    seed : int
        Of the first replicate.
    replicates : int
        Of each run; intervals are over them.
    more : str
        One sentence or more, with their points.

    Examples
    --------
    >>> caption_of(1, 5, "Bars are 90% intervals of chance alone.").split(", Berdaya")[0]
    'Seed 1, 5 replicates'
    """
    often = f"{replicates} replicate{'' if replicates == 1 else 's'}"
    return f"Seed {seed}, {often}, Berdaya {version()}. {more}".strip()


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG, whole or not at all; equal figures give equal bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Of `new_figure`.
    path : pathlib.Path
        Ends in .png.
    """
    write_whole(path, lambda part: figure.savefig(part, format="png", dpi=DPI))


# Figures of a folder


class Drawn(BaseModel):
    """How one figure of a folder was drawn.

    Attributes
    ----------
    function : str
        Of our own packages, with its module; its name begins with "draw".
    table : str
        That it was drawn from, without ending.
    arguments : dict
        What the function was given besides.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    function: str
    table: str
    arguments: dict[str, Any]


def save_figures(
    folder: Path, figures: "Mapping[str, tuple[Callable[..., Figure], str, Mapping[str, Any]]]"
) -> list[Path]:
    """Draw the figures of a folder from its saved tables, and write how; return the paths.

    Call it once for a folder, after `write_tables`.

    Parameters
    ----------
    folder : pathlib.Path
        With the tables as Parquet.
    figures : mapping
        Name of a file that ends in .png -> function ``draw...(table, **arguments)`` of our own
        packages, name of its table, arguments that JSON can hold (the caption is one).
    """
    listed = {
        name: {
            "function": f"{function.__module__}.{function.__qualname__}",
            "table": table,
            "arguments": dict(arguments),
        }
        for name, (function, table, arguments) in figures.items()
    }
    text = json.dumps(listed, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    path = folder / FIGURES
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))
    return [*redraw(folder), path]


def redraw(folder: str | Path) -> list[Path]:
    """Draw every figure of a folder again from its saved tables; return the paths.

    Raises
    ------
    ScenarioError
        Where the list of figures or a table is missing or wrong, or names a function that is not
        one of our own that draw.
    """
    folder = Path(folder)
    try:
        found = TypeAdapter(dict[str, Drawn]).validate_json((folder / FIGURES).read_bytes())
    except FileNotFoundError:
        raise _wrong(folder, "", "is not there", "a folder with figures") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(folder, ".".join(map(str, first["loc"])), first["msg"]) from None
    ready = [(name, *_ready(folder, name, drawn)) for name, drawn in found.items()]
    for name, function, table in ready:
        save_figure(function(table), folder / name)
    return [folder / name for name in found]


def _ready(
    folder: Path, name: str, drawn: Drawn
) -> "tuple[Callable[[pd.DataFrame], Figure], pd.DataFrame]":
    """Return the function, with its arguments, and the table of one figure."""
    if Path(name).name != name or not name.endswith(".png"):
        raise _wrong(folder, name, "is no name of a figure", "a name that ends in .png")
    function = _own(drawn.function)
    if function is None:
        raise _wrong(folder, name, f"{drawn.function} is no function of ours that draws")
    try:
        inspect.signature(function).bind(None, **drawn.arguments)
    except TypeError as error:
        raise _wrong(folder, name, f"{drawn.function}: {error}") from None
    tables = {path.stem: path for path in sorted(folder.glob("*.parquet"))}
    if drawn.table not in tables:
        raise _wrong(folder, name, f"table {drawn.table} is not there", ", ".join(tables))
    import pandas as pd

    try:
        table = pd.read_parquet(tables[drawn.table])
    except ValueError as error:
        raise _wrong(folder, name, f"table {drawn.table} cannot be read: {error}") from None
    return partial(function, **drawn.arguments), table


def _own(dotted: str) -> "Callable[..., Figure] | None":
    """Return a function of our own packages that draws; nothing where the name is not of one."""
    module, _, name = dotted.rpartition(".")
    if module.partition(".")[0] not in PACKAGES or not name.startswith("draw"):
        return None
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None
    return found if inspect.isfunction(found) and found.__module__ == module else None


def _wrong(folder: Path, path: str, problem: str, allowed: str = "") -> ScenarioError:
    return ScenarioError([Mistake(str(folder / FIGURES), None, path, problem, allowed)])
