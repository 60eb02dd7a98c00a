"""Bars of tqdm as tasks: the methods of its class where a bar begins, is entered and ends, and none that runs per item.

How far a bar is the background thread reads from the bar itself. One that draws nothing because there is no terminal
(`disable=None`), or because $TQDM_DISABLE says so, is counted all the same; one that its program disabled is not shown.
"""

import os
import sys
from _contextvars import ContextVar
from functools import wraps
from itertools import chain, repeat
from weakref import ref

from .faults import _report
from .loops import ALL, _Counted, _end
from .mirror import Mirror
from .tasks import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .mirror import Reading

_LOOKS = ("leave", "file", "ncols", "mininterval", "maxinterval", "miniters", "ascii")
POSITIONAL = ("iterable", "desc", "total", *_LOOKS, "disable", "unit", "unit_scale")
"""tqdm's arguments in their order, as far as they are needed here."""

_innermost: "ContextVar[Mirror | None]" = ContextVar("progressd_bar", default=None)
"""The last bar that was made here and is open: the one above the next, also if it is advanced by hand."""


def install(kind: "Any") -> "Any":
    """Make tasks of the bars of tqdm's class, or of one derived from it, from now on; return the class."""
    if not getattr(kind, "_progressd_installed", False):
        kind._progressd_installed = True
        for name, around in (("__init__", _init), ("__iter__", _iter), ("__enter__", _enter), ("close", _close)):
            setattr(kind, name, around(getattr(kind, name)))
    return kind


def begin(bar: "Any", given: "dict[str, Any]", count: "Count | None" = None) -> None:
    """Begin the task of a bar that was made with the arguments `given`. `count` counts, if the bar does not."""
    if getattr(bar, "_progressd_task", None) is not None or (given.get("disable") and count is None):
        return
    if getattr(bar, "disable", False) and count is None:
        count = Count(getattr(bar, "n", 0))
        bar.update = count.add
    name = str(getattr(bar, "desc", None) or given.get("desc") or "").strip().removesuffix(":") or _nameless()
    unit = given.get("unit")
    above = _above(bar)
    task = Mirror(
        name, Look(bar, name, given, count), unit=None if unit == "it" else unit, **({"parent": above} if above else {})
    )
    task._more.update(bar=ref(bar), count=count, under=_innermost.get())
    bar._progressd_task = task
    _innermost.set(task)
    task.start()


def end(bar: "Any") -> None:
    """End the task of a bar, if it has one. Never raises: bars are closed by the garbage collector as well."""
    try:
        task: Mirror | None = getattr(bar, "_progressd_task", None)
        if task is not None:
            task.settle()
            if _innermost.get() is task:
                _innermost.set(task._more.get("under"))
    except Exception as error:
        _report(error)


def items(bar: "Any", iterable: "Any", original: "Any" = None) -> "Iterator[Any]":
    """Return the iterator of a bar; what begins in its loop is below it. `original` makes it, if the bar counts."""
    task = getattr(bar, "_progressd_task", None)
    count = task._more.get("count") if task is not None else None
    if task is None or task._ended is not None or (count is None and original is None):
        found: Iterator[Any] = original(bar) if original is not None else iter(iterable)
        return found
    # Made before it is entered: what is no iterable raises.
    source = original(bar) if count is None else iter(iterable)
    task.enter()
    # Nothing else may keep the bar: dropped, it would be closed.
    task._more["kept"] = bar if count is not None else None
    return source if count is None else _Counted(chain(source, _end(task)), count.ticks).of(task)


class Count:
    """How far a bar is that nobody counts: by ticks, two nanoseconds an item (see `loops.py`), and by hand."""

    __slots__ = ("added", "ticks")

    def __init__(self, initial: float = 0) -> None:
        self.added = initial
        self.ticks: repeat[bool] = repeat(True, ALL)  # noqa: FBT003 - takes no name

    @property
    def n(self) -> float:
        """Units so far."""
        return ALL - self.ticks.__length_hint__() + self.added

    @n.setter
    def n(self, value: float) -> None:
        self.added += value - self.n

    def add(self, n: float = 1) -> None:
        """So many more."""
        self.added += n


class Look:
    """Reads a bar. Does not keep it alive: bars that are dropped are closed by that."""

    __slots__ = ("_bar", "_count", "_message", "_name", "_scale", "_seen")

    def __init__(self, bar: "Any", name: str, given: "dict[str, Any]", count: "Count | None") -> None:
        self._bar, self._count, self._name = ref(bar), count, name
        scale = given.get("unit_scale")
        self._scale = 1 if scale is None or isinstance(scale, bool) else scale or 1
        self._seen: tuple[object, object] | None = None
        self._message: str | None = None

    def __call__(self) -> "Reading":
        """Return units done, units to do, and what is written before and behind the bar."""
        bar = self._bar()
        if bar is None:
            raise ReferenceError("the bar is gone")
        done = bar.n if self._count is None else self._count.n
        total = bar.total
        if self._scale != 1:
            done, total = done * self._scale, None if total is None else total * self._scale
        return done, total, self._text(getattr(bar, "desc", None), getattr(bar, "postfix", None))

    def _text(self, desc: object, postfix: object) -> "str | None":
        # The very same text as long as nothing changed: that is how it is seen.
        if self._seen is None or self._seen[0] is not desc or self._seen[1] is not postfix:
            before = str(desc or "").strip().removesuffix(":")
            said = [text for text in (before if before != self._name else "", str(postfix or "")) if text]
            self._seen, self._message = (desc, postfix), ", ".join(said) or None
        return self._message


def _init(original: "Any") -> "Any":
    @wraps(original)
    def __init__(self: "Any", *args: "Any", **kwargs: "Any") -> None:  # noqa: N807
        original(self, *args, **kwargs)
        try:
            begin(self, {**dict(zip(POSITIONAL, args)), **kwargs})  # noqa: B905 - no `strict` where it is not needed
        except Exception as error:
            _report(error)

    return __init__


def _iter(original: "Any") -> "Any":
    @wraps(original)
    def __iter__(self: "Any") -> "Iterator[Any]":  # noqa: N807
        return items(self, self.iterable, original)

    return __iter__


def _enter(original: "Any") -> "Any":
    @wraps(original)
    def __enter__(self: "Any") -> "Any":  # noqa: N807
        task = getattr(self, "_progressd_task", None)
        if task is not None:
            task.enter()
        return original(self)

    return __enter__


def _close(original: "Any") -> "Any":
    @wraps(original)
    def close(self: "Any") -> None:
        try:
            original(self)
        finally:
            end(self)

    return close


def _above(bar: "Any") -> "Mirror | None":
    """Return the open bar that this one is drawn under, if that began after the current task did."""
    above, here = _innermost.get(), current()
    while above is not None and above._ended is not None:
        above = above._more.get("under")
    _innermost.set(above)
    if above is None or (here is not None and (here._begun or 0.0) >= (above._begun or 0.0)):
        return None
    drawn = above._more["bar"]()
    beside = drawn is not None and not drawn.disable and not bar.disable and abs(drawn.pos) >= abs(bar.pos)
    return None if beside else above


def _nameless() -> str:
    """Return a name for a bar without one: that of the program for the topmost, else "loop"."""
    if current() is not None or _innermost.get() is not None or os.environ.get("PROGRESSD_PARENT"):
        return "loop"
    path = sys.argv[0] if sys.argv else ""
    if path.endswith("__main__.py"):
        path = path.rpartition("/")[0]
    name = path.rpartition("/")[2].removesuffix(".py")
    return name if name not in ("", "-c", "-m", "ipykernel_launcher") else "loop"
