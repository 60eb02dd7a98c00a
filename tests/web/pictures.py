"""Makes the README's pictures anew: `python -m tests.web.pictures`, some twenty seconds into a real demo."""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.daemon import eventually, running
from tests.needs import find

PICTURES = Path(__file__).parents[2] / "server" / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SPEED = "10"
FAILED = "nightly.test.billing"


def main() -> None:
    """Play the demo to its failure, and take the pictures on the way."""
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        running(Path(home), "--store", "memory:") as daemon,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find("chromium"), args=FLAGS)
        command = [sys.executable, "-m", "progressd.demo", daemon.socket, "--speed", SPEED]
        with subprocess.Popen(command) as demo:
            eventually(lambda: (daemon.tasks().get(FAILED, {}).get("done") or 0) >= 30)
            picture(browser, daemon.url, "desktop-light", 1280, 760, "light")
            eventually(lambda: daemon.tasks()[FAILED]["status"] == "failed")
            picture(browser, f"{daemon.url}/?sel={FAILED}&hide=finished", "details-dark", 900, 760, "dark")
            picture(browser, f"{daemon.url}/?hide=finished", "phone-dark", 390, 760, "dark")
            demo.wait()
        browser.close()


def picture(browser: Browser, url: str, name: str, width: int, height: int, scheme: str) -> None:
    """Take one picture."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    page.locator("#lines [role=row]").first.wait_for()
    page.wait_for_function("document.querySelector('#percent').textContent !== ''")
    page.screenshot(path=PICTURES / f"{name}.png")
    context.close()


if __name__ == "__main__":
    main()
