"""Forking: the child is a process of its own, with no thread, no connection and none of its parent's tasks to end."""

import gc
import os
import sys
from time import monotonic, sleep

from . import tasks as hot
from .keys import key_of
from .reference import Reference
from .sender import sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WARNS = sys.version_info >= (3, 12)
"""Python warns of forks beside other threads: ours is stopped before, and starts anew at the next event."""
PATIENCE = 0.05
"""Seconds that a fork waits for the thread to end, or for the lock."""

_locked = False


def before() -> None:
    """Say what is open, so that its keys are settled; hold the lock, so that the child finds everything whole."""
    global _locked  # noqa: PLW0603 - from here to after_in_parent() or born()
    try:
        if WARNS and sender.running:
            _stop()
        _locked = sender.lock.acquire(timeout=PATIENCE)
        if _locked:
            sender.collect()
    except Exception as error:
        hot._report(error)


def after_in_parent() -> None:
    """Go on."""
    global _locked  # noqa: PLW0603
    if _locked:
        _locked = False
        sender.lock.release()
    if not sender.running and not sender.idle():
        hot._due = -1.0
        # Python 3.13 counts threads after this: one that starts here is warned of. The next collection starts it.
        if _restart not in gc.callbacks:
            gc.callbacks.append(_restart)


def born() -> None:
    """In the child: forget what is the parent's. No thread, no connection, no import: uvloop comes by here too."""
    global _locked  # noqa: PLW0603
    _locked = False
    for item in hot._queue:
        if isinstance(item, hot.Task):
            _disown(item)
    hot._queue.clear()
    for entry in sender.ledger.open:
        _disown(entry.task)
    sender.reborn()
    hot.counts.__init__()  # type: ignore[misc]
    hot._due = -1.0


def _disown(task: hot.Task) -> None:
    try:
        key_of(task)
        task._more = {}
        task.__class__ = Reference
    except TypeError:
        task._ended = monotonic()  # a class of its own making: it is at least not told of


def _stop() -> None:
    sender.stopping = True
    until = monotonic() + PATIENCE
    # Python counts what the kernel shows, and that is gone a moment after the thread has ended.
    while (sender.running or os.access(f"/proc/self/task/{sender.thread}", os.F_OK)) and monotonic() < until:
        sender.ring()
        sleep(0)


def _restart(_phase: str, _about: "dict[str, Any]") -> None:
    gc.callbacks.remove(_restart)
    hot._wake()


os.register_at_fork(before=before, after_in_parent=after_in_parent, after_in_child=born)
