"""`GET /tree`: the tree as text, for curl and for whoever has no browser."""

import math
from collections.abc import Iterator

from aiohttp import web

from ..core.branch import walk
from ..core.estimate import Estimator
from ..core.task import Task
from ..core.tree import Tree
from ..parts import ENGINE, ESTIMATOR

GLYPHS = {"waiting": "○", "running": "▶", "paused": "⏸", "finished": "✔", "failed": "✖", "canceled": "⊘"}
INDENT = "  "


async def get_tree(request: web.Request) -> web.Response:
    """The tree as text; `?task=KEY` shows a subtree, 404 if there is no such task."""
    engine, key = request.app[ENGINE], request.query.get("task")
    if key is not None and key not in engine.tree.tasks:
        return web.Response(status=404, text=f"there is no task {plain(key)}\n")
    root = engine.tree.tasks[key] if key is not None else None
    text = "\n".join(render(engine.tree, request.app[ESTIMATOR], engine.now(), root))
    return web.Response(text=text + "\n", headers={"Cache-Control": "no-store"})


def render(tree: Tree, estimator: Estimator, now: float, root: Task | None = None) -> Iterator[str]:
    """Yield a line for each task, and for each of its markers `@absolute(relative) text`.

    Absolute is seconds since the start of its root, relative since the start of the task itself.
    """
    if not tree.tasks:
        yield "nothing yet: no record has come in"
    for top in (root,) if root is not None else tree.roots:
        for task in walk(top):
            indent = INDENT * (task.depth - top.depth)
            yield _line(task, estimator, now, indent)
            for mark in task.marks or ():
                absolute = _since(top.started, mark.time)
                yield f"{indent}{INDENT}@{absolute}({_since(task.started, mark.time)}) {plain(mark.text)}"


def duration(seconds: float) -> str:
    """Return a duration as a person would say it: `9s`, `1m04s`, `2h05m`, `3d04h`."""
    whole = math.ceil(seconds) if seconds < 60 else round(seconds)
    for unit, size, name, below in (("d", 86400, "h", 3600), ("h", 3600, "m", 60), ("m", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // below:02d}{name}"
    return f"{whole}s"


def plain(text: str) -> str:
    """Return a text on one line and without control characters: a task's name must not command the terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _line(task: Task, estimator: Estimator, now: float, indent: str) -> str:
    fields = [f"{indent}{GLYPHS[task.status]} {plain(task.name)}"]
    if task.fraction is not None:
        fields.append(f"{math.floor(task.fraction * 100)}%")
    if task.done is not None and task.total:
        fields.append(f"{task.done:,.12g}/{task.total:,.12g}" + (f" {plain(task.unit)}" if task.unit else ""))
    if task.status == "waiting":
        fields.append("waiting")
    elif task.started is not None:
        fields.append(duration(math.floor(task.elapsed(now))))
    left = estimator.estimate(task, now).seconds_left
    if left is not None and task.status in ("running", "waiting"):
        fields.append(f"{duration(left)} left")
    if task.status in ("paused", "failed", "canceled"):
        fields.append(task.status)
    if task.lost_since is not None:
        fields.append(f"no contact for {duration(math.floor(now - task.lost_since))}")
    if task.message:
        fields.append(plain(task.message))
    return "  ".join(fields)


def _since(start: float | None, time: float) -> str:
    return f"{max(0, round(time - start))}" if start is not None else "?"
