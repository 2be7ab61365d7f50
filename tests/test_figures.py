import pytest

from calibration import figures


@pytest.fixture
def tables():
    return {name: figures.table(name) for name in figures.names()}


def test_published_tables_have_no_problem():
    assert figures.check() == []


def test_march_2023_is_complete():
    cells, districts, spending = figures.cells(), figures.districts(), figures.spending()
    assert len(cells) == 67
    assert len(districts) == 514
    assert len(spending) == 32
    assert cells["province"].nunique() == districts["province"].nunique() == 34
    assert list(cells.loc[cells["province"] == "DKI Jakarta", "urban_rural"]) == ["urban"]
    for view in (cells, districts, spending):
        assert not view.isna().any().any()


@pytest.mark.parametrize(
    ("indicator", "urban_rural", "published"),
    [
        ("p0", "total", 9.36),
        ("p0", "urban", 7.29),
        ("p0", "rural", 12.22),
        ("p1", "total", 1.53),
        ("poor", "total", 25_898_550),
        ("gini", "total", 0.388),
        ("line", "total", 550_458),
    ],
)
def test_known_values_of_march_2023(indicator, urban_rural, published):
    assert figures.value(indicator, urban_rural=urban_rural, period="2023-03") == published


def test_cells_and_districts_imply_one_population():
    cells = figures.cells().groupby("province")["persons"].sum()
    districts = figures.districts().groupby("province")["persons"].sum()
    whole = figures.series("persons")["2023-03"]
    assert (districts / cells).between(0.99, 1.01).all()
    assert cells.sum() == pytest.approx(whole, rel=0.001)


def test_cells_give_back_the_national_headcount():
    cells = figures.cells()
    national = (cells["p0"] * cells["persons"]).sum() / cells["persons"].sum()
    assert national == pytest.approx(9.36, abs=0.005)


@pytest.mark.parametrize("period", ["2019-03", "2023-03"])
def test_classes_by_multiples_of_the_line_add_up(period):
    """What is above 17 lines was published of 2019 and 2024, the same; 2023 is made of the rest."""
    names = ("p0", "share_1_to_1_5_lines", "share_1_5_to_3_5_lines", "share_3_5_to_17_lines")
    whole = sum(figures.value(name, period=period) for name in names)
    above = figures.series("share_above_17_lines")
    assert above.nunique() == 1
    assert whole + above.iloc[0] == pytest.approx(100.0, abs=0.02)


def test_food_and_nonfood_spending_add_up():
    spending = figures.spending()
    gap = spending["food"] + spending["nonfood"] - spending["spending"]
    assert gap.abs().max() <= 1


def test_districts_answer_to_name_and_code():
    by_name = figures.series("p0", "Kota Jakarta Barat")
    assert by_name.equals(figures.series("p0", "3174"))
    assert list(by_name.index) == [f"{year}-03" for year in range(2015, 2024)]


def test_newest_value_unless_a_period_is_given():
    assert figures.value("line") == figures.value("line", period="2025-09")
    assert figures.value("line") > figures.value("line", period="2015-03")


def test_a_table_is_a_copy():
    mine = figures.table("provinces")
    mine["name"] = "nowhere"
    assert "Aceh" in set(figures.table("provinces")["name"])


