"""How well the credit score tells who will pay is measured in a world without a programme."""

import numpy as np
import pytest

from scenarios.files import read
from scenarios.runs.prepare import setting_of, world_of
from simulation.model import EmpowermentModel
from simulation.programmes.scoring import WEIGHTS, area_under_curve, features, score
from tests.worlds import model

MONTHS = 24


def test_area_under_curve_is_the_share_of_pairs_in_order():
    assert (
        area_under_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
        == 0.75
    )


def test_the_score_tells_payers_from_others_as_well_as_alternative_scores_do():
    scenario = read("baseline")
    setting = setting_of(scenario, threads=2)
    run = EmpowermentModel(
        setting.population, world_of(scenario, setting), setting.parameters, months=MONTHS + 6
    )
    for _ in range(6):
        run.step()
    e = run.population.enterprises
    rows = run.population.reachable
    rows = rows[(e.alive[rows] == 1) & (run.standing(rows) < 1.5)]
    p = setting.parameters[0]
    usual = run.usual_profit(rows)
    scores = score(run, rows, np.full(len(rows), p.attendance), "tried")
    alive, earned = np.ones(len(rows), bool), np.zeros(len(rows))
    for _ in range(MONTHS):
        run.step()
        alive &= e.alive[rows] == 1
        earned += np.where(alive, np.maximum(e.profit[rows], 0.0), 0.0)
    good = alive & (earned >= 0.8 * MONTHS * usual)  # payments are a share of profit
    # 1,900 applicants: the standard error of the area is about .013.
    assert area_under_curve(scores, good) == pytest.approx(0.68, abs=0.04)


def test_every_feature_has_a_weight_and_a_noise_of_its_own():
    run = model(months=3).run()
    rows = np.flatnonzero(run.population.enterprises.alive)[:50]
    seen = features(run, rows, np.zeros(len(rows)))
    assert list(seen) == list(WEIGHTS)
    quiet = {noise: 0.0 for _, noise in WEIGHTS.values()}
    for _, noise in WEIGHTS.values():
        one = model(months=3, changes={**quiet, noise: 1.0}).run()
        none = model(months=3, changes=quiet).run()
        differs = score(one, rows, np.zeros(50), "x") != score(none, rows, np.zeros(50), "x")
        assert differs.all(), noise


def test_a_score_looks_at_the_present_only():
    run = model(months=3).run()
    rows = np.flatnonzero(run.population.enterprises.alive)[:50]
    once = score(run, rows, np.zeros(50), "x")
    np.testing.assert_array_equal(once, score(run, rows, np.zeros(50), "x"))
    assert (score(run, rows, np.zeros(50), "another programme") != once).all()
