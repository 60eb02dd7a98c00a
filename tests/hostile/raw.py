"""Connections and HTTP by hand, for what no well-behaved client would do."""

import socket
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.daemon import PATIENCE

HOST = b"Host: localhost\r\n"
NDJSON = b"Content-Type: application/x-ndjson\r\n"


@dataclass(frozen=True)
class Answer:
    """What came back until the other side hung up."""

    status: int
    head: str
    body: str


def connect(url: str) -> socket.socket:
    """Return a connection to a daemon."""
    return socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=PATIENCE)


def open_unix(path: str) -> socket.socket:
    """Return a connection to a daemon's socket."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)  # It waits while too many others do: a socket with a timeout would not.
    return connection


def get(path: str, headers: bytes = b"Connection: close\r\n") -> bytes:
    """Return a request."""
    return b"GET %s HTTP/1.1\r\n%s%s\r\n" % (path.encode(), HOST, headers)


def post(headers: bytes, body: bytes = b"") -> bytes:
    """Return a request that brings records."""
    return b"POST /records HTTP/1.1\r\n%s%s%s\r\n%s" % (HOST, NDJSON, headers, body)


def rest(connection: socket.socket) -> bytes:
    """Return what comes until the other side hangs up, in whatever way."""
    received = b""
    with suppress(ConnectionError):
        while chunk := connection.recv(1 << 16):
            received += chunk
    return received


def ask(url: str, request: bytes) -> Answer:
    """Send a request, say that no more will come, and return the first answer."""
    with connect(url) as connection:
        with suppress(ConnectionError):
            connection.sendall(request)
        head, _, body = rest(connection).decode("latin-1").partition("\r\n\r\n")
        return Answer(int(head.split(" ", 2)[1]) if head else 0, head, body)
