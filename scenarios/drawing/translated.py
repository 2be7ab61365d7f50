"""Pictures in the reader's language: our functions that draw write English, this turns it.

Words are looked up in the label table by what they are in English, names of the program by
themselves; a word without a label in Bahasa Indonesia is refused.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from scenarios.runs.effects import INDICATORS
from scenarios.telling import indicator, label_of
from scenarios.words.labels import Language, say, table

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

MONEY = {"ribu": "thousand", "juta": "million", "miliar": "billion", "triliun": "trillion"}
"""What the axes of our pictures say behind Rp, and how English readers say it."""


def in_language(figure: "Figure", language: Language) -> None:
    """Write the words and numbers of a picture in a language; the caption stays as it is.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Of one of our functions that draw, which write English.
    language : {'id', 'en'}
        Bahasa Indonesia or English.

    Raises
    ------
    LookupError
        Where a word has no label in Bahasa Indonesia.

    Examples
    --------
    >>> from scenarios.drawing.charts import in_units, new_figure
    >>> figure, (axes,) = new_figure(6.0, 4.0)
    >>> _ = axes.plot([0.0, 2.5e9], [0.0, 12_000.5])
    >>> in_units(axes.yaxis, "", "persons")
    >>> in_language(figure, "id")
    >>> axes.get_ylabel(), axes.yaxis.get_major_formatter()(2500.5, 0)
    ('orang', '2.500,5')
    """
    from matplotlib.text import Text

    of_ticks: set[object] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _ticks_in_language(axis, language)
            axis.get_ticklabels()
            of_ticks |= {*axis.findobj(Text)} - {axis.label}
    for each in figure.findobj(Text):
        assert isinstance(each, Text)
        if each not in of_ticks and each.get_text() not in ("", figure.get_supxlabel()):
            each.set_text(in_words(each.get_text(), language))


def _ticks_in_language(axis: "Axis", language: Language) -> None:
    """Have the ticks of an axis written in a language."""
    from matplotlib.ticker import FuncFormatter, NullFormatter, ScalarFormatter

    before = axis.get_major_formatter()
    if isinstance(before, NullFormatter):
        return
    # `charts.in_units` writes rupiah as in Indonesia, and all else with a space and a point.
    marks = {"id": "", "en": ".,"} if "Rp" in axis.get_label_text() else {"id": " .", "en": " "}
    to = {"id": "", "en": ",."} if "Rp" in axis.get_label_text() else {"id": ".,", "en": ","}
    style = str.maketrans(marks[language], to[language])

    def shown(at: float, position: int | None = None) -> str:
        if isinstance(before, ScalarFormatter):
            written = f"{at:.6f}".rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
        else:
            written = before(at, position)
        if not re.search(r"[^\W\d_]", written):
            return written.translate(style)
        return in_words(written, language)

    axis.set_major_formatter(FuncFormatter(shown))


def in_words(written: str, language: Language) -> str:
    """Return English words of a picture in a language, names of the program as people say them.

    Words are looked up whole, then in parts between commas, colons and line ends, the longest
    first.

    Parameters
    ----------
    written : str
        As our functions that draw write it.
    language : {'id', 'en'}
        Bahasa Indonesia or English.

    Raises
    ------
    LookupError
        Where a word has no label in Bahasa Indonesia.

    Examples
    --------
    >>> in_words("persons", "id"), in_words("Rp juta a month", "en")
    ('orang', 'Rp million a month')
    """
    parts = re.split(r"(, |: |\n)", written)
    said, at = "", 0
    while at < len(parts):
        ends = range(len(parts), at, -2)
        known = ((end, _looked_up("".join(parts[at:end]), language)) for end in ends)
        end, found = next((each for each in known if each[1] is not None), (at + 1, None))
        if found is None and language == "id":
            raise LookupError(f"no label says {parts[at]!r} in Bahasa Indonesia ({written!r})")
        said += (parts[at] if found is None else found) + "".join(parts[end : end + 1])
        at = end + 1
    return said


def _looked_up(written: str, language: Language) -> str | None:
    """Return words in a language; nothing where no label says them."""
    if not re.search(r"[^\W\d_]", written):
        return written
    if (named := label_of(written, language)) != written:
        return named
    if money := re.fullmatch(r"Rp(?: (ribu|juta|miliar|triliun))?( a month)?", written):
        word = (money[1] or "") if language == "id" else MONEY.get(money[1], "")
        month = f" {say('notebooks.a_month', language)}" if money[2] else ""
        return " ".join(filter(None, ("Rp", word))) + month
    return _by_english().get(written) if language == "id" else None


@cache
def _by_english() -> Mapping[str, str]:
    """Return the words of all labels in Bahasa Indonesia, by the words in English."""
    order = sorted(table().items(), key=lambda each: each[0].startswith("notebooks.picture."))
    found = {row["en"].text: row["id"].text for _, row in order}
    return found | {each.label: indicator(each.name, "id") for each in INDICATORS}
