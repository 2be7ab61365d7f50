"""What may be written after `berdaya`: its commands, their options, and their help."""

import argparse
import re
from collections.abc import Sequence
from typing import Any

from scenarios.mistakes import nearest
from scenarios.output import write

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

  a researcher: more replicates, other assumptions, results for another program
    berdaya compare sedaya-package --replicates 50 --set parameters.take_up=0.3
    berdaya run baseline --months 60 --format csv > baseline.csv

  a workshop: a scenario of one's own, checked and then played small and fast
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

A change to a programme that only some of the scenarios have is made in those."""

POPULATION_EXAMPLES = """\
examples:
  berdaya population
  berdaya population --area Indonesia --households 100000 --format csv > cells.csv"""

COMPARE_FOLDER = "results/compare"


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
        "--out",
        metavar="DIR",
        default=COMPARE_FOLDER,
        help="folder for tables, figure and provenance; results there are replaced "
        "(default: %(default)s)",
    )

    population = _add(
        commands,
        "population",
        "show the synthetic population beside the figures of BPS",
        POPULATION_EXAMPLES,
    )
    _add_people(population)
    population.set_defaults(names=["baseline"], set=[])
    return parser


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
        type=_threads,
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


def _threads(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 256):
        raise argparse.ArgumentTypeError(f"{text!a} is not a whole number from 1 to 256")
    return int(text)
