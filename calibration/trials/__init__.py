"""Virtual randomised trials: the model against published experiments.

Each experiment is one YAML file of this folder. The model lives it, randomised inside, and is
scored with the paper's estimator against a band that was set before. No trial is used to fit.

>>> from calibration.trials import trials
>>> "v1-training" in trials()
True
"""

from calibration.trials.harness import run_all, run_trial, trials
from calibration.trials.results import Estimate, Outcome, measures_table, table

__all__ = [
    "Estimate",
    "Outcome",
    "measures_table",
    "run_all",
    "run_trial",
    "table",
    "trials",
]
