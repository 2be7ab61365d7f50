"""What may be written after the commands that make many runs: their options and their help."""

import argparse
from collections.abc import Callable

RUNS_FOLDER = "results/runs"
"""Finished runs of all experiments, which so share them."""

SWEEP_EXAMPLES = """\
examples:
  berdaya sweep pilot-terms
  berdaya sweep ours.yaml --workers 8 --out results/ours
  berdaya sweep status ours.yaml                     how much of it is done, and what failed
  berdaya sweep ours.yaml --scheduler tcp://10.0.0.5:8786

A design file names scenarios, what is varied in them, and how: a grid, a Latin hypercube, a Sobol
sequence, or draws of the posterior. Stopped, the same call goes on where it was; a run that another
experiment has done is not done again. A cluster is made by 'dask scheduler' on one machine and
'dask worker ADDRESS --nthreads 1' on the others, all with the same Berdaya."""

SENSITIVITY_EXAMPLES = """\
examples:
  berdaya sensitivity ours.yaml
  berdaya sensitivity ours.yaml --workers 8 --format json > indices.json

Draws are common to all points, so that chance does not count as influence. Stopped, the same call
goes on where it was."""

DISCOVER_EXAMPLES = """\
examples:
  berdaya discover ours.yaml
  berdaya discover ours.yaml --format csv > boxes.csv

Stopped, the same call goes on where it was."""

FRONTIER_EXAMPLES = """\
examples:
  berdaya frontier ours.yaml
  berdaya frontier ours.yaml --write split-1.yaml    the first candidate as a scenario of its own

Stopped, the same call goes on where it was."""

SCALE_EXAMPLES = """\
examples:
  berdaya scale ours.yaml
  berdaya scale ours.yaml --workers 8 --format csv > sizes.csv

Stopped, the same call goes on where it was."""

EXPERIMENTS = {
    "sweep": ("run scenarios at many points of a design, or see how far that is", SWEEP_EXAMPLES),
    "sensitivity": ("find out what decides a result, and how much of it", SENSITIVITY_EXAMPLES),
    "discover": ("find out under which conditions a policy fails", DISCOVER_EXAMPLES),
    "frontier": ("find the splits of a budget that no other beats", FRONTIER_EXAMPLES),
    "scale": ("compare sizes of a programme and of its budget", SCALE_EXAMPLES),
}
"""What each command is for, and its examples."""


def add_experiments(
    add: Callable[[str, str, str], argparse.ArgumentParser],
    add_workers: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the commands that make many runs.

    Parameters
    ----------
    add : callable
        Adds a command by its name, what it is for and its examples.
    add_workers : callable
        Adds the option of processes.
    """
    for name, (what, examples) in EXPERIMENTS.items():
        parser = add(name, what, examples)
        parser.set_defaults(verb=None, write=[])
        if name == "sweep":
            parser.add_argument("verb", nargs="?", choices=["status"], help="see how far it is")
        parser.add_argument(
            "design", metavar="DESIGN", help="a design that comes with Berdaya, or a .yaml file"
        )
        parser.add_argument(
            "--out",
            metavar="FOLDER",
            help=f"tables, pictures and provenance there (default: results/{name}/DESIGN)",
        )
        parser.add_argument(
            "--runs",
            metavar="FOLDER",
            default=RUNS_FOLDER,
            help="finished runs, found and kept there (default: %(default)s)",
        )
        add_workers(parser)
        parser.add_argument(
            "--scheduler",
            metavar="ADDRESS",
            help="do the runs on a cluster of dask.distributed instead, such as "
            "tcp://10.0.0.5:8786; no result depends on it",
        )
        if name == "frontier":
            parser.add_argument(
                "--write",
                metavar="FILE",
                nargs="+",
                default=[],
                help="write the best candidates as scenario files, one a file, the first first",
            )
