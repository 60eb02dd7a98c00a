"""Any mix of writes, rotations, truncations, crashes and restarts: nothing lost, nothing torn, no garbage.

What may be lost, since nobody could help it: bytes that were truncated or deleted before a look could see them, and
with a single file as the target, a generation that was rotated away, or copied, before anything of it was read.
What may come twice: what a copy holds, if the daemon died between its making and a look at the truncation, for the
original may have been read farther than the copy goes; and what a copy holds that was made while we were down, in an
inode that we remember. Records are absolute, so it does no harm.
"""

import asyncio
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from progressd.inputs.watched_files import ROTATE_WAIT, WatchedFiles
from tests.inputs.tailing import CrashError, Ledger, step


@dataclass(eq=False)
class Disk:
    """One inode, as it should be."""

    lines: list[bytes] = field(default_factory=list)
    path: Path | None = None
    number: int = 1
    findable: bool = False
    """A target stands for it, or it was seen under the name for which one stands."""
    held: bool = False
    """It was seen since the last start, so it can be read even when it is deleted."""
    copied: bool = False
    """It is a copy, and the truncation of its original has not been seen."""
    anchored: bool = False
    """Something of its content was read since the last start, so a copy of it will be recognised."""


class Tailing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="tail-"))
        self.path = self.folder / "run.log"
        self.ledger = Ledger()
        self.files: WatchedFiles | None = None
        self.now = 0.0
        self.count, self.idle = 0, 0.0
        self.written, self.fragments, self.excused, self.repeatable = (set[bytes]() for _ in range(4))
        self.inodes: set[int] = set()
        self.partial: tuple[bytes, int] | None = None
        self.disks: list[Disk] = []
        self.copy: Disk | None = None

    @initialize(glob=st.booleans())
    def begin(self, glob: bool) -> None:
        self.glob = glob
        self.target = str(self.folder / "*") if glob else str(self.path)
        self.create()
        self.start()

    def create(self) -> None:
        self.disk = Disk(path=self.path, findable=self.glob)
        self.disks.append(self.disk)
        self.fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.inodes.add(os.fstat(self.fd).st_ino)

    def start(self) -> None:
        self.files = WatchedFiles((self.target,), self.ledger.positions(), lambda: self.now, lambda path, text: None)

    def line(self, width: int) -> bytes:
        self.count += 1
        line = b'{"type":"log","text":"%08d%s"}' % (self.count, b"x" * width)
        self.written.add(line)
        return line

    @rule()
    def finish_partial(self) -> None:
        if self.partial is not None:
            line, cut = self.partial
            os.write(self.fd, line[cut:] + b"\n")
            self.partial = None
            if line not in self.excused:
                self.disk.lines.append(line)

    def tear_partial(self) -> None:
        if self.partial is not None:
            line, cut = self.partial
            self.fragments |= {line[:cut], line[cut:]}
            self.excused.add(line)

    widths = st.sampled_from((0, 0, 30, 200, 1500))

    @rule(widths=st.lists(widths, min_size=1, max_size=4))
    def write(self, widths: list[int]) -> None:
        self.finish_partial()
        lines = [self.line(width) for width in widths]
        os.write(self.fd, b"".join(line + b"\n" for line in lines))
        self.disk.lines += lines

    @precondition(lambda self: self.partial is None)
    @rule(width=widths, part=st.floats(0.1, 0.9))
    def write_part_of_a_line(self, width: int, part: float) -> None:
        line = self.line(width)
        cut = int(len(line) * part)
        os.write(self.fd, line[:cut])
        self.partial, self.idle = (line, cut), 0.0

    def shift(self) -> Path:
        """Rename run.log.1 to run.log.2 and so on."""
        for disk in sorted(self.disks, key=lambda disk: -disk.number):
            if disk.path is not None and disk.path != self.path:
                disk.number += 1
                disk.path = disk.path.rename(self.folder / f"run.log.{disk.number}")
        return self.folder / "run.log.1"

    @precondition(lambda self: self.copy is None and self.disk.path == self.path)
    @rule(keeps=st.booleans())
    def rotate_by_renaming(self, keeps: bool) -> None:
        if not keeps:
            self.finish_partial()
        self.disk.path, self.idle = self.path.rename(self.shift()), 0.0
        if not keeps:
            self.reopen()

    @precondition(lambda self: self.disk.path != self.path)
    @rule()
    def reopen(self) -> None:
        self.finish_partial()
        os.close(self.fd)
        self.create()

    @precondition(lambda self: self.copy is None and self.disk.path == self.path)
    @rule()
    def copy_to_truncate(self) -> None:
        rotated = self.shift()
        shutil.copyfile(self.path, rotated)
        copy = Disk(list(self.disk.lines), rotated, findable=self.glob, copied=True)
        self.disks.append(copy)
        self.copy = copy
        self.tear_partial()
        if self.files is None and rotated.stat().st_ino in self.inodes:
            self.repeatable |= set(copy.lines)

    @precondition(lambda self: self.copy is not None)
    @rule()
    def truncate_what_was_copied(self) -> None:
        assert self.copy is not None
        copy, self.copy = self.copy, None
        self.tear_partial()
        os.truncate(self.path, 0)
        self.disk.lines.clear()
        copy.findable |= self.disk.anchored
        self.disk.anchored = False

    @precondition(lambda self: self.copy is None and self.disk.path == self.path)
    @rule(width=widths, more=st.booleans())
    def truncate_and_regrow(self, width: int, more: bool) -> None:
        size = os.fstat(self.fd).st_size
        self.tear_partial()
        self.partial = None
        os.truncate(self.path, 0)
        self.disk.lines.clear()
        self.disk.anchored = False
        while more and os.fstat(self.fd).st_size <= size:
            self.write([width])

    @precondition(lambda self: self.copy is None and self.disk.path == self.path)
    @rule(widths=st.lists(widths, max_size=4))
    def delete_and_recreate(self, widths: list[int]) -> None:
        self.tear_partial()
        self.partial = None
        self.path.unlink()
        self.disk.path = None
        if not self.disk.held:
            self.disks.remove(self.disk)
        os.close(self.fd)
        self.create()
        if widths:
            self.write(widths)

    @precondition(lambda self: self.copy is None and self.disk.path == self.path)
    @rule(widths=st.lists(widths, max_size=3))
    def replace_by_a_longer_version(self, widths: list[int]) -> None:
        self.finish_partial()
        old, lines = self.disk, [self.line(width) for width in widths]
        longer = self.folder / ".new"
        longer.write_bytes(b"".join(line + b"\n" for line in (*old.lines, *lines)))
        longer.replace(self.path)
        old.path = None
        if not old.held:
            self.disks.remove(old)
        self.reopen()
        self.disk.lines = [*old.lines, *lines]

    @precondition(lambda self: self.files is None)
    @rule()
    def restart(self) -> None:
        self.start()

    @precondition(lambda self: self.files is not None)
    @rule()
    def crash(self) -> None:
        assert self.files is not None
        self.files.close()
        self.files = None
        self.ledger.crash()
        self.disks = [disk for disk in self.disks if disk.path is not None]
        for disk in self.disks:
            # A copy that was not seen yet is recognised only by what was committed of the original.
            disk.findable &= self.glob or disk.held
            disk.held = disk.anchored = False
            if disk.copied:
                self.repeatable |= set(disk.lines)

    @rule()
    def commit(self) -> None:
        self.ledger.flush()

    @rule(seconds=st.sampled_from((0.1, 3.0, 6.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.idle += seconds
        if self.disk.path != self.path and self.idle >= ROTATE_WAIT:
            self.tear_partial()

    @precondition(lambda self: self.files is not None)
    @rule()
    def look_once(self) -> None:
        self.step(None)

    def step(self, hints: tuple[str, ...] | None = ()) -> float:
        assert self.files is not None
        self.runner.run(step(self.files, self.ledger, hints))
        return self.files.wait(1.0)

    @precondition(lambda self: self.files is not None)
    @rule(steps=st.integers(0, 5))
    def crash_while_looking(self, steps: int) -> None:
        self.ledger.fuse = steps
        try:
            self.settle()
        except CrashError:
            self.crash()
        self.ledger.fuse = None

    @precondition(lambda self: self.files is not None)
    @rule()
    def look(self) -> None:
        """All that is on the disk has come through, whatever happened before."""
        self.settle()
        came = self.ledger.lines()
        self.disk.findable |= self.disk.path == self.path
        for disk in self.disks:
            disk.held |= disk.findable
            disk.copied &= disk is self.copy
        self.disk.anchored = self.disk.held and bool(self.disk.lines)
        there = {line for disk in self.disks if disk.findable for line in disk.lines}
        missing = sorted(there - came.keys() - self.excused)
        assert not missing, f"lost {missing[:3]}"
        self.disks = [disk for disk in self.disks if disk.path is not None or disk is self.disk]

    def settle(self) -> None:
        self.look_once()
        assert any(self.step() for _ in range(100)), "it never comes to rest"

    @invariant()
    def nothing_is_torn_or_made_up(self) -> None:
        assert self.ledger.lines().keys() <= self.written
        garbage = [line for line in self.ledger.others() if line not in self.fragments]
        assert not garbage, f"garbage {garbage[:3]}"

    @invariant()
    def nothing_comes_twice(self) -> None:
        repeated = [line for line, times in self.ledger.lines().items() if times > 1 and line not in self.repeatable]
        assert not repeated, f"twice: {repeated[:3]}"

    def teardown(self) -> None:
        try:
            if self.files is None:
                self.start()
            self.finish_partial()
            for _ in range(3):
                self.look()
                self.now += 6
            self.nothing_is_torn_or_made_up()
            self.nothing_comes_twice()
        finally:
            if self.files is not None:
                self.files.close()
            os.close(self.fd)
            self.runner.close()
            shutil.rmtree(self.folder)


TestTailing = Tailing.TestCase
TestTailing.settings = settings(max_examples=100, stateful_step_count=25, deadline=None, report_multiple_bugs=False)
