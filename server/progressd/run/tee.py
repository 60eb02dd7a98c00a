"""What the runner tells the reporter: frames over a socket, which never make it wait.

A frame is its kind, the number of an output, a time, the length of what follows, and that. What the reporter is too
slow for is kept up to a limit; beyond it the oldest output that was not sent goes, and how much it was is said in its
place. So of a flood the beginning arrives, the end does, and the middle is counted.
"""

from __future__ import annotations

import _socket
import marshal
import os
import select
import struct

from .signals import RELEASE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterator
    from typing import Any
else:
    from _collections import deque

OUTPUT, GAP, RECORD, CLOSED, TOLD = b"o", b"g", b"r", b"c", b"t"
"""Bytes of an output; how many of them are missing here; a record; an output that is at its end; "is all told?"."""
TAKEN, SENT, HEARD = range(3)
"""What may be asked for: that the reporter knows all it was told, that it has sent it, that the daemon has read it."""
HEAD = struct.Struct("!cBdI")
KEPT = 1 << 20
"""Bytes that wait at most: what the reporter reads in half a second, and little beside Python itself."""
PIECE = 64 << 10
"""Bytes given to the kernel at a time."""


class Tee:
    """The runner's end. Whatever becomes of the other, nothing here waits or raises."""

    def __init__(self, channel: _socket.socket, reporter: int = 0) -> None:
        """Tell a reporter by this; `reporter` is its process, a child of ours, 0 if that does not matter."""
        channel.setblocking(False)  # noqa: FBT003 - takes no name
        self._channel = channel
        self._reporter = reporter
        self._frames: deque[tuple[bytes, int, bytes]] = deque()
        """Kind, output, and the frame's bytes."""
        self._sending = b""
        self._size = 0
        self.is_full = False
        """The kernel takes no more at present: wait until it does."""
        self.is_dead = False
        """The reporter is gone."""

    def fileno(self) -> int:
        """Return its descriptor, to wait for."""
        return self._channel.fileno()

    def close(self) -> None:
        """Say no more: this is another process than the one that does."""
        self._channel.close()
        self.is_dead = True

    def replace(self, other: Tee) -> None:
        """Tell another reporter from now on, for the one that was told is gone."""
        self._channel.close()
        self._channel, self._reporter = other._channel, other._reporter
        self._forget()  # half of a frame would make the others senseless
        self.is_dead = self.is_full = False

    def release(self) -> None:
        """Have the reporter let go of the caller's streams at once, however far behind it is: all is copied."""
        if self._reporter > 0 and not self.is_dead:
            try:
                os.kill(self._reporter, RELEASE)
            except OSError:  # it has just ended
                return

    @property
    def is_waiting(self) -> bool:
        """Not all was sent."""
        return bool(self._sending or self._frames)

    def output(self, number: int, chunk: bytes, at: float) -> None:
        """Something was written."""
        self._put(OUTPUT, number, at, chunk)
        if self._size > KEPT:
            self._shorten()

    def record(self, record: dict[str, Any]) -> None:
        """Tell the daemon this."""
        self._put(RECORD, 0, 0.0, marshal.dumps(record))

    def closed(self, number: int) -> None:
        """An output is at its end, or nobody wants it any more. Goes before all else: who holds it shall let go."""
        self._frames.appendleft((CLOSED, number, HEAD.pack(CLOSED, number, 0.0, 0)))

    def ask(self, until: int = SENT) -> None:
        """Have the reporter answer once all that it was told so far is `TAKEN`, `SENT` or `HEARD`."""
        self._put(TOLD, until, 0.0, b"")

    def pump(self) -> None:
        """Send what can be sent at once."""
        self.is_full = False
        while not self.is_dead and (self._sending or self._frames):
            if not self._sending:
                self._sending = self._next()
            try:
                sent = self._channel.send(self._sending, _socket.MSG_NOSIGNAL)
            except BlockingIOError:
                self.is_full = True
                return
            except OSError:
                self.is_dead = True
                break
            self._sending = self._sending[sent:]
        if self.is_dead:
            self._forget()

    def send_all(self, seconds: float) -> None:
        """Send all, waiting for the reporter no longer than this at a time."""
        poll = select.poll()
        if not self.is_dead:
            poll.register(self, select.POLLOUT)
        while self.is_waiting and not self.is_dead:
            if not poll.poll(seconds * 1000):
                return
            self.pump()

    def receive(self) -> bytes:
        """Return what the reporter answered, empty if nothing."""
        try:
            answer: bytes = self._channel.recv(4096)
        except BlockingIOError:
            return b""
        except OSError:
            answer = b""
        if not answer:
            self.is_dead = True
        return answer

    def _put(self, kind: bytes, number: int, at: float, said: bytes) -> None:
        if not self.is_dead:
            self._frames.append((kind, number, HEAD.pack(kind, number, at, len(said)) + said))
            self._size += len(said)

    def _forget(self) -> None:
        self._frames.clear()
        self._sending, self._size = b"", 0

    def _next(self) -> bytes:
        """Return some frames, as many as are sent at a time."""
        taken, size = [], 0
        while self._frames and size < PIECE:
            _, _, frame = self._frames.popleft()
            taken.append(frame)
            size += len(frame)
            self._size -= len(frame) - HEAD.size
        return b"".join(taken)

    def _shorten(self) -> None:
        """Drop the oldest output that waits, down to half of the limit: what is left is then one stretch again."""
        kept: list[tuple[bytes, int, bytes]] = []
        missing: dict[int, tuple[int, float]] = {}
        while self._frames and self._size > KEPT // 2:
            kind, number, frame = self._frames.popleft()
            if kind in (OUTPUT, GAP):
                said = frame[HEAD.size :]
                self._size -= len(said)
                count = len(said) if kind == OUTPUT else int.from_bytes(said, "big")
                missing[number] = missing.get(number, (0, 0.0))[0] + count, HEAD.unpack_from(frame)[2]
            else:
                kept.append((kind, number, frame))
        for number, (count, at) in missing.items():
            kept.append((GAP, number, HEAD.pack(GAP, number, at, 8) + count.to_bytes(8, "big")))
            self._size += 8
        self._frames.extendleft(reversed(kept))


class Frames:
    """The reporter's end: bytes to frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield each frame that is whole by now: its kind, the output's number, when, and what it says."""
        data, start = self._rest + chunk, 0
        while len(data) - start >= HEAD.size:
            kind, number, at, length = HEAD.unpack_from(data, start)
            end = start + HEAD.size + length
            if end > len(data):
                break
            yield kind, number, at, data[start + HEAD.size : end]
            start = end
        self._rest = data[start:]
