"""`GET /status/{key}?depth=N`: a task and what is below it, as clients of SCA's progress service read it."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from ..answers import as_json
from ..core.branch import MAX_DEPTH
from ..core.task import Task
from ..parts import ENGINE

NODES = 10_000
"""Tasks in an answer: some 2 MB. Who wants all of a larger tree has /tasks, which is a third of it."""

OURS = frozenset(("key", "progress", "weight", "name", "msg", "start_time", "update_time", "_children", "tasks"))
"""Fields that data does not set: clients that post a task as they got it send some of them back."""


async def get_status(request: web.Request) -> web.Response:
    """`?depth=` levels, 1 (the default) is the task alone; of a task that is not there, only that it is missing."""
    key, depth = request.match_info["key"], request.query.get("depth", "1")
    if not depth.isascii() or not depth.isdecimal() or len(depth) > 9 or int(depth) < 1:
        return as_json({"message": f"depth: {depth[:20]!r} is no number of levels; 1 is the task alone"}, 400)
    task = request.app[ENGINE].tree.tasks.get(key)
    return as_json({"key": key, "missing": True} if task is None else render(task, int(depth)))


async def get_key(request: web.Request) -> web.Response:
    """The same without /status/; but 404 if there is no such task, for it may as well be a mistyped URL."""
    key = request.match_info["key"]
    if key in request.app[ENGINE].tree.tasks:
        return await get_status(request)
    return as_json({"message": f"no such key:{key}"}, 404)


def render(task: Task, depth: int, most: int = NODES) -> dict[str, Any]:
    """Return a task with the levels below it as JSON objects; with `most` of them, the topmost, if there are more.

    Times are milliseconds since 1970, `weight` a share among siblings, `progress` 0…1; what is not known is left
    out. `_children` are the keys of the children, `tasks` the children themselves in the order of their start.
    What clients sent in fields of their own, or as a status of their own, stands beside the rest.
    """
    root = _node(task)
    level, shown, left_out = [(task, root)], 1, 0
    for _ in range(min(depth, MAX_DEPTH) - 1):
        below: list[tuple[Task, dict[str, Any]]] = []
        for parent, node in level:
            children = in_order(parent)
            pairs = [(child, _node(child)) for child in children[: most - shown]]
            node["tasks"] = [each for _, each in pairs]
            shown += len(pairs)
            left_out += len(children) - len(pairs)
            below += pairs
        level = below
    if left_out:
        root["truncated"] = f"{shown} tasks are shown; ask for one below, or for fewer levels"
    return root


def in_order(parent: Task) -> list[Task]:
    """Return a task's children by their start; those that have not begun come last."""
    children: Iterable[Task] = (parent.children or {}).values()
    return sorted(children, key=lambda child: (child.started is None, child.started or 0.0))


def _node(task: Task) -> dict[str, Any]:
    own = {
        "key": task.key,
        "progress": task.fraction,
        "weight": task.weight,
        "name": task.name,
        "msg": task.message,
        "status": task.status,
        "start_time": _milliseconds(task.started),
        "update_time": _milliseconds(task.heard or None),
    }
    extra = task.data if isinstance(task.data, dict) else {}
    node = {name: value for name, value in own.items() if value is not None}
    node |= {name: value for name, value in extra.items() if name not in OURS}
    return node | {"_children": [child.key for child in in_order(task)]}


def _milliseconds(seconds: float | None) -> int | None:
    return round(seconds * 1000) if seconds is not None else None
