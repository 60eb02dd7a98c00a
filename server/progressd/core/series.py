"""Measured values over time: what was measured lately, and what the store has yet to hear of it."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from ..records import Bucket, Metric, Said, Samples, StoredRecord
from .bucket import merged, moved, single
from .tree import NAMELESS

SERIES = 10_000
"""At most, and as many stations: a producer that puts a number of its own into each name must not eat the memory."""
SILENT = 86400.0
"""Seconds of silence after which a series makes room for another."""
NAMES = 4096
"""Characters of station, name and dimensions together."""
RECENT = 16
"""Seconds of each series that live readers may miss and still be told of."""
UNSAVED = 200_000
"""Buckets, some 70 MB, that wait for a store that fails."""
AHEAD = 86400.0
"""Seconds that a producer's clock may be ahead: what is stamped with a far future would be kept until then."""
TEXT = 1_000
"""Characters of a station's status that are kept."""

Wanted = Callable[[str], bool]
"""Whether a station is one that was asked for."""


class Identity(NamedTuple):
    """What makes a series one of its own."""

    station: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """Sorted by name."""


@dataclass(slots=True, frozen=True)
class KeptSeries:
    """A series as a store keeps it."""

    identity: Identity
    unit: str | None
    buckets: Sequence[Bucket]
    """Seconds, each start once: what came since the last time; or, read back, the newest of them."""
    whole: Bucket | None = None
    """All that it ever measured."""


@dataclass(slots=True, frozen=True)
class Status:
    """What a station said of itself, and when (Unix seconds)."""

    text: str
    time: float


@dataclass(slots=True, frozen=True)
class Unsaved:
    """What a store has yet to keep."""

    now: float
    """Unix seconds."""
    series: Sequence[KeptSeries] = ()
    statuses: dict[str, Status] = field(default_factory=dict)
    forgotten: Sequence[Identity] = ()
    """Series that made room: whatever is kept of them goes first."""

    def __bool__(self) -> bool:
        return bool(self.series or self.statuses or self.forgotten)


@dataclass(slots=True, eq=False)
class Series:
    """One series, as readers see it at present."""

    identity: Identity
    unit: str | None
    whole: Bucket | None = None
    recent: dict[int, tuple[int, Bucket]] = field(default_factory=dict)
    """By start: the newest seconds, each with the revision at which it changed."""
    unsaved: dict[int, Bucket] = field(default_factory=dict)
    """By start: what came since the store was told."""
    revision: int = 0

    def show(self, bucket: Bucket, revision: int) -> None:
        """Add what was measured within one second to what readers see."""
        self.revision = revision
        self.whole = merged(self.whole, bucket) if self.whole is not None else moved(bucket, 0)
        known = self.recent.get(bucket.start)
        self.recent[bucket.start] = revision, merged(known[1], bucket) if known is not None else bucket
        if len(self.recent) > RECENT:
            del self.recent[min(self.recent)]


