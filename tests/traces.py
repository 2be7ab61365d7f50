"""Runs that never were: small populations and traces written by hand, for what is made of them."""

from dataclasses import replace

import numpy as np

from simulation import parameters
from simulation.indicators import N_SUMS, PERSONS
from simulation.population import Population, empty
from simulation.programmes.account import PAYERS
from simulation.trace import FIELDS, Intake, ProgrammeTrace, Trace
from tests.worlds import programme

OFF = {"payment": 0.0, "debt": 0.0, "assistance": 0.0, "street": 0.0, "sheltered": 0.0}


def people(rows=60, members=4, weight=1.0, **fields):
    """Return households with a firm each; `fields` are of either record."""
    households, enterprises = empty(rows)
    values = {"weight": weight, "members": members, "alive": 1, **fields}
    for name, value in values.items():
        records = households if name in households.dtype.names else enterprises
        records[name] = value
    nothing = np.zeros(0)
    return Population(
        households, enterprises, nothing, (), (), nothing, nothing, 0.0, nothing, False
    )


def intake(rows, month=0, **fields):
    """Return an intake of these rows; nobody completed, was scored or got money."""
    rows, none = np.asarray(rows), np.zeros(len(rows), bool)
    blank = Intake(
        month,
        rows,
        profit=np.full(len(rows), 1e6),
        standing=np.full(len(rows), 0.9),
        usual=np.full(len(rows), 1e6),
        profit_now=np.full(len(rows), 1e6),
        completed=none,
        financed=none,
        refused=none,
        sessions=np.zeros(len(rows)),
        scores=np.full(len(rows), np.nan),
        over=True,
    )
    return replace(blank, **{name: np.asarray(value) for name, value in fields.items()})


def kept(*intakes, months=24, seats=60.0, planned=1e9, paid=(), recovered=(), terms=None, **more):
    """Return what is kept of a programme; `paid` and `recovered` are (month, payer, rupiah)."""
    moved = {"paid": paid, "recovered": recovered, "transferred": more.pop("transferred", ())}
    flows = {}
    for name, entries in moved.items():
        flows[name] = np.zeros((months, len(PAYERS)))
        for month, payer, amount in entries:
            flows[name][month, payer] += amount
    terms = programme(overhead=1e5, cash={"amount": 0.0}) if terms is None else terms
    return ProgrammeTrace(terms, seats, planned, tuple(intakes), **flows, **more)


def trace(population, rows, programmes=(), months=24, since=0, year_mean=0.9, prices=None, **paths):
    """Return a trace of these rows; paths are numbers, or arrays of shape (months, rows).

    Before `since` nothing is known of a row, as in a run.
    """
    rows = np.asarray(rows, np.int64)
    since = np.full(len(rows), since) if np.isscalar(since) else np.asarray(since)
    shape = (months, len(rows))
    values = {"standing": 0.9, "consumption": 1e6, "profit": 1e6, "alive": 1.0, "bankable": 0.0}
    values |= {**OFF, "closed": 0.0, **paths}
    assert set(values) == {*FIELDS, "closed"}
    known = np.arange(months)[:, None] >= since
    filled = {
        name: np.where(known, np.broadcast_to(np.asarray(value, float), shape), np.nan)
        for name, value in values.items()
    }
    totals = {name: np.zeros(months) for name in ("profit", "closed")}
    sums = np.zeros((months, 2, N_SUMS))
    sums[:, 0, PERSONS] = 1.0
    everyone = np.broadcast_to(np.asarray(year_mean, float), len(population)).copy()
    return Trace(
        rows,
        since,
        filled,
        everyone,
        sums,
        totals,
        sum(each.cost for each in programmes),
        tuple(programmes),
        (),
        np.ones(months) if prices is None else prices,
        parameters.values(),
    )
