"""What changed when, so that a reader can ask for what is newer than what it has."""

from collections import deque
from collections.abc import Iterable

from ..records import Mark
from .task import Task

MARKS = 10_000
"""Newest markers that readers are told of at their start; each task keeps its own."""
REMOVALS = 10_000
"""Removed keys that readers can still be told of; who is further behind starts anew."""
RECENT = 10_000
"""Entries kept, beside a few for each task. Who is further behind costs a look at every task."""


class Changes:
    """Numbers the changes of a tree. Memory is bounded by the number of tasks, not of changes."""

    def __init__(self) -> None:
        self.revision = 0
        self.floor = 0
        """Who has seen less than this revision cannot be told of all that was removed since."""
        self._marks: deque[tuple[int, str, Mark]] = deque(maxlen=MARKS)
        self._unmarked: set[str] = set()
        """Tasks that are gone and had markers: those are looked for when markers are next."""
        self._removed: deque[tuple[int, str]] = deque()
        self._touched: list[Task] = []
        self._recent: deque[tuple[int, list[Task]]] = deque()
        self._entries = 0

    def touch(self, task: Task) -> None:
        """A task is no longer what it was at the last revision."""
        if task.revision <= self.revision:
            task.revision = self.revision + 1
            self._touched.append(task)

    def remove(self, task: Task) -> None:
        """A task is not where it was: it is gone, or about to be touched elsewhere."""
        task.revision = 0
        self._removed.append((self.revision + 1, task.key))

    def forget(self, task: Task) -> None:
        """A task is gone, and its markers with it: another may come to have its key."""
        self.remove(task)
        if task.marks:
            self._unmarked.add(task.key)

    def mark(self, key: str, marks: Iterable[Mark]) -> None:
        """A task got markers."""
        self._unmark()
        self._marks.extend((self.revision + 1, key, mark) for mark in marks)

    def publish(self, size: int) -> None:
        """Number what was touched since the last call; `size` is how many tasks there are."""
        if not self._touched and not (self._removed and self._removed[-1][0] > self.revision):
            return
        self.revision += 1
        self._recent.append((self.revision, self._touched))
        self._entries += len(self._touched)
        self._touched = []
        while self._entries > RECENT + 4 * size and len(self._recent) > 1:
            self._entries -= len(self._recent.popleft()[1])
        while len(self._removed) > REMOVALS:
            self.floor = self._removed.popleft()[0]

    def tasks(self, since: int, every: Iterable[Task]) -> list[Task]:
        """Return who of all tasks changed after a revision, each parent before its children."""
        if self._recent and since < self._recent[0][0] - 1:
            found = [task for task in every if task.revision > since]
        else:
            found = []
            for revision, tasks in reversed(self._recent):
                if revision <= since:
                    break
                # Each in its newest place only: who was touched again or removed since is passed over here.
                found += [task for task in reversed(tasks) if task.revision == revision]
            found.reverse()
        found.sort(key=lambda task: task.depth)
        return found

    def removed(self, since: int) -> list[str]:
        """Return the keys that were removed after a revision, oldest first."""
        found = []
        for revision, key in reversed(self._removed):
            if revision <= since:
                break
            found.append(key)
        return found[::-1]

    def marks(self, since: int) -> list[tuple[str, Mark]]:
        """Return the markers, and whose they are, that came after a revision, oldest first."""
        self._unmark()
        found = []
        for revision, key, mark in reversed(self._marks):
            if revision <= since:
                break
            found.append((key, mark))
        return found[::-1]

    def _unmark(self) -> None:
        if self._unmarked:
            self._marks = deque((each for each in self._marks if each[1] not in self._unmarked), maxlen=MARKS)
            self._unmarked.clear()
