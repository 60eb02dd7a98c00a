"""Makes the README's pictures anew: `python -m tests.web.pictures`, six minutes, with a real demo and one before it."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.daemon import eventually, running
from tests.web.browser import chromium, looking

PICTURES = Path(__file__).parents[2] / "server" / "pictures"
DEMO = 300.0
"""Seconds; it takes some 180."""
FAILED = "nightly.test.billing"


def main() -> None:
    """Play the demo, to have an earlier run; then once more to its failure, and take the pictures on the way."""
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        running(Path(home), "--store", "memory:") as daemon,
        chromium() as browser,
    ):
        command = [sys.executable, "-m", "progressd.demo", daemon.socket]
        subprocess.run(command, check=True)
        with subprocess.Popen(command) as demo:
            eventually(lambda: is_half_way(daemon.tasks().get(FAILED, {})), DEMO)
            picture(browser, f"{daemon.url}/?sel={FAILED}&ghost=last", "desktop-light", "wide", "light")
            eventually(lambda: daemon.tasks()[FAILED]["status"] == "failed", DEMO)
            picture(browser, f"{daemon.url}/?sel={FAILED}&hide=finished", "details-dark", "wide", "dark")
            picture(browser, f"{daemon.url}/?hide=finished", "phone-dark", "phone", "dark")
            demo.wait()


def is_half_way(task: dict[str, Any]) -> bool:
    """Return whether the task that will fail has been at work for a while."""
    return task.get("status") == "running" and (task["done"] or 0) >= 30


def picture(browser: Browser, url: str, name: str, size: str, scheme: str) -> None:
    """Take one picture."""
    with looking(browser, size, scheme) as page:
        page.goto(url)
        page.locator("#lines [role=row]").first.wait_for(state="attached")
        page.wait_for_function("document.querySelector('#percent').textContent !== ''")
        page.locator("#timeline .spans[aria-label], .log-line, #lines .name").first.wait_for()
        page.wait_for_function("() => new Promise((done) => setTimeout(() => done(true), 500))")
        page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
