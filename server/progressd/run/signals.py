"""Signals to `progressd run` go on to the command, unless it has them already: a terminal sends to all in its front.

Only sigwaitinfo(2) tells who sent a signal, and it waits; so a thread does that, from the command's start on. Until
then they are blocked, and in the command they are as its caller had them.
"""

from __future__ import annotations

import os
from _thread import start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
else:
    import _signal as signal  # the other makes names for all numbers: that takes longer than most of what is here

_OURS = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT, signal.SIGCHLD, signal.SIGPIPE, signal.SIGURG, signal.SIGTTIN}
_OURS |= {signal.SIGTTOU, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGTRAP}
_OURS |= {signal.SIGSYS, signal.SIGXFSZ}
"""Not for the command: what cannot be caught, what is about this very process, and its faults."""
FORWARDED = signal.valid_signals() - _OURS
ENDS = frozenset((signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT))
"""Those that end a batch, or what is started again and again; what runs gets them as well."""
RELEASE = signal.SIGURG
"""Tells a reporter that all is copied. It does no harm to who does not expect it."""
BLOCKED = FORWARDED | {signal.SIGTTIN, signal.SIGTTOU, RELEASE}
"""Also those of a terminal that is not ours at present: reading and setting it fails instead."""


class Forwarding:
    """Passes signals on to the command.

    `has_session`: the command has a terminal of its own, and does not hear the caller's by itself. `resize` gives it
    the size of the caller's; `left` tells the process group in its front, if the caller's is gone, else 0.
    """

    def __init__(self, *, has_session: bool, resize: Callable[[], None], left: Callable[[], int]) -> None:
        self.leader = 0
        self._pid = 0
        self._early: set[int] = set()
        """Came before the command could hear of it, wherever from."""
        self.is_over = False
        """The command has ended; its number may be another's."""
        self._has_session = has_session
        self._resize = resize
        self._left = left

    def start(self, pid: int) -> None:
        """Pass on to this process what came since the beginning, and what comes."""
        self._pid = pid
        self._early = signal.sigpending()
        start_new_thread(self._run, ())

    def _run(self) -> None:
        while not self.is_over:
            came = signal.sigwaitinfo(FORWARDED)
            if came.si_pid == self.leader:
                continue  # it stops all of us
            if came.si_signo == signal.SIGWINCH:
                self._resize()
                if not self._has_session:  # else its own terminal has told it
                    self.send(came.si_signo)
            elif came.si_signo == signal.SIGHUP and (front := self._left()):
                try:
                    self._hang_up(front)
                except OSError:  # they were quicker
                    continue
            elif self._has_session or came.si_code <= 0 or came.si_signo in self._early:
                self._early.discard(came.si_signo)
                self.send(came.si_signo)

    def _hang_up(self, front: int) -> None:
        """Do as a terminal does when it goes: tell who leads, and all in front."""
        try:
            if os.getpgid(self._pid) != front:
                self.send(signal.SIGHUP)
        finally:
            os.killpg(front, signal.SIGHUP)

    def send(self, number: int) -> None:
        """Send the command a signal."""
        if not self.is_over:
            try:
                os.kill(self._pid, number)
            except OSError:  # it has ended, or has become another user
                return


def is_orphan() -> bool:
    """Whether nobody could continue our process group if it stopped, so that the kernel would not stop it for ^Z.

    That is so unless a member's parent is in the same session, but in another group (POSIX, orphaned process group).
    """
    group, session, pid = os.getpgrp(), os.getsid(0), os.getppid()
    try:
        while pid and os.getsid(pid) == session:
            if os.getpgid(pid) != group:
                return False
            pid = _parent(pid)
    except OSError:
        return True
    return True


def _parent(pid: int) -> int:
    with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - pathlib costs more to import than all that is here
        return int(file.read().rpartition(b")")[2].split()[1])
