"""What the user asked to watch, as the paths that are there now."""

# ruff: noqa: PTH112, PTH114, PTH116, PTH118, PTH120, PTH122
# Thousands of paths are looked at each second; Path objects cost several times as much.

import os
import re
import stat
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from typing import NamedTuple

from ..config import SetupError

Complain = Callable[[str, str], None]
"""Told what it is about, and what is wrong with it."""

SETTLED = 2.0
"""Seconds after a change during which a look is repeated: time stamps on disks are as coarse as that, and two
changes within one stamp look like one."""
MOST_PATHS = 20_000
"""Of one target: a wrong `**` must not eat the machine."""
MOST_FOLDERS = 10_000
COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip", ".7z", ".Z")
ENDLESS = ("/proc/", "/sys/")
"""Files there claim to be regular and empty, and are neither."""
_WILD = re.compile(r"[*?[]")


class Sighting(NamedTuple):
    """A regular file that stands at a path now."""

    path: str
    wanted: bool
    """A target stands for it; else it only looks like an older generation of one that was."""
    status: os.stat_result

    @property
    def key(self) -> tuple[int, int]:
        """By what the system knows the file."""
        return self.status.st_dev, self.status.st_ino

    @property
    def stamp(self) -> tuple[int, int]:
        """By what a change is noticed."""
        return self.status.st_size, self.status.st_mtime_ns


@dataclass(slots=True, frozen=True)
class Listing:
    """The names in one folder."""

    files: Sequence[str] = ()
    folders: Sequence[str] = ()
    stamp: tuple[int, int, int] = (0, 0, 0)
    changed: float = 0.0
    listed: float = 0.0


_EMPTY = Listing()
_NONE: list[str] = []


