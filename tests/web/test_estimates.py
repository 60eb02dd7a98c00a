"""What the page tells of estimates, in a real browser: who is late or was too fast; no part outlasts its whole."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time

from playwright.sync_api import Browser, expect

from progressd.batches import Batch
from progressd.records import Start, Update
from progressd.stores.sqlite import SqliteStore
from tests.daemon import Daemon, eventually, running
from tests.jobs import shards
from tests.needs import needs
from tests.web.browser import looking
from tests.working import Clock, working

pytestmark = needs("chromium")

HEARING = """window.told = [];
window.Notification = class { constructor(_, {body}) { told.push(body); } };
Notification.permission = 'granted';
Notification.requestPermission = async () => 'granted';"""


def test_a_job_that_did_nothing_is_told_to_who_asked_and_beside_how_it_ended(daemon: Daemon, browser: Browser) -> None:
    daemon.post(*shards(1, 2, 3))
    eventually(lambda: daemon.get("/health")["jobs_known"] == 1)
    daemon.post({"type": "start", "task": "shard-9"})
    with looking(browser) as page:
        page.context.grant_permissions(["notifications"], origin=daemon.url)
        page.add_init_script(HEARING)
        page.goto(f"{daemon.url}/?sel=shard-9")
        page.get_by_role("button", name="Tell me").click()
        expect(page.locator("#notify")).to_have_attribute("aria-pressed", "true")
        daemon.post({"type": "stop", "task": "shard-9"})

        eventually(lambda: any("shard-9: suspiciously fast" in words for words in page.evaluate("told")))
        expect(page.locator("#answer")).to_contain_text("suspiciously fast (earlier runs took 5 min)")
        expect(page.locator("#lines .quiet:text-is('fast')")).to_have_count(1)


def test_a_wish_outlasts_a_reload_while_the_browser_still_asks(daemon: Daemon, browser: Browser) -> None:
    daemon.post({"type": "start", "task": "job"})
    with looking(browser) as page:
        page.add_init_script(HEARING.replace("async () => 'granted'", "() => new Promise(() => {})"))
        page.goto(daemon.url)
        page.get_by_role("button", name="Tell me").click()
        page.reload()
        expect(page.locator("#notify")).to_have_attribute("aria-pressed", "true")


def test_a_late_run_says_so_until_it_ends_and_the_next_one_is_not_late(daemon: Daemon, browser: Browser) -> None:
    notice = {"type": "marker", "task": "job", "kind": "late", "text": "later than expected (5–8 min)"}
    daemon.post({"type": "start", "task": "job"}, notice)
    with looking(browser) as page:
        page.goto(daemon.url)
        expect(page.locator("#answer")).to_contain_text(notice["text"])
        expect(page.locator("#lines .quiet")).to_have_text("late")
        daemon.post({"type": "stop", "task": "job"})
        expect(page.locator("#headline")).to_contain_text("finished")
        expect(page.locator("#answer")).not_to_contain_text(notice["text"])
        daemon.post({"type": "start", "task": "job"})
        expect(page.locator("#headline")).not_to_contain_text("finished")

        expect(page.locator("#answer")).not_to_contain_text(notice["text"])


def told_long_ago(path: Path, seconds: float) -> None:
    """Leave a store in which a task was half done, and was heard of last so long ago."""

    async def tell() -> None:
        clock = Clock()
        clock.time = time() - seconds
        async with working(SqliteStore(path, clock), clock) as engine:
            began = clock.time - 100.0
            await engine.commit(
                Batch("test", [Start(task="load", total=100.0, time=began), Update(task="load", done=50.0)])
            )

    # Not in this thread: the browser's loop runs here.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, tell()).result()


def test_a_stall_is_told_as_silence_beside_a_number_that_does_not_climb(tmp_path: Path, browser: Browser) -> None:
    told_long_ago(tmp_path / "x.db", 200.0)
    with running(tmp_path, "--store", f"sqlite:{tmp_path / 'x.db'}") as daemon, looking(browser) as page:
        page.goto(daemon.url)

        expect(page.locator("#answer")).to_contain_text(re.compile("nothing heard for [34]"))
        expect(page.locator("#lines .quiet")).to_contain_text(re.compile("quiet [34]"))
        assert daemon.tasks()["load"]["seconds_left"] < 100.0 < daemon.tasks()["load"]["high"]


def test_a_quiet_part_is_not_shown_to_end_after_what_it_is_in(daemon: Daemon, browser: Browser) -> None:
    began = time() - 90
    daemon.post(
        {"type": "start", "task": "job", "time": began},
        {"type": "start", "task": "job.slow", "time": began, "total": 1000},
        {"type": "update", "task": "job.slow", "done": 100},
    )
    with looking(browser) as page:
        page.goto(daemon.url)
        slow = page.locator('#lines [role="row"]:has(.name:text-is("slow")) .left')
        expect(slow).to_contain_text("min")
        daemon.post({"type": "update", "task": "job", "progress": 0.9})

        expect(slow).to_have_text(re.compile(r"^\d+ s$|soon"))
