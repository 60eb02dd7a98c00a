"""What could not be taken in: counted, and the newest of it kept to be shown."""

import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from .core.decode import BadLine, Decoded, unknown_fields

log = logging.getLogger("progressd.losses")

BAD_LINES = 100
"""Newest rejected lines that are kept to be shown."""
SHOWN = 120
"""Bytes of a rejected line that are kept."""


@dataclass(slots=True, frozen=True)
class Rejected:
    """A line that was left out, as it is shown."""

    where: str
    why: str
    text: str
    time: float


@dataclass(slots=True)
class Counts:
    """What came in since the start, and what was lost on the way. All of it is shown."""

    records: int = 0
    bad: int = 0
    unknown: int = 0
    dropped: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    """Of those dropped: how many, by where and why. Few, for each place has a name of its own."""
    arrived: int = 0
    """Batches that have reached the tree since the past was read back, and"""
    delay: float = 0.0
    """the seconds that they took for it altogether, from their receipt."""


@dataclass(slots=True, eq=False)
class Losses:
    """Whatever leaves something out says so here."""

    clock: Callable[[], float]
    """Unix seconds."""
    counts: Counts = field(default_factory=Counts)
    rejected: deque[Rejected] = field(default_factory=lambda: deque(maxlen=BAD_LINES))

    def lose(self, where: str, number: int) -> None:
        """Count records or measurements that could not be taken in, or those who wanted to bring some."""
        self.counts.dropped += number
        self.counts.lost[where] += number

    def reject(self, where: str, bad: BadLine) -> None:
        """Count a line that was left out, and keep it to be shown."""
        if bad.unknown:
            self.counts.unknown += 1
        else:
            self.counts.bad += 1
        text = bad.line[:SHOWN].decode("utf-8", "backslashreplace")
        self.rejected.append(Rejected(where, bad.why, text, self.clock()))
        log.debug("left out a line of %s: %s: %r", where, bad.why, text)

    def reject_all(self, where: Callable[[BadLine], str], decoded: Decoded) -> None:
        """Count and keep what was left out of a block of lines; `where` tells where each one was."""
        for bad in decoded.bad:
            self.reject(where(bad), bad)
        self.counts.bad += decoded.more

    def notice(self, where: Callable[[BadLine], str], block: bytes) -> None:
        """Look for misspelt fields in the first lines of a source. They are counted as unknown and shown."""
        for bad in unknown_fields(block):
            self.reject(where(bad), bad)
