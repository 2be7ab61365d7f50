"""What stands before the server of the workshop page: only the page itself may ask.

Another site that a browser has open could ask a server of this machine, or have its own name point
here. So the name by which the server is called, the page that asks, the kind and the length of what
is asked are looked at first.
"""

import ipaddress
import json
import socket
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from scenarios.grammar.mistakes import ScenarioError

LARGEST_BODY = 10_000
"""Bytes of a question."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Hosts:
    """Names by which the server may be called: those that another site cannot point here.

    Parameters
    ----------
    host : str
        Where it listens.

    Examples
    --------
    >>> here = Hosts("127.0.0.1")
    >>> here.knows("localhost:8710"), here.knows("elsewhere.example:8710")
    (True, False)
    >>> Hosts("0.0.0.0").knows("192.168.1.5:8710")
    True
    """

    def __init__(self, host: str) -> None:
        self.is_local = is_loopback(host)
        self._names = {*LOOPBACK, host}
        if not self.is_local:
            self._names |= {socket.gethostname().casefold()}

    def knows(self, called: str) -> bool:
        """Return whether a Host header, with or without a port, is one of ours."""
        name, _, port = called.casefold().rpartition(":")
        if not name or called.endswith("]") or not port.isdecimal():
            name = called.casefold()
        name = name.removeprefix("[").removesuffix("]")
        return name in self._names or (not self.is_local and _is_address(name))


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a host.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    return host in LOOPBACK or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Refuses what does not come from the page itself, before anything is read."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def guarded(message: Any) -> None:  # noqa: ANN401
            if message["type"] == "http.response.start":
                extra = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self.app(scope, receive, guarded)

    def _refusal(self, method: str, headers: Mapping[str, str]) -> Response | None:
        host = headers.get("host", "")
        if not self.hosts.knows(host):
            return _said(421, "host", f"{host[:60]!a} is not a name of this server", "127.0.0.1")
        if headers.get("origin", f"http://{host}").casefold() != f"http://{host}".casefold():
            return _said(403, "origin", "another page asks")
        if method == "POST":
            kind = headers.get("content-type", "").partition(";")[0].strip().casefold()
            if kind != "application/json":
                return _said(415, "content-type", f"{kind[:60]!a} is not read", "application/json")
            length = headers.get("content-length", "0")
            if not length.isdecimal() or int(length) > LARGEST_BODY:
                return _said(413, "", f"is longer than {LARGEST_BODY} bytes")
        return None


def _said(status: int, path: str, problem: str, allowed: str = "") -> JSONResponse:
    said = {"path": path, "problem": problem, "allowed": allowed, "nearest": ""}
    return JSONResponse({"mistakes": [said]}, status, HEADERS)


class Unreadable(ValueError):
    """A question is no JSON, or too long."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


async def read(request: Request) -> Any:  # noqa: ANN401
    """Return what was asked, as JSON has it.

    Raises
    ------
    Unreadable
        Where it has none, or is too long.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Unreadable(413, f"is longer than {LARGEST_BODY} bytes")
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Unreadable(400, "is not JSON") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


async def refused(_: Request, error: Exception) -> Response:
    """Answer what is wrong in what was asked."""
    assert isinstance(error, ScenarioError)
    names = ("path", "problem", "allowed", "nearest")
    told = [{name: getattr(each, name) for name in names} for each in error.mistakes]
    return JSONResponse({"mistakes": told}, 422)


async def unreadable(_: Request, error: Exception) -> Response:
    """Answer that what was asked cannot be read."""
    assert isinstance(error, Unreadable)
    return _said(error.status, "", str(error))
