"""The page in the other two engines that browsers are made of: it comes, it lives, and it does what it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.daemon import Daemon
from tests.needs import needs
from tests.web import scene
from tests.web.engines import PATIENCE, Engine, gecko, webkit

CLICK = 'document.querySelector("{}").click()'
KEY = 'document.querySelector("{}").dispatchEvent(new KeyboardEvent("keydown", {{key: "{}", bubbles: true}}))'
COLOURS = """(() => {
const canvas = document.querySelector("#timeline .spans"), {width, height} = canvas;
const {data} = canvas.getContext("2d").getImageData(0, 0, width, height), found = new Set();
for (let i = 0; i < data.length; i += 4) found.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
return found.size > 5;
})()"""
"""Whether anything is on the picture but its paper."""

Open = Callable[[Path], AbstractAsyncContextManager[Engine]]


@pytest.fixture(
    params=[
        pytest.param(gecko, id="firefox", marks=needs("firefox-esr")),
        pytest.param(webkit, id="webkit", marks=needs("WebKitWebDriver", "Xvfb")),
    ]
)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    opened: Open = request.param
    (tmp_path / "browser").mkdir(mode=0o700)
    async with opened(tmp_path / "browser") as engine:
        yield engine
        assert engine.complaints == []


async def comes(engine: Engine, expression: str) -> Any:
    """Return what an expression says in the page, once that is anything."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await engine.run(f"return {expression}")):
            await asyncio.sleep(0.05)
    return found


async def test_the_page_lives_and_does_what_it_is_told(daemon: Daemon, engine: Engine) -> None:
    scene.play(daemon)
    await engine.go(f"{daemon.url}/?sel=job.test")
    await comes(engine, 'document.querySelector("#link-words").textContent === "live"')
    await comes(engine, '[...document.querySelectorAll("#lines .name")].some((name) => name.textContent === "build")')
    await comes(engine, '/^Timeline of 68 tasks in 4 lanes/.test(document.querySelector(".spans")?.ariaLabel)')
    await comes(engine, COLOURS)
    await comes(engine, 'document.querySelector(".log-line")?.textContent')

    daemon.post({"type": "update", "task": "job.build", "done": 499, "message": "nearly there"})
    await comes(engine, 'document.querySelector("#lines").textContent.includes("nearly there")')

    await engine.run(CLICK.format("#lines .row:nth-child(3)"))
    await comes(engine, 'document.querySelector("#details-name").textContent === "build"')
    await engine.run(CLICK.format("#tab-series"))
    daemon.post({"type": "metric", "task": "job.build", "name": "warmth", "value": 5})
    await comes(engine, 'document.querySelector("#series").textContent.includes("warmth")')

    await engine.run(KEY.format("body", "?"))
    await comes(engine, 'document.querySelector("#keys-dialog").open')

    await engine.go(f"{daemon.url}/?kiosk=1")
    await comes(engine, 'document.querySelector("#kiosk h2")?.textContent')


async def test_without_the_daemon_it_says_so(daemon: Daemon, engine: Engine) -> None:
    scene.play(daemon)
    await engine.go(daemon.url)
    await comes(engine, 'document.querySelector("#link-words").textContent === "live"')
    daemon.stop()
    # The one at once, the other some seconds later, which a slow machine may take.
    await comes(engine, '/reconnecting| old$/.test(document.querySelector("#link-words").textContent)')
    engine.complaints.clear()
