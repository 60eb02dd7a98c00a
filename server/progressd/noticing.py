"""Tells of runs that are later than expected, or were suspiciously fast: as markers, so they are kept and followed."""

import asyncio
from dataclasses import dataclass, field

from .batches import Batch
from .core.estimate import Learned, Watch
from .engine import Engine

LOOK = 1.0
"""Seconds between two looks: a run that hangs says nothing, so it has to be looked for."""


@dataclass(slots=True, eq=False)
class Noticing:
    """Looks at what is under way."""

    engine: Engine
    estimator: Learned
    remembers: asyncio.Event
    """Set once it knows the runs before the daemon's start."""
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Watch(self.estimator)

    async def run(self) -> None:
        """Look until cancelled."""
        await self.engine.replayed.wait()
        self.watch.begin(self.engine.tree)
        await self.remembers.wait()
        while True:
            notices = self.watch.look(self.engine.tree, self.engine.now())
            if notices:
                await self.engine.submit(Batch("notices", notices))
            await asyncio.sleep(LOOK)
