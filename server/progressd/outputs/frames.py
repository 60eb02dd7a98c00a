"""What Server-Sent Events say, as bytes. The format is WHATWG's: https://html.spec.whatwg.org/#server-sent-events."""

from typing import Any

from msgspec import Struct
from msgspec.json import Encoder

from ..core.branch import ancestors
from ..core.estimate import Estimator
from ..core.task import Task
from ..core.tree import Tree
from ..core.view import View, view

_encode = Encoder().encode


class MarkerView(Struct, frozen=True, omit_defaults=True):
    """A marker, and whose it is."""

    task: str
    time: float
    text: str
    kind: str | None = None


class Change(Struct, frozen=True):
    """What changed since another revision. A view takes the place of the earlier one; removals come first."""

    revision: int
    now: float
    tasks: list[View]
    markers: list[MarkerView]
    removed: list[str]


def change(tree: Tree, estimator: Estimator, since: int, now: float, scope: str | None = None) -> Change | None:
    """Return what changed after a revision, in all or below one task; None if that is nothing."""
    changes = tree.changes
    tasks = changes.tasks(since, tree.tasks.values())
    marks = changes.marks(since)
    if scope is not None:
        tasks = [task for task in tasks if is_within(task, scope)]
        marks = [(key, mark) for key, mark in marks if key in tree.tasks and is_within(tree.tasks[key], scope)]
    removed = changes.removed(since)
    if not (tasks or marks or removed):
        return None
    return Change(
        tree.revision,
        now,
        [view(task, estimator, now) for task in tasks],
        [MarkerView(key, mark.time, mark.text, mark.kind) for key, mark in marks],
        removed,
    )


def is_within(task: Task, scope: str) -> bool:
    """Return whether a task is the one with that key, or somewhere below it."""
    return task.key == scope or any(above.key == scope for above in ancestors(task))


def event(name: str, content: Any, identity: str | None = None) -> bytes:
    """Return one event. JSON has no raw newline, so no text of a producer can end the event or begin another."""
    head = f"event: {name}\nid: {identity}\n" if identity is not None else f"event: {name}\n"
    return b"%sdata: %s\n\n" % (head.encode(), _encode(content))


def chunk(frame: bytes) -> bytes:
    """Return a frame as one chunk of HTTP/1.1's chunked coding (RFC 9112, 7.1)."""
    return b"%x\r\n%s\r\n" % (len(frame), frame)
