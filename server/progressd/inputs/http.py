"""`POST /records`: NDJSON over HTTP. The answer says which lines were left out; what it says is kept, is kept."""

from aiohttp import web
from msgspec.json import encode

from ..core.decode import decode_block
from ..core.lines import LIMIT
from ..engine import Batch
from ..parts import ENGINE

TYPES = frozenset(("application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"))
"""No type that a foreign page can send without asking first (forms, plain text)."""
TOLD = 100
"""Bad lines that an answer names; more would only be longer."""


async def post_records(request: web.Request) -> web.Response:
    """200 all taken; 207 some lines left out; 400 none taken; 413 too long; 415 not the type of NDJSON."""
    if request.content_type not in TYPES or "Content-Encoding" in request.headers:
        text = "send NDJSON, uncompressed, with the header Content-Type: application/x-ndjson\n"
        return web.Response(status=415, text=text)
    engine = request.app[ENGINE]
    decoded = decode_block(await request.read())
    overlong = [record for record in decoded.lines.split(b"\n") if len(record) > LIMIT]
    if overlong:
        return web.Response(status=413, text=f"a record may have {LIMIT} bytes\n")
    for bad in decoded.bad:
        engine.reject(f"http line {bad.index + 1}", bad)
    if decoded.records:
        await engine.commit(Batch("http", decoded.records, decoded.lines))
    status = 200 if not decoded.bad else 207 if decoded.records else 400
    answer = {
        "accepted": len(decoded.records),
        "rejected": len(decoded.bad),
        "bad": [{"line": bad.index + 1, "why": bad.why} for bad in decoded.bad[:TOLD]],
    }
    return web.Response(status=status, body=encode(answer) + b"\n", content_type="application/json")
