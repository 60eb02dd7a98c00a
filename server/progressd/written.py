"""The logs of all tasks: the newest lines in memory, the rest in the store; searched off the event loop."""

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from .batches import Part, Store, StoreError
from .core.chunk import Fresh, Line, Piece
from .core.terminal import first_error, lines_with
from .core.transcript import Transcript, TranscriptBook, Unwritten
from .records import StoredRecord

AT_ONCE = 16
"""Chunks that are fetched and looked at together, a megabyte of text: so long a batch waits for the store at most."""
TEXT = 4 << 20
"""Characters that are read at a time; where it stopped, the answer says."""


@dataclass(slots=True, frozen=True)
class Excerpt:
    """Lines in a row."""

    first: int
    lines: Sequence[Line]


@dataclass(slots=True, frozen=True)
class Hits:
    """What a search found."""

    count: int
    """Lines that hold the text."""
    first: Sequence[tuple[int, Line]]
    """The first of them, with their numbers."""


@dataclass(slots=True, eq=False)
class WrittenLogs:
    """The logs of one daemon. The engine feeds them and has them kept; outputs read them."""

    store: Store
    book: TranscriptBook = field(default_factory=TranscriptBook)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _searching: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One search at a time: each takes a whole core."""

    async def restore(self) -> None:
        """Begin with what the store has kept. Raises StoreError."""
        self.book.restore(await self.store.all_logs())

    def take(self, told: Sequence[tuple[StoredRecord, float]]) -> None:
        """Take in what was written, each with its time, and what was forgotten."""
        revision = self.book.revision
        if told:
            self.book.take(told)
        if self.book.revision > revision:
            more, self._more = self._more, asyncio.Event()
            more.set()

    async def changed(self, since: int) -> None:
        """Return once the book's revision is above `since`."""
        while self.book.revision <= since:
            await self._more.wait()

    @contextmanager
    def saving(self) -> Iterator[Unwritten]:
        """Give out what the store has yet to keep, until `saved`; if that fails with StoreError, take it back.

        Only within `Measured.saving`, which lets nobody else do this at the same time.
        """
        try:
            yield self.book.take_unsaved()
        except StoreError:
            self.book.give_back()
            raise

    def saved(self, gone: Mapping[str, int]) -> None:
        """The store has kept it; what it returned is what it had to drop."""
        self.book.saved(gone)

    async def pieces(self, log: Transcript, first: int, end: int) -> AsyncIterator[list[Piece]]:
        """Yield all that is there from line `first` to before `end`, some at a time; the first may begin earlier.

        Raises StoreError.
        """
        fresh = log.after(first)
        while first < min(end, fresh.first):
            found = [
                chunk
                for chunk in await self.store.chunks(log.task, Part(first), AT_ONCE)
                if first < chunk.first + chunk.count
            ]
            if not found:
                break
            yield [*found]
            first = found[-1].first + found[-1].count
        # What is saved stays in memory for a while.
        known = max(0, first - fresh.first)
        if known < fresh.count and fresh.first + known < end:
            yield [Fresh(fresh.first + known, fresh.held[known:])]

    async def read(self, log: Transcript, first: int, end: int) -> Excerpt:
        """Return lines from number `first` to before `end`, as far as they are there and not too long.

        Raises StoreError.
        """
        lines: list[Line] = []
        left, begin = TEXT, first
        async for pieces in self.pieces(log, first, end):
            at, some = await asyncio.to_thread(_between, pieces, first, end, left)
            begin = begin if lines else at
            if at != begin + len(lines):
                break  # Something in between is not there any more.
            lines += some
            left -= sum(len(line.text) for line in some)
            if left <= 0 or begin + len(lines) >= end:
                break
        return Excerpt(begin, lines)

    async def search(self, log: Transcript, wanted: str, first: int, end: int, most: int) -> Hits:
        """Return which lines from `first` to before `end` hold a text, and at most so many of them.

        Raises StoreError.
        """
        count, hits = 0, list[tuple[int, Line]]()
        async with self._searching:
            async for pieces in self.pieces(log, first, end):
                number, found = await asyncio.to_thread(_find, pieces, wanted, (first, end), most - len(hits))
                count += number
                hits += found
        return Hits(count, hits)

    async def first_error(self, log: Transcript, first: int) -> int | None:
        """Return the first line from a number on that looks like an error. Raises StoreError."""
        fresh = log.after(first)
        chunks = await self.store.chunks(log.task, Part(first, errors=True), 2)
        pieces: list[Piece] = [*(chunk for chunk in chunks if chunk.first + chunk.count > first), fresh]
        return await asyncio.to_thread(_first_error, pieces, first)

    async def at(self, log: Transcript, since: float) -> int:
        """Return the first line that is as late as a time (Unix seconds), `log.next` if none is. Raises StoreError."""
        fresh, end = log.after(0), log.next
        pieces: list[Piece] = [*await self.store.chunks(log.task, Part(since=since), 1), fresh]
        for piece in pieces:
            for number, line in enumerate(await asyncio.to_thread(piece.lines), piece.first):
                if line.time >= since:
                    return number
        return end

    async def before(self, log: Transcript, until: float) -> int:
        """Return the line after the last that is before a time (Unix seconds). Raises StoreError."""
        chunks = await self.store.chunks(log.task, Part(until=until, newest_first=True), 1)
        pieces: list[Piece] = [log.after(0), *chunks]
        for piece in pieces:
            lines = await asyncio.to_thread(piece.lines)
            for number in range(len(lines) - 1, -1, -1):
                if lines[number].time < until:
                    return piece.first + number + 1
        return log.gone

    async def merged(
        self, logs: Sequence[Transcript], since: float | None, until: float, most: int
    ) -> list[tuple[Line, str]]:
        """Return lines of several logs by time, each with its task: the first since a time, else the last before one.

        Raises StoreError.
        """
        found = []
        for log in logs:
            end = await self.before(log, until) if until < math.inf else log.next
            first = await self.at(log, since) if since is not None else max(0, end - most)
            lines = (await self.read(log, first, min(end, first + most))).lines
            found.append([(line, log.task) for line in sorted(lines, key=_time)])
        lines_of_all = list(heapq.merge(*found, key=lambda each: each[0].time))
        return lines_of_all[:most] if since is not None else lines_of_all[-most:]


def _between(pieces: Sequence[Piece], first: int, end: int, most: int) -> tuple[int, list[Line]]:
    """Return the lines of pieces in a row that lie in a range, and the number of the first; so many characters."""
    begin = max(first, pieces[0].first)
    lines: list[Line] = []
    for piece in pieces:
        if most <= 0:
            break
        some = piece.lines()[max(0, first - piece.first) : max(0, end - piece.first)]
        lines += some
        most -= sum(len(line.text) for line in some)
    return begin, lines


def _find(pieces: Sequence[Piece], wanted: str, span: tuple[int, int], most: int) -> tuple[int, list[tuple[int, Line]]]:
    count, hits = 0, list[tuple[int, Line]]()
    for piece in pieces:
        found = [at for at in lines_with(piece.text(), wanted) if span[0] <= piece.first + at < span[1]]
        count += len(found)
        if found and len(hits) < most:
            lines = piece.lines()
            hits += [(piece.first + at, lines[at]) for at in found[: most - len(hits)]]
    return count, hits


def _first_error(pieces: Sequence[Piece], first: int) -> int | None:
    for piece in pieces:
        skipped = max(0, first - piece.first)
        rest = "\n".join(piece.text().split("\n")[skipped:])
        at = first_error(rest)
        if at is not None:
            return piece.first + skipped + at
    return None


def _time(line: Line) -> float:
    return line.time
