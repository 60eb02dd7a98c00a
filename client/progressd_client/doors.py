"""Where lines go out: a socket, datagrams, a file. Each takes what it can at once and never waits."""

import _socket
import os
import sys
from _thread import start_new_thread

from .tasks import _report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Door(Protocol):
        """A way to the daemon. Every method may raise OSError: then it is closed, and opened again later."""

        waits: bool
        """`send` may take seconds: only the background thread calls it."""
        tells: bool
        """It is noticed when the other side goes; else open tasks are said again from time to time."""
        linger: float
        """Seconds that the end of the program waits for it, if need be."""

        def open(self) -> None:
            """Connect, or raise OSError."""

        def send(self, chunk: bytes, start: int) -> int:
            """Take bytes from `start` on; return how many. Raises BlockingIOError if none can be taken now."""

        def check(self) -> None:
            """Raise OSError if the other side is gone."""

        def unread(self) -> int:
            """Return how many bytes were taken that the other side has not read yet; 0 where nobody can tell."""

        def close(self) -> None:
            """Let go. Raises nothing."""


class SocketDoor:
    """A socket that does not block, and the care that its number stays ours."""

    waits = False
    tells = True
    linger = 0.04

    def __init__(self) -> None:
        self._socket: _socket.socket | None = None
        self._identity: tuple[int, int] | None = None

    def _use(self, made: "_socket.socket") -> None:
        status = os.fstat(made.fileno())
        self._socket, self._identity = made, (status.st_dev, status.st_ino)

    def _ours(self) -> "_socket.socket":
        """Return the socket. Raises OSError if the program closed it: its number may be another file by now."""
        if self._socket is None:
            raise OSError("not connected")
        status = os.fstat(self._socket.fileno())
        if (status.st_dev, status.st_ino) != self._identity:
            raise OSError("the program closed our socket")
        return self._socket

    def close(self) -> None:
        """Close it, unless its number is somebody else's by now."""
        made, self._socket = self._socket, None
        if made is not None:
            self._socket = made
            try:
                self._ours().close()
            except OSError:
                made.detach()
            self._socket = None


class UnixDoor(SocketDoor):
    """The daemon's UNIX socket."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def open(self) -> None:
        """Connect. Costs 8 µs if nobody listens."""
        made = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        made.setblocking(False)  # noqa: FBT003 - takes no name
        try:
            made.connect(self._path)
        except BaseException:
            made.close()
            raise
        self._use(made)

    def send(self, chunk: bytes, start: int) -> int:
        """Give the kernel what it takes."""
        return self._ours().send(memoryview(chunk)[start:], _socket.MSG_NOSIGNAL)

    def check(self) -> None:
        """Hear whether the daemon hung up; it says nothing else."""
        try:
            if self._ours().recv(1) == b"":
                raise ConnectionResetError("the daemon hung up")
        except BlockingIOError:
            pass

    def unread(self) -> int:
        """Ask the kernel, which counts some bytes of its own with them: 0 is exact."""
        try:
            from fcntl import ioctl  # noqa: PLC0415 - seldom asked
            from termios import TIOCOUTQ  # noqa: PLC0415

            return int.from_bytes(ioctl(self._ours(), TIOCOUTQ, bytes(4)), sys.byteorder)
        except (ImportError, OSError):  # not on every system
            return 0


class UdpDoor(SocketDoor):
    """Datagrams of whole lines. Nobody tells whether they arrive."""

    tells = False

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self._address = host, port
        self._longest = 1400
        self._found: list[Any] = []
        self._looking = False

    def open(self) -> None:
        """Look the host up, in the background, and bind the socket to it."""
        try:
            found = _socket.getaddrinfo(*self._address, 0, _socket.SOCK_DGRAM, 0, _socket.AI_NUMERICHOST)
        except OSError:
            found, self._found = self._found, []
            if not found:
                if not self._looking:
                    self._looking = True
                    start_new_thread(self._look_up, ())
                raise BlockingIOError("its host is being looked up") from None
        family, kind, protocol, _, address = found[0]
        made = _socket.socket(family, kind, protocol)
        made.setblocking(False)  # noqa: FBT003
        made.connect(address)
        # On this machine 8 KiB fit; beyond it what a network carries in one piece.
        self._longest = 8192 if str(address[0]).startswith(("127.", "::1")) else 1400
        self._use(made)

    def _look_up(self) -> None:
        """Ask for the address: seconds, so never in a thread of the program nor with the lock."""
        try:
            self._found = _socket.getaddrinfo(*self._address, 0, _socket.SOCK_DGRAM)
        except Exception as error:
            _report(error)
        finally:
            self._looking = False

    def send(self, chunk: bytes, start: int) -> int:
        """Send one datagram: as many whole lines as fit, at least one."""
        end = len(chunk)
        if end - start > self._longest:
            end = chunk.rfind(b"\n", start, start + self._longest) + 1 or chunk.index(b"\n", start) + 1
        try:
            self._ours().send(memoryview(chunk)[start:end])
        except OSError as error:
            if error.errno != 90:  # EMSGSIZE: this line will never fit
                raise
            _report(error)
        return end - start

    def check(self) -> None:
        """Nobody can tell."""

    def unread(self) -> int:
        """Nobody can tell."""
        return 0


class FileDoor:
    """A file that grows, shared with other processes: each write is whole lines, at the end."""

    waits = False
    tells = True
    linger = 0.04

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = -1
        self._identity: tuple[int, int] | None = None
        self._torn = False

    def open(self) -> None:
        """Open it, or make it. A pipe is none: its reader could stop the program, or by leaving even end it."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        self._fd = os.open(self._path, flags, 0o644)
        status = os.fstat(self._fd)
        if status.st_mode & 0o170000 == 0o010000:  # S_ISFIFO, without the import
            fd, self._fd = self._fd, -1
            os.close(fd)
            raise OSError("it is a pipe, not a file")
        self._identity = (status.st_dev, status.st_ino)

    def send(self, chunk: bytes, start: int) -> int:
        """Append, in one call: the kernel puts nothing of others in between."""
        self._check_number()
        block = memoryview(chunk)[start:]
        if self._torn:
            block = memoryview(b"\n" + chunk[start:])
        written = os.write(self._fd, block)
        if written == len(block):
            self._torn = False
            return len(chunk) - start
        # The disk is full. The torn line is closed before the next, and written again as a whole.
        whole = chunk.rfind(b"\n", start, max(start, start + written - self._torn)) + 1 - start
        self._torn = True
        return max(0, whole)

    def check(self) -> None:
        """Notice that the file was moved away or removed: then it is made anew."""
        status = os.stat(self._path)  # noqa: PTH116 - pathlib costs more to import than the whole client
        if (status.st_dev, status.st_ino) != self._identity:
            raise FileNotFoundError("the file was moved away")

    def unread(self) -> int:
        """Who reads a file is not known."""
        return 0

    def close(self) -> None:
        """Close it, unless its number is somebody else's by now."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            self._fd = fd
            try:
                self._check_number()
                os.close(fd)
            except OSError:
                pass
            self._fd = -1

    def _check_number(self) -> None:
        status = os.fstat(self._fd)
        if (status.st_dev, status.st_ino) != self._identity:
            raise OSError("the program closed our file")
