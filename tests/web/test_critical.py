"""The critical path on the timeline, in a real browser: of what ran side by side, what the end had to wait for."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web.browser import LOOKS, looking
from tests.web.test_timeline import BEGAN, canvas, spans

pytestmark = needs("chromium")

PALE = """
window.pale = new Set();
window.plain = new Set();
const { fillText, fillRect, clearRect } = CanvasRenderingContext2D.prototype;
let alpha = 1;
CanvasRenderingContext2D.prototype.fillRect = function (...rest) {
  if (this.canvas.className === "spans") alpha = this.globalAlpha;
  return fillRect.apply(this, rest);
};
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  if (this.canvas.className === "spans") (alpha < 0.3 ? pale : plain).add(text);
  return fillText.call(this, text, ...rest);
};
CanvasRenderingContext2D.prototype.clearRect = function (...rest) {
  if (this.canvas.className === "spans") { pale.clear(); plain.clear(); }
  return clearRect.apply(this, rest);
};
"""
"""Which words of the newest picture stand in what is pale: a canvas does not tell."""


def play(daemon: Daemon) -> None:
    """What is compiled side by side is linked, then tested side by side."""
    spans(
        daemon,
        ("job", 0, 100, "finished"),
        ("job.compile", 0, 40, "finished"),
        ("job.compile.slow", 0, 40, "finished"),
        ("job.compile.quick", 0, 10, "finished"),
        ("job.docs", 0, 30, "finished"),
        ("job.link", 40, 60, "finished"),
        ("job.test", 60, 100, "finished"),
        ("job.lint", 60, 90, "finished"),
    )


def told(page: Page, number: int) -> None:
    expect(canvas(page)).to_have_attribute("aria-label", re.compile(rf"^Critical path of {number} tasks?;"))


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_what_the_end_waited_for_stands_out(daemon: Daemon, browser: Browser, size: str, scheme: str) -> None:
    play(daemon)
    with looking(browser, size, scheme) as page:
        page.add_init_script(PALE)
        page.goto(f"{daemon.url}/?pane=timeline&t={BEGAN:.0f}..{BEGAN + 100:.0f}")
        page.get_by_role("button", name="Critical path").click()
        told(page, 5)
        eventually(lambda: set(page.evaluate("[...pale]")) == {"quick", "docs", "lint"})
        assert {"job", "compile", "slow", "link", "test"} <= set(page.evaluate("[...plain]"))
        assert "path=1" in page.evaluate("location.href")


def test_what_has_not_begun_is_not_on_it(daemon: Daemon, browser: Browser) -> None:
    spans(daemon, ("one", 0, 50, "finished"))
    daemon.post(*({"type": "update", "task": key, "status": "waiting"} for key in ("two", "three")))
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?path=1&t={BEGAN:.0f}..{BEGAN + 100:.0f}")
        told(page, 1)


def test_a_key_brings_it_and_it_goes_with_what_runs(daemon: Daemon, browser: Browser) -> None:
    play(daemon)
    with looking(browser) as page:
        page.add_init_script(PALE)
        page.goto(f"{daemon.url}/?t={BEGAN:.0f}..{BEGAN + 200:.0f}")
        page.locator("#timeline .scroll").press("x")
        told(page, 5)
        spans(daemon, ("job.lint", 60, 150, "finished"))
        eventually(lambda: "test" in page.evaluate("[...pale]") and "lint" in page.evaluate("[...plain]"))
        page.locator("#timeline .scroll").press("x")
        eventually(lambda: page.evaluate("pale.size") == 0)
