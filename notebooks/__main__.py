"""Executes the notebooks: each text ``*.py`` becomes ``*.ipynb``, whole or not at all.

``python -m notebooks`` does all of them, ``python -m notebooks 2-scaling`` one.
"""

import sys
from functools import partial
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from scenarios.results.store import write_whole

FOLDER = Path(__file__).parent
SECONDS = 1800
"""After which a cell is given up; on a machine that is not busy each takes less than a minute."""


def names() -> list[str]:
    """Return the names of the notebooks, in the order in which they are read.

    Examples
    --------
    >>> names()[0]
    '1-start-here'
    """
    return sorted(path.stem for path in FOLDER.glob("[0-9]-*.py"))


def source(name: str) -> NotebookNode:
    """Return a notebook as its text has it, without outputs.

    Parameters
    ----------
    name : str
        One of `names`.
    """
    notebook = jupytext.read(FOLDER / f"{name}.py")
    notebook.metadata = NotebookNode(
        jupytext={"formats": "ipynb,py:percent"},
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number}"
        cell.metadata.pop("lines_to_next_cell", None)
    return notebook


def executed(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook with its outputs; an error in a cell is raised.

    Parameters
    ----------
    notebook : NotebookNode
        As `source` returns it.
    """
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", record_timing=False)
    done = client.execute(cwd=str(FOLDER))
    done.metadata.pop("language_info", None)  # it bears the version of Python
    for cell in done.cells:
        if cell.cell_type == "code":  # warnings of packages bear the paths of a machine
            cell.outputs = [each for each in cell.outputs if each.get("name") != "stderr"]
    return done


def main(wanted: list[str]) -> None:
    """Execute notebooks and write them.

    Parameters
    ----------
    wanted : list of str
        Names; all where there are none.
    """
    for name in wanted or names():
        text = nbformat.writes(executed(source(name))) + "\n"
        write_whole(FOLDER / f"{name}.ipynb", partial(Path.write_text, data=text, encoding="utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
