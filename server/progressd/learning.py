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
AT_ONCE = 1_000
"""Tasks that are looked at before others get a turn; of a run that is learned, each of its tasks counts."""
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
    _seen: int = 0
    """The revision of the tree that was looked at."""

    async def run(self) -> None:
        """Learn until cancelled."""
        await self.engine.replayed.wait()
        # At once: what is over starts anew as soon as records come, and they need not wait for what follows.
        self.engine.tree.renewed = self.estimator.renew
        await self._restore()
        await self._catch_up()
        self.estimator.forget_forecasts()  # of who asked meanwhile
        self.restored.set()
        forgot = self.engine.now()
        while True:
            await self.engine.changed(self._seen)
            now = self.engine.now()
            if abs(now - forgot) >= FORGET:
                forgot = now
                self.estimator.sweep(self.engine.tree.tasks)
                self._unsaved |= self.estimator.history.forget(now - REMEMBERED)
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Learn what is new, and have the store keep it: also what ended a moment before the daemon does."""
        if not self.restored.is_set():
            return
        tree = self.engine.tree
        changed, self._seen = tree.changes.tasks(self._seen, tree.tasks.values()), tree.revision
        self._unsaved |= self.estimator.look(changed, self.engine.now())
        await self._save()

    async def _catch_up(self) -> None:
        """Learn the runs whose end was stored, but not what was learned of them: the daemon was killed between the two.

        One that had started anew by then is lost. Of what is under way, the rest of its course is seen.
        """
        tree, self._seen, looked_at = self.engine.tree, self.engine.tree.revision, 0
        for task in list(tree.tasks.values()):
            learned = self.estimator.catch_up(task, self.engine.now())
            self._unsaved |= learned
            looked_at += 1 + (sum(task.sums.counts) if learned and task.sums is not None else 0)
            if looked_at >= AT_ONCE:
                looked_at = 0
                await asyncio.sleep(0)
        await self._save()

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
