"""The enterprises of the plain Mesa model; see `plain_mesa`."""

import math
from random import gauss, random  # noqa: TID251 - the rival draws as Mesa models do
from types import SimpleNamespace
from typing import TYPE_CHECKING

from simulation import ledger
from simulation.agents.enterprise import USUAL_HOURS
from simulation.indicators import SUPPLY
from simulation.records import (
    CASUAL_WORK,
    ENTERPRISE,
    ONLINE_MARKET,
    OWN_ENTERPRISE,
    PLATFORM,
)

if TYPE_CHECKING:
    from benchmarks.plain_mesa import Household


class Enterprise:
    """A micro-enterprise; its month is that of simulation/agents/enterprise.py."""

    __slots__ = ENTERPRISE.names

    def __init__(self, row: tuple) -> None:
        for name, value in zip(ENTERPRISE.names, row, strict=True):
            setattr(self, name, value)

    def usual_profit(self, p: SimpleNamespace) -> float:
        """Return the profit (rupiah a month) at usual capital, before luck."""
        return (p.variable_margin - p.fixed_cost) * self.scale

    def usual_capital(self, p: SimpleNamespace) -> float:
        """Return the working capital (rupiah) that usually goes with the scale."""
        return p.capital_months * self.usual_profit(p)

    def trade(
        self, h: "Household", place: SimpleNamespace, p: SimpleNamespace, sums: list[float]
    ) -> float:
        """Buy, make and sell for a month; return the profit (rupiah)."""
        persistence = p.productivity_persistence
        spread = p.productivity_sd * math.sqrt(1.0 - persistence * persistence)
        self.productivity = persistence * self.productivity + gauss(0.0, spread)
        on_platform = self.stage == PLATFORM
        market = ONLINE_MARKET if on_platform and self.product > 0 else self.sector
        size = max(self.capital / self.usual_capital(p), 1e-3)
        effort = self.ability + self.productivity + self.lift
        effort += p.practices_gain * max(self.practices, self.information)
        if on_platform:
            effort += p.platform_reach
        brought = self.scale * math.exp(effort) * size**p.capital_share
        sums[SUPPLY + market] += h.weight * brought
        luck = math.exp(gauss(0.0, p.demand_sd))
        revenue = brought * place.demand[market] * place.season * luck
        if h.hours_away:
            revenue *= max(0.1, 1.0 - h.hours_away / USUAL_HOURS) ** p.hours_share
        costs = (1.0 - p.variable_margin) * revenue + p.fixed_cost * self.scale
        if on_platform:
            costs += p.platform_fee * revenue
        if not self.books:
            costs += p.leakage * revenue
        profit = self.profit = revenue - costs
        self.smoothed_profit += (profit - self.smoothed_profit) / 6.0
        sums[ledger.REVENUE] += h.weight * revenue
        sums[ledger.COSTS] += h.weight * costs
        sums[ledger.PROFIT] += h.weight * profit
        return profit

    def pay_financier(
        self, h: "Household", terms: SimpleNamespace, p: SimpleNamespace, sums: list[float]
    ) -> float:
        """Pay the financier's share of the profit that is reported; return the payment."""
        self.contract_age += 1
        due_now = terms.grace < self.contract_age <= terms.grace + terms.term
        if due_now and self.paid < terms.ceiling and random() >= p.missed:
            seen = p.audit_books if self.books and self.stage > 0 else p.audit
            hidden = min(p.concealment_limit, p.concealment + p.concealment_share * terms.share)
            due = terms.share * (1.0 - hidden * (1.0 - seen)) * max(self.profit, 0.0)
            self.payment = min(due, terms.ceiling - self.paid)
            self.paid += self.payment
            sums[ledger.CONTRACT_PAID] += h.weight * self.payment
        if self.contract_age >= terms.grace + terms.term or self.paid >= terms.ceiling:
            self.contract = 0
        return self.payment

    def wear_out(self, h: "Household", p: SimpleNamespace, sums: list[float]) -> None:
        """Let working capital wear, spoil and now and then be stolen."""
        worn = p.wear * self.capital
        self.capital -= worn
        sums[ledger.CAPITAL_WORN] += h.weight * worn
        if random() < p.theft:
            stolen = p.theft_share * self.capital
            self.capital -= stolen
            sums[ledger.CAPITAL_STOLEN] += h.weight * stolen
        if self.lift_months:
            self.lift_months -= 1
            if not self.lift_months:
                self.lift = 0.0

    def forget(self, h: "Household", p: SimpleNamespace) -> None:
        """Lose practices and local information; gain what visits bring."""
        self.practices -= p.forgetting * self.practices
        learnt = min(1.0, p.visit_dose * h.visits) * (1.0 - self.information)
        self.information = (1.0 - p.information_decay) * self.information + learnt

    def sell_stock(
        self, h: "Household", worth: float, p: SimpleNamespace, sums: list[float]
    ) -> None:
        """Sell stock of this worth in a hurry."""
        cash = p.fire_sale * worth
        self.capital -= worth
        h.savings += cash
        sums[ledger.LIQUIDATED] += h.weight * cash
        sums[ledger.LOST_IN_SALE] += h.weight * (worth - cash)

    def gain_over_wage(
        self, h: "Household", place: SimpleNamespace, p: SimpleNamespace, profit: float
    ) -> float:
        """Return what this profit gains over outside pay, in usual profits, from -2 to 2."""
        gain = (profit - p.finding_work * place.work * h.casual_wage) / self.usual_profit(p)
        return min(2.0, max(-2.0, gain))

    def maybe_close(
        self, h: "Household", place: SimpleNamespace, p: SimpleNamespace, sums: list[float]
    ) -> bool:
        """Close the firm where chance and poor prospects say so; return whether it closed."""
        logit = p.closure_base - p.closure_gain * self.gain_over_wage(
            h, place, p, self.smoothed_profit
        )
        if self.age < 24:
            logit += p.closure_young * (1.0 - self.age / 24.0)
        if random() >= 1.0 / (1.0 + math.exp(-logit)):
            return False
        if self.contract and random() < p.restart:
            self.contract = 0
            return False
        self.close(h, p, sums)
        return True

    def close(self, h: "Household", p: SimpleNamespace, sums: list[float]) -> None:
        """Close the firm: stock is sold, its contract ends unpaid, the owner looks for work."""
        cash = p.fire_sale * self.capital
        h.savings += cash
        sums[ledger.WOUND_UP] += h.weight * cash
        sums[ledger.LOST_IN_CLOSING] += h.weight * (self.capital - cash)
        self.capital = self.profit = self.smoothed_profit = self.lift = 0.0
        self.alive = self.age = self.contract = self.lift_months = 0
        h.livelihood = CASUAL_WORK

    def maybe_start(
        self,
        h: "Household",
        place: SimpleNamespace,
        p: SimpleNamespace,
        start_rate: float,
        sums: list[float],
    ) -> bool:
        """Start a firm where someone can work, will and capital are there."""
        if not h.can_work or not h.workers:
            return False
        needed = p.start_capital * self.usual_profit(p)
        if h.savings + self.capital < needed:
            return False
        hoped = (p.variable_margin * math.exp(self.ability) - p.fixed_cost) * self.scale
        gain = self.gain_over_wage(h, place, p, hoped)
        will = p.closure_gain * gain + p.start_motivation * h.motivation
        if random() >= start_rate * math.exp(will):
            return False
        self.invest(h, max(0.0, needed - self.capital), sums)
        self.alive, self.age = 1, 0
        self.productivity = gauss(0.0, p.productivity_sd)
        self.smoothed_profit = self.usual_profit(p)
        h.livelihood = OWN_ENTERPRISE
        return True

    def invest(self, h: "Household", amount: float, sums: list[float]) -> None:
        """Move savings into working capital."""
        h.savings -= amount
        self.capital += amount
        sums[ledger.INVESTED] += h.weight * amount
