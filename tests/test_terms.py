import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulation.programmes.terms import (
    Cash,
    Finance,
    Mentoring,
    Programme,
    Scoring,
    Target,
    Terms,
    Training,
)
from simulation.rupiah import LARGEST_AMOUNT, format_rupiah, parse_rupiah

TARGET = {"group": "enterprise owners"}
TRAINING = {"modules": 3, "cost": "Rp 3,5 juta"}
MENTORING = {"visits": 2, "months": 12, "caseload": 20, "wage": 3_400_000}
SCORING = {"threshold": 0.4, "cost": 100_000}
GRANT = {"instrument": "grant", "amount": "Rp 5 juta", "after": 3}
EQUITY = {
    "instrument": "micro equity",
    "amount": "Rp 5 juta",
    "share": 0.2,
    "cap": 1.3,
    "term": 36,
    "grace": 3,
    "after": 3,
}
PROGRAMME = {"name": "classes", "target": TARGET, "starts": 0, "seats": 100, "training": TRAINING}
PARTS = [
    (Target, TARGET),
    (Training, TRAINING),
    (Mentoring, MENTORING),
    (Scoring, SCORING),
    (Finance, EQUITY),
    (Cash, {"amount": 1_000_000}),
    (Programme, PROGRAMME),
]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (5_000_000, 5_000_000),
        (0, 0),
        (1500.5, 1500.5),
        ("Rp 5 juta", 5_000_000),
        ("Rp 2,4 juta", 2_400_000),
        ("Rp 2.400.000", 2_400_000),
        ("Rp 2400000", 2_400_000),
        ("Rp 1 miliar", 1_000_000_000),
        ("Rp 0,75 triliun", 750_000_000_000),
        ("Rp 600 ribu", 600_000),
        ("rp5juta", 5_000_000),
        ("  Rp 1.250,50 ", 1250.5),
        ("Rp 2.400 juta", 2_400_000_000),
    ],
)
def test_an_amount_is_read_as_people_in_indonesia_write_it(written, amount):
    assert parse_rupiah(written) == amount


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("5 juta dollars", "is not an amount in rupiah"),
        ("5 juta", "has no Rp before the amount"),
        ("5.000.000", "has no Rp before the amount"),
        ("5000000", "has no Rp before the amount"),
        ("Rp 2.4 juta", "is not an amount in rupiah"),
        ("Rp 2,400,000", "is not an amount in rupiah"),
        ("Rp 24.00", "is not an amount in rupiah"),
        ("Rp 1234.567", "is not an amount in rupiah"),
        ("Rp 5 million", "is not an amount in rupiah"),
        ("Rp -5 juta", "is not an amount in rupiah"),
        ("Rp", "is not an amount in rupiah"),
        ("Rp \u0665 juta", "is not an amount in rupiah"),
        ("", "is not an amount in rupiah"),
        (f"Rp {'9' * 5000}", "is more than Rp 1.000.000.000.000.000"),
        ("Rp 1001 triliun", "is more than Rp 1.000.000.000.000.000"),
        (10**400, "is more than Rp 1.000.000.000.000.000"),
        (math.inf, "is more than Rp 1.000.000.000.000.000"),
        (-1, "is below zero"),
        (-math.inf, "is below zero"),
        (-(10**400), "is below zero"),
        (math.nan, "is not a number"),
        (True, "is not an amount of money"),
        (None, "is not an amount of money"),
        ([5], "is not an amount of money"),
        (Decimal(5), "is not an amount of money"),
    ],
)
def test_what_is_no_amount_of_rupiah_is_refused(written, problem):
    with pytest.raises(ValueError, match=f"^{problem}$"):
        parse_rupiah(written)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "Rp 0"),
        (999.6, "Rp 1.000"),
        (1_234_567, "Rp 1.234.567"),
        (-1_234_567, "-Rp 1.234.567"),
        (-0.2, "Rp 0"),
    ],
)
def test_an_amount_is_shown_in_whole_rupiah(amount, written):
    assert format_rupiah(amount) == written


@given(st.integers(0, int(LARGEST_AMOUNT)))
def test_an_amount_shown_is_read_as_the_same_amount(amount):
    assert parse_rupiah(format_rupiah(amount)) == amount


@given(st.text() | st.floats() | st.integers() | st.none() | st.binary() | st.lists(st.floats()))
def test_anything_is_an_amount_in_range_or_refused(value):
    try:
        amount = parse_rupiah(value)
    except ValueError:
        return
    assert 0 <= amount <= LARGEST_AMOUNT


@pytest.mark.parametrize(("part", "terms"), PARTS)
def test_every_term_is_described(part, terms):
    assert all(field.description for field in part.model_fields.values())


