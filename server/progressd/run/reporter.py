"""The process beside a run that tells the daemon about it, so that nothing the daemon does reaches the command.

It also outlives `progressd run`. Whoever copies the command's output may be killed, or leave because the command has
ended while something that it started goes on writing. What they wrote to would then be gone, and they with it. So the
reporter holds the outputs too, and has a successor copy on: a fork of itself. With pipes the command then notices
nothing. With a PTY it notices that nobody types any more and that the window keeps its size; the caller's terminal is
set back to what it was. Either way its end is told; only the caller, who saw `progressd run` die, gets no exit status.
"""

from __future__ import annotations

import _socket
import marshal
import os
import select
from time import monotonic, process_time, sleep, time

from .account import Account
from .copying import Copying
from .looking import Looking
from .signals import BLOCKED, FORWARDED, RELEASE
from .tee import CLOSED, GAP, HEARD, OUTPUT, RECORD, TAKEN, TOLD, Frames, Tee
from .telling import Telling
from .terminal import Terminal
from .wiring import Output, Wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..core.recognise import Children
else:
    import _signal as signal  # see signals.py

CHUNK = 256 << 10
"""Bytes read at a time: what a socket holds."""
TICK = 0.1
"""Seconds between tries while something waits to be sent."""
GATHER = 0.02
"""Seconds for more to gather: a wake-up costs more than a line, and nobody looks closer."""
SHARE = 0.15
"""Of a core, at most, while the command runs: of a flood the middle is left out rather than the command slowed."""
LONGEST_REST = 0.1
"""Seconds that it rests at most for that: it shall not sleep through the end."""
LINGER = 10.0
"""Seconds that it goes on trying after all is over, if there was a daemon. Where there never was, nothing stays."""
SUCCESSORS = 3
"""At most: somebody kills them, or there is a fault in them."""
MODEST = 10
"""How nice it is to the command: a tenth of its share where the CPUs do not suffice."""


class Run:
    """What a reporter needs of a run: the command's outputs, its leader, its task. None of it for a batch."""

    __slots__ = ("account", "channel", "log", "progress", "terminal", "wiring")

    def __init__(self, wiring: Wiring, channel: _socket.socket, account: Account, log: bool) -> None:
        self.wiring = wiring
        self.channel = channel
        self.account = account
        self.log = log
        """Its lines are told."""
        self.progress = True
        """Progress that they show is."""
        self.terminal: Terminal | None = None
        """What somebody who was killed may have left raw."""


