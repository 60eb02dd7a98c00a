"""Series in a real browser: where only stations report, and beside the timeline."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Browser, Route, expect

from tests.daemon import Daemon, eventually
from tests.datagrams import departure, listening, message
from tests.events import reading
from tests.needs import needs
from tests.web import scene
from tests.web.browser import LOOKS, cut, go, looking, violations

pytestmark = needs("chromium")

DEPTH = """(canvas, [from, to, status]) => {
  const probe = canvas.parentElement.appendChild(document.createElement("i"));
  probe.style.color = `var(--${status})`;
  const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const found = [];
  for (let y = 0; y < height; y++) for (let x = Math.floor(from * width); x < to * width; x++) {
    const i = 4 * (y * width + x);
    const off = Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b);
    if (data[i + 3] > 200 && off < 12) found.push(y);
  }
  return found.length ? found.reduce((a, b) => a + b) / found.length / height : -1;
}"""
"""How far down a colour is drawn between two shares of the width, as a share of the height; -1 for nowhere."""


def test_where_only_stations_report_they_are_the_page(tmp_path: Path, browser: Browser) -> None:
    with listening(tmp_path, "--store", "memory:") as (daemon, sender):
        for station in ("api", "mail"):
            sender.send(message("rrvl", station))
            sender.send(departure(station, 0.25))
        sender.send(message("stts", "api", b"in order"))
        eventually(lambda: len(daemon.get("/series")["stations"]) == 2)
        # Each is longer than all before: so it is told, as the highest, also where a step has several.
        for longest, (size, scheme) in zip((7, 17, 27), LOOKS, strict=True):
            with looking(browser, size, scheme) as page:
                page.goto(daemon.url)
                series = page.locator("#series")
                expect(series.get_by_role("listitem").filter(has_text="api")).to_contain_text("in order")
                expect(series.get_by_role("listitem").filter(has_text="mail")).to_contain_text("departures 0.25 s")
                assert cut(page) == []
                assert violations(page) == []
                series.get_by_role("button", name="mail").click()
                expect(page).to_have_url(f"{daemon.url}/?station=mail")
                expect(series.locator("figure")).to_have_count(2)
                expect(series.locator("figure").last).to_contain_text("0.25 s")
                sender.send(departure("mail", longest))
                expect(series.locator("figure").last).to_contain_text(f"{longest} s")  # An hour, in steps of seconds.
                go(page, "?station=mail&t=-60s..now")
                sender.send(departure("mail", longest + 2))
                expect(series.locator("figure").last).to_contain_text(f"{longest + 2} s")  # By the stream.
                page.go_back()
                page.go_back()
                expect(series.get_by_role("button", name="api")).to_be_visible()
            sender.send(departure("mail", 0.25))


def test_a_station_that_tells_nothing_is_told_from_one_that_is_asked(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job"})
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=series")
        expect(page.locator("#series")).to_contain_text('Nothing was measured here. A measurement is a record: {"type"')
        page.get_by_label("Station").fill("nobody")
        page.get_by_label("Station").press("Enter")
        expect(page).to_have_url(f"{emptied.url}/?sel=job&tab=series&station=nobody")
        expect(page.locator("#series")).to_contain_text("Nothing was measured here")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_series_is_drawn_on_the_timelines_time_with_its_band(emptied: Daemon, browser: Browser, scheme: str) -> None:
    began, task = time.time() // 1 - 100, f"train-{scheme}"
    values = [(second, (10 if second < 50 else 90) + spread) for second in range(100) for spread in (-5, 5)]
    measured = {"type": "metric", "task": task, "name": "loss"}
    emptied.post(*[{**measured, "value": value, "time": began + second} for second, value in values])
    with looking(browser, "wide", scheme) as page:
        page.goto(f"{emptied.url}/?sel={task}&tab=series&t={began:.0f}..{began + 100:.0f}")
        canvas, words = page.locator("#series figure canvas"), page.locator("#series figcaption")

        def depth(left: float, right: float) -> float:
            return float(canvas.evaluate(DEPTH, [left, right, "running"]))

        eventually(lambda: depth(0.1, 0.4) > 0.5 > depth(0.6, 0.9) > 0)
        expect(words).to_contain_text("loss 90 (85 – 95, 2 values)")
        canvas.hover(position={"x": 100, "y": 50})
        expect(words).to_contain_text("loss 10 (5 – 15, 2 values)")
        page.mouse.move(0, 0)
        # The timeline is zoomed, and so are the series: half a minute that is all high.
        go(page, f"?sel={task}&tab=series&t={began + 60:.0f}..{began + 90:.0f}")
        eventually(lambda: 0 < depth(0.1, 0.4) == depth(0.6, 0.9))


def test_what_was_measured_is_with_its_task(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser, "phone", "dark") as page:
        page.goto(f"{emptied.url}/?sel=job.build&pane=task")
        expect(page.locator("#details-metrics")).to_contain_text("memory")
        expect(page.locator("#series-count")).to_have_text("2")
        page.get_by_role("tab", name="Series").click()
        expect(page.locator("#series figure")).to_have_count(2)
        expect(page.locator("#series figure").filter(has_text="memory")).to_contain_text("MiB")
        assert cut(page) == []


def test_what_is_measured_while_the_past_is_fetched_is_not_lost(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job"})
    answers: list[tuple[Route, APIResponse]] = []
    with looking(browser) as page:
        page.route("**/series/job*", lambda route: answers.append((route, route.fetch())))
        # A stretch that does not move on is asked for once.
        page.goto(f"{emptied.url}/?sel=job&tab=series&t={time.time() - 60:.0f}..{time.time() + 600:.0f}")
        eventually(lambda: page.evaluate("1") and answers)  # Playwright hears of a request while it is asked something.
        with reading(emptied.url, "/events?series=job") as reader:
            reader.until("beat")
            emptied.post({"type": "metric", "task": "job", "name": "loss", "value": 0.5})
            reader.until("samples")
        expect(page.locator("#series-count")).to_have_text("1")
        for route, answer in answers:
            route.fulfill(response=answer)
        page.unroute("**/series/job*")

        expect(page.locator("#series figcaption")).to_contain_text("loss", timeout=10_000)
