"""Records from files that grow: what a program writes to its log is read as it comes, across rotations and restarts."""

import asyncio
import logging
import os
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from math import inf

from watchfiles import awatch

from ..batches import Batch
from ..core.decode import BadLine, Decoded
from ..core.formats import Formats
from ..core.lines import LIMIT
from ..engine import Engine
from .known_files import Followed, Pass, Piece
from .targets import check, covers
from .watched_files import WatchedFiles

log = logging.getLogger("progressd.tail")

RECONCILE = 1.0
"""Seconds between looks at everything: hints get lost, silently when the kernel's queue overflows."""
PATIENCE = 40
"""A look at everything that takes a second is made only every so many: 2.5 % of a core at most."""
POLL = 0.25
"""The same where hints do not come: on a network file system, or while the watcher is down."""
HOLD = 30.0
"""Seconds for which it is taken for granted that no hints come, after something came without one."""
RETRY = 1.0
LONGEST_RETRY = 60.0
"""Seconds until the watcher is started again; doubled each time that it fails."""
QUIET = 60.0
"""Seconds between two complaints about one file."""
RETELL, RETELL_FIRST = 86400.0, 60.0
"""Seconds between tellings of where quiet files were left, and until the first one. The store forgets, in a month,
what it hears no more of."""
MOST_COMPLAINTS = 10_000
MOST_PATHS = 10_000
"""Hints beyond which looking at everything is cheaper."""
_HOLE = re.compile(rb"\0{8,}")
"""Left by a crash, or by a writer that went on at its old offset after a truncation. No text has so many NULs."""


async def serve(targets: Sequence[str], engine: Engine, clock: Callable[[], float], ready: asyncio.Event) -> None:
    """Take records from each file, folder (the files in it) or pattern until cancelled; `clock` is monotonic.

    Raises SetupError if a target is there and can never be read.
    """
    await asyncio.to_thread(check, targets)
    ready.set()
    # What another daemon run watched, and this one does not, is none of its business.
    positions = [position for position in engine.positions() if any(covers(each, position.path) for each in targets)]
    files = WatchedFiles(targets, positions, clock, Complaints(clock).say)
    formats = Formats()
    formats.ctxt.restore(engine.tree.tasks.values())
    hints = Hints(clock)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(hints.run(), name="input tail: hints")
            paths: Iterable[str] | None = None
            retell = clock() + RETELL_FIRST
            while True:
                found = await take(files, formats, engine, paths, clock())
                if clock() >= retell:
                    retell = clock() + RETELL
                    await tell_quiet(files, engine)
                hints.watch(files.folders.identities())
                if paths is None:
                    hints.looked(found)
                paths = await hints.next(files.wait, PATIENCE * files.look_took)
    finally:
        files.close()


async def take(
    files: WatchedFiles, formats: Formats, engine: Engine, hints: Iterable[str] | None = None, now: float = 0.0
) -> bool:
    """Make one pass: read, hand over, store positions where they come first. Return whether anything was read."""
    found, decoded = await asyncio.to_thread(_run, files, formats, hints, now)
    for piece, records in zip(found.pieces, decoded, strict=True):
        _reject(piece, records, engine)
        await engine.submit(Batch(piece.source, records.records, records.lines, position=piece.position))
    if found.commits:
        *others, last = found.commits
        for followed in others:
            await engine.submit(_position(followed))
        # The engine keeps the order: with the last one, all are stored.
        await engine.commit(_position(last))
        for followed in found.commits:
            files.committed(followed)
    return bool(found.pieces)


async def tell_quiet(files: WatchedFiles, engine: Engine) -> None:
    """Have the store hear of the files that are there and do not grow, or it would take them for gone one day."""
    for followed in [each for each in files.files.values() if each.is_quiet]:
        await engine.submit(_position(followed))


def _run(files: WatchedFiles, formats: Formats, hints: Iterable[str] | None, now: float) -> tuple[Pass, list[Decoded]]:
    found = files.run(hints)
    return found, [formats.decode(piece.path, piece.at, _without_holes(piece.block), now) for piece in found.pieces]


