"""The other two engines that browsers are made of, each spoken to in its own way: Firefox's Gecko, Safari's WebKit."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from aiohttp import ClientConnectionError, ClientSession, ClientWebSocketResponse

from tests.daemon import free_port

PATIENCE = 60.0
"""Seconds: a browser that was never started before makes its profile first."""
MINIBROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"


class Engine(Protocol):
    """A window of a browser."""

    complaints: list[str]

    async def go(self, url: str) -> None:
        """Open an address."""

    async def run(self, script: str) -> Any:
        """Return what the body of a function returns in the page; plain values only."""


class Gecko:
    """Firefox by WebDriver BiDi (https://w3c.github.io/webdriver-bidi), which needs no program between."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.complaints: list[str] = []
        self._socket = socket
        self._number = 0
        self._context = ""

    async def begin(self) -> None:
        await self._say("session.new", capabilities={})
        await self._say("session.subscribe", events=["log.entryAdded"])
        self._context = (await self._say("browsingContext.getTree"))["contexts"][0]["context"]
        await self._say("browsingContext.setViewport", context=self._context, viewport={"width": 1440, "height": 900})

    async def go(self, url: str) -> None:
        await self._say("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def run(self, script: str) -> Any:
        body = f"(async () => JSON.stringify(await (async () => {{ {script} }})() ?? null))()"
        said = await self._say(
            "script.evaluate",
            expression=body,
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
        )
        assert said["type"] == "success", said
        return json.loads(said["result"]["value"])

    async def _say(self, method: str, **params: Any) -> Any:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            async with asyncio.timeout(PATIENCE):
                answer = await self._socket.receive_json()
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.complaints.append(answer["params"]["text"])
            elif answer.get("id") == self._number:
                assert answer["type"] == "success", answer
                return answer["result"]


class WebKit:
    """WebKitGTK by WebDriver (https://www.w3.org/TR/webdriver2), as Safari would be on a Mac."""

    def __init__(self, http: ClientSession, driver: str) -> None:
        self.complaints: list[str] = []
        """Always empty: it tells nobody."""
        self._http = http
        self._driver = driver
        self._session = ""

    async def begin(self) -> None:
        """Open a window."""
        options = {"binary": MINIBROWSER, "args": ["--automation"]}
        wish = {"alwaysMatch": {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}}
        async with asyncio.timeout(PATIENCE):
            while not await self._is_ready():
                await asyncio.sleep(0.05)
        self._session = "/session/" + (await self._say("POST", "/session", capabilities=wish))["sessionId"]
        await self._say("POST", f"{self._session}/window/rect", x=0, y=0, width=1440, height=900)

    async def _is_ready(self) -> bool:
        try:
            return bool((await self._say("GET", "/status"))["ready"])
        except ClientConnectionError:
            return False  # The driver tells nobody when it listens.

    async def end(self) -> None:
        """Close it."""
        await self._say("DELETE", self._session)

    async def go(self, url: str) -> None:
        """Open an address."""
        await self._say("POST", f"{self._session}/url", url=url)

    async def run(self, script: str) -> Any:
        """Return what the body of a function returns in the page."""
        return await self._say("POST", f"{self._session}/execute/sync", script=script, args=[])

    async def _say(self, method: str, path: str, **body: Any) -> Any:
        async with self._http.request(method, self._driver + path, json=body if method == "POST" else None) as answer:
            said = await answer.json()
        assert answer.ok, said
        return said["value"]


@asynccontextmanager
async def gecko(home: Path) -> AsyncIterator[Engine]:
    """Run Firefox without a screen, with a profile of its own."""
    async with _process(
        "firefox-esr", "--headless", "--no-remote", "--profile", str(home), "--remote-debugging-port", "0"
    ) as firefox:
        address = await _line(firefox, rb"listening on (ws://\S+)")
        async with ClientSession() as http, http.ws_connect(f"{address}/session", max_msg_size=0) as socket:
            window = Gecko(socket)
            await window.begin()
            yield window


@asynccontextmanager
async def webkit(home: Path) -> AsyncIterator[Engine]:
    """Run WebKitGTK on a screen that nobody sees."""
    async with _process("Xvfb", "-displayfd", "2", "-screen", "0", "1440x900x24", "-nolisten", "tcp") as screen:
        display = await _line(screen, rb"^(\d+)")
        about = {
            "DISPLAY": f":{display}",
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "GDK_BACKEND": "x11",
        }
        port = free_port()
        async with _process("WebKitWebDriver", f"--port={port}", env=about), ClientSession() as http:
            window = WebKit(http, f"http://127.0.0.1:{port}")
            await window.begin()
            try:
                yield window
            finally:
                await window.end()


@asynccontextmanager
async def _process(*command: str, env: dict[str, str] | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a program, and end it by its number."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **(env or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _line(process: asyncio.subprocess.Process, pattern: bytes) -> str:
    """Return what a pattern finds in what a program says of itself."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        async for line in process.stderr:
            if found := re.search(pattern, line):
                return found[1].decode()
    raise AssertionError(f"it never said {pattern!r}")
