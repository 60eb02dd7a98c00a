"""All that was measured: the newest of it in memory, the rest in the store, each measurement in one of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from .batches import Store, StoreError
from .core.bucket import coarser
from .core.series import Series, SeriesBook, Unsaved
from .core.steps import Range
from .records import Bucket, Metric, Said, Samples, StoredRecord

KEEP = 1.0
"""Seconds between tellings of the store; until then, what was measured or written is in the log alone."""
MEASURES = (Metric, Samples, Said)


@dataclass(slots=True, eq=False)
class Measured:
    """The series of one daemon. The engine feeds it and has it kept; outputs read it."""

    store: Store
    clock: Callable[[], float]
    """Unix seconds."""
    book: SeriesBook = field(default_factory=SeriesBook)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """While the store is told, nobody can know what it has and what not."""
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def restore(self) -> None:
        """Begin with what the store has kept. Raises StoreError."""
        self.book.restore(await self.store.all_series())

    def take(self, told: Sequence[tuple[StoredRecord, float]], now: float) -> None:
        """Take in what was measured, each with its time, that the daemon received at `now` (Unix seconds)."""
        measured = [(record, at) for record, at in told if isinstance(record, MEASURES)]
        if measured:
            self.book.measure(measured, now)
            more, self._more = self._more, asyncio.Event()
            more.set()

    async def changed(self, since: int) -> None:
        """Return once the book's revision is above `since`."""
        while self.book.revision <= since:
            await self._more.wait()

    @asynccontextmanager
    async def saving(self) -> AsyncIterator[Unsaved]:
        """Give out what the store has yet to keep; if that fails with StoreError, take it back.

        Between this and the call of the store, nothing may be awaited: what is read then is not in it.
        """
        async with self._lock:
            unsaved = self.book.take_unsaved(self.clock())
            try:
                yield unsaved
            except StoreError:
                self.book.give_back(unsaved)
                raise

    async def read(self, series: Sequence[Series], asked: Range) -> list[list[Bucket]]:
        """Return the buckets of each series in a range, also what is not kept yet. Raises StoreError."""
        async with self._lock:
            found = await self.store.buckets([each.identity for each in series], asked.kept, asked.start, asked.end)
            waiting = [[b for b in each.unsaved.values() if asked.start <= b.start < asked.end] for each in series]
        return [coarser((*old, *new), asked.step) for old, new in zip(found, waiting, strict=True)]
