"""A command's output to lines of text, as they stood in the end: a line that was written over counts once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 16 << 10
"""Bytes of a line that are kept: a program that forgets its newlines must not eat the memory."""
TORN = "…".encode()
"""How a line begins of which the beginning is missing."""


class Reading:
    """Feed it an output's bytes as they come; it gives the lines that they complete. Raises nothing, whatever comes."""

    def __init__(self) -> None:
        self._rest = b""
        self._cut = 0
        """Bytes of the present line that were left out."""

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Yield the lines that are complete now."""
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            yield self._finish(line)
        self._hold(rest)

    def gap(self, missing: int) -> Iterator[str]:
        """Yield what there is to say where so many bytes are missing."""
        yield from self.close()
        self._rest = TORN
        yield f"[{missing:,} bytes of output are left out here: there was too much at a time]"

    def close(self) -> Iterator[str]:
        """Yield what is left at the end."""
        if self._rest not in (b"", TORN) or self._cut:
            yield self._finish(b"")

    def _finish(self, tail: bytes) -> str:
        self._hold(tail)
        line, cut = self._rest, self._cut
        self._rest, self._cut = b"", 0
        said = plain(_last_written(line).decode("utf-8", "replace"))
        return f"{said} [{cut:,} bytes more]" if cut else said

    def _hold(self, part: bytes) -> None:
        whole = self._rest + part
        if len(whole) > LONGEST and b"\r" in whole:
            # Of a bar that is written over and over only its newest form is wanted.
            whole, self._cut = _last_written(whole), 0
        self._cut += max(0, len(whole) - LONGEST)
        self._rest = whole[:LONGEST]


def _last_written(line: bytes) -> bytes:
    """Return what is to be seen of a line in which a carriage return went back to the beginning."""
    return line.rstrip(b"\r").rpartition(b"\r")[2]


def plain(text: str) -> str:
    """Return a text without what controls a terminal: colours, movements, titles."""
    if "\x1b" not in text:
        return _printable(text)
    first, *rest = text.split("\x1b")
    return _printable(first + "".join(_after_escape(part) for part in rest))


def _after_escape(part: str) -> str:
    """Return what follows an escape sequence (ECMA-48): `[` up to a letter, `]` and the like up to their end."""
    if part[:1] == "[":
        end = next((at for at, sign in enumerate(part) if at and "@" <= sign <= "~"), len(part))
        return part[end + 1 :]
    if part[:1] in ("]", "P", "X", "^", "_"):
        return part.partition("\x07")[2]  # or up to the next escape, with which the next part begins
    if part[:1] == "\\":
        return part[1:]
    return part.lstrip(" !\"#$%&'()*+,-./")[1:]


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(sign for sign in text if sign.isprintable() or sign == "\t")
