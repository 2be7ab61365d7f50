import argparse
import json
import shlex

import pytest

from scenarios.brief import commands, doubt
from scenarios.grammar.mistakes import ScenarioError
from simulation.rupiah import parse_rupiah


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doubt, "VARIED", ("course_dose", "leak"))
    return tmp_path


def parsed(*words):
    """Return what was asked for, as the command line has it."""
    parser = argparse.ArgumentParser()
    several = parser.add_subparsers(dest="command")

    def add(name, what, examples):
        own = several.add_parser(name, help=what, epilog=examples)
        own.add_argument("--format", default="table")
        return own

    def options(own):
        for name in ("area", "households", "months", "replicates", "seed"):
            own.add_argument(f"--{name}")
        own.add_argument("--set", action="append", default=[])
        own.add_argument("--threads", type=int, default=1)
        own.add_argument("--workers", type=int, default=1)

    commands.add_brief(add, [options], parse_rupiah)
    args = parser.parse_args(["brief", *words])
    args.stops = []
    return args


SMALL = shlex.split(
    "training-only --months 12 --households 2000 --replicates 2 --set programmes.training.seats=40"
)


def test_a_brief_is_a_page_and_a_workbook(here, capsys):
    assert commands.write_brief(parsed(*SMALL, "--language", "en")) == 0
    folder = here / "results" / "brief" / "training-only"
    assert sorted(each.name for each in folder.iterdir()) == ["brief-en.html", "brief-en.xlsx"]
    said = capsys.readouterr().out
    assert "Does “Training only” lift more people out of poverty" in said
    assert "brief-en.xlsx" in said


def test_figures_go_to_other_programs(here, capsys):
    assert commands.write_brief(parsed(*SMALL, "--format", "json", "--out", "ours")) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["answer"]) == 3
    assert {"part", "name", "value", "shown"} <= set(document["figures"][0])


def test_the_command_on_the_page_makes_the_same_page(here):
    first = parsed(*SMALL, "--out", "one")
    commands.write_brief(first)
    words = shlex.split(commands.again(first))
    assert words[:2] == ["berdaya", "brief"]
    commands.write_brief(parsed(*words[2:], "--out", "two"))
    assert (here / "one/brief-id.html").read_bytes() == (here / "two/brief-id.html").read_bytes()
    assert (here / "one/brief-id.xlsx").read_bytes() == (here / "two/brief-id.xlsx").read_bytes()


def test_the_command_says_all_that_decides_the_brief():
    args = parsed(*SMALL, "--budget", "Rp 1 miliar", "--area", "DI Yogyakarta", "--seed", "7")
    text = commands.again(args)
    for part in (
        "--budget 'Rp 1.000.000.000'",
        "--area 'DI Yogyakarta'",
        "--seed 7",
        "--months 12",
    ):
        assert part in text
    assert "--workers" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no-such-scenario"], "no-such-scenario"),
        (["training-only", "--area", "Jakrta"], "no area"),
        (
            ["training-only", "sedaya-package", "cash-transfer", "pena-grant", "need-based"],
            "no room for 5",
        ),
        (["training-only", "--boundaries", "none.geojson"], "none.geojson"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(here, words, said):
    with pytest.raises(ScenarioError, match=said):
        commands.write_brief(parsed(*words))
    assert not (here / "results").exists()


def test_nothing_is_left_half_written(here, monkeypatch):
    def broken(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr("scenarios.brief.page.as_html", broken)
    with pytest.raises(OSError, match="full"):
        commands.write_brief(parsed(*SMALL, "--out", "ours"))
    assert not (here / "ours").exists()


def test_borders_of_several_areas_are_refused(here):
    from scenarios.files import read

    pair = [read("training-only"), read("sedaya-package", ["area=Jawa Barat"])]
    args = parsed("training-only", "--boundaries", "some.geojson")
    with pytest.raises(ScenarioError, match="several areas"):
        commands._borders(args, pair)
