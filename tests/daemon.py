"""A real daemon as a subprocess, for tests that need one."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PATIENCE = 30.0
"""Seconds that a test waits for what must come; a busy machine is slow, not wrong."""

NOT_YET = (HTTPError, LookupError, FileNotFoundError)
"""What somebody meets who asks for a task, its log or a file before it is there."""


@dataclass
class Daemon:
    """A running daemon, and the ways to talk to it."""

    process: subprocess.Popen[str]
    url: str
    home: Path
    log: Path

    @property
    def socket(self) -> str:
        """Where it takes records."""
        return str(self.home / "progressd.sock")

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """Return the JSON that it answers."""
        with self._open(path, headers=headers or {}) as answer:
            return json.load(answer)

    def text(self, path: str) -> str:
        """Return the text that it answers."""
        with self._open(path) as answer:
            body: bytes = answer.read()
            return body.decode()

    def status(self, path: str, **options: Any) -> int:
        """Return the status with which it answers."""
        try:
            with self._open(path, **options) as answer:
                return int(answer.status)
        except HTTPError as error:
            return int(error.code)

    def post(self, *records: dict[str, Any]) -> None:
        """Send records over HTTP; on return they are stored."""
        body = "".join(json.dumps(record) + "\n" for record in records).encode()
        headers = {"Content-Type": "application/x-ndjson"}
        with urlopen(Request(self.url + "/records", body, headers), timeout=PATIENCE) as answer:
            assert answer.status == 200, answer.read()

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Return all tasks by key, as a page sees them."""
        table = self.get("/tasks")["columns"]
        keys = table["key"] if table["parent"] else []
        return {key: {name: column[row] for name, column in table.items()} for row, key in enumerate(keys)}

    def _open(self, path: str, **options: Any) -> Any:
        try:
            return urlopen(Request(self.url + path, **options), timeout=PATIENCE)
        except HTTPError as error:
            error.close()
            raise

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it, and wait for that."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE)


def eventually(check: Any, patience: float = PATIENCE) -> Any:
    """Return what `check` returns once it is true; fail if it never is. It may raise `NOT_YET` until then."""
    until = time.monotonic() + patience
    while True:
        try:
            missing: Exception | str = "it never came"
            if result := check():
                return result
        except NOT_YET as error:
            if isinstance(error, HTTPError) and error.code != HTTPStatus.NOT_FOUND:
                raise
            missing = error
        assert time.monotonic() < until, missing
        time.sleep(0.02)


def has(daemon: Daemon, key: str, **expected: Any) -> dict[str, Any]:
    """Wait until a task is as expected, and return it."""

    def look() -> dict[str, Any] | None:
        # What all tasks have by default is left out.
        task = {"status": "running", "weight": 1.0, **daemon.tasks().get(key, {})}
        return task if all(task.get(name) == value for name, value in expected.items()) else None

    found: dict[str, Any] = eventually(look)
    return found


def free_port() -> int:
    """Return a port that nobody listens on, and that the kernel gives to nobody else as long as this process lives.

    Who asks for it by its number gets it with SO_REUSEADDR, as all servers do.
    """
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    port: int = probe.getsockname()[1]
    probe.detach()
    return port


def owner(path: Path) -> int:
    """Return the process that listens at a UNIX socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[0])


def command(home: Path, *options: str) -> list[str]:
    """Return the command line of a daemon that keeps to itself."""
    port = () if any(option == "--port" for option in options) else ("--port", "0")
    return [sys.executable, "-m", "progressd", *port, "--socket", str(home / "progressd.sock"), *options]


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a daemon whose state is its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROGRESSD_")}
    return {**kept, "XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}


@contextmanager
def running(home: Path, *options: str, env: dict[str, str] | None = None) -> Iterator[Daemon]:
    """Run a daemon until the end of the block; then it is killed if it still lives."""
    log = home / "daemon.log"
    with log.open("a") as output:
        begin = output.tell()
        process = subprocess.Popen(
            command(home, *options), env={**environment(home), **(env or {})}, stderr=output, text=True
        )
    try:

        def address() -> str | None:
            found = re.search(r"shows its tasks at (http://[^/\s]+)/", log.read_text()[begin:])
            assert process.poll() is None or found, log.read_text()
            return found[1] if found else None

        yield Daemon(process, eventually(address), home, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def refused(home: Path, *options: str, env: dict[str, str] | None = None) -> str:
    """Run a daemon that must not start; return what it says."""
    done = subprocess.run(
        command(home, *options),
        env={**environment(home), **(env or {})},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("progressd: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]
