"""`POST` and `DELETE /status/{key}`: what clients of SCA's progress service send, a JSON object for each task."""

from collections.abc import Sequence

from aiohttp import web

from ..answers import as_json
from ..batches import Batch
from ..core.lines import LIMIT
from ..core.sca import decode_status
from ..parts import ENGINE
from ..records import Forget, StoredRecord


async def post_status(request: web.Request) -> web.Response:
    """200 once it is stored and shown; 400 names the field that is wrong, then nothing of it was taken.

    413 too long; 415 not sent as JSON. `stored` is there, and false, while the store fails.
    """
    if request.content_type != "application/json" or "Content-Encoding" in request.headers:
        return _refusal(415, "send JSON, uncompressed, with the header Content-Type: application/json")
    if (request.content_length or 0) > LIMIT:
        return _refusal(413, f"a task may be sent {LIMIT} bytes at a time")
    engine, key = request.app[ENGINE], request.match_info["key"]
    decoded = decode_status(key, await request.read())
    engine.losses.reject_all(lambda _: f"http status/{key[:100]}", decoded)
    if decoded.bad:
        return _refusal(400, decoded.bad[0].why)
    return await _commit(request, "published", decoded.records, decoded.lines)


async def delete_status(request: web.Request) -> web.Response:
    """Forget a task and all below it; 404 if there is no such task."""
    key = request.match_info["key"]
    if key not in request.app[ENGINE].tree.tasks:
        return _refusal(404, f"no such key:{key}")
    return await _commit(request, f"removed {key} and its children", [Forget(task=key)], None)


async def _commit(
    request: web.Request, said: str, records: Sequence[StoredRecord], lines: bytes | None
) -> web.Response:
    stored = await request.app[ENGINE].commit(Batch("http", records, lines))
    return as_json({"status": said} if stored else {"status": said, "stored": False})


def _refusal(status: int, why: str) -> web.Response:
    return as_json({"message": why}, status)
