"""What must succeed before a command is started again: run by the shell, heard only if it fails."""

from __future__ import annotations

import os
import select
import signal
from time import monotonic

from .processes import end as end_family

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT = 60.0
"""Seconds that it may take: while it does, nobody hears of changes."""
KEPT = 16 << 10
"""Bytes at the end of its output that are kept."""


def failure(check: str, environment: Mapping[str, str]) -> bytes | None:
    """Run a check; return what it wrote if it failed, None if it did not."""
    source, end = os.pipe()
    pid = os.posix_spawn(
        "/bin/sh",
        ["/bin/sh", "-c", check],
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, end, 1), (os.POSIX_SPAWN_DUP2, end, 2)],
        setsigmask=(),
        setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),  # which Python ignores
    )
    os.close(end)
    wrote, in_time = _read(source, pid)
    os.close(source)
    if not in_time:
        end_family(pid)
    status = os.waitpid(pid, 0)[1]
    if status:
        return wrote if in_time else wrote + f"\nit took longer than {LIMIT:.0f} s\n".encode()
    return None


def _read(source: int, pid: int) -> tuple[bytes, bool]:
    """Return the end of what is written until a process has ended, and whether it has."""
    ended, kept, until = os.pidfd_open(pid), b"", monotonic() + LIMIT
    poll = select.poll()
    poll.register(source, select.POLLIN)
    poll.register(ended, select.POLLIN)
    try:
        while (left := until - monotonic()) > 0:
            ready = dict(poll.poll(left * 1000))
            if source in ready:
                chunk = os.read(source, KEPT)
                kept = (kept + chunk)[-KEPT:]
                if not chunk:
                    poll.unregister(source)
            elif ended in ready:
                return kept, True
        return kept, False
    finally:
        os.close(ended)
