"""Locks on the timeline, in a real browser: how long they were waited for, and how long they were held."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web.browser import LOOKS, looking
from tests.web.test_lanes import RECORD, says
from tests.web.test_timeline import BEGAN, canvas, extent, lanes

pytestmark = needs("chromium")


def lock(key: str, asked: float, taken: float | None = None, given: float | None = None) -> list[dict[str, Any]]:
    """A lock as `.ctxt` lines become one; seconds after `BEGAN`."""
    about = {"lock": "1", "asked": BEGAN + asked}
    said: list[dict[str, Any]] = [
        {"type": "update", "task": key, "name": "the index", "status": "waiting", "time": BEGAN + asked, "data": about}
    ]
    if taken is not None:
        said.append({"type": "update", "task": key, "status": "running", "time": BEGAN + taken})
    if given is not None:
        said.append({"type": "stop", "task": key, "time": BEGAN + given})
    return said


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_a_lock_is_thin_while_it_is_waited_for(daemon: Daemon, browser: Browser, size: str, scheme: str) -> None:
    daemon.post(*lock("one", 20, 50, 80))
    with looking(browser, size, scheme) as page:
        page.add_init_script(RECORD)
        page.goto(f"{daemon.url}/?pane=timeline&t={BEGAN:.0f}..{BEGAN + 100:.0f}")
        eventually(lambda: says(page, "waits for the index", "the index"))
        assert [round(share, 1) for share in extent(page, "waiting", 40)] == [0.2, 0.5]


def test_a_lock_that_nobody_has_got_yet_is_waited_for_until_now(daemon: Daemon, browser: Browser) -> None:
    daemon.post(*lock("one", 20, 50), *lock("two", 30))
    with looking(browser) as page:
        page.add_init_script(RECORD)
        page.goto(f"{daemon.url}/?root=two&sel=two&pane=timeline&t={BEGAN:.0f}..{BEGAN + 100:.0f}")
        eventually(lambda: says(page, "waits for the index"))
        assert [round(share, 1) for share in extent(page, "waiting", 40)] == [0.3, 1.0]
        daemon.post(*lock("two", 30, 60, 70)[1:])
        eventually(lambda: [round(share, 1) for share in extent(page, "waiting", 40)] == [0.3, 0.6])


def test_how_long_it_was_waited_for_is_told_in_words(daemon: Daemon, browser: Browser) -> None:
    daemon.post(*lock("one", 20, 50, 80))
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?sel=one&t={BEGAN:.0f}..{BEGAN + 100:.0f}")
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        canvas(page).hover(position={"x": canvas(page).evaluate("(canvas) => canvas.clientWidth") * 0.3, "y": 50})
        waited = re.compile("finished, waited 30.00 s for the lock")
        expect(page.locator("#timeline .tip")).to_have_text(waited)
        page.get_by_role("button", name="Table").click()
        expect(page.locator("#timeline tbody tr")).to_have_text(waited)
        expect(page.locator("#details-facts")).to_contain_text("waited for the lock0:30")


@pytest.mark.parametrize("asked", [-1e308, 1e300, "soon", None])
def test_an_odd_time_of_asking_is_none(daemon: Daemon, browser: Browser, asked: Any) -> None:
    daemon.post({"type": "start", "task": "odd", "time": BEGAN, "data": {"lock": "1", "asked": asked}})
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?sel=odd&t={BEGAN:.0f}..{BEGAN + 100:.0f}")
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        expect(page.locator("#details-facts")).to_contain_text("started")
        expect(page.locator("#details-facts")).not_to_contain_text("waited")
