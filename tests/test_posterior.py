"""Comparisons over a posterior: what makes an effect uncertain, and how much of each."""

import json

import numpy as np
import pandas as pd
import pytest

from calibration import fit
from scenarios.compare import compare
from scenarios.files import read
from scenarios.runs import prepare
from scenarios.runs.play import SAMPLES, Pass, passes
from scenarios.runs.prepare import OUTSIDE, setting_of
from scenarios.runs.replicates import SHARES, programmes_of, spread_of, table_of
from simulation.parameters import TABLE
from tests.command import answer
from tests.sources import PACKAGES, attributes, package, texts

TINY = ["months=12", "households=2000", "replicates=2", "programmes.training.seats=40"]
ASK = ["compare", "training-only", "--households", "2000", "--months", "12", "--replicates", "2",
       "--set", "programmes.training.seats=40"]  # fmt: skip


@pytest.fixture
def shipped(monkeypatch):
    """Put a posterior of 40 draws in place."""
    along = np.linspace(0.1, 0.9, 40)
    draws = {n: TABLE[n].low + along * (TABLE[n].high - TABLE[n].low) for n in fit.FREE}
    found = fit.Posterior(pd.DataFrame(draws), {"seed": 1})
    monkeypatch.setattr(fit, "posterior", lambda: found)
    return found


@pytest.fixture
def berdaya(capsys, monkeypatch, tmp_path):
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: answer(capsys, *words)


# Variance


def drawn(generator, draws, often, samples, parameter, common, own, sample, mean=3.0):
    """Return effects with known spreads: of draws, of luck (common and own), of samples."""
    luck = generator.normal(0, common, often)
    values = mean + generator.normal(0, parameter, draws)[:, None] + luck
    values = values + generator.normal(0, own, (draws, often))
    # The first sample is the one that all draws are lived in; where it lies is not known.
    lie = generator.normal(0, sample, samples)
    values = values + lie[0]
    rows = [values[draws // 2]]
    at = values[draws // 2].mean() - luck.mean() - lie[0]
    for each in lie[1:]:
        rows.append(at + each + generator.normal(0, np.hypot(common, own), often))
    return values, np.array(rows)


@pytest.mark.parametrize(
    ("parameter", "common", "own", "sample"),
    [(2.0, 1.0, 0.5, 0.7), (0.0, 1.0, 1.0, 0.0), (0.5, 0.2, 1.5, 2.0), (1.5, 0.0, 0.3, 0.4)],
)
def test_variances_are_those_that_were_put_in(parameter, common, own, sample):
    """400 sets; each mean variance to 5 of its standard errors and what cutting at 0 adds."""
    generator = np.random.default_rng(1)
    draws, often, samples = 12, 6, 5
    found = [
        spread_of(*drawn(generator, draws, often, samples, parameter, common, own, sample))
        for _ in range(400)
    ]
    known = {
        "sd_parameter": parameter**2,
        "sd_chance": (common**2 + own**2 / draws) / often,
        "sd_people": sample**2,
    }
    noise = {"sd_parameter": own**2 / often, "sd_chance": 0.0,
             "sd_people": (common**2 + own**2) / often}  # fmt: skip
    for name, variance in known.items():
        squares = np.array([each[name] for each in found]) ** 2
        error = squares.std() / 20.0
        cut = 0.5 * noise[name] if variance < noise[name] else 0.05 * noise[name]
        assert abs(squares.mean() - variance) < 5.0 * error + cut, name


@pytest.mark.parametrize("sample", [0.0, 0.5])
def test_the_interval_holds_the_truth_nine_times_of_ten(sample):
    """Truth has one of the sets of parameters. 600 sets; a share has a standard error of .012."""
    generator = np.random.default_rng(2)
    held = []
    for _ in range(600):
        found = spread_of(*drawn(generator, 15, 5, 4, 0.8, 0.6, 0.3, sample))
        held.append(found["low"] <= 3.0 + generator.normal(0, 0.8) <= found["high"])
    assert np.mean(held) == pytest.approx(0.9, abs=3.3 * 0.012)


def test_squares_add_up_to_the_variance_of_the_interval():
    values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5], [2.0, 3.0, 3.0]])
    people = np.array([[4.0, 5.0, 6.5], [7.0, 9.0, 8.0], [1.0, 2.0, 3.0]])
    found = spread_of(values, people)
    by_draw, by_replicate = values.mean(axis=1), values.mean(axis=0)
    left = values - by_draw[:, None] - by_replicate + values.mean()
    error = (left**2).sum() / 4
    assert found["sd_parameter"] ** 2 == pytest.approx(by_draw.var(ddof=1) - error / 3)
    assert found["sd_chance"] ** 2 == pytest.approx(by_replicate.var(ddof=1) / 3)
    within = people.var(axis=1, ddof=1).mean() / 3
    assert found["sd_people"] ** 2 == pytest.approx(people.mean(axis=1).var(ddof=1) - within)
    total = sum(found[name] ** 2 for name in SHARES) ** 0.5
    half = found["high"] - found["value"]
    assert half == pytest.approx(found["value"] - found["low"])
    assert 1.64 * total < half < 3.0 * total


