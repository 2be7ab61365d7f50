"""The emulator learns, the posterior holds what was planted, and what is shipped meets its bars."""

from types import SimpleNamespace

import numpy as np
import pytest

from calibration import fit, matching, settled
from calibration.emulator import emulate, latin_hypercube, normals, uniforms
from calibration.targets import Moment
from simulation.parameters import TABLE

LOW, HIGH = np.array([0.0, -1.0]), np.array([2.0, 1.0])
PLANTED = np.array([1.3, -0.4])
ERROR = 0.05
BARS = {
    "p0 total": 0.12,
    "p0 urban": 0.25,
    "p0 rural": 0.25,
    "p1 total": 0.08,
    "gini total": 0.006,
    "bottom40 total": 0.4,
}


def toy(theta):
    """A cheap simulator: six moments, curved in two parameters."""
    a, b = np.atleast_2d(theta).T
    return np.column_stack([a, b, a * b, np.sin(2 * a), np.exp(0.5 * b), a + b**2])


def toy_moments(seed=1):
    values = toy(PLANTED)[0] + ERROR * normals(seed, 0, (1, 6))[0]
    return [
        Moment("2015-09", f"m{i}", "total", float(value), 1.0, ERROR, 0.0, "toy")
        for i, value in enumerate(values)
    ]


@pytest.fixture(scope="module")
def toy_fit():
    found = matching.match(toy, toy_moments(), LOW, HIGH, seed=1, waves=(30, 20))
    return found, matching.sampled(found, toy_moments(), LOW, HIGH, seed=1, steps=600)


# Emulator


def test_the_emulator_recovers_a_known_function():
    theta = LOW + (HIGH - LOW) * latin_hypercube(40, 2, seed=1, index=0)
    emulator = emulate(theta, toy(theta), LOW, HIGH)
    new = LOW + (HIGH - LOW) * uniforms(2, 0, (500, 2))
    mean, variance = emulator.predict(new)
    error = np.abs(mean - toy(new)) / toy(new).std(axis=0)
    assert np.quantile(error, 0.95) < 0.03
    assert (variance > 0).all()


def test_the_emulator_says_how_unsure_it_is():
    """With noise of .1 in what it learns, errors at new points are about as large as it says."""
    theta = LOW + (HIGH - LOW) * latin_hypercube(60, 2, seed=3, index=0)
    noisy = toy(theta) + 0.1 * normals(3, 1, (60, 6))
    emulator = emulate(theta, noisy, LOW, HIGH)
    new = LOW + (HIGH - LOW) * uniforms(4, 0, (500, 2))
    mean, variance = emulator.predict(new)
    shown = toy(new) + 0.1 * normals(4, 1, (500, 6))
    assert 0.7 < np.sqrt(((mean - shown) ** 2 / variance).mean()) < 1.4


def test_a_latin_hypercube_has_a_point_in_every_slice():
    points = latin_hypercube(20, 3, seed=5, index=1)
    assert (np.sort((20 * points).astype(int), axis=0) == np.arange(20)[:, None]).all()


# Posterior


def test_the_posterior_holds_what_was_planted(toy_fit):
    _, sample = toy_fit
    apart = (sample.mean(axis=0) - PLANTED) / sample.std(axis=0)
    assert (np.abs(apart) < 3).all()  # wrong by chance once in 200 seeds, and the seed is fixed


def test_planted_parameters_rank_evenly():
    """20 data sets: mean rank .5, standard error .29 / sqrt(20) = .065; bound at 3.3 of them."""
    found = matching.match(toy, toy_moments(), LOW, HIGH, seed=1, waves=(30, 20))
    ranks = []
    for seed in range(20):
        sample = matching.sampled(found, toy_moments(seed), LOW, HIGH, seed, steps=150)
        ranks.append((sample < PLANTED).mean(axis=0))
    assert np.abs(np.mean(ranks, axis=0) - 0.5).max() < 0.215
    assert (np.ptp(ranks, axis=0) > 0.5).all()