def _without_holes(block: bytes) -> bytes:
    # A hole ends a line, and what follows is a line again; places in the block must not shift.
    if b"\0" not in block:
        return block
    return _HOLE.sub(lambda hole: b" " * (len(hole[0]) - 1) + b"\n", block)


def _position(followed: Followed) -> Batch:
    return Batch(followed.source, (), position=followed.position)


def _reject(piece: Piece, decoded: Decoded, engine: Engine) -> None:
    if piece.at == 0:
        engine.losses.notice(lambda bad: f"{piece.source} line {bad.index + 1}", decoded.lines)
    for at, first in piece.overlong:
        engine.losses.reject(f"{piece.source} at byte {at}", BadLine(0, first, f"longer than {LIMIT >> 20} MiB"))
    if decoded.bad:
        starts = [piece.at]
        for line in _without_holes(piece.block).split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        engine.losses.reject_all(lambda bad: f"{piece.source} at byte {starts[bad.index]}", decoded)


class Complaints:
    """Logs what is wrong with a file, but not again and again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}

    def say(self, path: str, text: str) -> None:
        """Log `text`, unless something was said about `path` a short while ago."""
        now = self._clock()
        if now - self._said.get(path, now - QUIET) >= QUIET:
            if len(self._said) >= MOST_COMPLAINTS:
                self._said.clear()
            self._said[path] = now
            log.warning("%s", text)


class Hints:
    """Tells which paths may have changed, as the kernel tells it. Any may be missing: they only save time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._paths: set[str] = set()
        self._arrived = asyncio.Event()
        self._folders: dict[str, tuple[int, int]] = {}
        self._moved = asyncio.Event()
        self._working = False
        self._came = True
        self._poll_until = 0.0
        self._due = inf

    def watch(self, folders: dict[str, tuple[int, int]]) -> None:
        """From now on watch these folders, each with what tells it from one that is made anew under its name."""
        real = {os.path.realpath(folder): identity for folder, identity in folders.items()}
        if real != self._folders:
            self._folders = real
            self._moved.set()

    def looked(self, found: bool) -> None:
        """A look at everything found something, or nothing. If it did and no hint came, none are to be had here."""
        if found and not self._came:
            self._poll_until = self._clock() + HOLD
        self._came = False

    async def next(self, wait: Callable[[float], float], least: float) -> set[str] | None:
        """Return what may have changed; None if it is time to look at everything, not before `least` seconds."""
        now = self._clock()
        interval = RECONCILE if self._working and now >= self._poll_until else POLL
        self._due = min(self._due, now + max(interval, least))
        pause = wait(max(0.0, self._due - now))
        if pause:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._arrived.wait()
        self._arrived.clear()
        paths, self._paths = self._paths, set()
        if self._clock() < self._due and len(paths) < MOST_PATHS:
            return paths
        self._due = inf
        return None

    async def run(self) -> None:
        """Listen until cancelled. If a limit or a name that is no UTF-8 stops the watcher, it is started again."""
        retry = RETRY
        while True:
            await self._moved.wait()
            try:
                await self._listen()
                retry = RETRY
            except Exception as error:
                log.warning("cannot watch for changes (%s); looking every %g s instead", _reason(error), POLL)
                self._working = False
                await asyncio.sleep(retry)
                retry = min(2 * retry, LONGEST_RETRY)
                self._moved.set()

    async def _listen(self) -> None:
        self._moved.clear()
        if not self._folders:
            return
        # Not recursive: new folders race. No filter: it hides names. No polling of theirs: it misses changes.
        watch = awatch(
            *self._folders, watch_filter=None, recursive=False, force_polling=False, stop_event=self._moved,
            step=10, debounce=50, rust_timeout=1000, yield_on_timeout=True,
        )  # fmt: skip
        async with aclosing(watch) as changes:
            async for changed in changes:
                self._working = True
                if changed:
                    self._came = True
                    self._paths.update(path for _, path in changed)
                    self._arrived.set()


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)
