"""Every pane of the page over texts that mean no good: nothing runs, nothing turns round, nothing is pushed aside."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import Daemon, running
from tests.hostile.texts import TEXTS, strange
from tests.needs import needs
from tests.web.browser import LOOKS, cut, go, looking

pytestmark = needs("chromium")

LENGTH = 100.0
"""Seconds that each task took, so that all have a span that can be pointed at."""
RECORD = """
window.drawn = new Set();
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  drawn.add(text);
  return draw.call(this, text, ...rest);
};
window.told = [];
window.Notification = class {
  static permission = "granted";
  static requestPermission = async () => "granted";
  constructor(title, {body}) { told.push(title, body); }
};
"""
"""What is drawn cannot be read from a canvas, nor what the system shows."""
TURNED = r"""() => {
  const turns = /[\u202a-\u202e\u2066-\u2069]/u;
  const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
  const isolates = (style) => style.display !== "inline" || style.unicodeBidi.includes("isolate");
  const wrong = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!turns.test(node.data)) continue;
    let box = node.parentElement;
    while (!isolates(getComputedStyle(box))) box = box.parentElement;
    if (box.textContent !== node.data) wrong.push(`text beside other text in ${box.id || box.className}`);
  }
  for (const each of document.querySelectorAll("*")) {
    for (const name of ["title", "aria-label", "aria-valuetext", "placeholder"]) {
      if (control.test(each.getAttribute(name) ?? "")) wrong.push(`${name} of ${each.id || each.className}`);
    }
  }
  const shown = [...drawn, ...told, document.title].filter((text) => control.test(text));
  return [...new Set([...wrong, ...shown])];
}"""
"""Where a text turns what stands beside it, or moves a terminal's cursor in a place that cannot isolate it."""


LOADS = """async (address) => {
  const picture = new Image();
  picture.src = address;
  return picture.decode().then(() => picture.naturalHeight === 20, () => false);
}"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that was told every text wherever a record has room for one."""
    with running(tmp_path_factory.mktemp("hostile"), "--store", "memory:") as daemon:
        for number, text in enumerate(TEXTS):
            daemon.post(*records(number, text, daemon.get("/tasks")["now"]))
        body = "".join(
            json.dumps({"type": "start", "task": "bad", text[:200]: text, "total": text[:200]}) + "\n" for text in TEXTS
        )
        headers = {"Content-Type": "application/x-ndjson"}
        assert daemon.status("/records", data=body.encode(), headers=headers) == 400
        yield daemon


def records(number: int, text: str, now: float) -> Iterator[dict[str, Any]]:
    """A root of that name with a child of that key; lines, measurements and markers stand together elsewhere."""
    root, word, began = f"r{number}", text[:256], {"time": now - LENGTH}
    about = {"unit": word, "host": word, "thread": word, "message": text}
    yield {
        "type": "start",
        "task": root,
        "name": text[:4096],
        "total": 3,
        "done": 1,
        "data": {text: text},
        **about,
        **began,
    }
    yield {"type": "start", "task": f"{root}.{text[:200]}", "name": text[:4096], **about, **began}
    yield {"type": "start", "task": f"{root}.bad", "name": text[:4096], **about, **began}
    yield {"type": "stop", "task": f"{root}.bad", "status": "failed", "message": text}
    yield {"type": "marker", "task": root, "text": text}
    yield {"type": "log", "task": "lines", "text": text, "stream": word}
    yield {"type": "metric", "task": "measured", "name": word, "value": 1, "unit": word, "dimensions": {word: word}}


def check(page: Page, where: str) -> None:
    """Fail if a text has become more than text, or if the page no longer stands as it should."""
    assert strange(page) == [], where
    assert page.evaluate(TURNED) == [], where
    assert cut(page) == [], where


def select(page: Page, number: int) -> None:
    """Select a root, and wait until the page shows it."""
    go(page, f"?sel=r{number}")
    expect(page.locator("#details-key")).to_have_text(f"r{number}")


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_no_text_leaves_its_place_in_any_pane(daemon: Daemon, browser: Browser, size: str, scheme: str) -> None:
    with looking(browser, size, scheme) as page:
        page.add_init_script(RECORD)
        page.goto(daemon.url)
        expect(page.locator("#lines .name").first).to_be_visible()
        check(page, "tree")
        for query, shown in {
            "?q=onerror": "#filter-count:text-matches('^[0-9]+ of')",
            "?sel=lines&tab=log&pane=task": ".log-line",
            "?sel=measured&tab=series&pane=task": ".plot:nth-child(20)",
            "?sel=r0&tab=markers&pane=task": "#markers li",
            "?pane=timeline": "#timeline .spans",
            "?kiosk=1": "#kiosk li",
            "?mini=1": "#kiosk li",
            "?embed=1": "#lines .name",
        }.items():
            go(page, query)
            expect(page.locator(shown).first).to_be_visible()
            check(page, query)


def test_no_text_leaves_its_place_where_its_task_is_selected(daemon: Daemon, browser: Browser) -> None:
    with looking(browser, "wide", "dark") as page:
        page.add_init_script(RECORD)
        page.goto(daemon.url)
        spans = page.locator("#timeline .spans")
        for number, text in enumerate(TEXTS):
            go(page, f"?sel=r{number}&root=r{number}")
            expect(page.locator("#details-key")).to_have_text(f"r{number}")
            spans.hover(position={"x": 90, "y": 50})
            expect(page.locator("#timeline .tip")).to_contain_text("from")
            check(page, repr(text[:40]))
        page.get_by_role("button", name="Table").click()
        expect(page.locator("#timeline td").first).to_be_visible()
        check(page, "table")


def test_no_text_leaves_its_place_in_a_dialog_or_a_notification(daemon: Daemon, browser: Browser) -> None:
    with looking(browser, "phone") as page:
        page.add_init_script(RECORD)
        page.goto(daemon.url)
        page.locator("#losses").click()
        expect(page.locator("#losses-list li").nth(len(TEXTS) - 1)).to_be_visible()
        check(page, "losses")
        page.locator("#losses-close").click()
        for number in range(len(TEXTS)):
            go(page, f"?sel=r{number}")
            page.get_by_role("button", name="Tell me").click()
        expect(page.locator("#notify")).to_have_attribute("aria-pressed", "true")
        for number in range(len(TEXTS)):
            daemon.post({"type": "stop", "task": f"r{number}"})
        page.wait_for_function("count => told.length >= 2 * count", arg=len(TEXTS))
        check(page, "notifications")


def test_a_badge_of_any_text_is_a_whole_picture(daemon: Daemon, browser: Browser) -> None:
    with looking(browser) as page:
        page.goto(daemon.url)
        for number, text in enumerate(TEXTS):
            loads = page.evaluate(LOADS, f"/badge/r{number}.svg")
            assert loads, text
        page.goto(f"{daemon.url}/badge/r0.svg")
        assert page.locator("script, img").count() == 0
