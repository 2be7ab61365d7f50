"""What the notebooks share: figures as words, pictures in the reader's language, the box.

A finding is a message of ``words/notebooks.csv`` with fills; where a message has several forms,
such as ``more``, ``less`` and ``unclear``, the figures choose. No number is typed.
"""

import base64
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from scenarios import influence
from scenarios.effects import GROUPS, INDICATORS
from scenarios.groups import FEWEST_SHOWN
from scenarios.play import BENCHMARK, SCENARIO
from scenarios.prepare import PROGRAMMES
from scenarios.provenance import version
from scenarios.replicates import LEVEL, mean_of
from scenarios.schema import Scenario
from scenarios.words import numerals
from scenarios.words.labels import Language, label, say, table
from simulation.parameters import TABLE

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from calibration.trials import Outcome
    from scenarios.validation import Check

DPI = 80
"""Of pictures in notebooks, which are kept with them."""
MONEY = {"ribu": "thousand", "juta": "million", "miliar": "billion", "triliun": "trillion"}
"""What the axes of our pictures say behind Rp, and how English readers say it."""
NAMES = ("scenario", "parameter", "place", "trial", "unit", "notebooks.name")
"""Kinds of labels that stand in pictures and tables by the name that the program uses."""
BARS = {"chance": LEVEL, "points": influence.LEVEL}
"""What bars in pictures may be of, and the level of the intervals that they are."""
BOX = ("not_modelled", "losers", "cash", "unsourced", "flips")
"""What stands in the box of every notebook, in this order."""


# Figures as words


@dataclass(frozen=True)
class Reading:
    """The table of a comparison, told in one language.

    Attributes
    ----------
    table : pandas.DataFrame
        Tidy, as `Comparison.table`.
    language : {'id', 'en'}
        Bahasa Indonesia or English.
    """

    table: pd.DataFrame
    language: Language

    def row(self, scenario: str, indicator: str, variant: str = SCENARIO) -> pd.Series:
        """Return value, low and high of an indicator, and all that the table says of it besides."""
        own = self.table[(self.table.scenario == scenario) & (self.table.variant == variant)]
        return own.set_index("indicator").loc[indicator]

    def value(self, scenario: str, indicator: str, variant: str = SCENARIO) -> float:
        """Return the mean of an indicator; not a number where it is not known."""
        return float(self.row(scenario, indicator, variant)["value"])

    def told(self, scenario: str, indicator: str, variant: str = SCENARIO) -> str:
        """Return an indicator with its interval and its unit in words; a dash where not known."""
        row = self.row(scenario, indicator, variant)
        return told(row["value"], row["low"], row["high"], str(row["unit"]), self.language)

    def sign(self, scenario: str, indicator: str, variant: str = SCENARIO) -> str:
        """Return which way an effect goes; see `sign`."""
        row = self.row(scenario, indicator, variant)
        return sign(row["low"], row["high"])

    def groups(self, scenario: str) -> str:
        """Return all that is known of a scenario, group by group, beside its cash benchmark."""
        own = self.table[self.table.scenario == scenario].set_index(["variant", "indicator"])
        heads = ["", label_of(scenario, self.language), self._say("cash")]
        rows = []
        for group in GROUPS:
            lines = [
                [indicator(each.name, self.language)]
                + [
                    self.told(scenario, each.name, variant)
                    if (variant, each.name) in own.index
                    else numerals.UNKNOWN
                    for variant in (SCENARIO, BENCHMARK)
                ]
                for each in INDICATORS
                if each.group == group
            ]
            known = [line for line in lines if line[1] != numerals.UNKNOWN]
            if known:
                rows += [[f"**{label(f'group.{group}', self.language).text}**", "", ""], *known]
        return markdown_table(heads, rows)

    def losers(self, scenario: str) -> str:
        """Return who loses, among those enrolled and among all others, for the box."""
        names = ("losers", "pushed_in", "winners", "others_losers")
        fills = {name: self.told(scenario, name) for name in names}
        return self._say("box.losers", scenario=label_of(scenario, self.language), **fills)

    def cash(self, scenario: str) -> str:
        """Return what the same money does as cash, and which of both does more, for the box."""
        fills = {
            "here": self.told(scenario, "net_per_budget"),
            "cash": self.told(scenario, "net_per_budget", BENCHMARK),
        }
        return self._say("box.cash", scenario=label_of(scenario, self.language), **fills)

    def flips(self, scenario: str, runs: pd.DataFrame) -> str:
        """Return what would turn round the order of a scenario and its money as cash, for the box.

        Parameters
        ----------
        scenario : str
            Its name.
        runs : pandas.DataFrame
            As `Comparison.runs`.
        """
        own = runs[(runs.scenario == scenario) & (runs.indicator == "net_per_budget")]
        wide = own.pivot(index="replicate", columns="variant", values="value").dropna()
        ahead = int((wide[SCENARIO] > wide[BENCHMARK]).sum())
        here, cash = (float(wide[each].mean()) for each in (SCENARIO, BENCHMARK))
        fills = {"scenario": label_of(scenario, self.language), "ahead": ahead, "runs": len(wide)}
        if min(here, cash) <= 0.0:
            return self._say("box.flips.none", **fills)
        way = "dearer" if here > cash else "cheaper"
        apart = 100.0 * abs(here / cash - 1.0)
        change = numerals.percent(apart, int(apart < 1.0), self.language)
        return self._say(f"box.flips.{way}", change=change, **fills)

    def _say(self, name: str, **fills: str | int) -> str:
        return say(f"notebooks.{name}", self.language, **fills)


