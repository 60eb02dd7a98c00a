"""`progressd send`, as shell scripts use it, against a real daemon."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from progressd.core.decode import decode_block
from progressd_client.shell_options import OPTIONS, RECORDS
from tests.client.scripts import CLIENT, every_python
from tests.daemon import PATIENCE, eventually, running

WHEN = 1767225600.5
BEGIN: dict[str, tuple[tuple[str, ...], Any]] = {
    "name": (("--name", "Back up «all»"), "Back up «all»"),
    "parent": (("--parent", "nightly"), "nightly"),
    "total": (("--total", "20"), 20),
    "done": (("--done=7.5",), 7.5),
    "unit": (("--unit", "files"), "files"),
    "weight": (("--weight", "1e3"), 1000),
    "estimate": (("--estimate", "90"), 90),
    "parallel": (("--parallel",), True),
    "host": (("--host", "example"), "example"),
    "pid": (("--pid", "4711"), 4711),
    "thread": (("--thread", "-1"), "-1"),
    "message": (("--message", 'a "b" \\ c\n\td'), 'a "b" \\ c\n\td'),
    "metric": (
        ("--metric", "My/App/Startup", "--dimension", "Region=eu"),
        {"namespace": "My/App", "name": "Startup", "dimensions": {"Region": "eu"}},
    ),
    "data": (("--data", '{"a": [1, null, "é"]}'), {"a": [1, None, "é"]}),
}
PLACE: dict[str, tuple[tuple[str, ...], Any]] = {
    "time": (("--time", str(WHEN)), WHEN),
    "source": (("--source", "cron"), "cron"),
    "seq": (("--seq", "3"), 3),
}
SAID: dict[str, dict[str, tuple[tuple[str, ...], Any]]] = {
    "start": {**BEGIN, **PLACE},
    "update": {
        **BEGIN,
        **PLACE,
        "parallel": (("--no-parallel",), False),
        "progress": (("--progress", "0.4"), 0.4),
        "in": (("--in", "3600"), 3600),
        "status": (("--status", "paused"), "paused"),
    },
    "stop": {
        "status": (("--status", "failed"), "failed"),
        "message": (("--message", "disk full"), "disk full"),
        "cpu": (("--cpu", "1.25"), 1.25),
        **PLACE,
    },
    "mark": {"text": (("half", "of it"), "half of it"), **PLACE},
    "log": {"text": (("--text", "--verbose"), "--verbose"), "stream": (("--stream", "stderr"), "stderr"), **PLACE},
    "metric": {
        "name": (("--name", "reads"), "reads"),
        "value": (("--value", "-3.5e2"), -350),
        "unit": (("--unit", "1/s"), "1/s"),
        "dimensions": (("--dimension", "disk=sda", "--dimension", "mode=a=b"), {"disk": "sda", "mode": "a=b"}),
        **PLACE,
    },
}


def send(*arguments: str, python: str = sys.executable, **env: str) -> subprocess.CompletedProcess[str]:
    """Run it as a host would that has only the client."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROGRESSD_", "PYTHON"))}
    return subprocess.run(
        [python, "-W", "error", "-m", "progressd_client.shell", *arguments],
        env={**kept, "PYTHONPATH": str(CLIENT), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def sent(home: Path, *arguments: str, **env: str) -> dict[str, Any]:
    """Return the one record that it writes; the daemon takes it."""
    done = send(*arguments, PROGRESSD_TARGET=f"file:{home}/said", **env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    line = (home / "said").read_bytes()
    (home / "said").unlink()
    assert line.count(b"\n") == 1
    assert decode_block(line).bad == []
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize("what", SAID)
def test_every_option_of_every_record_is_said(what: str, tmp_path: Path) -> None:
    said = SAID[what]
    record = sent(tmp_path, what, "job.step", *(part for parts, _ in said.values() for part in parts))

    assert record == {"type": RECORDS[what][0], "task": "job.step"} | {name: value for name, (_, value) in said.items()}


@pytest.mark.parametrize("what", SAID)
def test_the_options_are_the_fields_of_the_record(what: str) -> None:
    kind = RECORDS[what][0]
    (record,) = decode_block(json.dumps({"type": kind, "text": "t", "name": "n", "value": 1}).encode()).records

    assert set(SAID[what]) == set(record.__struct_encode_fields__) - {"task", "kind"}


def test_a_record_is_stamped_and_a_start_tells_its_host(tmp_path: Path) -> None:
    before = time.time()
    start = sent(tmp_path, "start", "job")

    assert before - 0.001 <= start.pop("time") <= time.time()
    assert start == {"type": "start", "task": "job", "host": os.uname().nodename}


@pytest.mark.parametrize(
    ("key", "parent", "hung"),
    [
        ("job", "night.run", "night.run"),
        ("job.step", "night.run", None),  # under its own job
        ("night", "night", None),  # the parent itself, and what is above it
        ("night", "night.run", None),
        ("job", "", None),
    ],
)
def test_the_parent_comes_from_the_environment(key: str, parent: str, hung: str | None, tmp_path: Path) -> None:
    assert sent(tmp_path, "start", key, PROGRESSD_PARENT=parent).get("parent") == hung
    assert sent(tmp_path, "update", key, "--done", "1", PROGRESSD_PARENT=parent).get("parent") == hung
    assert sent(tmp_path, "start", key, "--parent", "other", PROGRESSD_PARENT=parent)["parent"] == "other"
    assert "parent" not in sent(tmp_path, "stop", key, PROGRESSD_PARENT=parent)


def test_text_may_look_like_anything(tmp_path: Path) -> None:
    assert sent(tmp_path, "log", "k", "--", "--help", "-x")["text"] == "--help -x"
    assert sent(tmp_path, "log", "k", "--text=")["text"] == ""
    assert sent(tmp_path, "mark", "k", "-")["text"] == "-"
    assert sent(tmp_path, "mark", "k", "été \udcff 🙂")["text"] == "été � 🙂"
    assert sent(tmp_path, "log", "k", "x" * 100_000)["text"] == "x" * 100_000


@every_python()
def test_a_daemon_takes_what_a_script_says(python: str, tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        env = {"XDG_RUNTIME_DIR": str(tmp_path), "python": python}
        for line in (
            ("start", "job", "--total", "4"),
            ("update", "job", "--done", "1", "--message", "half"),
            ("mark", "job", "now"),
            ("log", "job", "a line"),
            ("metric", "job", "--name", "reads", "--value", "3"),
        ):
            done = send(*line, **env)
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

        task = eventually(lambda: daemon.get("/health")["records"] == 5 and daemon.tasks()["job"])
        assert (task["fraction"], task["message"], task["markers"]) == (0.25, "half", 1)
        assert send("stop", "job", "--status", "canceled", **env).returncode == 0
        assert eventually(lambda: daemon.tasks()["job"].get("status") == "canceled")


def test_http_takes_it_with_the_token(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:", env={"PROGRESSD_TOKEN": "s" * 20}) as daemon:
        refused = send("start", "job", "--target", daemon.url, "--strict")
        assert refused.returncode == 1
        assert "401" in refused.stderr
        assert "PROGRESSD_TOKEN" in refused.stderr
        assert send("start", "job", "--target", daemon.url, PROGRESSD_TOKEN="s" * 20).stderr == ""
        assert daemon.get("/tasks", {"Authorization": "Bearer " + "s" * 20})["columns"]["key"] == ["job"]


def test_datagrams_take_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(PATIENCE)
        assert send("mark", "k", "t", "--target", f"udp:127.0.0.1:{server.getsockname()[1]}").returncode == 0
        assert json.loads(server.recv(65536))["text"] == "t"


@pytest.mark.parametrize("target", ["unix:{home}/none.sock", "http://127.0.0.1:1", "file:/nowhere/x", "carrier:pigeon"])
def test_without_a_daemon_the_script_goes_on(target: str, tmp_path: Path) -> None:
    env = {"PROGRESSD_TARGET": target.format(home=tmp_path)}
    done = send("start", "job", **env)
    strict = send("start", "job", "--strict", **env)

    assert done.returncode == 0
    assert strict.returncode == 1
    for each in (done, strict):
        assert len(each.stderr.splitlines()) == 1
        assert each.stderr.startswith(f"progressd send: nobody took it at {env['PROGRESSD_TARGET']}: ")
        assert each.stdout == ""
    assert send("start", "job", "--quiet", **env).stderr == ""
    assert send("start", "job", "-q", "--strict", **env).returncode == 1


def test_a_daemon_that_reads_nothing_holds_a_script_up_for_seconds_only(tmp_path: Path) -> None:
    path = str(tmp_path / "stuck.sock")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as other:
        server.bind(path)
        server.listen(0)
        other.connect(path)
        done = send("start", "job", "--target", f"unix:{path}")

    assert done.returncode == 0
    assert "too busy for 2 s" in done.stderr


def test_off_is_silent() -> None:
    done = send("start", "job", "--strict", PROGRESSD_TARGET="off")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "teaches"),
    [
        ((), "start, update, stop, mark, log, metric"),
        (("begin", "job"), "there is no `send begin`"),
        (("start",), "progressd send start KEY"),
        (("start", ""), "KEY has 0 characters"),
        (("start", "job", "10"), "what is '10'"),
        (("update", "job", "--done", ""), "--done is '', which is no number; say for example 20"),
        (("update", "job", "--done", "-1"), "0 or more"),
        (("update", "job", "--total", "nan"), "0 or more"),
        (("update", "job", "--progress", "40"), "0.4 for 40 %"),
        (("update", "job", "--status", "done"), "waiting, running, paused, finished, failed, canceled"),
        (("update", "job", "--unit", "x" * 257), "it may have 0 to 256"),
        (("update", "job", "--done"), "--done needs a value"),
        (("update", "job", "--dnoe", "3"), "there is no option '--dnoe'"),
        (("stop", "job", "--status", "paused"), "finished, failed or canceled"),
        (("stop", "job", "--done", "3"), "it has --status --message --cpu"),
        (("stop", "job", "--parallel"), "has no --parallel"),
        (("start", "job", "--pid", "x"), "whole number"),
        (("start", "job", "--data", "{"), "no JSON"),
        (("mark", "job"), "needs a TEXT after the KEY"),
        (("mark", "job", "a", "--text", "b"), "said twice"),
        (("log", "job", "-x"), "goes after `--`"),
        (("metric", "job", "--name", "n"), "needs --value"),
        (("metric", "job", "--name", "n", "--value", "1", "--dimension", "x"), "NAME=VALUE"),
        (("start", "job", "--metric", "Startup"), "a namespace, / and a name"),
        (("update", "job", "--dimension", "x=y"), "needs --metric"),
        (("mark", "job", "t", "--time", "1767225600500"), "0 to 2.53402e+11"),
        (("mark", "job", "t", "--target", "pigeon:1"), "unix:PATH, udp:HOST:PORT"),
    ],
)
def test_a_mistake_is_one_line_that_teaches(arguments: tuple[str, ...], teaches: str) -> None:
    done = send(*arguments)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("progressd send: ")
    assert teaches in done.stderr


def test_the_help_names_every_record_and_option() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "progressd", "send", "--help"], capture_output=True, text=True, check=True
    )

    assert all(f"progressd send {what} KEY" in done.stdout for what in RECORDS)
    assert all(f"  --{name} " in done.stdout for name in OPTIONS)


def test_it_imports_nothing_that_is_slow(tmp_path: Path) -> None:
    script = f"""
import sys
before = set(sys.modules)
sys.argv = ["progressd", "send", "start", "job", "--target", "file:{tmp_path}/said"]
import progressd.__main__
try:
    progressd.__main__.main()
except SystemExit as end:
    assert end.code == 0
print(*sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}

    assert (tmp_path / "said").exists()
    assert loaded.isdisjoint({"aiohttp", "msgspec", "watchfiles", "asyncio", "argparse", "json", "re", "socket"})
