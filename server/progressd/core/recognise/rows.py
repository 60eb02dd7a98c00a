"""The rows of a screen: what stands in them, and which of them are lines that nothing will change any more."""

from collections import deque
from math import inf
from typing import NamedTuple

from ..pen import switch

WIDTH = 4096
"""Characters kept of a row. The rest is counted: a gigabyte without a newline must cost no memory."""
STROKES = 256
"""Changes of the pen kept of a row: a bar in all colours of the rainbow has fewer. Beyond that it changes no more."""
REACH_FADES = 200
"""Newlines after which a program that once moved up is taken to have stopped doing so."""


class Line(NamedTuple):
    """A line of output as it stood in the end, after all that was written over it."""

    text: str
    offset: int
    """Bytes of the stream up to the end of the line."""
    at: float
    """When it ended, in the time that `feed` was told."""
    cut: int
    """Characters that were too many to be kept."""
    painted: str
    """The text with the pens that it was written with, as a terminal takes them."""


class Row:
    """One row of the screen; it keeps its identity wherever it is scrolled to."""

    __slots__ = (
        "at",
        "cut",
        "dirty",
        "drawn",
        "looks",
        "moment",
        "offset",
        "shown",
        "strokes",
        "text",
        "told",
        "waiting",
    )

    def __init__(self) -> None:
        self.text = ""
        self.strokes: list[tuple[int, str]] = []
        """From which column on which pen was used; before the first, the plain one. Nothing of it is evidence."""
        self.cut = 0
        self.dirty = False
        """Something was written since it last settled."""
        self.shown = ""
        """The text with which it last settled."""
        self.looks = 0
        """How many times it settled with a new text: more than once means that it is rewritten in place."""
        self.moment = -inf
        """When it was last looked at …"""
        self.drawn = 0
        """… and how many times at that moment."""
        self.told: str | None = None
        """The text that went into a line already."""
        self.waiting = False
        self.offset = 0
        self.at = 0.0

    def write(self, column: int, text: str, pen: str) -> int:
        """Put a text over what stands from a column on; return the column after it."""
        kept = text[: max(0, WIDTH - column)]
        if pen or self.strokes:
            self._paint(column, column + len(kept), pen)
        self.cut += len(text) - len(kept)
        old = self.text
        if column == len(old):
            self.text = old + kept
        else:
            self.text = old[:column].ljust(column) + kept + old[column + len(kept) :]
        self.dirty = True
        return column + len(kept)

    def erase(self, begin: int, end: int) -> None:
        """Blank the columns from `begin` up to `end`."""
        self.text = (self.text[:begin] + " " * (min(end, len(self.text)) - begin) + self.text[end:]).rstrip(" ")
        self.dirty = True
        if not self.text:
            self.cut = 0
            self.strokes = []

    def painted(self) -> str:
        """Return the text with its pens."""
        text, parts, at, pen = self.text.rstrip(), list[str](), 0, ""
        for column, new in self.strokes:
            if column < len(text):
                parts += (text[at:column], switch(pen, new))
                at, pen = column, new
        return "".join((*parts, text[at:], switch(pen, "") if pen else ""))

    def _paint(self, begin: int, end: int, pen: str) -> None:
        strokes = self.strokes
        last, last_pen = strokes[-1] if strokes else (-1, "")
        if begin > last and begin >= len(self.text):  # at the end, as nearly always
            if pen != last_pen and len(strokes) < STROKES:
                strokes.append((begin, pen))
        elif begin < end:
            after = next((old for column, old in reversed(strokes) if column <= end), "")
            made = [stroke for stroke in strokes if stroke[0] < begin]
            made += [(begin, pen), (end, after), *(stroke for stroke in strokes if stroke[0] > end)]
            before = ["", *(old for _, old in made)]
            self.strokes = [stroke for stroke, old in zip(made, before, strict=False) if stroke[1] != old][:STROKES]


class Ended:
    """The rows that ended, held back as long as the program may still move up to them.

    Most programs never move up, and their lines are final at once. One that has moved up by some rows may do so again.
    """

    __slots__ = ("_quiet", "_reach", "_waiting", "lines")

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._waiting: deque[Row] = deque()
        self._reach = 0
        self._quiet = 0

    def moved_up(self, rows: int) -> None:
        """Take note that the program came back to a row that had ended."""
        self._reach = max(self._reach, rows)
        self._quiet = 0

    def add(self, row: Row, offset: int, at: float) -> None:
        """A newline ended this row, maybe again."""
        row.offset, row.at = offset, at
        if not row.waiting:
            row.waiting = True
            self._waiting.append(row)
        self._quiet += 1
        if self._quiet > REACH_FADES:
            self._reach = 0
        self.release(self._reach)

    def release(self, keep: int = 0) -> None:
        """Make lines of all that wait but the newest `keep`."""
        while len(self._waiting) > keep:
            row = self._waiting.popleft()
            row.waiting = False
            if row.text != row.told:
                row.told = row.text
                self.lines.append(
                    Line(
                        row.text.rstrip(),
                        row.offset,
                        row.at,
                        row.cut,
                        row.painted() if row.strokes else row.text.rstrip(),
                    )
                )
