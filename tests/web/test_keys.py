"""Keys of the page in a real browser: single ones can be switched off, and the dialog says which stay."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon
from tests.needs import needs
from tests.web import scene
from tests.web.browser import looking

pytestmark = needs("chromium")

FORBIDDEN = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
});"""


def opened(page: Page) -> None:
    page.get_by_role("button", name="Keys").click()
    expect(page.locator("#keys-dialog")).to_be_visible()


def switch_off(page: Page) -> None:
    opened(page)
    page.get_by_label("Single keys act").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#keys-dialog")).to_be_hidden()


def nothing_but_what_stays_acts(page: Page) -> None:
    """Press a single key of each part of the page, and then those that stay."""
    page.locator("#tree").focus()
    page.keyboard.press("Home")
    for key in "nhf/?+*-":
        page.keyboard.press(key)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#details-name")).to_have_text("build")
    expect(page).to_have_url(re.compile(r"/\?sel=job\.build$"))
    expect(page.locator("#keys-dialog")).to_be_hidden()
    expect(page.locator("#tree")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()


def test_single_keys_can_be_switched_off_for_this_browser(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(page.locator("#lines .name").first).to_be_visible()
        switch_off(page)
        nothing_but_what_stays_acts(page)
        other = page.context.new_page()
        other.goto(emptied.url)
        expect(other.locator("#lines .name").first).to_be_visible()
        nothing_but_what_stays_acts(other)
        opened(other)
        expect(other.get_by_label("Single keys act")).not_to_be_checked()
        other.get_by_label("Single keys act").check()
        other.keyboard.press("Escape")
        for each in (other, page):
            expect(each.locator("#keys-single")).to_be_checked()  # The first is told of it.
            expect(each.locator("#keys-dialog")).to_be_hidden()
            each.keyboard.press("n")
            expect(each.locator("#details-name")).to_have_text("test")


def test_the_timeline_keeps_its_keys_while_it_has_the_focus(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?t=1700000000..1700000200")
        switch_off(page)
        page.locator("#timeline .scroll").focus()
        page.keyboard.press("w")
        expect(page).to_have_url(f"{emptied.url}/?t=1700000020..1700000180")


def test_where_storage_is_forbidden_single_keys_are_off_as_long_as_the_page(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser) as page:
        page.add_init_script(FORBIDDEN)
        page.goto(emptied.url)
        expect(page.locator("#lines .name").first).to_be_visible()
        switch_off(page)
        nothing_but_what_stays_acts(page)
        page.reload()
        expect(page.locator("#lines .name").first).to_be_visible()
        opened(page)
        expect(page.get_by_label("Single keys act")).to_be_checked()


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Which tasks", "failures first (in the timeline s zooms out)"),
        ("In the timeline", "zoom out (elsewhere s is failures first)"),
    ],
)
def test_a_key_that_means_two_things_says_both_where_it_does(
    emptied: Daemon, browser: Browser, heading: str, words: str
) -> None:
    with looking(browser) as page:
        page.goto(emptied.url)
        opened(page)
        part = page.locator("#keys-list section").filter(has=page.locator("h3", has_text=heading))
        expect(part.locator("dl > div").filter(has=page.locator("kbd:text-is('s')"))).to_contain_text(words)
