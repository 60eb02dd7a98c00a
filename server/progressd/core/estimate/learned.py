"""The estimator with a memory: earlier runs of the same job, and what this run tells of itself."""

from collections.abc import Iterable, Mapping
from math import inf

from ..branch import is_over, walk
from ..task import Task
from .answer import Estimate
from .days import Spell
from .forecast import Forecast
from .history import History
from .profiles import Profiles
from .runs import Run
from .summary import summary

ROOTS = 1_000
"""That are under way and looked at. Who looks at more gets forecasts without a memory of what was shown before."""


class Learned:
    """Looks at a root as a whole, and from there at every task below it."""

    def __init__(self, history: History | None = None) -> None:
        self.history = history if history is not None else History()
        self._profiles = Profiles()
        self._forecasts: dict[Task, Forecast] = {}
        self._changed: set[str] = set()
        """Jobs that are no longer what they were at the last look, a second ago or so."""

    def estimate(self, task: Task, now: float) -> Estimate:
        """Return what is known at `now` (Unix seconds, the daemon's)."""
        if task.is_done:
            return Estimate(0.0)
        root = root_of(task)
        forecast = self._forecasts.get(root)
        if forecast is None:
            if len(self._forecasts) >= ROOTS:
                del self._forecasts[next(iter(self._forecasts))]
            forecast = self._forecasts[root] = Forecast(root, self.history.runs_for(root.key))
        return forecast.answer(task, now)

    def forget_forecasts(self) -> None:
        """Have every root looked at anew: earlier runs have become known."""
        self._forecasts.clear()

    def earlier(self, task: Task) -> list[Run]:
        """Return the runs of this task's job that began before its own, newest first, also those that broke off."""
        root = root_of(task)
        return self.history.of_job(root.key, root.started if root.started is not None else inf)

    def look(self, tasks: Iterable[Task], now: float) -> set[str]:
        """Notice what changed, once a second or so; return the jobs whose runs are others now, to be stored."""
        tasks = list(tasks)
        self._profiles.look(tasks, now)
        for task in filter(_has_run, tasks):
            self._learn(task, now)
        return self._take_changed()

    def catch_up(self, task: Task, now: float) -> set[str]:
        """Look for the first time at a task that was there before: if it is over, learn it unless it is known."""
        self._profiles.look((task,), now)
        # It may be known to have run, though how it ran has made room for others since.
        if _has_run(task) and self._note(task):
            self._learn(task, now)
        return self._take_changed()

    def sweep(self, tree: Mapping[str, Task]) -> None:
        """Drop what is known of tasks that are gone."""
        self._profiles.sweep(tree)
        self._forecasts = {root: each for root, each in self._forecasts.items() if tree.get(root.key) is root}

    def renew(self, task: Task) -> None:
        """Learn a run that is over, for its task starts anew: nobody may have looked since its end."""
        if is_job(task) and is_over(task) and task.stopped is not None:
            self._profiles.look(walk(task), task.stopped)
            self._learn(task, task.stopped)

    def _note(self, root: Task) -> bool:
        """Note when a run was that is over; return whether that was not known."""
        if root.started is None or root.stopped is None:
            return False
        failed, canceled = int(root.status == "failed"), int(root.status == "canceled")
        changed = self.history.days.note(Spell(root.started, root.stopped, root.key, 1, failed, canceled))
        self._changed |= changed
        return bool(changed)

    def _learn(self, root: Task, now: float) -> None:
        forecast = self._forecasts.pop(root, None)
        self._note(root)
        # Of what is said after its end, nothing is to be learned: its course is not known any more.
        if not self.history.knows(root):
            took = root.elapsed(root.stopped or now)
            run = summary(root, self._profiles.get, forecast.misses.settle(took) if forecast else ())
            self._changed |= self.history.learn(run) if run is not None else set()
        self._profiles.forget(each.key for each in walk(root))

    def _take_changed(self) -> set[str]:
        changed, self._changed = self._changed, set()
        return changed


def _has_run(task: Task) -> bool:
    return is_job(task) and (is_over(task) or task.status in ("failed", "canceled"))


def is_job(task: Task) -> bool:
    """Return whether a task is a root of work."""
    return not task.is_namespace and task is root_of(task)


def root_of(task: Task) -> Task:
    """Return the job that a task belongs to: what only groups is none."""
    while task.parent is not None and not (task.parent.parent is None and task.parent.is_namespace):
        task = task.parent
    return task
