"""GeoJSON files of the reader's: what is read, what is refused, and the maps drawn of them."""

import json
import re
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.grammar.mistakes import ScenarioError
from scenarios.maps import boundaries as reading
from scenarios.maps.boundaries import read_boundaries
from scenarios.maps.draw import draw_places
from scenarios.maps.layout import layout
from scenarios.maps.names import place_of
from scenarios.maps.shapes import shape_map

AREA = "DI Yogyakarta"
PLACES = list(layout(AREA).index)


def square(west, south, size=0.9):
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def collection(area=AREA, key="nama", **more):
    """Return squares where the tiles of an area stand."""
    features = []
    for place, row, column, _ in layout(area).itertuples():
        geometry = {"type": "Polygon", "coordinates": [square(100.0 + column, 5.0 - row)]}
        features.append({"type": "Feature", "properties": {key: place}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features, **more}


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a document and returns its path."""

    def write(document):
        path = tmp_path / "mine.geojson"
        text = document if isinstance(document, str) else json.dumps(document)
        path.write_text(text, encoding="utf-8")
        return path

    return write


# What is read


@pytest.mark.parametrize("area", ["Indonesia", AREA, "Papua"])
def test_every_place_is_read(file, area):
    found = read_boundaries(file(collection(area)), area)
    assert list(found.shapes) == list(layout(area).index)
    first = layout(area).iloc[0]
    ((ring,),) = found.shapes[layout(area).index[0]]
    assert ring[0].tolist() == [100.0 + first["column"], 5.0 - first.row]


def test_several_polygons_holes_heights_and_a_mark_at_the_start(file, tmp_path):
    document = collection(crs={"type": "name", "properties": {"name": reading.CRS84[0]}})
    hole = [[*point, 12.5] for point in square(100.2, 4.2, 0.2)]
    many = [[square(100.0, 4.0), hole], [square(101.0, 4.0)]]
    document["features"][0]["geometry"] = {"type": "MultiPolygon", "coordinates": many}
    path = tmp_path / "mine.geojson"
    path.write_text("\ufeff" + json.dumps(document), encoding="utf-8")
    found = read_boundaries(path, AREA).shapes[PLACES[0]]
    assert [len(rings) for rings in found] == [2, 1]
    assert found[0][1].shape == (5, 2)


def test_districts_of_other_provinces_are_left_out(file):
    document = collection()
    document["features"] += collection("Bali")["features"]
    assert list(read_boundaries(file(document), AREA).shapes) == PLACES


@pytest.mark.parametrize(
    ("properties", "area", "place"),
    [
        ({"PROVINSI": "NUSA TENGGARA TIMUR"}, "Indonesia", "Nusa Tenggara Timur"),
        ({"NAMOBJ": "Provinsi Daerah Istimewa Yogyakarta"}, "Indonesia", "DI Yogyakarta"),
        ({"name": "Jakarta"}, "Indonesia", "DKI Jakarta"),
        ({"kode": "97"}, "Indonesia", "Papua Pegunungan"),
        ({"bps_code": 94, "KODE": "91"}, "Indonesia", "Papua"),
        ({"KAB_KOTA": "KABUPATEN BOGOR", "PROVINSI": "Jawa Barat"}, "Jawa Barat", "Kab. Bogor"),
        ({"KAB_KOTA": "KOTA BOGOR"}, "Jawa Barat", "Kota Bogor"),
        ({"NAME_2": "Bogor", "NAME_1": "Jawa Barat"}, "Jawa Barat", "Kab. Bogor"),
        ({"nama": "Depok"}, "Jawa Barat", "Kota Depok"),
        ({"nama": "Labuhanbatu"}, "Sumatera Utara", "Kab. Labuhan Batu"),
        ({"nama": "Adm. Kepulauan Seribu"}, "DKI Jakarta", "Kab. Kepulauan Seribu"),
        ({"nama": "Kabupaten Kotabaru"}, "Kalimantan Selatan", "Kota Baru"),
        ({"nama": "Pasangkayu", "kode": "7601"}, "Sulawesi Barat", "Kab. Mamuju Utara"),
        ({"nama": "Kabupaten Kepulauan Tanimbar"}, "Maluku", "Kab. Maluku Tenggara Barat"),
        ({"nama": "Unknown", "bps_code": "3404"}, AREA, "Kab. Sleman"),
        ({"nama": "Unknown", "kode": "3404"}, AREA, ""),
        ({"kode": "34.04"}, AREA, ""),
        ({"nama": None, "kode": None}, AREA, ""),
        ({"nama": ["Sleman"]}, AREA, ""),
        ({}, AREA, ""),
    ],
)
def test_places_by_name_then_by_code(properties, area, place):
    assert place_of(properties, area) == place


@pytest.mark.parametrize("area", ["Indonesia", "Jawa Tengah", "Papua Barat", "Papua Selatan"])
def test_every_place_is_found_by_its_own_name(area):
    for place in layout(area).index:
        assert place_of({"nama": place.upper()}, area) == place


# What is refused


def changed(**what):
    """Return a document whose second feature is another."""
    document = collection()
    document["features"][1] |= what
    return document


def with_ring(ring):
    return changed(geometry={"type": "Polygon", "coordinates": [ring]})


def without(number):
    document = collection()
    del document["features"][number]
    return document


OPEN = square(110.0, -8.0)[:-1]
WRONG = [
    ("", "is no JSON"),
    ("[1, 2", "is no JSON"),
    ("[" * 100_000, "is nested too deeply"),
    ("[1, 2]", r"is \[1, 2\]; allowed: a FeatureCollection"),
    ({"type": "Topology"}, "type: is 'Topology'; allowed: FeatureCollection"),
    ({"type": "FeatureCollection"}, "features: is None; allowed: a list of features"),
    ({"type": "FeatureCollection", "features": []}, r"features: is \[\]"),
    ({"type": "FeatureCollection", "features": {"a": 1}}, "features: is {'a': 1}"),
    (
        collection(crs={"properties": {"name": "urn:ogc:def:crs:EPSG::32749"}}),
        "crs: is 'urn:ogc:def:crs:EPSG::32749'; allowed: urn:ogc:def:crs:OGC:1.3:CRS84",
    ),
    (collection(crs="EPSG:3857"), "crs: is 'EPSG:3857'"),
    (collection(crs={"properties": ["name"]}), "crs: is "),
    (changed(type="Feat"), r"features\[1\]: is .*; allowed: a Feature"),
    (changed(properties=None), r"features\[1\].properties: is None"),
    (changed(properties={"id": 7}), r"features\[1\].properties: have no name .*; there: id"),
    (changed(properties={"nama": "Slemann"}), "no place 'Slemann'; .*did you mean Kab. Sleman"),
    (changed(properties={"nama": "Atlantis"}), r"features\[1\].properties: there is no place"),
    (
        changed(properties={"nama": PLACES[0]}),
        rf"features\[1\]: is {PLACES[0]}, as features\[0\] is; allowed: one feature a place",
    ),
    (changed(geometry=None), r"features\[1\].geometry: is None; allowed: Polygon or MultiPolygon"),
    (changed(geometry={"type": "Point", "coordinates": [110.0, -8.0]}), "geometry: is 'Point'"),
    (changed(geometry={"type": "Polygon"}), "geometry.coordinates: are None"),
    (changed(geometry={"type": "Polygon", "coordinates": []}), "coordinates: are "),
    (changed(geometry={"type": "MultiPolygon", "coordinates": []}), "coordinates: are "),
    (changed(geometry={"type": "MultiPolygon", "coordinates": [3]}), "coordinates: are 3"),
    (with_ring("ring"), "have a ring that is 'ring'"),
    (with_ring(OPEN[:3]), "allowed: four points or more"),
    (with_ring(OPEN), "have a ring that is open"),
    (with_ring([*OPEN, [True, False]]), r"have the point \[True, False\]"),
    (with_ring([*OPEN, ["110", "-8"]]), r"have the point \['110', '-8'\]"),
    (with_ring([*OPEN, [110.0]]), r"have the point \[110.0\]"),
    (with_ring([[430_000.0, 9_140_000.0]] * 4), "allowed: longitude 93 to 143, then latitude"),
    (with_ring([[-8.0, 110.0]] * 4), r"have the point \[-8.0, 110.0\]"),
    (json.dumps(with_ring([[float("nan"), -8.0]] * 4)), "has NaN, which is no number"),
    (without(2), f"features: without {PLACES[2]}; allowed: all 5 places of {AREA}"),
    (collection("Bali"), "features: without Kab. Sleman, "),
]  # fmt: skip


@pytest.mark.parametrize(("document", "problem"), WRONG)
def test_a_file_with_a_mistake_is_refused(file, document, problem):
    with pytest.raises(ScenarioError, match=problem) as caught:
        read_boundaries(file(document), AREA)
    for mistake in caught.value.mistakes:
        assert mistake.file.endswith("mine.geojson")
        assert len(str(mistake)) < 800


def test_every_mistake_is_told(file):
    document = collection()
    document["features"][0]["properties"] = {"nama": "Atlantis"}
    document["features"][3]["geometry"] = None
    with pytest.raises(ScenarioError) as caught:
        read_boundaries(file(document), AREA)
    assert [each.path for each in caught.value.mistakes] == [
        "features[0].properties",
        "features[3].geometry",
    ]


def test_no_more_mistakes_than_people_read(file):
    document = collection("Jawa Timur", key="label")
    with pytest.raises(ScenarioError) as caught:
        read_boundaries(file(document), "Jawa Timur")
    assert len(caught.value.mistakes) == reading.MOST_MISTAKES


def test_provinces_of_2022_lack_the_new_ones(file):
    document = collection("Indonesia")
    new = ("Papua Barat Daya", "Papua Tengah", "Papua Pegunungan", "Papua Selatan")
    document["features"] = [
        each for each in document["features"] if each["properties"]["nama"] not in new
    ]
    with pytest.raises(ScenarioError, match=r"without Papua Barat Daya, .*all 38 places"):
        read_boundaries(file(document), "Indonesia")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        read_boundaries(tmp_path / "none.geojson", AREA)
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        read_boundaries(tmp_path, AREA)


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "mine.geojson"
    path.write_bytes(b"\xff\xfe\x00PK")
    with pytest.raises(ScenarioError, match="is no JSON"):
        read_boundaries(path, AREA)


def test_a_file_that_is_too_large(file, monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 100)
    with pytest.raises(ScenarioError, match="is too large"):
        read_boundaries(file(collection()), AREA)


NOISE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda part: (
        st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=5), part, max_size=3)
    ),
    max_leaves=8,
)


@given(NOISE, st.sampled_from(["features", "crs", "properties", "geometry", "coordinates"]))
def test_noise_is_refused_or_read(tmp_path_factory, noise, where):
    """Whatever stands in some place, a reader sees mistakes and no other error."""
    document = collection()
    first = document["features"][0]
    holder = {"features": document, "crs": document, "coordinates": first["geometry"]}
    holder.get(where, first)[where] = noise
    path = tmp_path_factory.mktemp("noise") / "mine.geojson"
    path.write_text(json.dumps(document), encoding="utf-8")
    with suppress(ScenarioError):
        assert set(read_boundaries(path, AREA).shapes) == set(PLACES)


# Maps


def shapes(file, area=AREA):
    return read_boundaries(file(collection(area)), area)


@pytest.mark.parametrize("area", ["Indonesia", AREA])
def test_numbers_lie_within_their_polygons(file, area):
    found = shapes(file, area)
    places = list(found.shapes)
    values = pd.Series(np.arange(len(places)) * 1000.0 - 3000.0, index=places)
    made = shape_map(values, "map.net_lifted", found, "id", "Uji.", change=True)
    made.canvas.draw()
    axes = made.axes[0]
    assert len(axes.patches) == len(places)
    patches = dict(zip(places, axes.patches, strict=True))
    shown = {text.get_text().split("\n")[0]: text for text in axes.texts}
    short = layout(area).short
    assert len(shown) > 0.8 * len(places)
    for place in places:
        if short[place] in shown:
            box = shown[short[place]].get_window_extent()
            own = patches[place].get_window_extent()
            assert own.x0 - 1 <= box.x0 < box.x1 <= own.x1 + 1
            assert own.y0 - 1 <= box.y0 < box.y1 <= own.y1 + 1


def test_numbers_that_do_not_fit_are_left_out(file):
    document = collection("Indonesia")
    tiny = square(110.0, -8.0, 0.01)
    document["features"][0]["geometry"] = {"type": "Polygon", "coordinates": [tiny]}
    found = read_boundaries(file(document), "Indonesia")
    made = shape_map(pd.Series({"Aceh": 12.0, "Bali": 7.0}), "map.headcount", found, "en")
    texts = [text.get_text() for text in made.axes[0].texts]
    assert "Bali\n7" in texts
    assert not any(each.startswith("Aceh") for each in texts)


@pytest.mark.parametrize("turned", [False, True])
def test_a_hole_is_a_hole_however_it_runs(file, turned):
    document = collection()
    hole = square(100.3, 4.3, 0.3)
    rings = [square(100.0, 4.0), hole[::-1] if turned else hole]
    document["features"][0]["geometry"] = {"type": "Polygon", "coordinates": rings}
    found = read_boundaries(file(document), AREA)
    made = shape_map(pd.Series({PLACES[0]: 1.0}), "map.headcount", found, "en")
    points = made.axes[0].patches[0].get_path().vertices
    signs = [
        np.sign((ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]).sum())
        for ring in (points[:5], points[5:])
    ]
    assert signs == [1.0, -1.0]


def test_the_map_of_a_comparison_may_have_polygons(file):
    row = {"scenario": "ours", "indicator": "net_lifted", "low": 1.0, "high": 9.0, "value": 5.0}
    table = pd.DataFrame([{**row, "place": place} for place in PLACES[:3]])
    path = str(file(collection()))
    made = draw_places(table, "ours", "net_lifted", AREA, "id", "Uji.", boundaries=path)
    assert len(made.axes[0].patches) == 5
    assert sum(bool(patch.get_hatch()) for patch in made.axes[0].patches) == 2


def test_a_value_of_no_polygon_is_refused(file):
    with pytest.raises(ValueError, match=re.escape("Kab. Bogor")):
        shape_map(pd.Series({"Kab. Bogor": 1.0}), "map.headcount", shapes(file), "id")
