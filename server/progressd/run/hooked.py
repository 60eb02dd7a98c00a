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
    words = _python(command, environment.get("PATH", os.defpath))
    if words is None:
        return False
    return ("-m", "progressd_client") in pairwise(command) or (_is_armed(environment) and _loads_shim(words))


def _is_armed(environment: Mapping[str, str]) -> bool:
    if environment.get("PROGRESSD_AUTO", "0") in ("", "0"):
        return False
    # What `python -m progressd_client --path` prints.
    shim = os.path.join(os.path.dirname(progressd_client.__file__), "shim")  # noqa: PTH118, PTH120
    return any(os.path.realpath(path) == os.path.realpath(shim) for path in _split(environment.get("PYTHONPATH", "")))


def _python(command: Sequence[str], path: str) -> list[str] | None:
    """Return what a Python is given, by the command or by the first line of a script; None if it is none."""
    program = command[0]
    places = [program] if "/" in program else [f"{folder}/{program}" for folder in _split(path)]
    found = next((place for place in places if os.access(place, os.X_OK)), program)
    if _is_name(found):
        return list(command[1:])
    try:
        with open(found, "rb") as file:  # noqa: PTH123
            first = os.fsdecode(file.read(LINE).partition(b"\n")[0])
    except OSError:
        return None
    words = first[2:].split() if first.startswith("#!") else []
    return next(([*words[place + 1 :], found] for place, word in enumerate(words) if _is_name(word)), None)


def _is_name(program: str) -> bool:
    """Whether this is what Pythons are called: python, python3, python3.13t; but not python3-config."""
    name = program.rpartition("/")[2]
    return name.startswith("python") and not name.removeprefix("python").strip("0123456789.dt")


def _loads_shim(words: Sequence[str]) -> bool:
    """Whether a Python given these words looks at PYTHONPATH (not with -E or -I) and loads `site` (not with -S)."""
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            break
        letters = "" if word.startswith("--") else word[1:]
        for place, letter in enumerate(letters, 1):
            if letter in "EIS":
                return False
            if letter in "cm":  # what follows is the program's
                return True
            if letter in "WX":  # which take a word: the rest of this one, or the next
                if place == len(letters):
                    next(rest, None)
                break
    return True


def _split(paths: str) -> list[str]:
    return [path for path in paths.split(os.pathsep) if path]
