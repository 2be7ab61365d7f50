"""Figures as words: with intervals and units, in either language; no number is typed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from scenarios.runs.effects import GROUPS, INDICATORS
from scenarios.runs.play import BENCHMARK, SCENARIO
from scenarios.runs.replicates import mean_of
from scenarios.words import numerals
from scenarios.words.labels import Language, label, say, table

if TYPE_CHECKING:
    from calibration.trials import Outcome

NAMES = ("scenario", "parameter", "place", "trial", "unit", "notebooks.name")
"""Kinds of labels that stand in pictures and tables by the name that the program uses."""


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
        return own[own.indicator == indicator].iloc[0]

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
        fills: dict[str, str | int] = {"ahead": ahead, "runs": len(wide)}
        fills["scenario"] = label_of(scenario, self.language)
        if min(here, cash) <= 0.0:
            return self._say("box.flips.none", **fills)
        way = "dearer" if here > cash else "cheaper"
        apart = 100.0 * abs(here / cash - 1.0)
        change = numerals.percent(apart, 0 if apart >= 1.0 else 2, self.language)
        return self._say(f"box.flips.{way}", change=change, **fills)

    def _say(self, name: str, **fills: str | int) -> str:
        return say(f"notebooks.{name}", self.language, **fills)


def told(value: float, low: float, high: float, unit: str, language: Language) -> str:
    """Return a figure with its interval, and its unit in words where the number does not show it.

    Examples
    --------
    >>> told(134.2, 117.9, 150.5, "persons", "en"), told(4.5, 4.5, 4.5, "percent", "id")
    ('134 persons (118 to 150)', '4,5%')
    >>> told(2.4e9, 2.35e9, 2.46e9, "rupiah", "id"), told(2.4e9, 2.39e9, 2.41e9, "rupiah", "id")
    ('Rp 2,4 miliar (Rp 2,4 miliar sampai Rp 2,5 miliar)', 'Rp 2,4 miliar')
    """
    decimals = _decimals([value, low, high], unit)
    shown, *ends = (_written(each, decimals, unit, language) for each in (value, low, high))
    if shown == numerals.UNKNOWN:
        return shown
    alike = set(ends) == {shown}
    if not unit.startswith(("rupiah", "percent")):
        shown = f"{shown} {label(f'unit.{unit}', language).text}"
    if alike or numerals.UNKNOWN in ends:
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
