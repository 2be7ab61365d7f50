"""Results as people read them: aligned tables, money as written in Indonesia."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeGuard

from scenarios.results.output import Record, table
from scenarios.runs.effects import GROUPS
from scenarios.runs.play import SCENARIO
from scenarios.runs.replicates import ALL_THREE, CHANCE_ALONE, LEVEL, SHARES, UNDECIDED
from scenarios.schema import BEYOND_HORIZON, Scenario
from simulation.rupiah import format_rupiah

CLAIMS = {
    "enrolled": ("enrolled", "households"),
    "claimed": ("KPI\nclaimed, %", "percent"),
    "claimed_lifted": ("persons lifted,\nclaimed", "persons"),
    "true_lifted": ("persons lifted,\ntrue (net)", "persons"),
    "ratio": ("claimed\nover true", "times"),
    "anyway": ("of claimed:\nanyway, %", "percent"),
    "before_after_profit": ("profit a month,\nclaimed", "rupiah a month"),
    "true_profit": ("profit a month,\ntrue", "rupiah a month"),
    "cost": ("cost", "rupiah"),
}
"""Figures of a programme: their heading and unit."""
WITHOUT_INTERVAL = {"enrolled", "cost"}
TRADED = {
    "net_lifted": "net lifted\nout, persons",
    "headcount_change": "headcount (P0),\nchange, points",
    "net_per_budget": "net lifted a\nRp 100 million, persons",
    "cost": "cost,\nall payers",
    "public_cost": "net public\ncost",
    "irr": "investor's IRR\n(nominal), %",
    "women": "firms led by\nwomen, households",
    "street_change": "street in a year,\nchange, points",
    "others_net_lifted": "others: net\nlifted out, persons",
    "others_profit_change_percent": "others: profit,\nchange, %",
}
"""What is shown of `ranks.AIMS`, with its heading; the last comma begins the unit."""
PAIRS = {"p0": ("P0", 2), "p1": ("P1", 2), "p2": ("P2", 2), "gini": ("Gini", 3)}


def of_run(scenario: Scenario, summary: Sequence[Record]) -> str:
    """Return the summary of one run.

    Parameters
    ----------
    scenario
        What was run.
    summary
        Rows with indicator, unit, value, low and high.
    """
    rows = [[_words(row["indicator"]), _unit(row), estimate(row)] for row in summary]
    text = table(["", "", scenario.name], rows, left=2)
    return f"{_place(scenario)}; last 12 months\n\n{text}\n{_foot([scenario])}"


def of_comparison(
    scenarios: Sequence[Scenario],
    rows: Sequence[Record],
    programmes: Sequence[Record] = (),
    notes: Sequence[Record] = (),
    ranks: Sequence[Record] = (),
) -> str:
    """Return a comparison: group by group the scenarios, beside each its cash benchmark.

    Below stand what scenarios trade, how often each comes first, what each programme claims and
    what was to be said.

    Parameters
    ----------
    scenarios
        What was compared.
    rows
        The tidy table.
    programmes
        One row a scenario and programme.
    notes
        Rows with scenario, note and replicates.
    ranks
        Rows as `ranks.ranks` returns; without any, trade-offs are not shown either.
    """
    variants = list(dict.fromkeys(str(row["variant"]) for row in rows))
    lines: list[list[str]] = []
    for group, heading in GROUPS.items():
        own = [row for row in rows if row["group"] == group]
        found = _blocks(own, [each.name for each in scenarios], variants)
        if found:
            lines += [[""], [heading.upper()], *found] if lines else [[heading.upper()], *found]
    places = "".join(f"{place}\n" for place in dict.fromkeys(map(_place, scenarios)))
    foot = (
        "Changes are against the same people and draws without the programme, in the last "
        "12 months; what is paid and received counts all months.\n"
        "-: does not apply, or too few households to show.\n"
    )
    traded = _tradeoffs(rows) + _firsts(ranks) if ranks else ""
    said = traded + _claims(programmes) + _notes(scenarios, notes)
    return f"{places}\n{table(['', *variants], lines)}\n{said}{_foot(scenarios)}{foot}"


def _blocks(
    rows: Sequence[Record], scenarios: Sequence[str], variants: Sequence[str]
) -> list[list[str]]:
    """Return the lines of a group: each indicator with a line a scenario, where any is known."""
    shown = {
        (row["indicator"], row["scenario"], row["variant"]): _marked(row)
        for row in rows
        if _is_known(row["value"])
    }
    labels = {row["indicator"]: f"{row['label']}, {_unit(row)}".rstrip(", ") for row in rows}
    lines: list[list[str]] = []
    for indicator, label in labels.items():
        if any(key[0] == indicator for key in shown):
            lines.append([label])
            lines += [
                [f"  {each}", *(shown.get((indicator, each, v), "-") for v in variants)]
                for each in scenarios
            ]
    return lines


def _marked(row: Record) -> str:
    """Return an estimate, with a word where its sign rests on what is least known."""
    return f"{estimate(row)} {UNDECIDED}" if row.get("decided") == UNDECIDED else estimate(row)


def _tradeoffs(rows: Sequence[Record]) -> str:
    """Return what each scenario gains and gives, side by side; nothing where nothing is known."""
    own = {
        (str(row["scenario"]), str(row["indicator"])): row
        for row in rows
        if row["variant"] == SCENARIO and row["indicator"] in TRADED and _is_known(row["value"])
    }
    names, aims = _sides(own)
    lines = [[each, *(_cell(own, each, aim) for aim in aims)] for each in names]
    heads = ["scenario", *(TRADED[aim] for aim in aims)]
    return f"WHAT EACH TRADES\n{table(heads, lines)}\n" if lines else ""


def _firsts(ranks: Sequence[Record]) -> str:
    """Return how often each scenario comes first, with its mean rank; nothing where none is ranked.

    Parameters
    ----------
    ranks
        Rows with indicator, scenario, rank, probability and runs.
    """
    means: dict[tuple[str, str], float] = {}
    firsts: dict[tuple[str, str], float] = {}
    for row in ranks:
        place = (str(row["scenario"]), str(row["indicator"]))
        rank, probability = float(str(row["rank"])), float(str(row["probability"]))
        means[place] = means.get(place, 0.0) + rank * probability
        firsts[place] = firsts.get(place, probability)
    names, aims = _sides(means)
    shown = {each: f"{100.0 * firsts[each]:.0f}% ({means[each]:.1f})" for each in means}
    lines = [[each, *(shown.get((each, aim), "-") for aim in aims)] for each in names]
    heads = ["scenario", *(TRADED[aim].rpartition(", ")[0] or TRADED[aim] for aim in aims)]
    often = " to ".join(str(each) for each in sorted({int(str(row["runs"])) for row in ranks}))
    foot = f"Of {often} runs each, in which all have the same people and draws.\n\n"
    title = "HOW OFTEN EACH COMES FIRST (and its mean rank)"
    return f"{title}\n{table(heads, lines)}{foot}" if lines else ""


def _sides(places: Collection[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Return the scenarios and the aims of which anything is known, in their order."""
    names = list(dict.fromkeys(name for name, _ in places))
    return names, [aim for aim in TRADED if any(aim == known for _, known in places)]


