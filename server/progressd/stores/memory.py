"""Keeps no records: what the tree knows ends with the daemon. What is beside it is in tables, but in memory."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..batches import Batch, Part, Position, StoreError
from ..core.chunk import Chunk
from ..core.series import Identity, Unsaved
from ..core.transcript import NOTHING, KeptLog, Unwritten
from ..records import Bucket
from . import history, series, transcripts
from .history import HistoryTable
from .schema import transaction
from .series import SeriesTables
from .transcripts import TranscriptTables

BUCKETS = 500_000
"""Of all series and steps together: some 50 MB."""
LOGS = 64 << 20
"""Bytes of all tasks' logs, packed: three million usual lines."""

T = TypeVar("T")


class MemoryStore:
    """`--store memory:`"""

    def __init__(self) -> None:
        self._batches: list[Batch] = []
        self._arrived = asyncio.Event()
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.executescript(series.TABLES + transcripts.TABLES + history.TABLES)
        self._series = SeriesTables(self._db, BUCKETS)
        self._logs = TranscriptTables(self._db, LOGS)
        self._history = HistoryTable(self._db)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="progressd-store")

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

    async def compact(
        self,
        batch: Batch,  # noqa: ARG002
        positions: Sequence[Position],  # noqa: ARG002
        unsaved: Unsaved,
        unwritten: Unwritten = NOTHING,
    ) -> Mapping[str, int]:
        """Only what is beside the tree has to be kept."""
        return await self.keep(unsaved, unwritten)

    async def keep(self, unsaved: Unsaved, unwritten: Unwritten = NOTHING) -> Mapping[str, int]:
        """Merge in what was measured and written. Raises StoreError."""
        return await self._in_thread(lambda: self._keep(unsaved, unwritten))

    async def all_series(self) -> Unsaved:
        """None yet."""
        return Unsaved(0.0)

    async def buckets(self, identities: Sequence[Identity], step: int, start: int, end: int) -> list[list[Bucket]]:
        """What is kept of these series. Raises StoreError."""
        return await self._in_thread(lambda: self._series.read(identities, step, start, end))

    async def all_logs(self) -> Sequence[KeptLog]:
        """None yet."""
        return ()

    async def chunks(self, task: str, part: Part, most: int) -> Sequence[Chunk]:
        """What is kept of a part of a log. Raises StoreError."""
        return await self._in_thread(lambda: self._logs.read(task, part, most))

    async def keep_history(self, job: str, runs: bytes) -> None:
        """Remember what a job is like. Raises StoreError."""
        await self._in_thread(lambda: self._history.keep(job, runs))

    async def history(self) -> Sequence[bytes]:
        """What is known of each job. Raises StoreError."""
        return await self._in_thread(self._history.read)

    def positions(self) -> Sequence[Position]:
        """None are known."""
        return ()

    async def close(self) -> None:
        """Let the thread end."""
        await self._in_thread(self._db.close)
        self._thread.shutdown()

    def _keep(self, unsaved: Unsaved, unwritten: Unwritten) -> Mapping[str, int]:
        with transaction(self._db):
            self._series.keep(unsaved, 0)
            return self._logs.keep(unwritten, 0)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreError(f"the store in memory failed: {error}") from error
