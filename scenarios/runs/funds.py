"""Funds that finance enterprises: what they earn and lose, and how well the score told payers."""

import numpy as np

from scenarios.runs.groups import YEAR, is_shown
from simulation.measures import internal_rate_of_return
from simulation.population import Population
from simulation.programmes.account import INVESTOR, PAYERS
from simulation.programmes.scoring import area_under_curve
from simulation.programmes.terms import Finance
from simulation.programmes.venture import hidden_share
from simulation.records import Row
from simulation.trace import NO_ROWS, Intake, ProgrammeTrace, Trace

SEEN = 2 * YEAR
"""Months after the money in which it shows who pays."""
ENOUGH = 0.8
"""Part of the payments expected by then that makes a good payer."""


def investor_flows(programmes: tuple[ProgrammeTrace, ...]) -> np.ndarray:
    """Return the net cash flow of social investors by month, rupiah."""
    return np.sum([each.flows[:, INVESTOR] for each in programmes], axis=0)


def of_fund(population: Population, run: Trace) -> dict[str, float]:
    """Return what funds earn, lose and lend on; what still runs at the end counts as not paid."""
    found: dict[str, float] = {}
    if not run.programmes:
        return found
    flows = investor_flows(run.programmes)
    found["irr"] = 100.0 * internal_rate_of_return(flows)
    found["irr_real"] = 100.0 * internal_rate_of_return(flows / run.prices)
    weight = population.households["weight"]
    handed, back, own_paid, own_back, again = 0.0, 0.0, 0.0, 0.0, []
    financed = [NO_ROWS]
    for programme in run.programmes:
        terms = programme.terms.finance
        if terms is None or not terms.paid_back:
            continue
        payer = PAYERS.index(terms.payer)
        rows = np.concatenate([NO_ROWS, *(rows for _, rows in programme.paid_out)])
        financed.append(rows)
        handed += terms.amount * float(weight[rows].sum())
        back += float(programme.recovered.sum())
        own_paid += float(programme.paid[:, payer].sum())
        own_back += float(programme.recovered[:, payer].sum())
        if terms.fund is not None:
            again.append(max(0.0, programme.invested - terms.fund))
    if is_shown(np.concatenate(financed)):
        found["loss"] = 100.0 * (1.0 - back / handed)
        found["fund_sustains"] = own_back / own_paid
        if again:
            found["recycled"] = sum(again)
    return found


def of_score(population: Population, run: Trace) -> dict[str, float]:
    """Return whom scores refused, and how well they told who would pay.

    Whoever got money has it when it shows, so this is less clean than the same without a programme
    (tests/test_score.py).
    """
    scored = [
        (programme, intake)
        for programme in run.programmes
        if programme.terms.scoring
        for intake in programme.intakes
    ]
    if not scored:
        return {}
    asked = [np.isfinite(intake.scores) for _, intake in scored]
    rows, scores, refused, good = (
        np.concatenate([part[who] for part, who in zip(parts, asked, strict=True)])
        for parts in (
            [intake.rows for _, intake in scored],
            [intake.scores for _, intake in scored],
            [intake.refused for _, intake in scored],
            [payers(run, programme, intake) for programme, intake in scored],
        )
    )
    h, weight = population.households, population.households["weight"][rows]
    found = {"refused": float(weight[refused].sum())}
    woman = population.enterprises["woman"][rows] == 1
    ppks = h["ppks"][rows] > 0
    for name, group in (
        ("refused_women", woman),
        ("refused_men", ~woman),
        ("refused_ppks", ppks),
        ("refused_not_ppks", ~ppks),
        ("wrongly_refused", refused & np.isfinite(good)),
    ):
        if is_shown(rows[group]):
            what = good == 1.0 if name == "wrongly_refused" else refused
            found[name] = 100.0 * float(weight[group & what].sum() / weight[group].sum())
    known = np.isfinite(good)
    well = good[known] == 1.0
    if is_shown(rows[known]) and 0 < well.sum() < len(well):
        found["score_auc"] = area_under_curve(scores[known], well)
    return found


def payers(run: Trace, programme: ProgrammeTrace, intake: Intake) -> np.ndarray:
    """Return who of an intake turned out a good payer: 1, 0, or not a number.

    Good is a firm that is alive two years after the money, with `ENOUGH` of the payments that a
    usual firm of its scale would have made. Who got no money is seen from the month of the
    decision, by its own profits against a usual firm's: the shadow of a contract. Not a number
    where the run ends too early.
    """
    terms = programme.terms.finance
    assert terms is not None
    months = len(run.paths["alive"])
    starts = np.full(len(intake.rows), intake.month + terms.after)
    for month, rows in programme.paid_out:
        starts[np.isin(intake.rows, rows)] = month
    order = np.argsort(run.rows, kind="stable")
    where = order[np.searchsorted(run.rows[order], intake.rows)]
    expected, due = expectation(run.parameters[0], terms, intake.usual)
    good = np.full(len(intake.rows), np.nan)
    for place, (start, row) in enumerate(zip(starts, where, strict=True)):
        if start + SEEN > months:
            continue
        window = slice(start, start + SEEN)
        good[place] = (run.paths["alive"][window, row] > 0).all()
        if intake.financed[place]:
            good[place] *= run.paths["payment"][window, row].sum() >= ENOUGH * expected[place]
        else:
            earned = np.maximum(run.paths["profit"][window, row][due], 0.0).sum()
            good[place] *= earned >= ENOUGH * intake.usual[place] * due.sum()
    return good


def expectation(p: Row, terms: Finance, usual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what usual firms pay in two years, and in which of their months anything is due.

    Parameters
    ----------
    p : record
        Parameters.
    terms : Finance
        The contract.
    usual : numpy.ndarray
        Profit of a usual firm, rupiah a month.

    Returns
    -------
    expected : numpy.ndarray
        Rupiah: instalments in full, of shares what is reported and not missed, up to the ceiling
        or the price of a buy-back.
    due : numpy.ndarray
        Shape (24,).
    """
    age = np.arange(1, SEEN + 1)
    due = (age > terms.grace) & (age <= terms.grace + terms.term) & terms.paid_back
    reported = terms.share * (1.0 - hidden_share(p, terms.share) * (1.0 - p.audit))
    shares = np.maximum(terms.floor, reported * np.maximum(usual, 0.0))
    shares *= 1.0 - p.missed * (1.0 - terms.security)
    most = min(terms.ceiling, terms.buy_back * terms.amount or np.inf)
    return np.minimum(most, (terms.instalment + shares) * due.sum()), due
