"""The copy loop: what the command writes to where its caller wants it, keys to the command, all else in passing.

It ends when the command has ended and its output is at its end; or a moment after its end, if something that it left
behind still holds its output: then the reporter's successor goes on here (see `reporter.py`).
"""

from __future__ import annotations

import _socket
import os
import select
from time import monotonic, time

from .account import Account, Ending
from .asking import LOOK, Asking
from .leader import LONGEST, REFUSED, TOLD
from .tee import Tee
from .terminal import Terminal
from .wiring import Output, Wiring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHUNK = 64 << 10
"""Bytes of one output that are copied before the others are looked at: what a pipe holds."""
GRACE = 0.1
"""Seconds of silence after the command's end until its output counts as held by something that it left behind,"""
LONGEST_GRACE = 1.0
"""and at most so many, if that writes all the time."""
ROOM = 4096
"""Bytes of keys that a PTY takes."""
WHOLE = 64 << 10
"""Bytes of an unfinished line that are held back at most, so that lines of several commands do not mix."""


class Copying:
    """What is copied, and what is known of the command."""

    def __init__(self, wiring: Wiring, channel: _socket.socket, tee: Tee, account: Account) -> None:
        self.ending: Ending | None = None
        self.failure = 0
        """Why it could not be started: an errno."""
        self.is_watched = True
        """More is to be heard of it. False if all else is None or 0: the leader was killed."""
        self.pid = 0
        self.on_start: Callable[[int], None] = lambda _: None
        self.on_stop: Callable[[int], bytes] = lambda _: REFUSED
        """Makes ready to be stopped; returns the answer to the leader."""
        self.on_continue: Callable[[], None] = lambda: None
        self.on_silence: Callable[[], None] = lambda: None
        """The reporter is gone before the command."""
        self.keys: Terminal | None = None
        """Where keys come from."""
        self.asking: Asking | None = None
        """Whether the command wants some, if others may want the same. Made before it starts."""
        self.whole_lines = False
        self.is_interrupted = False
        """^C was typed."""
        self._wiring = wiring
        self._open = dict(enumerate(wiring.outputs))
        self._channel = channel
        self._tee = tee
        self._account = account
        self._typed = b""
        """Keys that the command's terminal has no room for."""
        self._held: dict[int, bytes] = {}
        self._deadline = 0.0
        self._poll, self._polled = select.poll(), {-1: 0}

    @property
    def is_all_copied(self) -> bool:
        """Nothing more can come of the outputs."""
        return not self._open

    def run(self) -> None:
        """Copy until it is over, see above."""
        if self.is_watched:
            self._hear()  # that it was started: nothing of its output shall be told before
        self._copy_until(self._is_over)

    def go_on(self, numbers: Sequence[int]) -> None:
        """Copy on where another left off: these outputs, until they and the command are at their end."""
        self._open = {number: self._open[number] for number in numbers}
        self._copy_until(lambda: not self._open and self._is_over())

    def told(self) -> None:
        """Let the leader go: how the command ended was told."""
        self._answer(TOLD)

    def _answer(self, said: bytes) -> None:
        try:
            self._channel.send(said, _socket.MSG_NOSIGNAL)
        except OSError:  # it was killed
            return

    def _copy_until(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            for fd in self._wait():
                self._attend(fd)
        for number, output in self._open.items():
            self._write(number, output, b"")

    def _is_over(self) -> bool:
        if self.is_watched:
            return False
        leaves = self._deadline > 0 and monotonic() > self._deadline and not self._tee.is_dead
        return leaves or not self._open

    def _wait(self) -> list[int]:
        """Return the descriptors that have something, after sending on what was said in the meantime."""
        if not self._tee.is_full:
            self._tee.pump()
        if self._tee.is_dead and self.is_watched:
            self.on_silence()
        wait: float | None = None
        if self.keys is not None:
            wait = None if self._take_keys(self.keys) and self.asking is None else LOOK
        if self._deadline and self._open and (left := self._deadline - monotonic()) >= 0:
            wait = min(GRACE, left)
        wanted = self._wanted()
        if wanted != self._polled:
            # Mostly it is the same as before: this loop is what a command that writes much waits for.
            self._poll, self._polled = select.poll(), wanted
            for fd, events in wanted.items():
                self._poll.register(fd, events)
        ready = [fd for fd, _ in self._poll.poll(None if wait is None else wait * 1000)]
        if self._deadline and not any(output.source in ready for output in self._open.values()):
            self._deadline = 0.001  # it is silent
        return ready

    def _take_keys(self, keys: Terminal) -> bool:
        """Take the terminal, if it is ours by now: a shell's `fg` does not tell."""
        if self.asking is None or self.asking.wants_keys(self.pid):
            keys.take()
        elif keys.is_taken:
            keys.give_back()
        return keys.is_taken

    def _wanted(self) -> dict[int, int]:
        """Return what to wait for, by descriptor."""
        wanted = {output.source: select.POLLIN for output in self._open.values()}
        if self._typed:
            wanted[self._wiring.master] = select.POLLIN | select.POLLOUT
        elif self.keys is not None and self.keys.is_taken:
            wanted[self.keys.fd] = select.POLLIN
        if self.is_watched:
            wanted[self._channel.fileno()] = select.POLLIN
        if not self._tee.is_dead:
            wanted[self._tee.fileno()] = select.POLLIN | (select.POLLOUT if self._tee.is_waiting else 0)
        return wanted

    def _attend(self, fd: int) -> None:
        for number, output in list(self._open.items()):
            if output.source == fd:
                self._copy(number, output)
        if fd == self._wiring.master and self._typed:
            self._type(b"")
        elif fd == self._channel.fileno():
            self._hear()
        elif fd == self._tee.fileno():
            self._tee.pump()
            answer = self._tee.receive()
            if answer and self._wiring.is_headless:
                self._type(answer)
        elif self.keys is not None and fd == self.keys.fd:
            self._read_keys()

    def _copy(self, number: int, output: Output) -> None:
        """Copy what there is now, up to a limit. A PTY gives little at a time; a write costs as much as a read."""
        chunks, size, ended = [], 0, False
        while size < CHUNK:
            try:
                chunk = os.read(output.source, CHUNK)
            except BlockingIOError:
                break
            except OSError:  # a PTY's way to say that nobody holds its other end
                chunk = b""
            if not chunk:
                ended = True
                break
            chunks.append(chunk)
            size += len(chunk)
        if chunks:
            whole = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            self._write(number, output, whole)
            self._tee.output(number, whole, time())
        if ended:
            self._close(number, output)

    def _close(self, number: int, output: Output) -> None:
        if self._open.pop(number, None) is not None:
            self._write(number, output, b"")
            os.close(output.source)
            output.source = -1
            self._tee.closed(number)

    def _write(self, number: int, output: Output, chunk: bytes) -> None:
        if self.whole_lines:
            chunk = self._lines(number, chunk)
        view = memoryview(chunk)
        while view and output.sink >= 0:
            try:
                view = view[os.write(output.sink, view) :]
            except BlockingIOError:  # somebody who shares it made it so
                select.select((), (output.sink,), ())
            except OSError:
                output.sink = -1
                if not output.is_terminal:
                    # The command hears of it as it would have: its next write fails.
                    self._close(number, output)

    def _lines(self, number: int, chunk: bytes) -> bytes:
        """Hold back what is no whole line yet. An empty chunk is the end."""
        whole = self._held.pop(number, b"") + chunk
        end = whole.rfind(b"\n") + 1
        if chunk and len(whole) - end < WHOLE:
            self._held[number] = whole[end:]
            return whole[:end]
        return whole

    def _read_keys(self) -> None:
        assert self.keys is not None
        try:
            typed = os.read(self.keys.fd, ROOM)
        except OSError:
            typed = b""
        if typed:
            self.is_interrupted |= b"\x03" in typed
            self._type(typed)
        elif self.keys.is_in_front():  # the terminal is gone; a signal says so as well
            self.keys = None
        else:
            self.keys.is_taken = False

    def _type(self, keys: bytes) -> None:
        """Give the command what was typed, as far as there is room."""
        self._typed += keys
        try:
            self._typed = self._typed[os.write(self._wiring.master, self._typed) :]
        except BlockingIOError:
            pass
        except OSError:
            self._typed = b""

    def _hear(self) -> None:
        """Take what the leader says. How the command ended stays there, for whoever may have to go on here."""
        try:
            what, *rest = self._channel.recv(LONGEST, _socket.MSG_PEEK).decode().split() or [""]
        except ConnectionError:  # it was killed before it read our answer; what else it said comes after that
            return
        if what in ("started", "stopped", "halted", "continued"):
            self._channel.recv(LONGEST)
        else:
            self.is_watched = False
        if what == "started":
            self.pid = int(rest[0])
            self._account.started(self.pid)
            self.on_start(self.pid)
        elif what == "stopped":
            self._tee.record(self._account.paused())
            self._tee.pump()
            self._answer(self.on_stop(int(rest[0])))
        elif what == "halted":
            self.on_continue()
        elif what == "continued":
            self._tee.record(self._account.resumed())
        elif what == "failed":
            self.failure = int(rest[0])
        elif what == "ended":
            self.ending = Ending(int(rest[0]), float(rest[1]), int(rest[2]))
        if what in ("failed", "ended"):
            self._deadline = monotonic() + LONGEST_GRACE
