"""A daemon that is away, hangs or dies, and what is left behind: the command does not notice."""

import os
import signal
import socket
import subprocess
import sys
from io import BufferedReader
from pathlib import Path
from urllib.request import urlopen

import pytest

from progressd_client.spawn import listens
from tests.daemon import PATIENCE, eventually, free_port, owner, running
from tests.run.people import RUN, Said, children, environment, reporter, start, start_waiting, waiting_command

FLOOD = "import sys; [print(f'line {n} ' + 'x' * 90) for n in range(300_000)]; print('the last', flush=True)"


def test_without_a_daemon_it_is_merely_run(tmp_path: Path) -> None:
    process = start(f"unix:{tmp_path}/nobody.sock", "sh", "-c", "echo out; exit 5")

    assert process.communicate(timeout=PATIENCE)[0] == b"out\n"
    assert process.returncode == 5


@pytest.mark.parametrize("scheme", ["unix", "http"])
def test_a_daemon_that_hangs_costs_the_command_nothing(tmp_path: Path, scheme: str) -> None:
    with socket.socket(socket.AF_UNIX if scheme == "unix" else socket.AF_INET) as listener:
        listener.bind(str(tmp_path / "hung.sock") if scheme == "unix" else ("127.0.0.1", 0))
        listener.listen()  # and never accepts, let alone reads
        place = f"{tmp_path}/hung.sock" if scheme == "unix" else f"//127.0.0.1:{listener.getsockname()[1]}"
        process = start(f"{scheme}:{place}", sys.executable, "-c", FLOOD)
        out = process.communicate(timeout=PATIENCE)[0]

    assert process.returncode == 0
    assert out.count(b"\n") == 300_001


