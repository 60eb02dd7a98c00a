"""A command run for each of many arguments."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from progressd.run.options import SWITCHES, VALUES
from tests.daemon import PATIENCE, eventually, has, running
from tests.run.people import RUN, Said, at_shell, environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for name, size in (("a", 100), ("b", 300), ("c", 0)):
        (tmp_path / "in" / name).write_bytes(b"x" * size)
    return tmp_path


def batch(said: Said, folder: Path, *words: str, stdin: bytes = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*RUN, "--key", "all", *words],
        env=environment(said.target, **more),
        cwd=folder,
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


def fates(said: Said) -> dict[str, str]:
    """Return how each task ended, once all is told: the items tell of themselves, maybe after the end of the batch."""

    def found() -> dict[str, str] | None:
        ends = {record["task"]: record["status"] for record in said.of("stop")}
        return ends if "all" in ends and ends.keys() == {record["task"] for record in said.records} else None

    ends: dict[str, str] = eventually(found)
    return ends


def test_each_file_is_a_task_that_weighs_what_it_is_large(said: Said, folder: Path) -> None:
    done = batch(said, folder, "--each", "in/*", "--", "echo", "-{}-")

    assert (done.returncode, done.stdout) == (0, b"-in/a-\n-in/b-\n-in/c-\n")
    assert fates(said) == dict.fromkeys(("all.in_a", "all.in_b", "all.in_c", "all"), "finished")
    waiting = [record for record in said.of("update") if record.get("status") == "waiting"]
    assert {record["task"]: record["weight"] for record in waiting} == {"all.in_a": 100, "all.in_b": 300, "all.in_c": 1}
    assert said.records.index(waiting[-1]) < said.records.index(said.of("log")[0])
    assert {(record["task"], record["text"]) for record in said.of("log")} >= {("all.in_b", "-in/b-")}


def test_nothing_begins_before_what_is_to_come_is_told(said: Said, folder: Path) -> None:
    # Before all else the reporter opens a page: that takes long enough to do it wrong.
    (folder / "browser").write_text("#!/bin/sh\nsleep 1\n")
    (folder / "browser").chmod(0o700)
    batch(said, folder, "--open", "--each", "in/*", "--", "true", BROWSER=f"{folder}/browser %s")
    fates(said)

    first = {record["task"]: record for record in reversed(said.records)}
    assert [first[f"all.in_{name}"].get("status") for name in "abc"] == ["waiting"] * 3


def test_the_second_time_each_weighs_what_it_took_the_first_time(said: Said, folder: Path) -> None:
    (folder / "in" / "d").write_bytes(b"x" * 100)
    slow = "test {} != in/a || sleep 0.5; test {} != in/b"  # b fails: how long that took tells nothing
    batch(said, folder, "--each", "in/[abc]", "--", "sh", "-c", slow)
    fates(said)
    begun, ended = ({record["task"]: record["time"] for record in said.of(kind)} for kind in ("start", "stop"))
    said.file.unlink()
    batch(said, folder, "--each", "in/*", "--", "true")
    fates(said)

    declared = [record for record in said.of("update") if record.get("status") == "waiting"]
    weight = {record["name"]: record["weight"] for record in declared}
    assert 0.5 <= weight["in/a"] < begun["all.in_b"] - begun["all"]
    assert 0 < weight["in/c"] < ended["all"] - ended["all.in_b"]
    assert weight["in/b"] == pytest.approx(3 * (weight["in/a"] + weight["in/c"]), rel=0.01)
    assert weight["in/d"] == pytest.approx(weight["in/b"] / 3)


@pytest.mark.parametrize(("how", "weights"), [("size", [100, 300, 1]), ("same", [1, 1, 1])])
def test_other_ways_to_weigh_are_chosen(said: Said, folder: Path, how: str, weights: list[float]) -> None:
    for _ in range(2):
        said.file.unlink(missing_ok=True)
        batch(said, folder, "--weigh", how, "--each", "in/*", "--", "true")
        fates(said)

    assert [record["weight"] for record in said.of("update") if record.get("status") == "waiting"] == weights


def test_lines_of_stdin_come_last_in_a_command_without_a_place(said: Said, folder: Path) -> None:
    done = batch(said, folder, "--each-line", "-", "--", "printf", "%s;", stdin=b"one\n\ntwo words\nlast")

    assert done.stdout == b"one;two words;last;"
    assert len(fates(said)) == 4


def test_the_worst_exit_status_is_that_of_all(said: Said, folder: Path) -> None:
    done = batch(said, folder, "--each-line", "-", "--", "sh", "-c", "exit {}", stdin=b"3\n0\n7\n0\n")

    assert done.returncode == 7
    assert fates(said)["all"] == "failed"
    assert b"4 in " in done.stderr
    assert b"2 finished, 2 failed" in done.stderr
    assert b"7  exit status 7" in done.stderr


def test_after_a_failure_nothing_more_is_begun_if_asked(said: Said, folder: Path) -> None:
    done = batch(said, folder, "--stop-at-failure", "--each-line", "-", "--", "sh", "-c", "exit {}", stdin=b"0\n4\n0\n")

    assert done.returncode == 4
    assert fates(said) == {"all.0": "finished", "all.4": "failed", "all.0#2": "canceled", "all": "failed"}


def test_what_failed_is_run_again_as_the_same_task(folder: Path) -> None:
    script = "echo {}; test -e {}.twice || { touch {}.twice; exit 1; }"
    with running(folder) as daemon:
        done = subprocess.run(
            [*RUN, "--key", "all", "--retry", "2", "--each", "in/*", "--", "sh", "-c", script],
            env=environment(f"unix:{daemon.socket}"),
            cwd=folder,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )

        assert done.returncode == 0
        assert b"finished" in done.stderr
        assert b"2 attempts" in done.stderr
        has(daemon, "all", status="finished")
        tasks = daemon.tasks()
        assert {key: (task["status"], task["lines"]) for key, task in tasks.items() if key != "all"} == dict.fromkeys(
            ("all.in_a", "all.in_b", "all.in_c"), ("finished", 1)
        )
        assert tasks["all"]["fraction"] == 1.0


def test_a_second_attempt_waits_until_the_daemon_has_read_what_the_first_one_said(folder: Path) -> None:
    # While the daemon stands still, nobody knows in which order it will read what two connections bring.
    script = "test -e {}.twice && cut -d' ' -f3 /proc/$DAEMON/stat > {}.found && exit; touch {}.twice; exit 1"
    with running(folder) as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        env = {**environment(f"unix:{daemon.socket}"), "DAEMON": str(daemon.process.pid)}
        each = [*RUN, "--key", "all", "--retry", "1", "--each", "in/a", "--", "sh", "-c", script]
        with subprocess.Popen(each, env=env, cwd=folder, stderr=subprocess.DEVNULL) as batch:
            eventually((folder / "in/a.twice").exists)
            time.sleep(0.5)  # time to do it wrong
            daemon.process.send_signal(signal.SIGCONT)
            assert batch.wait(PATIENCE) == 0

    assert (folder / "in/a.found").read_text() != "T\n"


def test_several_run_at_once_and_their_lines_stay_whole(said: Said, folder: Path) -> None:
    # Each waits for all the others: one after another would never end.
    script = f"""
