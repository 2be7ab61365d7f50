import json
import shutil
import subprocess
import sys
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.drawing import charts, figure
from scenarios.drawing.charts import (
    FIGURES,
    PALETTE,
    caption,
    caption_of,
    in_units,
    new_figure,
    redraw,
    save_figure,
    save_figures,
    short_rupiah,
    version,
)
from scenarios.grammar.mistakes import ScenarioError
from scenarios.results.exports import write_tables
from scenarios.runs.replicates import ALL_THREE, CHANCE_ALONE
from scenarios.schema import Scenario
from tests.command import ROOT

# Colours

# On linear RGB, full severity. G. Machado, M. Oliveira, L. Fernandes: A Physiologically-based Model
# for Simulation of Color Vision Deficiency, IEEE Trans. Vis. Comput. Graph. 15 (6), 2009.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
# IEC 61966-2-1 (sRGB), and its white.
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = [0.9505, 1.0, 1.0890]


def lab(colour, sight):
    """Return CIE L*a*b* of a colour as it is seen."""
    shown = np.array([int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)])
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    x, y, z = TO_XYZ @ np.clip(SIGHT[sight] @ linear, 0.0, 1.0) / WHITE
    x, y, z = (
        t ** (1 / 3) if t > (6 / 29) ** 3 else t * (29 / 6) ** 2 / 3 + 4 / 29 for t in (x, y, z)
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(colours, sight):
    """Return the smallest CIE76 distance between any two; about 2 is just seen side by side."""
    return min(np.linalg.norm(lab(a, sight) - lab(b, sight)) for a, b in combinations(colours, 2))


@pytest.mark.parametrize("sight", SIGHT)
def test_colour_blind_readers_tell_colours_apart(sight):
    assert distance(PALETTE, sight) > 15.0
    assert distance(PALETTE[:4], sight) > 20.0
    assert all(distance([colour, "#FFFFFF"], sight) > 35.0 for colour in PALETTE)


def test_distances_are_known_ones():
    """Black and white are 100 apart; red and green of equal luminance fail the check above."""
    assert distance(["#000000", "#FFFFFF"], "deuteranopia") == pytest.approx(100.0, abs=0.1)
    assert lab("#FF0000", "usual") == pytest.approx([53.2, 80.1, 67.2], abs=0.2)
    assert distance(["#C04000", "#608000"], "usual") > 50.0
    assert distance(["#C04000", "#608000"], "deuteranopia") < 15.0


# Axes


@pytest.mark.parametrize(
    ("unit", "reach", "label", "ticks"),
    [
        ("rupiah", 2.5e9, "Cost, Rp miliar", ["0", "0,5", "1", "1,5", "2", "2,5"]),
        ("rupiah a month", -400e3, "Cost, Rp ribu a month", ["-400", "-300", "-200", "-100", "0"]),
        ("rupiah", 0.5, "Cost, Rp", ["0", "0,1", "0,2", "0,3", "0,4", "0,5"]),
        ("persons", 20_000, "Cost, persons", ["0", "5 000", "10 000", "15 000", "20 000"]),
        ("percent", -0.3, "Cost, percent", ["-0.3", "-0.2", "-0.1", "0"]),
        ("", 4, "Cost", ["0", "1", "2", "3", "4"]),
    ],
)  # fmt: skip
def test_an_axis_speaks_its_unit(unit, reach, label, ticks):
    made, (axes,) = new_figure(6.0, 4.0)
    axes.set_xlim(*sorted((0.0, reach)))
    axes.set_xticks(np.linspace(*axes.get_xlim(), len(ticks)))
    in_units(axes.xaxis, "Cost", unit)
    made.canvas.draw()
    assert axes.get_xlabel() == label
    assert [each.get_text() for each in axes.get_xticklabels()] == [
        each.replace("-", "\N{MINUS SIGN}") for each in ticks
    ]


@pytest.mark.parametrize(
    ("ends", "seen"),
    [
        ((1e8, 1e12), ["100 juta", "1 miliar", "10 miliar", "100 miliar", "1 triliun"]),
        ((1.5e8, 6e8), ["200 juta", "500 juta"]),
    ],
)
def test_an_axis_over_many_sizes_of_money(ends, seen):
    made, (axes,) = new_figure(6.0, 4.0)
    axes.set_yscale("log")
    axes.set_ylim(*ends)
    in_units(axes.yaxis, "", "rupiah")
    made.canvas.draw()
    within = [each for each in axes.yaxis.get_major_ticks() if ends[0] <= each.get_loc() <= ends[1]]
    assert [each.label1.get_text() for each in within] == seen
    assert axes.get_ylabel() == "Rp"
    assert not any(each.get_text() for each in axes.get_yticklabels(minor=True))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (999_999.0, "Rp 1 juta"),
        (999.4, "Rp 999"),
        (1_234.0, "Rp 1,23 ribu"),
        (-2.5e12, "-Rp 2,5 triliun"),
        (5e17, "Rp 500.000 triliun"),
        (-0.0, "Rp 0"),
    ],
)
def test_amounts_in_words(amount, text):
    assert short_rupiah(amount) == text


