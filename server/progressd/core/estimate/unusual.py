"""What is worth a notice about a run of a known job: it is later than expected, or it ended suspiciously fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .answer import Estimate
from .runs import Run

LATE, FAST = "late", "fast"
"""The `kind` of the marker that tells it."""
YOUNG = 0.1
"""Of a run: until then its plan may be on its way, and what is expected follows the forecast. From then on it stays."""
SLACK = 10.0
"""Seconds. Nobody waits for less, and a run that short cannot be suspicious."""
ORDINARY = 0.75
"""Of the earlier runs took no longer than what is ordinary, and as many no less: the others may have been accidents."""
FEWEST = 3
"""Earlier runs before a fast one is suspicious: with fewer, nobody knows yet what is usual."""
FRACTION = 0.25
"""Of the shortest of the ordinary runs: whoever took less did not do what they did."""


@dataclass(slots=True)
class Expected:
    """How long a run is to take in all, in seconds of work, by what was said of it when it was young."""

    low: float
    likely: float
    high: float

    def is_late(self, elapsed: float) -> bool:
        """Return whether it is twice as late as the interval has it: out of that comes one run in ten, as it should."""
        return elapsed > self.high + max(self.high - self.likely, SLACK)

    def is_young(self, elapsed: float) -> bool:
        """Return whether so little is over that more may become known of what is to be expected."""
        return elapsed <= YOUNG * self.likely


def expected(said: Estimate, elapsed: float, earlier: Sequence[Run]) -> Expected | None:
    """Return what is to be expected of a run that is so old, by its forecast; None if that does not say.

    Nothing that one of four earlier runs took as long for can be called late, however sure the forecast is.
    """
    usual = sorted(run.seconds for run in earlier)
    if said.seconds_left is None or said.low is None or said.high is None:
        return None
    long = usual[int(ORDINARY * len(usual))] if usual else 0.0
    return Expected(elapsed + said.low, elapsed + said.seconds_left, max(elapsed + said.high, long))


def ordinary(earlier: Sequence[Run]) -> Expected:
    """Return what to expect of a run that was not seen while it was young, for its forecast has the delay in it."""
    usual = sorted(run.seconds for run in earlier)
    return Expected(usual[0], median(usual), usual[-1])


def late(expected: Expected, elapsed: float) -> str | None:
    """Return the notice about a run that has taken so long; None if it is in time."""
    if not expected.is_late(elapsed):
        return None
    return f"later than expected ({between(expected.low, expected.high)})"


def fast(seconds: float, earlier: Sequence[Run]) -> str | None:
    """Return the notice about a run that finished after so long, given those before it; None if it is like them."""
    usual = sorted(each.seconds for each in earlier if each.finished)
    if len(usual) < FEWEST:
        return None
    # The one that was told the last time is among them by now; what one in four was like is no accident any more.
    accidents = int((1 - ORDINARY) * len(usual))
    shortest, longest = usual[accidents], usual[-1]
    # Without any time between, its beginning was not told.
    if shortest < SLACK or not 0 < seconds < FRACTION * shortest:
        return None
    return f"suspiciously fast ({'most ' if accidents else ''}earlier runs took {between(shortest, longest)})"


def between(low: float, high: float) -> str:
    """Return a range of seconds as a person would say it: `5–8 min`."""
    size, unit = _unit(high)
    first, last = _number(low / size), _number(high / size)
    return f"{first}–{last} {unit}" if first != last else f"{last} {unit}"


def _unit(seconds: float) -> tuple[float, str]:
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return size, unit
    return 1.0, "s"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if value < 9.95 else f"{value:.0f}"
