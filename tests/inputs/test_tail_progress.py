"""Progress in watched text files through a real daemon, as the programs that write them go on."""

import subprocess
import sys
from pathlib import Path

from tests.daemon import PATIENCE, eventually, has, running


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_percents_in_a_log_are_the_progress_of_its_task(tmp_path: Path) -> None:
    path = tmp_path / "copy.log"
    key = str(path).replace(".", "_")
    with running(tmp_path, "--watch", str(path), "--store", "memory:") as daemon:
        append(path, "begins\n")
        has(daemon, key, status="finished", weight=0)
        for number in range(0, 50, 10):
            append(path, f"copying: {number}% done\n")
        has(daemon, key, status="running", lines=6)
        eventually(lambda: daemon.tasks()[key].get("fraction") == 0.4)
        append(path, "copying: 100% done\nbye\n")
        has(daemon, key, status="finished", lines=8)


def test_a_bar_that_is_written_over_is_seen_before_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    key = str(path).replace(".", "_")
    script = f"""
import sys
from tqdm import tqdm
out = open({str(path)!r}, "w")
for done in tqdm(range(8), file=out, mininterval=0, miniters=1):
    out.flush()
    sys.stdin.readline()
print("done", file=out)
"""
    with running(tmp_path, "--watch", str(path)) as daemon:
        command = [sys.executable, "-c", script]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            for _ in range(4):
                process.stdin.write("\n")
                process.stdin.flush()
            has(daemon, key, status="running", done=3, total=8)
            assert "lines" not in daemon.tasks()[key] or daemon.tasks()[key]["lines"] == 0
            daemon.stop()
            with running(tmp_path, "--watch", str(path)) as again:
                process.stdin.write("\n\n")
                process.stdin.flush()
                has(again, key, status="running", done=5)
                process.communicate("\n\n", timeout=PATIENCE)
                has(again, key, status="finished", done=8, lines=2, last_line="done")
                assert again.get("/losses")["bad"] == []
