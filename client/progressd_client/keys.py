"""Which key a task gets, if its author gave none.

- A child:    the parent's key, a dot, and the name; `#2`, `#3`, … if siblings have the same name. Each run counts up.
- A root:     its name. The run of tomorrow has the same key, so that it begins the same task anew and its history
              is found. While another live process of this machine runs a root of that name (see `locks.py`), `#2`:
              two runs at once must not overwrite each other. The number is free again when its task ends.
- A root that is sent to another host: `name@host`, for many hosts may run the same job.
- A child of a task of another process (forked, or named by PROGRESSD_PARENT or a `ref`): `parent.name#PID`, for
  siblings in other processes cannot be asked. `key=` gives it a key that lasts.
- `key=` is taken as it is: who gives the same key twice means the same task.

Dots, blanks and `#` in names become `_` in keys; the name is shown as it was given.
"""

import os
from _thread import RLock
from itertools import count

from .locks import Locks
from .tasks import Task, _get, _report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONGEST = 80
"""Characters of one segment. Longer names keep their beginning, and a checksum of all."""
DEEPEST = 900
"""Characters of a key; what is below is hung flat under the root, by an explicit parent."""
REMEMBERED = 4096
"""Names whose segment is remembered; a program that makes names up must not fill the memory."""

_UNFIT = {ord(sign): "_" for sign in ' .#"\\\t\r\n/\x7f'} | dict.fromkeys(range(32), "_")
_segments: dict[str, str] = {}
settling = RLock()
"""Held while keys are settled, by whichever thread. A signal handler may settle one while its own thread is at it: what
both change is changed in one step (`setdefault`, `next`), and who comes second takes what the first has made."""


class Keys:
    """The keys of this process's tasks. `at` ends root keys: "@host" if the daemon is elsewhere."""

    def __init__(self, parent: "str | None" = None, at: str = "", locks: "Locks | None" = None) -> None:
        self.parent = parent
        self.at = at
        self._locks = locks or Locks("")
        self._held: dict[str, Task] = {}
        self._free: set[str] = set()
        self._stale: set[str] = set()
        self._apart: dict[str, count[int]] = {}
        self._flat = count(1)

    def top(self, task: Task, above: str = "") -> str:
        """Return the smallest of `name`, `name#2`, … (below `above`) that no such task of a live process here has."""
        name = f"{above}.{segment(task.name)}" if above else segment(task.name).lstrip("_") or "task"
        number = 1
        while True:
            key = f"{name}#{number}{self.at}" if number > 1 else name + self.at
            ours = self._held.get(key, task) is task and (key in self._free or self._locks.take(key))
            if ours and self._held.setdefault(key, task) is task:
                self._free.discard(key)
                self._stale.discard(key)
                return key
            number += 1

    def borrow(self, key: str) -> bool:
        """Tell whether a root key is free in our hands: a task that is over already may have it and give it back."""
        if key not in self._free:
            return False
        self._stale.discard(key)
        return True

    def end(self, key: str) -> None:
        """A task has ended: if it is a root, its key is free."""
        if key in self._held:
            self._free.add(key)
            del self._held[key]

    def tidy(self) -> None:
        """Let other processes have the keys that were free since the last call: a loop takes them again at once."""
        with settling:
            for key in self._free & self._stale:
                self._locks.release(key)
            self._free -= self._stale
            self._stale = set(self._free)

    def inherit(self, old: "Keys") -> None:
        """Go on with the keys that are in use."""
        self._held, self._apart, self._flat = old._held, old._apart, old._flat

    def apart(self, base: str) -> str:
        """Return a key for the child of a task of another process."""
        number = counted(self._apart, base)
        return f"{base}#{os.getpid()}" if number == 1 else f"{base}#{os.getpid()}-{number}"

    def flat(self, key: str) -> str:
        """Return a key for a task that is too deep for its own to be told."""
        return f"{key.partition('.')[0][:DEEPEST]}.~{os.getpid()}-{next(self._flat)}"


keys = Keys()


def use(new: Keys) -> None:
    """From now on keys are made by this; those that are made stay."""
    global keys  # noqa: PLW0603 - one process, one set of keys
    keys = new


def key_of(task: Task) -> str:
    """Return the key of a task; the first call settles it."""
    key = task._key
    if key is None:
        with settling:
            for above in _keyless(task):
                above._key = above._more.setdefault("settled", above._key or _make(above))
        key = task._key or ""
    return key


def _keyless(task: Task) -> "list[Task]":
    """Return a task and those above it that have no key yet, the highest first: recursion may be deeper than Python."""
    found = [task]
    while isinstance(above := parent_of(found[-1]), Task) and above._key is None and above is not task:
        found.append(above)
    return found[::-1]


def parent_of(task: Task) -> "Task | str | None":
    """Return what a task hangs under: what it was told, else the task in whose block it began and that still ran."""
    given: Any = task._more.get("parent")
    if given is None:
        try:
            given = task._before
        except AttributeError:  # not begun
            given = _get()
        begun, nearest = task._begun, given
        if begun is not None and given is not None and given._ended is not None:
            while given is not None and given._ended is not None and given._ended <= begun:
                given = given._before
            if given is not nearest:
                task._before = given  # whoever begins within what has ended must not keep all of it in memory
    return given if given is not None else keys.parent


def segment(name: object) -> str:
    """Return a name as a segment of a key."""
    found = _segments.get(name) if type(name) is str else None
    if found is None:
        found = _fit(name)
        if type(name) is str:
            if len(_segments) >= REMEMBERED:
                _segments.clear()
            _segments[name] = found
    return found


def _fit(name: object) -> str:
    from binascii import crc32  # noqa: PLC0415

    try:
        raw = str(name).encode("utf-8", "replace")
    except Exception as error:
        _report(error)
        raw = b""
    fit = raw.decode().strip().translate(_UNFIT) or "task"
    return fit if len(fit) <= LONGEST else f"{fit[: LONGEST - 9]}~{crc32(raw):08x}"


def _make(task: Task) -> str:
    given = task._more.get("key")
    if given is not None:
        return str(given).encode("utf-8", "replace").decode()[:1024] or "task"
    parent = parent_of(task)
    if parent is None:
        return keys.top(task)
    name = segment(task.name)
    if not isinstance(parent, Task):
        return keys.apart(f"{parent}.{name}")
    above = key_of(parent)
    if len(above) + len(name) > DEEPEST:
        return keys.flat(above)
    if parent._foreign:
        return keys.apart(f"{above}.{name}")
    planned = parent._more.get("plan")
    step = planned.pop(task.name, None) if planned else None
    if step is not None:
        task._more["planned"] = True
        key: str = step[0]
        return key
    number = counted(parent._more.setdefault("kids", {}), name)
    return f"{above}.{name}" if number == 1 else f"{above}.{name}#{number}"


def counted(numbers: "dict[str, count[int]]", name: str) -> int:
    """Return how many have asked for a number under this name, the caller included."""
    return next(numbers.get(name) or numbers.setdefault(name, count(1)))