class SeriesBook:
    """All series. Like the tree it has a revision, and tells what is newer than one."""

    def __init__(self) -> None:
        self.series: OrderedDict[Identity, Series] = OrderedDict()
        """The longest silent first."""
        self.statuses: OrderedDict[str, tuple[int, Status]] = OrderedDict()
        """By station, each with its revision; the longest silent first."""
        self.revision = 0
        self.lost: Counter[str] = Counter()
        """Measurements that are in no series, by the reason, since they were taken away to be shown."""
        self._changed: dict[Identity, Series] = {}
        self._said: dict[str, Status] = {}
        self._forgotten: list[Identity] = []
        self._waiting = 0

    def restore(self, kept: Unsaved) -> None:
        """Begin with what a store has kept."""
        for each in sorted(kept.series, key=lambda each: each.whole.last if each.whole is not None else 0.0):
            recent = {bucket.start: (0, bucket) for bucket in each.buckets[-RECENT:]}
            self.series[each.identity] = Series(each.identity, each.unit, each.whole, recent)
        self.statuses.update((station, (0, status)) for station, status in kept.statuses.items())

    def measure(self, measured: Sequence[tuple[StoredRecord, float]], now: float) -> None:
        """Take in what was measured, each with its time, as the daemon received it at `now` (Unix seconds)."""
        self.revision += bool(measured)
        for record, at in measured:
            station = record.task if record.task is not None else NAMELESS
            match record:
                case _ if at > now + AHEAD:
                    self.lost["measured in the future"] += 1
                case Metric():
                    dimensions = tuple(sorted(record.dimensions.items())) if record.dimensions else ()
                    self._add(Identity(station, record.name, dimensions), record.unit, single(record.value, at), now)
                case Samples():
                    self._add(Identity(station, record.name), record.unit, record.bucket, now)
                case Said():
                    self._say(station, Status(record.text[:TEXT], at))

    def changed(self, since: int, wanted: Wanted) -> Iterator[tuple[Series, list[Bucket]]]:
        """Yield the seconds that changed after a revision, of the stations that are wanted; the newest series first."""
        for series in reversed(self.series.values()):
            if series.revision <= since:
                break
            if wanted(series.identity.station):
                yield series, [bucket for revision, bucket in series.recent.values() if revision > since]

    def said(self, since: int, wanted: Wanted) -> Iterator[tuple[str, Status]]:
        """Yield what the stations that are wanted said of themselves after a revision, the newest first."""
        for station, (revision, status) in reversed(self.statuses.items()):
            if revision <= since:
                break
            if wanted(station):
                yield station, status

    def of(self, station: str) -> list[Series]:
        """Return the series of a station, by name."""
        found = [series for series in self.series.values() if series.identity.station == station]
        return sorted(found, key=lambda series: series.identity)

    def take_lost(self) -> Counter[str]:
        """Return how many measurements are in no series since this was asked last, by the reason."""
        lost, self.lost = self.lost, Counter()
        return lost

    def take_unsaved(self, now: float) -> Unsaved:
        """Return what the store has yet to keep; from here on it counts as kept."""
        series = [KeptSeries(each.identity, each.unit, list(each.unsaved.values())) for each in self._changed.values()]
        unsaved = Unsaved(now, series, self._said, self._forgotten)
        for each in self._changed.values():
            each.unsaved = {}
        self._changed, self._said, self._forgotten, self._waiting = {}, {}, [], 0
        return unsaved

    def give_back(self, unsaved: Unsaved) -> None:
        """The store could not keep it: it is told again, with what has come since."""
        for kept in unsaved.series:
            series = self.series.get(kept.identity)
            if series is not None:
                later, series.unsaved = series.unsaved, {}
                self._waiting -= len(later)
                for bucket in (*kept.buckets, *later.values()):
                    self._keep(series, bucket)
        self._said = {**unsaved.statuses, **self._said}
        self._forgotten = [*unsaved.forgotten, *self._forgotten]

    def _add(self, identity: Identity, unit: str | None, bucket: Bucket, now: float) -> None:
        series = self.series.get(identity) or self._begin(identity, bucket, now)
        if series is None:
            return
        self.series.move_to_end(identity)
        if unit is not None:
            series.unit = unit
        series.show(bucket, self.revision)
        self._keep(series, bucket)

    def _keep(self, series: Series, bucket: Bucket) -> None:
        known = series.unsaved.get(bucket.start)
        if known is not None:
            series.unsaved[bucket.start] = merged(known, bucket)
        elif self._waiting < UNSAVED:
            series.unsaved[bucket.start] = bucket
            self._changed[series.identity] = series
            self._waiting += 1
        else:
            self.lost["not stored in time"] += bucket.count

    def _begin(self, identity: Identity, bucket: Bucket, now: float) -> Series | None:
        if len(identity.station) + len(identity.name) + sum(map(len, chain(*identity.dimensions))) > NAMES:
            self.lost[f"named by more than {NAMES} characters"] += bucket.count
            return None
        if len(self.series) >= SERIES and not self._make_room(now):
            self.lost[f"beyond {SERIES} series"] += bucket.count
            return None
        series = self.series[identity] = Series(identity, None)
        return series

    def _make_room(self, now: float) -> bool:
        """Forget the longest silent series; return whether there was one silent for long enough."""
        identity, series = next(iter(self.series.items()))
        if series.whole is not None and now - series.whole.last <= SILENT:
            return False
        del self.series[identity]
        self._waiting -= len(series.unsaved)
        self._changed.pop(identity, None)
        self._forgotten.append(identity)
        return True

    def _say(self, station: str, status: Status) -> None:
        if station not in self.statuses and len(self.statuses) >= SERIES:
            self.lost[f"statuses beyond {SERIES} stations"] += 1
            return
        _, known = self.statuses.get(station, (0, None))
        if known is None or status.time >= known.time:
            self.statuses[station] = self.revision, status
            self.statuses.move_to_end(station)
            self._said[station] = status
