"""What client/README.md shows in other languages, run as it stands there against a real daemon."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon import PATIENCE, Daemon, eventually, has, running
from tests.needs import needs, wants

README = (Path(__file__).parents[2] / "client" / "README.md").read_text("utf-8")
BLOCKS = {
    found["name"]: found["block"]
    for found in re.finditer(r"<!-- (?P<name>[^>]+) -->\n```\w+\n(?P<block>.*?)\n```", README, re.DOTALL)
}
REQUIRED = [
    pytest.param(name, marks=needs(*tools), id=name)
    for name, tools in {
        "bash: send": ("bash",),
        "bash: curl": ("bash", "curl"),
        "bash: nc": ("bash", "nc"),
        "bash: tcp": ("bash",),
        "bash: file": ("bash",),
        "node: net": ("node",),
        "node: fetch": ("node",),
    }.items()
]
WANTED = [
    pytest.param(name, marks=wants(name.partition(":")[0]), id=name)
    for name in BLOCKS
    if not name.startswith(("bash", "node"))
]
MESSAGE = 'copying "C:\\new"'
NASTY = [
    "",
    "\\",
    '"',
    "\\\\\"\\'$(x)`y`&",
    "été – 日本 🙂",
    "a\nb\tc\rd",
    "".join(map(chr, range(1, 128))),
    "-n",
    "%s\\n",
]


def play(name: str, script: str, home: Path, port: str = "1") -> subprocess.CompletedProcess[str]:
    """Run a block such that what it calls the daemon's place is that of the test's daemon."""
    tool = name.partition(":")[0]
    if name.startswith("bash"):
        script = f"set -euo pipefail\n{BLOCKS['bash: function']}\n{script}"
    suffix = {"cc": ".c", "go": ".go"}.get(tool, ".txt")
    file = home / f"block{suffix}"
    file.write_text(script.replace("8765", port), "utf-8")
    if tool == "cc":
        subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-o", home / "block", file], check=True, timeout=PATIENCE)
        command = [str(home / "block")]
    else:
        command = [tool, *(["run"] if tool == "go" else []), str(file)]
    return subprocess.run(
        command, cwd=home, env=environment(home), capture_output=True, text=True, check=False, timeout=PATIENCE * 4
    )


def environment(home: Path) -> dict[str, str]:
    """Return that of somebody who has installed the daemon."""
    there = home / "bin"
    there.mkdir(exist_ok=True)
    script = there / "progressd"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m progressd "$@"\n')
    script.chmod(0o700)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROGRESSD_")}
    own = {"XDG_RUNTIME_DIR": str(home), "PATH": f"{there}:{kept['PATH']}", "GOCACHE": str(home / "go")}
    return {**kept, **own, "GO111MODULE": "off", "LC_ALL": "C.UTF-8"}


def arrives(name: str, daemon: Daemon) -> None:
    done = play(name, BLOCKS[name], daemon.home, daemon.url.rpartition(":")[2])

    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    task = eventually(lambda: (found := daemon.tasks().get("backup")) and found.get("status") == "finished" and found)
    assert (task["total"], task["message"]) == (20, MESSAGE)
    assert daemon.get("/losses")["bad"] == []


@pytest.mark.parametrize("name", [*REQUIRED, *WANTED])
def test_a_snippet_says_what_it_shows(name: str, tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:", "--watch", str(tmp_path / "run.log")) as daemon:
        arrives(name, daemon)


@pytest.mark.parametrize("name", [*REQUIRED, *WANTED])
def test_a_snippet_does_no_harm_where_there_is_no_daemon(name: str, tmp_path: Path) -> None:
    done = play(name, f"{BLOCKS[name]}\n", tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_every_marked_block_is_known_and_every_block_is_marked() -> None:
    assert len(BLOCKS) == README.count("```") // 2
    assert {str(case.values[0]) for case in (*REQUIRED, *WANTED)} | {"bash: function"} == set(BLOCKS)


@needs("bash")
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_bash_makes_json_of_any_text(text: str) -> None:
    script = f'set -eu\n{BLOCKS["bash: function"]}\njson "$1"'
    done = subprocess.run(["bash", "-c", script, "bash", text], capture_output=True, check=True, timeout=PATIENCE)

    assert json.loads(done.stdout) == "".join(
        " " if sign < " " and sign not in "\n\t" else sign for sign in text
    ).replace("\x7f", " ")


@needs("bash")
def test_the_trap_tells_that_a_script_failed(tmp_path: Path) -> None:
    with running(tmp_path, "--store", "memory:") as daemon:
        done = play("bash: send", BLOCKS["bash: send"] + "\nfalse\n", tmp_path)

        assert done.returncode == 1
        has(daemon, "backup", status="failed")
