"""The best split of a budget: seats, what is judged, what is kept, and what is written."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import design as designs
from scenarios import frontier
from scenarios.compare import compare
from scenarios.drawing.charts import redraw
from scenarios.files import read
from scenarios.frontier import study
from scenarios.grammar.mistakes import ScenarioError
from scenarios.runs import outcome
from scenarios.studies.pareto import non_dominated
from scenarios.studies.splits import Space, asked_for, prices, seats_of, split
from scenarios.sweep import Runs, evaluate
from simulation.store import Store
from tests.command import answer

REAL = """\
scenarios: [split]
set:
  months: 12
  households: 2000
  programmes.mentoring.mentoring.months: 6
  programmes.equity.seats: 0
  programmes.documents.seats: 0
replicates: 2
frontier:
  budget: Rp 160 juta
  levers: {course: training, visits: mentoring}
  step: 0.25
  objectives:
    - {indicator: net_lifted, better: higher}
    - {indicator: public_cost, better: lower}
    - {indicator: women, better: higher}
  again: 3
"""
TERMS = """\
vary:
  - {path: programmes.equity.finance.share, from: 0.1, to: 0.5}
  - {path: programmes.equity.finance.grace, from: 0, to: 6}
  - {path: programmes.mentoring.mentoring.visits, values: [1, 2, 4]}
"""
FOUR = """\
scenarios: [split]
replicates: 2
frontier:
  budget: Rp 2 miliar
  levers: {training: training, mentoring: mentoring, equity: equity, papers: documents}
  step: 0.5
  again: 4
