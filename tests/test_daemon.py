"""The daemon as its users meet it: a process, its command line, its doors, its end."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.daemon import PATIENCE, Daemon, command, environment, eventually, refused, running


def say(daemon: Daemon, *records: dict[str, object]) -> None:
    """Send records through the UNIX socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(daemon.socket)
        connection.sendall("".join(json.dumps(record) + "\n" for record in records).encode())


def test_a_program_that_writes_to_the_socket_is_seen(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        say(daemon, {"type": "start", "task": "job", "total": 4}, {"type": "update", "task": "job", "done": 1})

        assert eventually(lambda: daemon.tasks().get("job"))["fraction"] == 0.25


def test_what_is_appended_to_a_watched_file_is_seen(tmp_path: Path) -> None:
    with running(tmp_path, "--watch", str(tmp_path / "run.log")) as daemon:
        with (tmp_path / "run.log").open("a") as log:
            log.write('{"type":"update","task":"backup","progress":0.4,"wieght":2}\n{"type":\n')

        assert eventually(lambda: daemon.tasks().get("backup"))["fraction"] == 0.4
        strange, bad = eventually(lambda: (found := daemon.get("/losses")["bad"]) and len(found) > 1 and found)
        assert strange["why"] == "unknown field wieght"
        assert bad["text"] == '{"type":'
        assert "run.log" in bad["where"]


def test_kill_9_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        for number in range(20):
            daemon.post({"type": "update", "task": f"job.{number}", "progress": number / 20})
        before = daemon.tasks()
        daemon.stop(signal.SIGKILL)
    with running(tmp_path) as daemon:
        after = daemon.tasks()

    assert {key: task["fraction"] for key, task in after.items()} == {
        key: task["fraction"] for key, task in before.items()
    }


def test_a_watched_file_is_read_on_where_it_was_left(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    log.write_text('{"type":"marker","task":"a","text":"one"}\n')
    with running(tmp_path, "--watch", str(log)) as daemon:
        eventually(lambda: daemon.tasks().get("a"))
        daemon.stop()
    with log.open("a") as file:
        file.write('{"type":"marker","task":"a","text":"two"}\n')
    with running(tmp_path, "--watch", str(log)) as daemon:
        eventually(lambda: daemon.tasks()["a"]["markers"] == 2)
        assert [marker["text"] for marker in daemon.get("/tasks")["markers"]] == ["one", "two"]


def test_it_leaves_though_readers_and_programs_are_connected(tmp_path: Path) -> None:
    with running(tmp_path) as daemon, socket.socket(socket.AF_UNIX) as program, socket.socket() as reader:
        program.connect(daemon.socket)
        program.sendall(b'{"type":"start","task":"last"}\n{"type":')
        host, port = daemon.url.removeprefix("http://").split(":")
        reader.connect((host, int(port)))
        reader.settimeout(PATIENCE)
        reader.sendall(f"GET /events HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        heard = reader.recv(65536)
        eventually(lambda: daemon.tasks().get("last"))

        daemon.stop()
        while part := reader.recv(65536):
            heard += part
        assert b"event: shutdown" in heard
        assert daemon.process.returncode == 0
    with running(tmp_path) as daemon:
        assert "last" in daemon.tasks()


def test_the_socket_is_the_users_alone_and_leaves_with_the_daemon(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        assert stat.S_IMODE(Path(daemon.socket).stat().st_mode) == 0o600
        daemon.stop()
        assert not Path(daemon.socket).exists()


def test_a_stale_socket_is_taken_over(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        daemon.stop(signal.SIGKILL)
    assert (tmp_path / "progressd.sock").exists()
    with running(tmp_path) as daemon:
        say(daemon, {"type": "start", "task": "again"})
        eventually(lambda: daemon.tasks().get("again"))


def test_an_address_that_is_told_means_that_all_doors_are_open(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        said = daemon.log.read_text()
        assert said.index("records are taken at") < said.index("shows its tasks at")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--store", "redis://localhost"), "there is no store"),
        (("--store", "sqlite:/proc/none/x.db"), "cannot open the store"),
        (("--host", "0.0.0.0"), "PROGRESSD_TOKEN"),
        (("--port", "99999"), "port"),
        (("--watch", "http://localhost/log"), "there is no input for http://localhost/log"),
        (("--estimator", "crystal"), "there is no estimator"),
        (("--config", "/nowhere/progressd.toml"), "there is no settings file"),
        (("--socket", "/tmp/" + "x" * 120), "longer than 107 bytes"),
        (("--socket", "/dev/null"), "is no socket"),
        (("--demo", "--socket", "off"), "--demo needs the UNIX socket"),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    assert said in refused(tmp_path, *options)


def test_a_second_daemon_is_refused_wherever_it_would_collide(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with running(tmp_path) as daemon:
        port = daemon.url.rpartition(":")[2]
        store = f"sqlite:{tmp_path}/state/progressd/progressd.db"

        assert "another progressd uses the store" in refused(other, "--store", store)
        assert f"cannot listen on 127.0.0.1:{port}" in refused(other, "--port", port)
        assert "another progressd takes records at" in refused(other, "--socket", daemon.socket)
        assert daemon.get("/health")["status"] == "ok"


def test_a_watched_file_that_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "pipe" in refused(tmp_path, "--watch", str(tmp_path / "pipe"))


def test_it_says_its_version_and_teaches() -> None:
    def run(option: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "progressd", option], capture_output=True, text=True, check=True, timeout=PATIENCE
        ).stdout

    assert run("--version").startswith("progressd 0.")
    assert "--watch run.log" in run("--help")
    assert "_" not in run("--help").partition("\n\n")[0]  # what stands for a value says what it is


def test_the_demo_comes_through_a_real_door(tmp_path: Path) -> None:
    with running(tmp_path, "--demo") as daemon:
        tasks = eventually(lambda: (found := daemon.tasks()) and "nightly.fetch.assets" in found and found)

        assert tasks["nightly.test"]["status"] == "waiting"


def test_settings_come_from_the_environment_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "config" / "progressd").mkdir(parents=True)
    (tmp_path / "config" / "progressd" / "config.toml").write_text('store = "memory:"\n')
    env = {"PROGRESSD_WATCH": str(tmp_path / "a.log")}
    with running(tmp_path, env=env) as daemon:
        (tmp_path / "a.log").write_text('{"type":"start","task":"a"}\n')
        eventually(lambda: daemon.tasks().get("a"))
        assert not (tmp_path / "state").exists()


def test_thousands_of_records_from_many_programs_all_arrive(tmp_path: Path) -> None:
    def program(daemon: Daemon, name: int) -> None:
        say(daemon, *({"type": "update", "task": f"p.{name}", "done": n, "total": 500} for n in range(501)))

    with running(tmp_path) as daemon:
        programs = [threading.Thread(target=program, args=(daemon, name)) for name in range(8)]
        for each in programs:
            each.start()
        for each in programs:
            each.join()

        # A record is counted when it comes, and in the tree a moment later.
        eventually(lambda: [task["done"] for key, task in daemon.tasks().items() if key != "p"] == [500.0] * 8)
        assert daemon.tasks()["p"]["fraction"] == 1.0
        assert daemon.get("/health")["records"] == 8 * 501


def test_it_opens_the_page_in_the_users_browser(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened.new\nmv {tmp_path}/opened.new {tmp_path}/opened\n')
    browser.chmod(0o700)
    with running(tmp_path, "--store", "memory:", "--open", env={"BROWSER": str(browser)}) as daemon:
        eventually((tmp_path / "opened").exists)

        assert (tmp_path / "opened").read_text().strip() == daemon.url + "/"


def test_the_log_says_as_much_as_is_asked_for(tmp_path: Path) -> None:
    def said(*options: str) -> str:
        """What a daemon says that was told to leave at once."""
        process = subprocess.Popen(
            command(tmp_path, "--store", "memory:", *options),
            env=environment(tmp_path),
            stderr=subprocess.PIPE,
            text=True,
        )
        eventually((tmp_path / "progressd.sock").exists)
        process.terminate()
        return process.communicate(timeout=PATIENCE)[1]

    assert "shows its tasks at" in said()
    assert said("-q") == ""
    assert "DEBUG" in said("-v")


def test_what_programs_had_sent_before_the_end_is_brought_in(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        for name in range(20):
            say(daemon, *({"type": "update", "task": f"p.{name}", "done": n, "total": 1000} for n in range(1001)))
        daemon.stop()
    with running(tmp_path) as daemon:
        assert {task["done"] for key, task in daemon.tasks().items() if key != "p"} == {1000.0}


def test_a_record_that_nests_as_deep_as_it_may_does_not_keep_the_daemon_from_starting(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        for depth in range(880, 1000, 3):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(daemon.socket)
                nested = "[" * depth + "]" * depth
                connection.sendall(f'{{"type":"start","task":"d{depth}","data":{nested}}}\n'.encode())
        say(daemon, {"type": "start", "task": "last"})
        eventually(lambda: daemon.tasks().get("last"))
        daemon.stop()
    with running(tmp_path) as daemon:
        assert "last" in daemon.tasks()
