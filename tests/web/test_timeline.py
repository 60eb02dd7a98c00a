"""The timeline in a real browser: what is drawn where, and what pointer and keys do to it."""

import re
import time

from playwright.sync_api import Browser, Locator, Page, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web import scene
from tests.web.browser import looking

pytestmark = needs("chromium")

BEGAN = 1_700_000_000.0
EXTENT = """(canvas, [status, top]) => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(--${status})`;
  const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let first = canvas.width, last = -1;
  for (let i = 0; i < data.length; i += 4) {
    if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) > 12) continue;
    const x = (i / 4) % canvas.width, y = Math.floor(i / 4 / canvas.width);
    if (y < top) continue;
    first = Math.min(first, x);
    last = Math.max(last, x);
  }
  return [first / canvas.width, last / canvas.width];
}"""
"""Between which shares of the width a status is drawn, below a number of pixels; the last is -1 for nowhere."""


def canvas(page: Page) -> Locator:
    found = page.locator("#timeline .spans")
    expect(found).to_be_visible()
    return found


def extent(page: Page, status: str, top: int = 24) -> tuple[float, float]:
    first, last = canvas(page).evaluate(EXTENT, [status, top])
    return first, last


def spans(daemon: Daemon, *ends: tuple[str, float, float, str]) -> None:
    """Send tasks that have ended: key, start and end after `BEGAN`, status."""
    for key, start, stop, status in ends:
        daemon.post(
            {"type": "start", "task": key, "time": BEGAN + start},
            {"type": "stop", "task": key, "time": BEGAN + stop, "status": status},
        )


def test_a_failed_moment_is_seen_beside_hours_of_success(daemon: Daemon, browser: Browser) -> None:
    spans(
        daemon,
        ("a.one", 0, 40_000, "finished"),
        ("a.two", 40_000, 40_000.1, "failed"),
        ("a.three", 40_000.1, 80_000, "finished"),
        ("a", 0, 80_000, "finished"),
    )
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?t={BEGAN:.0f}..{BEGAN + 80_000:.0f}")

        # Its parent, which it makes fail too, stands above.
        eventually(lambda: abs(extent(page, "failed", 60)[0] - 0.5) < 0.01)


def test_what_runs_grows_to_now(daemon: Daemon, browser: Browser) -> None:
    daemon.post({"type": "start", "task": "endless", "time": time.time() - 30})
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?t={time.time() - 60:.3f}..{time.time() + 60:.3f}")
        eventually(lambda: extent(page, "running")[1] > 0)
        before = extent(page, "running")[1]

        eventually(lambda: extent(page, "running")[1] > before + 0.01)


def test_the_wheel_zooms_about_the_pointer_and_a_drag_moves(daemon: Daemon, browser: Browser) -> None:
    spans(daemon, ("a", 0, 100, "finished"))
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?t={BEGAN:.0f}..{BEGAN + 100:.0f}")
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        box = canvas(page).bounding_box()
        assert box is not None
        middle, y = box["x"] + box["width"] / 2, box["y"] + 100
        page.mouse.move(middle, y)
        page.mouse.wheel(0, -100)
        eventually(lambda: abs(shown_from(page) - 10) < 1)
        page.mouse.down()
        page.mouse.move(middle + box["width"] / 4, y, steps=4)
        page.mouse.up()
        eventually(lambda: abs(shown_from(page) + 10) < 1)


def shown_from(page: Page) -> float:
    """Return the left edge, in seconds after `BEGAN`."""
    address: str = page.evaluate("location.href")  # `page.url` is only told of while Playwright waits for something
    return float(address.partition("t=")[2].partition("..")[0]) - BEGAN


def test_lanes_are_by_thread_host_or_one(daemon: Daemon, browser: Browser) -> None:
    scene.play(daemon)
    with looking(browser) as page:
        page.goto(daemon.url)
        expect(canvas(page)).to_have_attribute("aria-label", lanes(4))
        page.get_by_label("Lanes by").select_option("host")
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))


def lanes(count: int) -> re.Pattern[str]:
    return re.compile(rf"in {count} lane")


def test_the_selected_span_is_brought_into_sight(daemon: Daemon, browser: Browser) -> None:
    for number in range(80):
        spans(daemon, (f"a.t{number}", 0, 50, "finished"))
    spans(daemon, ("a.bad", 10, 40, "failed"))
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?t={BEGAN:.0f}..{BEGAN + 50:.0f}")
        expect(page.locator("#lines .name").first).to_be_visible()
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        scroll = page.locator("#timeline .scroll")
        assert scroll.evaluate("(scroll) => scroll.scrollTop") == 0
        page.keyboard.press("n")  # The parent, which it made fail,
        page.keyboard.press("n")  # and then the task itself.

        eventually(lambda: scroll.evaluate("(scroll) => scroll.scrollTop") > 0)
        eventually(lambda: extent(page, "failed", 60)[1] > 0.7)
        page.locator("#details-close").click()
        expect(page.locator("#details")).to_be_hidden()
        assert scroll.evaluate("(scroll) => scroll.scrollTop") > 0
