"""logging, for programs that do not know of this library: warnings and worse are lines of the task they come from.

A program that wants more adds `progressd_client.logs.TaskLog` where it sets its handlers. Here none is added, for then
`logging.basicConfig()` would do nothing: where Python calls the program's handlers, ours is called after them.
"""

from functools import wraps
from logging import WARNING, Formatter

from ..logs import TaskLog
from ..tasks import current
from . import is_new

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger, LogRecord


def install(kind: "type[Logger]") -> "type[Logger]":
    """Follow what Python's class of loggers passes on from now on; return it."""
    if is_new(kind):
        kind.callHandlers = _followed(kind.callHandlers)  # type: ignore[method-assign, assignment]
    return kind


def _followed(original: "Callable[[Logger, LogRecord], None]") -> "Callable[[Logger, LogRecord], None]":
    line = TaskLog(WARNING)
    line.setFormatter(Formatter("%(name)s: %(message)s"))

    @wraps(original)
    def callHandlers(self: "Logger", record: "LogRecord") -> None:  # noqa: N802 - its name
        original(self, record)
        # Without a task it would be nobody's.
        if record.levelno >= WARNING and current() is not None:
            line.handle(record)

    return callHandlers
