"""The enterprises of the plain Mesa model; see `plain_mesa`."""

import math
from random import gauss, random  # noqa: TID251 - the rival draws as Mesa models do
from types import SimpleNamespace
from typing import TYPE_CHECKING

from simulation import indicators, ledger
from simulation.agents.contract import LEAST_OWED
from simulation.agents.enterprise import USUAL_HOURS
from simulation.records import (
    ENTERPRISE,
    OFFLINE,
    ONLINE_MARKET,
    PLATFORM,
    SAFE,
    WENT_WELL,
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
        effort = self.ability + self.productivity
        effort += p.practices_gain * max(self.practices, self.information)
        if self.stage != OFFLINE:
            effort += self.reach_of(p)
        brought = self.scale * math.exp(effort) * size**p.capital_share
        if self.venture != SAFE:
            brought *= p.risky_gain if self.venture == WENT_WELL else p.risky_loss
        sums[indicators.SUPPLY + market] += h.weight * brought
        luck = math.exp(gauss(0.0, p.demand_sd))
        revenue = brought * place.demand[market] * place.season * luck
        away = h.hours_away
        if self.woman and p.care_hours > 0.0:
            cared = p.care_hours * max(0, h.members - h.workers)
            sums[indicators.CARE] += h.weight * cared
            away += cared
        if away:
            revenue *= max(0.1, 1.0 - away / USUAL_HOURS) ** p.hours_share
        costs = (1.0 - p.variable_margin) * revenue + p.fixed_cost * self.scale
        if self.stage != OFFLINE:
            costs += self.fees_of(p) * revenue
        if not self.books:
            costs += p.leakage * revenue
        profit = self.profit = revenue - costs
        self.smoothed_profit += (profit - self.smoothed_profit) / 6.0
        sums[ledger.REVENUE] += h.weight * revenue
        sums[ledger.COSTS] += h.weight * costs
        sums[ledger.PROFIT] += h.weight * profit
        return profit

    def pay_financier(
        self,
        h: "Household",
        terms: SimpleNamespace,
        p: SimpleNamespace,
        income: float,
        sums: list[float],
    ) -> float:
        """Pay what the terms make due; return what is paid out of the month's income."""
        self.contract_age += 1
        elapsed = self.contract_age - terms.grace
        due = scheduled = 0.0
        if elapsed > 0:
            scheduled = min(terms.instalment * min(elapsed, terms.term), terms.ceiling)
            if elapsed <= terms.term:
                due = self.share_due(terms, p)
            means = h.savings + income - due - p.spare_share * h.smoothed
            due += min(max(0.0, scheduled - self.paid), max(0.0, means))
            due = min(due, max(0.0, terms.ceiling - self.paid))
            if due > 0.0 and random() < p.missed * (1.0 - terms.security):
                due = 0.0
        self.paid += due
        self.payment = due
        if self.is_over(terms, p, elapsed, scheduled - self.paid):
            self.contract = 0
        elif terms.buy_back > 0.0 and elapsed > 0:
            self.maybe_buy_back(h, terms, p, terms.term - elapsed, income - due)
        sums[ledger.CONTRACT_PAID] += h.weight * self.payment
        return due

    def share_due(self, terms: SimpleNamespace, p: SimpleNamespace) -> float:
        """Return the part of the profit that is due as it is reported, but at least the floor."""
        return max(terms.floor, self.reported_share(terms, p) * max(self.profit, 0.0))

    def reported_share(self, terms: SimpleNamespace, p: SimpleNamespace) -> float:
        """Return the share of true profit that is paid."""
        seen = p.audit_books if self.books and self.stage != OFFLINE else p.audit
        hidden = min(p.concealment_limit, p.concealment + p.concealment_share * terms.share)
        return terms.share * (1.0 - hidden * (1.0 - seen))

    def is_over(
        self, terms: SimpleNamespace, p: SimpleNamespace, elapsed: int, owed: float
    ) -> bool:
        """Tell whether the contract has run out."""
        if self.paid > terms.ceiling - LEAST_OWED:
            return True
        late = elapsed - terms.term
        return late >= 0 and (owed < LEAST_OWED or late >= p.arrears_months)

    def maybe_buy_back(
        self,
        h: "Household",
        terms: SimpleNamespace,
        p: SimpleNamespace,
        months_left: int,
        income: float,
    ) -> None:
        """End the contract for its price where that costs less than the shares still expected."""
        price = max(0.0, min(terms.buy_back, terms.ceiling) - self.paid)
        if price >= self.reported_share(terms, p) * self.smoothed_profit * months_left:
            return
        kept = (p.spare_share + p.buffer) * h.smoothed
        if price == 0.0 or h.savings + income - price >= kept:
            h.savings -= price
            self.paid += price
            self.payment += price
            self.contract = 0

    def reach_of(self, p: SimpleNamespace) -> float:
        """Return what selling online adds to sales (log points)."""
        reach = p.platform_reach if self.stage == PLATFORM else p.chat_reach
        return reach if self.channel else reach * self.selling

    def fees_of(self, p: SimpleNamespace) -> float:
        """Return the share of revenue that platforms and intermediaries take."""
        fees = p.intermediary_margin if self.channel else 0.0
        if self.stage == PLATFORM:
            fees += p.platform_fee if self.product > 0 else p.delivery_fee
        return p.online_sales * fees

    def wear_out(self, h: "Household", p: SimpleNamespace, sums: list[float]) -> None:
        """Let working capital wear, spoil and now and then be stolen."""
        worn = p.wear * self.capital
        self.capital -= worn
        sums[ledger.CAPITAL_WORN] += h.weight * worn
        if random() < p.theft:
            stolen = p.theft_share * self.capital
            self.capital -= stolen
            sums[ledger.CAPITAL_STOLEN] += h.weight * stolen
        if self.venture_months:
            self.venture_months -= 1
            if not self.venture_months:
                self.venture = SAFE

    def forget(self, h: "Household", p: SimpleNamespace) -> None:
        """Lose practices and local information; gain what visits bring."""
        self.practices -= p.forgetting * self.practices
        learnt = min(1.0, p.visit_dose * h.visits) * (1.0 - self.information)
        self.information = (1.0 - p.information_decay) * self.information + learnt

    def sell_online(self, p: SimpleNamespace) -> None:
        """Learn to sell online by doing it; forget it otherwise."""
        if self.alive and self.stage != OFFLINE and not self.channel:
            self.selling += p.selling_learning * (1.0 - self.selling)
        else:
            self.selling -= p.selling_forgetting * self.selling

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
        pay = p.finding_work * place.work * h.casual_wage
        if not h.documents:
            pay *= 1.0 - p.formal_pay
        return min(2.0, max(-2.0, (profit - pay) / self.usual_profit(p)))

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
        """Close the firm: stock is sold, its contract ends unpaid, other work goes on."""
        cash = p.fire_sale * self.capital
        h.savings += cash
        sums[ledger.WOUND_UP] += h.weight * cash
        sums[ledger.LOST_IN_CLOSING] += h.weight * (self.capital - cash)
        self.capital = self.profit = self.smoothed_profit = 0.0
        self.alive = self.age = self.contract = self.venture = self.venture_months = 0
        sums[indicators.CLOSED] += h.weight
        h.neighbours.failed += h.weight

    def maybe_start(
        self,
        h: "Household",
        place: SimpleNamespace,
        p: SimpleNamespace,
        start_rate: float,
        assistance: float,
        sums: list[float],
    ) -> bool:
        """Start a firm where someone can work, will and capital are there."""
        if not h.can_work or not h.workers:
            return False
        needed = p.start_capital * self.usual_profit(p)
        if h.savings + self.capital < needed:
            return False
        hoped = (p.variable_margin * math.exp(self.ability) - p.fixed_cost) * self.scale
        if assistance and p.assistance_fear > 0.0:
            line = place.line_urban if h.urban else place.line_rural
            most = p.assistance_line * line * h.members
            if h.smoothed < most <= h.smoothed + hoped - h.casual_wage:
                hoped -= p.assistance_fear * assistance
        gain = self.gain_over_wage(h, place, p, hoped)
        will = p.closure_gain * gain + p.start_motivation * h.motivation
        if p.discouragement > 0.0:
            will -= p.discouragement * h.neighbours.failures
        if random() >= start_rate * math.exp(will):
            return False
        self.invest(h, max(0.0, needed - self.capital), sums)
        self.alive, self.age = 1, 0
        self.productivity = gauss(0.0, p.productivity_sd)
        self.smoothed_profit = self.usual_profit(p)
        sums[indicators.STARTED] += h.weight
        return True

    def invest(self, h: "Household", amount: float, sums: list[float]) -> None:
        """Move savings into working capital."""
        h.savings -= amount
        self.capital += amount
        sums[ledger.INVESTED] += h.weight * amount
