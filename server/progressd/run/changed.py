"""What has changed, as the watcher tells it, and whether that is a reason to start a command again."""

from __future__ import annotations

import fcntl
import json
import os
import signal

from .kinds import Kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

SETTLE = 0.3
"""Seconds after its start in which what changes is the command's own doing: caches, files of numbers, sockets."""
CHUNK = 64 << 10


class Changed:
    """The watcher's lines. When there are some, SIGIO comes, which must be blocked."""

    def __init__(self, folders: Sequence[str], kinds: Kinds) -> None:
        self._rest = b""
        self._source, end = os.pipe()
        runner = os.getpid()
        fcntl.fcntl(self._source, fcntl.F_SETOWN, runner)
        fcntl.fcntl(self._source, fcntl.F_SETFL, os.O_NONBLOCK | os.O_ASYNC)
        self._watcher = os.fork()
        if not self._watcher:
            try:
                os.close(self._source)
                from .watching import Watcher  # noqa: PLC0415 - it takes a while, and nobody waits for it

                Watcher(end, folders, kinds, runner).run()
            finally:
                os._exit(0)
        os.close(end)

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield what was said since the last time, see `watching.py`."""
        while chunk := self._read():
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            yield from map(json.loads, lines)

    def let_go(self) -> None:
        """Hear no more: this is another process."""
        os.close(self._source)

    def close(self) -> None:
        """End the watcher."""
        self.let_go()
        os.kill(self._watcher, signal.SIGKILL)
        os.waitpid(self._watcher, 0)

    def _read(self) -> bytes:
        try:
            return os.read(self._source, CHUNK)
        except BlockingIOError:
            return b""


def is_reason(path: str, begun: float) -> bool:
    """Return whether a changed file is one that a command, begun then (Unix seconds), does not know yet.

    The time is that of the inode: a file that was moved here keeps its other one.
    """
    try:
        return os.stat(path).st_ctime > begun + SETTLE  # noqa: PTH116
    except OSError:  # it was removed
        return True
