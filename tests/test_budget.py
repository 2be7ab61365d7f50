"""Scenarios scaled to a budget, and what size does to results."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scenarios import design as designs
from scenarios import scaling
from scenarios.compare import compare
from scenarios.design import Design
from scenarios.drawing.scaling_pictures import draw_scaling
from scenarios.files import names, read
from scenarios.grammar.mistakes import ScenarioError
from scenarios.runs.play import model_of, passes
from scenarios.runs.prepare import setting_of
from scenarios.scaling import Scaling, at_size, study
from scenarios.studies.budget import TOLERANCE, Fitted, at_budget, fitted, search
from scenarios.studies.sizes import (
    COUNTED,
    PAID,
    apportioned,
    at_seats,
    capacities,
    enough_households,
    most_spent,
    scaled,
    seats_of,
    size_of,
)
from simulation.agents import provider
from simulation.store import Store
from tests.command import answer

LIBRARY = {name: read(name) for name in names() if read(name).programmes}
TINY = ["months=12", "households=2000", "replicates=2"]
HAMLET = read("sedaya-package", ["households=500", "months=12"])


# Sizes


@settings(max_examples=60)
@given(st.sampled_from(list(LIBRARY.values())), st.integers(1, 5000))
def test_only_sizes_change(before, size):
    after = scaled(before, size)
    assert size_of(after) == size
    for old, new in zip(before.programmes, after.programmes, strict=True):
        grown = {path: value for path, value in capacities(new).items() if new.seats}
        assert set(grown) == (set(capacities(old)) if new.seats else set())
        for path, value in capacities(old).items():
            if new.seats:
                exact = value * new.seats / old.seats
                assert grown[path] == (exact if path in PAID else math.ceil(exact))
        assert without_sizes(new) == without_sizes(old)
    rest = {"programmes"}
    assert after.model_dump(exclude=rest) == before.model_dump(exclude=rest)


def without_sizes(programme):
    """Return the terms of a programme but those that go with its seats."""
    terms = programme.model_dump()
    for path in ("seats", *COUNTED, *PAID):
        *way, last = path.split(".")
        group = terms
        for step in way:
            group = group[step] or {}
        group.pop(last, None)
    return terms


@pytest.mark.parametrize("scenario", LIBRARY.values(), ids=LIBRARY)
def test_the_same_size_is_the_same_scenario(scenario):
    assert scaled(scenario, size_of(scenario)) == scenario


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6), st.integers(0, 10**7))
def test_whole_parts_are_nearest_to_their_share(weights, total):
    assume(sum(weights) > 0)
    parts = apportioned(weights, total)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - weight * total / sum(weights)) < 1.0
        assert part == 0 or weight > 0


def test_seats_count_in_the_intakes_that_come():
    package = read("sedaya-package", ["months=10"])  # intakes in months 3, 6 and 9
    assert seats_of(package) == 300
    assert seats_of(at_seats(package, 120)) == 120
    assert seats_of(at_seats(package, 1)) == 3
    assert most_spent(package) == pytest.approx(300 * package.programmes[0].seat_cost(0.0))


def test_a_programme_with_a_budget_spends_no_more():
    webinars = read("mass-webinars")
    assert most_spent(webinars) == webinars.programmes[0].budget
    assert most_spent(scaled(webinars, 600)) == 3 * most_spent(webinars)


# The search, with costs that are made up


def spending(seat, fixed=0.0, scarce=10**9, wobble=0.0, most=10**9):
    """Return a search's costs: so much a seat, a fixed cost, and luck by size."""

    def costs(trials):
        sizes = [size_of(trial) for trial in trials]
        tried.extend(sizes)
        return [
            math.nan
            if size >= scarce
            else fixed + seat * min(size, most) * (1.0 + wobble * math.sin(12.9898 * size))
            for size in sizes
        ]

    tried = []
    costs.tried = tried
    return costs


def found_by(budget, costs, scenario=LIBRARY["sedaya-package"]):
    return fitted([search(scenario, budget)], costs)[0]