def test_draws_that_do_nothing_have_no_part():
    luck = np.array([1.0, 2.0, 4.0])
    found = spread_of(np.tile(luck, (5, 1)), np.tile(luck, (4, 1)))
    assert found["sd_parameter"] == found["sd_people"] == 0.0
    assert found["sd_chance"] == pytest.approx((luck.var(ddof=1) / 3) ** 0.5)
    assert found["value"] == pytest.approx(luck.mean())


def test_without_any_spread_the_interval_is_the_value():
    found = spread_of(np.full((3, 2), 7.0), np.full((2, 2), 7.0))
    assert (found["low"], found["value"], found["high"]) == (7.0, 7.0, 7.0)


def test_what_is_not_a_number_is_left_out():
    values = np.array([[1.0, 2.0], [np.nan, 2.0], [3.0, 4.5]])
    people = np.array([[1.0, 2.0], [np.nan, 1.0]])
    found = spread_of(values, people)
    assert found["value"] == pytest.approx(2.625)
    assert np.isnan(found["sd_people"])
    assert np.isfinite(found["low"])
    nothing = spread_of(values[:1], people)
    assert all(np.isnan(value) for value in nothing.values())


# Tables


def runs(**columns):
    """Return runs of one scenario: three draws of two replicates, two further samples."""
    places = [(d, 0, r) for d in range(3) for r in range(2)]
    places += [(1, p, r) for p in (1, 2) for r in range(2)]
    frame = pd.DataFrame(places, columns=["draw", "people", "replicate"])
    return frame.assign(scenario="ours", variant="scenario", **columns)


def test_the_table_says_how_much_is_of_what():
    from scenarios.runs.effects import INDICATORS

    zero = {indicator.name: 0.0 for indicator in INDICATORS}
    lifted = [10.0, 12.0, 20.0, 22.0, 30.0, 32.0, 26.0, 28.0, 14.0, 16.0]
    found = table_of(runs(**{**zero, "net_lifted": lifted, "public_cost": [100.0] * 10}), {})
    rows = found.set_index("indicator")
    assert list(SHARES) == [name for name in found if name.startswith("sd_")]
    row = rows.loc["net_lifted"]
    assert row.value == 21.0  # other samples of people are not in the mean
    assert row.sd_parameter == pytest.approx(10.0)
    assert row.sd_chance == pytest.approx(1.0)
    assert row.sd_people == pytest.approx((np.var([21.0, 27.0, 15.0], ddof=1) - 1.0) ** 0.5)
    assert row.replicates == 2
    assert np.isnan(rows.value["public_cost_each"]), "not clear of zero once draws differ so much"


