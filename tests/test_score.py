"""How well the credit score tells who will pay is measured in a world without a programme."""

import numpy as np
import pytest

from scenarios.files import read
from scenarios.prepare import setting_of, world_of
from simulation import draws
from simulation.model import EmpowermentModel
from simulation.programmes.scoring import area_under_curve, score

MONTHS = 24


def test_area_under_curve_is_the_share_of_pairs_in_order():
    assert (
        area_under_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
        == 0.75
    )


def test_the_score_tells_payers_from_others_as_well_as_alternative_scores_do():
    scenario = read("baseline")
    setting = setting_of(scenario, threads=2)
    model = EmpowermentModel(
        setting.population, world_of(scenario, setting), setting.parameters, months=MONTHS + 6
    )
    for _ in range(6):
        model.step()
    h, e = model.population.households, model.population.enterprises
    rows = model.population.reachable
    standing = h.consumption[rows] / (h.members[rows] * model.lines_of(rows))
    rows = rows[(e.alive[rows] == 1) & (standing < 1.5)]
    p = setting.parameters[0]
    usual = (p.variable_margin - p.fixed_cost) * e.scale[rows]
    attended = np.full(len(rows), p.attendance)
    chance = model.draw(rows, draws.SCORING, 1)
    scores = score(model.population, rows, attended, chance, setting.parameters)
    alive, earned = np.ones(len(rows), bool), np.zeros(len(rows))
    for _ in range(MONTHS):
        model.step()
        alive &= e.alive[rows] == 1
        earned += np.where(alive, np.maximum(e.profit[rows], 0.0), 0.0)
    good = alive & (earned >= 0.8 * MONTHS * usual)  # payments are a share of profit
    # 1,900 applicants: the standard error of the area is about .013.
    assert area_under_curve(scores, good) == pytest.approx(0.68, abs=0.04)
