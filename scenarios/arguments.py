"""What may be written after `berdaya`: its commands, their options, and their help."""

import argparse
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from scenarios.brief.commands import add_brief
from scenarios.command.experiment_arguments import add_experiments
from scenarios.grammar.mistakes import nearest
from scenarios.results.output import write
from scenarios.workshop.commands import add_workshop

DESCRIPTION = """\
Simulate what training, mentoring, micro equity and cash do to poverty in Indonesia.

Every scenario runs against its own twin: the same people and the same draws, without the
programme, and against the same money given as cash. What each programme claims by its own figures
stands beside what it did, and who pays beside who gains."""

EXAMPLES = """\
examples:
  a planner: what is there, what does it say, what does it do at another size?
    berdaya scenario list
    berdaya scenario show sedaya-package
    berdaya compare training-only sedaya-package --area "Jawa Barat" --out results/jabar
    berdaya brief training-only sedaya-package --budget "Rp 2 miliar"

  a researcher: more replicates, other assumptions, results for another program
    berdaya compare sedaya-package --replicates 50 --set parameters.take_up=0.3
    berdaya run baseline --months 60 --format csv > baseline.csv
    berdaya sweep pilot-terms --workers 8

  a workshop: a page for the room, or a scenario of one's own, played small and fast
    berdaya workshop
    berdaya scenario show sedaya-package > ours.yaml
    berdaya scenario check ours.yaml
    berdaya compare ours.yaml --replicates 2

'berdaya COMMAND --help' tells more about each command."""

LIST_EXAMPLE = """\
example:
  berdaya scenario list"""

SHOW_EXAMPLES = """\
examples:
  berdaya scenario show sedaya-package > ours.yaml   a file to edit
  berdaya scenario show ours.yaml --format csv       each term as --set takes it"""

CHECK_EXAMPLE = """\
example:
  berdaya scenario check ours.yaml theirs.yaml"""

SCHEMA_EXAMPLES = """\
examples:
  berdaya scenario schema > scenario.schema.json     for an editor that completes and checks
  berdaya scenario schema --format table             every term, in words"""

FIGURES_EXAMPLES = """\
examples:
  berdaya scenario figures extract.csv --area "Kab. Sikka" > figures.txt

Columns: weight (households that each stands for), members, spending (rupiah a head and month of
March 2023) and urban (1 or 0); or bobot, jumlah_art, kapita and klasifikasi (1 urban, 2 rural).
Others are not read. The extract stays where it is: only the figures of at least 30 households a
part are shown, to be put into a scenario file."""

RUN_EXAMPLES = """\
examples:
  berdaya run baseline
  berdaya run sedaya-package --area "Jawa Timur" --months 24 --set macro=frozen
  berdaya run baseline --households all --threads 8 --out results/jakarta"""

COMPARE_EXAMPLES = """\
examples:
  berdaya compare training-only training-mentoring sedaya-package cash-transfer
  berdaya compare training-only sedaya-package --set programmes.sedaya.seats=200
  berdaya compare ours.yaml --replicates 20 --format json > ours.json
  berdaya compare training-only --posterior 20
  berdaya compare training-only sedaya-package cash-transfer --budget "Rp 3 miliar"

A change to a programme that only some of the scenarios have is made in those."""

POPULATION_EXAMPLES = """\
examples:
  berdaya population
  berdaya population ours.yaml
  berdaya population --area Indonesia --households 100000 --format csv > cells.csv"""

CALIBRATE_EXAMPLES = """\
examples:
  berdaya calibrate                                  stopped, the same call goes on where it was
  berdaya calibrate --resume results/calibrate --out results/again

It takes hours on two cores. The posterior that comes with Berdaya stays as it is."""

HINDCAST_EXAMPLES = """\
examples:
  berdaya hindcast
  berdaya hindcast --workers 8 --format json > hindcast.json

Stopped, the same call goes on where it was. Seven surveys that err together are a weak test."""

TRIALS_EXAMPLES = """\
examples:
  berdaya trials
  berdaya trials placebo v1-training --draws 0
  berdaya trials v4-graduation --quick --format json

An estimate outside its band is a miss and is told as one; the exit code is 0."""

VALIDATE_EXAMPLES = """\
examples:
  berdaya validate
  berdaya validate --quick --out results/quick       to see that all of it works
  berdaya validate --format json > validation.json

What misses its bar is named in the report; the exit code is 0."""

