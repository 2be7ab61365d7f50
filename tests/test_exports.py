import csv
import sys
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scenarios.results import exports
from scenarios.results.exports import about_of, levels, to_xarray, write_excel, write_tables
from scenarios.runs.effects import INDICATORS

PLACES = ["scenario", "point", "replicate", "indicator"]


def tidy():
    """Return two scenarios, not in the order of letters, at two points, three replicates each."""
    rows = [
        (scenario, point, replicate, indicator, 100.0 * point + replicate + len(scenario) / 7.0)
        for scenario in ("training", "cash")
        for point in (1, 0)
        for replicate in range(3)
        for indicator in ("irr", "net_lifted")
    ]
    return pd.DataFrame(rows, columns=[*PLACES, "value"])


ODD = pd.DataFrame(
    {
        "text": ["=1+1", "Rp 5, \u201cjuta\u201d\nand\ttwo", None],
        "number": [1 / 3, np.nan, -1.5e300],
        "count": [1, 2, 2**40],
        "right": [True, False, True],
    }
)
NOTHING = ODD.iloc[:0]


# Frames


def test_levels_have_their_names_and_rows_their_order():
    found = levels(tidy(), PLACES)
    assert list(found.index.names) == PLACES
    assert list(found.columns) == ["value"]
    assert found.value.tolist() == tidy().value.tolist()
    assert found.loc[("cash", 1, 2, "irr"), "value"] == 102.0 + 4.0 / 7.0
    assert isinstance(levels(tidy().iloc[:1], ["point"]).index, pd.MultiIndex)


def test_levels_of_an_empty_table():
    assert list(levels(tidy().iloc[:0], PLACES).index.names) == PLACES
    assert dict(to_xarray(tidy().iloc[:0], PLACES).sizes) == dict.fromkeys(PLACES[:3], 0)


@pytest.mark.parametrize("made", [levels, to_xarray])
@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (tidy().drop(columns="point"), "no column point; there are scenario, replicate"),
        (pd.concat([tidy(), tidy().tail(1)]),
         "same place: scenario cash, point 0, replicate 2, indicator net_lifted"),
        (tidy().assign(scenario=["a", None] * 12), "column scenario has gaps"),
    ],
)  # fmt: skip
def test_rows_without_a_place_of_their_own(made, frame, message):
    with pytest.raises(ValueError, match=message):
        made(frame, PLACES)


# xarray


def test_every_value_is_at_its_place():
    frame = tidy().sample(frac=1.0, random_state=1)
    found = to_xarray(frame, PLACES)
    assert found.irr.dims == tuple(PLACES[:3])
    for row in frame.to_dict("records"):
        place = {name: row[name] for name in PLACES[:3]}
        assert found[row["indicator"]].sel(place).item() == row["value"]
    back = (
        found.to_array("indicator", "value").to_dataframe("value").reset_index()[[*PLACES, "value"]]
    )
    pd.testing.assert_frame_equal(
        back.sort_values(PLACES, ignore_index=True),
        tidy().sort_values(PLACES, ignore_index=True),
        check_dtype=False,
    )


def test_dimensions_keep_the_order_of_rows():
    found = to_xarray(tidy(), PLACES)
    assert found.scenario.values.tolist() == ["training", "cash"]
    assert found.point.values.tolist() == [1, 0]


def test_what_there_is_no_row_of_is_not_a_number():
    found = to_xarray(tidy().iloc[1:], PLACES)
    assert np.isnan(found.irr.sel(scenario="training", point=1, replicate=0))
    assert int(found.irr.isnull().sum()) == 1
    assert int(found.net_lifted.isnull().sum()) == 0


def test_variables_know_units_and_words():
    known = {each.name: each for each in INDICATORS}
    found = to_xarray(tidy(), PLACES, units={"point": "number", "irr": "%"})
    assert found.net_lifted.attrs == {"units": "persons", "long_name": known["net_lifted"].label}
    assert found.irr.attrs["units"] == "%"
    assert found.point.attrs == {"units": "number"}


def test_units_of_the_table_come_first():
    frame = tidy().assign(unit="rupiah", label="Words", low=0.5)
    found = to_xarray(frame[frame.indicator == "irr"], PLACES[:3], value="low")
    assert list(found.data_vars) == ["low"]
    assert found.low.attrs == {"units": "rupiah", "long_name": "Words"}
    assert (found.low == 0.5).all()
    assert to_xarray(frame, PLACES).irr.attrs == {"units": "rupiah", "long_name": "Words"}


def test_indicators_alone():
    found = to_xarray(tidy().head(2), ["indicator"])
    assert found.irr.item() == tidy().value[0]