def test_rejection_gives_the_same_posterior(toy_fit):
    """Independent check: keep prior draws by the likelihood itself, without emulator or emcee."""
    _, sample = toy_fit
    prior = LOW + (HIGH - LOW) * uniforms(9, 0, (400_000, 2))
    values = np.array([each.value for each in toy_moments()])
    logs = -0.5 * (((toy(prior) - values) / ERROR) ** 2).sum(axis=1)
    kept = prior[np.log(uniforms(9, 1, (len(prior), 1))[:, 0]) < logs - logs.max()]
    assert len(kept) > 300
    spread = kept.std(axis=0)
    assert np.abs(sample.mean(axis=0) - kept.mean(axis=0)).max() < 0.4 * spread.max()
    assert np.allclose(sample.std(axis=0), spread, rtol=0.3)


def test_matching_rules_out_most_and_keeps_the_planted(toy_fit):
    found, _ = toy_fit
    assert found.kept[-1] < 0.2
    worst = matching._worst(*found.emulator.predict(PLANTED), found.noise, toy_moments())
    assert worst[0] < matching.CUT


def test_equal_seeds_give_equal_posteriors(toy_fit):
    _, sample = toy_fit
    again = matching.match(toy, toy_moments(), LOW, HIGH, seed=1, waves=(30, 20))
    assert np.array_equal(matching.sampled(again, toy_moments(), LOW, HIGH, 1, steps=600), sample)
    other = matching.sampled(again, toy_moments(), LOW, HIGH, 2, steps=600)
    assert not np.array_equal(other, sample)


def test_contraction_is_0_for_the_prior_and_near_1_for_a_point():
    prior = LOW + (HIGH - LOW) * uniforms(1, 7, (5000, 2))
    assert np.abs(matching.contraction(prior, LOW, HIGH)).max() < 0.03
    assert (matching.contraction(PLANTED + 1e-6 * prior, LOW, HIGH) > 0.99).all()


# What is shipped


def test_at_most_six_parameters_are_free():
    assert len(fit.FREE) <= 6
    assert set(fit.FREE) <= set(TABLE)


def test_the_shipped_posterior_is_inside_the_ranges():
    found = fit.posterior()
    low, high = fit.box()
    assert list(found.draws.columns) == list(fit.FREE)
    assert len(found.draws) == matching.KEPT
    assert ((found.draws >= low) & (found.draws <= high)).all(axis=None)


@pytest.mark.parametrize("moment", BARS)
def test_the_shipped_posterior_is_inside_the_bars(moment):
    assert fit.posterior().provenance["rmse"][moment] <= BARS[moment]


def test_known_parameters_are_recovered():
    """Ranks are even by chi-square; six p-values below .01 by chance once in seventeen fits."""
    found = fit.posterior().provenance
    assert found["recovery_cases"] == matching.CASES
    assert min(found["recovery"].values()) > 0.01


def test_even_ranks_are_told_from_uneven_ones():
    even = (np.arange(100) + 0.5) / 100
    p = matching.evenness(np.column_stack([even, even**2]))
    assert p[0] == pytest.approx(1.0)
    assert p[1] < 0.01


def test_the_shipped_posterior_says_where_it_comes_from():
    found = fit.posterior().provenance
    assert len(found["data"]) == len(found["code"]) == 64
    assert found["seed"] == 1
    assert len(found["not_ruled_out"]) == len(matching.WAVES)
    assert found["emulator_off"] < 2.0


def test_defaults_of_the_model_are_the_medians_of_the_posterior():
    median = fit.posterior().provenance["median"]
    for name in fit.FREE:
        span = TABLE[name].high - TABLE[name].low
        assert abs(TABLE[name].default - median[name]) < 0.01 * span


# People kept on the disk


def test_a_half_written_file_of_settled_people_is_made_again(tmp_path, monkeypatch):
    made = []

    def some(area, households, seed, start, seats):
        made.append(seats)
        return settled_people, None

    settled_people = SimpleNamespace()
    monkeypatch.setattr(settled, "people", some)
    monkeypatch.setattr(settled, "settle", lambda *_, **__: None)
    monkeypatch.setattr(settled, "_save", lambda *_: None)
    monkeypatch.setattr(settled, "cache_directory", lambda: tmp_path / "compiled")
    monkeypatch.setattr(settled, "code_version", lambda *_: "1")
    monkeypatch.setattr(settled.hashlib, "sha256", lambda *_: Named())
    (tmp_path / "settled-0000000000000000.npz").write_bytes(b"PK half")
    assert settled.settled.__wrapped__("2015-03", 10, 1) is settled_people
    assert made == [False]


class Named:
    def update(self, _):
        pass

    def hexdigest(self):
        return "0" * 64
