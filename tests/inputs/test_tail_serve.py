"""The tail input as the daemon runs it: with the kernel's hints, the real engine and the real store."""

import asyncio
import logging
import os
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from progressd.batches import Batch
from progressd.engine import Engine, Limits
from progressd.inputs import tail
from progressd.inputs.tail import Complaints, serve, tell_quiet
from progressd.stores.sqlite import SqliteStore
from tests.inputs.tailing import Ledger, Tail, append, open_below


class Reader(Ledger):
    """A ledger that tells when something came."""

    def __init__(self) -> None:
        super().__init__()
        self.came = asyncio.Event()

    async def submit(self, batch: Batch) -> None:
        await super().submit(batch)
        self.came.set()

    def has(self, text: str) -> bool:
        return any(f'"{text}"'.encode() in line for line in self.lines())

    async def until(self, text: str) -> None:
        async with asyncio.timeout(20):
            while not self.has(text):
                self.came.clear()
                await self.came.wait()

    async def hears(self, path: Path) -> None:
        """Return once something came that was appended after the start: the watcher is at work."""
        async with asyncio.timeout(20):
            for number in range(1_000):
                append(path, f"probe {number}")
                try:
                    async with asyncio.timeout(0.2):
                        await self.until(f"probe {number}")
                except TimeoutError:
                    continue
                return


@asynccontextmanager
async def tailing(*targets: Path) -> AsyncIterator[Reader]:
    reader = Reader()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(serve([str(target) for target in targets], reader, time.monotonic, asyncio.Event()))  # type: ignore[arg-type]
        yield reader
        task.cancel()


@pytest.fixture
def only_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "RECONCILE", 1e6)
    monkeypatch.setattr(tail, "POLL", 1e6)


@pytest.fixture
def no_hints(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    calls: list[Sequence[str]] = []

    def awatch(*folders: str, **_: Any) -> AsyncIterator[None]:
        calls.append(folders)
        raise OSError("inotify watch limit reached")

    monkeypatch.setattr(tail, "awatch", awatch)
    monkeypatch.setattr(tail, "RETRY", 0.01)
    return calls


@pytest.mark.usefixtures("only_hints")
def test_a_hint_brings_what_was_appended_and_new_files(tmp_path: Path) -> None:
    async def run() -> None:
        append(tmp_path / "a.log", "first")
        async with tailing(tmp_path / "*.log") as reader:
            await reader.until("first")
            await reader.hears(tmp_path / "a.log")
            append(tmp_path / "b.log", "second")
            await reader.until("second")

    asyncio.run(run())


@pytest.mark.usefixtures("only_hints")
def test_hints_come_for_what_a_link_leads_to(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "elsewhere").mkdir()
        target = tmp_path / "elsewhere" / "target"
        append(target, "first")
        (tmp_path / "link").symlink_to(target)
        async with tailing(tmp_path / "link") as reader:
            await reader.until("first")
            await reader.hears(target)

    asyncio.run(run())


def test_without_a_watcher_files_are_polled_and_the_watcher_is_tried_again(
    tmp_path: Path, no_hints: list[Sequence[str]], caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with tailing(tmp_path / "run.log") as reader:
            for text in ("one", "two", "three"):
                append(tmp_path / "run.log", text)
                await reader.until(text)

    asyncio.run(run())
    assert len(no_hints) > 1
    assert "cannot watch for changes (inotify watch limit reached)" in caplog.text


def test_a_name_that_stops_the_watcher_does_not_stop_us(tmp_path: Path) -> None:
    async def run() -> None:
        append(tmp_path / "run.log", "first")
        async with tailing(tmp_path / "run.log") as reader:
            await reader.hears(tmp_path / "run.log")
            (tmp_path / os.fsdecode(b"\xff\xfe")).touch()
            for number in range(3):
                append(tmp_path / "run.log", f"after {number}")
                await reader.until(f"after {number}")

    asyncio.run(run())


def test_a_folder_that_is_made_anew_is_watched_anew(tmp_path: Path) -> None:
    async def run() -> None:
        folder = tmp_path / "logs"
        async with tailing(folder / "**" / "*.log") as reader:
            for number in range(3):
                (folder / "below").mkdir(parents=True)
                append(folder / "below" / "run.log", f"made {number}")
                await reader.until(f"made {number}")
                shutil.rmtree(folder)

    asyncio.run(run())


def test_nothing_stays_open_after_the_end(tmp_path: Path) -> None:
    async def run() -> None:
        for number in range(20):
            append(tmp_path / f"{number}.log", str(number))
        async with tailing(tmp_path) as reader:
            await reader.until("19")
            assert open_below(tmp_path) == 20

    asyncio.run(run())
    assert open_below(tmp_path) == 0


def test_a_complaint_is_not_repeated_for_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    complaints = Complaints(lambda: now)
    with caplog.at_level(logging.WARNING):
        for now in (0.0, 1.0, 59.0, 60.0):  # noqa: B007 -- the clock reads it
            complaints.say("run.log", "no")
            complaints.say("other.log", "no")
    assert len(caplog.records) == 4


def test_what_is_read_is_in_the_tree_and_not_read_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "run.log"

    async def run(*tasks_: str) -> int:
        store = SqliteStore(tmp_path / "x.db", time.time)
        engine = Engine(store, time.time, Limits(86400.0, 1000))
        with path.open("ab") as file:
            file.write(b"".join(b'{"type":"update","task":"%s","progress":0.5}\n' % key.encode() for key in tasks_))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(engine.run())
            await engine.replayed.wait()
            tailing = tasks.create_task(serve([str(path)], engine, time.monotonic, asyncio.Event()))
            async with asyncio.timeout(20):
                while tasks_[-1] not in {task.key for task in engine.tree.roots}:
                    await engine.changed(engine.tree.revision)
            tailing.cancel()
            await engine.drain()
            running.cancel()
        await store.close()
        return engine.losses.counts.records

    assert asyncio.run(run("a", "b")) == 2
    path.rename(f"{path}.1")
    assert asyncio.run(run("c")) == 1


async def test_the_store_hears_of_files_that_are_there_and_do_not_grow(tmp_path: Path) -> None:
    append(tmp_path / "quiet", 1)
    append(tmp_path / "gone", 2)
    watched = Tail(str(tmp_path))
    await asyncio.to_thread(watched.look)
    (tmp_path / "gone").unlink()
    await asyncio.to_thread(watched.look, 10.0)
    watched.ledger.flush()
    before = watched.ledger.positions()
    watched.ledger.kept.clear()

    await tell_quiet(watched.files, watched.ledger)  # type: ignore[arg-type]
    watched.ledger.flush()

    told = watched.ledger.positions()
    assert [Path(position.path).name for position in told] == ["quiet"]
    assert told[0] in before
    watched.files.close()


async def test_that_is_done_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("progressd.inputs.tail.RETELL_FIRST", 0.0)
    monkeypatch.setattr("progressd.inputs.tail.RETELL", 0.0)
    append(tmp_path / "quiet", 1)
    async with tailing(tmp_path) as reader, asyncio.timeout(20):
        while sum(not batch.records for batch in (*reader.kept, *reader.taken)) < 4:
            reader.came.clear()
            await reader.came.wait()
