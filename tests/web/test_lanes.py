"""What the timeline draws of many spans in a real browser, and what there is of it for hands and for ears."""

import re
import time
from collections.abc import Iterator
from math import nan
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web.browser import LOOKS, looking
from tests.web.test_timeline import BEGAN, canvas, extent, lanes, spans

pytestmark = needs("chromium")

RECORD = """
window.drawn = [];
const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  if (this.canvas.className === "spans") drawn.push(text);
  return fillText.call(this, text, ...rest);
};
CanvasRenderingContext2D.prototype.clearRect = function (...rest) {
  if (this.canvas.className === "spans") drawn.length = 0;
  return clearRect.apply(this, rest);
};
"""
"""The words of the newest picture: a canvas does not tell them."""


def window(page: Page) -> tuple[float, float]:
    """Return what the address says is seen, in seconds after `BEGAN`."""
    address: str = page.evaluate("location.href")  # `page.url` is only told of while Playwright waits for something
    found = re.search(r"t=([0-9.]+)\.\.([0-9.]+)", address)
    if not found:
        return nan, nan
    return float(found[1]) - BEGAN, float(found[2]) - BEGAN


def says(page: Page, *texts: str) -> bool:
    drawn: list[str] = page.evaluate("drawn")
    return all(text in drawn for text in texts)


def seen(daemon: Daemon, start: float, end: float, more: str = "") -> str:
    return f"{daemon.url}/?pane=timeline&t={BEGAN + start:.0f}..{BEGAN + end:.0f}{more}"


def at(page: Page, share: float, y: float) -> tuple[float, float]:
    """Return a place on the canvas, once everything above it has come."""
    expect(page.locator("#headline")).not_to_be_empty()
    expect(page.locator("#link-words")).to_have_text("live")
    box = canvas(page).bounding_box()
    assert box is not None
    return box["x"] + share * box["width"], box["y"] + y


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_what_is_too_narrow_is_joined_under_its_number(
    emptied: Daemon, browser: Browser, size: str, scheme: str
) -> None:
    emptied.post(*crowd("job", 500, "cc"))
    with looking(browser, size, scheme) as page:
        page.add_init_script(RECORD)
        page.goto(seen(emptied, 0, 100, "&sel=job"))
        eventually(lambda: says(page, "500 × cc"))
        page.goto(seen(emptied, 0, 1))
        eventually(lambda: says(page, "job"))
        assert not says(page, "500 × cc")


def crowd(job: str, count: int, name: str) -> Iterator[dict[str, Any]]:
    """Children that follow one another, twenty a second, in one thread."""
    yield {"type": "start", "task": job, "time": BEGAN, "thread": "main"}
    for number in range(count):
        start = BEGAN + number / 20
        yield {"type": "start", "task": f"{job}.t{number}", "name": name, "time": start, "thread": "main"}
        yield {"type": "stop", "task": f"{job}.t{number}", "time": start + 1 / 20}
    yield {"type": "stop", "task": job, "time": BEGAN + count / 20}


def test_what_does_not_overlap_shares_a_track_and_what_does_is_stacked(emptied: Daemon, browser: Browser) -> None:
    for number in range(4):
        start = {"type": "start", "task": f"job.t{number}", "thread": f"n{number}", "time": BEGAN + 20 * number}
        emptied.post(start, {"type": "stop", "task": f"job.t{number}", "time": BEGAN + 20 * number + 15})
    with looking(browser) as page:
        page.add_init_script(RECORD)
        page.goto(seen(emptied, 0, 100))
        eventually(lambda: says(page, "n0", "n1", "n2", "n3"))
        height = canvas(page).locator("..").evaluate("(size) => size.offsetHeight")
        page.get_by_label("Lanes by").select_option("one lane")
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        # Three lanes' names and three tracks are gone: the threads lie one after the other.
        assert canvas(page).locator("..").evaluate("(size) => size.offsetHeight") <= height - 3 * 18 - 3 * 18


