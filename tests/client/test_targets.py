"""Where records go."""

import os
import socket
from pathlib import Path

import pytest

from tests.client.scripts import every_python, of, pythons, records, run
from tests.daemon import eventually, running

PYTHON = pythons()[0]
WORK = """
import progressd_client as p
with p.task("work", total=5000) as t:
    for n in range(5000):
        with p.task("piece"):
            t.advance()
assert p.flush(20), p.stats()
print(p.stats().lost, p.stats().errors)
"""


@every_python()
@pytest.mark.parametrize("scheme", ["unix", "http"])
def test_a_daemon_takes_it_all(python: str, scheme: str, tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:", env={"PROGRESSD_TOKEN": "secret" * 4}) as daemon:
        target = f"unix:{daemon.socket}" if scheme == "unix" else daemon.url
        assert run(python, WORK, target, PROGRESSD_TOKEN="secret" * 4) == "0 0\n"
        headers = {"Authorization": f"Bearer {'secret' * 4}"}

        def all_have_ended() -> bool:
            table = daemon.get("/tasks", headers)["columns"]
            return len(table["key"]) == 5001 and set(table.get("status", ())) == {"finished"}

        eventually(all_have_ended)


def test_datagrams_hold_whole_lines(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)
        script = WORK.replace("5000", "20")
        run(PYTHON, script, f"udp:127.0.0.1:{server.getsockname()[1]}")
        server.settimeout(0)
        file = tmp_path / "said"
        with file.open("wb") as said:
            while True:
                try:
                    datagram = server.recv(65536)
                except BlockingIOError:
                    break
                assert datagram.endswith(b"\n")
                assert len(datagram) <= 8192
                said.write(datagram)

    assert len(of(records(file), "stop")) == 21


def test_processes_share_a_file_line_by_line(tmp_path: Path) -> None:
    script = """
    import os, progressd_client as p
    for n in range(4):
        if not os.fork():
            for m in range(3000):
                with p.task("x" * 50, key=f"k.{n}.{m}"):
                    pass
            p.flush(20)
            os._exit(0)
    for n in range(4):
        os.wait()
    """
    run(PYTHON, script, f"file:{tmp_path / 'said'}")

    assert len(of(records(tmp_path / "said"), "stop")) == 12_000


def test_a_file_that_was_moved_away_is_made_anew(tmp_path: Path) -> None:
    script = f"""
    import os, time, progressd_client as p
    file = {str(tmp_path / "said")!r}
    with p.task("a") as t:
        assert p.flush(20)
        os.rename(file, file + ".1")
        while not os.path.exists(file):
            time.sleep(0.01)
    """
    run(PYTHON, script, f"file:{tmp_path / 'said'}")

    # What is still open is said again, so that the new file stands for itself.
    assert set(of(records(tmp_path / "said"), "start")) == {"a"}
    assert set(of(records(tmp_path / "said"), "stop")) == {"a"}


def test_off_is_off(tmp_path: Path) -> None:
    script = "import os, threading\n" + WORK + "print(len(os.listdir('/proc/self/task')))"
    assert run(PYTHON, script, "off") == "0 0\n1\n"


def test_a_target_that_is_none_is_said_once_and_harms_nothing(tmp_path: Path) -> None:
    script = """
    import progressd_client as p
    import contextlib, io
    with contextlib.redirect_stderr(io.StringIO()) as errors:
        for _ in range(3):
            with p.task("x"):
                pass
            p.flush()
    assert errors.getvalue().count("\\n") == 1, errors.getvalue()
    try:
        p.configure(target="pigeon:home")
    except ValueError as error:
        print(error)
    p.configure(target="file:" + FILE)
    with p.task("y"):
        pass
    """
    script = f"    FILE = {str(tmp_path / 'said')!r}\n" + script
    assert "pigeon" in run(PYTHON, script, "pigeon:home")
    assert set(of(records(tmp_path / "said"), "stop")) == {"y"}


ODD = [
    "http://host:abc", "http://[::1", "http://a b", "http://", "http://h:99999", "udp:h:x", "udp:", "udp:h:99999",
    "unix:", "unix:" + "x" * 500, "file:", "file:/", "file:/dev/full", "file:/no/such/place",
]  # fmt: skip


@pytest.mark.parametrize("target", ODD)
def test_no_target_is_the_programs_trouble(target: str) -> None:
    script = """
    import contextlib, io, os, progressd_client as p
    with contextlib.redirect_stderr(io.StringIO()):
        with p.task("x"):
            pass
        p.flush(0.1)
    with contextlib.suppress(ValueError):
        p.configure(target=os.environ["PROGRESSD_TARGET"])
    print("went on")
    """
    assert run(PYTHON, script, target) == "went on\n"


@pytest.mark.parametrize("read", [False, True], ids=["that nobody reads", "that somebody reads"])
def test_a_pipe_is_no_file_to_wait_for(read: bool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    script = f"""
    import os, signal, progressd_client as p
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    fd = os.open({str(tmp_path / "pipe")!r}, os.O_RDONLY | os.O_NONBLOCK) if {read} else None
    with p.task("x"):
        p.flush(0.1)
        if fd is not None:
            os.close(fd)
    p.flush(0.1)
    print("went on")
    """
    assert run(PYTHON, script, f"file:{tmp_path / 'pipe'}") == "went on\n"


def test_a_program_may_ask_for_a_daemon(tmp_path: Path) -> None:
    script = """
    import sys, progressd_client as p
    p.configure(spawn=True)
    with p.task("alone"):
        sys.stdin.readline()
    """
    with running(tmp_path, "--store", "memory:") as daemon:
        # One listens: no other is started.
        run(PYTHON, script.replace("sys.stdin.readline()", "p.flush()"), f"unix:{daemon.socket}")
        eventually(lambda: "alone" in daemon.tasks())
