"""The page of a brief: four sheets of A4, one file, no script and no request to anywhere."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from scenarios.brief import blocks, story
from scenarios.brief.pictures import (
    MAPPED,
    answer_figure,
    comparison_figure,
    map_figure,
    picture,
    tornado,
)
from scenarios.brief.story import Brief
from scenarios.results.provenance import provenance
from scenarios.words.labels import label

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = Path(__file__).with_name("style.css")
ROOMY = 3
"""Scenarios beside each other at the usual size of letters; with more they are smaller."""
SHORT = 12
"""Letters of a checksum that are shown."""


def as_html(brief: Brief, workbook: str) -> str:
    """Return the page.

    Parameters
    ----------
    brief : Brief
        What it tells.
    workbook : str
        Name of the file that holds all figures.
    """
    sheets = [_answer(brief), _comparison(brief), _who(brief), _doubt(brief, workbook)]
    body = "\n".join(_sheet(brief, parts, at, len(sheets)) for at, parts in enumerate(sheets, 1))
    title = escape(brief.say("title"))
    return (
        f'<!DOCTYPE html>\n<html lang="{brief.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _sheet(brief: Brief, parts: Sequence[str], at: int, of: int) -> str:
    berdaya = f"Berdaya {provenance([])['berdaya']} · {brief.say('simulated')}"
    page = brief.say("page", page=at, pages=of)
    foot = f"<footer><span>{escape(berdaya)}</span><span>{escape(page)}</span></footer>"
    inside = "\n".join(part for part in parts if part)
    dense = " dense" if len(brief.scenarios) > ROOMY else ""
    return f'<section class="sheet{dense}">\n{inside}\n{foot}\n</section>'


def _said(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _brackets(brief: Brief) -> str:
    fixed = {name: brief.fixed(name) for name in ("level", "replicates", "fewest")}
    return _said(brief.say("brackets", **fixed), "note")


def _answer(brief: Brief) -> list[str]:
    asked, size = story.question(brief)
    sentences = "".join(f"<li>{escape(each)}</li>" for each in story.answer(brief))
    cards = "".join(
        f'<div class="card"><b>{escape(shown)}</b><span>{escape(what)}</span></div>'
        for shown, what in story.cards(brief)
    )
    money = brief.fixed("money")
    caption = f"{brief.say('picture_answer', money=money)}. {_bars(brief)}"
    return [
        f'<p><span class="badge">{escape(brief.say("simulated"))}</span></p>',
        f"<h1>{escape(brief.say('title'))}</h1>",
        _said(story.where(brief), "where"),
        f"<h2>{escape(brief.say('question'))}</h2>",
        _said(asked, "question"),
        _said(size, "note"),
        f"<h2>{escape(brief.say('answer'))}</h2>",
        f'<ol class="answer">{sentences}</ol>',
        picture("answer", answer_figure(brief), caption) if brief.sides else "",
        f"<h3>{escape(brief.say('before'))}</h3>",
        f'<div class="cards">{cards}</div>',
        f"<h3>{escape(brief.say('about_scenarios'))}</h3>",
        blocks.scenarios(brief),
        _brackets(brief),
        _said(brief.say("read_on"), "note"),
    ]


def _bars(brief: Brief) -> str:
    return brief.say("bars", level=brief.fixed("level"))


def _comparison(brief: Brief) -> list[str]:
    unsure = ""
    if blocks.undecided(brief):
        unsure = _said(brief.say("undecided_note", word=brief.say("undecided")), "note")
    caption = f"{brief.say('picture_comparison')}. {_bars(brief)}"
    return [
        f"<h2>{escape(brief.say('comparison'))}</h2>",
        _said(brief.say("comparison_note", year=brief.fixed("year")), "note"),
        blocks.compared(brief),
        unsure,
        picture("comparison", comparison_figure(brief), caption),
        blocks.ranked(brief),
        _brackets(brief),
    ]


def _who(brief: Brief) -> list[str]:
    """Return the third sheet: claims stand beside a narrow map, else in the table below."""
    narrow = len(brief.places) <= blocks.MOST_PLACES
    single = all(len(each.programmes) < 2 for each in brief.scenarios)
    inside = single and not narrow
    claims = _said(brief.say("claims_note"), "note") if inside else blocks.claimed(brief)
    return [
        f"<h2>{escape(brief.say('places'))}</h2>",
        *_places(brief, "" if inside else claims),
        blocks.grouped(brief, inside),
        _said(brief.say("payers_note"), "note"),
        claims if inside else "",
    ]


def _places(brief: Brief, claims: str) -> list[str]:
    """Return the map, with tables beside it where the places are few."""
    drawn = map_figure(brief)
    if drawn is None:
        areas = dict.fromkeys(each.area for each in brief.scenarios)
        named = [label(f"place.{area}", brief.language).text for area in areas]
        return [_said(brief.say("no_map", area=story.listed(named, brief)), "note"), claims]
    words = label(MAPPED, brief.language).text
    caption = brief.say("picture_map", measure=words, best=brief.called(brief.best))
    shown = picture("map", drawn, f"{caption}. {brief.say('no_league')}")
    beside = blocks.places(brief)
    if not beside:
        return [shown, claims]
    return [f'<div class="columns">{shown}<div>{beside}{claims}</div></div>']


def _doubt(brief: Brief, workbook: str) -> list[str]:
    drawn = table = ""
    if brief.doubt is not None and len(brief.doubt.swings):
        caption = brief.say("picture_tornado")
        drawn = picture("tornado", tornado(brief, brief.doubt), caption)
        table = blocks.inputs(brief, brief.doubt)
    return [
        f"<h2>{escape(brief.say('doubt'))}</h2>",
        blocks.items(story.doubts(brief), ' class="plain"'),
        drawn,
        table,
        f'<div class="box"><h3>{escape(brief.say("box"))}</h3>',
        f"{blocks.items(story.box(brief))}</div>",
        f"<h3>{escape(brief.say('redo'))}</h3>",
        _redo(brief, workbook),
    ]


def _redo(brief: Brief, workbook: str) -> str:
    """Return the command, the seed, and versions of code and data."""
    of = provenance([])
    data = brief.say(
        "redo_data_text", figures=of["figures"][:SHORT], posterior=of["posterior"][:SHORT]
    )
    lines = [
        (brief.say("redo_command"), f"<code>{escape(brief.again)}</code>"),
        (brief.say("redo_seed"), escape(brief.fixed("seed"))),
        (
            brief.say("redo_versions"),
            escape(f"Berdaya {of['berdaya']}, Python {of['python']}, NumPy {of['numpy']}"),
        ),
        (brief.say("redo_data"), escape(data)),
    ]
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{what}</dd>" for name, what in lines)
    return f"<dl>{rows}</dl>{_said(brief.say('redo_workbook', file=workbook), 'note')}"
