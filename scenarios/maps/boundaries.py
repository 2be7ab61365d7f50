"""Polygons of places from a GeoJSON file of the reader's: read, checked, joined to BPS's names.

Nothing is fetched from anywhere. The file has degrees of longitude and latitude (WGS 84, which
GeoJSON calls CRS84), one feature a place, Polygon or MultiPolygon; see RFC 7946.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from scenarios.grammar.mistakes import Mistake, ScenarioError, nearest, shorten
from scenarios.maps.names import name_of, place_of, places_of

Polygon = tuple[np.ndarray, ...]
"""Rings of one polygon, each of shape (points, 2): the outer one, then holes."""

WEST, EAST, SOUTH, NORTH = 93.0, 143.0, -13.0, 8.0
"""Degrees; Indonesia with its waters."""
CRS84 = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84")
MOST_BYTES = 200_000_000
MOST_MISTAKES = 20


@dataclass(frozen=True)
class Boundaries:
    """Where the places of an area lie.

    Attributes
    ----------
    area : str
        The country or a province.
    shapes : mapping
        By place: its polygons.
    """

    area: str
    shapes: Mapping[str, tuple[Polygon, ...]]


def read_boundaries(path: str | Path, area: str) -> Boundaries:
    """Read the polygons of an area's places.

    Parameters
    ----------
    path : str or pathlib.Path
        A GeoJSON file. It may have other provinces' districts, too.
    area : str
        The country or a province; see `layout.layout`.

    Raises
    ------
    ScenarioError
        Where the file is no GeoJSON of polygons in degrees, a feature is of no known place, or a
        place of the area is missing or there twice: every mistake (the first 20 of them).

    Examples
    --------
    >>> read_boundaries("mine.geojson", "DI Yogyakarta")
    Traceback (most recent call last):
    scenarios.grammar.mistakes.ScenarioError: mine.geojson: cannot be read: No such file ...
    """
    wanted = places_of(area)
    document = _document(Path(path))
    found: dict[str, tuple[Polygon, ...]] = {}
    at: dict[str, int] = {}
    mistakes: list[Mistake] = []
    for number, feature in enumerate(document["features"]):
        where = f"features[{number}]"
        try:
            place = _place(feature, area)
            if place in at:
                _refuse(f"is {place}, as features[{at[place]}] is", "one feature a place")
            at[place] = number
            if place in wanted:
                found[place] = _polygons(feature["geometry"])
        except _Wrong as wrong:
            mistakes.append(wrong.at(str(path), where))
    if not mistakes and (missing := [place for place in wanted if place not in found]):
        problem = f"without {', '.join(missing[:MOST_MISTAKES])}"
        problem += f" and {len(missing) - MOST_MISTAKES} more" * (len(missing) > MOST_MISTAKES)
        allowed = f"all {len(wanted)} places of {area}"
        mistakes.append(Mistake(str(path), None, "features", problem, allowed))
    if mistakes:
        raise ScenarioError(mistakes[:MOST_MISTAKES])
    return Boundaries(area, {place: found[place] for place in wanted})


class _Wrong(Exception):
    """Something is wrong with a part of a file."""

    def __init__(self, path: str, problem: str, allowed: str = "", nearest: str = "") -> None:
        super().__init__(problem)
        self.path, self.problem, self.allowed, self.nearest = path, problem, allowed, nearest

    def at(self, file: str, where: str = "") -> Mistake:
        path = ".".join(part for part in (where, self.path) if part)
        return Mistake(file, None, path, self.problem, self.allowed, self.nearest)


def _refuse(problem: str, allowed: str = "", path: str = "", nearest: str = "") -> NoReturn:
    raise _Wrong(path, problem, allowed, nearest)


def _document(path: Path) -> dict[str, Any]:
    """Return the feature collection of a file."""
    try:
        return _collection(path)
    except _Wrong as wrong:
        raise ScenarioError([wrong.at(str(path))]) from None


def _collection(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            _refuse("is too large", f"{MOST_BYTES // 1_000_000} MB; simplify the polygons")
        document = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_number)
    except OSError as error:
        _refuse(f"cannot be read: {error.strerror}", "a GeoJSON file")
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        _refuse(f"is no JSON: {shorten(str(error))}", "a GeoJSON file")
    except RecursionError:
        _refuse("is nested too deeply", "a GeoJSON file")
    if not isinstance(document, dict):
        _refuse(f"is {shorten(document)}", "a FeatureCollection")
    if document.get("type") != "FeatureCollection":
        _refuse(f"is {shorten(document.get('type'))}", "FeatureCollection", "type")
    _check_crs(document.get("crs"))
    features = document.get("features")
    if not isinstance(features, list) or not features:
        _refuse(f"is {shorten(features)}", "a list of features", "features")
    return document


def _no_number(text: str) -> NoReturn:
    _refuse(f"has {text}, which is no number")


def _check_crs(crs: object) -> None:
    """Refuse coordinates that say of themselves that they are no degrees of WGS 84."""
    if crs is None:
        return
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = named.get("name") if isinstance(named, dict) else crs
    if name not in CRS84:
        allowed = f"{CRS84[0]} (longitude, latitude), or no crs"
        _refuse(f"is {shorten(name)}", allowed, "crs")


def _place(feature: object, area: str) -> str:
    """Return the place of a feature."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        _refuse(f"is {shorten(feature)}", "a Feature")
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        _refuse(f"is {shorten(properties)}", "names of properties and their values", "properties")
    if place := place_of(properties, area):
        return place
    name = name_of(properties, area)
    allowed = f"places such as {places_of(area)[0]}, as BPS writes them"
    if not name:
        there = ", ".join(map(str, list(properties)[:10])) or "nothing"
        problem = f"have no name that is known (nama, name, NAMOBJ ...) or BPS code; there: {there}"
        _refuse(_cut(problem), allowed, "properties")
    _refuse(f"there is no place {shorten(name)}", allowed, "properties", _like(name, area))


