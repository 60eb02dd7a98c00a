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
        self._pen = ""

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
        said, self._pen = _left(_last_written(line).decode("utf-8", "replace"), self._pen)
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


def _left(text: str, pen: str) -> tuple[str, str]:
    """Return what a terminal leaves of a text, with its colours, and the pen after it."""
    if not pen and "\x1b" not in text:
        return _printable(text), pen
    from ..core.pen import after, switch  # noqa: PLC0415 - few need it, and it takes a millisecond

    first, *rest = text.split("\x1b")
    parts = [switch("", pen) if pen else "", _printable(first)]
    for part in rest:
        selected, said = _after_escape(part)
        if selected is not None and (new := after(pen, selected)) != pen:
            parts.append(switch(pen, new))
            pen = new
        parts.append(_printable(said))
    return "".join(parts) + (switch(pen, "") if pen else ""), pen


def _after_escape(part: str) -> tuple[str | None, str]:
    """Return which pen a sequence selects, and what follows. After `[` a letter, after `]` and its like an end."""
    if part[:1] == "[":
        end = next((at for at, sign in enumerate(part) if at and "@" <= sign <= "~"), len(part))
        return part[1:end] if part[end : end + 1] == "m" else None, part[end + 1 :]
    if part[:1] in ("]", "P", "X", "^", "_"):
        return None, part.partition("\x07")[2]  # or up to the next escape, with which the next part begins
    if part[:1] == "\\":
        return None, part[1:]
    return None, part.lstrip(" !\"#$%&'()*+,-./")[1:]


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(sign for sign in text if sign.isprintable() or sign == "\t")
