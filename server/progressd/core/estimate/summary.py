"""A root that has ended, to what is remembered of it."""

from collections.abc import Callable, Sequence

from ..branch import walk
from ..task import Task
from .profiles import Profile
from .runs import CROWD, PIECES, SMALLEST, Branch, Piece, Run, is_crowd, relative

PLANNED = 0.01
"""Of a run: children that are declared within this time were planned together."""
PAUSED = 0.1
"""Of a run. One that was paused for longer says nothing of when things happen in others."""


def summary(root: Task, profile: Callable[[str], Profile | None], misses: Sequence[float] = ()) -> Run | None:
    """Return what to remember of a root; None if it has not run to an end, or stood still for long.

    `profile` tells the course of a task by its key.
    """
    if root.started is None or root.stopped is None:
        return None
    length = root.stopped - root.started
    if length <= 0 or root.paused > PAUSED * length:
        return None
    crowd = CROWD
    while (notes := _Notes(root, root.started, length, profile, crowd)).is_full and crowd:
        # What is too fine also then, such as every call of a program, is remembered as one piece.
        crowd = max(SMALLEST, crowd // 2) if crowd > SMALLEST else 0
    finished = root.status == "finished"
    whole = finished or all(task.is_done for task in walk(root))
    canceled = root.status == "canceled"
    return Run(root.key, root.started, length, finished, whole, notes.branches, notes.pieces, crowd, misses, canceled)


class _Notes:
    """Branches and pieces of a root while they are gathered."""

    def __init__(
        self, root: Task, started: float, length: float, profile: Callable[[str], Profile | None], crowd: int
    ) -> None:
        self.root, self.started, self.length, self.profile, self.crowd = root, started, length, profile, crowd
        self.branches: list[Branch] = []
        self.pieces: list[Piece] = []
        self.gather(root, -1)

    @property
    def is_full(self) -> bool:
        """Whether it is more than is remembered of a run."""
        return len(self.branches) + len(self.pieces) > PIECES

    def gather(self, task: Task, parent: int) -> None:
        """Note a task and all below it, until it is more than is remembered."""
        if not task.children or is_crowd(task, self.crowd):
            self.keep(task, parent)
            return
        index = len(self.branches)
        declared = [child.declared for child in task.children.values()]
        planned = max(declared) - min(declared) <= PLANNED * self.length
        key, failed = relative(task.key, self.root.key), task.status == "failed"
        self.branches.append(Branch(key, task.name, parent, *self._times(task), planned, failed))
        for child in task.children.values():
            if self.is_full:
                return
            self.gather(child, index)

    def keep(self, task: Task, parent: int) -> None:
        """Note a task as one piece."""
        profile, key = self.profile(task.key), relative(task.key, self.root.key)
        units = _units(task) if task.total is not None or task.children else None
        grew = profile is not None and not task.children and profile.first != task.total
        shape = _shape(task, profile) if profile is not None else []
        failed = task.status == "failed"
        self.pieces.append(Piece(key, task.name, parent, *self._times(task), units, grew, shape, failed))

    def _times(self, task: Task) -> tuple[float, float]:
        """Return when it ran; pauses are taken off its beginning. Who never ran has no length."""
        end = task.stopped if task.stopped is not None else self.started + self.length
        stop = min(max(end - self.started, 0.0), self.length)
        return max(0.0, stop - task.elapsed(self.started + self.length)), stop


def _units(task: Task) -> float:
    """Return how many units were to do; what was there at the start was not."""
    if task.children and task.sums is not None:
        return float(sum(task.sums.counts))
    return max(0.0, task.total - task.initial) if task.total is not None else max(0.0, 1.0 - task.begun)


def _shape(task: Task, profile: Profile) -> list[tuple[float, float]]:
    """Return a course in shares of the whole."""
    length = task.elapsed(task.stopped) if task.stopped is not None else 0.0
    units = _units(task)
    if length <= 0 or units <= 0:
        return []
    first = 0.0 if task.children else task.initial if task.total is not None else task.begun
    shares = [((done - first) / units, seconds / length) for seconds, done in profile.points]
    return [(round(done, 4), round(time, 4)) for done, time in shares if 0 < done < 1 and 0 < time < 1]
