"""`statsd://HOST:PORT`: UDP, a timer and a counter for each end.

    OS.Startup:1500|ms
    OS.Startup.Succeeded:1|c

The format: https://github.com/statsd/statsd/blob/master/docs/metric_types.md. Dimensions have no place in it; with
`?tags=datadog` they follow as https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/ says.
"""

import asyncio
import os
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from ...core.endings import Ending
from .names import WORDS, dotted
from .outlet import Sent
from .places import place, reach

PORT = 8125
PACKET = 1432
"""Bytes of a datagram: what goes through an Ethernet unparted, by StatsD's own advice."""
_UNFIT = re.compile(r"[,|#\s]+")


class Statsd:
    """Sends to one StatsD."""

    gather = 0.1
    most = 500
    """Some 35 datagrams, which fit the buffer of a peer that is busy for a moment."""

    def __init__(self, url: str) -> None:
        """Raises SetupError."""
        where = place(url, {"tags": ("datadog",)})
        self._address = (where.host, where.port or PORT)
        self._tagged = "tags" in where.options

    async def send(self, endings: Sequence[Ending]) -> Sent:
        """Send datagrams. Raises OSError if nobody listens; that is known only of a peer on this machine."""
        made = list(packets(line for ending in endings for line in self._lines(ending)))
        await reach(*self._address, socket.SOCK_DGRAM, partial(_send, made))
        return Sent(len(endings))

    def _lines(self, ending: Ending) -> Iterator[str]:
        metric = ending.metric
        name, tags = dotted(metric.namespace, metric.name), ""
        if self._tagged and metric.dimensions:
            tags = "|#" + ",".join(
                f"{_tag(key).replace(':', '_')}:{_tag(value)}" for key, value in metric.dimensions.items()
            )
        yield f"{name}:{_milliseconds(ending.elapsed)}|ms{tags}"
        yield f"{name}.{WORDS[ending.status]}:1|c{tags}"


def packets(lines: Iterable[str]) -> Iterator[bytes]:
    """Gather lines into datagrams; a line is never parted, a longer one goes alone."""
    packet = b""
    for line in lines:
        encoded = line.encode()
        if packet and len(packet) + 1 + len(encoded) > PACKET:
            yield packet
            packet = b""
        packet += b"\n" + encoded if packet else encoded
    if packet:
        yield packet


async def _send(packets: Iterable[bytes], family: socket.AddressFamily, address: Any) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(family, socket.SOCK_DGRAM) as connection:
        connection.setblocking(False)  # noqa: FBT003 - takes no name
        await loop.sock_connect(connection, address)
        for packet in packets:
            await loop.sock_sendall(connection, packet)
        error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3f}".rstrip("0").rstrip(".")


def _tag(text: str) -> str:
    return _UNFIT.sub("_", text)
