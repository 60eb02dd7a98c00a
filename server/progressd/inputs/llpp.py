"""The three binary messages of llpp, gathered by station until they are handed on as samples.

A datagram, in network byte order: 8 bytes that say which of the three it is, the length L1 of the station's name,
the length L2 of the content, one byte each; the name, UTF-8; the content. Format: github.com/matteoterruzzi/llpp.
"""

import struct
from collections.abc import Iterator

from ..core.bucket import of_nanoseconds
from ..records import Said, Samples

MAGIC = b"llpp"
"""What all three begin with; no JSON does."""
STATUS, ARRIVAL, DEPARTURE = b"llppstts", b"llpprrvl", b"llppdprt"
HEAD = 10
LENGTHS = {ARRIVAL: 0, DEPARTURE: 8}
"""Bytes of content. A departure's is how long it was served, unsigned, in nanoseconds; a status' is a text."""
STATIONS = 10_000
"""Gathered at a time. Who invents names would fill the log."""
NAMELESS = "(no station)"


class Gathered:
    """What came within a part of one second."""

    def __init__(self) -> None:
        self.held = 0
        """Messages."""
        self._contents: dict[bytes, list[bytes]] = {}
        """By all that stands before the content: names and lengths are looked at once, not for each message."""
        self._first: dict[bytes, float] = {}
        self._last = 0.0
        self._said: dict[str, tuple[str, float]] = {}

    def take(self, message: bytes, now: float) -> None:
        """Take a message that begins with MAGIC, received at `now`. Raises ValueError, which says why it is none."""
        if len(message) < HEAD:
            raise ValueError(f"{len(message)} bytes are too few for a message of llpp")
        end = HEAD + message[8]
        whole = end + message[9]
        if len(message) < whole:
            raise ValueError(f"{len(message)} bytes, but it says that it has {whole}")
        head = message[:end]
        contents = self._contents.get(head)
        if contents is not None:
            contents.append(message[end:whole])
        elif head.startswith(STATUS):
            self._say(_text(head[HEAD:]), _text(message[end:whole]), now)
        else:
            self._begin(head, now).append(message[end:whole])
        self._last = now
        self.held += 1

    def records(self) -> list[Samples | Said]:
        """Return what was gathered, consolidated."""
        said = [Said(task=station, time=time, text=text) for station, (text, time) in self._said.items()]
        return [*self._samples(), *said]

    def _begin(self, head: bytes, now: float) -> list[bytes]:
        kind, length = head[:8], head[9]
        if kind not in LENGTHS:
            raise ValueError(f"llpp has no message {kind!r}")
        if LENGTHS[kind] != length:
            raise ValueError(f"{length} bytes of content, but {kind.decode()} has {LENGTHS[kind]}")
        _text(head[HEAD:])
        if len(self._contents) >= STATIONS:
            raise ValueError(f"more than {STATIONS} stations at a time")
        self._first[head] = now
        contents: list[bytes] = []
        self._contents[head] = contents
        return contents

    def _say(self, station: str, text: str, now: float) -> None:
        """Only the newest that a station says counts."""
        if station not in self._said and len(self._said) >= STATIONS:
            raise ValueError(f"more than {STATIONS} stations at a time")
        self._said[station or NAMELESS] = text, now

    def _samples(self) -> Iterator[Samples]:
        for head, contents in self._contents.items():
            station, first = head[HEAD:].decode() or NAMELESS, self._first[head]
            last = max(first, self._last)
            if head.startswith(DEPARTURE):
                durations = struct.unpack(f"!{len(contents)}Q", b"".join(contents))
                bucket = of_nanoseconds(durations, first, last)
                yield Samples(task=station, time=first, name="departures", unit="s", bucket=bucket)
            else:
                # Each is 1: its count is all that there is to know.
                bucket = of_nanoseconds([10**9] * len(contents), first, last)
                yield Samples(task=station, time=first, name="arrivals", bucket=bucket)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
