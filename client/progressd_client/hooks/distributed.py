"""Dask's clusters: each group of tasks that a scheduler has is a task. Loaded by the scheduler:

    dask scheduler --preload progressd_client.hooks.distributed

A `LocalCluster` has its scheduler in the program: `auto.py` finds it, else `dask_setup(cluster.scheduler)`.
"""

from dask.utils import key_split
from distributed.diagnostics.plugin import SchedulerPlugin

from ..mirror import Mirror
from . import after_init, quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..mirror import Reading

TO_DO = ("waiting", "no-worker", "queued", "processing")
"""States of a task, as distributed documents them, in which there is something left to do."""
NAME = "progressd"
"""Of the plugin: a scheduler has one of each name."""


class Progress(SchedulerPlugin):
    """Follows a scheduler. Runs for each step of each task, and looks at four numbers then."""

    name = NAME

    def __init__(self, scheduler: "Any") -> None:
        self._scheduler = scheduler
        self._open: dict[Any, tuple[Group, Mirror]] = {}

    @quiet
    def transition(self, key: "Any", start: str, finish: str, *_about: "Any", **_more: "Any") -> None:
        """A task goes from one state to another: so its group may begin or end."""
        task = self._scheduler.tasks.get(key)
        if finish in TO_DO:
            if task.group not in self._open:
                self._begin(task.group)
        elif start in TO_DO:
            for group in [task.group] if task is not None else list(self._open):
                self._moved(group)

    def _begin(self, group: "Any") -> None:
        look = Group(group)
        mirror = Mirror(key_split(group.name), look, unit="tasks")
        self._open[group] = look, mirror
        mirror.start()

    def _moved(self, group: "Any") -> None:
        if group not in self._open:
            return
        look, mirror = self._open[group]
        look.done += 1
        if any(group.states[state] for state in TO_DO):
            return
        del self._open[group]
        failed = group.states["erred"]
        if failed:
            mirror.fail(f"{failed} failed")
        else:
            mirror.finish()


class Group:
    """Reads a scheduler's group of tasks."""

    __slots__ = ("_group", "done")

    def __init__(self, group: "Any") -> None:
        self._group = group
        self.done = 0
        """Counted, since what is released has not begun, or is over."""

    def __call__(self) -> "Reading":
        """Return tasks done and tasks in all."""
        return self.done, max(self.done, sum(self._group.states.values())), None


@quiet
def dask_setup(scheduler: "Any") -> None:
    """Follow a scheduler. It is what a scheduler calls in a module that it preloads."""
    if NAME not in scheduler.plugins:
        scheduler.add_plugin(Progress(scheduler))


def install(kind: "Any") -> "Any":
    """Follow each scheduler of distributed's class that is made from now on; return the class."""
    return after_init(kind, dask_setup)
