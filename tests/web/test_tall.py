"""What is higher than any browser can scroll, in a real one: every line can be reached, and moves as lines do."""

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web.browser import looking
from tests.web.test_log import button, line

pytestmark = needs("chromium")

LINES, POSTED = 2_000_000, 100_000
"""38 million pixels, where Chromium has 33.5; and how many a record brings: the store takes that many at a time."""
TASKS, OPEN = 38_000, 40
"""And how many of them are in one: more siblings would make one line."""
TALL = 1_000
"""Pixels of a line, so that they are as high."""
STEP = 190
"""Pixels of a turn of the wheel: ten lines of a log."""


@pytest.fixture(scope="module")
def endless(standing: Daemon) -> Daemon:
    """A daemon with a log of that many lines, each its own number."""
    for first in range(1, LINES + 1, POSTED):
        text = "\n".join(str(number) for number in range(first, first + POSTED))
        standing.post({"type": "log", "task": "endless", "text": text})
        eventually(lambda end=first + POSTED - 1: standing.get("/logs/endless?from=-1")["total"] == end)
    return standing


def end(daemon: Daemon) -> int:
    """Return the number of the last line: one of the tests adds some."""
    return int(daemon.get("/logs/endless?from=-1")["total"])


def place(of: Locator) -> float:
    """Return how far down it stands; lines are made anew as more of them come."""
    return float(eventually(of.bounding_box)["y"])


def bar(page: Page, box: str) -> float:
    return float(page.locator(box).evaluate("(box) => box.scrollTop"))


def test_a_link_to_any_of_two_million_lines_goes_there(endless: Daemon, browser: Browser) -> None:
    for number in (26_316, 1_234_567, LINES):
        with looking(browser) as page:
            page.goto(f"{endless.url}/?sel=endless&tab=log#L{number}")
            expect(line(page, number)).to_have_text(f"{number:,}{number}")
            expect(line(page, number)).to_be_in_viewport(ratio=0.9)


