"""Points of a design: a grid, a Latin hypercube, a Sobol sequence, or draws of the posterior."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from calibration.emulator import latin_hypercube, uniforms
from scenarios.design import MOST_POINTS, Design, Factor
from scenarios.grammar.mistakes import Mistake, ScenarioError

LATIN, SHIFT = 50, 51
"""Addresses of draws; a seed gives other numbers in each."""


def points_of(design: Design) -> pd.DataFrame:
    """Return the points of a design: one row a point, one column a factor, named by its path.

    A design that varies nothing, or has no sample of its own, has one point, at which everything is
    as its scenarios say.

    Raises
    ------
    ScenarioError
        Where the sample does not go with what is varied, or has too many points.

    Examples
    --------
    >>> share = Factor(path="programmes.sedaya.finance.share", values=[0.1, 0.2])
    >>> cap = Factor(path="programmes.sedaya.finance.cap", values=[1.2, 1.5, 2.0])
    >>> design = Design(name="a", scenarios=["sedaya-pilot"], vary=[share, cap], sample="grid")
    >>> points_of(design).shape
    (6, 2)
    """
    if design.sample == "posterior":
        return _posterior(design)
    if design.sample == "grid":
        return _grid(design)
    if design.sample == "none" or not design.vary:
        return pd.DataFrame(index=range(1))
    return spread(design.vary, unit(design.sample, design.points, len(design.vary), design.seed))


def spread(factors: Sequence[Factor], places: np.ndarray) -> pd.DataFrame:
    """Return points of the unit box on the ranges of factors.

    Parameters
    ----------
    factors : sequence of Factor
        One a column.
    places : numpy.ndarray
        From 0 to 1, shape (points, factors). Of a list of values each has an equal part.

    Examples
    --------
    >>> spread([Factor(path="months", low=12, high=24)], np.array([[0.0], [0.52], [1.0]]))
       months
    0      12
    1      18
    2      24
    """
    columns = {each.path: _placed(each, x) for each, x in zip(factors, places.T, strict=True)}
    return pd.DataFrame(columns, index=range(len(places)))


def _placed(factor: Factor, places: np.ndarray) -> "pd.Series[Any]":
    if factor.low is None or factor.high is None:
        last = len(factor.values) - 1
        chosen = np.minimum((places * (last + 1)).astype(int), last)
        return _column([factor.values[each] for each in chosen])
    if factor.log:
        values = factor.low * (factor.high / factor.low) ** places
    else:
        values = factor.low + (factor.high - factor.low) * places
    values = np.clip(values, factor.low, factor.high)
    return pd.Series(np.rint(values).astype(np.int64) if factor.whole else values)


def _column(values: Sequence[Any]) -> "pd.Series[Any]":
    """Return values as they are: a column of numbers would make a number of nothing."""
    plain = {type(value) for value in values} in ({int}, {float}, {bool})
    return pd.Series(list(values), dtype=None if plain else object)


def unit(sample: str, number: int, size: int, seed: int) -> np.ndarray:
    """Return points in the unit box, shape (number, size).

    Parameters
    ----------
    sample : str
        ``"latin hypercube"``, or ``"sobol"``: the sequence of Sobol (1967), shifted around the box
        by one draw a dimension, so that other seeds give other points.
    number, size : int
        How many points, of how many dimensions.
    seed : int
        Fixes the points.

    Examples
    --------
    >>> sorted((8 * unit("sobol", 8, 2, seed=3)[:, 0]).astype(int).tolist())
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    if sample == "latin hypercube":
        return latin_hypercube(number, size, seed, LATIN)
    if sample != "sobol":
        raise ValueError(f"there is no sample {sample!r}")
    from scipy.stats import qmc  # slow to import

    # The first points of a longer sequence; asked for directly they come with a warning.
    whole = qmc.Sobol(size, scramble=False).random_base2(max(0, (number - 1).bit_length()))
    return np.asarray((whole[:number] + uniforms(seed, SHIFT, (1, size))) % 1.0)


def _grid(design: Design) -> pd.DataFrame:
    number = 1
    for factor in design.vary:
        number *= len(factor.values)
    if not 1 <= number <= MOST_POINTS:
        problem = f"the grid has {number} points" if number else "a grid needs values"
        raise ScenarioError([design.mistake(("vary",), problem, f"1 to {MOST_POINTS} points")])
    rows = list(product(*(factor.values for factor in design.vary)))
    columns = zip(*rows, strict=True) if design.vary else ()
    named = zip(design.vary, columns, strict=True)
    table = {each.path: _column(column) for each, column in named}
    return pd.DataFrame(table, index=range(number))


def _posterior(design: Design) -> pd.DataFrame:
    """Return draws of the fitted parameters, spread evenly over the posterior."""
    from calibration.fit import posterior

    draws = posterior().draws
    mistakes: list[Mistake] = []
    if design.vary:
        problem = "draws of the posterior are all that varies"
        mistakes.append(design.mistake(("vary",), problem, "no vary, or another sample"))
    if design.points > len(draws):
        problem = f"the posterior has no {design.points} draws"
        mistakes.append(design.mistake(("points",), problem, f"1 to {len(draws)}"))
    if mistakes:
        raise ScenarioError(mistakes)
    rows = draws.iloc[np.linspace(0, len(draws) - 1, design.points).astype(int)]
    return rows.add_prefix("parameters.").reset_index(drop=True)
