"""What this process told of its tasks, remembered to be told again in its own terminal."""

import json
from collections import deque
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .pipe import Pipe

MOST = 100_000
"""Lines that are remembered, some 15 MB: more than anybody reads in a terminal."""
_BEGINNINGS = ('{"type":"sta', '{"type":"sto', '{"type":"mar')
"""Starts, stops and markers; progress is not history."""


class Kept:
    """The lines that matter, oldest first. Filled under the sender's lock, in its thread."""

    def __init__(self) -> None:
        self.dropped = 0
        self._lines: deque[str] = deque()

    def add(self, lines: "Iterable[str]") -> None:
        """Remember what matters of some lines."""
        self._lines.extend(line for line in lines if line.startswith(_BEGINNINGS))
        while len(self._lines) > MOST:
            self._lines.popleft()
            self.dropped += 1

    def seed(self, pipe: "Pipe") -> None:
        """Remember what the pipe still has, of what was sent and of what waits."""
        chunks = [*pipe._recent, *(chunk for chunk, _ in pipe._waiting)]
        for chunk in chunks:
            self.add(chunk.decode("utf-8", "replace").splitlines())

    def clear(self) -> None:
        """Forget all."""
        self._lines.clear()
        self.dropped = 0

    def lines(self) -> "list[str]":
        """Return all that is remembered."""
        return list(islice(self._lines, None))


class Told:
    """A task as it was told."""

    __slots__ = ("begun", "ended", "key", "marks", "message", "name", "parent", "status")

    def __init__(self, key: str, begun: float) -> None:
        self.key = key
        above, _, last = key.rpartition(".")
        self.parent: str | None = above or None
        self.name = last
        self.begun = begun
        self.ended: float | None = None
        self.status = "finished"
        self.message: str | None = None
        self.marks: list[tuple[float, str]] = []


def retell(lines: "Iterable[str]") -> "dict[str, Told]":
    """Return the tasks that lines tell of by key, in the order in which they began."""
    told: dict[str, Told] = {}
    marks = []
    for line in lines:
        record = json.loads(line)
        key, kind = record["task"], record["type"]
        if kind == "start":
            _start(told, key, record)
        elif kind == "stop" and key in told:
            task = told[key]
            task.ended, task.status = record["time"], record.get("status", "finished")
            task.message = record.get("message")
        elif kind == "marker":
            marks.append(record)
    for record in marks:
        if record["task"] in told:
            told[record["task"]].marks.append((record["time"], record["text"]))
    return dict(sorted(told.items(), key=lambda item: item[1].begun))


def plain(text: str) -> str:
    """Return a text on one line and without control characters: a task's name must not command the terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _start(told: "dict[str, Told]", key: str, record: "dict[str, Any]") -> None:
    task = told.get(key)
    if task is None or task.begun != record["time"]:
        # One that began anew under its old key stands where it stands now.
        told.pop(key, None)
        task = told[key] = Told(key, record["time"])
    task.name = record.get("name", task.name)
    task.parent = record.get("parent", task.parent)
