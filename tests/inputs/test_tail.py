"""Files that grow: what comes of them, case by case."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest

from progressd.core.decode import BadLine
from progressd.engine import Batch, Engine, Position
from progressd.inputs.tail import take
from progressd.inputs.watched_files import WatchedFiles
from progressd.records import Log


class CrashError(Exception):
    """The process dies here."""


class Ledger:
    """Stands in for engine and store: what was committed survives a crash, what was only submitted does not."""

    def __init__(self) -> None:
        self.kept: list[Batch] = []
        self.taken: list[Batch] = []
        self.rejected: list[tuple[str, BadLine]] = []
        self.fuse: int | None = None
        """So many more calls until the process dies."""

    def positions(self) -> Sequence[Position]:
        rows = {(b.position.device, b.position.inode): b.position for b in self.kept if b.position}
        return list(rows.values())

    async def submit(self, batch: Batch) -> None:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise CrashError
        self.taken.append(batch)

    async def commit(self, batch: Batch) -> None:
        await self.submit(batch)
        self.flush()

    def reject(self, where: str, bad: BadLine) -> None:
        self.rejected.append((where, bad))

    def flush(self) -> None:
        self.kept += self.taken
        self.taken.clear()

    def crash(self) -> None:
        self.taken.clear()

    def lines(self) -> Counter[bytes]:
        """All lines that came and were not lost with the process, and how often."""
        return Counter(line for batch in (*self.kept, *self.taken) for line in (batch.lines or b"").splitlines())


async def step(files: WatchedFiles, ledger: Ledger, hints: Iterable[str] | None = None) -> None:
    """Make one pass."""
    await take(files, cast("Engine", ledger), hints)


class Tail:
    """The tail input over a folder, driven pass by pass, with a clock that moves only when it is told to."""

    def __init__(self, target: str, ledger: Ledger | None = None) -> None:
        self.ledger = ledger or Ledger()
        self.now = 0.0
        self.complaints: list[str] = []
        self.files = WatchedFiles(
            (target,), self.ledger.positions(), lambda: self.now, lambda _, text: self.complaints.append(text)
        )

    def look(self, seconds: float = 0.0) -> list[str]:
        """Let time pass, read until nothing is left to do, and return the texts that came since the last look."""
        before = len(self.ledger.kept) + len(self.ledger.taken)
        self.now += seconds
        asyncio.run(self._settle())
        batches = [*self.ledger.kept, *self.ledger.taken][before:]
        return [record.text for batch in batches for record in batch.records if isinstance(record, Log)]

    async def _settle(self) -> None:
        await step(self.files, self.ledger)
        for _ in range(2_000):
            if self.files.wait(1.0):
                return
            await step(self.files, self.ledger, ())
        raise AssertionError("it never comes to rest")

    def restart(self, target: str) -> "Tail":
        """The process dies after what it said was stored; another one begins."""
        self.files.close()
        self.ledger.flush()
        return Tail(target, self.ledger)

    def why(self) -> list[str]:
        return [bad.why for _, bad in self.ledger.rejected]


def open_below(folder: Path) -> int:
    """Count the files below `folder` that this process has open."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            count += str(link.readlink()).startswith(str(folder))
    return count


def line(text: object) -> bytes:
    return b'{"type":"log","text":"%s"}\n' % str(text).encode()


def append(path: Path, *texts: object) -> None:
    with path.open("ab") as file:
        file.write(b"".join(map(line, texts)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.log"


@pytest.fixture
def tail(path: Path) -> Iterator[Tail]:
    tail = Tail(str(path))
    yield tail
    tail.files.close()


def test_what_a_file_already_holds_is_read_from_its_start(path: Path, tail: Tail) -> None:
    append(path, 1, 2)
    assert tail.look() == ["1", "2"]
    assert tail.look() == []


def test_what_is_appended_is_read_once(path: Path, tail: Tail) -> None:
    append(path, 1)
    tail.look()
    append(path, 2, 3)
    assert tail.look() == ["2", "3"]


def test_a_burst_of_lines_comes_whole_and_in_order(path: Path, tail: Tail) -> None:
    append(path, *range(100_000))
    assert tail.look() == [str(number) for number in range(100_000)]


def test_a_hint_is_enough(path: Path, tail: Tail) -> None:
    append(path, 1)
    tail.look()
    append(path, 2)
    asyncio.run(step(tail.files, tail.ledger, {os.path.realpath(path)}))
    assert tail.ledger.lines()[line(2).strip()] == 1


def test_the_last_line_waits_for_its_newline(path: Path, tail: Tail) -> None:
    path.write_bytes(line(1)[:-9])
    assert tail.look() == []
    with path.open("ab") as file:
        file.write(line(1)[-9:])
    assert tail.look() == ["1"]
    assert not tail.ledger.rejected


def test_half_a_line_survives_a_restart(path: Path, tail: Tail) -> None:
    path.write_bytes(line(1) + line(2)[:9])
    tail.look()
    with path.open("ab") as file:
        file.write(line(2)[9:])
    again = tail.restart(str(path))
    assert again.look() == ["2"]
    again.files.close()


def test_a_change_is_seen_though_the_time_of_change_was_set_back(path: Path, tail: Tail) -> None:
    append(path, 1)
    os.utime(path, (1, 1))
    tail.look()
    append(path, 2)
    os.utime(path, (1, 1))
    assert tail.look(10) == ["2"]


def test_a_big_file_does_not_keep_small_ones_waiting(tmp_path: Path) -> None:
    append(tmp_path / "big", *("x" * 1_000 for _ in range(20_000)))
    for number in range(100):
        append(tmp_path / f"small{number}", number)
    tail = Tail(str(tmp_path / "*"))
    asyncio.run(step(tail.files, tail.ledger))
    asyncio.run(step(tail.files, tail.ledger, ()))
    sources = Counter(batch.source for batch in tail.ledger.taken)
    assert len(sources) == 101
    assert sum(len(batch.lines or b"") for batch in tail.ledger.taken) < 1 << 20
    tail.files.close()


def test_a_file_is_known_to_the_store_before_it_is_read(path: Path, tail: Tail) -> None:
    append(path, 1)
    asyncio.run(step(tail.files, tail.ledger))
    assert not tail.ledger.lines()
    assert [position.offset for position in tail.ledger.positions()] == [0]
    assert tail.look() == ["1"]
