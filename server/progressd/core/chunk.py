"""Lines of a log, packed: as a store keeps them, and as they are read and searched."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from msgspec import DecodeError, Struct
from msgspec.json import Decoder, encode

from .terminal import first_error

CHUNK = 64 << 10
"""Characters from which a chunk is full. zlib looks back no further than 32 KiB, and to read a line costs half a
millisecond."""
LEVEL = 3
"""zlib, for a log is searched at 440 MB/s: lzma packs a fifth denser, and reads a quarter as fast. Level 6 would save a
tenth of the bytes for twice the time."""
DAMAGED = "(this line was damaged in the store)"


class Line(Struct, frozen=True, gc=False, array_like=True):
    """A line of a task's output."""

    time: float
    """Unix seconds, by the producer's clock; kept to the microsecond."""
    stream: str | None
    text: str


class _Rest(Struct, frozen=True, array_like=True):
    steps: list[int]
    """Microseconds from line to line; the first since 1970."""
    streams: list[str | None]
    """One for each line; one alone if all are the same."""


@dataclass(slots=True, frozen=True)
class Fresh:
    """Lines that are in memory."""

    first: int
    """Number of the first."""
    held: Sequence[Line]

    @property
    def count(self) -> int:
        """How many lines these are."""
        return len(self.held)

    def text(self) -> str:
        """All texts, a newline between each two."""
        return "\n".join([line.text for line in self.held])

    def lines(self) -> Sequence[Line]:
        """The lines."""
        return self.held


@dataclass(slots=True, frozen=True)
class Chunk:
    """Lines that are packed. Texts apart from the rest: a search looks at these alone."""

    first: int
    """Number of the first."""
    count: int
    begun: float
    """The earliest time among them; `ended` is the latest."""
    ended: float
    raw: int
    """Characters of their texts."""
    error: int | None
    """Which of them is the first that looks like an error, from 0."""
    texts: bytes
    rest: bytes

    def text(self) -> str:
        """All texts, a newline between each two; if it was damaged, texts that say so."""
        try:
            text = zlib.decompress(self.texts).decode()
        except (zlib.error, UnicodeDecodeError):
            text = ""
        return text if text.count("\n") == self.count - 1 else "\n".join([DAMAGED] * self.count)

    def lines(self) -> list[Line]:
        """The lines, as they were."""
        steps, streams = self._steps_and_streams()
        texts = self.text().split("\n")
        return [
            Line(time / 1e6, stream, text) for time, stream, text in zip(accumulate(steps), streams, texts, strict=True)
        ]

    def _steps_and_streams(self) -> tuple[list[int], list[str | None]]:
        try:
            rest = _decode(zlib.decompress(self.rest))
        except (zlib.error, DecodeError):
            rest = _Rest([], [])
        streams = rest.streams * self.count if len(rest.streams) == 1 else rest.streams
        if len(rest.steps) == len(streams) == self.count:
            return rest.steps, streams
        return [round(self.begun * 1e6)] + [0] * (self.count - 1), [None] * self.count


Piece = Fresh | Chunk
"""Lines in a row of one log."""

_decode = Decoder(_Rest).decode


def packed(first: int, lines: Sequence[Line]) -> Iterator[Chunk]:
    """Yield lines, of which the first has that number, in chunks; all but the last are full."""
    held: list[Line] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line.text) + 1
        if size >= CHUNK:
            yield _packed(first, held, size)
            first += len(held)
            held, size = [], 0
    if held:
        yield _packed(first, held, size)


def _packed(first: int, lines: list[Line], size: int) -> Chunk:
    text = Fresh(first, lines).text()
    times = [round(line.time * 1e6) for line in lines]
    streams = [line.stream for line in lines]
    rest = _Rest(
        [times[0], *(later - earlier for earlier, later in pairwise(times))],
        streams[:1] if streams.count(streams[0]) == len(streams) else streams,
    )
    return Chunk(
        first,
        len(lines),
        min(times) / 1e6,
        max(times) / 1e6,
        size,
        first_error(text),
        # What no encoding can hold is shown as what it is; nothing is refused any more here.
        zlib.compress(text.encode("utf-8", "backslashreplace"), LEVEL),
        zlib.compress(encode(rest), LEVEL),
    )
