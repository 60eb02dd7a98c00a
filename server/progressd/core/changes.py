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
        self._marks: deque[tuple[int, int, str, Mark]] = deque(maxlen=MARKS)
        """Each with its number, revision and task."""
        self._marked = 0
        self._void: dict[str, int] = {}
        """Markers of these keys with lower numbers are of tasks that are gone."""
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
            self._void[task.key] = self._marked
            if len(self._void) > MARKS:
                self._marks = deque(filter(self._stands, self._marks), maxlen=MARKS)
                self._void.clear()

    def mark(self, key: str, marks: Iterable[Mark]) -> None:
        """A task got markers."""
        for mark in marks:
            self._marks.append((self._marked, self.revision + 1, key, mark))
            self._marked += 1

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
        found = []
        for entry in reversed(self._marks):
            _, revision, key, mark = entry
            if revision <= since:
                break
            if self._stands(entry):
                found.append((key, mark))
        return found[::-1]

    def _stands(self, entry: tuple[int, int, str, Mark]) -> bool:
        number, _, key, _ = entry
        return number >= self._void.get(key, 0)
