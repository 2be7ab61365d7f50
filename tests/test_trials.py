"""Virtual trials: files, people, assignment, treatment, estimators, and that nothing is fitted."""

import ast
import csv
import hashlib
import math
import shutil
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

from calibration.trials import files, measures_table, run_trial, table, trials
from calibration.trials.assigned import TrialModel
from calibration.trials.chance import uniforms
from calibration.trials.design import EXAMPLE, Measure, NoSuchPeopleError, Sample, programme_of
from calibration.trials.estimates import found
from calibration.trials.estimators import (
    Comparison,
    Group,
    completed,
    counts,
    effect,
    error,
    half_life,
    winsorised,
)
from calibration.trials.files import TrialError, path_of, read
from calibration.trials.lives import arms_of, assigned, live, pooled, settled, world_of
from calibration.trials.prior import latin_hypercube
from calibration.trials.results import verdict
from calibration.trials.sample import evened, local_median, village
from calibration.trials.surveys import sales, survey, with_errors
from simulation import indicators, ledger, parameters
from simulation.draws import ASSIGNMENT, ATTRITION, SURVEY
from simulation.parameters import TABLE
from simulation.programmes.programme import PARTS
from simulation.records import CONTRACT
from tests.sources import ROOT, package
from tests.worlds import everything, model

HOUSEHOLDS = 3000
NAMES = trials()
SIX = {
    "placebo",
    "v1-training",
    "v2-mentoring-owners",
    "v2-mentoring-addon",
    "v3-cash-grant",
    "v4-graduation",
    "v5-microcredit",
}
ANY = Sample(group="enterprise owners")


@cache
def trial(name, **changes):
    return read(path_of(name)).model_copy(update=changes)


def people(area="Banten"):
    return settled(area, HOUSEHOLDS, 1)


@cache
def lives(name, replicates=1, size=150, seed=1):
    small = trial(name, size=size)
    usual = people(small.sample.area)
    return pooled([live(small, usual, parameters.values(), seed, r) for r in range(replicates)])


def place_of(sample, size=300, what="tried", replicate=0, population=None):
    population = people(sample.area) if population is None else population
    lines = world_of(population, 1, parameters.values()).lines[0]
    return village(population, lines, sample, size, partial(uniforms, 1, replicate, what))


# Files


def test_every_experiment_has_its_file():
    assert set(NAMES) >= SIX


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_whole(name):
    found = read(path_of(name))
    assert found.name == name
    assert found.main in found.banded
    assert found.assumed
    with files.EVIDENCE.open(encoding="utf-8", newline="") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    for each in found.measures.values():
        assert set(each.sources) <= set(known)
        assert each.published is None or each.sources
        assert each.band is None or each.miss.endswith((".", ")"))


@pytest.mark.parametrize(
    ("name", "measure", "band"),
    [
        ("v1-training", "profit", (4, 16)),
        ("v1-training", "sales", (1, 9)),
        ("v1-training", "profit-over-sales", (0, math.inf)),
        ("v2-mentoring-owners", "peak", (10, 30)),
        ("v2-mentoring-owners", "year-after", (-5, 5)),
        ("v2-mentoring-addon", "profit", (-5, 5)),
        ("v3-cash-grant", "half-life", (30, 90)),
        ("v4-graduation", "consumption-24", (3, 10)),
        ("v4-graduation", "kept", (0.8, 1.3)),
        ("v5-microcredit", "profit-sd", (-0.08, 0.08)),
        ("v5-microcredit", "profit-p50", (-10, 10)),
        ("v5-microcredit", "owners-p50", (-10, 10)),
    ],
)
def test_bands_stay_as_they_were_set(name, measure, band):
    assert trial(name).measures[measure].bounds == band


@pytest.mark.parametrize("name", sorted(SIX - {"placebo"}))
def test_mechanisms_name_what_needs_no_new_people(name):
    made_with_people = {"ability_sd", "persistent_sd", "persistence", "transitory_sd"}
    assert not set(trial(name).touches) & made_with_people
    assert len(set(trial(name).touches)) == len(trial(name).touches) > 10


