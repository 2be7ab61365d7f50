"""The moments that the path is fitted to are the published ones, with errors of a sensible size."""

from itertools import pairwise

import pytest

from calibration import figures
from calibration.path import PARTS, surveys, urban_share
from calibration.targets import (
    DISCREPANCY,
    FITTED,
    moment,
    pass_through,
    sampling_error,
    scores,
    targets,
)


def test_targets_are_nine_surveys_of_every_measure():
    periods = surveys()
    assert periods == sorted({each.period for each in targets()})
    assert (periods[0], periods[-1], len(periods)) == ("2015-09", "2019-09", 9)
    assert len(targets()) == 9 * len(FITTED) == len({each.name for each in targets()})


def test_targets_are_what_was_published():
    for each in targets():
        if each.measure != "bottom40":
            rows = figures.table("poverty")
            own = rows[(rows.area == "Indonesia") & (rows.indicator == each.measure)]
            own = own[(own.period == each.period) & (own.urban_rural == each.part)]
            assert [each.value] == own.value.tolist()
            assert [each.source] == own.source.tolist()
    assert moment("2019-09", "bottom40").value == 17.71


def test_what_was_not_published_is_refused():
    with pytest.raises(KeyError):
        moment("2019-06", "p0")


def test_no_target_is_later_than_the_fit():
    assert max(each.period for each in targets()) == "2019-09"


@pytest.mark.parametrize("measure", ["p0", "p1", "p2", "gini", "bottom40"])
def test_september_is_measured_less_well_than_march(measure):
    march, september = (sampling_error(measure, "total", f"2018-{m}", 10.0) for m in ("03", "09"))
    assert 1.9 < september / march < 2.1


def test_sampling_error_of_the_headcount():
    """By hand: 10% of 300,000 households at a design effect of 2."""
    by_hand = 100 * (2 * 0.1 * 0.9 / 300_000) ** 0.5
    assert sampling_error("p0", "total", "2018-03", 10.0) == pytest.approx(by_hand)


def test_every_measure_has_a_discrepancy_for_each_part():
    assert {measure for measure, _ in FITTED} == set(DISCREPANCY)
    assert all(len(each) == len(PARTS) and min(each) > 0 for each in DISCREPANCY.values())


def test_what_is_published_scores_nothing():
    found = {each.name: each.value for each in targets()}
    assert set(scores(found).values()) == {0.0}
    shifted = {each.name: each.value + (each.measure == "p0") for each in targets()}
    assert scores(shifted)["p0 total"] == pytest.approx(1.0)
    assert scores(shifted)["p1 rural"] == 0.0


def test_urban_shares_rise_and_mix_the_published_headcounts():
    shares = [urban_share(period) for period in ("2015-03", *surveys())]
    assert all(-0.001 < later - earlier < 0.015 for earlier, later in pairwise(shares))
    for period in surveys():
        urban, rural, total = (
            figures.value("p0", urban_rural=part, period=period)
            for part in ("urban", "rural", "total")
        )
        share = urban_share(period)
        assert share * urban + (1 - share) * rural == pytest.approx(total, abs=0.02)


def test_provinces_that_grew_more_did_not_spend_more():
    found = pass_through()
    assert found.points == 33
    assert abs(found.value) < 2 * found.error
    assert 0.1 < found.error < 0.25
