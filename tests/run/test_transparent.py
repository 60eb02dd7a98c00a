"""What a command does under `progressd run` is what it does without: bytes, exit status, signals, streams."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon import PATIENCE, eventually
from tests.run.people import RUN, Said, environment

NOISE = r"""
import os, sys
data = bytes(range(256)) * 400
for start in range(0, len(data), 777):
    os.write(1 + start % 2, data[start:start + 777])
"""


def run(said: Said, *command: str, options: tuple[str, ...] = (), **more: object) -> subprocess.CompletedProcess[bytes]:
    """Run a command under `progressd run`, its output in pipes."""
    given: dict[str, object] = {
        "env": environment(said.target),
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "stdin": subprocess.DEVNULL,
    }
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [*RUN, *options, "--", *command],
        timeout=PATIENCE,
        check=False,
        **{**given, **more},
    )


@pytest.mark.parametrize("target", ["", "off"])
def test_a_script_without_its_first_line_is_run_from_where_it_was_found(tmp_path: Path, target: str) -> None:
    said, names = Said(tmp_path), ("here", "refused", "found")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "tool").write_text(f'echo {name} "$@"\n')
        (tmp_path / name / "tool").chmod(0o644 if name == "refused" else 0o755)
    env = environment(target or said.target)
    env["PATH"] = ":".join([f"{tmp_path}/none", *(f"{tmp_path}/{name}" for name in names[1:]), env["PATH"]])
    done = run(said, "tool", "a b", env=env, cwd=tmp_path / "here")

    assert (done.returncode, done.stdout) == (0, b"found a b\n")


def test_any_bytes_come_through_each_on_its_own_stream(said: Said) -> None:
    bare = subprocess.run([sys.executable, "-c", NOISE], capture_output=True, check=True)
    done = run(said, sys.executable, "-c", NOISE)

    assert (done.returncode, done.stdout, done.stderr) == (0, bare.stdout, bare.stderr)


@pytest.mark.parametrize("code", [0, 1, 2, 77, 255])
def test_the_exit_status_is_the_commands(said: Said, code: int) -> None:
    assert run(said, "sh", "-c", f"exit {code}").returncode == code
    assert said.end()["status"] == ("failed" if code else "finished")
    assert said.end().get("message") == (f"exit status {code}" if code else None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT, signal.SIGRTMIN])
def test_a_signal_that_ends_the_command_ends_the_run(said: Said, number: int) -> None:
    assert run(said, "sh", "-c", f"kill -{int(number)} $$").returncode == -number
    assert said.end()["status"] == ("canceled" if number == signal.SIGINT else "failed")
    assert said.end()["message"] == f"killed by {signal.Signals(number).name}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGQUIT])
def test_signals_go_on_to_the_command_which_may_do_as_it_likes(said: Said, number: int) -> None:
    script = f"""
