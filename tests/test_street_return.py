"""The one intercept of the return to the street meets the shares that it is said to meet."""

import numpy as np
import pytest

from calibration.street import RETURNS, fitted_base, returned_within_a_year
from simulation.parameters import TABLE
from tests.worlds import people

SEEDS = range(1, 9)


@pytest.mark.parametrize("column", RETURNS)
def test_a_year_without_a_programme_brings_back_the_share_that_is_assumed(column):
    """A thousand street people and eight seeds: the standard error is .006."""
    base = getattr(TABLE["street_base"], column)
    found = [returned_within_a_year(people(households=20_000), base, seed) for seed in SEEDS]
    assert np.mean(found) == pytest.approx(RETURNS[column], abs=0.02)


def test_the_intercept_that_is_fitted_brings_back_the_share_asked_for():
    """Of 150 street people one more or less is .007."""
    base = fitted_base(people(), 0.45)
    assert returned_within_a_year(people(), base) == pytest.approx(0.45, abs=0.02)
