"""Bytes on their way to the daemon: bounded, whole lines, and said again where a connection broke off."""

from time import monotonic

from .tasks import _report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque

    from .doors import Door
else:
    from _collections import deque

FULL = 8 << 20
"""Bytes that may wait; a stopped daemon must not fill the memory. Beyond it only state is kept, not history."""
RECENT = 1 << 20
"""Bytes sent last that are sent again to a new connection. What a killed daemon had read but not stored is less: 208
KiB in the kernel, and what it reads at a time."""
SOONEST, LATEST = 0.1, 1.0
"""Seconds between attempts to connect: at first, and at most."""


class Pipe:
    """Chunks of lines that wait for a door, and the door."""

    def __init__(self, door: "Door") -> None:
        self.door = door
        self.connected = False
        self.fresh = False
        """The connection is a new one: the daemon behind it may know nothing."""
        self.sent = 0
        """Records that were given to the door."""
        self.size = 0
        """Bytes that wait."""
        self._waiting: deque[tuple[bytes, int]] = deque()
        self._recent: deque[bytes] = deque()
        self._recent_size = 0
        self._start = 0
        self._delay = SOONEST
        self._next = 0.0
        self._first = True
        self.failing = False
        """The last attempt to connect failed."""

    @property
    def hopeful(self) -> bool:
        """What waits may be delivered in a moment."""
        return self.connected or (self.door.waits and not self.failing)

    @property
    def full(self) -> bool:
        """No more history, please."""
        return self.size >= FULL

    def put(self, lines: "list[str]") -> None:
        """Add lines."""
        if lines:
            chunk = "".join(lines).encode("utf-8", "replace")
            self._waiting.append((chunk, len(lines)))
            self.size += len(chunk)

    def head(self) -> "tuple[bytes, int] | None":
        """Return what is next, and from where on; None if nothing waits."""
        return (self._waiting[0][0], self._start) if self._waiting else None

    def took(self, count: int) -> None:
        """The door took so many bytes of what was next."""
        chunk, records = self._waiting[0]
        self._start += count
        if self._start < len(chunk):
            return
        self._waiting.popleft()
        self._start = 0
        self.size -= len(chunk)
        self.sent += records
        self._recent.append(chunk)
        self._recent_size += len(chunk)
        while self._recent_size > RECENT and len(self._recent) > 1:
            self._recent_size -= len(self._recent.popleft())

    def connect(self) -> bool:
        """Make sure of the connection, if it is time to try; tell whether there is one."""
        if self.connected:
            return True
        now = monotonic()
        if now < self._next:
            return False
        self._next = now + self._delay
        self._delay = min(LATEST, self._delay * 2)
        try:
            self.door.open()
        except OSError:
            self.door.close()
            self.failing = True
            return False
        self.connected, self.failing, self._delay = True, False, SOONEST
        if not self._first:
            self._again()
        self._first = False
        return True

    def check(self) -> None:
        """Notice that the other side has gone, though there is nothing to say."""
        if self.connected:
            try:
                self.door.check()
            except OSError as error:
                self.broke(error)

    def broke(self, error: OSError) -> None:
        """The connection is no more; what was being sent will be sent again, whole."""
        _report_unless_usual(error)
        self.door.close()
        self.connected = False
        self._start = 0

    def pump(self) -> None:
        """Send until nothing waits or the door takes no more. For doors that do not wait."""
        while (head := self.head()) is not None and self.connect():
            try:
                head = self.head() or head
                self.took(self.door.send(*head))
            except BlockingIOError:
                return
            except OSError as error:
                self.broke(error)

    @property
    def records(self) -> int:
        """How many records wait."""
        return sum(count for _, count in self._waiting)

    def _again(self) -> None:
        """Put what was sent last before what waits."""
        self.fresh = True
        for chunk in reversed(self._recent):
            self._waiting.appendleft((chunk, 0))
            self.size += len(chunk)
        self._recent.clear()
        self._recent_size = 0


def _report_unless_usual(error: OSError) -> None:
    """Daemons come and go; anything else is worth a count."""
    if not isinstance(error, ConnectionError):
        _report(error)
