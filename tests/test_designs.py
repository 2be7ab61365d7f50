"""Design files, the points that they ask for, and scenarios changed by path."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import Field

from calibration import fit
from scenarios import design as designs
from scenarios import files
from scenarios.design import Design, Factor, Part, bases, check, names, read
from scenarios.grammar.changes import at
from scenarios.grammar.mistakes import ScenarioError
from scenarios.studies.points import points_of, spread, unit
from scenarios.sweep import asked, scenarios_at
from simulation.parameters import TABLE

SHARE, SEATS = "programmes.sedaya.finance.share", "programmes.sedaya.seats"
RIGHT = """
title: Ours
scenarios: [sedaya-pilot]
set:
  months: 24
vary:
  - path: programmes.sedaya.finance.share
    from: 0.1
    to: 0.3
sample: sobol
points: 4
"""


@pytest.fixture
def write(tmp_path):
    """Write a design and return its path."""

    def write(text, name="ours.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def designed(**more):
    return Design(name="ours", **{"scenarios": ["sedaya-pilot"], **more})


def told(call, *given):
    """Return the mistakes that a call tells of."""
    with pytest.raises(ScenarioError) as caught:
        call(*given)
    return caught.value.mistakes


# Files


def test_a_design_is_read(write):
    found = read(write(RIGHT))
    assert (found.name, found.title, found.points, found.replicates) == ("ours", "Ours", 4, 5)
    assert found.vary == [Factor(path=SHARE, low=0.1, high=0.3)]
    assert bases(found)["sedaya-pilot"].months == 24


@pytest.mark.parametrize("name", names())
def test_designs_that_come_with_berdaya_are_right(name):
    found = read(name)
    assert found.title != name
    assert found.summary
    if not (found.sensitivity or found.frontier or found.scale):
        asked(found)


@pytest.mark.parametrize(
    ("old", "new", "place", "problem", "nearest"),
    [
        (
            "share",
            "shaer",
            "7: vary.0.path",
            "leads to no term of the scenario sedaya-pilot",
            SHARE,
        ),
        ("sedaya.", "sadaya.", "7: vary.0.path", "no scenario has 'sadaya' among", SHARE),
        (".finance.", ".cash.", "7: vary.0.path", "leads to no term", SHARE),
        ("finance.share", "name", "7: vary.0.path", "leads to no term", None),
        (SHARE, "replicates", "7: vary.0.path", "leads to no term", None),
        (SHARE, "parameters.takeup", "7: vary.0.path", "no term", "parameters.take_up"),
        (SHARE, '""', "7: vary.0.path", "leads to no term", None),
        ("finance.share", "finance.instrument", "7: vary.0.path", "gives other terms", ""),
        ("0.3", "0.1", "7: vary.0", "its range from 0.1 to 0.1 is empty", ""),
        ("0.3", "0.05", "7: vary.0", "its range from 0.1 to 0.05 is empty", ""),
        ("0.3", "1.5", "9: vary.0.to", f"{SHARE}: 1.5 is too large", ""),
        ("0.1", "-1", "8: vary.0.from", f"{SHARE}: -1.0 is too small", ""),
        ("    to: 0.3\n", "", "7: vary.0", "needs from and to, or values", ""),
        ("    to: 0.3\n", "    values: []\n", "9: vary.0.values", "holds no value", ""),
        ("from: 0.1\n    to: 0.3", "values: [0.1, 0.1]", "8: vary.0.values", "a value twice", ""),
        ("from: 0.1\n    to: 0.3", "values: [0.1, 2]", "8: vary.0.values", "too large", ""),
        ("to: 0.3", "to: much", "9: vary.0.to", "is not an amount in rupiah", None),
        ("sample: sobol", "sample: grid", "7: vary.0.path", "a grid needs values", ""),
        ("sample: sobol", "sample: sobl", "10: sample", "should be 'grid', 'latin", ""),
        ("points: 4", "points: 0", "11: points", "0 should be greater than or equal to 1", ""),
        ("points: 4", "point: 4", "11: point", "is not a name that may stand here", "points"),
        ("points: 4", "name: ours", "11: name", "is not written", ""),
        ("months: 24", "months: 0", "5: set.months", "0 is too small", ""),
        ("months: 24", "month: 24", "5: set.month", "is not a name", "months"),
        ("sedaya-pilot", "sedaya-pilt", "3: scenarios.0", "the library has no", "sedaya-pilot"),
        ("[sedaya-pilot]", "[a.yaml]", "3: scenarios.0", "there is no file", "ours.yaml"),
        ("[sedaya-pilot]", "[]", "3: scenarios", "at least 1 item", ""),
        ("[sedaya-pilot]", "[sedaya-pilot, sedaya-pilot]", "3: scenarios.1", "two scenarios", ""),
        ("scenarios: [sedaya-pilot]\n", "", "2: scenarios", "is missing", ""),
        ("points: 4", "points: 4\npoints: 5", "12: points", "is written twice", ""),
        ("title: Ours", "\ttitle", "2", "is not YAML", None),
    ],
)
def test_a_mistake_has_a_line_a_path_and_the_right_name(write, old, new, place, problem, nearest):
    path = write(RIGHT.replace(old, new))
    (mistake, *_) = told(read, path)
    line, _, where = place.partition(": ")
    assert (mistake.file, mistake.line, mistake.path) == (str(path), int(line), where)
    assert problem in mistake.problem
    if nearest is not None:
        assert mistake.nearest == nearest


def test_all_mistakes_are_told_at_once(write):
    text = RIGHT.replace("sample: sobol", "sample: x").replace("points: 4", "points: -4")
    assert [each.path for each in told(read, write(text))] == ["sample", "points"]


@pytest.mark.parametrize(
    ("name", "problem", "nearest"),
    [
        ("pilot-term", "there is no design 'pilot-term'", "pilot-terms"),
        ("our.yaml", "cannot be read: No such file", "ours.yaml"),
        (".", "there is no design", ""),
        ("latin.yaml", "is not text in UTF-8", ""),
        ("list.yaml", "does not hold names and values", ""),
    ],
)
def test_files_that_are_none(write, tmp_path, monkeypatch, name, problem, nearest):
    monkeypatch.chdir(tmp_path)
    write(RIGHT)
    write("- a\n", "list.yaml")
    Path("latin.yaml").write_bytes(b"title: \xe9\n")
    (mistake,) = told(read, name)
    assert problem in mistake.problem
    assert mistake.nearest == nearest


def test_scenario_files_are_seen_from_the_folder_of_the_design(write, tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "mine.yaml").write_text("extends: sedaya-pilot\nmonths: 13\n")
    path = write(RIGHT.replace("sedaya-pilot", "below/mine.yaml"))
    path.write_text(path.read_text().replace("  months: 24\n", "  seed: 3\n"))
    assert bases(read(path))["mine"].months == 13


def test_a_mistake_in_a_scenario_is_told_of_its_own_file(write, tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: sedaya-pilot\nmonths: many\n")
    (mistake,) = told(read, write(RIGHT.replace("sedaya-pilot", "mine.yaml")))
    assert (mistake.file, mistake.line) == (str(tmp_path / "mine.yaml"), 2)


class Inner(Part):
    deep: int = 1


class Section(Part):
    indicator: str
    parts: list[Inner] = Field([])


@pytest.mark.parametrize(
    ("text", "line", "path", "near"),
    [
        ("discovery:\n  indicator: irr\n  parts: [{deep: x}]\n", 14, "discovery.parts.0.deep", ""),
        ("discovery:\n  indicatr: irr\n", 13, "discovery.indicatr", "indicator"),
        (
            "discovery:\n  indicator: irr\n  parts: [{dep: 1}]\n",
            14,
            "discovery.parts.0.dep",
            "deep",
        ),
        ("", 2, "discovery.indicator", ""),
    ],
)
def test_further_parts_are_read_by_those_that_know_them(write, text, line, path, near):
    found = read(write(RIGHT + text))
    mistakes = {each.path: each for each in told(found.section, "discovery", Section)}
    assert mistakes[path].line == line
    assert mistakes[path].nearest == near


def test_a_further_part_is_given_as_its_model(write):
    found = read(write(RIGHT + "discovery: {indicator: irr, parts: [{deep: 3}]}\n"))
    assert found.section("discovery", Section).parts[0].deep == 3


def test_a_design_in_python_has_no_lines():
    (mistake,) = told(check, designed(vary=[Factor(path="mnths", low=1, high=2)]))
    assert (mistake.file, mistake.line, mistake.nearest) == ("ours", None, "months")


# Changes


def test_a_programme_is_changed_where_it_is():
    design = designed(
        scenarios=["sedaya-pilot", "training-only"],
        set={"programmes.training.seats": 30, "households": 3000},
        vary=[Factor(path=SEATS, values=[20, 40])],
        sample="grid",
    )
    scenarios, points = asked(design)
    seats = [each.programmes[0].seats for each in scenarios_at(scenarios, points)]
    assert seats == [20, 40, 30, 30]
    assert {each.households for each in scenarios} == {3000}
    assert {each.replicates for each in scenarios} == {5}


def test_a_change_by_path_is_that_of_the_command_line():
    changes = {SEATS: 70, "parameters.take_up": 0.7, "macro": "frozen", "months": 24,
               "programmes.sedaya.budget": 5e8, "programmes.sedaya.mentoring": None}  # fmt: skip
    overrides = [f"{path}={json.dumps(value)}" for path, value in changes.items()]
    base = files.read("sedaya-pilot")
    assert at(base, changes) == files.read("sedaya-pilot", overrides)
    assert at(base, {}) == base


def test_a_zero_below_zero_is_a_plain_zero():
    base = files.read("baseline")
    assert str(at(base, {"parameters.kin_strain": -0.0}).parameters["kin_strain"]) == "0.0"


def test_what_values_say_together_is_told_point_by_point():
    donor = [Factor(path=f"programmes.sedaya.funding.{name}", values=[0.4, 0.6])
             for name in ("donor", "investor")]  # fmt: skip
    design = designed(vary=donor, sample="grid")
    (mistake,) = told(lambda: scenarios_at(*asked(design)))
    assert mistake.file == "sedaya-pilot, point 3"
    assert "donor and investor pay more than all" in mistake.problem
    assert "funding.investor 0.6" in mistake.problem


def test_no_more_mistakes_than_one_reads():
    vary = [Factor(path="programmes.sedaya.starts", low=13, high=40),
            Factor(path="months", low=12, high=13)]  # fmt: skip
    design = designed(vary=vary, sample="sobol", points=50)
    assert len(told(lambda: scenarios_at(*asked(design)))) == 10


def test_something_varies_but_nothing_says_where():
    (mistake,) = told(asked, designed(vary=[Factor(path=SEATS, low=20, high=40)]))
    assert mistake.problem == "nothing says at which points"


# Points


def test_a_grid_has_every_combination_in_order():
    macro = Factor(path="macro", values=["frozen", "published"])
    share = Factor(path=SHARE, values=[0.1, 0.2, 0.3])
    vary = [Factor(path=SEATS, values=[20, 40]), macro, share]
    points = points_of(designed(vary=vary, sample="grid"))
    assert list(points) == [SEATS, "macro", SHARE]
    assert points.to_numpy().tolist()[:4] == [
        [20, "frozen", 0.1], [20, "frozen", 0.2], [20, "frozen", 0.3], [20, "published", 0.1]
    ]  # fmt: skip
    assert len(points.drop_duplicates()) == 12


@pytest.mark.parametrize("sample", ["latin hypercube", "sobol"])
@pytest.mark.parametrize("number", [1, 5, 64])
def test_points_fill_the_ranges_evenly(sample, number):
    """Of any factor each of so many equal parts has its point; Sobol's where it is a power of 2."""
    vary = [Factor(path=f"parameters.{name}") for name in ("take_up", "kin_strain", "wear")]
    points = points_of(designed(vary=vary, sample=sample, points=number, seed=3))
    assert points.shape == (number, 3)
    for name in ("take_up", "kin_strain", "wear"):
        row, column = TABLE[name], points[f"parameters.{name}"]
        place = (column - row.low) / (row.high - row.low)
        assert place.between(0, 1).all()
        if sample == "latin hypercube" or number == 64:
            # A shift around the box moves all by one amount, so that each part keeps one.
            shift = 0.0 if sample == "latin hypercube" else (number * place.min()) % 1.0
            parts = np.floor(number * place - shift + 1e-6).astype(int) % number
            assert sorted(parts) == list(range(number))


