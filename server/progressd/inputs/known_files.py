"""What is known of the files that are read, and of those that were: so that a file is known again when it turns up."""

import errno
import os
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..batches import Position
from .growing_file import GrowingFile, Overlong, ReplacedError, begins, holds, opened
from .targets import Sighting, rotated_from

MOST_OPEN = 512
"""Descriptors: half of the usual limit of 1,024."""
ROUND_FILES = 1_000
"""Files read in one pass."""
MOST_FORMER = 20_000
"""Files that are gone but remembered; some 300 bytes each."""

Key = tuple[int, int]
"""Device and inode."""


@dataclass(slots=True, eq=False)
class Followed:
    """A file that is being read."""

    path: str
    """Its name as the user knows it, which it keeps when it is rotated."""
    file: GrowingFile
    known: bool
    """The store knows of it. Before that it is not read: a file renamed while we are down would not be found again."""
    place: str | None = None
    """Where it is now; None if it is not to be seen."""
    real_path: str = ""
    size: int = -1
    modified: int = -1
    changed: float = 0.0
    """When it was last seen to change."""
    moved: float | None = None
    """Since when it has not been at its path."""
    drained: bool = False
    """Its end was reached since it last changed."""
    rests: float = 0.0
    """Until when it is left alone."""
    replaced: bool = False
    """Its successor went on where it stopped, so its unfinished last line is there."""
    done: bool = False
    """It is to be closed once the store has its position."""

    @property
    def position(self) -> Position:
        """How far it has been read."""
        file = self.file
        return Position(shown(self.path), *file.key, file.offset, file.head, file.mark)

    @property
    def is_quiet(self) -> bool:
        """Whether it is where it was, read to its end: its position may be told again as it is."""
        return self.known and self.drained and not self.done and self.place is not None and self.size >= 0

    @property
    def age(self) -> tuple[bool, int]:
        """Sorts the generations of one log, the oldest first."""
        return self.moved is None, self.modified

    def named(self, found: Sequence[Sighting]) -> Sighting:
        """Choose at which of the paths that lead to it the file is; one that was not rotated goes by its new name."""
        at = {sighting.path: sighting for sighting in found}
        sighting = at.get(self.path) or at.get(self.place or "") or found[0]
        if sighting.wanted and sighting.path != self.path and not rotated_from(sighting.path, {self.path}):
            self.path = sighting.path
        return sighting

    @property
    def source(self) -> str:
        """What the engine calls it."""
        return f"file:{shown(self.path)}"


class Piece(NamedTuple):
    """What was read of one file in its turn."""

    path: str
    """The name of the file as the user knows it."""
    at: int
    """Where in the file the block begins."""
    block: bytes
    overlong: Sequence[Overlong]
    position: Position

    @property
    def source(self) -> str:
        """What the engine calls the file."""
        return f"file:{self.path}"


@dataclass(slots=True)
class Pass:
    """What one pass found."""

    pieces: list[Piece] = field(default_factory=list)
    """To be delivered in this order."""
    commits: list[Followed] = field(default_factory=list)
    """Their positions are to be stored next, and `committed` called: then a new file is read, an old one closed."""
    size: int = 0
    """Bytes in the pieces."""

    def add(self, followed: Followed, at: int, block: bytes) -> None:
        """Add what was read from `at` on, unless it is nothing."""
        overlong, followed.file.overlong = followed.file.overlong, []
        if block or overlong:
            self.pieces.append(Piece(shown(followed.path), at, block, overlong, followed.position))
            self.size += len(block)


class OpenFiles:
    """Holds at most `limit` descriptors, so that a file that is deleted or moved away can be read to its end."""

    def __init__(self, limit: int = MOST_OPEN) -> None:
        self._limit = limit
        self._files: dict[Key, Followed] = {}

    def __iter__(self) -> Iterator[Followed]:
        """Iterate over the files, the one that has been idle for longest first."""
        return iter(self._files.values())

    def open(self, followed: Followed) -> None:
        """Open a file if it is not. Raises OSError, or ReplacedError if it is not where it was."""
        if followed.file.fd is None:
            if followed.place is None:
                raise ReplacedError
            if len(self._files) >= self._limit:
                self._make_room()
            followed.file.open(followed.place)
        self._files.pop(followed.file.key, None)
        self._files[followed.file.key] = followed

    def close(self, followed: Followed) -> None:
        """Close a file."""
        followed.file.close()
        self._files.pop(followed.file.key, None)

    def _make_room(self) -> None:
        for followed in self:
            if followed.moved is None:
                return self.close(followed)
        for followed in self:
            if followed.place is not None:
                return self.close(followed)
        raise OSError(errno.EMFILE, "too many deleted files are still to be read")


