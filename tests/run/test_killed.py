"""Any of a run's processes is killed: the command does not notice, and its end is told."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.daemon import PATIENCE, eventually, running
from tests.run.people import Said, children, is_stopped, reporter, start_waiting


def test_a_reporter_that_is_killed_is_not_missed(said: Said, tmp_path: Path) -> None:
    process = start_waiting(said.target, tmp_path, code=4)
    os.kill(reporter(process.pid), signal.SIGKILL)
    (tmp_path / "go").touch()

    assert process.communicate(timeout=PATIENCE)[0] == b"went\n"
    assert process.returncode == 4


def test_another_takes_the_place_of_a_reporter_that_is_killed(said: Said, tmp_path: Path) -> None:
    process = start_waiting(said.target, tmp_path, code=4)
    eventually(lambda: said.lines("stdout"))
    first = reporter(process.pid)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: any("lines may be missing" in line for line in said.lines()))
    (tmp_path / "go").touch()

    assert process.communicate(timeout=PATIENCE)[0] == b"went\n"
    assert said.end()["message"] == "exit status 4"
    assert said.lines("stdout")[1:] == ["went"]
    assert len({record["source"] for record in said.of("log")}) == 2


def test_if_reporters_are_killed_on_and_on_the_command_goes_on_without(said: Said, tmp_path: Path) -> None:
    process = start_waiting(said.target, tmp_path, code=4)
    killed: set[int] = set()
    for _ in range(4):
        killed.add(eventually(lambda: next(iter(set(children(process.pid)) - killed - {leader(process.pid)}), 0)))
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    (tmp_path / "go").touch()

    assert process.communicate(timeout=PATIENCE)[0] == b"went\n"
    assert process.returncode == 4


def test_if_nobody_else_is_left_the_leader_tells_the_end(said: Said, tmp_path: Path) -> None:
    process = start_waiting(said.target, tmp_path, code=7)
    beside = reporter(process.pid)
    os.kill(process.pid, signal.SIGSTOP)
    os.kill(beside, signal.SIGKILL)
    process.kill()
    (tmp_path / "go").touch()
    process.communicate(timeout=PATIENCE)

    assert said.end()["status"] == "failed"
    assert said.of("start")[-1]["task"] == said.end()["task"]


def test_the_leader_tells_the_end_also_if_it_waited_for_an_answer(said: Said, tmp_path: Path) -> None:
    process = start_waiting(said.target, tmp_path, code=7)
    beside, leading = reporter(process.pid), leader(process.pid)
    [command] = children(leading)
    os.kill(process.pid, signal.SIGSTOP)
    eventually(lambda: is_stopped(process.pid))
    waits = Path(f"/proc/{leading}/wchan")
    for_the_command = waits.read_bytes()
    os.kill(command, signal.SIGSTOP)
    eventually(lambda: waits.read_bytes() not in (b"0", for_the_command))  # for an answer now
    os.kill(beside, signal.SIGKILL)
    process.kill()
    (tmp_path / "go").touch()
    os.kill(command, signal.SIGCONT)
    process.communicate(timeout=PATIENCE)

    assert said.end()["status"] == "failed"


def test_if_nobody_at_all_is_left_the_daemon_says_that_it_lost_contact(tmp_path: Path) -> None:
    with running(tmp_path) as daemon:
        process = start_waiting(f"unix:{daemon.socket}", tmp_path, options=("--key", "job"))
        eventually(lambda: daemon.tasks().get("job"))
        family = [leader(process.pid), *children(leader(process.pid)), reporter(process.pid)]
        os.kill(process.pid, signal.SIGSTOP)
        for pid in (*family, process.pid):
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)

        assert eventually(lambda: daemon.tasks()["job"].get("lost"))
        assert daemon.tasks()["job"].get("status", "running") == "running"
        assert "no contact for" in daemon.text("/tree")


def leader(runner: int) -> int:
    """Return the leader of a run: the one of its children that has the command."""
    found: int = eventually(lambda: next((pid for pid in children(runner) if children(pid)), 0))
    return found


def test_a_reporter_that_hangs_is_not_waited_for(said: Said, tmp_path: Path) -> None:
    with start_waiting(said.target, tmp_path, code=4) as process:
        stopped = reporter(process.pid)
        os.kill(stopped, signal.SIGSTOP)
        (tmp_path / "go").touch()
        try:
            assert process.wait(PATIENCE) == 4
        finally:
            os.kill(stopped, signal.SIGKILL)


def test_a_run_that_is_killed_leaves_the_command_unharmed(said: Said, tmp_path: Path) -> None:
    process = start_waiting(said.target, tmp_path, code=7)
    process.kill()
    process.wait(PATIENCE)
    (tmp_path / "go").touch()

    assert process.communicate(timeout=PATIENCE)[0] == b"went\n"
    assert said.end()["message"] == "exit status 7"
    assert said.lines("stdout")[-1] == "went"


def test_a_run_that_is_killed_twice_still_leaves_it_unharmed(said: Said, tmp_path: Path) -> None:
    process = start_waiting(said.target, tmp_path)
    beside = reporter(process.pid)
    process.kill()
    os.kill(eventually(lambda: children(beside))[0], signal.SIGKILL)
    (tmp_path / "go").touch()

    assert process.communicate(timeout=PATIENCE)[0] == b"went\n"
    assert said.end()["status"] == "finished"
