"""The published figures under `calibration/data`, and the views that the synthesis needs.

What each table holds, its units and its traps stand in `data/README.md`.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pandas as pd

DATA = Path(__file__).parent / "data"

# What makes a row unlike all others; every table that is not named has FACT.
FACT = ["indicator", "area", "urban_rural", "period"]
KEYS = {
    "districts": ["code"],
    "evidence": ["id"],
    "poverty_districts": ["indicator", "code", "period"],
    "ppks": ["number"],
    "provinces": ["code"],
    "sources": ["source"],
}
MOMENT = r"\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?"
PERIOD = re.compile(f"{MOMENT}(/{MOMENT})?")

# How far published sums may be apart by rounding alone.
LINE_ROUNDING = 2.0  # rupiah per head and month
POOR_ROUNDING = 30.0  # persons, where numbers of poor are published in thousands
POOR_ROUNDING_INDONESIA = 20_000.0  # persons, where they are published in millions
CPI_ROUNDING = 0.035  # percentage points, over twelve months of two decimals


def names() -> list[str]:
    """Return the names of all tables.

    Examples
    --------
    >>> "poverty" in names()
    True
    """
    return sorted(path.stem for path in DATA.glob("*.csv"))


@cache
def _read(name: str) -> pd.DataFrame:
    path = DATA / f"{name}.csv"
    if not path.is_file():
        raise KeyError(_unknown("table", name, names()))
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    if "value" in frame:
        frame["value"] = frame["value"].astype(float)
    return frame


def table(name: str) -> pd.DataFrame:
    """Return one table as a frame of your own: text columns, and `value` as a number.

    Parameters
    ----------
    name : str
        File name in `calibration/data` without its ending.

    Raises
    ------
    KeyError
        Where there is no such table; the message has the nearest name.

    Examples
    --------
    >>> len(table("provinces"))
    34
    """
    return _read(name).copy()


def cells(period: str = "2023-03") -> pd.DataFrame:
    """Return the poverty figures of each province by urban and rural area.

    DKI Jakarta has no rural area. `persons` is the population that the published figures imply,
    number of poor over headcount; it is missing where the number of poor was not found.

    Parameters
    ----------
    period : str
        Month of a Susenas survey, "2015-03" to "2023-03".

    Returns
    -------
    pandas.DataFrame
        `province`, `province_code`, `urban_rural`, `p0`, `p1`, `p2` (percent), `gini` (0 to 1),
        `line` (rupiah per head and month), `persons`; in the order of the codes, urban first.

    Examples
    --------
    >>> len(cells())
    67
    """
    facts = _read("poverty")
    facts = facts[facts["urban_rural"].isin(["urban", "rural"]) & (facts["area"] != "Indonesia")]
    facts = _at(period, facts, "p0")
    wide = _spread(facts, ["area", "urban_rural"], ["p0", "p1", "p2", "gini", "line", "poor"])
    found = _read("provinces")[["code", "name"]].merge(
        wide.reset_index(), left_on="name", right_on="area"
    )
    found = found.sort_values(["code", "urban_rural"], ascending=[True, False], ignore_index=True)
    found["persons"] = 100 * found["poor"] / found["p0"]
    found = found.rename(columns={"name": "province", "code": "province_code"})
    columns = "province province_code urban_rural p0 p1 p2 gini line persons"
    return found[columns.split()]


def spending(period: str = "2023-03") -> pd.DataFrame:
    """Return mean spending per head by province (Papua and Papua Barat were not found).

    Parameters
    ----------
    period : str
        Month of a March survey from "2015-03" to "2023-03", not 2016 and 2021.

    Returns
    -------
    pandas.DataFrame
        `province`, `province_code`, `spending`, `food`, `nonfood` (rupiah per head and month).

    Examples
    --------
    >>> len(spending())
    32
    """
    measures = ["spending", "spending_food", "spending_nonfood"]
    facts = _read("spending")
    facts = _at(period, facts[facts["area"] != "Indonesia"], "spending_food")
    wide = _spread(facts, ["area"], measures).reset_index()
    found = _read("provinces")[["code", "name"]].merge(wide, left_on="name", right_on="area")
    found = found.rename(
        columns={
            "name": "province",
            "code": "province_code",
            "spending_food": "food",
            "spending_nonfood": "nonfood",
        }
    )
    return found[["province", "province_code", "spending", "food", "nonfood"]]


def districts(period: str = "2023-03") -> pd.DataFrame:
    """Return the poverty figures of each district.

    Parameters
    ----------
    period : str
        Month of a March survey from "2015-03" to "2023-03"; the number of poor, and with it
        `persons`, is there for "2023-03" only. 2015 has 511 of the 514 districts.

    Returns
    -------
    pandas.DataFrame
        `code`, `name`, `province`, `kind` (kota or kabupaten), `p0`, `p1`, `p2` (percent), `line`
        (rupiah per head and month), `poor`, `persons` (the implied population).

    Examples
    --------
    >>> len(districts())
    514
    """
    facts = _at(period, _read("poverty_districts"), "p0")
    wide = _spread(facts, ["code"], ["p0", "p1", "p2", "line", "poor"]).reset_index()
    found = _read("districts")[["code", "name", "province", "kind"]].merge(wide, on="code")
    found["persons"] = 100 * found["poor"] / found["p0"]
    return found


def series(
    indicator: str, area: str = "Indonesia", urban_rural: str = "total"
) -> "pd.Series[float]":
    """Return everything published on one indicator in one place, by period.

    Parameters
    ----------
    indicator, area : str
        As in the tables; a district by its name or its code.
    urban_rural : str
        "total", "urban" or "rural".

    Raises
    ------
    KeyError
        Where there is nothing; the message has the nearest name that there is.

    Examples
    --------
    >>> float(series("p0").loc["2023-03"])
    9.36
    """
    found = _facts()
    for column, wanted in (("indicator", indicator), ("area", area), ("urban_rural", urban_rural)):
        known = found[column]
        found = found[known == wanted]
        if found.empty:
            raise KeyError(_unknown(column, wanted, known.unique()))
    found = found.sort_values("period", key=lambda period: period.str.split("/").str[-1])
    return found.set_index("period")["value"].rename(indicator)


def value(
    indicator: str,
    area: str = "Indonesia",
    urban_rural: str = "total",
    period: str | None = None,
) -> float:
    """Return one published number, the newest unless a period is given.

    Parameters
    ----------
    indicator, area, urban_rural : str
        As for `series`.
    period : str, optional
        As in the tables: "2023-03", "2023", "2023-Q1" or "2022/2024".

    Raises
    ------
    KeyError
        Where there is nothing; the message has the nearest name that there is.

    Examples
    --------
    >>> value("p0", urban_rural="rural", period="2023-03")
    12.22
    """
    found = series(indicator, area, urban_rural)
    if period is None:
        return float(found.iloc[-1])
    if period not in found.index:
        raise KeyError(_unknown(f"period of {indicator} in {area}", period, found.index))
    return float(found.loc[period])


def check(tables: Mapping[str, pd.DataFrame] | None = None) -> list[str]:
    """Return everything that is wrong with the tables, one sentence each; nothing when all is well.

    Parameters
    ----------
    tables : mapping, optional
        All tables by name; the project's own unless given.

    Examples
    --------
    >>> check()
    []
    """
    tables = tables or {name: table(name) for name in names()}
    return [
        *(problem for name in tables for problem in _check_rows(name, tables)),
        *_check_units(tables),
        *_check_places(tables),
        *_check_measures(tables["poverty"], FACT[1:]),
        *_check_measures(tables["poverty_districts"], ["code", "period"]),
        *_check_sums(tables),
        *_check_prices(tables["prices"]),
    ]


def _check_rows(name: str, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Find rows that appear twice or lack a source, a proper period or a number."""
    rows, key = tables[name], KEYS.get(name, FACT)
    wrong = {
        "appears twice": rows.duplicated(key),
        "has no known source": ~rows["source"].isin(tables["sources"]["source"]),
    }
    if name != "sources":
        wrong["has no proper period"] = ~rows["period"].str.fullmatch(PERIOD)
    if "value" in rows:
        wrong["has no number"] = rows["value"].isna()
    return [
        problem
        for what, where in wrong.items()
        if where.any()
        for problem in _tell(f"{name}: a row {what}", rows.loc[where, key].to_numpy())
    ]