def test_short_spans_can_be_left_out_but_no_failure(emptied: Daemon, browser: Browser) -> None:
    spans(emptied, ("job.bad", 50, 50.5, "failed"), ("job.long", 60, 90, "finished"))
    with looking(browser) as page:
        page.add_init_script(RECORD)
        page.goto(seen(emptied, 0, 100))
        eventually(lambda: extent(page, "failed", 60)[1] > 0)
        assert says(page, "long")
        page.get_by_role("combobox", name="Show").select_option("≥ 1 min")
        eventually(lambda: not says(page, "long"))
        assert abs(extent(page, "failed", 60)[0] - 0.5) < 0.02


def test_a_marker_is_drawn_where_it_was(emptied: Daemon, browser: Browser) -> None:
    spans(emptied, ("job", 0, 100, "finished"))
    with looking(browser) as page:
        page.goto(seen(emptied, 0, 100))
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        assert extent(page, "text", 42)[1] < 0.1  # The name alone.
        emptied.post({"type": "marker", "task": "job", "text": "half", "time": BEGAN + 50})
        eventually(lambda: 0.48 < extent(page, "text", 42)[1] < 0.52)


def test_a_double_click_goes_into_a_span_and_a_key_back_to_all(emptied: Daemon, browser: Browser) -> None:
    spans(emptied, ("job", 40, 60, "finished"))
    with looking(browser) as page:
        page.goto(seen(emptied, 0, 100))
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        canvas(page).dblclick(position={"x": canvas(page).evaluate("(canvas) => canvas.clientWidth") / 2, "y": 50})
        eventually(lambda: abs(window(page)[0] - 39) < 0.1)
        assert abs(window(page)[1] - 61) < 0.1
        page.locator("#timeline .scroll").focus()
        page.keyboard.press("d")
        eventually(lambda: abs(window(page)[0] - 42.3) < 0.1)
        page.keyboard.press("a")
        page.keyboard.press("s")
        eventually(lambda: abs(window(page)[0] - 36.25) < 0.1)
        page.keyboard.press("l")
        expect(page).to_have_url(re.compile(r"t=-27\.5s\.\.now"))
        page.keyboard.press("0")
        expect(page.get_by_role("button", name="All", exact=True)).to_have_attribute("aria-pressed", "true")


def test_a_stretch_is_measured_by_pointer_and_by_key(emptied: Daemon, browser: Browser) -> None:
    spans(emptied, ("job", 0, 100, "finished"))
    with looking(browser) as page:
        page.add_init_script(RECORD)
        page.goto(seen(emptied, 0, 100))
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        page.mouse.move(*at(page, 0.25, 100))
        page.keyboard.down("Shift")
        page.mouse.down()
        page.mouse.move(*at(page, 0.5, 100))
        eventually(lambda: any(re.fullmatch(r"2[45]\.\d\d s", text) for text in page.evaluate("drawn")))
        page.mouse.up()
        page.keyboard.up("Shift")
        assert window(page) == (0, 100)
        page.locator("#timeline .scroll").press("m")
        page.locator("#timeline .scroll").press("m")
        eventually(lambda: says(page, "50.00 s"))


def test_the_strip_shows_all_the_time_and_goes_where_it_is_pressed(emptied: Daemon, browser: Browser) -> None:
    spans(emptied, ("job.a", 0, 200, "finished"), ("job.b", 500, 600, "failed"), ("job", 0, 1000, "finished"))
    with looking(browser) as page:
        page.goto(seen(emptied, 0, 100, "&sel=job"))
        strip = page.locator("#timeline .overview")
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        strip.click(position={"x": 0.55 * strip.evaluate("(strip) => strip.clientWidth"), "y": 15})
        eventually(lambda: abs(window(page)[0] - 500) < 5 and abs(window(page)[1] - 600) < 5)
        eventually(lambda: extent(page, "failed")[1] > 0.9)


TWO_KEYS = """(scroll) => {
  for (const key of ["a", "s"]) scroll.dispatchEvent(new KeyboardEvent("keydown", { key }));
}"""


