"""The one owner of the tree: records in, through the store, into the tree, readers awake."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .core.decode import BadLine
from .core.kept import kept
from .core.purge import expired
from .core.tree import Tree
from .records import Forget, StoredRecord

log = logging.getLogger("progressd.engine")

QUEUE = 50_000
"""Records accepted but not yet stored; a stream that brings more waits, a datagram is dropped and counted."""
BAD_LINES = 100
"""Newest rejected lines that are kept to be shown."""
SHOWN = 120
"""Bytes of a rejected line that are kept."""
RETRY = 5.0
"""Seconds between tries to reach a store that failed."""
TIDY = 60.0
"""Seconds between purges."""


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


@dataclass(slots=True, frozen=True)
class Rejected:
    """A line that was left out, as it is shown."""

    where: str
    why: str
    text: str
    time: float


@dataclass(slots=True)
class Counts:
    """What came in since the start, and what was lost on the way. All of it is shown."""

    records: int = 0
    bad: int = 0
    unknown: int = 0
    dropped: int = 0


@dataclass(slots=True)
class _Pending:
    batch: Batch
    stored: asyncio.Future[None] | None = None


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
    counts: Counts = field(default_factory=Counts)
    alarm: str | None = None
    """What is wrong with the store at present."""
    rejected: deque[Rejected] = field(default_factory=lambda: deque(maxlen=BAD_LINES))
    replayed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the past has been read back."""
    _tree: Tree = field(default_factory=Tree)
    _queue: deque[_Pending] = field(default_factory=deque)
    _queued: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _room: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _positions: dict[tuple[int, int], Position] = field(default_factory=dict)
    _closing: bool = False

    @property
    def tree(self) -> Tree:
        """The tree, as all that came in so far makes it."""
        self._tree.publish()
        return self._tree

    def now(self) -> float:
        """Unix seconds by the daemon's clock."""
        return self.clock()

    def positions(self) -> Sequence[Position]:
        """Where each tailed file was left."""
        return self.store.positions()

    async def submit(self, batch: Batch) -> None:
        """Take a batch in; wait while too much is queued."""
        while self._queued >= QUEUE:
            self._room.clear()
            await self._room.wait()
        self._put(_Pending(batch))

    async def commit(self, batch: Batch) -> None:
        """Take a batch in, and wait until the store has it."""
        stored = asyncio.get_running_loop().create_future()
        while self._queued >= QUEUE:
            self._room.clear()
            await self._room.wait()
        self._put(_Pending(batch, stored))
        await stored

    def offer(self, batch: Batch) -> bool:
        """Take a batch in if there is room; else it is dropped and counted, and False returned."""
        if self._queued >= QUEUE:
            self.counts.dropped += len(batch.records)
            return False
        self._put(_Pending(batch))
        return True

    def reject(self, where: str, bad: BadLine) -> None:
        """Count a line that was left out, and keep it to be shown."""
        if bad.unknown:
            self.counts.unknown += 1
        else:
            self.counts.bad += 1
        text = bad.line[:SHOWN].decode("utf-8", "backslashreplace")
        self.rejected.append(Rejected(where, bad.why, text, self.now()))
        log.debug("left out a line of %s: %s: %r", where, bad.why, text)

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

    async def drain(self) -> None:
        """Return once all that was taken in has been stored."""
        while self._queued or self._queue:
            self._room.clear()
            await self._room.wait()

    def _put(self, pending: _Pending) -> None:
        batch = pending.batch
        batch.received = self.now()
        self.counts.records += len(batch.records)
        # A batch without records still holds a place, or a flood of them would never be waited for.
        self._queued += len(batch.records) + 1
        self._queue.append(pending)
        self._arrived.set()

    async def _write(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            group, self._queue = self._queue, deque()
            if group:
                await self._store([pending.batch for pending in group])
                self._settle(group)

    async def _store(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            if batch.position is not None:
                self._positions[batch.position.device, batch.position.inode] = batch.position
        if self.alarm is None:
            try:
                await self.store.append(batches)
                return
            except StoreError as error:
                self._raise_alarm(error)
        # Work goes on while the store does not; once it does, it gets the whole tree.
        self._apply(batches)

    def _settle(self, group: Sequence[_Pending]) -> None:
        for pending in group:
            self._queued -= len(pending.batch.records) + 1
            if pending.stored is not None and not pending.stored.done():
                pending.stored.set_result(None)
        self._room.set()

    async def _read(self) -> None:
        async for batches in self.store.read():
            self._apply(batches)
            if not batches:
                self.replayed.set()
            await asyncio.sleep(0)

    def _apply(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            self._tree.take(batch.records, batch.received)
        if batches:
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    def _raise_alarm(self, error: StoreError) -> None:
        self.alarm = f"{error}; progress is kept in memory only until the store works again"
        log.error("%s", self.alarm)

    async def _tidy(self) -> None:
        await self.replayed.wait()
        purged = self.now()
        while True:
            if self.alarm is not None or self.store.excess:
                await self._compact()
            if abs(self.now() - purged) >= TIDY:
                purged = self.now()
                await self._purge()
            await asyncio.sleep(RETRY)

    async def _purge(self) -> None:
        keys = expired(self.tree, self.now(), self.limits.age, self.limits.tasks)
        if keys:
            await self.submit(Batch("purge", [Forget(task=key) for key in keys]))

    async def _compact(self) -> None:
        batch = Batch("compacted", kept(self.tree), received=self.now())
        try:
            await self.store.compact(batch, list(self._positions.values()))
        except StoreError as error:
            if self.alarm is None:
                self._raise_alarm(error)
            return
        if self.alarm is not None:
            log.warning("the store works again; it has the whole tree")
            self.alarm = None
