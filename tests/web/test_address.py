"""The whole view stands in the address, by keys: a link, a reload, and tomorrow's run show the same."""

from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon
from tests.needs import needs
from tests.web import scene
from tests.web.browser import looking

pytestmark = needs("chromium")

VIEW = "?sel=job.test&root=job&q=-fetch&hide=finished&sort=failures&t=-30m..now&tab=log"


def shows_the_view(page: Page) -> None:
    expect(page.locator("#details-name")).to_have_text("test")
    expect(page.locator("#trail")).to_have_text("all tasks › the job")
    expect(page.get_by_label("Filter tasks")).to_have_value("-fetch")
    expect(page.locator("#hide")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#failures")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="All", exact=True)).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#lines [role=row]:visible .name").nth(1)).to_have_text("test")


def test_a_link_shows_what_its_sender_saw(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser) as page:
        page.goto(emptied.url)
        page.locator("#lines .row:visible").filter(has_text="the job").first.click()
        page.keyboard.press(".")
        expect(page.locator("#trail")).to_have_text("all tasks › the job")
        page.get_by_label("Filter tasks").fill("-fetch")
        page.locator("#hide").click()
        page.locator("#failures").click()
        # The filter's code comes late, and the lines move with it.
        expect(page.locator("#lines .row:visible").filter(has_text="fetch")).to_have_count(0)
        expect(page.locator("#lines [role=row]:visible .name").nth(1)).to_have_text("test")
        page.locator("#lines .row:visible").filter(has_text="exit status 1").last.click()
        page.get_by_role("tab", name="Log").click()
        page.evaluate("history.replaceState(null, '', location.search + '&t=-30m..now')")
        page.reload()
        shows_the_view(page)
        expect(page).to_have_url(emptied.url + "/" + VIEW.replace("&t=-30m..now&tab=log", "&tab=log&t=-30m..now"))
        with looking(browser, "wide", "dark") as other:
            other.goto(f"{emptied.url}/{VIEW}")
            shows_the_view(other)


def test_a_bookmark_holds_for_the_next_run_and_what_is_gone_shows_all(emptied: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job.test")
        expect(page.locator("#link-words")).to_have_text("live")
        scene.play(emptied)
        expect(page.locator("#details-name")).to_have_text("test")
        assert emptied.status("/status/job", method="DELETE") == 200
        expect(page.locator("#details")).to_be_hidden()
        emptied.post({"type": "start", "task": "job.test", "name": "the test of tomorrow"})
        expect(page.locator("#details-name")).to_have_text("the test of tomorrow")
        expect(page).to_have_url(f"{emptied.url}/?sel=job.test")


def test_one_selection_goes_through_all_panes(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?tab=log")
        page.locator("#lines .row:visible").filter(has_text="exit status 1").last.click()
        expect(page.locator("#details-name")).to_have_text("test")
        expect(page.locator("#log")).to_contain_text("expected 41, got 42")
        page.locator("#markers-pane, #log").first.wait_for(state="attached")
        page.get_by_role("tab", name="Markers").click()
        expect(page.locator("#markers-none")).to_be_visible()
        page.locator("#lines .row:visible").filter(has_text="the job").first.click()
        expect(page.locator("#markers")).to_contain_text("sources are complete")
        expect(page.locator('#lines [aria-selected="true"] .name')).to_have_text("the job")


BUSY = """const replace = history.replaceState;
history.replaceState = () => { throw new DOMException("too often", "SecurityError"); };
setTimeout(() => { history.replaceState = replace; }, 1500);"""


def test_an_address_that_the_browser_refuses_is_written_later(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(page.locator("#lines .name").first).to_be_visible()
        page.evaluate(BUSY)
        page.keyboard.press("h")
        expect(page.locator("#hide")).to_have_attribute("aria-pressed", "true")
        expect(page).to_have_url(f"{emptied.url}/?hide=finished")


def test_other_peoples_words_in_the_address_stay(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?utm=mail")
        expect(page.locator("#lines .name").first).to_be_visible()
        page.keyboard.press("h")
        expect(page).to_have_url(f"{emptied.url}/?utm=mail&hide=finished")
