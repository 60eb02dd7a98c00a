"""Siblings of one status that make one line, in a real browser: opened by keys, and for as long as they are there."""

from playwright.sync_api import Browser, Locator, Page, expect

from tests.daemon import Daemon
from tests.needs import needs
from tests.web.browser import looking

pytestmark = needs("chromium")

MANY = 60


def build(daemon: Daemon, parent: str = "") -> None:
    """Sixty that are finished, between one that runs and one that goes."""
    daemon.post({"type": "start", "task": f"{parent}first"})
    daemon.post(*[{"type": "stop", "task": f"{parent}t{number}"} for number in range(MANY)])
    daemon.post({"type": "start", "task": f"{parent}goes"})


def active(page: Page) -> Locator:
    """Return the line with the keyboard's focus."""
    return page.locator("#lines .row.active:visible")


def row(page: Page, name: str) -> Locator:
    return page.locator(f"#lines .row:visible:has(.name:text-is('{name}'))")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_line_of_many_roots_is_opened_and_closed_by_keys(emptied: Daemon, browser: Browser) -> None:
    build(emptied)
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(row(page, "first")).to_be_visible()
        page.locator("#tree").focus()
        for key in ("Enter", " ", "ArrowRight", "*", "+"):
            press(page, "Home", "ArrowDown")
            expect(active(page)).to_contain_text("60 finished")
            group = active(page).get_attribute("id")
            expect(page.locator("#tree")).to_have_attribute("aria-activedescendant", str(group))
            press(page, key)
            expect(page.locator(".row.group:visible")).to_have_count(0)
            if key != "*":
                expect(active(page)).to_contain_text("t0")
            press(page, "Home", "ArrowDown")
            expect(active(page)).to_contain_text("t0")
            press(page, "-")
            expect(active(page)).to_contain_text("60 finished")
        assert "sel=" not in page.url


def test_the_keys_go_out_of_a_line_of_many_to_what_it_is_in(emptied: Daemon, browser: Browser) -> None:
    build(emptied, "job.")
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(row(page, "first")).to_be_visible()
        page.locator("#tree").focus()
        press(page, "End", "ArrowUp")
        expect(active(page)).to_contain_text("60 finished")
        press(page, "ArrowLeft")
        expect(active(page)).to_contain_text("job")


def test_a_line_of_many_that_was_opened_stays_so_when_another_task_goes(emptied: Daemon, browser: Browser) -> None:
    build(emptied)
    with looking(browser) as page:
        page.goto(emptied.url)
        page.locator(".row.group").click()
        expect(row(page, "t0")).to_be_visible()
        assert emptied.status("/status/goes", method="DELETE") == 200
        expect(page.locator("#filter-count")).to_have_text("")
        expect(page.locator("#tree")).to_have_attribute("aria-rowcount", str(MANY + 2))
        emptied.post({"type": "start", "task": "job.inner"})  # It may take the number of the one that went.
        expect(page.locator("#tree")).to_have_attribute("aria-rowcount", str(MANY + 4))
        expect(row(page, "t0")).to_be_visible()


def test_the_focus_on_a_task_that_joins_many_is_on_their_line(emptied: Daemon, browser: Browser) -> None:
    build(emptied)
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(row(page, "first")).to_be_visible()
        page.locator("#tree").focus()
        press(page, "End")
        expect(active(page)).to_contain_text("goes")
        emptied.post({"type": "stop", "task": "goes"})
        expect(active(page)).to_contain_text("61 finished")
        press(page, "ArrowUp")
        expect(active(page)).to_contain_text("first")
