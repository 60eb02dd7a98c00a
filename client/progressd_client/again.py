"""A task that is entered while it is entered, or that was begun by `start()`. Loaded when that happens."""

from .tasks import Task, _get, _set


def enter(task: Task) -> Task:
    """Make it the current one, no more: its place in the tree was settled when it began."""
    task._more.setdefault("within", []).append(_get())
    _set(task)
    return task


def leave(task: Task) -> bool:
    """Make current again what was; return whether another block of the same task is still open around this one."""
    outside: Task | None = task._more["within"].pop()
    _set(outside)
    while outside is not None and outside is not task:
        outside = outside._before
    return outside is task
