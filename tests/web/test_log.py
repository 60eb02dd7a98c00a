"""The log of a task in a real browser: paused, searched, linked and downloaded, and never more of it than is said."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.daemon import Daemon, eventually, free_port, running
from tests.needs import needs
from tests.web.browser import LOOKS, looking

pytestmark = needs("chromium")

MANY = 21_000
"""Lines: the page has asked for a twentieth of them when they are searched."""
KEPT = 50_000
"""Lines that the page keeps, see log.js."""
FRAME = 1_000
"""Lines that the stream brings at once."""


def lines(*texts: str, task: str = "job") -> Iterator[dict[str, Any]]:
    return ({"type": "log", "task": task, "text": text} for text in texts)


def line(page: Page, number: int) -> Locator:
    """Return a line by the number that it shows."""
    link = page.locator(f'.n[href="#L{number}"]')
    return page.locator(".log-line").filter(has=link)


def button(page: Page, words: str) -> Locator:
    return page.locator("#log").get_by_role("button", name=words)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_a_paused_log_stays_and_counts_what_comes(emptied: Daemon, browser: Browser, size: str, scheme: str) -> None:
    emptied.post(*lines(*[f"line {number}" for number in range(1, 101)]))
    with looking(browser, size, scheme) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log&pane=task")
        expect(line(page, 100)).to_be_in_viewport()
        button(page, "Pause").click()
        emptied.post(*lines("and one", "and two"))

        expect(button(page, "2 new lines")).to_be_visible()
        expect(line(page, 102)).not_to_be_in_viewport()
        expect(line(page, 100)).to_be_in_viewport()
        button(page, "2 new lines").click()
        expect(line(page, 102)).to_be_in_viewport()
        expect(button(page, "Pause")).to_be_visible()


def test_a_pause_outlasts_what_is_heard_late_of_the_scrolling_before_it(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines(*[f"line {number}" for number in range(1, 101)]))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, 100)).to_be_in_viewport()
        button(page, "Pause").click()
        page.locator(".log-scroll").dispatch_event("scroll")  # The browser tells of it a frame after it happened.
        emptied.post(*lines("and one"))
        expect(button(page, "1 new lines")).to_be_visible()


DENIED = """SharedWorker = class { constructor() { throw new DOMException("denied", "SecurityError"); } };
Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("denied", "SecurityError"); } });"""


def test_where_storage_is_denied_the_page_is_live_all_the_same(emptied: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.add_init_script(DENIED)
        page.goto(emptied.url)
        expect(page.locator("#link-words")).to_have_text("live")


def test_back_from_the_page_cache_the_log_goes_on(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines("one"))
    with looking(browser) as page:
        page.context.new_page().goto(emptied.url)
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, 1)).to_be_visible()
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        emptied.post(*lines("two"))
        expect(line(page, 2)).to_be_visible()


def test_a_search_without_an_answer_does_not_go_on_for_ever(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines("one"))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, 1)).to_be_visible()
        page.route("**/logs/*", lambda route: route.abort())
        page.get_by_label("Search the whole log").fill("one")
        expect(page.locator("#log").get_by_role("status")).to_have_text("the daemon did not answer")


def test_a_new_daemons_longer_log_shows_no_line_of_the_old_one(tmp_path: Path, browser: Browser) -> None:
    def write(word: str, count: int) -> None:
        (tmp_path / "said").write_text("".join(f"{json.dumps(each)}\n" for each in lines(*[word] * count)))

    write("old", 2 * FRAME)
    options = ("--store", "memory:", "--port", str(free_port()), "--watch", str(tmp_path / "said"))
    with looking(browser) as page:
        with running(tmp_path, *options) as daemon:
            page.goto(f"{daemon.url}/?sel=job&tab=log")
            expect(line(page, 2 * FRAME)).to_contain_text("old")
        write("new", 5 * FRAME)
        with running(tmp_path, *options) as daemon:
            eventually(lambda: daemon.get("/logs/job?from=-1")["total"] == 5 * FRAME)
            page.evaluate("dispatchEvent(new Event('online'))")
            expect(line(page, 5 * FRAME)).to_contain_text("new")
            page.locator(".log-scroll").evaluate(f"(box) => {{ box.scrollTop = {2 * FRAME - 5} * 19; }}")
            expect(line(page, 2 * FRAME)).to_contain_text("new")


def test_a_search_counts_all_lines_and_says_how_many_of_them_it_has(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines(*[f"line {number}" for number in range(1, MANY + 1)]))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, MANY)).to_be_in_viewport()
        search, count = page.get_by_label("Search the whole log"), page.locator("#log").get_by_role("status")
        search.fill("LINE")
        expect(count).to_have_text("not found")
        search.fill("line")
        expect(count).to_have_text("1 of 21,000, here the first 1,000")
        search.fill("line 77")
        expect(count).to_have_text("1 of 111")
        expect(line(page, 77).locator("mark")).to_have_text("line 77")
        expect(line(page, 77)).to_be_in_viewport()
        search.press("Enter")
        expect(count).to_have_text("2 of 111")
        search.press("Shift+Enter")
        search.press("Shift+Enter")
        expect(count).to_have_text("111 of 111")
        expect(line(page, 7799)).to_be_in_viewport()


def test_the_first_error_is_one_press_away(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines(*[f"line {number}" for number in range(1, 301)]))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, 300)).to_be_in_viewport()
        expect(button(page, "First error")).to_be_hidden()
        emptied.post(*lines("ld: fatal error: no foo", *[f"line {number}" for number in range(302, 3000)]))
        page.reload()
        button(page, "First error").click()
        expect(line(page, 301)).to_be_in_viewport()
        expect(line(page, 301)).to_contain_text("no foo")


def test_a_line_has_an_address(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines(*[f"line {number}" for number in range(1, 5001)]))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log#L1234")
        expect(line(page, 1234)).to_be_in_viewport()
        expect(line(page, 1234)).to_have_class(re.compile("current"))
        line(page, 1236).locator(".n").click()
        expect(line(page, 1236)).to_have_class(re.compile("current"))
        expect(page).to_have_url(f"{emptied.url}/?sel=job&tab=log#L1236")


def test_a_download_is_all_of_it_without_colours(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines(*[f"line \x1b[32m{number}\x1b[0m" for number in range(1, 3001)]))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()

        assert download.value.path().read_text() == "".join(f"line {number}\n" for number in range(1, 3001))


def test_a_line_is_as_a_terminal_shows_it(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines("10%\r20%\r\x1b[32mdone\x1b[0m  ", "\x1b[1;38;5;196mbad\x1b[0m \x1b]0;title\x07\x1b[4mlink"))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, 1)).to_have_text(re.compile(r"^1done\s*$"))
        expect(line(page, 1).locator(".ink-green")).to_have_text("done")
        expect(line(page, 2)).to_have_text("2bad link")
        expect(line(page, 2).locator(".bold.ink-red")).to_have_text("bad")
        expect(line(page, 2).locator(".underline")).to_have_text("link")


def test_what_is_looked_at_is_kept_however_much_comes(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines(*[f"line {number}" for number in range(1, FRAME + 1)]))
    asked: list[str] = []
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log#L1")
        expect(line(page, 1)).to_be_in_viewport()
        expect(page.locator("#link")).to_contain_text("live")
        page.on("request", lambda request: asked.append(request.url) if "/logs/" in request.url else None)
        for sent in range(FRAME, KEPT + 2 * FRAME, FRAME):
            emptied.post(*lines(*[f"line {number}" for number in range(sent + 1, sent + FRAME + 1)]))
            expect(button(page, f"{sent:,} new lines")).to_be_visible()

        line(page, 7).locator(".n").click()  # The lines in sight are made anew.
        expect(line(page, 7)).to_have_text("7line 7")
        assert asked == []
        button(page, "new lines").click()
        expect(line(page, KEPT + 2 * FRAME)).to_have_text(f"{KEPT + 2 * FRAME:,}line {KEPT + 2 * FRAME}")


def test_lines_that_came_while_the_link_was_down_are_fetched(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines("one"))
    with looking(browser) as page:
        page.add_init_script("delete window.SharedWorker")  # The stream is the page's own, so that it can be cut.
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, 1)).to_be_visible()
        page.route("**/events?*", lambda route: route.abort())
        page.get_by_role("tab", name="Series").click()  # Which asks for another stream.
        expect(page.locator("#link-words")).to_have_text("reconnecting")
        emptied.post(*lines("two"))
        page.get_by_role("tab", name="Log").click()
        page.unroute("**/events?*")
        expect(line(page, 2)).to_have_text("2two")


def test_the_log_of_a_task_that_was_deleted_is_gone_when_it_begins_anew(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines("old", "older", "oldest"))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, 3)).to_be_visible()
        assert emptied.status("/status/job", method="DELETE") == 200
        expect(page.locator("#details")).to_be_hidden()
        emptied.post(*lines("new"))
        expect(line(page, 1)).to_have_text("1new")
        expect(page.locator(".log-line")).to_have_count(1)