def _cut(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:197]}..."


def _like(name: str, area: str) -> str:
    """Return the place of an area whose name looks most like one."""
    return nearest(name, places_of(area)) or nearest(f"Kab. {name}", places_of(area))


def _polygons(geometry: object) -> tuple[Polygon, ...]:
    """Return the polygons of a geometry."""
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        kind = geometry.get("type") if isinstance(geometry, dict) else geometry
        _refuse(f"is {shorten(kind)}", "Polygon or MultiPolygon", "geometry")
    given = geometry.get("coordinates")
    many = [given] if geometry["type"] == "Polygon" else given
    if not isinstance(many, list) or not many:
        _refuse(f"are {shorten(given)}", "lists of rings", "geometry.coordinates")
    return tuple(_polygon(each) for each in many)


def _polygon(rings: object) -> Polygon:
    if not isinstance(rings, list) or not rings:
        _refuse(f"are {shorten(rings)}", "lists of rings", "geometry.coordinates")
    return tuple(_ring(ring) for ring in rings)


def _ring(ring: object) -> np.ndarray:
    """Return the points of a ring."""
    if not isinstance(ring, list) or len(ring) < 4:
        problem = f"have a ring that is {shorten(ring)}"
        _refuse(problem, "four points or more, the last as the first", "geometry.coordinates")
    for point in ring:
        if not _is_point(point):
            problem = f"have the point {shorten(point)}"
            allowed = (
                f"longitude {WEST:g} to {EAST:g}, then latitude {SOUTH:g} to {NORTH:g}, in degrees"
            )
            _refuse(problem, allowed, "geometry.coordinates")
    points = np.array([point[:2] for point in ring], float)
    if (points[0] != points[-1]).any():
        _refuse("have a ring that is open", "the last point as the first", "geometry.coordinates")
    return points


def _is_point(point: object) -> bool:
    if not isinstance(point, list) or not 2 <= len(point) <= 4:
        return False
    if not all(type(each) in (int, float) and math.isfinite(each) for each in point):
        return False
    return WEST <= point[0] <= EAST and SOUTH <= point[1] <= NORTH