def _cell(own: Mapping[tuple[str, str], Record], name: str, aim: str) -> str:
    return _marked(own[name, aim]) if (name, aim) in own else "-"


def _claims(programmes: Sequence[Record]) -> str:
    """Return what each programme claims beside what it did; nothing where none is shown."""
    known = [row for row in programmes if _is_known(row["enrolled"])]
    if not known:
        return ""
    columns = [name for name in CLAIMS if any(_is_known(row[name]) for row in known)]
    lines = []
    for row in known:
        cells = []
        for name in columns:
            ends = [name] * 2 if name in WITHOUT_INTERVAL else [f"{name}_low", f"{name}_high"]
            spread = dict(zip(("low", "high"), (row[end] for end in ends), strict=True))
            cells.append(estimate({"unit": CLAIMS[name][1], "value": row[name], **spread}))
        lines.append([str(row["scenario"]), str(row["programme"]), str(row["kpi"]), *cells])
    heads = ["scenario", "programme", "KPI", *(CLAIMS[name][0] for name in columns)]
    foot = (
        "Claimed: against the day of enrolment, as a provider reports. True: against the same "
        "people without it.\n"
    )
    if "anyway" in columns:
        foot += "Anyway: those claimed who are above the line without it too.\n"
    return f"WHAT EACH PROGRAMME CLAIMS\n{table(heads, lines, left=3)}{foot}\n"


def _notes(scenarios: Sequence[Scenario], notes: Sequence[Record]) -> str:
    """Return what was to be said, one line each; nothing where nothing was."""
    of = {scenario.name: scenario.replicates for scenario in scenarios}
    lines = []
    for row in notes:
        often, total = row["replicates"], of.get(str(row["scenario"]))
        where = "" if often == total else f" ({often} of {total} replicates)"
        lines.append(f"  {row['scenario']}: {row['note']}{where}\n")
    return f"NOTES\n{''.join(lines)}\n" if lines else ""


