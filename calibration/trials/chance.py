"""The chance of trials: by address, on the branch of calibration, so that it moves no life."""

import numpy as np

from simulation import draws
from simulation.programmes.participation import address


def uniforms(
    seed: int, replicate: int, what: str, purpose: int, number: int, month: int = 0
) -> np.ndarray:
    """Return so many uniform draws.

    Parameters
    ----------
    seed, replicate : int
        Of the trial.
    what : str
        Name of the trial, so that trials draw apart.
    purpose : int
        One of the purposes of `draws`.
    month : int
        Of the survey, or a number of the draw.

    Examples
    --------
    >>> first = uniforms(1, 0, "placebo", draws.SAMPLE, 3)
    >>> bool((first == uniforms(1, 0, "placebo", draws.SAMPLE, 4)[:3]).all())
    True
    """
    whens = np.ascontiguousarray(np.broadcast_to(draws.moments(0, month), (number,)))
    out = np.empty(number)
    key = draws.branch_key(seed, replicate, draws.CALIBRATION)
    serials = np.arange(number, dtype=np.uint32)
    draws.uniform_column(key, serials, whens, purpose, address(what), out)
    return out
