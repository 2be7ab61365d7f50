"""Presets: every row is a term within its range, with a source; what is written beats them."""

import csv
import re
from functools import cache, reduce
from itertools import product

import pytest
from pydantic import ValidationError

from calibration import figures
from simulation.programmes.presets import TABLE, filled, presets
from simulation.programmes.programme import Programme
from simulation.programmes.terms import Finance, Target

with TABLE.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
COURSE = {"modules": 3, "cost": "Rp 3,5 juta"}
BARE = {"name": "tried", "target": Target(group="enterprise owners"), "starts": 0, "seats": 10}
HARDLY_ANYTHING = {
    "archetype": (Programme, BARE),
    "organiser": (Programme, {**BARE, "training": COURSE}),
    "instrument": (Finance, {"amount": "Rp 5 juta"}),
}
"""What a preset is tried with: the least that its group of terms needs beside it."""

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['name']}: {row['path']}")


def choices(kind):
    """Return the names that the term which chooses a preset may take."""
    group, _ = HARDLY_ANYTHING[kind]
    schema = group.model_json_schema()["properties"][kind]
    options = [schema, *schema.get("anyOf", [])]
    return next(option["enum"] for option in options if "enum" in option)


def made(kind, name, **written):
    """Return what a preset makes of hardly anything, and what is written beside it."""
    group, least = HARDLY_ANYTHING[kind]
    return group(**{**least, kind: name, **written})


def at(whole, path):
    """Return what stands at a path of a group of terms, or of names and values."""
    get = dict.__getitem__ if isinstance(whole, dict) else getattr
    return reduce(get, path.split("."), whole)


def under(path, value):
    """Return names within names, with a value at the end."""
    for step in reversed(path.split(".")):
        value = {step: value}
    return value


# The table


def test_the_table_has_every_choice_once_and_no_other():
    assert set(presets()) == set(HARDLY_ANYTHING)
    for kind in HARDLY_ANYTHING:
        assert set(presets()[kind]) == set(choices(kind))
    keys = [(row["kind"], row["name"], row["path"]) for row in ROWS]
    assert len(keys) == len(set(keys))


@each_row
def test_a_row_gives_its_term_its_value(row):
    value = at(made(row["kind"], row["name"]), row["path"])
    if isinstance(value, bool):
        assert row["value"] == str(value).lower()
    elif isinstance(value, str):
        assert row["value"] == value
    else:
        assert float(row["value"]) == value


# Sources


@cache
def published():
    """Return the periods of each published indicator, and the ids of the evidence."""
    tables = [figures.table(name) for name in figures.names()]
    found = {}
    for table in tables:
        if "indicator" in table:
            for indicator, period in table[["indicator", "period"]].drop_duplicates().to_numpy():
                found.setdefault(indicator, set()).add(period)
    return found, set(figures.table("evidence")["id"])


def sources_in(text):
    """Return the published figures that a text names, with the period behind them, and evidence.

    Several names share a period: "this_one and that_one 2023".
    """
    named = re.findall(r"\b([a-z]+(?:_[a-z0-9]+)+)\b|(?<![\w/-])(20\d\d[\d/-]*)", text)
    pending, found = [], []
    for indicator, period in named:
        if indicator:
            pending.append(indicator)
        else:
            found += [(each, period.rstrip("/-")) for each in pending]
            pending = []
    found += [(each, "") for each in pending]
    return found, re.findall(r"\bE\d{3}\b", text)


def wrong_sources(text):
    """Return what a text gives as a source though there is no such figure or evidence."""
    periods, ids = published()
    indicators, evidence = sources_in(text)
    wrong = [
        f"{indicator} {period}".strip()
        for indicator, period in indicators
        if not any(each == period or each.startswith(period) for each in periods.get(indicator, ()))
    ]
    return wrong + [each for each in evidence if each not in ids]


def stated(text):
    """Return the number that a text gives as its source, where it gives nothing else.

    One figure, or the sum of several of one period; percentages as shares.
    """
    whole = re.fullmatch(r"(?:[a-z ]+: )?([a-z_0-9]+(?: and [a-z_0-9]+)*) (20[\d/-]+)", text)
    if not whole or "_" not in whole[1]:
        return None
    total = 0.0
    for indicator in whole[1].split(" and "):
        facts = figures.table(table_of(indicator))
        facts = facts[(facts.indicator == indicator) & facts.period.str.startswith(whole[2])]
        (value,) = facts.value.unique()
        (unit,) = facts.unit.unique()
        total += value / 100 if unit.startswith("percent") else value
    return total


@cache
def table_of(indicator):
    """Return the name of the table that holds an indicator."""
    for name in figures.names():
        table = figures.table(name)
        if "indicator" in table and (table.indicator == indicator).any():
            return name
    raise KeyError(indicator)


