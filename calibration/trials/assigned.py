"""Providers that enrol just those whom a trial assigned to them; all else is any provider's."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simulation import draws
from simulation.agents.provider import Provider
from simulation.economy import World
from simulation.model import EmpowermentModel, contract_table
from simulation.population import Population
from simulation.programmes import participation
from simulation.programmes.programme import Programme


class Assigned(NamedTuple):
    """An arm that is offered something.

    Attributes
    ----------
    programme : Programme
        What it is offered, with a seat for everyone.
    rows : numpy.ndarray
        Who is assigned to it.
    everyone : bool
        Whether all of them are enrolled, or those only who hear of it and apply.
    """

    programme: Programme
    rows: np.ndarray
    everyone: bool


class AssignedProvider(Provider):
    """A provider whose applicants are those assigned to an arm.

    Attributes
    ----------
    arm : Assigned
        Whom it enrols.
    """

    def __init__(self, model: "TrialModel", arm: Assigned, contract: int) -> None:
        super().__init__(model, arm.programme, contract)
        self.arm = arm

    def _applicants(self) -> tuple[np.ndarray, np.ndarray]:
        """Return who is assigned (and hears of it and applies), and how willingly."""
        model, rows = self.model, self.arm.rows
        if not self.arm.everyone:
            rows = rows[participation.hears(model, self.terms, rows)]
        willing = model.draw(rows, draws.APPLICATION, self.number)
        if self.arm.everyone:
            return rows, willing
        applied = participation.applies(model, self.terms, rows, willing)
        return rows[applied], willing[applied]


class TrialModel(EmpowermentModel):
    """The model, with arms in place of programmes that recruit.

    Parameters
    ----------
    population, world, parameters, seed, replicate, months
        As of any model.
    arms : sequence of Assigned
        What is offered to whom; who is in none of them is left alone.
    """

    def __init__(
        self,
        population: Population,
        world: World,
        parameters: np.ndarray,
        arms: Sequence[Assigned],
        seed: int,
        replicate: int,
        months: int,
    ) -> None:
        super().__init__(
            population, world, parameters, seed=seed, replicate=replicate, months=months
        )
        self.contracts = contract_table([arm.programme for arm in arms])
        self.providers = [AssignedProvider(self, arm, row) for row, arm in enumerate(arms, 1)]
