"""Which files are followed, and whose turn it is to be read. No event loop here: one call is one pass."""

# ruff: noqa: PTH120
# Thousands of paths are looked at each second; Path objects cost several times as much.

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from ..batches import Position
from .growing_file import NOTHING, GrowingFile, ReplacedError, RewrittenError, identity, opened
from .known_files import Copies, Followed, FormerFiles, Key, OpenFiles, Pass, continued, continues, copied, whose_turn
from .targets import SETTLED, Complain, Folders, Sighting, rotated_from, sightings, status_of

ROTATE_WAIT = 5.0
"""Seconds without growth after which a file that was moved away or deleted is done with: its writer may keep it open
a while longer, and a deleted file takes up its disk space for as long as we do."""
ROUND = 4 << 20
"""Bytes read in one pass: what is held in memory while the engine is behind."""
REST = 1.0
"""Seconds that a file is left alone after an error."""
EASE = 20
"""A hint makes us look at everything only after this many times what the last such look took: at most 5 % of a core."""


class WatchedFiles:
    """Follows what the targets stand for.

    The truth is what a look at the files says; hints (real paths that may have changed) only make it come sooner.
    """

    def __init__(
        self, targets: Sequence[str], positions: Iterable[Position], clock: Callable[[], float], complain: Complain
    ) -> None:
        self.folders = Folders()
        self.look_took = 0.0
        """Seconds that the last look at everything took."""
        self._targets = targets
        self._clock = clock
        self._complain = complain
        self._former = FormerFiles(positions)
        self.files: dict[Key, Followed] = {}
        self._new: dict[Key, Followed] = {}
        self._ready: dict[Key, Followed] = {}
        self._open = OpenFiles()
        self._real_paths: dict[str, Followed] = {}
        self._passed_over: dict[Key, tuple[str, tuple[int, int], int]] = {}
        self._copies = Copies()
        self._look_due = False
        self._next_look = 0.0
        self._lock = threading.Lock()

    def run(self, hints: Iterable[str] | None = None) -> Pass:
        """Look at the files that are hinted at (None: at all of them), and read what is new."""
        with self._lock:
            now = self._clock()
            self._look_due |= hints is None or not self._glance(hints, now)
            if self._look_due and (hints is None or now >= self._next_look):
                self._look(now)
            found = Pass()
            for followed in whose_turn(self._ready.values(), now):
                if found.size < ROUND:
                    self._read(followed, found, now)
            for followed in list(self._open):
                self._finish(followed, found, now)
            # What goes on elsewhere first: its origin is not to be known any more once that has a new position.
            found.commits += sorted(self._new.values(), key=lambda followed: -followed.file.offset)
            return found

    def committed(self, followed: Followed) -> None:
        """The store has its position."""
        with self._lock:
            followed.known = True
            self._new.pop(followed.file.key, None)
            if followed.done:
                followed.done = False
                self._open.close(followed)
                if followed.place is None:
                    self._forget(followed)

    def wait(self, interval: float) -> float:
        """Return how many seconds may pass until the next `run`, at most `interval`."""
        now = self._clock()
        if any(followed.rests <= now for followed in self._ready.values()):
            return 0.0
        return max(0.0, min(interval, self._next_look - now)) if self._look_due else interval

    def close(self) -> None:
        """Give all descriptors back."""
        with self._lock:
            for followed in list(self._open):
                self._open.close(followed)

    def _glance(self, hints: Iterable[str], now: float) -> bool:
        """Look at files at known places only; return whether that was enough."""
        enough = True
        for hint in hints:
            followed = self._real_paths.get(hint)
            status = status_of(followed.place) if followed and followed.place else None
            if followed and status and (status.st_dev, status.st_ino) == followed.file.key:
                self._note(followed, status, now)
            else:
                enough = False
        return enough

    def _look(self, now: float) -> None:
        self._look_due = False
        originals = {followed.path for followed in self.files.values()} | self._former.paths()
        at_home: set[Key] = set()
        seen: dict[Key, list[Sighting]] = {}
        for sighting in sightings(self._targets, originals, self.folders, now, self._complain):
            key = sighting.key
            known = self.files.get(key)
            if known is not None and known.place == known.path == sighting.path:
                at_home.add(key)
                self._note(known, sighting.status, now)
            else:
                seen.setdefault(key, []).append(sighting)
        for key, followed in list(self.files.items()):
            if key in seen and key not in at_home:
                self._see(followed, seen[key], now)
            elif key not in at_home:
                self._miss(followed, now)
        self._welcome([found[0] for key, found in seen.items() if key not in self.files], now)
        self.look_took = self._clock() - now
        self._next_look = now + EASE * self.look_took

    def _see(self, followed: Followed, found: Sequence[Sighting], now: float) -> None:
        sighting = followed.named(found)
        if sighting.path != followed.place:
            followed.place = sighting.path
            followed.replaced = False
            followed.moved = None if followed.place == followed.path else now
            followed.real_path = os.path.realpath(sighting.path)
            self._real_paths[followed.real_path] = followed
            # Where a link leads is where a change is seen.
            self.folders.add(os.path.dirname(followed.real_path), now)
        self._note(followed, sighting.status, now)

    def _miss(self, followed: Followed, now: float) -> None:
        if followed.place is not None:
            followed.place, followed.moved, followed.size = None, now, -1
        if followed.file.fd is None:
            self._forget(followed)
        else:
            self._note(followed, os.fstat(followed.file.fd), now)

    def _note(self, followed: Followed, status: os.stat_result, now: float) -> None:
        """Take in what the system says about a file; if it may have changed, it gets a turn."""
        if (status.st_size, status.st_mtime_ns) != (followed.size, followed.modified):
            followed.size, followed.modified, followed.changed = status.st_size, status.st_mtime_ns, now
            followed.drained = False
        elif now - followed.changed > SETTLED and not followed.file.filling:
            return
        self._ready.setdefault(followed.file.key, followed)

    def _welcome(self, strangers: list[Sighting], now: float) -> None:
        stamps = {found.key: (found.path, found.stamp, self._former.changes) for found in strangers}
        strangers = [found for found in strangers if self._passed_over.get(found.key) != stamps[found.key]]
        self._passed_over = stamps
        self._copies.keep(stamps)
        if not strangers:
            return
        relatives: dict[str, list[Followed]] = {path: [] for path in self._former.paths()}
        for known in self.files.values():
            relatives.setdefault(known.path, []).append(known)
        # A copy is recognised by what its original holds now, so it comes after it.
        strangers.sort(key=lambda found: (not self._former.resumes(found), len(found.path)))
        for sighting in strangers:
            followed = self._meet(sighting, relatives, now)
            if followed is not None:
                relatives.setdefault(followed.path, []).append(followed)
        for sighting in sorted(strangers, key=lambda found: found.status.st_mtime_ns):
            if sighting.key in self._ready:
                self._ready[sighting.key] = self._ready.pop(sighting.key)

    def _meet(self, sighting: Sighting, relatives: dict[str, list[Followed]], now: float) -> Followed | None:
        try:
            with opened(sighting.path) as fd:
                position = self._whence(sighting, fd, relatives, now)
        except ReplacedError:
            self._look_due = True
        except OSError as error:
            self._passed_over.pop(sighting.key)
            self._complain(sighting.path, f"cannot read {sighting.path}: {error.strerror}; trying again")
        else:
            return self._follow(sighting, position, now) if position else None
        return None

    def _whence(self, sighting: Sighting, fd: int, relatives: dict[str, list[Followed]], now: float) -> Position | None:
        """Return where a stranger is to be read from, under which name; None if it is not, or not yet."""
        own = self._former.get(sighting.key)
        original = rotated_from(sighting.path, relatives) or ""
        gone = [kin for path in (sighting.path, original) for kin in relatives.get(path, ()) if kin.place is None]
        if any(not kin.drained and kin.rests <= now for kin in gone):
            # What they still hold is read first, or it would be read twice.
            self._passed_over.pop(sighting.key)
            self._look_due = True
            return None
        standing = [kin for kin in relatives.get(original, ()) if kin.place is not None and self._stands(kin)]
        left = [kin.position for kin in gone] + self._former.at(sighting.path, original) + ([own] if own else [])
        position = continued(fd, left)
        if own and own.offset and continues(fd, own):
            return position
        if origin := copied(fd, standing):
            # As long as the original stands, what the copy holds is read there.
            self._copies.note(sighting, origin)
            self._passed_over.pop(sighting.key)
            return None
        if position is None and self._copies.was_read(sighting, left):
            size = sighting.status.st_size
            return Position(original, *sighting.key, size, *identity(fd, size))
        if position or not (own or sighting.wanted):
            return position
        # One that was rewritten, and then rotated, while nobody looked is ours still.
        return Position(own.path if own else sighting.path, *sighting.key, 0, NOTHING, NOTHING)

    def _follow(self, sighting: Sighting, position: Position, now: float) -> Followed:
        key = sighting.key
        renamed = sighting.wanted and not rotated_from(sighting.path, {position.path})
        file = GrowingFile(key, position.offset, position.head, position.mark)
        followed = Followed(sighting.path if renamed else position.path, file, self._former.get(key) is position)
        if followed.known:
            self._former.claim(key)
        else:
            self._new[key] = followed
        forerunner = self.files.get((position.device, position.inode))
        if forerunner is not None and forerunner.place is None:
            forerunner.replaced = True
        self.files[key] = followed
        self._see(followed, (sighting,), now)
        # At once: it may be deleted before its turn comes.
        with suppress(OSError, ReplacedError):
            self._open.open(followed)
        return followed

    def _read(self, followed: Followed, found: Pass, now: float) -> None:
        file = followed.file
        at = file.offset
        try:
            self._open.open(followed)
            block = file.read()
        except RewrittenError:
            self._rewritten(followed)
        except (ReplacedError, FileNotFoundError):
            del self._ready[file.key]
            followed.size, self._look_due = -1, True
        except OSError as error:
            self._complain(followed.path, f"cannot read {followed.path}: {error.strerror}; trying again")
            followed.rests = now + REST
        else:
            del self._ready[file.key]
            followed.drained = not file.more
            if file.more:
                self._ready[file.key] = followed
            found.add(followed, at, block)

    def _finish(self, followed: Followed, found: Pass, now: float) -> None:
        """Read the last line of a file that was moved away and grows no more, and have it closed."""
        file = followed.file
        if followed.moved is None or file.key in self._ready or not followed.known or followed.done:
            return
        if now - max(followed.moved, followed.changed) < ROTATE_WAIT:
            return
        at = file.offset
        try:
            rest = b"" if followed.replaced else file.read_rest()
        except RewrittenError:
            self._rewritten(followed)
            return
        except OSError:
            rest = b""
        followed.done = True
        found.add(followed, at, rest)
        found.commits.append(followed)

    def _rewritten(self, followed: Followed) -> None:
        """Have it read from its start, but not before a look for where its former content went."""
        self._former.remember(followed.position)
        followed.file.restart()
        followed.size, self._look_due = -1, True
        self._ready.pop(followed.file.key, None)

    def _stands(self, followed: Followed) -> bool:
        """Tell whether a file can be compared with; if it was rewritten, take note of that first."""
        try:
            self._open.open(followed)
            if not followed.file.intact():
                self._rewritten(followed)
        except (OSError, ReplacedError):
            return False
        return True

    def _forget(self, followed: Followed) -> None:
        for table in (self.files, self._new, self._ready):
            table.pop(followed.file.key, None)
        if self._real_paths.get(followed.real_path) is followed:
            del self._real_paths[followed.real_path]
        self._former.remember(followed.position)
