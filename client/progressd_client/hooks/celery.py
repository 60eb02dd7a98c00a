"""Celery: what a worker does are tasks, and they hang under the task in whose block they were asked for.

    from progressd_client.hooks.celery import connect

    connect()  # in the module of the app, so that workers and those who send to them both have it

`update_state(meta={"current": 3, "total": 40})`, as Celery's guide has it, is how far a task is. One that will be tried
again is canceled until then. What a worker was killed in the middle of stays as it was: nobody is left to tell.
"""

from functools import wraps

from celery import signals
from celery.app.task import Task as Job

from ..api import flush
from ..outcome import describe
from ..tasks import Task, current, task
from . import is_new, quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ABOVE = "progressd_parent"
"""The header of a message that says which task sent it."""
POLLS = "celery.chord_unlock"
"""Celery's own: asks once a second whether the parts of a chord are done. That is waiting, not work."""

_open: "dict[str, Task]" = {}
"""What runs here, by Celery's id; as many as the worker has threads or greenlets."""


def connect() -> None:
    """Make tasks of Celery's from now on, in this process and those that it forks."""
    if is_new(Job):
        Job.update_state = _reported(Job.update_state)
        signals.before_task_publish.connect(_sent, weak=False)
        signals.task_prerun.connect(_begin, weak=False)
        signals.task_postrun.connect(_end, weak=False)
        signals.worker_process_shutdown.connect(_last, weak=False)


def install(_kind: "Any") -> None:
    """Do as `connect()`."""
    connect()


@quiet
def _sent(**about: "Any") -> None:
    headers = about.get("headers") or {}
    tried = _open.get(headers.get("id", ""))
    # What is tried again is asked for by itself, but it belongs where it did.
    above = current() if tried is None else tried._more.get("parent")
    if above is not None:
        headers.setdefault(ABOVE, above if isinstance(above, str) else above.ref)


@quiet
def _begin(**about: "Any") -> None:
    job = about["task"]
    if job.name != POLLS:
        above = current() or getattr(job.request, ABOVE, None)
        made = task(job.name, parent=above, data={"celery": about["task_id"]})
        _open[about["task_id"]] = made.__enter__()


@quiet
def _end(**about: "Any") -> None:
    ended, state, result = _open.pop(about["task_id"], None), about["state"], about["retval"]
    if ended is None:
        return
    error = result if isinstance(result, BaseException) else None
    if state not in ("SUCCESS", "FAILURE"):
        ended.cancel(describe(error) if error else state)
    ended.__exit__(None, error if state == "FAILURE" else None, None)


@quiet
def _last(**_about: "Any") -> None:
    # A process of the pool ends by `os._exit`, which runs nothing of ours.
    flush()


def _reported(original: "Callable[..., Any]") -> "Callable[..., Any]":
    @wraps(original)
    def update_state(self: "Any", task_id: "Any" = None, *args: "Any", **kwargs: "Any") -> "Any":
        _move(task_id or self.request.id, kwargs.get("meta", args[1] if len(args) > 1 else None))
        return original(self, task_id, *args, **kwargs)

    return update_state


@quiet
def _move(task_id: str, meta: object) -> None:
    moved = _open.get(task_id)
    if moved is not None and isinstance(meta, dict):
        moved.completed = meta.get("current", moved.completed)
        moved.total = meta.get("total", moved.total)