def test_a_ratio_has_its_parts_too():
    from scenarios.runs.effects import INDICATORS

    zero = {indicator.name: 0.0 for indicator in INDICATORS}
    lifted = np.array([19.0, 21.0, 20.0, 22.0, 21.0, 23.0, 20.0, 22.0, 20.0, 22.0])
    found = table_of(runs(**{**zero, "net_lifted": lifted, "public_cost": 5.0 * lifted}), {})
    row = found.set_index("indicator").loc["public_cost_each"]
    assert row.value == pytest.approx(5.0)
    assert row.high - row.low == pytest.approx(0.0, abs=1e-9)


def test_claims_are_taken_over_draws_too():
    from scenarios.runs.claims import FIGURES

    place = {"programme": "training", "kpi": "none", "payer": ""}
    rows = runs(**dict.fromkeys(FIGURES, 1.0), recovered=100.0, **place)
    rows["claimed"] = [10.0, 10.0, 20.0, 20.0, 30.0, 30.0, 99.0, 99.0, 99.0, 99.0]
    (row,) = programmes_of(rows.to_dict("records")).to_dict("records")
    assert row["claimed"] == 20.0
    assert row["claimed_low"] < 0.0
    assert row["claimed_high"] > 40.0
    assert row["replicates"] == 2


# People


def test_parameters_of_the_world_outside_are_read_nowhere_else():
    spoken = {
        name: attributes(tree) | texts(tree)
        for each in PACKAGES
        for name, tree in package(each).items()
        if name.rpartition(".")[2] not in ("prepare", "world", "path", "fit")
    }
    assert set(TABLE) >= OUTSIDE
    for module, names in spoken.items():
        assert not names & OUTSIDE, module


def test_everything_that_is_fitted_is_of_the_world_outside():
    assert set(fit.FREE) == OUTSIDE


def test_people_are_made_once_for_all_of_the_world_outside(monkeypatch):
    made = []
    settle = prepare.settle
    monkeypatch.setattr(prepare, "settle", lambda *given: made.append(1) or settle(*given))
    prepare._settled.cache_clear()
    some = ["months=12", "households=500"]
    usual = setting_of(read("baseline", some))
    grown = setting_of(read("baseline", [*some, "parameters.growth_tilt=0.03",
                                         "parameters.lebaran=0.3"]))  # fmt: skip
    assert made == [1]
    assert grown.population is usual.population
    assert grown.parameters[0].growth_tilt == 0.03
    assert grown.parameters[0].lebaran == 0.3
    assert usual.parameters[0].lebaran == TABLE["lebaran"].default
    setting_of(read("baseline", [*some, "parameters.take_up=0.6"]))
    assert made == [1]
    setting_of(read("baseline", [*some, "parameters.smoothing=0.86"]))
    assert made == [1, 1]
    prepare._settled.cache_clear()


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_settled_people_are_the_same_whatever_the_world_outside(name):
    """Settling anew with the other end of its range gives the same bytes."""
    arguments = ("DKI Jakarta", 500, 1)
    usual = prepare._settled.__wrapped__(*arguments, (), 1)
    other = prepare._settled.__wrapped__(*arguments, ((name, TABLE[name].high),), 1)
    assert usual.population.households.tobytes() == other.population.households.tobytes()
    assert usual.population.enterprises.tobytes() == other.population.enterprises.tobytes()


# Draws


def test_draws_are_spread_evenly_over_the_file(shipped):
    found = passes(5)
    assert [each.people for each in found] == [0] * 5 + [1, 2, 3]
    assert len(found) == 5 + SAMPLES - 1
    rows = shipped.draws["growth_tilt"].to_numpy()[[0, 9, 19, 29, 39]]
    assert [each.parameters["growth_tilt"] for each in found[:5]] == rows.tolist()
    assert {each.draw for each in found[5:]} == {2}
    assert passes(0) == [Pass(0, 0, {})]


@pytest.mark.parametrize("number", [1, 41])
def test_draws_that_are_not_there_are_refused(shipped, number):
    with pytest.raises(ValueError, match=f"gives 2 to 40 draws, not {number}"):
        passes(number)


