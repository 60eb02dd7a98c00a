"""Progress of real tools under `progressd run`, which go on as they do without it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from progressd.core.decode import decode_block
from progressd.core.tree import Tree
from tests.daemon import PATIENCE
from tests.needs import needs, wants
from tests.run.people import RUN, Said, at_terminal, environment

Parts = dict[str, tuple[str, float | None]]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    return Said(tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(tmp_path))) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


def run(said: Said, *command: str, code: int = 0, **more: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [*RUN, "--key", "run", "--", *command],
        env=environment(said.target, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=3 * PATIENCE,  # pytest and pip alone may take 30 s on a busy machine
        check=False,
    )
    assert done.returncode == code, done.stderr
    said.end()
    return done


def tree(said: Said) -> Tree:
    """What a reader sees of it in the end."""
    made = Tree()
    decoded = decode_block(said.file.read_bytes())
    assert not decoded.bad
    for record in decoded.records:
        made.apply([record], 1e10)
    return made


def parts(said: Said) -> Parts:
    tasks = tree(said).tasks
    return {key.removeprefix("run."): (task.status, task.fraction) for key, task in tasks.items() if key != "run"}


def own(said: Said) -> list[float]:
    """What was told of the run's own progress, in the order of its telling."""
    return [record["done"] for record in said.of("update") if record["task"] == "run" and "done" in record]


@needs("make")
def test_make_that_counts(said: Said, tmp_path: Path) -> None:
    steps = [f"s{number}" for number in range(1, 9)]
    rules = "".join(f"{step}:\n\t@echo '[{n}/8] Building {step}'; sleep 0.1\n" for n, step in enumerate(steps, 1))
    (tmp_path / "Makefile").write_text(f"all: {' '.join(steps)}\n{rules}")
    bare = subprocess.run(["make", "-C", tmp_path], capture_output=True, check=True)

    assert run(said, "make", "-C", str(tmp_path)).stdout == bare.stdout
    assert parts(said) == {}
    assert own(said) == sorted(own(said))
    assert tree(said).tasks["run"].total == 8
    assert tree(said).tasks["run"].status == "finished"


