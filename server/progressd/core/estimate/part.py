"""The smallest thing that is compared with earlier runs: a task without children, or what one does beside them."""

from dataclasses import dataclass
from math import inf

from ..task import Task


@dataclass(slots=True, eq=False)
class Part:
    """A task without children, or a crowd of them; or what one with children does while none of those runs."""

    task: Task
    key: str
    """Relative to the root's."""
    path: str
    """The names from the root's child down to this task."""
    like: str
    """The path without numbers."""
    above: str
    """The parent's path without numbers."""
    crowd: bool
    own: bool = False
    """It is the work that a task with children does by itself."""
    ended: bool = False
    booked: tuple[float, float, float | None] | None = None
    """Units, weight and estimate with which it is counted among those that wait."""
    _below: tuple[int, float, float | None] = (-1, 0.0, None)
    """As at a revision of the task: how long children of it ran, and since when one has been running."""

    @property
    def is_running(self) -> bool:
        """It has begun and not ended."""
        return not self.ended and self.task.status in ("running", "paused")

    def worked(self, now: float) -> float:
        """Return the seconds of work so far."""
        task = self.task
        if not self.own:
            return task.elapsed(now)
        if self._below[0] != task.revision:
            self._below = (task.revision, *_children_ran(task))
        _, ran, since = self._below
        still = max(0.0, (task.stopped or now) - since) if since is not None else 0.0
        return max(0.0, task.elapsed(now) - ran - still)

    @property
    def total(self) -> float | None:
        """How many units it has."""
        if self.crowd and self.task.sums is not None:
            return float(sum(self.task.sums.counts))
        return None if self.own else self.task.total

    @property
    def share(self) -> float | None:
        """How much of it is done, 0…1; None if it does not say."""
        if self.crowd and self.task.sums is not None:
            return sum(self.task.sums.counts[3:]) / max(1, sum(self.task.sums.counts))
        return None if self.own else self.task.fraction

    @property
    def restored(self) -> float:
        """How much of it was there when it began: that took no time."""
        task = self.task
        if self.crowd or self.own or not task.total:
            return 0.0 if self.crowd or self.own else task.begun
        return min(1.0, task.initial / task.total)


def _children_ran(task: Task) -> tuple[float, float | None]:
    """Return for how long at least one child ran, until one began that still runs; and since when that does."""
    children = [child for child in (task.children or {}).values() if child.started is not None]
    still = min((child.started or 0.0 for child in children if child.stopped is None), default=inf)
    end = min(still, task.stopped if task.stopped is not None else inf)
    ran, reached = 0.0, task.started or 0.0
    for start, stop in sorted((child.started or 0.0, child.stopped or end) for child in children):
        ran += max(0.0, min(stop, end) - max(start, reached))
        reached = max(reached, stop)
    return ran, still if still < inf else None
