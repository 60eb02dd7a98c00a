"""Every store by its name, opened: what the contracts of stores go over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from progressd.batches import Batch, Store
from progressd.stores import STORES

NAMES = sorted(STORES)
LASTING = [name for name in NAMES if name != "memory"]
"""Those that have after a restart what they had before."""


@asynccontextmanager
async def opened(name: str, path: Path) -> AsyncIterator[Store]:
    """Have a store with its file in a folder until the end of the block."""
    store = STORES[name](str(path / "log.db"), lambda: 1.7e9)
    try:
        yield store
    finally:
        await store.close()


async def past(store: Store) -> list[Batch]:
    """Return all that a store gives back of the time before it was opened."""
    found: list[Batch] = []
    async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
        async for some in batches:
            if not some:
                break
            found += some
    return found