def test_sobols_points_lie_more_evenly_than_chance():
    """Discrepancy of 256 points in 6 dimensions; 20 samples of chance all lie above it."""
    from scipy.stats import qmc

    own = qmc.discrepancy(unit("sobol", 256, 6, 1))
    generator = np.random.default_rng(1)
    chance = [qmc.discrepancy(generator.random((256, 6))) for _ in range(20)]
    assert own < 0.6 * min(chance)


@pytest.mark.parametrize("sample", ["latin hypercube", "sobol"])
def test_the_seed_fixes_the_points_and_others_stay_out_of_it(sample):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (unit(sample, 10, 3, seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).all()
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


def test_sobols_first_points_stay_when_there_are_more():
    assert (unit("sobol", 100, 4, 1)[:10] == unit("sobol", 10, 4, 1)).all()


def test_whole_numbers_are_rounded_and_logarithms_spread():
    vary = [Factor(path="months", low=12, high=24), Factor(path=SHARE, low=0.01, high=1, log=True),
            Factor(path="programmes.sedaya.mentoring.mentors", low=1, high=9),
            Factor(path="programmes.sedaya.selection", values=["need", "readiness"])]  # fmt: skip
    points = spread(vary, np.array([[0.0] * 4, [0.52, 0.5, 0.5, 0.49], [1.0] * 4]))
    assert points["months"].tolist() == [12, 18, 24]
    assert points["months"].dtype == np.int64
    assert points[SHARE].tolist() == pytest.approx([0.01, 0.1, 1.0])
    assert points["programmes.sedaya.mentoring.mentors"].tolist() == [1, 5, 9]
    assert points["programmes.sedaya.selection"].tolist() == ["need", "need", "readiness"]
    design = designed(vary=vary)
    scenarios_at(list(check(design).values()), points)


def test_nothing_is_a_value_too():
    column = spread([Factor(path="programmes.sedaya.mentoring.mentors", values=[None, 3])],
                    np.array([[0.1], [0.9]])).iloc[:, 0]  # fmt: skip
    assert column.tolist() == [None, 3]


@pytest.fixture
def shipped(monkeypatch):
    """Put a posterior of 40 draws in place."""
    along = np.linspace(0.1, 0.9, 40)
    draws = {n: TABLE[n].low + along * (TABLE[n].high - TABLE[n].low) for n in fit.FREE}
    found = fit.Posterior(pd.DataFrame(draws), {"seed": 1})
    monkeypatch.setattr(fit, "posterior", lambda: found)
    return found.draws


def test_draws_of_the_posterior_are_spread_evenly(shipped):
    points = points_of(designed(sample="posterior", points=5))
    assert set(points) == {f"parameters.{name}" for name in fit.FREE}
    assert points["parameters.lebaran"].tolist() == shipped.lebaran[[0, 9, 19, 29, 39]].tolist()
    assert points_of(designed(sample="posterior", points=40)).to_numpy().tolist() == (
        shipped.to_numpy().tolist()
    )


@pytest.mark.parametrize(
    ("more", "path", "problem"),
    [
        ({"points": 41}, "points", "the posterior has no 41 draws"),
        ({"vary": [Factor(path=SEATS, low=1, high=9)]}, "vary", "are all that varies"),
    ],
)
def test_what_the_posterior_does_not_give(shipped, more, path, problem):
    (mistake,) = told(points_of, designed(sample="posterior", **more))
    assert mistake.path == path
    assert problem in mistake.problem


def test_too_many_points(monkeypatch):
    monkeypatch.setattr("scenarios.studies.points.MOST_POINTS", 5)
    vary = [Factor(path=SEATS, values=[1, 2]), Factor(path=SHARE, values=[0.1, 0.2, 0.3])]
    (mistake,) = told(points_of, designed(vary=vary, sample="grid"))
    assert mistake.problem == "the grid has 6 points"
    with pytest.raises(ValueError, match="less than or equal"):
        designed(points=designs.MOST_POINTS + 1)


@pytest.mark.parametrize("sample", ["grid", "sobol", "latin hypercube", "none"])
def test_where_nothing_varies_there_is_one_point(sample):
    points = points_of(designed(sample=sample))
    assert points.shape == (1, 0)
    scenarios = [files.read("baseline")]
    assert scenarios_at(scenarios, points) == scenarios
