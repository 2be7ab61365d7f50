"""A trial lived: people picked, assigned by chance, surveyed, beside their twins."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from calibration.cells import cells
from calibration.settle import Settler, settle
from calibration.synthesis import people
from calibration.trials.assigned import Assigned, TrialModel
from calibration.trials.chance import uniforms
from calibration.trials.design import Arm, Medians, Trial, programme_of
from calibration.trials.estimators import Comparison, Group
from calibration.trials.sample import village
from calibration.trials.surveys import survey, with_errors
from calibration.world import outside_world
from simulation.draws import ASSIGNMENT, ATTRITION, SURVEY
from simulation.economy import World, by_district
from simulation.parameters import values
from simulation.population import Population

START = "2023-03"
HOUSEHOLDS = 20_000
"""Simulated households of the ordinary population that a trial's people are copied from."""
KEPT = 12
ADAPTING = 2  # rounds of 24 months in which other parameters than the defaults are lived with
YEAR = 12

Surveys = dict[tuple[str, int], np.ndarray]
"""By quantity and month after the month of enrolment: one entry a person."""


@dataclass(frozen=True)
class Lives:
    """The people of a trial and what surveys noted of them; all arrays have one entry a person.

    Attributes
    ----------
    treated : numpy.ndarray
        Whether assigned to treatment.
    cluster, stratum : numpy.ndarray
        What was assigned together; the replicate.
    found : numpy.ndarray
        Whether later surveys find them again.
    owner : numpy.ndarray
        Whether they had a firm at baseline.
    before : dict
        Quantities at baseline.
    after, twin : dict
        At the surveys: as it went, and with what the control arm gets for everyone.
    profit_of_median : float
        Median profit of the sample over that of all firms of the area (mean over replicates).
    """

    treated: np.ndarray
    cluster: np.ndarray
    stratum: np.ndarray
    found: np.ndarray
    owner: np.ndarray
    before: dict[str, np.ndarray]
    after: Surveys
    twin: Surveys
    profit_of_median: float

    def comparison(self, trial: Trial, name: str, paired: bool) -> tuple[Comparison, np.ndarray]:
        """Return the two sides of a measure, and the persons of both (treated first)."""
        measure = trial.measures[name]
        assert measure.outcome is not None
        quantity = measure.outcome
        among = self.found & (self.owner if measure.among == "owners" else True)
        treated = np.flatnonzero(among & self.treated)
        other = treated if paired else np.flatnonzero(among & ~self.treated)

        def group(rows: np.ndarray, surveys: Surveys) -> Group:
            after = np.mean([surveys[quantity, month] for month in measure.months], axis=0)
            before = self.before[quantity]
            return Group(after[rows], before[rows], self.cluster[rows], self.stratum[rows])

        sides = group(treated, self.after), group(other, self.twin if paired else self.after)
        return Comparison(*sides, paired), np.concatenate([treated, other])


def pooled(parts: Sequence[Lives]) -> Lives:
    """Return the people of several replicates together; clusters and strata stay apart."""
    apart = [int(part.cluster.max()) + 1 for part in parts]
    before = np.cumsum([0, *apart[:-1]])

    def joined(name: str) -> Any:  # noqa: ANN401
        dicts = [getattr(part, name) for part in parts]
        return {key: np.concatenate([each[key] for each in dicts]) for key in dicts[0]}

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    return Lives(
        treated=column("treated"),
        cluster=np.concatenate([p.cluster + b for p, b in zip(parts, before, strict=True)]),
        stratum=column("stratum"),
        found=column("found"),
        owner=column("owner"),
        before=joined("before"),
        after=joined("after"),
        twin=joined("twin"),
        profit_of_median=float(np.mean([part.profit_of_median for part in parts])),
    )


@lru_cache(maxsize=KEPT)
def settled(area: str, households: int, seed: int) -> Population:
    """Return the ordinary population of an area, settled with the defaults; models copy it."""
    parameters = values()
    population, _ = people(area, households, seed)
    settle(population, cells(area), parameters, seed)
    return population


