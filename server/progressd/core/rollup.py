"""Weighted progress, carried up the tree: each change costs its depth, whatever the number of siblings."""

from collections.abc import Iterable
from math import ldexp

from ..records import Start
from .task import NOTHING, SCALE, Sums, Task


def fixed(value: float) -> int:
    """Return a float as an integer in units of 2^-128. Sums of such integers are exact and know no order."""
    return int(ldexp(value, SCALE))


def settle(dirty: Iterable[Task], *, spoken: bool = True) -> list[Task]:
    """Bring the fractions of these tasks and of all above them up to date; return every task that was touched.

    A parent's fraction is Σ weight·fraction / Σ weight over its direct children, where an unknown fraction
    counts 0; while the weights add up to 0 it stays as it was. Deepest first, so each parent is done once.
    If somebody has spoken of them, what was posted on a parent is over; if they moved by themselves, it holds.
    """
    levels: dict[int, list[Task]] = {}
    for task in dirty:
        levels.setdefault(task.depth, []).append(task)
    touched: list[Task] = []
    for depth in range(max(levels, default=-1), -1, -1):
        level = levels.get(depth, [])
        touched += level
        above = levels.setdefault(depth - 1, [])
        for task in level:
            task.dirty = False
            task.fraction = _fraction(task) if task.children and not task.is_namespace else task.own_fraction()
            parent = task.parent
            if parent is None:
                continue
            if parent.is_namespace:
                touched.append(parent)  # Its counts may have changed, nothing else of it.
                continue
            if task.heft or task.added_weight:
                _add_to(parent, task)
            if spoken:
                parent.posted = None
            if not parent.dirty:
                parent.dirty = True
                above.append(parent)
    return touched


def needs_settling(task: Task, record: Start) -> bool:
    """Return whether what comes after a record may depend on what was before it, not only on what is last."""
    weighs = record.weight is not None and record.weight != task.weight
    return weighs or bool(task.children)


def withdraw(task: Task) -> None:
    """Take what a task adds out of its parent's sums: it is leaving."""
    if task.parent is not None and task.parent.sums is not None:
        sums = task.parent.sums
        sums.weight -= task.added_weight
        sums.done -= task.added_done
        sums.finished -= task.added_ended[0]
        sums.failed -= task.added_ended[1]
    task.added_weight = task.added_done = 0
    task.added_ended = NOTHING


def share(task: Task) -> float:
    """Return a task's weight among its siblings. One that is only implied has none while nothing below it has."""
    implied = not task.said and task.sums is not None and not task.sums.weight
    return 0.0 if implied else task.weight


def shares(task: Task) -> tuple[float, float, float] | None:
    """Return which parts of a parent's weight are done, and by what: finished, still running, failed or canceled."""
    sums = task.sums
    if sums is None or not task.children or not sums.weight:
        return None
    finished, failed = sums.finished / sums.weight, sums.failed / sums.weight
    if task.posted is not None:
        return finished, max(0.0, task.posted - finished - failed), failed
    return finished, (sums.done - sums.finished - sums.failed) / sums.weight, failed


def _fraction(task: Task) -> float | None:
    if task.posted is not None:
        return task.posted
    sums = task.sums
    if sums is None or not sums.weight:
        return task.fraction
    return sums.done / sums.weight


def _add_to(parent: Task, task: Task) -> None:
    sums = parent.sums
    if sums is None:
        sums = parent.sums = Sums()
    weight, fraction = share(task), task.fraction or 0.0
    heft = task.heft if weight else 0
    done = int(ldexp(weight * fraction, SCALE))
    sums.done += done - task.added_done
    task.added_done = done
    if heft != task.added_weight:
        sums.weight += heft - task.added_weight
        task.added_weight = heft
    if task.status == "running" and task.sums is None and task.added_ended == NOTHING:
        return
    finished, failed = (fixed(weight * part) for part in _parts(task, fraction))
    sums.finished += finished - task.added_ended[0]
    sums.failed += failed - task.added_ended[1]
    task.added_ended = (finished, failed)


def _parts(task: Task, fraction: float) -> tuple[float, float]:
    """Split a task's fraction: how much of it is finished for good, how much lies in what failed."""
    if task.status == "finished":
        return fraction, 0.0
    split = shares(task)
    if split is not None:
        return split[0], split[2]
    return (0.0, fraction) if task.status in ("failed", "canceled") else (0.0, 0.0)
