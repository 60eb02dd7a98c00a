"""What the page says when it does not know: old data, silence, losses, and what it leaves out."""

import re
import signal
import sqlite3
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, eventually, running
from tests.needs import needs
from tests.web import scene
from tests.web.browser import LOOKS, cut, looking, violations

pytestmark = needs("chromium")

STALE = 11_000
"""Milliseconds after which data is called old, see main.js, and a little more."""
GONE = re.compile("^reconnecting$| old$")
"""What is said without the daemon: the one at once, the other some seconds later, which a slow machine may take."""


def test_without_the_daemon_every_view_says_so_and_turns_grey(tmp_path: Path, browser: Browser) -> None:
    with running(tmp_path, "--store", "memory:") as daemon, ExitStack() as stack:
        scene.play(daemon)
        pages = [stack.enter_context(looking(browser, *look)) for look in LOOKS]
        wall = stack.enter_context(looking(browser))
        for page in [*pages, wall]:
            page.clock.install()
            page.goto(f"{daemon.url}/{'?kiosk=1' if page is wall else ''}")
            expect(page).to_have_title(re.compile("^[0-9]+%"))
        expect(pages[0].locator("#timeline .spans")).to_be_visible()  # Its code comes later than the rows.
        expect(wall.locator(".kiosk-percent")).to_have_text(re.compile("^[0-9]+%"))
        daemon.stop(signal.SIGKILL)
        for page in [*pages, wall]:
            expect(page.locator("#link-words")).to_have_text(GONE)
            page.clock.fast_forward(STALE)
        for page in pages:
            is_stale(page)
        expect(wall.locator(".kiosk-percent")).to_have_text("–")
        expect(wall.locator(".kiosk-headline")).to_contain_text("no data for")
        assert "grayscale" in wall.locator("#kiosk").evaluate("(kiosk) => getComputedStyle(kiosk).filter")


LOCKS = """
let isAway = false;
window.locks = [];
Object.defineProperty(document, "hidden", {get: () => isAway});
Object.defineProperty(navigator, "wakeLock", {value: {request: async () => locks[locks.push(new EventTarget()) - 1]}});
window.leave = (away) => { isAway = away; document.dispatchEvent(new Event("visibilitychange")); };
"""


def test_a_wall_stays_awake_also_after_it_was_hidden_and_a_small_window_lets_sleep(
    emptied: Daemon, browser: Browser
) -> None:
    emptied.post({"type": "start", "task": "job"})
    with looking(browser) as page:
        page.add_init_script(LOCKS)
        page.goto(f"{emptied.url}/?mini=1")
        expect(page.locator("#kiosk h2")).to_have_text("job")
        assert page.evaluate("locks.length") == 0
        page.goto(f"{emptied.url}/?kiosk=1")
        eventually(lambda: page.evaluate("locks.length") == 1)
        page.evaluate("leave(true); locks[0].dispatchEvent(new Event('release')); leave(false)")
        eventually(lambda: page.evaluate("locks.length") == 2)


def is_stale(page: Page) -> None:
    expect(page.locator("#link-words")).to_have_text(re.compile(r"^\d+ (s|min) old$"))
    expect(page.locator("#banner-words")).to_contain_text("No data since")
    expect(page.locator("#headline")).to_contain_text("last known at")
    expect(page.locator("#answer-words")).not_to_contain_text("left")
    expect(page).to_have_title(re.compile("^⚠ "))
    expect(page.locator("#lines .row:visible").filter(has_text="build").locator(".left")).to_have_text("–")
    assert "grayscale" in page.locator("main").evaluate("(main) => getComputedStyle(main).filter")
    assert cut(page) == []
    assert violations(page) == []