class FormerFiles:
    """What was read of files that are not there now, or were rewritten since. They, or a copy of them, may turn up."""

    def __init__(self, positions: Iterable[Position]) -> None:
        self._by_key: dict[Key, Position] = {}
        self._by_path: dict[str, dict[Key, Position]] = {}
        self.changes = 0
        for position in positions:
            self.remember(position)

    def remember(self, position: Position) -> None:
        """The file was left at this position."""
        key = (position.device, position.inode)
        self.claim(key)
        self._by_key[key] = position
        self._by_path.setdefault(position.path, {})[key] = position
        if len(self._by_key) > MOST_FORMER:
            self.claim(next(iter(self._by_key)))
        self.changes += 1

    def claim(self, key: Key) -> None:
        """The file is read on."""
        position = self._by_key.pop(key, None)
        if position is not None:
            del self._by_path[position.path][key]
            if not self._by_path[position.path]:
                del self._by_path[position.path]

    def get(self, key: Key) -> Position | None:
        """Return where the file was left that the system knew as `key`."""
        return self._by_key.get(key)

    def resumes(self, sighting: Sighting) -> bool:
        """Tell whether the file is one of these, read in part, and not another one in its inode."""
        position = self._by_key.get(sighting.key)
        if position is None or not position.offset:
            return False
        try:
            with opened(sighting.path) as fd:
                return continues(fd, position)
        except (OSError, ReplacedError):
            return False

    def paths(self) -> set[str]:
        """Return the names of the files."""
        return set(self._by_path)

    def at(self, *paths: str) -> list[Position]:
        """Return where files of these names were left."""
        return [position for path in paths for position in self._by_path.get(path, {}).values()]


class Copies:
    """Files that were seen to be copies of others: if those were read that far, there is nothing new in them."""

    def __init__(self) -> None:
        self._originals: dict[Key, tuple[tuple[int, int], Key]] = {}

    def keep(self, keys: Container[Key]) -> None:
        """Forget the copies that are not among these."""
        self._originals = {key: original for key, original in self._originals.items() if key in keys}

    def note(self, copy: Sighting, original: Followed) -> None:
        """For now, what `copy` holds stands in `original`, too."""
        self._originals[copy.key] = copy.stamp, original.file.key

    def was_read(self, copy: Sighting, left: Iterable[Position]) -> bool:
        """Tell whether all of the copy was read from its original, which was left at one of these positions."""
        return any(
            self._originals.get(copy.key) == (copy.stamp, (position.device, position.inode))
            and position.offset >= copy.status.st_size
            for position in left
        )


def whose_turn(ready: Iterable[Followed], now: float) -> list[Followed]:
    """Return which of the files that may have something new are to be read; of the generations of a log, the oldest."""
    turns = [followed for followed in ready if followed.rests <= now]
    oldest: dict[str, Followed] = {}
    for followed in turns:
        if not followed.drained and followed.age < oldest.setdefault(followed.path, followed).age:
            oldest[followed.path] = followed
    turns = [followed for followed in turns if oldest.get(followed.path, followed) is followed]
    return [followed for followed in turns if followed.known][:ROUND_FILES]


def continued(fd: int, positions: Iterable[Position]) -> Position | None:
    """Return the farthest position up to which the file at `fd` is a copy of what was read."""
    for position in sorted(positions, key=lambda position: -position.offset):
        # A last line without newline may be how many others begin, too.
        if position.offset and os.pread(fd, 1, position.offset - 1) in (b"\n", b"\r") and continues(fd, position):
            return position
    return None


def continues(fd: int, position: Position) -> bool:
    """Tell whether the file at `fd` begins with what was read up to the position."""
    return holds(fd, position.offset, position.head, position.mark)


def copied(fd: int, originals: Iterable[Followed]) -> Followed | None:
    """Return which of the open files the file at `fd` is a copy of, or of its beginning; None if of none."""
    for original in originals:
        if original.file.fd is not None and begins(original.file.fd, fd):
            return original
    return None


def shown(path: str) -> str:
    """Return `path` as text that can be stored and sent, whatever bytes it has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
