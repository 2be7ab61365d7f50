"""Figures of an extract of households: what they are, what is refused, and that no row leaves."""

import csv
import json
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from calibration import settle
from calibration.cells import lines
from calibration.extract import LEAST, MOST_SLIPS, ExtractError, figures_of
from scenarios.command.extracts import as_block, checked
from scenarios.compare import compare
from scenarios.files import ScenarioError, read
from scenarios.grammar.own_figures import Figures
from scenarios.runs import prepare
from scenarios.schema import area_names
from simulation import measures
from tests.command import answer

AREA = "Kab. Sikka"
HEADER = ("weight", "members", "spending", "urban")


def write(path, rows, header=HEADER, mark=","):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=mark)
        writer.writerow(header)
        writer.writerows(rows)
    return path


@cache
def drawn(count=3000, towns=600):
    """Draw households of Kab. Sikka: spending is lognormal, evenly by quantile, times the line.

    Weights do not go with spending, so that they move no measure.
    """
    rows = []
    for urban, number, middle in ((1, towns, 0.75), (0, count - towns, 0.55)):
        u = (np.arange(number) + 0.5) / number
        spending = np.exp(middle + 0.45 * ndtri(u)) * lines(AREA)[bool(urban)]
        weight = 25.125 + 0.25 * (np.arange(number) % 7)
        rows += [(w, 4, round(s), urban) for w, s in zip(weight, spending, strict=True)]
    return rows


@pytest.fixture
def sample(tmp_path):
    return write(tmp_path / "extract.csv", drawn())


def slips(path, area=AREA):
    with pytest.raises(ExtractError) as caught:
        figures_of(path, area)
    return caught.value.slips


# What they are


@pytest.mark.parametrize(("part", "middle"), [("urban", 0.75), ("rural", 0.55)])
def test_a_known_distribution_gives_back_its_measures(sample, part, middle):
    """Closed forms of the lognormal (Cowell 2011), in poverty lines."""
    found = figures_of(sample, AREA)[part]
    z = -middle / 0.45
    p0 = ndtr(z)
    below = np.exp(middle + 0.45**2 / 2) * ndtr(z - 0.45)
    squares = np.exp(2 * middle + 2 * 0.45**2) * ndtr(z - 0.9)
    assert found["p0"] == pytest.approx(100 * p0, abs=0.1)
    assert found["p1"] == pytest.approx(100 * (p0 - below), rel=0.01)
    assert found["p2"] == pytest.approx(100 * (p0 - 2 * below + squares), rel=0.03)
    assert found["gini"] == pytest.approx(2 * ndtr(0.45 / 2**0.5) - 1, abs=0.003)
    mean = np.exp(middle + 0.45**2 / 2) * lines(AREA)[part == "urban"]
    assert found["spending"] == pytest.approx(mean, rel=0.005)
    weights = sum(row[0] * row[1] for row in drawn() if row[3] == (part == "urban"))
    assert found["persons"] == round(weights)


ROWS = st.lists(
    st.tuples(
        st.integers(1, 4000).map(lambda quarter: quarter / 4),
        st.integers(1, 12),
        st.integers(100_000, 5_000_000),
    ),
    min_size=LEAST,
    max_size=LEAST + 10,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, ROWS | st.just([]), st.booleans())
def test_figures_are_the_measures_of_the_rows(tmp_path, towns, villages, as_parquet):
    rows = [(*row, 1) for row in towns] + [(*row, 0) for row in villages]
    if as_parquet:
        path = tmp_path / "extract.parquet"
        pd.DataFrame(rows, columns=HEADER).to_parquet(path)
    else:
        path = write(tmp_path / "extract.csv", rows[::-1])
    found = figures_of(path, AREA)
    assert set(found) == {"source", "urban", *(["rural"] if villages else [])}
    for name, own in (("urban", towns), ("rural", villages)):
        if not own:
            continue
        weight, members, spending = np.array(own, float).T
        persons = weight * members
        p0, p1, p2 = measures.poverty(spending / lines(AREA)[name == "urban"], persons)
        assert found[name]["p0"] == pytest.approx(100 * p0, abs=0.0051)
        assert found[name]["p1"] == pytest.approx(100 * p1, abs=0.00051)
        assert found[name]["p2"] == pytest.approx(100 * p2, abs=0.00051)
        assert found[name]["gini"] == pytest.approx(measures.gini(spending, persons), abs=0.00051)
        assert found[name]["persons"] == pytest.approx(persons.sum(), abs=0.51)
        mean = np.average(spending, weights=persons)
        assert found[name]["spending"] == pytest.approx(mean, abs=0.51)


