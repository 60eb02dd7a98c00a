"""What an estimator says, and what it is asked."""

from typing import Protocol

from msgspec import Struct

from ..task import Task


class Estimate(Struct, frozen=True, gc=False):
    """An answer, as at the time that was asked for. None is «not known», never a guess."""

    seconds_left: float | None = None
    """Of its own work: until its end for a task that runs, as long as it will take for one that waits."""
    rate: float | None = None
    """Units per second of work, for a task that counts units."""
    basis: str | None = None
    """In a few words, what the answer rests on."""
    low: float | None = None
    """Seconds: in four of five cases it is done between `low` and `high` from now."""
    high: float | None = None


UNKNOWN = Estimate()


class Estimator(Protocol):
    """Reads tasks, changes none. Called only for tasks that somebody looks at."""

    def estimate(self, task: Task, now: float) -> Estimate:
        """Return what is known at `now` (Unix seconds, the daemon's)."""