@needs("make")
def test_make_that_fails(said: Said, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(
        'all:\n\t@for n in 1 2 3 4; do echo "[ $$((n * 10))%] Building"; sleep 0.1; done; exit 3\n'
    )
    run(said, "make", "-C", str(tmp_path), code=2)

    task = tree(said).tasks["run"]
    assert (task.status, task.fraction, task.message) == ("failed", 0.4, "exit status 2")


@needs("git")
def test_git_clone(said: Said, tmp_path: Path) -> None:
    script = """
set -e
git init -q r; cd r
for n in $(seq 200); do echo $n >f$n; done
git add .; git -c user.name=n -c user.email=e@x commit -qm m
cd ..; git clone -q --bare r bare
"""
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
    run(said, "git", "clone", "--progress", f"file://{tmp_path}/bare", f"{tmp_path}/c")

    assert (tmp_path / "c" / "f200").read_text() == "200\n"
    assert parts(said)["receiving-objects"] == ("finished", 1.0)
    assert tree(said).tasks["run"].fraction == 1.0


@needs("curl")
def test_curl(said: Said, tmp_path: Path, server: str) -> None:
    (tmp_path / "big").write_bytes(b"\0\r\n\xff" * 250_000)
    run(said, "curl", "--limit-rate", "800k", "-o", f"{tmp_path}/got", f"{server}/big")

    assert (tmp_path / "got").read_bytes() == (tmp_path / "big").read_bytes()
    task = tree(said).tasks["run"]
    assert (task.unit, task.fraction) == ("B", 1.0)
    assert "tool_rate" in task.data


@needs("rsync")
def test_rsync(said: Said, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    for number in range(20):
        (tmp_path / "from" / f"{number}").write_bytes(os.urandom(50_000))
    run(said, "rsync", "-r", "--bwlimit=1000", "--info=progress2", f"{tmp_path}/from/", f"{tmp_path}/to")

    assert len(list((tmp_path / "to").iterdir())) == 20
    told = [record["progress"] for record in said.of("update") if "progress" in record]
    assert told
    assert told == sorted(told)


@wants("ffmpeg")
def test_ffmpeg(said: Said, tmp_path: Path) -> None:
    source = ("-f", "lavfi", "-i", "testsrc=duration=4:size=64x64:rate=25")
    subprocess.run(["ffmpeg", "-loglevel", "error", *source, str(tmp_path / "a.avi")], check=True)
    run(said, "ffmpeg", "-hide_banner", "-i", str(tmp_path / "a.avi"), "-progress", "pipe:1", str(tmp_path / "b.avi"))

    [[status, fraction]] = parts(said).values() or [("finished", tree(said).tasks["run"].fraction)]
    assert (status, fraction) == ("finished", 1.0)


def test_pip_download(said: Said, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "thing"\nversion = "1"\n')
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        pip = ["python3", "-m", "pip"]
    command = [*pip, "download", "--no-index", "--no-deps", "--find-links", str(tmp_path), "nothing-of-that-name"]
    bare = subprocess.run(command, capture_output=True, check=False, env=environment(said.target))
    done = run(said, *command, code=bare.returncode)

    assert (done.stdout, done.stderr) == (bare.stdout, bare.stderr)
    assert tree(said).tasks["run"].status == "failed"


def test_pytest(said: Said, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test(n): pass\n")
    (tmp_path / "conftest.py").write_text(
        "def pytest_generate_tests(metafunc): metafunc.parametrize('n', range(300))\n"
    )
    run(said, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(tmp_path))

    assert tree(said).tasks["run"].fraction == 1.0
    assert {status for status, _ in parts(said).values()} <= {"finished"}


TQDM = "from tqdm import tqdm; import time\n"


def test_tqdm(said: Said) -> None:
    done = run(said, sys.executable, "-c", TQDM + "for _ in tqdm(range(20), mininterval=0): time.sleep(0.02)")

    assert b"20/20" in done.stderr
    assert parts(said) == {}
    assert own(said) == sorted(own(said))
    assert own(said)[-1] == 20
    assert len([line for line in said.lines("stderr") if "%" in line]) == 1


def test_tqdm_within_tqdm_at_a_terminal(said: Said) -> None:
    script = TQDM + (
        "for _ in tqdm(range(3), 'epoch'):\n    for _ in tqdm(range(20), 'batch', leave=False): time.sleep(0.02)\n"
    )
    with at_terminal([*RUN, "--key", "run", "--", sys.executable, "-c", script], environment(said.target)) as person:
        assert person.waits_for_the_end() == 0
    said.end()

    assert {status for status, _ in parts(said).values()} == {"finished"}
    tasks = tree(said).tasks
    assert tasks["run.batch"].parent is tasks["run.epoch"]
    assert tasks["run.epoch"].total == 3


def test_what_goes_on_when_the_command_ends_ends_with_it(said: Said) -> None:
    script = "for n in 0 10 20 30; do printf '\\rupload: %s%%' $n; sleep 0.1; done; "
    run(said, "sh", "-c", script + "exit 7", code=7)
    assert parts(said) == {"upload": ("failed", 0.3)}


def test_a_task_that_reports_itself_is_not_touched(said: Said) -> None:
    code = "from progressd_client import task\nwith task('mine', total=4) as t: t.advance(4)\nprint('3%')"
    run(said, sys.executable, "-c", code)

    [(key, part)] = parts(said).items()
    assert (key.partition("#")[0], part) == ("mine", ("finished", 1.0))


def test_with_no_log_progress_is_told_and_nothing_that_was_printed(said: Said) -> None:
    script = "for n in 0 10 20; do printf '\\rhunter2: %s%%' $n; sleep 0.1; done"
    with at_terminal(
        [*RUN, "--key", "run", "--name", "it", "--no-log", "--", "sh", "-c", 'eval "$SCRIPT"'],
        environment(said.target, SCRIPT=script),
    ) as person:
        assert person.waits_for_the_end() == 0
    said.end()

    assert parts(said) == {"part": ("finished", 1.0)}
    assert "hunter2" not in said.file.read_text()


def test_who_asks_a_terminal_that_is_none_gets_an_answer(said: Said) -> None:
    script = r"""
import os, tty
tty.setraw(1)
os.write(1, b"ab\x1b[6n")
print(os.read(1, 99))
"""
    command = [*RUN, "--pty", "--", sys.executable, "-c", script]
    done = subprocess.run(
        command,
        env=environment(said.target),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )

    assert rb"\x1b[1;3R" in done.stdout


def test_a_bar_in_a_window_that_was_made_smaller(said: Said) -> None:
    script = "echo up; read x; printf 'one\\ntwo\\nthree\\nfour\\033[2A\\rTWO'; echo"
    with at_terminal([*RUN, "--", "sh", "-c", script], environment(said.target), rows=30) as person:
        person.waits_for("up")
        person.resize(80, 3)
        person.type("\n")
        person.waits_for_the_end()
    said.end()

    assert "TWO" in said.lines()
