"""Keeps nothing: what the tree knows ends with the daemon."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from ..batches import Batch, Position


class MemoryStore:
    """`--store memory:`"""

    def __init__(self) -> None:
        self._batches: list[Batch] = []
        self._arrived = asyncio.Event()

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

    async def compact(self, batch: Batch, positions: Sequence[Position]) -> None:
        """Nothing to do."""

    def positions(self) -> Sequence[Position]:
        """None are known."""
        return ()

    async def close(self) -> None:
        """Nothing to do."""
