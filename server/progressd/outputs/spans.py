"""`GET /spans`: when jobs ran, for days and years, as fine as a picture of them can show."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiohttp import web
from msgspec import Struct

from ..answers import as_json
from ..core.estimate import PARTS, Drawn, Learned, Run, Scale, Spell, kind, picture, root_of
from ..core.task import Task
from ..core.tree import Tree
from ..parts import ENGINE, ESTIMATOR
from .query import instant, seconds

WIDTH = 1_000.0
"""Pixels, unless it is said otherwise."""
WIDEST = 10_000.0
"""More is no screen."""
SHORTEST = 1e-4
"""Seconds: finer than producers' clocks is of no use."""
JOBS = 50
"""In an answer: those that ran last. The others are counted."""


class Job(Struct, frozen=True):
    """The runs of a job, and what they were made of, in tracks from the top down."""

    job: str
    """What its roots' keys have in common, with `#` for numbers."""
    runs: int
    """In that part of time."""
    tracks: Sequence[Sequence[Drawn]]


class Past(Struct, frozen=True):
    """What ran in a part of time and is not in the tree any more. All times are Unix seconds."""

    first: float | None
    """The earliest run that is remembered at all of the jobs that are asked for."""
    start: float
    end: float
    step: float
    """Seconds of a pixel."""
    jobs: Sequence[Job]
    left_out: int
    """Jobs that ran then, beside these."""


class Asked(NamedTuple):
    """What part of time, and on how many pixels; `start` None for all there is."""

    start: float | None
    end: float
    width: float


async def get_spans(request: web.Request) -> web.Response:
    """Runs that are not in the tree any more, with their parts where they are wide enough to be seen.

    `?from=&to=` Unix seconds (negative: before now; usually all there is), `?width=` pixels to draw them on, `?task=`
    only runs of that task's job. A span is `[start, stop, name, count, failed, canceled, key, began]`: those that lie
    closer together than a pixel and a half are one, with their number; `key` and `began` tell the root of one run.
    404 if there is no such task, 400 if a number is none.
    """
    engine, estimator, key = request.app[ENGINE], request.app[ESTIMATOR], request.query.get("task")
    task = engine.tree.tasks.get(key) if key else None
    if key and task is None:
        return web.Response(status=404, text=f"there is no task {key[:100]!r}\n")
    try:
        asked = _asked(request.query, engine.now())
    except ValueError as error:
        return web.Response(status=400, text=f"{error}\n")
    known = _known(estimator, engine.tree, task) if isinstance(estimator, Learned) else {}
    # Lists of runs are replaced, never changed: so a thread may read them.
    past = await asyncio.to_thread(_past, known, asked)
    return as_json(past)


def _asked(query: Mapping[str, str], now: float) -> Asked:
    """Return what a query asks for. Raises ValueError, which says what is wrong with it."""
    start, end, width = instant(query, "from", now), instant(query, "to", now), seconds(query, "width")
    end = now if end is None else end
    if start is not None and start >= end:
        raise ValueError("`to` is not after `from`")
    if width is not None and not 1 <= width <= WIDEST:
        raise ValueError(f"`width` is 1 to {WIDEST:.0f} pixels")
    return Asked(start, end, width or WIDTH)


def _known(estimator: Learned, tree: Tree, task: Task | None) -> dict[str, tuple[list[Spell], list[Run]]]:
    """Return when jobs ran, without the runs that are in the tree; and what is remembered of their runs."""
    history, known = estimator.history, {}
    for job in history.days.jobs if task is None else [kind(root_of(task).key)]:
        spells = [each for each in history.days.of(job) if each.runs > 1 or not _is_in(tree, each)]
        if spells:
            known[job] = spells, history.of_kind(job)
    return known


def _is_in(tree: Tree, spell: Spell) -> bool:
    task = tree.tasks.get(spell.key)
    return task is not None and task.started == spell.start


def _past(known: Mapping[str, tuple[list[Spell], list[Run]]], asked: Asked) -> Past:
    first = min((spells[0].start for spells, _ in known.values()), default=None)
    start = asked.start if asked.start is not None else first if first is not None else 0.0
    end = max(asked.end, start + SHORTEST)
    scale = Scale(start, end, (end - start) / asked.width)
    seen = {
        job: found
        for job, (spells, _) in known.items()
        if (found := [each for each in spells if each.stop >= start and each.start <= end])
    }
    latest = sorted(seen, key=lambda job: -seen[job][-1].stop)
    jobs, room = [], PARTS
    for job in latest[:JOBS]:
        tracks, parts = picture(seen[job], known[job][1], scale, room)
        room -= parts
        jobs.append(Job(job, sum(each.runs for each in seen[job]), tracks))
    return Past(first, start, end, scale.step, jobs, len(latest[JOBS:]))
