"""What concerns the whole process, or the current task without a name for it."""

import os
from time import monotonic

from . import tasks as hot
from .tasks import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .settings import Stats


def mark(text: str) -> None:
    """Note a moment of the current task."""
    hot._offer((_where(), "marker", monotonic(), text))


def log(text: str, stream: "str | None" = None) -> None:
    """Note a line of output of the current task; `stream` says where it came from, such as "stderr"."""
    hot._offer((_where(), "log", monotonic(), text, stream))


def metric(name: str, value: float, unit: "str | None" = None, **dimensions: object) -> None:
    """Note a measurement of the current task."""
    hot._offer((_where(), "metric", monotonic(), name, value, unit, dimensions))


def configure(
    target: "str | None" = None,
    *,
    parent: "str | None" = None,
    token: "str | None" = None,
    spawn: bool = False,
    open_browser: bool = False,
) -> None:
    """Say where this process reports to. Best called first; what is open moves over, what waits for the old is sent.

    target        unix:PATH, udp:HOST:PORT, http://HOST:PORT, https://…, file:PATH, or off. Unless said
                  $PROGRESSD_TARGET, else the socket of a daemon of this user on this machine
    parent        the `ref` under which this process's root tasks hang; unless said $PROGRESSD_PARENT
    token         the daemon's secret, for http; unless said $PROGRESSD_TOKEN
    spawn         starts a daemon of this user if none listens at the default socket; it outlives this process
    open_browser  has that daemon open its page

    Raises ValueError if `target` is none of these. Whether a daemon is there does not matter.
    """
    from .settings import door, settings  # noqa: PLC0415

    if target is not None:
        door(target, token)
        settings.target = target
    settings.parent = parent or settings.parent
    settings.token = token or settings.token
    from .sender import sender  # noqa: PLC0415

    sender.move()
    if spawn:
        from .spawn import ensure_daemon  # noqa: PLC0415

        ensure_daemon(settings.target, open_browser=open_browser)


def flush(timeout: float = 1.0) -> bool:
    """Send what there is now; return whether all of it went out within so many seconds. Never raises."""
    try:
        from .sender import sender  # noqa: PLC0415

        return sender.flush(timeout)
    except Exception as error:
        hot._report(error)
        return False


def stats() -> "Stats":
    """Return what became of this process's records so far."""
    from .sender import sender  # noqa: PLC0415

    return sender.stats()


def _where() -> "hot.Task | str | None":
    return current() or os.environ.get("PROGRESSD_PARENT")
