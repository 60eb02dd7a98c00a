"""Today's work below a root as a flat list of parts, kept up to date by what changed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..task import Task
from .averages import Average
from .names import kind
from .part import Part
from .runs import is_crowd, relative


def _averages() -> defaultdict[str, Average]:
    return defaultdict(Average)


@dataclass(slots=True, eq=False)
class Plan:
    """All parts of a root's work. `refresh` looks only where something changed."""

    root: Task
    whole: bool
    """The root is a part itself until it has children. Not so if it had some in its last run."""
    crowd: int
    """Children above which a parent is one part."""
    parts: dict[Task, Part] = field(default_factory=dict)
    running: dict[Task, Part] = field(default_factory=dict)
    owns: dict[Task, Part] = field(default_factory=dict)
    """What tasks with children do by themselves, save the root: that is the time between its parts."""
    gone: list[Part] = field(default_factory=list)
    """Parts that have got children since the last refresh: those are parts now."""
    tasks: dict[str, Task] = field(default_factory=dict)
    """All tasks by their path; the first of its kind also by that."""
    waiting: defaultdict[tuple[str, str], Average] = field(default_factory=lambda: defaultdict(Average))
    """Parts that have not begun, and whose producer did not say how long they take, by kind and parent."""
    outstanding: float = 0.0
    """Seconds that the other parts that have not begun are to take by their producer's word."""
    by_kind: defaultdict[str, Average] = field(default_factory=_averages)
    by_parent: defaultdict[str, Average] = field(default_factory=_averages)
    overall: Average = field(default_factory=Average)
    promised: float = 0.0
    """Seconds that ended parts were to take by their producer's word; `kept` is what those took."""
    kept: float = 0.0
    judged: int = 0
    """How many those are."""
    ended: int = 0
    stopped: float = 0.0
    """When the last part ended, Unix seconds."""
    _over: set[Task] = field(default_factory=set)
    """Tasks with children that have ended."""
    _seen: int = -1
    _size: int = 0
    _started: float | None = None

    def refresh(self) -> list[Part] | None:
        """Return the parts that are new or changed; None if the plan is no longer what it was and must be made anew."""
        root = self.root
        size = sum(root.sums.counts) if root.sums is not None else 0
        if size < self._size or (self._started is not None and root.started != self._started):
            return None
        self._size, self._started = size, root.started
        self.gone = []
        if root.revision <= self._seen:
            return []
        if any(not part.task.revision for part in self.parts.values()):
            return None  # Some were forgotten; as many may have come.
        changed = list(self._walk(root, "", "", ""))
        self._seen = root.revision
        if any(part.crowd != is_crowd(part.task, self.crowd) or part.ended > part.task.is_done for part in changed):
            return None
        for part in changed:
            self._update(part)
        return changed

    def path_of(self, task: Task) -> str:
        """Return the names from the root's child down to a task."""
        names = []
        while task is not self.root and task.parent is not None:
            names.append(task.name)
            task = task.parent
        return "/".join(reversed(names))

    def _walk(self, task: Task, path: str, like: str, above: str) -> Iterator[Part]:
        part, branches_out = self.parts.get(task), bool(task.children) and not is_crowd(task, self.crowd)
        if part is not None and branches_out and not part.crowd:
            self.gone.append(self.parts.pop(task))
            self._unbook(part)
            self.running.pop(task, None)
        elif part is not None:
            yield part
            return
        self._name(task, path, like)
        if branches_out:
            self._notice_end(task, above)
            if task is not self.root:
                yield self._own(task, path, like, above)
            for child in (task.children or {}).values():
                if child.revision > self._seen:
                    own = kind(child.name)
                    below = f"{path}/{child.name}" if path else child.name
                    yield from self._walk(child, below, f"{like}/{own}" if like else own, like)
        elif task is not self.root or self.whole or task.children:
            key = relative(task.key, self.root.key)
            part = self.parts[task] = Part(task, key, path, like, above, is_crowd(task, self.crowd))
            yield part

    def _own(self, task: Task, path: str, like: str, above: str) -> Part:
        part = self.owns.get(task)
        if part is None:
            key = relative(task.key, self.root.key)
            part = self.owns[task] = Part(task, key, path, like, above, crowd=False, own=True)
        return part

    def _name(self, task: Task, path: str, like: str) -> None:
        self.tasks.setdefault(like, task)
        self.tasks[path] = task

    def _notice_end(self, task: Task, above: str) -> None:
        if task.is_done and task not in self._over and task is not self.root:
            self._over.add(task)
            self.by_parent[above].end(0.0, task.weight, task.elapsed(task.stopped or 0.0))

    def _update(self, part: Part) -> None:
        task = part.task
        if part.own:
            part.ended = task.is_done
            return
        self._unbook(part)
        self.running.pop(task, None)
        if part.is_running:
            self.running[task] = part
        elif not task.is_done:
            self._book(part)
        elif not part.ended:
            self._end(part)

    def _book(self, part: Part) -> None:
        units, weight, estimate = part.booked = (part.total or 0.0, part.task.weight, part.task.estimate)
        if estimate is not None:
            self.outstanding += estimate
        else:
            self.waiting[part.like, part.above].add(1, units, weight)

    def _unbook(self, part: Part) -> None:
        if part.booked is None:
            return
        units, weight, estimate = part.booked
        part.booked = None
        if estimate is not None:
            self.outstanding -= estimate
            return
        group = self.waiting[part.like, part.above]
        group.add(-1, -units, -weight)
        if not group.count:
            del self.waiting[part.like, part.above]

    def _end(self, part: Part) -> None:
        part.ended = True
        self.ended += 1
        task = part.task
        if task.stopped is None:
            return
        self.stopped = max(self.stopped, task.stopped)
        seconds = task.elapsed(task.stopped)
        if seconds <= 0:
            return
        if task.estimate is not None:
            self.promised += task.estimate
            self.kept += seconds
            self.judged += 1
        for average in (self.by_kind[part.like], self.by_parent[part.above], self.overall):
            average.end(part.total or 0.0, task.weight, seconds)
