"""What changes while the page, or a part of it, shows something else."""

from playwright.sync_api import Browser, expect

from tests.daemon import Daemon
from tests.needs import needs
from tests.web.browser import looking

pytestmark = needs("chromium")

CHIP = """() => {
  globalThis.said = [];
  const chip = document.getElementById('link-words');
  const note = () => said.push(chip.textContent);
  new MutationObserver(note).observe(chip, { childList: true, characterData: true, subtree: true });
}"""


def test_a_line_that_comes_back_tells_what_changed_while_another_stood_for_it(
    emptied: Daemon, browser: Browser
) -> None:
    emptied.post(*[{"type": "update", "task": f"r.a{number}", "progress": 0.1} for number in range(6)])
    emptied.post({"type": "update", "task": "r.zebra", "progress": 0.5, "message": "old words"})
    with looking(browser) as page:
        page.goto(emptied.url)
        line = page.locator("#lines .row:visible").filter(has_text="zebra")
        expect(line).to_contain_text("old words")
        page.locator("#filter").fill("zebra")
        expect(page.locator("#lines .row:visible")).to_have_count(2)
        emptied.post({"type": "stop", "task": "r.zebra", "status": "failed", "message": "new words"})
        expect(line).to_contain_text("new words")
        page.locator("#filter").fill("")
        expect(page.locator("#lines .row:visible")).to_have_count(8)
        expect(line).to_have_attribute("data-status", "failed")
        expect(line).to_contain_text("new words")


def test_to_look_at_a_task_s_log_is_no_lost_connection(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "log", "task": "job", "text": "a line"})
    with looking(browser) as page:
        page.add_init_script("delete window.SharedWorker")
        page.goto(emptied.url)
        expect(page.locator("#link-words")).to_have_text("live")
        page.evaluate(CHIP)
        page.route("**/events*", lambda route: None)  # It takes long.
        # Some seconds after the last message the page's time stands still; this one lets it go on.
        emptied.post({"type": "update", "task": "job", "message": "a word"})
        expect(page.locator("#lines .message")).to_have_text("a word")
        with page.expect_request("**/events*log=job*"):
            page.locator("#lines .row:visible").click()
        elapsed = page.locator("#lines .elapsed")
        before = elapsed.inner_text()
        expect(elapsed).not_to_have_text(before)
        assert page.evaluate("said") == []


def test_the_filter_finds_what_comes_to_match(emptied: Daemon, browser: Browser) -> None:
    emptied.post(*[{"type": "update", "task": task, "progress": 0.1} for task in ("one", "two")])
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?q=progress:>50")
        expect(page.locator("#filter-count")).to_have_text("0 of 2")
        emptied.post({"type": "update", "task": "two", "progress": 0.7})
        expect(page.locator("#lines .row:visible .name")).to_have_text("two")
