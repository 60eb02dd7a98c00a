"""What tests of `progressd run` share: a person at a terminal, and what a run said to the daemon."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.daemon import PATIENCE, eventually

RUN = [sys.executable, "-m", "progressd", "run"]
WIDE = 1000
"""Columns, so that no shell breaks what is typed into lines: where, the length of a test's folder would decide."""


def environment(target: str, **more: str) -> dict[str, str]:
    """Return an environment whose runs report to `target`."""
    folder = target.rpartition(":")[2].rpartition("/")[0]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROGRESSD_")}
    return {
        **kept,
        "PROGRESSD_TARGET": target,
        "TERM": "xterm",
        "HOME_OF_SCRIPTS": folder,
        "PS1": "$ ",
        "XDG_STATE_HOME": f"{folder}/state",
        **more,
    }


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_apart(pid: int) -> bool:
    """Return whether a process has a session of its own, and has started nothing."""
    try:
        return os.getsid(pid) == pid and not children(pid)
    except (ProcessLookupError, FileNotFoundError):  # it was here a moment ago
        return False


def is_stopped(pid: int) -> bool:
    """Return whether a process is stopped. A shell waits for that only with those that it started itself."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def reporter(runner: int) -> int:
    """Return the reporter of a run: the one of its children in a session of its own that starts nothing."""
    found: int = eventually(lambda: next((pid for pid in children(runner) if is_apart(pid)), 0))
    return found


def start(target: str, *command: str, options: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    """Start a run whose output goes to a pipe."""
    return subprocess.Popen([*RUN, *options, "--", *command], env=environment(target), stdout=subprocess.PIPE)


def waiting_command(folder: Path, *, code: int = 0) -> list[str]:
    """Return a command that says its number, waits for a file `go`, says so, and ends."""
    script = f"echo up $$; while ! test -e {folder}/go; do sleep 0.02; done; echo went; exit {code}"
    return ["sh", "-c", script]


def start_waiting(
    target: str, folder: Path, *, code: int = 0, options: tuple[str, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start a run of such a command, and read its number: on return it waits."""
    process = start(target, *waiting_command(folder, code=code), options=options)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"up ")
    return process


class Said:
    """The records of a run that reports to a file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "said.ndjson"
        self.target = f"file:{self.file}"

    @property
    def records(self) -> list[dict[str, Any]]:
        """All that was said so far."""
        said = self.file.read_bytes() if self.file.exists() else b""
        # Of one that is just being written a reader may see the beginning.
        return [json.loads(line) for line in said[: said.rfind(b"\n") + 1].splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the records of a type."""
        return [record for record in self.records if record["type"] == kind]

    def lines(self, stream: str | None = None) -> list[str]:
        """Return the lines of output."""
        return [record["text"] for record in self.of("log") if record.get("stream") == stream]

    def end(self) -> dict[str, Any]:
        """Return how the run ended, once it has: of all that is told, it alone has a command."""

        def ends() -> list[dict[str, Any]]:
            # What the command tells by itself may be there before its own beginning.
            runs = [record["task"] for record in self.of("start") if "command" in record.get("data", {})]
            return [record for record in self.of("stop") if record["task"] in runs[:1]]

        last: dict[str, Any] = eventually(ends)[-1]
        return last


class Person:
    """Somebody at a terminal in which a program runs: types, looks, changes the window's size."""

    def __init__(self, pid: int, fd: int, folder: str) -> None:
        self.pid = pid
        self.fd = fd
        self.folder = folder
        """Where there is room for scripts."""
        self.seen = b""

    def type(self, keys: str) -> None:
        """Type."""
        os.write(self.fd, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        termios.tcsetwinsize(self.fd, (rows, columns))

    def waits_for(self, text: str) -> str:
        """Look until this is to be seen; return all up to it, and look on from there."""
        until = time.monotonic() + PATIENCE
        while text.encode() not in self.seen:
            left = until - time.monotonic()
            assert left > 0, f"{text!r} never came: {self.seen!r}"
            if select.select([self.fd], [], [], left)[0]:
                self.seen += self._read() or self._fail(text)
        before, _, self.seen = self.seen.partition(text.encode())
        return (before + text.encode()).decode("utf-8", "replace")

    def waits_for_the_end(self) -> int:
        """Look until the program has ended; return its status as of wait(2)."""
        while part := self._read():
            self.seen += part
        return os.waitpid(self.pid, 0)[1]

    def has_it_in_front(self) -> None:
        """Wait until the shell has given the terminal to what it runs."""
        until = time.monotonic() + PATIENCE
        while os.tcgetpgrp(self.fd) == self.pid:
            assert time.monotonic() < until, "the shell keeps the terminal"
            time.sleep(0.02)

    def hang_up(self) -> None:
        """Close the window."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def mode(self) -> list[Any]:
        """Return the terminal's settings."""
        return termios.tcgetattr(self.fd)

    def _fail(self, text: str) -> bytes:
        raise AssertionError(f"{text!r} never came, and the program is gone: {self.seen!r}")

    def _read(self) -> bytes:
        try:
            return os.read(self.fd, 65536)
        except OSError:  # nobody holds its other end any more
            return b""


@contextmanager
def at_terminal(command: list[str], env: dict[str, str], columns: int = 80, rows: int = 24) -> Iterator[Person]:
    """Run a program in a terminal of its own until the end of the block."""
    pid, fd = pty.fork()
    if not pid:
        try:
            _set_up(columns, rows)  # here: the program may look at it before anybody else runs
            os.execvpe(command[0], command, env)
        finally:
            os._exit(127)
    person = Person(pid, fd, env["HOME_OF_SCRIPTS"])
    try:
        yield person
    finally:
        person.hang_up()
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def _set_up(columns: int, rows: int) -> None:
    """Have our terminal be that large, and keep what was written when ^C is typed.

    The kernel sends the signal first, and then throws away what nobody has read: on a busy machine that is what the
    program wrote about the signal. A run's own terminal is like the one that it is in.
    """
    termios.tcsetwinsize(0, (rows, columns))
    mode = termios.tcgetattr(0)
    mode[3] |= termios.NOFLSH
    termios.tcsetattr(0, termios.TCSANOW, mode)


@contextmanager
def at_shell(env: dict[str, str]) -> Iterator[Person]:
    """Have an interactive bash in a terminal of WIDE columns; `run` stands for `progressd run`."""
    with at_terminal(["bash", "--norc", "--noprofile", "-i"], env, columns=WIDE) as person:
        person.waits_for("$ ")
        person.type(f'run() {{ {" ".join(RUN)} "$@"; }}\n')
        person.waits_for("}\r\n")
        person.waits_for("$ ")
        yield person
