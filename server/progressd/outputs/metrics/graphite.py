"""`graphite://HOST:PORT`: Carbon's plaintext protocol over TCP, which tells when nobody takes it.

    OS.Startup 1.5 1767225600
    OS.Startup.Succeeded 17 1767225600

The format: https://graphite.readthedocs.io/en/latest/feeding-carbon.html. Carbon keeps one value for each interval, so
the counts are totals since the daemon's start: `nonNegativeDerivative()` gives what came in each interval, and none is
lost. With `?tags=graphite`, dimensions follow as Graphite 1.1's tags, https://graphite.readthedocs.io/en/latest/tags.html.
"""

import asyncio
import re
import socket
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ...core.endings import Ending
from .names import WORDS, dotted
from .outlet import Sent
from .places import place, reach

PORT = 2003
PATIENCE = 10.0
"""Seconds for a connection, and for all that is sent through it."""
SERIES = 10_000
"""Counts that are kept, some 2 MB. Ends of tasks beyond them are not sent: such names are made up without end."""
_UNFIT = re.compile(r"[;!^=~\s]+")


class Graphite:
    """Sends to one Carbon."""

    gather = 1.0
    most = 500

    def __init__(self, url: str) -> None:
        """Raises SetupError."""
        where = place(url, {"tags": ("graphite",)})
        self._address = (where.host, where.port or PORT)
        self._tagged = "tags" in where.options
        self._totals: dict[str, int] = {}

    async def send(self, endings: Sequence[Ending]) -> Sent:
        """Send them over a connection of their own, so that a dead one is never written to."""
        totals, lost, lines = dict(self._totals), 0, list[str]()
        for ending in endings:
            found = list(self._lines(ending, totals))
            lost += not found
            lines += found
        async with asyncio.timeout(PATIENCE):
            await reach(*self._address, socket.SOCK_STREAM, partial(_send, "".join(lines).encode()))
        self._totals = totals
        return Sent(len(endings), lost, f"it has {SERIES} series already")

    def _lines(self, ending: Ending, totals: dict[str, int]) -> Iterator[str]:
        name, tags = dotted(ending.metric.namespace, ending.metric.name), ""
        if self._tagged:
            # Carbon puts them in the order of their names; so does one who counts.
            said = ending.metric.dimensions.items()
            tags = "".join(f";{_UNFIT.sub('_', key)}={_UNFIT.sub('_', value)}" for key, value in sorted(said))
        counted = f"{name}.{WORDS[ending.status]}{tags}"
        if counted not in totals and len(totals) >= SERIES:
            return
        totals[counted] = totals.get(counted, 0) + 1
        at = int(ending.time)
        yield f"{name}{tags} {ending.elapsed:.6g} {at}\n"
        yield f"{counted} {totals[counted]} {at}\n"


async def _send(content: bytes, family: socket.AddressFamily, address: Any) -> None:
    _, writer = await asyncio.open_connection(*address[:2], family=family)
    try:
        writer.write(content)
        await writer.drain()
    finally:
        writer.close()
    await writer.wait_closed()
