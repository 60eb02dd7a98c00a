"""What a record changes in the one task that it names."""

from itertools import islice
from math import nextafter
from typing import Any

from msgspec.json import Encoder

from ..records import DONE, Heading, Kept, Lost, Mark, Metric, Start, Status, StoredRecord, Update
from .rollup import fixed
from .task import Task
from .terminal import plain, shown

LONGEST = 4_096
"""Characters of a message, a marker or a log line that the tree keeps; the log keeps all."""
KEPT = [name for name in Kept.__struct_fields__ if name not in ("task", "time", "source", "seq", "parent")]
"""What a `Kept` record and a task have by the same name."""
METRICS = 64
"""Names for each task. More is a producer that makes names up; its newest values win."""
FIELDS = 64
"""Of a task's data, if it is an object that grows word by word: what came first stays."""
DATA = 256 << 10
"""Bytes of it as JSON: all that a task holds has to fit into one row of the compacted log."""

_encode = Encoder().encode


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
        and update.metric is None
    )


def move(task: Task, update: Start, at: float, now: float) -> None:
    """Take over how far a task is. What was said last counts: a fraction, or so much of so much."""
    place = (task.fraction if task.children else task.own_fraction()) or 0.0
    task.heading = None
    if update.total is not None:
        task.total = update.total
        task.posted = None
    if update.done is not None:
        task.done = update.done
        task.posted = None
    task.moved = at
    if isinstance(update, Update) and update.progress is not None:
        target = min(1.0, max(0.0, update.progress))
        if update.within and task.status == "running":
            task.heading = Heading(now, place, target, update.within)
            target, task.moved = place, now
        post(task, target)


def advance(task: Task, record: Start, at: float, now: float, begins: bool) -> None:
    """Take over progress from a record that may begin the task."""
    progress = record.progress if isinstance(record, Update) else None
    if record.done is None and record.total is None and progress is None:
        return
    move(task, record, at, now)
    if task.children and task.total and task.posted is None:
        post(task, min(1.0, (task.done or 0.0) / task.total))
    if begins:
        task.initial = record.done or 0.0
        task.begun = task.posted or 0.0


def post(task: Task, fraction: float) -> None:
    """Set a fraction that the producer gave."""
    task.posted = fraction
    if task.sums is not None and not task.sums.weight:
        # No child can take its place: it stays also if one speaks before the sums are made.
        task.fraction = fraction


def describe(task: Task, record: Start, late: bool) -> int:  # noqa: C901 - a loop over names would cost three times as much
    """Take over what a record says about a task; a late one only fills in what no newer one has said.

    Return how many fields of its data found no room.
    """
    lost = 0
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
        task.data, lost = merged(task.data, record.data)
    if record.metric is not None and (not late or task.metric is None):
        task.metric = record.metric
    if record.total is not None and (not late or task.total is None):
        task.total = record.total
    if record.done is not None and (not late or task.done is None):
        task.done = record.done
    return lost


def merged(old: Any, new: Any) -> tuple[Any, int]:
    """Return a task's data after a further word, and how many fields of it found no room.

    Of objects the newer fields win, and null removes one; anything else takes the place of what was there. A word
    that would make it too large is left out.
    """
    if not isinstance(new, dict):
        return (new, 0) if _fits(new) else (old, 1)
    fields = {
        name: value for name, value in ((old if isinstance(old, dict) else {}) | new).items() if value is not None
    }
    if not _fits(fields):
        return old, len(new)
    return dict(islice(fields.items(), FIELDS)) or None, max(0, len(fields) - FIELDS)


def _fits(data: Any) -> bool:
    try:
        return len(_encode(data)) <= DATA
    except RecursionError:
        return False


def shortened(text: str) -> str:
    """Return a text that every reader may be sent again and again; what is cut off is said."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST} characters more)"


def write(task: Task, text: str) -> None:
    """Count the lines of a text that the task wrote, and take over the last."""
    lines = shown(text)
    task.lines += len(lines)
    task.last_line = shortened(plain(lines[-1]) if "\x1b" in lines[-1] else lines[-1])


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


def is_marked(task: Task, mark: Mark) -> bool:
    """Return whether a task has this very marker already: its record was repeated."""
    return task.marks is not None and mark in task.marks


def is_late(task: Task, record: StoredRecord) -> bool:
    """Return whether a newer record of the same producer about this task has been applied already."""
    newest = task.sequence
    return newest is not None and record.seq is not None and newest[0] == record.source and record.seq < newest[1]


def is_past(task: Task, record: StoredRecord, status: Status) -> bool:
    """Return whether a status is from before the end of a task, or repeats that, or is the end of an earlier run."""
    last = task.stopped if task.is_done else task.earlier if status in DONE else None
    return record.time is not None and last is not None and record.time <= last


def is_of_earlier_run(task: Task, record: Lost) -> bool:
    """Return whether who is gone began a run that is over, and not the present one."""
    return record.begun is not None and task.earlier is not None and record.begun <= task.earlier


def note_earlier_run(task: Task, record: Start) -> None:
    """Remember until when earlier runs of a task lasted that a record begins or takes up once more."""
    if task.is_done:
        task.earlier = task.stopped
    elif type(record) is Start and task.said and task.started is not None and (record.time or 0.0) > task.started:
        task.earlier = nextafter(record.time or 0.0, 0.0)  # it has ended, though that was not heard yet


def reset(task: Task) -> None:
    """Forget how far a task was, for it begins anew."""
    task.done = task.posted = task.fraction = task.started = task.stopped = task.moved = None
    task.paused_at = task.cpu = task.message = task.last_line = task.heading = None
    task.initial = task.begun = task.paused = 0.0
    task.lines = 0
    task.told = False
    task.metrics = task.marks = None


def restore(task: Task, record: Kept) -> None:
    """Make a task what it was when its log was compacted."""
    for field in KEPT:
        setattr(task, field, getattr(record, field))
    task.heft = fixed(task.weight)
