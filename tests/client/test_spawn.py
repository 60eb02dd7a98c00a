"""A program that asks for a daemon gets one, and it outlives the program."""

import json
import os
import signal
import sys
from pathlib import Path
from urllib.request import urlopen

from tests.client.scripts import run
from tests.daemon import eventually, free_port, owner

SCRIPT = """
from progressd_client import configure, flush, task
configure(spawn=True)
with task("spawned", total=2) as t:
    t.advance(2)
    while not flush(1):
        pass
"""


def test_a_daemon_is_started_if_none_listens_and_only_then(tmp_path: Path) -> None:
    path, port = tmp_path / "progressd.sock", free_port()
    home = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PROGRESSD_PORT": str(port)}
    run(sys.executable, SCRIPT, f"unix:{path}", **home)
    first = owner(path)
    try:
        run(sys.executable, SCRIPT.replace("spawned", "again"), f"unix:{path}", **home)
        assert owner(path) == first

        def names() -> set[str]:
            with urlopen(f"http://127.0.0.1:{port}/tasks", timeout=30) as answer:
                return set(json.load(answer)["columns"].get("key", []))

        eventually(lambda: {"spawned", "again"} <= names())
    finally:
        os.kill(first, signal.SIGTERM)
        eventually(lambda: not path.exists())