@given(st.floats(1.0, 1e15))
def test_amounts_in_words_are_right_to_three_figures(amount):
    from simulation.rupiah import parse_rupiah

    assert parse_rupiah(short_rupiah(amount)) == pytest.approx(amount, rel=0.00501)


# Captions


def boxes(made):
    made.canvas.draw()
    seen = made.canvas.get_renderer()
    return made._supxlabel.get_window_extent(seen), made.axes[0].get_tightbbox(seen)


@pytest.mark.parametrize("words", [1, 60])
def test_a_caption_stands_under_the_panels_and_inside_the_figure(words):
    made, (axes,) = new_figure(6.0, 4.0)
    axes.set_xlabel("months")
    caption(made, caption_of(1, 5, "Simulated, not found. " * words))
    text, panel = boxes(made)
    assert text.y1 < panel.y0
    assert text.x0 >= 0.0
    assert text.x1 <= made.bbox.width
    assert text.y0 >= 0.0
    assert (text.height > 40.0) == (words > 1), "wrapped where it is long"


def test_a_caption_says_how_to_come_to_the_figure():
    assert caption_of(7, 5) == f"Seed 7, 5 replicates, Berdaya {version()}."
    assert caption_of(7, 1, "More.").startswith("Seed 7, 1 replicate, ")
    assert version()[0].isdigit()


# Files


def lines(seed=1):
    made, (axes,) = new_figure(4.0, 3.0)
    axes.plot(np.arange(5.0), np.arange(5.0) ** 2, color=PALETTE[0])
    caption(made, caption_of(seed, 5))
    return made