class Folders:
    """Lists folders, again only when one has changed."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._fitting: dict[tuple[str, str], tuple[Listing, list[str]]] = {}
        self._rotated: dict[str, tuple[Listing, list[str]]] = {}
        self._originals: set[str] = set()
        self.crowded = False
        """There are more folders than are looked into."""

    def listing(self, folder: str, now: float) -> Listing:
        """Return what is in `folder`; nothing if it is not there or not for us."""
        try:
            status = os.stat(folder or ".")
            stamp = (status.st_dev, status.st_ino, status.st_mtime_ns)
            known = self._listings.get(folder)
            if known and known.stamp == stamp and known.listed - known.changed > SETTLED:
                return known
            if not known and len(self._listings) >= MOST_FOLDERS:
                self.crowded = True
                return _EMPTY
            changed = known.changed if known and known.stamp == stamp else now
            listing = _list(folder, stamp, changed, now)
        except OSError:
            self._listings.pop(folder, None)
            return _EMPTY
        self._listings[folder] = listing
        return listing

    def fitting(self, folder: str, pattern: str, now: float) -> list[str]:
        """Return the paths of the files in `folder` whose names fit `pattern`, the compressed ones left out."""
        listing = self.listing(folder, now)
        known, paths = self._fitting.get((folder, pattern), (None, _NONE))
        if known is not listing:
            names = (name for name in _fitting(pattern, listing.files) if not name.endswith(COMPRESSED))
            paths = [os.path.join(folder, name) for name in names]
            self._fitting[folder, pattern] = listing, paths
        return paths

    def rotated(self, originals: set[str], now: float) -> Iterator[str]:
        """Yield the paths that look like older generations of `originals`."""
        if originals != self._originals:
            self._originals = originals
            self._rotated = {os.path.dirname(path): (_EMPTY, _NONE) for path in originals}
        for folder, (known, paths) in list(self._rotated.items()):
            listing = self.listing(folder, now)
            if known is listing:
                yield from paths
                continue
            names = (os.path.join(folder, name) for name in listing.files if not name.endswith(COMPRESSED))
            found = [path for path in names if rotated_from(path, originals)]
            self._rotated[folder] = listing, found
            yield from found

    def add(self, folder: str, now: float) -> None:
        """From now on `identities` tells of `folder`, too."""
        if folder not in self._listings:
            self.listing(folder, now)

    def identities(self) -> dict[str, tuple[int, int]]:
        """Return the folders that are there, each with what tells it from one that was made anew under its name."""
        return {folder or ".": listing.stamp[:2] for folder, listing in self._listings.items()}


def _list(folder: str, stamp: tuple[int, int, int], changed: float, now: float) -> Listing:
    files: list[str] = []
    folders: list[str] = []
    with os.scandir(folder or ".") as entries:
        for entry in entries:
            (folders if entry.is_dir() else files).append(entry.name)
    return Listing(files, folders, stamp, changed, now)


def sightings(
    targets: Iterable[str], originals: set[str], folders: Folders, now: float, complain: Complain
) -> Iterator[Sighting]:
    """Yield the files that the targets stand for, then what looks like older generations of them or of `originals`."""
    wanted: dict[str, None] = {}
    for target in targets:
        found = dict.fromkeys(islice(paths(target, folders, now), MOST_PATHS + 1))
        if len(found) > MOST_PATHS or folders.crowded:
            complain(target, f"{target} stands for too many files; not all of them are read")
        wanted |= found
    for path in wanted:
        yield from _sight(path, complain, wanted=True)
    for path in folders.rotated(originals.union(wanted), now):
        if path not in wanted:
            yield from _sight(path, complain, wanted=False)


def status_of(path: str) -> os.stat_result | None:
    """Return what the system says about what stands at `path`; None if nothing, or nothing for us, does."""
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _sight(path: str, complain: Complain, *, wanted: bool) -> Iterator[Sighting]:
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        complain(path, f"cannot look at {path}: {error}; trying again")
        return
    # Only what takes up no space is worth a closer look, which costs much more.
    endless = status.st_blocks == 0 and os.path.realpath(path).startswith(ENDLESS)
    if stat.S_ISREG(status.st_mode) and not endless:
        yield Sighting(path, wanted, status)
    elif wanted and not stat.S_ISDIR(status.st_mode):
        complain(path, f"{path} is not a regular file; it is not read")


def check(targets: Iterable[str]) -> None:
    """Raise SetupError for a target that is there but cannot be read, now or later. One that is not there may come."""
    for target in targets:
        status = status_of(target) if is_literal(target) else None
        if status is None:
            continue
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)) or target.startswith(ENDLESS):
            raise SetupError(f"cannot watch {target}: it is neither a file that grows nor a directory")
        if not os.access(target, os.R_OK):
            raise SetupError(f"cannot watch {target}: permission denied; let this user read it, or start as another")


def is_literal(target: str) -> bool:
    """Tell whether `target` is one file or folder rather than a pattern. A file may be called run[1].log."""
    return not _WILD.search(target) or os.path.lexists(target)


def paths(target: str, folders: Folders, now: float) -> Iterator[str]:
    """Yield the paths that `target` stands for; some may not be there (yet), or be no regular files."""
    if not is_literal(target):
        yield from _walk("/" if target.startswith("/") else "", _parts(target), folders, now)
    elif os.path.isdir(target):
        yield from _walk(target, ("*",), folders, now)
    else:
        yield target


def covers(target: str, path: str) -> bool:
    """Tell whether `path` is, or was, one of the paths of `target`."""
    if is_literal(target):
        return path == target or os.path.dirname(path) == target.rstrip("/")
    return path.startswith("/") == target.startswith("/") and _matches(_parts(path), _parts(target))


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def _walk(folder: str, parts: tuple[str, ...], folders: Folders, now: float) -> Iterator[str]:
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _walk(folder, rest or ("*",), folders, now)
        for name in _fitting("*", folders.listing(folder, now).folders):
            below = os.path.join(folder, name)
            # A link to a folder above would never end.
            if not os.path.islink(below):
                yield from _walk(below, parts, folders, now)
    elif not rest:
        yield from folders.fitting(folder, part, now)
    else:
        wild = _WILD.search(part)
        for name in _fitting(part, folders.listing(folder, now).folders) if wild else (part,):
            yield from _walk(os.path.join(folder, name), rest, folders, now)


def _fitting(pattern: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if _fits(name, pattern))


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))


def _matches(names: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    if not parts or not names:
        return not parts and not names
    if parts[0] == "**":
        return _matches(names, parts[1:] or ("*",)) or _matches(names[1:], parts)
    return _fits(names[0], parts[0]) and _matches(names[1:], parts[1:])


def rotated_from(path: str, paths: Container[str]) -> str | None:
    """Return which of `paths` was rotated to `path`, by its name: run.log.1, run.log-20260101, run.1.log; or None."""
    extension = os.path.splitext(path)[1]
    for index in range(len(path) - 1, path.rfind("/") + 1, -1):
        if path[index] in ".-":
            for original in (path[:index], path[:index] + extension):
                if original in paths and original != path:
                    return original
    return None