class Reporter:
    """Takes frames, tells the daemon. Runs in a process of its own."""

    def __init__(self, channel: _socket.socket, telling: Telling, run: Run | None) -> None:
        self._channel = channel
        self._frames = Frames()
        self._telling = telling
        self._run = run
        self._outputs = {} if run is None else _open_outputs(run.wiring)
        self._looks = {number: Looking(output) for number, output in self._outputs.items()}
        self._children: Children | None = None
        """What was recognised; made with the first of it, for it is seldom needed."""
        self._asked: int | None = None

    def run(self) -> None:
        """Tell all that is said, until nobody is left to say anything."""
        lives = SUCCESSORS
        while True:
            while self._take():
                pass
            if self._run is None or (self._telling.is_stopped and not self._outputs) or not lives:
                break
            lives -= 1
            self._succeed(self._run)
        self._finish()

    def _take(self) -> bool:
        """Take what was said, wait for it; False once whoever said it is gone."""
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        busy = not self._telling.is_done or any(look.is_holding for look in self._looks.values())
        if poll.poll(1000 * (GATHER if self._asked is not None else TICK if busy else 1.0)):
            try:
                chunk = self._channel.recv(CHUNK)
            except ConnectionError:  # whoever we answered left without reading that
                chunk = b""
            if not chunk:
                return False
            begun = process_time()
            for frame in self._frames.feed(chunk):
                self._attend(*frame)
            self._tell_found()
            self._telling.pump()
            if self._asked is None:
                sleep(min(LONGEST_REST, max(GATHER, (process_time() - begun) * (1 / SHARE - 1))))
        self._wake(time())
        self._telling.pump()
        done = self._asked == TAKEN or (self._telling.is_heard if self._asked == HEARD else self._telling.is_done)
        if self._asked is not None and (done or self._telling.is_hopeless):
            self._asked = None
            self._answer(b"\0" if done else b"\1")
        return True

    def _attend(self, kind: bytes, number: int, at: float, said: bytes) -> None:
        if kind == OUTPUT:
            self._log(number, self._looks[number].feed(said, at))
        elif kind == GAP:
            self._log(number, self._looks[number].gap(int.from_bytes(said, "big"), at))
        elif kind == RECORD:
            record = marshal.loads(said)  # noqa: S302 - from the process that forked us
            if record["type"] == "stop":
                self._end(record)
            self._telling.say(record)
        elif kind == CLOSED:
            self._let_go(number)
        elif kind == TOLD:
            self._asked = number

    def _log(self, number: int, lines: Iterable[tuple[str, float]]) -> None:
        assert self._run is not None
        stream = self._run.wiring.outputs[number].stream
        said = {"stream": stream} if stream else {}
        for line, at in lines:
            if self._run.log:
                self._telling.say({"type": "log", "task": self._run.account.key, "time": at, "text": line, **said})

    def _wake(self, now: float) -> None:
        """Look at what was held back for long enough."""
        for number, look in self._looks.items():
            if look.is_holding:
                self._log(number, look.wake(now))
        self._tell_found()

    def _tell_found(self) -> None:
        """Tell how far what was recognised is by now, and answer what the command asked its terminal."""
        for number, look in self._looks.items():
            found, answers = look.take()
            if answers and self._run is not None and self._run.wiring.is_headless:
                self._answer(answers)
            if found and self._run is not None and self._run.progress and not self._telling.is_stopped:
                self._say_all(self._known.take(found, look.at, str(number)))

    def _end(self, stop: dict[str, Any]) -> None:
        """Tell what is left before the task ends: the last lines, and that what was recognised ends with it."""
        for number, look in self._looks.items():
            self._log(number, look.close(stop["time"]))
        self._tell_found()
        if self._children is not None:
            self._say_all(self._children.end(stop["status"], stop["time"]))
        passed_over = sum(look.passed_over for look in self._looks.values())
        if passed_over:
            from ..core.recognise import PASSED_OVER  # noqa: PLC0415 - loaded by now, for something was looked at

            told = {"data": {PASSED_OVER: passed_over}}
            self._telling.say({"type": "update", "task": stop["task"], "time": stop["time"], **told})

    @property
    def _known(self) -> Children:
        if self._children is None:
            from ..core.recognise import Children  # noqa: PLC0415 - loaded by now, for something was found

            assert self._run is not None
            self._children = Children(self._run.account.key, texts=self._run.log)
        return self._children

    def _say_all(self, records: Iterable[dict[str, Any]]) -> None:
        for record in records:
            self._telling.say(record)

    def _let_go(self, number: int) -> None:
        output = self._outputs.pop(number, None)
        if output is not None:
            self._looks[number].source = -1
            os.close(output.source)

    def _answer(self, said: bytes) -> None:
        try:
            self._channel.send(said, _socket.MSG_NOSIGNAL)
        except OSError:  # it did not wait
            return

    def _succeed(self, run: Run) -> None:
        """Have another process copy on."""
        theirs, ours = _socket.socketpair()
        if not os.fork():
            try:
                theirs.close()
                copy_on(run, Tee(ours), list(self._outputs), told=self._telling.is_stopped)
            finally:
                os._exit(0)
        ours.close()
        self._channel.close()
        self._channel, self._frames = theirs, Frames()

    def _finish(self) -> None:
        """Say what is left, for as long as there may be somebody to hear it."""
        let_go((0, 1, 2))
        until = monotonic() + LINGER
        self._telling.pump()
        while not self._telling.is_done and self._telling.is_expected and monotonic() < until:
            sleep(TICK)
            self._telling.pump()


def start_reporter(
    telling: Telling, run: Run | None, *, spare: Iterable[int] = (), first: Callable[[], None] | None = None
) -> Tee:
    """Fork a reporter; return what it is told by. `spare` are descriptors that it must not hold.

    `first` is done in it before all else. Where there is no process to be had, nothing is told.
    """
    theirs, ours = _socket.socketpair()
    try:
        child = os.fork()
    except OSError:
        child = -1
    if not child:
        try:
            ours.close()
            for fd in spare:
                os.close(fd)
            if run is not None:
                _release_when_told(run)
            _step_aside()
            if first is not None:
                first()
            if run is None:
                let_go((0, 1, 2))  # nothing is copied
            os.nice(MODEST)
            Reporter(theirs, telling, run).run()
        finally:
            os._exit(0)
    theirs.close()
    return Tee(ours, child)


def _open_outputs(wiring: Wiring) -> dict[int, Output]:
    return {number: output for number, output in enumerate(wiring.outputs) if output.source >= 0}


def _step_aside() -> None:
    """Leave terminal and group to the command."""
    os.setsid()
    for number in FORWARDED:
        # Not ignored: a daemon that is started from here would inherit that.
        signal.signal(number, _pass_over)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, BLOCKED)


def _release_when_told(run: Run) -> None:
    """Let go of the caller's streams when all is copied: somebody may wait for the end of what is written there."""
    held = {0, 1, 2, *([] if run.terminal is None else [run.terminal.fd])}
    signal.signal(RELEASE, lambda _number, _frame: let_go(held))


def let_go(streams: Iterable[int]) -> None:
    """Have streams lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in streams:
        os.dup2(nowhere, fd)
    os.close(nowhere)


def _pass_over(_number: int, _frame: object) -> None:
    """What ends all of a group, or of a terminal, does not end us: we see the end."""


def copy_on(run: Run, tee: Tee, outputs: list[int], *, told: bool) -> None:
    """Copy what is left, without keys and without a caller, and tell the end if nobody did."""
    if run.terminal is not None and not told:
        run.terminal.give_back()
    copying = Copying(run.wiring, run.channel, tee, run.account)
    copying.go_on(outputs)
    if not told:
        records = run.account.ended(copying.ending) if copying.ending else run.account.unknown()
        for record in records:
            tee.record(record)
    tee.send_all(LINGER)
    copying.told()
