"""Whoever reads what a run writes sees its end when the command's output ends, not when all of it was told."""

import os
import signal
from pathlib import Path

from progressd.run.tee import KEPT
from tests.daemon import PATIENCE, eventually
from tests.run.people import Said, reporter, start


def test_the_end_of_a_pipe_does_not_wait_for_a_reporter_that_is_far_behind(tmp_path: Path) -> None:
    said = Said(tmp_path)
    process = start(said.target, "sh", "-c", f"echo up; while ! test -e {tmp_path}/go; do sleep 0.02; done; seq 300000")
    assert process.stdout is not None
    eventually(lambda: said.lines("stdout"))
    slow = reporter(process.pid)
    os.kill(slow, signal.SIGSTOP)
    (tmp_path / "go").touch()
    out = b""
    while not out.endswith(b"\n300000\n"):
        out += process.stdout.read1(1 << 20)  # type: ignore[attr-defined]
    process.wait(PATIENCE)
    os.kill(slow, signal.SIGCONT)
    rest = process.stdout.read()
    is_told = b'"type":"stop"' in said.file.read_bytes()
    process.stdout.close()

    assert rest == b""
    assert len(out) > KEPT
    assert not is_told
    eventually(lambda: b'"type":"stop"' in said.file.read_bytes())
