"""The process that hears of changed files, beside a run with --reload: it loads what the run shall not wait for.

It says a line of JSON for each time that files changed: `{"changed": {KIND: [PATH, …]}}` with absolute
paths; first `{"watches": true}`; and `{"failed": WHY}` if it can watch no more.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess

from watchfiles import Change, DefaultFilter, watch

from .kinds import Kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NoReturn

QUIET_MS = 200
"""Without a change, until those before it are told as one: an editor writes a file in several steps,"""
LONGEST_MS = 1600
"""and at most so long, if there is no end of changes."""
MOST = 100
"""Paths of a kind that are told: who switches branches changes thousands, and a few are reason enough."""
GIT_LIMIT = 5.0
"""Seconds for git to say what it ignores; else all counts."""


class Watcher:
    """Watches folders until nobody listens any more. Has the form of an event, for that is asked all the time."""

    def __init__(self, end: int, folders: Sequence[str], kinds: Kinds, runner: int) -> None:
        self._end = end
        self._folders = folders
        self._kinds = kinds
        self._runner = runner
        self._is_watching = False

    def run(self) -> NoReturn:
        """Tell what changes. Ends the process."""
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        nowhere = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(nowhere, fd)  # somebody may wait for the end of what is written there
        try:
            for changes in watch(
                *self._folders,
                watch_filter=DefaultFilter(),
                step=QUIET_MS,
                debounce=LONGEST_MS,
                stop_event=self,
                ignore_permission_denied=True,
            ):
                self._tell_changes(changes)
        except (OSError, RuntimeError) as error:  # a folder that is gone, or more than the system watches
            self._say(failed=str(error))
        os._exit(0)

    def is_set(self) -> bool:
        """Return whether to stop: the run is gone. Asked for the first time when all is being watched."""
        if not self._is_watching:
            self._is_watching = True
            self._say(watches=True)
        return os.getppid() != self._runner

    def _tell_changes(self, changes: Iterable[tuple[Change, str]]) -> None:
        told: dict[str, list[str]] = {}
        paths = sorted(path for change, path in changes if change == Change.deleted or not os.path.isdir(path))  # noqa: PTH112
        for path in self._without_ignored(paths):
            kind = self._kinds.kind(path)
            if kind is not None and len(told.setdefault(kind, [])) < MOST:
                told[kind].append(path)
        if told:
            self._say(changed=told)

    def _without_ignored(self, paths: Sequence[str]) -> list[str]:
        """Return the paths without those that git ignores: what is made of the others. All, where there is no git."""
        ignored: set[str] = set()
        for folder in self._folders:
            try:
                asked = subprocess.run(  # noqa: S603 - paths are given on its stdin
                    ["git", "-C", folder, "check-ignore", "-z", "--stdin"],  # noqa: S607 - the user's own git
                    input=b"\0".join(os.fsencode(path) for path in paths if path.startswith(f"{folder}/")),
                    capture_output=True,
                    timeout=GIT_LIMIT,
                    check=False,
                )
            except (OSError, subprocess.SubprocessError):
                continue
            ignored.update(map(os.fsdecode, asked.stdout.split(b"\0")))
        return [path for path in paths if path not in ignored]

    def _say(self, **said: object) -> None:
        line = json.dumps(said) + "\n"
        try:
            os.write(self._end, line.encode())
        except OSError:  # nobody reads it any more
            os._exit(0)
