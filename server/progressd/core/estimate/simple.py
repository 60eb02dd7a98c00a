"""Estimators without a memory: one class per way to tell."""

from math import exp, inf, isfinite

from ..task import Task
from .answer import Estimate

WARM_UP = 1.0
"""Seconds of work before a speed means something."""
SIBLINGS = 256
"""Unfinished children that are looked at one by one. Above, the parent's own speed says it as well."""

REMEMBERED = 100_000
"""Tasks for which something is kept from one look to the next."""
MEMORY = 30.0
"""Seconds after which what a speed was counts little more than a third."""


class Weighted:
    """A leaf goes on at its mean speed, a parent as its weighted progress went so far.

    Where the producer declared what the children take (`estimate`), a parent waits for their sum, or for the
    longest if they run side by side: finished ones are credited, running ones count what is left of them.
    """

    def __init__(self) -> None:
        self._known: dict[Task, tuple[tuple[int, float], float | None]] = {}

    def estimate(self, task: Task, now: float) -> Estimate:
        """Return what is known at `now` (Unix seconds, the daemon's)."""
        if task.is_done:
            return Estimate(0.0)
        rate = rate_of(task)
        declared = self._declared(task, now)
        if task.status == "waiting":
            return Estimate(declared, rate, "from its estimate" if declared is not None else None)
        if task.children and declared is not None:
            return Estimate(declared, rate, "from its children's estimates")
        left = _extrapolated(task, now)
        if left is not None:
            return Estimate(left, rate, "from its progress" if task.children or rate is None else "from its rate")
        return Estimate(declared, rate, "from its estimate" if declared is not None else None)

    def _declared(self, task: Task, now: float) -> float | None:
        """Return the seconds left by what the producer declared; None unless all that is left is covered."""
        if not task.children:
            return None if task.estimate is None else max(0.0, task.estimate - task.elapsed(now))
        # What has not begun changes only with a new revision, what runs also with the time; and a frame asks for
        # every ancestor of what changed at one and the same time.
        state = (task.revision, 0.0 if task.status == "waiting" else now)
        known = self._known.get(task)
        if known is None or known[0] != state:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            known = self._known[task] = (state, self._over_children(task, now))
        return known[1]

    def _over_children(self, task: Task, now: float) -> float | None:
        if task.children is None or len(task.children) > SIBLINGS:
            return None
        lefts = [self._of_child(child, now) for child in task.children.values() if not child.is_done]
        known = [left for left in lefts if left is not None]
        if not known or len(known) < len(lefts):
            return None
        return max(known) if task.parallel else sum(known)

    def _of_child(self, child: Task, now: float) -> float | None:
        declared = self._declared(child, now)
        if declared is None or child.status == "waiting" or child.children:
            return declared
        measured = _extrapolated(child, now)
        return measured if measured is not None else declared


class Rate:
    """Everything goes on at its mean speed so far: what most progress bars say."""

    def estimate(self, task: Task, now: float) -> Estimate:
        """Return what is known at `now` (Unix seconds, the daemon's)."""
        if task.is_done:
            return Estimate(0.0)
        left = None
        if task.fraction and task.fraction > _begun(task):
            left = _finite(task.elapsed(now) * (1.0 - task.fraction) / (task.fraction - _begun(task)))
        return Estimate(left, rate_of(task), "from its mean rate" if left is not None else None)


class Smoothed:
    """Everything goes on at its recent speed, an exponential mean: what tqdm says."""

    def __init__(self) -> None:
        self._speeds: dict[Task, tuple[float, float, float]] = {}

    def estimate(self, task: Task, now: float) -> Estimate:
        """Return what is known at `now` (Unix seconds, the daemon's)."""
        if task.is_done:
            return Estimate(0.0)
        fraction, worked = task.fraction or 0.0, task.elapsed(now)
        before, at, speed = self._speeds.get(task, (_begun(task), 0.0, 0.0))
        if fraction > before and worked > at:
            share = 1.0 - exp((at - worked) / MEMORY) if speed else 1.0
            speed += share * ((fraction - before) / (worked - at) - speed)
            if len(self._speeds) > REMEMBERED:
                self._speeds.clear()
            self._speeds[task] = (fraction, worked, speed)
        left = _finite((1.0 - fraction) / speed) if speed else None
        return Estimate(left, rate_of(task), "from its recent rate" if left is not None else None)


def _finite(seconds: float) -> float | None:
    """Return seconds that are some; who has done a 1e-310th would take for ever."""
    return seconds if isfinite(seconds) else None


def total_estimate(task: Task) -> float:
    """Return the seconds that the producer declared for a task and all below it.

    The sum over its children, or the longest where they run side by side; a parent's own estimate counts
    only as long as it has no children (ProgressInsight's rule).
    """
    if not task.children:
        return task.estimate or 0.0
    each = [total_estimate(child) for child in task.children.values()]
    return max(each) if task.parallel else sum(each)


def rate_of(task: Task) -> float | None:
    """Return the units per second of work of a task that counts units, once it has moved."""
    if task.done is None or task.moved is None or task.done <= task.initial:
        return None
    worked = task.elapsed(task.moved)
    return (task.done - task.initial) / worked if worked >= WARM_UP else None


def _extrapolated(task: Task, now: float) -> float | None:
    """Return the seconds left if it goes on as it went: work · to do / done, counted down since it last moved."""
    if not task.fraction or (not task.children and task.moved is None):
        return None
    at = now if task.moved is None or task.children else task.moved
    worked, gained = task.elapsed(at), task.fraction - _begun(task)
    if worked < WARM_UP or gained <= 0:
        return None
    left = worked * (1.0 - task.fraction) / gained
    return max(0.0, left - max(0.0, task.elapsed(now) - worked)) if left < inf else None


def _begun(task: Task) -> float:
    if task.children:
        return 0.0
    if task.posted is not None:
        return task.begun
    return min(1.0, task.initial / task.total) if task.total else 0.0
