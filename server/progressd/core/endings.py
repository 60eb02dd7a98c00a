"""Tasks with a metric that ended: each run of one is told once, as soon as its end and its metric are known."""

from dataclasses import dataclass

from ..records import Status, TaskMetric
from .task import Task


@dataclass(slots=True, frozen=True)
class Ending:
    """One run of a task is over."""

    task: str
    metric: TaskMetric
    status: Status
    """`finished`, `failed` or `canceled`: the first that it ended with."""
    elapsed: float
    """Seconds of work, without pauses."""
    time: float
    """When it ended, in Unix seconds by the producer's clock."""


class Endings:
    """What ended since somebody last asked. Whoever applies records asks after each batch, which bounds it."""

    def __init__(self) -> None:
        self._noted: list[Ending] = []

    def note(self, task: Task) -> None:
        """Note the end of a task, if it has one that is still to be told."""
        if task.metric is None or task.told or not task.is_done or task.stopped is None:
            return
        task.told = True
        self._noted.append(Ending(task.key, task.metric, task.status, task.elapsed(task.stopped), task.stopped))

    def take(self) -> list[Ending]:
        """Return what was noted, oldest first; it is not returned again."""
        noted, self._noted = self._noted, []
        return noted
