"""Indonesia settled once a process, and the frozen years that are lived from there.

Assistance goes to those in need once a year, in April, so that true poverty falls then and rises
until March (by .2 points of P0, .05 of P1). Months are therefore summed up by the twelve to each.

``python -m tests.nation`` prints every line of the population and of the steady state beside its
bound (200,000 households, 5 seeds: some minutes).
"""

import sys
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from calibration import figures
from calibration.cells import Cell, cells
from calibration.crosssection import cross_section
from calibration.settle import Residual, online, settle
from calibration.synthesis import people
from calibration.world import outside_world
from scenarios.validation import near_line
from simulation import parameters
from simulation.measures import gini, poverty, quantile
from simulation.model import EmpowermentModel
from simulation.population import Population

HOUSEHOLDS = 200_000
THREADS = 2
START = "2023-03"
BURN_IN = 24
MONTHS = 60
SEEDS = 5
WINSORISED = 0.01  # of measured profits at each end, as studies of firms do
YEAR = 12
OLD = 24  # months from which a firm counts as established
STEADY = {"savings": 0.10, "debts": 0.10, "firms": 0.03, "capital": 0.05}
PAST_BURN_IN = {"p0": 0.3, "p1": 0.08, "gini": 0.01}


@dataclass(frozen=True)
class Nation:
    population: Population
    cells: list[Cell]
    values: np.ndarray
    residual: Residual

    @property
    def march(self):
        """The cross-section of the March survey."""
        return cross_section("Indonesia", self.population, self.cells)

    @property
    def lines(self):
        """Poverty line of every household, rupiah a head and month."""
        h = self.population.households
        codes = self.population.districts["code"][h["district"]]
        lines = np.zeros(len(h))
        for cell in self.cells:
            lines[(h["urban"] == cell.urban) & np.isin(codes, cell.codes)] = cell.line
        return lines


@cache
def nation(households=HOUSEHOLDS):
    population, _ = people("Indonesia", households, 1)
    found, values = cells("Indonesia"), parameters.values()
    residual = settle(population, found, values, 1, THREADS)
    return Nation(population, found, values, residual)


# March 2023


def national(table, part=None):
    """Return headcount and gap (percent) over the cells of this part, from `cross_section`."""
    own = table.iloc[:-1]
    own = own if part is None else own[own.urban_rural == part]
    return tuple(float(np.average(own[name], weights=own.persons)) for name in ("p0", "p1"))


def spending(table):
    """Return mean spending by province over what is published, less 1."""
    own = table.iloc[:-1]
    total = (own["mean"] * own.persons).groupby(own.province).sum()
    found = total / own.persons.groupby(own.province).sum()
    published = figures.spending().set_index("province").spending
    return (found.reindex(published.index) / published - 1.0).astype(float)


def population_lines(table):
    """Return every line of the population: what, from, to, found."""
    own, whole = table.iloc[:-1], table.iloc[-1]
    p2_near = ((own.p2 / own.p2_bps - 1.0).abs() <= 0.15).mean()
    p0, p1 = national(table)
    return [
        ("P0 by cell, most apart (points)", 0, 0.2, (own.p0 - own.p0_bps).abs().max()),
        ("P1 by cell, most apart (share)", 0, 0.10, (own.p1 / own.p1_bps - 1).abs().max()),
        ("Gini by cell, most apart", 0, 0.01, (own.gini - own.gini_bps).abs().max()),
        ("P0 of Indonesia", 9.31, 9.41, p0),
        ("P0 urban", 7.24, 7.34, national(table, "urban")[0]),
        ("P0 rural", 12.17, 12.27, national(table, "rural")[0]),
        ("P1 of Indonesia", 1.50, 1.56, p1),
        ("mean spending by province, most apart (share)", 0, 0.05, spending(table).abs().max()),
        ("not fitted: cells with P2 within 15%", 0.9, 1.0, p2_near),
        ("not fitted: between 1 and 1.5 lines (percent)", *near_line(), whole.vulnerable),
        ("not fitted: bottom 40 (percent of spending)", 17.5, 18.5, whole.bottom40),
        ("not fitted: mean size of poor households", 4.61, 4.81, whole.size_poor),
    ]


# The frozen years


@dataclass(frozen=True)
class Years:
    """One seed's means over the twelve months to each, its March surveys, and its firms.

    The first row of either is the end of the burn-in.
    """

    months: pd.DataFrame
    surveys: pd.DataFrame
    firms: dict[str, float]


