"""What a record changes in the one task that it names."""

from ..records import Kept, Metric, Start, StoredRecord, Update
from .rollup import fixed
from .task import Task
from .terminal import shown

LONGEST = 4_096
"""Characters of a message, a marker or a log line that the tree keeps; the log keeps all."""
KEPT = [name for name in Kept.__struct_fields__ if name not in ("task", "time", "source", "seq", "parent")]
"""What a `Kept` record and a task have by the same name."""
METRICS = 64
"""Names for each task. More is a producer that makes names up; its newest values win."""


def only_moves(update: Update) -> bool:
    """Return whether an update says no more than how far the task is. Called for every update, so written out."""
    return (
        update.status is None
        and update.progress is None
        and update.message is None
        and update.seq is None
        and update.name is None
        and update.parent is None
        and update.weight is None
        and update.estimate is None
        and update.unit is None
        and update.parallel is None
        and update.data is None
        and update.host is None
        and update.pid is None
        and update.thread is None
    )


def move(task: Task, update: Start, at: float) -> None:
    """Take over how far a task is. What was said last counts: a fraction, or so much of so much."""
    if update.total is not None:
        task.total = update.total
        task.posted = None
    if update.done is not None:
        task.done = update.done
        task.posted = None
    progress = update.progress if isinstance(update, Update) else None
    if progress is not None:
        task.posted = min(1.0, max(0.0, progress))
    task.moved = at


def advance(task: Task, record: Start, at: float, begins: bool) -> None:
    """Take over progress from a record that may begin the task."""
    progress = record.progress if isinstance(record, Update) else None
    if record.done is None and record.total is None and progress is None:
        return
    move(task, record, at)
    if task.children and task.total and task.posted is None:
        task.posted = min(1.0, (task.done or 0.0) / task.total)
    if begins:
        task.initial = record.done or 0.0
        task.begun = task.posted or 0.0


def describe(task: Task, record: Start, late: bool) -> None:  # noqa: C901 - a loop over names would cost three times as much
    """Take over what a record says about a task; a late one only fills in what no newer one has said."""
    if record.name is not None and (not late or task.name == task.key.rpartition(".")[2]):
        task.name = record.name
    if record.weight is not None and (not late or task.weight == 1.0):
        task.weight, task.heft = record.weight, fixed(record.weight)
    if record.parallel is not None and (not late or not task.parallel):
        task.parallel = record.parallel
    if record.unit is not None and (not late or task.unit is None):
        task.unit = record.unit
    if record.estimate is not None and (not late or task.estimate is None):
        task.estimate = record.estimate
    if record.host is not None and (not late or task.host is None):
        task.host = record.host
    if record.pid is not None and (not late or task.pid is None):
        task.pid = record.pid
    if record.thread is not None and (not late or task.thread is None):
        task.thread = record.thread
    if record.data is not None and (not late or task.data is None):
        task.data = record.data
    if record.total is not None and (not late or task.total is None):
        task.total = record.total
    if record.done is not None and (not late or task.done is None):
        task.done = record.done


def shortened(text: str) -> str:
    """Return a text that every reader may be sent again and again; what is cut off is said."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST} characters more)"


def write(task: Task, text: str) -> None:
    """Count the lines of a text that the task wrote, and take over the last."""
    lines = shown(text)
    task.lines += len(lines)
    task.last_line = shortened(lines[-1])


def measure(task: Task, metric: Metric) -> bool:
    """Take over a measurement, the newest of its name; return whether another had to go for it."""
    if task.metrics is None:
        task.metrics = {}
    task.metrics.pop(metric.name, None)
    task.metrics[metric.name] = metric
    if len(task.metrics) <= METRICS:
        return False
    del task.metrics[next(iter(task.metrics))]
    return True


def is_late(task: Task, record: StoredRecord) -> bool:
    """Return whether a newer record of the same producer about this task has been applied already."""
    newest = task.sequence
    return newest is not None and record.seq is not None and newest[0] == record.source and record.seq < newest[1]


def ended_later(task: Task, record: StoredRecord) -> bool:
    """Return whether a record is from before the end of a task, or repeats that end."""
    return record.time is not None and task.stopped is not None and record.time <= task.stopped


def reset(task: Task) -> None:
    """Forget how far a task was, for it begins anew."""
    task.done = task.posted = task.fraction = task.started = task.stopped = task.moved = None
    task.paused_at = task.cpu = task.message = task.last_line = None
    task.initial = task.begun = task.paused = 0.0
    task.lines = 0
    task.metrics = task.marks = None


def restore(task: Task, record: Kept) -> None:
    """Make a task what it was when its log was compacted."""
    for field in KEPT:
        setattr(task, field, getattr(record, field))
    task.heft = fixed(task.weight)
