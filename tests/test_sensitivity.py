"""Sensitivity studies: what decides is found, failures are told, mistakes have their line."""

import json

import numpy as np
import pandas as pd
import pytest

from scenarios import design, sensitivity
from scenarios.design import Design, Factor
from scenarios.drawing import charts
from scenarios.grammar.mistakes import ScenarioError
from scenarios.runs import outcome
from scenarios.runs.prepare import PROGRAMMES
from scenarios.sensitivity import Sensitivity, points_of, study
from scenarios.studies.influence import DECIDES, NOTHING, indices
from simulation.store import Store
from tests.command import answer
from tests.functions import OUTCOME

METHODS = tuple(DECIDES)
SMALL = {"months": 12, "households": 500, "programmes.sedaya.seats": 10}


def asked_design(method, points, replicates=2, order=1, idle=2, **more):
    """Return a design of the parameters that `tests.functions.outcome` reads, and of idle ones."""
    paths = [*OUTCOME, *("parameters.audit", "parameters.consent")[:idle]]
    said = {"method": method, "points": points, "order": order, "indicators": ["irr"], **more}
    return Design(
        name="ours",
        scenarios=["sedaya-pilot"],
        set=SMALL,
        vary=[Factor(path=path) for path in paths],
        replicates=replicates,
        sensitivity=said,
    )


@pytest.fixture
def ishigami(monkeypatch):
    """Have runs be of a test function instead of the model."""
    monkeypatch.setattr(outcome, "FUNCTION", "tests.functions:outcome")


# Studies


def test_a_study_finds_what_decides(ishigami, tmp_path):
    asked = ["net_lifted", "irr", "gap_change", "cost"]
    found = study(asked_design("sobol", 128, indicators=asked), Store(tmp_path))
    told = found.tables["indices"]
    sure = told[told.influential & (told.measure == "ST")].groupby("indicator").parameter
    assert sure.agg(list).to_dict() == {"irr": list(OUTCOME), "net_lifted": list(OUTCOME)}
    shares = found.tables["outcomes"].set_index("indicator").luck
    assert shares["irr"] == pytest.approx(0.0, abs=1e-9)
    # Twice a uniform number over two replicates, against Ishigami's variance of 13.8.
    assert shares["net_lifted"] == pytest.approx(4.0 / 12.0 / 2.0 / 13.8, rel=0.25)
    assert shares["gap_change"] > 0.8
    said = found.text()
    assert "sobol, 128 base points of 5 factors: 1 024 points, 1 792 different runs" in said
    assert "Net lifted out, persons" in said
    rows = [line.split() for line in said.splitlines() if line.startswith("take_up")]
    assert [row[-3] == "yes" for row in rows] == [True, True, False, False]
    assert json.dumps(found.document())
    assert {"indicator", "parameter", "measure", "value", "floor"} <= set(found.rows()[0])


def test_a_study_finds_what_acts_together(ishigami, tmp_path):
    found = study(asked_design("sobol", 512, 1, order=2, idle=0), Store(tmp_path))
    pairs = found.tables["interactions"]
    assert len(pairs) == 6
    clear = pairs[pairs.clear]
    assert clear["first"].tolist() == ["parameters.take_up"]
    assert clear["second"].tolist() == ["parameters.score_base"]
    assert "S2: take_up with score_base 0.2" in found.text()
    assert "; one replicate does not tell how much of it is luck" in found.text()


def test_a_base_point_with_a_failed_run_is_left_out_as_a_whole(ishigami, tmp_path):
    asked = ["net_lifted", "irr", "irr_real"]
    planned = asked_design("sobol", 128, indicators=asked)
    found = study(planned, Store(tmp_path))
    places, points = points_of(planned, Sensitivity(**planned.sensitivity))
    cells = places.reshape(128, 8, 6)
    failed = (cells[:, :, 2] > 0.99).any(axis=1)
    unknown = failed | (cells[:, :, 0] < 0.01).any(axis=1)
    assert 0 < failed.sum() < unknown.sum()
    told = found.tables["outcomes"].set_index("indicator")
    assert told.left_out.tolist() == [unknown.sum(), failed.sum(), 128]
    assert told.blocks.tolist() == [128 - unknown.sum(), 128 - failed.sum(), 0]
    assert set(found.tables["failures"].error) == {"ValueError"}
    assert f"{failed.sum()} base points left out" in found.text()
    assert "failed with ValueError: the score is beyond reason" in found.text()

    own = found.tables["runs"]
    own = own[(own.indicator == "irr") & (own.replicate == 0)].set_index("point").value
    kept = np.repeat(~failed, 8)
    y = own.reindex(points.point[kept]).to_numpy()[:, None] + np.zeros(2)
    names = [*(factor.path for factor in planned.vary), NOTHING]
    by_hand = indices(names, "sobol", places[kept], y, 1, planned.seed)
    table = found.tables["indices"]
    assert table.value[table.indicator == "irr"].tolist() == pytest.approx(by_hand.value.tolist())


def test_more_replicates_and_more_base_points_go_on_from_fewer(ishigami, tmp_path):
    done = []
    store = Store(tmp_path)
    for points, replicates in ((32, 1), (32, 2), (64, 2)):
        before = len(store.finished())
        study(asked_design("sobol", points, replicates), store)
        done.append(len(store.finished()) - before)
    assert 0 < done[0] <= 32 * 7
    assert done[1] == done[0]
    assert 0 < done[2] <= 2 * 32 * 7