def test_a_quiet_task_is_told_from_a_dead_link(tmp_path: Path, browser: Browser) -> None:
    store = tmp_path / "progressd.db"
    with running(tmp_path, "--store", f"sqlite:{store}") as daemon:
        daemon.post({"type": "start", "task": "job"})
        daemon.stop()
    with sqlite3.connect(store) as database:  # Ten minutes go by.
        for table in ("base", "log"):
            database.execute(f"UPDATE {table} SET received = received - 600")
    database.close()
    with running(tmp_path, "--store", f"sqlite:{store}") as daemon, looking(browser) as page:
        page.goto(daemon.url)
        expect(page.locator("#lines .quiet")).to_have_text(re.compile(r"^quiet 1\d min$"))
        expect(page.locator("#headline")).to_have_text(re.compile(r"^nothing heard for 1\d min$"))
        expect(page.locator("#link-words")).to_have_text("live")
        expect(page.locator("#banner")).to_be_hidden()
        daemon.post({"type": "update", "task": "job", "done": 1})
        expect(page.locator("#lines .quiet")).to_have_text("")


def test_the_daemons_clock_is_the_clock(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job", "time": time.time() - 300})
    with looking(browser) as page:
        page.clock.install(time=time.time() + 7200)  # The browser's is two hours fast,
        page.add_init_script("delete window.SharedWorker")  # and the stream's with it.
        page.goto(f"{emptied.url}/?sel=job")
        expect(page.locator("#link-words")).to_have_text("live")
        expect(page.locator("#lines .elapsed")).to_have_text(re.compile(r"^[5-9]:\d\d$"))
        expect(page.locator("#answer-words")).to_contain_text(re.compile(r"\b[5-9]:\d\d elapsed"))


def test_a_browsers_clock_that_is_set_back_makes_nothing_live(tmp_path: Path, browser: Browser) -> None:
    with running(tmp_path, "--store", "memory:") as daemon, looking(browser) as page:
        daemon.post({"type": "update", "task": "job", "progress": 0.1})
        page.clock.install()
        page.add_init_script("delete window.SharedWorker")
        page.goto(daemon.url)
        expect(page.locator("#percent")).to_have_text("10")
        page.clock.set_system_time(time.time() - 7200)
        daemon.post({"type": "update", "task": "job", "progress": 0.5})
        expect(page.locator("#percent")).to_have_text("50")
        daemon.stop(signal.SIGKILL)
        expect(page.locator("#link-words")).to_have_text(GONE)
        page.clock.fast_forward(STALE)
        expect(page.locator("#banner")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_what_was_lost_is_counted_and_shown_with_its_reason(
    emptied: Daemon, browser: Browser, size: str, scheme: str
) -> None:
    body = b'{"type":"start","task":"a"}\n{"type":"start","task":"b","total":-1}\n{"type":"novel","task":"c"}\n'
    assert emptied.status("/records", data=body, headers={"Content-Type": "application/x-ndjson"}) == 207
    with looking(browser, size, scheme) as page:
        page.goto(emptied.url)
        expect(page.locator("#losses-words")).to_have_text(re.compile(r"^\d+ bad lines?"))
        assert cut(page) == []
        page.locator("#losses").click()
        list_ = page.locator("#losses-list")
        expect(list_.locator("li").first).to_be_visible()
        expect(list_).to_contain_text('{"type":"start","task":"b","total":-1}')
        expect(list_).to_contain_text(">= 0")
        expect(list_).to_contain_text("left out: no valid record")
        assert cut(page) == []
        assert violations(page) == []


def test_what_is_left_out_of_a_list_is_said(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job"})
    emptied.post(*[{"type": "marker", "task": "job", "text": f"mark {number}"} for number in range(250)])
    emptied.post(*[{"type": "metric", "task": "job", "name": f"m{number}", "value": 1} for number in range(30)])
    emptied.post(*[{"type": "start", "task": f"job.t{number}"} for number in range(600)])
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=markers")
        expect(page.locator("#markers-note")).to_have_text("The newest 200 of 250")
        page.get_by_role("tab", name="Series").click()
        expect(page.locator("#series figure")).to_have_count(24)
        expect(page.locator("#series .tools")).to_contain_text("6 more series")
        page.get_by_role("button", name="Table").click()
        expect(page.locator("#timeline caption")).to_have_text("The first 500 of 601 spans in view")
        page.get_by_label("Filter tasks").fill("t1")
        expect(page.locator("#filter-count")).to_have_text("111 of 601")
