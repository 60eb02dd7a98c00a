"""Records to a tree of tasks. `Tree.apply` is the only thing that changes it."""

from collections.abc import Iterator, Sequence

from ..records import DONE, Forget, Heard, Kept, Log, Mark, Marker, Metric, Start, Status, Stop, StoredRecord, Update
from .branch import ancestors, attach, detach, implied_status, is_over, lineage, set_status, walk
from .change import advance, describe, ended_later, is_late, measure, only_moves, reset, restore, shortened
from .changes import Changes
from .rollup import settle
from .seen import Seen
from .task import Task

MARKS_PER_TASK = 1_000
"""The newest are kept, the others counted."""
NAMELESS = "(no task)"
"""Where records go that name no task and came through a door that implies none."""


class Tree:
    """All tasks by key, with weighted progress kept up to date.

    `apply` takes any records in any order and never raises. The time is an argument; it may stand still or
    go back. `changes` tells what is newer than a revision.
    """

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.changes = Changes()
        self.refused = 0
        """Links that would have closed a ring or grown too deep; the task stayed where it was."""
        self.repeated = 0
        """Records that were left out because they had been applied before."""
        self.forgotten = 0
        """Markers and metrics that had to go because their task got too many."""
        self.seen = Seen()
        self._dirty: list[Task] = []

    def __len__(self) -> int:
        return len(self.tasks)

    @property
    def roots(self) -> Iterator[Task]:
        """Tasks without a parent, in order of first sight."""
        return (task for task in self.tasks.values() if task.parent is None)

    @property
    def revision(self) -> int:
        """The number of the newest change."""
        return self.changes.revision

    def apply(self, records: Sequence[StoredRecord], now: float) -> None:
        """Apply records that the daemon received at `now` (Unix seconds), and number the change."""
        self.take(records, now)
        self.publish()

    def publish(self) -> None:
        """Bring fractions up to date and number what was taken in since the last time. Before that, nobody may look."""
        self._settle()
        self.changes.publish(len(self.tasks))

    def take(self, records: Sequence[StoredRecord], now: float) -> None:
        """Apply records without the sums: a flood of them costs no more sums than somebody looks at."""
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

    def _apply(self, record: StoredRecord, now: float) -> None:
        if not (self.seen.is_new(record) or isinstance(record, Heard)):
            self.repeated += 1
            return
        at = record.time if record.time is not None else now
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
            case Heard():
                self.seen.restore(record)

    def _course(self, record: Start, at: float, now: float) -> None:
        """A start or an update: the task is on its way."""
        task = self._find(record, now)
        status = record.status if isinstance(record, Update) else "running"
        late = is_late(task, record)
        if task.is_done and status is not None and ended_later(task, record):
            late, status = True, None
        elif task.is_done and task.said and (type(record) is Start or status == "waiting"):
            self._begin_again(task)
        elif task.is_done and status not in (None, *DONE):
            task.posted = None
        if record.parent is not None and not late:
            self._move_under(task, record.parent, at)
        if self._needs_settling(task, record):
            self._settle()
        first = not task.said
        describe(task, record, late)
        if not late:
            # What is on its way has begun, unless it says otherwise.
            begins = first or task.status == "waiting" or task.started is None
            self._enter(task, status or ("running" if begins else task.status), at)
            advance(task, record, at, begins)
        elif type(record) is Start and (task.started is None or task.started == task.stopped or is_late(task, record)):
            # Its end was heard of before its beginning.
            task.started = min(at, task.started if task.started is not None else at)
        task.said = True
        self._say(task, record.message, late)
        self._mark_dirty(task)

    def _stop(self, record: Stop, at: float, now: float) -> None:
        task = self._find(record, now)
        if record.cpu is not None:
            task.cpu = record.cpu
        late = is_late(task, record) or (task.is_done and ended_later(task, record))
        if not late:
            if task.children:
                self._settle()
            if task.is_done:
                task.stopped = None
            task.said = True
            self._enter(task, record.status, at)
            if record.status == "finished":
                task.posted = 1.0
        self._say(task, record.message, late)
        self._mark_dirty(task)

    def _note(self, record: Marker | Log | Metric, at: float, now: float) -> None:
        task = self._find(record, now)
        if not task.said and task.started is None:
            self._enter(task, task.status, at)
        match record:
            case Marker():
                mark = Mark(at, shortened(record.text))
                self.forgotten += task.marks is not None and len(task.marks) >= MARKS_PER_TASK
                task.marks = [*(task.marks or ())[1 - MARKS_PER_TASK :], mark]
                self.changes.mark(task.key, (mark,))
            case Log():
                task.lines += 1
                task.last_line = shortened(record.text)
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
        if record.seq is not None and record.source is not None and not is_late(task, record):
            task.sequence = (record.source, record.seq)
        return task

    def _add(self, key: str, parent: str | None, at: float) -> Task:
        missing, above = lineage(key, parent, self.tasks)
        if above is not None and above.dirty and not above.children:
            self._settle()  # What it was as a leaf, it may keep.
        for name in reversed(missing):
            task = self.tasks[name] = Task(name, name.rpartition(".")[2] or name, declared=at)
            while above is not None and not attach(task, above):
                self.refused += 1
                above = above.parent
            self._touch_branch(task)
            if name != key:  # Of the one that was asked for, more is about to be known.
                self._mark_dirty(task)
            above = task
        return self.tasks[key]

    def _move_under(self, task: Task, key: str, at: float) -> None:
        if task.parent is not None and task.parent.key == key:
            return
        above = self.tasks.get(key) or lineage(key, None, self.tasks)[1]
        if key == task.key or above is task or (above is not None and task in ancestors(above)):
            self.refused += 1
            return
        self._settle()
        old, parent = task.parent, self.tasks.get(key) or self._add(key, None, at)
        self._mark_dirty(parent)
        self._touch_branch(task)
        if not attach(task, parent):
            self.refused += 1
        else:
            self._left(old)
        self._touch_branch(task)
        for below in walk(task):
            # Who follows the old branch alone has to hear that it went.
            self.changes.remove(below)
            self.changes.touch(below)

    def _begin_again(self, task: Task) -> None:
        """A task that had ended starts anew: the tree shows one run of it, the newest."""
        if task.children:
            self._settle()
            for child in [child for child in task.children.values() if child.is_done]:
                self._drop(child)
        reset(task)

    def _enter(self, task: Task, status: Status, at: float) -> None:
        for changed in set_status(task, status, at):
            self._mark_dirty(changed)

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
        parent = task.parent
        self._drop(task)
        self._left(parent)

    def _drop(self, task: Task) -> None:
        self._touch_branch(task)
        detach(task)
        for below in walk(task):
            del self.tasks[below.key]
            self.changes.remove(below)

    def _left(self, parent: Task | None) -> None:
        """Something hung under this task and does no longer."""
        # One that nobody spoke of is there for what is below it alone.
        while parent is not None and not parent.said and not parent.children:
            empty, parent = parent, parent.parent
            self._drop(empty)
        if parent is None:
            return
        for above in (parent, *ancestors(parent)):
            if not above.said and above.sums is not None:
                self._enter(above, implied_status(above.sums.counts), above.heard)
                break
        self._mark_dirty(parent)

    def _restore(self, record: Kept) -> None:
        self._settle()
        task = self.tasks.get(record.task or NAMELESS)
        if task is None:
            task = self.tasks[record.task or NAMELESS] = Task(record.task or NAMELESS, record.name or "")
            self.changes.mark(task.key, record.marks or ())
        restore(task, record)
        if record.parent is not None and task.parent is None:
            attach(task, self.tasks.get(record.parent))
        self._mark_dirty(task)

    def _needs_settling(self, task: Task, record: Start) -> bool:
        """Whether what comes after this record may depend on what was before it, not only on what is last."""
        weighs = record.weight is not None and record.weight != task.weight
        return weighs or bool(task.children)

    def _mark_dirty(self, task: Task) -> None:
        if not task.dirty:
            task.dirty = True
            self._dirty.append(task)

    def _touch_branch(self, task: Task) -> None:
        self.changes.touch(task)
        for above in ancestors(task):
            self.changes.touch(above)

    def _settle(self) -> None:
        if self._dirty:
            for task in settle(self._dirty):
                self.changes.touch(task)
            self._dirty.clear()