def told(value: float, low: float, high: float, unit: str, language: Language) -> str:
    """Return a figure with its interval, and its unit in words where the number does not show it.

    Examples
    --------
    >>> told(134.2, 117.9, 150.5, "persons", "en"), told(4.5, 4.5, 4.5, "percent", "id")
    ('134 persons (118 to 150)', '4,5%')
    >>> told(2.4e9, 2.35e9, 2.46e9, "rupiah", "id")
    'Rp 2,4 miliar (Rp 2,4 miliar sampai Rp 2,5 miliar)'
    """
    decimals = _decimals([value, low, high], unit)
    shown, *ends = (_written(each, decimals, unit, language) for each in (value, low, high))
    if shown == numerals.UNKNOWN:
        return shown
    if not unit.startswith(("rupiah", "percent")):
        shown = f"{shown} {label(f'unit.{unit}', language).text}"
    if low == high or numerals.UNKNOWN in ends:
        return shown
    return f"{shown} ({f' {numerals.BETWEEN[language]} '.join(ends)})"


def _written(value: float, decimals: int, unit: str, language: Language) -> str:
    if unit.startswith("rupiah"):
        return numerals.short_rupiah(value, language)
    if unit.startswith("percent"):
        return numerals.percent(value, decimals, language)
    return numerals.number(value, decimals, language)


def _decimals(values: Sequence[float], unit: str) -> int:
    """Return how many decimals some values bear: none where all are whole."""
    known = [abs(each) for each in values if math.isfinite(each)]
    most = max(known, default=0.0)
    if all(each == round(each) for each in known):
        return 0
    if unit.startswith(("percent", "points")):
        return 1 if most >= 1.0 else 2
    return 0 if most >= 100.0 else 1 if most >= 10.0 else 2


def sign(low: float, high: float) -> str:
    """Return which way an effect goes, by the interval of its mean.

    Examples
    --------
    >>> sign(1.0, 2.0), sign(-2.0, -1.0), sign(-1.0, 1.0)
    ('more', 'less', 'unclear')
    """
    return "more" if low > 0.0 else "less" if high < 0.0 else "unclear"


def difference(
    runs: pd.DataFrame, indicator: str, first: tuple[str, str], second: tuple[str, str]
) -> dict[str, float]:
    """Return by how much one side is above another, with its interval; replicates are paired.

    Parameters
    ----------
    runs : pandas.DataFrame
        As `Comparison.runs`.
    indicator : str
        What is compared.
    first, second : tuple of str
        Scenario and variant of each side.
    """
    own = runs[runs.indicator == indicator]
    wide = own.pivot(index="replicate", columns=["scenario", "variant"], values="value")
    return mean_of((wide[first] - wide[second]).to_numpy(float))


