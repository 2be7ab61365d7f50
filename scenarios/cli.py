"""The command `berdaya`: scenarios in, comparisons out, and the model against what is known.

Nothing heavy is imported before it is needed, so that help comes at once.
"""

import os
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from scenarios.arguments import CALIBRATE_FOLDER, parse
from scenarios.brief.commands import write_brief
from scenarios.command.asked import asked_for, typed
from scenarios.command.experiments import STUDIES, experiment
from scenarios.command.extracts import show_figures
from scenarios.command.working import folder_for, name_files, processes, working
from scenarios.grammar.mistakes import Mistake, ScenarioError, nearest
from scenarios.results import output
from scenarios.workshop.commands import kit, workshop

if TYPE_CHECKING:
    from scenarios.compare import Comparison, Result
    from scenarios.schema import Scenario

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
    from scenarios.files import read
    from scenarios.grammar import describe

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
    from scenarios.grammar import describe
    from scenarios.schema import json_schema

    rows = describe.vocabulary()
    text = output.table(list(rows[0]), [list(row.values()) for row in rows], left=3)
    output.show(args.format, json_schema(), rows, text)
    return 0


def run_scenario(args: Namespace) -> int:
    """Run one scenario without its twin."""
    (scenario,) = asked_for(args)
    with folder_for(args.out) as folder:
        with working(args.stops) as progress:
            from scenarios.compare import run

            result = run(scenario, args.threads, progress)
        paths = []
        try:
            paths = result.save(folder) if folder else []
        finally:
            _show_run(args, result)
    name_files(paths, args.format)
    return 0


def _show_run(args: Namespace, result: "Result") -> None:
    from scenarios.results import tables

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
    _check_draws(args.posterior, scenarios)
    with folder_for(args.out) as folder:
        with working(args.stops) as progress:
            from scenarios.compare import compare

            how = {"posterior": args.posterior} if args.posterior else {}
            how |= {} if args.budget is None else {"budget": args.budget}
            comparison = compare(scenarios, args.threads, progress, **how)
        paths = []
        try:
            paths = comparison.save(folder) if folder else []
        finally:
            # What was computed is shown even where it cannot be saved.
            _show_comparison(args, comparison)
    name_files(paths, args.format)
    return 0


def _check_draws(draws: int, scenarios: "Sequence[Scenario]") -> None:
    """Refuse draws that the posterior does not have, and replicates that show no chance."""
    if not draws:
        return
    from calibration.fit import posterior

    most = len(posterior().draws)
    place = typed("posterior", str(draws))
    if not 2 <= draws <= most:
        raise ScenarioError([Mistake(place, None, "", "is no number of draws", f"2 to {most}")])
    if min(scenario.replicates for scenario in scenarios) < 2:
        problem = "one replicate does not tell parameters from chance; ask for two or more"
        raise ScenarioError([Mistake(place, None, "", problem)])


def _show_comparison(args: Namespace, comparison: "Comparison") -> None:
    from scenarios.results import tables

    rows = output.records(comparison.table)
    programmes, notes = output.records(comparison.programmes), output.records(comparison.notes)
    ranks = output.records(comparison.ranks)
    document = {
        "scenarios": [scenario.model_dump(mode="json") for scenario in comparison.scenarios],
        "table": rows,
        "programmes": programmes,
        "payers": output.records(comparison.payers),
        "notes": notes,
        "ranks": ranks,
        "tradeoffs": output.records(comparison.tradeoffs),
    }
    text = tables.of_comparison(comparison.scenarios, rows, programmes, notes, ranks)
    if comparison.posterior:
        document["posterior"] = comparison.posterior
        text = tables.shares_of(rows, comparison.posterior, text)
    output.show(args.format, document, rows, text)


def show_population(args: Namespace) -> int:
    """Show the synthetic population beside the figures that it is made from."""
    (scenario,) = asked_for(args)
    with working(args.stops):
        from scenarios.runs.prepare import population_cells

        who = scenario.area, scenario.households, scenario.seed
        cells = population_cells(*who, args.threads, scenario.figures)
    from scenarios.results import tables

    rows = output.records(cells)
    asked = scenario.model_dump(mode="json", include={"area", "households", "seed", "figures"})
    output.show(args.format, {**asked, "cells": rows}, rows, tables.of_population(rows))
    return 0


