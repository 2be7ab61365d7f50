"""Virtual trials: people, assignment, treatment, surveys, and what comes out."""

import hashlib
import math
from functools import partial

import numpy as np
import pytest

from calibration.trials import files, measures_table, run_trial, table
from calibration.trials.assigned import TrialModel
from calibration.trials.chance import uniforms
from calibration.trials.design import Measure, NoSuchPeopleError, Sample
from calibration.trials.estimates import found
from calibration.trials.estimators import Comparison, Group, effect, error
from calibration.trials.files import path_of
from calibration.trials.lives import arms_of, assigned, live, world_of
from calibration.trials.sample import evened, local_median
from calibration.trials.surveys import sales, survey, with_errors
from simulation import indicators, ledger, parameters
from simulation.draws import ASSIGNMENT, ATTRITION, SURVEY
from simulation.parameters import TABLE
from tests.sources import ROOT
from tests.trials import HOUSEHOLDS, NAMES, lives, people, place_of, trial
from tests.worlds import model

ANY = Sample(group="enterprise owners")


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
