import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulation.programmes.programme import PARTS as PARTS_OF_A_PROGRAMME
from simulation.programmes.programme import Programme
from simulation.programmes.terms import (
    Cash,
    Documents,
    Finance,
    Funding,
    Mentoring,
    Onboarding,
    Practices,
    Rehabilitation,
    Scoring,
    Target,
    Terms,
    Training,
    Women,
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
LOAN = {
    "instrument": "microcredit",
    "amount": "Rp 6 juta",
    "interest": 0.12,
    "term": 12,
    "requires": ["documents", "account"],
}
DRIVE = {"cost": 150_000, "account": True}
HOUSE = {"places": 80, "stay": 6, "cost": "Rp 2 juta", "keep": "Rp 800.000"}
ONLINE = {"stage": "platform", "cost": 500_000}
PROGRAMME = {"name": "classes", "target": TARGET, "starts": 0, "seats": 100, "training": TRAINING}
PARTS = [
    (Target, TARGET),
    (Training, TRAINING),
    (Mentoring, MENTORING),
    (Scoring, SCORING),
    (Finance, EQUITY),
    (Finance, GRANT),
    (Finance, LOAN),
    (Cash, {"amount": 1_000_000}),
    (Practices, {"rewards": "completion", "reward": "Rp 600.000", "partners": 2}),
    (Documents, DRIVE),
    (Rehabilitation, HOUSE),
    (Onboarding, ONLINE),
    (Women, {"childcare": "Rp 100.000", "own_account": True}),
    (Funding, {"donor": 0.5, "investor": 0.5}),
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
        (Training, TRAINING, "modules", 1, 24),
        (Training, TRAINING, "hours", 1, 400),
        (Practices, {}, "partners", 0, 3),
        (Practices, {}, "aftercare", 0, 36),
        (Mentoring, MENTORING, "visits", 0.25, 8),
        (Mentoring, MENTORING, "exit_income", 0, 5),
        (Mentoring, MENTORING, "exit_after", 0, 24),
        (Mentoring, MENTORING, "months", 1, 36),
        (Mentoring, MENTORING, "caseload", 1, 200),
        (Scoring, SCORING, "threshold", 0, 1),
        (Finance, GRANT, "after", 0, 36),
        (Finance, EQUITY, "grace", 0, 24),
        (Finance, EQUITY, "buy_back", 0, 5),
        (Finance, EQUITY, "wait", 0, 60),
        (Finance, LOAN, "interest", 0, 6),
        (Finance, LOAN, "subsidy", 0, 0.5),
        (Finance, LOAN, "age_from", 0, 120),
        (Documents, DRIVE, "wait", 0, 24),
        (Rehabilitation, HOUSE, "stay", 1, 36),
        (Funding, {}, "first_loss", 0, 1),
        (Programme, PROGRAMME, "reach", 0, 1),
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


# Finance: one payoff table


@pytest.mark.parametrize(
    ("terms", "field", "problem"),
    [
        (EQUITY, "share", "cap, term, grace must be 0"),
        (EQUITY, "cap", "out of profit needs a cap above 0"),
        (EQUITY, "term", "needs a term above 0"),
        (LOAN, "fixed", "interest, term|term, interest"),
        (LOAN, "term", "needs a term above 0"),
    ],
)
def test_what_is_paid_back_says_how_and_until_when(terms, field, problem):
    with pytest.raises(ValidationError, match=problem):
        Finance(**{**terms, field: False if field == "fixed" else 0})


@pytest.mark.parametrize("field", ["share", "cap", "term", "grace"])
def test_what_micro_equity_leaves_out_is_as_usual(field):
    left_out = Finance(**{key: EQUITY[key] for key in EQUITY if key != field})
    assert getattr(left_out, field) == getattr(Finance(instrument="micro equity", amount=1), field)


@pytest.mark.parametrize(("field", "value"), [("cap", 1), ("term", 2), ("grace", 3)])
def test_a_grant_is_not_paid_back(field, value):
    grant = Finance(**GRANT)
    assert (grant.share, grant.instalment, grant.ceiling, grant.paid_back) == (0, 0, 0, False)
    with pytest.raises(ValidationError, match=f"nothing is due, so {field} must be 0"):
        Finance(**GRANT, **{field: value})


def test_interest_belongs_to_instalments():
    with pytest.raises(ValidationError, match="interest belongs to fixed instalments"):
        Finance(**EQUITY, interest=0.1)


def test_an_instalment_is_an_annuity():
    """Rp 6 million for a year at 1% a month: the textbook's payment, and its present value."""
    loan = Finance(**LOAN)
    assert loan.instalment == pytest.approx(533_092.7, abs=0.1)
    worth = sum(loan.instalment / 1.01**month for month in range(1, 13))
    assert worth == pytest.approx(loan.amount)
    assert loan.ceiling == pytest.approx(12 * loan.instalment)


def test_a_flat_charge_is_reckoned_on_the_whole_amount():
    loan = Finance(**LOAN, flat=True)
    assert loan.ceiling == pytest.approx(6e6 * 1.12)
    assert loan.instalment == pytest.approx(6e6 * 1.12 / 12)
    free = Finance(**{**LOAN, "interest": 0})
    assert free.instalment == pytest.approx(5e5)


def test_a_share_ends_at_its_cap():
    equity = Finance(**EQUITY)
    assert (equity.instalment, equity.ceiling, equity.paid_back) == (0.0, 6_500_000, True)


def test_what_an_applicant_must_have_is_a_list_of_known_things():
    assert Finance(**LOAN).requires == ["documents", "account"]
    for wrong in (["papers"], "documents", [1], None):
        with pytest.raises(ValidationError, match="requires"):
            Finance(**{**LOAN, "requires": wrong})


def test_money_is_enough_for_every_seat_unless_a_fund_is_stated():
    assert Finance(**EQUITY).fund is None
    assert Finance(**EQUITY, fund="Rp 1 miliar").fund == 1_000_000_000


def test_a_programme_has_at_least_one_part():
    bare = {key: PROGRAMME[key] for key in PROGRAMME if key != "training"}
    with pytest.raises(ValidationError, match="at least one part: training, mentoring, scoring"):
        Programme(**bare)
    parts = {
        "training": TRAINING,
        "mentoring": MENTORING,
        "finance": GRANT,
        "cash": {"amount": 1_000_000},
        "documents": DRIVE,
        "onboarding": ONLINE,
    }
    for name, part in parts.items():
        assert Programme(**bare, **{name: part})
    assert {*parts, "scoring", "rehabilitation"} == set(PARTS_OF_A_PROGRAMME)


def test_a_score_is_for_finance():
    with pytest.raises(ValidationError, match="scoring decides who gets finance"):
        Programme(**PROGRAMME, scoring=SCORING)
    assert Programme(**PROGRAMME, scoring=SCORING, finance=EQUITY).scoring.threshold == 0.4


def test_a_house_is_for_people_from_the_street():
    with pytest.raises(ValidationError, match="rehabilitation is for street people"):
        Programme(**PROGRAMME, rehabilitation=HOUSE)
    street = {**PROGRAMME, "target": {"group": "street people"}}
    assert Programme(**street, rehabilitation=HOUSE).rehabilitation.keep == 800_000


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ({"selection": "easy successes"}, "so it needs a kpi"),
        ({"follows": "classes"}, "cannot follow itself"),
        ({"practices": {"rewards": "joining"}}, "rewards and reward go together"),
        ({"practices": {"reward": "Rp 1 juta"}}, "rewards and reward go together"),
        ({"funding": {"donor": 0.6, "investor": 0.6}}, "more than all of the services"),
        ({"funding": {"outcome": "Rp 1 juta"}}, "success is paid to an investor"),
    ],
)
def test_what_does_not_go_together(terms, problem):
    with pytest.raises(ValidationError, match=problem):
        Programme(**PROGRAMME, **terms)


def test_success_is_paid_to_whoever_invested():
    outcome = {"outcome": "Rp 1 juta"}
    completed = {**outcome, "outcome_of": "completion"}
    assert Programme(**PROGRAMME, funding={**completed, "investor": 0.5})
    with pytest.raises(ValidationError, match="so it needs finance"):
        Programme(**PROGRAMME, funding={**outcome, "investor": 0.5})
    assert Programme(**PROGRAMME, finance=EQUITY, funding=outcome)
    with pytest.raises(ValidationError, match="success is paid to an investor"):
        Programme(**PROGRAMME, finance={**EQUITY, "payer": "donor"}, funding=outcome)


def test_what_a_programme_leaves_out():
    programme = Programme(**PROGRAMME)
    assert (programme.intakes, programme.every, programme.overhead) == (1, 3, 0)
    assert (programme.selection, programme.kpi, programme.lists) == (
        "first come",
        "none",
        "open call",
    )
    assert (programme.reach, programme.follows, programme.staff, programme.budget) == (
        1,
        None,
        None,
        None,
    )
    assert programme.practices == Practices()
    assert programme.funding == Funding()
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
