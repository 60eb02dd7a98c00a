"""Hanging tasks under one another, and the counts by status that follow."""

from collections.abc import Iterator, Mapping

from ..records import Status
from .rollup import withdraw
from .task import INDEX, Sums, Task

MAX_DEPTH = 64
"""Levels. Deeper keys hang at the last one: a tree that nobody can read must not make each update slow."""


def implied_parent(key: str) -> str | None:
    """Return the key up to its last dot, cut where it would be too deep; None for a root."""
    above = key.rpartition(".")[0]
    if above.count(".") >= MAX_DEPTH - 1:
        above = ".".join(above.split(".", MAX_DEPTH - 1)[:-1])
    return above or None


def lineage(key: str, parent: str | None, tasks: Mapping[str, Task]) -> tuple[list[str], Task | None]:
    """Return the keys that must come into being for this one, deepest first, and the task to hang them under.

    A parent that would have this key among its own ancestors is passed over: that would be a ring.
    """
    for wanted in (parent, None):
        missing = [key]
        above = wanted if wanted is not None else implied_parent(key)
        while above is not None and above not in tasks and above not in missing:
            missing.append(above)
            above = implied_parent(above)
        if above is None or above not in missing:
            break
    return missing, tasks[above] if above is not None else None


def is_over(root: Task) -> bool:
    """Return whether nothing is left to do in a task and all below it. What nobody said had begun has nothing to do."""
    if root.sums is None:
        return root.is_done or not root.said
    waiting, running, paused, *_ = root.sums.counts
    return not (waiting or running or paused) and (root.is_done or root.is_namespace)


def ancestors(task: Task) -> Iterator[Task]:
    """Yield the parent, its parent, and so on to the root."""
    above = task.parent
    while above is not None:
        yield above
        above = above.parent


def walk(task: Task) -> Iterator[Task]:
    """Yield the task and all below it, each parent before its children, children in the order of first sight."""
    pending = [task]
    while pending:
        task = pending.pop()
        yield task
        if task.children:
            pending.extend(reversed(task.children.values()))


def attach(task: Task, parent: Task | None) -> bool:
    """Hang a task, with all below it, under a parent; False if that would close a ring or grow too deep."""
    if parent is None or parent is task.parent:
        return True
    height = max(below.depth for below in walk(task)) - task.depth if task.children else 0
    if parent.depth + 1 + height >= MAX_DEPTH or any(above is task for above in (parent, *ancestors(parent))):
        return False
    detach(task)
    task.parent = parent
    if parent.children is None:
        parent.children = {}
    parent.children[task.key] = task
    if parent.sums is None:
        parent.sums = Sums()
    shift = parent.depth + 1 - task.depth
    for below in walk(task) if task.children else (task,):
        below.depth += shift
    _count_branch(task, 1)
    return True


def detach(task: Task) -> None:
    """Take a task, with all below it, off its parent, whose sums and counts are corrected."""
    if task.parent is None or task.parent.children is None:
        return
    _count_branch(task, -1)
    withdraw(task)
    del task.parent.children[task.key]
    task.parent = None


def set_status(task: Task, status: Status, at: float) -> list[Task]:
    """Change a task's status and all that follows from it; return the tasks whose own status changed with it.

    Status does not bubble, but a task that was never spoken of has only its children to tell what it is.
    """
    _change(task, status, at)
    changed = [task]
    for above in ancestors(task):
        if above.said or above.sums is None:
            continue
        implied = implied_status(above.sums.counts)
        if implied != above.status or (above.started is None and implied != "waiting"):
            _change(above, implied, at)
            changed.append(above)
    return changed


def implied_status(counts: list[int]) -> Status:
    """Return what a task is that has nothing but its descendants to tell."""
    waiting, running, paused, finished, failed, canceled = counts
    if running or (waiting and (finished or failed or canceled)):
        return "running"
    if paused or waiting:
        return "paused" if paused else "waiting"
    if failed:
        return "failed"
    return "canceled" if canceled and not finished else "finished" if finished else "running"


def _change(task: Task, status: Status, at: float) -> None:
    if status != task.status:
        _recount(task.parent, INDEX[task.status], INDEX[status])
    _enter(task, status, at)


def _enter(task: Task, status: Status, at: float) -> None:
    """Keep the times that belong to a status: pauses do not count as work, an end ends a pause."""
    if task.paused_at is not None and status != "paused":
        task.paused += max(0.0, at - task.paused_at)
        task.paused_at = None
    task.status = status
    if status == "waiting":
        task.started = task.stopped = None
        task.paused = 0.0
        return
    if task.started is None:
        task.started = at
    if status == "paused" and task.paused_at is None:
        task.paused_at = at
    task.stopped = (task.stopped if task.stopped is not None else at) if task.is_done else None


def _recount(above: Task | None, old: int, new: int) -> None:
    while above is not None and above.sums is not None:
        counts = above.sums.counts
        counts[old] -= 1
        counts[new] += 1
        above = above.parent


def _count_branch(task: Task, sign: int) -> None:
    counts = list(task.sums.counts) if task.sums is not None else [0] * len(INDEX)
    counts[INDEX[task.status]] += 1
    numbers = [(index, sign * number) for index, number in enumerate(counts) if number]
    for above in ancestors(task):
        if above.sums is None:
            above.sums = Sums()
        for index, number in numbers:
            above.sums.counts[index] += number
