"""The answer line in a real browser: how far, until when, how fast; and that it does not say what nobody knows."""

import re
import time

import pytest
from playwright.sync_api import Browser, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web.browser import LOOKS, cut, looking

pytestmark = needs("chromium")

BEGAN = 3600.0
"""Seconds ago."""


def say(daemon: Daemon, task: str, **fields: object) -> None:
    daemon.post({"type": "update", "task": task, **fields})


def copy(daemon: Daemon, job: str) -> None:
    """A job that has done three quarters of its copying in an hour."""
    now = time.time()
    daemon.post({"type": "start", "task": f"{job}.copy", "total": 1200, "unit": "files", "time": now - BEGAN})
    for step in range(1, 31):
        say(daemon, f"{job}.copy", done=30 * step, time=now - BEGAN + step * BEGAN / 30)


def test_it_says_how_far_and_until_when(emptied: Daemon, browser: Browser) -> None:
    copy(emptied, "evening")
    for size, scheme in LOOKS:
        with looking(browser, size, scheme) as page:
            page.goto(f"{emptied.url}/?sel=evening.copy")
            answer = page.locator("#answer-words")
            expect(page.locator("#answer-percent")).to_have_text("75.0%")
            expect(page.locator("#headline")).to_have_text(re.compile(r"^about \d+ min left$"))
            expect(answer).to_contain_text(re.compile(r"(\d+( min)?|1 h( \d\d min)?) ?– ?\S+ .*\(80%\)"))
            expect(answer).to_contain_text(re.compile(r"done \d\d:\d\d–\d\d:\d\d, likely \d\d:\d\d"))
            expect(answer).to_contain_text(re.compile(r"1:0\d:\d\d elapsed"))
            expect(page.locator("#counts")).to_contain_text("1 running")
            said = re.findall(r"about (\d+) min left|likely (\d\d):(\d\d)", answer.inner_text())
            hour, minute = page.evaluate("[new Date().getHours(), new Date().getMinutes()]")
            minutes = (int(said[1][1]) - hour) * 60 + int(said[1][2]) - minute
            assert abs(minutes % 1440 - int(said[0][0])) <= 2
            assert cut(page) == []


def test_it_says_how_fast(emptied: Daemon, browser: Browser) -> None:
    copy(emptied, "morning")
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=morning.copy")
        expect(page.locator("#counts")).to_contain_text("1 running")
        assert "/" not in page.locator("#counts").inner_text()  # None of its tasks is finished.
        emptied.post(*[{"type": "stop", "task": f"morning.t{number}"} for number in range(120)])
        expect(page.locator("#counts")).to_contain_text(re.compile(r"(2|1\.9\d) tasks/min"))
        page.locator("#lines .row:visible").filter(has_text="copy").click()
        expect(page.locator("#details-facts")).to_contain_text(re.compile(r"rate1\d\.?\d* files/min"))


def test_nothing_is_estimated_before_it_means_something(emptied: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(page.locator("#lessons button").first).to_be_visible()
        say(emptied, "novelty", total=100, done=1, unit="files")  # It is new for ten seconds.
        expect(page.locator("#headline")).to_have_text("estimating…")
        expect(page.locator("#answer-percent")).to_have_text("1.0%")
        say(emptied, "endless", done=70, unit="files")
        page.goto(f"{emptied.url}/?sel=endless")
        expect(page.locator("#answer-percent")).to_have_text("70 files")
        expect(page.locator("#answer [role=progressbar]")).not_to_have_attribute("aria-valuenow", re.compile("."))


def test_it_counts_down_between_updates(emptied: Daemon, browser: Browser) -> None:
    say(emptied, "job", estimate=85)
    emptied.post({"type": "start", "task": "job", "estimate": 85})
    with looking(browser) as page:
        page.goto(emptied.url)

        def left() -> int:
            expect(page.locator("#headline")).to_have_text(re.compile(r"^about \d+ s left"))
            return int(page.locator("#headline").inner_text().split()[1])

        before = left()
        eventually(lambda: left() < before)  # Nothing else was said meanwhile.


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("waiting", "waiting to start"),
        ("paused", "paused since"),
        ("finished", "finished in 5 min"),
        ("failed", "failed after 5 min"),
        ("canceled", "canceled after 5 min"),
    ],
)
def test_it_says_in_words_why_nothing_is_left(emptied: Daemon, browser: Browser, status: str, words: str) -> None:
    now = time.time()
    if status != "waiting":
        emptied.post({"type": "start", "task": "job", "total": 4, "time": now - 300})
    say(emptied, "job", status=status, time=now)
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(page.locator("#headline")).to_contain_text(words)
        expect(page.locator("#answer-words")).not_to_contain_text("left")


def test_several_roots_are_one_answer_and_each_has_its_own(emptied: Daemon, browser: Browser) -> None:
    say(emptied, "one", progress=0.2)
    say(emptied, "two", progress=0.4)
    emptied.post({"type": "stop", "task": "old"})
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(page.locator("#subject")).to_have_text("2 of 3 tasks under way")
        expect(page.locator("#answer-percent")).to_have_text("30.0%")
        page.locator("#lines .row:visible").filter(has_text="two").click()
        expect(page.locator("#subject")).to_have_text("two")
        expect(page.locator("#answer-percent")).to_have_text("40.0%")
        page.get_by_role("button", name="all tasks").click()
        expect(page.locator("#answer-percent")).to_have_text("30.0%")


def test_what_was_done_before_is_no_part_of_how_fast_it_goes_now(emptied: Daemon, browser: Browser) -> None:
    now = time.time()
    emptied.post(*[{"type": "stop", "task": f"before.t{number}", "time": now - 2 * BEGAN} for number in range(500)])
    emptied.post({"type": "stop", "task": "before", "time": now - 2 * BEGAN})
    emptied.post({"type": "start", "task": "today", "time": now - BEGAN})
    emptied.post(*[{"type": "stop", "task": f"today.t{number}"} for number in range(120)])
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(page.locator("#subject")).to_have_text("1 of 2 tasks under way")
        expect(page.locator("#counts")).to_contain_text(re.compile(r"(2|1\.9\d) tasks/min"))


def test_tasks_that_weigh_nothing_count_alike_where_there_are_no_others(emptied: Daemon, browser: Browser) -> None:
    for task in ("one", "two"):
        emptied.post({"type": "start", "task": task, "weight": 0}, {"type": "stop", "task": task})
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(page.locator("#subject")).to_have_text("all 2 tasks")
        expect(page.locator("#answer-percent")).to_have_text("100%")
