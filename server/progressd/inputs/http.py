"""`POST /records`: NDJSON over HTTP. The answer says which lines were left out, and whether the others are stored."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace

from aiohttp import web
from msgspec import Struct

from ..answers import as_json
from ..batches import Batch
from ..core.decode import TOLD, Decoded, decode_block
from ..core.lines import LIMIT, LineSplitter
from ..engine import Engine
from ..parts import ENGINE

TYPES = frozenset(("application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"))
"""No type that a foreign page can send without asking first (forms, plain text)."""
SLICE = 256 << 10
"""Bytes that are decoded at a time; in between, others get their turn. Bodies that are longer are taken in one after
the other: decoded, each may take a hundred megabytes."""


class Left(Struct, frozen=True):
    """A line that was left out: its number, from 1, and why."""

    line: int
    why: str


class Taken(Struct, frozen=True):
    """What became of the lines of a request. `bad` names the first hundred of those that were left out."""

    accepted: int
    rejected: int
    stored: bool
    bad: list[Left]


LARGE = web.AppKey("large", asyncio.Lock)
"""Held while a long body is taken in."""


async def post_records(request: web.Request) -> web.Response:
    """Take records, one a line.

    200 all taken; 207 some lines left out; 400 none taken; 413 too long; 415 not the type of NDJSON. `stored` is
    false while the store fails: then what was taken is in memory only.
    """
    if request.content_type not in TYPES or "Content-Encoding" in request.headers:
        text = "send NDJSON, uncompressed, with the header Content-Type: application/x-ndjson\n"
        return web.Response(status=415, text=text)
    body = await request.read()
    async with request.app[LARGE] if len(body) > SLICE else nullcontext():
        return await _take(body, request.app[ENGINE])


async def _take(body: bytes, engine: Engine) -> web.Response:
    decoded = await _decode(body)
    if decoded is None:
        return web.Response(status=413, text=f"a record may have {LIMIT} bytes\n")
    stored = True
    engine.losses.notice(lambda bad: f"http line {bad.index + 1}", decoded.lines)
    engine.losses.reject_all(lambda bad: f"http line {bad.index + 1}", decoded)
    if decoded.records:
        stored = await engine.commit(Batch("http", decoded.records, decoded.lines))
    rejected = len(decoded.bad) + decoded.more
    bad_lines = [Left(bad.index + 1, bad.why) for bad in decoded.bad]
    answer = Taken(len(decoded.records), rejected, stored, bad_lines)
    status = 200 if not rejected else 207 if decoded.records else 400
    return as_json(answer, status)


async def _decode(body: bytes) -> Decoded | None:
    """Return what a body holds, None if a line is too long; bad lines are numbered from its beginning."""
    lines, whole, blocks, number = LineSplitter(), Decoded([], b""), [], 0
    for start in range(0, len(body) + 1, SLICE):
        last = start + SLICE > len(body)
        block = lines.feed(body[start : start + SLICE] + (b"\n" if last else b""))
        decoded = decode_block(block)
        whole.records += decoded.records
        room = max(0, TOLD - len(whole.bad))
        whole.bad += [replace(bad, index=bad.index + number) for bad in decoded.bad[:room]]
        whole.more += decoded.more + len(decoded.bad[room:])
        blocks.append(decoded.lines)
        number += block.count(b"\n")
        await asyncio.sleep(0)
    whole.lines = b"".join(blocks)
    return whole if not lines.overlong else None
