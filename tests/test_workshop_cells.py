import json
import math

import numpy as np
import pytest

from scenarios.runs.claims import claims
from scenarios.runs.effects import INDICATORS, RATIOS
from scenarios.runs.outcome import outcome, run_of
from scenarios.runs.play import model_of
from scenarios.runs.prepare import PROGRAMMES, setting_of
from scenarios.workshop import cells, choices, doubt, lives, sides
from scenarios.workshop.choices import Choice, Common, Split
from simulation.parameters import TABLE
from simulation.trace import follow

HOUSEHOLDS = 1_500


@pytest.fixture(scope="module", params=choices.PEOPLE)
def scenario(request):
    common = Common(
        place="Bali", people=request.param, budget=choices.BUDGETS[0], shock="prices rise"
    )
    shares = {"training": 25, "mentoring": 25, "equity": 25, "documents": 25}
    how = {"archetype": "course", "selection": "need", "terms": "micro equity"}
    room = cells.room("Bali", request.param, HOUSEHOLDS)
    found = sides.scenario_of(common, Choice(split=Split(**shares), **how), room)
    return found.model_copy(update={"households": HOUSEHOLDS})


@pytest.fixture(scope="module")
def found(scenario):
    return cells.cell(run_of(scenario, 1))


def test_a_cell_is_an_outcome_to_the_bit(scenario, found):
    expected = outcome(run_of(scenario, 1))
    assert {each.name for each in INDICATORS} == set(expected)
    np.testing.assert_equal({name: found[name] for name in expected}, expected)


def test_a_claim_is_that_of_all_programmes_together(scenario, found):
    population, run, twin = cells.lived(scenario, 1)
    own = [claims(population, run, twin, each)["claimed_lifted"] for each in run.programmes]
    assert len(own) == 4
    assert np.isfinite(own).any()
    assert found["claimed_lifted"] == np.nansum(own) >= 0.0


def test_nobody_claims_what_cash_did(scenario):
    people = scenario.programmes[0].target.group
    common = Common(place="Bali", people=people, budget=choices.BUDGETS[0], shock="none")
    cash = sides.scenario_of(common, "cash", cells.room("Bali", people, HOUSEHOLDS))
    found = cells.cell(run_of(cash.model_copy(update={"households": HOUSEHOLDS}), 0))
    assert found["participants"] > 0
    assert cells.row_of(0, found)["values"]["claimed_lifted"] is None


def test_paths_are_shares_of_poor_persons_among_those_enrolled(scenario, found):
    population, run, twin = cells.lived(scenario, 1)
    heads = population.households["weight"] * population.households["members"]
    for month in (0, 4, 35):
        known = run.since <= month
        own = heads[run.rows] * known
        poor = run.paths["standing"][month] < 1.0
        alone = [twin.paths["standing"][month][twin.rows == row][0] < 1.0 for row in run.rows]
        for side, who in ((cells.WITH, poor), (cells.WITHOUT, np.array(alone))):
            shown = found[f"{side}.{month}"]
            if known.sum() < 30:
                assert math.isnan(shown)
            else:
                assert shown == pytest.approx(100.0 * (own * who).sum() / own.sum())


def test_a_row_is_json_with_every_indicator_but_ratios(found):
    row = cells.row_of(3, found)
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert set(row["values"]) == {each.name for each in cells.ON_PAGE} - set(RATIOS)
    assert row["replicate"] == 3
    assert len(row["with"]) == len(row["without"]) == choices.MONTHS
    for name, value in row["values"].items():
        assert (value is None) == math.isnan(found[name])
        assert value is None or value == pytest.approx(found[name], abs=0.5, rel=1e-4)


def test_what_failed_has_no_values():
    assert cells.failed(2) == {"replicate": 2, "values": {}, "with": [], "without": []}


@pytest.mark.parametrize("people", choices.PEOPLE)
def test_all_seats_that_there_is_room_for_find_people(people):
    room = cells.room("Bali", people, HOUSEHOLDS)
    assert set(room) == set(sides.programmes(people))
    assert all(seats > 0 for seats in room.values())
    common = Common(place="Bali", people=people, budget=choices.BUDGETS[0], shock="none")
    for archetype in choices.ARCHETYPES:
        how = {"archetype": archetype, "selection": "first come", "terms": "grant"}
        shares = dict.fromkeys(choices.LEVERS, 25)
        choice = Choice(split=Split(**shares), **how)
        found, kinds = sides.scenario_of(common, choice, room), sides.kinds_of(choice)
        most = [
            each.model_copy(update={"seats": room[kinds[each.name]]}) for each in found.programmes
        ]
        update = {"households": HOUSEHOLDS, "programmes": most, "months": 8}
        full = found.model_copy(update=update)
        for replicate in range(3):
            run = follow(model_of(full, setting_of(full), replicate, 1))
            assert len(run.programmes) == 4


# Doubt


