"""A task as the daemon sees it, with those below it; and the sums over them, by the rules of ProgressInsight."""

from dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

STATUSES = ("waiting", "running", "paused", "finished", "failed", "canceled")
"""In the order in which the daemon gives counts."""
DONE = frozenset(("finished", "failed", "canceled"))


@dataclass(eq=False)
class Node:
    """A task at one moment. Times in Unix seconds, durations in seconds; None is unknown."""

    key: str
    name: str
    status: str
    fraction: "float | None"
    """How much of it is done, 0…1, by weight."""
    done: "float | None"
    total: "float | None"
    unit: "str | None"
    message: "str | None"
    started: "float | None"
    stopped: "float | None"
    elapsed: float
    """Seconds of work so far, without pauses; 0.0 before it started."""
    seconds_left: "float | None"
    """Never negative; what is finished is credited."""
    estimate: "float | None"
    """Seconds that the program said it would take."""
    parallel: bool
    weight: float
    heard: float
    """When the daemon last had a record of it."""
    counts: "dict[str, int]"
    """How many tasks below it, at any depth, are waiting, running, paused, finished, failed, canceled."""
    parent: "Node | None" = field(default=None, repr=False)
    children: "list[Node]" = field(default_factory=list, repr=False)

    @property
    def count(self) -> int:
        """How many tasks are below it, at any depth."""
        return sum(self.counts.values())

    @property
    def shares(self) -> "dict[str, float]":
        """Which part of the tasks below it has each status, 0…1; 0.0 each if there are none."""
        return {status: count / (self.count or 1) for status, count in self.counts.items()}

    @property
    def done_count(self) -> int:
        """How many below it are finished, failed or canceled."""
        return sum(count for status, count in self.counts.items() if status in DONE)

    @property
    def done_share(self) -> float:
        """Which part of the tasks below it that is, 0…1."""
        return self.done_count / (self.count or 1)

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status in DONE

    @property
    def total_estimate(self) -> float:
        """Seconds that the program said all of it would take: the sum over the children, or the longest of them where
        they run side by side. An estimate of its own counts only for a task without children.
        """
        if not self.children:
            return self.estimate or 0.0
        each = [child.total_estimate for child in self.children]
        return max(each) if self.parallel else sum(each)

    def walk(self) -> "Iterator[Node]":
        """Yield it and all below it, each before its children."""
        open_ = [self]
        while open_:
            node = open_.pop()
            yield node
            open_.extend(reversed(node.children))

    def find(self, key: str) -> "Node | None":
        """Return the task with this key, or else the first with this name, among it and those below it."""
        named = None
        for node in self.walk():
            if node.key == key:
                return node
            if named is None and node.name == key:
                named = node
        return named


def tree_of(answer: "dict[str, Any]") -> "list[Node]":
    """Return the tasks of an answer to GET /tasks that have no parent in it."""
    columns, now = answer["columns"], answer["now"]
    if not columns.get("key"):
        return []
    nodes = [_node(dict(zip(columns, row)), now) for row in zip(*columns.values())]  # noqa: B905
    roots = []
    for node, above in zip(nodes, columns["parent"]):  # noqa: B905 - made by the daemon, one as long as the other
        if above < 0:
            roots.append(node)
        else:
            node.parent = nodes[above]
            nodes[above].children.append(node)
    return roots


def _node(row: "dict[str, Any]", now: float) -> Node:
    """Return the task of one row; a column that is not there has its default in every row."""
    plain: dict[str, Any] = {name: row.get(name) for name in _PLAIN}
    return Node(
        key=row["key"],
        name=row["name"],
        status=row.get("status", "running"),
        elapsed=_elapsed(row, now),
        parallel=row.get("parallel", False),
        weight=row.get("weight", 1.0),
        heard=row.get("heard", 0.0),
        counts=dict(zip(STATUSES, row.get("counts") or (0,) * len(STATUSES))),  # noqa: B905
        **plain,
    )


_PLAIN = ("fraction", "done", "total", "unit", "message", "started", "stopped", "seconds_left", "estimate")


def _elapsed(row: "dict[str, Any]", now: float) -> float:
    started, stopped, paused_at = (row.get(name) for name in ("started", "stopped", "paused_at"))
    if started is None:
        return 0.0
    end = stopped if stopped is not None else paused_at if paused_at is not None else now
    elapsed: float = max(0.0, end - started - row.get("paused", 0.0))
    return elapsed
