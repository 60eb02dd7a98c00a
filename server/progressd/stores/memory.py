"""Keeps no log: what the tree knows ends with the daemon. Series are in tables as elsewhere, but in memory."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..batches import Batch, Position, StoreError
from ..core.series import Identity, Unsaved
from ..records import Bucket
from .schema import transaction
from .series import TABLES, SeriesTables

BUCKETS = 500_000
"""Of all series and steps together: some 50 MB."""

T = TypeVar("T")


class MemoryStore:
    """`--store memory:`"""

    def __init__(self) -> None:
        self._batches: list[Batch] = []
        self._arrived = asyncio.Event()
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.executescript(TABLES)
        self._series = SeriesTables(self._db, BUCKETS)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="progressd-series")

    @property
    def excess(self) -> int:
        """0: there is nothing to compact."""
        return 0

    async def append(self, batches: Sequence[Batch]) -> None:
        """Hand them on to whoever reads."""
        self._batches += batches
        self._arrived.set()

    async def read(self) -> AsyncIterator[Sequence[Batch]]:
        """Yield what is appended; first an empty batch, for there is no past."""
        yield ()
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            batches, self._batches = self._batches, []
            yield batches

    async def compact(self, batch: Batch, positions: Sequence[Position], unsaved: Unsaved) -> None:  # noqa: ARG002
        """Only series have to be kept."""
        await self.keep_series(unsaved)

    async def keep_series(self, unsaved: Unsaved) -> None:
        """Merge in what was measured. Raises StoreError."""
        await self._in_thread(lambda: self._keep(unsaved))

    async def all_series(self) -> Unsaved:
        """None yet."""
        return Unsaved(0.0)

    async def buckets(self, identities: Sequence[Identity], step: int, start: int, end: int) -> list[list[Bucket]]:
        """What is kept of these series. Raises StoreError."""
        return await self._in_thread(lambda: self._series.read(identities, step, start, end))

    def positions(self) -> Sequence[Position]:
        """None are known."""
        return ()

    async def close(self) -> None:
        """Let the thread end."""
        await self._in_thread(self._db.close)
        self._thread.shutdown()

    def _keep(self, unsaved: Unsaved) -> None:
        with transaction(self._db):
            self._series.keep(unsaved, 0)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreError(f"the store in memory failed: {error}") from error
