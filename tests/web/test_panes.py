"""The panes of the page in a real browser: tree, timeline, log, series, and the view in the address."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web.browser import SIZES, looking

pytestmark = needs("chromium")


FIRST_RED = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let first = canvas.width;
  for (let i = 0; i < data.length; i += 4) {
    const isRed = data[i] > 130 && data[i + 1] < 90 && data[i + 2] < 100 && data[i + 3] > 200;
    if (isRed) first = Math.min(first, (i / 4) % canvas.width);
  }
  return first / canvas.width;
}"""
"""Where the leftmost pixel of a failed span is, as a share of the width; 1 for nowhere."""


def build(daemon: Daemon) -> None:
    """A job with something of each kind."""
    daemon.post(
        {"type": "start", "task": "job", "name": "the job", "host": "h1", "pid": 7},
        {"type": "start", "task": "job.compile", "thread": "one", "time": 1_700_000_000},
        {"type": "stop", "task": "job.compile", "time": 1_700_000_100},
        {"type": "start", "task": "job.test", "thread": "two", "time": 1_700_000_100},
        {"type": "stop", "task": "job.test", "status": "failed", "message": "exit 1", "time": 1_700_000_150},
        {"type": "update", "task": "job.ship", "progress": 0.5, "thread": "one"},
        {"type": "marker", "task": "job", "text": "half way"},
    )


def row(page: Page, name: str) -> str:
    return f'#lines [role="row"]:visible:has(.name:text-is("{name}"))'


def test_the_filter_leaves_what_matches_and_what_is_above_it(daemon: Daemon, browser: Browser) -> None:
    build(daemon)
    with looking(browser) as page:
        page.goto(daemon.url)
        page.get_by_label("Filter tasks").fill("status:failed")

        expect(page.locator(row(page, "test"))).to_be_visible()
        expect(page.locator(row(page, "the job"))).to_be_visible()
        expect(page.locator(row(page, "compile"))).to_have_count(0)
        expect(page.locator("#filter-count")).to_have_text("1 of 4")
        expect(page.locator(row(page, "the job"))).to_have_class(re.compile(r"\babove\b"))
        page.get_by_label("Filter tasks").fill("job")
        expect(page.locator("#filter-count")).to_have_text("4 of 4")
        expect(page.locator(row(page, "the job"))).not_to_have_class(re.compile(r"\babove\b"))
        page.keyboard.press("Escape")
        expect(page.locator(row(page, "compile"))).to_be_visible()


def test_n_goes_to_the_failure_and_the_address_says_so(daemon: Daemon, browser: Browser) -> None:
    build(daemon)
    with looking(browser) as page:
        page.goto(daemon.url)
        expect(page.locator(row(page, "test"))).to_be_visible()
        page.keyboard.press("n")

        expect(page.locator("#details-name")).to_have_text("test")
        expect(page).to_have_url(f"{daemon.url}/?sel=job.test")
        page.reload()
        expect(page.locator("#details-message")).to_have_text("exit 1")


def test_failures_come_first_if_wished(daemon: Daemon, browser: Browser) -> None:
    build(daemon)
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?sort=failures")

        expect(page.locator("#lines .name").nth(1)).to_have_text("test")


def test_five_hundred_finished_are_one_line_and_the_failed_one_stands_beside_it(
    daemon: Daemon, browser: Browser
) -> None:
    for number in range(500):
        daemon.post({"type": "stop", "task": f"all.t{number}", "status": "failed" if number == 250 else "finished"})
    with looking(browser) as page:
        page.goto(daemon.url)

        expect(page.locator(".row.group")).to_contain_text("499 finished")
        expect(page.locator(row(page, "t250"))).to_be_visible()
        page.locator(".row.group").click()
        expect(page.locator(row(page, "t0"))).to_be_visible()


def test_the_tree_narrows_to_a_task_and_the_back_button_widens_it(daemon: Daemon, browser: Browser) -> None:
    daemon.post({"type": "start", "task": "a.b.c"}, {"type": "start", "task": "z"})
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?sel=a.b")
        expect(page.locator("#details-name")).to_have_text("b")
        page.keyboard.press(".")

        expect(page.locator("#trail")).to_contain_text("b")
        expect(page.locator(row(page, "z"))).to_have_count(0)
        page.go_back()
        expect(page.locator(row(page, "z"))).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_timeline_draws_spans_where_they_were(daemon: Daemon, browser: Browser, size: str, scheme: str) -> None:
    build(daemon)
    with looking(browser, size, scheme) as page:
        page.goto(f"{daemon.url}/?pane=timeline&t=1700000000..1700000200")
        canvas = page.locator("#timeline .spans")
        expect(canvas).to_be_visible()

        def first_red() -> float:
            return float(canvas.evaluate(FIRST_RED))

        # The failed test ran from the middle to three quarters of what is seen.
        eventually(lambda: abs(first_red() - 0.5) < 0.05)