@settings(max_examples=60)
@given(st.floats(4e6, 2e8), st.floats(0.0, 5.0), st.floats(0.0, 0.004), st.floats(1e9, 1e12))
def test_any_budget_is_met(seat, seats_more, wobble, budget):
    """Whole seats allow it: a seat is a part of 1% of it, or a seat more or less is further off."""
    assume(budget > 10 * seat)
    costs = spending(seat, seats_more * seat, wobble=wobble)
    found = found_by(budget, costs)
    assert found.spent == costs([found.scenario])[0]
    allowed = max(TOLERANCE * budget, seat * (1.0 + 2.0 * wobble * size_of(found.scenario)))
    assert abs(found.spent - budget) <= allowed
    assert len(costs.tried) <= 30


@settings(max_examples=20)
@given(st.integers(1, 400), st.integers(2, 400))
def test_too_few_people_are_told_whatever_was_tried_first(scarce, wanted):
    """Every size that finds people spends less than the budget by 1% and more."""
    assume(wanted >= 1.03 * scarce)
    with pytest.raises(ScenarioError, match="too few of the 500 simulated households apply"):
        found_by(1e7 * wanted, spending(1e7, scarce=scarce), HAMLET)


def test_seats_that_nobody_fills_are_told():
    with pytest.raises(ScenarioError, match=r"too few people who apply.*Rp 300\.000\.000 or less"):
        found_by(1e10, spending(1e6, most=300))


def test_a_budget_below_a_seat():
    with pytest.raises(
        ScenarioError, match=r"does not pay for one seat; allowed: Rp 40.000.000 or"
    ):
        found_by(1e7, spending(4e7))


def test_searches_go_side_by_side():
    package, rounds = read("sedaya-package"), []

    def costs(trials):
        rounds.append(len(trials))
        return [8e6 * seats_of(trial) for trial in trials]

    found = fitted([search(package, budget) for budget in (4.4e9, 2e9, 1e10)], costs)
    assert [round(each.spent / 1e9, 1) for each in found] == [4.4, 2.0, 10.0]
    assert rounds == [3, 3]
    assert all(isinstance(each, Fitted) for each in found)


# Scenarios of the library


@pytest.mark.parametrize(
    ("name", "budget", "changes"),
    [
        ("training-only", 5e8, []),
        ("sedaya-package", 1.2e9, []),
        ("training-mentoring", 5e8, []),
        ("cash-transfer", 1.5e9, []),
        ("bpum-grant", 2e8, []),
        ("mass-webinars", 8e6, []),
        ("public-private", 6e8, []),
        ("own-lists", 3e8, []),
    ],
)
def test_a_budget_is_spent(name, budget, changes):
    """Within 1%, or a seat of a programme more and less is further off."""
    before = read(name, [*TINY, "replicates=1", *changes])
    (after,), (note,) = at_budget([before], budget)
    spent = spent_by(after)
    off = abs(spent - budget)
    if off > TOLERANCE * budget:
        steps = [abs(spent_by(scaled(before, size_of(after) + step)) - budget) for step in (-1, 1)]
        assert off <= min(steps)
        assert "as near as whole seats come" in note["note"]
    assert off < 0.1 * budget
    assert f"{100.0 * (spent / budget - 1.0):+.1f}%" in note["note"]
    for programme in after.programmes:
        assert f"{programme.name} has {programme.seats} seats an intake" in note["note"]


def spent_by(scenario):
    costs = []
    for replicate in range(scenario.replicates):
        model = model_of(scenario, setting_of(scenario), replicate, 1).run()
        costs.append(sum(each.cost for each in model.providers))
    return float(np.mean(costs))


