"""The report of a validation: one page that needs nothing else, and the same as Markdown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from scenarios import validation
from scenarios.results import output
from scenarios.results.provenance import provenance
from scenarios.results.store import write_whole
from scenarios.results.tables import number
from scenarios.validation import FIT_BARS, UNITS, Check, Evidence, short

if TYPE_CHECKING:
    from calibration.dynamics import Held
    from calibration.trials import Estimate, Outcome

STYLE = """\
body { font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 68rem; padding: 0 1rem; }
table { border-collapse: collapse; font-size: 0.85rem; }
th, td { border-bottom: 1px solid #ccc; padding: 0.2rem 0.6rem; text-align: left; }
figure { margin: 1.5rem 0; } figure svg { height: auto; max-width: 100%; }
div.table { overflow-x: auto; } .miss { color: #a33b00; font-weight: bold; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Table(NamedTuple):
    """A table as people read it."""

    title: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


# Tables


def verdicts(found: Sequence[Check]) -> Table:
    """Return a table of checks."""
    rows = [
        (
            "met" if each.met else "MISS",
            each.rung,
            each.what,
            short(each.value),
            each.unit,
            each.bar,
        )
        for each in found
    ]
    return Table("Bars", ("", "rung", "what", "came out", "unit", "asked for"), rows)


def fit_table(rmse: Mapping[str, float]) -> Table:
    """Return the errors of the fit, those without a bar too."""
    rows = []
    for name, value in rmse.items():
        bar = FIT_BARS.get(name)
        met = "" if bar is None else "met" if value <= bar else "MISS"
        bars = "-" if bar is None else f"at most {short(bar)}"
        rows.append((name, short(value), UNITS[name.split()[0]], bars, met))
    return Table("Errors of the fit", ("moment", "RMSE", "unit", "asked for", ""), rows)


def parameter_table(draws: pd.DataFrame, fit: Mapping[str, Any]) -> Table:
    """Return the posterior beside the prior."""
    from simulation.parameters import TABLE

    rows = []
    for name in draws:
        row = TABLE[str(name)]
        low, middle, high = draws[name].quantile([0.05, 0.5, 0.95])
        shrunk = fit.get("contraction", {}).get(name, math.nan)
        prior = f"{short(row.low)} to {short(row.high)}"
        own = f"{short(low)} to {short(high)}"
        rows.append((str(name), row.unit, prior, short(middle), own, short(shrunk)))
    headers = ("parameter", "unit", "prior", "median", "90% interval", "contraction")
    return Table("Parameters", headers, rows)


def series_table(series: pd.DataFrame, part: str) -> Table:
    """Return published and predicted headcounts, survey by survey."""
    own = series[series.part == part].drop(columns="part")
    rows = [
        (str(row[0]), *(f"{value:.2f}" for value in row[1:]))
        for row in own.itertuples(index=False, name=None)
    ]
    return Table(f"Headcount predicted, {part} (percent)", tuple(map(str, own.columns)), rows)


def score_table(scores: pd.DataFrame) -> Table:
    """Return the scores of the model and its rivals."""
    headers = ("part", "name", "rmse", "bias", "crps", "coverage", "width", "signs")
    rows = [
        (str(row[0]), str(row[1]), *(short(float(value)) for value in row[2:]))
        for row in scores[list(headers)].itertuples(index=False, name=None)
    ]
    return Table("Scores of forecasts (points)", headers, rows)


def dynamics_table(found: "Sequence[Held]") -> Table:
    """Return what moves beside what is published, and where a parameter was set by that."""
    rows = []
    for each in found:
        of, verdict = each.check, "met" if each.inside else "MISS"
        published = f"{short(of.low)} to {short(of.high)}"
        if of.kind == "not published":
            verdict, published = "", "-"
        own = (of.name, short(each.value), of.unit, published, verdict, of.kind, of.source)
        rows.append(own)
    headers = ("what", "came out", "unit", "published", "", "kind", "source")
    return Table("What moves while the world stands still", headers, rows)


def _verdict(found: "Estimate") -> str:
    """Return whether an estimate is in its band, and whether chance might have it otherwise."""
    if found.inside is None:
        return ""
    return ("inside" if found.inside else "MISS") + (
        ", unsure" if found.sure is not None and not found.sure else ""
    )


def trial_table(outcomes: "Sequence[Outcome]") -> Table:
    """Return every measure of every trial."""
    rows = []
    for outcome in outcomes:
        for each in outcome.measures:
            band = "-"
            if each.inside is not None:
                band = Check("", "", 0.0, "", each.band_low, each.band_high, True).bar
            prior = "-" if math.isnan(each.prior_share) else f"{100.0 * each.prior_share:.0f}%"
            rows.append(
                (
                    outcome.name,
                    each.measure,
                    each.unit,
                    f"{short(each.estimate)} [{short(each.low)}; {short(each.high)}]",
                    short(each.paired),
                    short(each.published),
                    band,
                    _verdict(each),
                    prior,
                )
            )
    headers = ("trial", "measure", "unit", "estimate [95%]", "paired", "published", "band")
    return Table("Trials", (*headers, "", "priors inside"), rows)


def cell_table(cells: pd.DataFrame) -> Table:
    """Return the people cell by cell, the published figure behind each."""
    names = {"p0": 2, "p1": 2, "p2": 2, "gini": 3}
    rows = [
        (
            str(row["province"]),
            str(row["urban_rural"]),
            *(
                f"{number(row[name], decimals)} ({number(row[f'{name}_bps'], decimals)})"
                for name, decimals in names.items()
            ),
        )
        for row in cells.to_dict("records")
    ]
    headers = ("province", "part", *(f"{name.upper()} (BPS)" for name in names))
    return Table("People of March 2023", headers, rows)


# For a terminal


def as_text(found: Table) -> str:
    """Return a table as aligned text below its title."""
    left = 3 if found.headers[0] == "" else 2 if len(found.headers) > 5 else 1
    return f"{found.title.upper()}\n{output.table(found.headers, found.rows, left)}"


def told(checks: Sequence[Check]) -> str:
    """Return how many bars are met, and each miss in a line of its own."""
    missed = [each.sentence for each in checks if not each.met]
    return "\n".join([f"{len(checks) - len(missed)} of {len(checks)} bars are met.", *missed])


def lines(*parts: str) -> str:
    """Return parts of a text, each from a new line on."""
    return "".join(f"{part}\n" for part in parts)


def forecast_text(scores: pd.DataFrame, series: pd.DataFrame) -> str:
    """Return the hindcast as text."""
    tables = [series_table(series, part) for part in dict.fromkeys(series.part)]
    shown = [as_text(each) for each in (*tables, score_table(scores))]
    return lines(*shown, told(validation.forecast_checks(scores)), validation.WEAK)


def summary(found: Evidence) -> str:
    """Return what came out of all rungs as text."""
    own = validation.checks(found)
    said = [validation.QUICK] if found.quick else []
    remarks = [*validation.made(found.dynamics), *validation.remarks(found.outcomes)]
    tables = as_text(verdicts(own)), as_text(dynamics_table(found.dynamics))
    return lines(*tables, told(own), *remarks, validation.WEAK, *said)


# For programs


def trial_record(outcome: "Outcome") -> dict[str, Any]:
    """Return a trial as JSON has it; a band is its two ends, null where there is no bound."""

    def banded(row: dict[str, Any]) -> dict[str, Any]:
        ends = [float(row.pop("band_low")), float(row.pop("band_high"))]
        row["band"] = ends
        for name in ("inside", "paired_inside", "sure"):
            row[name] = None if row[name] is None else bool(row[name])
        return row

    measures = [banded(asdict(each)) for each in outcome.measures]
    return {**banded(dict(outcome.row())), "measures": measures}


def document(found: Evidence) -> dict[str, Any]:
    """Return all of it for programs that read JSON."""
    own = validation.checks(found)
    return {
        "quick": found.quick,
        "checks": [{**each._asdict(), "sentence": each.sentence} for each in own],
        "misses": [each.sentence for each in own if not each.met],
        "remarks": validation.remarks(found.outcomes),
        "cells": output.records(found.cells),
        "fit": dict(found.fit),
        "hindcast": forecast_record(found.scores, found.series),
        "dynamics": [each.record for each in found.dynamics],
        "trials": [trial_record(each) for each in found.outcomes],
    }


def forecast_record(scores: pd.DataFrame, series: pd.DataFrame) -> dict[str, Any]:
    """Return the hindcast for programs that read JSON; `rmse` is the country's headcount's."""
    own = validation.forecast_checks(scores)
    return {
        "rmse": own[0].value,
        "weak": validation.WEAK,
        "checks": [{**each._asdict(), "sentence": each.sentence} for each in own],
        "series": output.records(series),
        "scores": output.records(scores),
    }


# Pages


def sections(found: Evidence) -> list[tuple[str, list[str], list[Table], list[str]]]:
    """Return the report: of each section its title, sentences, tables and pictures."""
    own = validation.checks(found)
    missed = [each for each in own if not each.met]
    said = [f"{len(own) - len(missed)} of {len(own)} bars are met."]
    said += [f"{each.rung}: {each.sentence}" for each in missed] or ["No bar is missed."]
    v = validation
    series = [series_table(found.series, part) for part in dict.fromkeys(found.series.part)]
    return [
        ("What came out", [*([v.QUICK] if found.quick else []), *said], [verdicts(own)], []),
        ("The people", _of(own, v.PEOPLE), [cell_table(found.cells)], ["people"]),
        (
            "The fitted path, September 2015 to September 2019",
            _of(own, v.PATH),
            [fit_table(found.fit["rmse"]), parameter_table(found.draws, found.fit)],
            ["posterior"],
        ),
        (
            "The hindcast, March 2020 to March 2023",
            [v.WEAK, *_of(own, v.FORECAST)],
            [score_table(found.scores), *series],
            ["fan", "coverage"],
        ),
        (
            "What moves, and was not fitted",
            [v.MOTION, *_of(own, v.DYNAMICS), *v.made(found.dynamics)],
            [dynamics_table(found.dynamics)],
            ["dynamics"],
        ),
        (
            "Trials, none of which was used to fit",
            [*_of(own, v.TRIALS), *v.remarks(found.outcomes)],
            [trial_table(found.outcomes)],
            ["trials"],
        ),
    ]


def _of(checks: Sequence[Check], rung: str) -> list[str]:
    """Return the misses of a rung in words, or that there is none."""
    missed = [each.sentence for each in checks if each.rung == rung and not each.met]
    return missed or ["Every bar of this rung is met."]


def _versions() -> str:
    of = provenance([])
    sums = f"published figures {of['figures']}, posterior {of['posterior']}"
    return f"berdaya {of['berdaya']}, numpy {of['numpy']}, {sums}"


def as_html(found: Evidence, pictures: Mapping[str, tuple[str, str]]) -> str:
    """Return the report as one page.

    Parameters
    ----------
    found : Evidence
        What came of all rungs.
    pictures : mapping
        By name: SVG as it stands inside a page, and its caption.
    """
    parts = []
    for title, said, tables, names in sections(found):
        parts.append(f"<section>\n<h2>{escape(title)}</h2>")
        parts += [f"<p{_class(each)}>{escape(each)}</p>" for each in said]
        for name in names:
            svg, caption = pictures[name]
            parts.append(f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>")
        parts += [_html_table(each) for each in tables]
        parts.append("</section>")
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Berdaya against what is known</title>\n<style>\n{STYLE}</style>\n</head>\n"
        f"<body>\n<h1>Berdaya against what is known</h1>\n{body}\n"
        f"<footer><p>{escape(_versions())}</p></footer>\n</body>\n</html>\n"
    )


def _class(sentence: str) -> str:
    return ' class="miss"' if "Miss: " in sentence or " misses. " in sentence else ""


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in table.headers)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return (
        f'<div class="table"><table>\n<caption>{escape(table.title)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def as_markdown(found: Evidence, captions: Mapping[str, str]) -> str:
    """Return the report as Markdown; its pictures are files beside it."""
    lines = ["# Berdaya against what is known", ""]
    for title, said, tables, names in sections(found):
        lines += [f"## {title}", "", *(part for each in said for part in (each, ""))]
        for name in names:
            lines += [f"![{captions[name]}]({name}.svg)", ""]
        for table in tables:
            lines += [f"**{table.title}**", "", _row(table.headers), "|" + " --- |" * len(table[1])]
            lines += [*(_row(row) for row in table.rows), ""]
    return "\n".join([*lines, _versions(), ""])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def save(found: Evidence, folder: Path) -> list[Path]:
    """Write the report and its pictures into a folder, each whole or not at all; name them."""
    from scenarios.drawing.pictures import PICTURES, as_svg, inlined

    captions = {name: caption for name, (_, caption) in PICTURES.items()}
    drawn = {name: as_svg(draw(found)) for name, (draw, _) in PICTURES.items()}
    inside = {
        name: (inlined(svg, name, captions[name]), captions[name]) for name, svg in drawn.items()
    }
    files = {"report.html": as_html(found, inside), "report.md": as_markdown(found, captions)}
    files |= {f"{name}.svg": svg for name, svg in drawn.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_whole(folder / name, partial(_write, text))
    return [folder / name for name in files]


def _write(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")
