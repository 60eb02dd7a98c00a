"""What this run alone tells: what its parts took so far, how many went side by side, how its plan grows."""

from collections import deque
from dataclasses import dataclass, field
from math import exp, inf, log, sqrt

from .averages import Average
from .outlook import Outlook
from .part import Part
from .plan import Plan

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
AGAIN = 0.41
"""Of the time so far is still left, at least, while the plan grows: nobody knows its end. √2 - 1 has the least relative
error to be expected if we look at any moment alike."""
STEPS = 100
"""Of a part, one for each percent or unit: so many parts done say as much of how long the rest takes."""
STEADY, UNSTEADY = 0.3, 8.0
"""How far above what is said the truth may lie, as a logarithm: where forecasts stayed the same, for what they moved
and for the share of the time since the last news.

A fifth of the recorded runs lies outside, at either edge as many; so it is with the other two, which hold where nothing
is known of that."""
SINGLE = 0.15
"""How much the forecasts of a single bar move, usually."""
APART, LATELY = 1.03, 0.8
"""Times the time of one forecast that is kept comes the next; so early at least must be the first."""


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
    running: dict[str, Average] = field(default_factory=dict)
    """What runs, as if it had ended when that is expected, by parent."""

    def like_running(self, above: str, tasks: tuple[int, float, float]) -> float:
        """Return how long tasks take of which none has ended: like their siblings that run, else as much as all did."""
        siblings = self.running.get(above)
        if siblings is None:
            return tasks[0] * self.worked / max(1, sum(each.count for each in self.running.values()))
        return siblings.of(*tasks) or 0.0

    def count(self, part: Part) -> None:
        """Count in how far a running part is."""
        share = part.share or 0.0
        self.news += share
        if part.task.heading is not None:
            self.steps += STEPS  # Its producer says when it will be where.
            return
        fresh = max(0.0, share - part.restored)
        self.timed += fresh
        whole = part.total and float(part.task.done or 0.0).is_integer()
        self.steps += fresh * (min(STEPS, part.total or STEPS) if whole else STEPS)


@dataclass(slots=True)
class Cold:
    """Forecast of a root from nothing but itself."""

    totals: deque[tuple[float, float]] = field(default_factory=deque)
    """Of the second half of the time: when, in seconds of work, and the logarithm of the length that was forecast."""

    def look(self, plan: Plan, now: float, heard: float) -> Outlook | None:
        """Return how much is left at `now`; None if it is too early to tell. `heard` is when there was news last."""
        elapsed = plan.root.elapsed(now)
        by_tree = _by_progress(plan, elapsed, plan.root.elapsed(min(heard, now)))
        sums = self._sum(plan, now, (plan.root.started or now) + elapsed / 2)
        if by_tree is not None and plan.root.posted is not None and plan.root.children:
            # Its producer told how far the whole is, and knows more than its parts.
            logarithm, steps = log(by_tree), STEPS * plan.root.posted
        elif elapsed <= 0 or sums.worked <= 0 or (sums.steps <= 0 and plan.root in plan.parts):
            return None
        else:
            weighed = _is_weighed(plan)
            say = _say(plan) if weighed else PROGRESS
            logarithm, steps = _by_parts(plan, sums, elapsed, by_tree, say), sums.steps + weighed
        # As long again as so far, is all that can be said of what has only just begun (Gott 1993).
        sure = steps / (steps + 1.0)
        left = exp(sure * logarithm + (1.0 - sure) * log(elapsed))
        share = elapsed / (elapsed + left)
        silence = 1.0 - plan.root.elapsed(min(heard, now)) / elapsed
        wander = self._wander(elapsed, log(elapsed + left))
        if wander is None:
            # Who looks for the first time has nothing to compare; but to a single bar nothing more will be added.
            wander = SINGLE if len(plan.parts) == 1 else inf
        unsteady = silence + wander
        up = min(1.4 * exp(1.5 * share), STEADY + UNSTEADY * unsteady)
        return Outlook(left, 0.75 * exp(0.3 * share), up, "from this run's rate")

    def _wander(self, elapsed: float, total: float) -> float | None:
        """Return how far the forecasts of late lie apart from this one: the root mean square; None for unknown."""
        totals = self.totals
        if totals and elapsed < totals[-1][0]:
            totals.clear()
        if not totals or elapsed >= APART * totals[-1][0]:
            totals.append((elapsed, total))
        while totals[0][0] < elapsed / 2:
            totals.popleft()
        if totals[0][0] > LATELY * elapsed:
            return None
        return sqrt(sum((each - total) ** 2 for _, each in totals) / len(totals))

    def _sum(self, plan: Plan, now: float, half: float) -> _Sums:
        sums = _Sums(worked=plan.overall.seconds, left=plan.outstanding * kept(plan), news=plan.ended)
        sums.timed = sums.steps = plan.overall.count
        for part in plan.running.values():
            rest = running_left(part, expected(part, plan), now)
            sums.count(part)
            worked = part.task.elapsed(now)
            sums.worked += worked
            sums.longest = max(sums.longest, rest)
            sums.left += rest
            if not plan.ended:
                sums.running.setdefault(part.above, Average()).end(0.0, part.task.weight, worked + rest)
        for (like, above), group in plan.waiting.items():
            tasks = (group.count, group.units, group.weight)
            seconds = _typical(plan, like, above, tasks)
            sums.left += sums.like_running(above, tasks) if seconds is None else seconds
        for part in reversed(plan.parts.values()):
            if part.task.declared <= half:
                break
            if part.is_running:
                seconds = expected(part, plan)
                worked = part.task.elapsed(now)
                sums.recent += max(worked, seconds) if seconds is not None else 2.0 * worked
            elif part.ended:
                sums.recent += part.task.elapsed(now)
        return sums