@cache
def frozen_years(replicate, months=MONTHS, households=HOUSEHOLDS):
    """Live the burn-in and these months in a world that stands still, without programme."""
    found = nation(households)
    world = outside_world(found.population, START, BURN_IN + months, "frozen", found.values)
    model = EmpowermentModel(
        found.population,
        world,
        found.values,
        replicate=replicate,
        months=BURN_IN + months,
        threads=THREADS,
    )
    lines, firms = found.lines, Firms(found, replicate)
    seen, surveys = [], []
    while model.month < BURN_IN + months:
        before = firms.before(model)
        model.step()
        seen.append(cross_month(model, lines))
        if model.month > BURN_IN:
            firms.note(model, before)
        if model.month % YEAR == 0 and model.month >= BURN_IN:
            surveys.append(survey(model, lines, surveys[-1] if surveys else None))
    return Years(
        pd.DataFrame(seen).rolling(YEAR).mean().iloc[BURN_IN - 1 :],
        pd.DataFrame(surveys).drop(columns=["measured_poor", "truly_poor"]),
        firms.measured(model),
    )


def cross_month(model, lines):
    """Return true poverty (percent), Gini and stocks of a month."""
    h, e = model.population.households, model.population.enterprises
    own = h["frame"] == 0
    weight = h["weight"][own]
    persons = weight * h["members"][own]
    a_head = h["consumption"][own] / h["members"][own]
    p0, p1, _ = poverty(a_head / lines[own], persons)
    live = own & (e["alive"] == 1)
    return {
        "p0": 100 * p0,
        "p1": 100 * p1,
        "gini": gini(a_head, persons),
        "firms": h["weight"][live].sum(),
        "capital": quantile(e["capital"][live], h["weight"][live], 0.5),
        "savings": (weight * h["savings"][own]).sum(),
        "debts": (weight * (h["kin_debt"] + h["debt"])[own]).sum(),
    }


def survey(model, lines, last):
    """Return what a March survey sees, and how many of the poor of the last one are poor again."""
    h = model.population.households
    own = h["frame"] == 0
    persons = np.where(own, h["weight"] * h["members"], 0.0)
    poor = {
        "measured_poor": own & (h["measured"] < lines),
        "truly_poor": own & (h["consumption"] < lines * h["members"]),
    }
    p0, p1, _ = poverty(h["measured"][own] / lines[own], persons[own])
    size = persons[poor["measured_poor"]].sum() / h["weight"][poor["measured_poor"]].sum()
    seen = {"p0": 100 * p0, "p1": 100 * p1, "gini": gini(h["measured"][own], persons[own])}
    again = {
        f"{name}_again": persons[now & last[name]].sum() / persons[last[name]].sum()
        if last
        else np.nan
        for name, now in poor.items()
    }
    return {**seen, "size_poor": size, **again, **poor}


class Firms:
    """Closures, and profits as a survey of firms would see them (one owner in seven)."""

    def __init__(self, found, replicate):
        self.p = found.values[0]
        self.own = found.population.households["frame"] == 0
        self.sample = np.flatnonzero(self.own)[::7]
        self.errors = np.random.default_rng(replicate)
        self.closed = {"established": np.zeros(2), "young": np.zeros(2)}
        self.profits = []

    def before(self, model):
        e = model.population.enterprises
        return self.own & (e["alive"] == 1), e["age"] >= OLD

    def note(self, model, before):
        h, e = model.population.households, model.population.enterprises
        alive, old = before
        for name, who in (("established", alive & old), ("young", alive & ~old)):
            gone = who & (e["alive"] == 0)
            self.closed[name] += h["weight"][gone].sum(), h["weight"][who].sum()
        error = self.p.profit_error * e["scale"][self.sample]
        seen = e["profit"][self.sample] + error * self.errors.normal(size=len(self.sample))
        self.profits.append(np.where(e["alive"][self.sample] == 1, seen, np.nan))

    def measured(self, model):
        profits = np.array(self.profits)
        weight = model.population.households["weight"][self.sample]
        weight = np.broadcast_to(weight, profits.shape)
        there = ~np.isnan(profits)
        seen, seen_weight = profits[there], weight[there]
        kept = np.clip(profits, *np.nanquantile(profits, [WINSORISED, 1.0 - WINSORISED]))
        both = there[:-1] & there[1:]
        cov = np.cov(kept[:-1][both], kept[1:][both], aweights=weight[1:][both])
        gains = seen > 0
        logs = np.log(seen[gains])
        return {
            **{name: gone / were for name, (gone, were) in self.closed.items()},
            "autocorrelation": cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]),
            "negative": float(np.average(seen < 0, weights=seen_weight)),
            "spread": float(np.sqrt(np.cov(logs, aweights=seen_weight[gains]))),
            **returns(model, self.own, self.p),
        }


