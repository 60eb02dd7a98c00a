"""Spans to lanes: in each lane spans follow or contain one another, so that an end always ends the innermost."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from operator import itemgetter
from typing import Literal, NamedTuple

from .spans import Moment, Span, Spans, Track


class Step(NamedTuple):
    """Something that happens in a lane, which is a track of its own."""

    time: int
    kind: Literal["begin", "end", "mark", "wait", "take", "give"]
    """The last three are a lock's, where it is told of apart."""
    lane: Track
    span: Span | None
    """None for a marker."""
    text: str = ""


@dataclass(slots=True)
class _Lane:
    track: Track
    open: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """The lanes of one track."""

    lanes: list[_Lane] = field(default_factory=list)
    busy: list[tuple[int, int]] = field(default_factory=list)
    """A heap: until when, and which lane."""
    free: list[int] = field(default_factory=list)
    """A heap: the first lanes are filled first."""


def lay_out(facts: Spans, *, locks_apart: bool = False) -> list[Step]:
    """Return all steps in the order of time; those of one lane nest.

    A span lies below its parent if it ran in the same track, within its time, and not beside a sibling; else in
    another lane of its track, `thread-2`, `thread-3` and so on. `locks_apart` takes the locks out of the nesting: they
    are waited for, taken and given back whenever that was.
    """
    return _Layout(facts.spans, locks_apart).run(facts.moments)


class _Layout:
    def __init__(self, spans: Sequence[Span], locks_apart: bool) -> None:
        self._spans = spans
        self._apart = locks_apart
        self._groups: defaultdict[Track, _Group] = defaultdict(_Group)
        self._tracks = {span.track for span in spans}
        self._lane_of: dict[int, _Lane] = {}
        self._steps: list[Step] = []

    def run(self, moments: Sequence[Moment]) -> list[Step]:
        todo: list[tuple[int, float, int, int | Moment]] = [
            (span.asked if self._apart else span.start, place, 0, place) for place, span in enumerate(self._spans)
        ]
        todo += self._among(moments)
        for *_, what in sorted(todo, key=itemgetter(0, 1, 2)):
            if not isinstance(what, int):
                self._mark(what)
            elif self._apart and self._spans[what].lock is not None:
                self._lock(self._spans[what])
            else:
                self._place(what, self._spans[what])
        for group in self._groups.values():
            for lane in group.lanes:
                self._close(lane, inf)
        # The steps of a lane stand in the right order already, which a sort by time alone keeps.
        self._steps.sort(key=itemgetter(0))
        return self._steps

    def _among(self, moments: Sequence[Moment]) -> Iterator[tuple[int, float, int, Moment]]:
        """Tell where markers stand among what happens at the same time: before what begins next below the same span,
        else behind all that is below it. Of several there, the innermost first, for its span has not ended then.
        """
        below: defaultdict[int | Track, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for place, span in enumerate(self._spans):
            parent = span.parent
            inner = parent is not None and self._spans[parent].track == span.track
            times, places = below[parent if parent is not None and inner else span.track]
            times.append(span.start)
            places.append(place)
        ends = self._ends()
        for moment in moments:
            own, end = (-1, len(ends)) if moment.span is None else (moment.span, ends[moment.span])
            times, places = below[moment.track if moment.span is None else moment.span]
            at = bisect_left(times, moment.time)
            yield moment.time, places[at] - 0.5 if at < len(places) else end + 0.5, -own, moment

    def _ends(self) -> list[int]:
        """Return, for each span, the place of the last one below it."""
        ends = list(range(len(self._spans)))
        for place in reversed(ends[:]):
            parent = self._spans[place].parent
            if parent is not None:
                ends[parent] = max(ends[parent], ends[place])
        return ends

    def _place(self, place: int, span: Span) -> None:
        lane = self._lane_of.get(span.parent) if span.parent is not None else None
        if lane is not None and span.parent is not None:
            self._close(lane, span.start, span.parent)
            above = self._spans[span.parent]
            if not lane.open or lane.open[-1] != span.parent or above.track != span.track or span.stop > above.stop:
                lane = None
        if lane is None:
            lane = self._free_lane(span.track, span.start, span.stop)
        lane.open.append(place)
        self._lane_of[place] = lane
        self._steps.append(Step(span.start, "begin", lane.track, span))

    def _mark(self, moment: Moment) -> None:
        lane = self._lane(moment.span, moment.track)
        self._close(lane, moment.time, moment.span)
        self._steps.append(Step(moment.time, "mark", lane.track, None, moment.text))

    def _lock(self, span: Span) -> None:
        lane = self._lane(span.parent, span.track)
        self._close(lane, span.asked, span.parent)
        if span.asked < span.start or span.status == "waiting":
            self._steps.append(Step(span.asked, "wait", lane.track, span))
        if span.status not in ("waiting", "canceled"):
            self._steps.append(Step(span.start, "take", lane.track, span))
        self._steps.append(Step(span.stop, "give", lane.track, span))

    def _lane(self, place: int | None, track: Track) -> _Lane:
        """Return where a span lies, or else the first lane of the track."""
        lane = self._lane_of.get(place) if place is not None else None
        lanes = self._groups[track].lanes
        return lane or (lanes[0] if lanes else _Lane(track))

    def _free_lane(self, track: Track, start: int, stop: int) -> _Lane:
        group = self._groups[track]
        while group.busy and group.busy[0][0] <= start:
            heappush(group.free, heappop(group.busy)[1])
        number = heappop(group.free) if group.free else len(group.lanes)
        if number == len(group.lanes):
            group.lanes.append(_Lane(self._name(track, number + 1)))
        heappush(group.busy, (stop, number))
        self._close(group.lanes[number], start)
        return group.lanes[number]

    def _close(self, lane: _Lane, until: float, keep: int | None = None) -> None:
        """End what ended by then, from the innermost on, down to the one that is about to contain more."""
        while lane.open and lane.open[-1] != keep and self._spans[lane.open[-1]].stop <= until:
            span = self._spans[lane.open.pop()]
            self._steps.append(Step(span.stop, "end", lane.track, span))

    def _name(self, track: Track, number: int) -> Track:
        """The lane's own track; never one that some span says it ran in."""
        if number == 1:
            return track
        name = f"{track.thread}-{number}"
        while (own := Track(track.host, track.pid, name)) in self._tracks:
            name += "'"
        self._tracks.add(own)
        return own
