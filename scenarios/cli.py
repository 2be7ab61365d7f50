"""The command `berdaya`: scenarios in, comparisons out.

Nothing heavy is imported before it is needed, so that help comes at once.
"""

import os
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from scenarios import output
from scenarios.arguments import parse
from scenarios.asked import asked_for, typed
from scenarios.mistakes import Mistake, ScenarioError

if TYPE_CHECKING:
    from scenarios.compare import Comparison, Progress, Result

FAILED, MISTAKEN, PIPE_CLOSED = 1, 2, 141
"""Exit codes: it could not be done; what was asked for is wrong; nobody reads on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked for; return the exit code.

    Parameters
    ----------
    arguments
        Words after the command's name; those of this process where None.

    Examples
    --------
    >>> main(["scenario", "check", "baseline"])
    baseline: right
    0
    """
    args = parse(arguments)
    command = COMMANDS[f"scenario {args.verb}" if args.command == "scenario" else args.command]
    try:
        with _signals() as args.stops:
            code = command(args)
            sys.stdout.flush()
            return code
    except ScenarioError as error:
        return _leave(MISTAKEN, str(error))
    except KeyboardInterrupt as stop:
        number = stop.args[0] if stop.args else signal.SIGINT
        return _leave(128 + number, "stopped; no file is left half-written")
    except BrokenPipeError:
        return _leave(PIPE_CLOSED, "")
    except OSError as error:
        return _leave(FAILED, f"cannot go on: {error}")
    except MemoryError:
        return _leave(FAILED, "cannot go on: memory is full; simulate fewer households")


# Commands


def list_scenarios(args: Namespace) -> int:
    """Name the scenarios of the library."""
    from scenarios.files import names, read

    scenarios = [read(name) for name in names()]
    rows = [{"name": s.name, "title": s.title, "summary": s.summary} for s in scenarios]
    text = output.table(["name", "title"], [[s.name, s.title] for s in scenarios], left=2)
    output.show(args.format, {"scenarios": rows}, rows, text)
    return 0


def show_scenario(args: Namespace) -> int:
    """Show one scenario with everything that it extends."""
    from scenarios import describe
    from scenarios.files import read

    scenario = read(args.names[0])
    rows = [{"path": path, "value": value} for path, value in describe.terms(scenario)]
    document = scenario.model_dump(mode="json")
    output.show(args.format, document, rows, describe.as_yaml(scenario))
    return 0


def check_scenarios(args: Namespace) -> int:
    """Name every mistake of every file."""
    from scenarios.files import read

    found: dict[str, list[Mistake]] = {}
    for name in args.names:
        found[name] = []
        try:
            read(name)
        except ScenarioError as error:
            found[name] = error.mistakes
    files = [
        {"file": name, "right": not mistakes, "mistakes": [asdict(each) for each in mistakes]}
        for name, mistakes in found.items()
    ]
    mistakes = [each for mistakes in found.values() for each in mistakes]
    text = "".join(f"{name}: right\n" for name in found if not found[name])
    columns = [field.name for field in fields(Mistake)]
    output.show(args.format, {"files": files}, [asdict(each) for each in mistakes], text, columns)
    if mistakes:
        raise ScenarioError(mistakes)
    return 0


def show_schema(args: Namespace) -> int:
    """Show what a scenario file may say."""
    from scenarios import describe
    from scenarios.schema import json_schema

    rows = describe.vocabulary()
    text = output.table(list(rows[0]), [list(row.values()) for row in rows], left=3)
    output.show(args.format, json_schema(), rows, text)
    return 0


def run_scenario(args: Namespace) -> int:
    """Run one scenario without its twin."""
    (scenario,) = asked_for(args)
    with _folder(args.out) as folder:
        with _work(args.stops) as progress:
            from scenarios.compare import run

            result = run(scenario, args.threads, progress)
        paths = []
        try:
            paths = result.save(folder) if folder else []
        finally:
            _show_run(args, result)
    _name(paths, args.format)
    return 0


def _show_run(args: Namespace, result: "Result") -> None:
    from scenarios import tables

    summary = output.records(result.summary)
    document = {
        "scenario": result.scenario.model_dump(mode="json"),
        "summary": summary,
        "months": output.records(result.months),
    }
    output.show(args.format, document, summary, tables.of_run(result.scenario, summary))


