"""What is wrong in a scenario, where, and what would be right."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One mistake in a scenario.

    Attributes
    ----------
    file
        The file, or the ``--set`` option, that holds the mistake.
    line
        Line in the file, from 1; None where there is none.
    path
        Names that lead to the place, joined by points; programmes by their names.
    problem
        What is wrong.
    allowed
        What may stand there; empty where `problem` says it.
    nearest
        The right name that looks most like the one given; empty where none does.
    """

    file: str
    line: int | None
    path: str
    problem: str
    allowed: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        """Return the mistake as one line that editors can jump from."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        text = ": ".join(part for part in (place, self.path, self.problem) if part)
        if self.allowed:
            text += f"; allowed: {self.allowed}"
        if self.nearest:
            text += f"; did you mean {self.nearest}?"
        return text


class ScenarioError(ValueError):
    """A scenario cannot be read.

    Parameters
    ----------
    mistakes
        Everything that is wrong with it.
    """

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(mistakes)
        self.mistakes = list(mistakes)

    def __str__(self) -> str:
        """Return one line a mistake."""
        return "\n".join(str(mistake) for mistake in self.mistakes)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the one of `names` that looks most like `name`, or nothing.

    Examples
    --------
    >>> nearest("seat", ["seats", "starts"])
    'seats'
    """
    by_letters = {candidate.casefold(): candidate for candidate in names}
    # A name is short; comparing takes time with the square of the length.
    found = difflib.get_close_matches(name[:100].casefold(), by_letters, n=1)
    return by_letters[found[0]] if found else ""


def shorten(value: object) -> str:
    """Return a value as it is shown in a message: on one line, 60 characters at most."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
