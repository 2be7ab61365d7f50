"""From the ordinary population to the people of an experiment.

The study's people are copies, each of weight one, of rows of the ordinary synthetic population,
picked so that the shares of women, owners and towns, and the median profit, are the study's. They
live among the others of their district in neighbourhoods of their own; those others stay as they
are, so that markets do not feel a few hundred firms more.

Money is not converted by an exchange rate. A study's firms are placed by their median profit over
that of all firms of their country, and what they get is told in months of their own profit, months
of their own consumption or a share of their own capital; the same numbers hold here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from calibration.trials.design import Medians, NoSuchPeopleError, Sample
from simulation.draws import ORDER, SAMPLE
from simulation.measures import quantile
from simulation.population import Population, lay_blocks, strangers

ROUNDS = 20
STEEPEST = 8.0
LEAST_PROFIT = 0.02  # of usual profit; below it firms count alike when medians are matched


@dataclass(frozen=True)
class Village:
    """The ordinary population with the study's people among it.

    Attributes
    ----------
    population : Population
        Not lived yet.
    rows : numpy.ndarray
        The study's people.
    clusters : numpy.ndarray
        Neighbourhood of each.
    medians : Medians
        What they have at baseline.
    profit_of_median : float
        Their median smoothed profit over that of all firms of the area.
    """

    population: Population
    rows: np.ndarray
    clusters: np.ndarray
    medians: Medians
    profit_of_median: float


def village(
    population: Population,
    lines: np.ndarray,
    sample: Sample,
    size: int,
    uniforms: Callable[[int, int], np.ndarray],
) -> Village:
    """Return the population with the study's people added to it.

    Parameters
    ----------
    population : Population
        Settled; not changed.
    lines : numpy.ndarray
        Poverty lines, rupiah a head and month, urban then rural; shape (districts, 2).
    sample : Sample
        Whom the experiment studied.
    size : int
        People wanted.
    uniforms : callable
        Draws of a purpose, so many.
    """
    h = population.households
    everyone = np.concatenate(
        [np.arange(len(population)), pick(population, lines, sample, size, uniforms)]
    )
    added = np.arange(len(everyone)) >= len(population)
    order = np.lexsort((added, h["frame"][everyone], h["district"][everyone]))
    households = h[everyone[order]].view(np.recarray)
    enterprises = population.enterprises[everyone[order]].view(np.recarray)
    study = np.flatnonzero(added[order])
    households["weight"][study] = 1.0
    blocks = lay_blocks(households)
    whole = Population(
        households,
        enterprises,
        population.districts,
        population.provinces,
        population.names,
        blocks,
        nearby=strangers(households),
        start_rate=population.start_rate,
        base=population.base,
        complete=False,
    )
    clusters = households["neighbourhood"][study].astype(np.int64)
    medians = medians_of(whole, study)
    return Village(whole, study, clusters, medians, medians.profit / local_median(population))


def medians_of(population: Population, rows: np.ndarray) -> Medians:
    """Return what these people have, as medians."""
    h, e = population.households, population.enterprises
    firms = rows[e["alive"][rows] == 1]
    return Medians(
        profit=float(np.median(e["smoothed_profit"][firms])),
        consumption=float(np.median(h["consumption"][rows])),
        capital=float(np.median(e["capital"][firms])),
    )


def local_median(population: Population) -> float:
    """Return the median smoothed profit of all firms of the area, rupiah a month."""
    h, e = population.households, population.enterprises
    firms = np.flatnonzero((e["alive"] == 1) & (h["frame"] == 0))
    return quantile(e["smoothed_profit"][firms], h["weight"][firms], 0.5)


def pick(
    population: Population,
    lines: np.ndarray,
    sample: Sample,
    size: int,
    uniforms: Callable[[int, int], np.ndarray],
) -> np.ndarray:
    """Return rows for the study, in the order of chance; some may come twice.

    They are drawn systematically along profit, with chances that meet the sample's shares.
    """
    pool = eligible(population, lines, sample)
    chance = matched(population, pool, sample)
    e = population.enterprises
    order = np.argsort(e["smoothed_profit"][pool], kind="stable")
    through = np.cumsum(chance[order])
    start = uniforms(SAMPLE, 1)[0]
    where = np.searchsorted(through, (np.arange(size) + start) / size * through[-1])
    picked = pool[order[np.minimum(where, len(pool) - 1)]]
    return picked[np.argsort(uniforms(ORDER, size), kind="stable")]


def eligible(population: Population, lines: np.ndarray, sample: Sample) -> np.ndarray:
    """Return the rows that the bounds of a sample admit."""
    h, e = population.households, population.enterprises
    line = np.where(h["urban"] == 1, lines[h["district"], 0], lines[h["district"], 1])
    standing = h["consumption"] / (h["members"] * line)
    fits = (h["frame"] == 0) & (h["can_work"] == 1)
    fits &= (standing >= sample.standing[0]) & (standing < sample.standing[1])
    owner = e["alive"] == 1
    aged = (e["age"] >= sample.age[0]) & (e["age"] <= sample.age[1])
    fits &= np.where(owner, aged, sample.group == "households")
    pool = np.flatnonzero(fits)
    if len(pool) == 0:
        raise NoSuchPeopleError("nobody in the population is such as the sample asks for")
    return pool


def evened(population: Population) -> np.ndarray:
    """Return weights shared alike by those who stand for the same people.

    Near the poverty line households are drawn twice along the same quantiles, widely and at weight
    one (`calibration.synthesis`). Both are samples of the same people, so each row may stand for
    as many; that gives a poor sample far more persons of its own to pick.
    """
    h = population.households
    weight = h["weight"].copy()
    cell = 2 * population.districts["province"][h["district"]] + h["urban"]
    for each in np.unique(cell):
        own = (cell == each) & (h["frame"] == 0)
        near = own & (weight == 1.0)
        if near.any():
            below = own & (h["rank"] <= h["rank"][near].max())
            weight[below] = weight[below].mean()
    return weight


def matched(population: Population, pool: np.ndarray, sample: Sample) -> np.ndarray:
    """Return the chance of each row of a pool, so that the sample's shares and median are met.

    Shares are raked in turn; the median profit by a tilt along the log of profit.
    """
    h, e = population.households, population.enterprises
    owner = e["alive"][pool] == 1
    chance = evened(population)[pool]
    shares = [
        (owner, np.ones(len(pool), bool), sample.owners, "owners"),
        (e["woman"][pool] == 1, owner, sample.women, "women"),
        (h["urban"][pool] == 1, np.ones(len(pool), bool), sample.urban, "urban"),
    ]
    for _ in range(ROUNDS):
        for who, among, share, name in shares:
            if share is not None:
                _rake(chance, who & among, ~who & among, share, name)
        if sample.profit_of_median is not None:
            aim = sample.profit_of_median * local_median(population)
            _tilt(population, pool[owner], chance, owner, aim)
    return chance / chance.sum()


def _rake(chance: np.ndarray, who: np.ndarray, others: np.ndarray, share: float, name: str) -> None:
    """Give one kind this share of the two, in place."""
    for kind, part in ((who, share), (others, 1.0 - share)):
        if part > 0.0 and not kind.any():
            raise NoSuchPeopleError(f"{name}: the population has not both kinds to make it {share}")
    whole = chance[who].sum() + chance[others].sum()
    chance[who] *= share * whole / max(chance[who].sum(), 1e-300)
    chance[others] *= (1.0 - share) * whole / max(chance[others].sum(), 1e-300)


def _tilt(
    population: Population, firms: np.ndarray, chance: np.ndarray, where: np.ndarray, aim: float
) -> None:
    """Tilt the chances of firms along the log of profit until their median is the aim, in place."""
    e = population.enterprises
    profit = e["smoothed_profit"][firms]
    least = LEAST_PROFIT * np.median(np.abs(profit))
    logs = np.log(np.maximum(profit, least) / aim)
    own = chance[where]

    def below(slope: float) -> float:
        weight = own * np.exp(slope * np.clip(logs, -3.0, 3.0))
        return float(weight[profit < aim].sum() / weight.sum()) - 0.5

    if below(-STEEPEST) * below(STEEPEST) > 0.0:
        raise NoSuchPeopleError("profit_of_median: no firms on both sides of that median")
    slope = float(brentq(below, -STEEPEST, STEEPEST))
    tilted = own * np.exp(slope * np.clip(logs, -3.0, 3.0))
    chance[where] = tilted * own.sum() / tilted.sum()
