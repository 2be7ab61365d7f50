"""What a validation could find: fabricated, with known misses."""

import dataclasses

import numpy as np
import pandas as pd

from calibration import fit
from calibration.dynamics import held
from calibration.hindcast import PERIODS, rivals, truth
from calibration.path import PARTS
from calibration.targets import CHECKS
from calibration.trials import Estimate, Outcome
from scenarios.validation import Evidence
from simulation.parameters import TABLE

NOT_A_NUMBER = float("nan")


# Fabricated outcomes


def cells(off=0.1):
    rows = []
    for number, (province, part) in enumerate(
        [("Bali", "urban"), ("Bali", "rural"), ("X", "total")]
    ):
        published = {"p0": 9.0 + number, "p1": 1.5, "p2": 0.4, "gini": 0.36}
        found = {name: value * 1.001 for name, value in published.items()}
        found["p0"] = published["p0"] + (off if number < 2 else 0.01)
        others = {"vulnerable": 22.6, "bottom40": 18.1, "size_poor": 4.74}
        bps = {f"{name}_bps": value for name, value in published.items()}
        rows.append({"province": province, "urban_rural": part, **found, **bps, **others})
    return pd.DataFrame(rows)


def scores(rmse=0.3):
    rows = []
    for part in PARTS:
        for name, crps in (("model", 0.19), ("no change", 0.41), ("trend", 0.77)):
            error = rmse if name == "model" else 0.61
            figures = {"rmse": error, "bias": 0.123, "crps": crps, "coverage": 6 / 7}
            rows.append({"name": name, **figures, "width": 1.23, "signs": 5, "part": part})
    return pd.DataFrame(rows)


def series():
    parts = []
    for part in PARTS:
        own = truth(part)
        others = {name: each.mean for name, each in rivals(part).items()}
        columns = {"published": own, "model": own + 0.17, "low": own - 0.5, "high": own + 0.9}
        parts.append(pd.DataFrame({"period": PERIODS, **columns, **others, "part": part}))
    return pd.concat(parts, ignore_index=True)


def filled(kind, known):
    """Return a record; fields that this test does not care about hold nothing."""
    names = [field.name for field in dataclasses.fields(kind)]
    return kind(**{name: known.get(name) for name in names})


def estimate(measure, value, band, inside, unit="percent"):
    known = {
        "measure": measure,
        "unit": unit,
        "estimate": value,
        "low": value - 2.5,
        "high": value + 2.5,
        "paired": value + 0.3,
        "published": 10.1,
        "band_low": band[0],
        "band_high": band[1],
        "inside": inside,
        "paired_inside": inside,
        "prior_share": 0.41,
    }
    return filled(Estimate, known)


def outcome(name, measures, why="", verdict=""):
    told = {"name": name, "inside": not why, "paired_inside": True, "verdict": verdict, "why": why}
    return filled(Outcome, {**vars(measures[0]), **told, "measures": tuple(measures)})


def outcomes():
    endless = (0.0, float("inf"))
    return [
        outcome("v1-training", [
            estimate("profit", 2.34, (4.0, 16.0), np.bool_(False)),
            estimate("sales", 5.43, endless, True),
            estimate("survival", -0.87, (NOT_A_NUMBER, NOT_A_NUMBER), None, "points"),
        ], why="profit: what a course teaches is too small."),
        outcome("placebo", [estimate("profit", 0.12, (-3.0, 3.0), True)], verdict="uninformative"),
    ]  # fmt: skip


def motion(off=1.0):
    """Return the middle of each published range; the last test and what is by construction off."""
    found = {}
    for check in CHECKS:
        middle = 12.3 if check.kind == "not published" else 0.5 * (check.low + check.high)
        moved = check.name in ("urban poor with an enterprise", "months with a dip of income")
        found[check.name] = middle * (off if moved else 1.0)
    return held(found)


def posterior():
    share = np.linspace(0.3, 0.7, 50)
    draws = {n: TABLE[n].low + share * (TABLE[n].high - TABLE[n].low) for n in fit.FREE}
    rmse = {f"{m} {p}": 0.001 for m in ("p0", "p1", "p2", "gini") for p in PARTS}
    provenance = {"rmse": {**rmse, "bottom40 total": 0.44}, "contraction": {fit.FREE[0]: 0.62}}
    return fit.Posterior(pd.DataFrame(draws), provenance)


def gathered():
    """Return what came of all rungs, with a miss in most of them."""
    found = posterior()
    kept = found.draws, found.provenance
    return Evidence(cells(), *kept, scores(0.52), series(), motion(1.7), outcomes())