def has_source(text):
    """Return whether a text names a source, or says that there is none."""
    said = text.casefold()
    return any(sources_in(text)) or "assumption" in said or "by definition" in said


@each_row
def test_a_row_has_a_source_that_exists(row):
    assert has_source(row["source"])
    assert wrong_sources(row["source"]) == []
    number = stated(row["source"])
    assert number is None or float(row["value"]) == pytest.approx(number)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("prakerja_trainig 2023", ["prakerja_trainig 2023"]),
        ("prakerja_training 2001", ["prakerja_training 2001"]),
        ("prakerja_training", []),
        ("pkh_facilitator_honorarium and pkh_facilitator_incentive 2025", []),
        ("pkh_facilitator_honorarium and pkh_facilitator_incentive 2024", 2),
        ("E094 (kur_npl 2023-07), E999", ["E999"]),
    ],
)
def test_a_source_that_does_not_exist_is_noticed(text, wrong):
    found = wrong_sources(text)
    assert len(found) == wrong if isinstance(wrong, int) else found == wrong


# What they make


@pytest.mark.parametrize(
    ("archetype", "organiser"), [*product(choices("archetype"), choices("organiser"))]
)
def test_every_archetype_with_every_organiser_is_a_programme(archetype, organiser):
    programme = Programme(**BARE, archetype=archetype, organiser=organiser)
    assert programme.training is not None
    assert Programme.model_validate(programme.model_dump()) == programme


def test_an_archetype_beats_an_organiser():
    for delivery in ("hybrid", "online"):
        archetype = "self-learning" if delivery == "online" else "topical one-off"
        programme = Programme(**BARE, archetype=archetype, organiser="selling platform")
        assert programme.practices.delivery == delivery


@pytest.mark.parametrize("organiser", choices("organiser"))
def test_an_organiser_alone_is_no_programme(organiser):
    with pytest.raises(ValidationError, match="at least one part"):
        Programme(**BARE, organiser=organiser)


@pytest.mark.parametrize("instrument", choices("instrument"))
def test_every_instrument_needs_only_an_amount(instrument):
    finance = Finance(instrument=instrument, amount="Rp 5 juta")
    assert finance.paid_back == (instrument != "grant")
    if finance.paid_back:
        assert finance.ceiling > finance.amount
    assert Finance.model_validate(finance.model_dump()) == finance


def test_a_moneylender_takes_a_fifth_in_twenty_four_days():
    """As published: Rp 50.000 a day for 24 days on Rp 1 million."""
    finance = Finance(instrument="moneylender", amount="Rp 1 juta")
    in_24_days = (finance.ceiling - finance.amount) * 24 / (365 / 12)
    daily = figures.value("moneylender_instalment", "DKI Jakarta")
    assert in_24_days == pytest.approx(24 * daily - finance.amount, rel=0.01)


# What is written stands


@each_row
def test_what_is_written_beats_a_row(row):
    written = object()
    whole = filled({row["kind"]: row["name"], **under(row["path"], written)}, row["kind"])
    assert at(whole, row["path"]) is written
    for other in presets()[row["kind"]][row["name"]]:
        assert at(whole, other) is not None


@pytest.mark.parametrize("row", [row for row in ROWS if "." in row["path"]])
def test_null_takes_a_part_away_whatever_a_row_gives_it(row):
    part = row["path"].partition(".")[0]
    assert filled({row["kind"]: row["name"], part: None}, row["kind"])[part] is None


def test_a_part_in_code_keeps_what_it_says_and_gets_the_rest():
    programme = Programme(**BARE, archetype="incubation", mentoring={"visits": 1})
    usual = Programme(**BARE, archetype="incubation")
    assert programme.mentoring == usual.mentoring.model_copy(update={"visits": 1})
    without = Programme(**BARE, archetype="incubation", mentoring=None)
    assert without.mentoring is None
    assert without.training == usual.training


def test_a_group_made_in_code_counts_as_written_only_where_it_was_written():
    course = usual = Programme(**BARE, archetype="incubation").training
    short = type(course)(modules=2, cost=1e6)
    assert Programme(**BARE, archetype="incubation", training=short).training == usual.model_copy(
        update={"modules": 2, "cost": 1e6}
    )


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("archetype", {"archetype": "boot camp"}),
        ("archetype", {"archetype": 3}),
        ("archetype", {"archetype": "incubation", "training": 3}),
        ("organiser", {"organiser": ["NGO"]}),
        ("organiser", {"organiser": "NGO", "practices": "all"}),
        ("instrument", {"instrument": "loan"}),
        ("instrument", {"instrument": None}),
    ],
)
def test_what_is_no_choice_or_no_part_is_refused_as_ever(kind, written):
    group, least = HARDLY_ANYTHING[kind]
    with pytest.raises(ValidationError):
        group(**{**least, **written})
