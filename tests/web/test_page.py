"""The page in a real browser, over a real daemon, fed by real programs."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.daemon import eventually, free_port, running
from tests.needs import needs
from tests.web.browser import HOME, LAN, looking

pytestmark = needs("chromium")

APPENDS = """
import json, sys
with open(sys.argv[1], "a", buffering=1) as log:
    print(json.dumps({"type": "start", "task": "train", "name": "train model", "total": 100}), file=log)
    for step in map(int, sys.stdin):
        print(json.dumps({"type": "update", "task": "train", "done": step}), file=log)
"""
WRITES = """
import json, socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    for line in sys.stdin:
        connection.sendall(line.encode())
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with looking(browser) as page:
        yield page


def program(code: str, target: str) -> subprocess.Popen[str]:
    """Start a second program that says what it is told to on its standard input."""
    return subprocess.Popen([sys.executable, "-c", code, target], stdin=subprocess.PIPE, text=True)


def tell(program: subprocess.Popen[str], *lines: object) -> None:
    assert program.stdin is not None
    program.stdin.write("".join(f"{line if isinstance(line, int) else json.dumps(line)}\n" for line in lines))
    program.stdin.flush()


def bar(page: Page, name: str) -> Locator:
    """Return the progress bar in a task's row."""
    return page.get_by_role("row").filter(has_text=name).get_by_role("progressbar").first


@pytest.fixture
def port() -> int:
    return free_port()


def test_bars_move_the_daemon_dies_and_all_comes_back(tmp_path: Path, page: Page, port: int) -> None:  # noqa: PLR0915 - one story
    log = tmp_path / "run.log"
    options = ("--watch", str(log), "--port", str(port))
    with running(tmp_path, *options) as daemon:
        page.goto(daemon.url)
        expect(page.get_by_text("progressd run -- make")).to_be_visible()

        appending = program(APPENDS, str(log))
        tell(appending, 10)
        expect(bar(page, "train model")).to_have_attribute("aria-valuenow", "10")
        tell(appending, 25)
        expect(bar(page, "train model")).to_have_attribute("aria-valuenow", "25")

        writing = program(WRITES, daemon.socket)
        tell(writing, {"type": "start", "task": "site.build", "total": 4, "weight": 3})
        tell(writing, {"type": "start", "task": "site.upload", "total": 4})
        tell(writing, {"type": "update", "task": "site.build", "done": 2})
        expect(bar(page, "build")).to_have_attribute("aria-valuenow", "50")
        eventually(lambda: daemon.tasks()["site"]["fraction"] == 0.375)
        expect(page).to_have_title(re.compile(r"^\d+%"))

        daemon.stop(signal.SIGKILL)
        expect(page.locator("#link")).to_contain_text(re.compile("reconnecting| old"))
        expect(page.locator("#banner")).to_contain_text("No data since")
        tell(appending, 60)
    with running(tmp_path, *options) as daemon:
        expect(page.locator("#link")).to_contain_text("live")
        expect(bar(page, "train model")).to_have_attribute("aria-valuenow", "60")
        expect(bar(page, "build")).to_have_attribute("aria-valuenow", "50")
        expect(page.locator("#banner")).to_be_hidden()
        tell(appending, 61)
        expect(bar(page, "train model")).to_have_attribute("aria-valuenow", "61")
    for each in (appending, writing):
        assert each.stdin is not None
        each.stdin.close()
        each.wait()


def test_the_form_lets_in_and_then_the_page_is_live(tmp_path: Path, page: Page) -> None:
    with running(tmp_path, "--store", "memory:", env={"PROGRESSD_TOKEN": "sesame"}) as daemon:
        page.goto(daemon.url)
        expect(page).to_have_url(daemon.url + "/login")
        page.get_by_label("Token").fill("sesame")
        page.get_by_role("button", name="Log in").click()

        expect(page.locator("#link")).to_contain_text("live")


def test_a_page_that_calls_us_by_a_foreign_name_gets_nothing(tmp_path: Path, browser: Browser) -> None:
    with running(tmp_path, "--store", "memory:") as daemon, looking(browser) as page:
        answer = page.goto(daemon.url.replace(HOME, LAN))

        assert answer is not None
        assert answer.status == 403


def test_losses_are_shown_with_their_reason(tmp_path: Path, page: Page) -> None:
    log = tmp_path / "run.log"
    log.write_text('{"type":"start","task":"a"}\n{"type":"hello"\n')
    with running(tmp_path, "--watch", str(log)) as daemon:
        page.goto(daemon.url)
        page.locator("#losses").click()

        expect(page.locator("#losses-list")).to_contain_text('{"type":"hello"')
        expect(page.locator("#losses-list")).to_contain_text("Invalid value 'hello'")


def test_failed_paused_and_finished_are_told_in_words(tmp_path: Path, page: Page) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post(
            {"type": "start", "task": "all.one"},
            {"type": "stop", "task": "all.one", "status": "failed", "message": "exit status 1"},
            {"type": "update", "task": "all.two", "status": "paused"},
            {"type": "start", "task": "all.three"},
            {"type": "stop", "task": "all.three"},
            {"type": "marker", "task": "all", "text": "checkpoint reached"},
        )
        page.goto(daemon.url)

        for name, word in (("one", "failed"), ("two", "paused"), ("three", "finished")):
            expect(page.get_by_role("row").filter(has_text=name).filter(has_text=word)).to_have_count(1)
        expect(page.get_by_role("row").filter(has_text="exit status 1").first).to_be_visible()
        expect(page.locator("#markers")).to_contain_text("checkpoint reached")
