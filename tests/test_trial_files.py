"""Files of trials: mistakes are told, and nothing of them is in the model."""

import ast
import csv
import hashlib
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from calibration.trials import files, run_trial, trials
from calibration.trials.assigned import TrialModel
from calibration.trials.design import EXAMPLE, NoSuchPeopleError, programme_of
from calibration.trials.files import TrialError, path_of, read
from calibration.trials.lives import arms_of, world_of
from simulation import parameters
from simulation.parameters import TABLE
from simulation.programmes.programme import PARTS
from simulation.records import CONTRACT
from tests.sources import package
from tests.trials import HOUSEHOLDS, NAMES, place_of, trial
from tests.worlds import everything, model

SIX = {
    "placebo",
    "v1-training",
    "v2-mentoring-owners",
    "v2-mentoring-addon",
    "v3-cash-grant",
    "v4-graduation",
    "v5-microcredit",
}


# Files


def test_every_experiment_has_its_file():
    assert set(NAMES) >= SIX


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_whole(name):
    found = read(path_of(name))
    assert found.name == name
    assert found.main in found.banded
    assert found.assumed
    with files.EVIDENCE.open(encoding="utf-8", newline="") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    for each in found.measures.values():
        assert set(each.sources) <= set(known)
        assert each.published is None or each.sources
        assert each.band is None or each.miss.endswith((".", ")"))


@pytest.mark.parametrize(
    ("name", "measure", "band"),
    [
        ("v1-training", "profit", (4, 16)),
        ("v1-training", "sales", (1, 9)),
        ("v1-training", "profit-over-sales", (0, math.inf)),
        ("v2-mentoring-owners", "peak", (10, 30)),
        ("v2-mentoring-owners", "year-after", (-5, 5)),
        ("v2-mentoring-addon", "profit", (-5, 5)),
        ("v3-cash-grant", "half-life", (30, 90)),
        ("v4-graduation", "consumption-24", (3, 10)),
        ("v4-graduation", "kept", (0.8, 1.3)),
        ("v5-microcredit", "profit-sd", (-0.08, 0.08)),
        ("v5-microcredit", "profit-p50", (-10, 10)),
        ("v5-microcredit", "owners-p50", (-10, 10)),
    ],
)
def test_bands_stay_as_they_were_set(name, measure, band):
    assert trial(name).measures[measure].bounds == band


@pytest.mark.parametrize("name", sorted(SIX - {"placebo"}))
def test_mechanisms_name_what_needs_no_new_people(name):
    made_with_people = {"ability_sd", "persistent_sd", "persistence", "transitory_sd"}
    assert not set(trial(name).touches) & made_with_people
    assert len(set(trial(name).touches)) == len(trial(name).touches) > 10


def written(tmp_path, *changes, name="v1-training"):
    """Return the path of a copy of a trial with some text replaced."""
    text = path_of(name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("group: enterprise owners", "group: farmers"), "sample.group"),
        (("band: [4, 16]", "band: [16, 4]"), "measures.profit"),
        (("outcome: sales", "outcome: sails"), "measures.sales.outcome"),
        (("[profit, sales]", "[profit, costs]"), "made of costs"),
        (("main: profit", "main: gain"), "main is gain"),
        (
            ("E002]\n    miss", "E999]\n    miss"),
            "measures.sales.sources: there is no evidence E999",
        ),
        (("- course_dose", "- course_dos"), "did you mean course_dose?"),
        (("profit: profit_error", "profit: no_error"), "errors.profit: there is no parameter"),
        (("modules: 1, hours", "modules: 0, hours"), "arms.treatment.programme.training.modules"),
        (("training: {", "seats: 3\n      training: {"), "seats cannot be said here"),
        (("training: {", "lessons: {"), "arms.treatment.programme"),
        (("size: 500", "size: many"), "size: Input should be a valid integer"),
        (("    published: 4.7\n", "    publish: 4.7\n"), "measures.sales.publish"),
        (("control: null", "control: [null"), "line "),
        (("replicates: 5", "replicates: 5\nsize: 3"), "line "),
    ],
)
def test_a_mistake_is_told_with_file_and_path(tmp_path, change, says):
    with pytest.raises(TrialError) as caught:
        read(written(tmp_path, change))
    lines = str(caught.value).splitlines()
    assert all(line.startswith("mine.yaml: ") for line in lines)
    assert any(says in line for line in lines)


def test_all_mistakes_are_told_at_once(tmp_path):
    path = written(tmp_path, ("- course_dose", "- dose"), ("modules: 1", "modules: 99"))
    with pytest.raises(TrialError) as caught:
        read(path)
    assert len(caught.value.mistakes) == 2


def test_a_file_that_is_not_there_has_a_nearest_name():
    with pytest.raises(ValueError, match="did you mean v1-training"):
        path_of("v1-trainin")


def test_a_new_trial_is_a_new_file_and_no_code(tmp_path, monkeypatch):
    shutil.copy(written(tmp_path, ("size: 500", "size: 20")), tmp_path / "new.yaml")
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    assert trials() == ["mine", "new"]
    outcome = run_trial("new", replicates=1, draws=0, households=HOUSEHOLDS, resamples=5)
    assert outcome.name == "new"
    assert outcome.file_sha256 == hashlib.sha256((tmp_path / "new.yaml").read_bytes()).hexdigest()


