"""One place that ends of tasks are sent to: a bounded queue, and a task that sends, tries again, and counts losses."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from ...core.endings import Ending

log = logging.getLogger("progressd.metrics")

QUEUE = 10_000
"""Ends that wait to be sent, some 5 MB: hours without the other side, for usual work. More are lost and counted."""
PAUSES = (1.0, 60.0)
"""Seconds until another try: the first, and the longest that doubling leads to."""


@dataclass(slots=True, frozen=True)
class Sent:
    """What became of the first of some ends."""

    taken: int
    """So many are done with."""
    lost: int = 0
    """So many of those the other side will never take, and"""
    why: str = ""
    """for this reason."""


class Sink(Protocol):
    """Knows the form in which one kind of peer takes ends."""

    gather: float
    """Seconds to wait for more before it sends."""
    most: int
    """Ends that it is given at a time."""

    async def send(self, endings: Sequence[Ending]) -> Sent:
        """Deliver the first of them, as many as go at once. Raises any exception if a later try may do."""


@dataclass(slots=True, eq=False)
class Outlet:
    """Where ends go by one of the URLs that were asked for. Whoever starts `run` calls `close` before the end."""

    url: str
    sink: Sink
    lost: int = 0
    """Ends that were not and will not be sent."""
    _queue: deque[Ending] = field(default_factory=deque)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _full: asyncio.Event = field(default_factory=asyncio.Event)
    """There is no need to wait for more."""
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _failing: bool = False

    def take(self, endings: Sequence[Ending]) -> None:
        """Queue ends to be sent. Never waits; what there is no room for is lost and counted."""
        room = max(0, QUEUE - len(self._queue))
        self._queue.extend(endings[:room])
        self._lose(len(endings) - room, f"it holds {QUEUE} that wait already")
        self._arrived.set()
        if len(self._queue) >= self.sink.most:
            self._full.set()

    def close(self) -> None:
        """Have `run` send what is left, in one try, and return."""
        self._closing.set()
        self._full.set()
        self._arrived.set()

    async def run(self) -> None:
        """Send until closed, or cancelled: then what is left is lost."""
        try:
            while await self._some() and await self._send_first():
                pass
        finally:
            self._lose(len(self._queue), "the daemon ended")
            self._queue.clear()

    async def _some(self) -> bool:
        """Wait until there is something to send, and some more with it; False if nothing more will come."""
        while not self._queue:
            if self._closing.is_set():
                return False
            self._arrived.clear()
            await self._arrived.wait()
        if len(self._queue) < self.sink.most and not self._closing.is_set():
            self._full.clear()
            await _within(self.sink.gather, self._full)
        return True

    async def _send_first(self) -> bool:
        """Send as many as go at a time; if that fails, try again after ever longer pauses. False: closed meanwhile."""
        pause, longest = PAUSES
        while (sent := await self._send(list(islice(self._queue, self.sink.most)))) is None:
            await _within(pause, self._closing)
            if self._closing.is_set():
                return False
            pause = min(2 * pause, longest)
        for _ in range(sent.taken):
            self._queue.popleft()
        self._lose(sent.lost, sent.why)
        return True

    async def _send(self, endings: Sequence[Ending]) -> Sent | None:
        try:
            sent = await self.sink.send(endings)
        except Exception as error:  # What a library may raise is no list to rely on; whatever it is, it is said.
            if not self._failing:
                log.warning("%s does not take the ends of tasks; they wait: %s", self.url, str(error) or repr(error))
            self._failing = True
            return None
        if self._failing:
            log.info("%s takes the ends of tasks again", self.url)
        self._failing = False
        return sent

    def _lose(self, number: int, why: str) -> None:
        """Count losses; say so when they double, which is seldom enough for any log."""
        if number <= 0:
            return
        said = self.lost.bit_length()
        self.lost += number
        if self.lost.bit_length() > said:
            log.warning(
                "%d ends of tasks were not sent to %s so far, the last of them for: %s", self.lost, self.url, why
            )


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Return when the event comes, after so many seconds at the latest."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