def calibrate(args: Namespace) -> int:
    """Fit the path of 2015 to 2019, going on where an earlier call was."""
    if args.resume is not None and not Path(args.resume).is_dir():
        place = typed("resume", args.resume)
        raise ScenarioError([Mistake(place, None, "", "there is no such folder")])
    with folder_for(args.out or args.resume or CALIBRATE_FOLDER) as folder:
        assert folder is not None
        with working(args.stops) as progress, processes():
            from scenarios.fitting import calibrated
            from scenarios.validation import fit_checks

            runs = Path(args.resume or folder) / "runs"
            found, paths = calibrated(folder, runs, args.workers, progress)
    from scenarios import report

    own = fit_checks(found.provenance["rmse"])
    rows = [each._asdict() for each in own]
    errors, fitted = report.fit_table(found.provenance["rmse"]), report.parameter_table(*found)
    text = report.lines(report.as_text(errors), report.as_text(fitted), report.told(own))
    output.show(args.format, {**found.provenance, "checks": rows}, rows, text)
    name_files(paths, args.format)
    return 0


def hindcast(args: Namespace) -> int:
    """Predict 2020 to 2023 at the posterior; score it beside what needs no model."""
    with folder_for(args.out) as folder:
        assert folder is not None
        with working(args.stops) as progress, processes():
            progress(0, 1, "hindcast")
            from scenarios import validation

            scores, series = validation.forecasts(folder / "runs", args.workers, False)
        from scenarios import report
        from scenarios.compare import save_tables

        paths = []
        try:
            paths = save_tables(folder, {"scores": scores, "series": series}, [])
        finally:
            document = report.forecast_record(scores, series)
            text = report.forecast_text(scores, series)
            output.show(args.format, document, output.records(scores), text)
    name_files(paths, args.format)
    return 0


def run_trials(args: Namespace) -> int:
    """Run virtual trials, each against the band that was set for it."""
    from calibration.trials import trials

    known = trials()
    mistakes = [
        Mistake(name, None, "", "there is no such trial", ", ".join(known), nearest(name, known))
        for name in dict.fromkeys(args.names)
        if name not in known
    ]
    if mistakes:
        raise ScenarioError(mistakes)
    names = list(dict.fromkeys(args.names)) or known
    with working(args.stops) as progress, processes():
        from scenarios import validation

        runs = validation.TRIAL_RUNS
        found = validation.trials(names, args.draws, args.quick, progress, runs, args.workers)
    from scenarios import report

    rows = [report.trial_record(each) for each in found]
    said = [*([validation.QUICK] if args.quick else []), *validation.remarks(found)]
    checked = report.told(validation.trial_checks(found))
    text = report.lines(report.as_text(report.trial_table(found)), checked, *said)
    flat = [each.row() for each in found]
    output.show(args.format, {"quick": args.quick, "trials": rows}, flat, text)
    return 0


def validate(args: Namespace) -> int:
    """Hold the model against everything that is known, and write the report."""
    with folder_for(args.out) as folder:
        assert folder is not None
        with working(args.stops) as progress, processes():
            from scenarios import validation

            runs = folder / ("quick-runs" if args.quick else "runs")
            found = validation.gather(runs, args.workers, args.draws, args.quick, progress)
        from scenarios import report

        paths = []
        try:
            paths = report.save(found, folder)
        finally:
            rows = [each._asdict() for each in validation.checks(found)]
            output.show(args.format, report.document(found), rows, report.summary(found))
    name_files(paths, args.format)
    return 0


COMMANDS = {
    "scenario list": list_scenarios,
    "scenario show": show_scenario,
    "scenario check": check_scenarios,
    "scenario schema": show_schema,
    "scenario figures": show_figures,
    "run": run_scenario,
    "compare": compare_scenarios,
    "population": show_population,
    "calibrate": calibrate,
    "hindcast": hindcast,
    "trials": run_trials,
    "validate": validate,
    **dict.fromkeys(STUDIES, experiment),
    "brief": write_brief,
    "workshop": workshop,
    "kit": kit,
}


# What the commands share


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
