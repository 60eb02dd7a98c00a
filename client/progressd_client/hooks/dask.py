"""dask: what its local schedulers (threads, processes, synchronous) compute is a task.

    from progressd_client.hooks.dask import Progress

    with Progress():        # or Progress().register(), for all that follows
        frame.compute()

The scheduler's own books are read where they are, so nothing runs for each of its tasks. See `distributed.py` for
clusters.
"""

from dask.callbacks import Callback
from dask.utils import key_split

from ..mirror import Mirror
from . import is_new, quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..mirror import Reading

PARTS = ("waiting", "ready", "running", "finished")
"""Where in a scheduler's books its tasks stand, as dask's own progress bar counts them."""


class Progress(Callback):
    """Makes a task of each computation, called "compute" unless `name` says otherwise."""

    def __init__(self, name: str = "compute") -> None:
        super().__init__()
        self._name = name
        self._open: dict[int, Mirror] = {}

    @quiet
    def _start_state(self, _graph: "Any", state: "dict[str, Any]") -> None:
        self._open[id(state)] = mirror = Mirror(self._name, Books(state), unit="tasks")
        mirror.start()
        mirror.enter()

    @quiet
    def _finish(self, _graph: "Any", state: "dict[str, Any]", _failed: bool) -> None:
        mirror = self._open.pop(id(state), None)
        if mirror is not None:
            mirror.settle()


class Books:
    """Reads what a scheduler has noted of one computation."""

    __slots__ = ("_state",)

    def __init__(self, state: "dict[str, Any]") -> None:
        self._state = state

    def __call__(self) -> "Reading":
        """Return tasks done, tasks to do, and what kind of them is running."""
        counts = [len(self._state[part]) for part in PARTS]
        running = tuple(self._state["running"])
        return counts[-1], sum(counts), key_split(running[0]) if running else None


def install(kind: "Any") -> "Any":
    """Make a task of each computation from now on; return dask's class."""
    if is_new(kind):
        Progress().register()
    return kind
