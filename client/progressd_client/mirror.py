"""Tasks that are somebody else's progress bar: read where they are, so that they cost the bar nothing."""

import sys

from .faults import _report
from .options import take
from .tasks import Task, _get, _set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Reading = tuple[float, "float | None", "str | None"]


class Mirror(Task):
    """A task whose `completed`, `total` and `message` are what `read()` returns whenever somebody looks.

    The background thread looks ten times a second; `read` must not wait. What it raises is counted, and what it said
    last stays. Setting `completed` or `total` changes nothing: the bar counts.
    """

    # A forked child turns its parent's tasks into references, which a class with slots of its own would not let it.
    __slots__ = ()

    def __init__(self, name: str, read: "Callable[[], Reading]", **more: "Any") -> None:
        self.name = name
        self._begun = self._ended = self._key = None
        for slot in _SLOTS:
            slot.__set__(self, None)
        self._more = more
        take(self, more)
        more["read"], more["amid"] = read, sys.exc_info()[1]

    @property
    def completed(self) -> float:
        """Units that are done."""
        return self._reading()[0]

    @completed.setter
    def completed(self, value: float) -> None:
        pass

    @property
    def total(self) -> "float | None":
        """Units to do."""
        return self._reading()[1]

    @total.setter
    def total(self, value: "float | None") -> None:
        pass

    @property
    def message(self) -> "str | None":
        """What it is at: as the program said, else as the bar says."""
        said: str | None = self._more.get("said")
        return said if said is not None else self._reading()[2]

    @message.setter
    def message(self, value: "str | None") -> None:
        if value is not None:
            self._more["said"] = value

    def enter(self) -> None:
        """Make it the parent of what this thread or coroutine starts, until it ends."""
        if _get() is not self and self._ended is None:
            self._more["outside"] = _get()
            _set(self)

    def leave(self) -> None:
        """Undo `enter()`."""
        if _get() is self:
            _set(self._more.get("outside"))

    def settle(self) -> None:
        """End it as it looks: by the exception that is on its way, if there is one and not all was done."""
        if self._ended is not None:
            return
        self.leave()
        done, total, _ = self._reading()
        error = sys.exc_info()[1]
        usual = error is None or error is self._more.get("amid") or isinstance(error, _ENDS)
        if usual or (total is not None and done >= total):
            self.finish()
        elif isinstance(error, GeneratorExit):
            self.cancel()  # the loop was left
        else:
            self._judge(error)  # type: ignore[arg-type] # not None, or it were usual
            self.finish()

    def _end(self, status: str, message: "str | None") -> None:
        if self._ended is None:
            # Before the end is seen, for then it is told; and the bar may go.
            self._more["last"] = self._reading()
            self._more.pop("read", None)
            self._more.pop("amid", None)
            super()._end(status, message)
            # Not before: a bar that goes is closed, which would end it otherwise.
            self._more.pop("kept", None)

    def _reading(self) -> "Reading":
        more = self._more
        read = more.get("read")
        if read is not None:
            try:
                done, total, message = read()
                more["last"] = reading = _number(done) or 0, _number(total), message
                return reading
            except Exception as error:
                _report(error)
        last: Reading = more.get("last", (0, None, None))
        return last


_SLOTS: "list[Any]" = [Task.__dict__[name] for name in ("completed", "total", "message")]
_ENDS = (StopIteration, StopAsyncIteration)


def _number(value: "Any") -> "float | None":
    """Return what numpy, torch and others count with as a plain number, for it is compared and kept; NaN is none."""
    number = value if value is None or type(value) in (int, float) else float(value)
    return number if number == number else None  # noqa: PLR0124 - math.isnan refuses None
