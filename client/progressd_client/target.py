"""Where records are sent."""

import os
import tempfile
from pathlib import Path


def default_socket() -> str:
    """Return the path of the daemon's UNIX socket: in $XDG_RUNTIME_DIR, else in a directory of this user alone."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    directory = Path(runtime) if runtime else Path(tempfile.gettempdir()) / f"progressd-{os.getuid()}"
    return str(directory / "progressd.sock")
