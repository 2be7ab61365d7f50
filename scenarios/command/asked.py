"""Scenarios as the command line asks for them: by name, with changes."""

import json
from argparse import Namespace
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from scenarios.grammar.mistakes import Mistake, ScenarioError

if TYPE_CHECKING:
    from scenarios.schema import Scenario


def asked_for(args: Namespace) -> "list[Scenario]":
    """Return the scenarios asked for, with the changes that the options make to them.

    Parameters
    ----------
    args
        With names, options and changes.

    Raises
    ------
    ScenarioError
        With the mistakes of all scenarios, told by the options as they were typed.
    """
    from scenarios.files import read

    changes = _changes(args)
    known = {name: _programmes(name) for name in args.names}
    scenarios: list[Scenario] = []
    mistakes: list[Mistake] = []
    for name, programmes in known.items():
        try:
            own = [each for each, _ in changes if _concerns(each, programmes, known.values())]
            scenarios.append(read(name, own))
        except ScenarioError as error:
            mistakes += error.mistakes
    names = [scenario.name for scenario in scenarios]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problem = f"two files bear the name {name}, which would stand for both in the results"
        mistakes.append(Mistake(f"{name}.yaml", None, "", problem))
    if mistakes:
        options = {f"--set {change}": option for change, option in changes}
        said = [replace(each, file=options.get(each.file, each.file)) for each in mistakes]
        raise ScenarioError(list(dict.fromkeys(said)))
    return scenarios


def _changes(args: Namespace) -> list[tuple[str, str]]:
    """Return the changes to make, written path=value, each with the option that asks for it."""
    changes = []
    for name in ("area", "households", "months", "replicates", "seed"):
        given = getattr(args, name, None)
        if given is not None:
            # An area is text whatever it looks like.
            value = json.dumps(given) if name == "area" else given
            changes.append((f"{name}={value}", typed(name, given)))
    return [*changes, *((change, typed("set", change)) for change in args.set)]


def typed(name: str, given: str) -> str:
    """Return an option as it was typed, on one line.

    Examples
    --------
    >>> typed("area", "DKI Jakrta")
    '--area DKI Jakrta'
    """
    return f"--{name} {given if given.isprintable() else ascii(given)}"


def _programmes(name: str) -> set[str] | None:
    """Return the names of a scenario's programmes; None where it cannot be read as it is."""
    from scenarios.files import read

    try:
        return {programme.name for programme in read(name).programmes}
    except ScenarioError:
        return None


def _concerns(
    change: str, programmes: set[str] | None, everywhere: Collection[set[str] | None]
) -> bool:
    """Return whether a change is for a scenario with these programmes.

    A change to a programme is for those that have it; for all, to be refused, if none does.
    """
    steps = change.partition("=")[0].strip().split(".")
    if steps[0] != "programmes" or programmes is None or steps[1:2] == []:
        return True
    have = [each is None or steps[1] in each for each in everywhere]
    return steps[1] in programmes or not any(have)
