"""The third rung: what moves in a world that stands still, for figures that nobody fitted.

People of March 2019 live three years without growth, season and programme. The first goes by, as
people that were corrected to meet a survey are not quite at rest; then there are three Marches and
two years of every month. What is published of motion (`calibration.targets.CHECKS`) is seen as its
studies saw it: poverty by the surveys' measured spending, profit with the error of a survey.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from calibration.path import HOUSEHOLDS, calm_world
from calibration.settled import MAKERS, data_checksum, settled
from calibration.targets import CHECKS, Check
from calibration.trials.chance import uniforms
from calibration.trials.surveys import with_errors
from simulation.draws import SURVEY
from simulation.measures import poverty, quantile
from simulation.model import EmpowermentModel
from simulation.parameters import values
from simulation.records import CASUAL_WORK, WAGE_WORK
from simulation.runs import plan, sweep
from simulation.store import Store
from simulation.watch import code_version

START = "2019-03"
YEAR, BURN_IN, MONTHS = 12, 12, 36
DIP = 0.75
"""Of a household's mean over the year; below it a month's income is a dip (E155)."""
OLD = 24
"""Months from which a firm counts as established: what is added for the young has faded."""
ENDS = 0.01
"""Share of profits at each end that is set to its quantile, as studies of firms do (E132)."""
DYNAMICS = "calibration.dynamics:dynamics"
SOURCES = (
    *MAKERS,
    "calibration.dynamics",
    "calibration.path",
    "calibration.targets",
    "calibration.trials.chance",
    "calibration.trials.surveys",
    "calibration.world",
)
"""Modules beside those of `simulation` that decide the run."""


class Watched(NamedTuple):
    """What was seen of households (the frame of Susenas), one row each, and of their firms.

    Attributes
    ----------
    weight, persons : numpy.ndarray
        Households and persons that a row stands for.
    urban : numpy.ndarray
        Whether in a town.
    standing : numpy.ndarray
        Measured spending of three Marches, poverty lines; shape (3, rows).
    poor_year : numpy.ndarray
        Whether true spending was below the line over a year; shape (2, rows).
    livelihood, owner : numpy.ndarray
        What they live by beside a firm, and whether they have one, in the three Marches; shape
        (3, rows).
    income : numpy.ndarray
        After payments to financiers, rupiah a month; shape (24, rows).
    alive, age, closed : numpy.ndarray
        Of firms at the start of each month, and whether they closed in it; shape (24, rows).
    profit : numpy.ndarray
        As a survey measures it, rupiah a month, not a number without a firm; shape (24, rows).
    """

    weight: np.ndarray
    persons: np.ndarray
    urban: np.ndarray
    standing: np.ndarray
    poor_year: np.ndarray
    livelihood: np.ndarray
    owner: np.ndarray
    income: np.ndarray
    alive: np.ndarray
    age: np.ndarray
    closed: np.ndarray
    profit: np.ndarray


def dynamics(inputs: Mapping[str, Any]) -> dict[str, float]:
    """Return all that is looked at: a run as `simulation.runs` does them.

    Parameters
    ----------
    inputs : mapping
        `households`, how many to simulate, and `seed` of the people and of their lives.

    Returns
    -------
    dict
        By the names of `calibration.targets.CHECKS`, in their units.
    """
    seen = watch(int(inputs["households"]), int(inputs["seed"]))
    return {
        **of_poverty(seen.standing, seen.weight, seen.persons),
        **of_livelihoods(seen),
        **of_incomes(seen.income, seen.poor_year, seen.weight),
        **of_closures(seen.alive, seen.age, seen.closed, seen.weight),
        **of_profits(seen.profit, seen.weight),
    }


def observed(folder: str, households: int = HOUSEHOLDS) -> dict[str, float]:
    """Return `dynamics`, from a folder of finished runs where it was done before.

    Raises
    ------
    RuntimeError
        Where the run failed.
    """
    version = f"{code_version('simulation', *SOURCES)} {data_checksum()}"
    todo = plan(DYNAMICS, [{"households": households, "seed": 1}], version)
    store = Store(folder)
    sweep(todo, store)
    names = [run.name for run in todo]
    for message in store.errors(names).message:
        raise RuntimeError(f"the run of dynamics failed: {message}")
    found = store.frame(names)
    return dict(zip(found.indicator, found.value.astype(float), strict=True))


class Held(NamedTuple):
    """A figure beside what was published of it.

    Attributes
    ----------
    check : Check
        What was published.
    value : float
        What came out, in its unit.
    """

    check: Check
    value: float

    @property
    def inside(self) -> bool:
        """Whether it is in the published range; never where nothing is published."""
        return self.check.low <= self.value <= self.check.high

    @property
    def record(self) -> dict[str, Any]:
        """Return it as a row of a table."""
        own = {"kind": self.check.kind, "value": self.value, "inside": self.inside}
        return self.check._asdict() | own


def held(found: Mapping[str, float]) -> list[Held]:
    """Return what `dynamics` gave beside what was published."""
    return [Held(check, found[check.name]) for check in CHECKS]


# One life of the nation


def watch(households: int, seed: int) -> Watched:
    """Let the nation live in a world that stands still; return what was seen."""
    model = still(households, seed)
    h, e = model.population.households, model.population.enterprises
    rows = np.flatnonzero(h["frame"] == 0)
    p = model.parameters[0]
    marches: list[tuple[np.ndarray, ...]] = []
    months: list[tuple[np.ndarray, ...]] = []
    poor_year: list[np.ndarray] = []
    while model.month < MONTHS:
        smoothed, alive = h["smoothed"][rows], e["alive"][rows] == 1
        age = e["age"][rows]
        model.step()
        if model.month > BURN_IN:
            income = (h["smoothed"][rows] - p.smoothing * smoothed) / (1.0 - p.smoothing)
            closed = alive & (e["alive"][rows] == 0)
            months.append((income, alive, age, closed, profit_seen(model, rows, seed)))
        if model.month % YEAR == 0 and model.month >= BURN_IN:
            standing = h["measured"][rows] / model.lines_of(rows)
            marches.append((standing, h["livelihood"][rows], e["alive"][rows] == 1))
            poor_year.append(h["year_mean"][rows] < 1.0)
    weight = h["weight"][rows]
    standing, livelihood, owner = (np.array(each) for each in zip(*marches, strict=True))
    income, alive, age, closed, profit = (np.array(each) for each in zip(*months, strict=True))
    return Watched(
        weight,
        weight * h["members"][rows],
        h["urban"][rows] == 1,
        standing,
        np.array(poor_year[1:]),
        livelihood,
        owner,
        income,
        alive,
        age,
        closed,
        profit,
    )


def still(households: int, seed: int) -> EmpowermentModel:
    """Return the nation at the start of a world without growth, season and programme."""
    population, parameters = settled(START, households, seed), values()
    calm = calm_world(population, START, MONTHS, parameters)
    return EmpowermentModel(population, calm, parameters, months=MONTHS, seed=seed)


def profit_seen(model: EmpowermentModel, rows: np.ndarray, seed: int) -> np.ndarray:
    """Return last month's profits with the error of a survey; not a number without a firm."""
    e = model.population.enterprises[rows]
    seen = {"profit": e["profit"], "survival": (e["alive"] == 1).astype(float)}
    errors = {"profit": float(model.parameters[0].profit_error)}
    uniform = uniforms(seed, 0, "dynamics", SURVEY, len(rows), model.month)
    noted = with_errors(seen, e["scale"], errors, uniform)["profit"]
    return np.where((e["alive"] == 1) & (e["age"] > 0), noted, np.nan)


