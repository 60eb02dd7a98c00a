"""The daemon is absent, restarted, stopped or killed; the program is killed. Received + counted lost = emitted."""

import signal
import subprocess
from pathlib import Path

from tests.client.scripts import every_python, pythons, run, start
from tests.daemon import Daemon, eventually, has, running

PYTHON = pythons()[0]


def target(home: Path) -> str:
    return f"unix:{home / 'progressd.sock'}"


def say(process: subprocess.Popen[str], line: str = "") -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    return out.strip()


def done(daemon: Daemon, key: str) -> float | None:
    view = daemon.tasks().get(key)
    return view.get("done") if view else None


@every_python()
def test_without_a_daemon_nothing_happens(python: str, tmp_path: Path) -> None:
    script = """
    import progressd_client as p
    for _ in range(50_000):
        with p.task("x", total=1) as t:
            t.advance()
            t.mark("y")
    assert not p.flush(0.1)
    s = p.stats()
    print(s.errors, s.sent, s.waiting < 9 << 20, s.lost > 0, s.connected)
    """
    assert run(python, script, target(tmp_path)) == "0 0 True True False\n"


@every_python()
def test_a_daemon_that_comes_late_is_told_what_is_open(python: str, tmp_path: Path) -> None:
    script = """
    import sys
    from progressd_client import task
    with task("late", total=100) as t:
        with task("over"):
            pass
        t.advance(7)
        sys.stdin.readline()
        t.advance(1)
        sys.stdin.readline()
    """
    process = start(python, script, target(tmp_path))
    with running(tmp_path, "--store", "memory:") as daemon:
        eventually(lambda: done(daemon, "late") == 7)
        assert daemon.tasks()["late.over"]["status"] == "finished"
        say(process)
        eventually(lambda: done(daemon, "late") == 8)
        say(process)
        eventually(lambda: daemon.tasks()["late"]["status"] == "finished")
        end(process)


@every_python()
def test_a_killed_daemon_loses_nothing_that_was_said(python: str, tmp_path: Path) -> None:
    script = """
    import sys, progressd_client as p
    with p.task("open", total=10**6) as t, p.task("quiet", parent="elsewhere"):
        for n in range(180):
            for m in range(5):
                t.mark(f"{n}.{m}")
            with p.task("short"):
                t.advance()
            print(n, flush=True)
            if n % 40 == 20:
                sys.stdin.readline()
        p.flush(20)
        print(p.stats().lost, flush=True)
        sys.stdin.readline()
    """
    store = f"sqlite:{tmp_path / 'log.db'}"
    process: subprocess.Popen[str] | None = None
    for number in (20, 60, 100):
        with running(tmp_path, "--store", store) as daemon:
            process = process or start(python, script, target(tmp_path))
            while hear(process) != str(number):
                pass
            daemon.stop(signal.SIGKILL)
            say(process)
    assert process is not None
    with running(tmp_path, "--store", store) as daemon:
        while hear(process) != "140":
            pass
        say(process)
        while hear(process) != "179":
            pass
        assert hear(process) == "0"
        eventually(lambda: done(daemon, "open") == 180)
        marks = [mark["text"] for mark in daemon.get("/tasks")["markers"]]
        assert len(set(marks)) == len(marks) == 900
        shorts = [view for key, view in daemon.tasks().items() if ".short" in key]
        assert len(shorts) == 180
        assert {view["status"] for view in shorts} == {"finished"}
        say(process)
        end(process)
        eventually(lambda: daemon.tasks()["open"]["status"] == "finished")


@every_python()
def test_a_restarted_daemon_that_forgot_all_is_told_again(python: str, tmp_path: Path) -> None:
    script = """
    import sys, progressd_client as p
    with p.task("open", total=10, message="hi", unit="kg") as t, p.task("inner") as u:
        p.plan({"later": 3})
        t.advance(4)
        u.pause()
        sys.stdin.readline()
    """
    with running(tmp_path, "--store", "memory:") as daemon:
        process = start(python, script, target(tmp_path))
        eventually(lambda: done(daemon, "open") == 4)
        before = daemon.tasks()
        daemon.stop()
    with running(tmp_path, "--store", "memory:") as daemon:
        eventually(lambda: done(daemon, "open") == 4 and "open.inner.later" in daemon.tasks())
        after = daemon.tasks()
        assert list(after) == list(before)
        for key in before:
            for field in ("name", "status", "started", "total", "unit", "weight", "message"):
                assert after[key].get(field) == before[key].get(field), (key, field)
        say(process)
        end(process)


