"""The daemon's HTTP in this process, with a clock that stands still until a test moves it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from progressd.access import Access
from progressd.core.estimate import Weighted
from progressd.engine import Engine, Limits
from progressd.gate import Gate
from progressd.httpd import application
from progressd.outputs.lines import Followers
from progressd.outputs.metrics import Meters
from progressd.outputs.page import load_page
from progressd.outputs.samples import Stations
from progressd.outputs.sse import Hub
from progressd.stores.memory import MemoryStore
from tests.daemon import PATIENCE


@dataclass
class Front:
    """HTTP, listening on loopback."""

    gate: Gate
    engine: Engine
    port: int
    now: float = 0.0
    clients: list[asyncio.StreamWriter] = field(default_factory=list)

    async def later(self, seconds: float) -> None:
        """Let the clock go on, and the gate look."""
        self.now += seconds
        self.gate.sweep()
        await asyncio.sleep(0)

    async def connect(self, **options: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a connection that the gate has seen."""
        known, turned_away = set(self.gate.connections), self.gate.turned_away
        connection = socket.socket()
        connection.setblocking(False)  # noqa: FBT003 - takes no name
        if "receives" in options:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options["receives"])
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self.port))
        streams = await asyncio.open_connection(sock=connection, limit=1 << 20)
        self.clients.append(streams[1])
        await until(lambda: self.gate.connections - known or self.gate.turned_away > turned_away)
        return streams


async def until(check: Callable[[], object]) -> None:
    """Let the loop turn until `check` is true."""
    async with asyncio.timeout(PATIENCE):
        while not check():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def front(limit: int = 100, room: int = 1 << 20) -> AsyncIterator[Front]:
    """Run HTTP over an engine until the end of the block."""
    engine = Engine(MemoryStore(), lambda: 1.7e9, Limits(1e9, 1_000_000))
    hub = Hub(engine, Weighted(), "epoch", Stations(engine), Followers(engine))
    access = Access("", frozenset(), lambda: 0.0)
    runner = web.AppRunner(
        application(engine, Weighted(), hub, load_page(), access, Meters()),
        handler_cancellation=True,
        auto_decompress=False,
        access_log=None,
        shutdown_timeout=0.1,
    )
    await runner.setup()
    assert runner.server is not None
    listener = socket.create_server(("127.0.0.1", 0))
    here = Front(Gate(lambda: here.now, engine.losses, limit, room), engine, listener.getsockname()[1])
    server = await here.gate.listen(runner.server, listener)
    try:
        async with asyncio.TaskGroup() as tasks:
            parts = [tasks.create_task(part) for part in (engine.run(), hub.run())]
            await engine.replayed.wait()
            yield here
            for part in parts:
                part.cancel()
    finally:
        server.close()
        await runner.cleanup()
        for client in here.clients:
            client.transport.abort()
        await asyncio.sleep(0)
