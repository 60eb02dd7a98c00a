"""Batches that were taken in and are not stored yet: bounded in bytes, and who waits for one hears of its end."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from .batches import Batch

QUEUE = 32 << 20
"""Bytes of memory, or nearly, accepted but not yet stored: some 60,000 usual records. A stream that brings more
waits, a datagram is dropped and counted."""
AT_ONCE = 2 << 20
"""Bytes of them that are stored in one go. All that is stored at once reaches the tree at once, and nobody is answered
meanwhile: so much are some 4,000 records, 10 ms of the usual ones and 80 ms of the slowest."""
RECORD = 400
"""Bytes that a decoded record takes beside its line."""


@dataclass(slots=True)
class Pending:
    """A batch, and who waits for it."""

    batch: Batch
    stored: asyncio.Future[bool] | None = None

    @property
    def cost(self) -> int:
        """Bytes, or nearly. A batch without records costs something, or a flood of them would not be waited for."""
        return RECORD * (len(self.batch.records) + 1) + len(self.batch.lines or b"")


@dataclass(slots=True, eq=False)
class Queue:
    """First in, first out, many at once."""

    size: int = 0
    """Bytes, or nearly: also of what was taken and is not settled."""
    _pending: deque[Pending] = field(default_factory=deque)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _room: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, batch: Batch, stored: asyncio.Future[bool] | None = None) -> None:
        """Add a batch; `stored` is told whether the store has it."""
        pending = Pending(batch, stored)
        self.size += pending.cost
        self._pending.append(pending)
        self._arrived.set()

    async def take(self) -> Sequence[Pending]:
        """Return what is there, or the first of it, as soon as something is. It still counts until it is settled."""
        while not self._pending:
            self._arrived.clear()
            await self._arrived.wait()
        group: list[Pending] = []
        size = 0
        while self._pending and size < AT_ONCE:
            group.append(self._pending.popleft())
            size += group[-1].cost
        return group

    def settle(self, group: Sequence[Pending], stored: bool) -> None:
        """Tell who waits for them, and make room."""
        for pending in group:
            self.size -= pending.cost
            if pending.stored is not None and not pending.stored.done():
                pending.stored.set_result(stored)
        self._room.set()

    async def wait_below(self, size: int) -> None:
        """Return once fewer bytes are queued."""
        while self.size >= size:
            self._room.clear()
            await self._room.wait()
