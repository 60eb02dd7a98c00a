"""`GET /health`, open to all and telling no secret; `GET /losses`, what was left out and why."""

from aiohttp import web

from .. import __version__
from ..answers import as_json
from ..core.estimate import Estimator, Learned
from ..parts import ENGINE, EPOCH, ESTIMATOR
from .metrics import METERS
from .sse import HUB


async def get_health(request: web.Request) -> web.Response:
    """Whether it works, and counts: 200 while it does, 503 while the past is read back or the store fails."""
    engine = request.app[ENGINE]
    status = "starting" if not engine.replayed.is_set() else "degraded" if engine.alarm else "ok"
    content = {
        "status": status,
        "version": __version__,
        "epoch": request.app[EPOCH],
        "revision": engine.tree.revision,
        "tasks": len(engine.tree),
        "readers": len(request.app[HUB].readers),
        "jobs_known": _jobs_known(request.app[ESTIMATOR]),
        **counts(request.app),
    }
    return as_json(content, 200 if status == "ok" else 503)


async def get_losses(request: web.Request) -> web.Response:
    """The newest lines that were left out, with where, why and their first bytes; and all counts, `dropped` by door."""
    engine = request.app[ENGINE]
    content = {
        "counts": counts(request.app),
        "dropped": engine.losses.counts.lost,
        "alarm": engine.alarm,
        "bad": list(engine.losses.rejected),
    }
    return as_json(content)


def counts(app: web.Application) -> dict[str, int]:
    """Return how many records came in since the daemon's start, and how many of what were left out or lost."""
    came, tree = app[ENGINE].losses.counts, app[ENGINE].tree
    return {
        "records": came.records,
        "bad": came.bad,
        "unknown": came.unknown,
        "dropped": came.dropped,
        "repeated": tree.repeated,
        "refused": tree.refused,
        "forgotten": tree.forgotten,
        "unsent": app[METERS].unsent,
    }


def _jobs_known(estimator: Estimator) -> int:
    """Return of how many jobs earlier runs are remembered."""
    return len(estimator.history.jobs) if isinstance(estimator, Learned) else 0
