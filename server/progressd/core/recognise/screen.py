"""What a terminal would show: bytes to rows of text, with as little of a terminal as that takes.

After ECMA-48 and xterm's ctlseqs: carriage return, backspace, cursor moves, erasing, scroll regions, saved cursors.
Colours are for the log alone. Rows are not folded at the screen's width: a bar that is too long for it stays one text.
"""

import re
from codecs import utf_8_decode
from typing import ClassVar, NamedTuple

from ..pen import after
from .queries import answer
from .rows import WIDTH, Ended, Line, Row
from .tokens import STRING_END, STRING_LIMIT, TAB, TOKEN, UNFINISHED


class Settled(NamedTuple):
    """A row as it stood when the program went on to something else."""

    row: Row
    text: str
    looks: int
    ended: bool
    """A newline ended it: it is a line of output, if nothing comes back to it."""


class Screen:
    """Feed it bytes; it tells each row when it settles, each control string, and answers what terminals are asked.

    What it says depends on the bytes alone, not on how they were cut.
    """

    def __init__(self, columns: int, height: int) -> None:
        self.events: list[Settled | bytes] = []
        """Rows that settled, and control strings, in the order in which they came."""
        self.answers = bytearray()
        self.typing = False
        """The last byte belongs to a text that may go on."""
        self._columns = columns
        self._height = max(1, height)
        self._rows = [Row()]
        self._x = self._y = 0
        self._pen = ""
        self._saved, self._top, self._bottom = (0, 0), 0, self._height - 1
        self._behind: tuple[list[Row], int, int] | None = None
        self._ended = Ended()
        self._held = b""
        self._string: bytearray | None = None
        self._offset = 0
        self._at = 0.0

    @property
    def row(self) -> Row:
        """The row in which the cursor is."""
        return self._rows[self._y]

    def take_lines(self) -> list[Line]:
        """Return the lines that became final since the last call."""
        lines, self._ended.lines = self._ended.lines, []
        return lines

    def feed(self, chunk: bytes, at: float) -> None:
        """Show some bytes. `at` is the time of all of them, in seconds."""
        self._at = at
        data = self._held + chunk
        self._held = b""
        tail = max(data.rfind(b"\x1b"), len(data) - 1 if data.endswith(b"\r") else -1)
        if tail >= 0 and UNFINISHED.match(data, tail):
            data, self._held = data[:tail], data[tail:]
            self.typing = False
        begin = 0
        while begin < len(data):
            begin = self._show(data, begin) if self._string is None else self._read_string(data, begin)
        self._offset += begin

    def resize(self, columns: int, height: int) -> None:
        """Have another size from now on; rows for which there is no room any more have left at the top."""
        self._columns, self._height = columns, max(1, height)
        gone = max(0, self._y + 1 - self._height)
        self._rows = self._rows[gone : gone + self._height]
        self._y -= gone
        self._top, self._bottom = 0, self._height - 1

    def close(self) -> None:
        """Nothing more comes: what is unfinished is final."""
        self._held, self._string = b"", None
        self._settle()
        if self.row.text.strip():
            self._end(self._offset)
        self._ended.release()

    def _show(self, data: bytes, begin: int) -> int:
        """Show data from `begin` on, up to its end or to a control string; return where it stopped."""
        acts = self._ACTS
        for token in TOKEN.finditer(data, begin):
            match token.lastgroup:
                case "text":
                    self._write(token[0], whole=token.end() < len(data))
                case "newline":
                    self._newline(self._offset + token.end())
                case "string":
                    self._string = bytearray(token[0][1:])
                    self.typing = False
                    return token.end()
                case "control" if token["control"] == b"m":
                    self.typing = False
                    self._pen = after(self._pen, token["arguments"].decode())
                case str(kind) if kind in acts:
                    acts[kind](self, token)
                    self.typing = False
        return len(data)

    def _write(self, run: bytes, whole: bool) -> None:
        """Write a run of bytes; a character that is not whole yet waits for the next chunk."""
        text, used = utf_8_decode(run, "replace", whole)
        if used < len(run):
            self._held = run[used:] + self._held
            self._offset -= len(run) - used
        self._put(text)
        self.typing = True

    def _put(self, text: str) -> None:
        self._x = self.row.write(self._x, text, self._pen)

    def _read_string(self, data: bytes, begin: int) -> int:
        """Collect a control string from `begin` on; return where it stopped."""
        string = self._string
        assert string is not None
        found = STRING_END.search(data, begin)
        end = found.start() if found else len(data)
        string += data[begin : min(end, begin + STRING_LIMIT - len(string))]
        if found is None:
            return end
        self._string = None
        stop = len(found[0]) if found[0] == b"\x07" else 2 * (data[end : end + 2] == b"\x1b\\")
        if stop:
            self.events.append(bytes(string))
            self._answer(bytes(string))
        return end + stop

    def _answer(self, asked: bytes) -> None:
        self.answers += answer(asked, (self._x + 1, self._y + 1), (self._columns, self._height))

    def _settle(self, ended: bool = False) -> None:
        row = self._rows[self._y]
        if row.dirty:
            row.dirty = False
            if row.text != row.shown and not row.text.isspace() and row.text:
                row.shown = row.text
                row.looks += 1
                self.events.append(Settled(row, row.text, row.looks, ended))
            if row.told is not None:
                self._end(row.offset)

    def _newline(self, offset: int) -> None:
        self._settle(ended=True)
        self._end(offset)
        self._x = 0
        self.typing = False
        if self._y == self._bottom:
            del self._rows[self._top]
            self._rows.insert(self._bottom, Row())
        elif self._y < self._height - 1:
            self._y += 1
            if self._y == len(self._rows):
                self._rows.append(Row())

    def _end(self, offset: int) -> None:
        if self._behind is None:
            self._ended.add(self._rows[self._y], offset, self._at)

    def _home(self, _: re.Match[bytes]) -> None:
        self._settle()
        self._x = 0

    def _back(self, token: re.Match[bytes]) -> None:
        self._settle()
        self._x = max(0, self._x - len(token[0]))

    def _tab(self, _: re.Match[bytes]) -> None:
        self._put(" " * (TAB - self._x % TAB))

    def _escape(self, token: re.Match[bytes]) -> None:
        match token["escape"]:
            case b"7":
                self._saved = (self._x, self._y)
            case b"8":
                self._go(*self._saved)
            case b"M":
                self._go(self._x, self._y - 1)
            case b"c":
                self._erase_screen(2)
                self._go(0, 0)

    def _control(self, token: re.Match[bytes]) -> None:
        final, arguments = token["control"], token["arguments"]
        if final in b"ncqtp":
            self._answer(token[0][1:])
        elif arguments in (b"?1049", b"?1047", b"?47"):
            self._swap(final == b"h")
        elif arguments[:1] not in (b"?", b">", b"<", b"="):
            numbers = [min(int(part), WIDTH) if part.isdigit() else 0 for part in arguments.split(b";")]
            self._move(final, numbers[0], numbers)

    def _move(self, final: bytes, number: int, numbers: list[int]) -> None:
        count = number or 1
        match final:
            case b"A":
                self._up(count, self._x)
            case b"F":
                self._up(count, 0)
            case b"B" | b"e":
                self._go(self._x, self._y + count)
            case b"E":
                self._go(0, self._y + count)
            case b"C" | b"a":
                self._go(self._x + count, self._y)
            case b"D":
                self._go(self._x - count, self._y)
            case b"G" | b"`":
                self._go(count - 1, self._y)
            case b"d":
                self._go(self._x, count - 1)
            case b"H" | b"f":
                self._go((numbers[1] or 1) - 1 if len(numbers) > 1 else 0, count - 1)
            case _:
                self._edit(final, number, numbers)

    def _edit(self, final: bytes, number: int, numbers: list[int]) -> None:
        match final:
            case b"K":
                self._erase_row(number)
            case b"J":
                self._erase_screen(number)
            case b"P":
                self._erase_row(0)
            case b"r":
                self._region(number, numbers[1] if len(numbers) > 1 else 0)
            case b"s":
                self._saved = (self._x, self._y)
            case b"u":
                self._go(*self._saved)

    def _go(self, x: int, y: int) -> None:
        """Put the cursor at a column and row of the screen, from 0."""
        y = min(max(0, y), self._height - 1)
        if y != self._y or x < self._x:
            self._settle()
        if y < self._y:
            self._ended.moved_up(self._y - y)
        while y >= len(self._rows):
            self._rows.append(Row())
        self._x, self._y = min(max(0, x), WIDTH), y

    def _up(self, count: int, x: int) -> None:
        """Move up by rows of the terminal, of which a long text takes several."""
        y = self._y
        left = count - self._folds(min(self._x, len(self._rows[y].text)))
        while left > 0 and y > 0:
            y -= 1
            left -= 1 + self._folds(len(self._rows[y].text))
        self._go(x, y)

    def _folds(self, width: int) -> int:
        """Return how many rows of the terminal a text of a width takes beyond its first."""
        return max(0, width - 1) // self._columns if self._columns else 0

    def _swap(self, to_other: bool) -> None:
        """Go to the other screen, of which no lines remain, or back."""
        self._settle()
        if to_other and self._behind is None:
            self._behind = (self._rows, self._x, self._y)
            self._rows, self._x, self._y = [Row()], 0, 0
        elif not to_other and self._behind is not None:
            self._rows, self._x, self._y = self._behind
            self._behind = None

    def _erase_row(self, how: int) -> None:
        row = self._rows[self._y]
        begin = self._x if how == 0 else 0
        end = self._x + 1 if how == 1 else WIDTH
        if row.text[begin:end].strip():
            self._settle()
            row.erase(begin, end)

    def _erase_screen(self, how: int) -> None:
        self._erase_row(min(how, 2))
        rows = self._rows[self._y + 1 :] if how == 0 else self._rows[: self._y] if how == 1 else self._rows
        for row in rows:
            if row.text:
                row.erase(0, WIDTH)

    def _region(self, top: int, bottom: int) -> None:
        self._top, self._bottom = max(0, top - 1), min(bottom or self._height, self._height) - 1
        if self._bottom <= self._top:
            self._top, self._bottom = 0, self._height - 1
        self._go(0, self._bottom)
        self._go(0, 0)

    _ACTS: ClassVar = {"home": _home, "back": _back, "tab": _tab, "escape": _escape, "control": _control}
