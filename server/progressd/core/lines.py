"""Bytes to lines, for streams that cut lines anywhere."""

LIMIT = 1 << 20
"""Bytes in a line, its newline not counted. A producer that forgets its newlines must not eat the memory."""


class LineSplitter:
    """Feed it chunks as they come; it returns the whole lines that each one completes, as one block.

    A line longer than `limit` is dropped whole and counted in `overlong`; the line after it is read again.
    Memory stays below `limit` plus one chunk, whatever is fed.
    """

    __slots__ = ("_rest", "_size", "_skipping", "limit", "overlong")

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.overlong = 0
        self._rest: list[bytes] = []
        self._size = 0
        self._skipping = False

    @property
    def pending(self) -> int:
        """Bytes held back because their line is not complete yet."""
        return self._size

    def feed(self, chunk: bytes) -> bytes:
        """Return the lines that are complete now, each with its newline; empty if none is."""
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._hold(chunk)
            return b""
        block = chunk[:end]
        if self._size or self._skipping:
            first = chunk.find(b"\n") + 1
            block = self._take(chunk[:first]) + chunk[first:end]
        self._hold(chunk[end:])
        return self._without_overlong(block)

    def _take(self, tail: bytes) -> bytes:
        """Return the line that was held back, completed by `tail`; empty if it is the end of an overlong one."""
        if self._skipping:
            self._skipping = False
            return b""
        line = b"".join((*self._rest, tail)) if self._rest else tail
        self._rest.clear()
        self._size = 0
        return line

    def _hold(self, part: bytes) -> None:
        if self._skipping or not part:
            return
        self._size += len(part)
        if self._size <= self.limit:
            self._rest.append(part)
            return
        self.overlong += 1
        self._skipping = True
        self._rest.clear()
        self._size = 0

    def _without_overlong(self, block: bytes) -> bytes:
        if len(block) <= self.limit:
            return block
        lines = [line + b"\n" for line in block.split(b"\n")[:-1]]
        kept = [line for line in lines if len(line) <= self.limit + 1]
        self.overlong += len(lines) - len(kept)
        return b"".join(kept) if len(kept) < len(lines) else block
