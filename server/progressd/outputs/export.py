"""`GET /export`: the spans of all tasks as a file for another viewer, `?format=ctxt` or `trace`."""

import asyncio
from collections.abc import Iterator
from itertools import islice

from aiohttp import web

from ..core.branch import walk
from ..core.export import FORMATS
from ..core.spans import Spans
from ..parts import ENGINE

PIECE = 2_000
"""Lines that are sent in one go, some 200 KiB."""


async def get_export(request: web.Request) -> web.StreamResponse:
    """`?task=KEY` narrows it to a subtree; 404 if there is no such task, 400 if there is no such format."""
    engine, key = request.app[ENGINE], request.query.get("task")
    format_ = FORMATS.get(request.query.get("format", "ctxt"))
    if format_ is None:
        return web.Response(status=400, text=f"the format is one of: {', '.join(FORMATS)}\n")
    if key is not None and key not in engine.tree.tasks:
        return web.Response(status=404, text=f"there is no task {key!r}\n")
    roots = (engine.tree.tasks[key],) if key is not None else engine.tree.roots
    facts = Spans([task for root in roots for task in walk(root)], engine.now())
    for _ in facts.collect():
        await asyncio.sleep(0)
    name = f"progressd.{format_.extension}"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    response = web.StreamResponse(headers=headers)
    response.content_type, response.charset = format_.type, "utf-8"
    await response.prepare(request)
    lines = format_.write(facts)
    # In a thread: the facts do not change any more, and a hundred thousand tasks take seconds.
    while piece := await asyncio.to_thread(_next, lines):
        await response.write(piece)
    await response.write_eof()
    return response


def _next(lines: Iterator[bytes]) -> bytes:
    return b"".join(islice(lines, PIECE))
