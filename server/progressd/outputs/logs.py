"""`GET /logs/{task}`: what a task wrote, from the first line on: a part of it, what was searched, or all as text."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from ..answers import FRESH, as_json
from ..batches import StoreError
from ..core.branch import walk
from ..core.chunk import Piece
from ..core.terminal import plain
from ..core.transcript import RING, Transcript
from ..engine import Engine
from ..parts import ENGINE
from .query import instant

MOST = 10_000
"""Lines in an answer, a megabyte or so."""
HITS = 1_000
"""Lines that a search returns; it counts all."""
WANTED = 1_000
"""Characters of a text that is searched."""
BELOW = 200
"""Logs that are merged: those that were written to last."""


@dataclass(slots=True, frozen=True)
class Asked:
    """What a query asks for; what it does not say is None."""

    first: int | None
    end: int | None
    since: float | None
    until: float | None
    search: str | None
    below: bool
    text: bool
    ansi: bool


async def get_log(request: web.Request) -> web.StreamResponse:
    """What a task wrote: `lines`, each its time, stream and text, from the number `first` on; usually the last 1,000.

    `?from=&to=` are numbers of lines from 0, negative ones count from the end; `?since=&until=` Unix seconds,
    negative ones before now. An answer has at most 10,000 lines and about 4 MiB; `next` is the number with which to go
    on, `total` how many there ever were, `gone` how many of the first were dropped since, `run` where the task's
    present run began, and `first_error` the first line since then that looks like an error.
    `?search=` returns the lines that hold a text, each with its number before the rest, at most 1,000, and `hits`,
    the number of all. `?below=1` merges what all tasks below wrote, each line with its task behind it. `?format=text`
    is all of it as plain text, without colours unless `&ansi=1`.
    404 if there is no such task, 400 if a number is none, 503 while the store cannot be read.
    """
    engine, task = request.app[ENGINE], request.match_info["task"]
    log = engine.logs.book.logs.get(task)
    if log is None and task not in engine.tree.tasks:
        return web.Response(status=404, text=f"there is no task {task[:100]!r}, and no log of one\n")
    try:
        asked = _asked(request.query, engine.now())
        log = log or Transcript(task)
        if asked.below:
            return as_json(await _below(engine, task, asked))
        first, end = await _range(engine, log, asked)
        if asked.text:
            return await _send_text(request, log, first, end, asked.ansi)
        return as_json(await _excerpt(engine, log, first, end, asked.search))
    except ValueError as error:
        return web.Response(status=400, text=f"{error}\n")
    except StoreError as error:
        return web.Response(status=503, text=f"{error}\n")


async def _excerpt(engine: Engine, log: Transcript, first: int, end: int, search: str | None) -> dict[str, object]:
    logs, task = engine.logs, engine.tree.tasks.get(log.task)
    run = max(0, log.next - task.lines) if task is not None else 0
    head = {"task": log.task, "total": log.next, "gone": log.gone, "run": run}
    head["first_error"] = await logs.first_error(log, run)
    if search is not None:
        hits = await logs.search(log, search, first, end, HITS)
        lines = [(number, line.time, line.stream, line.text) for number, line in hits.first]
        return {**head, "search": search, "hits": hits.count, "lines": lines}
    found = await logs.read(log, first, min(end, first + MOST))
    return {**head, "first": found.first, "next": found.first + len(found.lines), "lines": found.lines}


async def _below(engine: Engine, task: str, asked: Asked) -> dict[str, object]:
    """The first lines since a time, or else the last ones, of a task and all below it."""
    if asked.text or (asked.first, asked.end, asked.search) != (None, None, None):
        raise ValueError("`below` goes with `since` and `until` only: lines of several logs have no numbers")
    book, root = engine.logs.book, engine.tree.tasks.get(task)
    tasks = {each.key for each in walk(root)} if root is not None else {task}
    found = [log for key, log in reversed(book.logs.items()) if key in tasks]
    until = asked.until if asked.until is not None else math.inf
    lines = await engine.logs.merged(found[:BELOW], asked.since, until, RING)
    rows = [(line.time, line.stream, line.text, key) for line, key in lines]
    return {"task": task, "logs": len(found), "left_out": len(found[BELOW:]), "lines": rows}


async def _range(engine: Engine, log: Transcript, asked: Asked) -> tuple[int, int]:
    """Return the number of the first line that is asked for, and of the one after the last."""
    total, logs = log.next, engine.logs
    ends = [total]
    if asked.end is not None:
        ends.append(max(0, asked.end + total) if asked.end < 0 else asked.end)
    if asked.until is not None:
        ends.append(await logs.before(log, asked.until))
    end = min(ends)
    firsts = [log.gone]
    if asked.first is not None:
        firsts.append(asked.first + total if asked.first < 0 else min(asked.first, total))
    if asked.since is not None:
        firsts.append(await logs.at(log, asked.since))
    if len(firsts) == 1 and asked.search is None and not asked.text:
        firsts.append(end - RING)
    return max(firsts), end


async def _send_text(request: web.Request, log: Transcript, first: int, end: int, ansi: bool) -> web.StreamResponse:
    """Stream a log as plain text; memory stays where it is, however long it is."""
    response = web.StreamResponse(headers=FRESH)
    response.content_type, response.charset = "text/plain", "utf-8"
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(log.task[-100:], safe='')}.log"
    await response.prepare(request)
    async for piece in _text(request.app[ENGINE], log, first, end, ansi):
        await response.write(piece)
    return response


async def _text(engine: Engine, log: Transcript, first: int, end: int, ansi: bool) -> AsyncIterator[bytes]:
    if first == log.gone > 0:
        yield f"(the first {log.gone:,} lines are gone)\n".encode()
    try:
        async for pieces in engine.logs.pieces(log, first, end):
            yield await asyncio.to_thread(_joined, pieces, first, end, ansi)
    except StoreError as error:
        yield f"(the rest cannot be read: {error})\n".encode()


def _joined(pieces: Sequence[Piece], first: int, end: int, ansi: bool) -> bytes:
    lines: list[str] = []
    for piece in pieces:
        text = piece.text() if ansi else plain(piece.text())
        lines += text.split("\n")[max(0, first - piece.first) : max(0, end - piece.first)]
    return "".join([f"{line}\n" for line in lines]).encode("utf-8", "backslashreplace")


def _asked(query: Mapping[str, str], now: float) -> Asked:
    """Return what a query asks for. Raises ValueError, which says what is wrong with it."""
    kind, search = query.get("format", "json"), query.get("search")
    if kind not in ("json", "text"):
        raise ValueError(f"`format` is json or text, not {kind[:40]!r}")
    if search is not None and not 0 < len(search) <= WANTED:
        raise ValueError(f"`search` is to have 1 to {WANTED} characters")
    if search is not None and kind == "text":
        raise ValueError("what `search` finds is given as JSON only")
    return Asked(
        _number(query, "from"),
        _number(query, "to"),
        instant(query, "since", now),
        instant(query, "until", now),
        search,
        _flag(query, "below"),
        kind == "text",
        _flag(query, "ansi"),
    )


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise ValueError(f"`{name}` is to be the number of a line, not {text[:40]!r}")
    return int(text)


def _flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "0")
    if text not in ("0", "1"):
        raise ValueError(f"`{name}` is 0 or 1, not {text[:40]!r}")
    return text == "1"
