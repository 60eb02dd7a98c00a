"""Which finished work is old enough, or too much, to be remembered."""

from .branch import is_over, walk
from .task import Task
from .tree import Tree


def expired(tree: Tree, now: float, age: float, most: int) -> list[str]:
    """Return the roots to forget: ended more than `age` seconds ago, or the first to end beyond `most` tasks.

    Only whole trees go, and only such in which nothing is left to do: progress must not go back because
    something finished was forgotten.
    """
    over = len(tree.tasks) - most
    ended = sorted((_last_heard(root), root.key, root) for root in tree.roots if is_over(root))
    keys = []
    for heard, key, root in ended:
        if now - heard <= age and over <= 0:
            break
        keys.append(key)
        over -= 1 + (sum(root.sums.counts) if root.sums is not None else 0)
    return keys


def _last_heard(root: Task) -> float:
    return max(task.heard for task in walk(root))