COMPARE_FOLDER, CALIBRATE_FOLDER = "results/compare", "results/calibrate"
HINDCAST_FOLDER, VALIDATE_FOLDER = "results/hindcast", "results/validate"


class _Parser(argparse.ArgumentParser):
    """Names what looks most like a word that it does not know."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        form = argparse.RawDescriptionHelpFormatter
        super().__init__(allow_abbrev=False, formatter_class=form, **options)

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401
        if action.choices is not None and value not in action.choices:
            choices = [str(choice) for choice in action.choices]
            near = nearest(str(value), choices)
            hint = f"; did you mean {near}?" if near else ""
            problem = f"there is no {value!a}; allowed: {', '.join(choices)}{hint}"
            raise argparse.ArgumentError(action, problem)


class _Version(argparse.Action):
    """Writes the version, which takes time to look up."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        write(f"berdaya {version('berdaya')}\n")
        parser.exit()


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what was asked for, or leave with help or a message.

    Parameters
    ----------
    arguments
        Words after the command's name; those of this process where None.
    """
    args, unknown = _parser().parse_known_args(arguments)
    if unknown:
        options = re.findall(r"--[a-z]+", args.parser.format_usage())
        near = nearest(unknown[0].partition("=")[0], options)
        hint = f"; did you mean {near}?" if near and unknown[0].startswith("-") else ""
        args.parser.error(f"{unknown[0]!a} means nothing here{hint}")
    return args


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="berdaya", description=DESCRIPTION, epilog=EXAMPLES)
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and leave")
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )
    _add_scenario(commands)

    run = _add(commands, "run", "run one scenario, without its twin", RUN_EXAMPLES)
    run.add_argument("names", nargs=1, metavar="NAME", help="a library scenario or a .yaml file")
    _add_people(run)
    _add_changes(run)
    run.add_argument("--out", metavar="DIR", help="also write the months and the summary there")

    compare = _add(
        commands,
        "compare",
        "compare scenarios, each with its twin and with its money as cash",
        COMPARE_EXAMPLES,
    )
    compare.add_argument(
        "names", nargs="+", metavar="NAME", help="library scenarios or .yaml files"
    )
    _add_people(compare)
    _add_changes(compare)
    compare.add_argument(
        "--posterior",
        metavar="N",
        type=_whole(2, 10_000),
        default=0,
        help="compare at N draws of the fitted parameters: intervals then hold parameters, chance "
        "and the sample of people, and columns say how much of each",
    )
    compare.add_argument(
        "--budget",
        metavar="RUPIAH",
        type=_amount,
        help="scale the seats of each scenario, not what a seat holds, until its payers spend this "
        'within 1%%, such as "Rp 10 miliar"',
    )
    compare.add_argument(
        "--out",
        metavar="DIR",
        default=COMPARE_FOLDER,
        help="folder for tables, figure and provenance; results there are replaced "
        "(default: %(default)s)",
    )

    population = _add(
        commands,
        "population",
        "show the synthetic population beside the figures that it is made from",
        POPULATION_EXAMPLES,
    )
    population.add_argument(
        "names",
        nargs="?",
        type=lambda name: [name],
        metavar="NAME",
        default=["baseline"],
        help="a scenario whose people are meant, such as one with figures of its own",
    )
    _add_people(population)
    population.set_defaults(set=[])
    add_experiments(partial(_add, commands), _add_workers)
    add_brief(partial(_add, commands), (_add_people, _add_changes, _add_workers), _amount)
    add_workshop(partial(_add, commands), _whole)
    _add_knowledge(commands)
    return parser


def _add_knowledge(commands: Any) -> None:  # noqa: ANN401
    """Add the commands that hold the model against what is known."""
    calibrate = _add(
        commands, "calibrate", "fit the path of poverty from 2015 to 2019", CALIBRATE_EXAMPLES
    )
    calibrate.add_argument(
        "--resume",
        metavar="FOLDER",
        help="go on from the runs of an earlier call (default: from those below --out)",
    )
    _add_out(calibrate, None, f"posterior there (default: that of --resume, or {CALIBRATE_FOLDER})")
    _add_workers(calibrate)
    hindcast = _add(
        commands, "hindcast", "predict 2020 to 2023 and score it beside rivals", HINDCAST_EXAMPLES
    )
    _add_out(hindcast, HINDCAST_FOLDER, "runs, scores and series there (default: %(default)s)")
    _add_workers(hindcast)
    trials = _add(
        commands, "trials", "run virtual trials against published experiments", TRIALS_EXAMPLES
    )
    trials.add_argument("names", nargs="*", metavar="NAME", help="of trials (default: all)")
    _add_workers(trials)
    validate = _add(
        commands, "validate", "hold the model against all that is known", VALIDATE_EXAMPLES
    )
    _add_out(validate, VALIDATE_FOLDER, "report, pictures and runs there (default: %(default)s)")
    _add_workers(validate)
    for parser in (trials, validate):
        parser.add_argument(
            "--draws",
            metavar="N",
            type=_whole(0, 10_000),
            help="prior draws a trial, which say how much its band tells; 0: none",
        )
        parser.add_argument(
            "--quick",
            action="store_true",
            help="few draws, few people, one replicate: to see that it works, not for numbers",
        )


def _add_out(parser: argparse.ArgumentParser, folder: str | None, what: str) -> None:
    parser.add_argument("--out", metavar="FOLDER", default=folder, help=what)


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers",
        metavar="N",
        type=_whole(1, 256),
        default=2,
        help="processes that simulate; no result depends on it (default: %(default)s)",
    )


def _add_scenario(commands: Any) -> None:  # noqa: ANN401
    scenario = commands.add_parser(
        "scenario", help="list, show and check scenarios", description="List, show and check."
    )
    verbs = scenario.add_subparsers(title="commands", dest="verb", metavar="COMMAND", required=True)
    _add(verbs, "list", "name the scenarios of the library", LIST_EXAMPLE)
    show = _add(
        verbs, "show", "show a scenario with everything that it extends, as YAML", SHOW_EXAMPLES
    )
    show.add_argument("names", nargs=1, metavar="NAME", help="a library scenario or a .yaml file")
    check = _add(verbs, "check", "name every mistake in scenario files", CHECK_EXAMPLE)
    check.add_argument("names", nargs="+", metavar="FILE", help="a .yaml file")
    schema = _add(verbs, "schema", "show what a scenario file may say", SCHEMA_EXAMPLES)
    schema.set_defaults(format="json")
    what = "reckon figures of an area from an extract of its households, such as one of Susenas"
    figures = _add(verbs, "figures", what, FIGURES_EXAMPLES)
    figures.add_argument("extract", metavar="EXTRACT", help="a .csv or .parquet file")
    figures.add_argument("--area", required=True, help="a province or district as BPS writes it")
    figures.set_defaults(names=["baseline"], set=[])


def _add(commands: Any, name: str, what: str, examples: str) -> argparse.ArgumentParser:  # noqa: ANN401
    """Add a command; every one has a format."""
    description = f"{what[0].upper()}{what[1:]}."
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=what, description=description, epilog=examples
    )
    parser.add_argument(
        "--format",
        choices=("table", "json", "csv"),
        default="table",
        help="of standard output (default: %(default)s)",
    )
    parser.set_defaults(parser=parser)
    return parser


def _add_people(parser: argparse.ArgumentParser) -> None:
    """Add options about who is simulated; those left out stay as the scenario says."""
    parser.add_argument("--area", help="Indonesia, or a province or district as BPS writes it")
    parser.add_argument(
        "--households", metavar="N|all", help="simulated households; all: one for each real one"
    )
    parser.add_argument("--seed", metavar="N", help="number that fixes every draw")
    parser.add_argument(
        "--threads",
        metavar="N",
        type=_whole(1, 256),
        default=1,
        help="threads that share a month, which helps from about 50.000 households on; no "
        "result depends on it (default: %(default)s)",
    )


def _add_changes(parser: argparse.ArgumentParser) -> None:
    """Add options about what is simulated; those left out stay as the scenario says."""
    parser.add_argument("--months", metavar="N", help="length, months")
    parser.add_argument("--replicates", metavar="N", help="runs with different draws")
    parser.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="change any term of the scenario, such as programmes.sedaya.seats=200 or "
        "macro=frozen; may be given again",
    )


def _amount(text: str) -> float:
    """Read an amount of money above 0."""
    from simulation.rupiah import parse_rupiah

    try:
        amount = parse_rupiah(text)
        if amount == 0.0:
            raise ValueError("pays for nothing")
    except ValueError as error:
        problem = f"{text!a} {error}; allowed: an amount such as Rp 10 miliar"
        raise argparse.ArgumentTypeError(problem) from None
    return amount


def _whole(low: int, high: int) -> Callable[[str], int]:
    """Return what reads a whole number in a range."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!a} is not a whole number from {low} to {high}")
        return int(text)

    return read
