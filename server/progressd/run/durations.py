"""How long each argument of a batch took, kept from one run of the batch to the next: a file of the user for each key.

It is kept here and not asked of the daemon: most ways to the daemon are one-way, and it may be away.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ARGUMENTS = 100_000
"""Of one batch; of more, those are kept that ran last. A megabyte or ten, read in a tenth of a second."""
LEAST = 0.001
"""Seconds: what takes no time at all is a part as well."""
LONGEST = 1e9
"""Seconds: 30 years. What is said to have taken longer, or no number of seconds, tells nothing."""
BATCHES = 200
"""Of a user; of more, the one that ran longest ago is forgotten."""


class Durations:
    """What the arguments of one batch took. Nothing raises: weights are no reason not to run."""

    def __init__(self, key: str, folder: str | None = None) -> None:
        state = os.environ.get("XDG_STATE_HOME") or f"{os.environ.get('HOME', '')}/.local/state"
        self._folder = folder or f"{state}/progressd/each"
        self._key = key
        self._path = f"{self._folder}/{hashlib.sha256(os.fsencode(key)).hexdigest()[:32]}.json"

    def read(self) -> dict[str, float]:
        """Return the seconds of each argument, as far as it ever finished."""
        try:
            with open(self._path, encoding="ascii") as file:  # noqa: PTH123
                kept = json.load(file)
            if kept["key"] == self._key:
                told = {str(argument): float(seconds) for argument, seconds in kept["seconds"].items()}
                return {argument: seconds for argument, seconds in told.items() if 0 <= seconds < LONGEST}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            # none yet, or not ours
            pass
        return {}

    def keep(self, took: Mapping[str, float]) -> None:
        """Remember the seconds of arguments that finished just now, beside what is known of others."""
        if not took:
            return
        known = {argument: seconds for argument, seconds in self.read().items() if argument not in took}
        seconds = dict([*known.items(), *((argument, round(each, 3)) for argument, each in took.items())][-ARGUMENTS:])
        with suppress(OSError):
            os.makedirs(self._folder, mode=0o700, exist_ok=True)  # noqa: PTH103
            whole = f"{self._path}.{os.getpid()}"
            with open(whole, "w", encoding="ascii") as file:  # noqa: PTH123 - in a folder for this user alone
                json.dump({"key": self._key, "seconds": seconds}, file)
            os.replace(whole, self._path)  # noqa: PTH105
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        with os.scandir(self._folder) as entries:
            oldest = sorted((entry.stat().st_mtime, entry.path) for entry in entries)[:-BATCHES]
        for _, path in oldest:
            os.unlink(path)  # noqa: PTH108


def weights(arguments: list[str], sizes: list[int] | None, known: Mapping[str, float]) -> list[float]:
    """Return how much each argument weighs: what it took the last time; what is new, as much as its size tells.

    Without sizes (bytes, if all are files), what is new is like the middle one of what is known; with nothing known,
    sizes are weights, and without these all weigh the same.
    """
    took = [known.get(argument) for argument in arguments]
    told = [seconds for seconds in took if seconds is not None]
    if not any(told):
        return [float(max(1, size)) for size in sizes] if sizes is not None else [1.0] * len(arguments)
    middle = sorted(told)[len(told) // 2]
    whole = sum(size for size, seconds in zip(sizes or (), took, strict=False) if seconds is not None)
    pace = sum(told) / whole if whole else 0.0
    new = [size * pace for size in sizes] if sizes and whole else [middle] * len(arguments)
    return [max(LEAST, each if seconds is None else seconds) for seconds, each in zip(took, new, strict=True)]
