"""Where to send, as a URL says it: `statsd://HOST:PORT?tags=datadog`; and how to get there."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from ...config import SetupError

T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class Place:
    """A URL, taken apart."""

    host: str
    """For CloudWatch a region, which stands in its place."""
    port: int | None
    options: dict[str, str]


def place(url: str, options: dict[str, tuple[str, ...]], form: str = "HOST:PORT") -> Place:
    """Take a URL apart. `options` are what may stand behind its `?`, with the values that each may have, () for any.

    Raises SetupError, which says what would be right.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        given = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError as error:
        raise SetupError(f"--metrics {url}: {error}") from error
    if not host or parts.path not in ("", "/") or parts.username is not None or parts.fragment:
        raise SetupError(f"--metrics {url}: it is {parts.scheme}://{form}, a secret has no place in it")
    for name, value in given.items():
        if name not in options or (options[name] and value not in options[name]):
            known = " or ".join(f"{each}={'|'.join(values) or '…'}" for each, values in options.items())
            raise SetupError(f"--metrics {url}: {name}={value} is not known; there is {known}")
    return Place(host, port, given)


async def reach(
    host: str, port: int, kind: socket.SocketKind, attempt: Callable[[socket.AddressFamily, Any], Awaitable[None]]
) -> None:
    """Make an attempt at each address of a host until one succeeds. Raises OSError if none does.

    The name is looked up anew each time, for the peer may have moved. IPv4 goes first: of those who listen for
    metrics, most know nothing else, and `localhost` has both.
    """
    found = await aside(lambda: socket.getaddrinfo(host, port, type=kind))
    failure = OSError(f"{host} has no address")
    for family, _, _, _, address in sorted(found, key=lambda each: each[0] != socket.AF_INET):
        try:
            return await attempt(family, address)
        except OSError as error:
            failure = error
    raise failure


async def aside(work: Callable[[], T]) -> T:
    """Do what blocks in a thread that does not keep the daemon from ending, as those of the loop's pool would."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="progressd-metrics", daemon=True).start()
    return await asyncio.wrap_future(future)
