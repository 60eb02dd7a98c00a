"""What the stream brings beside the tree, to a real browser: what is looked at, and nothing else."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web.browser import looking
from tests.web.test_hidden import HIDDEN, LOOK, SEEN
from tests.web.test_log import button, line, lines

pytestmark = needs("chromium")

ASKED = """delete window.SharedWorker;
const Real = EventSource;
window.asked = [];
window.EventSource = class extends Real {
  constructor(address) {
    super(address);
    asked.push(String(address));
  }
};"""
"""The stream is then the page's own, and what it asks for is noted."""
MANY = 2_500
"""Lines: more than the stream brings at once."""


def asks(page: Page, topic: str) -> bool:
    """Return whether the stream that there is now asks for a topic."""
    return topic in page.evaluate("asked.at(-1) ?? ''")


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def numbered(*numbers: int) -> list[str]:
    return [f"line {number}" for number in numbers]


def test_lines_that_nobody_sees_are_not_sent_and_none_is_missing_later(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines(*numbered(1, 2, 3)))
    with looking(browser) as page:
        page.add_init_script(ASKED)
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, 3)).to_have_text("3line 3")
        eventually(lambda: asks(page, "log=job"))
        tab(page, "Markers")
        eventually(lambda: not asks(page, "log="))
        emptied.post(*lines(*numbered(*range(4, MANY + 1))))
        tab(page, "Log")
        expect(line(page, MANY)).to_have_text(f"{MANY:,}line {MANY}")
        eventually(lambda: asks(page, "log=job"))
        page.evaluate("location.hash = '#L1200'")
        page.locator(".log-scroll").evaluate("(box) => { box.scrollTop = 1200 * 19; }")
        expect(line(page, 1201)).to_have_text("1,201line 1201")
        emptied.post(*lines("and one"))
        expect(button(page, "1 new lines")).to_be_visible()


@pytest.mark.parametrize("leave", ["#details-close", "#tab-markers", "kiosk"])
def test_what_is_measured_is_not_sent_to_who_looks_elsewhere(emptied: Daemon, browser: Browser, leave: str) -> None:
    emptied.post({"type": "metric", "task": "job", "name": "loss", "value": 1}, *lines("one"))
    with looking(browser) as page:
        page.add_init_script(ASKED)
        page.goto(f"{emptied.url}/?sel=job&tab={'log' if leave == '#details-close' else 'series'}")
        eventually(lambda: asks(page, "=job"))
        if leave == "kiosk":
            page.keyboard.press("k")
        else:
            page.locator(leave).click()
        eventually(lambda: not asks(page, "=job"))


def test_a_tab_that_nobody_looks_at_for_a_while_is_sent_no_lines(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*lines("one"))
    with looking(browser) as page:
        page.add_init_script(ASKED)
        page.clock.install()
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        eventually(lambda: asks(page, "log=job"))
        expect(page.locator("#link-words")).to_have_text("live")
        before = page.evaluate("asked.length") - 1
        page.evaluate(LOOK, HIDDEN)
        page.evaluate(LOOK, SEEN)
        page.clock.fast_forward(11_000)
        # Who is away for a moment is nobody who left. With so long a jump the stream may look as if it had ended.
        assert all("log=job" in each for each in page.evaluate("asked")[before:])
        page.evaluate(LOOK, HIDDEN)
        page.clock.fast_forward(11_000)
        eventually(lambda: not asks(page, "log="))
        emptied.post(*lines("two"))
        page.evaluate(LOOK, SEEN)
        eventually(lambda: asks(page, "log=job"))
        expect(line(page, 2)).to_have_text("2two")


def test_a_log_that_began_anew_while_nobody_looked_has_no_line_of_the_old_one(
    emptied: Daemon, browser: Browser
) -> None:
    emptied.post(*lines("old", "older", "oldest"))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job&tab=log")
        expect(line(page, 3)).to_have_text("3oldest")
        tab(page, "Series")
        assert emptied.status("/status/job", method="DELETE") == 200
        emptied.post(*lines(*numbered(*range(1, MANY + 1))))
        expect(page.locator("#log-count")).to_have_text(f"{MANY:,}")
        tab(page, "Log")
        expect(line(page, MANY)).to_be_in_viewport()
        page.get_by_title("The first line").click()
        expect(line(page, 1)).to_have_text("1line 1")
        expect(line(page, 3)).to_have_text("3line 3")
