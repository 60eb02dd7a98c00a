"""A job with something of everything that the page shows: for the tests of its panes and for pictures of them."""

import time
from collections.abc import Iterator
from typing import Any

from tests.daemon import Daemon

LENGTH = 600.0
"""Seconds for which the job has run when somebody looks at it."""
SIBLINGS = 60
"""More than make one line each."""


def play(daemon: Daemon) -> float:
    """Send all of it; return when the job began, in Unix seconds."""
    began = time.time() - LENGTH
    daemon.post(*_tree(began), *_siblings(began), *_output(began), *_measurements(began))
    return began


def _tree(began: float) -> Iterator[dict[str, Any]]:
    yield {"type": "start", "task": "job", "name": "the job", "host": "h1", "pid": 7, "time": began}
    yield {"type": "start", "task": "job.fetch", "thread": "one", "time": began, "total": 40, "unit": "files"}
    yield {"type": "stop", "task": "job.fetch", "time": began + 120}
    yield {"type": "start", "task": "job.build", "thread": "one", "time": began + 120}
    yield {"type": "update", "task": "job.build", "done": 310, "total": 500, "unit": "files", "message": "core/tree.c"}
    yield {"type": "start", "task": "job.test", "thread": "two", "time": began + 150}
    yield {"type": "stop", "task": "job.test", "status": "failed", "message": "exit status 1", "time": began + 300}
    yield {"type": "update", "task": "job.sign", "status": "paused", "progress": 0.4, "time": began + 300}
    yield {"type": "update", "task": "job.ship", "status": "waiting", "total": 3, "estimate": 200}
    yield {"type": "start", "task": "job.sweep", "time": began + 310}
    yield {"type": "stop", "task": "job.sweep", "status": "canceled", "time": began + 330}
    yield {"type": "marker", "task": "job", "text": "sources are complete", "time": began + 120}


def _siblings(began: float) -> Iterator[dict[str, Any]]:
    for number in range(SIBLINGS):
        start = began + 2 * number
        yield {"type": "start", "task": f"job.many.m{number}", "thread": "three", "time": start}
        yield {"type": "stop", "task": f"job.many.m{number}", "time": start + 1.5}


def _output(began: float) -> Iterator[dict[str, Any]]:
    for number in range(300):
        yield {"type": "log", "task": "job.test", "text": f"test {number} ... ok", "time": began + 150 + number / 2}
    red = "\x1b[1;31merror\x1b[0m: expected \x1b[32m41\x1b[0m, got \x1b[33m42\x1b[0m"
    yield {"type": "log", "task": "job.test", "text": red, "stream": "stderr", "time": began + 299}


def _measurements(began: float) -> Iterator[dict[str, Any]]:
    for number in range(300):
        at = {"type": "metric", "task": "job.build", "time": began + 120 + 1.5 * number}
        yield {**at, "name": "loss", "value": 4 / (1 + number / 40) + number % 7 / 20}
        yield {**at, "name": "memory", "value": 8e8 + 1e6 * (number % 90), "unit": "B"}
