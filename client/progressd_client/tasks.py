"""Tasks: what a program is doing, and how far along it is. What runs in the program's own time stands here.

A task is an object whose attributes a background thread looks at (`sender.py`); only its start is queued. So nothing
here formats, locks or sends, and nothing here raises once its arguments are bound.
"""

from _contextvars import ContextVar
from time import monotonic as clock
from time import thread_time as _cpu_clock

from .faults import _report as _report
from .faults import counts as counts
from .options import take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

    AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
    Event = tuple[Any, ...]
else:  # `collections` itself costs more to import than all that is here.
    from _collections import deque

CAPACITY = 65_536
"""Starts and notes that wait for the sender: a second at the highest rate; more are refused and counted."""

_current: "ContextVar[Task | None]" = ContextVar("progressd_task", default=None)
_get, _set = _current.get, _current.set
_queue: "deque[Task | Event]" = deque()
_append = _queue.append
_new = object.__new__
_capacity = CAPACITY
_due = -1.0
"""From this instant on (`time.monotonic`) the next event wakes the sender; set by `sender.py`."""


class Task:
    """Something a program does. Made by `task()`; shown from `with`, `async with` or `start()` on until its end.

    `completed`, `total` (in units of the caller's choice) and `message` may be read and set at any time; they are
    looked at ten times a second, and when the task ends. One task may be advanced by several threads.
    """

    __slots__ = ("_before", "_begun", "_ended", "_key", "_more", "completed", "message", "name", "total")

    name: str
    completed: float
    total: "float | None"
    message: "str | None"
    _before: "Task | None"
    _begun: "float | None"
    _ended: "float | None"
    _key: "str | None"
    _more: "dict[str, Any]"

    _foreign = False
    """Another process began it, and will end it."""

    def advance(self, n: float = 1) -> None:
        """So many units more are done."""
        self.completed += n

    def __enter__(self) -> "Task":  # noqa: PYI034 - typing.Self is not in Python 3.10
        """Start it, as the parent of what this thread or coroutine starts until the end of the block."""
        if self._begun is not None:
            return _again("enter", self)  # type: ignore[return-value]
        if self._more and self._more.get("cpu"):
            self._more["cpu_begun"] = _cpu_clock()
        self._before = _get()
        _set(self)
        self._begun = now = clock()
        if len(_queue) < _capacity:
            _append(self)
        else:
            counts.refused += 2
        if now > _due:
            _wake()
        return self

    def __exit__(self, kind: object, error: "BaseException | None", at: object) -> None:
        """End it: failed by an exception, canceled by one that cancels, else finished. The exception goes on up."""
        if self._more and self._more.get("within") and _again("leave", self):
            return
        if error is not None:
            self._judge(error)
        if _get() is self:
            # Never by a token: those are only valid in the context that made them.
            _set(self._before)
        if self._more:
            self._close()
        if self._ended is None:
            self._ended = now = clock()
            if now > _due:
                _wake()

    async def __aenter__(self) -> "Task":  # noqa: PYI034
        """Do as `with` does."""
        return self.__enter__()

    async def __aexit__(self, kind: object, error: "BaseException | None", at: object) -> None:
        """Do as `with` does."""
        self.__exit__(kind, error, at)

    def __call__(self, function: "AnyFunction") -> "AnyFunction":
        """Decorate a function: each call is a task of its own, made like this one. See `decorate.py`."""
        from .decorate import decorated  # noqa: PLC0415

        made: AnyFunction = decorated(function, self.name, {**self._more, "total": self.total, "message": self.message})
        return made

    def start(self, parents: bool = False) -> "Task":
        """Start it without making it the current one; with `parents`, all above it that wait are started too."""
        if parents:
            above = self._more.get("parent") or _get()
            if isinstance(above, Task) and above._begun is None:
                above.start(parents=True)
        if self._begun is None:
            before = _get()
            self.__enter__()
            _set(before)
        return self

    def finish(self, message: "str | None" = None) -> None:
        """End it, done. A task that ended already stays as it is."""
        self._end("finished", message)

    def fail(self, message: "str | None" = None) -> None:
        """End it, failed."""
        self._end("failed", message)

    def cancel(self, message: "str | None" = None) -> None:
        """End it, canceled: it was left undone on purpose."""
        self._end("canceled", message)

    def pause(self) -> None:
        """From now on until `resume()` nothing is done; that time does not count as work."""
        if self._more.get("paused_at") is None and self._begun is not None and self._ended is None:
            now = self._more["paused_at"] = clock()
            _offer((self, "paused", now))

    def resume(self) -> None:
        """Go on after `pause()`."""
        since = self._more.pop("paused_at", None)
        if since is not None:
            now = clock()
            self._more["paused"] = self._more.get("paused", 0.0) + now - since
            _offer((self, "running", now))

    def mark(self, text: str) -> None:
        """Note a moment of this task."""
        _offer((self, "marker", clock(), text))

    def log(self, text: str, stream: "str | None" = None) -> None:
        """Note a line of output; `stream` says where it came from, such as "stderr"."""
        _offer((self, "log", clock(), text, stream))

    def metric(self, name: str, value: float, unit: "str | None" = None, **dimensions: object) -> None:
        """Note a measurement."""
        _offer((self, "metric", clock(), name, value, unit, dimensions))

    def elapsed(self) -> float:
        """Seconds of work so far: from the start to the end or now, without pauses. 0.0 before it has started."""
        if self._begun is None:
            return 0.0
        end: float = self._ended or self._more.get("paused_at") or clock()
        return max(0.0, end - self._begun - float(self._more.get("paused", 0.0)))

    @property
    def ref(self) -> str:
        """Its key. Give it to another process or host, as `parent=`; asking settles the key of a task to come."""
        from .keys import key_of  # noqa: PLC0415

        return key_of(self)

    def env(self) -> "dict[str, str]":
        """Return environment variables that hang what a child process does under this task."""
        from .settings import target  # noqa: PLC0415

        return {"PROGRESSD_PARENT": self.ref, "PROGRESSD_TARGET": target()}

    def __repr__(self) -> str:
        total = "" if self.total is None else f" of {self.total}"
        return f"<task {self.name!r}: {self.completed}{total}>"

    def __reduce__(self) -> "tuple[Callable[[str, str], Task], tuple[str, str]]":
        """Pickled, it is a reference: another process may hang tasks and notes under it."""
        from .reference import reference  # noqa: PLC0415

        return reference, (self.ref, self.name)

    def _close(self) -> None:
        begun = self._more.get("cpu_begun")
        if begun is not None:
            self._more["cpu_taken"] = _cpu_clock() - begun
        if self._more.get("paused_at") is not None:
            self._more["paused"] = self._more.get("paused", 0.0) + clock() - self._more.pop("paused_at")

    def _judge(self, error: BaseException) -> None:
        if self._ended is None:
            try:
                from .outcome import outcome  # noqa: PLC0415

                self._more["outcome"] = outcome(error)
            except Exception:  # The interpreter is shutting down: nothing is imported any more.
                self._more["outcome"] = ("failed", None)

    def _end(self, status: str, message: "str | None") -> None:
        if self._ended is not None:
            return
        if self._begun is None:
            self.start()
        if self._more:
            self._close()
        if status != "finished" or message is not None:
            self._more["outcome"] = (status, message)
        self._ended = now = clock()
        if now > _due:
            _wake()


