"""Displays of rich as tasks: each of their tasks is one of ours, and what advances them is left as it is."""

import sys
from functools import wraps
from time import monotonic

from .faults import _report
from .mirror import Mirror

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .mirror import Reading


def install(kind: "Any") -> "Any":
    """Make tasks of what the displays of rich's class show, or of one derived from it; return the class."""
    if not getattr(kind, "_progressd_installed", False):
        kind._progressd_installed = True
        for name, then in _FOLLOWED.items():
            setattr(kind, name, _followed(getattr(kind, name), then))
    return kind


def adopt(display: "Any") -> "Any":
    """Make tasks of what one display shows from now on, and of what is not finished yet; return the display."""
    kind = type(display)
    display.__class__ = install(type(kind.__name__, (kind,), {"__module__": kind.__module__}))
    for task_id in list(display._tasks):
        _begin(display, task_id)
    return display


class Look:
    """Reads a task of rich."""

    __slots__ = ("_message", "_name", "_seen", "_task")

    def __init__(self, task: "Any", name: str) -> None:
        self._task, self._name = task, name
        self._seen: object = task.description
        self._message: str | None = None

    def __call__(self) -> "Reading":
        """Return units done, units to do, and what is written beside the bar if that has changed."""
        description = self._task.description
        if description is not self._seen:
            self._seen, text = description, plain(description)
            self._message = text if text != self._name else None
        return self._task.completed, self._task.total, self._message


class Shown(Mirror):
    """A task of rich. It ends when all of it is done: nobody tells of that, so whoever looks sees to it."""

    __slots__ = ()

    def _reading(self) -> "Reading":
        reading = super()._reading()
        shown = self._more.get("shown")
        if shown is not None and shown.finished_time is not None and self._begun is not None:
            self._more.pop("shown", None)
            self._more.pop("read", None)
            if self._ended is None:
                # No more than that: the background thread is about to look for what has ended.
                self._ended = monotonic()
        return reading


def plain(description: object) -> str:
    """Return a description without the markup of its colours."""
    text = str(description)
    if "[" in text:
        try:
            from rich.markup import render  # noqa: PLC0415 - it is there: it is rich that calls

            return render(text).plain.strip()
        except Exception as error:
            _report(error)
    return text.strip()


def _begin(display: "Any", task_id: "Any") -> None:
    shown = display._tasks[task_id]
    mirrors = _mirrors(display)
    begun = task_id in mirrors and mirrors[task_id]._ended is None
    if begun or shown.start_time is None or shown.finished:
        return
    name = plain(shown.description) or "loop"
    mirrors[task_id] = mirror = Shown(name, Look(shown, name))
    mirror._more["shown"] = shown
    mirror.start()


def _end(display: "Any", task_id: "Any") -> None:
    mirror = _mirrors(display).pop(task_id, None)
    if mirror is not None:
        mirror.settle()


def _take_away(display: "Any", task_id: "Any") -> None:
    """What is shown no more, and is not done, was left undone."""
    mirror = _mirrors(display).get(task_id)
    if mirror is not None and sys.exc_info()[1] is None:
        done, total, _ = mirror._reading()
        if total is not None and done < total:
            mirror.cancel()
    _end(display, task_id)


def _stop(display: "Any") -> None:
    for task_id in list(_mirrors(display)):
        _take_away(display, task_id)


def _mirrors(display: "Any") -> "dict[Any, Shown]":
    found: dict[Any, Shown] = display.__dict__.setdefault("_progressd_tasks", {})
    return found


_FOLLOWED: "dict[str, Callable[..., None]]" = {
    "add_task": lambda display, result, /, *_how, **_hows: _begin(display, result),
    "start_task": lambda display, _result, /, task_id: _begin(display, task_id),
    "reset": lambda display, _result, /, task_id, **_hows: _begin(display, task_id),
    "stop_task": lambda display, _result, /, task_id: _end(display, task_id),
    "remove_task": lambda display, _result, /, task_id: _take_away(display, task_id),
    "stop": lambda display, _result, /: _stop(display),
}
"""Methods of rich's class, and what follows them. Those that are called per item are not among them."""


def _followed(original: "Any", then: "Callable[..., None]") -> "Any":
    @wraps(original)
    def method(self: "Any", *args: "Any", **kwargs: "Any") -> "Any":
        result = original(self, *args, **kwargs)
        try:
            then(self, result, *args, **kwargs)
        except Exception as error:
            _report(error)
        return result

    return method
