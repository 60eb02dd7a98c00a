"""A tail that a test drives by hand: looks when it is told to, keeps what comes, and has a clock of its own."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from progressd.batches import Batch, Position
from progressd.core.decode import BadLine, Decoded
from progressd.core.formats import Formats
from progressd.core.tree import Tree
from progressd.engine import Engine
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
        self.tree = Tree()
        self.fuse: int | None = None
        """So many more calls until the process dies."""
        self.losses = self

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

    def notice(self, where: Callable[[BadLine], str], block: bytes) -> None:
        pass  # misspelt fields are the engine's

    def reject_all(self, where: Callable[[BadLine], str], decoded: Decoded) -> None:
        for bad in decoded.bad:
            self.reject(where(bad), bad)

    def flush(self) -> None:
        self.kept += self.taken
        self.taken.clear()

    def crash(self) -> None:
        self.taken.clear()

    def lines(self) -> Counter[bytes]:
        """All records that came and were not lost with the process, as they were written, and how often."""
        return Counter(line for line in self._lines() if b'"task":' not in line)

    def others(self) -> list[bytes]:
        """All lines that came as something else: left out, or shown as text, which names a task of the file's."""
        shown = [line for line in self._lines() if line.startswith(b'{"type":"log","task":')]
        return [bad.line for _, bad in self.rejected] + [json.loads(line)["text"].encode() for line in shown]

    def _lines(self) -> Iterator[bytes]:
        for batch in (*self.kept, *self.taken):
            yield from (batch.lines or b"").splitlines()


async def step(
    files: WatchedFiles, ledger: Ledger, hints: Iterable[str] | None = None, formats: Formats | None = None
) -> None:
    """Make one pass."""
    await take(files, formats or Formats(), cast("Engine", ledger), hints)


class Tail:
    """The tail input over a folder, driven pass by pass, with a clock that moves only when it is told to."""

    def __init__(self, target: str, ledger: Ledger | None = None) -> None:
        self.ledger = ledger or Ledger()
        self.now = 0.0
        self.complaints: list[str] = []
        self.formats = Formats()
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
        await step(self.files, self.ledger, None, self.formats)
        for _ in range(2_000):
            if self.files.wait(1.0):
                return
            await step(self.files, self.ledger, (), self.formats)
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
