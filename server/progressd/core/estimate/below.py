"""What is left of the tasks below a root: parts by what is typical of them, branches by their children."""

from math import isfinite

from ..task import Task
from .cold import expected, running_left
from .part import Part
from .plan import Plan
from .warm import Warm


class Below:
    """Seconds left of each task at one time. Asked for one task, it looks at no more than what is below that."""

    def __init__(self, plan: Plan, warm: Warm | None, now: float) -> None:
        self._plan, self._warm, self._now = plan, warm, now
        self._known: dict[Task, float | None] = {}

    def left(self, task: Task) -> float | None:
        """Return the seconds of work left: until its end if it runs, as long as it takes if it waits."""
        if task.is_done:
            return 0.0
        if task not in self._known:
            part = self._plan.parts.get(task)
            if part is not None:
                self._known[task] = self._of_part(part)
            else:
                self._known[task] = self._of_branch(task) if task.children else self._of_one_of_many(task)
            if (left := self._known[task]) is not None and not isfinite(left):
                self._known[task] = None
        return self._known[task]

    def _of_one_of_many(self, task: Task) -> float | None:
        """A task in a crowd has nothing but itself."""
        if task.status == "waiting" or not task.fraction:
            return None if task.estimate is None else max(0.0, task.estimate - task.elapsed(self._now))
        return running_left(Part(task, "", "", "", "", crowd=False), task.estimate, self._now)

    def _of_part(self, part: Part) -> float | None:
        typical = self._warm.typical(part) if self._warm is not None else None
        if typical is None:
            typical = expected(part, self._plan)
        if not part.is_running:
            return typical
        if typical is None and not part.share:
            return None
        return running_left(part, typical, self._now)

    def _of_branch(self, task: Task) -> float | None:
        """Return the sum over the children, or what is left of so many side by side (ProgressInsight's rule)."""
        lefts, running = [], 0
        for child in (task.children or {}).values():
            if not child.is_done:
                left = self.left(child)
                if left is None:
                    return None
                lefts.append(left)
                running += child.status == "running"
        if not lefts:
            return None
        begun = len(lefts) < len(task.children or {})
        return max(sum(lefts) / self._abreast(task, running, len(lefts), begun), *lefts)

    def _abreast(self, task: Task, running: int, children: int, begun: bool) -> float:
        """Return how many children go side by side. `begun`: some are done, so the others had time to begin."""
        if not task.parallel and running < 2:
            return 1.0
        path = self._plan.path_of(task)
        then = self._warm.alignments[0].past.abreast(path) if self._warm is not None else None
        return max(1.0, running, then or 0.0) if then or (running and (begun or not task.parallel)) else float(children)
