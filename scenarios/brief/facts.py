"""The figures of a brief: one tidy frame, from which page, sentences and workbook are told."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from scenarios.brief.doubt import MEASURE, UNSOURCED, Doubt
from scenarios.compare import Comparison
from scenarios.results.output import records
from scenarios.runs.effects import INDICATORS, TOUCHED
from scenarios.runs.groups import BUDGET_UNIT, FEWEST_SHOWN, YEAR
from scenarios.runs.play import SCENARIO
from scenarios.runs.replicates import LEVEL
from scenarios.schema import HORIZON, Scenario
from scenarios.words.labels import Language, label, say, table
from scenarios.words.numerals import UNKNOWN, number, short_rupiah
from simulation.parameters import TABLE

COMPARED, PLACED, RANKED, CLAIMED, DOUBTED, VARIED, FIXED = (
    "comparison",
    "places",
    "ranks",
    "claims",
    "doubt",
    "inputs",
    "constants",
)
"""Parts of the frame."""
CLAIMS = {
    "claimed_lifted": "persons",
    "true_lifted": "persons",
    "ratio": "times",
    "anyway": "percent",
}
"""Of what a programme claims, with units."""
FRACTIONS = {"percent": 1, "percent a year": 1, "points": 2, "times": 1, "of 1": 2}
"""Decimals by unit; others have two, one or none by how large they are."""
UNITS = {each.name: each.unit for each in INDICATORS}


class Fact(NamedTuple):
    """One figure.

    Attributes
    ----------
    value, low, high : float
        Mean and ends of its interval; not numbers where not known.
    shown, interval : str
        As they are written in the reader's language.
    """

    value: float
    low: float
    high: float
    shown: str
    interval: str

    @property
    def known(self) -> bool:
        """Whether there is a figure."""
        return math.isfinite(self.value)

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0.0 or self.high < 0.0


NOTHING = Fact(math.nan, math.nan, math.nan, UNKNOWN, "")
Key = tuple[str, str, str, str]
"""Part, scenario, variant and name of a figure."""


@dataclass
class Facts:
    """Figures by part, scenario, variant and name, as they are written in one language."""

    language: Language
    found: dict[Key, Fact] = field(default_factory=dict)
    words: dict[Key, tuple[str, str]] = field(default_factory=dict)

    def add(
        self,
        key: Key,
        what: str,
        unit: str,
        value: float,
        ends: tuple[float, float] = (math.nan, math.nan),
    ) -> None:
        """Add a figure.

        Parameters
        ----------
        key : tuple
            Where it belongs.
        what : str
            Words for people.
        unit : str
            As in `effects.INDICATORS`, or that of an input.
        value, ends : float
            Mean and its interval.
        """
        shown, interval = written(value, ends, unit, self.language)
        self.found[key] = Fact(value, *ends, shown, interval)
        self.words[key] = what, label(f"unit.{unit}", self.language).text if unit else ""

    def round(self, key: Key) -> None:
        """Show a percentage without decimals."""
        if self.found[key].known:
            shown = f"{number(self.found[key].value, 0, self.language)}%"
            self.found[key] = self.found[key]._replace(shown=shown)

    def get(self, part: str, scenario: str, variant: str, name: str) -> Fact:
        """Return a figure; `NOTHING` where there is none."""
        return self.found.get((part, scenario, variant, name), NOTHING)

    @property
    def frame(self) -> pd.DataFrame:
        """All of it, tidy: one row a figure."""
        rows = [
            {
                **dict(zip(("part", "scenario", "variant", "name"), key, strict=True)),
                "label": self.words[key][0],
                "unit": self.words[key][1],
                "value": fact.value,
                "low": fact.low,
                "high": fact.high,
                "shown": fact.shown,
                "interval": fact.interval,
            }
            for key, fact in self.found.items()
        ]
        return pd.DataFrame(rows)


def written(
    value: float, ends: tuple[float, float], unit: str, language: Language
) -> tuple[str, str]:
    """Return a figure and its interval as people read them.

    Examples
    --------
    >>> written(12.34, (10.0, 14.5), "percent", "id")
    ('12,3%', '[10,0; 14,5]')
    >>> written(1.2e9, (1.1e9, 1.3e9), "rupiah", "en")
    ('Rp 1.2 billion', '[1.1; 1.3 billion]')
    """
    if not math.isfinite(value):
        return UNKNOWN, ""
    if unit.startswith("rupiah"):
        texts = [short_rupiah(each, language) for each in (value, *ends)]
    else:
        decimals = _decimals(value, ends, unit)
        texts = [number(each, decimals, language) for each in (value, *ends)]
        texts[0] += "%" if unit.startswith("percent") else ""
    spread = all(map(math.isfinite, ends)) and ends[0] < ends[1]
    low, high = (each.replace("Rp ", "") for each in texts[1:])
    words = [each.partition(" ")[2] for each in (low, high)]
    if words[0] == words[1]:
        low = low.partition(" ")[0]  # one word for both: [1.1; 1.3 billion]
    return texts[0], f"[{low}; {high}]" if spread else ""


def _decimals(value: float, ends: Sequence[float], unit: str) -> int:
    """Return how many decimals a figure and its interval bear."""
    if unit in FRACTIONS:
        return FRACTIONS[unit]
    known = [abs(each) for each in (value, *ends) if math.isfinite(each)]
    if all(each.is_integer() for each in known):
        return 0
    return 2 if max(known) < 2.0 else int(max(known) < 10.0)


def plain(value: float, language: Language) -> str:
    """Return the value of an input in three figures.

    Examples
    --------
    >>> plain(0.325, "id"), plain(250_000.0, "en")
    ('0,325', '250,000')
    """
    digits = f"{value:.3g}"
    decimals = 0 if "e" in digits else len(digits.partition(".")[2])
    return number(float(digits), decimals, language)


# Gathering


def gather(
    comparison: Comparison,
    found: Doubt | None,
    language: Language,
    budget: float | None = None,
) -> Facts:
    """Return every figure of a brief.

    Parameters
    ----------
    comparison : Comparison
        What was compared.
    found : Doubt or None
        How sure its answer is, where it was tested.
    language : {'id', 'en'}
        Of the reader.
    budget : float, optional
        Rupiah that each scenario spends.
    """
    facts = Facts(language)
    _add_constants(facts, comparison)
    if budget is not None:
        key = (FIXED, "", "", "budget")
        facts.add(key, say("brief.constant_budget", language), "rupiah", budget)
    for row in records(comparison.table):
        place = str(row["scenario"]), str(row["variant"]), str(row["indicator"])
        what = label(f"indicator.{row['indicator']}", language).text
        value, low, high = (float(str(row[end])) for end in ("value", "low", "high"))
        facts.add((COMPARED, *place), what, str(row["unit"]), value, (low, high))
    for row in records(comparison.places):
        place = str(row["scenario"]), str(row["place"]), str(row["indicator"])
        what = label(f"map.{row['indicator']}", language).text
        value, low, high = (float(str(row[end])) for end in ("value", "low", "high"))
        facts.add((PLACED, *place), what, str(row["unit"]), value, (low, high))
    _add_ranks(facts, comparison)
    for row in records(comparison.programmes):
        for name, unit in CLAIMS.items():
            low, high = (float(str(row[f"{name}_{end}"])) for end in ("low", "high"))
            key = CLAIMED, str(row["scenario"]), str(row["programme"]), name
            what = say(f"brief.{name}", language)
            facts.add(key, what, unit, float(str(row[name])), (low, high))
    if found is not None:
        _add_doubt(facts, found)
    return facts


def _add_constants(facts: Facts, comparison: Comparison) -> None:
    """Add what is the same for all: sizes, levels, the money for which effects are told."""
    first = comparison.scenarios[0]
    people = first.households
    constants = {
        "level": ("percent", 100.0 * LEVEL),
        "money": ("rupiah", BUDGET_UNIT),
        "fewest": ("households", FEWEST_SHOWN),
        "touched": ("percent", 100.0 * TOUCHED),
        "months": ("months", max(each.months for each in comparison.scenarios)),
        "year": ("months", YEAR),
        "horizon": ("months", HORIZON),
        "households": ("households", math.nan if people == "all" else people),
        "replicates": ("", max(each.replicates for each in comparison.scenarios)),
        "seed": ("", first.seed),
    }
    for name, (unit, value) in constants.items():
        what = say(f"brief.constant_{name}", facts.language)
        facts.add((FIXED, "", "", name), what, unit, float(value))
    for name in ("level", "touched"):
        facts.round((FIXED, "", "", name))


def _add_ranks(facts: Facts, comparison: Comparison) -> None:
    """Add how often each scenario comes first."""
    for row in records(comparison.ranks):
        if row["rank"] == 1:
            name = str(row["indicator"])
            measure = label(f"indicator.{name}", facts.language).text
            what = say("brief.first_place", facts.language, measure=measure)
            value = 100.0 * float(str(row["probability"]))
            key = (RANKED, str(row["scenario"]), SCENARIO, name)
            facts.add(key, what, "percent", value)
            facts.round(key)
            runs = (FIXED, "", "", f"runs {name}")
            facts.add(
                runs, say("brief.constant_replicates", facts.language), "", float(str(row["runs"]))
            )


def _add_doubt(facts: Facts, found: Doubt) -> None:
    """Add how sure the answer is, and where it stands at the ends of each input's range."""
    language, middle = facts.language, found.middle
    persons = UNITS[MEASURE]
    ends = middle["low"], middle["high"]
    what = say("brief.difference", language)
    if middle["value"] < 0.0:
        ends = -ends[1], -ends[0]
    facts.add((DOUBTED, "", "", "difference"), what, persons, abs(middle["value"]), ends)
    key = (DOUBTED, "", "", "unsourced")
    facts.add(key, say("brief.unsourced", language), "percent", found.unsourced)
    facts.round(key)
    moving = len(found.swings)
    others = set(TABLE) - set(found.swings.parameter) - set(found.still)
    counts = {
        "varied": moving + len(found.still),
        "moving": moving,
        "unsourced_moving": int(found.swings.unsourced.sum()),
        "turning": len(found.flips),
        "others": len(others),
        "others_unsourced": sum(TABLE[name].source.startswith(UNSOURCED) for name in others),
    }
    for name, count in counts.items():
        facts.add((DOUBTED, "", "", name), say(f"brief.{name}", language), "", float(count))
    facts.add(
        (DOUBTED, "", "", "replicates"),
        say("brief.constant_replicates", language),
        "",
        float(found.replicates),
    )
    for row in records(found.swings):
        name = str(row["parameter"])
        words = label(f"parameter.{name}", language)
        for end in ("default", "low", "high", "at_low", "at_high"):
            key, value = (VARIED, name, "", end), float(str(row[end]))
            facts.add(key, words.text, persons if end.startswith("at") else "", value)
            facts.words[key] = words.text, facts.words[key][1] or words.unit
            if not end.startswith("at"):
                shown = plain(value, language)
                facts.found[key] = facts.found[key]._replace(shown=shown)


def name_of(scenario: Scenario, language: Language) -> str:
    """Return what a scenario is called: by the label table, else by its own title or name."""
    known = f"scenario.{scenario.name}"
    return label(known, language).text if known in table() else scenario.title or scenario.name
