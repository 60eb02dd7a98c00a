"""Today's parts that an earlier run did not have."""

from collections import Counter

from .cold import kept
from .part import Part
from .past import Past
from .plan import Plan

OVERRUN = 0.1
"""Of the time that it took so far is still left, at least, to a part that takes longer than expected."""


class Strangers:
    """They take as long as others of their kind do today, or did then."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.parts: dict[Part, None] = {}

    def begun(self) -> int:
        """Return how many have begun, or are done."""
        return sum(part.ended or part.is_running for part in self.parts)

    def left(self, plan: Plan, now: float, speed: float) -> tuple[float, float]:
        """Return the seconds left of all of them and of the longest that runs, by the earlier run's clock."""
        left = longest = 0.0
        waiting: Counter[tuple[str, str]] = Counter()
        for part in self.parts:
            if part.is_running:
                rest = self._rest(part, plan, now, speed)
                left, longest = left + rest, max(longest, rest)
            elif part.task.estimate is not None and not part.ended:
                left += self._guess(part, plan, speed)
            elif not part.ended:
                waiting[part.like, part.above] += 1
        if waiting:
            for part in self.parts:
                number = waiting.pop((part.like, part.above), 0) if part.task.estimate is None else 0
                left += number * self._guess(part, plan, speed) if number else 0.0
        return left, longest

    def _rest(self, part: Part, plan: Plan, now: float, speed: float) -> float:
        whole, worked = self._guess(part, plan, speed), part.task.elapsed(now) / speed
        return whole * (1.0 - part.share) if part.share else max(whole - worked, OVERRUN * worked)

    def _guess(self, part: Part, plan: Plan, speed: float) -> float:
        if part.task.estimate is not None:
            return part.task.estimate * kept(plan) / speed
        for averages, name in ((plan.by_kind, part.like), (plan.by_parent, part.above)):
            known = averages[name].of(1, part.total or 0.0, part.task.weight) if name in averages else None
            if known is not None:
                return known / speed
        return self.past.typical(part.like, part.above)
