"""The commands `berdaya workshop` and `berdaya kit`."""

import argparse
import errno
import shlex
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scenarios.command.asked import typed
from scenarios.command.experiments import counting, kept
from scenarios.command.working import folder_for
from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.results import output

PORT, PORTS = 8710, 20
"""Where the page is served: the first free one of so many."""
LOOPBACK = "127.0.0.1"
WORKERS, MOST_WORKERS = 2, 64
REPLICATES, MOST_REPLICATES = 100, 1000
"""Of each side of the live page, at most."""
KIT_REPLICATES = 10

WORKSHOP_EXAMPLES = """\
examples:
  berdaya workshop
  berdaya workshop --area Bali --language en
  berdaya workshop --no-browser --port 9000

The page opens in the browser of this machine and asks nobody else. Stop it with Ctrl-C. For other
machines of a room: --host 0.0.0.0, on a network that you trust; nobody is asked for a password."""

KIT_EXAMPLES = """\
examples:
  berdaya kit --out kit.html
  berdaya kit --out bali.html --area Bali --language en --workers 8

The file works in any browser without Berdaya and without a network. Stopped, the same call goes on
where it was; a run that another kit has done is not done again."""


def add_workshop(
    add: Callable[[str, str, str], argparse.ArgumentParser],
    add_whole: Callable[[int, int], Callable[[str], int]],
) -> None:
    """Add the two commands.

    Parameters
    ----------
    add : callable
        Adds a command by its name, what it is for and its examples.
    add_whole : callable
        Returns what reads a whole number in a range.
    """
    workshop = add("workshop", "open the workshop page, live on the model", WORKSHOP_EXAMPLES)
    _add_shared(workshop, add_whole)
    workshop.add_argument(
        "--host",
        metavar="ADDRESS",
        default=LOOPBACK,
        help="listen there instead, so that other machines can ask (default: %(default)s, this "
        "machine only)",
    )
    workshop.add_argument(
        "--port",
        metavar="N",
        type=add_whole(1024, 65535),
        help=f"listen at this port (default: {PORT}, or the next that is free)",
    )
    workshop.add_argument(
        "--replicates",
        metavar="N",
        type=add_whole(2, MOST_REPLICATES),
        default=REPLICATES,
        help="runs of each side with different draws, at most (default: %(default)s)",
    )
    workshop.add_argument(
        "--no-browser", action="store_true", help="open no browser: only tell the address"
    )
    kit = add("kit", "make the workshop page as one file that needs no model", KIT_EXAMPLES)
    _add_shared(kit, add_whole)
    kit.add_argument("--out", metavar="FILE.html", required=True, help="the page, there")
    kit.add_argument(
        "--runs",
        metavar="FOLDER",
        default="results/runs",
        help="finished runs, found and kept there (default: %(default)s)",
    )
    kit.add_argument(
        "--replicates",
        metavar="N",
        type=add_whole(2, MOST_REPLICATES),
        default=KIT_REPLICATES,
        help="runs of each cell with different draws (default: %(default)s)",
    )


def _add_shared(
    parser: argparse.ArgumentParser, add_whole: Callable[[int, int], Callable[[str], int]]
) -> None:
    parser.add_argument(
        "--area", metavar="PROVINCE", help="which comes first (default: DKI Jakarta)"
    )
    parser.add_argument(
        "--language",
        choices=("id", "en"),
        default="id",
        help="in which the page opens (default: %(default)s); it has both",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=add_whole(1, MOST_WORKERS),
        default=WORKERS,
        help="processes; no result depends on it (default: %(default)s)",
    )


@contextmanager
def _told_by_option(args: Namespace) -> Iterator[None]:
    """Tell of what is wrong by the options as they were typed."""
    try:
        yield
    except ScenarioError as error:
        options = {"place": ("area", args.area), "replicates": ("replicates", args.replicates)}
        told = [
            Mistake(typed(name, str(given)), None, "", each.problem, each.allowed, each.nearest)
            for each in error.mistakes
            for name, given in [options[each.path]]
        ]
        raise ScenarioError(told) from None


# The page as one file


