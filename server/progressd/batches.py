"""What goes through the house: batches of records, positions in files, and what a store does with them."""

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .core.chunk import Chunk
from .core.series import Identity, Unsaved
from .core.transcript import NOTHING, KeptLog, Unwritten
from .records import Bucket, StoredRecord


class StoreError(Exception):
    """The store cannot keep what it was given; the text says why."""


@dataclass(slots=True, frozen=True)
class Position:
    """How far a tailed file has been read, and by what it is known again after a restart or a rotation."""

    path: str
    device: int
    inode: int
    offset: int
    """Bytes read and delivered: the start of the first line that was not."""
    head: bytes
    """Digest of the file's first bytes."""
    mark: bytes
    """Digest of the bytes just before `offset`."""


@dataclass(slots=True)
class Batch:
    """Records that came in together through one door."""

    source: str
    """Which door, and what behind it: `unix`, `http`, `file:run.log`."""
    records: Sequence[StoredRecord]
    lines: bytes | None = None
    """The records as they came, NDJSON with a newline at the end of each; None if they have to be encoded."""
    received: float = 0.0
    """Unix seconds; stamped by the engine."""
    position: Position | None = None
    """Committed in the same transaction as the records."""
    measured: bool = False
    """What it measures is in the store's series already: set by the store when it reads back its past."""
    written: bool = False
    """Likewise, its lines are in the store's logs."""


@dataclass(slots=True, frozen=True)
class Part:
    """Which chunks of a log are asked for."""

    first: int = 0
    """That of the line with this number, and what follows."""
    since: float = -math.inf
    """Such as have lines of that time (Unix seconds), or later."""
    until: float = math.inf
    """Such as have lines before that time."""
    errors: bool = False
    """Such as have lines that look like errors."""
    newest_first: bool = False


class Store(Protocol):
    """One ordered log of stamped batches, through which all passes that the tree knows; series; logs of tasks."""

    async def append(self, batches: Sequence[Batch]) -> None:
        """Keep them; on return they survive the death of this process, if this store keeps anything at all.

        Raises StoreError if it cannot: nothing of them is kept then.
        """

    def read(self) -> AsyncIterator[Sequence[Batch]]:
        """The past first, then what is appended from now on: each batch once, in order; never ends by itself."""

    async def compact(
        self, batch: Batch, positions: Sequence[Position], unsaved: Unsaved, unwritten: Unwritten = NOTHING
    ) -> Mapping[str, int]:
        """Replace all that was read so far by a batch that makes the same tree, and `keep` what is beside that.

        Raises StoreError if it cannot.
        """

    async def keep(self, unsaved: Unsaved, unwritten: Unwritten = NOTHING) -> Mapping[str, int]:
        """Merge in all that was measured and written, in what was read so far, since the last time.

        Return the logs of which it dropped what was oldest, each with the number of the first line that is left.
        Raises StoreError; nothing of it is kept then.
        """

    async def all_series(self) -> Unsaved:
        """Return every series with its newest seconds, and every status. Raises StoreError."""

    async def buckets(self, identities: Sequence[Identity], step: int, start: int, end: int) -> list[list[Bucket]]:
        """Return what is kept of each of these series: its buckets of `step` seconds that begin from `start` to
        before `end` (Unix seconds), in order. Raises StoreError.
        """

    async def all_logs(self) -> Sequence[KeptLog]:
        """Return every log, the longest silent first. Raises StoreError."""

    async def chunks(self, task: str, part: Part, most: int) -> Sequence[Chunk]:
        """Return at most so many chunks of a part of a task's log, in order. Raises StoreError."""

    async def keep_history(self, job: str, runs: bytes) -> None:
        """Remember what a job is like in the place of what was known of it; without bytes, forget it.

        Raises StoreError.
        """

    async def history(self) -> Sequence[bytes]:
        """Return what is known of each job. Raises StoreError."""

    @property
    def excess(self) -> int:
        """Bytes that a compaction would be about to free; 0 if it is not worth it."""

    def positions(self) -> Sequence[Position]:
        """Where each tailed file was left."""

    async def close(self) -> None:
        """Let go of what it holds. Nothing is called after this."""