# Figures


def of_poverty(standing: np.ndarray, weight: np.ndarray, persons: np.ndarray) -> dict[str, float]:
    """Return who is poor when, of three Marches (percent).

    Chronic is what is left at the mean spending of two Marches (Jalan and Ravallion 1998).

    Parameters
    ----------
    standing : numpy.ndarray
        Measured spending, poverty lines; shape (3, rows).
    weight, persons : numpy.ndarray
        Households and persons that a row stands for.
    """
    poor = standing < 1.0
    pairs = ((0, 1), (1, 2))
    again = [share(poor[after], poor[before], persons) for before, after in pairs]
    fallen = [share(poor[after], ~poor[before], persons) for before, after in pairs]
    new = [share(~poor[before], poor[after], persons) for before, after in pairs]
    headcount = float(np.mean([share(each, True, persons) for each in poor]))
    ever = poor[0] | poor[1] | poor[2]
    ends = standing[[0, 2]]
    low, middle = ([each <= quantile(each, weight, u) for each in ends] for u in (0.3, 0.4))
    chronic = poverty(ends.mean(axis=0), weight)
    both = np.mean([poverty(each, weight) for each in ends], axis=0)
    return {
        "poor of one March who are poor the next": float(np.mean(again)),
        "others who fall in within a year": float(np.mean(fallen)),
        "poor who were not poor the March before": float(np.mean(new)),
        "poor still poor two years later": share(poor[2], poor[0], weight),
        "others who are poor two years later": share(poor[2], ~poor[0], weight),
        "poor in one of three Marches over headcount": share(ever, True, persons) / headcount,
        "poverty gap of two Marches that is chronic": 100.0 * chronic[1] / float(both[1]),
        "severity of two Marches that is chronic": 100.0 * chronic[2] / float(both[2]),
        "lowest three deciles: left them in two years": share(~low[1], low[0], weight),
        "upper six deciles: left them in two years": share(middle[1], ~middle[0], weight),
        "persons between 1 and 1.5 lines": float(
            np.mean([share((each >= 1.0) & (each < 1.5), True, persons) for each in standing])
        ),
    }


