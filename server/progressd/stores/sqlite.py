"""One SQLite file, one thread, one connection: the embedded store."""

import asyncio
import os
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from msgspec.json import Encoder

from ..batches import Batch, Part, Position, StoreError
from ..core.chunk import Chunk
from ..core.decode import decode_stored
from ..core.series import Identity, Unsaved
from ..core.transcript import NOTHING, KeptLog, Unwritten
from ..records import Bucket
from .logfile import LogFile, Row
from .schema import lock, log

CHECKPOINT = 1.0
"""Seconds between checkpoints while something is written: what a power cut may cost at most."""
PIECE = 1_000
"""Records in a row of the compacted base, and"""
LARGE = 16 << 20
"""bytes after which it takes no more: a task may have some 30 MiB, and SQLite takes no row of a gigabyte."""
WORTH = 32 << 20
"""Bytes of log below which a compaction is not worth it, however small the tree."""

T = TypeVar("T")
_encoder = Encoder()


class SqliteStore:
    """`--store sqlite:PATH`, the default."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        """Open or create the file. Raises StoreError if it cannot be used."""
        self._path = path
        self._clock = clock
        self._lock = lock(path)
        try:
            self._file = LogFile(path, int(clock()))
        except BaseException:
            os.close(self._lock)
            raise
        self._past = self._file.last
        self._measured, self._written = self._file.series.upto, self._file.logs.upto
        self._delivered = min(self._measured, self._written)
        self._live: deque[tuple[int, Sequence[Batch]]] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="progressd-store")
        self._checkpoint: asyncio.TimerHandle | None = None

    @property
    def excess(self) -> int:
        """Bytes that a compaction would be about to free; 0 if it is not worth it."""
        if self._file.damaged:
            return 1
        return self._file.log_bytes if self._file.log_bytes > max(WORTH, 4 * self._file.base_bytes) else 0

    async def append(self, batches: Sequence[Batch]) -> None:
        """Commit them in one transaction. Raises StoreError; nothing of them is kept then."""
        positions = [batch.position for batch in batches if batch.position is not None]
        last = await self._in_thread(partial(self._file.append, _rows(batches), positions, self._clock()))
        self._live.append((last, batches))
        self._arrived.set()
        if self._checkpoint is None:
            self._checkpoint = asyncio.get_running_loop().call_later(CHECKPOINT, self._start_checkpoint)

    async def read(self) -> AsyncIterator[Sequence[Batch]]:
        """The past from the file, an empty batch to mark its end, then what is appended; each once, in order."""
        async for batches in self._read_past():
            yield batches
        yield ()
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._live:
                self._delivered, batches = self._live.popleft()
                yield batches

    async def compact(
        self, batch: Batch, positions: Sequence[Position], unsaved: Unsaved, unwritten: Unwritten = NOTHING
    ) -> Mapping[str, int]:
        """Make `batch` the base, and drop the log up to what was delivered to the reader. Raises StoreError."""
        delivered, beside = self._delivered, (unsaved, unwritten)
        return await self._in_thread(
            lambda: self._file.replace(delivered, _pieces(batch), positions, beside, self._clock())
        )

    async def keep(self, unsaved: Unsaved, unwritten: Unwritten = NOTHING) -> Mapping[str, int]:
        """Merge in what was measured and written, up to what was delivered to the reader. Raises StoreError."""
        return await self._in_thread(partial(self._file.keep, self._delivered, unsaved, unwritten))

    async def all_series(self) -> Unsaved:
        """Every series and status, as they were kept. Raises StoreError if the file cannot be read now."""
        try:
            return await self._in_thread(lambda: self._file.series.read_all(self._clock()))
        except StoreError as error:
            await self._begin_anew(error)
            return Unsaved(self._clock())

    async def buckets(self, identities: Sequence[Identity], step: int, start: int, end: int) -> list[list[Bucket]]:
        """What is kept of these series. Raises StoreError."""
        return await self._in_thread(lambda: self._file.series.read(identities, step, start, end))

    async def all_logs(self) -> Sequence[KeptLog]:
        """Every log, as it was kept. Raises StoreError if the file cannot be read now."""
        try:
            return await self._in_thread(self._file.logs.read_all)
        except StoreError as error:
            await self._begin_anew(error)
            return ()

    async def chunks(self, task: str, part: Part, most: int) -> Sequence[Chunk]:
        """What is kept of a part of a log. Raises StoreError."""
        return await self._in_thread(lambda: self._file.logs.read(task, part, most))

    async def keep_history(self, job: str, runs: bytes) -> None:
        """Remember what a job is like. Raises StoreError."""
        await self._in_thread(lambda: self._file.history.keep(job, runs))

    async def history(self) -> Sequence[bytes]:
        """What is known of each job. Raises StoreError."""
        return await self._in_thread(self._file.history.read)

    def positions(self) -> Sequence[Position]:
        """Where each tailed file was left, as the file was opened."""
        return self._file.positions()

    async def close(self) -> None:
        """Write everything back and let go of the file."""
        if self._checkpoint is not None:
            self._checkpoint.cancel()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._file.close)
        self._thread.shutdown()
        os.close(self._lock)

    async def _read_past(self) -> AsyncIterator[Sequence[Batch]]:
        cuts = sorted({-1, self._measured, self._written, self._past})
        for table, begin, upto in (("base", -1, 1 << 62), *(("log", *span) for span in pairwise(cuts))):
            after = begin
            while True:
                try:
                    last, rows = await self._in_thread(partial(self._file.page, table, after, upto))
                except StoreError as error:
                    await self._begin_anew(error)
                    return
                if last == after:
                    break
                after = last
                if table == "log":
                    self._delivered = last
                yield [self._batch(row, table, upto) for row in rows]
        self._delivered = self._past

    async def _begin_anew(self, error: StoreError) -> None:
        if isinstance(error.__cause__, sqlite3.OperationalError):
            raise error  # It cannot be read now; that is no damage.
        await self._in_thread(partial(self._file.begin_anew, int(self._clock()), error))
        self._delivered = self._past

    def _batch(self, row: Row, table: str, upto: int) -> Batch:
        based = table == "base"
        received, source, lines = row
        records, lost = decode_stored(lines)
        if lost:
            self._file.damaged = True
            log.error("%d lines in the store %s cannot be read back and were left out", lost, self._path)
        return Batch(
            source, records, lines, received, None, based or upto <= self._measured, based or upto <= self._written
        )

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreError(f"the store {self._path} failed: {error}") from error

    def _start_checkpoint(self) -> None:
        self._checkpoint = None
        self._thread.submit(self._file.checkpoint)


def _rows(batches: Sequence[Batch]) -> list[Row]:
    return [(batch.received, batch.source, _lines(batch)) for batch in batches if batch.records]


def _lines(batch: Batch) -> bytes:
    return batch.lines if batch.lines is not None else _encoder.encode_lines(batch.records)


def _pieces(batch: Batch) -> list[Row]:
    """Cut a batch into rows that can be read back one by one."""
    rows: list[Row] = []
    lines, size = list[bytes](), 0
    for record in batch.records:
        lines.append(_encoder.encode_lines((record,)))
        size += len(lines[-1])
        if len(lines) == PIECE or size >= LARGE:
            rows.append((batch.received, batch.source, b"".join(lines)))
            lines, size = [], 0
    if lines:
        rows.append((batch.received, batch.source, b"".join(lines)))
    return rows