def _check_units(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Find indicators with several units."""
    facts = pd.concat([frame for frame in tables.values() if "value" in frame])
    units = facts.groupby("indicator")["unit"].nunique()
    return _tell("an indicator has several units", units.index[units > 1])


def _check_places(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Find places that are missing in March 2023, and figures of places that are not there."""
    provinces, poverty = tables["provinces"], tables["poverty"]
    places, local = tables["districts"], tables["poverty_districts"]
    measured = poverty[(poverty["period"] == "2023-03") & (poverty["indicator"] == "p0")]
    measured = measured[measured["area"].isin(provinces["name"])]
    march = local[(local["period"] == "2023-03") & (local["indicator"] == "p0")]
    problems = [
        f"there are {found} {what} instead of {wanted}"
        for what, found, wanted in (
            ("provinces", len(provinces), 34),
            ("provinces by area with a headcount", (measured["urban_rural"] != "total").sum(), 67),
            ("districts", len(places), 514),
            ("districts with a headcount", len(march), 514),
        )
        if found != wanted
    ]
    for what, names_, known in (
        ("districts: no such province", places["province"], provinces["name"]),
        ("poverty_districts: no such district", local["code"], places["code"]),
        ("poverty: no such area", poverty["area"], ["Indonesia", *places["province_2022"]]),
    ):
        problems += _tell(what, names_[~names_.isin(known)].unique())
    return problems


def _check_measures(facts: pd.DataFrame, index: list[str]) -> list[str]:
    """Find measures out of order or range, and parts that do not make their whole."""
    measures = ["p0", "p1", "p2", "gini", "line", "line_food", "line_nonfood", "poor", "persons"]
    wide = _spread(facts, index, measures)
    parts = wide["line_food"] + wide["line_nonfood"]
    poor = wide["p0"] * wide["persons"] / 100
    wrong = {
        "P2 is above P1": wide["p2"] > wide["p1"],
        "P1 is above P0": wide["p1"] > wide["p0"],
        "P0 is not a percentage": (wide["p0"] < 0) | (wide["p0"] > 100),
        "P2 is negative": wide["p2"] < 0,
        "the Gini index is not between 0 and 1": (wide["gini"] < 0) | (wide["gini"] > 1),
        "the poverty line is not above 0": wide["line"] <= 0,
        "food and non-food lines do not add up": (parts - wide["line"]).abs() > LINE_ROUNDING,
        "headcount times persons is not the poor": (poor - wide["poor"]).abs() > POOR_ROUNDING,
    }
    return [problem for what, where in wrong.items() for problem in _tell(what, wide.index[where])]


def _check_sums(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Find poor of urban and rural areas, or of districts, that do not add up."""
    poverty, local = tables["poverty"], tables["poverty_districts"]
    areas = poverty[poverty["indicator"] == "poor"].pivot_table(
        index=["area", "period"], columns="urban_rural", values="value", aggfunc="first"
    )
    gap = (areas["urban"] + areas["rural"] - areas["total"]).abs()
    country = areas.index.get_level_values("area") == "Indonesia"
    apart = (gap > POOR_ROUNDING_INDONESIA) | ((gap > POOR_ROUNDING) & ~country)
    problems = _tell("urban and rural poor do not add up", areas.index[apart])

    counts = local[local["indicator"] == "poor"].merge(tables["districts"], on="code")
    sums = counts.groupby(["province", "period_x"])["value"].sum()
    totals = areas["total"].reindex(sums.index)
    apart = ~((sums - totals).abs() <= POOR_ROUNDING)
    return problems + _tell("poor of the districts do not add up", sums.index[apart])


def _check_prices(prices: pd.DataFrame) -> list[str]:
    """Find years whose monthly changes do not compound to the rate published for December."""
    problems = []
    for index in ("cpi", "core", "administered", "volatile_food"):
        monthly = prices[prices["indicator"] == f"{index}_monthly"].set_index("period")["value"]
        december = prices[prices["indicator"] == f"{index}_december"].set_index("period")["value"]
        years = (1 + monthly / 100).groupby(monthly.index.str[:4])
        gap = (100 * (years.prod() - 1) - december).abs()
        problems += _tell(f"prices: {index} does not compound", gap.index[gap > CPI_ROUNDING])
    return problems


def _tell(what: str, where: Iterable[str | Iterable[str]]) -> list[str]:
    """Return one sentence for each key that is wrong."""
    return [f"{what}: {key if isinstance(key, str) else ' '.join(key)}" for key in where]


@cache
def _facts() -> pd.DataFrame:
    """Return the rows of all tables that have an indicator and a value, one below the other."""
    parts = [frame for frame in map(_read, names()) if {"indicator", "area"} <= set(frame)]
    local = _read("poverty_districts").assign(urban_rural="total")
    named = local.merge(_read("districts")[["code", "name"]], on="code")
    parts += [local.rename(columns={"code": "area"}), named.rename(columns={"name": "area"})]
    columns = ["indicator", "area", "urban_rural", "period", "value"]
    return pd.concat([part[columns] for part in parts], ignore_index=True)


def _at(period: str, facts: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Return the rows of one period, and refuse a period without the indicator."""
    known = facts.loc[facts["indicator"] == indicator, "period"].unique()
    if period not in known:
        raise KeyError(_unknown("period", period, known))
    return facts[facts["period"] == period]


def _spread(facts: pd.DataFrame, index: list[str], indicators: list[str]) -> pd.DataFrame:
    """Return one row per index, one column per indicator (missing where not published)."""
    wide = facts.pivot_table(index=index, columns="indicator", values="value", aggfunc="first")
    return wide.reindex(columns=indicators)


def _unknown(what: str, wanted: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(wanted, list(known), n=1, cutoff=0.3)
    hint = f"; the nearest is {nearest[0]}" if nearest else ""
    return f"there is no {what} {wanted}{hint}"
