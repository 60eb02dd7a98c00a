"""What the page costs whoever keeps it open: CPU time of a real browser's main thread, over the real daemon's stream.

Measured with `Performance.enable {timeDomain: "threadTicks"}` over the browser's own protocol: CPU time, which a busy
machine changes little, not wall time. 100,000 tasks, all of them open, in lanes of 16 threads; 5,000 updates a second
to 2,000 of them, those in sight among them.

The hidden tab is one whose document says that it is hidden, and which gets no frames. The soak plays a job's stream
twenty times as fast as it was, beside a log and series: ten hours in 30 minutes. Jobs come, end and are forgotten
meanwhile. How the heap grows is told from when what is bounded is full: the log's lines, the tasks that are kept.

    python tests/bench/page.py [--small] [--tasks N] [--profile] [--soak MINUTES]
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from page_rig import Tab, browser_tab, feeding, key, passing, send, tree
from playwright.sync_api import Route
from rig import Daemon, say, table, wait_until

from progressd.outputs.page import load_page

BUDGETS = {
    "shipped code, gzipped (kB)": 90,
    "load to first rows (ms)": 250,
    "following: tree + timeline (ms/s)": 120,
    "… + 8 series + log, 1,000 lines/s (ms/s)": 220,
    "hidden tab (ms/s)": 15,
    "timeline draw, all of it (ms)": 8,
    "timeline draw, a minute (ms)": 8,
    "open everything (ms)": 50,
    "close it (ms)": 50,
    "filter (ms)": 50,
    "heap (MB)": 60,
}
HIDDEN = """() => {
  Object.defineProperty(document, 'hidden', { get: () => true });
  window.requestAnimationFrame = () => 0;
  document.dispatchEvent(new Event('visibilitychange'));
}"""
FILTER = """(words) => {
  const input = document.querySelector('#filter');
  input.value = words;
  input.dispatchEvent(new Event('input'));
}"""
DRAWS = 20
FULL = 0.2
"""Of a soak, after which what is bounded is full."""
KEPT = 3_000
"""Tasks beside the tree that a soak's daemon remembers."""


def main() -> None:
    """Measure, and print."""
    options = arguments()
    leaves, seconds = (5_000, 2.0) if options.small else (options.tasks, 8.0)
    kept = leaves + KEPT if options.soak else 2_000_000
    with tempfile.TemporaryDirectory() as folder, Daemon(Path(folder), "memory:", "--keep-tasks", str(kept)) as daemon:
        send(daemon.socket, tree(leaves, time.time() - 3600))
        wait_until(lambda: daemon.has(key(leaves - 1)), "the tree")
        with browser_tab() as tab:
            if options.soak:
                soak(tab, daemon, options.soak)
                return
            found = dict(measure(tab, daemon, seconds, profile=options.profile))
    rows = [
        (what, f"{found[what]:.1f}", budget, "" if found[what] <= budget else "missed")
        for what, budget in BUDGETS.items()
    ]
    say(f"\n{leaves:,} tasks")
    table(("what", "measured", "budget", ""), rows)


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="less of everything, in some seconds")
    parser.add_argument("--tasks", type=int, default=100_000, help="how many; default 100,000")
    parser.add_argument("--profile", action="store_true", help="say which functions take the time")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="look for a heap that grows, instead")
    return parser.parse_args()


