"""`GET /tasks`: all tasks at once, column by column, with the id from which /events goes on without a gap."""

import asyncio
import gzip
from dataclasses import dataclass, field

from aiohttp import web
from msgspec.json import Encoder

from .. import __version__
from ..core.view import columns
from ..engine import Engine
from ..parts import ENGINE, EPOCH, ESTIMATOR
from .frames import MarkerView, is_within
from .page import PAGE

FRESH = 1.0
"""Seconds that the snapshot of a large tree serves all who ask: the stream brings what came since."""
LARGE = 5_000
"""Tasks from which on a snapshot is dear enough for that."""
KEPT = 16
"""Snapshots at most: of subtrees that are as deep as they are large, each may be tens of megabytes."""

_encode = Encoder().encode


@dataclass(slots=True)
class Snapshots:
    """The newest snapshot of each subtree that was asked for: when it was made, at which revision, and itself."""

    made: dict[str | None, tuple[float, int, bytes]] = field(default_factory=dict)

    def get(self, scope: str | None, now: float, engine: Engine) -> bytes | None:
        """Return a snapshot that is still good; drop all that are not."""
        large = len(engine.tree) > LARGE
        for key, (time, revision, _) in list(self.made.items()):
            if not 0 <= now - time < FRESH or (revision != engine.tree.revision and not large):
                del self.made[key]
        if len(self.made) >= KEPT:
            self.made.clear()
        kept = self.made.get(scope)
        return kept[2] if kept is not None else None


SNAPSHOTS = web.AppKey("snapshots", Snapshots)


async def get_tasks(request: web.Request) -> web.Response:
    """All tasks at once, column by column; `?task=KEY` narrows it to a subtree, 404 if there is no such task."""
    app = request.app
    scope = request.query.get("task")
    if scope is not None and scope not in app[ENGINE].tree.tasks:
        return web.Response(status=404, text=f"there is no task {scope!r}\n")
    now = app[ENGINE].now()
    body = app[SNAPSHOTS].get(scope, now, app[ENGINE])
    if body is None:
        body = _snapshot(app, scope)
        app[SNAPSHOTS].made[scope] = (now, app[ENGINE].tree.revision, body)
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        # In a thread: a hundred thousand tasks take as long as five thousand records.
        body = await asyncio.to_thread(gzip.compress, body, 1)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, headers=headers, content_type="application/json")


def _snapshot(app: web.Application, scope: str | None) -> bytes:
    engine, now = app[ENGINE], app[ENGINE].now()
    tree = engine.tree
    root = tree.tasks[scope] if scope is not None else None
    marks = [
        MarkerView(key, mark.time, mark.text, mark.kind)
        for key, mark in tree.changes.marks(0)
        if key in tree.tasks and (scope is None or is_within(tree.tasks[key], scope))
    ]
    content = {
        "id": f"{app[EPOCH]}-{tree.revision}",
        "epoch": app[EPOCH],
        "revision": tree.revision,
        "now": now,
        "version": f"{__version__}-{app[PAGE].version}",
        "columns": columns(tree, app[ESTIMATOR], now, root),
        "markers": marks,
    }
    return _encode(content)
