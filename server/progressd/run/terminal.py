"""The caller's terminal, while its keys go to the command: raw, and as it was before on every way out."""

from __future__ import annotations

import os
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Terminal:
    """A terminal that is ours to read while we are in its foreground."""

    def __init__(self, fd: int, *, shared: bool = False) -> None:
        """Others write to a terminal that is `shared`: how it makes newlines is left as it is."""
        self.fd = fd
        self._shared = shared
        self.is_taken = False
        self._is_resting = False
        self._before = termios.tcgetattr(fd)
        self._raw = self._made_raw()

    def is_in_front(self) -> bool:
        """Whether its keys are meant for us, and not for the shell or another job."""
        try:
            return os.tcgetpgrp(self.fd) == os.getpgrp()
        except OSError:  # it is gone, or not the one that controls us
            return False

    def take(self) -> None:
        """Pass on every key as it is typed, if they are meant for us."""
        if self.is_taken or self._is_resting or not self.is_in_front():
            return
        try:
            self._before = termios.tcgetattr(self.fd)
            self._raw = self._made_raw()
            termios.tcsetattr(self.fd, termios.TCSANOW, self._raw)
            self.is_taken = True
        except termios.error:
            return

    def _made_raw(self) -> list[Any]:
        made = _raw(self._before)
        if self._shared:
            made[1] = self._before[1]
        return made

    def rest(self) -> None:
        """Give it back, and do not take it until woken."""
        self._is_resting = True
        self.give_back()

    def wake(self) -> None:
        """Take it again."""
        self._is_resting = False
        self.take()

    def give_back(self) -> None:
        """Make it what it was before, unless somebody else has done so or has changed it since."""
        self.is_taken = False
        try:
            if termios.tcgetattr(self.fd) == self._raw:
                termios.tcsetattr(self.fd, termios.TCSADRAIN, self._before)
        except termios.error:
            return


def _raw(mode: list[Any]) -> list[Any]:
    """Return the mode in which the kernel touches neither keys nor output: that of cfmakeraw(3)."""
    made = [*mode[:6], list(mode[6])]
    made[0] &= ~(
        termios.IGNBRK
        | termios.BRKINT
        | termios.PARMRK
        | termios.ISTRIP
        | termios.INLCR
        | termios.IGNCR
        | termios.ICRNL
        | termios.IXON
    )
    made[1] &= ~termios.OPOST
    made[2] = made[2] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
    made[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    made[6][termios.VMIN], made[6][termios.VTIME] = 1, 0
    return made
