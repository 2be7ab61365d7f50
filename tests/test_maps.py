"""Tile layouts, and the pictures drawn with them."""

import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from calibration.figures import table
from scenarios.drawing.charts import redraw, save_figures
from scenarios.grammar.mistakes import ScenarioError
from scenarios.maps.draw import draw_places, is_map
from scenarios.maps.layout import layout
from scenarios.maps.shades import GAIN, LOSS, ink
from scenarios.maps.tiles import tile_map
from scenarios.results.exports import write_tables
from scenarios.runs.groups import FEWEST_SHOWN
from scenarios.words.labels import LANGUAGES, say
from scenarios.words.numerals import UNKNOWN
from tests.test_charts import SIGHT, distance

DISTRICTS = table("districts")
PROVINCES = sorted(DISTRICTS["province"].unique())
NEW = ["Papua Barat Daya", "Papua Pegunungan", "Papua Selatan", "Papua Tengah"]
AREAS = ["Indonesia", *PROVINCES, *NEW]


# Layouts


def test_the_country_has_its_38_provinces():
    assert sorted(layout("Indonesia").index) == sorted(DISTRICTS["province_2022"].unique())


@pytest.mark.parametrize("area", PROVINCES)
def test_a_province_has_its_districts(area):
    own = DISTRICTS[DISTRICTS["province"] == area]["name"]
    assert sorted(layout(area).index) == sorted(own)


@pytest.mark.parametrize("area", NEW)
def test_a_new_province_has_its_districts(area):
    own = DISTRICTS[DISTRICTS["province_2022"] == area]["name"]
    assert sorted(layout(area).index) == sorted(own)


def test_every_district_has_one_tile():
    tiles = [place for area in PROVINCES for place in layout(area).index]
    assert sorted(tiles) == sorted(DISTRICTS["name"])
    assert len(tiles) == 514


@pytest.mark.parametrize("area", AREAS)
def test_tiles_stand_apart_on_a_small_grid(area):
    tiles = layout(area)
    assert not tiles.duplicated(["row", "column"]).any()
    assert not tiles.short.duplicated().any()
    assert (tiles[["row", "column"]].min() == 0).all()
    assert tiles["column"].max() < (15 if area == "Indonesia" else 10)
    assert tiles.row.max() < 9


@pytest.mark.parametrize("area", AREAS)
def test_tiles_hang_together(area):
    """From every tile one comes to every other in steps of three tiles at most."""
    at = layout(area)[["row", "column"]].to_numpy()
    apart = np.abs(at[:, None] - at[None]).max(axis=2)
    near = np.linalg.matrix_power((apart <= 3).astype(float), len(at))
    assert (near > 0).all()
    closest = np.where(apart == 0, 99, apart).min(axis=1)
    assert (closest <= 2).all()
    assert (closest == 1).mean() > 0.7


@pytest.mark.parametrize(
    ("area", "north", "south"),
    [
        ("Indonesia", "Aceh", "Lampung"),
        ("Indonesia", "Kalimantan Utara", "Kalimantan Selatan"),
        ("Jawa Timur", "Kab. Tuban", "Kab. Pacitan"),
        ("Sulawesi Utara", "Kab. Kepulauan Talaud", "Kab. Bolaang Mongondow Selatan"),
    ],
)
def test_north_is_up(area, north, south):
    assert layout(area).row[north] < layout(area).row[south]


@pytest.mark.parametrize(
    ("area", "west", "east"),
    [
        ("Indonesia", "Aceh", "Papua"),
        ("Jawa Barat", "Kab. Bogor", "Kab. Cirebon"),
        ("Nusa Tenggara Timur", "Kab. Manggarai Barat", "Kab. Alor"),
        ("Papua", "Kab. Nabire", "Kota Jayapura"),
    ],
)
def test_west_is_left(area, west, east):
    assert layout(area)["column"][west] < layout(area)["column"][east]


def test_no_layout_of_what_is_no_province():
    with pytest.raises(ScenarioError, match="did you mean Papua Selatan"):
        layout("Papua Selatn")


# Pictures


def values(area, seed=1.0):
    places = layout(area).index
    return pd.Series(2500.0 * np.sin(seed + np.arange(len(places))), index=places)


def overlaps(figure):
    """Return the pairs of words on the map that lie on each other, and those outside the figure."""
    figure.canvas.draw()
    axes = figure.axes[0]
    boxes = [(text.get_text(), text.get_window_extent()) for text in axes.texts if text.get_text()]
    pairs = [
        (a, b)
        for n, (a, one) in enumerate(boxes)
        for b, other in boxes[n + 1 :]
        if min(one.x1, other.x1) > max(one.x0, other.x0)
        and min(one.y1, other.y1) > max(one.y0, other.y0)
    ]
    outside = [a for a, box in boxes if box.x0 < 0 or box.x1 > figure.bbox.width]
    return pairs + outside


@pytest.mark.parametrize("area", AREAS)
def test_words_stand_on_their_tiles(area):
    shown = values(area)
    made = tile_map(shown, "map.net_lifted", area, "id", "Uji.", change=True)
    assert not overlaps(made)
    axes = made.axes[0]
    for name, patch in zip(axes.texts[::2], axes.patches, strict=True):
        box, tile = name.get_window_extent(), patch.get_window_extent()
        assert tile.x0 <= box.x0
        assert box.x1 <= tile.x1


