"""The one owner of the tree: records in, through the store, into the tree, readers awake."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from .batches import Batch, Position, Store, StoreError
from .core.endings import Ending
from .core.kept import kept
from .core.purge import expired
from .core.transcript import PRESSING
from .core.tree import Tree
from .losses import Losses
from .measured import KEEP, Measured
from .queue import QUEUE, Queue
from .records import Forget
from .written import WrittenLogs

log = logging.getLogger("progressd.engine")

RETRY = 5.0
"""Seconds between tries to reach a store that failed."""
TIDY = 60.0
"""Seconds between purges."""
STEP = 1.0
"""Seconds between steps of what moves by itself."""
CROWDED = 1.25
"""Times the tasks that are to be remembered: a purge comes at once then. It looks at all, so it must free many."""


@dataclass(slots=True, frozen=True)
class Limits:
    """How much the tree remembers of what is done."""

    age: float
    """Seconds after its end that a root is forgotten, with all below it."""
    tasks: int
    """Tasks at most; the roots that ended first are forgotten first."""


@dataclass(slots=True, eq=False)
class Engine:
    """Takes records from inputs, and lets outputs follow what they change."""

    store: Store
    clock: Callable[[], float]
    limits: Limits
    alarm: str | None = None
    """What is wrong with the store at present."""
    replayed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the past has been read back."""
    losses: Losses = field(init=False)
    series: Measured = field(init=False)
    logs: WrittenLogs = field(init=False)
    listeners: list[Callable[[Sequence[Ending]], None]] = field(default_factory=list)
    """Told of ends of tasks with a metric, but of none in the past that is read back. They neither wait nor raise."""
    _tree: Tree = field(default_factory=Tree)
    _queue: Queue = field(default_factory=Queue)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _positions: dict[tuple[int, int], Position] = field(default_factory=dict)
    _apart: bool = False
    """The tree has what the store has not."""
    _crowded: asyncio.Event = field(default_factory=asyncio.Event)
    _fewest: int = 0
    """Tasks that the last purge left, or that came meanwhile: some cannot be forgotten yet."""
    _unread: int = 0
    """Batches that the store has taken and not handed back yet."""

    def __post_init__(self) -> None:
        self.losses = Losses(self.clock)
        self.series = Measured(self.store, self.clock)
        self.logs = WrittenLogs(self.store)

    @property
    def tree(self) -> Tree:
        """The tree, as all that came in so far makes it."""
        self._tree.publish()
        return self._tree

    @property
    def queued(self) -> int:
        """Bytes, or nearly, that wait for the store."""
        return self._queue.size

    def now(self) -> float:
        """Unix seconds by the daemon's clock."""
        return self.clock()

    def positions(self) -> Sequence[Position]:
        """Where each tailed file was left."""
        return self.store.positions()

    async def submit(self, batch: Batch) -> None:
        """Take a batch in; wait while too much is queued."""
        await self._queue.wait_below(QUEUE)
        self._put(batch)

    async def commit(self, batch: Batch) -> bool:
        """Take a batch in, wait until it is done, and return whether the store has it: False while that fails."""
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self._queue.wait_below(QUEUE)
        self._put(batch, stored)
        return await stored

    def offer(self, batch: Batch, number: int = 0) -> bool:
        """Take a batch in if there is room; else it is dropped, counted (as `number` if given), and False returned."""
        if self._queue.size >= QUEUE:
            self.losses.lose(f"{batch.source}: too much is waiting for the store", number or len(batch.records))
            return False
        self._put(batch)
        return True

    async def changed(self, since: int) -> None:
        """Return once the tree's revision is above `since`."""
        while self.tree.revision <= since:
            await self._changed.wait()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write(), name="engine: to the store")
            tasks.create_task(self._read(), name="engine: to the tree")
            tasks.create_task(self._tidy(), name="engine: purge and compact")
            tasks.create_task(self._keep_up(), name="engine: series and logs to the store")
            tasks.create_task(self._move_on(), name="engine: what moves by itself")

    async def drain(self) -> None:
        """Return once all that was taken in has been stored, and is in the tree."""
        await self._queue.wait_below(1)
        if self.replayed.is_set():
            await self._wait_for_reader()

    async def keep(self) -> None:
        """Have the store keep what was measured and written since the last time. While it fails, that waits."""
        try:
            async with self.series.saving() as unsaved:
                with self.logs.saving() as unwritten:
                    if unsaved or unwritten:
                        self.logs.saved(await self.store.keep(unsaved, unwritten))
        except StoreError as error:
            self._raise_alarm(error)

    def _put(self, batch: Batch, stored: asyncio.Future[bool] | None = None) -> None:
        batch.received = self.now()
        self.losses.counts.records += len(batch.records)
        self._queue.put(batch, stored)

    async def _write(self) -> None:
        while True:
            group = await self._queue.take()
            self._queue.settle(group, await self._keep([pending.batch for pending in group]))
            await asyncio.sleep(0)  # A store in memory never waits, so nobody else would have a turn in a flood.

    async def _keep(self, batches: Sequence[Batch]) -> bool:
        """Have the store keep batches, and hand them back; while it fails, bring them to the tree without it."""
        while True:
            if not self._apart:
                before, self._positions = self._positions, self._with_positions(batches)
                try:
                    await self.store.append(batches)
                    self._unread += len(batches)
                    return True
                except StoreError as error:
                    self._positions = before  # or a compaction would have where these end, and not them
                    self._apart = True
                    self._raise_alarm(error)
            # Work goes on while the store does not, but nothing overtakes what that has still to hand back.
            await self.replayed.wait()
            await self._wait_for_reader()
            if self._apart:
                self._positions = self._with_positions(batches)
                self._apply(batches)
                return False
            # A compaction that began meanwhile is without them: behind it, the store takes them.

    def _with_positions(self, batches: Sequence[Batch]) -> dict[tuple[int, int], Position]:
        found = {(at.device, at.inode): at for batch in batches if (at := batch.position) is not None}
        return {**self._positions, **found} if found else self._positions

    async def _wait_for_reader(self) -> None:
        while self._unread:  # noqa: ASYNC110 - the reader needs a turn or two, and tells nobody
            await asyncio.sleep(0)

    async def _read(self) -> None:
        await self.series.restore()
        await self.logs.restore()
        async for batches in self.store.read():
            self._apply(batches)
            if self.logs.book.waiting > PRESSING and self.alarm is None:
                await self.keep()  # Who writes faster than the store keeps waits for it.
            if self.replayed.is_set():
                self._unread -= len(batches)
            elif not batches:
                self.replayed.set()
            await asyncio.sleep(0)

    def _apply(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            passed = self._tree.take(batch.records, batch.received)
            if not batch.measured:
                self.series.take(passed, batch.received)
            if not batch.written:
                self.logs.take(passed)
        self._tell(batches)
        if len(self._tree) > CROWDED * max(self.limits.tasks, self._fewest):
            self._crowded.set()
        if batches:
            self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _move_on(self) -> None:
        await self.replayed.wait()
        while True:
            # Records that are under way were received before now: the time must not overtake them.
            if self._tree.headings and not self._queue.size and not self._unread:
                self._tree.take((), self.now())
                self._wake()
            await asyncio.sleep(STEP)

    def _tell(self, batches: Sequence[Batch]) -> None:
        endings = self._tree.endings.take()
        if not self.replayed.is_set():
            return  # Those were told before the restart.
        now = self.now()
        self.losses.counts.arrived += len(batches)
        self.losses.counts.delay += sum(max(0.0, now - batch.received) for batch in batches)
        if endings:
            for tell in self.listeners:
                tell(endings)

    def _raise_alarm(self, error: StoreError) -> None:
        self.alarm = f"{error}; progress is kept in memory only until the store works again"
        log.error("%s", self.alarm)

    async def _keep_up(self) -> None:
        time, spent = asyncio.get_running_loop().time, 0.0
        while True:
            await asyncio.sleep(max(KEEP, 4 * spent))  # Ten thousand series take most of a second.
            begun = time()
            for kind, book in (("series", self.series.book), ("logs", self.logs.book)):
                for why, number in book.take_lost().items():
                    self.losses.lose(f"{kind}: {why}", number)
            if self.alarm is None:
                await self.keep()
            spent = time() - begun

    async def _tidy(self) -> None:
        await self.replayed.wait()
        purged = self.now()
        while True:
            if self.alarm is not None or self.store.excess:
                await self._compact()
            if self._crowded.is_set() or abs(self.now() - purged) >= TIDY:
                purged = self.now()
                await self._purge()
            with suppress(TimeoutError):
                async with asyncio.timeout(RETRY):
                    await self._crowded.wait()

    async def _purge(self) -> None:
        keys = expired(self.tree, self.now(), self.limits.age, self.limits.tasks)
        if keys:
            await self.commit(Batch("purge", [Forget(task=key, over=True) for key in keys]))
        self._fewest = len(self._tree)
        self._crowded.clear()

    async def _compact(self) -> None:
        try:
            async with self.series.saving() as unsaved:
                batch = Batch("compacted", kept(self.tree), received=self.now())
                # What comes from here on is appended behind the compaction: the store works in order.
                self._apart = False
                with self.logs.saving() as unwritten:
                    positions = list(self._positions.values())
                    self.logs.saved(await self.store.compact(batch, positions, unsaved, unwritten))
        except StoreError as error:
            self._apart = True
            if self.alarm is None:
                self._raise_alarm(error)
            return
        if self.alarm is not None and not self._apart:
            log.warning("the store works again; it has the whole tree")
            self.alarm = None
