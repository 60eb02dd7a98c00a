"""What the benchmarks share: processes under measurement, their CPU time and memory, and tables."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE = 120.0
"""Seconds that anything may take before a run is given up."""
POLL = 0.02
"""Seconds between looks at something that is waited for."""
MEASURED, LOADING = 0, 1
"""CPUs. What is measured shares its own with nothing that loads it."""


def is_small(about: str | None) -> bool:
    """Return whether `--small` was asked for: a run of some seconds that only shows that it works."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="less of everything, in some seconds")
    return bool(parser.parse_args().small)


def pin(pid: int, cpu: int) -> None:
    """Keep a process on one CPU where there are several: moving about costs it up to a third."""
    if len(os.sched_getaffinity(0)) > 1 or len(os.sched_getaffinity(pid)) > 1:
        os.sched_setaffinity(pid, {cpu})


def cpu(pid: int) -> float:
    """Return the CPU seconds that a process has used in all of its threads, in the kernel too.

    To the nanosecond if the process sleeps, else some milliseconds old: measure when it is idle.
    """
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def rss(pid: int) -> int:
    """Return the bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def wait_until(done: Callable[[], bool], what: str) -> None:
    """Wait until something is so. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {PATIENCE:.0f} s")
        time.sleep(POLL)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print an aligned table: words to the left, numbers to the right."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        padded = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        say("  ".join(padded))


def say(text: str = "") -> None:
    """Print a line at once: runs take minutes, and somebody watches."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Child:
    """A Python process under measurement; it says that it is ready by a line on its standard error."""

    def __init__(self, *arguments: str, ready: str, at: int = MEASURED) -> None:
        """Start it with these arguments, and wait for a line in which `ready`, an expression, is found."""
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop()
        self.process = subprocess.Popen([sys.executable, *arguments], stderr=self.errors)
        self.pid = self.process.pid
        pin(self.pid, at)
        self._ready = re.compile(ready.encode())
        wait_until(lambda: self.said() is not None, f"the start of {' '.join(arguments)}")

    def said(self) -> re.Match[bytes] | None:
        """Return what it has said of being ready. Raises RuntimeError if it has ended instead."""
        text = os.pread(self.errors.fileno(), 1 << 20, 0)
        if self.process.poll() is not None:
            raise RuntimeError(f"a process under measurement ended: {text.decode()}")
        return self._ready.search(text)

    def cpu(self) -> float:
        """CPU seconds so far."""
        return cpu(self.pid)

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.errors.close()

    def __enter__(self) -> Self:
        """Return the process itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it."""
        self.stop()


class Daemon(Child):
    """The real daemon, as a user starts it, at a socket in `folder` and a free port."""

    def __init__(self, folder: Path, store: str = "memory:", *more: str) -> None:
        """Start it. `store` is what stands behind `--store`."""
        self.socket = str(folder / f"{store.partition(':')[0]}.sock")
        arguments = ("--socket", self.socket, "--store", store, "--port", "0", *more)
        super().__init__("-m", "progressd", *arguments, ready=r"shows its tasks at")
        address = re.search(rb"at http://[^:]+:(\d+)/", os.pread(self.errors.fileno(), 1 << 20, 0))
        assert address is not None
        self.port = int(address[1])

    def get(self, path: str) -> tuple[int, Any]:
        """Return the status of an answer, and its content if that is JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(body) if answer.headers.get_content_subtype() == "json" else body

    def has(self, key: str) -> bool:
        """Tell whether a task is in the tree: then all records that were sent before its own are applied."""
        return self.get(f"/tasks?task={key}")[0] == 200
