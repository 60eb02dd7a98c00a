"""`GET /export` and `progressd export`, from a real daemon."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon import PATIENCE, Daemon, environment, eventually, running


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.post(
            {"type": "start", "task": "a.b", "time": 1.0, "name": "größer"},
            {"type": "stop", "task": "a.b", "time": 2.0},
            {"type": "start", "task": "other", "time": 3.0},
        )
        yield daemon


def export(daemon: Daemon, *options: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "progressd", "export", *options],
        env={**environment(daemon.home), "PROGRESSD_TARGET": daemon.url, **env},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def test_the_command_writes_what_the_viewer_reads(daemon: Daemon) -> None:
    done = export(daemon, "a")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "1.000000 - 0 a START a a\n1.000000 - 0 a START a.b größer\n"
        "2.000000 - 0 a ENDOK a.b \n2.000000 - 0 a ENDOK a \n"
    )
    assert "other" in export(daemon, "--url", daemon.url, PROGRESSD_TARGET="off").stdout


def test_the_command_writes_a_trace(daemon: Daemon) -> None:
    events = json.loads(export(daemon, "--format", "trace").stdout)["traceEvents"]
    assert {event["name"] for event in events if event["ph"] == "X"} == {"a", "größer", "other"}


def test_a_hundred_thousand_lines_come_whole_while_the_tree_goes_on(daemon: Daemon) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(daemon.socket)
        for number in range(25_000):
            door.sendall(b'{"type":"start","task":"many.%d","time":%d}\n' % (number, number))
    eventually(lambda: daemon.get("/health")["tasks"] >= 25_004)
    command = [sys.executable, "-m", "progressd", "export", "--url", daemon.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        daemon.post({"type": "stop", "task": "many"})
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
    assert process.returncode == 0
    assert sum(b" START " in line for line in lines) == sum(b" END" in line for line in lines) == 25_004


def test_what_cannot_be_exported_is_told(daemon: Daemon) -> None:
    assert daemon.status("/export?task=none") == 404
    assert daemon.status("/export?format=none") == 400
    assert "there is no task 'none'" in export(daemon, "none").stderr
    assert export(daemon, "--format", "none").returncode == 2
    nobody = export(daemon, "--url", "http://127.0.0.1:9")
    assert nobody.returncode == 1
    assert nobody.stderr.startswith("progressd export: no daemon answers at http://127.0.0.1:9: ")
    assert nobody.stderr.endswith("name another with --url\n")


def test_an_export_needs_the_token(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:", env={"PROGRESSD_TOKEN": "secret"}) as daemon:
        assert daemon.status("/export") == 401
        assert "wants a token" in export(daemon).stderr
        assert export(daemon, "--token", "secret").returncode == 0
        assert export(daemon, PROGRESSD_TOKEN="secret").returncode == 0


def test_an_export_that_breaks_off_is_not_taken_for_a_whole_one(daemon: Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        command = [sys.executable, "-m", "progressd", "export", "--url", url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            peer = server.accept()[0]
            peer.recv(4096)
            peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf\n\r\n")
            peer.close()
            said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said == (
        "half\n",
        "progressd export: the daemon ended before the export did; what came of it is not whole\n",
    )


def test_a_reader_that_goes_away_is_no_traceback(daemon: Daemon) -> None:
    line = f"{sys.executable} -m progressd export --url {daemon.url} | head -n 0"
    done = subprocess.run(["sh", "-c", line], env=os.environ, capture_output=True, timeout=PATIENCE, check=False)
    assert done.stderr == b""
