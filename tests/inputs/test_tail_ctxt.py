"""`.ctxt` files and plain text through a real daemon: seen live, across files, restarts and a sudden death."""

import signal
from pathlib import Path

from tests.contexts import HABITS, Writer
from tests.daemon import Daemon, eventually, has, running

THREAD = "web01.4242.MainThread"


def spans(daemon: Daemon) -> dict[str, tuple[str, str]]:
    """Name and status of all spans, by their time."""
    return {
        key.rpartition(".")[2]: (task["name"], task.get("status", "running"))
        for key, task in daemon.tasks().items()
        if key.startswith(THREAD + ".")
    }


def test_spans_are_seen_while_they_run_and_the_thread_ends_with_them(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "app.ctxt")
    with running(tmp_path, "--watch", str(tmp_path / "*.ctxt"), "--store", "memory:") as daemon:
        writer.say("START", "reading app.toml", "load_cfg")
        span = f"{THREAD}.{writer.micros}"
        has(daemon, span, name="reading app.toml", status="running")
        has(daemon, "web01", status="running")
        writer.wait(2.5)
        writer.say("ENDER", "no such file")
        has(daemon, span, status="failed", message="no such file")
        assert "reading app.toml  2s  failed  no such file" in daemon.text("/tree")
        has(daemon, THREAD, status="failed")


def test_a_daemon_that_is_killed_between_a_start_and_its_end_pairs_them(tmp_path: Path) -> None:
    one = Writer(tmp_path / "one.ctxt")
    two = Writer(tmp_path / "two.ctxt")
    options = ("--watch", str(tmp_path / "*.ctxt"))
    with running(tmp_path, *options) as daemon:
        for name in ("outer", "inner", "innermost"):
            one.wait(1)
            one.say("START", name)
        eventually(lambda: len(spans(daemon)) == 3)
        daemon.stop(signal.SIGKILL)
    two.micros = one.micros
    one.wait(1)
    one.say("ENDOK")
    with running(tmp_path, *options) as daemon:
        eventually(lambda: ("innermost", "finished") in spans(daemon).values())
        two.wait(2)
        two.say("ENDER", "told by another file")
        eventually(lambda: ("inner", "failed") in spans(daemon).values())
        assert ("outer", "running") in spans(daemon).values()
        assert daemon.get("/losses")["bad"] == []


def test_plain_text_is_the_log_of_a_task_that_is_no_work(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "app.v1.log"
    path.parent.mkdir()
    key = str(path).replace(".", "_")
    with running(tmp_path, "--watch", str(tmp_path / "logs")) as daemon:
        with path.open("a") as file:
            file.write("2026-01-02 begins\n  it goes on\n")
        has(daemon, key, name="app.v1.log", status="finished", lines=2, last_line="  it goes on", weight=0)
        daemon.post({"type": "update", "task": "work", "progress": 0.5})
        with path.open("a") as file:
            file.write("and on\n")
        has(daemon, key, status="finished", lines=3, last_line="and on")
        daemon.stop()
    with running(tmp_path, "--watch", str(tmp_path / "logs")) as daemon:
        with path.open("a") as file:
            file.write("after a restart\n")
        has(daemon, key, status="finished", lines=4, last_line="after a restart")


def write_every_quirk(folder: Path) -> None:
    path = folder / "a.ctxt"
    path.write_bytes(b"\xef\xbb\xbf# compiled by hand\n\n")
    python = Writer(path)
    java = Writer(path, pid=1, thread="My Thread", fraction=HABITS["java, German"], end="\r\n")
    perl = Writer(folder / "b.ctxt", pid=2, thread="2", fraction=HABITS["perl"], micros=1_700_000_000_000_999)
    latin = Writer(folder / "c.ctxt", pid=3, thread="3", fraction=HABITS["c"])
    python.say("ENDOK", "of what set_profile came from")
    python.say("START", "two\nlines", "f")
    java.say("START", "shifted", "g")
    perl.say("START", "first")
    perl.wait(0.000001)
    perl.say("START", "at .1000, earlier than .999")
    perl.say("ENDOK")
    perl.say("BMARK", "now")
    latin.say("START", "gr\udcf6\udcdfer")
    latin.say("LOCKW", "db", "139")
    latin.say("LOCKA", "db", "139")
    with path.open("ab") as file:
        file.write(b"1700000009.0 web01 4242 MainThread ENDOK f\n")  # an editor took the last space
        file.write(b"1700000010.0 web01 4242 MainThr")  # and here the writer is at it


def test_every_quirk_of_every_writer(tmp_path: Path) -> None:
    """What stands in the files of the seed's writers, all of it at once, in three files and out of order."""
    write_every_quirk(tmp_path)
    with running(tmp_path, "--watch", str(tmp_path / "*.ctxt"), "--store", "memory:") as daemon:
        key = f"{THREAD}.1700000000123456"
        has(daemon, key, name="two", status="finished", last_line="lines", lines=1, stopped=1700000009.0)
        has(daemon, "web01.1.My_Thread.1700000000123456", name="shifted", thread="My Thread", status="running")
        second = has(daemon, "web01.2.2.1700000000999000-2", name="at .1000, earlier than .999", status="finished")
        assert second["started"] == second["stopped"] == 1700000000.999
        has(daemon, "web01.2.2.1700000000999000", status="running", markers=1)
        has(daemon, "web01.3.3.1700000000123000", name="gr��er", status="running")
        has(daemon, "web01.3.3.1700000000123000-2", name="db", status="running")
        assert [loss["why"] for loss in daemon.get("/losses")["bad"]] == ["an end without a beginning"]
        with (tmp_path / "a.ctxt").open("ab") as file:
            file.write(b"ead START g whole\n")
        has(daemon, f"{THREAD}.1700000010000000", name="whole", status="running")
