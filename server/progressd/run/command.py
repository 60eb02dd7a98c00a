"""One command from its start to its end, as a task."""

from __future__ import annotations

import _socket
import os
import resource
import select
from time import monotonic, time

from progressd_client.settings import settings

from .account import Account, Ending
from .asking import Asking
from .copying import Copying
from .hooked import is_hooked
from .leader import ALL_READY, READY, REFUSED, Launch, lead
from .options import Order
from .outset import Outset, replace, say
from .reporter import LINGER, Run, let_go, start_reporter
from .signals import BLOCKED, Forwarding, is_orphan
from .tee import HEARD, SENT, Tee
from .terminal import Terminal
from .wiring import Wiring, set_size, size_of, wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal

    from .overseen import Overseen
else:
    import _signal as signal  # see signals.py

PATIENCE = 0.2
"""Seconds at the end for the last records to be on their way. The reporter goes on by itself; nobody waits longer."""
SPARE = 3
"""Reporters that take the place of one that is gone: who kills more does so on purpose."""
BETWEEN = 5.0
"""Seconds that a run waits for that which another will follow: what the other says shall come after."""


def run_one(
    order: Order, *, whole_lines: bool = False, patience: float = PATIENCE, overseen: Overseen | None = None
) -> int:
    """Run a command; return its exit status, or end by the signal that ended it.

    `patience` is how many seconds it waits at the end for its records to be on their way.
    """
    if settings.target == "off":
        return replace(order)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    outset = Outset(order)
    wiring = wire(order.pty, log=not order.has("no-log"))
    course = Course(outset, wiring, overseen)
    try:
        course.begin(Launch(order.command, outset.environment(headless=wiring.is_headless), set(blocked)))
        course.copying.whole_lines = whole_lines
        course.copying.run()
    finally:
        course.forwarding.is_over = True
        if course.terminal is not None:
            course.terminal.give_back()
    return course.end(patience)


