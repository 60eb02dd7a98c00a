"""Packages that programs use beside the client: pure Python, so that every Python here may use those of this one."""

import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.client.scripts import CLIENT, start
from tests.daemon import PATIENCE, eventually, running
from tests.needs import unless_there

WITH = {"tqdm": ("tqdm",), "rich": ("rich", "markdown_it", "mdurl", "pygments")}
"""What each of them consists of."""
END = """
from progressd_client import task as _task
_task("the end").start().finish()
"""


def needs_package(*names: str) -> pytest.MarkDecorator:
    """Return a mark that skips a test unless these packages are installed."""
    return unless_there([f"the package {name}" for name in names if find_spec(name) is None])


def wants_package(*names: str) -> pytest.MarkDecorator:
    """Return a mark as `needs_package` does, for what any run may lack: too large to install for one test each."""
    missing = [f"the package {name}" for name in names if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"would need {', '.join(missing)}")


def path_with(home: Path, *names: str) -> str:
    """Return a PYTHONPATH on which the client is, these packages, and nothing else."""
    home = home / "packages"
    home.mkdir(exist_ok=True)
    for part in (part for name in names for part in WITH[name]):
        spec = find_spec(part)
        if spec is not None and spec.origin is not None and not (home / part).exists():
            (home / part).symlink_to(Path(spec.origin).parent)
    return f"{CLIENT}:{home}"


def output(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what a program printed, and on its standard error, once it has ended well."""
    out, errors = process.communicate(timeout=PATIENCE * 2)
    assert process.returncode == 0, errors
    return out, errors


def shown(python: str, script: str, home: Path, *names: str, **env: str) -> dict[str, dict[str, Any]]:
    """Run a program with these packages to its end; return its tasks as a real daemon shows them."""
    env = {"PYTHONPATH": path_with(home, *names), **env}
    lines = [line for line in script.splitlines() if line.strip()]
    indent = len(lines[0]) - len(lines[0].lstrip())
    script = "\n".join(line[indent:] for line in lines) + END
    with running(home, "--store", "memory:") as daemon:
        output(start(python, script, f"unix:{daemon.socket}", **env))
        eventually(lambda: daemon.tasks().get("the_end", {}).get("status") == "finished")
        tasks = daemon.tasks()
    del tasks["the_end"]
    return tasks


def told(tasks: dict[str, dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Return status, done and total of each."""
    return {key: (view["status"], view["done"], view["total"]) for key, view in tasks.items()}
