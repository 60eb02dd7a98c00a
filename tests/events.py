"""A reader of Server-Sent Events over a plain socket, as strict as a browser."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.daemon import PATIENCE


@dataclass(frozen=True)
class Event:
    """One event."""

    name: str
    content: Any
    identity: str | None


class Reader:
    """Reads one stream."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.stream = connection.makefile("rb")
        self.head = self._head()
        self._events = self._read()

    def _head(self) -> str:
        lines = []
        while (line := self.stream.readline()) not in (b"\r\n", b""):
            lines.append(line.decode())
        return "".join(lines)

    def _body(self) -> Iterator[bytes]:
        if "chunked" not in self.head.lower():
            yield from self.stream
            return
        while size := int(self.stream.readline(), 16):
            yield from self.stream.read(size).splitlines(keepends=True)
            assert self.stream.readline() == b"\r\n"

    def __iter__(self) -> Iterator[Event]:
        # One and the same each time: who stops in the middle of a chunk goes on there.
        return self._events

    def _read(self) -> Iterator[Event]:
        fields: dict[str, str] = {}
        for line in self._body():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                assert name in ("event", "id", "data", "retry"), line
                fields[name] = value
            elif "data" in fields:
                yield Event(fields["event"], json.loads(fields["data"]), fields.get("id"))
                fields = {}

    def until(self, name: str) -> Event:
        """Return the next event of that name."""
        return next(event for event in self._events if event.name == name)


@contextmanager
def reading(url: str, path: str = "/events", version: str = "1.1", **headers: str) -> Iterator[Reader]:
    """Open a stream; close it at the end of the block."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    with socket.create_connection((host, port), timeout=PATIENCE) as connection:
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"GET {path} HTTP/{version}\r\nHost: {host}:{port}\r\n{head}\r\n".encode())
        reader = Reader(connection)
        try:
            yield reader
        finally:
            reader.stream.close()
