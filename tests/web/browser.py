"""A real browser for the tests of the page, and what they all ask of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, sync_playwright

from tests.daemon import PATIENCE
from tests.needs import find

HOME, LAN = "localhost", "progress.lan"
"""Names of this machine; the second stands for one in a network: to a browser, plain http there is not secure."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    f"--host-resolver-rules=MAP {LAN} 127.0.0.1",
]
SIZES = {"wide": (1440, 900), "middling": (900, 760), "phone": (390, 760)}
LOOKS = [("wide", "light"), ("middling", "dark"), ("phone", "dark")]
"""Every size and both themes, where all six would tell nothing more."""
EXPECTED = ["Failed to load resource", "Cross-Origin-Opener-Policy header has been ignored"]
"""What the browser says while the daemon is gone, and of any page over plain http."""
TELL = """addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI}) =>
  console.error(`the policy forbids ${violatedDirective} ${blockedURI}`));"""
"""The browser may report a violation to nobody but the page."""

CUT = """() => [
  ...document.documentElement.scrollWidth > document.documentElement.clientWidth ? ["wider than its window"] : [],
  ...[...document.querySelectorAll("button, input, select, a.button, .pane, #answer, #kiosk, dialog[open]")]
    .filter((each) => each.checkVisibility() && !each.closest(".unseen"))
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 || each.getBoundingClientRect().left < -1)
    .map((each) => each.id || each.textContent),
]"""
"""What stands outside of the window, of what can be pressed or holds something."""
GO = """(query) => {
  history.pushState(null, "", query);
  dispatchEvent(new PopStateEvent("popstate"));
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find("chromium"), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def looking(browser: Browser, size: str = "wide", scheme: str = "light", **options: Any) -> Iterator[Page]:
    """Open a page that must not complain, of what is not expected; nor ask anything of other hosts."""
    width, height = SIZES[size]
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        **{"reduced_motion": "reduce", "timezone_id": noon(), **options},
    )
    context.add_init_script(TELL)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    complaints: list[str] = []
    watch(page, complaints)
    yield page
    context.close()
    assert not complaints, complaints


def noon() -> str:
    """Return a zone where it is noon, so that no test meets a midnight; in its name what is east is negative."""
    return f"Etc/GMT{time.gmtime().tm_hour - 12:+d}"


def watch(page: Page, complaints: list[str]) -> None:
    """Have all that goes wrong in a page noted."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in EXPECTED):
            complaints.append(message.text)

    def refuse(dialog: Dialog) -> None:
        complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def ask(request: Request) -> None:
        if (urlsplit(request.url).hostname or HOME) not in (HOME, LAN):
            complaints.append(f"asked for {request.url}")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", refuse)
    page.on("request", ask)


def go(page: Page, query: str) -> None:
    """Change the view as the browser's buttons do, which costs no reload; `?` is the plain one."""
    page.evaluate(GO, query)


def cut(page: Page) -> list[str]:
    """Return what of the page stands outside of the window."""
    found: list[str] = page.evaluate(CUT)
    return found


def violations(page: Page) -> list[str]:
    """Return what axe-core finds in a page that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[node['html'][:120] for node in each['nodes']][:3]}" for each in found]
