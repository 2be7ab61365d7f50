"""Trial files: what there is, reading, and mistakes told to whoever wrote one."""

import csv
import difflib
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from calibration.trials.design import EXAMPLE, Trial, programme_of
from simulation import parameters
from simulation.parameters import TABLE

FOLDER = Path(__file__).parent
EVIDENCE = FOLDER.parent / "data" / "evidence.csv"
OURS = ("name", "target", "starts", "intakes", "every", "seats", "follows", "budget", "staff")
"""Terms of a programme that the trial itself sets."""


class TrialError(ValueError):
    """A trial cannot be read.

    Parameters
    ----------
    file : str
        Its file.
    mistakes : list of str
        Everything that is wrong with it, each with its path in the file.
    """

    def __init__(self, file: str, mistakes: list[str]) -> None:
        super().__init__(file, mistakes)
        self.file = file
        self.mistakes = mistakes

    def __str__(self) -> str:
        """Return one line a mistake."""
        return "\n".join(f"{self.file}: {mistake}" for mistake in self.mistakes)


def names() -> list[str]:
    """Return the names of all trials.

    Examples
    --------
    >>> "placebo" in names()
    True
    """
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def path_of(name: str) -> Path:
    """Return the file of a trial.

    Raises
    ------
    ValueError
        Where there is none; the message has the nearest right name.
    """
    if name not in names():
        nearest = difflib.get_close_matches(name, names(), n=1)
        hint = f"; did you mean {nearest[0]}?" if nearest else ""
        raise ValueError(f"there is no trial {name}; there are {', '.join(names())}{hint}")
    return FOLDER / f"{name}.yaml"


def read(path: Path) -> Trial:
    """Read a trial from its file.

    Raises
    ------
    TrialError
        With all mistakes: what is no YAML, what may not stand there, ids without evidence,
        parameters that do not exist, programmes that are none.
    """
    file = path.name
    try:
        given = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise TrialError(file, [f"line {line}: is not YAML: {error.problem}"]) from None
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise TrialError(file, [f"cannot be read: {error}"]) from None
    if not isinstance(given, dict):
        raise TrialError(file, ["does not hold names and values"])
    try:
        trial = Trial.model_validate({**given, "name": path.stem})
    except ValidationError as error:
        raise TrialError(file, _explained(error)) from None
    if mistakes := [*_mistakes_of_names(trial), *_mistakes_of_programmes(trial)]:
        raise TrialError(file, mistakes)
    return trial


def parameters_hash() -> str:
    """Return the SHA-256 of the parameter table: what trials are held against, never fitted to.

    Raises
    ------
    RuntimeError
        Where the file is not the table that this process has read, so that its hash would say
        something else than what is run.
    """
    content = Path(str(parameters.__file__)).with_suffix(".csv").read_bytes()
    rows = csv.DictReader(content.decode("utf-8").splitlines())
    now = {
        row["name"]: tuple(float(row[each]) for each in ("default", "low", "high")) for row in rows
    }
    if now != {name: (each.default, each.low, each.high) for name, each in TABLE.items()}:
        raise RuntimeError("parameters.csv was changed after it was read: start the trials anew")
    return hashlib.sha256(content).hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a trial's file, so that a band that is moved shows."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _explained(error: ValidationError, before: str = "") -> list[str]:
    """Return the mistakes that validation found, each with its path."""
    told = []
    for details in error.errors(include_url=False):
        place = ".".join([*([before] if before else []), *(str(step) for step in details["loc"])])
        value = details.get("input")
        given = f" ({value!r})" if isinstance(value, str | int | float | bool) else ""
        told.append(f"{place or 'the file'}: {details['msg']}{given}")
    return told


@cache
def _evidence() -> frozenset[str]:
    with EVIDENCE.open(encoding="utf-8", newline="") as file:
        return frozenset(row["id"] for row in csv.DictReader(file))


def _mistakes_of_names(trial: Trial) -> list[str]:
    """Return what refers to evidence or parameters that there are not."""
    told = []
    cited = [("sources", trial.sources)]
    cited += [(f"measures.{name}.sources", m.sources) for name, m in trial.measures.items()]
    for place, ids in cited:
        told += [f"{place}: there is no evidence {each}" for each in ids if each not in _evidence()]
    named = [("touches", name) for name in trial.touches]
    named += [(f"errors.{outcome}", name) for outcome, name in trial.errors.items()]
    for place, name in named:
        if name not in TABLE:
            nearest = difflib.get_close_matches(name, TABLE, n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            told.append(f"{place}: there is no parameter {name}{hint}")
    return told


def _mistakes_of_programmes(trial: Trial) -> list[str]:
    """Return what is wrong with what the arms are offered."""
    told: list[str] = []
    arms: dict[str, Any] = {"control": trial.arms.control, "treatment": trial.arms.treatment}
    for name, arm in arms.items():
        if arm is None:
            continue
        place = f"arms.{name}.programme"
        if ours := [term for term in OURS if term in arm.programme]:
            told.append(f"{place}: {', '.join(ours)} cannot be said here: the trial sets it")
            continue
        try:
            programme_of(trial, arm, trial.size, EXAMPLE)
        except ValidationError as error:
            told += _explained(error, place)
    return told
