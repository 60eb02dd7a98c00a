"""Programs at the UNIX socket that go without a word of their end, or find no room."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from progressd import descriptors
from progressd.descriptors import FEWEST
from progressd.engine import Engine, Limits
from progressd.inputs import unix
from progressd.stores.memory import MemoryStore
from tests.daemon import PATIENCE, Daemon, eventually, running
from tests.working import Clock, working

BEGINS = "from progressd_client import task; import time; t = task('job').start(); time.sleep(1000)"


def connect(daemon: Daemon) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(daemon.socket)
    return connection


def say(connection: socket.socket, *records: dict[str, Any]) -> None:
    connection.sendall("".join(json.dumps(record) + "\n" for record in records).encode())


def lost(daemon: Daemon) -> set[str]:
    return {key for key, task in daemon.tasks().items() if task.get("lost")}


def wait_for(daemon: Daemon, key: str) -> None:
    eventually(lambda: daemon.tasks().get(key))


def test_a_killed_program_leaves_a_task_that_says_since_when_there_is_no_contact(daemon: Daemon) -> None:
    env = {**os.environ, "PROGRESSD_TARGET": f"unix:{daemon.socket}"}
    with subprocess.Popen([sys.executable, "-c", BEGINS], env=env) as process:
        wait_for(daemon, "job")
        process.kill()

    assert eventually(lambda: lost(daemon)) == {"job"}
    assert daemon.tasks()["job"].get("status", "running") == "running"


def test_what_ended_and_what_a_program_began_for_others_is_not_lost(daemon: Daemon) -> None:
    with connect(daemon) as mine:
        say(mine, {"type": "start", "task": "ended", "source": "x"}, {"type": "stop", "task": "ended"})
        say(mine, {"type": "start", "task": "shell"}, {"type": "start", "task": "pid", "pid": 1})
        say(mine, {"type": "start", "task": "numbered", "source": "x", "seq": 1})
        say(mine, {"type": "start", "task": "mine", "source": "x"})
        wait_for(daemon, "mine")

    assert eventually(lambda: lost(daemon)) == {"mine"}


def test_any_word_of_a_task_is_contact_again(daemon: Daemon) -> None:
    with connect(daemon) as first:
        say(first, {"type": "start", "task": "a", "source": "x"}, {"type": "start", "task": "b", "source": "x"})
        wait_for(daemon, "b")
    eventually(lambda: lost(daemon) == {"a", "b"})
    daemon.post({"type": "update", "task": "a", "done": 1}, {"type": "stop", "task": "b"})

    assert lost(daemon) == set()


def test_who_began_an_earlier_run_of_a_task_does_not_lose_the_present_one(daemon: Daemon) -> None:
    with connect(daemon) as second:
        with connect(daemon) as first:
            say(first, {"type": "start", "task": "x", "source": "a"}, {"type": "start", "task": "y", "source": "a"})
            wait_for(daemon, "y")
            daemon.post({"type": "stop", "task": "x"})
            say(second, {"type": "start", "task": "x", "source": "c"}, {"type": "start", "task": "z", "source": "c"})
            wait_for(daemon, "z")
        assert eventually(lambda: lost(daemon)) == {"y"}
    assert eventually(lambda: "x" in lost(daemon))
    assert lost(daemon) == {"x", "y", "z"}


def test_a_daemon_that_ends_has_lost_nobody(tmp_path: Path) -> None:
    with running(tmp_path) as daemon, connect(daemon) as program:
        say(program, {"type": "start", "task": "a", "source": "x"})
        wait_for(daemon, "a")
        daemon.stop()
    with running(tmp_path) as daemon:
        assert lost(daemon) == set()


def test_that_contact_was_lost_is_known_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        with connect(daemon) as program:
            say(program, {"type": "start", "task": "a", "source": "x"})
            wait_for(daemon, "a")
        eventually(lambda: lost(daemon))
        daemon.stop()
    with running(tmp_path) as daemon:
        assert lost(daemon) == {"a"}


async def test_what_was_said_is_brought_in_though_the_loop_is_held_up_as_the_daemon_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix, "GATHER", unix.SILENCE / 2)
    path, ready = str(tmp_path / "socket"), asyncio.Event()
    async with working(MemoryStore(), Clock()) as engine:
        serving = asyncio.ensure_future(unix.serve([path], engine, lambda: 0.0, ready))
        await ready.wait()
        with socket.socket(socket.AF_UNIX) as program:
            program.connect(path)
            say(program, {"type": "start", "task": "first"})
            while not engine.losses.counts.records:
                await asyncio.sleep(0)
            # It is left to gather some more: nothing is read for a moment.
            say(program, {"type": "start", "task": "second"})
            serving.cancel()
            for _ in range(5):
                await asyncio.sleep(0)
            time.sleep(2 * unix.SILENCE)  # holds up the loop
            await asyncio.wait([serving])
        await engine.drain()
        assert set(engine.tree.tasks) == {"first", "second"}


async def test_who_finds_no_room_is_turned_away_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors, "MOST", FEWEST)
    path, ready = str(tmp_path / "socket"), asyncio.Event()
    engine = Engine(MemoryStore(), lambda: 0.0, Limits(1.0, 1))
    serving = asyncio.ensure_future(unix.serve([path], engine, lambda: 0.0, ready))
    async with asyncio.timeout(PATIENCE):
        await ready.wait()
        admitted = [await asyncio.open_unix_connection(path) for _ in range(FEWEST)]
        reader, writer = await asyncio.open_unix_connection(path)
        assert await reader.read() == b""
        for _, each in (*admitted, (reader, writer)):
            each.close()
        serving.cancel()
        await asyncio.wait([serving])

    assert engine.losses.counts.lost == {f"{path}: programs that were turned away": 1}