@every_python()
def test_a_stopped_daemon_is_waited_for_in_bounded_memory(python: str, tmp_path: Path) -> None:
    script = """
    import sys, progressd_client as p
    from progressd_client import pipe
    pipe.FULL = 1 << 20
    with p.task("open", total=10**6) as t:
        p.flush()
        print("on", flush=True)
        sys.stdin.readline()
        for n in range(40_000):
            with p.task("short"):
                t.advance()
        with p.task("known") as u:
            pass
        p.flush(1)
        s = p.stats()
        assert s.waiting < 3 << 20, s
        print(s.waiting, flush=True)
        sys.stdin.readline()
        p.flush(20)
        s = p.stats()
        print(s.sent, s.lost, s.waiting, flush=True)
        sys.stdin.readline()
    """
    with running(tmp_path, "--store", "memory:") as daemon:
        process = start(python, script, target(tmp_path))
        assert hear(process) == "on"
        daemon.process.send_signal(signal.SIGSTOP)
        say(process)
        assert int(hear(process)) > 0
        daemon.process.send_signal(signal.SIGCONT)
        say(process)
        sent, lost, waiting = map(int, hear(process).split())
        assert waiting == 0
        assert lost > 0
        eventually(lambda: done(daemon, "open") == 40_000)
        eventually(lambda: daemon.get("/health")["records"] >= sent)
        assert daemon.tasks()["open"]["metrics"]["progressd.lost"]["value"] == lost
        # Whatever of the 40,001 short tasks is not there was counted, both of its records.
        shorts = [key for key in daemon.tasks() if key.startswith("open.")]
        assert 2 * len(shorts) + lost == 2 * 40_001
        say(process)
        end(process)


@every_python()
def test_the_end_of_the_program_does_not_wait_for_a_stopped_daemon(python: str, tmp_path: Path) -> None:
    script = """
    import progressd_client as p
    with p.task("x") as t:
        p.flush()
        for n in range(60_000):
            t.mark("a line of some length, so that the buffers of the kernel are filled by them, and more")
    """
    with running(tmp_path, "--store", "memory:") as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        # The daemon stays stopped until the program has ended; how long that takes, the benchmark tells.
        assert run(python, script, target(tmp_path)) == ""
        daemon.process.send_signal(signal.SIGCONT)


@every_python()
def test_a_killed_program_has_said_what_it_did(python: str, tmp_path: Path) -> None:
    script = """
    import os, signal, sys, threading, time
    from progressd_client import task
    from progressd_client.sender import sender
    with task("quiet"):
        pass
    t = task("open", total=100).start()
    for line in sys.stdin:
        if line == "isolated\\n":
            turn = sender._turn
            while sender._turn == turn or sender.lock.locked():
                time.sleep(0.001)  # or the thread may be at it at this very moment
            task("isolated", key="isolated").start()
            os.kill(os.getpid(), signal.SIGKILL)
        t.advance()
        print(line, flush=True)
    """
    with running(tmp_path, "--store", "memory:") as daemon:
        process = start(python, script, target(tmp_path))
        for number in range(1, 4):
            say(process, "on")
            assert hear(process) == "on"
            hear(process)
            eventually(lambda number=number: done(daemon, "open") == number)
        say(process, "isolated")
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        eventually(lambda: "isolated" in daemon.tasks())
        assert daemon.tasks()["quiet"]["status"] == "finished"


@every_python()
def test_a_descriptor_that_the_program_closed_is_not_written_to(python: str, tmp_path: Path) -> None:
    script = """
    import os, socket, progressd_client as p
    with p.task("x", total=3) as t:
        assert p.flush()
        os.closerange(3, 64)
        ours, theirs = socket.socketpair()
        spare = [os.dup(theirs.fileno()) for _ in range(8)]
        t.advance()
        t.mark("after")
        assert p.flush(20)
        ours.setblocking(False)
        try:
            print(ours.recv(100))
        except BlockingIOError:
            print("clean")
        for number in (ours.detach(), theirs.detach(), *spare):
            os.close(number)
    """
    with running(tmp_path, "--store", "memory:") as daemon:
        assert run(python, script, target(tmp_path)) == "clean\n"
        has(daemon, "x", done=1, status="finished")