def returns(model, own, p):
    """Return d profit / d capital a month at expected luck: of the median firm, and of all."""
    h, e = model.population.households, model.population.enterprises
    rows = np.flatnonzero(own & (e["alive"] == 1) & (e["capital"] > 0))
    e, weight = e[rows], h["weight"][rows]
    reach, fees = online(e, p)
    usual = p.capital_months * (p.variable_margin - p.fixed_cost) * e["scale"]
    skill = np.maximum(e["practices"], e["information"])
    logs = e["ability"] + e["productivity"] + p.practices_gain * skill
    revenue = e["scale"] * np.exp(logs + reach + 0.5 * p.demand_sd**2)
    revenue *= (e["capital"] / usual) ** p.capital_share
    margin = p.variable_margin - p.leakage * (e["books"] == 0) - fees
    gain = p.capital_share * margin * revenue
    return {
        "return_median": quantile(gain / e["capital"], weight, 0.5),
        "return_all": float((weight * gain).sum() / (weight * e["capital"]).sum()),
    }


def moves(runs, name, relative=False):
    """Return how far the mean over the seeds goes from the end of the burn-in, at most."""
    path = pd.concat([run.months[name] for run in runs], axis=1).mean(axis=1)
    base = path.iloc[0]
    return float((path - base).abs().max() / (base if relative else 1.0))


def survey_moves(runs, name):
    """Return the same of the March surveys."""
    path = pd.concat([run.surveys[name] for run in runs], axis=1).mean(axis=1)
    return float((path - path.iloc[0]).abs().max())


def mean(runs, name):
    """Return the mean over seeds of a figure of firms, or of surveys."""
    of = [run.firms[name] if name in run.firms else run.surveys[name].mean() for run in runs]
    return float(np.mean(of))


def steady_lines(runs):
    """Return every line of the steady state: what, from, to, found."""
    lines = []
    for name, most in PAST_BURN_IN.items():
        lines.append((f"{name} moves, March surveys", 0, most, survey_moves(runs, name)))
        lines.append((f"{name} moves, true, over a year", 0, most, moves(runs, name)))
    for name, most in STEADY.items():
        lines.append((f"{name} move, over a year (share)", 0, most, moves(runs, name, True)))
    lines += [
        ("poor of one March measured poor the next", 0.40, 0.50, mean(runs, "measured_poor_again")),
        ("truly poor of one March truly poor the next", 0.45, 0.58, mean(runs, "truly_poor_again")),
        ("closure a month from 24 months", 0.006, 0.0093, mean(runs, "established")),
        ("closure a month of younger firms", 0.013, 0.029, mean(runs, "young")),
        ("autocorrelation of measured profit", 0.25, 0.50, mean(runs, "autocorrelation")),
        ("months with a measured loss", 0.05, 0.30, mean(runs, "negative")),
        ("spread of log positive profit", 1.0, 1.5, mean(runs, "spread")),
        ("return to capital of the median firm", 0.046, 0.094, mean(runs, "return_median")),
        ("return to all capital", 0.046, 0.094, mean(runs, "return_all")),
    ]
    return lines


def outside(lines):
    """Return the lines that do not hold, as sentences."""
    return [
        f"{what}: {found:.4f}, allowed is {low} to {high}"
        for what, low, high, found in lines
        if not low <= found <= high
    ]


def report(households=HOUSEHOLDS, seeds=SEEDS):
    """Return every line beside its bound, as a table to read."""
    found = nation(households)
    runs = [frozen_years(seed, households=households) for seed in range(seeds)]
    lines = population_lines(found.march) + steady_lines(runs)
    rows = [
        f"{what:48}{low:8.3f}{high:8.3f}{value:10.4f}  {'' if low <= value <= high else 'MISSED'}"
        for what, low, high, value in lines
    ]
    size = mean(runs, "size_poor")
    gap = np.mean([run.surveys.p1.mean() for run in runs])
    rows.append(f"after the burn-in: P1 {gap:.3f}, mean size of poor households {size:.3f}")
    return "\n".join([f"{'':48}{'from':>8}{'to':>8}{'found':>10}", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(report())
