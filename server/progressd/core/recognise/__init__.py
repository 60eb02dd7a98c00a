"""Progress in what programs print: bytes in; tasks, final lines and answers for the terminal out.

Pure: it does no I/O and is told the time. What it says depends on the bytes and their times, not on how they were cut:
only rows that settled are evidence; the row in which the program is still writing is looked at on a copy.
"""

from typing import NamedTuple

from .finding import Finding as Finding
from .grammar import read
from .machine import Machine, read_integer, read_string
from .reading import Reading as Reading
from .rows import Line as Line
from .roster import Roster
from .screen import Screen, Settled


class Found(NamedTuple):
    """What some bytes brought."""

    tasks: list[Finding]
    """Tasks that are new or have changed."""
    lines: list[Line]
    """Lines that are final now, for the log."""
    answer: bytes
    """What a terminal would answer. To be sent only where no real terminal does."""


class Recogniser:
    """One per stream of output. `columns` and `rows` are the terminal's size; for a pipe `columns` is 0."""

    def __init__(self, columns: int = 0, rows: int = 24) -> None:
        self._screen = Screen(columns, rows)
        self._machine = Machine()
        self._roster = Roster()
        self._seen = self._roster
        self._told: dict[str, Finding] = {}

    def feed(self, chunk: bytes, at: float) -> Found:
        """Take in some bytes, which were read at a time (seconds, on whatever clock), and say what they brought."""
        screen = self._screen
        screen.feed(chunk, at)
        for event in screen.events:
            if isinstance(event, Settled):
                self._roster.observe(event, self._read(event.text, event.looks > 1), at)
                self._machine.learn(event.text)
            elif said := read_string(event):
                self._roster.observe(Settled(screen.row, "", 0, ended=False), [said], at)
        screen.events.clear()
        self._look_ahead(at)
        return self._found()

    def close(self, at: float) -> Found:
        """Nothing more comes: say what is left to say."""
        self._screen.close()
        return self.feed(b"", at)

    def tasks(self) -> list[Finding]:
        """Return all tasks that are believed now."""
        return self._seen.findings()

    def _read(self, text: str, rewritten: bool, unfinished: bool = False) -> list[Reading]:
        found = None if unfinished else self._machine.read(text)
        if found is None and not unfinished and (integer := read_integer(text)):
            found = [integer]
        return read(text, rewritten, unfinished) if found is None else found

    def _look_ahead(self, at: float) -> None:
        """Look at the row in which the program is writing, without taking it as evidence."""
        row = self._screen.row
        self._seen = self._roster
        if not row.dirty or row.text.isspace():
            return
        readings = self._read(row.text, row.looks > 0, unfinished=self._screen.typing and row.text[-1:].isdigit())
        readings = [reading for reading in readings if not reading.unfinished or self._roster.knows(reading)]
        if readings:
            self._seen = self._roster.copy()
            self._seen.observe(Settled(row, row.text, row.looks + 1, ended=False), readings, at)

    def _found(self) -> Found:
        tasks = []
        for finding in [*self._roster.gone, *self.tasks()]:
            if self._told.get(finding.key) != finding:
                self._told[finding.key] = finding
                tasks.append(finding)
        self._roster.gone.clear()
        answer = bytes(self._screen.answers)
        self._screen.answers.clear()
        return Found(tasks, self._screen.take_lines(), answer)
