"""In front of HTTP: how many may be connected, and how long one may take to say what it wants or to take the answer.

aiohttp has no limit for any of these. A connection is seen here first; aiohttp's own protocol does all the work.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import StreamReader, web

from .descriptors import share
from .losses import Losses

log = logging.getLogger("progressd.gate")

REQUEST = 30.0
"""Seconds in which a request has to be there, head and body, since its first byte or the connection's beginning; and"""
SLOWEST = 16 << 10
"""bytes that earn it a second more: eight megabytes over a thin line are no attack."""
ANSWER = 60.0
"""Seconds in which a client has to take something of its answer; it may be on a thin line, or dead."""
SWEEP = 5.0
"""Seconds between looks at all connections; what was cut off may have had so much more."""
ARRIVING = 256 << 20
"""Bytes of all requests that have not been answered yet. When it is more, who has been sending for longest goes."""
AT_ONCE = 128
"""Connections accepted at a time: for a moment they are above the limit."""
WAITING = 4096
"""Connections that the kernel keeps until then: a thousand pages that come back at once need not try again."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _answer(status: str, text: str, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", "Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(text)}", *headers)
    return "\r\n".join((*lines, "Connection: close", "", text)).encode()


FULL = _answer("503 Service Unavailable", "too many connections; try again later\n", "Retry-After: 5")
LATE = _answer("408 Request Timeout", "the request took too long to arrive\n")


@dataclass(slots=True, eq=False)
class Gate:
    """All HTTP connections."""

    clock: Callable[[], float]
    """Monotonic seconds."""
    losses: Losses
    limit: int = field(default_factory=share)
    """Connections open at a time. When it is full, who has been silent for longest goes."""
    room: int = ARRIVING
    connections: set["Connection"] = field(default_factory=set)
    resting: dict["Connection", None] = field(default_factory=dict)
    """Those that no request of is being answered; who has rested for longest comes first."""
    arriving: int = 0
    """Bytes of requests that have not been answered yet."""
    turned_away: int = 0

    async def listen(self, answerer: Callable[[], asyncio.Protocol], listener: socket.socket) -> asyncio.Server:
        """Accept connections; each is answered by a protocol of its own that `answerer` makes."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self, answerer), sock=listener, backlog=AT_ONCE)
        listener.listen(WAITING)
        return server

    async def run(self) -> None:
        """Cut off who takes too long, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP)
            self.sweep()

    def sweep(self) -> None:
        """Cut off who has taken too long by now."""
        now = self.clock()
        for connection in list(self.connections):
            connection.check(now)

    def admits(self, connection: "Connection") -> bool:
        """Take in a new connection, for which another may have to go; False if all are in use."""
        if len(self.connections) >= self.limit:
            if not self.resting:
                self.turned_away += 1
                self.losses.lose("HTTP: clients that were turned away", 1)
                if self.turned_away.bit_count() == 1:
                    log.warning("%d clients found all HTTP connections in use so far", self.turned_away)
                return False
            next(iter(self.resting)).abort()
        self.connections.add(connection)
        self.resting[connection] = None
        return True

    def leaves(self, connection: "Connection") -> None:
        """Forget a connection."""
        self.connections.discard(connection)
        self.resting.pop(connection, None)

    def make_room(self, for_whom: "Connection") -> None:
        """Cut off who has been sending for longest: honest requests of this size are there within seconds."""
        sending = [each for each in self.connections if each.size and each.since is not None]
        min(sending, key=lambda each: each.since or 0.0, default=for_whom).abort()


class Connection(asyncio.Protocol):
    """One connection: hands everything on to aiohttp's protocol, and notes who waits for whom."""

    def __init__(self, gate: Gate, answerer: Callable[[], asyncio.Protocol]) -> None:
        self.since: float | None = None
        """Since when the client owes us a request, or the rest of one."""
        self.size = 0
        """Bytes of the request that is arriving or being answered."""
        self._gate = gate
        self._answerer = answerer
        self._inner: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self._body: StreamReader | None = None
        self._busy = False
        self._stuck: tuple[float, int] | None = None
        """Since when the client has taken nothing of so many bytes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._gate.admits(self):
            transport.write(FULL)
            transport.close()
            return
        self.since = self._gate.clock()
        self._inner = self._answerer()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Note that a request arrives."""
        if self.since is None and not self._busy:
            self.since = self._gate.clock()
        if self.since is not None:
            self.size += len(data)
            self._gate.arriving += len(data)
            if self._gate.arriving > self._gate.room:
                self._gate.make_room(self)
        if self._inner is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """The client says no more."""
        return self._inner.eof_received() if self._inner is not None else None

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._forget()
        self._gate.leaves(self)
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not take what it is sent."""
        if self._transport is not None:
            self._stuck = self._gate.clock(), self._transport.get_write_buffer_size()
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        self._stuck = None
        if self._inner is not None:
            self._inner.resume_writing()

    def asks(self, body: StreamReader) -> None:
        """A request's head is there, and it is being answered; its body may be yet to come."""
        self._busy, self._body = True, body
        self._gate.resting.pop(self, None)
        if body.is_eof():
            self.owes_nothing()
        elif self.since is None:
            self.since = self._gate.clock()

    def owes_nothing(self) -> None:
        """The request is there, or is being answered as it is: however long that takes, it is our time."""
        self.since = self._body = None

    def rests(self) -> None:
        """The request has been answered."""
        self._forget()
        self._busy = False
        if self in self._gate.connections:
            self._gate.resting[self] = None

    def check(self, now: float) -> None:
        """Cut the connection if the client has taken too long by now."""
        if self._body is not None and self._body.is_eof():
            self.owes_nothing()
        if self.since is not None and now - self.since > REQUEST + self.size / SLOWEST:
            self._refuse(now)
        elif self._stuck is not None and self._transport is not None:
            unsent = self._transport.get_write_buffer_size()
            if unsent != self._stuck[1]:
                self._stuck = now, unsent
            elif now - self._stuck[0] > ANSWER:
                self.abort()

    def abort(self) -> None:
        """Hang up at once."""
        self._forget()
        self._gate.leaves(self)
        if self._transport is not None:
            self._transport.abort()

    def _refuse(self, now: float) -> None:
        assert self._transport is not None
        if self.size:
            self._transport.write(LATE)
        self._forget()
        self._transport.close()
        self._stuck = now, self._transport.get_write_buffer_size()

    def _forget(self) -> None:
        self._gate.arriving -= self.size
        self.size = 0
        self.since = self._body = None


@web.middleware
async def attend(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the connection when a request is answered. A body that is no HTTP is the client's fault, not ours."""
    connection = _connection(request)
    if connection is None:
        return await handler(request)
    connection.asks(request.content)
    try:
        return await handler(request)
    except web.RequestPayloadError:
        return web.Response(status=400, text="the body is not what its headers say\n", headers={"Connection": "close"})
    finally:
        connection.rests()


async def note_answer(request: web.Request, _response: web.StreamResponse) -> None:
    """Before each answer leaves: the client has said what it had to."""
    connection = _connection(request)
    if connection is not None:
        connection.owes_nothing()


def _connection(request: web.Request) -> Connection | None:
    protocol = request.transport.get_protocol() if request.transport is not None else None
    return protocol if isinstance(protocol, Connection) else None
