"""Which finished work is old enough, or too much, to be remembered."""

from collections.abc import Iterator

from .branch import is_over, walk
from .task import Task
from .tree import Tree


def expired(tree: Tree, now: float, age: float, most: int) -> list[str]:
    """Return the tasks to forget: roots that ended more than `age` seconds ago, and what is beyond `most` tasks.

    Beyond that go first what ended without weight under roots that still run, then the roots that ended first. Only
    what has nothing left to do goes, and what has a share in a progress goes only with its root: progress must not
    go back because something finished was forgotten.
    """
    over = len(tree.tasks) - most
    keys = []
    if over > 0:
        for _, key, task in sorted(_weightless(tree)):
            if over <= 0:
                break
            keys.append(key)
            over -= _size(task)
    ended = sorted((_last_heard(root), root.key, root) for root in tree.roots if is_over(root))
    for heard, key, root in ended:
        if now - heard <= age and over <= 0:
            break
        keys.append(key)
        over -= _size(root)
    return keys


def _weightless(tree: Tree) -> Iterator[tuple[float, str, Task]]:
    """Yield when it ended, and which it is, each whole subtree without weight under a root that still runs."""
    pending = [root for root in tree.roots if not is_over(root)]
    while pending:
        for task in (pending.pop().children or {}).values():
            if not task.weight and is_over(task):
                yield task.stopped or task.heard, task.key, task
            elif task.children:
                pending.append(task)


def _size(task: Task) -> int:
    return 1 + (sum(task.sums.counts) if task.sums is not None else 0)


def _last_heard(root: Task) -> float:
    return max(below.heard for below in walk(root))
