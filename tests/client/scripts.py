"""Programs that use the client, run by every Python on the machine that it is made for."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from progressd.core.decode import decode_block
from tests.daemon import PATIENCE

CLIENT = Path(__file__).parents[2] / "client"
NAMED = "PROGRESSD_TEST_PYTHONS"
"""Names the interpreters, with `:` between, where those on the PATH are not the ones that are meant."""


def pythons() -> list[str]:
    """Return one interpreter of each version from 3.10 on; this one, and what else is on the PATH."""
    return [path for version, path in _found().items() if version >= (3, 10)]


def old_pythons() -> list[str]:
    """Return one interpreter of each version that is too old for the client: a program may start such a one."""
    return [path for version, path in _found().items() if version < (3, 10)]


def every_python() -> pytest.MarkDecorator:
    """Return a mark that runs a test with each of them, as `python`."""
    return pytest.mark.parametrize("python", pythons(), ids=_version)


def start(python: str, script: str, target: str, *options: str, **env: str) -> subprocess.Popen[str]:
    """Start a program that reports to `target`; any warning is an error."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PROGRESSD_", "PYTHON"))}
    return subprocess.Popen(
        [python, "-W", "error", *options, "-c", textwrap.dedent(script)],
        env={**kept, "PYTHONPATH": str(CLIENT), "PROGRESSD_TARGET": target, **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(python: str, script: str, target: str, **env: str) -> str:
    """Run a program to its end; return what it printed. It must end well and complain of nothing."""
    process = start(python, script, target, **env)
    out, errors = process.communicate(timeout=PATIENCE * 2)
    assert (process.returncode, errors) == (0, ""), errors
    return out


def said(python: str, script: str, home: Path, **env: str) -> list[dict[str, Any]]:
    """Return the records of a program, each such that the daemon takes it."""
    file = home / "said.ndjson"
    run(python, script, f"file:{file}", **env)
    return records(file)


def records(file: Path) -> list[dict[str, Any]]:
    """Return the records in a file."""
    lines = file.read_bytes() if file.exists() else b""
    assert decode_block(lines).bad == []
    return [json.loads(line) for line in lines.splitlines()]


def of(found: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Return the last record of a type for each task."""
    return {record["task"]: record for record in found if record["type"] == kind}


def _candidates() -> Iterator[str]:
    if NAMED in os.environ:
        yield from os.environ[NAMED].split(":")
        return
    for folder in os.get_exec_path():
        # pyenv's shims stand for what is beside them.
        for python in sorted(Path(folder).parent.glob("versions/3.*/bin/python")):
            yield str(python)
    for minor in range(10, 20):
        found = shutil.which(f"python3.{minor}")
        if found is not None:
            yield found


@cache
def _found() -> dict[tuple[int, ...], str]:
    """Return one interpreter of each version, the oldest first."""
    found: dict[tuple[int, ...], str] = {}
    for path in (sys.executable, *_candidates()):
        version = _version(path)
        if version is not None:
            found.setdefault(tuple(int(part) for part in version.split(".")), path)
    return dict(sorted(found.items()))


def _version(path: str) -> str | None:
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
