"""What is measured, as it is measured, to the readers of the stream who asked for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from msgspec import Struct

from ..core.bucket import variance
from ..core.series import Series, SeriesBook, Status, Wanted
from ..engine import Engine
from ..records import Bucket
from .frames import chunk, event
from .reader import Reader

TICK = 0.25
"""Seconds between frames at least: as often as llpp's messages are handed on."""
EVERY = "*"
MOST = 1_000
"""Series in a frame, some 200 kB. The others did not change as lately; they are counted, and /series has them."""
ASKED = 100
"""Stations that a reader may name; who wants more asks for all."""


class SeriesView(Struct, frozen=True):
    """Which series: what stands in answers and events beside its values."""

    station: str
    name: str
    dimensions: dict[str, str]
    unit: str | None


class Point(Struct, frozen=True):
    """One second of a series, all that was measured in it so far; it takes the place of an earlier one."""

    start: int
    count: int
    open: float
    low: float
    high: float
    close: float
    mean: float
    variance: float


class SamplesView(SeriesView, frozen=True, kw_only=True):
    """The seconds of a series that changed, in the order of their start."""

    points: list[Point]


class Change(Struct, frozen=True):
    """What was measured since a revision."""

    now: float
    series: list[SamplesView]
    statuses: dict[str, Status]
    left_out: int
    """Series that did not fit."""


@dataclass(slots=True, eq=False)
class Listener:
    """Who asked, for what, and what was seen of it: a revision of the book."""

    reader: Reader
    stations: frozenset[str]
    since: int = -1

    def wants(self, station: str) -> bool:
        """Return whether a station was asked for."""
        return EVERY in self.stations or station in self.stations


@dataclass(slots=True, eq=False)
class Stations:
    """All who asked for series. While there is none, nothing is done."""

    engine: Engine
    listeners: dict[Reader, Listener] = field(default_factory=dict)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    def join(self, reader: Reader, stations: Sequence[str]) -> None:
        """Take in a reader and tell it the newest seconds; but not one that asked for no station."""
        if stations:
            listener = self.listeners[reader] = Listener(reader, frozenset(stations[:ASKED]))
            self._tell(listener, {})
            self._asked.set()

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        self.listeners.pop(reader, None)

    async def run(self) -> None:
        """Send until cancelled."""
        series = self.engine.series
        while True:
            if not self.listeners:
                self._asked.clear()
                await self._asked.wait()
            revision = series.book.revision
            if self._tell_all():
                await series.changed(revision)
            await asyncio.sleep(TICK)

    def _tell_all(self) -> bool:
        """Bring everybody up to date; return whether all could take it."""
        frames: dict[tuple[int, frozenset[str]], bytes] = {}
        waiting = False
        for listener in self.listeners.values():
            if listener.reader.transport.is_closing():
                continue
            if listener.reader.is_ready(self.engine.now()):
                self._tell(listener, frames)
            else:
                waiting = True
        return not waiting

    def _tell(self, listener: Listener, frames: dict[tuple[int, frozenset[str]], bytes]) -> None:
        """Write what is new for a listener. `frames` were made for others who have seen the same of the same."""
        book, seen = self.engine.series.book, (listener.since, listener.stations)
        if seen not in frames:
            found = changes(book, listener.since, listener.wants, self.engine.now())
            frames[seen] = chunk(event("samples", found)) if found is not None else b""
        if frames[seen]:
            listener.reader.write(frames[seen])
        listener.since = book.revision


def changes(book: SeriesBook, since: int, wanted: Wanted, now: float) -> Change | None:
    """Return what was measured after a revision; None if that is nothing."""
    found = book.changed(since, wanted)
    series = [_samples(each, buckets) for each, buckets in islice(found, MOST)]
    statuses = dict(islice(book.said(since, wanted), MOST))
    return Change(now, series, statuses, sum(1 for _ in found)) if series or statuses else None


def identify(series: Series) -> tuple[str, str, dict[str, str], str | None]:
    """Return the fields of a SeriesView."""
    station, name, dimensions = series.identity
    return station, name, dict(dimensions), series.unit


def _samples(series: Series, buckets: Sequence[Bucket]) -> SamplesView:
    points = [
        Point(b.start, b.count, b.open, b.low, b.high, b.close, b.mean, variance(b))
        for b in sorted(buckets, key=lambda bucket: bucket.start)
    ]
    return SamplesView(*identify(series), points=points)
