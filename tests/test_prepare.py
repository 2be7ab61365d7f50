"""Which parameters people and twins depend on: what runs may share."""

import numpy as np
import pytest

from calibration import settle
from calibration.emulator import latin_hypercube
from scenarios.files import read
from scenarios.runs import prepare
from scenarios.runs.play import model_of
from scenarios.runs.prepare import OUTSIDE, PROGRAMMES, setting_of
from simulation.parameters import TABLE, values
from simulation.trace import follow

SHOCK = '[{"name":"flood","starts":2,"months":6,"income":0.8,"demand":0.7,"work":0.8,"price":1.1}]'
KINDS = ("households", "enterprises", "districts", "blocks", "nearby", "base")
OTHERS = ["persistence", "illness_bill", "lender_rate", "theft", "finding_work", "street_base"]


@pytest.fixture
def hasty(monkeypatch):
    """Settle in a tenth of the time: every month of the year is lived, every rule is applied."""
    for name, number in (("WARM_ROUNDS", 1), ("FITTED_ROUNDS", 2), ("ROUND_MONTHS", 12)):
        monkeypatch.setattr(settle, name, number)


def settled(changes, households=2000):
    return prepare._settled.__wrapped__("DKI Jakarta", households, 1, tuple(changes.items()), 1)


def people(setting):
    """Return all that is known of settled people, as bytes."""
    population = setting.population
    arrays = [getattr(population, kind).tobytes() for kind in KINDS]
    return [*arrays, population.start_rate, setting.residual]


def twin(setting, changes):
    """Return all that a twin in a changing world leaves, as bytes."""
    scenario = read("baseline", ["months=24", "households=2000", f"shocks={SHOCK}"])
    made = prepare.replace(setting, parameters=values(changes))
    model = model_of(scenario, made, 0, 1, programmes=())
    found = follow(model, np.arange(len(setting.population)))
    arrays = [*found.paths.values(), *found.totals.values(), found.year_mean, found.sums]
    end = model.population.households, model.population.enterprises
    return [each.tobytes() for each in (*arrays, *end)]


def mixed(row):
    """Return values of all parameters somewhere in their ranges."""
    places = latin_hypercube(8, len(TABLE), 1, 0)[row]
    pairs = zip(TABLE.values(), places.tolist(), strict=True)
    return {each.name: each.low + place * (each.high - each.low) for each, place in pairs}


def test_the_sets_name_parameters_and_do_not_meet():
    assert set(TABLE) >= PROGRAMMES | OUTSIDE
    assert not PROGRAMMES & OUTSIDE


@pytest.mark.parametrize("base", [{}, mixed(0)], ids=["usual", "mixed"])
def test_parameters_of_programmes_move_neither_people_nor_twins(hasty, base):
    """All at once, to either end: what one of them moves, another hardly moves back to the bit."""
    usual = settled(base)
    lived = twin(usual, base)
    for end in ("low", "high"):
        changes = {**base, **{name: getattr(TABLE[name], end) for name in PROGRAMMES}}
        assert people(settled(changes)) == people(usual)
        assert twin(usual, changes) == lived


@pytest.mark.slow
def test_no_parameter_of_programmes_moves_people_by_itself(hasty):
    """To the end that lies further from the usual."""
    usual = people(settled({}, 500))
    for name in sorted(PROGRAMMES):
        row = TABLE[name]
        furthest = max(row.low, row.high, key=lambda end, row=row: abs(end - row.default))
        assert people(settled({name: furthest}, 500)) == usual, name


@pytest.mark.slow
@pytest.mark.parametrize("row", range(1, 5))
def test_whatever_else_is_so_they_move_nothing(hasty, row):
    test_parameters_of_programmes_move_neither_people_nor_twins(None, mixed(row))


@pytest.mark.parametrize("name", OTHERS)
def test_what_moves_people_is_seen(hasty, name):
    ends = [people(settled({name: end}, 500)) for end in (TABLE[name].low, TABLE[name].high)]
    assert ends[0] != ends[1]
    assert name not in PROGRAMMES | OUTSIDE


def test_people_are_made_once_for_all_parameters_of_programmes(hasty, monkeypatch):
    made = []
    original = prepare.settle
    monkeypatch.setattr(prepare, "settle", lambda *given: made.append(1) or original(*given))
    prepare._settled.cache_clear()
    some = ["months=12", "households=500"]
    usual = setting_of(read("baseline", some))
    other = setting_of(read("baseline", [*some, "parameters.take_up=0.8"]))
    assert other.population is usual.population
    assert other.parameters[0].take_up == 0.8
    setting_of(read("baseline", [*some, "parameters.persistence=0.96"]))
    assert made == [1, 1]
    prepare._settled.cache_clear()
