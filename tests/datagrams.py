"""A daemon that takes datagrams, and what llpp's own programs send."""

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.daemon import Daemon, eventually, running


@contextmanager
def listening(home: Path, *options: str) -> Iterator[tuple[Daemon, socket.socket]]:
    """Run a daemon with a UDP door at a free port; also give a socket that is connected to it."""
    with running(home, "--udp", "127.0.0.1:0", *options) as daemon:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", port(daemon)))
            yield daemon, sender


def port(daemon: Daemon) -> int:
    """Return where the daemon that was started last takes datagrams."""
    found = eventually(lambda: re.findall(r"datagrams are taken at 127.0.0.1:(\d+)", daemon.log.read_text()))
    return int(found[-1])


def message(kind: str, station: str, content: bytes = b"") -> bytes:
    """Return one of llpp's three: `stts`, `rrvl` or `dprt`."""
    name = station.encode()
    return struct.pack("!8sBB", b"llpp" + kind.encode(), len(name), len(content)) + name + content


def departure(station: str, seconds: float) -> bytes:
    """Return a departure after so long a service."""
    return message("dprt", station, struct.pack("!Q", round(seconds * 1e9)))
