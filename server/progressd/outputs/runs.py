"""`GET /runs/{task}`: earlier runs of the same job, to compare the one that is under way with."""

from collections.abc import Sequence

from aiohttp import web
from msgspec import Struct

from ..answers import as_json
from ..core.estimate import Course, Learned, Run, courses
from ..parts import ENGINE, ESTIMATOR
from ..records import Status


class EarlierRun(Struct, frozen=True, omit_defaults=True):
    """A run that is over."""

    key: str
    """Of its root: another one than today's, if only numbers tell them apart."""
    started: float
    """Unix seconds."""
    seconds: float
    status: Status
    parts: Sequence[Course] | None = None


class Runs(Struct, frozen=True):
    """What is remembered of a job."""

    runs: Sequence[EarlierRun]
    """Newest first. None if the estimator has no memory."""


async def get_runs(request: web.Request) -> web.Response:
    """Runs of a task's job that began before its own; with `?started=` that one, with the course of each of its parts.

    404 if there is no such task, or no such run.
    """
    app, key, started = request.app, request.match_info["task"], request.query.get("started")
    task, estimator = app[ENGINE].tree.tasks.get(key), app[ESTIMATOR]
    if task is None:
        return web.Response(status=404, text=f"there is no task {key!r}\n")
    runs = estimator.earlier(task) if isinstance(estimator, Learned) else []
    if started is None:
        return as_json(Runs([_told(run) for run in runs]))
    wanted = next((run for run in runs if run.started == _number(started)), None)
    if wanted is None:
        return web.Response(status=404, text=f"no run of {key!r} began at {started[:40]!r}\n")
    return as_json(Runs([_told(wanted, list(courses(wanted)))]))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _told(run: Run, parts: list[Course] | None = None) -> EarlierRun:
    status: Status = "finished" if run.finished else "canceled" if run.canceled else "failed"
    return EarlierRun(run.key, run.started, run.seconds, status, parts)
