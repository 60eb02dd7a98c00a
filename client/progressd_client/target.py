"""Where records are sent."""

import os
import tempfile


def default_socket() -> str:
    """Return the path of the daemon's UNIX socket: in $XDG_RUNTIME_DIR, else in a directory of this user alone."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    directory = runtime if runtime else os.path.join(tempfile.gettempdir(), f"progressd-{os.getuid()}")
    return os.path.join(directory, "progressd.sock")
