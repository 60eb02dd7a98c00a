"""Iterables that say how far their loop is: two nanoseconds an item, for no bytecode runs between the items.

`compress` takes an item and a tick of `repeat` at a time, in C; how many ticks are left says how many were taken.
"""

from itertools import chain, compress, repeat

from .options import take
from .tasks import Task, _current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import Any, TypeVar

    Item = TypeVar("Item")
    AnyIterable = TypeVar("AnyIterable")

ALL = 1 << 62
"""More ticks than any loop takes."""


class Track(Task):
    """A task that is a loop. Made by `track()`; it begins with the first `for` over it, and is current in its body.

    It is finished when there are no more items. A `break` or an exception cancels it: not everything was done, and
    which of the two it was cannot be seen from here.
    """

    __slots__ = ("_added", "_iterable", "_ticks")

    def __init__(self, iterable: "Any", name: str, more: "dict[str, Any]") -> None:
        self.name = name
        self._iterable = iterable
        self._ticks: repeat[bool] = repeat(True, ALL)  # noqa: FBT003 - takes no name
        self._added = 0.0
        self.total = self.message = self._begun = self._ended = self._key = None
        self._more = more
        take(self, more)
        if self.total is None:
            self.total = _length(iterable)

    @property
    def completed(self) -> float:
        """Items that were taken so far, and what was added."""
        return ALL - self._ticks.__length_hint__() + self._added

    @completed.setter
    def completed(self, value: float) -> None:
        self._added += value - self.completed

    def __iter__(self) -> "Iterator[Any]":
        # What is iterated twice counts on; its end was told already.
        iterator = iter(self._iterable)
        if self._begun is None:
            self.__enter__()
        return _Counted(chain(iterator, _end(self)), self._ticks).of(self)

    def __aiter__(self) -> "AsyncIterator[Any]":
        return self._items()

    def __len__(self) -> int:
        return len(self._iterable)

    async def _items(self) -> "AsyncIterator[Any]":
        tick = self._ticks.__next__
        self.start()
        try:
            async for item in self._iterable:
                tick()
                yield item
            self.finish()
        finally:
            self.cancel()


class _Counted(compress):  # type: ignore[type-arg] # at run time compress takes none
    """The loop itself. It goes when its `for` does, which is how a `break` is seen."""

    # Filled in by `of`: compress takes no more arguments.
    _task: "Track"

    def of(self, tracked: "Track") -> "_Counted":
        self._task = tracked
        return self

    def __del__(self) -> None:
        tracked = self._task
        if tracked._ended is None:
            _leave(tracked)
            if tracked.total is not None and tracked.completed == tracked.total:
                tracked.finish()  # the last item was found
            else:
                tracked.cancel()


def _end(tracked: Track) -> "Iterator[Any]":
    """Stand after the last item: whoever asks for one more has done them all."""
    _leave(tracked)
    tracked.finish()
    return
    yield


def _leave(tracked: Track) -> None:
    if _current.get() is tracked:
        _current.set(tracked._before)


def _length(iterable: "Any") -> "float | None":
    try:
        return len(iterable)
    except Exception:
        return None  # a generator, or what cannot tell


def track(iterable: "Any", name: "str | None" = None, **more: "Any") -> "Any":
    """Return an iterable over the same items that is a task: `for path in track(paths, "resize", unit="files")`.

    `name` is "loop" unless said; `total` is the length of the iterable if it has one. Further arguments are those of
    `task()`. Asynchronous iterables go with `async for`; there the task does not become the current one.
    Raises TypeError if it is no iterable, and for arguments that no task has.
    """
    if (
        not hasattr(iterable, "__iter__")
        and not hasattr(iterable, "__aiter__")
        and not hasattr(iterable, "__getitem__")
    ):
        raise TypeError(f"{type(iterable).__name__!r} object is not iterable")
    return Track(iterable, name if name is not None else "loop", more)
