"""What the daemon tells a service manager: a real socket of datagrams stands for systemd's."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from progressd.notify import Manager
from tests.daemon import PATIENCE, running


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(PATIENCE)
        yield listener


def test_it_says_when_it_is_ready_that_it_lives_and_when_it_ends(tmp_path: Path) -> None:
    # A sign each second: the kernel holds ten that nobody has taken yet, and drops those that come then.
    env = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
    with manager(env["NOTIFY_SOCKET"]) as listener, running(tmp_path, env=env) as daemon:
        ready, status = listener.recv(4096).decode().split("\n")
        assert (ready, status) == (
            "READY=1",
            f"STATUS=shows its tasks at {daemon.url.replace('127.0.0.1', 'localhost')}",
        )
        daemon.post({"type": "start", "task": "job"})
        while "1 tasks" not in (said := listener.recv(4096).decode()):
            assert said.startswith("WATCHDOG=1\nSTATUS=0 tasks at http://")
        daemon.process.send_signal(signal.SIGTERM)
        while (said := listener.recv(4096).decode()) != "STOPPING=1":
            assert said.startswith("WATCHDOG=1")


def test_what_it_starts_hears_nothing_of_the_manager() -> None:
    environment = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid()), "HOME": "/"}

    assert Manager(environment).patience == 1.0
    assert environment == {"HOME": "/"}


def test_a_watchdog_of_another_process_is_not_ours() -> None:
    assert Manager({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}).patience is None


def test_abstract_sockets_are_known_and_deaf_ones_are_no_trouble() -> None:
    name = f"progressd-test-{os.getpid()}"
    with manager(f"\0{name}") as listener:
        Manager({"NOTIFY_SOCKET": f"@{name}"}).tell("READY=1")
        assert listener.recv(100) == b"READY=1"
    Manager({"NOTIFY_SOCKET": f"@{name}"}).tell("READY=1")
    Manager({}).tell("READY=1")