def test_moves_without_a_source_make_their_share(monkeypatch):
    names = [name for name in TABLE if name in PROGRAMMES]
    loose = next(name for name in names if TABLE[name].source.startswith("assumption"))
    firm = next(name for name in names if not TABLE[name].source.startswith("assumption"))
    ends = [doubt.Point(name, end) for name in (loose, firm) for end in (0.0, 1.0)]
    monkeypatch.setattr(doubt, "points", lambda: [doubt.USUAL, *ends])
    values = [4, 6, 1, 3, 7, 9, 3, 5, -7, -5]  # two replicates a point; nothing of chance
    told = doubt.doubt([{"net_lifted": float(value)} for value in values])
    assert told["value"] == 5.0
    assert told["share"] == pytest.approx(100.0 * 6**2 / (6**2 + 10**2), abs=1e-3)
    assert told["inputs"] == [
        {"name": f"parameter.{firm}", "unsourced": False, "at_low": 4.0, "at_high": -6.0},
        {"name": f"parameter.{loose}", "unsourced": True, "at_low": 2.0, "at_high": 8.0},
    ]
    assert told["flips"] == [f"parameter.{firm}"]


def test_runs_that_failed_leave_an_end_unknown(monkeypatch):
    ends = [doubt.Point("take_up", end) for end in (0.0, 1.0)]
    monkeypatch.setattr(doubt, "points", lambda: [doubt.USUAL, *ends])
    known = [{"net_lifted": float(value)} for value in (4, 6, 7, 9)]
    told = doubt.doubt([*known[:2], {}, {}, *known[2:]])
    assert (told["inputs"][0]["at_low"], told["inputs"][0]["at_high"]) == (None, 8.0)
    assert told["share"] is None


def test_nothing_known_is_nothing_told(monkeypatch):
    runs = len(doubt.points()) * doubt.REPLICATES
    told = doubt.doubt([{}] * runs)
    assert (told["value"], told["share"], told["inputs"], told["flips"]) == (None, None, [], [])


def test_each_input_is_moved_alone(scenario):
    inputs = list(doubt.inputs_of(scenario))
    assert len(inputs) == len(doubt.points()) * doubt.REPLICATES
    assert inputs[:2] == [run_of(scenario, 0), run_of(scenario, 1)]
    assert all(len(each["scenario"]["parameters"]) <= 1 for each in inputs)
    assert len({json.dumps(each, sort_keys=True) for each in inputs[2:]}) > 150


# Lives


@pytest.fixture(scope="module")
def told(scenario):
    return lives.told(lives.lives(run_of(scenario, 0)))


def test_lives_are_of_different_kinds(told):
    kinds = [life["who"]["kind"].removeprefix("life.") for life in told]
    assert 2 <= len(kinds) <= 3
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) <= set(lives.KINDS)


def test_lives_are_whole_and_in_rupiah(told):
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    for life in told:
        for name in ("line", "with", "without"):
            assert len(life[name]) == choices.MONTHS
            assert all(value >= 0 and value % 1000 == 0 for value in life[name])
        assert min(life["line"]) > 300_000


def test_nothing_differs_before_anyone_was_enrolled(told):
    for life in told:
        assert life["with"][:3] == life["without"][:3]
        enrolled = [each for each in life["events"] if each["label"].startswith("event.enrolled")]
        assert min(each["month"] for each in enrolled) in (3, 6)


def test_events_come_in_order_and_have_names(told):
    for life in told:
        months = [each["month"] for each in life["events"]]
        assert months == sorted(months)
        assert {each["label"] for each in life["events"]} <= set(lives.EVENTS)


def test_what_is_said_of_a_household_fits_thirty_others(scenario):
    population = setting_of(scenario).population
    h, e = population.households, population.enterprises
    rows = population.reachable
    columns = {"owner": e["woman"], "place": h["urban"], "sector": e["sector"]}
    for row in rows[::37]:
        said = dict(lives._who(population, int(row)))
        fit = h["frame"][rows] == h["frame"][row]
        for part, value in said.items():
            fit &= columns[part][rows] == value
        assert fit.sum() >= 30
        assert set(said) <= set(lives.WHO)


def test_the_lifted_are_lifted_and_the_worse_off_worse(scenario):
    population, run, twin = cells.lived(scenario, 0)
    chosen = lives._chosen(population, run, twin)
    for kind, row in chosen.items():
        assert row in run.rows
        with_it, without = run.year_mean[row], twin.year_mean[row]
        if kind == "lifted_out":
            assert without < 1.0 <= with_it
        if kind == "nothing_gained":
            assert abs(with_it / without - 1.0) <= 0.01
        if kind == "worse_off":
            assert with_it < 0.99 * without
        if kind == "street_again":
            assert run.paths["street"][-1, run.rows == row] > 0


def test_nobody_is_told_of_where_few_are_enrolled(scenario):
    few = [each.model_copy(update={"seats": 3}) for each in scenario.programmes[:1]]
    small = scenario.model_copy(update={"programmes": few})
    assert lives.lives(run_of(small, 0)) == {}
    assert lives.told({}) == []
    row = cells.row_of(0, cells.cell(run_of(small, 0)))
    assert row["values"]["net_lifted"] is None
    assert row["values"]["claimed_lifted"] is None
    assert set(row["with"]) == {None}
