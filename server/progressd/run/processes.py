"""A command with all that it started: which processes these are, what they write, how they are ended.

It is read from Linux's proc(5).
"""

from __future__ import annotations

import os
import select
import signal
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

GRACE = 3.0
"""Seconds from SIGTERM to SIGKILL: a server finishes its requests, and nobody waits longer for what was saved."""


def family(pid: int) -> list[int]:
    """Return a process, what descends from it, and who else is in its own session or group."""
    table = {int(name): fields for name in os.listdir("/proc") if name.isdigit() and (fields := _fields(name))}  # noqa: PTH208
    found = {pid} & table.keys()
    pending = list(found)
    while pending:
        parent = pending.pop()
        born = {child for child, fields in table.items() if fields[0] == parent} - found
        found |= born
        pending += born
    session = table[pid][2] if pid in table else 0
    for number, (_, group, its_session) in table.items():
        # The leader of a session of ours is not of the family: see `leader.py`.
        if group == pid or (its_session == session != os.getsid(0) and number != session):
            found.add(number)
    return sorted(found)


def end(pid: int) -> None:
    """End a family: ask, wait, and insist. Raises OSError if no descriptors are to be had, or the kernel is of 2019."""
    ends: dict[int, int] = {}
    for number in (signal.SIGTERM, signal.SIGKILL):
        for each in family(pid):  # also what was started in the meantime
            _add(ends, each)
        for fd in ends.values():
            _send(fd, number)
            _send(fd, signal.SIGCONT)  # what is stopped would not hear it
        if not _wait(ends.values(), GRACE):
            break
    for fd in ends.values():
        os.close(fd)


def writes(pids: Iterable[int]) -> set[str]:
    """Return the paths of the files that these processes have open for writing."""
    found = set()
    for pid in pids:
        for fd in _listed(f"/proc/{pid}/fd"):
            try:
                with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as file:  # noqa: PTH123
                    flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
                if flags & os.O_ACCMODE != os.O_RDONLY:
                    found.add(os.readlink(f"/proc/{pid}/fd/{fd}"))  # noqa: PTH115
            except (OSError, StopIteration):  # just closed
                continue
    return found


def _fields(pid: str) -> tuple[int, int, int] | None:
    """Return a process's parent, group and session; None if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            state, parent, group, session = file.read().rpartition(b")")[2].split()[:4]
    except OSError:
        return None
    return None if state in (b"Z", b"X") else (int(parent), int(group), int(session))


def _add(ends: dict[int, int], pid: int) -> None:
    """Have a descriptor stand for a process: its number may be another's by the time it is used."""
    if pid not in ends:
        try:
            ends[pid] = os.pidfd_open(pid)
        except ProcessLookupError:
            return


def _send(fd: int, number: int) -> None:
    try:
        signal.pidfd_send_signal(fd, number)
    except OSError:  # it has ended, or is another user's by now
        return


def _wait(fds: Iterable[int], seconds: float) -> set[int]:
    """Wait for processes to end; return those that have not."""
    poll, left = select.poll(), set(fds)
    for fd in left:
        poll.register(fd, select.POLLIN)
    until = monotonic() + seconds
    while left and (wait := until - monotonic()) > 0:
        for fd, _ in poll.poll(wait * 1000):
            poll.unregister(fd)
            left.discard(fd)
    return left


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []
