"""Which place a name or a code in somebody's file stands for."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from scenarios.maps.layout import layout
from scenarios.schema import COUNTRY

PROVINCE_NAMES = ("provinsi", "propinsi", "province", "wadmpr", "nmprov", "name_1")
DISTRICT_NAMES = ("kab_kota", "kabkot", "kabkota", "kabupaten", "wadmkk", "nmkab", "name_2")
NAMES = ("name", "nama", "namobj")
BPS_CODES = ("bps_code", "kode_bps", "bps", "idkab", "idprov", "kdbps")
CODES = ("kode", "code", "kdprov", "kdkab")
"""Properties that are looked at, in this order, whatever their capitals."""
ALSO = {
    "Daerah Istimewa Yogyakarta": "DI Yogyakarta",
    "Yogyakarta": "DI Yogyakarta",
    "Daerah Khusus Ibukota Jakarta": "DKI Jakarta",
    "Daerah Khusus Jakarta": "DKI Jakarta",
    "Jakarta": "DKI Jakarta",
    "Jakarta Raya": "DKI Jakarta",
    "Nanggroe Aceh Darussalam": "Aceh",
    "Bangka Belitung": "Kepulauan Bangka Belitung",
    "Toba": "Kab. Toba Samosir",
    "Kepulauan Tanimbar": "Kab. Maluku Tenggara Barat",
    "Pasangkayu": "Kab. Mamuju Utara",
    "Pangkajene Kepulauan": "Kab. Pangkajene Dan Kepulauan",
    "Kepulauan Siau Tagulandang Biaro": "Kab. Siau Tagulandang Biaro",
    "Kotabaru": "Kota Baru",
    "Kepulauan Morotai": "Kab. Pulau Morotai",
}
"""Names under which official files have a place, and BPS's of 2023."""


def place_of(properties: Mapping[str, Any], area: str) -> str:
    """Return the place of an area's level that the properties of a feature speak of.

    Names go first, as the codes of BPS and of Kemendagri (the interior ministry) are alike in form
    and differ, most of all in Papua. A code counts where the property says that it is BPS's, or
    where there is no name.

    Parameters
    ----------
    properties : mapping
        Of a feature.
    area : str
        The country, so that it is a province, or a province, so that it is a district.

    Returns
    -------
    str
        As BPS writes it; it may lie elsewhere. Nothing where no place is meant.

    Examples
    --------
    >>> place_of({"NAMOBJ": "KOTA ADM. JAKARTA PUSAT", "KODE": "31.71"}, "DKI Jakarta")
    'Kota Jakarta Pusat'
    >>> place_of({"kode": 3171}, "DKI Jakarta"), place_of({"nama": "Atlantis"}, "Indonesia")
    ('Kota Jakarta Selatan', '')
    """
    names, codes = _known(area == COUNTRY)
    own = {key.casefold(): each for key, each in properties.items()}
    said = name_of(properties, area)
    code = next((str(own[key]).strip() for key in BPS_CODES if own.get(key)), "")
    if not said and not code:
        code = next((str(own[key]).strip() for key in CODES if own.get(key)), "")
    return names.get(_plain(said), "") or codes.get(code, "")


def name_of(properties: Mapping[str, Any], area: str) -> str:
    """Return the name that a feature has, as it is written there; nothing where it has none."""
    own = {key.casefold(): each for key, each in properties.items()}
    first = PROVINCE_NAMES if area == COUNTRY else DISTRICT_NAMES
    found = (own.get(key) for key in (*first, *NAMES))
    return next((each for each in found if isinstance(each, str) and each.strip()), "")


def places_of(area: str) -> Sequence[str]:
    """Return the places of an area that a map shows."""
    return [str(place) for place in layout(area).index]


@cache
def _known(provinces: bool) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the places by plain name, and by BPS code."""
    from calibration.figures import table

    districts: pd.DataFrame = table("districts")
    if provinces:
        places = list(districts["province_2022"])
        codes = dict(zip(districts["code"].str[:2], places, strict=True))
    else:
        places = list(districts["name"])
        codes = dict(zip(districts["code"], places, strict=True))
    names = {_plain(place): place for place in places}
    # Without its kind a name is the kabupaten's where there are both.
    for place in places:
        kind, _, rest = place.partition(" ")
        if kind in ("Kab.", "Kota"):
            bare = _plain(rest)
            if kind == "Kab." or f"kab{bare}" not in names:
                names.setdefault(bare, place)
    own = set(places)
    for other, place in ALSO.items():
        if place in own:
            names |= dict.fromkeys((_plain(other), f"kab{_plain(other)}"), place)
    return names, codes


def _plain(name: str) -> str:
    """Return the letters of a name, with the kind of place in one form."""
    text = re.sub(r"\badm(inistrasi)?\b\.?", "", name.casefold())
    text = re.sub(r"^\s*kabupaten\b", "kab", text)
    text = re.sub(r"^\s*(provinsi|propinsi|prov)\b\.?", "", text)
    return re.sub(r"[^a-z]", "", text)
