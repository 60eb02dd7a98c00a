"""What goes through the house: batches of records, positions in files, and what a store does with them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from .records import StoredRecord


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


class Store(Protocol):
    """One ordered log of stamped batches. Everything that the tree knows has passed through it."""

    async def append(self, batches: Sequence[Batch]) -> None:
        """Keep them; on return they survive the death of this process, if this store keeps anything at all.

        Raises StoreError if it cannot: nothing of them is kept then.
        """

    def read(self) -> AsyncIterator[Sequence[Batch]]:
        """The past first, then what is appended from now on: each batch once, in order; never ends by itself."""

    async def compact(self, batch: Batch, positions: Sequence[Position]) -> None:
        """Replace all that was read so far by a batch that makes the same tree. Raises StoreError if it cannot."""

    @property
    def excess(self) -> int:
        """Bytes that a compaction would be about to free; 0 if it is not worth it."""

    def positions(self) -> Sequence[Position]:
        """Where each tailed file was left."""

    async def close(self) -> None:
        """Let go of what it holds. Nothing is called after this."""
