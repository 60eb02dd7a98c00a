"""One task of the tree, and what can be told from it alone."""

from dataclasses import dataclass, field
from typing import Any

from ..records import DONE, LATEST, STATUSES, Heading, Mark, Metric, Status, TaskMetric

INDEX: dict[Status, int] = {status: index for index, status in enumerate(STATUSES)}

SCALE = 128
"""Bits behind the point in the sums. The smallest step, 3e-39 of a weight of 1, lies far below a float's own."""
NOTHING = (0, 0)


@dataclass(slots=True)
class Sums:
    """What a task's children add up to. Integers in units of 2^-128: exact, so no drift and no order of arrival."""

    weight: int = 0
    done: int = 0
    """Σ weight · fraction."""
    finished: int = 0
    """The part of `done` that lies in finished tasks."""
    failed: int = 0
    """The part of `done` that lies in failed and canceled tasks."""
    counts: list[int] = field(default_factory=lambda: [0] * len(STATUSES))
    """All descendants by status, in the order of STATUSES."""


@dataclass(slots=True, eq=False)
class Task:
    """Owned by the tree; read-only for all others. Times are Unix seconds by the producer's clock."""

    key: str
    # What each update touches comes first: at 100,000 tasks the price of one is the memory that it reaches for.
    name: str
    parent: "Task | None" = None
    depth: int = 0
    children: "dict[str, Task] | None" = None
    status: Status = "running"
    said: bool = False
    """Some record spoke of its beginning, course or end; else it is only implied by what is below it."""
    dirty: bool = False
    revision: int = 0
    total: float | None = None
    done: float | None = None
    posted: float | None = None
    """A fraction that the producer gave. On a parent it holds until a child's next update."""
    fraction: float | None = None
    """0…1, settled; None if unknown."""
    heard: float = 0.0
    """When the daemon last received a record of it."""
    moved: float | None = None
    """When `done` or the fraction was last said."""
    weight: float = 1.0
    heft: int = 1 << SCALE
    """`weight`, fit for sums."""
    added_weight: int = 0
    """What it adds at present to its parent's sums; `added_ended` are the finished and the failed part."""
    added_done: int = 0
    added_ended: tuple[int, int] = NOTHING
    sums: Sums | None = None
    """None as long as it never had a child."""

    initial: float = 0.0
    """`done` when it began, or was first heard of: restored work must not count as speed."""
    begun: float = 0.0
    """The fraction that it posted then."""
    heading: Heading | None = None
    """Where `posted` is on its way to; over as soon as `posted` is None."""
    unit: str | None = None
    estimate: float | None = None
    parallel: bool = False
    host: str | None = None
    pid: int | None = None
    thread: str | None = None
    message: str | None = None
    data: Any = None
    declared: float = 0.0
    """When it was first spoken of."""
    started: float | None = None
    stopped: float | None = None
    earlier: float | None = None
    """Until when its earlier runs lasted, as far as that is known."""
    paused: float = 0.0
    """Seconds spent in pauses that are over."""
    paused_at: float | None = None
    cpu: float | None = None
    lost: float | None = None
    """When the daemon was last cut off from whoever had begun it."""
    marks: list[Mark] | None = None
    lines: int = 0
    last_line: str | None = None
    metrics: dict[str, Metric] | None = None
    metric: TaskMetric | None = None
    told: bool = False
    """The end of this run was noted for those who count ends."""

    sequence: tuple[str, int] | None = None
    """Source and number of the newest record that was applied."""

    @property
    def is_done(self) -> bool:
        """Finished, failed or canceled."""
        return self.status in DONE

    @property
    def lost_since(self) -> float | None:
        """Since when there has been no contact with whoever began it, and no word of it; None if that is not so."""
        # Comparing times takes nothing off those records that would end it.
        return self.lost if self.lost is not None and self.heard <= self.lost and not self.is_done else None

    @property
    def lock(self) -> tuple[str, float] | None:
        """If it is a lock: what its writer calls it, and since when it was waited for (Unix seconds)."""
        facts = self.data if isinstance(self.data, dict) else {}
        name, asked = facts.get("lock"), facts.get("asked")
        if isinstance(name, str) and isinstance(asked, (int, float)) and 0 <= asked <= LATEST:
            return name, float(asked)
        return None

    @property
    def asked(self) -> float | None:
        """Since when it was waited for, Unix seconds, if it is a lock."""
        lock = self.lock if self.data is not None else None
        return lock[1] if lock is not None else None

    @property
    def is_namespace(self) -> bool:
        """A first segment that begins with `_` only groups: nothing bubbles into it."""
        return self.key[0] == "_" and "." not in self.key

    def elapsed(self, now: float) -> float:
        """Seconds of work so far: from its start to its end or `now`, without pauses. Never negative."""
        if self.started is None:
            return 0.0
        end = self.stopped if self.stopped is not None else self.paused_at if self.paused_at is not None else now
        return max(0.0, end - self.started - self.paused)

    def own_fraction(self) -> float | None:
        """Return what is known of its progress without its children."""
        if self.status == "finished":
            return 1.0
        if self.posted is not None:
            return self.posted
        if not self.total:
            return None
        return min(1.0, (self.done or 0.0) / self.total)
