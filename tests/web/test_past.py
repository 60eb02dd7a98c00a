"""Earlier runs on the timeline, in a real browser: days of them from far, the parts of one from near."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Position, Route, expect

from tests.daemon import Daemon, eventually, running
from tests.needs import needs
from tests.web.browser import LOOKS, looking
from tests.web.test_lanes import RECORD, says, window
from tests.web.test_timeline import BEGAN, canvas, extent

pytestmark = needs("chromium")

DAY = 86_400.0
NIGHTS = 9
HOURS = 3_600.0


def night(number: int, began: float) -> list[dict[str, Any]]:
    """A job of two hours; the fourth night its tests fail."""
    start, status = began + number * DAY, "failed" if number == 3 else "finished"
    return [
        {"type": "start", "task": "nightly", "time": start},
        {"type": "start", "task": "nightly.build", "time": start},
        {"type": "stop", "task": "nightly.build", "time": start + HOURS},
        {"type": "start", "task": "nightly.test", "time": start + HOURS},
        {"type": "stop", "task": "nightly.test", "time": start + 2 * HOURS, "status": status},
        {"type": "stop", "task": "nightly", "time": start + 2 * HOURS, "status": status},
    ]


@pytest.fixture(scope="module")
def began() -> float:
    """Such that the last night is yesterday's."""
    return time.time() - NIGHTS * DAY


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, began: float) -> Iterator[Daemon]:
    """All nights of a job, of which the tree has but the last, and a job that was never run again."""
    with running(tmp_path_factory.mktemp("past"), "--store", "memory:") as daemon:
        for number in range(NIGHTS):
            daemon.post(*night(number, began))
        daemon.post({"type": "start", "task": "once", "time": time.time() - 60})
        eventually(lambda: sum(job["runs"] for job in daemon.get("/spans")["jobs"]) == NIGHTS - 1)
        yield daemon


def told(page: Page, runs: int) -> None:
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(rf"and {runs} earlier runs?,"))


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_days_of_a_job_are_seen_at_the_press_of_a_button(
    daemon: Daemon, browser: Browser, size: str, scheme: str
) -> None:
    with looking(browser, size, scheme) as page:
        page.add_init_script(RECORD)
        page.goto(f"{daemon.url}/?sel=nightly&pane=timeline")
        expect(page.get_by_role("button", name="Earlier runs")).to_have_attribute("aria-pressed", "false")
        assert not says(page, "nightly · earlier runs")
        page.get_by_role("button", name="Earlier runs").click()
        told(page, NIGHTS - 1)
        eventually(lambda: says(page, "nightly · earlier runs"))
        eventually(lambda: abs(extent(page, "failed")[0] - 3 / NIGHTS / 1.03) < 0.02)
        assert "past=1" in page.evaluate("location.href")


def test_from_near_the_parts_of_a_run_that_is_gone_are_seen(daemon: Daemon, browser: Browser, began: float) -> None:
    start = began + 3 * DAY
    with looking(browser) as page:
        page.add_init_script(RECORD)
        page.goto(f"{daemon.url}/?sel=nightly&past=1&t={start - HOURS:.0f}..{start + 3 * HOURS:.0f}")
        eventually(lambda: says(page, "nightly", "build", "test"))


def test_a_click_compares_and_a_double_click_goes_in(daemon: Daemon, browser: Browser, began: float) -> None:
    start = began + 4 * DAY
    with looking(browser) as page:
        page.add_init_script(RECORD)
        page.goto(f"{daemon.url}/?sel=nightly&past=1&t={start - 10 * HOURS:.0f}..{start + 12 * HOURS:.0f}")
        eventually(lambda: says(page, "nightly"))
        place: Position = {"x": canvas(page).evaluate("(canvas) => canvas.clientWidth") / 2, "y": 48.0}
        canvas(page).hover(position=place)
        expect(page.locator("#timeline .tip")).to_have_text(re.compile(r"^nightly\nfinished, 2:00:00 from .+\nClick"))
        canvas(page).click(position=place)
        expect(page.locator("#headline, #beside option:checked").last).not_to_have_text("no earlier run")
        assert f"ghost={start}" in page.evaluate("location.href")
        expect(page.locator("#beside select")).to_have_value(str(start))
        canvas(page).dblclick(position=place)
        eventually(lambda: abs(window(page)[0] + BEGAN - (start - 0.1 * HOURS)) < 1)


def test_the_newest_of_them_is_compared_with_as_well(daemon: Daemon, browser: Browser, began: float) -> None:
    newest = began + (NIGHTS - 2) * DAY
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?sel=nightly&ghost={newest}")
        expect(page.locator("#beside select")).to_have_value("last")
        expect(page.locator("body.beside")).to_be_attached()


def test_a_key_shows_them_and_the_table_tells_them(daemon: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?sel=nightly")
        page.locator("#timeline .scroll").press("e")
        told(page, NIGHTS - 1)
        page.get_by_role("button", name="Table").click()
        expect(page.locator("#timeline tbody tr").filter(has_text="nightly")).to_have_count(NIGHTS)
        expect(page.locator("#timeline tbody tr").filter(has_text="failed")).to_have_count(1)
        page.get_by_role("button", name="Table").click()
        page.locator("#timeline .scroll").press("e")
        expect(canvas(page)).to_have_attribute("aria-label", re.compile("in . lanes?,"))


def test_where_there_is_none_it_is_said(daemon: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.add_init_script(RECORD)
        page.goto(f"{daemon.url}/?sel=once&past=1")
        eventually(lambda: says(page, "No earlier run is remembered"))


def test_without_the_daemon_what_was_seen_stays(browser: Browser, began: float, tmp_path_factory: Any) -> None:
    with running(tmp_path_factory.mktemp("gone"), "--store", "memory:") as daemon:
        for number in range(2):
            daemon.post(*night(number, began))
        eventually(lambda: len(daemon.get("/spans")["jobs"]) == 1)
        with looking(browser) as page:
            page.goto(f"{daemon.url}/?sel=nightly&past=1")
            told(page, 1)
            daemon.stop()
            expect(page.locator("#link-words")).not_to_have_text("live")
            told(page, 1)


def test_a_slow_answer_is_waited_for(daemon: Daemon, browser: Browser) -> None:
    asked: list[float] = []

    def answer(route: Route) -> None:
        asked.append(time.monotonic())
        reply = route.fetch()
        page.wait_for_timeout(500)  # As far away as a phone: questions may be 200 ms apart.
        route.fulfill(response=reply)

    with looking(browser) as page:
        page.route("**/spans*", answer)
        page.goto(f"{daemon.url}/?sel=nightly&past=1")
        told(page, NIGHTS - 1)
        assert len(asked) <= 4