def measure(tab: Tab, daemon: Daemon, seconds: float, *, profile: bool) -> Iterator[tuple[str, float]]:
    """Return all figures, by their names in `BUDGETS`."""
    code = [file for name, file in load_page().files.items() if name.endswith((".js", ".css"))]
    yield "shipped code, gzipped (kB)", sum(len(file.packed) for file in code) / 1e3
    url, page = f"http://localhost:{daemon.port}/", tab.page
    yield "load to first rows (ms)", loading(tab, url)
    tab.catch()
    page.locator("#tree").focus()
    page.keyboard.press("Home")
    yield "open everything (ms)", tab.cost(lambda: page.keyboard.press("+"))
    yield "close it (ms)", tab.cost(lambda: page.keyboard.press("ArrowLeft"))
    page.keyboard.press("ArrowRight")
    yield from draws(tab)
    tab.cost(lambda: page.evaluate(FILTER, "the first time fetches the code"))
    yield "filter (ms)", tab.cost(lambda: page.evaluate(FILTER, "step-07"))
    page.locator("#filter").press("Escape")
    with feeding(daemon.socket, 5_000):
        page.wait_for_timeout(2000)
        records, begun = daemon.get("/health")[1]["records"], time.monotonic()
        yield "following: tree + timeline (ms/s)", tab.load(seconds)
        records = daemon.get("/health")[1]["records"] - records
        say(f"{records / (time.monotonic() - begun):,.0f} updates a second reached the daemon while the page followed")
        if profile:
            report(tab, seconds)
    yield "heap (MB)", tab.heap()
    yield from busier(tab, daemon, url, seconds, profile=profile)


def loading(tab: Tab, url: str) -> float:
    """Return what it costs until the tree is seen. The timeline's code, which comes after it, is held back."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    before = tab.cpu()
    tab.page.route("**/timeline.js", hold)
    tab.page.goto(url)
    tab.page.locator("#lines [role=row]").first.wait_for()
    spent = tab.cpu() - before
    for route in held:
        route.continue_()
    tab.page.unroute("**/timeline.js")
    return spent


def draws(tab: Tab) -> Iterator[tuple[str, float]]:
    """Return what it costs to draw the timeline, from afar and from near."""
    code = f"() => {{ for (let i = 0; i < {DRAWS}; i++) theTimeline.redraw(Date.now() / 1000); }}"
    yield "timeline draw, all of it (ms)", tab.cost(lambda: tab.page.evaluate(code)) / DRAWS
    tab.page.evaluate(
        "() => theTimeline.range.put({from: Date.now() / 1000 - 1860, to: Date.now() / 1000 - 1800}, Date.now() / 1000)"
    )
    yield "timeline draw, a minute (ms)", tab.cost(lambda: tab.page.evaluate(code)) / DRAWS
    tab.page.evaluate("() => theTimeline.range.fit()")


def busier(tab: Tab, daemon: Daemon, url: str, seconds: float, *, profile: bool) -> Iterator[tuple[str, float]]:
    """Return what it costs with a log and series beside it, and what it costs when nobody looks."""
    page = tab.page
    with feeding(daemon.socket, 5_000, lines=1_000, series=8):
        total = 0.0
        for name in ("log", "series"):
            page.goto(f"{url}?sel={key(0)}&tab={name}")
            page.locator(f"#{name}").wait_for()
            page.wait_for_timeout(3000)
            total = max(total, tab.load(seconds))
            if profile:
                report(tab, seconds)
        yield "… + 8 series + log, 1,000 lines/s (ms/s)", total
    with feeding(daemon.socket, 5_000):
        page.goto(url)
        page.locator("#lines [role=row]").first.wait_for()
        page.evaluate(HIDDEN)
        page.wait_for_timeout(2000)
        yield "hidden tab (ms/s)", tab.load(seconds)
        if profile:
            report(tab, seconds)


def report(tab: Tab, seconds: float) -> None:
    """Print which functions take the time."""
    table(("ms/s", "function"), [(f"{spent:6.1f}", name) for name, spent in tab.profile(seconds)[:16]])
    say()


def soak(tab: Tab, daemon: Daemon, minutes: float) -> None:
    """Print how the heap grows while much comes and goes."""
    tab.page.goto(f"http://localhost:{daemon.port}/?sel={key(0)}&tab=log")
    first = 0.0
    with feeding(daemon.socket, 1_000, lines=400, series=8), passing(daemon.socket, minutes):
        for half in range(round(minutes * 2)):
            tab.page.wait_for_timeout(30_000)
            now, tasks = tab.heap(), daemon.get("/health")[1]["tasks"]
            first = now if half < FULL * minutes * 2 else first
            grown = f"{(now / first - 1) * 100:+.1f} %" if now != first else ""
            say(f"{(half + 1) / 2:5.1f} min: {now:6.1f} MB, {tasks:,} tasks {grown}")


if __name__ == "__main__":
    main()
