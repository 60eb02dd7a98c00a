"""Starts a daemon if none listens. Only when a program asks for it."""

import _socket
import os
import subprocess
import sys
from contextlib import closing

from .tasks import _report


def ensure_daemon(target: str, *, open_browser: bool) -> None:
    """Start a daemon for a `unix:` target at which nobody listens; it takes records some 0.3 s later. Never raises.

    It is a session of its own: it gets no signals of this terminal, and goes on when this process ends.
    """
    scheme, _, path = target.partition(":")
    if scheme != "unix" or listens(path):
        return
    command = [sys.executable, "-m", "progressd", "--socket", path, *(["--open"] if open_browser else [])]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PROGRESSD_TARGET")}
    try:
        subprocess.Popen(  # noqa: S603 - the daemon of this very installation
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            close_fds=True,
        ).returncode = 0  # not ours to wait for: no warning when it is forgotten
    except OSError as error:
        _report(error)


def listens(path: str) -> bool:
    """Return whether somebody takes connections at this path."""
    with closing(_socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
        return True