def adapted(population: Population, area: str, parameters: np.ndarray, seed: int) -> Population:
    """Return a population that has lived some years with other parameters.

    Firms, savings and debts find their new usual state, starts are balanced with closures, and
    markets get a base of their own; usual incomes stay, so that the published figures of poverty
    are not met any more (that would take settling anew).
    """
    lived = population.copy()
    settler = Settler(lived, cells(area), parameters, seed + 1, threads=1)
    lived.start_rate = population.start_rate
    for _ in range(ADAPTING):
        settler.round(pace=0.0)
    by_block = np.sum([settler.live() for _ in range(YEAR)], axis=0) / YEAR
    lived.base = by_district(by_block, lived.blocks[:, 2], len(lived.districts))
    return lived


def world_of(population: Population, months: int, parameters: np.ndarray) -> World:
    """Return the world of a trial: it stands still, so that effects are real."""
    return outside_world(population, START, months, "frozen", parameters)


def live(
    trial: Trial,
    population: Population,
    parameters: np.ndarray,
    seed: int,
    replicate: int,
    all_treated: bool = False,
) -> Lives:
    """Live one replicate of a trial, and its twin.

    Parameters
    ----------
    population : Population
        The ordinary one.
    all_treated : bool
        Whether everyone is treated, so that the twins are the only comparison.
    """
    draw = partial(uniforms, seed, replicate, trial.name)
    months = trial.months[-1] + 1
    world = world_of(population, months, parameters)
    place = village(population, world.lines[0], trial.sample, 2 * trial.size, draw)
    number = len(place.rows)
    cluster = place.clusters if trial.clusters == "neighbourhood" else np.arange(number)
    treated = np.ones(number, bool) if all_treated else assigned(cluster, draw(ASSIGNMENT, number))
    arms = arms_of(trial, place.rows, treated, place.medians)
    twins = arms_of(trial, place.rows, np.zeros(number, bool), place.medians)
    errors: dict[str, float] = {
        quantity: float(parameters[name][0]) for quantity, name in trial.errors.items()
    }

    def surveyed(arms: list[Assigned]) -> tuple[dict[str, np.ndarray], Surveys]:
        model = TrialModel(place.population, world, parameters, arms, seed, replicate, months)

        def note(month: int) -> dict[str, np.ndarray]:
            seen = survey(model.population, place.rows, parameters[0])
            scale = model.population.enterprises["scale"][place.rows]
            return with_errors(seen, scale, errors, draw(SURVEY, number, month))

        before = note(0)
        found: Surveys = {}
        for month in range(months):
            model.step()
            if month in trial.months:
                found |= {(name, month): column for name, column in note(month + 1).items()}
        return before, found

    before, after = surveyed(arms)
    _, twin = surveyed(twins)
    return Lives(
        treated=treated,
        cluster=cluster,
        stratum=np.full(number, replicate),
        found=draw(ATTRITION, number) >= trial.attrition,
        owner=place.population.enterprises["alive"][place.rows] == 1,
        before=before,
        after=after,
        twin=twin,
        profit_of_median=place.profit_of_median,
    )


def assigned(cluster: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return who is treated: half of the clusters, by chance.

    Parameters
    ----------
    uniform : numpy.ndarray
        One draw a person; that of a cluster is the draw of its first.
    """
    _, first, number = np.unique(cluster, return_index=True, return_inverse=True)
    order = np.argsort(uniform[first], kind="stable")
    chosen = np.zeros(len(first), bool)
    chosen[order[: len(first) // 2]] = True
    return chosen[number]


def arms_of(
    trial: Trial, rows: np.ndarray, treated: np.ndarray, medians: Medians
) -> list[Assigned]:
    """Return what is offered to whom."""

    def offer(arm: Arm, rows: np.ndarray) -> Assigned:
        return Assigned(
            programme_of(trial, arm, len(rows), medians), rows, arm.enrols == "everyone"
        )

    offers = [(trial.arms.control, rows[~treated]), (trial.arms.treatment, rows[treated])]
    return [offer(arm, own) for arm, own in offers if arm and len(own)]