def kit(args: Namespace) -> int:
    """Make a kit, going on where an earlier call was."""
    from pathlib import Path

    path = Path(args.out)
    with _told_by_option(args):
        from scenarios.workshop.kit import check_size, offer_of

        offered = offer_of(args.area)
        check_size(offered, args.replicates)
    if path.suffix not in (".html", ".htm"):
        place = typed("out", args.out)
        raise ScenarioError([Mistake(place, None, "", "is no page", "a name.html")])
    command = f"berdaya kit --out {path.name} --area {shlex.quote(offered.places[0])}"
    command += f" --replicates {args.replicates}"
    with folder_for(str(path.parent)), kept(args):
        from scenarios.workshop.kit import make, write
        from simulation.store import Store

        store = Store(args.runs)
        store.prepare()
        with counting(args.stops) as (progress, _):
            made = make(
                offered,
                args.replicates,
                store,
                args.workers,
                progress,
                language=args.language,
                command=command,
            )
        write(made, path)
    size = path.stat().st_size
    counts = {"file": str(path), "bytes": size, "cells": made.cells}
    counts |= {"runs": made.runs, "failed": made.failed}
    text = f"{made.cells} cells, {made.runs} runs, {made.failed} failed; {size / 1e6:.1f} MB\n"
    text += f"\n{path}\n"
    output.show(args.format, counts, [counts], text)
    sys.stderr.write("".join(f"{warning}\n" for warning in store.warnings))
    return int(made.failed == made.runs > 0)


# The page, live


def workshop(args: Namespace) -> int:
    """Serve the page until it is stopped."""
    with _told_by_option(args):
        from scenarios.workshop.choices import offer

        offered = offer(args.area)
    with _listening(args.host, args.port) as ear, _packages():
        from scenarios.workshop.desk import Desk
        from scenarios.workshop.guard import Hosts
        from scenarios.workshop.page import assemble, data_of
        from scenarios.workshop.server import Service, application, serve

        data = data_of("live", args.language, offered, "berdaya workshop", args.replicates)
        desk = Desk(args.workers)
        app = application(assemble(data), Service(offered, desk), Hosts(args.host))
        sys.stderr.write(f"making the people of {offered.places[0]} ...\n")
        try:
            serve(app, ear, lambda: _tell(args, ear))
        except KeyboardInterrupt:
            if not args.stops:
                raise
        finally:
            desk.close()
    sys.stderr.write("stopped\n")
    return 0


def _tell(args: Namespace, ear: socket.socket) -> None:
    """Tell where the page is, and who can ask for it; open it."""
    from scenarios.workshop.guard import is_loopback

    host, port = ear.getsockname()[:2]
    if not is_loopback(host):
        sys.stderr.write(
            f"listening at {host}: anyone who reaches this machine on the network can open the "
            "page and have the model run\n"
        )
        host = LOOPBACK if host in ("0.0.0.0", "::") else host
    address = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    output.show(args.format, {"address": address}, [{"address": address}], f"{address}\n")
    sys.stdout.flush()
    sys.stderr.write("stop it with Ctrl-C\n")
    if not args.no_browser:
        import webbrowser

        webbrowser.open(address)


@contextmanager
def _listening(host: str, port: int | None) -> Iterator[socket.socket]:
    """Give a socket that is bound to an address, at a free port where none is asked for."""
    ports = [port] if port else range(PORT, PORT + PORTS)
    try:
        (family, _, _, _, place), *_ = socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        problem = "is no address of this machine"
        raise ScenarioError([Mistake(typed("host", host), None, "", problem, LOOPBACK)]) from None
    for each in ports:
        ear = socket.socket(family, socket.SOCK_STREAM)
        with ear:
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                ear.bind((place[0], each, *place[2:]))
                # Two servers may be bound to one port as long as neither listens.
                ear.listen()
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                reason = error.strerror or str(error)
                where = typed("host", host) if port is None else f"--host {host} --port {port}"
                raise ScenarioError(
                    [Mistake(where, None, "", f"cannot listen: {reason}")]
                ) from None
            yield ear
            return
    taken = typed("port", str(port)) if port else f"--port {PORT}"
    problem = "is taken" if port else f"and the {PORTS - 1} after it are taken"
    raise ScenarioError([Mistake(taken, None, "", problem, "another port")])


@contextmanager
def _packages() -> Iterator[None]:
    """Tell of packages that are not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise OSError(f"{error}; pip install -e '.[workshop]' brings it") from error
