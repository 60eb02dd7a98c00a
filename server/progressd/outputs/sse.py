"""`GET /events`: what changes, as it changes, to any number of readers.

A reader is a revision and a transport, nothing more: no task, no queue. What changed is encoded once for all
who have seen the same, and the same bytes are written to every transport. Who cannot keep up skips states and
then gets the newest; memory stays where it is.
"""

import asyncio
import random
from dataclasses import dataclass, field

from aiohttp import web

from ..core.estimate import Estimator
from ..core.tree import Tree
from ..engine import Engine
from .frames import change, chunk, event
from .lines import Followers
from .reader import Reader, keep_little
from .samples import Stations

TICK = 0.1
"""Seconds between frames at least: smooth to the eye. The first after a pause goes out at once."""
BEAT = 5.0
"""Seconds between heartbeats: a page tells a dead link from quiet work by them, and proxies stay open."""
SLICE = 500
"""Writes between which records and requests get their turn: 500 take some 3 ms."""
FRAMES = 64
"""Kept for others at the same revision. Who comes back each has seen something else."""
RESUME = 20_000
"""Changed tasks up to which a reader is brought up to date by the stream; beyond, /tasks is smaller and faster."""
WAIT_MS = (1000, 5000)
"""Before a reader comes back, drawn for each: a thousand must not come back at the same moment."""

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}


@dataclass(slots=True, eq=False)
class Hub:
    """All who listen."""

    engine: Engine
    estimator: Estimator
    epoch: str
    stations: Stations
    followers: Followers
    readers: set[Reader] = field(default_factory=set)
    _frames: dict[tuple[int, str | None], bytes] = field(default_factory=dict)
    _framed: int = 0

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_changes(), name="events: changes")
            tasks.create_task(self._send_beats(), name="events: heartbeat")
            tasks.create_task(self.stations.run(), name="events: samples")
            tasks.create_task(self.followers.run(), name="events: lines")

    async def _send_changes(self) -> None:
        time = asyncio.get_running_loop().time
        while True:
            revision, begun = self.engine.tree.revision, time()
            if not await self._send_all():
                await self.engine.changed(revision)
            await asyncio.sleep(begun + TICK - time())

    async def _send_all(self) -> bool:
        """Bring everybody up to date; return whether somebody could not take it."""
        behind, tree = False, self.engine.tree
        for number, reader in enumerate(list(self.readers), 1):
            if reader.since < tree.revision and not self._bring_up_to_date(reader, tree):
                behind = True
            if number % SLICE == 0:
                await asyncio.sleep(0)
                tree = self.engine.tree
        return behind

    def _bring_up_to_date(self, reader: Reader, tree: Tree) -> bool:
        if reader.transport.is_closing():
            return True
        if not reader.is_ready(self.engine.now()):
            return False
        if 0 < reader.since < tree.changes.floor:
            self._reset(reader)  # More was removed at once than is remembered.
        elif frame := self._frame(tree, reader.since, reader.scope):
            reader.write(frame)
        reader.since = tree.revision
        return True

    def _reset(self, reader: Reader) -> None:
        reader.write(chunk(event("reset", {"epoch": self.epoch})))

    def _frame(self, tree: Tree, since: int, scope: str | None) -> bytes:
        """Return what is new for whoever has seen `since`; made once for all of them. Empty if nothing is."""
        if self._framed != tree.revision:
            self._framed = tree.revision
            self._frames.clear()
        frame = self._frames.get((since, scope))
        if frame is None:
            content = change(tree, self.estimator, since, self.engine.now(), scope)
            frame = chunk(event("change", content, self._identity(tree.revision))) if content is not None else b""
            if len(self._frames) >= FRAMES:
                self._frames.clear()
            self._frames[since, scope] = frame
        return frame

    async def _send_beats(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            beat = self._beat()
            for number, reader in enumerate(list(self.readers), 1):
                if not reader.transport.get_write_buffer_size():
                    reader.write(beat)
                if number % SLICE == 0:
                    await asyncio.sleep(0)

    def _beat(self) -> bytes:
        engine = self.engine
        content = {
            "now": engine.now(),
            "epoch": self.epoch,
            "revision": engine.tree.revision,
            "records": engine.losses.counts.records,
            "bad": engine.losses.counts.bad,
            "unknown": engine.losses.counts.unknown,
            "dropped": engine.losses.counts.dropped,
            "readers": len(self.readers),
            "series": len(self.engine.series.book.series),
            "alarm": engine.alarm,
        }
        return chunk(event("beat", content))

    def _identity(self, revision: int) -> str:
        return f"{self.epoch}-{revision}"

    def join(self, reader: Reader, seen: str | None) -> None:
        """Take in a reader that has seen the event with this id (None: nothing yet), and bring it up to date."""
        since = self._resume(seen)
        wait = random.randint(*WAIT_MS)  # noqa: S311 - to spread, not to hide
        reader.write(chunk(b"retry: %d\n\n" % wait))
        reader.write(self._beat())
        tree = self.engine.tree
        if since is None:
            self._reset(reader)
        elif frame := self._frame(tree, since, reader.scope):
            reader.write(frame)
        reader.since = tree.revision
        self.readers.add(reader)

    def _resume(self, seen: str | None) -> int | None:
        """Return the revision to go on from; None if what the reader has cannot be brought up to date."""
        tree = self.engine.tree
        epoch, _, number = (seen or f"{self.epoch}-0").rpartition("-")
        if epoch != self.epoch or not number.isdecimal() or len(number) > 18:
            return None
        since = int(number)
        if since > tree.revision or 0 < since < tree.changes.floor:
            return None
        if len(tree) > RESUME and len(tree.changes.tasks(since, tree.tasks.values())) > RESUME:
            return None
        return since

    def close(self, reason: str) -> None:
        """Tell everybody that the daemon leaves, and let them go."""
        farewell = chunk(event("shutdown", {"reason": reason}))
        for reader in self.readers:
            if not reader.transport.is_closing():
                reader.write(farewell)
            if not reader.gone.done():
                reader.gone.set_result(None)


HUB = web.AppKey("hub", Hub)


async def get_events(request: web.Request) -> web.StreamResponse:
    """What changes, as it changes; `?since=ID` or Last-Event-ID resumes, `?task=KEY` narrows it to a subtree.

    `?series=STATION`, repeatable, `*` for all, brings what is measured there as well; `?log=KEY`, repeatable, the
    lines that a task writes.
    """
    hub = request.app[HUB]
    response = web.StreamResponse(headers=HEADERS)
    chunked = request.version >= (1, 1)
    if chunked:
        response.enable_chunked_encoding()
    await response.prepare(request)
    transport = request.transport
    if transport is None:
        return response
    keep_little(transport)
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    reader = Reader(transport, request.query.get("task"), chunked, 0, gone)
    hub.join(reader, request.headers.get("Last-Event-ID") or request.query.get("since"))
    hub.stations.join(reader, request.query.getall("series", ()))
    hub.followers.join(reader, request.query.getall("log", ()))
    try:
        await gone
    finally:
        hub.readers.discard(reader)
        hub.stations.leave(reader)
        hub.followers.leave(reader)
    return response
