"""What is remembered of a run that is over. Times are seconds since the start of its root."""

from collections.abc import Sequence

from msgspec import Struct

from ..task import Task

CROWD = 1_000
"""Children above which a parent is remembered as a whole: so many of them done by then."""
PIECES = 2_000
"""In a run. Where there would be more, smaller crowds are remembered as a whole, too. With some 45 bytes each a run
stays below 100 kB, and is made ready for comparison in 17 ms."""
SMALLEST = 30
"""Children at least of what is remembered as a whole so."""


class Branch(Struct, frozen=True, array_like=True, gc=False):
    """A task that had children, as it went."""

    key: str
    """Relative to the root's."""
    name: str
    parent: int
    """Index among the branches; -1 for the root itself."""
    start: float
    stop: float
    planned: bool = False
    """All its children were known soon after the first."""
    failed: bool = False


class Piece(Struct, frozen=True, array_like=True):
    """A task without children, or a crowd of them."""

    key: str
    name: str
    parent: int
    start: float
    stop: float
    total: float | None = None
    """Units that were to do."""
    grew: bool = False
    """The total was not what it was first said to be."""
    shape: Sequence[tuple[float, float]] = ()
    """(share done, share of its time), at most 32 points between (0, 0) and (1, 1), both growing."""
    failed: bool = False

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.stop - self.start


class Run(Struct, frozen=True, array_like=True):
    """A whole run of a root task."""

    key: str
    started: float
    """Unix seconds."""
    seconds: float
    finished: bool
    """Else it failed or was canceled."""
    whole: bool
    """Nothing was left to do when it ended."""
    branches: Sequence[Branch]
    """Each after its parent."""
    pieces: Sequence[Piece]
    crowd: int = CROWD
    """Children above which a parent is a piece here."""
    misses: Sequence[float] = ()
    """How far its own forecasts were off, in units of the doubt that they stated themselves."""
    canceled: bool = False


def is_crowd(task: Task, limit: int) -> bool:
    """Return whether a task's children are too many to be remembered one by one."""
    return task.children is not None and len(task.children) > limit


def relative(key: str, root: str) -> str:
    """Return a key as seen from its root."""
    return key[len(root) + 1 :] if key.startswith(root + ".") else key