def test_xarray_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(OSError, match=r"xarray.*; pip install -e '.\[analysis\]' brings it"):
        to_xarray(tidy(), PLACES)


# Parquet and CSV


def test_tables_come_back(tmp_path):
    tables = {"tidy": tidy(), "odd": ODD, "nothing": NOTHING}
    paths = write_tables(tmp_path / "new", tables)
    endings = ("parquet", "csv")
    assert paths == [tmp_path / "new" / f"{name}.{end}" for name in tables for end in endings]
    assert sorted(paths) == sorted((tmp_path / "new").iterdir())
    for name, table in tables.items():
        found = pd.read_parquet(tmp_path / "new" / f"{name}.parquet")
        pd.testing.assert_frame_equal(found, table, check_index_type=False)
        found = pd.read_csv(tmp_path / "new" / f"{name}.csv")
        pd.testing.assert_frame_equal(found, table, check_dtype=False, check_index_type=False)


def test_levels_become_columns_again(tmp_path):
    write_tables(tmp_path, {"tidy": levels(tidy(), PLACES)}, formats=["parquet"])
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "tidy.parquet"), tidy())
    assert len(list(tmp_path.iterdir())) == 1


def test_equal_tables_are_equal_files(tmp_path):
    for name in ("a", "b"):
        write_tables(tmp_path / name, {"tidy": tidy()})
        write_excel(tmp_path / name / "tidy.xlsx", {"tidy": tidy()}, {"Seed": "1"})
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@settings(max_examples=50)
@given(st.lists(st.text(), min_size=1, max_size=5))
@example(["a\r\nb", 'say "x"', "=1", ",", "\ufeff", "\r"])
def test_files_hold_any_text(tmp_path_factory, texts):
    folder = tmp_path_factory.getbasetemp()
    write_tables(folder, {"texts": pd.DataFrame({"text": texts, "number": 0})})
    with (folder / "texts.csv").open(encoding="utf-8", newline="") as file:
        found = [row["text"] for row in csv.DictReader(file)]
    assert found == [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    assert pd.read_parquet(folder / "texts.parquet").text.tolist() == texts


# Excel


def book(folder, tables, about=None, **more):
    write_excel(Path(folder) / "book.xlsx", tables, about or {}, **more)
    return openpyxl.load_workbook(Path(folder) / "book.xlsx")


def test_a_workbook_says_what_it_is_first(tmp_path):
    about = about_of("A sweep of take-up.", 7, 5, "berdaya sweep take-up")
    made = book(tmp_path, {"tidy": tidy(), "odd": ODD.head(1)}, about)
    assert made.sheetnames == ["About", "tidy", "odd"]
    said = dict(made["About"].iter_rows(min_row=2, values_only=True))
    assert said["What it is"] == "A sweep of take-up."
    assert said["Do it again"] == "berdaya sweep take-up"
    assert (said["Seed"], said["Replicates"]) == ("7", "5")
    assert said["Berdaya"][0].isdigit()
    assert (said["pandas"], said["NumPy"]) == (pd.__version__, np.__version__)
    assert said["Sheet tidy"] == "tidy, 24 rows"
    assert said["Sheet odd"] == "odd, 1 row"


def test_numbers_are_numbers(tmp_path):
    made = book(tmp_path, {"odd": ODD})["odd"]
    rows = list(made.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == [*ODD.text.tolist()[:2], None]
    # Excel and openpyxl keep 15 to 16 figures.
    assert rows[0][1] == pytest.approx(1 / 3, rel=1e-15)
    assert rows[1][1] is None
    assert rows[2][1] == pytest.approx(-1.5e300, rel=1e-15)
    assert [row[2] for row in rows] == [1, 2, 2**40]
    assert [row[3] for row in rows] == [True, False, True]
    kinds = [cell.data_type for cell in made[2]]
    assert kinds[1:] == ["n", "n", "b"]
    assert not any(letter in kinds for letter in "fe")


def test_a_table_comes_back_from_excel(tmp_path):
    book(tmp_path, {"tidy": levels(tidy(), PLACES), "nothing": NOTHING})
    found = pd.read_excel(tmp_path / "book.xlsx", sheet_name="tidy")
    pd.testing.assert_frame_equal(found, tidy(), rtol=1e-15)
    found = pd.read_excel(tmp_path / "book.xlsx", sheet_name="nothing")
    assert (list(found.columns), len(found)) == (list(ODD.columns), 0)


def test_the_header_has_units_and_stays_in_view(tmp_path):
    table = pd.DataFrame({"net_lifted": [1.5], "a rather long name of a column": ["x" * 500]})
    made = book(tmp_path, {"wide": table}, units={"net_lifted": "persons"})["wide"]
    assert [cell.value for cell in made[1]] == ["net_lifted, persons", table.columns[1]]
    assert all(cell.font.bold for cell in made[1])
    assert not any(cell.font.bold for cell in made[2])
    assert made.freeze_panes == "A2"
    assert made.column_dimensions["A"].width == len("net_lifted, persons") + 2
    assert made.column_dimensions["B"].width == 62


def test_values_that_excel_does_not_know(tmp_path):
    values = [
        np.inf,
        -np.inf,
        pd.NA,
        pd.NaT,
        np.int64(7),
        np.float32(0.5),
        10**15,
        pd.Period("2024-01"),
        (),
    ]
    made = book(tmp_path, {"odd": pd.DataFrame({"value": pd.Series(values, dtype=object)})})["odd"]
    found = [row[0] for row in made.iter_rows(min_row=2, values_only=True)]
    assert found == ["inf", "-inf", None, None, 7, 0.5, "1000000000000000", "2024-01", "()"]


def test_excel_reads_no_letter_where_only_its_number_is_written(tmp_path):
    """Excel shows _x005F_ as _, and _x0041_ would be A; openpyxl leaves both as they are."""
    made = book(tmp_path, {"t": pd.DataFrame({"text": ["a _x0041_ b_x1"]})})
    assert made["t"]["A2"].value == "a _x005F_x0041_ b_x1"


FORMULAS = ["=1+1", '=HYPERLINK("http://x")', "=", "+1", "-1", "@SUM(A1)", "#N/A", "\t=1", "{=1}"]


@settings(max_examples=50)
@given(st.text(st.characters(codec=None), max_size=200))
@example("a\r\nb\rc")
@example("\ud800")
@example("_x000D_")
@example(" two  spaces ")
@example("x" * 40_000)
@example("\U0001f600" * 20_000)
@pytest.mark.parametrize("start", ["", "="])
def test_any_text_is_text(tmp_path_factory, start, text):
    text = start + text
    cell = book(
        tmp_path_factory.getbasetemp(), {"t": pd.DataFrame({"text": [text]}, dtype=object)}
    )["t"]["A2"]
    found = cell.value or ""
    assert cell.data_type in ("s", "n" if found == "" else "s", "inlineStr")
    assert len(found.encode("utf-16-le")) <= 2 * 32_767
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if plain.isprintable() and len(plain) < 16_000:
        assert found.replace("_x005F_", "_") == plain


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(tmp_path, text):
    made = book(tmp_path, {text: pd.DataFrame({text: [text]})}, {text: text}, units={text: text})
    for sheet in made:
        for row in sheet.iter_rows():
            assert all(cell.data_type in ("s", "inlineStr") for cell in row), sheet.title
    assert made.worksheets[1]["A2"].value == text
    with zipfile.ZipFile(tmp_path / "book.xlsx") as files:
        assert not any(b"<f>" in files.read(name) for name in files.namelist())


@given(st.lists(st.text(st.characters(codec=None), max_size=60), max_size=8, unique=True))
@example(["a" * 40, "A" * 41, "a" * 42])
@example(["History", "about", "About", "'", "[x]", "x"])
@example(["\U0001f600" * 16, "\U0001f600" * 17])
def test_names_of_sheets(names):
    found = exports._sheet_names(names)
    assert len(found) == len(names)
    assert len({"about", "history", *map(str.casefold, found)}) == len(names) + 2
    for name in found:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\\n\t\0")
        assert not name.startswith("'")
        assert not name.endswith("'")


def test_a_workbook_has_no_date(tmp_path):
    book(tmp_path, {"odd": ODD})
    with zipfile.ZipFile(tmp_path / "book.xlsx") as files:
        assert {each.date_time for each in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        about = files.read("docProps/core.xml").decode()
    assert about.count("2000-01-01T00:00:00Z") == 2
    assert "Berdaya" in about


def test_a_table_that_no_sheet_holds(monkeypatch, tmp_path):
    monkeypatch.setattr(exports, "MOST_ROWS", 24)
    with pytest.raises(ValueError, match="table tidy has 24 rows and 5 columns; a sheet of Excel"):
        book(tmp_path, {"tidy": tidy()})
    assert list(tmp_path.iterdir()) == []
    book(tmp_path, {"tidy": tidy().iloc[1:]})


def test_a_workbook_that_fails_leaves_the_old_one(monkeypatch, tmp_path):
    book(tmp_path, {"odd": ODD})
    before = (tmp_path / "book.xlsx").read_bytes()
    monkeypatch.setattr(exports, "_undated", lambda made: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        book(tmp_path, {"odd": ODD, "more": ODD})
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [before]
