"""The same bad lines through every door of a running daemon: good ones beside them arrive, all losses are told."""

import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.daemon import PATIENCE, Daemon, eventually, running
from tests.datagrams import port
from tests.hostile.nasty import LINES
from tests.hostile.raw import open_unix
from tests.needs import needs
from tests.rabbitmq import broker, is_consumed, place, publish


def by_http(daemon: Daemon, block: bytes) -> None:
    connection = http.client.HTTPConnection(daemon.url.removeprefix("http://"), timeout=PATIENCE)
    connection.request("POST", "/records", block, {"Content-Type": "application/x-ndjson"})
    assert connection.getresponse().status in (200, 207, 400, 413)
    connection.close()


def by_socket(daemon: Daemon, block: bytes) -> None:
    with open_unix(daemon.socket) as connection:
        connection.sendall(block)


def by_file(daemon: Daemon, block: bytes) -> None:
    with (daemon.home / "watched.log").open("ab") as file:
        file.write(block)


def by_datagram(daemon: Daemon, block: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port(daemon)))
        for line in block.split(b"\n"):
            if len(line) < 60_000:  # What is longer is no datagram.
                sender.send(line)


def by_status(daemon: Daemon, block: bytes) -> None:
    for line in filter(None, block.split(b"\n")):
        connection = http.client.HTTPConnection(daemon.url.removeprefix("http://"), timeout=PATIENCE)
        connection.request("POST", f"/status/{task_of(line)}", line, {"Content-Type": "application/json"})
        assert connection.getresponse().status in (200, 400, 413)
        connection.close()


def by_broker(daemon: Daemon, block: bytes) -> None:
    publish((daemon.home / "broker").read_text(), QUEUE, [("bad", line) for line in filter(None, block.split(b"\n"))])


def task_of(line: bytes) -> str:
    """SCA's clients name the task in the URL."""
    match = re.fullmatch(rb'{"type": "start", "task": "([\w-]+)"}', line)
    return match[1].decode() if match else "bad"


DOORS: dict[str, Callable[[Daemon, bytes], None]] = {
    "http": by_http,
    "unix": by_socket,
    "file": by_file,
    "udp": by_datagram,
    "status": by_status,
    "amqp": by_broker,
}
"""All ways in. A new door adds its own."""
NEEDS = {"amqp": needs("rabbitmq-server", "epmd")}
every_door = pytest.mark.parametrize(
    "send", [pytest.param(send, id=name, marks=NEEDS.get(name, ())) for name, send in DOORS.items()]
)
QUEUE = "hostile"
MOST = 1 << 20
"""Bytes of a line; over HTTP one that is longer costs the whole request, which is told."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("doors")
    options = ["--watch", str(home / "watched.log"), "--udp", "127.0.0.1:0"]
    with ExitStack() as stack:
        if not NEEDS["amqp"].args[0]:
            rabbit = stack.enter_context(broker(tmp_path_factory.mktemp("rabbit")))
            (home / "broker").write_text(rabbit.url)
            options += ["--amqp", place(rabbit.url, QUEUE)]
        daemon = stack.enter_context(running(home, *options))
        if "--amqp" in options:
            eventually(lambda: is_consumed(rabbit.url, QUEUE))
        yield daemon
        assert daemon.get("/health")["status"] == "ok"
        assert "Traceback" not in daemon.log.read_text()


def record(task: str) -> bytes:
    return json.dumps({"type": "start", "task": task}).encode() + b"\n"


@every_door
def test_bad_lines_cost_themselves_only(send: Callable[[Daemon, bytes], None], daemon: Daemon) -> None:
    before = daemon.get("/health")
    lines = {name: line for name, line in LINES.items() if len(line) <= MOST}
    block = b"".join(line + b"\n" + record(f"{send.__name__}-{number}") for number, line in enumerate(lines.values()))

    send(daemon, block)

    last = f"{send.__name__}-{len(lines) - 1}"
    eventually(lambda: last in daemon.tasks())
    assert {f"{send.__name__}-{number}" for number in range(len(lines))} <= daemon.tasks().keys()
    after = daemon.get("/health")
    assert after["bad"] - before["bad"] > 15
    # To SCA's service, a type is a field as any other.
    assert after["unknown"] - before["unknown"] >= 2 or send in (by_status, by_broker)


@every_door
def test_a_line_above_all_lines_is_told_and_the_next_is_taken(
    send: Callable[[Daemon, bytes], None], daemon: Daemon
) -> None:
    before = daemon.get("/health")["bad"]
    send(daemon, LINES["an integer of 4 MB"] + b"\n")
    send(daemon, record(f"{send.__name__}-after"))

    eventually(lambda: f"{send.__name__}-after" in daemon.tasks())
    if send in (by_socket, by_file, by_broker):
        eventually(lambda: daemon.get("/health")["bad"] > before)


def test_a_program_that_dies_in_mid_record_loses_that_record_and_it_is_told(daemon: Daemon) -> None:
    before = daemon.get("/health")["bad"]
    by_socket(daemon, record("whole") + b'{"type":"start","task":"torn')

    eventually(lambda: daemon.get("/health")["bad"] == before + 1)
    eventually(lambda: "whole" in daemon.tasks())
    assert "torn" in daemon.get("/losses")["bad"][-1]["text"]


def test_a_record_may_come_byte_by_byte_and_holds_nobody_up(daemon: Daemon) -> None:
    with open_unix(daemon.socket) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        for number, byte in enumerate(record("slowly")):
            slow.sendall(bytes((byte,)))
            if number % 10 == 0:
                daemon.post({"type": "update", "task": "meanwhile", "done": number})
                assert daemon.tasks()["meanwhile"]["done"] == number
        eventually(lambda: "slowly" in daemon.tasks())


def test_all_of_it_is_read_back_after_a_crash(tmp_path: Path) -> None:
    lines = b"".join(line + b"\n" for line in LINES.values() if len(line) <= MOST)
    with running(tmp_path) as daemon:
        by_http(daemon, lines)
        before = daemon.tasks()
        daemon.stop(9)
    with running(tmp_path) as daemon:
        assert daemon.tasks().keys() == before.keys()
        assert "cannot be read back" not in daemon.log.read_text()
