"""Code of the page that comes when it is needed: also when the network fails the first time."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web import scene
from tests.web.browser import looking

pytestmark = needs("chromium")

PARTS = {
    "welcome": ("", "#lessons button"),
    "filter": ("?q=build", "#filter-count:not(:empty)"),
    "kiosk": ("?kiosk=1", "#kiosk h2"),
    "details": ("?sel=job.test", "#details-name:not(:empty)"),
    "keys": ("", "#keys-dialog"),
}
"""By a part of the page's code: an address that needs it, and what there is to see then."""


def opens(page: Page, dialog: str) -> bool:
    """Press the key for a dialog; return whether it is there."""
    page.keyboard.press("?")
    return page.locator(dialog).is_visible()


def test_what_is_pressed_before_its_code_has_come_acts_when_it_has(daemon: Daemon, browser: Browser) -> None:
    scene.play(daemon)
    held: list[Route] = []
    with looking(browser) as page:
        for part in ("keys", "walk"):
            page.route(f"**/{part}.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
        page.goto(daemon.url)
        expect(page.locator("#lines .name").first).to_be_visible()
        page.locator("#tree").focus()
        for key in ("Home", "ArrowDown", "Enter", "h"):
            page.keyboard.press(key)
        page.get_by_role("button", name="Keys").click()
        # Playwright hears of requests while it is asked something.
        eventually(lambda: page.evaluate("1") and len(held) == 2)
        for route in held:
            route.continue_()
        expect(page.locator("#keys-dialog")).to_be_visible()
        expect(page.locator("#details-name")).to_have_text("fetch")
        expect(page).to_have_url(f"{daemon.url}/?sel=job.fetch&hide=finished")


def test_text_that_is_typed_before_the_code_of_keys_has_come_is_no_keys(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    held: list[Route] = []
    with looking(browser) as page:
        page.route("**/keys.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
        page.goto(f"{emptied.url}/?sel=job.test&tab=log")
        page.get_by_label("Search the whole log").fill("test")
        expect(page.locator("#log").get_by_role("status")).to_have_text("1 of 300")
        page.keyboard.press("Enter")
        expect(page.locator("#log").get_by_role("status")).to_have_text("2 of 300")
        page.locator("#tree").focus()
        page.keyboard.type("/fetch")
        eventually(lambda: page.evaluate("1") and held)
        held.pop().continue_()
        expect(page.get_by_label("Filter")).to_be_focused()
        expect(page.locator("#log").get_by_role("status")).to_have_text("2 of 300")
        assert page.evaluate("location.search") == "?sel=job.test&tab=log"


@pytest.mark.parametrize("part", PARTS)
def test_code_that_does_not_come_is_asked_for_again(daemon: Daemon, browser: Browser, part: str) -> None:
    if part != "welcome":
        scene.play(daemon)
    query, seen = PARTS[part]
    tries: list[str] = []

    def fail_once(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) == 1:
            route.abort()
        else:
            route.continue_()

    with looking(browser) as page:
        page.route(f"**/{part}.js", fail_once)
        with page.expect_console_message(lambda message: "could not be fetched" in message.text):
            page.goto(f"{daemon.url}/{query}")
        if part == "keys":
            eventually(lambda: opens(page, seen))
        expect(page.locator(seen).first).to_be_visible()
        assert len(tries) == 2
