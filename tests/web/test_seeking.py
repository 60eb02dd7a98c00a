"""Finding a task in the tree of a real browser: failures, what runs, what is left; by keys, and by following."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web.browser import LOOKS, looking

pytestmark = needs("chromium")

STATUSES = {
    "one": "failed",
    "two": "running",
    "three": "finished",
    "four": "failed",
    "five": "running",
    "six": "waiting",
}


def build(daemon: Daemon) -> None:
    """A job whose two parts hold two failures, two tasks that run, one that is finished and one that waits."""
    for number, (name, status) in enumerate(STATUSES.items()):
        daemon.post({"type": "update", "task": f"job.p{number // 3}.{name}", "status": status})


def names(page: Page) -> list[str]:
    """Return what the tree shows, top to bottom."""
    rows = page.locator("#lines [role=row]:visible").evaluate_all(
        "(rows) => rows.sort((a, b) => a.offsetTop - b.offsetTop).map((row) => row.querySelector('.name').textContent)"
    )
    return [str(name) for name in rows]


def details(page: Page, name: str) -> None:
    expect(page.locator("#details-name")).to_have_text(name)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_n_and_r_go_round_all_that_failed_or_runs(emptied: Daemon, browser: Browser, size: str, scheme: str) -> None:
    build(emptied)
    with looking(browser, size, scheme) as page:
        page.goto(emptied.url)
        expect(page.locator("#lines .name").first).to_be_visible()
        for key, name in [*zip("nnnNNrrr", ["one", "four", "one", "four", "one", "two", "five", "two"], strict=True)]:
            page.keyboard.press(key)
            expect(page).to_have_url(f"{emptied.url}/?sel=job.p{list(STATUSES).index(name) // 3}.{name}")


def test_a_failure_in_a_closed_branch_is_opened_and_scrolled_to(emptied: Daemon, browser: Browser) -> None:
    for number in range(45):
        emptied.post({"type": "start", "task": f"a{number}"})
    build(emptied)
    with looking(browser) as page:
        page.goto(emptied.url)
        row = page.locator("#lines [role=row]:visible").filter(has_text="one")
        expect(page.locator("#lines .name").first).to_be_visible()
        expect(row).to_have_count(0)
        page.locator("#tree").focus()
        page.keyboard.press("n")
        expect(row).to_be_in_viewport()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        expect(row).to_have_count(0)
        page.keyboard.press("Home")
        page.keyboard.press("n")
        expect(row).to_be_in_viewport()
        details(page, "one")


def test_on_a_phone_what_failed_and_what_runs_comes_first(emptied: Daemon, browser: Browser) -> None:
    came = {"a": "finished", "b.x": "running", "c.y": "running", "c.z": "failed", "d": "waiting", "e": "failed"}
    emptied.post(*[{"type": "update", "task": f"job.{task}", "status": status} for task, status in came.items()])
    usual = ["job", "a", "b", "x", "c", "y", "z", "d", "e"]
    urgent = ["job", "e", "c", "z", "y", "b", "x", "d", "a"]
    for size, plain, other in (("phone", urgent, "start"), ("wide", usual, "failures")):
        with looking(browser, size) as page:
            page.goto(emptied.url)
            eventually(lambda page=page, plain=plain: names(page) == plain)
            page.get_by_role("button", name="Failures first").click()
            expect(page).to_have_url(f"{emptied.url}/?sort={other}")
            eventually(lambda page=page, plain=plain: names(page) == (usual if plain is urgent else urgent))
            page.get_by_role("button", name="Failures first").click()
            expect(page).to_have_url(f"{emptied.url}/")


def test_a_link_to_a_task_far_down_goes_there(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*[{"type": "start", "task": f"p{number // 10}.t{number}"} for number in range(200)])
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=p15.t155")
        expect(page.locator("#lines .row:visible").filter(has_text="t155")).to_be_in_viewport()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_what_is_finished_hides_and_the_address_keeps_it(
    emptied: Daemon, browser: Browser, size: str, scheme: str
) -> None:
    build(emptied)
    with looking(browser, size, scheme) as page:
        page.goto(emptied.url)
        expect(page.locator("#lines .name").filter(has_text="three")).to_be_visible()
        page.keyboard.press("h")
        expect(page).to_have_url(f"{emptied.url}/?hide=finished")
        expect(page.locator("#lines .name").filter(has_text="three")).to_be_hidden()
        assert names(page) == ["job", "p0", "one", "two", "p1", "four", "five", "six"]
        emptied.post(
            {"type": "stop", "task": "job.p0.two"}, {"type": "stop", "task": "job.p1.five", "status": "failed"}
        )
        expect(page.locator("#lines .name").filter(has_text="two")).to_be_hidden()
        assert "five" in names(page)
        page.keyboard.press("h")
        expect(page.locator("#lines .name").filter(has_text="two")).to_be_visible()


def test_failures_are_never_folded_away(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*[{"type": "start", "task": f"job.t{n}"} for n in range(140)])
    emptied.post(
        *[{"type": "stop", "task": f"job.t{n}", "status": "failed" if n % 2 else "finished"} for n in range(130)]
    )
    with looking(browser) as page:
        page.set_viewport_size({"width": 1440, "height": 3400})
        page.goto(f"{emptied.url}/?sort=failures")
        group = page.locator(".row.group")
        expect(group).to_have_count(1)
        expect(group).to_contain_text("65 finished")
        expect(page.locator('.row[data-status="failed"]')).to_have_count(65)
        assert names(page)[1:66] == [f"t{n}" for n in range(1, 131, 2)]
        expect(page.locator('.row:not([aria-level="1"])[data-status="running"]')).to_have_count(10)


def test_following_goes_where_work_is_and_rests_while_somebody_reads(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job.a.one"})
    emptied.post({"type": "start", "task": "job.b.two"})
    with looking(browser) as page:
        page.clock.install()
        page.goto(emptied.url)
        expect(page.locator("#lines .name").first).to_be_visible()
        page.keyboard.press("f")
        expect(page.locator("#follow")).to_have_attribute("aria-pressed", "true")
        details(page, "two")
        emptied.post({"type": "update", "task": "job.a.one", "done": 1})
        details(page, "one")
        page.keyboard.press("ArrowDown")  # Somebody looks around.
        emptied.post({"type": "stop", "task": "job.a.one"})
        expect(page.locator("#lines [role=row]").filter(has_text="one")).to_contain_text("finished")
        details(page, "one")
        page.clock.fast_forward(11_000)
        details(page, "two")
        page.keyboard.press("f")
        expect(page).to_have_url(f"{emptied.url}/?sel=job.b.two")


def deep(daemon: Daemon, branch: str) -> None:
    """Have a task speak that stands in what is closed at first: a large tree opens no more than two levels."""
    daemon.post({"type": "update", "task": f"job.{branch}.leaf", "message": f"of {branch}"})


def test_what_following_opened_closes_behind_it_but_not_what_somebody_opened(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*[{"type": "update", "task": f"wide.t{n // 30}.w{n}", "status": "failed"} for n in range(300)])
    for branch in ("one", "two", "three"):
        deep(emptied, branch)
    with looking(browser) as page:
        page.clock.install()
        page.goto(f"{emptied.url}/?root=job")
        expect(page.locator("#lines .name:visible").filter(has_text="three")).to_be_visible()
        assert names(page) == ["job", "one", "two", "three"]

        def speaks(branch: str) -> None:
            deep(emptied, branch)
            page.clock.fast_forward(3_000)
            details(page, "leaf")
            expect(page.locator("#details-key")).to_have_text(f"job.{branch}.leaf")

        def shows(*expected: str) -> None:
            eventually(lambda: names(page) == [*expected])

        page.get_by_role("button", name="Follow").click()
        speaks("one")
        shows("job", "one", "leaf", "two", "three")
        speaks("two")
        shows("job", "one", "two", "leaf", "three")
        two = page.locator("#lines .row:visible").filter(has=page.locator(".name:text-is('two')")).locator(".twisty")
        two.click()  # Somebody closes it, and opens it again.
        shows("job", "one", "two", "three")
        two.click()
        page.clock.fast_forward(11_000)
        speaks("three")
        speaks("one")
        shows("job", "one", "leaf", "two", "leaf", "three")


def test_following_unfolds_many_that_run_for_as_long_as_it_is_among_them(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*[{"type": "start", "task": f"many.t{n}"} for n in range(60)])
    emptied.post({"type": "start", "task": "job.one"})
    with looking(browser) as page:
        page.clock.install()
        page.goto(emptied.url)
        group = page.locator(".row.group:visible")
        expect(group).to_contain_text("60 running")
        page.get_by_role("button", name="Follow").click()
        details(page, "one")
        emptied.post({"type": "update", "task": "many.t7", "done": 1})
        page.clock.fast_forward(3_000)
        details(page, "t7")
        expect(group).to_have_count(0)
        emptied.post({"type": "update", "task": "job.one", "done": 1})
        page.clock.fast_forward(3_000)
        details(page, "one")
        expect(group).to_contain_text("60 running")
