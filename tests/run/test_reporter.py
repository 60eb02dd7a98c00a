"""The process beside a run tells what it was told, whatever becomes of whoever told it."""

import os
import select
import socket
from pathlib import Path

from progressd.run.reporter import start_reporter
from progressd.run.tee import TAKEN
from progressd.run.telling import Telling
from progressd_client.doors import UnixDoor
from progressd_client.pipe import Pipe
from tests.daemon import PATIENCE

MANY = 5000
"""Records that no socket holds."""


def test_though_whoever_asked_leaves_without_reading_the_answer_all_is_told(tmp_path: Path) -> None:
    path = str(tmp_path / "late.sock")
    tee = start_reporter(Telling(Pipe(UnixDoor(path)), "source", is_expected=True), None)
    tee.record({"type": "start", "task": "t", "time": 1.0})
    tee.ask()
    tee.pump()
    assert select.select([tee], [], [], PATIENCE)[0]
    tee.close()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.settimeout(PATIENCE)
        listener.bind(path)
        listener.listen()
        daemon = listener.accept()[0]
        with daemon:
            said = daemon.makefile("rb").readline()
    os.wait()

    assert b'"task":"t"' in said


def test_that_all_was_taken_is_answered_though_the_daemon_reads_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "stopped.sock")
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(path)
        daemon.listen()
        tee = start_reporter(Telling(Pipe(UnixDoor(path)), "source", is_expected=True), None)
        for number in range(MANY):
            tee.record({"type": "update", "task": f"batch.{number}", "status": "waiting", "time": 1.0})
        tee.ask(TAKEN)
        while tee.is_waiting:
            select.select([], [tee], [])
            tee.pump()
        assert select.select([tee], [], [], PATIENCE)[0]
        assert tee.receive() == b"\0"
    tee.close()
    os.wait()