def listed(words: Sequence[str], language: Language) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"], "en"), listed(["a", "b"], "id")
    ('a, b and c', 'a dan b')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {say('notebooks.and', language)} {words[-1]}"


def label_of(name: str, language: Language) -> str:
    """Return what something of the kinds of `NAMES` is called; any other name as it is.

    Parameters
    ----------
    name : str
        As the program uses it.
    language : {'id', 'en'}
        Bahasa Indonesia or English.
    """
    short = name.removeprefix("parameters.")
    for kind in NAMES:
        if f"{kind}.{short}" in table():
            return label(f"{kind}.{short}", language).text
    return name


def size_of(scenario: Scenario, language: Language) -> str:
    """Return where, for how long and with how many people a scenario is simulated.

    Parameters
    ----------
    scenario : Scenario
        Any.
    language : {'id', 'en'}
        Bahasa Indonesia or English.
    """
    people = scenario.households
    return say(
        "notebooks.size",
        language,
        area=label_of(scenario.area, language),
        months=scenario.months,
        start=numerals.month(scenario.start, language),
        households="∞" if people == "all" else numerals.number(people, 0, language),
        replicates=scenario.replicates,
    )


def caption(scenario: Scenario, language: Language, bars: str = "chance") -> str:
    """Return what stands under a picture: how to come to it again, and that it is simulated.

    Parameters
    ----------
    scenario : Scenario
        The first one of those that were run.
    language : {'id', 'en'}
        Bahasa Indonesia or English.
    bars : str
        What intervals are of, one of `BARS`.
    """
    level = numerals.percent(100.0 * BARS[bars], 0, language)
    of = say(f"notebooks.caption.{bars}", language, level=level)
    again = say("notebooks.caption", language, seed=scenario.seed, version=version())
    return f"{size_of(scenario, language)} {of} {again}"


def unsourced(language: Language) -> str:
    """Return how many of the inputs behind programmes rest on no source, for the box."""
    read = [TABLE[name] for name in sorted(PROGRAMMES)]
    without = sum(row.source.startswith("assumption") for row in read)
    share = numerals.percent(100.0 * without / len(read), 0, language)
    return say("notebooks.box.unsourced", language, share=share, without=without, all=len(read))


def indicator(name: str, language: Language) -> str:
    """Return what an indicator is called.

    Examples
    --------
    >>> indicator("women", "en")
    'Enrolled, with a firm led by a woman'
    """
    return label(f"indicator.{name}", language).text


def short(value: float, language: Language) -> str:
    """Return a number in three figures.

    Examples
    --------
    >>> short(0.12345, "id"), short(12.345, "en"), short(12_345.6, "en"), short(3.0, "en")
    ('0,123', '12.3', '12,346', '3')
    """
    if not math.isfinite(value) or value == 0.0:
        return numerals.number(value, 0, language)
    decimals = max(0, min(4, 2 - math.floor(math.log10(abs(value)))))
    while decimals and round(value, decimals) == round(value, decimals - 1):
        decimals -= 1
    return numerals.number(value, decimals, language)


def not_modelled(language: Language) -> str:
    """Return what the model leaves out, for the box."""
    names = [name for name in table() if name.startswith("not_modelled.")]
    words = [label(name, language).text for name in names]
    return f"{say('message.not_modelled', language)}: {'; '.join(words)}."


def against_twins(outcome: "Outcome") -> "Outcome":
    """Return a trial with the treated held against their twins, not against the other arm.

    Parameters
    ----------
    outcome : Outcome
        From `calibration.trials`.
    """
    paired = tuple(
        replace(
            each,
            estimate=each.paired,
            low=each.paired_low,
            high=each.paired_high,
            inside=each.paired_inside,
        )
        for each in outcome.measures
    )
    return replace(outcome, measures=paired, inside=outcome.paired_inside)


