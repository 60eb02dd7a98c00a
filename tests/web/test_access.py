"""The page for everybody: axe-core finds nothing, and large print, forced colours and keys lose nothing."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.daemon import Daemon, eventually
from tests.needs import needs
from tests.web import scene
from tests.web.browser import SIZES, cut, looking, violations

pytestmark = needs("chromium")

VIEWS = {
    "tree": "",
    "log": "?sel=job.test&tab=log",
    "series": "?sel=job.build&tab=series",
    "markers": "?sel=job&tab=markers",
    "kiosk": "?kiosk=1",
    "embed": "?embed=1",
}


def settle(page: Page) -> None:
    """Wait until the tree, or what stands in its place, is drawn."""
    expect(page.locator("#lines .name, #kiosk h2, #lessons button").first).to_be_attached()
    expect(page.locator("#link-words")).to_have_text("live")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(daemon: Daemon, browser: Browser, scheme: str) -> None:
    with looking(browser, "wide", scheme) as page:
        page.goto(daemon.url)
        expect(page.locator("#lessons button").first).to_be_visible()
        assert violations(page) == []
        scene.play(daemon)
        for view in VIEWS.values():
            page.goto(f"{daemon.url}/{view}")
            settle(page)
            assert violations(page) == [], view
        page.goto(daemon.url)
        settle(page)
        page.keyboard.press("?")
        expect(page.locator("#keys-dialog")).to_be_visible()
        assert violations(page) == []


NO_MORE_FRAMES = """
const next = requestAnimationFrame;
window.requestAnimationFrame = (draw) => next((time) => document.querySelector("canvas.spans") || draw(time));
"""


def test_axe_finds_nothing_before_the_timeline_is_first_drawn(daemon: Daemon, browser: Browser) -> None:
    scene.play(daemon)
    with looking(browser) as page:
        page.add_init_script(NO_MORE_FRAMES)
        page.goto(daemon.url)
        expect(page.locator("canvas.spans")).to_be_attached()
        assert page.locator("canvas.spans").get_attribute("aria-label") == "Timeline: not drawn yet"
        assert violations(page) == []


def test_axe_finds_nothing_while_the_details_are_on_their_way(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    held: list[Route] = []
    with looking(browser) as page:
        page.route("**/details.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it calls
        page.goto(f"{emptied.url}/?sel=job.test")
        settle(page)
        eventually(lambda: page.evaluate("1") and held)  # Playwright hears of a request while it is asked something.
        assert violations(page) == []
        for route in held:
            route.continue_()
        expect(page.locator("#details h2")).to_be_visible()


@pytest.mark.parametrize("size", ["middling", "phone"])
@pytest.mark.parametrize("pane", ["", "timeline", "task"])
def test_axe_finds_nothing_in_any_pane_of_a_small_screen(
    daemon: Daemon, browser: Browser, size: str, pane: str
) -> None:
    scene.play(daemon)
    with looking(browser, size) as page:
        page.goto(f"{daemon.url}/?sel=job.test&pane={pane}")
        settle(page)
        assert violations(page) == []


PRESSED = {
    "": "button.count",
    "?pane=timeline": "#timeline select",
    "?sel=job.test&tab=log&pane=task": "#log button:text('Pause')",
    "?tab=markers&pane=task": "#markers button.of",
}
"""Views, and what comes last in each of what can be pressed there."""
SMALL = """() => [...document.querySelectorAll("button, select, input, a.button")]
  .filter((each) => each.checkVisibility() && !each.closest(".unseen"))
  .map((each) => each.type === "checkbox" ? each.closest("label") : each)
  .filter((each) => Math.min(each.getBoundingClientRect().width, each.getBoundingClientRect().height) < 43.9)
  .map((each) => each.id || each.textContent)"""
TWISTY = """(twisty) => {
  const [across, down] = [twisty, twisty.closest(".row")].map((each) => each.getBoundingClientRect());
  const [x, y] = [across.x + across.width / 2, down.y + down.height / 2];
  return [[-21, 0], [21, 0], [0, -21], [0, 21]].every(([right, below]) =>
    document.elementFromPoint(x + right, y + below)?.closest(".twisty") === twisty);
}"""


@pytest.mark.parametrize("size", ["middling", "phone"])
def test_a_finger_hits_what_can_be_pressed(daemon: Daemon, browser: Browser, size: str) -> None:
    scene.play(daemon)
    with looking(browser, size, has_touch=True, is_mobile=True) as page:
        for query, there in PRESSED.items():
            page.goto(f"{daemon.url}/{query}")
            settle(page)
            expect(page.locator(there).first).to_be_visible()
            assert page.evaluate(SMALL) == [], query
            assert cut(page) == [], query
        page.get_by_role("button", name="Keys").click()
        expect(page.locator("#keys-dialog")).to_be_visible()
        assert page.evaluate(SMALL) == []
        page.goto(f"{daemon.url}/?q=many")
        many = page.locator("#lines .row", has=page.locator(".name", has_text="many"))
        # Until the filter's code has come it is elsewhere.
        eventually(lambda: many.locator(".twisty").evaluate(TWISTY))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pane", ["", "timeline", "task"])
def test_nothing_that_can_be_pressed_is_cut_off(daemon: Daemon, browser: Browser, size: str, pane: str) -> None:
    scene.play(daemon)
    with looking(browser, size) as page:
        page.goto(f"{daemon.url}/?sel=job.test&pane={pane}")
        settle(page)
        assert cut(page) == []


@pytest.mark.parametrize(("width", "height", "scheme"), [(360, 225, "light"), (320, 256, "dark")])
def test_four_times_as_large_it_is_the_phones_page_and_whole(
    emptied: Daemon, browser: Browser, width: int, height: int, scheme: str
) -> None:
    scene.play(emptied)
    with looking(browser, "phone", scheme) as page:
        # A browser at 400 % lays 1440 × 900 out as 360 × 225, and WCAG's 1280 × 1024 as 320 × 256.
        page.set_viewport_size({"width": width, "height": height})
        for pane in ("timeline", "task"):
            page.goto(f"{emptied.url}/?sel=job.test&pane={pane}")
            settle(page)
            assert cut(page) == []
        page.goto(emptied.url)
        settle(page)
        assert cut(page) == []
        assert page.locator("#tree").evaluate("(tree) => tree.clientHeight") >= 96  # Two lines, at the least.


@pytest.mark.parametrize("size", SIZES)
def test_forced_colours_leave_bars_and_words(emptied: Daemon, browser: Browser, size: str) -> None:
    scene.play(emptied)
    with looking(browser, size) as page:
        page.emulate_media(forced_colors="active")
        page.goto(emptied.url)
        settle(page)
        bar = page.locator("#answer .bar .finished")
        assert bar.evaluate("(bar) => getComputedStyle(bar).backgroundColor") == "rgb(15, 155, 137)"
        expect(page.locator('#lines [role="row"]').filter(has_text="test").first).to_contain_text("failed")


@pytest.mark.parametrize("view", ["", "?kiosk=1", "?mini=1"])
def test_with_less_motion_nothing_moves_by_itself(emptied: Daemon, browser: Browser, view: str) -> None:
    emptied.post({"type": "start", "task": "job"})  # Its total is unknown, so its bar would search.
    for wish, moves in (("reduce", False), ("no-preference", True)):
        with looking(browser, reduced_motion=wish) as page:
            page.goto(f"{emptied.url}/{view}")
            settle(page)
            expect(page.locator(".bar.unknown:visible").first).to_be_visible()
            assert (page.evaluate("() => document.getAnimations().length") > 0) is moves


def test_where_the_focus_was_on_what_goes_it_is_on_the_tree(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job.test&root=job")
        expect(page.locator("#details-name")).to_have_text("test")
        for button in (page.locator("#details-close"), page.locator("#trail button").first):
            button.press("Enter")
            expect(button).to_be_hidden()
            expect(page.locator("#tree")).to_be_focused()


def test_an_edge_says_where_it_is_and_a_key_moves_it_from_there(emptied: Daemon, browser: Browser) -> None:
    scene.play(emptied)
    with looking(browser) as page:
        page.goto(f"{emptied.url}/?sel=job.test")
        for name, usual in (("Width of the tree", 54), ("Height of the panel", 38)):
            edge = page.get_by_role("separator", name=name)
            expect(edge).to_have_attribute("aria-valuenow", str(usual))
            edge.press("ArrowUp")
            expect(edge).to_have_attribute("aria-valuenow", str(usual + 3))


def test_all_can_be_done_by_keys(daemon: Daemon, browser: Browser) -> None:
    scene.play(daemon)
    with looking(browser) as page:
        page.goto(daemon.url)
        settle(page)
        page.locator("#tree").focus()
        for key in ("Home", "ArrowDown", "ArrowDown", "Enter"):
            page.keyboard.press(key)
        expect(page.locator("#details-name")).to_have_text("build")
        page.keyboard.press("End")
        page.keyboard.press("ArrowRight")
        # Sixty siblings are one line until somebody wants them all.
        expect(page.locator(".row.group")).to_contain_text("60 finished")
        page.keyboard.press("+")
        expect(page.locator("#lines")).to_contain_text("m0")
        page.keyboard.press("Escape")
        expect(page.locator("#details")).to_be_hidden()