class Course:
    """A command that runs: its parts, and what happens when it starts, stops and ends."""

    def __init__(self, outset: Outset, wiring: Wiring, overseen: Overseen | None = None) -> None:
        self.terminal = Terminal(wiring.keys, shared=wiring.is_shared) if wiring.has_session else None
        self.forwarding = Forwarding(has_session=wiring.has_session, resize=self._resize, left=self._left)
        self._outset = outset
        self._wiring = wiring
        self._overseen = overseen
        self._account = Account(outset.key, outset.about(), outset.shown, time)
        self._leader, self._channel = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        self._has_begun = False
        self._spare_reporters = SPARE
        self._tee = self._start_reporter()
        self.copying = Copying(wiring, self._channel, self._tee, self._account)

    def begin(self, launch: Launch) -> None:
        """Start the command."""
        self.copying.on_start = self._started
        self.copying.on_stop = self._stopped
        self.copying.on_continue = self._continue
        self.copying.on_silence = self._tell_another
        self.copying.keys = self.terminal
        if self._wiring.is_shared:
            self.copying.asking = Asking(self._wiring.master, self._wiring.name)
        try:
            child = os.fork()
        except OSError as error:
            self.copying.failure, self.copying.is_watched = error.errno or 1, False
            child = -1
        if not child:
            for fd in (self._channel.fileno(), self._tee.fileno(), *(output.source for output in self._wiring.outputs)):
                os.close(fd)  # whoever waits for our end shall not wait for the leader's
            lead(self._leader, self._wiring, launch, self._tell_alone)
        self.forwarding.leader = child
        self._leader.close()
        self._wiring.release_given()

    def end(self, patience: float) -> int:
        """Tell how it ended, and end the same way."""
        copying, order = self.copying, self._outset.order
        if copying.is_all_copied:
            self._tee.release()
        reason = self._overseen.reason() if self._overseen is not None else None
        if self._overseen is not None and copying.is_interrupted:
            self._overseen.interrupted()
        if not self._has_begun:
            self._tee.record(self._account.begun())
        if copying.failure:
            why = os.strerror(copying.failure)
            say(order, f"cannot run {order.command[0]}: {why}", always=True)
            records = self._account.failed(f"cannot be run: {why}")
        else:
            records = self._account.ended(copying.ending, reason) if copying.ending else self._account.unknown()
        for record in records:
            self._tee.record(record)
        # Who has more patience, or stopped the command for a reason, is followed by another.
        patience = BETWEEN if reason is not None else patience
        has_told = wait_for_reporter(self._tee, patience, HEARD if patience > PATIENCE else SENT)
        if not has_told and reason is None and os.isatty(2) and not order.has("spawn"):
            say(order, f"nobody took its records at {settings.target}; is a daemon running? See --spawn")
        if self._tee.is_waiting:
            _send_rest(self._tee)
        copying.told()
        if copying.failure:
            return 127 if copying.failure == 2 else 126
        return end_like(copying.ending) if copying.ending else 1

    def _start_reporter(self) -> Tee:
        run = Run(self._wiring, self._channel, self._account, log=not self._outset.order.has("no-log"))
        run.terminal = self.terminal
        run.progress = not is_hooked(self._outset.order.command, os.environ)
        if self._has_begun:
            return start_reporter(self._outset.telling, run)
        spare = {self._leader.fileno(), *self._wiring.given.values()}
        return start_reporter(self._outset.telling, run, spare=spare, first=self._outset.find_daemon)

    def _tell_another(self) -> None:
        """Have another reporter go on for one that was killed, or that has a fault."""
        if not self._spare_reporters:
            return
        self._spare_reporters -= 1
        self._outset.telling = self._outset.tell_anew()
        self._tee.replace(self._start_reporter())
        if self._has_begun:
            self._tee.record(self._account.begun())
            if not self._outset.order.has("no-log"):
                said = "[here lines may be missing: what tells the daemon was killed, and had to start again]"
                self._tee.record(self._account.noted(said))

    def _tell_alone(self, ending: Ending) -> None:
        """As the leader, tell the end: nobody else is left who could."""
        tee = start_reporter(self._outset.tell_anew(), None)
        for record in (self._account.begun(), *self._account.ended(ending)):
            tee.record(record)
        tee.send_all(LINGER)

    def _started(self, pid: int) -> None:
        self._has_begun = True
        self._tee.record(self._account.begun())
        self.forwarding.start(pid)
        if self._overseen is not None:
            self._tee.record(self._overseen.note)
            self._overseen.started(pid)

    def _stopped(self, number: int) -> bytes:
        """The command was stopped: make ready to stop as well, so that the shell notices, unless there is none."""
        if self.terminal is None:
            return READY
        if is_orphan():
            return REFUSED
        self.terminal.rest()
        # What the terminal would have sent to all in its front, had it been its ^Z.
        return ALL_READY if number == signal.SIGTSTP else READY

    def _continue(self) -> None:
        """Have the command go on with us, whoever continued us."""
        if self.terminal is not None:
            self.terminal.wake()
            self._resize()
            try:
                os.killpg(os.tcgetpgrp(self._wiring.master), signal.SIGCONT)
            except OSError:
                return
        else:
            self.forwarding.send(signal.SIGCONT)

    def _left(self) -> int:
        """If the caller's terminal is gone: who is in front of the command's; else 0."""
        if self.terminal is None or os.isatty(self._wiring.keys):
            return 0
        try:
            return os.tcgetpgrp(self._wiring.master)
        except OSError:  # nobody any more
            return 0

    def _resize(self) -> None:
        if self._wiring.terminal >= 0:
            try:
                set_size(self._wiring.master, size_of(self._wiring.terminal))
            except OSError:  # it was just closed
                return


def wait_for_reporter(tee: Tee, patience: float = PATIENCE, until: int = SENT) -> bool:
    """Wait a moment until all is `SENT`, or what else may be asked for; return False if there is nobody to tell.

    If the reporter is far behind, as after a flood, a moment does not do: then only who has more patience waits at all.
    """
    tee.ask(until)
    tee.pump()
    if tee.is_waiting and patience <= PATIENCE:
        return True
    end = monotonic() + patience
    while not tee.is_dead and (left := end - monotonic()) > 0:
        tee.pump()
        poll = select.poll()
        poll.register(tee, select.POLLIN | (select.POLLOUT if tee.is_waiting else 0))
        poll.poll(left * 1000)
        answer = tee.receive()
        if b"\0" in answer:
            return True
        if b"\1" in answer:
            return False
    return True


def _send_rest(tee: Tee) -> None:
    """Have a fork of us send what a slow reporter has not taken yet: nobody shall wait for that."""
    if os.fork():
        return
    try:
        os.setsid()
        let_go((0, 1, 2))
        tee.send_all(LINGER)
    finally:
        os._exit(0)


def end_like(ending: Ending) -> int:
    """Return the command's exit status; if a signal ended it, be ended by the same."""
    number = ending.signal
    if number is None:
        return ending.code
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # whose core it would be, the command has dumped
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    signal.raise_signal(number)
    return ending.code