def written(tmp_path, *changes, name="v1-training"):
    """Return the path of a copy of a trial with some text replaced."""
    text = path_of(name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("group: enterprise owners", "group: farmers"), "sample.group"),
        (("band: [4, 16]", "band: [16, 4]"), "measures.profit"),
        (("outcome: sales", "outcome: sails"), "measures.sales.outcome"),
        (("[profit, sales]", "[profit, costs]"), "made of costs"),
        (("main: profit", "main: gain"), "main is gain"),
        (
            ("E002]\n    miss", "E999]\n    miss"),
            "measures.sales.sources: there is no evidence E999",
        ),
        (("- course_dose", "- course_dos"), "did you mean course_dose?"),
        (("profit: profit_error", "profit: no_error"), "errors.profit: there is no parameter"),
        (("modules: 1, hours", "modules: 0, hours"), "arms.treatment.programme.training.modules"),
        (("training: {", "seats: 3\n      training: {"), "seats cannot be said here"),
        (("training: {", "lessons: {"), "arms.treatment.programme"),
        (("size: 500", "size: many"), "size: Input should be a valid integer"),
        (("    published: 4.7\n", "    publish: 4.7\n"), "measures.sales.publish"),
        (("control: null", "control: [null"), "line "),
        (("replicates: 5", "replicates: 5\nsize: 3"), "line "),
    ],
)
def test_a_mistake_is_told_with_file_and_path(tmp_path, change, says):
    with pytest.raises(TrialError) as caught:
        read(written(tmp_path, change))
    lines = str(caught.value).splitlines()
    assert all(line.startswith("mine.yaml: ") for line in lines)
    assert any(says in line for line in lines)


def test_all_mistakes_are_told_at_once(tmp_path):
    path = written(tmp_path, ("- course_dose", "- dose"), ("modules: 1", "modules: 99"))
    with pytest.raises(TrialError) as caught:
        read(path)
    assert len(caught.value.mistakes) == 2


def test_a_file_that_is_not_there_has_a_nearest_name():
    with pytest.raises(ValueError, match="did you mean v1-training"):
        path_of("v1-trainin")


def test_a_new_trial_is_a_new_file_and_no_code(tmp_path, monkeypatch):
    shutil.copy(written(tmp_path, ("size: 500", "size: 20")), tmp_path / "new.yaml")
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    assert trials() == ["mine", "new"]
    outcome = run_trial("new", replicates=1, draws=0, households=HOUSEHOLDS, resamples=5)
    assert outcome.name == "new"
    assert outcome.file_sha256 == hashlib.sha256((tmp_path / "new.yaml").read_bytes()).hexdigest()


def test_money_is_told_in_what_the_sample_has():
    grant = trial("v3-cash-grant")
    terms = programme_of(grant, grant.arms.treatment, 10, EXAMPLE)
    assert terms.finance.amount == 20 * EXAMPLE.profit
    assert (terms.seats, terms.starts, terms.intakes, terms.name) == (10, 0, 1, grant.name)
    package = trial("v4-graduation")
    terms = programme_of(package, package.arms.treatment, 10, EXAMPLE)
    assert terms.finance.amount == 2 * EXAMPLE.consumption
    arm = package.arms.treatment.model_copy(
        update={"programme": {"cash": {"amount": "55% of capital"}}}
    )
    assert programme_of(package, arm, 10, EXAMPLE).cash.amount == 0.55 * EXAMPLE.capital
    with pytest.raises(NoSuchPeopleError, match="median profit is not above 0"):
        programme_of(grant, grant.arms.treatment, 10, EXAMPLE._replace(profit=-1.0))


# The people


def test_the_studys_people_are_added_and_nobody_else_is_touched():
    usual = people()
    before = usual.households.tobytes(), usual.enterprises.tobytes()
    found = place_of(ANY)
    assert (usual.households.tobytes(), usual.enterprises.tobytes()) == before
    h = found.population.households
    assert len(found.population) == len(usual) + 300 == len(h)
    assert (h["weight"][found.rows] == 1.0).all()
    others = np.delete(np.arange(len(h)), found.rows)
    assert h["weight"][others].tolist() == usual.households["weight"].tolist()
    assert h["consumption"][others].tobytes() == usual.households["consumption"].tobytes()
    codes = found.population.districts["code"][h["district"]]
    assert len(set(zip(codes.tolist(), h["serial"].tolist(), strict=True))) == len(h)
    assert (np.diff(h["district"].astype(int)) >= 0).all()


def test_a_sample_has_the_shares_and_the_profit_of_its_study():
    sample = Sample(
        group="households", owners=0.6, women=0.9, urban=0.3, profit_of_median=0.5, standing=[0, 3]
    )
    found = place_of(sample, size=2000)
    h, e = (getattr(found.population, kind)[found.rows] for kind in ("households", "enterprises"))
    owner = e["alive"] == 1
    assert owner.mean() == pytest.approx(0.6, abs=0.03)
    assert e["woman"][owner].mean() == pytest.approx(0.9, abs=0.03)
    assert h["urban"].mean() == pytest.approx(0.3, abs=0.03)
    assert found.profit_of_median == pytest.approx(0.5, rel=0.1)
    assert found.medians.profit == np.median(e["smoothed_profit"][owner])
    assert (h["can_work"] == 1).all()
    assert (h["frame"] == 0).all()


