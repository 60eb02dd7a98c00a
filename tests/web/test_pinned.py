"""A page that stays open: many tabs, title and icon, news of the end, a small window, a wall, a frame, a badge."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, eventually, running
from tests.needs import needs
from tests.web.browser import HOME, LAN, LOOKS, cut, looking, watch

pytestmark = needs("chromium")

TABS = 8
TURN = 12
"""Seconds, see kiosk.js."""
LISTENS = """
window.told = [];
const Real = Notification;
window.Notification = class {
  static get permission() { return Real.permission; }
  static requestPermission() { return Real.requestPermission(); }
  constructor(title, {body, tag}) { told.push({title, body, tag}); window.newest = this; }
};
"""
"""What the system shows cannot be read; whether the browser allows it can."""
AWAY = """
let isAway = false;
Object.defineProperty(document, "hidden", {get: () => isAway});
window.leave = (away) => { isAway = away; document.dispatchEvent(new Event("visibilitychange")); };
"""
"""A page without a window is never hidden, so it is told that it is."""
RED = """async () => {
  const picture = new Image(), canvas = document.createElement("canvas");
  picture.src = document.querySelector("#icon").href;
  await picture.decode();
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  return [[32, 32], [32, 8], [10, 32]].map(([x, y]) => [...pen.getImageData(x, y, 1, 1).data].join());
}"""
"""The middle of the icon, its beginning on top, and what stands at three quarters of its ring."""


def readers(daemon: Daemon) -> int:
    return int(daemon.get("/health")["readers"])


def row(page: Page, name: str) -> Any:
    return page.locator("#lines [role=row]:visible").filter(has_text=name)


def test_eight_tabs_with_eight_views_are_one_reader(emptied: Daemon, browser: Browser) -> None:
    complaints: list[str] = []
    context = browser.new_context(reduced_motion="reduce")
    pages = [context.new_page() for _ in range(TABS)]
    report(emptied, "first")
    for tab, page in enumerate(pages):
        watch(page, complaints)
        page.goto(f"{emptied.url}/?sel=job.t{tab}&t=-60s..now&tab={'log' if tab % 2 else 'series'}")
    for tab, page in enumerate(pages):
        expect(page.locator("#log" if tab % 2 else "#series figure")).to_contain_text("first")
        page.get_by_role("tab", name="Series" if tab % 2 else "Log").click()
    for tab, page in enumerate(pages):
        expect(page.locator("#series figure" if tab % 2 else "#log")).to_contain_text("first")
    report(emptied, "second")
    for tab, page in enumerate(pages):
        expect(page.locator("#series figcaption" if tab % 2 else "#log").last).to_contain_text("second")
    eventually(lambda: readers(emptied) == 1)  # The daemon learns in its own time that a stream gave way to another.
    for page in pages[1:]:
        page.close()
    emptied.post({"type": "stop", "task": "job.t0"})
    expect(row(pages[0], "t0")).to_contain_text("finished")
    context.close()
    eventually(lambda: readers(emptied) == 0)
    assert not complaints, complaints


def report(daemon: Daemon, word: str) -> None:
    """Have each task write a line and measure something of that name."""
    for tab in range(TABS):
        daemon.post(
            {"type": "log", "task": f"job.t{tab}", "text": f"the {word} of {tab}"},
            {"type": "metric", "task": f"job.t{tab}", "name": f"{word} speed", "value": tab},
        )


def test_title_and_icon_tell_a_tab_that_nobody_looks_at(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "update", "task": "job.a", "progress": 0.6}, {"type": "start", "task": "job.b"})
    with looking(browser) as page:
        page.add_init_script(AWAY)
        page.goto(emptied.url)
        expect(page).to_have_title("30% job – progressd")
        middle, top, left = page.evaluate(RED)
        page.evaluate("leave(true)")
        emptied.post({"type": "update", "task": "job.b", "progress": 1, "status": "failed"})
        expect(page).to_have_title("80% ✖1 job – progressd")
        eventually(lambda: page.evaluate(RED)[0] != middle)
        assert page.evaluate(RED)[2] != left  # It is past three quarters now.
        assert page.evaluate(RED)[1] == top
        page.evaluate("leave(false)")
        page.locator(".count.failed").click()
        emptied.post({"type": "stop", "task": "job.a"}, {"type": "stop", "task": "job"})
        expect(page).to_have_title("100% ✖1 job – progressd")


def ask(page: Page) -> None:
    """Wish to be told of the end."""
    page.get_by_role("button", name="Tell me").click()
    expect(page.locator("#notify")).to_have_attribute("aria-pressed", "true")


def test_who_asked_is_told_of_the_first_failure_and_of_the_end(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*[{"type": "start", "task": task} for task in ("job.a", "job.b", "job.c", "other")])
    with looking(browser, permissions=["notifications"]) as page:
        page.add_init_script(LISTENS)
        page.goto(f"{emptied.url}/?sel=job")
        ask(page)
        expect(page.locator("#notify-dialog")).to_be_hidden()

        def told() -> list[str]:
            return [each["body"] for each in page.evaluate("told")]

        emptied.post({"type": "stop", "task": "job.a"}, {"type": "stop", "task": "other", "status": "failed"})
        emptied.post({"type": "stop", "task": "job.b", "status": "failed"})
        eventually(lambda: told() == ["First failure in job"])
        emptied.post({"type": "stop", "task": "job.c", "status": "failed"}, {"type": "stop", "task": "job"})
        eventually(lambda: len(told()) == 2)
        assert re.fullmatch(r"job finished in .+ s, 2 failed", told()[1])
        page.get_by_role("button", name="all tasks").click()
        page.evaluate("newest.onclick()")
        expect(page.locator("#details-key")).to_have_text("")
        expect(page.locator("#details-name")).to_have_text("job")


def test_what_was_asked_for_outlasts_a_reload_and_can_be_taken_back(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job"})
    with looking(browser, permissions=["notifications"]) as page:
        page.add_init_script(LISTENS)
        page.goto(emptied.url)
        ask(page)
        page.reload()
        expect(page.locator("#notify")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("b")
        expect(page.locator("#notify")).to_have_attribute("aria-pressed", "false")
        emptied.post({"type": "stop", "task": "job"})
        expect(row(page, "job")).to_contain_text("finished")
        assert page.evaluate("told") == []


def test_another_tab_knows_and_where_a_phone_refuses_the_title_tells(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job"})
    with looking(browser, permissions=["notifications"]) as page:
        other = page.context.new_page()
        other.add_init_script(f"{AWAY}{LISTENS.replace('told.push({title, body, tag})', 'throw new TypeError()')}")
        for each in (page, other):
            each.goto(emptied.url)
        ask(page)
        expect(other.locator("#notify")).to_have_attribute("aria-pressed", "true")
        other.evaluate("leave(true)")
        emptied.post({"type": "stop", "task": "job"})
        expect(other).to_have_title(re.compile("job finished in"))


def test_without_https_the_title_tells_and_the_page_says_why(tmp_path: Path, browser: Browser) -> None:
    options = ("--store", "memory:", "--allow-host", LAN)
    with running(tmp_path, *options) as daemon, looking(browser) as page:
        daemon.post({"type": "start", "task": "job"})
        page.add_init_script(AWAY)
        page.goto(daemon.url.replace(HOME, LAN))
        ask(page)
        expect(page.locator("#notify-dialog")).to_contain_text("on https and on localhost only")
        page.locator("#notify-close").click()
        page.evaluate("leave(true)")
        daemon.post({"type": "stop", "task": "job", "status": "failed"})
        expect(page).to_have_title(re.compile("^● job failed after"))
        page.evaluate("leave(false)")
        expect(page).to_have_title("… ✖1 job – progressd")


def test_a_refused_notification_is_told_from_an_impossible_one(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job"})
    with looking(browser) as page:
        page.goto(emptied.url)
        ask(page)
        expect(page.locator("#notify-dialog")).to_contain_text("does not allow notifications for this page")


def in_small(page: Page) -> Page:
    """Press the button for the small window, and return it."""
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Small window").click()
    return opened.value


def test_a_small_window_stays_on_top_and_goes_on(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "update", "task": "job", "progress": 0.5})
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(row(page, "job")).to_be_visible()
        assert page.evaluate("'documentPictureInPicture' in window")
        page.get_by_role("button", name="Small window").click()
        words = "documentPictureInPicture.window?.document.querySelector('.kiosk')?.innerText ?? ''"
        eventually(lambda: "50%" in page.evaluate(words))
        emptied.post({"type": "update", "task": "job", "progress": 0.75})
        eventually(lambda: "75%" in page.evaluate(words))


def test_where_there_is_no_such_window_a_small_one_opens(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "update", "task": "job", "progress": 0.5})
    with looking(browser) as page:
        page.add_init_script("delete window.documentPictureInPicture;")
        page.goto(f"{emptied.url}/?sel=job")
        expect(row(page, "job")).to_be_visible()
        small = in_small(page)
        expect(small).to_have_url(f"{emptied.url}/?sel=job&mini=1")
        expect(small.locator("#kiosk")).to_contain_text("50%")
        assert small.evaluate("innerWidth") < 400


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_a_wall_shows_the_answer_the_worst_first(emptied: Daemon, browser: Browser, size: str, scheme: str) -> None:
    emptied.post(*[{"type": "update", "task": f"job.t{number}", "progress": 0.5} for number in range(12)])
    emptied.post({"type": "stop", "task": "job.t7", "status": "failed", "message": "no space left"})
    with looking(browser, size, scheme) as page:
        page.goto(f"{emptied.url}/?kiosk=1")
        kiosk = page.locator("#kiosk")
        expect(kiosk).to_contain_text("50%")
        expect(kiosk.locator("li").first).to_contain_text("no space left")
        expect(kiosk.locator("li").last).to_have_text("and 4 more tasks")
        expect(page.locator("#top")).to_be_hidden()
        assert cut(page) == []
        assert page.evaluate("getComputedStyle(document.body).cursor") == "none"


def test_a_wall_shows_each_root_in_its_turn(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "one"}, {"type": "start", "task": "two"}, {"type": "stop", "task": "done"})
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?kiosk=1")
        expect(page.locator("#kiosk time")).not_to_be_empty()
        eventually(lambda: page.locator("#kiosk h2").inner_text() == ["one", "two"][int(time.time() // TURN) % 2])
        page.goto(f"{emptied.url}/?kiosk=1&sel=two")
        expect(page.locator("#kiosk h2")).to_have_text("two")


def test_a_wall_keeps_nothing_of_a_task_that_was_removed(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "update", "task": "job.part", "progress": 0.5})
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?kiosk=1")
        expect(page.locator(".kiosk-percent")).to_have_text("50%")
        assert emptied.status("/status/job", method="DELETE") == 200
        expect(page.locator(".kiosk-headline")).to_have_text("waiting for the first record")
        expect(page.locator(".kiosk-percent")).to_have_text("–")
        expect(page.locator("#kiosk li")).to_have_count(0)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_a_frame_in_another_page_has_the_answer_and_the_tree_alone(
    emptied: Daemon, browser: Browser, size: str, scheme: str
) -> None:
    emptied.post({"type": "update", "task": "job", "progress": 0.5})
    with looking(browser, size, scheme) as page:
        page.goto(f"{emptied.url}/?embed=1")
        expect(page.locator("#subject")).to_have_text("job")
        expect(page.locator("#link")).to_have_text("live")
        for name in ("theme", "help", "notify", "pop"):
            expect(page.locator(f"#{name}")).to_be_hidden()
        assert cut(page) == []


@contextmanager
def wiki(folder: Path) -> Iterator[str]:
    """Serve a folder as another site would; its address."""
    serve = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://{HOME}:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_wiki_that_is_allowed_to_shows_frame_and_badge(tmp_path: Path, browser: Browser) -> None:
    with wiki(tmp_path) as site, running(tmp_path, "--store", "memory:", "--embed-in", site) as daemon:
        daemon.post({"type": "update", "task": "job", "progress": 0.5})
        frame, badge = f'<iframe src="{daemon.url}/?embed=1"></iframe>', f'<img src="{daemon.url}/badge/job.svg">'
        (tmp_path / "page.html").write_text(frame + badge)
        with looking(browser) as page:
            page.goto(f"{site}/page.html")
            expect(page.frame_locator("iframe").locator("#subject")).to_have_text("job")
            assert page.locator("img").evaluate("(picture) => picture.decode().then(() => picture.naturalHeight)") == 20
