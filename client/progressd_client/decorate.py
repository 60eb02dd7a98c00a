"""Functions whose every call is a task: plain, async, generators, async generators."""

from functools import partial, wraps

from .options import OPTIONS
from .tasks import Task, _current, current, task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

COROUTINE, GENERATOR, ASYNC_GENERATOR = 0x80, 0x20, 0x200
"""Flags of a code object, as module `inspect` documents them; importing it would cost more than all of this."""


def decorated(function: "Any", name: str, more: "dict[str, Any]") -> "Any":
    """Return the function such that each call is a task, made with `more`.

    A generator is running from its first item to its last; it is canceled if it is closed before its end. Within it
    the task is the current one, between its items it is not: its user's tasks are no children of it.
    """
    options = {key: value for key, value in more.items() if value is not None and key in OPTIONS}
    flags = _flags(function)
    if flags & ASYNC_GENERATOR:
        return _async_generator(function, name, options)
    if flags & GENERATOR:
        return _generator(function, name, options)
    if flags & COROUTINE:
        return _coroutine(function, name, options)

    @wraps(function)
    def call(*args: "Any", **kwargs: "Any") -> "Any":
        with task(name, **options):
            return function(*args, **kwargs)

    return call


def wrap(function: "Function", name: "str | None" = None) -> "Function":
    """Return the function such that each call is a task of that name, its own unless said: `pool.map(wrap(f), x)`.

    Its parent is the current task where `wrap` was called, also in a thread of a pool.
    """
    own: str = getattr(function, "__name__", "task")
    wrapped: Function = decorated(function, name or own, {})
    return bind(wrapped)


def bind(function: "Function") -> "Function":
    """Return the function such that it runs under the task that is current now: threads do not inherit it."""
    above = current()

    @wraps(function)
    def call(*args: "Any", **kwargs: "Any") -> "Any":
        before = _current.get()
        _current.set(above)
        try:
            return function(*args, **kwargs)
        finally:
            _current.set(before)

    return call  # type: ignore[return-value]


def _flags(function: "Callable[..., Any]") -> int:
    while isinstance(function, partial):
        function = function.func
    if not hasattr(function, "__code__"):
        function = type(function).__call__  # an object that can be called
    flags: int = getattr(getattr(function, "__code__", None), "co_flags", 0)
    return flags


def _coroutine(function: "Any", name: str, options: "dict[str, Any]") -> "Any":
    @wraps(function)
    async def call(*args: "Any", **kwargs: "Any") -> "Any":
        with task(name, **options):
            return await function(*args, **kwargs)

    return call


class _Within:
    """A task that is current while its generator runs, and only then."""

    __slots__ = ("_before", "_task")

    def __init__(self, running: Task) -> None:
        self._task = running

    def __enter__(self) -> None:
        self._before = _current.get()
        _current.set(self._task)

    def __exit__(self, kind: object, error: "BaseException | None", traceback: object) -> None:
        _current.set(self._before)
        if error is None:
            return
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            self._task.finish()
        else:
            self._task._judge(error)
            self._task.finish()


def _generator(function: "Any", name: str, options: "dict[str, Any]") -> "Any":
    @wraps(function)
    def call(*args: "Any", **kwargs: "Any") -> "Generator[Any, Any, Any]":
        running = task(name, **options).start()
        within, inner = _Within(running), function(*args, **kwargs)
        step, given = inner.send, None
        while True:
            try:
                with within:
                    item = step(given)
            except StopIteration as end:
                return end.value
            try:
                given = yield item
                step = inner.send
            except GeneratorExit as error:
                with within:
                    inner.close()
                running._judge(error)
                running.finish()
                raise
            except BaseException as error:
                given, step = error, inner.throw

    return call


def _async_generator(function: "Any", name: str, options: "dict[str, Any]") -> "Any":
    @wraps(function)
    async def call(*args: "Any", **kwargs: "Any") -> "AsyncGenerator[Any, Any]":
        running = task(name, **options).start()
        within, inner = _Within(running), function(*args, **kwargs)
        step, given = inner.asend, None
        while True:
            try:
                with within:
                    item = await step(given)
            except StopAsyncIteration:
                return
            try:
                given = yield item
                step = inner.asend
            except GeneratorExit as error:
                with within:
                    await inner.aclose()
                running._judge(error)
                running.finish()
                raise
            except BaseException as error:
                given, step = error, inner.athrow

    return call