def _by_parts(plan: Plan, sums: _Sums, elapsed: float, by_tree: float | None, say: float) -> float:
    """Return the logarithm of the seconds left by what the parts take, and, as far as that has a say, by the tree."""
    # What goes side by side now, or went on average; gaps between parts will be as they were.
    abreast = max(sums.worked / elapsed, len(plan.running))
    logarithm = log(max(max(sums.left / abreast, sums.longest) + GROWTH * sums.recent / abreast, 1e-9))
    if by_tree is not None and sums.news:
        # What was restored or skipped is progress of the tree, and no speed.
        logarithm += say * sums.timed / sums.news * (log(by_tree) - logarithm)
    # All of it, if half of the work came in the second half of the time: so it will go on.
    growing = min(1.0, 2.0 * sums.recent / sums.worked)
    return logarithm + growing * max(0.0, log(AGAIN * elapsed) - logarithm)


def expected(part: Part, plan: Plan) -> float | None:
    """Return how long a whole part takes: by its producer's word as far as that was kept, else like its siblings."""
    if part.task.estimate is not None:
        return part.task.estimate * kept(plan)
    return _typical(plan, part.like, part.above, (1, part.total or 0.0, part.task.weight))


def kept(plan: Plan) -> float:
    """Return how much longer things took than the producer said, as far as that is known: one alone shows nothing."""
    if plan.judged < 2 or plan.promised <= 0:
        return 1.0
    return float((plan.kept / plan.promised) ** (1.0 - 1.0 / plan.judged))


def _typical(plan: Plan, like: str, above: str, tasks: tuple[int, float, float]) -> float | None:
    """Return how long so many tasks, of so many units and so much weight, take: like their kind, else siblings."""
    for average in (plan.by_kind.get(like), plan.by_parent.get(above)):
        seconds = average.of(*tasks) if average is not None else None
        if seconds is not None:
            return seconds
    # Weights are shares of one parent, and say nothing beside those of another.
    return plan.overall.of(tasks[0], tasks[1], 0.0)


def running_left(part: Part, typical: float | None, now: float) -> float:
    """Return the seconds left of a part that runs: at its own speed, as far as that is known already."""
    task, share = part.task, part.share or 0.0
    worked = task.elapsed(now)
    if task.heading is not None and task.heading.target > task.heading.start:
        return (1.0 - share) * task.heading.within / (task.heading.target - task.heading.start)
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
    """Return whether the producer weighed what is below the root. Of a crowd nobody does."""
    children = {} if plan.root in plan.parts else plan.root.children or {}
    return len({child.weight for child in children.values()}) > 1


def _say(plan: Plan) -> float:
    """Return how much weighted progress says: as much as weights prove to tell."""
    return WEIGHED * plan.by_parent[""].trust() if "" in plan.by_parent else WEIGHED
