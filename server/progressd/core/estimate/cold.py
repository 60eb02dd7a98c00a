"""What this run alone tells: what its parts took so far, how many went side by side, how its plan grows."""

from dataclasses import dataclass
from math import exp, log

from .outlook import Outlook
from .plan import Average, Part, Plan

OVERRUN = 0.15
"""Of the time that it took so far is still left, at least, to a part that takes longer than expected."""
FEW = 0.1
"""Of a part: until so much of it is done, what its siblings took counts more than its own speed."""
GROWTH = 0.8
"""Of the work that came to the plan in the second half of the time so far, is to come yet."""
PROGRESS = 0.5
"""Say of the weighted progress of the tree, beside that of the parts."""
WEIGHED = 0.8
"""The same if the producer weighed what is below the root, for that was thought over."""
STEPS = 100
"""Of a part, one for each percent or unit: so many parts done say as much of how long the rest takes."""


@dataclass(slots=True)
class _Sums:
    """Seconds of work over all parts."""

    worked: float = 0.0
    left: float = 0.0
    longest: float = 0.0
    recent: float = 0.0
    """Of parts that came to the plan in the second half of the time so far."""
    news: float = 0.0
    """Parts that are done, and shares of those that run."""
    timed: float = 0.0
    """The same without what was restored or skipped: that took no time."""
    steps: float = 0.0
    """How often something was seen to take its time."""


class Cold:
    """Forecast of a root from nothing but itself."""

    def look(self, plan: Plan, now: float, heard: float) -> Outlook | None:
        """Return how much is left at `now`; None if it is too early to tell. `heard` is when there was news last."""
        elapsed = plan.root.elapsed(now)
        sums = self._sum(plan, now, (plan.root.started or now) + elapsed / 2)
        if elapsed <= 0 or sums.worked <= 0 or (sums.news <= 0 and plan.root in plan.parts):
            return None
        # What goes side by side now, or went on average; gaps between parts will be as they were.
        abreast = max(sums.worked / elapsed, len(plan.running))
        by_parts = max(sums.left / abreast, sums.longest) + GROWTH * sums.recent / abreast
        logarithm = log(max(by_parts, 1e-9))
        by_tree = _by_progress(plan, elapsed, plan.root.elapsed(min(heard, now)))
        if by_tree is not None:
            # What was restored or skipped is progress of the tree, and no speed.
            say = (WEIGHED if _is_weighed(plan) else PROGRESS) * (sums.timed / sums.news if sums.news else 0.0)
            logarithm += say * (log(by_tree) - logarithm)
        # As long again as so far, is all that can be said of what has only just begun (Gott 1993).
        sure = sums.steps / (sums.steps + 1.0)
        left = exp(sure * logarithm + (1.0 - sure) * log(elapsed))
        share = elapsed / (elapsed + left)
        return Outlook(left, 0.55 * exp(0.3 * share), 1.2 * exp(1.5 * share), "from this run's rate")

    def _sum(self, plan: Plan, now: float, half: float) -> _Sums:
        sums = _Sums(worked=plan.overall.seconds, left=plan.outstanding * kept(plan), news=plan.ended)
        sums.timed = sums.steps = plan.overall.count
        for part in plan.running.values():
            rest = running_left(part, expected(part, plan), now)
            fresh = max(0.0, (part.share or 0.0) - part.restored)
            sums.news += part.share or 0.0
            sums.timed += fresh
            sums.steps += fresh * (min(STEPS, part.total) if part.total else STEPS)
            sums.worked += part.task.elapsed(now)
            sums.longest = max(sums.longest, rest)
            sums.left += rest
        unknown = 0
        for (like, above), group in plan.waiting.items():
            seconds = _typical(plan, like, above, group)
            unknown += group.count if seconds is None else 0
            sums.left += seconds or 0.0
        sums.left += unknown * sums.worked / max(1, len(plan.running) + plan.ended)
        for part in reversed(plan.parts.values()):
            if part.task.declared <= half:
                break
            worked = part.task.elapsed(now)
            if not part.ended:
                seconds = expected(part, plan)
                worked = max(worked, seconds) if seconds is not None else 2.0 * worked
            sums.recent += worked
        return sums


def expected(part: Part, plan: Plan) -> float | None:
    """Return how long a whole part takes: by its producer's word as far as that was kept, else like its siblings."""
    if part.task.estimate is not None:
        return part.task.estimate * kept(plan)
    return _typical(plan, part.like, part.above, Average(1, part.total or 0.0, part.task.weight))


def kept(plan: Plan) -> float:
    """Return how much longer things took than the producer said. Before any did, its word is taken for it."""
    trust = plan.promised / plan.overall.count if plan.overall.count else 0.0
    return (plan.kept + trust) / (plan.promised + trust) if plan.promised else 1.0


def _typical(plan: Plan, like: str, above: str, group: Average) -> float | None:
    for average in (plan.by_kind.get(like), plan.by_parent.get(above), plan.overall):
        seconds = average.of(group.count, group.units, group.weight) if average is not None else None
        if seconds is not None:
            return seconds
    return None


def running_left(part: Part, typical: float | None, now: float) -> float:
    """Return the seconds left of a part that runs: at its own speed, as far as that is known already."""
    task, share = part.task, part.share or 0.0
    worked = task.elapsed(now)
    fresh = share - part.restored
    if not share or fresh <= 0:
        return max((typical - worked) if typical is not None else worked, OVERRUN * worked)
    at = worked if part.crowd or task.moved is None else min(worked, task.elapsed(task.moved))
    own = max(at * (1.0 - share) / fresh - (worked - at), FEW * (worked - at), 1e-9)
    if typical is None:
        return own
    usual = max(typical * (1.0 - share), OVERRUN * worked, 1e-9)
    trust = fresh / (fresh + FEW)
    return exp(trust * log(own) + (1.0 - trust) * log(usual))


def _by_progress(plan: Plan, elapsed: float, at: float) -> float | None:
    """Return the seconds left if weighted progress goes on as it went up to the last news, counted down since."""
    fraction = plan.root.fraction
    if not fraction or fraction >= 1.0 or at <= 0.0:
        return None
    return max(at * (1.0 - fraction) / fraction - (elapsed - at), FEW * (elapsed - at), 1e-9)


def _is_weighed(plan: Plan) -> bool:
    children = plan.root.children or {}
    return len({child.weight for child in children.values()}) > 1