def test_equal_figures_are_equal_files(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        save_figure(lines(seed), tmp_path / f"{name}.png")
    first, again, other = ((tmp_path / name).read_bytes() for name in ("a.png", "b.png", "c.png"))
    assert first == again != other
    assert first.startswith(b"\x89PNG")
    assert not any(word in first for word in (b"tIME", b"Date", b"Creation"))
    assert int.from_bytes(first[16:20]) == 4 * 150


def test_a_figure_that_fails_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.png"
    save_figure(lines(), path)
    before = path.read_bytes()
    broken = lines()
    broken.axes[0].set_title("$\\nosuchcommand$")
    with pytest.raises(ValueError, match="nosuchcommand"):
        save_figure(broken, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_kept_between_figures():
    """Importing brings no matplotlib; drawing brings no pyplot and changes no settings."""
    code = """
import sys
from scenarios.drawing import charts
assert not any(name.startswith("matplotlib") for name in sys.modules)
import matplotlib
before = matplotlib.rcParams.copy()
figure, panels = charts.new_figure(6.0, 4.0, 1, 2)
charts.in_units(panels[0].xaxis, "Cost", "rupiah")
charts.caption(figure, "text")
figure.canvas.draw()
assert "matplotlib.pyplot" not in sys.modules
assert dict(matplotlib.rcParams.copy()) == dict(before)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True)


# A comparison


def comparison(names=("ours", "theirs")):
    rows = []
    for name in names:
        for variant in figure.COLOURS:
            for number, (indicator, _, unit) in enumerate(figure.PANELS):
                value = number + len(name) + (variant == "scenario")
                place = {"scenario": name, "variant": variant, "indicator": indicator}
                ends = {"value": value, "low": value - 0.5, "high": value + 1.0}
                rows.append({**place, "unit": unit, **ends})
    return pd.DataFrame(rows)


def test_the_caption_of_a_comparison_is_an_argument():
    scenario = Scenario(name="ours", seed=3, replicates=4)
    text = figure.caption_of(scenario, ALL_THREE)
    assert f"intervals {ALL_THREE}. " in text
    assert text.startswith("Seed 3, 4 replicates, Berdaya ")
    assert figure.draw(comparison(), text).get_supxlabel() == text
    assert CHANCE_ALONE in figure.caption_of(scenario, CHANCE_ALONE)


def test_panels_say_what_and_in_which_unit():
    made = figure.draw(comparison(), "caption")
    titles = [(axes.get_title(), axes.get_xlabel()) for axes in made.axes]
    assert titles == [(title, unit) for _, title, unit in figure.PANELS]
    assert [each.get_text() for each in made.legends[0].get_texts()] == list(figure.COLOURS)
    names = [[each.get_text() for each in axes.get_yticklabels()] for axes in made.axes]
    assert names == [["ours", "theirs"]] * 6
    (_, _, (bars,)), *_ = made.axes[0].containers
    ends = [segment[:, 0].tolist() for segment in bars.get_segments()]
    assert ends == [[4.5, 6.0], [6.5, 8.0]]


# Figures of a folder


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Return a folder with a table and two figures of it."""
    made = tmp_path_factory.mktemp("drawn")
    write_tables(made, {"comparison": comparison()})
    how = (figure.draw, "comparison")
    captions = {"a.png": "Ours", "b.png": "Theirs \u2265 5"}
    save_figures(made, {name: (*how, {"caption": text}) for name, text in captions.items()})
    return made


@pytest.fixture
def folder(drawn, tmp_path):
    """Return a copy of it."""
    return shutil.copytree(drawn, tmp_path / "drawn")


def test_every_figure_is_drawn_again_from_its_table(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) == {"a.png", "b.png", FIGURES, "comparison.parquet", "comparison.csv"}
    assert before["a.png"] != before["b.png"]
    for path in folder.glob("*.png"):
        path.unlink()
    assert redraw(str(folder)) == [folder / "a.png", folder / "b.png"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_figure_follows_its_table_alone(folder):
    before = (folder / "a.png").read_bytes()
    write_tables(folder, {"comparison": comparison(["others"])})
    redraw(folder)
    assert (folder / "a.png").read_bytes() != before


def test_what_a_list_says(folder):
    found = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
    said = {"function": "scenarios.drawing.figure.draw", "table": "comparison"}
    assert found["b.png"] == {**said, "arguments": {"caption": "Theirs \u2265 5"}}


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("a.png", {"function": "os.system"}, "os.system is no function of ours that draws"),
        ("a.png", {"function": "scenarios.results.store.write_whole"}, "no function of ours"),
        ("a.png", {"function": "scenarios.drawing.figure.drawn"}, "no function of ours"),
        ("a.png", {"function": "scenarios.nothing.draw"}, "no function of ours"),
        ("a.png", {"function": "scenariosx.draw"}, "no function of ours"),
        ("a.png", {"function": "draw"}, "no function of ours"),
        ("a.png", {"table": "nothing"}, "table nothing is not there; allowed: comparison"),
        ("a.png", {"table": "../comparison"}, "is not there"),
        ("a.png", {"arguments": {"colour": 1}}, "scenarios.drawing.figure.draw: "),
        ("a.png", {"arguments": {"table": 1, "caption": ""}}, "multiple values"),
        ("a.png", {"arguments": []}, "a.png.arguments: "),
        ("a.png", {"more": 1}, "a.png.more: "),
        ("../a.png", {}, "is no name of a figure"),
        ("a.txt", {}, "is no name of a figure"),
        (".png/", {}, "is no name of a figure"),
    ],
)
def test_a_list_that_is_wrong_draws_nothing(folder, name, changes, message):
    right = {"function": "scenarios.drawing.figure.draw", "table": "comparison"}
    listed = {"first.png": {**right, "arguments": {"caption": ""}}}
    listed[name] = {**listed["first.png"], **changes}
    (folder / FIGURES).write_text(json.dumps(listed), encoding="utf-8")
    before = sorted(folder.iterdir())
    with pytest.raises(ScenarioError) as caught:
        redraw(folder)
    (mistake,) = caught.value.mistakes
    assert message in str(mistake)
    assert mistake.file.endswith(FIGURES)
    assert name.partition("/")[0] in mistake.path
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("text", ["{", "", "[]", '{"a.png": 1}', "\udcff"])
def test_a_list_that_is_no_list(folder, text):
    (folder / FIGURES).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ScenarioError):
        redraw(folder)


def test_a_folder_without_figures(tmp_path):
    with pytest.raises(ScenarioError, match=r"figures.json: is not there; allowed: a folder"):
        redraw(tmp_path)


def test_a_damaged_table_is_named(folder):
    (folder / "comparison.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(ScenarioError, match="table comparison cannot be read"):
        redraw(folder)


@given(
    st.text(),
    st.sampled_from(
        ["", "scenarios.", "scenarios.drawing.figure.", "scenarios.drawing.figure.draw"]
    ),
)
def test_no_other_function_is_found(text, start):
    found = charts._own(start + text)
    assert found is None or found is figure.draw
    assert charts._own(f"{start}{text}.draw") is None or start + text == "scenarios.drawing.figure"


def test_functions_of_others_are_not_ours(monkeypatch):
    monkeypatch.setattr(figure, "draw_foreign", shutil.copytree, raising=False)
    assert charts._own("scenarios.drawing.figure.draw_foreign") is None
    assert charts._own("scenarios.drawing.figure.draw") is figure.draw


def test_functions_made_on_the_spot_are_refused(folder):
    def draw_here(table):
        return lines()

    with pytest.raises(ScenarioError, match="no function of ours"):
        save_figures(folder, {"a.png": (draw_here, "comparison", {})})
