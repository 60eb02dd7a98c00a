"""One file that somebody else is writing: its whole lines as they come, and by what it is known again."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import NamedTuple

from ..core.lines import LIMIT

HEAD = 1024
"""Bytes at the start that name a file: the first record holds a time, so two files seldom share them."""
MARK = 64
"""Bytes before the offset: they change when a file is rewritten under us, though its start may stay the same."""
TURN = 256 << 10
"""Bytes that one turn reads: fair to the other files, and so large that the calls cost nothing beside the decoding."""
SCAN = 16 << 20
"""Bytes that one turn may look through for the end of a hole or of an overlong line; they are not kept."""
SHOWN = 80
"""Bytes of an overlong line that are shown."""

_NEWLINE = re.compile(rb"\n")
_NOT_NUL = re.compile(rb"[^\0]")


class RewrittenError(Exception):
    """What stood before the offset is not there any more: the file was truncated, or another one has its inode."""


class ReplacedError(Exception):
    """Another file stands at the path by now, or something that is no file."""


class _View(NamedTuple):
    start: bytes
    near: bytes
    ahead: bytes


class Overlong(NamedTuple):
    """A line that was passed over."""

    at: int
    first: bytes


def digest(content: bytes) -> bytes:
    """Return what stands for `content` in a Position."""
    return blake2b(content, digest_size=8).digest()


NOTHING = digest(b"")
"""Head and mark of a file of which nothing has been read."""


def open_regular(path: str) -> int:
    """Return a descriptor of the regular file at `path`; never waits. Raises OSError or ReplacedError."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise ReplacedError


@contextmanager
def opened(path: str) -> Iterator[int]:
    """Open the regular file at `path` for a moment. Raises OSError or ReplacedError."""
    fd = open_regular(path)
    try:
        yield fd
    finally:
        os.close(fd)


def holds(fd: int, offset: int, head: bytes, mark: bytes) -> bool:
    """Tell whether the file begins with what was once read up to `offset`."""
    return os.fstat(fd).st_size >= offset and identity(fd, offset) == (head, mark)


def identity(fd: int, offset: int) -> tuple[bytes, bytes]:
    """Return the head and the mark of a file that was read up to `offset`."""
    near = min(MARK, offset)
    return digest(os.pread(fd, min(HEAD, offset), 0)), digest(os.pread(fd, near, offset - near))


def begins(original: int, copy: int) -> bool:
    """Tell whether, as far as a look at both its ends can tell, one file is a copy of how the other begins."""
    size = os.fstat(copy).st_size
    near = min(MARK, size)
    return (
        size <= os.fstat(original).st_size
        and os.pread(original, min(HEAD, size), 0) == os.pread(copy, min(HEAD, size), 0)
        and os.pread(original, near, size - near) == os.pread(copy, near, size - near)
    )


