"""What the daemon learns of jobs: it looks on while they run, and has each run remembered when it is over."""

import asyncio
import logging
from dataclasses import dataclass, field

from .batches import StoreError
from .core.estimate import Learned
from .engine import Engine

log = logging.getLogger("progressd.learning")

LOOK = 1.0
"""Seconds between two looks: fine enough for the course of a task, and far from what ingest costs."""
REMEMBERED = 400 * 86400.0
"""Seconds that a run is remembered: a job of each year is still known."""
FORGET = 60.0
"""Seconds between two times that old runs, and the course of tasks that are gone, are forgotten."""


@dataclass(slots=True, eq=False)
class Learning:
    """Feeds the estimator that has a memory, and keeps that memory in the store."""

    engine: Engine
    estimator: Learned
    restored: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once what was learned before is known again."""
    _unsaved: set[str] = field(default_factory=set)
    """Jobs of which the store does not know the newest."""

    async def run(self) -> None:
        """Learn until cancelled."""
        await self.engine.replayed.wait()
        await self._restore()
        self.estimator.forget_forecasts()  # of who asked meanwhile
        self.restored.set()
        tree, forgot = self.engine.tree, self.engine.now()
        # What was over before was learned then; of what is under way, the rest of its course is seen.
        self.estimator.look([task for task in tree.tasks.values() if not task.is_done], self.engine.now())
        tree.renewed = self.estimator.renew
        seen = tree.revision
        while True:
            await self.engine.changed(seen)
            tree, now = self.engine.tree, self.engine.now()
            self._unsaved |= self.estimator.look(tree.changes.tasks(seen, tree.tasks.values()), now)
            seen = tree.revision
            if abs(now - forgot) >= FORGET:
                forgot = now
                self.estimator.sweep(tree.tasks)
                self._unsaved |= self.estimator.history.forget(now - REMEMBERED)
            await self._save()
            await asyncio.sleep(LOOK)

    async def _restore(self) -> None:
        try:
            known = await self.engine.store.history()
        except StoreError as error:
            log.error("what was learned of jobs cannot be read: %s", error)
            return
        strange = sum(not self.estimator.history.decode(runs) for runs in known)
        if strange:
            log.warning("what another version learned of %d jobs is not understood, and is learned anew", strange)

    async def _save(self) -> None:
        for job in list(self._unsaved):
            try:
                await self.engine.store.keep_history(job, self.estimator.history.encode(job))
            except StoreError as error:
                # It is tried again with the next run; the store's own alarm tells the user.
                log.debug("a run of %s is not kept yet: %s", job, error)
                return
            self._unsaved.discard(job)
