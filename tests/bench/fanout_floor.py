"""The floor of fanout.py: a bare asyncio server that writes a ready frame to all its readers when it is told to."""

import asyncio
import sys
from pathlib import Path

from progressd.daemon import GARBAGE

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class Reader(asyncio.Protocol):
    """A connection that is answered with a stream, whatever it asks."""

    def __init__(self, readers: set[asyncio.Transport]) -> None:
        self.readers = readers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport until the request is there."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer."""
        self.transport.write(HEAD)
        self.readers.add(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.readers.discard(self.transport)


class Door(asyncio.Protocol):
    """Whatever comes in here makes a change."""

    def __init__(self, readers: set[asyncio.Transport], frame: bytes) -> None:
        self.readers = readers
        self.frame = frame

    def data_received(self, data: bytes) -> None:
        """Write the frame to all."""
        for transport in self.readers:
            transport.write(self.frame)


async def serve(path: str, frame: bytes) -> None:
    """Serve until the process is ended."""
    loop = asyncio.get_running_loop()
    readers: set[asyncio.Transport] = set()
    server = await loop.create_server(lambda: Reader(readers), "127.0.0.1", 0, backlog=1024)
    door = await loop.create_unix_server(lambda: Door(readers, frame), path)
    sys.stderr.write(f"port {server.sockets[0].getsockname()[1]}\n")
    sys.stderr.flush()
    await asyncio.gather(server.serve_forever(), door.serve_forever())


if __name__ == "__main__":
    import gc

    gc.set_threshold(*GARBAGE)
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2]).read_bytes()))
