"""What stands in for tqdm's bar where tqdm is not installed: the same interface, nothing drawn."""

import sys
from contextlib import contextmanager
from threading import RLock
from time import monotonic

from ..bars import Count, begin, end, items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import Any


class Bar:
    """A bar as tqdm documents it. Arguments that say how it looks are taken, and do nothing."""

    monitor_interval = 0
    _lock: "Any" = RLock()

    def __init__(  # noqa: PLR0913 - tqdm's own
        self,
        iterable: "Any" = None,
        desc: "str | None" = None,
        total: "float | None" = None,
        leave: "bool | None" = True,
        *look: "Any",
        disable: "bool | None" = False,
        unit: str = "it",
        unit_scale: "bool | float" = False,
        initial: float = 0,
        position: "int | None" = None,
        postfix: "Any" = None,
        **_looks: "Any",
    ) -> None:
        # file, ncols, mininterval, maxinterval, miniters, ascii, disable, unit, unit_scale
        said = (*look[6:9], *(disable, unit, unit_scale)[len(look[6:9]) :])
        disable, unit, unit_scale = bool(said[0]), said[1], said[2]
        self.iterable, self.leave, self.unit, self.unit_scale, self.initial = iterable, leave, unit, unit_scale, initial
        self.total = length(iterable) if total is None else None if total == float("inf") else total
        self.desc = f"{desc}: " if desc else ""
        self.disable = disable
        self.pos = -(position or 0)
        self.postfix = _written(postfix) if isinstance(postfix, dict) else postfix
        self.start_t = monotonic()
        self._count = Count(initial)
        self._async: Any = None
        if not disable:
            # Its position says nothing as long as it was not given one: it is drawn nowhere.
            self.disable = position is None
            begin(self, {"unit": unit, "unit_scale": unit_scale}, self._count)
            self.disable = False

    @property
    def n(self) -> float:
        """Units that are done."""
        return self._count.n

    @n.setter
    def n(self, value: float) -> None:
        self._count.n = value

    @property
    def format_dict(self) -> "dict[str, Any]":
        """What there is to show."""
        shown = ("n", "total", "unit", "unit_scale", "initial", "postfix")
        elapsed = monotonic() - self.start_t
        return {**{name: getattr(self, name) for name in shown}, "prefix": self.desc, "elapsed": elapsed}

    def update(self, n: float = 1) -> None:
        """So many units more are done."""
        if not self.disable:
            self._count.added += n

    def close(self) -> None:
        """End it."""
        self.disable = True
        end(self)

    def reset(self, total: "float | None" = None) -> None:
        """Begin to count anew."""
        self.n = 0
        self.total = self.total if total is None else total

    def set_description(self, desc: "str | None" = None, refresh: bool = True) -> None:  # noqa: ARG002
        """Say what it is at."""
        self.desc = f"{desc}: " if desc else ""

    def set_description_str(self, desc: "str | None" = None, refresh: bool = True) -> None:  # noqa: ARG002
        """Say what it is at, without a colon."""
        self.desc = desc or ""

    def set_postfix(self, ordered_dict: "Any" = None, refresh: bool = True, **kwargs: "Any") -> None:  # noqa: ARG002
        """Say how it goes, by names and values."""
        self.postfix = _written({**(ordered_dict or {}), **dict(sorted(kwargs.items()))})

    def set_postfix_str(self, s: str = "", refresh: bool = True) -> None:  # noqa: ARG002
        """Say how it goes."""
        self.postfix = str(s)

    def refresh(self, *_how: "Any", **_hows: "Any") -> bool:
        """Do nothing: it is drawn nowhere. So do the next five."""
        return True

    clear = display = unpause = moveto = refresh
    set_lock = pandas = classmethod(lambda _kind, *_how, **_hows: None)

    @classmethod
    def get_lock(cls) -> "Any":
        """Return a lock, which nothing here takes."""
        return cls._lock

    @classmethod
    def write(cls, s: str, file: "Any" = None, end: str = "\n", nolock: bool = False) -> None:  # noqa: ARG003
        """Write a line where it does not break the bars: there are none."""
        (file or sys.stdout).write(s + end)

    @classmethod
    @contextmanager
    def external_write_mode(cls, *_how: "Any", **_hows: "Any") -> "Iterator[None]":
        """As `write`, for many lines."""
        yield

    def __iter__(self) -> "Iterator[Any]":
        return items(self, self.iterable)

    def __aiter__(self) -> "AsyncIterator[Any]":
        return self._items()

    async def _items(self) -> "AsyncIterator[Any]":
        try:
            if hasattr(self.iterable, "__aiter__"):
                async for item in self.iterable:
                    yield item
                    self.update()
            else:
                for item in self.iterable:
                    yield item
                    self.update()
        finally:
            self.close()

    def __enter__(self) -> "Bar":  # noqa: PYI034 - typing.Self is not in Python 3.10
        task = getattr(self, "_progressd_task", None)
        if task is not None:
            task.enter()
        return self

    def __exit__(self, *_how: object) -> None:
        self.close()

    def __del__(self) -> None:
        end(self)

    def __len__(self) -> int:
        return int(length(self.iterable) or self.total or 0)

    def __bool__(self) -> bool:
        return self.total > 0 if self.total is not None else bool(self.iterable)

    def __contains__(self, item: object) -> bool:
        return item in self.iterable

    def __reversed__(self) -> "Iterator[Any]":
        return items(self, reversed(self.iterable))


def length(iterable: "Any") -> "float | None":
    """Return how many items there are, None if that is not known."""
    try:
        return len(iterable)
    except (TypeError, AttributeError):
        return None


def _written(said: "dict[str, Any]") -> str:
    values = {name: f"{value:.3g}" if isinstance(value, float) else str(value).strip() for name, value in said.items()}
    return ", ".join(f"{name}={value}" for name, value in values.items())
