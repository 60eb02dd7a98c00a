"""The logs of tasks: what was written lately, line by line, and what the store has yet to hear of it."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..records import Forget, Log, StoredRecord
from .chunk import Fresh, Line
from .terminal import shown
from .tree import NAMELESS

LOGS = 200_000
"""As many as tasks are kept, unless it is said otherwise. Beyond that the longest silent goes."""
RING = 1_000
"""Lines of a log, saved already, that readers find in memory: as many as they are given unless they ask for more."""
RINGS = 16 << 20
"""Bytes of all those together; the longest silent go first."""
UNSAVED = 64 << 20
"""Bytes that may wait for the store; what comes beyond is lost, counted, and a line in its place says so."""
PRESSING = 8 << 20
"""Bytes from which the store is told at once: with what one read of it brings, it stays below the limit."""
LINE = 120
"""Bytes that a line takes beside its text."""
NOTE = "progressd"
"""The stream of lines that nobody wrote but we."""


@dataclass(slots=True, frozen=True)
class Written:
    """What was added to a log."""

    task: str
    first: int
    """Number of the first line; from 0, and never again the same."""
    lines: Sequence[Line]


@dataclass(slots=True, frozen=True)
class Unwritten:
    """What a store has yet to keep."""

    logs: Sequence[Written] = ()
    forgotten: Sequence[str] = ()
    """Tasks whose logs go, before anything is added."""

    def __bool__(self) -> bool:
        return bool(self.logs or self.forgotten)


NOTHING = Unwritten()


@dataclass(slots=True, frozen=True)
class KeptLog:
    """A log that a store has kept."""

    task: str
    gone: int
    """Number of the first line that is still there."""
    next: int


@dataclass(slots=True, eq=False)
class Transcript:
    """The log of one task: its newest lines, and where they stand in the whole."""

    task: str
    begin: int = 0
    """Number of the first line in memory; all before are in the store, if they are not gone."""
    saved: int = 0
    """Number of the first line that the store has not."""
    gone: int = 0
    """Lines that the store had to drop: the first ones."""
    lost: int = 0
    """Lines that came when no more could wait, since the last that could; and when the newest of them came."""
    lost_at: float = 0.0
    lines: list[Line] = field(default_factory=list)

    @property
    def next(self) -> int:
        """The number that the next line will have: how many were ever written."""
        return self.begin + len(self.lines)

    def after(self, number: int) -> Fresh:
        """Return the lines in memory from a number on."""
        first = max(self.begin, number)
        return Fresh(first, self.lines[first - self.begin :])


class TranscriptBook:
    """All logs. Like the tree it has a revision: the number of records that were written."""

    def __init__(self) -> None:
        self.logs: OrderedDict[str, Transcript] = OrderedDict()
        """By task; the longest silent first."""
        self.revision = 0
        self.lost: Counter[str] = Counter()
        """Lines that are in no log, by the reason, since they were taken away to be shown."""
        self.waiting = 0
        """Bytes that the store has yet to keep."""
        self._held = 0
        self._rings: OrderedDict[str, Transcript] = OrderedDict()
        self._changed: dict[str, Transcript] = {}
        self._losing: dict[str, Transcript] = {}
        self._forgotten: list[str] = []
        self._in_flight: tuple[list[tuple[Transcript, int]], list[str]] = [], []

    def restore(self, kept: Iterable[KeptLog]) -> None:
        """Begin with what a store has kept, the longest silent first."""
        for log in kept:
            self.logs[log.task] = Transcript(log.task, log.next, log.next, log.gone)

    def take(self, told: Sequence[tuple[StoredRecord, float]]) -> None:
        """Take in what was written, each with its time, and what was forgotten."""
        for record, at in told:
            match record:
                case Log():
                    self._write(record.task if record.task is not None else NAMELESS, record, at)
                case Forget():
                    self._forget(record.task or NAMELESS)

    def take_lost(self) -> Counter[str]:
        """Return how many lines are in no log since this was asked last, by the reason."""
        lost, self.lost = self.lost, Counter()
        return lost

    def take_unsaved(self) -> Unwritten:
        """Return what the store has yet to keep. `saved` or `give_back` has to follow before this is asked again."""
        logs = [Written(each.task, each.saved, each.after(each.saved).held) for each in self._changed.values()]
        ends = [(each, each.next) for each in self._changed.values()]
        self._in_flight = ends, self._forgotten
        self._changed, self._forgotten = {}, []
        return Unwritten(logs, self._in_flight[1])

    def saved(self, gone: Mapping[str, int]) -> None:
        """The store has kept it; and of these logs it had to drop all lines below a number."""
        for log, end in self._in_flight[0]:
            if self.logs.get(log.task) is log:
                size = _size(log.lines[log.saved - log.begin : end - log.begin])
                self.waiting -= size
                self._held += size
                log.saved = end
                self._shorten(log, RING)
                self._rings[log.task] = log
                self._rings.move_to_end(log.task)
        for task, number in gone.items():
            if task in self.logs:
                self.logs[task].gone = number
        for log in list(self._losing.values()):
            self._note_losses(log)
        while self._held > RINGS:
            self._shorten(self._rings.popitem(last=False)[1], 0)

    def give_back(self) -> None:
        """The store could not keep it: it is told again, with what has come since."""
        logs, forgotten = self._in_flight
        there = {log.task: log for log, _ in logs if self.logs.get(log.task) is log}
        self._changed = {**there, **self._changed}
        self._forgotten = [*forgotten, *self._forgotten]

    def _write(self, task: str, record: Log, at: float) -> None:
        log = self.logs.get(task) or self._begin(task)
        self.logs.move_to_end(task)
        self.revision += 1
        for text in shown(record.text):
            if self.waiting + LINE + len(text) > UNSAVED:
                log.lost += 1
                log.lost_at = at
                self._losing[task] = log
                self.lost["not stored in time"] += 1
                continue
            if log.lost:
                self._note_losses(log)
            self._add(log, Line(at, record.stream, text))

    def _note_losses(self, log: Transcript) -> None:
        """Say where lines are missing."""
        note = f"({log.lost:,} lines are missing here: the store did not take them in time)"
        self._add(log, Line(log.lost_at, NOTE, note))
        log.lost = 0
        del self._losing[log.task]

    def _add(self, log: Transcript, line: Line) -> None:
        self._changed[log.task] = log
        log.lines.append(line)
        self.waiting += LINE + len(line.text)

    def _begin(self, task: str) -> Transcript:
        if len(self.logs) >= LOGS:
            oldest = next(iter(self.logs.values()))
            self.lost[f"of the longest silent, beyond {LOGS} logs"] += oldest.next - oldest.gone
            self._forget(oldest.task)
        log = self.logs[task] = Transcript(task)
        return log

    def _forget(self, task: str) -> None:
        log = self.logs.pop(task, None)
        if log is None:
            return
        self.waiting -= _size(log.after(log.saved).held)
        self._shorten(log, 0)
        self._rings.pop(task, None)
        self._changed.pop(task, None)
        self._losing.pop(task, None)
        self._forgotten.append(task)

    def _shorten(self, log: Transcript, most: int) -> None:
        """Keep at most so many saved lines in memory."""
        excess = max(0, log.saved - log.begin - most)
        self._held -= _size(log.lines[:excess])
        del log.lines[:excess]
        log.begin += excess


def _size(lines: Sequence[Line]) -> int:
    return LINE * len(lines) + sum([len(line.text) for line in lines])
