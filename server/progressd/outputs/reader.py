"""One who listens to the stream of events."""

import asyncio
import logging
import socket
from dataclasses import dataclass

log = logging.getLogger("progressd.sse")

STALLED = 60.0
"""Seconds that a reader may take nothing before it is cut off; it may come back and resume."""
UNSENT = 16 << 10
"""Bytes that the kernel may hold unsent for a reader: what it gets after a stall is new, not megabytes of old."""


@dataclass(slots=True, eq=False)
class Reader:
    """A transport, and what has been written to it. Owned by the hub."""

    transport: asyncio.Transport
    scope: str | None
    chunked: bool
    since: int
    gone: asyncio.Future[None]
    stalled: float | None = None
    """When it began to take nothing."""

    def write(self, frame: bytes) -> None:
        """Hand over a frame that is coded as a chunk; old HTTP/1.0 gets what is in it."""
        self.transport.write(frame if self.chunked else frame[frame.index(b"\n") + 1 : -2])

    def is_ready(self, now: float) -> bool:
        """Return whether it has taken all that it was given; cut it off if it takes nothing for too long."""
        if not self.transport.get_write_buffer_size():
            self.stalled = None
            return True
        if self.stalled is None or self.stalled > now:
            self.stalled = now
        elif now - self.stalled > STALLED:
            log.info("a reader took nothing for %.0f s and was cut off", STALLED)
            self.transport.abort()
        return False


def keep_little(transport: asyncio.Transport) -> None:
    """Have the kernel hold no more for a reader than it can send soon."""
    connection = transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