@pytest.mark.parametrize(("part", "terms"), PARTS)
def test_terms_never_change_and_know_their_own_names_only(part, terms):
    made = part(**terms)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made, next(iter(terms)), 1)
    with pytest.raises(ValidationError, match="extra_forbidden"):
        part(**terms, unknown=1)


@pytest.mark.parametrize(("part", "terms"), PARTS)
def test_terms_are_the_same_after_writing_and_reading(part, terms):
    made = part(**terms)
    assert part.model_validate(made.model_dump()) == made
    assert part.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(
    ("part", "terms", "field", "lowest", "highest"),
    [
        (Target, TARGET, "standing_below", 0.1, 20),
        (Training, TRAINING, "modules", 1, 12),
        (Mentoring, MENTORING, "visits", 0.25, 8),
        (Mentoring, MENTORING, "months", 1, 36),
        (Mentoring, MENTORING, "caseload", 1, 200),
        (Scoring, SCORING, "threshold", 0, 1),
        (Finance, GRANT, "after", 0, 36),
        (Finance, EQUITY, "grace", 0, 24),
        (Cash, {"amount": 1}, "delivery", 0, 0.5),
        (Programme, PROGRAMME, "seats", 0, 10_000_000),
    ],
)
def test_a_term_has_a_range(part, terms, field, lowest, highest):
    for value in (lowest, highest):
        assert getattr(part(**{**terms, field: value}), field) == value
    for value in (lowest - 1, highest + 1, math.nan, math.inf, 10**400, True, str(lowest), None):
        with pytest.raises(ValidationError, match=rf"\n{field}\n"):
            part(**{**terms, field: value})


@pytest.mark.parametrize(("field", "highest"), [("share", 1), ("cap", 5), ("term", 120)])
def test_micro_equity_needs_share_cap_and_term(field, highest):
    assert getattr(Finance(**{**EQUITY, field: highest}), field) == highest
    for terms in ({**EQUITY, field: 0}, {key: EQUITY[key] for key in EQUITY if key != field}):
        with pytest.raises(ValidationError, match=f"{field} must be above 0"):
            Finance(**terms)


@pytest.mark.parametrize(
    ("field", "value"), [("share", 0.2), ("cap", 1), ("term", 2), ("grace", 3)]
)
def test_a_grant_is_not_paid_back(field, value):
    assert Finance(**GRANT).share == 0
    with pytest.raises(ValidationError, match=f"not paid back: {field} must be 0"):
        Finance(**GRANT, **{field: value})


def test_money_is_enough_for_every_seat_unless_a_fund_is_stated():
    assert Finance(**EQUITY).fund is None
    assert Finance(**EQUITY, fund="Rp 1 miliar").fund == 1_000_000_000


def test_a_programme_has_at_least_one_part():
    bare = {key: PROGRAMME[key] for key in PROGRAMME if key != "training"}
    with pytest.raises(ValidationError, match="at least one part: training, mentoring, scoring"):
        Programme(**bare)
    for part in ({"mentoring": MENTORING}, {"finance": GRANT}, {"cash": {"amount": 1_000_000}}):
        assert Programme(**bare, **part)


def test_a_score_is_for_finance():
    with pytest.raises(ValidationError, match="scoring decides who gets finance"):
        Programme(**PROGRAMME, scoring=SCORING)
    assert Programme(**PROGRAMME, scoring=SCORING, finance=EQUITY).scoring.threshold == 0.4


def test_what_a_programme_leaves_out():
    programme = Programme(**PROGRAMME)
    assert (programme.intakes, programme.every, programme.overhead) == (1, 3, 0)
    assert programme.selection == "first come"
    assert programme.target == Target(
        group="enterprise owners", standing_below=1.5, women_only=False, ppks_only=False
    )
    assert Mentoring(**MENTORING).starts_after == 0
    assert Cash(amount="Rp 1 juta").delivery == 0.05


@pytest.mark.parametrize("name", ["", "Sedaya", "two words", "a.b", "a--b", "-a", "a-", "a" * 61])
def test_a_programme_name_is_small_letters_digits_and_hyphens(name):
    with pytest.raises(ValidationError, match=r"\nname\n"):
        Programme(**{**PROGRAMME, "name": name})
    assert Programme(**{**PROGRAMME, "name": "batch-2b"}).name == "batch-2b"


def test_no_term_converts_text_or_truth_values():
    with pytest.raises(ValidationError):
        Training(modules="3", cost=1)
    with pytest.raises(ValidationError):
        Target(group="households", women_only=1)
    assert issubclass(Target, Terms)
