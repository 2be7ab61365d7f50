"""The ladder of validation: what is told as a miss, and a report that holds its tables whole."""

import re
from html.parser import HTMLParser

import pytest

from scenarios import report, validation
from scenarios.drawing import pictures
from scenarios.validation import Evidence, checks
from tests.evidence import NOT_A_NUMBER, cells, gathered, motion, outcome, outcomes, scores

VOID = {"meta", "br", "link", "img"}


@pytest.fixture(scope="module")
def evidence():
    return gathered()


# Bars


def test_every_number_is_held_against_its_bar(evidence):
    missed = {each.what for each in checks(evidence) if not each.met}
    assert missed == {
        "RMSE of bottom40 total",
        "RMSE of the headcount",
        "urban poor with an enterprise",
        "v1-training, profit",
    }
    assert len(checks(evidence)) == 8 + 6 + 4 + 10 + 3


def test_a_miss_is_told_in_words(evidence):
    said = {each.what: each.sentence for each in checks(evidence)}
    assert said["RMSE of the headcount"] == (
        "Miss: RMSE of the headcount is 0.52 points; at most 0.45 was asked for."
    )
    assert said["v1-training, profit"] == (
        "Miss: v1-training, profit is 2.34 percent; 4 to 16 was asked for."
    )
    assert said["v1-training, sales"].startswith("Met: ")
    assert said["v1-training, sales"].endswith("at least 0 was asked for.")


def test_only_what_no_parameter_was_set_by_is_a_bar(evidence):
    """What holds by construction is told where it does not come out, and is no bar."""
    bars = {each.what for each in checks(evidence) if each.rung == validation.DYNAMICS}
    kinds = {each.check.name: each.check.kind for each in evidence.dynamics}
    assert bars == {name for name, kind in kinds.items() if kind == "test"}
    assert validation.made(evidence.dynamics) == [
        "Miss: months with a dip of income is 34 %; 16 to 24 was published, and transitory_sd set "
        "by it."
    ]
    assert validation.made(motion()) == []


def test_the_table_of_motion_says_what_is_a_test(evidence):
    rows = {row[0]: row for row in report.dynamics_table(evidence.dynamics).rows}
    assert rows["urban poor with an enterprise"][3:] == ("47 to 69", "MISS", "test", "E127")
    assert rows["months with a dip of income"][4:6] == ("MISS", "by construction")
    assert rows["others who fall in within a year"][1:] == (
        "12.30", "%", "-", "", "not published", "",
    )  # fmt: skip
    assert len(rows) == len(evidence.dynamics)


def test_what_is_not_known_is_a_miss():
    found = validation.fit_checks(dict.fromkeys(validation.FIT_BARS, NOT_A_NUMBER))
    assert not any(each.met for each in found)


def test_a_rival_that_is_as_good_is_a_miss():
    level = scores()
    level.loc[level.name == "no change", "crps"] = 0.19
    assert not validation.forecast_checks(level)[-1].met
    assert validation.forecast_checks(scores())[-1].met


def test_people_that_are_off_are_a_miss():
    assert all(each.met for each in validation.people_checks(cells(0.1)))
    missed = [each for each in validation.people_checks(cells(0.3)) if not each.met]
    assert [each.what for each in missed] == ["headcount of the worst cell, off by"]


# The report


class Nothing(dict):
    """Pictures that are not drawn."""

    def __missing__(self, name):
        return "<svg></svg>", name


class Page(HTMLParser):
    """Reads a page; refuses tags that do not close in order and names that are there twice."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.cells, self.said, self.links = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        own = dict(attrs)
        self.ids += [own["id"]] if "id" in own else []
        self.links += [own[name] for name in ("href", "src") if name in own]
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data
        if self.open and self.open[-1] == "p":
            self.said.append(data)


@pytest.fixture(scope="module")
def written(evidence, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    report.save(evidence, folder)
    return folder


def test_the_page_holds_every_number_of_its_tables(evidence, written):
    page = Page((written / "report.html").read_text(encoding="utf-8"))
    tables = [table for _, _, tables, _ in report.sections(evidence) for table in tables]
    assert len(tables) == 10
    wanted = [cell for table in tables for row in (table.headers, *table.rows) for cell in row]
    assert page.cells == wanted
    for value in ("2.34 [-0.16; 4.84]", "0.52", "9.57", "-0.87 [-3.37; 1.63]", "0.62"):
        assert value in " ".join(wanted)


def test_the_markdown_holds_every_number_too(evidence, written):
    text = (written / "report.md").read_text(encoding="utf-8")
    for _, said, tables, _ in report.sections(evidence):
        assert all(sentence in text for sentence in said)
        for table in tables:
            assert all(f"| {' | '.join(row)} |" in text for row in table.rows)
    drawn = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert len(drawn) == 6
    assert all((written / name).read_text().count("</svg>") == 1 for name in drawn)


def test_the_page_asks_nobody(written):
    text = (written / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "http:" not in text
    assert "https:" not in text
    assert "//" not in re.sub(r"<!--.*?-->|/\*.*?\*/", "", text, flags=re.DOTALL)
    assert "<script" not in text
    assert "@import" not in text
    assert all(link.startswith("#") for link in page.links)
    assert "default-src 'none'" in text


def test_names_in_the_page_are_there_once_and_lead_somewhere(written):
    text = (written / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    led = {*re.findall(r"url\(#([^)]+)\)", text), *(link[1:] for link in page.links)}
    assert led <= set(page.ids)
    assert text.count("<svg") == text.count('role="img"') == 6


def test_misses_are_named_as_misses(evidence, written):
    page = Page((written / "report.html").read_text(encoding="utf-8"))
    said = " ".join(page.said)
    for each in checks(evidence):
        assert (each.sentence in said) == (not each.met), each.sentence
    assert all(sentence in said for sentence in validation.made(evidence.dynamics))
    assert said.count("Miss: RMSE of the headcount") == 2  # at the top and at its rung
    assert "v1-training misses. profit: what a course teaches is too small." in said
    assert "placebo says little: 41% of prior draws meet all its bands." in said
    assert "weak test: seven surveys" in said
    assert "27 of 31 bars are met." in said
    assert validation.QUICK not in said


def test_a_miss_has_a_colour_of_its_own(written):
    picture = (written / "trials.svg").read_text(encoding="utf-8").lower()
    assert pictures.MISSED.lower() in picture
    assert "v1-training: profit" in picture


def test_a_quick_run_says_so(evidence):
    quick = Evidence(**{**vars(evidence), "quick": True})
    assert validation.QUICK in report.as_html(quick, Nothing())
    assert validation.QUICK in report.summary(quick)
    assert report.document(quick)["quick"] is True


def test_the_same_evidence_gives_the_same_bytes(evidence, written, tmp_path):
    other = tmp_path / "again"
    for path in report.save(evidence, other):
        assert path.read_bytes() == (written / path.name).read_bytes()


def test_what_is_no_html_is_written_as_text(evidence):
    odd = outcome("v1-training", outcomes()[0].measures, why="<b>less</b> & more | or")
    text = report.as_html(Evidence(**{**vars(evidence), "outcomes": [odd]}), Nothing())
    Page(text)
    assert "&lt;b&gt;less&lt;/b&gt; &amp; more" in text