def test_a_sample_of_owners_has_owners_of_the_right_age_and_standing():
    found = place_of(Sample(group="enterprise owners", age=[0, 60], standing=[0, 1.2]))
    h, e = (getattr(found.population, kind)[found.rows] for kind in ("households", "enterprises"))
    assert (e["alive"] == 1).all()
    assert e["age"].max() <= 60
    world = world_of(found.population, 1, parameters.values())
    line = np.where(h["urban"] == 1, *world.lines[0][h["district"]].T)
    assert (h["consumption"] / h["members"] / line).max() < 1.2


def test_replicates_and_trials_pick_and_assign_by_draws_of_their_own():
    rows = {
        (what, replicate): place_of(ANY, what=what, replicate=replicate).rows.tobytes()
        for what in ("one", "other")
        for replicate in range(2)
    }
    assert len(set(rows.values())) == 4
    assert place_of(ANY, what="one").rows.tobytes() == rows["one", 0]


def test_evened_weights_stand_for_the_same_people():
    usual = people()
    h, weight = usual.households, evened(usual)
    assert weight.sum() == pytest.approx(h["weight"].sum())
    poor = (h["frame"] == 0) & (h["consumption"] / h["members"] < 8e5)
    for field in ("consumption", "members", "mean_income"):
        before, after = (np.average(h[field][poor], weights=w[poor]) for w in (h["weight"], weight))
        assert after == pytest.approx(before, rel=0.05), field
    effective = [w[poor].sum() ** 2 / (w[poor] ** 2).sum() for w in (h["weight"], weight)]
    assert effective[1] > 2.0 * effective[0]
    assert (weight[h["frame"] == 1] == h["weight"][h["frame"] == 1]).all()


@pytest.mark.parametrize(
    "asked", [{"standing": [0, 0.01]}, {"age": [0, 1], "women": 1, "profit_of_median": 20}]
)
def test_a_sample_that_nobody_fits_is_refused(asked):
    with pytest.raises(NoSuchPeopleError):
        place_of(Sample(group="enterprise owners", **asked))


def test_the_local_median_is_of_all_firms_at_weight():
    h, e = people().households, people().enterprises
    firms = (e["alive"] == 1) & (h["frame"] == 0)
    weight, profit = h["weight"][firms], e["smoothed_profit"][firms]
    middle = local_median(people())
    assert weight[profit <= middle].sum() >= 0.5 * weight.sum() > weight[profit < middle].sum()


# Randomisation


@pytest.mark.parametrize("name", NAMES)
def test_randomisation_is_balanced(name):
    seen = lives(name, replicates=2)
    for replicate in range(2):
        own = seen.stratum == replicate
        if trial(name).clusters == "none":
            assert seen.treated[own].sum() == 150
        else:
            number = len(np.unique(seen.cluster[own]))
            assert len(np.unique(seen.cluster[own & seen.treated])) == number // 2
    for quantity in ("profit", "consumption", "capital"):
        one, other = (seen.before[quantity][who] for who in (seen.treated, ~seen.treated))
        group = partial(Group, before=np.zeros(0), stratum=np.zeros(0))
        sides = (
            group(after=column, cluster=seen.cluster[who])
            for column, who in ((one, seen.treated), (other, ~seen.treated))
        )
        compared = Comparison(*sides, paired=False)
        plain = Measure(outcome="profit", months=[1], estimator="difference", unit="level")
        assert abs(effect(compared, plain)) < 4.0 * error(compared, plain), quantity


def test_clusters_are_assigned_whole():
    cluster = np.repeat(np.arange(20), 7)
    treated = assigned(cluster, uniforms(1, 0, "tried", ASSIGNMENT, len(cluster)))
    by_cluster = treated.reshape(20, 7)
    assert (by_cluster.all(axis=1) | ~by_cluster.any(axis=1)).all()
    assert by_cluster[:, 0].sum() == 10


def test_who_is_treated_is_as_likely_for_everyone():
    times = sum(
        assigned(np.arange(50), uniforms(1, replicate, "tried", ASSIGNMENT, 50)).astype(int)
        for replicate in range(400)
    )
    assert np.abs(times - 200).max() < 4.0 * math.sqrt(400 * 0.25)


def test_chance_of_a_trial_moves_no_life():
    lists = [uniforms(1, 0, "tried", purpose, 5) for purpose in (ASSIGNMENT, ATTRITION, SURVEY)]
    assert len({each.tobytes() for each in lists}) == 3
    assert uniforms(1, 0, "other", ASSIGNMENT, 5).tobytes() != lists[0].tobytes()
    assert uniforms(2, 0, "tried", ASSIGNMENT, 5).tobytes() != lists[0].tobytes()


# Treatment


def tried(name, months=2, size=100):
    """Return the model of a small trial at its start, with its people and who is treated."""
    small = trial(name, size=size)
    values = parameters.values()
    found = place_of(small.sample, 2 * size, name)
    treated = assigned(found.clusters, uniforms(1, 0, name, ASSIGNMENT, 2 * size))
    arms = arms_of(small, found.rows, treated, found.medians)
    world = world_of(found.population, months, values)
    return TrialModel(found.population, world, values, arms, 1, 0, months), found, treated


