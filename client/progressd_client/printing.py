"""The tasks of this process as text: `print_tree()`, `print_at_exit()`.

    nightly 601 sec
      downloads 200 sec
        @190(90) half of them
      resize 12.5 sec ⏳

A marker stands at so many seconds since the start of its topmost task (and of its own). Known is what was told since
this module was imported, and from before that the last megabyte: nothing is kept while no program asks for it.
"""

import atexit
import os
import sys
from time import time

from .api import flush
from .pipe import Pipe
from .retold import Kept, Told, plain, retell
from .sender import sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

OPEN = "⏳"
INDENT = "  "

_kept = Kept()
_exits: "list[int]" = []


def print_tree(file: "TextIO | None" = None) -> None:
    """Print the tasks of this process, the ended and the open, to `file` or to the standard output.

    Below a task of another process only what this one did is shown. Raises what writing to `file` raises.
    """
    out = file or sys.stdout
    flush(0.0)
    told = retell(_kept.lines())
    out.write("".join(f"{line}\n" for line in _lines(told)))
    if _kept.dropped:
        out.write(f"({_kept.dropped} older lines are not remembered)\n")
    out.flush()


def print_at_exit(file: "TextIO | None" = None) -> None:
    """Print them when this process ends in order, to `file` or to the standard error. Its children print nothing."""
    if os.getpid() not in _exits:
        _exits.append(os.getpid())
        atexit.register(_at_exit, os.getpid(), file)


def _at_exit(pid: int, file: "TextIO | None") -> None:
    if os.getpid() != pid:
        return
    try:
        print_tree(file or sys.stderr)
    except (OSError, ValueError, AttributeError):  # closed, or there never was one
        return


def _lines(told: "dict[str, Told]") -> "Iterator[str]":
    now = time()
    below: dict[str | None, list[Told]] = {}
    for task in told.values():
        below.setdefault(task.parent if task.parent in told else None, []).append(task)
    waiting = [(task, 0, task) for task in reversed(below.get(None, []))]
    while waiting:
        task, depth, top = waiting.pop()
        yield INDENT * depth + _line(task, now)
        for moment, text in task.marks:
            yield f"{INDENT * (depth + 1)}@{seconds(moment - top.begun)}({seconds(moment - task.begun)}) {plain(text)}"
        waiting.extend((child, depth + 1, top) for child in reversed(below.get(task.key, [])))


def _line(task: "Told", now: float) -> str:
    said = f"{plain(task.name)} {seconds((now if task.ended is None else task.ended) - task.begun)} sec"
    if task.ended is None:
        return f"{said} {OPEN}"
    if task.status != "finished":
        said += f" {task.status}"
    return said + (f": {plain(task.message)}" if task.message else "")


def seconds(duration: float) -> str:
    """Return seconds in as many digits as matter: 601, 12.5, 0.034."""
    duration = max(0.0, duration)
    return f"{duration:.0f}" if duration >= 100 else f"{duration:.3g}" if duration >= 0.001 else f"{duration:.6f}"


def _keep() -> None:
    """Take note of what is told from now on, and of what was lately."""
    with sender.lock:
        _kept.seed(sender.pipe)
        put = Pipe.put

        def keeping(self: Pipe, lines: "list[str]") -> None:
            put(self, lines)
            _kept.add(lines)

        Pipe.put = keeping  # type: ignore[method-assign]
    os.register_at_fork(after_in_child=_kept.clear)


_keep()
