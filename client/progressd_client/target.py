"""Where records are sent."""

import os


def default_socket() -> str:
    """Return the path of the daemon's UNIX socket: in $XDG_RUNTIME_DIR, else in a directory of this user alone."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return f"{runtime or private_directory()}/progressd.sock"


def private_directory() -> str:
    """Return a directory of this user alone, which need not exist yet."""
    # As tempfile.gettempdir(), whose import costs more than the whole client.
    places = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return f"{next(filter(None, places), '/tmp').rstrip('/')}/progressd-{os.getuid()}"  # noqa: S108 - mode 0700, checked