@pytest.mark.parametrize("name", NAMES)
def test_arms_get_exactly_their_treatment(name):
    lived, found, treated = tried(name)
    lived.step()
    enrolled = [set(each.enrolled.tolist()) for each in lived.providers]
    wanted = [found.rows[treated]]
    if trial(name).arms.control:
        wanted = [found.rows[~treated], *wanted]
    for each, rows, provider in zip(enrolled, wanted, lived.providers, strict=True):
        if provider.arm.everyone:
            assert each == set(rows.tolist())
        else:
            assert each < set(rows.tolist())
            assert 0.4 < len(each) / len(rows) < 0.95  # who applies
    if not trial(name).arms.control:
        others = np.setdiff1d(np.arange(len(lived.population)), found.rows[treated])
        h, e = lived.population.households, lived.population.enterprises
        for records, field in (
            (e, "practices"),
            (e, "information"),
            (e, "contract"),
            (h, "visits"),
        ):
            assert not records[field][others].any(), field


def test_a_grant_reaches_the_treated_in_full_and_nobody_else():
    lived, found, treated = tried("v3-cash-grant")
    h, e = lived.population.households, lived.population.enterprises
    before = h["savings"] + e["capital"]
    lived.begin_month()
    gain = h["savings"] + e["capital"] - before
    amount = 20 * found.medians.profit
    assert gain[found.rows[treated]] == pytest.approx(np.full(treated.sum(), amount))
    assert not np.delete(gain, found.rows[treated]).any()
    assert lived.providers[0].account.cost == pytest.approx(amount * treated.sum())


def test_the_trained_control_is_trained_and_not_visited():
    lived, found, treated = tried("v2-mentoring-addon", months=14)
    visited = np.zeros(len(lived.population), bool)
    practices = np.zeros(len(lived.population))
    for _ in range(14):
        lived.step()
        visited |= lived.population.households["visits"] > 0
        practices = np.maximum(practices, lived.population.enterprises["practices"])
    assert not visited[found.rows[~treated]].any()
    assert 0.3 < visited[found.rows[treated]].mean() < 0.9  # who stayed in the course
    for who in (treated, ~treated):
        assert 0.3 < (practices[found.rows[who]] > 0.0).mean() < 0.65
    assert not practices[np.setdiff1d(np.arange(len(practices)), found.rows)].any()


def test_twins_are_the_same_people_without_the_treatment():
    seen = lives("v1-training")
    months = trial("v1-training").months
    control = ~seen.treated
    for month in months:
        apart = seen.after["consumption", month] != seen.twin["consumption", month]
        assert apart[seen.treated].mean() > 0.2
        # Others feel it through markets only, in which a few hundred of millions are nothing.
        ratio = seen.after["consumption", month][control] / seen.twin["consumption", month][control]
        assert np.abs(np.log(ratio)).max() < 0.01


def test_a_trial_is_lived_the_same_again():
    small = trial("v1-training", size=30)
    once, again = (live(small, people(), parameters.values(), 3, 0) for _ in range(2))
    for key in once.after:
        assert once.after[key].tobytes() == again.after[key].tobytes()


# The placebo


def test_the_placebo_moves_nothing_beyond_chance():
    outcome = run_trial("placebo", size=150, replicates=2, draws=2, households=HOUSEHOLDS)
    assert outcome.inside
    assert outcome.paired_inside
    assert outcome.prior_share == 1.0
    for each in outcome.measures:
        assert (each.paired, each.paired_low, each.paired_high) == (0.0, 0.0, 0.0)
        assert each.low < 0.0 < each.high or each.band_low < each.estimate < each.band_high


def test_the_placebo_is_outside_as_seldom_as_it_says():
    small = trial("placebo", size=100)
    beyond = []
    for seed in range(60):
        told = found(small, live(small, people(), parameters.values(), seed, 0), paired=False)
        beyond += [abs(each.value) > 1.96 * each.error for each in told.values()]
    assert 0.02 < np.mean(beyond) < 0.09  # 5%; the measures of one trial go together


# Surveys


def test_sales_are_what_the_ledger_has():
    values = parameters.values()
    values["closure_base"] = -50.0  # who closes in the month leaves no trace of its sales
    lived = model(months=3, values=values)
    for _ in range(3):
        lived.step()
        h, e = lived.population.households, lived.population.enterprises
        traded = (e["alive"] == 1) & (e["age"] > 0)
        told = sales(e, values[0])
        total = (h["weight"] * told)[traded].sum()
        assert total == pytest.approx(lived.sums_now[:, ledger.REVENUE].sum(), rel=1e-9)
        seen = survey(lived.population, np.arange(len(h)), values[0])
        assert (h["weight"] * seen["sales"]).sum() == pytest.approx(total)
        owners = (h["weight"] * seen["survival"]).sum()
        assert owners == pytest.approx(lived.sums_now[:, indicators.ENTERPRISES].sum())