def test_of_two_keys_within_a_frame_the_second_goes_on_from_the_first(emptied: Daemon, browser: Browser) -> None:
    spans(emptied, ("job", 40, 60, "finished"))
    with looking(browser) as page:
        page.goto(seen(emptied, 0, 100))
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        page.locator("#timeline .scroll").evaluate(TWO_KEYS)
        start, end = window(page)
        assert abs(start + 27.5) < 0.01
        assert abs(end - 97.5) < 0.01


TICKING = "const real = Date.now; let looks = 0; Date.now = () => real() + looks++;"
"""Of two looks at the clock the second is always a millisecond later."""


def test_a_key_is_one_instant(emptied: Daemon, browser: Browser) -> None:
    spans(emptied, ("job", 40, 60, "finished"))
    with looking(browser) as page:
        page.add_init_script(TICKING)
        page.goto(seen(emptied, 0, 100))
        page.locator("#timeline .scroll").press("l")
        expect(page).to_have_url(re.compile(r"t=-100s\.\.now"))


def test_what_is_pointed_at_is_told_and_the_table_tells_all(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "job", "message": "almost", "time": time.time() - 61})
    spans(emptied, ("other", 10, 12, "failed"))
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job")
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        page.mouse.move(*at(page, 0.5, 50))
        tip = page.locator("#timeline .tip")
        expect(tip).to_have_text(re.compile(r"^job\nrunning, 1:\d\d from \S+ \(\+0 µs\)\nalmost$"))
        page.get_by_role("button", name="Table").click()
        line = page.locator("#timeline tbody tr")
        expect(line).to_have_text(re.compile("^jobrunning.+1:"))
        line.evaluate("(line) => { line.dataset.read = 'here'; }")
        emptied.post({"type": "stop", "task": "job"})
        expect(line).to_have_text(re.compile("^jobfinished.+1:"))
        expect(line).to_have_attribute("data-read", "here")  # Who reads it is not thrown back to the top.
        page.goto(seen(emptied, 0, 100))
        page.get_by_role("button", name="Table").click()
        expect(page.locator("#timeline tbody tr")).to_have_text(re.compile("^otherfailed.+2.00 s$"))


def test_nothing_is_told_of_a_span_that_has_gone_from_under_the_pointer(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "start", "task": "other"}, {"type": "start", "task": "job", "time": time.time() - 61})
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job")
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        page.mouse.move(*at(page, 0.5, 50))
        expect(page.locator("#timeline .tip")).to_contain_text("job")
        assert emptied.status("/status/job", method="DELETE") == 200
        expect(page.locator("#lines .row:visible")).to_have_count(1)
        expect(page.locator("#timeline .tip")).to_be_hidden()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_timeline_is_there_or_one_press_away(emptied: Daemon, browser: Browser, size: str, scheme: str) -> None:
    spans(emptied, ("job", 0, 100, "finished"))
    with looking(browser, size, scheme) as page:
        page.goto(emptied.url)
        expect(page.locator("#lines .name").first).to_be_visible()
        button = page.locator("#fronts").get_by_role("button", name="Timeline")
        if size != "wide":
            button.click()
            expect(button).to_have_attribute("aria-current", "true")
        expect(canvas(page)).to_have_attribute("aria-label", lanes(1))
        if size != "wide":
            page.locator("#fronts").get_by_role("button", name="Tasks").click()
            expect(page.locator("#lines .name").first).to_be_visible()


def test_before_anything_begins_there_is_a_timeline_of_nothing(emptied: Daemon, browser: Browser) -> None:
    emptied.post({"type": "update", "task": "one", "status": "waiting"})
    emptied.post({"type": "update", "task": "two", "status": "waiting"})
    with looking(browser) as page:
        page.goto(emptied.url)
        expect(canvas(page)).to_have_attribute("aria-label", re.compile("^Timeline: nothing has begun"))
        expect(page.locator("#headline")).to_have_text("waiting to start")
