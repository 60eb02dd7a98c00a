"""Pages of another server that reload by themselves: a real browser, a real server, real files."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.daemon import PATIENCE, Daemon, eventually, free_port, running
from tests.needs import needs
from tests.run.people import RUN, environment

pytestmark = needs("chromium")

HTML = """<!doctype html><title>{title}</title><link rel="stylesheet" href="a.css">
<script src="{daemon}/reload.js?task=site"></script><body><p>{text}</p></body>"""
RED, BLUE = "rgb(255, 0, 0)", "rgb(0, 0, 255)"


@dataclass
class Site:
    """A folder of files, served by a command under --reload, and a browser that shows it."""

    folder: Path
    url: str
    page: Page

    def save(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def has_reloaded(self) -> bool:
        """Return whether the page is not the one that `look` saw."""
        return not self.page.evaluate("window.isTheSame")

    def reloads(self) -> None:
        """Wait until another page is there than the one that `look` saw."""
        self.page.wait_for_function("!window.isTheSame", timeout=PATIENCE * 1000)

    def look(self, text: str) -> None:
        """Look at the page until it follows the daemon, and remember it."""
        expect(self.page.locator("p")).to_have_text(text)
        self.page.evaluate("window.isTheSame = true")


@contextmanager
def site(daemon: Daemon, browser: Browser, port: int, *options: str) -> Iterator[Site]:
    """Serve a page until the end of the block."""
    folder = daemon.home / "site"
    folder.mkdir()
    made = Site(folder, f"http://localhost:{port}/", browser.new_page())
    made.save("index.html", HTML.format(daemon=daemon.url, title="first", text="first"))
    made.save("a.css", "p {color: red}")
    serve = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    command = [*RUN, "--key", "site", "--reload", ".", *options, "--", *serve]
    process = Popen(command, cwd=folder, env=environment(f"unix:{daemon.socket}"), stdout=PIPE, stderr=PIPE)
    try:
        assert process.stderr is not None
        while not options and b"watches" not in process.stderr.readline():
            pass
        eventually(lambda: answers(made.url))
        made.page.goto(made.url)
        made.look("first")
        yield made
    finally:
        made.page.close()
        process.terminate()
        process.communicate(timeout=PATIENCE)


def answers(url: str) -> bool:
    try:
        return bool(urlopen(url, timeout=PATIENCE).close() is None)
    except OSError:
        return False


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def daemon(tmp_path: Path, port: int) -> Iterator[Daemon]:
    with running(tmp_path, "--allow-origin", f"http://localhost:{port}") as daemon:
        yield daemon


def test_style_is_swapped_in_the_page_as_it_is(daemon: Daemon, browser: Browser, port: int) -> None:
    with site(daemon, browser, port) as made:
        expect(made.page.locator("p")).to_have_css("color", RED)
        made.save("a.css", "p {color: blue}")

        expect(made.page.locator("p")).to_have_css("color", BLUE)
        expect(made.page.locator("link")).to_have_count(1)
        assert not made.has_reloaded()


def test_content_is_refreshed_in_a_page_without_scripts(daemon: Daemon, browser: Browser, port: int) -> None:
    with site(daemon, browser, port) as made:
        made.save("index.html", HTML.format(daemon=daemon.url, title="second", text="second"))

        expect(made.page.locator("p")).to_have_text("second")
        expect(made.page).to_have_title("second")
        assert not made.has_reloaded()


def test_content_reloads_a_page_with_scripts(daemon: Daemon, browser: Browser, port: int) -> None:
    with site(daemon, browser, port) as made:
        made.page.evaluate("document.head.append(document.createElement('script'))")
        made.save("index.html", HTML.format(daemon=daemon.url, title="second", text="second"))

        expect(made.page.locator("p")).to_have_text("second")
        made.reloads()


def test_code_reloads_the_page_once_the_server_is_back(daemon: Daemon, browser: Browser, port: int) -> None:
    with site(daemon, browser, port) as made:
        first = daemon.get("/status/site")
        made.save("main.py", "")

        made.reloads()
        made.look("first")
        assert daemon.get("/status/site") != first
        made.save("a.css", "p {color: blue}")
        expect(made.page.locator("p")).to_have_css("color", BLUE)
        assert not made.has_reloaded()


def test_a_page_prevents_what_it_knows_better(daemon: Daemon, browser: Browser, port: int) -> None:
    with site(daemon, browser, port) as made:
        made.page.evaluate("""addEventListener("progressd-reload", (event) => {
            event.preventDefault();
            document.title = event.detail.map((change) => change.kind + ": " + change.text).join();
        })""")
        made.save("index.html", "other")

        expect(made.page).to_have_title("content: index.html changed")
        expect(made.page.locator("p")).to_have_text("first")


def test_a_page_that_nobody_looked_at_catches_up(daemon: Daemon, browser: Browser, port: int) -> None:
    with site(daemon, browser, port) as made:
        eventually(lambda: daemon.get("/health")["readers"] == 1)
        see = "Object.defineProperty(document, 'hidden', {{value: {}, configurable: true}});"
        see += "document.dispatchEvent(new Event('visibilitychange'))"
        made.page.evaluate(see.format("true"))
        eventually(lambda: daemon.get("/health")["readers"] == 0)
        made.save("a.css", "p {color: blue}")
        eventually(lambda: "a.css changed" in str(daemon.get("/tasks")["markers"]))
        expect(made.page.locator("p")).to_have_css("color", RED)
        made.page.evaluate(see.format("false"))

        expect(made.page.locator("p")).to_have_css("color", BLUE)
        assert not made.has_reloaded()


def test_a_page_reloads_when_another_daemon_is_there(tmp_path: Path, browser: Browser, port: int) -> None:
    options = ("--port", str(free_port()), "--allow-origin", f"http://localhost:{port}")
    with running(tmp_path, *options) as daemon:
        eventually(lambda: daemon.get("/health"))
        with site(daemon, browser, port) as made:
            eventually(lambda: daemon.get("/health")["readers"] == 1)
            daemon.stop()
            made.save("a.css", "p {color: blue}")
            with running(tmp_path, *options):
                expect(made.page.locator("p")).to_have_css("color", BLUE)
                made.reloads()


def test_with_static_the_page_hears_nothing(daemon: Daemon, browser: Browser, port: int) -> None:
    with site(daemon, browser, port, "--static") as made:
        made.page.evaluate("addEventListener('progressd-reload', (event) => document.title = event.detail.length)")
        made.save("a.css", "p {color: blue}")
        made.save("main.py", "")
        daemon.post({"type": "marker", "task": "site", "text": "by hand", "kind": "probe"})

        expect(made.page).to_have_title("1")
        expect(made.page.locator("p")).to_have_css("color", RED)
        assert not made.has_reloaded()


def test_a_page_that_is_not_allowed_says_what_is_missing(tmp_path: Path, browser: Browser, port: int) -> None:
    with running(tmp_path, "--store", "memory:") as daemon, site(daemon, browser, port) as made:
        with made.page.expect_console_message(lambda said: "--allow-origin" in said.text) as said:
            made.page.reload()

        assert f"start it with --allow-origin http://localhost:{port}" in said.value.text
        made.save("a.css", "p {color: blue}")
        eventually(lambda: "a.css changed" in str(daemon.get("/tasks")["markers"]))
        expect(made.page.locator("p")).to_have_css("color", RED)
