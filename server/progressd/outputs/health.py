"""`GET /health`, open to all and telling no secret; `GET /losses`, what was left out and why."""

from aiohttp import web
from msgspec.json import encode

from .. import __version__
from ..engine import Engine
from ..parts import ENGINE, EPOCH
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
        **_counts(engine),
    }
    return web.Response(
        status=200 if status == "ok" else 503, body=encode(content) + b"\n", content_type="application/json"
    )


async def get_losses(request: web.Request) -> web.Response:
    """The newest lines that were left out, with where, why and their first bytes; and all counts, `dropped` by door."""
    engine = request.app[ENGINE]
    content = {
        "counts": _counts(engine),
        "dropped": engine.losses.counts.lost,
        "alarm": engine.alarm,
        "bad": list(engine.losses.rejected),
    }
    return web.Response(body=encode(content) + b"\n", content_type="application/json")


def _counts(engine: Engine) -> dict[str, int]:
    counts, tree = engine.losses.counts, engine.tree
    return {
        "records": counts.records,
        "bad": counts.bad,
        "unknown": counts.unknown,
        "dropped": counts.dropped,
        "repeated": tree.repeated,
        "refused": tree.refused,
    }