def test_survey_errors_have_their_size_and_leave_the_rest():
    number = 20_000
    seen = {name: np.full(number, 2.0) for name in ("profit", "consumption", "sales")}
    seen["survival"] = (np.arange(number) % 2).astype(float)
    uniform = uniforms(1, 0, "tried", SURVEY, number)
    noted = with_errors(seen, np.full(number, 10.0), {"profit": 0.3, "consumption": 0.1}, uniform)
    runs = seen["survival"] == 1.0
    assert noted["profit"][runs].std() == pytest.approx(3.0, rel=0.03)
    assert (noted["profit"][~runs] == 2.0).all()
    assert np.log(noted["consumption"]).std() == pytest.approx(0.1, rel=0.03)
    assert noted["sales"] is seen["sales"]


def test_attrition_takes_its_share():
    seen = lives("v3-cash-grant", size=500)
    assert (~seen.found).mean() == pytest.approx(trial("v3-cash-grant").attrition, abs=0.04)


# Estimators

PLAIN = {"outcome": "profit", "months": [1], "unit": "level"}
DIFFERENCE = Measure(**PLAIN, estimator="difference")
ANCOVA = Measure(**PLAIN, estimator="ancova")


def made(rng, rows=400, shift=2.0, slope=0.8, clusters=None, spread=0.0):
    """Return a comparison with a known effect; half of the clusters are treated."""
    cluster = np.arange(rows) if clusters is None else np.arange(rows) % clusters
    number = int(cluster.max()) + 1
    arm = (rng.permutation(number) < number // 2)[cluster]
    before = rng.normal(10.0, 2.0, rows)
    common = rng.normal(0.0, 1.0, number)[cluster] * spread
    after = 5.0 + slope * before + shift * arm + common + rng.normal(0.0, 1.0, rows)
    stratum = np.zeros(rows, int)
    sides = [Group(after[w], before[w], cluster[w], stratum[w]) for w in (arm, ~arm)]
    return Comparison(*sides, paired=False)


def test_a_difference_is_that_of_means_with_its_textbook_error():
    compared = made(np.random.default_rng(1))
    one, other = compared.treated.after, compared.control.after
    assert effect(compared, DIFFERENCE) == pytest.approx(one.mean() - other.mean())
    textbook = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    assert error(compared, DIFFERENCE) == pytest.approx(textbook, rel=0.01)


def test_ancova_is_least_squares_on_arm_and_baseline():
    compared = made(np.random.default_rng(2))
    sides = compared.treated, compared.control
    y, b = (np.concatenate([getattr(s, name) for s in sides]) for name in ("after", "before"))
    arm = np.r_[np.ones(len(sides[0].after)), np.zeros(len(sides[1].after))]
    x = np.column_stack([arm, b, np.ones(len(y))])
    coefficients, *_ = np.linalg.lstsq(x, y, rcond=None)
    rest = y - x @ coefficients
    bread = np.linalg.inv(x.T @ x)
    robust = bread @ (x.T * rest**2) @ x @ bread
    assert effect(compared, ANCOVA) == pytest.approx(coefficients[0])
    assert error(compared, ANCOVA) == pytest.approx(math.sqrt(robust[0, 0]), rel=0.01)
    assert error(compared, ANCOVA) < 0.7 * error(compared, DIFFERENCE)


def test_ancova_takes_out_what_strata_differ_by():
    compared = made(np.random.default_rng(3))
    shifted = []
    for side in (compared.treated, compared.control):
        stratum = np.arange(len(side.after)) % 3
        shifted.append(Group(side.after + 50.0 * stratum, side.before, side.cluster, stratum))
    assert effect(Comparison(*shifted, paired=False), ANCOVA) == pytest.approx(2.0, abs=0.4)


def test_weights_are_as_good_as_repeated_rows():
    compared = made(np.random.default_rng(4), rows=60)
    times = [np.arange(len(s.after)) % 3 for s in (compared.treated, compared.control)]
    repeated = Comparison(
        *(
            Group(
                *(np.repeat(getattr(side, n), w) for n in ("after", "before", "cluster", "stratum"))
            )
            for side, w in zip((compared.treated, compared.control), times, strict=True)
        ),
        paired=False,
    )
    weights = tuple(each.astype(float) for each in times)
    for measure in (DIFFERENCE, ANCOVA, DIFFERENCE.model_copy(update={"unit": "sd"})):
        assert effect(compared, measure, weights) == pytest.approx(effect(repeated, measure))


@pytest.mark.parametrize("measure", [DIFFERENCE, ANCOVA], ids=["difference", "ancova"])
@pytest.mark.parametrize("clusters", [None, 40])
def test_intervals_hold_the_truth_as_often_as_they_say(measure, clusters):
    rng = np.random.default_rng(5)
    held = []
    for _ in range(400):
        compared = made(rng, clusters=clusters, spread=0.7 if clusters else 0.0)
        missed = abs(effect(compared, measure) - 2.0)
        held.append(missed < 1.96 * error(compared, measure))
    assert 0.92 < np.mean(held) < 0.98


def test_errors_without_clusters_would_be_too_small():
    rng = np.random.default_rng(6)
    compared = made(rng, clusters=40, spread=1.0)
    alone = Comparison(
        *(
            Group(s.after, s.before, np.arange(len(s.after)) + 1000 * n, s.stratum)
            for n, s in enumerate((compared.treated, compared.control))
        ),
        paired=False,
    )
    assert error(compared, ANCOVA) > 1.5 * error(alone, ANCOVA)


def test_pairs_have_the_error_of_their_differences():
    rng = np.random.default_rng(7)
    twin = rng.normal(100.0, 50.0, 400)
    gain = rng.normal(3.0, 1.0, 400)
    row = np.arange(400)
    sides = [Group(column, twin, row, row) for column in (twin + gain, twin)]
    compared = Comparison(*sides, paired=True)
    for measure in (DIFFERENCE, ANCOVA):
        assert effect(compared, measure) == pytest.approx(gain.mean())
        assert error(compared, measure) == pytest.approx(gain.std() / 20.0, rel=0.01)


def test_quantile_effects_find_a_shift_of_the_top_only():
    rng = np.random.default_rng(8)
    column = rng.normal(0.0, 1.0, 20_000)
    other = rng.normal(0.0, 1.0, 20_000)
    top = np.where(column > np.quantile(column, 0.9), column + 1.5, column)
    row = np.arange(20_000)
    compared = Comparison(*(Group(c, c, row, row) for c in (top, other)), paired=False)
    for u, shift in ((0.25, 0.0), (0.5, 0.0), (0.95, 1.5)):
        measure = Measure(**PLAIN, estimator="quantile", quantile=u)
        assert effect(compared, measure) == pytest.approx(shift, abs=0.06)
        assert math.isnan(error(compared, measure))


def test_quantiles_are_numpys_for_many_rows():
    column = np.random.default_rng(9).normal(5.0, 2.0, 5000)
    nothing = Group(np.zeros(5000), *(np.arange(5000),) * 3)
    compared = Comparison(Group(column, *(np.arange(5000),) * 3), nothing, paired=False)
    for u in (0.05, 0.5, 0.95):
        measure = Measure(**PLAIN, estimator="quantile", quantile=u)
        assert effect(compared, measure) == pytest.approx(np.quantile(column, u), abs=0.01)


def test_resamples_take_whole_clusters_and_as_many_as_there_are():
    cluster = np.repeat(np.arange(30), 4)
    draw = lambda number, many: uniforms(1, 0, "tried", 206, many, number)  # noqa: E731
    drawn = [counts(cluster, draw, number).reshape(30, 4) for number in range(200)]
    assert all((each == each[:, :1]).all() for each in drawn)
    assert {each[:, 0].sum() for each in drawn} == {30.0}
    assert np.mean(drawn, axis=0)[:, 0] == pytest.approx(np.ones(30), abs=0.35)


def test_units():
    after = np.array([2.0, 4.0])
    row = np.arange(2)
    compared = Comparison(Group(after + 1.5, after, row, row), Group(after, after, row, row), False)
    for unit, told in (("level", 1.5), ("percent", 50.0), ("sd", 1.5)):
        measure = DIFFERENCE.model_copy(update={"unit": unit})
        assert effect(compared, measure) == pytest.approx(told)
    points = Measure(outcome="survival", months=[1], unit="points", estimator="difference")
    assert effect(compared, points) == pytest.approx(150.0)


def test_nobody_on_a_side_is_no_estimate():
    compared = made(np.random.default_rng(10), rows=20)
    none, all_ = np.zeros(10), np.ones(10)
    for measure in (DIFFERENCE, ANCOVA, Measure(**PLAIN, estimator="quantile", quantile=0.5)):
        assert math.isnan(effect(compared, measure, (none, all_)))
        assert math.isnan(effect(compared, measure, (all_, none)))
    single = Comparison(*(Group(*(np.ones(1),) * 4),) * 2, paired=True)
    assert math.isnan(error(single, DIFFERENCE))


def test_winsorising_caps_both_arms_alike_and_only_above():
    after = np.r_[np.zeros(98), -1000.0, 1000.0]
    row = np.arange(100)
    side = Group(after, after, row, row)
    measure = ANCOVA.model_copy(update={"winsorise": 0.98})
    capped = winsorised(Comparison(side, side, False), measure)
    for each in (capped.treated, capped.control):
        assert each.after.max() == each.before.max() < 1000.0
        assert each.after.min() == -1000.0


def test_half_lives_and_what_is_made_of_effects():
    months = np.array([24.0, 48.0, 108.0])
    for true in (20.0, 60.0, 200.0):
        assert half_life(months, 30.0 * 0.5 ** (months / true)) == pytest.approx(true, rel=0.02)
    assert half_life(months, np.array([10.0, 10.0, 10.0])) == 1200.0
    assert math.isnan(half_life(months, np.array([-1.0, -2.0, -1.0])))
    found = {"a": Measure(**PLAIN), "b": Measure(**PLAIN | {"months": [2]})}
    found["apart"] = Measure(difference=["a", "b"])
    found["over"] = Measure(ratio=["a", "b"])
    found["halves"] = Measure(half_life=["a", "b"])
    told = completed(found, {"a": 4.0, "b": 2.0})
    assert (told["apart"], told["over"]) == (2.0, 2.0)
    assert told["halves"] == pytest.approx(3.0)


def test_arms_and_twins_agree_where_the_sample_is_large():
    small = trial("v3-cash-grant", size=1500)
    seen = live(small, people(), parameters.values(), 1, 0)
    arms, twins = (found(small, seen, paired) for paired in (False, True))
    for name in ("profit-24", "capital-48"):
        apart = arms[name].value - twins[name].value
        assert abs(apart) < 3.5 * arms[name].error, name
        assert twins[name].error < 0.6 * arms[name].error


# Priors


def test_prior_draws_use_every_part_of_every_range_once():
    names = ["wear", "capital_share", "course_dose"]
    drawn = latin_hypercube(names, 40, 1, "tried")
    for name in names:
        low, high = TABLE[name].low, TABLE[name].high
        along = (np.array([each[name] for each in drawn]) - low) / (high - low)
        assert sorted((along * 40).astype(int)) == list(range(40))
    assert parameters.values(drawn[0])["wear"] == drawn[0]["wear"]
    columns = [np.argsort([each[name] for each in drawn]).tolist() for name in names]
    assert columns[0] != columns[1] != columns[2]


def test_verdicts_on_bands():
    assert [verdict(share) for share in (0.81, 0.8, 0.05, 0.049)] == [
        "uninformative",
        "",
        "",
        "infeasible",
    ]
    assert verdict(math.nan) == ""


# Outcomes


@pytest.mark.parametrize("name", NAMES)
def test_a_tiny_run_of_each_trial(name):
    outcome = run_trial(name, replicates=1, size=40, draws=1, households=HOUSEHOLDS, resamples=20)
    table_sha = hashlib.sha256((ROOT / "simulation" / "parameters.csv").read_bytes()).hexdigest()
    assert outcome.parameters_sha256 == table_sha
    assert outcome.file_sha256 == hashlib.sha256(path_of(name).read_bytes()).hexdigest()
    assert [each.measure for each in outcome.measures] == list(trial(name).measures)
    assert outcome.measure == trial(name).main
    assert (
        40 <= outcome.control + outcome.treated <= 80
        or not trial(name).measures[outcome.measure].outcome
    )
    assert outcome.prior_share in (0.0, 1.0)
    missed = [each.measure for each in outcome.measures if each.inside is False]
    assert outcome.inside == (not missed)
    assert all(f"{each}: " in outcome.why for each in missed)
    for each in outcome.measures:
        assert each.inside is None or each.inside == (
            each.band_low <= each.estimate <= each.band_high
        )
        assert not each.low > each.high
        assert each.sure in ((None,) if each.inside is None else (True, False))
        if each.sure:  # then no end of the interval says otherwise
            ends = [each.band_low <= end <= each.band_high for end in (each.low, each.high)]
            assert ends == [each.inside] * 2
    rows = table([outcome])
    assert len(rows) == 1
    assert {"estimate", "low", "high", "inside", "paired", "prior_share", "why"} <= set(rows)
    assert len(measures_table([outcome])) == len(outcome.measures)


def test_no_trial_moves_the_parameters():
    before = files.parameters_hash(), parameters.values().tobytes()
    run_trial("v1-training", replicates=1, size=20, draws=1, households=HOUSEHOLDS, resamples=2)
    assert (files.parameters_hash(), parameters.values().tobytes()) == before


def test_a_table_that_moved_after_it_was_read_is_refused(tmp_path, monkeypatch):
    moved = tmp_path / "parameters.csv"
    text = (ROOT / "simulation" / "parameters.csv").read_text(encoding="utf-8")
    old = f"course_dose,SD a course of 40 hours,{TABLE['course_dose'].default:.2f},"
    assert old in text
    moved.write_text(text.replace(old, old.replace("0.", "0.9")), encoding="utf-8")
    monkeypatch.setattr(parameters, "__file__", str(tmp_path / "parameters.py"))
    with pytest.raises(RuntimeError, match="changed after it was read"):
        files.parameters_hash()


# Nothing of a programme or a trial is in the model


PROPER = {
    "bandhan", "bpum", "brac", "dandora", "jakpreneur", "kur", "mekaar", "pena", "prakerja",
    "sedaya", "siyb", "spandana", "tup", "wings", "yop", "youwin", "placebo", "graduation",
    "trial", "trials",
}  # fmt: skip
"""Names of programmes and trials; those that are called by their parts say nothing here."""
MEASURES_ONLY = {"simulation.trace"}
"""Modules that only look on: whether a firm meets what a lender asks for is a measure."""
KNOWN_WORDS = {
    "profit_error", "score_profit", "noise_profit", "online_sales", "income_response",
}  # fmt: skip
"""Parameters with an outcome in their name: what surveys and scores see of it, where it is made."""
OUTCOMES = {
    "households": (
        "mean_income", "persistent", "smoothed", "consumption", "measured", "casual_wage",
        "year_sum", "year_mean",
    ),
    "enterprises": ("scale", "ability", "productivity", "profit", "smoothed_profit", "alive"),
}  # fmt: skip
"""State that no programme may write: what it does to these must come out of everybody's month."""


def spoken(tree):
    """Return every word of the names and texts of a module, without docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    docs |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    names = []
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg"):
            if isinstance(getattr(node, field, None), str):
                names.append(getattr(node, field))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            names.append(node.value)
    text = " ".join(names).lower().replace("_", " ").replace("-", " ")
    return set(text.split())


@pytest.mark.parametrize("module", sorted(set(package("simulation")) - MEASURES_ONLY))
def test_no_code_of_the_model_names_a_programme_or_a_trial(module):
    assert not spoken(package("simulation")[module]) & PROPER


def test_no_parameter_belongs_to_a_programme_or_a_trial():
    whole = {name.replace("-", "_") for name in NAMES}
    for name in TABLE:
        words = set(name.split("_"))
        assert not words & PROPER, name
        assert not any(each in name for each in whole), name
        if words & {"profit", "income", "survival", "earnings", "sales"}:
            assert name in KNOWN_WORDS, f"{name} may be an effect that is written in"
    on_outcomes = {name for name, each in TABLE.items() if each.unit.startswith("factor on")}
    assert on_outcomes == {"risky_gain", "risky_loss"}  # of a venture's state, whoever financed it


def test_no_term_of_a_programme_is_an_effect():
    def fields(schema):
        for name, each in schema.get("properties", {}).items():
            yield name
            yield from fields(each)
        for each in schema.get("$defs", {}).values():
            yield from fields(each)

    from simulation.programmes.programme import Programme

    names = set(fields(Programme.model_json_schema()))
    assert set(PARTS) <= names
    effects = {"effect", "effects", "gain", "profit", "lift", "factor", "multiplier", "impact"}
    assert not {word for name in names for word in name.split("_")} & effects
    assert set(CONTRACT.names) == {
        "amount", "share", "floor", "instalment", "ceiling", "buy_back", "security", "term", "grace"
    }  # fmt: skip


def test_institutions_write_no_outcome():
    lived = model([everything(starts=1, seats=25)], months=14)
    for _ in range(14):
        before = {
            (kind, field): getattr(lived.population, kind)[field].tobytes()
            for kind, own in OUTCOMES.items()
            for field in own
        }
        lived.begin_month()
        for (kind, field), bits in before.items():
            assert getattr(lived.population, kind)[field].tobytes() == bits, field
        lived.live_month()
        lived.end_month()
    assert len(lived.providers[0].enrolled) == 50


def test_the_name_of_a_programme_makes_no_difference():
    small = trial("placebo", size=50)
    found = place_of(small.sample, 100, "placebo")
    values = parameters.values()
    world = world_of(found.population, 3, values)
    ends = []
    for name in ("sedaya", "another"):
        arm = small.arms.treatment.model_copy(update={"programme": {"cash": {"amount": 1e6}}})
        named = small.model_copy(
            update={
                "name": name,
                "arms": small.arms.model_copy(update={"treatment": arm}),
            }
        )
        arms = arms_of(named, found.rows, np.ones(100, bool), found.medians)
        lived = TrialModel(found.population, world, values, arms, 1, 0, 3).run()
        ends.append(lived.population.households.tobytes() + lived.population.enterprises.tobytes())
    assert ends[0] == ends[1]


def test_no_file_of_the_trials_names_a_place_on_a_machine():
    for path in [*Path(files.__file__).parent.glob("*.*"), Path(__file__)]:
        if path.suffix in (".py", ".yaml"):
            assert "/" + "work/" not in path.read_text(encoding="utf-8"), path.name
