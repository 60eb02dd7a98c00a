"""A look at one output of a run: bytes in; lines for the log, progress, and answers for a terminal out.

The recogniser takes longer to load than most commands take. So it is loaded when an output looks like progress, or when
the command has gone on for a moment; what was short and plain is read without it. What comes faster than it can be
looked at is read without it as well: no line is lost for that.
"""

from __future__ import annotations

from .reading import TORN, Reading
from .wiring import Output, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.recognise import Allowance, Finding, Found, Recogniser

SOON = 0.3
"""Seconds after which the recogniser is worth its loading, a tenth of a second of CPU."""
ENOUGH = 16 << 10
"""Bytes after which it is as well."""
BURST = 64 << 10
"""Bytes that are looked at, however fast they came,"""
SECOND = 40 << 10
"""and in each second after that: a tenth of a core at the recogniser's slowest."""


class Looking:
    """Raises nothing, whatever comes. Times are Unix seconds."""

    def __init__(self, output: Output) -> None:
        self.at = 0.0
        """When the newest came that was looked at."""
        self.passed_over = 0
        """Lines in which no progress was looked for: they came too fast."""
        self.source = output.source if output.is_terminal else -1
        """The terminal that the command has, as long as we hold it."""
        self._size = size_of(self.source) if self.source >= 0 else b""
        """The window's. Asked for now: by the time there is something to look at, its other end may be gone."""
        self._known_size = b""
        """What the recogniser knows of it."""
        self._found: dict[str, Finding] = {}
        self._answers = b""
        self._held: list[tuple[bytes, float]] = []
        self._recogniser: Recogniser | None = None
        self._allowance: Allowance | None = None
        self._plain: Reading | None = None
        """What reads on once the command has ended."""

    @property
    def is_holding(self) -> bool:
        """Something waits for `wake`."""
        return bool(self._held)

    def feed(self, chunk: bytes, at: float) -> Iterator[tuple[str, float]]:
        """Yield the lines that are complete now, and when they were."""
        if self._plain is not None:
            yield from ((line, at) for line in self._plain.feed(chunk))
        elif self._recogniser is not None:
            yield from self._look(self._recogniser, chunk, at)
        else:
            self._held.append((chunk, at))
            if looks_like_progress(chunk) or sum(len(held) for held, _ in self._held) > ENOUGH:
                yield from self._load()
            yield from self.wake(at)  # whoever feeds us may be late

    def wake(self, now: float) -> Iterator[tuple[str, float]]:
        """Look at what was held back, if it is time."""
        if self._held and now - self._held[0][1] > SOON:
            yield from self._load()

    def gap(self, missing: int, at: float) -> Iterator[tuple[str, float]]:
        """Yield what there is to say where so many bytes are missing."""
        said = f"[{missing:,} bytes of output are left out here: there was too much at a time]"
        if self._plain is not None:
            yield from ((line, at) for line in self._plain.gap(missing))
            return
        yield from self._load()
        assert self._recogniser is not None
        yield from self._lines(self._recogniser.close(at))
        yield said, at
        self._recogniser.feed(b"\n" + TORN, at)

    def close(self, at: float) -> Iterator[tuple[str, float]]:
        """Yield what is left at the command's end. What still comes then is only read."""
        yield from self.wake(at)
        if self._recogniser is not None:
            yield from self._lines(self._recogniser.close(at))
        self._recogniser, self._plain = None, self._plain or Reading()
        held, self._held = self._held, []
        for chunk, then in held:
            yield from self.feed(chunk, then)
        yield from ((line, at) for line in self._plain.close())

    def take(self) -> tuple[list[Finding], bytes]:
        """Return what was found since the last time, outer before inner, and what is to be answered."""
        found, answers = _outer_first(self._found), self._answers
        self._found, self._answers = {}, b""
        return found, answers

    def _load(self) -> Iterator[tuple[str, float]]:
        if self._recogniser is None:
            from ..core.recognise import Allowance, Recogniser  # noqa: PLC0415 - see above

            self._recogniser, self._allowance = Recogniser(), Allowance(BURST, SECOND)
        held, self._held = self._held, []
        for chunk, at in held:
            yield from self._look(self._recogniser, chunk, at)

    def _look(self, recogniser: Recogniser, chunk: bytes, at: float) -> Iterator[tuple[str, float]]:
        from ..core.recognise import passed_over  # noqa: PLC0415

        self._measure(recogniser)
        self.at = at
        assert self._allowance is not None
        begin, end = passed_over(chunk, self._allowance.take(len(chunk), at))
        if end and (b"\n" in chunk[:end] or b"\r" in chunk[:end]):
            yield from self._lines(recogniser.feed(chunk[:begin], at))
            for line in Reading().feed(chunk[begin:end]):
                self.passed_over += 1
                yield line, at
        elif end:
            yield from self.gap(end, at)
        yield from self._lines(recogniser.feed(chunk[end:], at))

    def _lines(self, found: Found) -> Iterator[tuple[str, float]]:
        self._found |= {finding.key: finding for finding in found.tasks}
        self._answers += found.answer
        for line in found.lines:
            yield f"{line.painted} [{line.cut:,} characters more]" if line.cut else line.painted, line.at

    def _measure(self, recogniser: Recogniser) -> None:
        """Hand the window's size on."""
        if self.source >= 0:
            self._size = size_of(self.source)
        if self._size != self._known_size:
            self._known_size = self._size
            rows, columns, _, _ = memoryview(self._size).cast("H")
            recogniser.resize(columns, rows)


def _outer_first(found: dict[str, Finding]) -> list[Finding]:
    """Return findings such that each comes after the one that it belongs to: the order in which they were first seen
    says little, for of each only the newest is left.
    """
    left = dict(found)
    ordered: list[Finding] = []
    for key in found:
        chain, above = [], key
        while finding := left.pop(above, None):
            chain.append(finding)
            above = finding.parent or ""
        ordered += reversed(chain)
    return ordered


def looks_like_progress(chunk: bytes) -> bool:
    """Return whether a look is worth it at once: something is rewritten, escaped, or counted in percents."""
    return b"%" in chunk or b"\x1b" in chunk or b"\b" in chunk or b"\r" in chunk.replace(b"\r\n", b"").rstrip(b"\r")
