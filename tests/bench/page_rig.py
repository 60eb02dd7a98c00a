"""A tab of a real browser under measurement, its main thread's CPU time and heap; and who feeds its daemon."""

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright
from rig import PATIENCE

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.needs import find

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
SHARDS = 50
"""More siblings than this would be folded into one line, and the tree would be cheap."""
LIVELY = 2_000
"""Leaves that all the updates go to; those in sight among them."""
TURN = 0.1
"""Seconds between two lots of updates."""
FASTER = 20.0
"""Times as fast as it was: what passes by in a soak."""
JOB, LASTS = 100, 60
"""Tasks in a job that passes by, and the seconds that each lasts."""
CATCH = """async (names) => {
  const base = document.querySelector('script[type=module]').src.replace(/main\\.js.*/, '');
  for (const [file, name] of names) {
    const draw = (await import(base + file))[name].prototype;
    const plain = draw.draw;
    draw.draw = function (now) { window['the' + name] = this; return plain.call(this, now); };
  }
}"""
"""Gets hold of the parts of the page, which keeps them to itself, at their next draw."""


class Tab:
    """One tab; CPU is that of its main thread alone."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def cpu(self) -> float:
        """Return the milliseconds that the main thread has worked."""
        found = self._devtools.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in found if each["name"] == "TaskDuration")) * 1000

    def heap(self) -> float:
        """Return the MB that live on the JavaScript heap, typed arrays included, after a collection."""
        self._devtools.send("HeapProfiler.collectGarbage")
        usage = self._devtools.send("Runtime.getHeapUsage")
        return float(usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6

    def cost(self, act: Callable[[], Any]) -> float:
        """Return the milliseconds that something costs, with the frames that it asks for."""
        before = self.cpu()
        act()
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.cpu() - before

    def load(self, seconds: float) -> float:
        """Return the milliseconds of work in a second, over some seconds."""
        before, begun = self.cpu(), time.monotonic()
        self.page.wait_for_timeout(seconds * 1000)
        return (self.cpu() - before) / (time.monotonic() - begun)

    def catch(self) -> None:
        """Get hold of tree and timeline, as `theTree` and `theTimeline`."""
        self.page.evaluate(CATCH, [["tree.js", "Tree"], ["timeline.js", "Timeline"]])
        self.page.wait_for_function("() => window.theTree && window.theTimeline")

    def profile(self, seconds: float) -> list[tuple[str, float]]:
        """Return which functions took how many of the milliseconds in a second, the costliest first."""
        self._devtools.send("Profiler.enable")
        self._devtools.send("Profiler.start")
        self.page.wait_for_timeout(seconds * 1000)
        found = self._devtools.send("Profiler.stop")["profile"]
        names = {node["id"]: node["callFrame"] for node in found["nodes"]}
        spent: dict[str, float] = {}
        for node, delta in zip(found["samples"], found["timeDeltas"], strict=True):
            frame = names[node]
            where = f"{frame['functionName']} {frame['url'].rpartition('/')[2]}:{frame['lineNumber'] + 1}"
            spent[where] = spent.get(where, 0) + delta / 1000 / seconds
        return sorted(spent.items(), key=lambda each: -each[1])


@contextmanager
def browser_tab() -> Iterator[Tab]:
    """Start a browser with one tab as large as a desktop's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        page.set_default_timeout(PATIENCE * 1000)
        yield Tab(page)
        browser.close()


def tree(leaves: int, began: float) -> Iterator[dict[str, Any]]:
    """Return the records of a tree of that many leaves in four levels: most finished, some failed."""
    for number in range(leaves):
        start = began + 3600 * number / leaves
        about = {"task": key(number), "time": start, "host": f"node-{number % 4}", "thread": f"t{number % 16 // 4}"}
        yield {"type": "start", **about, "total": 1000, "unit": "rows"}
        if number >= LIVELY:
            status = "failed" if number % 1000 == 0 else "finished"
            yield {"type": "stop", "task": about["task"], "time": start + 0.4, "status": status}


def key(number: int) -> str:
    """Return the key of a leaf; neighbours stand in one branch."""
    shard = number // 40
    return f"nightly.stage-{shard // SHARDS:03}.shard-{shard % SHARDS:02}.step-{number % 40:02}"


def send(path: str, records: Iterator[dict[str, Any]]) -> None:
    """Write records to the daemon's socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        with connection.makefile("wb", buffering=1 << 16) as lines:
            for record in records:
                lines.write(json.dumps(record).encode() + b"\n")


@contextmanager
def feeding(path: str, updates: int, lines: int = 0, series: int = 0) -> Iterator[None]:
    """Send so many updates and lines of a log a second, and a value of each series, until the end of the block."""
    process = get_context("spawn").Process(target=_feed, args=(path, updates, lines, series), daemon=True)
    process.start()
    yield
    process.terminate()
    process.join()


def _feed(path: str, updates: int, lines: int, series: int) -> None:
    due, turn = time.monotonic(), 0
    while True:
        turn += 1
        send(path, _lot(turn, round(updates * TURN), round(lines * TURN), series if turn % round(1 / TURN) == 0 else 0))
        due += TURN
        time.sleep(max(0.0, due - time.monotonic()))


def _lot(turn: int, updates: int, lines: int, series: int) -> Iterator[dict[str, Any]]:
    for number in range(updates):
        leaf = (turn * updates + number) % LIVELY
        yield {"type": "update", "task": key(leaf), "done": turn % 1000}
    for number in range(lines):
        yield {"type": "log", "task": key(0), "text": f"{turn}.{number}: 200 OK, read 1,731 rows in 0.4 s"}
    for number in range(series):
        yield {"type": "metric", "task": key(0), "name": f"series {number}", "value": (turn * number) % 97}


@contextmanager
def passing(path: str, minutes: float) -> Iterator[None]:
    """Play jobs that came and went, until the end of the block: the hours up to now in so many minutes."""
    process = get_context("spawn").Process(target=_pass, args=(path, minutes * 60), daemon=True)
    process.start()
    yield
    process.terminate()
    process.join()


def _pass(path: str, seconds: float) -> None:
    begun, then = time.monotonic(), time.time() - seconds * FASTER
    told = 0
    while True:
        now = int((time.monotonic() - begun) * FASTER)
        send(path, (record for second in range(told, now) for record in _second(second, then)))
        told = now
        time.sleep(TURN)


def _second(second: int, then: float) -> Iterator[dict[str, Any]]:
    """Return what was said in a second: a job begins each minute, and in it a task each second."""
    for job in range(max(0, (second - JOB - LASTS) // 60 + 1), second // 60 + 1):
        begins = second - 60 * job
        task, ends, time_ = f"passing-{job}", begins - LASTS, then + second
        if begins < JOB:
            yield {"type": "start", "task": f"{task}.part-{begins}", "thread": f"t{begins % 4}", "time": time_}
            yield {"type": "marker", "task": f"{task}.part-{begins}", "text": "begun", "time": time_}
        if 0 <= ends < JOB:
            status = "finished" if ends % 50 else "failed"
            yield {"type": "stop", "task": f"{task}.part-{ends}", "status": status, "time": time_}
        if ends == JOB - 1:
            yield {"type": "stop", "task": task, "time": time_}
