"""One of the runs of a command that is started again: a process, and what passes between it and us."""

from __future__ import annotations

import _socket
import fcntl
import os
from time import time

from .command import run_one
from .options import Order
from .processes import end, family, writes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST = 1024
"""Bytes of a message."""


class Overseen:
    """A run, as it sees whoever may start another. `note` is a record that is said once its task has begun."""

    def __init__(self, channel: _socket.socket, note: dict[str, Any]) -> None:
        self.note = note
        self._channel = channel

    def started(self, pid: int) -> None:
        """The command runs as this process."""
        self._say(f"started {pid}")

    def interrupted(self) -> None:
        """Somebody has typed ^C: with the command, all is to end."""
        self._say("interrupted")

    def reason(self) -> str | None:
        """Return why the command was ended to be started again; None if it was not."""
        return _hear(self._channel)

    def _say(self, text: str) -> None:
        try:
            self._channel.send(text.encode(), _socket.MSG_NOSIGNAL)
        except OSError:  # nobody oversees it any more
            return


class Overseer:
    """A run, as whoever may start another sees it. When it says something, SIGIO comes, which must be blocked."""

    def __init__(self, order: Order, note: dict[str, Any], become: Callable[[], None]) -> None:
        """Start it. `become` makes a fork of ours the run's process."""
        self.begun = time()
        self.is_interrupted = False
        """Somebody has typed ^C."""
        self._command = 0
        self._channel, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        fcntl.fcntl(self._channel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(self._channel, fcntl.F_SETFL, os.O_RDWR | os.O_NONBLOCK | os.O_ASYNC)
        self._process = os.fork()
        if self._process:
            theirs.close()
            return
        code = 70  # EX_SOFTWARE
        try:
            self._channel.close()
            become()
            code = run_one(order, overseen=Overseen(theirs, note))
        finally:
            os._exit(code)

    @property
    def has_started(self) -> bool:
        """The command runs, or has run."""
        self._attend()
        return self._command > 0

    def status(self) -> int | None:
        """Return how it ended, as of wait(2); None if it has not. To be asked until it has, and not again."""
        pid, status = os.waitpid(self._process, os.WNOHANG)
        self._attend()
        return status if pid else None

    def writes(self) -> set[str]:
        """Return the files that the command and its own have open for writing."""
        return writes(family(self._command)) if self.has_started else set()

    def send(self, number: int) -> None:
        """Send it a signal; it goes on to the command."""
        os.kill(self._process, number)

    def end(self, why: str) -> None:
        """End it, and all that it has started, once it has."""
        self._channel.send(why.encode()[:LONGEST])
        end(self._command)
        os.waitpid(self._process, 0)
        self._channel.close()

    def _attend(self) -> None:
        while said := _hear(self._channel):
            what, _, rest = said.partition(" ")
            if what == "started":
                self._command = int(rest)
            elif what == "interrupted":
                self.is_interrupted = True


def _hear(channel: _socket.socket) -> str | None:
    """Return the next message, if there is one."""
    try:
        said: bytes = channel.recv(LONGEST, _socket.MSG_DONTWAIT)
    except OSError:
        return None
    return said.decode("utf-8", "replace") or None
