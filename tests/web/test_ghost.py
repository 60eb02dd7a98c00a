"""An earlier run of the same job beside this one: the picker, the thin bars, and how far ahead or behind."""

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web.browser import SIZES, looking, violations

pytestmark = needs("chromium")

THEN = 1_700_000_000.0
AGO = 1500.0
"""Seconds for which today's run has run when somebody looks: three quarters of the earlier one."""


def run(key: str, began: float, *, build: float, test: float) -> list[dict[str, Any]]:
    """A job that is over, of two stages with as much weight, one after the other; how long each took, in seconds."""
    return [
        {"type": "start", "task": key, "time": began},
        {"type": "start", "task": f"{key}.build", "time": began},
        {"type": "stop", "task": f"{key}.build", "time": began + build},
        {"type": "start", "task": f"{key}.test", "time": began + build},
        {"type": "stop", "task": f"{key}.test", "time": began + build + test},
        {"type": "stop", "task": key, "time": began + build + test},
    ]


@pytest.fixture
def today(daemon: Daemon) -> Daemon:
    """A daemon that knows of an earlier run of 1000 and 1000 seconds, while today's build took 1400."""
    daemon.post(*run("nightly", THEN, build=1000, test=1000))
    eventually(lambda: daemon.get("/health")["jobs_known"] == 1)
    began = time.time() - AGO
    daemon.post(
        {"type": "start", "task": "nightly", "name": "the night", "time": began},
        {"type": "start", "task": "nightly.build", "time": began},
        {"type": "stop", "task": "nightly.build", "time": began + 1400},
        {"type": "start", "task": "nightly.test", "time": began + 1400},
        {"type": "update", "task": "nightly.test", "progress": 0.1},
    )
    return daemon


def line(page: Page, name: str) -> Any:
    return page.locator(f'#lines [role="row"]:visible:has(.name:text-is("{name}"))')


def test_the_run_before_lies_under_each_bar_with_how_far_behind_this_one_is(today: Daemon, browser: Browser) -> None:
    with looking(browser, timezone_id="UTC") as page:
        page.goto(today.url)
        page.get_by_label("compare with").select_option(index=1)

        expect(page).to_have_url(f"{today.url}/?ghost=last")
        expect(line(page, "build").locator(".pace")).to_have_text("7 min behind")
        expect(line(page, "test").locator(".pace")).to_have_text("7 min behind")
        # After 1500 of its 2000 seconds it had all of the build, and half of the test.
        width = "(bar) => bar.getBoundingClientRect().width / bar.parentElement.getBoundingClientRect().width"
        eventually(lambda: 0.49 <= line(page, "test").locator(".then").evaluate(width) < 0.6)
        eventually(lambda: 0.74 <= line(page, "the night").locator(".then").evaluate(width) < 0.8)
        expect(page.locator("#headline-more")).to_contain_text("behind 14 Nov 2023")


def test_the_address_and_a_key_choose_it_and_none_again(today: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(f"{today.url}/?ghost=last")
        expect(line(page, "build").locator(".pace")).to_have_text("7 min behind")
        page.keyboard.press("c")
        expect(line(page, "build").locator(".pace")).to_be_hidden()
        expect(page).to_have_url(f"{today.url}/")
        page.keyboard.press("c")
        expect(line(page, "build").locator(".pace")).to_be_visible()


def test_a_job_whose_key_has_a_number_lies_beside_the_one_before(daemon: Daemon, browser: Browser) -> None:
    for number, build in ((1, 100), (2, 60)):
        daemon.post(*run(f"night-{number}", THEN + 1000 * number, build=build, test=10))
    eventually(lambda: daemon.get("/runs/night-2")["runs"])
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?sel=night-2&ghost={THEN + 1000:.0f}")
        expect(page.get_by_label("compare with").locator("option")).to_have_count(2)
        expect(page.get_by_label("compare with").locator("option").last).to_contain_text("night-1")


def test_without_an_earlier_run_there_is_nothing_to_choose(daemon: Daemon, browser: Browser) -> None:
    daemon.post({"type": "start", "task": "job"})
    with looking(browser) as page:
        with page.expect_response(lambda answer: "/runs/" in answer.url):
            page.goto(daemon.url)
        expect(line(page, "job")).to_be_visible()
        expect(page.locator("#beside")).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_beside_a_ghost(today: Daemon, browser: Browser, size: str, scheme: str) -> None:
    with looking(browser, size, scheme) as page:
        page.goto(f"{today.url}/?ghost=last")
        expect(line(page, "build").locator(".pace")).to_have_text("7 min behind")

        assert violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