def test_where_all_runs_fail_that_is_what_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(outcome, "FUNCTION", "tests.functions:broken")
    found = study(asked_design("pawn", 100, replicates=1), Store(tmp_path / "runs"))
    assert found.tables["outcomes"].left_out.tolist() == [100]
    assert "100 failed with RuntimeError: out of order" in found.text()
    assert found.rows()
    found.save(tmp_path / "out")


@pytest.mark.parametrize("method", METHODS)
def test_every_picture_is_drawn_from_its_saved_table(ishigami, monkeypatch, method, tmp_path):
    monkeypatch.setattr(sensitivity, "FEWEST_FOR_PAIRS", 64)
    pairs, asked = method == "sobol", ["irr", "cost"]
    points = {"sobol": 64, "morris": 10}.get(method, 100)
    planned = asked_design(method, points, 1, 2 if pairs else 1, idle=0, indicators=asked)
    found = study(planned, Store(tmp_path / "runs"))
    folder = tmp_path / "out"
    saved = {path.name: path.read_bytes() for path in found.save(folder)}
    pictures = {name for name in saved if name.endswith(".png")}
    kinds = ["influence", "tornado", "convergence", *(["radial", "pairs"] if pairs else [])]
    assert pictures == {f"{kind}-irr.png" for kind in kinds}
    assert {"indices.csv", "convergence.parquet", "runs.parquet", "provenance.json"} <= set(saved)
    kept = json.loads(saved["provenance.json"])
    assert kept["design"]["sensitivity"]["method"] == method
    for name in pictures:
        (folder / name).unlink()
    charts.redraw(folder)
    assert {name: (folder / name).read_bytes() for name in pictures} == {
        name: saved[name] for name in pictures
    }


REAL = """\
scenarios: [sedaya-pilot]
set:
  months: 12
  households: 1000
  programmes.sedaya.seats: 30
  programmes.sedaya.starts: 0
vary:
  - path: parameters.audit
  - path: parameters.consent
  - path: programmes.sedaya.overhead
    from: Rp 100.000
    to: Rp 2 juta
replicates: 2
sensitivity:
  method: morris
  indicators: [cost]
  points: 8
"""


def test_the_command_runs_the_model(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours.yaml").write_text(REAL)
    code, said, _ = answer(capsys, "sensitivity", "ours.yaml", "--workers", "1")
    assert code == 0
    assert "Cost, all payers, rupiah" in said
    table = pd.read_parquet("results/sensitivity/ours/indices.parquet")
    own = table[table.measure == "mu"].set_index("parameter")
    # Thirty seats for which Rp 1,9 juta more is paid.
    assert own.value["programmes.sedaya.overhead"] == pytest.approx(30 * 1.9e6)
    assert own.influential["programmes.sedaya.overhead"]
    assert own.value[NOTHING] == 0.0
    assert Store("results/runs").finished()


# Designs


@pytest.mark.parametrize(
    ("name", "runs_of_it"),
    [("what-decides", 1_536), ("screening", 1_056), ("what-decides-full", 8_704)],
)
def test_designs_that_come_along(name, runs_of_it):
    read = design.read(name)
    asked = read.section("sensitivity", Sensitivity)
    _, points = points_of(read, asked)
    assert points.point.nunique() * read.replicates <= runs_of_it
    paths = [factor.path.removeprefix("parameters.") for factor in read.vary]
    assert set(paths) <= PROGRAMMES, "people and twins are made once"
    if name == "what-decides-full":
        assert points.point.nunique() == runs_of_it
        assert len(paths) == 15
        (base,) = design.bases(read).values()
        assert (base.households, base.months) == (10_000, 36)


@pytest.mark.parametrize(
    ("said", "line", "message"),
    [
        ("method: sobol\n  points: 100", 6, "100 is no power of two"),
        ("method: sobol\n  points: 16", 6, "16 are too few for sobol: take 32 or more"),
        ("method: sobol\n  points: 256\n  order: 2", 6, "off by 0.24, which hides most: take 512"),
        ("method: morris\n  points: 10\n  order: 2", 7, "only sobol tells"),
        ("method: morris\n  points: 30", 6, "the grid of 2 factors has 64 places"),
        ("method: sobel\n  points: 64", 5, "'sobel' should be 'morris', 'sobol', 'pawn'"),
        ("method: pawn", 4, "sensitivity.points: is missing"),
        ("method: pawn\n  points: 100\n  indicators: [net_lifted, cots]", 7, "no indicator 'cots'"),
        ("method: pawn\n  points: 100\n  indicators: [public_cost_each]", 7, "take public_cost"),
        ("method: pawn\n  points: 100\n  level: 0.9", 7, "is not a name that may stand here"),
    ],
)
def test_mistakes_have_their_line(said, line, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    more = "" if "indicators" in said else "\n  indicators: [irr]"
    (tmp_path / "ours.yaml").write_text(
        "scenarios: [sedaya-pilot]\n"
        "vary: [{path: parameters.audit}, {path: parameters.consent}]\n"
        "# what decides\n"
        f"sensitivity:\n  {said}{more}\n"
    )
    code, out, messages = answer(capsys, "sensitivity", "ours.yaml")
    assert (code, out) == (2, "")
    assert f"ours.yaml:{line}: sensitivity" in messages
    assert message in messages


def test_a_design_that_varies_nothing_is_refused(tmp_path):
    empty = asked_design("pawn", 100).model_copy(update={"vary": []})
    with pytest.raises(ScenarioError, match="nothing is varied"):
        study(empty, Store(tmp_path))
