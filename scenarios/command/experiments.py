"""The commands that make many runs: sweep, sensitivity, discover, frontier, scale."""

import errno
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.command.asked import typed
from scenarios.command.working import folder_for, name_files
from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.results import output

if TYPE_CHECKING:
    from scenarios.design import Design
    from simulation.store import Store

STUDIES = {
    "sweep": "scenarios.sweep:sweep",
    "sensitivity": "scenarios.sensitivity:study",
    "discover": "scenarios.discovery:study",
    "frontier": "scenarios.frontier:study",
    "scale": "scenarios.scaling:study",
}
"""Which function does each."""
CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS)


def experiment(args: Namespace) -> int:
    """Do an experiment as its design says, and keep what comes of it."""
    from scenarios import design as designs

    _check_names(args.write)
    design = designs.read(args.design)
    if args.verb == "status":
        return _show_status(args, design)
    from scenarios.command.cluster import executor_for
    from simulation.store import Store

    with folder_for(args.out or f"results/{args.command}/{design.name}") as folder, kept(args):
        store = Store(args.runs)
        store.prepare()
        with (
            executor_for(args.workers, args.scheduler) as (executor, tasks),
            counting(args.stops) as (progress, last),
        ):
            found = _study(args.command)(design, store, executor, progress, tasks)
        paths = []
        try:
            paths = found.save(folder)
            paths += _candidates(found, args.write) if args.write else []
        finally:
            # What was computed is shown even where it cannot be saved.
            rows = found.rows()
            nothing = () if rows else ("nothing",)
            output.show(args.format, found.document(), rows, found.text(), nothing)
            _warn(store)
    name_files(paths, args.format)
    return int(last[2] == last[1] > 0)


def _study(command: str) -> Callable[..., Any]:
    module, _, name = STUDIES[command].partition(":")
    study: Callable[..., Any] = getattr(import_module(module), name)
    return study


def _check_names(names: Sequence[str]) -> None:
    """Refuse names of scenario files that do not end as they must."""
    wrong = [name for name in names if not name.endswith((".yaml", ".yml"))]
    if wrong:
        place = typed("write", wrong[0])
        raise ScenarioError([Mistake(place, None, "", "is no scenario file", "a name.yaml")])


def _candidates(found: Any, names: Sequence[str]) -> list[Path]:  # noqa: ANN401
    """Write candidates of a frontier, best first, as scenario files; return the paths."""
    if len(names) > len(found.scenarios):
        place = typed("write", " ".join(names))
        problem = f"the frontier has {len(found.scenarios)} candidates"
        raise ScenarioError([Mistake(place, None, "", problem, "no more files than that")])
    pairs = zip(found.scenarios, names, strict=False)
    return [found.write(number, path) for number, path in pairs]


def _show_status(args: Namespace, design: "Design") -> int:
    """Show how far a sweep is; nothing is run."""
    from scenarios.sweep import status, told_failures
    from simulation.store import Store

    store = Store(args.runs)
    found = status(design, store)
    counts = {"total": found.total, "done": found.done, "failed": found.failed, "left": found.left}
    failures = output.records(found.failures)
    text = f"{found.done} of {found.total} runs done, {found.failed} failed, {found.left} left\n"
    text += "".join(told_failures(found.failures))
    document = {"design": design.name, **counts, "failures": failures}
    output.show(args.format, document, [counts], text)
    _warn(store)
    return 0


def _warn(store: "Store") -> None:
    """Tell what was wrong with the folder of runs but did not stop the work."""
    sys.stderr.write("".join(f"{warning}\n" for warning in store.warnings))


@contextmanager
def counting(
    stops: Sequence[int],
) -> Iterator[tuple[Callable[[int, int, int], None], list[int]]]:
    """Show on a terminal how many runs are done, how fast, how long it takes yet, how many failed.

    Gives what to tell of it, and what was told last.
    """
    from tqdm import tqdm

    form = "{desc}: {n_fmt} of {total_fmt} [{elapsed}, {remaining} left, {rate_fmt}{postfix}]"
    last = [0, 0, 0]
    with tqdm(desc="runs", unit=" runs", bar_format=form, leave=False, disable=None) as bar:

        def progress(done: int, total: int, failed: int) -> None:
            if stops:
                # Some package that was being imported took the interrupt for an error of its own.
                raise KeyboardInterrupt(stops[0])
            if (last[1], bar.n > done) != (total, False):
                bar.reset(total)
                bar.initial = bar.n = done  # found there: no measure of how fast it goes
            last[:] = done, total, failed
            bar.set_postfix_str(f"{failed} failed" if failed else "", refresh=False)
            bar.update(done - bar.n)
            bar.refresh()

        yield progress, last


@contextmanager
def kept(args: Namespace) -> Iterator[None]:
    """Tell of a disk that is full or may not be written, of lost workers and missing packages."""
    from simulation.store import StoreError
    from simulation.watch import WorkerError

    stays = f"finished runs are kept in {args.runs}: the same command goes on from there"
    try:
        yield
    except StoreError as error:
        raise ScenarioError([Mistake(typed("runs", args.runs), None, "", str(error))]) from None
    except WorkerError as error:
        raise OSError(f"{error}; {stays}") from error
    except ModuleNotFoundError as error:
        raise OSError(f"{error}; pip install -e '.[analysis]' brings it") from error
    except OSError as error:
        if error.errno not in CANNOT_WRITE:
            raise
        place = str(error.filename or args.out or "")
        problem = f"cannot be written: {error.strerror}; {stays}"
        raise ScenarioError([Mistake(place, None, "", problem)]) from None
