"""Any mix of writes, rotations, truncations, crashes and restarts: nothing lost, nothing torn, no garbage.

What may be lost, since nobody could help it: bytes that were truncated or deleted before a look could see them; with a
single file as the target, also a generation that came and went between two looks. What may come twice: what a copy
holds, if the daemon died between the copying and the truncation, or if its original had been rewritten before it was
seen; and what was told apart by nothing. All records are absolute, so that does no harm.
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
from test_tail import Crash, Ledger

from progressd.inputs.tail import take
from progressd.inputs.watched_files import WatchedFiles


@dataclass(eq=False)
class Disk:
    """One inode, as it should be."""

    lines: list[bytes] = field(default_factory=list)
    path: Path | None = None
    findable: bool = False
    """A target stands for it, or it was seen under the name for which one stands."""
    held: bool = False
    """It was seen since the last start, so it can be read even when it is deleted."""
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
        self.count = 0
        self.written: set[bytes] = set()
        self.fragments: set[bytes] = set()
        self.excused: set[bytes] = set()
        self.partial: tuple[bytes, int] | None = None
        self.disks: list[Disk] = []
        self.copy: Disk | None = None
        self.repeats_excused = False

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

    def start(self) -> None:
        self.files = WatchedFiles((self.target,), self.ledger.positions(), lambda: self.now, lambda path, text: None)

    def line(self, width: int) -> bytes:
        self.count += 1
        line = b'{"type":"log","text":"%08d%s"}' % (self.count, b"x" * width)
        self.written.add(line)
        return line

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
        self.partial = line, cut

    @precondition(lambda self: self.partial is not None)
    @rule()
    def write_the_rest(self) -> None:
        self.finish_partial()

    def shift(self) -> Path:
        """Rename run.log.1 to run.log.2 and so on."""
        for number in range(20, 0, -1):
            older = self.folder / f"run.log.{number}"
            if older.exists():
                newer = self.folder / f"run.log.{number + 1}"
                older.rename(newer)
                for disk in self.disks:
                    if disk.path == older:
                        disk.path = newer
        return self.folder / "run.log.1"

    @precondition(lambda self: self.copy is None and self.disk.path == self.path)
    @rule(keeps=st.booleans())
    def rotate_by_renaming(self, keeps: bool) -> None:
        if not keeps:
            self.finish_partial()
        rotated = self.shift()
        self.path.rename(rotated)
        self.disk.path = rotated
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
        copy = Disk(list(self.disk.lines), rotated, self.glob)
        self.disks.append(copy)
        self.copy = copy
        self.tear_partial()

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

    @rule()
    def commit(self) -> None:
        self.ledger.flush()

    @rule(seconds=st.sampled_from((0.1, 3.0, 6.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        if self.disk.path != self.path and seconds > 5:
            self.tear_partial()

    @precondition(lambda self: self.files is not None)
    @rule()
    def look_once(self) -> None:
        assert self.files is not None
        self.runner.run(take(self.files, self.ledger))

    @precondition(lambda self: self.files is not None)
    @rule(steps=st.integers(0, 5))
    def crash_while_looking(self, steps: int) -> None:
        self.ledger.fuse = steps
        try:
            self.settle()
        except Crash:
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
        self.disk.anchored = self.disk.held and bool(self.disk.lines)
        missing = [
            line
            for disk in self.disks
            for line in disk.lines
            if disk.findable and line not in came and line not in self.excused
        ]
        assert not missing, f"lost {missing[:3]}"
        self.disks = [disk for disk in self.disks if disk.path is not None or disk is self.disk]

    def settle(self) -> None:
        assert self.files is not None
        self.runner.run(take(self.files, self.ledger))
        for _ in range(100):
            if self.files.wait(1.0) > 0:
                return
            self.runner.run(take(self.files, self.ledger, ()))
        raise AssertionError("it never comes to rest")

    @invariant()
    def nothing_is_torn_or_made_up(self) -> None:
        assert self.ledger.lines().keys() <= self.written
        garbage = [bad.line for _, bad in self.ledger.rejected if bad.line not in self.fragments]
        assert not garbage, f"garbage {garbage[:3]}"

    @invariant()
    def nothing_comes_twice(self) -> None:
        repeated = [line for line, times in self.ledger.lines().items() if times > 1]
        assert self.repeats_excused or not repeated, f"twice: {repeated[:3]}"

    def teardown(self) -> None:
        try:
            if self.files is None:
                self.start()
            self.finish_partial()
            for _ in range(3):
                self.look()
                self.now += 6
            self.ledger.flush()
            self.look()
            self.nothing_is_torn_or_made_up()
        finally:
            if self.files is not None:
                self.files.close()
            os.close(self.fd)
            self.runner.close()
            shutil.rmtree(self.folder)


TestTailing = Tailing.TestCase
TestTailing.settings = settings(max_examples=100, stateful_step_count=25, deadline=None, report_multiple_bugs=False)
