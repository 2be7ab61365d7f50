"""The workbook behind a brief: every figure as it is shown, and in full."""

import platform
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from scenarios.brief import blocks, story
from scenarios.brief.story import Brief
from scenarios.grammar import describe
from scenarios.results.exports import write_excel
from scenarios.results.provenance import version
from scenarios.runs.play import BENCHMARK, SCENARIO
from scenarios.runs.replicates import SHOWN
from scenarios.words.labels import label


def save(brief: Brief, path: Path) -> None:
    """Write the workbook, whole or not at all.

    Parameters
    ----------
    brief : Brief
        What it holds the figures of.
    path : pathlib.Path
        Ends in .xlsx.
    """
    write_excel(path, tables(brief), _about(brief))


def tables(brief: Brief) -> dict[str, pd.DataFrame]:
    """Return the sheets by name, heads and words in the reader's language."""
    found = {
        "answer": _sentences(brief),
        "figures": _worded(brief, brief.facts.frame),
        "comparison": _comparison(brief),
        "ranks": _measured(brief, brief.comparison.ranks),
        "claims": _claims(brief),
        "payers": _worded(brief, brief.comparison.payers),
        "inputs": _inputs(brief),
        "places": _measured(brief, brief.comparison.places, "map"),
        "terms": _terms(brief),
    }
    return {brief.say(f"sheet_{name}"): each for name, each in found.items() if len(each)}


def _about(brief: Brief) -> Mapping[str, str]:
    return {
        brief.say("title"): brief.say("workbook_what"),
        brief.say("where_head"): story.where(brief),
        brief.say("redo_command"): brief.again,
        brief.say("redo_seed"): brief.fixed("seed"),
        "Berdaya": version(),
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "pandas": pd.__version__,
    }


def _sentences(brief: Brief) -> pd.DataFrame:
    """Return what the page says in sentences."""
    parts = {
        "question": story.question(brief),
        "answer": story.answer(brief),
        "before": [f"{shown}: {what}" for shown, what in story.cards(brief)],
        "doubt": story.doubts(brief),
        "box": story.box(brief),
    }
    rows = [(brief.say(part), said) for part, sentences in parts.items() for said in sentences]
    return pd.DataFrame(rows, columns=[brief.say("part"), brief.say("sentence")])


def _worded(brief: Brief, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with scenarios, variants and heads in the reader's language."""
    words = {each.name: brief.called(each.name) for each in brief.scenarios}
    variants = {SCENARIO: brief.say("programme_short"), BENCHMARK: brief.say("cash")}
    shown = frame.copy()
    for column, names in (("scenario", words), ("variant", variants)):
        if column in shown:
            shown[column] = [names.get(str(each), each) for each in shown[column]]
    heads = {each: brief.say(f"head_{each}") for each in HEADS if each in shown}
    return shown.rename(columns=heads)


HEADS = (
    "part",
    "scenario",
    "variant",
    "name",
    "label",
    "unit",
    "value",
    "low",
    "high",
    "shown",
    "interval",
    "indicator",
    "rank",
    "probability",
    "runs",
    "place",
    "programme",
    "month",
    "payer",
    "replicate",
    "replicates",
    "paid",
    "recovered",
    "transferred",
    "net",
    "prices",
    "decided",
)
"""Columns whose heads are words."""


def _measured(brief: Brief, frame: pd.DataFrame, kind: str = "indicator") -> pd.DataFrame:
    """Return a table whose measures are in the reader's language, too."""
    names = [label(f"{kind}.{each}", brief.language).text for each in frame.indicator]
    return _worded(brief, frame.assign(indicator=names))


def _comparison(brief: Brief) -> pd.DataFrame:
    """Return means and intervals of every measure, with its unit."""
    own = brief.comparison.table.drop(columns=["label", "group"])
    own = own[own.value.notna()]
    units = [label(f"indicator.{each}", brief.language).unit for each in own.indicator]
    return _measured(brief, own.assign(unit=units))


def _claims(brief: Brief) -> pd.DataFrame:
    own = brief.comparison.programmes
    return _worded(brief, own[["scenario", "programme", *SHOWN]])


def _inputs(brief: Brief) -> pd.DataFrame:
    """Return every input that was varied: what it is, its source, and where it moves the answer."""
    if brief.doubt is None:
        return pd.DataFrame()
    rows = []
    for row in brief.doubt.swings.to_dict("records"):
        words = label(f"parameter.{row['parameter']}", brief.language)
        rows.append(
            {
                brief.say("head_name"): row["parameter"],
                brief.say("input"): words.text,
                brief.say("head_unit"): words.unit,
                brief.say("usual"): row["default"],
                brief.say("head_low"): row["low"],
                brief.say("head_high"): row["high"],
                brief.say("answer_low"): row["at_low"],
                brief.say("answer_high"): row["at_high"],
                brief.say("turns"): brief.say(f"turns_{row['flips'] or 'no'}"),
                brief.say("source"): blocks.source_of(brief, row["source"]),
                brief.say("explains"): words.explains,
            }
        )
    return pd.DataFrame(rows)


def _terms(brief: Brief) -> pd.DataFrame:
    """Return every term of every scenario, as the command takes it."""
    rows = [
        (brief.called(each.name), path, str(value))
        for each in brief.scenarios
        for path, value in describe.terms(each)
    ]
    return pd.DataFrame(rows, columns=[brief.say(each) for each in ("scenario", "term", "value")])
