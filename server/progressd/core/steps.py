"""How fine series are kept, for how long, and which step fits a question."""

import math
from dataclasses import dataclass

HOUR, DAY = 3600, 86400
WHOLE = 0
"""The step of the one bucket that holds all that a series ever measured."""
RETENTION: dict[int, float] = {
    1: HOUR,  # to watch what happens now
    10: DAY,  # since yesterday, at 8,640 points
    60: 7 * DAY,  # what was different last week
    600: 90 * DAY,  # a season; llpp's own resolution
    HOUR: 3 * 366 * DAY,  # the same month of two years before
    WHOLE: math.inf,
}
"""Seconds that buckets of each step, in seconds, are kept. A step is a multiple of the one before, and about ten
times as long is kept: each series takes at most 62,000 buckets, 5 MB."""
STEPS = [step for step in RETENTION if step != WHOLE]
USUAL = 600
"""Points of an answer if no step is asked for: about as many as a plot has pixels to show apart."""
MOST = 2_000
"""Points of an answer at most."""


@dataclass(slots=True, frozen=True)
class Range:
    """Which buckets answer a question."""

    start: int
    """Unix seconds, a multiple of the step."""
    end: int
    """The first second that is not asked for."""
    step: int
    kept: int
    """The step of the buckets from which those of `step` are made."""


def fit(start: float, end: float, step: float | None, now: float, most: int = MOST) -> Range:
    """Return the finest range that is about what is asked for: kept for so long, and of at most so many points.

    `step` None leaves the choice. All in seconds, `start` before `end`.
    """
    least = max(1.0, (end - start) / (most - 1 if step is not None else min(USUAL, most - 1)), step or 0.0)
    kept = max(each for each in STEPS if each <= least)
    if now - start > RETENTION[kept]:
        kept = next((each for each in STEPS if each > kept and now - start <= RETENTION[each]), STEPS[-1])
    chosen = kept * math.ceil(max(least, kept) / kept)
    return Range(int(start // chosen) * chosen, math.ceil(end), chosen, kept)
