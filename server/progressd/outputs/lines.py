"""What tasks write, as they write it, to the readers of the stream who asked for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from ..core.chunk import Line
from ..core.transcript import Transcript
from ..engine import Engine
from .frames import chunk, event
from .reader import Reader

TICK = 0.2
"""Seconds between frames at least: nobody reads faster, and a thousand lines in a second are five frames."""
MOST = 1_000
"""Lines in a frame, the newest. Who gets fewer than there were sees it by `first`, and /logs has the others."""
TEXT = 256 << 10
"""Characters in a frame, unless its newest line alone has more."""
ASKED = 100
"""Logs that a reader may name."""


class LinesView(Struct, frozen=True):
    """Lines in a row, the first with its number. None: nothing new, but this is where the log stands."""

    task: str
    first: int
    lines: Sequence[Line]


Seen = tuple[Transcript | None, int]


@dataclass(slots=True, eq=False)
class Follower:
    """Who asked, for which logs, and what it has seen of each: which one that was, and the number of the next line."""

    reader: Reader
    seen: dict[str, Seen]


@dataclass(slots=True, eq=False)
class Followers:
    """All who asked for logs. While there is none, nothing is done."""

    engine: Engine
    followers: dict[Reader, Follower] = field(default_factory=dict)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    def join(self, reader: Reader, tasks: Sequence[str]) -> None:
        """Take in a reader, and tell it the newest lines; but not one that asked for no log."""
        if tasks:
            follower = self.followers[reader] = Follower(reader, dict.fromkeys(tasks[:ASKED], (None, 0)))
            self._tell(follower, {})
            self._asked.set()

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        self.followers.pop(reader, None)

    async def run(self) -> None:
        """Send until cancelled."""
        logs = self.engine.logs
        while True:
            if not self.followers:
                self._asked.clear()
                await self._asked.wait()
            revision = logs.book.revision
            if self._tell_all():
                await logs.changed(revision)
            await asyncio.sleep(TICK)

    def _tell_all(self) -> bool:
        """Bring everybody up to date; return whether all could take it."""
        frames: dict[tuple[str, Seen], bytes] = {}
        waiting = False
        for follower in self.followers.values():
            if follower.reader.transport.is_closing():
                continue
            if follower.reader.is_ready(self.engine.now()):
                self._tell(follower, frames)
            else:
                waiting = True
        return not waiting

    def _tell(self, follower: Follower, frames: dict[tuple[str, Seen], bytes]) -> None:
        """Write what is new for a follower. `frames` were made for others who have seen the same."""
        for task, seen in follower.seen.items():
            log = self.engine.logs.book.logs.get(task)
            if log is None or (log, log.next) == seen:
                continue
            if (task, seen) not in frames:
                # One that was forgotten and began anew is told from its first line.
                frames[task, seen] = chunk(event("lines", newest(log, seen[1] if seen[0] is log else 0)))
            follower.reader.write(frames[task, seen])
            follower.seen[task] = log, log.next


def newest(log: Transcript, seen: int) -> LinesView:
    """Return the lines from a number on, as far as they are in memory and fit."""
    held = log.after(seen).held[-MOST:]
    size = 0
    for count, line in enumerate(reversed(held), 1):
        size += len(line.text)
        if size > TEXT and count > 1:
            held = held[1 - count :]
            break
    return LinesView(log.task, log.next - len(held), held)
