"""Who pays for a programme: every rupiah by month and payer, posted to the ledger as it moves."""

from typing import Any

import numpy as np

from simulation import ledger
from simulation.programmes.programme import Programme

PAYERS = ("government", "donor", "investor")
GOVERNMENT, DONOR, INVESTOR = range(3)

_FUNDED = (ledger.FUNDED_BY_GOVERNMENT, ledger.FUNDED_BY_DONOR, ledger.FUNDED_BY_INVESTOR)
_INVESTED = {GOVERNMENT: ledger.INVESTED_BY_GOVERNMENT, DONOR: ledger.INVESTED_BY_DONOR}
_RETURNED = {GOVERNMENT: ledger.RETURNED_TO_GOVERNMENT, DONOR: ledger.RETURNED_TO_DONOR}


class Account:
    """The money of one programme.

    Attributes
    ----------
    paid : numpy.ndarray
        Rupiah put into the programme, shape (months, payers).
    recovered : numpy.ndarray
        Rupiah that participants paid back, shape (months, payers).
    transferred : numpy.ndarray
        Rupiah between payers: guarantees, payments for success, subsidies; each month adds to 0.
    """

    def __init__(self, model: Any, terms: Programme) -> None:  # noqa: ANN401
        self.model = model
        self.budget = np.inf if terms.budget is None else terms.budget
        funding = terms.funding
        self.shares = np.array(
            [1.0 - funding.donor - funding.investor, funding.donor, funding.investor]
        )
        shape = (model.months, len(PAYERS))
        self.paid, self.recovered, self.transferred = (np.zeros(shape) for _ in range(3))

    @property
    def cost(self) -> float:
        """Rupiah put in so far by all payers; money for enterprises counts in full."""
        return float(self.paid.sum())

    @property
    def left(self) -> float:
        """Rupiah of the budget that can still be spent; what came back can be spent again."""
        return float(self.budget - self.paid.sum() + self.recovered.sum())

    @property
    def flows(self) -> np.ndarray:
        """Net cash flow of each payer, rupiah, shape (months, payers); below 0 it pays."""
        return self.recovered + self.transferred - self.paid

    def pay(self, flow: int, amount: float, fees: float = 0.0) -> None:
        """Pay for a service: the funders give what participants' fees do not cover."""
        model = self.model
        shares = self.shares * (amount - fees)
        self.paid[model.month] += shares
        for funded, share in zip(_FUNDED, shares, strict=True):
            model.post(funded, float(share))
        model.post(ledger.FEES_PAID, fees)
        model.post(flow, amount)

    def invest(self, payer: int, to_firm: float, to_home: float) -> None:
        """Put money of a payer into enterprises; part of it ends in the home."""
        self.paid[self.model.month, payer] += to_firm + to_home
        if payer in _INVESTED:
            self.model.post(_INVESTED[payer], to_firm + to_home)
        self.model.post(ledger.FINANCED_ENTERPRISE, to_firm)
        self.model.post(ledger.FINANCED_HOUSEHOLD, to_home)

    def recover(self, payer: int, amount: float) -> None:
        """Take in what enterprises paid back (the ledger has it from them)."""
        self.recovered[self.model.month, payer] += amount
        if payer in _RETURNED:
            self.model.post(_RETURNED[payer], amount)

    def transfer(self, flow: int, giver: int, taker: int, amount: float) -> None:
        """Move money from one payer to another."""
        if giver == taker or amount == 0.0:
            return
        self.transferred[self.model.month, giver] -= amount
        self.transferred[self.model.month, taker] += amount
        self.model.post(flow, amount)
        if taker in _RETURNED:
            self.model.post(_RETURNED[taker], amount)
