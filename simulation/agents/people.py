"""Households and micro-enterprises as Mesa agents: views of one row, made on demand."""

from simulation.agentset import RecordAgent
from simulation.records import ENTERPRISE, HOUSEHOLD


class Household(RecordAgent, dtype=HOUSEHOLD):
    """One household and its month."""

    kind = "households"

    def step(self) -> None:
        """Live this month, the enterprise included."""
        self.model.live_row(self.row)


class MicroEnterprise(RecordAgent, dtype=ENTERPRISE):
    """One enterprise; its month is part of its household's."""

    kind = "enterprises"