# What a cell shows


def finding(name: str, language: Language, **fills: str | int) -> None:
    """Show a finding: a message of ``words/notebooks.csv`` with its fills.

    Parameters
    ----------
    name : str
        Of the message, without ``notebooks.``.
    language : {'id', 'en'}
        Bahasa Indonesia or English.
    **fills : str or int
        As the message asks for.
    """
    text(f"**{say('notebooks.finding', language)}** {say(f'notebooks.{name}', language, **fills)}")


def checked(rung: str, checks: Sequence["Check"], language: Language) -> None:
    """Show which numbers meet their bars and which miss.

    Parameters
    ----------
    rung : str
        Of the ladder, as `scenarios.validation` names it.
    checks : sequence of Check
        Of `scenarios.validation`.
    language : {'id', 'en'}
        Bahasa Indonesia or English.
    """
    missed = sum(not each.met for each in checks)
    counts: dict[str, str | int] = {"all": len(checks)}
    if missed:
        counts |= {"met": len(checks) - missed, "missed": missed}
    way = "some" if missed else "all"
    named = in_words(rung, language)
    finding(f"trust.count.{way}", language, rung=named[:1].upper() + named[1:], **counts)
    text("\n".join(f"- {_check(each, language)}" for each in checks))


def _check(each: "Check", language: Language) -> str:
    """Return one number against its bar."""
    low, high = short(each.low, language), short(each.high, language)
    if math.isinf(each.low):
        bar = say("notebooks.trust.at_most", language, high=high)
    elif math.isinf(each.high):
        bar = say("notebooks.trust.at_least", language, low=low)
    else:
        bar = say("notebooks.trust.between", language, low=low, high=high)
    unit = in_words(each.unit, language)
    value = f"{short(each.value, language)}{'' if unit.startswith('%') else ' '}{unit}".strip()
    name = f"notebooks.trust.{'met' if each.met else 'miss'}"
    return say(name, language, what=in_words(each.what, language), value=value, bar=bar)


def box(language: Language, **sentences: str) -> None:
    """Show the box that every page carries.

    Parameters
    ----------
    language : {'id', 'en'}
        Bahasa Indonesia or English.
    **sentences : str
        By the names of `BOX`; what is not modelled and what has no source need not be given.
    """
    usual = {"not_modelled": not_modelled(language), "unsourced": unsourced(language)}
    told_of = {**usual, **sentences}
    foot = [
        say("message.simulated_named", language),
        say("message.few", language, fewest=FEWEST_SHOWN),
        say("message.dash", language),
        say("message.nobody_scored", language),
    ]
    lines = [f"> **{say('notebooks.box.title', language)}**", ">"]
    lines += [f"> - {told_of[name]}" for name in BOX]
    text("\n".join([*lines, ">", f"> {' '.join(foot)}"]))


def text(markdown: str) -> None:
    """Show a text in the notebook.

    Parameters
    ----------
    markdown : str
        With its marks.
    """
    _display({"text/markdown": markdown, "text/plain": markdown})


def show(figure: "Figure", language: Language) -> None:
    """Show one of our pictures in the notebook, in the reader's language.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Of one of our functions that draw.
    language : {'id', 'en'}
        Bahasa Indonesia or English.
    """
    in_language(figure, language)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    picture = base64.b64encode(file.getvalue()).decode()
    _display({"image/png": picture, "text/plain": figure.get_supxlabel()})


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; all but the first column stand to the right.

    Examples
    --------
    >>> print(markdown_table(["", "persons"], [["Bali", "12"]]))
    |  | persons |
    | :--- | ---: |
    | Bali | 12 |
    """
    ruler = [":---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ruler, *rows))


def _display(bundle: Mapping[str, str]) -> None:
    from IPython.display import display

    display(dict(bundle), raw=True)


# Pictures in the reader's language


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
    >>> from scenarios.charts import in_units, new_figure
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
        plain = isinstance(before, ScalarFormatter)
        written = f"{at:.6g}".replace("-", "\N{MINUS SIGN}") if plain else before(at, position)
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
