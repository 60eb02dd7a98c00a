"""Tasks to spans: what has begun, as plain facts that stay as they are while the tree goes on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..records import Status
from .ctxt import thread_key
from .task import Task

PIECE = 1_000
"""Tasks that are looked at in one go, some milliseconds."""


class Track(NamedTuple):
    """Where something ran. What does not say so ran where its parent did; a root in a thread of its own name."""

    host: str
    pid: int
    thread: str


@dataclass(slots=True, frozen=True)
class Span:
    """A task that has begun. Times in Unix microseconds."""

    key: str
    name: str
    parent: int | None
    """The place, among the spans, of the one that it is part of: always an earlier one."""
    start: int
    stop: int
    """When it ended; now if it has not."""
    status: Status
    message: str
    track: Track
    location: str
    lock: str | None = None
    """What its writer calls it, if it is a lock; `asked` is since when it was waited for."""
    asked: int = 0


class Moment(NamedTuple):
    """A marker. `span` is the place of the span that it marks, None if it marks a whole track."""

    time: int
    span: int | None
    track: Track
    text: str


@dataclass(slots=True)
class Spans:
    """What is known of the tasks given (each parent before its children) at `now`, in Unix seconds."""

    tasks: Sequence[Task]
    now: float
    spans: list[Span] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    _above: dict[str, tuple[int | None, Track]] = field(default_factory=dict)
    _threads: dict[str, Track] = field(default_factory=dict)
    """By the key of the task that stands for it: where `.ctxt` lines came from, hosts and processes are no spans."""

    def collect(self) -> Iterator[None]:
        """Look at all tasks, and let others have their turn at each `yield`."""
        for host, pid, thread in {(task.host, task.pid, task.thread) for task in self.tasks}:
            if host is not None and pid is not None and thread is not None:
                self._threads[thread_key(host, pid, thread)] = Track(host, pid, thread)
        groups = {above for key in self._threads for above in (key, key.rpartition(".")[0], key.partition(".")[0])}
        for place, task in enumerate(self.tasks):
            if place % PIECE == PIECE - 1:
                yield
            self._add(task, only_groups=not task.said and task.key in groups)

    def _add(self, task: Task, *, only_groups: bool) -> None:
        parent, above = self._above.get(task.parent.key, (None, None)) if task.parent is not None else (None, None)
        track = self._threads.get(task.key) if only_groups else None
        track = track or _track(task, above)
        span = None if only_groups else self._span(task, parent, track)
        # Who waits is no span, but what is below it may be.
        own = parent
        if span is not None:
            own = len(self.spans)
            self.spans.append(span)
        self._above[task.key] = own, track
        for mark in task.marks or ():
            self.moments.append(Moment(_micros(mark.time), None if only_groups else own, track, mark.text))

    def _span(self, task: Task, parent: int | None, track: Track) -> Span | None:
        facts = task.data if isinstance(task.data, dict) else {}
        lock, asked = task.lock or (None, None)
        started = task.started if task.started is not None else asked
        if started is None:
            return None
        location, start = facts.get("location"), _micros(started)
        if not isinstance(location, str):
            location = "-" if task.key.rpartition(".")[0] in self._threads else task.key
        stop = _micros(task.stopped if task.stopped is not None else self.now)
        return Span(
            task.key, task.name, parent, start, max(start, stop), task.status, task.message or "", track, location,
            lock, start if asked is None else min(start, _micros(asked)),
        )  # fmt: skip


def _track(task: Task, above: Track | None) -> Track:
    if above is None:
        return Track(task.host or "-", task.pid or 0, task.thread or task.name)
    if task.host is None and task.pid is None and task.thread is None:
        return above
    return Track(task.host or above.host, above.pid if task.pid is None else task.pid, task.thread or above.thread)


def _micros(seconds: float) -> int:
    return round(seconds * 1e6)
