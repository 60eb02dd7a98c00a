"""How much of an output is looked at for progress: what comes too fast is passed over, its newest part is not."""

from math import inf

PASSED_OVER = "lines that came too fast to look for progress in"
"""Under which name a task's data tells how many these were."""


class Allowance:
    """`burst` bytes at once, and so many a `second` after that."""

    __slots__ = ("_burst", "_left", "_second", "_since")

    def __init__(self, burst: int, second: int) -> None:
        self._burst = burst
        self._second = second
        self._left = float(burst)
        self._since = inf

    def take(self, wanted: int, now: float) -> int:
        """Return how many of the bytes that are wanted may be looked at; `now` in seconds, on whatever clock."""
        self._left = min(self._burst, self._left + self._second * max(0.0, now - self._since))
        self._since = now
        granted = min(wanted, int(self._left))
        self._left -= granted
        return granted


def passed_over(chunk: bytes, room: int) -> tuple[int, int]:
    """Return from where to where a chunk is passed over if about `room` bytes of it may be looked at; (0, 0) for none.

    What is begun is finished first, and the end is looked at: there stands how far it is now. If only carriage
    returns divide it, what is passed over was written over anyway; if nothing does, it is a piece of a line.
    """
    if len(chunk) <= room:
        return 0, 0
    for sign in (b"\n", b"\r"):
        begin, end = chunk.find(sign) + 1, chunk.rfind(sign, 0, len(chunk) - room) + 1
        if 0 < begin < end:
            return begin, end
    divided = b"\n" in chunk or b"\r" in chunk
    return (0, 0) if divided else (0, len(chunk) - room)
