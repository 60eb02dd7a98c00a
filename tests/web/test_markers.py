"""The list of markers in a real browser: what is read in it stays, whatever comes and goes."""

from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon
from tests.needs import needs
from tests.web.browser import looking

pytestmark = needs("chromium")

SELECT = """(text) => getSelection().selectAllChildren(text)"""


def marker(task: str, text: str, time: float) -> dict[str, object]:
    return {"type": "marker", "task": task, "text": text, "time": time}


def told(page: Page) -> list[str]:
    return page.locator("#markers .text").all_inner_texts()


def test_focus_and_selection_in_the_list_outlast_what_comes_and_goes(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job.a", "time": 100}, {"type": "start", "task": "old", "time": 100})
    emptied.post(marker("job.a", "half way", 150), marker("old", "long ago", 120))
    with looking(browser) as page:
        page.goto(emptied.url)
        line = page.locator("#markers li").filter(has_text="half way")
        line.locator(".text").evaluate(SELECT)
        button = line.get_by_role("button", name="a")
        button.focus()
        emptied.post({"type": "start", "task": "job.b"}, marker("job.b", "newer", 160), marker("job.b", "between", 140))
        expect(page.locator("#markers li")).to_have_count(4)
        assert emptied.status("/status/old", method="DELETE") == 200
        expect(page.locator("#markers li")).to_have_count(3)
        assert told(page) == ["newer", "half way", "between"]
        expect(button).to_be_focused()
        assert page.evaluate("String(getSelection())") == "half way"


def test_a_marker_that_is_told_twice_is_listed_twice_and_its_words_are_those_of_now(
    emptied: Daemon, browser: Browser
) -> None:
    emptied.post({"type": "start", "task": "job.a", "time": 100})
    # Not the same record said again, which the daemon knows: another of the same words.
    emptied.post(marker("job.a", "half way", 150), marker("job.a", "half way", 150.5))
    with looking(browser) as page:
        page.goto(emptied.url)
        lines = page.locator("#markers li")
        expect(lines).to_have_count(2)
        expect(page.locator("#markers-count")).to_have_text("2")
        expect(lines.first).to_contain_text("(+0:50)")
        emptied.post({"type": "stop", "task": "job.a", "time": 170}, {"type": "start", "task": "job.a", "time": 200})
        emptied.post({"type": "start", "task": "job.b"})
        expect(lines.first).to_contain_text("earlier")
        lines.first.get_by_role("button", name="a").click()
        expect(page.locator("#tree")).to_be_focused()
        expect(page.locator("#details-name")).to_have_text("a")
        expect(lines.first.get_by_role("button")).to_be_hidden()