def test_the_wheel_and_keys_move_a_log_of_two_million_lines_by_lines(endless: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(f"{endless.url}/?sel=endless&tab=log#L1234567")
        middle = line(page, 1_234_567)
        expect(middle).to_have_text("1,234,5671234567")
        before, stood = place(middle), bar(page, ".log-scroll")
        page.locator(".log-scroll").hover()
        page.mouse.wheel(0, STEP)
        eventually(lambda: place(middle) == before - STEP)
        eventually(lambda: 0 < bar(page, ".log-scroll") - stood < STEP / 2)  # At rest it is put right.
        assert place(middle) == before - STEP
        page.locator(".log-scroll").focus()
        page.keyboard.press("ArrowUp")
        eventually(lambda: place(middle) == before - STEP + 40)
        page.keyboard.press("PageDown")
        expect(middle).not_to_be_in_viewport()
        page.keyboard.press("PageUp")
        eventually(lambda: place(middle) == before - STEP + 40)


def test_both_ends_of_two_million_lines_are_a_key_away_and_the_bar_goes_anywhere(
    endless: Daemon, browser: Browser
) -> None:
    with looking(browser) as page:
        page.goto(f"{endless.url}/?sel=endless&tab=log")
        log = page.locator(".log-scroll")
        last = end(endless)
        expect(line(page, last)).to_be_in_viewport(ratio=0.9)
        log.focus()
        page.keyboard.press("Home")
        expect(line(page, 1)).to_be_in_viewport(ratio=0.9)
        expect(button(page, "Follow")).to_be_visible()
        page.keyboard.press("End")
        expect(line(page, last)).to_be_in_viewport(ratio=0.9)
        expect(button(page, "Pause")).to_be_visible()
        log.evaluate("(box) => { box.scrollTop = (box.scrollHeight - box.clientHeight) / 2; }")
        expect(line(page, last // 2)).to_be_in_viewport()
        stood, height = bar(page, ".log-scroll"), log.evaluate("(box) => box.clientHeight")
        page.keyboard.press("PageUp")
        expect(line(page, last // 2)).not_to_be_in_viewport()
        # At rest it is put right, which cuts a step short that begins just then.
        eventually(lambda: 0 < stood - bar(page, ".log-scroll") < height / 2)
        page.keyboard.press("PageDown")
        expect(line(page, last // 2)).to_be_in_viewport()
        button(page, "⤒").click()
        expect(line(page, 1)).to_be_in_viewport(ratio=0.9)
        log.hover()
        page.mouse.wheel(0, 3 * STEP)
        expect(line(page, 1)).not_to_be_in_viewport()
        page.mouse.wheel(0, -3 * STEP)
        expect(line(page, 1)).to_be_in_viewport(ratio=0.9)


def test_a_log_that_grows_beyond_the_bar_stays_where_it_is_read_and_at_its_end(
    endless: Daemon, browser: Browser
) -> None:
    with looking(browser) as page:
        page.goto(f"{endless.url}/?sel=endless&tab=log#L1234567")
        middle = line(page, 1_234_567)
        expect(middle).to_have_text("1,234,5671234567")
        before, stood, last = place(middle), bar(page, ".log-scroll"), end(endless)
        endless.post({"type": "log", "task": "endless", "text": "\n".join(["more"] * 5_000)})
        expect(button(page, "5,000 new lines")).to_be_visible()
        eventually(lambda: bar(page, ".log-scroll") < stood)
        assert place(middle) == before
        button(page, "5,000 new lines").click()
        expect(line(page, last + 5_000)).to_be_in_viewport(ratio=0.9)
        page.evaluate("location.hash = ''")
        page.get_by_label("Search the whole log").fill("1234567")
        expect(middle).to_be_in_viewport()
        before = place(middle)
        page.get_by_role("tab", name="Series").click()  # Another pane takes its place,
        expect(middle).to_be_hidden()
        page.get_by_role("tab", name="Log").click()  # and gives it back.
        eventually(lambda: place(middle) == before)


def enlarge(route: Route) -> None:
    """Make each line of the tree as high as a screen: no daemon keeps a million tasks."""
    answer = route.fetch()
    route.fulfill(response=answer, body=f"{answer.text()} :root {{ --line: {TALL}px }}")


def task(page: Page, number: int) -> Locator:
    return page.locator(f"#lines .row:visible:has(.name:text-is('t{number}'))")


@pytest.fixture(scope="module")
def many(standing: Daemon) -> Daemon:
    """A daemon with those tasks."""
    for first in range(0, TASKS, 10 * OPEN):
        numbers = range(first, first + 10 * OPEN)
        standing.post(*[{"type": "start", "task": f"p{number // OPEN}.t{number}"} for number in numbers])
    return standing


def test_a_tree_that_is_higher_than_any_browser_can_scroll_is_whole(many: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.set_viewport_size({"width": 1440, "height": 4 * TALL})
        page.route("**/style.css", enlarge)
        page.goto(f"{many.url}/?sel=p475.t19000")
        middle, tree = task(page, 19_000), page.locator("#tree")
        expect(middle).to_be_in_viewport()
        before, stood = place(middle), bar(page, "#tree")
        tree.hover()
        page.mouse.wheel(0, STEP)
        eventually(lambda: place(middle) == before - STEP)
        eventually(lambda: 0 < bar(page, "#tree") - stood < STEP / 2)
        assert place(middle) == before - STEP
        task(page, 19_001).click()
        expect(page.locator("#details-name")).to_have_text("t19001")
        tree.focus()
        rows = int(tree.get_attribute("aria-rowcount") or 0)
        for key, index in (("End", rows), ("ArrowUp", rows - 1), ("Home", 2)):
            page.keyboard.press(key)
            found = page.locator(f'#lines .row.active:visible[aria-rowindex="{index}"]')
            expect(found).to_be_in_viewport(ratio=0.9)
        tree.evaluate("(box) => { box.scrollTop = (box.scrollHeight - box.clientHeight) / 2; }")
        expect(task(page, 18_998)).to_be_in_viewport()
        page.get_by_label("Filter tasks").fill("t19000")
        expect(page.locator("#lines .row:visible")).to_have_count(2)
        expect(middle).to_be_in_viewport()
