"""Progress in what programs print: bytes in; tasks, final lines and answers for the terminal out.

Pure: it does no I/O and is told the time. What it says depends on the bytes and their times, not on how they were cut:
only rows that settled are evidence; the row in which the program is still writing is looked at on a copy.
"""

from math import inf
from typing import NamedTuple

from .allowance import PASSED_OVER as PASSED_OVER
from .allowance import Allowance as Allowance
from .allowance import passed_over as passed_over
from .children import Children as Children
from .finding import Finding as Finding
from .grammar import read
from .machine import Machine, read_string
from .reading import Reading as Reading
from .roster import Roster
from .rows import Line as Line
from .rows import Row
from .screen import Screen, Settled
from .stated import Stated
from .titles import Titles

MOST_KEYS = 512
"""Keys whose last finding is remembered, so that it is told only when it changes."""


MOST_LOOKS = 4
"""Looks at a row at one moment that are evidence, and the last one: a bar may be drawn a thousand times in one read."""


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
        self._stated = Stated()
        self._titles = Titles()
        self._roster = Roster()
        self._seen = self._roster
        self._late: dict[Row, Settled] = {}
        self._at = -inf
        self._told: dict[str, Finding] = {}

    def feed(self, chunk: bytes, at: float) -> Found:
        """Take in some bytes, which were read at a time (seconds, on whatever clock), and say what they brought."""
        if at != self._at:
            self._catch_up(self._roster)
            self._late.clear()
            self._at = at
        screen = self._screen
        screen.feed(chunk, at)
        for event in screen.events:
            if isinstance(event, Settled):
                self._look(event)
            elif said := read_string(event):
                self._roster.observe(Settled(screen.row, "", 0, ended=False), [said], at)
        screen.events.clear()
        self._look_ahead()
        return self._found()

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size from now on."""
        self._screen.resize(columns, rows)

    def close(self, at: float) -> Found:
        """Nothing more comes: say what is left to say."""
        self._screen.close()
        return self.feed(b"", at)

    def tasks(self) -> list[Finding]:
        """Return all tasks that are believed now."""
        return self._seen.findings()

    def _look(self, look: Settled) -> None:
        """Look at a row that settled: at once, or later if it is drawn many times at the same moment."""
        row = look.row
        row.drawn = row.drawn + 1 if row.moment == self._at else 1
        row.moment = self._at
        if row.drawn > MOST_LOOKS:
            self._late[row] = look
            return
        readings = self._read(look.text, look.looks > 1)
        self._roster.observe(look, readings, self._at)
        self._titles.learn(look.text, readings)
        self._machine.learn(look.text)
        self._stated.learn(look.text)

    def _catch_up(self, roster: Roster) -> None:
        """Let a roster know what rows were like at the end of the last moment."""
        for look in self._late.values():
            roster.observe(look, self._read(look.text, rewritten=True), self._at)

    def _look_ahead(self) -> None:
        """Look at the row in which the program is writing, without taking it as evidence."""
        row = self._screen.row
        self._seen = self._roster
        readings: list[Reading] = []
        if row.dirty and not row.text.isspace():
            readings = self._read(row.text, row.looks > 0, unfinished=self._screen.typing and row.text[-1:].isdigit())
            readings = [reading for reading in readings if not reading.unfinished or self._roster.knows(reading)]
        if readings or self._late:
            self._seen = self._roster.copy()
            self._catch_up(self._seen)
            self._seen.observe(Settled(row, row.text, row.looks + 1, ended=False), readings, self._at)

    def _read(self, text: str, rewritten: bool, unfinished: bool = False) -> list[Reading]:
        """Return what a text says: outright, or to be weighed."""
        said = None if unfinished else self._machine.read(text)
        if said is None and not unfinished:
            said = self._stated.read(text)
        if said is None:
            said = read(text, rewritten, unfinished)
        return self._titles.entitle(text, said) if said else said

    def _found(self) -> Found:
        tasks = []
        for finding in [*self._roster.forgotten, *self.tasks()]:
            if self._told.get(finding.key) != finding:
                self._told[finding.key] = finding
                tasks.append(finding)
        self._roster.forgotten.clear()
        if len(self._told) > MOST_KEYS:
            self._told = {finding.key: finding for finding in self.tasks()}
        answer = bytes(self._screen.answers)
        self._screen.answers.clear()
        return Found(tasks, self._screen.take_lines(), answer)
