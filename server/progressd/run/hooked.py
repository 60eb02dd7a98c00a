"""Whether a command tells its progress itself: a Python program in which the client's hooks are armed.

Then what it prints is not looked at for progress: each bar would be there twice, and what hooks tell is exact.
"""

from __future__ import annotations

import os
from itertools import pairwise

import progressd_client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LINE = 256
"""Bytes of a script's first line, by the kernel."""


def is_hooked(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return whether hooks tell all that this command shows. Where some were left out, they do not."""
    if environment.get("PROGRESSD_DISABLE"):
        return False
    by_hand = ("-m", "progressd_client") in pairwise(command)
    return (by_hand or _is_armed(environment)) and _is_python(command[0], environment.get("PATH", os.defpath))


def _is_armed(environment: Mapping[str, str]) -> bool:
    if environment.get("PROGRESSD_AUTO", "0") in ("", "0"):
        return False
    # What `python -m progressd_client --path` prints.
    shim = os.path.join(os.path.dirname(progressd_client.__file__), "shim")  # noqa: PTH118, PTH120
    return any(os.path.realpath(path) == os.path.realpath(shim) for path in _split(environment.get("PYTHONPATH", "")))


def _is_python(program: str, path: str) -> bool:
    places = [program] if "/" in program else [f"{folder}/{program}" for folder in _split(path)]
    found = next((place for place in places if os.access(place, os.X_OK)), program)
    if "python" in found.rpartition("/")[2]:
        return True
    try:
        with open(found, "rb") as file:  # noqa: PTH123
            first = file.read(LINE).partition(b"\n")[0]
    except OSError:
        return False
    return first.startswith(b"#!") and b"python" in first


def _split(paths: str) -> list[str]:
    return [path for path in paths.split(os.pathsep) if path]