def test_indonesian_names_and_other_ways_to_write(tmp_path, sample):
    usual = figures_of(sample, AREA)
    header = ("urut", "Bobot", "JUMLAH_ART", " kapita ", "klasifikasi")
    rows = [(n, w, m, s, 1 if urban else 2) for n, (w, m, s, urban) in enumerate(drawn())]
    assert figures_of(write(tmp_path / "a.csv", rows, header), AREA) == usual
    with_commas = [(n, str(w).replace(".", ","), *rest) for n, w, *rest in rows]
    path = write(tmp_path / "b.csv", with_commas, header, ";")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert figures_of(path, AREA) == usual
    frame = pd.DataFrame(rows, columns=header)
    frame["klasifikasi"] = frame.klasifikasi.astype(str)
    frame.to_parquet(tmp_path / "c.parquet")
    assert figures_of(tmp_path / "c.parquet", AREA) == usual
    frame = pd.DataFrame(drawn(), columns=HEADER).astype({"urban": bool})
    frame.to_parquet(tmp_path / "d.parquet")
    assert figures_of(tmp_path / "d.parquet", AREA) == usual
    frame.set_index("weight").to_parquet(tmp_path / "e.parquet")
    assert figures_of(tmp_path / "e.parquet", AREA) == usual


# What is refused


def test_fewer_than_thirty_households_of_a_part_are_not_told(tmp_path):
    few = [row for row in drawn() if row[3]][: LEAST - 1] + [row for row in drawn() if not row[3]]
    (found,) = slips(write(tmp_path / "few.csv", few))
    assert found == (None, "urban", "too few urban households", "30 at least, or none")
    enough = [drawn()[LEAST], *few]
    assert set(figures_of(write(tmp_path / "enough.csv", enough), AREA)) >= {"urban", "rural"}


def test_villages_without_a_line_are_not_told(sample):
    (found,) = slips(sample, "DKI Jakarta")
    assert found.problem == "BPS has no rural poverty line in DKI Jakarta"


@pytest.mark.parametrize(
    ("row", "column", "allowed"),
    [
        (("", 4, 900_000, 1), "weight", "households that this one stands for"),
        ((0, 4, 900_000, 1), "weight", "0.001"),
        (("-3", 4, 900_000, 1), "weight", "0.001"),
        ((3, 4.5, 900_000, 1), "members", "a whole number from 1 to 50"),
        ((3, 0, 900_000, 1), "members", "a whole number from 1 to 50"),
        ((3, 4, "900.000", 1), "spending", "thousands unmarked"),
        ((3, 4, "Rp 900000", 1), "spending", "rupiah a head and month"),
        ((3, 4, "nan", 1), "spending", "rupiah a head and month"),
        ((3, 4, "inf", 1), "spending", "rupiah a head and month"),
        ((3, 4, "1e9999", 1), "spending", "rupiah a head and month"),
        ((3, 4, 900_000, 2), "urban", "1: urban, 0: rural"),
        ((3, 4, 900_000, "kota"), "urban", "1: urban, 0: rural"),
        ((3, 4, 900_000), "", ""),
        ((3, 4, 900_000, 1, 7), "", ""),
    ],
)
def test_a_mistake_is_told_by_line_and_column(tmp_path, row, column, allowed):
    """Never with what stands there."""
    rows = [*drawn()[:40], row, *drawn()[40:]]
    (found,) = slips(write(tmp_path / "wrong.csv", rows))
    assert (found.line, found.column) == (42, column)
    assert allowed in found.allowed
    assert column == "" or not any(str(each) in found.problem for each in row if each != "")


def test_lines_are_those_of_the_file(tmp_path):
    path = tmp_path / "notes.csv"
    good = '"two\nlines",30,4,900000,1\n'
    path.write_text("note,weight,members,spending,urban\n" + good + "\n" + "x,30,4,x,1\n" + good)
    (found,) = slips(path)
    assert (found.line, found.column) == (5, "spending")


def test_rows_of_parquet_are_counted_from_one(tmp_path):
    frame = pd.DataFrame(drawn(), columns=HEADER).astype(float)
    frame.loc[6, "members"] = np.nan
    frame.to_parquet(tmp_path / "wrong.parquet")
    (found,) = slips(tmp_path / "wrong.parquet")
    assert (found.line, found.column) == (7, "members")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is missing"),
        (b"weight,members,spending,urban\n", "holds no household"),
        (b"weight,members,spending\n1,2,3\n", "is missing"),
        (b"weight,bobot,members,spending,urban\n", "is there more than once"),
        (b"weight,members,spending,urban\n\xff\xfe,2,3,1\n", "is not text in UTF-8"),
        (b'weight,members,spending,urban\n"3,2,3,1\n', "is not CSV"),
    ],
)
def test_what_is_no_extract(tmp_path, content, problem):
    for name in ("wrong.csv", "wrong.parquet"):
        (tmp_path / name).write_bytes(content)
    assert problem in slips(tmp_path / "wrong.csv")[-1].problem
    assert slips(tmp_path / "wrong.parquet")[0].problem == "is not Parquet"


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80), st.booleans())
def test_random_bytes_are_refused(tmp_path, content, as_parquet):
    path = tmp_path / f"random.{'parquet' if as_parquet else 'csv'}"
    path.write_bytes(b"weight,members,spending,urban\n" * (not as_parquet) + content)
    assert slips(path)


