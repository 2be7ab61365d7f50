"""The tables and lists of a brief, as parts of its page."""

import re
from collections.abc import Sequence
from html import escape

from calibration.figures import table as figures
from scenarios.brief.doubt import UNSOURCED, Doubt
from scenarios.brief.facts import CLAIMED, CLAIMS, FIXED, NOTHING, RANKED, UNITS, VARIED, Fact
from scenarios.brief.story import Brief
from scenarios.runs.play import BENCHMARK, SCENARIO
from scenarios.runs.replicates import UNDECIDED
from scenarios.schema import Scenario
from scenarios.studies.ranks import AIMS
from scenarios.words.labels import label
from scenarios.words.labels import table as labels

COMPARED_BY = (
    "net_lifted",
    "losers",
    "cost",
    "public_cost",
    "net_per_budget",
    "irr",
    "women",
    "street_change",
    "others_net_lifted",
    "others_profit_change_percent",
)
WHO = (
    "lifted_out",
    "winners",
    "gap_change",
    "profit_change",
    "women",
    "house_change",
    "street_change",
)
PAYERS = (
    "cost",
    "cost_government",
    "cost_donor",
    "cost_investor",
    "area_assistance_change",
)
RISKS = (
    "pushed_in",
    "losers",
    "others_losers",
    "debt_change",
    "care_change",
    "others_closures_change",
    "loss",
    "refused_women",
    "refused_men",
)
GROUPS = {"who": WHO, "payers": PAYERS, "risks": RISKS}
"""Parts of the table of who gains, who pays and what may go wrong."""
TWICE = ("women", "losers", "street_change")
"""What the comparison has, too, and goes where room is scarce."""
SAID_BY_FIGURE = {"rupiah", "percent"}
MOST_INPUTS = 6
"""Inputs in the table of the page; the workbook has all."""
PLACED_BY, MOST_PLACES = ("headcount", "participants", "net_lifted"), 12
"""What is told of places, and of how many at most."""
MOST_CLAIMS = 5
LONGEST_SOURCE, LONGEST = 56, 220
"""Letters of a source and of a summary on the page."""


def table(
    caption: str, heads: Sequence[str], rows: Sequence[tuple[str, list[str]]], kind: str = "even"
) -> str:
    """Return a table whose first column names its rows.

    Parameters
    ----------
    caption : str
        Words; none where empty.
    heads : sequence of str
        Words above the columns.
    rows : sequence
        Words of each row, and the HTML of its cells.
    kind : str
        "even" where all columns but the first are alike, else "free".
    """
    return _table(caption, heads, [_row(*row) for row in rows], kind)


def _row(name: str, cells: Sequence[str]) -> str:
    inside = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(name)}</th>{inside}</tr>'


