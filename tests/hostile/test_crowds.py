"""Thousands who connect and say nothing, and descriptors that run out: whoever works and whoever reads goes on."""

import json
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.daemon import Daemon, eventually, running
from tests.events import reading
from tests.hostile.raw import connect, open_unix

IDLE = 10_000


@contextmanager
def descriptors(number: int) -> Iterator[int]:
    """Let this process, and the daemons that it starts, have so many descriptors, or what the machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    granted = min(number, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
    try:
        yield granted
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("door", ["http", "unix"])
def test_a_crowd_that_says_nothing_disturbs_nobody(door: str, tmp_path: Path) -> None:
    with descriptors(IDLE + 500) as granted, running(tmp_path, "--store", "memory:") as daemon, ExitStack() as opened:
        idle = min(IDLE, granted - 500)
        reader = opened.enter_context(reading(daemon.url))
        producer = opened.enter_context(open_unix(daemon.socket))
        for _ in range(idle):
            opened.enter_context(connect(daemon.url) if door == "http" else open_unix(daemon.socket))

        for number in range(20):
            producer.sendall(
                json.dumps({"type": "update", "task": "work", "done": number, "total": 20}).encode() + b"\n"
            )
            while reader.until("change").content["tasks"][-1].get("done") != number:
                pass
        assert daemon.tasks()["work"]["done"] == 19
        with open_unix(daemon.socket) if door == "http" else connect(daemon.url) as other:
            other.sendall(b"\n")
        assert "Traceback" not in daemon.log.read_text()
        assert len(daemon.log.read_text().splitlines()) < 20


def limit_descriptors(daemon: Daemon, number: int) -> None:
    _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (number, hard))


def test_descriptors_that_run_out_are_told_in_a_line_or_two_and_come_back(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon, ExitStack() as opened:
        used = len(list(Path(f"/proc/{daemon.process.pid}/fd").iterdir()))
        limit_descriptors(daemon, used + 5)
        for _ in range(100):
            opened.enter_context(connect(daemon.url))
        eventually(lambda: "could not be accepted" in daemon.log.read_text())
        opened.close()
        limit_descriptors(daemon, used + 200)

        eventually(lambda: _answers(daemon))
        daemon.post({"type": "start", "task": "after"})
        assert "after" in daemon.tasks()
        said = daemon.log.read_text()
        assert said.count("could not be accepted") < 12
        assert "Traceback" not in said


def _answers(daemon: Daemon) -> bool:
    try:
        return daemon.status("/health") == 200
    except (URLError, OSError):
        return False