import signal, time
signal.signal({int(number)}, lambda *_: exit(9))
print("up", flush=True)
while True: time.sleep(0.1)  # pause() would wait for another if this came just before it
"""
    process = subprocess.Popen(
        [*RUN, "--", sys.executable, "-c", script], env=environment(said.target), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"up\n"
        process.send_signal(number)

        assert process.wait(PATIENCE) == 9


def test_a_run_stops_and_goes_on_with_its_command(said: Said) -> None:
    process = subprocess.Popen(
        [*RUN, "--", "sh", "-c", "echo $$; exec sleep 1000"],
        env=environment(said.target),
        stdout=subprocess.PIPE,
        process_group=0,  # one that nobody waits for, as that of tests in the background may be, is never stopped
    )
    assert process.stdout is not None
    with process.stdout:
        command = int(process.stdout.readline())
        process.send_signal(signal.SIGTSTP)
        assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
        eventually(lambda: state(command) == "T")
        os.kill(process.pid, signal.SIGCONT)
        assert os.WIFCONTINUED(os.waitpid(process.pid, os.WCONTINUED)[1])
        eventually(lambda: state(command) == "S")
        eventually(lambda: statuses(said) == ["paused", "running"])
        process.terminate()

        assert process.wait(PATIENCE) == -signal.SIGTERM


def statuses(said: Said) -> list[str]:
    return [update["status"] for update in said.of("update") if "status" in update]


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_who_stops_reading_stops_the_command(said: Said) -> None:
    command = " ".join([*RUN, "--", "yes", "|", "head", "-n", "1;", "echo", "${PIPESTATUS[0]}"])
    done = subprocess.run(
        ["bash", "-c", command], env=environment(said.target), capture_output=True, timeout=PATIENCE, check=True
    )

    assert done.stdout == b"y\n141\n"
    assert said.end()["message"] == "killed by SIGPIPE"


def test_stdin_is_the_callers(said: Said) -> None:
    assert run(said, "cat", stdin=None, input=b"\x00\xffabc").stdout == b"\x00\xffabc"


def test_stdout_in_a_file_of_its_own_is_data_and_left_alone(said: Said, tmp_path: Path) -> None:
    script = (
        "import os, sys; os.write(2, b'here\\n'); os.write(1, b'\\0' * 10); os.lseek(1, 2, 0); os.write(1, b'seek')"
    )
    with (tmp_path / "out").open("wb") as out:
        run(said, sys.executable, "-c", script, stdout=out)

    assert (tmp_path / "out").read_bytes() == b"\0\0seek\0\0\0\0"
    said.end()
    assert (said.lines("stdout"), said.lines("stderr")) == ([], ["here"])


def test_both_streams_in_one_file_are_a_log_and_keep_their_order(said: Said, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        run(said, "sh", "-c", "for i in 1 2 3; do echo out $i; echo err $i >&2; done", stdout=log, stderr=log)

    expected = [f"{stream} {number}" for number in (1, 2, 3) for stream in ("out", "err")]
    assert (tmp_path / "log").read_text().splitlines() == expected
    said.end()
    assert said.lines() == expected


def test_streams_are_kept_apart_where_they_are(said: Said) -> None:
    run(said, "sh", "-c", "echo out; printf 'err, unfinished' >&2")

    said.end()
    assert (said.lines("stdout"), said.lines("stderr")) == (["out"], ["err, unfinished"])


def test_nothing_of_the_output_is_told_with_no_log(said: Said) -> None:
    done = run(said, "sh", "-c", "echo canary; echo canary >&2", options=("--no-log", "--name", "quiet one"))

    assert (done.stdout, done.stderr) == (b"canary\n", b"canary\n")
    said.end()
    assert "log" not in {record["type"] for record in said.records}


def test_a_terminal_can_be_had_where_there_is_none(said: Said) -> None:
    done = run(said, "sh", "-c", "test -t 1 && test -t 2 && stty size <&1; printf 'a\\nb'", options=("--pty",))

    assert done.stdout == b"50 160\na\nb"
    said.end()
    assert said.lines() == ["50 160", "a", "b"]


def test_what_was_closed_stays_closed(said: Said) -> None:
    script = f"{' '.join(RUN)} -- sh -c 'ls -l /proc/self/fd | wc -l; echo x' 0<&- 2>&-"
    bare = "sh -c 'ls -l /proc/self/fd | wc -l; echo x' 0<&- 2>&-"
    env = environment(said.target)

    outs = [
        subprocess.run(["sh", "-c", text], env=env, capture_output=True, check=True).stdout for text in (script, bare)
    ]

    assert outs[0] == outs[1]


def test_the_command_gets_none_of_our_descriptors_and_signals(said: Said) -> None:
    script = """
import os
print(sorted(os.listdir("/proc/self/fd")))
print(*[line for line in open("/proc/self/status") if line.startswith(("SigBlk", "SigIgn"))])
"""
    bare = subprocess.run([sys.executable, "-c", script], stdin=subprocess.DEVNULL, capture_output=True, check=True)

    assert run(said, sys.executable, "-c", script).stdout == bare.stdout


@pytest.mark.parametrize(("command", "code"), [("nowhere-to-be-found", 127), ("/etc/passwd", 126), ("/etc", 126)])
def test_a_command_that_cannot_be_run_ends_as_in_a_shell(said: Said, command: str, code: int) -> None:
    done = run(said, command)

    assert (done.returncode, done.stdout) == (code, b"")
    assert done.stderr.startswith(f"progressd run: cannot run {command}: ".encode())
    assert said.end()["status"] == "failed"


def test_a_script_without_its_first_line_is_run_by_the_shell(said: Said, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("echo $1\n")
    (tmp_path / "script").chmod(0o700)

    assert run(said, str(tmp_path / "script"), "yes").stdout == b"yes\n"


def test_endless_lines_and_broken_text_cost_no_memory_and_no_line(said: Said) -> None:
    script = "head -c 300000000 /dev/zero; printf '\\377\\376 end\\n'"
    done = run(said, "sh", "-c", script, stdout=subprocess.PIPE)

    assert len(done.stdout) == 300000007
    said.end()
    shown = said.lines("stdout")
    assert shown[-1].endswith("end")
    assert any("bytes of output are left out" in line for line in shown)
    assert max(map(len, shown)) < 20_000


def test_it_is_out_of_the_way_with_nobody_to_tell(tmp_path: Path) -> None:
    done = subprocess.run(
        [*RUN, "--", "sh", "-c", "echo $PPID; exit 3"], env=environment("off"), capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (3, b"")
    assert int(done.stdout) == os.getpid()
