"""Whether a command wants keys from its terminal, where others may want those of the same terminal.

In `ssh … | progressd run -- less` both do, and ssh comes first. So keys are taken only while the command has told its
own terminal how it wants them, as `less` does and whoever asks for a password, or while something waits in read(2) for
a line of it. That is read from Linux's proc(5); where it says nothing, only the first is noticed.
"""

from __future__ import annotations

import os
import termios
from time import monotonic

LOOK = 0.25
"""Seconds between looks: a person does not notice."""
MOST = 64
"""Processes that are looked at: whoever asks people is near the top."""
READ = (b"0", b"63")
"""read(2), by its number on x86-64, and on ARM and RISC-V."""


class Asking:
    """The terminal at our end of the PTY, `master`; what is its other end is called `slave`."""

    def __init__(self, master: int, slave: str) -> None:
        self._master = master
        self._names = ("/dev/tty", slave)
        self._before = termios.tcgetattr(master)[3]
        self._until = 0.0
        self._wants = False

    def wants_keys(self, pid: int) -> bool:
        """Return whether a process, or what it has started, wants keys, as of a moment ago."""
        now = monotonic()
        if now > self._until:
            self._wants = self._is_set() or self._is_read(pid)
            self._until = now + LOOK
        return self._wants

    def _is_set(self) -> bool:
        try:
            return bool(termios.tcgetattr(self._master)[3] != self._before)
        except termios.error:
            return False

    def _is_read(self, pid: int) -> bool:
        pending, looked = [pid], 0
        while pending and looked < MOST:
            process, looked = pending.pop(0), looked + 1
            try:
                if self._reads(process):
                    return True
                with open(f"/proc/{process}/task/{process}/children", "rb") as file:  # noqa: PTH123
                    pending += map(int, file.read().split())
            except (OSError, ValueError):  # it has ended
                continue
        return False

    def _reads(self, process: int) -> bool:
        with open(f"/proc/{process}/syscall", "rb") as file:  # noqa: PTH123
            call, *arguments = file.read().split()
        return call in READ and os.readlink(f"/proc/{process}/fd/{int(arguments[0], 16)}") in self._names  # noqa: PTH115