def compare_scenarios(args: Namespace) -> int:
    """Compare scenarios, each with its twin and its cash benchmark."""
    scenarios = asked_for(args)
    with _folder(args.out) as folder:
        with _work(args.stops) as progress:
            from scenarios.compare import compare

            comparison = compare(scenarios, args.threads, progress)
        paths = []
        try:
            paths = comparison.save(folder) if folder else []
        finally:
            # What was computed is shown even where it cannot be saved.
            _show_comparison(args, comparison)
    _name(paths, args.format)
    return 0


def _show_comparison(args: Namespace, comparison: "Comparison") -> None:
    from scenarios import tables

    rows = output.records(comparison.table)
    programmes, notes = output.records(comparison.programmes), output.records(comparison.notes)
    document = {
        "scenarios": [scenario.model_dump(mode="json") for scenario in comparison.scenarios],
        "table": rows,
        "programmes": programmes,
        "payers": output.records(comparison.payers),
        "notes": notes,
    }
    text = tables.of_comparison(comparison.scenarios, rows, programmes, notes)
    output.show(args.format, document, rows, text)


def show_population(args: Namespace) -> int:
    """Show the synthetic population beside the figures of BPS."""
    (scenario,) = asked_for(args)
    with _work(args.stops):
        from scenarios.compare import population_cells

        cells = population_cells(scenario.area, scenario.households, scenario.seed, args.threads)
    from scenarios import tables

    rows = output.records(cells)
    asked = scenario.model_dump(mode="json", include={"area", "households", "seed"})
    output.show(args.format, {**asked, "cells": rows}, rows, tables.of_population(rows))
    return 0


COMMANDS = {
    "scenario list": list_scenarios,
    "scenario show": show_scenario,
    "scenario check": check_scenarios,
    "scenario schema": show_schema,
    "run": run_scenario,
    "compare": compare_scenarios,
    "population": show_population,
}


# What the commands share


@contextmanager
def _folder(given: str | None) -> Iterator[Path | None]:
    """Give a folder that takes files; where it is new and stays empty, take it away again."""
    if given is None:
        yield None
        return
    import tempfile

    folder = Path(given)
    new: list[Path] = []
    try:
        try:
            if not given:
                raise ValueError("it has no name")
            new = [each for each in (folder, *folder.parents) if not each.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except (OSError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or str(error)
            place = typed("out", given)
            raise ScenarioError(
                [Mistake(place, None, "", f"cannot be written to: {reason}")]
            ) from None
        yield folder
    finally:
        for each in new:
            with suppress(OSError, ValueError):
                each.rmdir()


@contextmanager
def _work(stops: Sequence[int]) -> "Iterator[Progress]":
    """Show how far the work is, on a terminal; tell of too few people as of any mistake."""
    from tqdm import tqdm

    form = "{desc}: {n_fmt} of {total_fmt} [{elapsed}]"
    with tqdm(desc="population", bar_format=form, leave=False, disable=None) as bar:

        def progress(done: int, total: int, what: str) -> None:
            if stops:
                # Some package that was being imported took the interrupt for an error of its own.
                raise KeyboardInterrupt(stops[0])
            bar.total, bar.n = total, done
            bar.set_description_str(what)

        from simulation.agents.provider import TooFewPeople

        try:
            yield progress
        except TooFewPeople as error:
            raise ScenarioError([Mistake("", None, "", str(error))]) from None


def _name(paths: Sequence[Path], form: str) -> None:
    """Name the files written; beside JSON or CSV on standard error."""
    text = "".join(f"{path}\n" for path in paths)
    if form == "table":
        output.write(text and f"\n{text}")
    else:
        sys.stderr.write(text)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Let SIGTERM stop the work as Ctrl-C does; what the caller ignores stays ignored.

    Yields the signals that came.
    """
    stops: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stops.append(number)
        raise KeyboardInterrupt(number)

    if threading.current_thread() is not threading.main_thread():
        yield stops
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield stops
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(code: int, message: str) -> int:
    """Tell why it ends here; return the exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        # Nobody reads: at its end Python would try, and complain, once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if message:
        sys.stderr.write(f"{message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