def of_livelihoods(seen: Watched) -> dict[str, float]:
    """Return what households live by (percent), the mean of three Marches.

    Who has a firm lives by it, whatever work there is beside it.
    """
    informal, owners = [], []
    for livelihood, owner, standing in zip(seen.livelihood, seen.owner, seen.standing, strict=True):
        working = owner | np.isin(livelihood, (WAGE_WORK, CASUAL_WORK))
        informal.append(share(owner | (livelihood == CASUAL_WORK), working, seen.weight))
        owners.append(share(owner, seen.urban & (standing < 1.0), seen.weight))
    return {
        "informal livelihoods": float(np.mean(informal)),
        "urban poor with an enterprise": float(np.mean(owners)),
    }


def of_incomes(income: np.ndarray, poor_year: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Return how a household's income varies within a year: mean variation, and dips (percent).

    Parameters
    ----------
    income : numpy.ndarray
        Rupiah a month, shape (months, rows).
    poor_year : numpy.ndarray
        Who was poor over each year, shape (years, rows).
    """
    found: dict[str, list[float]] = {}
    for months, poor in zip(income.reshape(-1, YEAR, income.shape[1]), poor_year, strict=True):
        mean = months.mean(axis=0)
        earned = mean > 0.0
        varied = np.where(earned, months.std(axis=0, ddof=1) / np.where(earned, mean, 1.0), 0.0)
        dips = (months < DIP * mean).mean(axis=0)
        for who, among in (("", earned), (", poor", earned & poor)):
            of = weight[among]
            variation = float(np.average(varied[among], weights=of))
            found.setdefault(f"income variation{who}", []).append(variation)
            dip = 100.0 * float(np.average(dips[among], weights=of))
            found.setdefault(f"months with a dip of income{who}", []).append(dip)
    return {name: float(np.mean(each)) for name, each in found.items()}


def of_closures(
    alive: np.ndarray, age: np.ndarray, closed: np.ndarray, weight: np.ndarray
) -> dict[str, float]:
    """Return how firms close, of all that are there at the start and of new ones.

    Parameters
    ----------
    alive, age, closed : numpy.ndarray
        Firms at the start of each month, months since they started, and whether they closed in
        the month; shape (months, rows).
    """
    left = weight * alive[0]
    gone = np.cumsum(closed, axis=0)[-1] > 0
    kept = float((left * ~gone).sum() / left.sum())
    years = len(alive) / YEAR
    rates = _hazards(alive, age, closed, weight)
    return {
        "firms that close in a year": 100.0 * (1.0 - kept ** (1.0 / years)),
        "years until half are closed": years + _more(kept, rates[OLD]) / YEAR,
        "new firms that close within a year": 100.0 * float(1.0 - np.prod(1.0 - rates[:YEAR])),
    }


def _hazards(
    alive: np.ndarray, age: np.ndarray, closed: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Return the chance a month to close, by months since the start; all old ones are the last."""
    ages = np.minimum(age, OLD).astype(np.int64)
    heavy = np.broadcast_to(weight, alive.shape)
    there = np.bincount(ages[alive], heavy[alive], OLD + 1)
    gone = np.bincount(ages[closed], heavy[closed], OLD + 1)
    return gone / np.maximum(there, 1e-12)


def _more(kept: float, rate: float) -> float:
    """Return the months until half are left, at the rate of the established; below 0 if past."""
    return float(np.log(0.5 / kept) / np.log(1.0 - rate))


def of_profits(profit: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Return how measured profits vary between firms and from month to month.

    Parameters
    ----------
    profit : numpy.ndarray
        Rupiah a month, not a number without a firm; shape (months, rows).
    """
    heavy = np.broadcast_to(weight, profit.shape)
    there = ~np.isnan(profit)
    seen, of = profit[there], heavy[there]
    kept = np.clip(profit, *np.quantile(seen, [ENDS, 1.0 - ENDS]))
    both = there[:-1] & there[1:]
    pair = np.cov(kept[:-1][both], kept[1:][both], aweights=heavy[1:][both])
    gains = seen > 0.0
    mean = np.average(kept[there], weights=of)
    spread = np.average((kept[there] - mean) ** 2, weights=of) ** 0.5
    return {
        "autocorrelation of measured profit": float(pair[0, 1] / np.sqrt(pair[0, 0] * pair[1, 1])),
        "months with a measured loss": 100.0 * float(np.average(seen < 0.0, weights=of)),
        "spread of log positive profit": float(np.cov(np.log(seen[gains]), aweights=of[gains]))
        ** 0.5,
        "coefficient of variation of profit": float(spread / mean),
    }


def share(who: np.ndarray, among: np.ndarray | bool, weight: np.ndarray) -> float:
    """Return which part of some rows others are, at weight (percent).

    Examples
    --------
    >>> share(np.array([True, False, True]), np.array([True, True, False]), np.ones(3))
    50.0
    """
    whole = weight * among
    return float(100.0 * whole[who].sum() / whole.sum())
