"""The empty page in a real browser: three ways to a first task, each of them true, and a demo."""

import os
import subprocess

import pytest
from playwright.sync_api import Browser, expect

from tests.daemon import PATIENCE, Daemon, eventually
from tests.needs import needs
from tests.web.browser import LOOKS, cut, looking

NOTE = """(button) => {
  window.said = [];
  const note = () => said.push(button.textContent);
  new MutationObserver(note).observe(button, { childList: true, characterData: true, subtree: true });
}"""
"""What the button says for three seconds."""

pytestmark = needs("chromium", "curl")


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_empty_page_turns_into_the_tree_as_it_comes(
    emptied: Daemon, browser: Browser, size: str, scheme: str
) -> None:
    with looking(browser, size, scheme, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(emptied.url)
        for name in ("Wrap a command", "Python", "curl, or anything"):
            page.get_by_role("tab", name=name).click()
            expect(page.get_by_role("tabpanel").filter(visible=True)).to_be_visible()
            assert cut(page) == []
        page.locator(".copy:visible").evaluate(NOTE)
        page.get_by_role("button", name="Copy: curl").click()
        eventually(lambda: "Copied" in page.evaluate("said"))
        command = page.evaluate("navigator.clipboard.readText()")
        done = subprocess.run(command, shell=True, check=True, capture_output=True, timeout=PATIENCE, env=os.environ)
        assert b"1" in done.stdout

        expect(page.locator("#welcome")).to_be_hidden()
        expect(page.locator("#lines .name").first).to_have_text("backup")
        expect(page.locator("#answer-percent")).to_have_text("40.0%")


def test_the_lessons_are_learned_by_keys(emptied: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(emptied.url)
        page.get_by_role("tab", name="Wrap a command").press("ArrowLeft")
        expect(page.get_by_role("tab", name="curl, or anything")).to_be_focused()
        expect(page.locator("#lessons")).to_contain_text(f"{emptied.url}/records")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name="Wrap a command")).to_have_attribute("aria-selected", "true")


def test_a_real_task_ends_the_demo(emptied: Daemon, browser: Browser) -> None:
    with looking(browser, "phone", "dark") as page:
        page.goto(emptied.url)
        page.get_by_role("button", name="Show me a demo").click()
        expect(page.locator("#subject")).to_have_text("a nightly build")
        page.clock.install()
        page.clock.fast_forward(60_000)
        expect(page.get_by_role("button", name="Demo: simulated")).to_be_visible()
        emptied.post({"type": "start", "task": "real"})
        expect(page.locator("#subject")).to_have_text("real")
        expect(page.get_by_role("button", name="Demo: simulated")).to_have_count(0)