def _table(caption: str, heads: Sequence[str], body: Sequence[str], kind: str = "even") -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    rows = "\n".join(body)
    return (
        f'<div class="table"><table class="{kind}">{said}<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def items(lines: Sequence[str], kind: str = "") -> str:
    """Return a list."""
    return f"<ul{kind}>" + "".join(f"<li>{escape(each)}</li>" for each in lines) + "</ul>"


def figure_of(fact: Fact) -> str:
    """Return a figure with its interval as a cell holds it."""
    spread = f' <span class="interval">{escape(fact.interval)}</span>' if fact.interval else ""
    return f"<b>{escape(fact.shown)}</b>{spread}"


def scenarios(brief: Brief) -> str:
    """Return what is compared: what each scenario is, whom it enrols, what it costs."""
    rows = []
    for each in brief.scenarios:
        own = {name: brief.of(name, each.name).shown for name in ("participants", "cost")}
        size = brief.say("enrolled", **own) if each.programmes else brief.say("no_programme")
        rows.append((brief.called(each.name), [escape(explained(brief, each)), escape(size)]))
    return table("", [brief.say("scenario"), "", ""], rows, "free")


def explained(brief: Brief, scenario: Scenario) -> str:
    """Return one sentence about a scenario: by the label table, else its own summary."""
    known = f"scenario.{scenario.name}"
    if known in labels():
        return label(known, brief.language).explains
    return (
        scenario.summary if len(scenario.summary) <= LONGEST else f"{scenario.summary[:LONGEST]}…"
    )


def compared(brief: Brief) -> str:
    """Return the table that sets every scenario beside its money as cash."""
    rows = [(_called(brief, name), _cells(brief, name, True)) for name in COMPARED_BY]
    return table("", _heads(brief), rows)


def grouped(brief: Brief, claims: bool = False) -> str:
    """Return who gains, who pays and what may go wrong: the measures of which anything is known.

    Parameters
    ----------
    brief : Brief
        What it tells.
    claims : bool
        Whether what programmes would claim stands there, too.
    """
    body = []
    width = 1 + len(brief.scenarios)
    for group, names in GROUPS.items():
        twice = TWICE if claims else ()
        known = [
            name
            for name in names
            if name not in twice and any(brief.of(name, s.name).known for s in brief.scenarios)
        ]
        if known:
            said = escape(brief.say(group))
            body.append(
                f'<tr class="group"><th scope="rowgroup" colspan="{width}">{said}</th></tr>'
            )
        body += [_row(_called(brief, name), _cells(brief, name, False)) for name in known]
    if claims:
        body += [_row(brief.say(n), _claims(brief, n)) for n in CLAIMS if n != "true_lifted"]
    return _table("", _heads(brief), body) if body else ""


def _claims(brief: Brief, name: str) -> list[str]:
    """Return what the only programme of each scenario would claim."""
    found = [
        brief.facts.get(CLAIMED, each.name, each.programmes[0].name, name)
        if each.programmes
        else NOTHING
        for each in brief.scenarios
    ]
    return [figure_of(fact) for fact in found]


def _heads(brief: Brief) -> list[str]:
    return [brief.say("measure"), *(brief.called(each.name) for each in brief.scenarios)]


def _called(brief: Brief, name: str) -> str:
    """Return what a measure is called, with its unit where the figure does not show it."""
    words = label(f"indicator.{name}", brief.language)
    plain = UNITS[name] in SAID_BY_FIGURE or not words.unit
    return words.text if plain else f"{words.text}, {words.unit}"


def _cells(brief: Brief, name: str, beside: bool) -> list[str]:
    cells = []
    for scenario in brief.scenarios:
        cell = figure_of(brief.of(name, scenario.name))
        if (scenario.name, name) in undecided(brief):
            cell += f" {escape(brief.say('undecided'))}"
        cash = brief.of(name, scenario.name, BENCHMARK)
        if beside and cash.known and name != "cost":
            short = escape(brief.say("cash_short"))
            cell += f'<span class="cash">{short}: {figure_of(cash)}</span>'
        cells.append(cell)
    return cells


def undecided(brief: Brief) -> set[tuple[str, str]]:
    """Return scenarios and measures whose sign rests on what is least known."""
    rows = brief.comparison.table
    own = rows[(rows.decided == UNDECIDED) & (rows.variant == SCENARIO)]
    return set(zip(own.scenario, own.indicator, strict=True))


def ranked(brief: Brief) -> str:
    """Return how often each scenario comes first; nothing where there is one alone."""
    facts = brief.facts
    aims = [
        a
        for a in AIMS
        if any(facts.get(RANKED, s.name, SCENARIO, a).known for s in brief.scenarios)
    ]
    if not aims:
        return ""
    rows = [
        (
            label(f"indicator.{aim}", brief.language).text,
            [facts.get(RANKED, each.name, SCENARIO, aim).shown for each in brief.scenarios],
        )
        for aim in aims
    ]
    runs = brief.facts.get(FIXED, "", "", f"runs {aims[0]}").shown
    note = f'<p class="note">{escape(brief.say("ranks_note", runs=runs))}</p>'
    return table(brief.say("ranks"), _heads(brief), rows) + note


def places(brief: Brief) -> str:
    """Return what the best scenario does in each place; nothing where there are many."""
    found = [p for p in brief.places if any(brief.at(p, name).known for name in PLACED_BY)]
    if not 1 < len(found) <= MOST_PLACES:
        return ""
    heads = [brief.say("place"), *(label(f"map.{name}", brief.language).text for name in PLACED_BY)]
    rows = [
        (
            label(f"place.{place}", brief.language).text,
            [figure_of(brief.at(place, name)) for name in PLACED_BY],
        )
        for place in found
    ]
    return f'<div class="places">{table(brief.called(brief.best), heads, rows, "free")}</div>'


def claimed(brief: Brief) -> str:
    """Return what each programme would claim beside what is true; nothing where none is known."""
    rows = []
    for scenario in brief.scenarios:
        for programme in scenario.programmes:
            found = [brief.facts.get(CLAIMED, scenario.name, programme.name, n) for n in CLAIMS]
            if found[0].known:
                name = brief.called(scenario.name)
                several = len(scenario.programmes) > 1
                said = f"{name}: {programme.name}" if several else name
                rows.append((said, [figure_of(each) for each in found]))
    if not rows:
        return ""
    heads = [brief.say("programme"), *(brief.say(each) for each in CLAIMS)]
    note = f'<p class="note">{escape(brief.say("claims_note"))}</p>'
    return table(brief.say("claims"), heads, rows[:MOST_CLAIMS], "free") + note


def inputs(brief: Brief, doubt: Doubt) -> str:
    """Return the inputs that move the answer most, with their sources."""
    rows = []
    for row in doubt.swings.head(MOST_INPUTS).itertuples(index=False):
        name = str(row.parameter)
        words = label(f"parameter.{name}", brief.language)
        get = {end: brief.facts.get(VARIED, name, "", end).shown for end in ENDS}
        source = source_of(brief, str(row.source))
        cells = [
            f"<b>{escape(get['default'])}</b>",
            escape(f"{get['low']} … {get['high']}"),
            escape(f"{get['at_low']} … {get['at_high']}"),
            escape(source if len(source) <= LONGEST_SOURCE else f"{source[:LONGEST_SOURCE]}…"),
        ]
        rows.append((f"{words.text}, {words.unit}" if words.unit else words.text, cells))
    heads = [brief.say(each) for each in ("input", "usual", "range", "at_ends", "source")]
    return table(brief.say("inputs"), heads, rows, "free") if rows else ""


ENDS = ("default", "low", "high", "at_low", "at_high")


def source_of(brief: Brief, source: str) -> str:
    """Return the source of an input: studies by their names, and the reader's word for none."""
    if source.startswith(UNSOURCED):
        source = brief.say("no_source") + source.removeprefix(UNSOURCED)
    studies = figures("evidence").set_index("id").study
    return re.sub(r"\bE\d{3}\b", lambda found: f"{studies[found[0]]} ({found[0]})", source)
