"""`.ctxt` lines to records: the format of the `context` viewer, as the writers of context-apis write it.

`TIME HOST PID THREAD TYPE LOCATION TEXT`, single spaces between; the text may be empty or hold spaces. Ends name no
beginning: they belong to the innermost span of their thread (host, pid and thread), whichever file tells of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..records import LATEST, AnyRecord, Marker, Start, Stop, Update
from .branch import MAX_DEPTH
from .task import Task

START, ENDOK, ENDER, BMARK, CLEAR = b"START", b"ENDOK", b"ENDER", b"BMARK", b"CLEAR"
LOCKW, LOCKA, LOCKR = b"LOCKW", b"LOCKA", b"LOCKR"
TYPES = frozenset((START, ENDOK, ENDER, BMARK, CLEAR, LOCKW, LOCKA, LOCKR))

MOST_OPEN = 100_000
"""Spans that are open at a time, in all threads; some 400 bytes each. More is a log that tells of no ends."""
MOST_THREADS = 10_000
"""Threads without an open span that are remembered; some 1 KB each. A forgotten one only loses its clock."""
LONGEST_WORD = 256
"""Characters of a host or a thread, as in records. What has longer ones is no such line."""
LONGEST_NAME = 4_000
"""Characters of a name; a longer text stands in the message as a whole."""
LEVELS = MAX_DEPTH - 4
"""Spans below one another; deeper ones hang side by side below the last. Above them are host, process and thread."""
STEP = 1_000_000
"""Microseconds. Some writers leave out the zeros that a fraction begins with, so that time runs back, but by less."""
LATEST_MICROS = int(LATEST * 1e6)
"""Microseconds at the end of the year 9999, as in records."""


class UnfitError(Exception):
    """A line that is well formed, but fits nothing that came before it. The text says what is missing."""


class Line(NamedTuple):
    """The fields of a line; the time in Unix microseconds."""

    time: int
    host: bytes
    pid: bytes
    thread: bytes
    type: bytes
    location: bytes
    text: bytes


class Told(NamedTuple):
    """What one line says."""

    records: Sequence[AnyRecord]
    task: str
    """Whom it speaks of: a text line that follows is the rest of its text."""
    time: float


def parse(line: bytes) -> Line | None:
    """Return the fields of a line, None if it is none. Takes time in proportion to its length, whatever it holds."""
    fields = line.split(b" ", 6)
    if len(fields) < 5:
        return None
    time = _microseconds(fields[0])
    if time is None or not fields[1] or not fields[2].isdigit() or len(fields[2]) > 15:
        return None
    if fields[4] not in TYPES:
        # The name of the thread has spaces.
        words = line.split(b" ")
        at = next((index for index in range(5, len(words)) if words[index] in TYPES), None)
        if at is None:
            return None
        fields = [*words[:3], b" ".join(words[3:at]), *b" ".join(words[at:]).split(b" ", 2)]
    return Line(time, *fields[1:5], *[*fields[5:], b"", b""][:2])


def thread_key(host: str, pid: int, thread: str) -> str:
    """Return the key of the task that stands for a thread."""
    return f"{_segment(host).lstrip('_') or '-'}.{pid}.{_segment(thread) or '-'}"


@dataclass(slots=True)
class _Thread:
    key: str
    host: str
    pid: int
    name: str
    open: list[str] = field(default_factory=list)
    """Keys of the open spans, the innermost last."""
    names: dict[str, str] = field(default_factory=dict)
    """By key, of the open spans."""
    locks: dict[str, str] = field(default_factory=dict)
    """The keys of those that are waited for or held, by what the writer calls each."""
    beyond: int = 0
    """Beginnings that were left out, for there were too many."""
    file: object = None
    time: int = 0
    """Of the newest line; its clock never runs back by less than STEP."""
    same: int = 0
    """Spans that began at this very time."""

    def at(self, time: int, file: object) -> int:
        if (file is not self.file and self.file is not None) or time > self.time or self.time - time >= STEP:
            self.time, self.same = time, 0
        self.file = file
        return self.time

    def new_key(self) -> str:
        """A key that depends on what the file says alone: who reads it again finds the same tasks."""
        self.same += 1
        return f"{self.key}.{self.time}" if self.same == 1 else f"{self.key}.{self.time}-{self.same}"

    @property
    def innermost(self) -> str | None:
        """Under which open span the next one hangs."""
        return self.open[min(len(self.open), LEVELS) - 1] if self.open else None


class Ctxt:
    """The open spans of all threads, and what the next line means to them."""

    def __init__(self) -> None:
        self._threads: dict[str, _Thread] = {}
        self._by_words: dict[tuple[bytes, bytes, bytes], _Thread] = {}
        self._open = 0
        self._room = MOST_THREADS

    def restore(self, tasks: Iterable[Task]) -> None:
        """Take up the spans that are open in a tree: they were told of before the daemon was started again."""
        found: list[tuple[int, int, _Thread, Task]] = []
        for task in tasks:
            if task.is_done or task.weight or task.host is None or task.pid is None or task.thread is None:
                continue
            thread, number = self._named(task.host, task.pid, task.thread), _number(task)
            if number is not None and task.key.startswith(thread.key + "."):
                found.append((*number, thread, task))
        for time, same, thread, task in sorted(found, key=lambda each: each[:2]):
            thread.time, thread.same = time, same
            self._push(thread, task.key, task.name, _lock(task))

    def take(self, line: bytes, file: object) -> Told | None:
        """Return what a line of `file` (any object that stands for it) says; None if it is no such line.

        Raises UnfitError if nothing came before that it could belong to.
        """
        fields = parse(line)
        if fields is None or (thread := self._thread(fields)) is None:
            return None
        time = thread.at(fields.time, file) / 1e6
        match fields.type:
            case b"START":
                return self._start(thread, fields, time)
            case b"ENDOK" | b"ENDER":
                return self._end(thread, fields, time)
            case b"BMARK":
                task = thread.open[-1] if thread.open else thread.key
                return Told((Marker(task=task, time=time, text=_text(fields.text or fields.location)),), task, time)
            case b"CLEAR":
                return Told(self._clear(thread, time), thread.key, time)
            case _:
                return self._lock(thread, fields, time)

    def _start(self, thread: _Thread, line: Line, time: float) -> Told:
        key = thread.new_key()
        if key in thread.names:  # The file is read again: it was rewritten, or this is a copy of it.
            return Told((), key, time)
        if self._open >= MOST_OPEN:
            thread.beyond += 1
            raise UnfitError(f"a span more, while {MOST_OPEN:,} are open")
        location, text = _text(line.location), _text(line.text)
        whole = text or location or "-"
        name = whole if len(whole) <= LONGEST_NAME else whole[:LONGEST_NAME] + "…"
        start = Start(
            task=key, time=time, name=name, parent=thread.innermost, weight=0.0,
            host=thread.host, pid=thread.pid, thread=thread.name,
            message=whole if name is not whole else None,
            data={"location": location} if location not in ("", "-") else None,
        )  # fmt: skip
        self._push(thread, key, name)
        return Told((start,), key, time)

    def _end(self, thread: _Thread, line: Line, time: float) -> Told:
        if thread.beyond:
            thread.beyond -= 1
            return Told((), thread.key, time)
        if not thread.open:
            raise UnfitError("an end without a beginning")
        key = thread.open.pop()
        name = thread.names.pop(key)
        self._open -= 1
        text = _text(line.text)
        if line.type == ENDER:
            return Told((Stop(task=key, time=time, status="failed", message=text or None),), key, time)
        return Told((Stop(task=key, time=time, message=text if text not in ("", name) else None),), key, time)

    def _clear(self, thread: _Thread, time: float) -> list[Stop]:
        """Its writer begins anew: what had no end gets none any more."""
        keys = [*thread.locks.values(), *reversed(thread.open)]
        self._open -= len(keys)
        thread.open.clear()
        thread.names.clear()
        thread.locks.clear()
        thread.beyond = 0
        return [Stop(task=key, time=time, status="failed", message="cleared before its end") for key in keys]

    def _lock(self, thread: _Thread, line: Line, time: float) -> Told:
        """A lock is waited for, then held, then given back; none of it is the end of a span."""
        lock = _text(line.location)
        key = thread.locks.get(lock)
        if line.type == LOCKR:
            if key is None:
                raise UnfitError("a lock is given back that was not taken")
            del thread.locks[lock]
            self._open -= 1
            return Told((Stop(task=key, time=time),), key, time)
        if line.type == LOCKA and key is not None:
            return Told((Update(task=key, time=time, status="running"),), key, time)
        records: list[AnyRecord] = []
        if key is not None:
            records.append(Stop(task=key, time=time, status="canceled", message="given up"))
            self._open -= 1
        if self._open >= MOST_OPEN:
            raise UnfitError(f"a span more, while {MOST_OPEN:,} are open")
        key = thread.new_key()
        new = Update(
            task=key, time=time, name=(_text(line.text) or lock or "-")[:LONGEST_NAME], parent=thread.innermost,
            weight=0.0, status="waiting" if line.type == LOCKW else "running",
            host=thread.host, pid=thread.pid, thread=thread.name, data={"lock": lock, "asked": time},
        )  # fmt: skip
        self._push(thread, key, "", lock)
        return Told((*records, new), key, time)

    def _push(self, thread: _Thread, key: str, name: str, lock: str | None = None) -> None:
        self._open += 1
        if lock is not None:
            thread.locks[lock] = key
        else:
            thread.open.append(key)
            thread.names[key] = name

    def _thread(self, line: Line) -> _Thread | None:
        words = line[1:4]
        known = self._by_words.get(words)
        if known is None:
            host, thread = _text(line.host), _text(line.thread)
            if len(host) > LONGEST_WORD or len(thread) > LONGEST_WORD:
                return None
            if len(self._by_words) >= 2 * self._room:
                self._by_words.clear()
            known = self._by_words[words] = self._named(host, int(line.pid), thread)
        return known

    def _named(self, host: str, pid: int, name: str) -> _Thread:
        key = thread_key(host, pid, name)
        thread = self._threads.get(key)
        if thread is None:
            if len(self._threads) >= self._room:
                self._threads = {each.key: each for each in self._threads.values() if each.open or each.locks}
                self._room = max(MOST_THREADS, 2 * len(self._threads))
                self._by_words.clear()
            thread = self._threads[key] = _Thread(key, host, pid, name)
        return thread


def _microseconds(word: bytes) -> int | None:
    # Java writes a comma where its user's language does.
    seconds, _, fraction = word.replace(b",", b".").partition(b".")
    if not seconds.isdigit() or len(seconds) > 12 or not (fraction.isdigit() or not fraction):
        return None
    time = int(seconds) * 1_000_000 + int(fraction[:6].ljust(6, b"0"))
    return time if time <= LATEST_MICROS else None


def _text(field: bytes) -> str:
    return field.decode("utf-8", "replace")


def _segment(word: str) -> str:
    return word.replace(".", "_").replace(" ", "_")


def _number(task: Task) -> tuple[int, int] | None:
    """The time in a span's key, and which one it is of those that began then."""
    time, _, same = task.key.rpartition(".")[2].partition("-")
    if not (time.isdecimal() and (same.isdecimal() or not same)):
        return None
    return int(time), int(same or 1)


def _lock(task: Task) -> str | None:
    lock = task.data.get("lock") if isinstance(task.data, dict) else None
    return lock if isinstance(lock, str) else None
