"""Forking: the child is a process of its own, with no thread, no connection and none of its parent's tasks to end."""

import gc
import os
import sys
from time import monotonic, sleep

from . import tasks as hot
from .keys import key_of, settling
from .reference import Reference
from .sender import sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WARNS = sys.version_info >= (3, 12)
"""Python warns of forks beside other threads: ours is stopped before, and starts anew at the next event."""
PATIENCE = 1.0
"""Seconds that a fork waits for the thread to end, or for the lock: a busy machine may give the thread no time."""
LEAST = 0.05
"""The same where the thread may be sending through a door that takes long."""

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
    if sender.parked and not sender.idle():
        sender.ring()  # what began meanwhile could not
    if not sender.running and not sender.idle():
        hot._due = -1.0
        # Python 3.13 counts threads after this: one that starts here is warned of. The next collection starts it.
        if _restart not in gc.callbacks:
            gc.callbacks.append(_restart)
        _at_next_step()


def born() -> None:
    """In the child: forget what is the parent's. No thread, no connection, no import: uvloop comes by here too."""
    global _locked  # noqa: PLW0603
    _locked = False
    settling._at_fork_reinit()  # type: ignore[attr-defined]  # another thread of the parent may have had it
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
    until = monotonic() + (LEAST if sender.pipe.door.waits else PATIENCE)
    # Python counts what the kernel shows, and that is gone a moment after the thread has ended.
    while (sender.running or os.access(f"/proc/self/task/{sender.thread}", os.F_OK)) and monotonic() < until:
        sender.ring()
        sleep(0)


TOOL = 4
"""The number under which `sys.monitoring` (Python 3.12) knows us: one that no kind of tool claims."""


def _at_next_step() -> None:
    """Start the thread at the program's next step, if Python can tell of it: a loop may neither collect nor report."""
    watch = getattr(sys, "monitoring", None)
    if watch is None or watch.get_tool(TOOL) is not None:
        return
    try:
        program = sys._getframe(2)
    except ValueError:  # no Python forks here, but a thread that is nothing else
        return
    steps = (watch.events.PY_RETURN, watch.events.PY_START, watch.events.JUMP)
    forking, until = program.f_lasti, monotonic() + PATIENCE

    def step(*_: object) -> None:
        # The fork has not returned: this is a step of ours, or of somebody else who is told of forks. Or it has failed,
        # and nothing goes on there.
        if program.f_lasti == forking and monotonic() < until:
            return
        watch.set_events(TOOL, 0)
        for kind in steps:
            watch.register_callback(TOOL, kind, None)
        watch.free_tool_id(TOOL)
        if _restart in gc.callbacks:
            _restart("", {})

    watch.use_tool_id(TOOL, "progressd")
    for kind in steps:
        watch.register_callback(TOOL, kind, step)
    watch.set_events(TOOL, sum(steps))


def _restart(_phase: str, _about: "dict[str, Any]") -> None:
    gc.callbacks.remove(_restart)
    hot._wake()


os.register_at_fork(before=before, after_in_parent=after_in_parent, after_in_child=born)