def test_what_a_scenario_says_of_a_parameter_stays():
    scenario = read("baseline", ["parameters.lebaran=0.3"])
    found = Pass(0, 2, {"lebaran": 0.1, "growth_tilt": 0.05}).of(scenario)
    assert found.parameters == {"lebaran": 0.3, "growth_tilt": 0.05}
    assert found.seed == scenario.seed + 2
    assert Pass(0, 0, {}).of(scenario) == scenario


def test_one_replicate_does_not_do():
    with pytest.raises(ValueError, match="cannot be told apart"):
        compare([read("baseline", ["replicates=1"])], posterior=2)


def test_a_posterior_comparison_really_runs(shipped, monkeypatch, berdaya, tmp_path):
    made = []
    settle = prepare.settle
    monkeypatch.setattr(prepare, "settle", lambda *given: made.append(1) or settle(*given))
    monkeypatch.setenv("COLUMNS", "200")
    prepare._settled.cache_clear()
    code, said, messages = berdaya(*ASK, "--posterior", "3")
    assert (code, messages) == (0, "")
    assert len(made) == SAMPLES, "people are settled once a sample, not once a draw"
    assert "WHAT THE INTERVALS ARE MADE OF, at 3 draws of the parameters" in said
    assert "of chance alone" not in said
    assert "of parameters, chance and the sample of people" in said

    table = pd.read_parquet(tmp_path / "results/compare/comparison.parquet")
    own = table[table.variant == "scenario"].set_index("indicator")
    for name in ("consumption_change", "profit_change_percent", "net_lifted"):
        row = own.loc[name]
        assert row.low <= row.value <= row.high
        assert all(row[each] >= 0.0 for each in SHARES), name
    assert own.sd_chance["profit_change"] > 0.0
    assert (own.replicates == 2).all()
    kept = json.loads((tmp_path / "results/compare/provenance.json").read_text())
    assert kept["notes"][0]["note"] == "at 3 draws of the fitted parameters; 4 samples"
    months = pd.read_parquet(tmp_path / "results/compare/months.parquet")
    assert sorted(months.draw.unique()) == [0, 1, 2]
    assert not months.duplicated(["scenario", "variant", "draw", "replicate", "month",
                                  "indicator"]).any()  # fmt: skip

    by_hand = [
        compare([Pass(0, 0, dict(row)).of(read("training-only", TINY))]).table.value
        for row in shipped.draws.iloc[[0, 19, 39]].to_dict("records")
    ]
    means = np.mean(by_hand, axis=0)
    ratio = (table.indicator == "public_cost_each").to_numpy()
    known = np.isfinite(means) & ~ratio
    assert table.value[known].to_numpy() == pytest.approx(means[known])


def test_a_posterior_comparison_for_programs(shipped, berdaya):
    code, said, _ = berdaya(*ASK, "--posterior", "2", "--set", "macro=frozen", "--format", "json")
    found = json.loads(said)
    assert code == 0
    assert found["posterior"] == 2
    rows = {(row["variant"], row["indicator"]): row for row in found["table"]}
    assert rows["scenario", "profit_change"]["sd_parameter"] == 0.0
    assert rows["scenario", "profit_change"]["sd_chance"] > 0.0
    assert "the world stands still" in found["notes"][0]["note"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--posterior", "99"], "--posterior 99: is no number of draws; allowed: 2 to 40"),
        (["--posterior", "4", "--replicates", "1"], "one replicate does not tell"),
    ],
)
def test_mistakes(shipped, berdaya, tmp_path, more, message):
    code, said, messages = berdaya(*ASK, *more)
    assert (code, said) == (2, "")
    assert message in messages
    assert list(tmp_path.iterdir()) == []


def test_without_a_posterior_there_are_no_new_columns():
    found = compare([read("training-only", TINY)])
    assert not set(SHARES) & set(found.table)
    assert "draw" not in found.months
    assert found.posterior == 0