import os, sys, time
name = sys.argv[1]
os.write(1, b"begin-")
open(f"{folder}/" + name + ".up", "w").close()
while not all(os.path.exists(f"{folder}/" + other + ".up") for other in "pqr"): time.sleep(0.01)
os.write(1, name.encode() + b"-end\\n")
"""
    done = batch(said, folder, "-j3", "--each-line", "-", "--", sys.executable, "-c", script, stdin=b"p\nq\nr\n")

    assert sorted(done.stdout.splitlines()) == [b"begin-p-end", b"begin-q-end", b"begin-r-end"]
    assert fates(said)["all"] == "finished"
    assert next(record for record in said.of("start") if record["task"] == "all")["parallel"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_it(said: Said, folder: Path, number: int) -> None:
    process = subprocess.Popen(
        [*RUN, "--key", "all", "-j", "2", "--each", "in/*", "--", "sh", "-c", "echo up; exec sleep 1000"],
        env=environment(said.target),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    with process.stdout:
        assert [process.stdout.readline() for _ in range(2)] == [b"up\n", b"up\n"]
        process.send_signal(number)

        assert process.wait(PATIENCE) == -number
    found = fates(said)
    assert found["all"] == found["all.in_c"] == "canceled"
    assert len(found) == 4


def test_ctrl_c_at_a_terminal_ends_all_of_it(said: Said, folder: Path) -> None:
    with at_shell(environment(said.target)) as person:
        person.type(f"cd {folder}; run --key all --each 'in/*' -- sh -c 'echo \"<$PPID>\"; exec sleep 1000'\n")
        person.waits_for("1000'")
        person.waits_for("<")
        person.waits_for(">")
        person.type("\x03")
        person.waits_for("not begun")
        person.waits_for("$ ")
    assert fates(said)["all"] == "canceled"


def names(tasks: dict[str, dict[str, Any]]) -> set[str]:
    return {task["name"] for task in tasks.values()}


def test_runs_within_runs_hang_below_them(folder: Path) -> None:
    inner = " ".join([*RUN, "--name", "inner", "--", "progressd-said"])
    (folder / "progressd-said").write_text(f"#!/bin/sh\n{sys.executable} -m progressd send start deep\n")
    (folder / "progressd-said").chmod(0o700)
    with running(folder) as daemon:
        env = environment(f"unix:{daemon.socket}")
        subprocess.run(
            [*RUN, "--parent", "nightly", "--name", "outer", "--", "sh", "-c", inner],
            env={**env, "PATH": f"{folder}:{env['PATH']}"},
            check=True,
            timeout=PATIENCE,
        )
        # Each of the three is told by a process of its own.
        tasks = eventually(lambda: {"deep", "inner", "outer"} <= names(tasks := daemon.tasks()) and tasks)
        columns = daemon.get("/tasks")["columns"]

    keys = columns["key"]
    above = {key: keys[row] if row >= 0 else None for key, row in zip(keys, columns["parent"], strict=True)}
    [inner_key] = [key for key in tasks if tasks[key]["name"] == "inner"]
    assert (above["deep"], above[inner_key], above["nightly.outer"]) == (inner_key, "nightly.outer", "nightly")


@pytest.mark.parametrize(
    ("words", "said_of_it"),
    [
        ([], "say which command"),
        (["--each", "nothing/*", "--", "true"], "there is nothing to run it for: nothing/*"),
        (["--each", "in/a", "in/b", "in/c", "--", "true"], "quote the pattern of --each"),
        (["--each-line", "nowhere", "true"], "cannot read nowhere"),
        (["--retry", "2", "true"], "--retry goes with --each"),
        (["--weight", "much", "true"], "--weight is 'much'"),
        (["--pty", "--no-pty", "true"], "exclude each other"),
        (["--wieght", "2", "true"], "there is no option '--wieght'"),
        (["--name"], "--name needs a value"),
    ],
)
def test_a_mistake_is_one_line(folder: Path, said: Said, words: list[str], said_of_it: str) -> None:
    done = subprocess.run(
        [*RUN, *words], env=environment(said.target), cwd=folder, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert said_of_it in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_help_names_every_option() -> None:
    shown = subprocess.run([*RUN, "--help"], capture_output=True, text=True, check=True).stdout

    assert all(f"--{name}" in shown for name in (*VALUES, *SWITCHES))
