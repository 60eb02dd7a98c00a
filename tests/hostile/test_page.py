"""Whatever a producer writes, the page shows it as text: a real browser over a corpus of what did harm elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, eventually, running
from tests.hostile.texts import TEXTS, strange
from tests.needs import needs
from tests.web.browser import looking

pytestmark = needs("chromium")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must not complain, of a dialog either; so high that there is room for a row of each text."""
    with looking(browser) as page:
        page.set_viewport_size({"width": 1280, "height": 2000})
        yield page


def say(daemon: Daemon, number: int, text: str) -> None:
    """Put a text wherever a record has room for one."""
    key, word = f"h{number}.{text[:200]}", text[:256]
    about = {"unit": word, "host": word, "thread": word, "message": text}
    daemon.post(
        {"type": "start", "task": key, "name": text[:4000], "total": 3, "data": {text: text}, **about},
        {"type": "marker", "task": key, "text": text},
        {"type": "log", "task": key, "text": text, "stream": word},
        {"type": "metric", "task": key, "name": text[:4000], "value": 1, "unit": word, "dimensions": {word: word}},
        {"type": "update", "task": key, "done": 1},
    )


def test_no_text_becomes_more_than_text(tmp_path: Path, page: Page) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        page.goto(daemon.url)
        daemon.post({"type": "start", "task": "harmless"})
        expect(page.get_by_role("row").filter(has_text="harmless")).to_be_visible()

        for number, text in enumerate(TEXTS):
            say(daemon, number, text)
        for number in range(len(TEXTS)):
            row = page.get_by_role("row").filter(has_text=f"h{number}").first
            expect(row).to_be_visible()
            row.click()
        assert strange(page) == []
        page.get_by_role("row").filter(has_text="onerror").last.click()
        expect(page.locator("#details-name")).to_contain_text("onerror")
        assert strange(page) == []

        page.reload()
        expect(page.get_by_role("row").filter(has_text="onerror").first).to_be_visible()
        assert strange(page) == []
        assert page.evaluate("({}).polluted === undefined && Object.keys(Object.prototype).length === 0")
        assert daemon.url in page.url


def test_no_text_breaks_the_stream(tmp_path: Path, page: Page) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        page.goto(daemon.url)
        for number, text in enumerate(TEXTS):
            say(daemon, number, text)
        daemon.post({"type": "update", "task": "after", "done": 1, "total": 4})

        page.get_by_role("searchbox").fill("after")  # There are more rows than the window has room for.
        expect(page.get_by_role("row").filter(has_text="after").get_by_role("progressbar")).to_have_attribute(
            "aria-valuenow", "25"
        )
        expect(page.locator("#link")).to_contain_text("live")
        eventually(lambda: daemon.get("/health")["readers"] == 1)
