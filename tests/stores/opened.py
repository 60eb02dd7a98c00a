"""Every store by its name, opened: what the contracts of stores go over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from progressd.batches import Store
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