class GrowingFile:
    """Reads whole lines from `offset` on. What is not complete is read again later, so nothing is held in memory.

    `head` is the digest of the first min(HEAD, offset) bytes, `mark` of the min(MARK, offset) bytes before it.
    """

    __slots__ = ("_reported", "_scanned", "fd", "filling", "head", "key", "mark", "more", "offset", "overlong")

    def __init__(self, key: tuple[int, int], offset: int = 0, head: bytes = NOTHING, mark: bytes = NOTHING) -> None:
        self.key = key
        self.offset = offset
        self.head = head
        self.mark = mark
        self.fd: int | None = None
        self.more = False
        """The last read stopped at its limit, not at the end of the file."""
        self.filling = False
        """The file ends in NUL bytes: a writer that maps it may fill them in, and neither size nor time will tell."""
        self.overlong: list[Overlong] = []
        self._reported = -1
        self._scanned = 0

    def open(self, path: str) -> None:
        """Open the file, which should still be at `path`; OSError or ReplacedError if it cannot be."""
        fd = open_regular(path)
        status = os.fstat(fd)
        if (status.st_dev, status.st_ino) != self.key:
            os.close(fd)
            raise ReplacedError
        self.fd = fd

    def close(self) -> None:
        """Give the descriptor back; `open` goes on where reading stopped."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def restart(self) -> None:
        """Read from the start: the file is a new one in an old inode."""
        self.offset, self.head, self.mark = 0, NOTHING, NOTHING
        self._reported, self._scanned = -1, 0

    def intact(self) -> bool:
        """Tell whether what was read still stands there. The file must be open."""
        return holds(self._fd, self.offset, self.head, self.mark)

    def read(self) -> bytes:
        """Return the whole lines that follow, as one block; empty if none is complete. Raises RewrittenError.

        A line that is being written over, as a progress bar is, may take days to become whole: what stands before
        its last carriage return ends the block.
        """
        view = self._look(TURN)
        if len(view.ahead) == TURN and b"\n" not in view.ahead and b"\r" not in view.ahead:
            view = self._look(LIMIT + 1)
        self.more = len(view.ahead) >= TURN
        self.filling = view.ahead.endswith(b"\0")
        # The last byte may be half of a line's end.
        end = max(view.ahead.rfind(b"\n"), view.ahead.rfind(b"\r", 0, len(view.ahead) - 1)) + 1
        if end:
            return self._take(view, end)
        if view.ahead.startswith(b"\0"):
            self._leap_hole(view)
        elif len(view.ahead) > LIMIT:
            self._leap_line(view)
        return b""

    def read_rest(self) -> bytes:
        """Return the last line, which has no newline and will get none, with one; empty if there is none."""
        view = self._look(LIMIT)
        rest = view.ahead.rstrip(b"\0")
        if not rest or b"\n" in rest or len(view.ahead) == LIMIT:
            return b""
        return self._take(view, len(view.ahead)).rstrip(b"\0") + b"\n"

    @property
    def _fd(self) -> int:
        assert self.fd is not None, "read before open"
        return self.fd

    def _look(self, size: int) -> _View:
        # The mark comes with the very bytes that it vouches for: no rewriting can slip in between.
        near = min(MARK, self.offset)
        start = os.pread(self._fd, min(HEAD, self.offset), 0)
        window = os.pread(self._fd, near + size, self.offset - near)
        if digest(start) != self.head or len(window) < near or digest(window[:near]) != self.mark:
            raise RewrittenError
        return _View(start, window[:near], window[near:])

    def _take(self, view: _View, end: int) -> bytes:
        block = view.ahead[:end]
        if self.offset < HEAD:
            self.head = digest((view.start + block[:HEAD])[:HEAD])
        self.mark = digest((view.near + block[-MARK:])[-MARK:])
        self.offset += end
        return block

    def _leap_hole(self, view: _View) -> None:
        # NUL bytes at the start of a line: a writer without O_APPEND went on after a truncation, or a crash left
        # them. They are left behind only when something follows, for until then they may still be filled in.
        content = view.ahead.lstrip(b"\0")
        if content:
            self._leap(self.offset + len(view.ahead) - len(content))
            return
        end = self._find(_NOT_NUL, self.offset + len(view.ahead))
        if end is not None:
            self._leap(end)

    def _leap_line(self, view: _View) -> None:
        end = self._find(_NEWLINE, self.offset + len(view.ahead))
        if self._reported != self.offset and (end is not None or not self.filling):
            self._reported = self.offset
            self.overlong.append(Overlong(self.offset, view.ahead[:SHOWN]))
        if end is not None:
            self._leap(end + 1)

    def _leap(self, offset: int) -> None:
        self.head, self.mark = identity(self._fd, offset)
        self.offset = offset
        self.more = True

    def _find(self, wanted: re.Pattern[bytes], start: int) -> int | None:
        """Return where `wanted` first is, or None; what has been looked through is not looked through again."""
        start = max(start, self._scanned)
        end = start + SCAN
        while start < end:
            chunk = os.pread(self._fd, TURN, start)
            found = wanted.search(chunk)
            if found:
                return start + found.start()
            start += len(chunk)
            if len(chunk) < TURN:
                break
            start = self._next_written(start)
        self.more = start >= end
        self._scanned = start
        return None

    def _next_written(self, start: int) -> int:
        # A sparse file of many gigabytes is leapt over in one call instead of being read as NUL bytes.
        try:
            return os.lseek(self._fd, start, os.SEEK_DATA)
        except OSError as error:
            # Not all file systems know about holes.
            return os.fstat(self._fd).st_size if error.errno == errno.ENXIO else start