def test_a_click_on_a_span_selects_its_task(daemon: Daemon, browser: Browser) -> None:
    build(daemon)
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?t=1700000000..1700000200")
        canvas = page.locator("#timeline .spans")
        expect(canvas).to_have_attribute("aria-label", re.compile("in . lanes"))
        box = canvas.bounding_box()
        assert box is not None
        page.get_by_role("button", name="Table").click()
        expect(page.locator("#timeline table")).to_contain_text("compile")
        page.get_by_role("button", name="Table").click()
        for y in range(40, 160, 9):
            page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + y)
            if "sel=job.test" in page.evaluate("location.href"):
                break

        expect(page.locator("#details-name")).to_have_text("test")


def test_keys_zoom_the_timeline_and_the_address_keeps_it(daemon: Daemon, browser: Browser) -> None:
    build(daemon)
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?t=1700000000..1700000200")
        page.locator("#timeline .scroll").focus()
        page.keyboard.press("w")
        expect(page).to_have_url(f"{daemon.url}/?t=1700000020..1700000180")
        page.keyboard.press("0")
        expect(page).to_have_url(f"{daemon.url}/")


def test_the_log_is_there_from_its_first_line_and_searched_whole(daemon: Daemon, browser: Browser) -> None:
    lines = [{"type": "log", "task": "job", "text": f"line {number}"} for number in range(5000)]
    daemon.post(
        {"type": "start", "task": "job"}, *lines, {"type": "log", "task": "job", "text": "\x1b[31merror\x1b[0m: no"}
    )
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?sel=job&tab=log")
        log = page.locator("#log")
        expect(log.locator(".ink-red")).to_have_text("error")
        daemon.post({"type": "log", "task": "job", "text": "and it goes on"})
        expect(log).to_contain_text("and it goes on")

        page.get_by_label("Search the whole log").fill("line 42")
        expect(log.get_by_role("status")).to_have_text("1 of 111")
        expect(log.locator("mark").first).to_have_text("line 42")
        page.get_by_title("The first line").click()
        expect(log).to_contain_text("line 0")
        expect(page.get_by_role("button", name="Follow", exact=True).last).to_be_visible()


def test_series_are_drawn_and_go_on_live(daemon: Daemon, browser: Browser) -> None:
    daemon.post(*[{"type": "metric", "task": "train", "name": "loss", "value": 1 / n} for n in range(1, 50)])
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?sel=train&tab=series")
        figure = page.locator("#series figure")

        expect(figure).to_contain_text("loss")
        daemon.post({"type": "metric", "task": "train", "name": "speed", "value": 7, "unit": "km"})
        expect(page.locator("#series")).to_contain_text("speed")
        expect(page.locator("#series")).to_contain_text("7 km")


@pytest.mark.parametrize("mode", ["kiosk", "mini"])
def test_the_answer_alone_says_what_and_how_far(daemon: Daemon, browser: Browser, mode: str) -> None:
    build(daemon)
    with looking(browser) as page:
        page.goto(f"{daemon.url}/?{mode}=1")

        expect(page.locator("#kiosk h2")).to_have_text("the job")
        expect(page.locator("#kiosk")).to_contain_text("exit 1")
        expect(page.locator("#top")).to_be_hidden()


def test_the_empty_page_teaches_and_plays_a_demo(daemon: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(daemon.url)
        page.get_by_role("tab", name="curl").click()
        expect(page.locator("#lessons")).to_contain_text(daemon.url)
        page.get_by_role("button", name="Show me a demo").click()

        expect(page.locator("#subject")).to_have_text("a nightly build")
        page.get_by_role("button", name="Demo: simulated").click()
        expect(page.locator("#lessons")).to_be_visible()
        assert daemon.get("/health")["tasks"] == 0


def test_the_first_visit_fetches_at_most_sixteen_modules_at_once(daemon: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(daemon.url)

        assert 10 <= page.locator('link[rel="modulepreload"]').count() <= 15
