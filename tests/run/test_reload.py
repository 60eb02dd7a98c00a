"""A command that is started again when files change: real files, real processes."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.daemon import PATIENCE, eventually
from tests.needs import needs
from tests.run.people import RUN, Said, at_terminal, children, environment, reporter

STAYS = "echo up $$; sleep 1000 & sleep 1000"
"""A server: it runs until it is ended, and so does what it has started."""


@dataclass
class Reloading:
    """A run with --reload of a folder, and what it said."""

    process: subprocess.Popen[bytes]
    folder: Path
    said: Said
    output: Path

    def says(self, text: str) -> None:
        """Wait until it has told its user this."""
        eventually(lambda: text in self.output.read_text())

    def pids(self) -> list[int]:
        """Return the processes that the command has been so far."""
        return [int(line.split()[1]) for line in self.output.read_text().splitlines() if line.startswith("up ")]

    def markers(self) -> list[tuple[str, str | None]]:
        """Return text and kind of each marker but the first run's."""
        told = [(marker["text"], marker.get("kind")) for marker in self.said.of("marker")]
        return [marker for marker in told if not marker[0].startswith("was started")]

    def save(self, name: str, until: str) -> None:
        """Save a file, and again if that fell into the moment after a start, until somebody says so."""
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)

        def is_told() -> bool:
            file.write_text(f"{file.stat().st_ctime_ns if file.exists() else ''}")
            os.sync()
            try:
                eventually(lambda: until in self.output.read_text() + str(self.markers()), patience=3.0)
            except AssertionError:
                return False
            return True

        eventually(is_told)


@contextmanager
def reloading(folder: Path, script: str, *options: str) -> Iterator[Reloading]:
    """Run a shell script under --reload until the end of the block."""
    watched, said, output = folder / "watched", Said(folder), folder / "output"
    watched.mkdir()
    command = [*RUN, "--key", "site", "--reload", ".", *options, "--", "sh", "-c", script]
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            env=environment(said.target),
            cwd=watched,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    made = Reloading(process, watched, said, output)
    try:
        eventually(lambda: "static" in str(options) or "watches" in output.read_text())
        yield made
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_change_of_code_ends_all_of_a_run_and_begins_another(tmp_path: Path) -> None:
    with reloading(tmp_path, STAYS) as run:
        eventually(run.pids)
        first = run.pids()[0]
        below = eventually(lambda: Path(f"/proc/{first}/task/{first}/children").read_text().split())
        run.save("main.py", until="main.py changed")
        eventually(lambda: len(run.pids()) > 1)

        assert not any(is_alive(int(pid)) for pid in (first, *below))
        eventually(lambda: run.markers()[:1] == [("main.py changed", "code")])
        told = [record["type"] for record in run.said.records if record["type"] in ("start", "stop")]
        assert told[:3] == ["start", "stop", "start"]
        end = run.said.of("stop")[0]
        assert (end["status"], end["message"]) == ("canceled", "main.py changed")
        assert {record["task"] for record in run.said.records} == {"site"}


def test_a_run_that_another_follows_is_told_to_its_end_before_the_other_begins(tmp_path: Path) -> None:
    with reloading(tmp_path, STAYS) as run:
        first = eventually(run.pids)[0]
        runner = next(pid for pid in children(run.process.pid) if any(first in children(c) for c in children(pid)))
        slow = reporter(runner)
        eventually(lambda: run.said.of("start"))
        os.kill(slow, signal.SIGSTOP)
        run.save("main.py", until="main.py changed: starts again")
        eventually(lambda: not is_alive(first))
        with pytest.raises(AssertionError):
            eventually(lambda: len(run.pids()) > 1, patience=1.0)
        os.kill(slow, signal.SIGCONT)
        eventually(lambda: len(run.said.of("start")) > 1)

        told = [record["type"] for record in run.said.records if record["type"] in ("start", "stop")]
        assert told[:3] == ["start", "stop", "start"]


@pytest.mark.parametrize(("name", "kind"), [("a.css", "style"), ("pages/index.html", "content"), ("b.JPG", "content")])
def test_what_a_running_command_serves_is_told_to_pages_only(tmp_path: Path, name: str, kind: str) -> None:
    with reloading(tmp_path, STAYS) as run:
        eventually(run.pids)
        run.save(name, until=f"{name} changed")

        assert eventually(run.markers)[0] == (f"{name} changed", kind)
        assert len(run.pids()) == 1


def test_a_command_that_has_ended_starts_again_for_any_file(tmp_path: Path) -> None:
    with reloading(tmp_path, "echo up $$; exit 3") as run:
        run.says("exit status 3; starts again when a file changes")
        run.save("notes.md", until="notes.md changed: starts again")
        eventually(lambda: len(run.pids()) > 1)


def test_a_check_that_fails_keeps_the_old_run_and_says_why(tmp_path: Path) -> None:
    with reloading(tmp_path, STAYS, "--check", "echo 'line 7: no colon'; test -e good") as run:
        eventually(run.pids)
        run.save("settings.yaml", until="what runs goes on: line 7: no colon")

        text, kind = eventually(run.markers)[0]
        assert text == "settings.yaml changed, but the check failed: what runs goes on: line 7: no colon"
        assert kind is None
        assert is_alive(run.pids()[0])
        assert len(run.pids()) == 1
        run.save("good", until="good changed: starts again")
        eventually(lambda: len(run.pids()) > 1)