def test_a_comparison_at_equal_budgets():
    asked = [read("training-only", TINY), read("cash-transfer", TINY), read("baseline", TINY)]
    found = compare(asked, budget=5e8)
    cost = found.table[(found.table.indicator == "cost") & (found.table.variant == "scenario")]
    spent = cost.set_index("scenario").value
    assert spent["training-only"] == pytest.approx(5e8, rel=TOLERANCE)
    assert spent["cash-transfer"] == pytest.approx(5e8, rel=0.05)  # a seat an intake is 8.7%
    notes = found.notes.set_index("scenario").note
    for name in ("training-only", "cash-transfer"):
        over = 100.0 * (spent[name] / 5e8 - 1.0)
        assert notes[name].startswith("spends Rp ")
        assert f" of Rp 500.000.000 ({over:+.1f}%)" in notes[name]
    assert found.scenarios[2] == asked[2]
    seats = [scenario.programmes[0].seats for scenario in found.scenarios[:2]]
    assert seats != [100, 100]
    benchmark = found.table[found.table.variant == "cash benchmark"].set_index("indicator").value
    assert benchmark["cost"] == spent["training-only"]


def test_over_a_posterior_the_mean_over_draws_meets_the_budget():
    package = read("sedaya-package", TINY)
    (after,), (note,) = at_budget([package], 1e9, posterior=2)
    spent = np.mean([spent_by(each.of(after)) for each in passes(2) if each.people == 0])
    assert f"({100.0 * (spent / 1e9 - 1.0):+.1f}%)" in note["note"]


# The command


ASK = ["compare", "training-only", "--households", "2000", "--months", "12", "--replicates", "1"]


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ("10 miliar", "'10 miliar' has no Rp before the amount"),
        ("Rp 10 milyar", "is not an amount in rupiah; allowed: an amount such as Rp 10 miliar"),
        ("Rp 2.4 juta", "is not an amount in rupiah"),
        ("-5", "is not an amount in rupiah"),
        ("Rp 0", "'Rp 0' pays for nothing"),
        ("Rp 2000 triliun", "is more than Rp 1.000.000.000.000.000"),
        ("Rp 1 juta", "does not pay for one seat; allowed: Rp 11.250.000 or more"),
        ("Rp 10 miliar", "too few of the 2000 simulated households apply; allowed: "),
    ],
)
def test_budgets_that_cannot_be_spent(capsys, monkeypatch, tmp_path, budget, message):
    monkeypatch.chdir(tmp_path)
    code, said, messages = answer(capsys, *ASK, "--budget", budget)
    assert (code, said) == (2, "")
    assert message in messages
    assert "Traceback" not in messages
    assert list(tmp_path.iterdir()) == []


