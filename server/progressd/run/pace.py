"""How often a command is started again: who does so without end is slowed down more and more, and hears why."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
else:
    from _collections import deque

MOST = 5
"""Restarts,"""
SPAN = 30.0
"""within so many seconds, that a person may cause. More are those of a command that changes what is watched."""
REST, LONGEST = 10.0, 320.0
"""Seconds of the first pause, and of the longest: each is twice the one before."""
CALM = 2 * SPAN
"""Seconds after a pause without another, after which it was not without end."""


class Pace:
    """Takes note of restarts; times are monotonic seconds."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=MOST)
        self._rest = REST
        self._until = 0.0

    def restarted(self, now: float) -> None:
        """The command was started again."""
        self._times.append(now)

    def pause(self, now: float) -> float:
        """Return for how many seconds from now on nothing is to be started; 0.0 if it may be at once."""
        if now < self._until:
            return self._until - now
        if len(self._times) < MOST or now - self._times[0] > SPAN:
            return 0.0
        self._rest = min(LONGEST, 2 * self._rest) if self._until and now - self._until < CALM else REST
        self._until = now + self._rest
        self._times.clear()
        return self._rest
