"""Programs that use the tools which the client has hooks for: this Python has them, and the client."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.client.packages import shown
from tests.daemon import PATIENCE

ARMED = "import warnings; warnings.simplefilter('ignore')\nfrom progressd_client import auto; auto.arm()\n"
"""As `PROGRESSD_AUTO=1` does. What the tools warn of is not ours."""
SOUND = "\nimport progressd_client; assert progressd_client.stats().errors == 0, progressd_client.stats()\n"

OTHERS = ("cacheprovider", "asyncio", "anyio", "hypothesispytest", "schemathesis", "timeout")
"""Plugins that this Python has for our own tests: they cost a second, and leave things behind."""


def tasks_of(script: str, home: Path, prelude: str = ARMED) -> dict[str, dict[str, Any]]:
    """Run a program to its end; return its tasks as a real daemon shows them. Nothing may go wrong in silence."""
    return shown(sys.executable, prelude + script + SOUND, home)


def run_pytest(home: Path, *options: str, **env: str) -> tuple[int, str]:
    """Run the tests that are in a directory; return the exit status, and what pytest said."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PROGRESSD_", "PYTEST_", "PYTHON"))
    }
    without = [f"-pno:{name}" for name in OTHERS]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", str(home), "-W", "error", *without, *options, "."],
        cwd=home,
        env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **env},
        capture_output=True,
        text=True,
        timeout=PATIENCE * 2,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