if TYPE_CHECKING:

    @overload
    def task(name: AnyFunction) -> AnyFunction: ...
    @overload
    def task(
        name: str,
        *,
        total: "float | None" = None,
        unit: "str | None" = None,
        weight: "float | None" = None,
        estimate: "float | None" = None,
        parallel: "bool | None" = None,
        key: "str | None" = None,
        parent: "Task | str | None" = None,
        message: "str | None" = None,
        cpu: bool = False,
        data: Any = None,
        metric: "dict[str, Any] | None" = None,
    ) -> Task: ...


def task(name: "Any", **more: "Any") -> "Any":
    """Make a task. Use it as `with task("resize", total=40) as t:`, with `async with`, or by `start()` and `finish()`.

    As a decorator, bare (`@task`) or with a name (`@task("load")`), each call of the function is a task.

    total      units to do, if known; `unit` is their name ("files", "B")
    weight     its share among its siblings: unless said 1, but 0 below a task with a `total`, which counts for itself
    estimate   seconds that it is expected to take; `parallel` is True if its children run side by side
    key        its identity; two tasks with one key are one. Unless said it is made of the name, see `keys.py`
    parent     a task, or the `ref` of one in another process; unless said the current task, else $PROGRESSD_PARENT
    message    what it is at; `data` is anything that JSON can say; `cpu=True` measures its thread's CPU time, for 1 µs
    metric     {"namespace": …, "name": …, "dimensions": {…}}: its end is counted under that name, with how long it took

    Raises TypeError for arguments that it does not know; nothing else, here or later."""
    # One function and few assignments: this, `__enter__` and `__exit__` are what a task costs (tests/bench/client.py).
    self: Task = _new(Task)
    if name.__class__ is not str and callable(name) and not more:
        from .decorate import decorated  # noqa: PLC0415 - only programs that decorate pay for it

        return decorated(name, getattr(name, "__name__", "task"), {})
    self.name = name
    self.completed = 0
    self.total = self.message = self._begun = self._ended = self._key = None
    self._more = more
    if more:
        take(self, more)
    return self


def current() -> "Task | None":
    """Return the task in whose block the caller is, or None."""
    return _get()


def _again(what: str, task: Task) -> object:
    from . import again  # noqa: PLC0415 - seldom needed

    return getattr(again, what)(task)


def _offer(event: "Event") -> None:
    if len(_queue) < _capacity:
        _append(event)
    else:
        counts.refused += 1
    if clock() > _due:
        _wake()


def _wake() -> None:
    try:
        from .sender import wake  # noqa: PLC0415 - loaded at the first event

        wake()
    except Exception as error:
        _report(error)