@pytest.mark.parametrize(
    ("ask", "nearest"),
    [
        (lambda: figures.table("povrty"), "poverty"),
        (lambda: figures.value("ginni"), "gini"),
        (lambda: figures.value("p0", "DKI Jakata"), "DKI Jakarta"),
        (lambda: figures.value("p0", "DKI Jakarta", "rural"), "urban"),
        (lambda: figures.value("p0", period="2023-09"), "2023-03"),
        (lambda: figures.cells("2023-09"), "2023-03"),
        (lambda: figures.spending("2021-03"), "2023-03"),
        (lambda: figures.districts("2022-09"), "2022-03"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(ask, nearest):
    with pytest.raises(KeyError, match=f"the nearest is {nearest}"):
        ask()


def change(tables, name, value, column="value", **where):
    """Set one column in the rows that `where` describes."""
    frame = tables[name]
    chosen = (frame[list(where)] == list(where.values())).all(axis=1)
    assert chosen.any()
    frame.loc[chosen, column] = value


def drop(tables, name, row):
    tables[name] = tables[name].drop(index=tables[name].index[row])


def repeat(tables, name, row):
    tables[name] = tables[name].loc[[*tables[name].index, row]]


ACEH = {"area": "Aceh", "urban_rural": "urban", "period": "2023-03"}
INDONESIA = {"area": "Indonesia", "urban_rural": "rural", "period": "2023-03"}
SIMEULUE = {"code": "1101", "period": "2023-03"}
# What was planted, how, and what the check is to say.
ERRORS = {
    "P2 above P1": (
        lambda t: change(t, "poverty", 1.94, indicator="p2", **ACEH),
        "P2 is above P1: Aceh urban 2023-03",
    ),
    "P1 above P0": (
        lambda t: change(t, "poverty_districts", 18, indicator="p1", **SIMEULUE),
        "P1 is above P0: 1101 2023-03",
    ),
    "headcount above 100": (
        lambda t: change(t, "poverty", 101, indicator="p0", **ACEH),
        "P0 is not a percentage: Aceh urban 2023-03",
    ),
    "negative severity": (
        lambda t: change(t, "poverty", -0.1, indicator="p2", **ACEH),
        "P2 is negative: Aceh urban 2023-03",
    ),
    "Gini in percent": (
        lambda t: change(t, "poverty", 31.8, indicator="gini", **ACEH),
        "the Gini index is not between 0 and 1: Aceh urban 2023-03",
    ),
    "line of nothing": (
        lambda t: change(t, "poverty_districts", 0, indicator="line", **SIMEULUE),
        "the poverty line is not above 0: 1101 2023-03",
    ),
    "parts of the line": (
        lambda t: change(t, "poverty", 1, indicator="line_food", **ACEH),
        "food and non-food lines do not add up: Aceh urban 2023-03",
    ),
    "urban and rural poor": (
        lambda t: change(t, "poverty", 1, indicator="poor", **ACEH),
        "urban and rural poor do not add up: Aceh 2023-03",
    ),
    "urban and rural poor of the country": (
        lambda t: change(t, "poverty", 14_200_000, indicator="poor", **INDONESIA),
        "urban and rural poor do not add up: Indonesia 2023-03",
    ),
    "implied population": (
        lambda t: change(t, "poverty_districts", 99_000, indicator="persons", **SIMEULUE),
        "headcount times persons is not the poor: 1101 2023-03",
    ),
    "poor of a district": (
        lambda t: change(t, "poverty_districts", 17_720, indicator="poor", **SIMEULUE),
        "poor of the districts do not add up: Aceh 2023-03",
    ),
    "repeated fact": (
        lambda t: repeat(t, "labour", 0),
        "labour: a row appears twice: affected_by_covid Indonesia rural 2020-08",
    ),
    "repeated evidence": (
        lambda t: repeat(t, "evidence", 0),
        "evidence: a row appears twice: E001",
    ),
    "no source": (
        lambda t: change(t, "ppks", "", column="source", number="11"),
        "ppks: a row has no known source: 11",
    ),
    "no period": (
        lambda t: change(t, "districts", "", column="period", code="1101"),
        "districts: a row has no proper period: 1101",
    ),
    "month 13": (
        lambda t: change(t, "districts", "2023-13", column="period", code="1101"),
        "districts: a row has no proper period: 1101",
    ),
    "no number": (
        lambda t: change(t, "poverty", float("nan"), indicator="gini", **ACEH),
        "poverty: a row has no number: gini Aceh urban 2023-03",
    ),
    "two units": (
        lambda t: change(t, "poverty", "index", column="unit", indicator="gini", **ACEH),
        "an indicator has several units: gini",
    ),
    "lost province": (
        lambda t: drop(t, "provinces", -1),
        "there are 33 provinces instead of 34",
    ),
    "lost district": (
        lambda t: drop(t, "districts", 0),
        "poverty_districts: no such district: 1101",
    ),
    "lost headcount": (
        lambda t: change(t, "poverty", "2023-09", column="period", indicator="p0", **ACEH),
        "there are 66 provinces by area with a headcount instead of 67",
    ),
    "misspelt province": (
        lambda t: change(t, "poverty", "Acheh", column="area", area="Aceh"),
        "poverty: no such area: Acheh",
    ),
    "district in an unknown province": (
        lambda t: change(t, "districts", "Acheh", column="province", code="1101"),
        "districts: no such province: Acheh",
    ),
    "monthly prices": (
        lambda t: change(t, "prices", 0.9, indicator="cpi_monthly", period="2023-03"),
        "prices: cpi does not compound: 2023",
    ),
}


@pytest.mark.parametrize(("plant", "answer"), ERRORS.values(), ids=ERRORS)
def test_check_finds_a_planted_error(tables, plant, answer):
    plant(tables)
    assert answer in figures.check(tables)
