"""Functions with known sensitivity indices, as runs of a sweep: inputs in, indicators out."""

import hashlib
import json
import math

from simulation.parameters import TABLE


def unit_of(inputs):
    """Return the inputs x0, x1, ... of a run in their order."""
    return [inputs[name] for name in sorted(inputs) if name.startswith("x")]


def ishigami(inputs):
    """Return Ishigami and Homma's function of three inputs from 0 to 1."""
    a, b, c = (2.0 * math.pi * x - math.pi for x in unit_of(inputs))
    return {"y": math.sin(a) + 7.0 * math.sin(b) ** 2 + 0.1 * c**4 * math.sin(a)}


G_WEIGHTS = (0.0, 1.0, 4.5, 9.0)


def g_function(inputs):
    """Return Sobol's g-function of inputs from 0 to 1."""
    parts = zip(unit_of(inputs), G_WEIGHTS, strict=True)
    return {"y": math.prod((abs(4.0 * x - 2.0) + a) / (1.0 + a) for x, a in parts)}


def luck(inputs):
    """Return a number from 0 to 1 that has nothing to do with the inputs but follows from them."""
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).digest()
    return {"y": int.from_bytes(digest[:7], "big") / 2.0**56}


OUTCOME = ("parameters.take_up", "parameters.course_dose", "parameters.score_base")
"""What `outcome` reads, as a design varies it."""


def outcome(inputs):
    """Return indicators of a scenario: Ishigami's function of three of its parameters, and luck.

    `net_lifted` has luck of half its size on top, and is not known where `take_up` is near its
    lower end; a run fails where `score_base` is near its upper end. `cost` never changes.
    """
    given = inputs["scenario"]["parameters"]
    x = []
    for path in OUTCOME:
        row = TABLE[path.removeprefix("parameters.")]
        x.append((given.get(row.name, row.default) - row.low) / (row.high - row.low))
    if x[2] > 0.99:
        raise ValueError("the score is beyond reason")
    y = ishigami({f"x{number}": value for number, value in enumerate(x)})["y"]
    rest = luck({**given, "replicate": inputs["replicate"]})["y"]
    return {
        "net_lifted": math.nan if x[0] < 0.01 else y + 2.0 * rest,
        "irr": y,
        "gap_change": rest,
        "cost": 5e6,
    }


def plane(inputs):
    """Return a plane of three inputs."""
    x = unit_of(inputs)
    return {"y": 4.0 * x[0] - 2.0 * x[1] + 0.5 * x[2]}


def broken(inputs):
    """Fail."""
    raise RuntimeError("out of order")