def shares_of(rows: Sequence[Record], draws: int, text: str) -> str:
    """Return a comparison's text with what its intervals are made of, in percent of the variance.

    Parameters
    ----------
    rows : sequence of mapping
        The tidy table, with `SHARES`.
    draws : int
        Of the parameters.
    text : str
        The comparison, which speaks of chance alone.
    """
    lines = []
    for row in rows:
        parts = [row[name] for name in SHARES]
        squares = [float(p) ** 2 if isinstance(p, float) and p == p else 0.0 for p in parts]
        if row["variant"] == "scenario" and sum(squares) > 0.0:
            shares = [f"{100.0 * each / sum(squares):.0f}" for each in squares]
            lines.append([str(row["label"]), str(row["scenario"]), *shares])
    heads = ["percent of the variance", "scenario", "parameters", "chance", "people"]
    title = f"WHAT THE INTERVALS ARE MADE OF, at {draws} draws of the parameters"
    made = f"\n{title}\n{table(heads, lines, left=2)}" if lines else ""
    foot = "The part of people stands on few samples and is rough.\n" if lines else ""
    return text.replace(CHANCE_ALONE, ALL_THREE) + made + foot


def of_population(rows: Sequence[Record]) -> str:
    """Return the synthetic population, with what it is made from in brackets behind each figure.

    Parameters
    ----------
    rows
        One a cell, and totals.
    """
    headers = ["province", "part", "households"]
    source, end = ("own", "_own") if "p0_own" in rows[0] else ("BPS", "_bps")
    headers += [f"{title} ({source})" for title, _ in PAIRS.values()] + ["spending a head"]
    lines = []
    for row in rows:
        pairs = [
            f"{number(row[name], decimals)} ({number(row[f'{name}{end}'], decimals)})"
            for name, (_, decimals) in PAIRS.items()
        ]
        place = [str(row["province"]), str(row["urban_rural"])]
        lines.append([*place, number(row["households"], 0), *pairs, _money(row["mean"])])
    foot = "P0, P1, P2 in percent; spending in rupiah a month, as a survey measures it.\n"
    return f"{table(headers, lines, left=2)}\n{foot}"


def estimate(row: Record) -> str:
    """Return a value with its interval, [low; high].

    Parameters
    ----------
    row
        With unit, value, low and high.

    Examples
    --------
    >>> estimate({"unit": "percent", "value": 4.2381, "low": 4.0, "high": 4.4761})
    '4.24 [4.00; 4.48]'
    >>> estimate({"unit": "rupiah a month", "value": 40406.6, "low": -8818.9, "high": 89632.0})
    'Rp 40.407 [-8.819; 89.632]'
    """
    values = [row[name] for name in ("value", "low", "high")]
    known = [abs(value) for value in values if _is_known(value)]
    unit = str(row["unit"])
    if not known:
        return "-"
    if unit.startswith("rupiah"):
        value, low, high = (_money(each) for each in values)
        low, high = low.replace("Rp ", ""), high.replace("Rp ", "")
    else:
        exact = unit.startswith(("percent", "points")) or max(known) < 10
        decimals = 2 if exact else int(max(known) < 100)
        value, low, high = (number(each, decimals) for each in values)
    return f"{value} [{low}; {high}]" if len(set(values)) > 1 and len(known) == 3 else value


def number(value: object, decimals: int) -> str:
    """Return a number with a point before its decimals and a space between its thousands.

    Examples
    --------
    >>> number(1234567.8, 0), number(-0.001, 2), number(float("nan"), 2)
    ('1 234 568', '0.00', '-')
    """
    if not _is_known(value):
        return "-"
    # Adding zero makes a plain zero of one below zero.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace(",", " ")


def _money(value: object) -> str:
    return format_rupiah(value) if _is_known(value) else "-"


def _is_known(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and math.isfinite(value)


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def _unit(row: Record) -> str:
    """Return the unit beside numbers that show Rp themselves."""
    return str(row["unit"]).replace("rupiah", "").replace("percent", "%").strip()


def _place(scenario: Scenario) -> str:
    """Return where, when and how many."""
    people = scenario.households
    shown = "all" if people == "all" else number(people, 0)
    label = "" if scenario.is_forecast else f" ({BEYOND_HORIZON})"
    when = f"{scenario.months} months from {scenario.start}{label}"
    return f"{scenario.place}, {when}, {shown} households"


def _foot(scenarios: Sequence[Scenario]) -> str:
    counts = sorted({scenario.replicates for scenario in scenarios})
    often = " or ".join(map(str, counts))
    runs = "replicate" if counts == [1] else "replicates"
    spread = f" [{LEVEL:.0%} interval, of chance alone; none where all replicates agree]"
    return f"Mean{'' if counts == [1] else spread} of {often} {runs}.\n"