def test_a_daemon_that_dies_midway_hears_the_rest_when_it_is_back(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        process = start(f"unix:{daemon.socket}", *waiting_command(tmp_path), options=("--key", "job", "--weight", "3"))
        eventually(lambda: daemon.tasks().get("job", {}).get("lines"))
        daemon.stop(signal.SIGKILL)
    with running(tmp_path, "--store", "memory:") as daemon:
        eventually(lambda: daemon.tasks().get("job"))
        (tmp_path / "go").touch()
        assert process.communicate(timeout=PATIENCE)[0].endswith(b"went\n")

        job = eventually(lambda: (task := daemon.tasks()["job"]).get("status") == "finished" and task)
        assert (job["weight"], job["last_line"]) == (3, "went")


def test_a_daemon_that_comes_late_hears_all_of_it(tmp_path: Path) -> None:
    process = start_waiting(f"unix:{tmp_path}/progressd.sock", tmp_path, options=("--key", "job"))
    with running(tmp_path) as daemon:
        assert eventually(lambda: daemon.tasks().get("job")).get("status", "running") == "running"
        (tmp_path / "go").touch()
        process.communicate(timeout=PATIENCE)
        eventually(lambda: daemon.tasks()["job"].get("status") == "finished")
        assert daemon.tasks()["job"]["lines"] == 2


def test_of_a_flood_beginning_and_end_arrive_and_what_is_missing_is_said(said: Said, tmp_path: Path) -> None:
    flood = f"import os, time\nprint('up', flush=True)\nwhile not os.path.exists('{tmp_path}/go'): time.sleep(0.01)\n"
    process = start(said.target, sys.executable, "-c", flood + FLOOD)
    assert isinstance(process.stdout, BufferedReader)
    out = bytearray(process.stdout.readline())
    eventually(lambda: said.lines("stdout"))
    slow = reporter(process.pid)
    os.kill(slow, signal.SIGSTOP)
    (tmp_path / "go").touch()
    while not out.endswith(b"the last\n"):
        out += process.stdout.readline()
    os.kill(slow, signal.SIGCONT)
    process.communicate(timeout=PATIENCE)
    said.end()
    lines = said.lines("stdout")

    assert out.count(b"\n") == 300_002
    assert lines[:2] == ["up", f"line 0 {'x' * 90}"]
    assert lines[-1] == "the last"
    missing = [line for line in lines if "left out here" in line]
    gone = sum(int(line[1:].split()[0].replace(",", "")) for line in missing)
    kept = sum(len(line) + 1 for line in lines if line not in missing)
    assert missing
    # What was torn at a gap has a sign for it, and no newline before it.
    assert abs(gone + kept - len(out)) <= 4 * len(missing)


def test_nobody_waits_for_what_the_command_left_behind(said: Said, tmp_path: Path) -> None:
    script = f"(while ! test -e {tmp_path}/go; do sleep 0.02; done; echo late) & echo early; exit 2"
    process = start(said.target, "sh", "-c", script)
    try:
        assert process.wait(PATIENCE) == 2
        assert said.end()["message"] == "exit status 2"
    finally:
        (tmp_path / "go").touch()

    assert process.communicate(timeout=PATIENCE)[0] == b"early\nlate\n"
    eventually(lambda: said.lines("stdout") == ["early", "late"])


def test_who_copies_on_rests_while_there_is_nothing_to_copy(tmp_path: Path) -> None:
    said, fifo = Said(tmp_path), tmp_path / "fifo"
    os.mkfifo(fifo)
    process = start(said.target, "sh", "-c", f"cat {fifo} & exit 2")
    try:
        assert process.wait(PATIENCE) == 2
        said.end()
        left = [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if str(fifo) in read(path)]

        assert len(left) > 1
        eventually(lambda: len({cpu_times(left) for _ in range(1000)}) == 1)
    finally:
        fifo.open("w").close()
        process.communicate(timeout=PATIENCE)


def cpu_times(processes: list[Path]) -> tuple[str, ...]:
    """Return how much CPU time each of some processes has had."""
    return tuple(read(path / "schedstat").partition(" ")[0] for path in processes)


def read(path: Path) -> str:
    """Return what proc(5) says of a process, nothing if it has ended."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def test_nothing_of_it_is_left_when_all_is_over(said: Said, tmp_path: Path) -> None:
    process = start_waiting(said.target, tmp_path)
    ours = children(process.pid)
    (tmp_path / "go").touch()
    process.communicate(timeout=PATIENCE)

    assert len(ours) == 2
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in ours))


def test_it_starts_a_daemon_if_asked_and_tells_it_all(tmp_path: Path) -> None:
    path, port = tmp_path / "progressd.sock", free_port()
    home = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PROGRESSD_PORT": str(port)}
    command = [*RUN, "--spawn", "--key", "first", "--", "true"]
    subprocess.run(command, env=environment(f"unix:{path}", **home), check=True, timeout=PATIENCE)

    def tree() -> bytes:
        with urlopen(f"http://127.0.0.1:{port}/tree", timeout=PATIENCE) as answer:
            body: bytes = answer.read()
            return body

    pid = eventually(lambda: listens(str(path)) and owner(path))
    try:
        eventually(lambda: "✔ true".encode() in tree())
    finally:
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: not path.exists())


def test_a_target_that_is_none_is_told(tmp_path: Path) -> None:
    for options, env in ((("--target", "gopher:x"), "off"), ((), "gopher:x")):
        done = subprocess.run(
            [*RUN, *options, "--", "true"], env=environment(env), capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "'gopher:x'; say unix:PATH" in done.stderr


@pytest.mark.parametrize("secret", ["PROGRESSD_TOKEN", "MY_PASSWORD"])
def test_nothing_of_the_environment_is_told(said: Said, tmp_path: Path, secret: str) -> None:
    done = subprocess.run(
        [*RUN, "--", "sh", "-c", f"echo ${{{secret}-gone}} >/dev/tty || :; env > {tmp_path}/env"],
        env=environment(said.target, **{secret: "canary-4711"}),
        stderr=subprocess.DEVNULL,
        check=False,
    )
    said.end()

    assert done.returncode == 0
    assert "canary-4711" not in said.file.read_text()
    assert ("canary-4711" in (tmp_path / "env").read_text()) == (secret != "PROGRESSD_TOKEN")
