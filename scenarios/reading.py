"""What a cell of a notebook shows: findings, pictures, tables, the box that every page carries.

A finding is a message of ``words/notebooks.csv`` with fills; where a message has several forms,
such as ``more``, ``less`` and ``unclear``, the figures choose.
"""

import base64
import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scenarios.drawing.translated import in_language, in_words
from scenarios.results.provenance import version
from scenarios.runs.groups import FEWEST_SHOWN
from scenarios.runs.prepare import PROGRAMMES
from scenarios.runs.replicates import LEVEL
from scenarios.schema import Scenario
from scenarios.studies import influence
from scenarios.telling import label_of, short
from scenarios.words import numerals
from scenarios.words.labels import Language, label, say, table
from simulation.parameters import TABLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scenarios.validation import Check

DPI = 80
"""Of pictures in notebooks, which are kept with them."""
BARS = {"chance": LEVEL, "points": influence.LEVEL}
"""What bars in pictures may be of, and the level of the intervals that they are."""
BOX = ("not_modelled", "losers", "cash", "unsourced", "flips")
"""What stands in the box of every notebook, in this order."""


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


def not_modelled(language: Language) -> str:
    """Return what the model leaves out, for the box."""
    names = [name for name in table() if name.startswith("not_modelled.")]
    words = [label(name, language).text for name in names]
    return f"{say('message.not_modelled', language)}: {'; '.join(words)}."


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


def _display(bundle: Mapping[str, str]) -> None:
    from IPython.display import display

    display(dict(bundle), raw=True)  # type: ignore[no-untyped-call]
