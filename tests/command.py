"""The command `berdaya`, in this process and in another."""

import os
import subprocess
import sys
from pathlib import Path

from scenarios.cli import main

ROOT = Path(__file__).parent.parent
SMALL = ["--households", "2000", "--months", "12", "--replicates", "1"]
SEATS = ["--set", "programmes.training.seats=40", "--set", "programmes.sedaya.seats=40"]
COMPARE = ["compare", "training-only", "sedaya-package", *SMALL, *SEATS]


def answer(capsys, *arguments):
    """Run the command here; return its exit code, output and messages."""
    try:
        code = main(arguments)
    except SystemExit as left:
        code = left.code
    return code, *capsys.readouterr()


def start(code, folder):
    """Start Python in a folder, with Ctrl-C as it is at a terminal."""
    before = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-c", before + code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(arguments):
    return f"import sys; from scenarios.cli import main; sys.exit(main({list(arguments)!r}))"
