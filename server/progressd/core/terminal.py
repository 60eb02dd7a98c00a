"""What a terminal leaves of a text: its lines, without what was overwritten; and a line without colours."""

import re
from itertools import chain

LONGEST = 64 << 10
"""Characters of a line that are kept: some 500 rows of a terminal. What is cut off is said."""
ESCAPE = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])"
"""A control sequence, a command to the operating system (title, link), or a short one. Format: ECMA-48, 5.4 and 5.6."""

_escape = re.compile(ESCAPE)
_control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_runs = re.compile(rf"([^\x1b]*)((?:{ESCAPE})*)\x1b?")
_erase = re.compile(r"\x1b\[([012]?)K")
_NEEDLES = ("error", "exception", "traceback", "fatal", "panic", "critical", "fail")
_error = re.compile(
    r"(?<![/\w-])(?<!\b0 )(?<!\bno )(?<!\bwithout )"
    r"(?:\w*(?:error|exception)s?|traceback|fatal|panic(?:ked)?|critical|fail(?:ed|ure|ures)?)"
    r"(?![\w/-]|\.\w|\s*[:=]\s*0\b)"
)


def shown(text: str) -> list[str]:
    """Return the lines of a text, at least one. Of a line that was rewritten after a carriage return, what is left."""
    if "\n" not in text and "\r" not in text and len(text) <= LONGEST:
        return [text]
    lines = (line.rstrip("\r") for line in text.removesuffix("\n").split("\n"))
    return [_cut(_folded(line) if "\r" in line else line) for line in lines]


def plain(text: str) -> str:
    """Return a text without colours and whatever else would have a terminal do something. Lines stay lines."""
    text = _escape.sub("", text) if "\x1b" in text else text
    return _control.sub("", text) if _control.search(text) else text


def lines_with(text: str, wanted: str) -> list[int]:
    """Return which lines of a text hold another, from 0. Colours do not count; capitals do if it has any."""
    text = _escape.sub("", text) if "\x1b" in text else text
    if wanted == wanted.lower():
        text = text.lower()
    found, line, counted = [], 0, 0
    at = text.find(wanted)
    while at >= 0:
        line += text.count("\n", counted, at)
        found.append(line)
        counted = text.find("\n", at)
        at = text.find(wanted, counted) if counted >= 0 else -1
    return found


def first_error(text: str) -> int | None:
    """Return the first line of a text that looks like an error, from 0: it says so in one of the usual words.

    `0 errors`, `failed=0` and `src/error.c` do not. Only a guess: it decides where to begin to read, nothing else.
    """
    text = (_escape.sub("", text) if "\x1b" in text else text).lower()
    end = len(text)
    for needle in _NEEDLES:
        at = text.find(needle, 0, end)
        while at >= 0:
            begin, after = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            if _error.search(text[begin : after if after >= 0 else len(text)]):
                end = begin
                break
            at = text.find(needle, after, end) if after >= 0 else -1
    return text.count("\n", 0, end) if end < len(text) else None


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}… ({len(line) - LONGEST} characters more)"


def _folded(line: str) -> str:
    """Write each part over the one before, as a terminal does."""
    if "\x1b" not in line:
        left = ""
        for part in reversed(line.split("\r")):
            left += part[len(left) :]  # What sticks out below the later ones.
        return left
    cells: list[str] = []
    before = ""  # Colours at the beginning: there is no cell that they could belong to.
    for part in line.split("\r"):
        at = blank = 0
        for run, escapes in _runs.findall(part):
            cells[at : at + len(run)] = run
            at += len(run)
            for how in _erase.findall(escapes):
                if how != "1":
                    del cells[at:]
                if how in ("1", "2"):
                    blank = at
            colours = _erase.sub("", escapes)
            if at:
                cells[at - 1] += colours
            else:
                before += colours
        cells[:blank] = " " * blank  # At the end: one by one, it would take as long as the square of it.
    return "".join(chain((before,), cells))
