"""What is shown of a forecast: it counts down, and its end moves only as far as there is reason to."""

SLOW = 0.08
"""Of the way to a new forecast that is as good as the old one, gone in 1 % of the run: noise averages out."""
OVER = 0.01
"""Of the time so far is always left to what is not over: what is at its end already could not go back."""


class Calm:
    """The shown end of a run. Changes well inside the interval are taken in slowly, those outside of it at once."""

    def __init__(self) -> None:
        self._at = 0.0
        self._end: float | None = None

    def show(self, elapsed: float, left: float, doubt: float, least: float, *, rises: bool, steady: bool) -> float:
        """Return the seconds left to show after so many seconds of work; `doubt` is half the interval's width.

        `least` is the interval's low end. `rises`: there is news, without which the number does not climb.
        `steady`: the share of the time that is over does not fall.
        """
        before, since = self._end, self._at
        self._at = elapsed
        if before is None or elapsed < since:
            return self.take(elapsed, left)
        way = elapsed + left - before
        pull = min(1.0 - 1e-9, SLOW + (1.0 - SLOW) * abs(way) / (doubt + 1e-9))
        percents = 100.0 * (elapsed - since) / max(elapsed + left, 1e-9)
        end = before + way * (1.0 - (1.0 - pull) ** percents)
        if not rises:
            end = min(end, elapsed + max(0.0, before - since))
        # What takes longer than it looked is not all but done for ever: it is held at the edge of its interval.
        end = max(end, elapsed + min(least, left, max(0.0, before - since)), elapsed * (1.0 + OVER))
        if steady and since > 0.0:
            end = min(end, before * elapsed / since)
        self._end = max(end, elapsed)
        return self._end - elapsed

    def take(self, elapsed: float, left: float) -> float:
        """Return the seconds left as they are, and go on from there."""
        self._at, self._end = elapsed, elapsed + left
        return left
