"""Real tools under `progressd run` do what they do without."""

import subprocess
import sys
from pathlib import Path

from tests.daemon import PATIENCE
from tests.needs import needs, wants
from tests.run.people import RUN, Said, at_terminal, environment


def both(said: Said, folder: Path, *command: str) -> tuple[subprocess.CompletedProcess[bytes], ...]:
    """Run a command without and with `progressd run`, in two folders that look the same."""
    done = []
    for name, words in (("bare", command), ("run", (*RUN, "--", *command))):
        (folder / name).mkdir(exist_ok=True)
        done.append(
            subprocess.run(
                words,
                cwd=folder / name,
                env=environment(said.target),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE,
                check=False,
            )
        )
    said.end()
    return tuple(done)


def same(bare: subprocess.CompletedProcess[bytes], run: subprocess.CompletedProcess[bytes]) -> bool:
    return (bare.returncode, bare.stdout, bare.stderr) == (run.returncode, run.stdout, run.stderr)


@needs("make")
def test_make(said: Said, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("all: a b\n\t@echo done\na:\n\techo A >a\nb:\n\techo oops >&2; exit 3\n")

    bare, run = both(said, tmp_path, "make", "-f", "../Makefile")
    assert same(bare, run)
    assert run.returncode == 2
    assert (tmp_path / "run" / "a").read_text() == "A\n"
    assert said.end()["message"] == "exit status 2"
    assert said.lines("stdout") == run.stdout.decode().splitlines()


@needs("make")
def test_makes_own_job_server_reaches_a_make_within(said: Said, tmp_path: Path) -> None:
    (tmp_path / "inner.mk").write_text("all: a b\na b:\n\t@echo $@\n")
    (tmp_path / "Makefile").write_text(f"all:\n\t+@{' '.join(RUN)} -- $(MAKE) --no-print-directory -f ../inner.mk\n")

    bare, run = both(said, tmp_path, "make", "-j2", "-f", "../Makefile")
    assert sorted(run.stdout.splitlines()) == sorted(bare.stdout.splitlines()) == [b"a", b"b"]
    assert run.stderr == b""


@needs("git")
def test_git(said: Said, tmp_path: Path) -> None:
    script = """
git init -q r
git -C r -c user.name=n -c user.email=e@x commit -q --allow-empty -m m
git clone --progress r c
git -C c log --format=%s
"""
    bare, run = both(said, tmp_path, "sh", "-c", script)

    assert same(bare, run)
    assert run.stdout == b"m\n"


@needs("curl")
def test_curl(said: Said, tmp_path: Path, server: str) -> None:
    (tmp_path / "big").write_bytes(b"\0\r\n\xff" * 50_000)
    run = both(said, tmp_path, "curl", "-o", "got", f"{server}/big")[1]

    assert run.returncode == 0
    assert b"% Total" in run.stderr
    assert (tmp_path / "run" / "got").read_bytes() == (tmp_path / "big").read_bytes()
    assert any("% Total" in line for line in said.lines("stderr"))


@needs("curl")
def test_curl_into_a_pipe(said: Said, tmp_path: Path, server: str) -> None:
    (tmp_path / "big").write_bytes(b"\0\r\n\xff" * 50_000)

    assert both(said, tmp_path, "curl", "-s", f"{server}/big")[1].stdout == (tmp_path / "big").read_bytes()


@needs("rsync")
def test_rsync(said: Said, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    for number in range(20):
        (tmp_path / "from" / f"{number}").write_bytes(b"x" * number * 1000)
    bare, run = both(said, tmp_path, "rsync", "-r", "--info=name1", "../from/", "to")

    assert same(bare, run)
    assert len(list((tmp_path / "run" / "to").iterdir())) == 20


@wants("ffmpeg")
def test_ffmpeg(said: Said, tmp_path: Path) -> None:
    command = [
        "ffmpeg",
        "-hide_banner",
        "-f",
        "lavfi",
        "-i",
        "testsrc=duration=1:size=64x64:rate=10",
        "-bitexact",
        "-f",
        "avi",
        "-",
    ]
    bare, run = both(said, tmp_path, *command)

    assert (run.returncode, run.stdout) == (0, bare.stdout)
    assert any("frame=" in line for line in said.lines("stderr"))


def test_tqdm_at_a_terminal_shows_its_bar_and_hangs_below(said: Said, tmp_path: Path) -> None:
    script = "from tqdm import tqdm; import sys\nfor _ in tqdm(range(5), file=sys.stderr, mininterval=0): pass"
    with at_terminal([*RUN, "--", sys.executable, "-c", script], environment(said.target)) as person:
        assert person.waits_for_the_end() == 0
        assert "5/5" in person.seen.decode()
    said.end()
    [line] = [line for line in said.lines() if "5/5" in line]
    assert "100%" in line
