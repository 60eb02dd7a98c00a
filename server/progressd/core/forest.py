"""Tasks by key and the links between them: how they come, hang, move and go, with all that follows for those above."""

from collections.abc import Iterator

from ..records import Status
from .branch import ancestors, attach, detach, implied_status, lineage, set_status, walk
from .changes import Changes
from .rollup import settle
from .task import Task

MOVED = 200_000
"""Tasks below others that may be hung elsewhere with them within one second by the daemon's clock: each costs 2 µs,
while nobody else has a turn, and a record of 60 bytes may move all that there are."""


class Forest:
    """What `tree.py` builds on; it alone calls what begins with `_`."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.changes = Changes()
        self.refused = 0
        """Links that would have closed a ring, grown too deep or moved too much; the task stayed where it was."""
        self._dirty: list[Task] = []
        self._moved = (0, 0)
        """In which second tasks were moved last, and how many."""

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

    def publish(self) -> None:
        """Bring fractions up to date and number what was taken in since the last time. Before that, nobody may look."""
        self._settle()
        self.changes.publish(len(self.tasks))

    def _add(self, key: str, parent: str | None, at: float) -> Task:
        missing, above = lineage(key, parent, self.tasks)
        leaf = above if above is not None and above.dirty and not above.children else None
        if leaf is not None and (leaf.fraction, leaf.own_fraction()) != (None, None):
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

    def _move_under(self, task: Task, key: str, at: float, now: float) -> None:
        if task.parent is not None and task.parent.key == key:
            return
        above = self.tasks.get(key) or lineage(key, None, self.tasks)[1]
        rings = key == task.key or above is task or (above is not None and task in ancestors(above))
        if rings or not self._may_move(task, int(now)):
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

    def _may_move(self, task: Task, second: int) -> bool:
        """Return whether there is room for one more move within a second; if so, it is counted."""
        if not task.children or task.sums is None:
            return True
        before = self._moved[1] if self._moved[0] == second else 0
        size = sum(task.sums.counts)
        if before and before + size > MOVED:
            return False  # The first may be of any size: it could not wait for a better time.
        self._moved = second, before + size
        return True

    def _drop(self, task: Task) -> None:
        self._touch_branch(task)
        detach(task)
        for below in walk(task):
            del self.tasks[below.key]
            below.heading = None
            self.changes.forget(below)

    def _left(self, parent: Task | None) -> None:
        """Something hung under this task and does no longer."""
        # One that nobody spoke of is there for what is below it alone.
        while parent is not None and not parent.said and not parent.children:
            empty, parent = parent, parent.parent
            self._left_empty(empty)
            self._drop(empty)
        if parent is None:
            return
        for above in (parent, *ancestors(parent)):
            if not above.said and above.sums is not None:
                self._enter(above, implied_status(above.sums.counts), above.heard)
                break
        self._mark_dirty(parent)

    def _left_empty(self, task: Task) -> None:
        """An implied task is about to go with the last of what was below it."""

    def _enter(self, task: Task, status: Status, at: float) -> None:
        for changed in set_status(task, status, at):
            self._mark_dirty(changed)

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
