"""What the commands share: folders that take files, progress, and what went wrong in the work."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.command.asked import typed
from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.results import output

if TYPE_CHECKING:
    from scenarios.compare import Progress


@contextmanager
def folder_for(given: str | None) -> Iterator[Path | None]:
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
def working(stops: Sequence[int]) -> "Iterator[Progress]":
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


@contextmanager
def processes() -> Iterator[None]:
    """Tell of runs that failed in other processes, and of packages that are not there."""
    from simulation.watch import WorkerError

    try:
        yield
    except ModuleNotFoundError as error:
        raise OSError(f"{error}; pip install -e '.[calibration]' brings it") from error
    except RuntimeError as error:
        if type(error) not in (RuntimeError, WorkerError):
            raise
        raise OSError(str(error)) from error


def name_files(paths: Sequence[Path], form: str) -> None:
    """Name the files written; beside JSON or CSV on standard error."""
    text = "".join(f"{path}\n" for path in paths)
    if form == "table":
        output.write(text and f"\n{text}")
    else:
        sys.stderr.write(text)
