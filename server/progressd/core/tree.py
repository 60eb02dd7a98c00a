"""Records to a tree of tasks. `Tree.apply` is the only thing that changes it."""

from collections.abc import Callable, Sequence

from ..records import (
    DONE,
    NOTICES,
    Forget,
    Heard,
    Kept,
    Log,
    Lost,
    Mark,
    Marker,
    Metric,
    Start,
    Stop,
    StoredRecord,
    Update,
)
from .branch import ancestors, attach, is_over, walk
from .change import (
    advance,
    describe,
    is_late,
    is_marked,
    is_of_earlier_run,
    is_past,
    measure,
    note_earlier_run,
    only_moves,
    post,
    reset,
    restore,
    shortened,
    write,
)
from .endings import Endings
from .forest import Forest
from .heading import Headings
from .rollup import needs_settling, settle
from .seen import Seen
from .task import Task

MARKS_PER_TASK = 1_000
"""The newest are kept, the others counted."""
NAMELESS = "(no task)"
"""Where records go that name no task and came through a door that implies none."""


class Tree(Forest):
    """All tasks by key, with weighted progress kept up to date.

    `apply` takes any records in any order and never raises. The time is an argument; it may stand still or
    go back. `changes` tells what is newer than a revision.
    """

    def __init__(self) -> None:
        super().__init__()
        self.repeated = 0
        """Records that were left out because they had been applied before."""
        self.forgotten = 0
        """Markers, metrics and fields of data for which their task had no room."""
        self.seen = Seen()
        self.headings = Headings()
        self.endings = Endings()
        self.renewed: Callable[[Task], None] | None = None
        """Is told of a task that had ended and starts anew, before the run that it had is dropped. Changes nothing."""
        self._passed: list[tuple[StoredRecord, float]] = []

    def apply(self, records: Sequence[StoredRecord], now: float) -> None:
        """Apply records that the daemon received at `now` (Unix seconds), and number the change."""
        self.take(records, now)
        self.publish()

    def take(self, records: Sequence[StoredRecord], now: float) -> list[tuple[StoredRecord, float]]:
        """Apply records without the sums, which wait until somebody looks; return what is kept elsewhere, and when.

        Without records, the time alone goes on.
        """
        if self.headings.are_due(now):
            self._settle()
            for moved in settle(self.headings.move(now), spoken=False):
                self.changes.touch(moved)
        get, dirty = self.tasks.get, self._dirty
        for record in records:
            if type(record) is Update and record.done is not None and only_moves(record):
                task = get(record.task or NAMELESS)
                if task is not None and task.status == "running" and task.said and not task.children:
                    # Nine records in ten. What `move` does, written out: a call costs as much as the rest.
                    if record.total is not None:
                        task.total = record.total
                    task.done = record.done
                    task.posted = None
                    task.moved = record.time if record.time is not None else now
                    task.heard = now
                    if not task.dirty:
                        task.dirty = True
                        dirty.append(task)
                    continue
            self._apply(record, now)
        passed, self._passed = self._passed, []
        return passed

    def _apply(self, record: StoredRecord, now: float) -> None:
        if not (self.seen.is_new(record) or isinstance(record, Heard)):
            self.repeated += 1
            return
        at = record.time if record.time is not None else now
        if record.passed_on:
            self._passed.append((record, at))
        match record:
            case Kept():
                self._restore(record)
            case Start():
                self._course(record, at, now)
            case Stop():
                self._stop(record, at, now)
            case Marker() | Log() | Metric():
                self._note(record, at, now)
            case Forget():
                self._forget(record)
            case Lost():
                self._lose(record, now)
            case Heard():
                self.seen.restore(record)

    def _course(self, record: Start, at: float, now: float) -> None:
        """A start or an update: the task is on its way."""
        known = len(self.tasks)
        task = self._find(record, now)
        status = record.status if isinstance(record, Update) else "running"
        late = is_late(task, record)
        if status is not None and is_past(task, record, status):
            late, status = True, None
        elif status not in (None, *DONE):
            self._go_on(task, record)
        if record.parent is not None and not late:
            self._move_under(task, record.parent, at, now)
        if len(self.tasks) == known and needs_settling(task, record):
            self._settle()
        first = not task.said
        self.forgotten += describe(task, record, late)
        if not late:
            # What is on its way has begun, unless it says otherwise.
            begins = first or task.status == "waiting" or task.started is None
            self._enter(task, status or ("running" if begins else task.status), at)
            advance(task, record, at, now, begins)
            self.headings.follow(task)
        elif type(record) is Start and (task.started is None or task.started == task.stopped or is_late(task, record)):
            # Its end was heard of before its beginning.
            task.started = min(at, task.started if task.started is not None else at)
        task.said = True
        self.endings.note(task)
        self._say(task, record.message, late)
        self._mark_dirty(task)

    def _stop(self, record: Stop, at: float, now: float) -> None:
        task = self._find(record, now)
        past = is_past(task, record, record.status)
        if past and not task.is_done:
            self.changes.touch(task)  # its earlier run has ended; of this one it says nothing
            return
        if record.cpu is not None:
            task.cpu = record.cpu
        # An end that is only implied, by those of its children, is no word of its own that a later one repeats.
        late = (past and task.said) or is_late(task, record)
        if not late:
            if task.children:
                self._settle()
            if past and task.stopped is not None:
                at = max(at, task.stopped)
            if task.is_done:
                task.stopped = None
            task.said = True
            self._enter(task, record.status, at)
            self.headings.follow(task)
            if record.status == "finished":
                post(task, 1.0)
        self.endings.note(task)
        self._say(task, record.message, late)
        self._mark_dirty(task)

    def _note(self, record: Marker | Log | Metric, at: float, now: float) -> None:
        task = self._find(record, now)
        if not task.said and task.started is None:
            self._enter(task, task.status, at)
        match record:
            case Marker():
                mark = Mark(at, shortened(record.text), record.kind)
                if record.time is not None and is_marked(task, mark):
                    self.repeated += 1
                    return
                self.forgotten += task.marks is not None and len(task.marks) >= MARKS_PER_TASK
                task.marks = [*(task.marks or ())[1 - MARKS_PER_TASK :], mark]
                self.changes.mark(task.key, (mark,))
            case Log():
                write(task, record.text)
            case Metric():
                self.forgotten += measure(task, record)
        self.changes.touch(task)

    def _find(self, record: StoredRecord, now: float) -> Task:
        """Return the task that a record speaks of; it comes into being with its ancestors."""
        key = record.task if record.task is not None else NAMELESS
        task = self.tasks.get(key)
        if task is None:
            at = record.time if record.time is not None else now
            task = self._add(key, record.parent if isinstance(record, Start) else None, at)
            task.heard = now
        elif not isinstance(record, Marker) or record.kind not in NOTICES:
            task.heard = now
        if record.seq is not None and record.source is not None and not is_late(task, record):
            task.sequence = (record.source, record.seq)
        return task

    def _go_on(self, task: Task, record: Start) -> None:
        """A task is on its way; if it had ended it starts anew: the tree shows one run of it, the newest."""
        note_earlier_run(task, record)
        if not task.is_done:
            return
        if not task.said or (isinstance(record, Update) and record.status != "waiting"):
            task.posted = None
            return
        if task.children:
            self._settle()
        if self.renewed is not None:
            self.renewed(task)
        if task.children:
            for child in [child for child in task.children.values() if child.is_done]:
                self._drop(child)
        reset(task)

    def _say(self, task: Task, message: str | None, late: bool) -> None:
        """A message bubbles up, but not into a namespace."""
        if message is None or (late and task.message is not None):
            return
        message = shortened(message)
        for hearer in (task, *ancestors(task)):
            if not late and (hearer is task or not hearer.is_namespace):
                hearer.message = message
            self.changes.touch(hearer)
        task.message = message

    def _forget(self, record: Forget) -> None:
        task = self.tasks.get(record.task) if record.task is not None else None
        if task is None or (record.over and not is_over(task)):
            return
        self._settle()
        self._passed += [(Forget(task=below.key), below.heard) for below in walk(task)]
        parent = task.parent
        self._drop(task)
        self._left(parent)

    def _left_empty(self, task: Task) -> None:
        # What is kept elsewhere of it goes too.
        self._passed.append((Forget(task=task.key), task.heard))

    def _lose(self, record: Lost, now: float) -> None:
        """Only take note: it may go on without us, or be spoken of by another."""
        task = self.tasks.get(record.task) if record.task is not None else None
        if task is not None and not is_of_earlier_run(task, record):
            task.lost = now
            self.changes.touch(task)

    def _restore(self, record: Kept) -> None:
        self._settle()
        task = self.tasks.get(record.task or NAMELESS)
        if task is None:
            task = self.tasks[record.task or NAMELESS] = Task(record.task or NAMELESS, record.name or "")
            self.changes.mark(task.key, record.marks or ())
        restore(task, record)
        self.headings.follow(task)
        if record.parent is not None and task.parent is None:
            attach(task, self.tasks.get(record.parent))
        self._mark_dirty(task)
