"""Follows the roots that are under way, and gives notice of what is unusual about them: once for each run."""

from dataclasses import dataclass

from ...records import Marker
from ..task import Task
from ..tree import Tree
from .learned import Learned, is_job
from .unusual import FAST, LATE, Expected, expected, fast, late, ordinary

FOLLOWED = 1_000
"""Roots at one time, as many as the estimator remembers. Of those beyond, nobody is told that they are late."""
ESTIMATES = 10
"""In one look, each a millisecond or so. Where more runs are young, they take turns."""
FIRST = 5
"""Estimates that the first one of a run counts for: its earlier runs are made ready for it, large ones in 100 ms."""


@dataclass(slots=True)
class Followed:
    """A run that is under way."""

    started: float | None
    expected: Expected | None = None


class Watch:
    """Looks at a tree once a second or so, and changes nothing."""

    def __init__(self, estimator: Learned) -> None:
        self.estimator = estimator
        self.followed: dict[Task, Followed] = {}
        """Runs of known jobs that are under way, and were not told to be late."""
        self._seen: int | None = None
        self._past: int | None = None
        """The revision that a restart has read back: what was over then was told."""

    def begin(self, tree: Tree) -> None:
        """Take all that is over now for told. Without this, the first look does."""
        self._past = tree.revision

    def look(self, tree: Tree, now: float) -> list[Marker]:
        """Return the notices of what is unusual since the last look. What was over before the first is not told."""
        since, self._seen = self._seen, tree.revision
        if self._past is None:
            self._past = tree.revision
        changed = tree.changes.tasks(since or 0, tree.tasks.values())
        notices = []
        for task in changed:
            if task.depth > 1 or not is_job(task):
                continue
            if not task.is_done:
                self._follow(task)
            elif task.revision > self._past and (text := self._fast(task)) is not None:
                notices.append(_notice(task, FAST, text, now))
        return notices + self._late(tree, now)

    def _follow(self, task: Task) -> None:
        run = self.followed.get(task)
        if task.started is None or (run is not None and run.started == task.started):
            return
        if is_told(task, LATE) or not self.estimator.history.runs_for(task.key):
            self.followed.pop(task, None)
        elif len(self.followed) < FOLLOWED:
            self.followed[task] = Followed(task.started)

    def _fast(self, task: Task) -> str | None:
        if task.status != "finished" or task.started is None or is_told(task, FAST):
            return None
        return fast(task.elapsed(task.stopped or 0.0), self.estimator.history.runs_for(task.key, task.started))

    def _late(self, tree: Tree, now: float) -> list[Marker]:
        notices, asked = [], 0
        for task, run in list(self.followed.items()):
            if task.is_done or tree.tasks.get(task.key) is not task:
                del self.followed[task]
                continue
            elapsed = task.elapsed(now)
            if asked < ESTIMATES and (run.expected is None or run.expected.is_young(elapsed)):
                asked += 1 if run.expected is not None else FIRST
                run.expected = self._expected(task, run, now)
                self.followed[task] = self.followed.pop(task)  # The others come first the next time.
            text = late(run.expected, elapsed) if run.expected is not None else None
            if text is not None:
                notices.append(_notice(task, LATE, text, now))
                del self.followed[task]
        return notices

    def _expected(self, task: Task, run: Followed, now: float) -> Expected | None:
        earlier, elapsed = self.estimator.history.runs_for(task.key), task.elapsed(now)
        if run.expected is None and earlier and not ordinary(earlier).is_young(elapsed):
            return ordinary(earlier)
        return expected(self.estimator.estimate(task, now), elapsed, earlier) or run.expected


def is_told(task: Task, kind: str) -> bool:
    """Return whether notice was given of this run of a task."""
    return any(mark.kind == kind and mark.time >= (task.started or 0.0) for mark in task.marks or ())


def _notice(task: Task, kind: str, text: str, now: float) -> Marker:
    """Return the marker that tells it. It belongs to this run, however far off the clock of its producer is."""
    return Marker(task=task.key, kind=kind, text=text, time=max(now, task.started or 0.0))
