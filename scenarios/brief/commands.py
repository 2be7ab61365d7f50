"""The command `berdaya brief`: a page and a workbook for planners."""

import argparse
import shlex
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.command.asked import asked_for, typed
from scenarios.command.experiment_arguments import RUNS_FOLDER
from scenarios.command.working import folder_for, name_files, processes, working
from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.results import output
from scenarios.results.store import write_whole

if TYPE_CHECKING:
    from scenarios.brief.doubt import Doubt
    from scenarios.brief.story import Brief
    from scenarios.compare import Comparison
    from scenarios.maps.boundaries import Boundaries
    from scenarios.schema import Scenario

MOST_SCENARIOS = 4
"""Beside each other on a page of A4."""
LONGEST_NAME = 120
"""Letters of a folder's name."""
WHAT = "write a brief for planners: a page of four sheets, and a workbook"
EXAMPLES = """\
examples:
  berdaya brief training-only sedaya-package pena-grant
  berdaya brief training-only sedaya-package --language en --budget "Rp 10 miliar"
  berdaya brief ours.yaml --area "Jawa Barat" --out results/ours

The page is one file and asks nothing of a network. Stopped, the same call does not do finished runs
of its second part again: each input at the ends of its range."""

Adder = Callable[[argparse.ArgumentParser], None]


def add_brief(
    add: Callable[[str, str, str], argparse.ArgumentParser],
    options: Sequence[Adder],
    amount: Callable[[str], float],
) -> None:
    """Add the command.

    Parameters
    ----------
    add : callable
        Adds a command by its name, what it is for and its examples.
    options : sequence of callable
        Add the options of people, changes and processes, each to a parser.
    amount : callable
        Reads an amount of rupiah.
    """
    parser = add("brief", WHAT, EXAMPLES)
    parser.add_argument("names", nargs="+", metavar="NAME", help="library scenarios or .yaml files")
    for each in options:
        each(parser)
    parser.add_argument(
        "--language",
        choices=("id", "en"),
        default="id",
        help="Bahasa Indonesia or English (default: %(default)s)",
    )
    parser.add_argument(
        "--budget",
        metavar="RUPIAH",
        type=amount,
        help='what each scenario is to spend, by its seats, such as "Rp 10 miliar"',
    )
    parser.add_argument(
        "--boundaries", metavar="FILE", help="official borders of places, as GeoJSON, for the map"
    )
    parser.add_argument(
        "--out", metavar="FOLDER", help="page and workbook there (default: results/brief/NAMES)"
    )


def write_brief(args: Namespace) -> int:
    """Compare scenarios, test the answer, and write page and workbook."""
    scenarios = asked_for(args)
    if len(scenarios) > MOST_SCENARIOS:
        problem = f"a brief has no room for {len(scenarios)} scenarios"
        raise ScenarioError([Mistake("", None, "", problem, f"1 to {MOST_SCENARIOS}")])
    borders = _borders(args, scenarios)
    with folder_for(args.out or _folder(scenarios)) as folder:
        assert folder is not None
        with working(args.stops) as progress:
            from scenarios.compare import compare

            how = {} if args.budget is None else {"budget": args.budget}
            comparison = compare(scenarios, args.threads, progress, **how)
        found = _doubt(args, comparison)
        from scenarios.brief.story import Brief

        brief = Brief(comparison, found, args.language, args.budget, again(args), borders)
        paths = save(brief, folder)
    _show(args, brief)
    name_files(paths, args.format)
    return 0


def _folder(scenarios: "Sequence[Scenario]") -> str:
    return f"results/brief/{'+'.join(each.name for each in scenarios)[:LONGEST_NAME]}"


def _borders(args: Namespace, scenarios: "Sequence[Scenario]") -> "Boundaries | None":
    """Return official borders of the places of the scenarios, which must be one area's."""
    if args.boundaries is None:
        return None
    from scenarios.maps.boundaries import read_boundaries

    areas = list(dict.fromkeys(each.area for each in scenarios))
    if len(areas) > 1:
        place = typed("boundaries", args.boundaries)
        problem = f"the scenarios are of several areas: {', '.join(areas)}"
        raise ScenarioError([Mistake(place, None, "", problem, "one area, such as by --area")])
    return read_boundaries(args.boundaries, areas[0])


def _doubt(args: Namespace, comparison: "Comparison") -> "Doubt | None":
    """Return how sure the answer is; runs that an earlier call finished are found."""
    from scenarios.brief.doubt import doubt
    from scenarios.command.experiments import counting
    from simulation.store import Store, StoreError
    from simulation.watch import local

    store = Store(RUNS_FOLDER)
    try:
        store.prepare()
        with processes(), counting(args.stops) as (progress, _), local(args.workers) as workers:
            return doubt(comparison, store, workers, progress)
    except StoreError as error:
        raise ScenarioError([Mistake(RUNS_FOLDER, None, "", str(error))]) from None


def again(args: Namespace) -> str:
    """Return the command that gives the same brief: all that decides it, and nothing else."""
    from simulation.rupiah import format_rupiah

    words = ["berdaya", "brief", *args.names, "--language", args.language]
    if args.budget is not None:
        words += ["--budget", format_rupiah(args.budget)]
    for name in ("area", "households", "months", "replicates", "seed", "boundaries"):
        given = getattr(args, name)
        words += [] if given is None else [f"--{name}", str(given)]
    for change in args.set:
        words += ["--set", change]
    return shlex.join(words)


def save(brief: "Brief", folder: Path) -> list[Path]:
    """Write page and workbook into a folder, each whole or not at all; return the paths.

    Parameters
    ----------
    brief : Brief
        What they tell.
    folder : pathlib.Path
        That is there.
    """
    from scenarios.brief import page, workbook

    named = f"brief-{brief.language}"
    paths = [folder / f"{named}.html", folder / f"{named}.xlsx"]
    text = page.as_html(brief, paths[1].name)
    workbook.save(brief, paths[1])
    write_whole(paths[0], partial(_write, text))
    return paths


def _write(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")


def _show(args: Namespace, brief: "Brief") -> None:
    """Show the sentences, or the figures for programs."""
    from scenarios.brief import story

    rows = output.records(brief.facts.frame)
    said: dict[str, Any] = {
        "question": story.question(brief),
        "answer": story.answer(brief),
        "doubt": story.doubts(brief),
        "figures": rows,
    }
    lines = [*said["question"], "", *said["answer"], "", *said["doubt"]]
    output.show(args.format, said, rows, "".join(f"{line}\n" for line in lines))
