"""Sends records to the daemon's UNIX socket, one by one."""

import json
import socket
from types import TracebackType
from typing import Any


class Sender:
    """A connection to the daemon. Blocking and without a second try: for programs that exist to send."""

    def __init__(self, path: str) -> None:
        """Connect to the socket at `path`. Raises OSError if no daemon is there."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)

    def send(self, record: dict[str, Any]) -> None:
        """Send one record, as the daemon's README describes it. Raises OSError if the daemon is gone."""
        self._socket.sendall(json.dumps(record).encode() + b"\n")

    def close(self) -> None:
        """Hang up. What was sent arrives."""
        self._socket.close()

    def __enter__(self) -> "Sender":  # noqa: PYI034 - typing.Self is not in Python 3.10
        """Return the sender itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Hang up."""
        self.close()