def test_many_mistakes_are_counted(tmp_path):
    found = slips(write(tmp_path / "wrong.csv", [(3, 4, "x", 1)] * 100))
    assert len(found) == MOST_SLIPS + 1
    assert found[-1].problem == "80 more such mistakes"


# The command


def test_the_block_is_read_as_part_of_a_scenario(sample, tmp_path, capsys):
    code, said, messages = answer(
        capsys, "scenario", "figures", str(sample), "--area", "kab. sikka"
    )
    assert (code, messages) == (0, "")
    (tmp_path / "ours.yaml").write_text(f"extends: baseline\n{said}", encoding="utf-8")
    scenario = read(tmp_path / "ours.yaml")
    assert scenario.area == AREA
    assert scenario.figures == Figures.model_validate(figures_of(sample, AREA))
    words = ["scenario", "figures", str(sample), "--area", AREA, "--format"]
    document = json.loads(answer(capsys, *words, "json")[1])
    assert document["figures"]["source"] == "an extract of 3,000 households"
    rows = list(csv.DictReader(answer(capsys, *words, "csv")[1].splitlines()))
    assert [row["part"] for row in rows] == ["urban", "rural"]
    assert float(rows[0]["p0"]) == document["figures"]["urban"]["p0"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nosuch.csv", "--area", AREA], "nosuch.csv: cannot be read: No such file"),
        ([".", "--area", AREA], ".: cannot be read: Is a directory"),
        (
            ["wrong.csv", "--area", AREA],
            "wrong.csv:2: members: has a value that may not stand here",
        ),
        (["extract.csv", "--area", "Kab. Sika"], "did you mean Kab. Sikka?"),
        (["extract.csv", "--area", "Bali"], "persons are not those of Bali"),
        (["extract.csv"], "--area"),
    ],
)
def test_mistakes_of_the_command(sample, monkeypatch, capsys, words, message):
    monkeypatch.chdir(sample.parent)
    write(sample.parent / "wrong.csv", [(3, 99, 900_000, 1)])
    code, said, messages = answer(capsys, "scenario", "figures", *words)
    assert (code, said) == (2, "")
    assert message in messages
    assert "Traceback" not in messages


def test_indonesia_has_no_figures_of_its_own(sample):
    with pytest.raises(ScenarioError, match="one area, not of Indonesia"):
        checked(str(sample), "Indonesia")


def test_every_area_can_be_written_in_a_block():
    """Names of areas need no quotes in YAML."""
    for area in area_names():
        assert re.fullmatch(r"[A-Za-z][A-Za-z.' ()-]*[A-Za-z)]", area), area
    assert as_block(AREA, {"source": "us", "urban": None, "rural": None}).startswith(
        f"area: {AREA}"
    )


# No row leaves


def test_no_row_of_the_extract_is_in_any_output(sample, monkeypatch, capsys, tmp_path):
    """Neither in what is shown nor in what a comparison saves, nor are its path and its name."""
    for name, number in (("WARM_ROUNDS", 1), ("FITTED_ROUNDS", 1), ("ROUND_MONTHS", 12)):
        monkeypatch.setattr(settle, name, number)
    prepare._settled.cache_clear()
    shown = [
        "".join(answer(capsys, "scenario", "figures", str(sample), "--area", AREA, *more)[1:])
        for more in ([], ["--format", "json"], ["--format", "csv"])
    ]
    (tmp_path / "ours.yaml").write_text(f"extends: baseline\n{shown[0]}", encoding="utf-8")
    changes = ["households=500", "months=12", "replicates=1"]
    compare([read(tmp_path / "ours.yaml", changes)]).save(tmp_path / "out")
    prepare._settled.cache_clear()
    for path in (tmp_path / "out").iterdir():
        if path.suffix in (".csv", ".json"):
            shown.append(path.read_text(encoding="utf-8"))
    assert len(shown) > 8
    secrets = {str(spending) for _, _, spending, _ in drawn()} | {"25.125", "26.625"}
    numbers = set(re.findall(r"[0-9]+(?:\.[0-9]+)?", " ".join(shown).replace("Rp ", "")))
    numbers |= {each.replace(".", "") for each in re.findall(r"[0-9.]+", " ".join(shown))}
    assert not secrets & numbers
    assert not any("extract.csv" in text for text in shown)
