"""How far tasks were and when: a few points of each, gathered whenever somebody looks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..task import Task
from .runs import SMALLEST, is_crowd

POINTS = 32
"""Of each task. When there are more, every second one goes: what is left lies evenly, however long it takes."""
TASKS = 20_000
"""That are followed at one time: 60 MB at the worst. Tasks beyond are remembered without their course."""


@dataclass(slots=True)
class Profile:
    """The course of a task: (seconds of work, how much was done), both growing; and the first total that was said."""

    first: float | None
    points: list[tuple[float, float]] = field(default_factory=list)

    def note(self, seconds: float, done: float) -> None:
        """Add a point."""
        points = self.points
        while points and done < points[-1][1]:
            points.pop()  # It went back: what was said before does not hold.
        if points and (seconds <= points[-1][0] or done == points[-1][1]):
            return
        points.append((seconds, done))
        if len(points) > POINTS:
            del points[1::2]


class Profiles:
    """Those of all tasks that are under way, by key."""

    def __init__(self) -> None:
        self._known: dict[str, Profile] = {}

    def look(self, tasks: Iterable[Task], now: float) -> None:
        """Note how far these tasks are at `now` (Unix seconds)."""
        for task in tasks:
            done = _done(task)
            # An end posts the whole as a fraction, which is no number of units; how long it took is known anyway.
            if done is None or task.started is None or task.is_done:
                continue
            profile = self._known.get(task.key)
            if profile is None:
                if len(self._known) >= TASKS:
                    continue
                profile = self._known[task.key] = Profile(task.total)
            at = now if task.children or task.moved is None else task.moved
            profile.note(task.elapsed(at), done)

    def get(self, key: str) -> Profile | None:
        """Return a task's course so far."""
        return self._known.get(key)

    def sweep(self, tree: Mapping[str, Task]) -> None:
        """Drop what is known of tasks that are gone."""
        self.forget([key for key in self._known if key not in tree])

    def forget(self, keys: Iterable[str]) -> None:
        """Drop what is known of these tasks."""
        for key in keys:
            self._known.pop(key, None)


def _done(task: Task) -> float | None:
    if task.children:
        return float(sum(task.sums.counts[3:])) if task.sums is not None and is_crowd(task, SMALLEST) else None
    return task.done if task.posted is None else task.posted