"""


@pytest.fixture
def made(tmp_path):
    """Write a design into a folder of its own and read it."""

    def make(text, name="ours"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        return designs.read(path)

    return make


# Seats


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 500)), min_size=1, max_size=5),
)
def test_seats_spend_what_each_has_as_nearly_as_whole_ones_do(rows):
    price, money = (np.array(each, float) for each in zip(*rows, strict=True))
    seats = np.array(seats_of(price, money.tolist()))
    left = money.sum() - (seats * price).sum()
    assert left > -1e-6
    assert (abs(seats * price - money) < price).all(), "within one seat of each lever's money"
    short = (money - seats * price) / price
    assert not ((short > 1e-9) & (price <= left)).any(), "no lever could have one more"


def test_what_is_left_goes_to_whom_least_is_missing():
    """There is money for one more seat, in the last case for a small one besides."""
    assert seats_of(np.array([30.0, 40.0]), [50.0, 150.0]) == [1, 4]
    assert seats_of(np.array([40.0, 30.0]), [150.0, 50.0]) == [4, 1]
    assert seats_of(np.array([30.0, 40.0, 10.0]), [50.0, 150.0, 25.0]) == [1, 4, 3]


@pytest.mark.parametrize("shares", [(1.0, 0.0, 0.0, 0.0), (0.1, 0.2, 0.3, 0.4), (0.25,) * 4])
@pytest.mark.parametrize("budget", [5e8, 2e9, 1e12])
def test_a_split_spends_the_budget_by_its_seats(shares, budget):
    base = read("split")
    names = [programme.name for programme in base.programmes]
    found = split(base, dict(zip(names, shares, strict=True)), budget)
    bought = [name for name, share in zip(names, shares, strict=True) if share]
    assert [each.name for each in found.programmes] == bought
    price = prices(found.programmes, {})
    seats = np.array([programme.seats for programme in found.programmes])
    money = budget * np.array([share for share in shares if share])
    assert (abs(seats * price - money) < price).all()
    assert 0.0 <= budget - (seats * price).sum() < price.max()
    for programme in found.programmes:
        (own,) = (each for each in base.programmes if each.name == programme.name)
        assert programme.model_copy(update={"seats": own.seats}) == own, "its quality stays"


def test_what_has_no_share_stays_and_what_buys_no_seat_goes():
    base = read("split")
    found = split(base, {"training": 1.0, "equity": 0.0}, 1e9)
    names = [programme.name for programme in found.programmes]
    assert names == ["training", "mentoring", "documents"]
    assert found.programmes[1:] == [base.programmes[1], base.programmes[2]]
    poor = split(base, {"training": 0.01, "documents": 0.99}, 1e8)
    assert "training" not in [programme.name for programme in poor.programmes]


def test_aftercare_is_part_of_the_price():
    usual, cared = (
        read("incubation-aftercare", changes)
        for changes in ([], ["parameters.aftercare_cost=100000"])
    )
    name = usual.programmes[0].name
    seats = [split(each, {name: 1.0}, 1e10).programmes[0].seats for each in (usual, cared)]
    assert seats[1] < seats[0]


# The space of a search


def space_of(made, text=FOUR + TERMS):
    return asked_for(made(text))[1]


def test_settled_places_stand_for_themselves(made):
    space = space_of(made)
    places = np.random.default_rng(1).random((300, 7))
    settled = space.settle(places)
    assert space.settle(settled).tobytes() == settled.tobytes()
    assert ((settled >= 0.0) & (settled <= 1.0)).all()
    shares = settled[:, :4] * space.steps
    assert shares.tolist() == shares.round().tolist()
    assert (shares.sum(axis=1) == space.steps).all()
    for row, candidate in zip(settled, space.candidates(settled), strict=True):
        assert list(candidate.shares) == row[:4].tolist()
        served = {name for name, share in zip(space.programmes, row[:4], strict=True) if share}
        assert {path.split(".")[1] for path in candidate.terms} == served & {"equity", "mentoring"}
    keys = {candidate.key for candidate in space.candidates(settled)}
    assert len(keys) == len(np.unique(settled, axis=0)), "a candidate has one place"


def test_terms_are_within_their_ranges_whole_where_they_must_and_short(made):
    space = space_of(made)
    found = space.candidates(space.settle(np.random.default_rng(2).random((200, 7))))
    terms = pd.DataFrame([candidate.terms for candidate in found])
    share, grace, visits = (terms[factor.path].dropna() for factor in space.terms)
    assert share.between(0.1, 0.5).all()
    assert share.map(lambda value: len(f"{value!r}") <= 6).all()
    assert set(grace) == set(range(7))
    assert set(visits) == {1, 2, 4}
    for candidate in found:
        own = {programme.name: programme for programme in candidate.scenario.programmes}
        if "equity" in own:
            assert own["equity"].finance.share == candidate.terms[space.terms[0].path]


def test_a_search_begins_with_each_lever_alone_and_with_equal_shares(made):
    space = space_of(made)
    start = space.start(20, seed=1)
    assert start[:4, :4].tolist() == np.eye(4).tolist()
    assert len(np.unique(start, axis=0)) == len(start) == 20
    assert space.settle(start).tobytes() == start.tobytes()
    assert space.start(20, seed=2)[5:].tolist() != start[5:].tolist()


def test_terms_that_do_not_go_together_are_no_scenario(made):
    factors = TERMS.replace("from: 0.1, to: 0.5", "values: [0.0, 0.3]").replace("[1, 2, 4]", "[2]")
    space = space_of(made, FOUR + factors)
    (wrong,) = space.candidates(space.settle(np.array([[0, 0, 1, 0, 0.1, 0.5, 0.5]])))
    assert wrong.scenario is None
    assert "nothing is due" in wrong.problem


# What is judged: a model that is known


def told(scenarios, replicates, *given):
    """Stand in for runs: visits lift, equity costs the public nothing, papers reach women."""
    rows, failures = [], []
    for run, scenario in enumerate(scenarios):
        seats = {each.name: each.seats * each.intakes for each in scenario.programmes}
        price = dict(zip(seats, prices(scenario.programmes, {}), strict=True))
        spent = {each.name: each.seats * price[each.name] for each in scenario.programmes}
        for replicate in range(replicates):
            if seats.get("documents", 0) > 3000 and replicate == 2:
                failures.append((run, replicate, "TooFewPeople", "too few for papers"))
                continue
            luck = 10.0 * (replicate - 1)
            found = {
                "net_lifted": 0.2 * seats.get("mentoring", 0) + luck,
                "public_cost": sum(spent.values()) - spent.get("equity", 0.0),
                "irr": np.nan if "equity" not in seats else 5.0 - seats["equity"] / 100.0,
                "women": 0.5 * seats.get("documents", 0) + 0.1 * seats.get("training", 0),
                "cost": 0.8 * sum(spent.values()),
            }
            rows += [(run, replicate, name, value) for name, value in found.items()]
    return Runs(
        pd.DataFrame(rows, columns=["run", "replicate", "indicator", "value"]),
        pd.DataFrame(failures, columns=["run", "replicate", "error", "message"]),
    )


@pytest.fixture
def calls(monkeypatch):
    """Have the model that is known stand in for runs; return how many it was asked for."""
    asked = []

    def stand_in(scenarios, replicates, *given):
        asked.append((len(scenarios), replicates))
        return told(scenarios, replicates, *given)

    monkeypatch.setattr(frontier, "evaluate", stand_in)
    return asked


def test_a_grid_is_looked_at_twice_and_what_fails_then_is_left_out(made, calls, tmp_path):
    found = study(made(FOUR), Store(tmp_path / "runs"))
    # Papers alone fail in the third replicate, at the second look: what they dominated comes back.
    assert [calls[0], *{replicates for _, replicates in calls[1:]}] == [(10, 2), 4]
    assert found.candidates.candidate.nunique() == 9
    assert found.notes[0] == "1 of 10 splits could not be run: TooFewPeople: too few for papers"
    front = found.frontier.set_index("candidate")
    shares = front[["share_training", "share_mentoring", "share_equity", "share_papers"]]
    kept = {tuple(row) for row in shares.to_numpy().tolist()}
    assert kept >= {
        (0.0, 100.0, 0.0, 0.0),  # lifts most
        (0.0, 0.0, 100.0, 0.0),  # costs the public nothing
        (0.0, 50.0, 50.0, 0.0),  # earns more than money alone, as fewer get it
        (50.0, 0.0, 0.0, 50.0),  # reaches most women of all that can be run
    }
    assert (0.0, 0.0, 0.0, 100.0) not in kept
    assert front.net_lifted.is_monotonic_decreasing, "the first objective comes best first"
    best = front.iloc[0]
    assert best.seats_mentoring == 2 * (2e9 // (2 * 2.29e6))
    assert best.net_lifted == pytest.approx(0.2 * best.seats_mentoring + 5.0)
    assert best.net_lifted_low < best.net_lifted < best.net_lifted_high
    assert np.isnan(best.irr)
    assert best.spent == pytest.approx(80.0, abs=1.0)
    assert (front.probability == 1.0).all(), "all share their luck"
    assert "What is spent is" in found.notes[1]


def test_what_is_kept_is_what_the_filter_keeps_of_the_means(made, calls, tmp_path):
    found = study(made(FOUR.replace("step: 0.5", "step: 0.1")), Store(tmp_path / "runs"))
    rows = found.candidates[found.candidates.kind == "objective"]
    again = rows[rows.replicates == 4]
    signs = np.where(again.better == "higher", -1.0, 1.0)
    wide = again.assign(value=(signs * again.value).fillna(np.inf))
    wide = wide.pivot(index="candidate", columns="name", values="value")
    kept = wide.index[non_dominated(wide.to_numpy())]
    assert sorted(found.frontier.candidate) == sorted(kept)
    assert set(found.candidates.candidate[found.candidates.frontier]) == set(kept)
    assert set(found.scenarios) == set(kept)
    assert found.candidates.probability.isna().sum() > 0, "not looked at again: not known"
    assert 0.0 < found.search.hypervolume.item() < 1.0


def test_terms_ask_for_a_search_which_finds_what_pays(made, calls, tmp_path):
    text = FOUR + "  candidates: 12\n  generations: 6\n" + TERMS
    found = study(made(text), Store(tmp_path / "runs"))
    assert [replicates for _, replicates in calls[:7]] == [2] * 6 + [4]
    assert all(count <= 12 for count, _ in calls[:6])
    assert found.search.generation.tolist() == [1, 2, 3, 4, 5, 6]
    assert found.search.hypervolume.is_monotonic_increasing
    assert found.search.candidates.iloc[-1] > 40
    share = "programmes.equity.finance.share"
    own = found.frontier[found.frontier.share_equity > 0]
    assert own[share].between(0.1, 0.5).all()
    assert found.frontier[share][found.frontier.share_equity == 0].isna().all()
    again = study(made(text), Store(tmp_path / "runs"))
    pd.testing.assert_frame_equal(again.frontier, found.frontier)


def test_a_fifth_lever_asks_for_a_search(made, calls, tmp_path):
    (tmp_path / "five.yaml").write_text(
        "title: Five\nsummary: One. Two.\nextends: split\nprogrammes:\n  - name: cash\n"
        "    target: {group: households}\n    starts: 3\n    seats: 10\n"
        "    cash: {amount: Rp 1 juta}\n"
    )
    text = FOUR.replace("[split]", "[five.yaml]").replace("documents}", "documents, cash: cash}")
    found = study(made(text + "  candidates: 8\n  generations: 2\n"), Store(tmp_path / "runs"))
    assert [replicates for _, replicates in calls[:3]] == [2, 2, 4]
    assert "share_cash" in found.frontier


def test_nothing_that_can_be_run_is_told_of(made, monkeypatch, tmp_path):
    def fail(scenarios, replicates, *given):
        rows = [(run, 0, "TooFewPeople", "nobody") for run in range(len(scenarios))]
        failures = pd.DataFrame(rows, columns=["run", "replicate", "error", "message"])
        return Runs(told([], 0).frame, failures)

    monkeypatch.setattr(frontier, "evaluate", fail)
    with pytest.raises(
        ScenarioError, match=r"ours.yaml:4: frontier.budget: no split can be run: To"
    ):
        study(made(FOUR), Store(tmp_path / "runs"))


def test_too_few_enrolled_are_no_split(made, monkeypatch, tmp_path):
    def hide(scenarios, replicates, *given):
        frame, failures = told(scenarios, replicates)
        few = [run for run, each in enumerate(scenarios) if len(each.programmes) == 1]
        return Runs(frame.assign(value=frame.value.mask(frame.run.isin(few))), failures)

    monkeypatch.setattr(frontier, "evaluate", hide)
    found = study(made(FOUR), Store(tmp_path / "runs"))
    assert found.notes[0].startswith("4 of 10 splits could not be run: fewer than 30 enrolled")
    monkeypatch.setattr(
        frontier, "evaluate", lambda *given: Runs(told([], 0).frame, told([], 0)[1])
    )
    with pytest.raises(ScenarioError, match="no split can be run: fewer than 30 enrolled"):
        study(made(FOUR), Store(tmp_path / "runs"))


# What is written


def test_everything_is_saved_and_drawn_again_from_what_was(made, calls, tmp_path):
    two = "  objectives:\n    - {indicator: irr, better: higher}\n"
    two += "    - {indicator: women, better: higher}\n"
    text = FOUR + two + "  candidates: 8\n  generations: 2\n" + TERMS
    found = study(made(text), Store(tmp_path / "runs"))
    paths = found.save(tmp_path / "out")
    assert all(path.is_file() for path in paths)
    names = {path.name for path in paths}
    assert {"frontier.csv", "candidates.parquet", "parallel.png", "pairs.png"} <= names
    assert {f"ours-{number}.yaml" for number in found.frontier.candidate} <= names
    before = {path: path.read_bytes() for path in paths if path.suffix == ".png"}
    assert {path.read_bytes()[:4] for path in before} == {b"\x89PNG"}
    for path in redraw(tmp_path / "out"):
        assert path.read_bytes() == before[path]
    kept = json.loads((tmp_path / "out/provenance.json").read_text())
    assert kept["design"]["frontier"]["budget"] == "Rp 2 miliar"
    saved = pd.read_parquet(tmp_path / "out/frontier.parquet")
    pd.testing.assert_frame_equal(saved, found.frontier, check_dtype=False)
    assert json.loads(json.dumps(found.document(), default=str))["search"][0]["generation"] == 1
    assert [row["candidate"] for row in found.rows()] == found.frontier.candidate.tolist()


def test_the_terminal_shows_shares_terms_and_how_sure_it_is(made, calls, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    text = FOUR + "  candidates: 8\n  generations: 2\n" + TERMS
    found = study(made(text), Store(tmp_path / "runs"))
    said = found.text()
    tried = found.candidates.candidate.nunique()
    assert said.startswith(
        f"ours: {len(found.frontier)} of {tried} splits are dominated by no other"
    )
    for word in ("finance. ", "papers", "Net lifted out", "sure", "4 replicates"):
        assert word in said.replace("\n", " ")
    assert len(said.splitlines()) >= len(found.frontier) + 5


# Real runs


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A study of two levers, and the folder of its runs."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "ours.yaml").write_text(REAL)
    return study(designs.read(folder / "ours.yaml"), Store(folder / "runs")), folder


def test_figures_are_those_of_single_runs(real):
    found, _ = real
    assert found.candidates.candidate.nunique() == 5
    for row in found.frontier.to_dict("records"):
        scenario = found.scenarios[row["candidate"]]
        runs = [outcome.outcome(outcome.run_of(scenario, replicate)) for replicate in range(3)]
        for name in ("net_lifted", "public_cost", "women", "cost"):
            assert row[name] == pytest.approx(np.mean([run[name] for run in runs]))
        assert row["spent"] == pytest.approx(100.0 * row["cost"] / 1.6e8)
        assert 90.0 < row["spent"] <= 101.0


def test_a_written_split_is_a_scenario_that_gives_the_same_figures(real, capsys, tmp_path):
    found, _ = real
    for number in found.frontier.candidate:
        path = found.write(number, tmp_path / f"mine-{number}.yaml")
        code, said, _ = answer(capsys, "scenario", "check", str(path))
        assert code == 0, said
        written = read(path)
        for replicate in range(3):
            own = outcome.run_of(found.scenarios[number], replicate)
            assert outcome.run_of(written, replicate) == own
    row = found.frontier.iloc[0]
    table = compare([read(tmp_path / f"mine-{row.candidate:.0f}.yaml")]).table
    table = table[table.variant == "scenario"].set_index("indicator")
    for name in ("net_lifted", "public_cost", "women"):
        for column, end in (("value", ""), ("low", "_low"), ("high", "_high")):
            assert table.loc[name, column] == pytest.approx(row[f"{name}{end}"])


def test_an_interrupted_study_goes_on_to_the_bit(real, tmp_path):
    found, folder = real
    design, store = designs.read(folder / "ours.yaml"), Store(tmp_path / "runs")

    def stop(done, total, failed):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study(design, store, progress=stop)
    before = len(store.finished())
    assert 0 < before < 10
    again = study(design, Store(tmp_path / "runs"))
    pd.testing.assert_frame_equal(again.frontier, found.frontier, check_exact=True)
    pd.testing.assert_frame_equal(again.candidates, found.candidates, check_exact=True)
    whole = {run for run in Store(folder / "runs").finished()}
    assert Store(tmp_path / "runs").finished() == whole, "the same runs, and no other"


def test_replicates_of_the_second_look_are_those_of_the_first_and_more(real):
    found, folder = real
    store = Store(folder / "runs")
    before = len(store.finished())
    kept = found.candidates.groupby("candidate").replicates.first()
    assert before == kept.sum() == 10 + (kept == 3).sum()
    scenarios = list(found.scenarios.values())
    evaluate(scenarios, 3, store)
    assert len(store.finished()) == before


def test_too_few_people_for_a_split_are_told_of_and_the_others_stay(made, tmp_path):
    text = REAL.replace("Rp 160 juta", "Rp 700 juta").replace("replicates: 2", "replicates: 1")
    found = study(made(text.replace("again: 3", "again: 1")), Store(tmp_path / "runs"))
    assert "splits could not be run: TooFewPeople: programme mentoring has" in found.notes[0]
    assert len(found.frontier) > 0


# Mistakes

WRONG = [
    ("budget: Rp 2 miliar", "budget: 2 miliar", 4, "frontier.budget: has no Rp before the amount"),
    ("budget: Rp 2 miliar", "budget: Rp 4 juta", 5, "levers.training: a share of 0.5 buys trai"),
    ("budget: Rp 2 miliar\n", "\n", 3, "frontier.budget: is missing"),
    ("step: 0.5", "step: 0.3", 6, "frontier.step: 0.3 does not part a whole"),
    ("step: 0.5", "stop: 0.5", 6, "frontier.stop: is not a name that may stand here"),
    ("again: 4", "again: 1", 7, "frontier.again: 1 are fewer than the 2 replicates at first"),
    ("papers: documents", "papers: document", 5, "levers.papers: split has no programme document"),
    ("papers: documents", "papers: equity", 5, "the seats of equity are those of another lever"),
    (
        "replicates: 2",
        "replicates: 2\nsample: grid",
        3,
        "sample: splits and their terms are chosen",
    ),
    ("[split]", "[split, training-only]", 1, "scenarios: a budget is split in one scenario"),
    (
        "again: 4",
        "objectives:\n    - {indicator: cost, better: lower}\n"
        "    - {indicator: net_lift, better: higher}",
        9,
        "objectives.1.indicator: no run has an indicator net_lift",
    ),
    (
        "again: 4",
        "objectives:\n    - {indicator: cost, better: lower}\n"
        "    - {indicator: cost, better: higher}",
        9,
        "objectives.1.indicator: cost is judged twice",
    ),
    (
        "again: 4",
        "objectives:\n    - {indicator: cost, better: lower}\n"
        "    - {indicator: public_cost_each, better: lower}",
        9,
        "no run has an indicator public_cost_each",
    ),
    ("again: 4", "objectives: [{indicator: cost, better: lower}]", 7, "at least 2 items"),
    (
        "again: 4",
        "again: 4\nset:\n  programmes.equity.budget: Rp 90 juta",
        5,
        "levers.equity: equity has a budget of its own",
    ),
    (
        "again: 4",
        "again: 4\nset:\n  programmes.equity.follows: training",
        5,
        "levers.training: equity follows training, which some splits leave out",
    ),
    (
        "again: 4",
        "again: 4\nvary:\n  - {path: parameters.take_up}",
        9,
        "vary.0.path: parameters.take_up is not for the split to choose",
    ),
    (
        "again: 4",
        "again: 4\nvary:\n  - {path: programmes.equity.seats, from: 5, to: 9}",
        9,
        "vary.0.path: programmes.equity.seats is not for the split to choose",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), WRONG)
def test_mistakes_are_told_with_their_lines(made, tmp_path, old, new, line, message):
    with pytest.raises(ScenarioError) as told_of:
        study(made(FOUR.replace(old, new)), Store(tmp_path / "runs"))
    said = str(told_of.value)
    assert f"ours.yaml:{line}: " in said
    assert message in said
    assert not (tmp_path / "runs").exists()


def test_a_mistake_names_what_is_nearest(made, tmp_path):
    with pytest.raises(ScenarioError, match="did you mean documents"):
        study(made(FOUR.replace("papers: documents", "papers: document")), Store(tmp_path))
    with pytest.raises(ScenarioError, match=r"at least Rp 21\.000\.000|Rp \d"):
        study(made(FOUR.replace("Rp 2 miliar", "Rp 4 juta")), Store(tmp_path))


@pytest.mark.parametrize("name", ["best-split", "best-split-terms"])
def test_the_examples_are_right(name):
    design = designs.read(name)
    asked, space = asked_for(design)
    assert isinstance(space, Space)
    count = len(space.grid()) if not design.vary else asked.candidates * asked.generations
    assert count * design.replicates <= 400, "two minutes on two cores"
