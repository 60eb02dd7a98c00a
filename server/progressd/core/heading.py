"""Progress that moves by itself, because its producer said when it will be where."""

from math import floor

from .task import Task


class Headings:
    """The tasks that are on their way, and the second up to which they were moved.

    They move once a second, and where one is depends on nothing but its heading and that second: so how records
    were cut into batches, and who looked when, leaves no trace.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._second = 0

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def follow(self, task: Task) -> None:
        """Have a task moved from now on, if it heads for anything. Only what runs moves."""
        if task.status != "running":
            task.heading = None
        if task.heading is not None:
            self._tasks[task.key] = task

    def are_due(self, now: float) -> bool:
        """Return whether there is something to move, and it was not moved in this second already."""
        return bool(self._tasks) and floor(now) != self._second

    def move(self, now: float) -> list[Task]:
        """Move all to where they are at `now` (Unix seconds); return them. Who has arrived or was stopped is let go."""
        self._second = floor(now)
        moving = [task for task in self._tasks.values() if task.heading is not None and task.posted is not None]
        for task in moving:
            _move(task, self._second)
        self._tasks = {task.key: task for task in moving if task.heading is not None}
        return moving


def _move(task: Task, second: int) -> None:
    heading = task.heading
    assert heading is not None
    at = min(max(second, heading.since), heading.since + heading.within)
    task.posted = heading.start + (heading.target - heading.start) * (at - heading.since) / heading.within
    task.moved = at
    if second >= heading.since + heading.within:
        task.posted, task.heading = heading.target, None
