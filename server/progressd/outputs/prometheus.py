"""`GET /metrics`: the daemon's own health, its roots, and how tasks with a metric ended, for a Prometheus that asks.

What is said is gathered in slices and put into words in a thread, so that neither many tasks nor many labels hold up
records. The formats are the library's: https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from operator import attrgetter

from aiohttp import web
from prometheus_client import ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import CollectorRegistry

from .. import __version__
from ..core.estimate import FAST, LATE, is_told
from ..core.task import Task
from ..engine import Engine
from ..parts import ENGINE, ESTIMATOR
from ..records import STATUSES, Status
from .health import counts
from .metrics import METERS
from .metrics.totals import Totals
from .sse import HUB

ROOTS = 200
"""Root tasks that are told one by one, those that changed last: each is three series, and there may be 200,000."""
NAMED = 256
"""Characters of the key of such a root. A longer one is left out; cut, it could be taken for another's."""
SLICE = 5_000
"""Tasks that are looked at, between which records and requests get their turn: some 1 ms."""
ESTIMATES = 10
"""Roots whose remaining time is asked for in between: each may look at hundreds of its children for it."""

_process = ProcessCollector(registry=None)

Samples = Iterable[tuple[Mapping[str, str], float]]


async def get_metrics(request: web.Request) -> web.Response:
    """Answer in the text format, or as OpenMetrics to who prefers it."""
    app = request.app
    crowd = await _look(app[ENGINE])
    registry = CollectorRegistry()
    registry.register(_Said([*_health(app, crowd), *await _roots(app, crowd.newest), _ends(app[METERS].totals)]))
    registry.register(_process)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    body = await asyncio.to_thread(encode, registry)
    return web.Response(body=body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


@dataclass(slots=True, eq=False)
class _Said:
    """What the library asks for, gathered before."""

    families: Sequence[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families


@dataclass(slots=True)
class Crowd:
    """All tasks together."""

    statuses: Counter[Status] = field(default_factory=Counter)
    roots: int = 0
    newest: list[Task] = field(default_factory=list)
    """The roots that changed last."""


async def _look(engine: Engine) -> Crowd:
    crowd, tasks = Crowd(), list(engine.tree.tasks.values())
    for start in range(0, len(tasks), SLICE):
        piece, known = tasks[start : start + SLICE], engine.tree.tasks
        crowd.statuses.update(map(attrgetter("status"), piece))
        # One that went meanwhile has no parent either, but no place in the tree.
        roots = [task for task in piece if task.parent is None and known.get(task.key) is task]
        crowd.roots += len(roots)
        named = (task for task in roots if len(task.key) <= NAMED)
        crowd.newest = nlargest(ROOTS, (*crowd.newest, *named), key=attrgetter("revision"))
        await asyncio.sleep(0)
    return crowd


def _health(app: web.Application, crowd: Crowd) -> Iterator[Metric]:
    engine, totals = app[ENGINE], app[METERS].totals
    lost = {**counts(app), "unlabelled": totals.lost}
    records = lost.pop("records")
    yield _family("info", "gauge", "Which daemon this is.", [({"version": __version__}, 1)])
    yield _single("ready", "gauge", "1 once the past has been read back.", engine.replayed.is_set())
    yield _single("store_alarm", "gauge", "1 while the store fails: progress is in memory only.", bool(engine.alarm))
    yield _single("records", "counter", "Records that came in.", records)
    why = (({"why": why}, number) for why, number in lost.items())
    yield _family("left_out", "counter", "What was left out or lost, and why.", why)
    yield _single("queue_bytes", "gauge", "What waits for the store.", engine.queued)
    text = "From the receipt of a batch of records until it is in the tree."
    yield _summary("receipt_to_tree_seconds", text, [({}, engine.losses.counts.arrived, engine.losses.counts.delay)])
    yield _single("readers", "gauge", "Who follows the events.", len(app[HUB].readers))
    yield _single("roots", "gauge", "Tasks without a parent.", crowd.roots)
    statuses = (({"status": status}, crowd.statuses[status]) for status in STATUSES)
    yield _family("tasks", "gauge", "Tasks by status.", statuses)


async def _roots(app: web.Application, newest: Sequence[Task]) -> list[Metric]:
    """Tell the newest roots one by one. What is unknown is left out."""
    engine, text = app[ENGINE], f"of the {ROOTS} root tasks that changed last."
    fraction = _family("root_fraction", "gauge", f"How much is done, 0 to 1, {text}")
    left = _family("root_seconds_left", "gauge", f"Remaining time {text}")
    status = _family("root_status", "gauge", f"1 for the present status {text}")
    unusual = _family("root_unusual", "gauge", f"1 if notice was given: later than expected, or too fast, {text}")
    for number, task in enumerate(newest, 1):
        tree, labels = engine.tree, {"task": task.key}
        if tree.tasks.get(task.key) is not task:
            continue
        status.add_sample(status.name, {**labels, "status": task.status}, 1)
        if task.fraction is not None:
            fraction.add_sample(fraction.name, labels, task.fraction)
        seconds_left = app[ESTIMATOR].estimate(task, engine.now()).seconds_left
        if seconds_left is not None:
            left.add_sample(left.name, labels, seconds_left)
        for kind in (LATE, FAST):
            if is_told(task, kind):
                unusual.add_sample(unusual.name, {**labels, "kind": kind}, 1)
        if number % ESTIMATES == 0:
            await asyncio.sleep(0)
    return [fraction, left, status, unusual]


def _ends(totals: Totals) -> Metric:
    return _summary("task_seconds", "How long tasks with a metric took, and how many ended how.", totals)


def _single(name: str, kind: str, text: str, value: float) -> Metric:
    return _family(name, kind, text, [({}, value)])


def _family(name: str, kind: str, text: str, samples: Samples = ()) -> Metric:
    metric = Metric(f"progressd_{name}", text, kind)
    suffix = "_total" if kind == "counter" else ""
    for labels, value in samples:
        metric.add_sample(metric.name + suffix, dict(labels), value)
    return metric


def _summary(name: str, text: str, samples: Iterable[tuple[Mapping[str, str], int, float]]) -> Metric:
    metric = Metric(f"progressd_{name}", text, "summary")
    for labels, count, total in samples:
        metric.add_sample(f"{metric.name}_count", dict(labels), count)
        metric.add_sample(f"{metric.name}_sum", dict(labels), total)
    return metric