def test_what_the_command_writes_itself_is_no_reason(tmp_path: Path) -> None:
    script = "exec 3>own; while ! test -e ../stop; do echo up $$; echo x >&3; echo y >> a.log; sleep 0.3; done"
    with reloading(tmp_path, script) as run:
        eventually(lambda: len(run.pids()) > 4)
        run.save("a.css", until="a.css changed")

        assert len(set(run.pids())) == 1
        assert {text for text, _ in run.markers()} == {"a.css changed"}


@needs("git")
def test_what_git_ignores_is_no_reason(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("made.*\n")
    with reloading(tmp_path, STAYS) as run:
        eventually(run.pids)
        run.save("first.css", until="first.css changed")
        (run.folder / "made.c").write_text("")
        run.save("second.css", until="second.css changed")

        assert {text for text, _ in run.markers()} == {"first.css changed", "second.css changed"}
        assert len(run.pids()) == 1


def test_what_is_started_again_without_end_is_paused_and_the_user_hears_why(tmp_path: Path) -> None:
    with reloading(tmp_path, "echo up $$; sleep 0.4; echo $$ > made.py; sleep 0.1") as run:
        run.says("made.py changed, again and again: waits for 10 s; if the command itself writes that, see")
        count = len(run.pids())
        eventually(lambda: "again and again" in str(run.markers()))

        assert len(run.pids()) == count


def test_static_watches_nothing(tmp_path: Path) -> None:
    with reloading(tmp_path, "echo up $$; while ! test -e go; do sleep 0.05; done; exit 5", "--static") as run:
        eventually(run.pids)
        (run.folder / "main.py").touch()
        (run.folder / "go").touch()

        assert run.process.wait(PATIENCE) == 5
        assert run.said.end()["status"] == "failed"
        assert run.said.of("marker") == []
        assert len(run.pids()) == 1


def test_production_tells_pages_and_starts_nothing_again(tmp_path: Path) -> None:
    script = "echo up $$; while ! test -e go.css; do sleep 0.05; done; exit 5"
    with reloading(tmp_path, script, "--production") as run:
        eventually(run.pids)
        run.save("main.py", until="main.py changed")
        assert eventually(run.markers)[0] == ("main.py changed", "code")
        (run.folder / "go.css").touch()

        assert run.process.wait(PATIENCE) == 5
        assert len(run.pids()) == 1


def test_who_does_not_hear_sigterm_is_killed(tmp_path: Path) -> None:
    with reloading(tmp_path, "trap '' TERM; echo up $$; while true; do sleep 0.2; done") as run:
        eventually(run.pids)
        first = run.pids()[0]
        run.save("main.py", until="main.py changed")
        eventually(lambda: len(run.pids()) > 1)

        assert not is_alive(first)


def test_ctrl_c_ends_it_also_if_the_command_makes_little_of_it(tmp_path: Path) -> None:
    said = Said(tmp_path)
    script = "trap 'echo bye; exit 4' INT; echo up $$; while true; do sleep 0.1; done"
    command = [*RUN, "--key", "site", "--reload", str(tmp_path), "--reload-ignore", "said.*", "--", "sh", "-c", script]
    with at_terminal(command, environment(said.target)) as person:
        seen = person.waits_for("up ")
        (tmp_path / "early.css").touch()
        if "watches" not in seen:  # the watcher may be quicker than the command
            person.waits_for("watches")
        person.type("\x03")
        person.waits_for("bye")

        assert os.waitstatus_to_exitcode(person.waits_for_the_end()) == 4
        assert said.end()["message"] == "exit status 4"


def test_ctrl_c_ends_it_between_two_runs(tmp_path: Path) -> None:
    said = Said(tmp_path)
    command = [*RUN, "--reload", str(tmp_path), "--reload-ignore", "said.*", "--", "true"]
    with at_terminal(command, environment(said.target)) as person:
        person.waits_for("finished; starts again when a file changes")
        person.type("\x03")

        assert os.waitstatus_to_exitcode(person.waits_for_the_end()) == -signal.SIGINT


def test_a_terminal_that_goes_takes_it_along(tmp_path: Path) -> None:
    said = Said(tmp_path)
    command = [*RUN, "--key", "site", "--reload", str(tmp_path), "--reload-ignore", "said.*", "--", "sh", "-c", STAYS]
    with at_terminal(command, environment(said.target)) as person:
        person.waits_for("up ")
        [shell] = map(int, person.waits_for("\n").split())
        below = eventually(lambda: len(children(shell)) == 2 and children(shell))
        person.hang_up()

        assert os.waitstatus_to_exitcode(person.waits_for_the_end()) == -signal.SIGHUP
        assert said.end()["status"] in ("failed", "canceled")
        eventually(lambda: not any(is_alive(pid) for pid in below))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--reload", "/no/such"], "--reload needs a folder; '/no/such' is none"),
        (["--check", "true"], "--check goes with --reload"),
        (["--static"], "--static goes with --reload"),
        (["--reload", "/tmp", "--each", "/etc/host*"], "--reload does not go with --each"),
    ],
)
def test_what_cannot_be_reloaded_is_said(tmp_path: Path, options: list[str], complaint: str) -> None:
    done = subprocess.run([*RUN, *options, "--", "true"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (2, f"progressd run: {complaint}\n")