def test_the_command_scales_and_says_so(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, said, _ = answer(capsys, *ASK, "--budget", "Rp 225 juta", "--format", "json")
    document = json.loads(said)
    assert code == 0
    assert document["scenarios"][0]["programmes"][0]["seats"] == 20
    assert document["notes"][0]["note"].startswith(
        "spends Rp 225.000.000 of Rp 225.000.000 (+0.0%)"
    )
    kept = json.loads((tmp_path / "results/compare/provenance.json").read_text())
    assert kept["scenarios"] == document["scenarios"]
    assert kept["notes"] == document["notes"]
    lines = answer(capsys, *ASK, "--budget", "Rp 225 juta")[1].splitlines()
    assert any(line.startswith("  training-only: spends Rp 225.000.000 of") for line in lines)


# Households


def test_more_seats_need_more_households():
    base = read("sedaya-package", TINY)
    needed = [enough_households(at_seats(base, seats)) for seats in (20, 400, 4000, 40_000)]
    assert needed[0] == 2000
    assert needed == sorted(needed)
    assert needed[3] == pytest.approx(10 * needed[2], rel=0.1)
    assert enough_households(at_seats(base, 10**7)) == "all"


def test_where_nobody_can_be_enrolled_no_sample_is_enough():
    nobody = read("sedaya-package", [*TINY, "programmes.sedaya.target.standing_below=0.1"])
    assert enough_households(nobody) == "all"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seats"), [("sedaya-package", 480), ("women-first", 240)])
def test_the_households_are_enough_and_not_far_too_many(name, seats):
    """Three replicates find people with them; with half of them they do not."""
    base = at_seats(read(name, ["months=14", "households=2000"]), seats)
    needed = enough_households(base)
    for replicate in range(3):
        enough = base.model_copy(update={"households": needed})
        model_of(enough, setting_of(enough), replicate, 1).run()
    half = base.model_copy(update={"households": needed // 2})
    with pytest.raises(provider.TooFewPeople):
        model_of(half, setting_of(half), 0, 1).run()


# Scaling curves


def design(scale, scenarios=("sedaya-package",), **more):
    small = {"months": 12, "households": 2000}
    return Design(
        name="ours", scenarios=list(scenarios), set=small, scale=scale, replicates=2, **more
    )


@pytest.fixture(scope="module")
def curves(tmp_path_factory):
    """Return a small study, and the folder of its runs."""
    runs = tmp_path_factory.mktemp("runs")
    return study(design({"seats": [36, 72, 144]}), Store(runs)), runs


def measured(found, measure):
    own = found.table[found.table.measure == measure]
    return own.set_index("size")[["value", "low", "high"]]


def test_the_margin_is_the_quotient_of_differences(curves):
    found, _ = curves
    wide = found.runs.pivot_table(index="size", columns="indicator", values="value")
    steps = wide[["net_lifted", "cost"]].diff().fillna(wide[["net_lifted", "cost"]])
    for measure, quotient in (
        ("average", 1e8 * wide.net_lifted / wide.cost),
        ("marginal", 1e8 * steps.net_lifted / steps.cost),
    ):
        assert measured(found, measure).value.tolist() == pytest.approx(quotient.tolist())
    assert measured(found, "marginal").low.notna().all()


@given(
    st.lists(st.tuples(st.floats(-50, 500), st.floats(-50, 500)), min_size=2, max_size=6),
    st.integers(2, 5),
)
def test_margins_add_up_to_the_whole(lifted, replicates):
    """Margins weighted by what their steps cost give the average of the largest size."""
    sizes = len(lifted)
    persons = np.array([np.linspace(low, high, replicates) for low, high in lifted])
    cost = 1e8 * (1.0 + np.arange(sizes))[:, None] + 1e6 * np.arange(replicates)
    found = [at_size(persons, cost, size, size - 1 if size else None) for size in range(sizes)]
    steps = np.diff(cost.mean(axis=1), prepend=0.0)
    whole = sum(each["marginal"]["value"] * step for each, step in zip(found, steps, strict=True))
    assert whole == pytest.approx(found[-1]["average"]["value"] * cost[-1].mean(), abs=1e-3)


def test_equal_lives_make_the_margin_sure():
    """What replicates share is gone in the difference of two sizes."""
    luck = np.array([0.0, 80.0, -30.0])
    cost = np.full((2, 3), 1e8) * np.array([[1.0], [2.0]])
    found = at_size(np.array([10.0 + luck, 15.0 + luck]), cost, 1, 0)
    assert found["marginal"] == pytest.approx({"value": 5.0, "low": 5.0, "high": 5.0})
    assert found["average"]["high"] - found["average"]["low"] > 10.0


def test_all_sizes_share_people(curves):
    found, _ = curves
    assert found.table.households.nunique() == 1
    assert [seats_of(each) for each in found.scenarios] == [36, 72, 144]
    assert {each.households for each in found.scenarios} == {int(found.table.households[0])}
    assert measured(found, "seats_filled").value.tolist() == [100.0] * 3


def test_what_is_done_is_not_done_again(curves, monkeypatch):
    found, runs = curves
    told = []
    again = study(
        design({"seats": [36, 72, 144]}), Store(runs), progress=lambda *counts: told.append(counts)
    )
    assert {done for done, total, _ in told if total} == {6, 3}
    pd.testing.assert_frame_equal(again.table, found.table)


def test_mentors_are_counted_as_they_are_hired(monkeypatch):
    asked = []

    def qualities(model, number, programme):
        asked.append(number)
        return np.full(number, 0.7)

    monkeypatch.setattr(provider, "qualities", qualities)
    package = read("sedaya-package", [*TINY, "programmes.sedaya.seats=20"])
    found = scaling.hired(scaling.outcome.run_of(package, 0))
    assert found == {"mentors": sum(asked), "mentor_quality": pytest.approx(0.7)}
    assert len(asked) == 2  # the first two intakes have finished the course within the year


def test_sizes_by_budget(tmp_path):
    found = study(
        design({"budgets": ["Rp 400 juta", "Rp 800 juta"]}, ["training-only"]), Store(tmp_path)
    )
    assert measured(found, "cost").value.tolist() == pytest.approx([4e8, 8e8], rel=TOLERANCE + 0.01)
    alone = at_budget([found.scenarios[1].model_copy(update={"replicates": 2})], 8e8)[0][0]
    assert alone.programmes == found.scenarios[1].programmes


def test_a_study_is_saved_and_drawn_again(curves, tmp_path):
    found, _ = curves
    saved = {path.name: path for path in found.save(tmp_path)}
    assert {
        "scaling.parquet",
        "scaling.csv",
        "runs.parquet",
        "provenance.json",
        "scaling.png",
    } <= set(saved)
    table = pd.read_parquet(saved["scaling.parquet"])
    pd.testing.assert_frame_equal(table, found.table, check_dtype=False)
    figure = draw_scaling(table, "Seed 1.")
    assert [axes.get_xscale() for axes in figure.axes] == ["log"] * 6
    assert figure.axes[1].get_ylabel() == "persons"
    kept = json.loads(saved["provenance.json"].read_text())
    assert [each["programmes"][0]["seats"] for each in kept["scenarios"]] == [12, 24, 48]
    assert kept["design"]["scale"] == {"seats": [36, 72, 144]}


def test_a_study_in_the_terminal(curves, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    lines = curves[0].text().splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("sedaya-package"))
    assert lines[at].endswith("households simulated: 2000") or "households simulated: " in lines[at]
    assert [line.split()[0] for line in lines[at + 4 : at + 7]] == ["36", "72", "144"]
    assert "of 2 replicates" in lines[-1]


def test_a_size_that_finds_too_few_people_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(scaling, "enough_households", lambda scenario: scenario.households)
    found = study(design({"seats": [36, 4000]}, ["training-only"]), Store(tmp_path))
    assert found.failures["size"].tolist() == [2, 2]
    assert "size 2: programme training has 1333 seats" in found.text()
    assert np.isfinite(measured(found, "average").value[1])
    assert np.isnan(measured(found, "average").value[2])


@pytest.mark.parametrize(
    ("scale", "problem"),
    [
        ("{}", "needs seats or budgets, one of the two"),
        ("{seats: [10, 20], budgets: [1000, 2000]}", "needs seats or budgets, one of the two"),
        ("{seats: [10]}", "takes two sizes or more"),
        ("{seats: [0, 10]}", "above 0"),
        ("{seats: [20, 10]}", "each above the one before"),
        ("{seats: [10, 10]}", "each above the one before"),
        ("{seats: [10.5, 20]}", "10.5"),
        ("{budgets: [Rp 1 juta, 2 juta]}", "has no Rp before the amount"),
        ("{seat: [10, 20]}", "did you mean seats?"),
    ],
)
def test_mistakes_in_sizes(tmp_path, scale, problem):
    path = tmp_path / "ours.yaml"
    path.write_text(f"scenarios: [sedaya-package]\nscale: {scale}\n")
    with pytest.raises(ScenarioError) as told:
        study(designs.read(path), Store(tmp_path / "runs"))
    assert problem in str(told.value)
    assert str(told.value).startswith(f"{path}:2: scale")
    assert not (tmp_path / "runs").exists()


def test_a_scenario_without_seats_has_no_size(tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text("scenarios: [sedaya-package, baseline]\nscale: {seats: [10, 20]}\n")
    with pytest.raises(ScenarioError, match=r":1: scenarios\.1: has no seats that cost something"):
        study(designs.read(path), Store(tmp_path / "runs"))


@pytest.mark.parametrize("name", ["scaling", "scaling-nation"])
def test_designs_that_come_along(name):
    found = designs.read(name)
    sizes = found.section("scale", Scaling).seats
    assert len(sizes) >= 6
    for base in designs.bases(found).values():
        assert [seats_of(at_seats(base, seats)) for seats in sizes] == sizes