def test_money_is_told_in_what_the_sample_has():
    grant = trial("v3-cash-grant")
    terms = programme_of(grant, grant.arms.treatment, 10, EXAMPLE)
    assert terms.finance.amount == 20 * EXAMPLE.profit
    assert (terms.seats, terms.starts, terms.intakes, terms.name) == (10, 0, 1, grant.name)
    package = trial("v4-graduation")
    terms = programme_of(package, package.arms.treatment, 10, EXAMPLE)
    assert terms.finance.amount == 2 * EXAMPLE.consumption
    arm = package.arms.treatment.model_copy(
        update={"programme": {"cash": {"amount": "55% of capital"}}}
    )
    assert programme_of(package, arm, 10, EXAMPLE).cash.amount == 0.55 * EXAMPLE.capital
    with pytest.raises(NoSuchPeopleError, match="median profit is not above 0"):
        programme_of(grant, grant.arms.treatment, 10, EXAMPLE._replace(profit=-1.0))


# Nothing of a programme or a trial is in the model


PROPER = {
    "bandhan", "bpum", "brac", "dandora", "jakpreneur", "kur", "mekaar", "pena", "prakerja",
    "sedaya", "siyb", "spandana", "tup", "wings", "yop", "youwin", "placebo", "graduation",
    "trial", "trials",
}  # fmt: skip
"""Names of programmes and trials; those that are called by their parts say nothing here."""
MEASURES_ONLY = {"simulation.trace"}
"""Modules that only look on: whether a firm meets what a lender asks for is a measure."""
KNOWN_WORDS = {
    "profit_error", "score_profit", "noise_profit", "online_sales", "income_response",
}  # fmt: skip
"""Parameters with an outcome in their name: what surveys and scores see of it, where it is made."""
OUTCOMES = {
    "households": (
        "mean_income", "persistent", "smoothed", "consumption", "measured", "casual_wage",
        "year_sum", "year_mean",
    ),
    "enterprises": ("scale", "ability", "productivity", "profit", "smoothed_profit", "alive"),
}  # fmt: skip
"""State that no programme may write: what it does to these must come out of everybody's month."""


def spoken(tree):
    """Return every word of the names and texts of a module, without docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    docs |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    names = []
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg"):
            if isinstance(getattr(node, field, None), str):
                names.append(getattr(node, field))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            names.append(node.value)
    text = " ".join(names).lower().replace("_", " ").replace("-", " ")
    return set(text.split())


@pytest.mark.parametrize("module", sorted(set(package("simulation")) - MEASURES_ONLY))
def test_no_code_of_the_model_names_a_programme_or_a_trial(module):
    assert not spoken(package("simulation")[module]) & PROPER


def test_no_parameter_belongs_to_a_programme_or_a_trial():
    whole = {name.replace("-", "_") for name in NAMES}
    for name in TABLE:
        words = set(name.split("_"))
        assert not words & PROPER, name
        assert not any(each in name for each in whole), name
        if words & {"profit", "income", "survival", "earnings", "sales"}:
            assert name in KNOWN_WORDS, f"{name} may be an effect that is written in"
    on_outcomes = {name for name, each in TABLE.items() if each.unit.startswith("factor on")}
    assert on_outcomes == {"risky_gain", "risky_loss"}  # of a venture's state, whoever financed it


def test_no_term_of_a_programme_is_an_effect():
    def fields(schema):
        for name, each in schema.get("properties", {}).items():
            yield name
            yield from fields(each)
        for each in schema.get("$defs", {}).values():
            yield from fields(each)

    from simulation.programmes.programme import Programme

    names = set(fields(Programme.model_json_schema()))
    assert set(PARTS) <= names
    effects = {"effect", "effects", "gain", "profit", "lift", "factor", "multiplier", "impact"}
    assert not {word for name in names for word in name.split("_")} & effects
    assert set(CONTRACT.names) == {
        "amount", "share", "floor", "instalment", "ceiling", "buy_back", "security", "term", "grace"
    }  # fmt: skip


def test_institutions_write_no_outcome():
    lived = model([everything(starts=1, seats=25)], months=14)
    for _ in range(14):
        before = {
            (kind, field): getattr(lived.population, kind)[field].tobytes()
            for kind, own in OUTCOMES.items()
            for field in own
        }
        lived.begin_month()
        for (kind, field), bits in before.items():
            assert getattr(lived.population, kind)[field].tobytes() == bits, field
        lived.live_month()
        lived.end_month()
    assert len(lived.providers[0].enrolled) == 50


def test_the_name_of_a_programme_makes_no_difference():
    small = trial("placebo", size=50)
    found = place_of(small.sample, 100, "placebo")
    values = parameters.values()
    world = world_of(found.population, 3, values)
    ends = []
    for name in ("sedaya", "another"):
        arm = small.arms.treatment.model_copy(update={"programme": {"cash": {"amount": 1e6}}})
        named = small.model_copy(
            update={
                "name": name,
                "arms": small.arms.model_copy(update={"treatment": arm}),
            }
        )
        arms = arms_of(named, found.rows, np.ones(100, bool), found.medians)
        lived = TrialModel(found.population, world, values, arms, 1, 0, 3).run()
        ends.append(lived.population.households.tobytes() + lived.population.enterprises.tobytes())
    assert ends[0] == ends[1]


def test_no_file_of_the_trials_names_a_place_on_a_machine():
    for path in [*Path(files.__file__).parent.glob("*.*"), Path(__file__)]:
        if path.suffix in (".py", ".yaml"):
            assert "/" + "work/" not in path.read_text(encoding="utf-8"), path.name
