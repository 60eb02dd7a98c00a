"""The words of `progress`, where all this began: `from progressd_client.ctx import Context as Ctx`.

    @Ctx.decorate("Most of the work")
    def work():
        with Ctx("downloads") as downloads:
            Ctx.marker("half of them")
        print(f"downloads took {downloads.elapsed()} seconds")

A context is a task; all that a task can do it can.
"""

from time import perf_counter_ns, process_time_ns

from .api import mark
from .decorate import decorated
from .decorate import wrap as _wrap
from .options import take
from .tasks import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Function = Callable[..., Any]


class Context(Task):
    """A task, by its first name. Further arguments are those of `task()`."""

    __slots__ = ()

    def __init__(self, name: str, **more: "Any") -> None:
        self.name = name
        self.completed = 0
        self.total = self.message = self._begun = self._ended = self._key = None
        self._more = more
        take(self, more)

    def __enter__(self) -> "Context":  # noqa: PYI034 - typing.Self is not in Python 3.10
        """Start it; what starts in the block is below it."""
        super().__enter__()
        self._more["clocks"] = perf_counter_ns(), process_time_ns()
        return self

    def __exit__(self, kind: object, error: "BaseException | None", at: object) -> None:
        """End it."""
        self._more["stopped"] = perf_counter_ns(), process_time_ns()
        super().__exit__(kind, error, at)

    def perf_elapsed(self) -> int:
        """Nanoseconds of the clock on the wall, from the start to the end or now; 0 before."""
        return self._passed(0, perf_counter_ns)

    def process_elapsed(self) -> int:
        """Nanoseconds of the CPU that the whole process took meanwhile."""
        return self._passed(1, process_time_ns)

    @staticmethod
    def decorate(name: "str | Function | None" = None, function: "Function | None" = None) -> "Any":
        """Make each call of a function a context: `@Ctx.decorate`, `@Ctx.decorate("x")`, `Ctx.decorate("x", f)`."""
        if callable(name):
            return decorated(name, _own(name), {})
        if function is not None:
            return decorated(function, name or _own(function), {})
        return lambda decorating: decorated(decorating, name or _own(decorating), {})

    @staticmethod
    def wrap(function: "Function") -> "Function":
        """Return the function such that each call is a context of its name, also in another thread."""
        return _wrap(function)

    @staticmethod
    def marker(text: str) -> None:
        """Note a moment of the current context."""
        mark(text)

    def _passed(self, clock: int, now: "Callable[[], int]") -> int:
        begun = self._more.get("clocks")
        if begun is None:
            return 0
        ended = self._more.get("stopped")
        passed: int = (now() if ended is None else ended[clock]) - begun[clock]
        return passed


def _own(function: "Function") -> str:
    name: str = getattr(function, "__name__", "task")
    return name