@pytest.mark.parametrize("language", LANGUAGES)
def test_title_legend_bar_and_caption_stand_apart(language):
    shown = values("DI Yogyakarta")
    shown.iloc[0] = np.nan
    clear = pd.Series([True, True, False, True, True], index=shown.index)
    made = tile_map(
        shown, "map.net_lifted", "DI Yogyakarta", language, "Uji. " * 40, 0, True, clear
    )
    made.canvas.draw()
    axes, bar = made.axes
    parts = [made._suptitle, axes.patches[0], axes.get_legend(), bar, made._supxlabel]
    tiles = [patch.get_window_extent() for patch in axes.patches]
    boxes = [part.get_tightbbox() if part is bar else part.get_window_extent() for part in parts]
    heights = [(box.y0, box.y1) for box in boxes]
    heights[1] = min(box.y0 for box in tiles), max(box.y1 for box in tiles)
    for (low, _), (_, high) in pairwise(heights):
        assert high <= low + 1.0
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said == [
        say("map.unclear", language),
        say("map.unknown", language, fewest=FEWEST_SHOWN),
    ]


def test_numbers_are_the_readers():
    shown = pd.Series({"Kab. Bantul": 1234.4, "Kab. Sleman": -0.2, "Kota Yogyakarta": np.nan})
    texts = {}
    for language in LANGUAGES:
        made = tile_map(shown, "map.net_lifted", "DI Yogyakarta", language, change=True)
        words = [text.get_text() for text in made.axes[0].texts]
        texts[language] = dict(zip(words[::2], words[1::2], strict=True))
    assert texts["id"]["Bantul"] == "+1.234"
    assert texts["en"]["Bantul"] == "+1,234"
    assert texts["en"]["Sleman"] == "0"
    assert texts["id"]["Kulon\nProgo"] == texts["id"]["Kota\nYogyakarta"] == UNKNOWN


def test_what_is_not_clear_has_no_colour_and_sets_no_scale():
    shown = pd.Series({"Kab. Bantul": 100.0, "Kab. Sleman": 9000.0, "Kota Yogyakarta": -50.0})
    clear = pd.Series({"Kab. Bantul": True, "Kab. Sleman": False, "Kota Yogyakarta": True})
    made = tile_map(shown, "map.net_lifted", "DI Yogyakarta", "en", "", 0, True, clear)
    faces = dict(zip(layout("DI Yogyakarta").index, made.axes[0].patches, strict=True))
    assert faces["Kab. Sleman"].get_facecolor() == (1.0, 1.0, 1.0, 1.0)
    assert faces["Kab. Bantul"].get_facecolor() == pytest.approx(rgba(GAIN), abs=0.01)
    assert faces["Kab. Kulon Progo"].get_hatch()
    assert faces["Kota Yogyakarta"].get_facecolor() != (1.0, 1.0, 1.0, 1.0)
    assert made.axes[1].get_xlim() == (-100.0, 100.0)


def rgba(colour):
    return (*(int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)), 1.0)


@pytest.mark.parametrize("shown", [[np.nan] * 5, [0.0] * 5, [7.0] * 5, [1e9, -1.0, 0, 1, 2]])
@pytest.mark.parametrize("change", [False, True])
def test_maps_of_odd_values(shown, change):
    places = layout("DI Yogyakarta").index
    made = tile_map(
        pd.Series(shown, index=places), "map.headcount", "DI Yogyakarta", "id", "", 1, change
    )
    assert not overlaps(made)
    assert len(made.axes) == 1 + bool(np.isfinite(shown).any())


@pytest.mark.parametrize("index", [["Kab. Bantul", "Kab. Bogor"], ["Kab. Bantul", "Kab. Bantul"]])
def test_values_of_other_places_are_refused(index):
    with pytest.raises(ValueError, match=re.escape(index[1])):
        tile_map(pd.Series([1.0, 2.0], index=index), "map.headcount", "DI Yogyakarta", "id")


@pytest.mark.parametrize("sight", SIGHT)
def test_gain_and_loss_are_told_apart(sight):
    assert distance([GAIN, LOSS], sight) > 40.0


def test_words_are_read_on_their_colour():
    assert [ink(colour) for colour in ("#000000", "#FFFFFF", GAIN)] == ["white", "black", "white"]


# Of a comparison


def rows(**what):
    row = {"scenario": "ours", "indicator": "net_lifted", "unit": "persons", "agents": 99, **what}
    return [
        {**row, "place": place, "value": value, "low": value - 5.0, "high": value + 5.0}
        for place, value in (
            ("Kab. Bantul", 30.0),
            ("Kab. Sleman", 2.0),
            ("Kab. Gunung Kidul", np.nan),
        )
    ]


def test_a_saved_map_is_drawn_again(tmp_path):
    frame = pd.DataFrame([*rows(), *rows(scenario="other"), *rows(indicator="participants")])
    write_tables(tmp_path, {"places": frame})
    what = {
        "scenario": "ours",
        "indicator": "net_lifted",
        "area": "DI Yogyakarta",
        "language": "id",
        "caption": "Uji.",
    }
    save_figures(tmp_path, {"places.png": (draw_places, "places", what)})
    first = (tmp_path / "places.png").read_bytes()
    (tmp_path / "places.png").unlink()
    redraw(tmp_path)
    assert (tmp_path / "places.png").read_bytes() == first


def test_only_what_leaves_out_zero_is_coloured():
    made = draw_places(pd.DataFrame(rows()), "ours", "net_lifted", "DI Yogyakarta", "en", "")
    faces = dict(zip(layout("DI Yogyakarta").index, made.axes[0].patches, strict=True))
    assert faces["Kab. Sleman"].get_facecolor() == (1.0, 1.0, 1.0, 1.0)
    assert faces["Kab. Bantul"].get_facecolor() != (1.0, 1.0, 1.0, 1.0)
    assert faces["Kab. Gunung Kidul"].get_hatch()


def test_one_place_is_no_map():
    frame = pd.DataFrame(rows())
    assert is_map(frame, "ours", "net_lifted")
    assert not is_map(frame[1:], "ours", "net_lifted")
    assert not is_map(frame, "other", "net_lifted")
