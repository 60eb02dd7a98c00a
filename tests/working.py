"""An engine that works, for tests that want no daemon around it; and a clock that a test sets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from progressd.batches import Store
from progressd.engine import Engine, Limits


class Clock:
    """Unix seconds that a test sets."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0

    def __call__(self) -> float:
        return self.time


@asynccontextmanager
async def working(store: Store, clock: Clock, limits: Limits = Limits(86400.0, 1000)) -> AsyncIterator[Engine]:
    """Have an engine over a store, once all that the store has is in its tree; both end with the block."""
    engine = Engine(store, clock, limits)
    running = asyncio.ensure_future(engine.run())
    try:
        async with asyncio.timeout(30):
            await engine.replayed.wait()
            yield engine
    finally:
        running.cancel()
        await asyncio.wait([running])
        await store.close()
