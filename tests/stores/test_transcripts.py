"""Logs of tasks in stores: one contract for all, and what only those promise that outlive the daemon."""

import asyncio
import sqlite3
from contextlib import aclosing
from pathlib import Path

import pytest

from progressd.batches import Batch, Part, Store, StoreError
from progressd.core.chunk import CHUNK, Line
from progressd.core.series import Unsaved
from progressd.core.transcript import KeptLog, Unwritten, Written
from progressd.records import Log
from progressd.stores import transcripts as module
from progressd.stores.memory import MemoryStore
from progressd.stores.sqlite import SqliteStore
from progressd.stores.transcripts import PIECES
from tests.stores.opened import LASTING, NAMES, opened, past

NONE = Unsaved(1.7e9)


def lines(first: int, count: int, length: int = 20) -> list[Line]:
    # Digits that do not pack well.
    return [Line(1.7e9 + n, "stdout", f"{n} {pow(7, n * length, 10**length)}") for n in range(first, first + count)]


async def add(store: Store, first: int, count: int, task: str = "build", length: int = 20) -> dict[str, int]:
    written = Written(task, first, lines(first, count, length))
    return dict(await store.keep(NONE, Unwritten([written])))


async def read(store: Store, task: str = "build", part: Part = Part(), most: int = 1 << 30) -> list[Line]:
    chunks = await store.chunks(task, part, most)
    numbers = [chunk.first for chunk in chunks]
    assert numbers == sorted(numbers) or part.newest_first
    return [line for chunk in chunks for line in chunk.lines()]


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_kept_in_pieces_is_read_as_one(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        first = 0
        for count in (1, 1, 5, 3000, 1, 7000, *[1] * 200, 40):
            assert await add(store, first, count) == {}
            first += count

        assert await read(store) == lines(0, first)
        chunks = await store.chunks("build", Part(), 1 << 30)
        # A line at a time does not end as so many chunks.
        assert sum(chunk.raw < CHUNK for chunk in chunks) <= PIECES + 1
        assert sum(chunk.count for chunk in chunks) == first


@pytest.mark.parametrize("name", NAMES)
async def test_only_the_part_that_was_asked_for_is_read(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        for first in range(0, 20_000, 5_000):
            await add(store, first, 5_000)
        assert await read(store, "never") == []
        found = await read(store, part=Part(12_000), most=1)
        assert lines(12_000, 1)[0] in found
        assert len(found) < 8_000
        (chunk,) = await store.chunks("build", Part(since=1.7e9 + 15_000), 1)
        assert chunk.begun <= 1.7e9 + 15_000 <= chunk.ended
        (chunk,) = await store.chunks("build", Part(until=1.7e9 + 7_000, newest_first=True), 1)
        assert chunk.begun < 1.7e9 + 7_000 <= chunk.ended + 1
        assert await store.chunks("build", Part(errors=True), 9) == []
        bad = Written("build", 20_000, [Line(1.7e9, "stderr", "ERROR: x")])
        await store.keep(NONE, Unwritten([bad]))
        (chunk,) = await store.chunks("build", Part(errors=True), 9)
        assert chunk.error is not None
        assert chunk.first + chunk.error == 20_000


@pytest.mark.parametrize("name", NAMES)
async def test_a_log_that_is_too_long_loses_its_first_lines(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST", 4 * CHUNK)
    async with opened(name, tmp_path) as store:
        gone = 0
        for first in range(0, 40_000, 1_000):
            gone = (await add(store, first, 1_000)).get("build", gone)
        assert 0 < gone < 40_000
        assert await read(store) == lines(gone, 40_000 - gone)
        assert sum(chunk.raw for chunk in await store.chunks("build", Part(), 99)) <= 4 * CHUNK


async def test_of_all_logs_together_the_longest_loses_its_first_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("progressd.stores.memory.LOGS", 500_000)
    store = MemoryStore()
    gone: dict[str, int] = {}
    await add(store, 0, 100, "short")
    for first in range(0, 50_000, 5_000):
        gone |= await add(store, first, 5_000, "long")
        gone |= await add(store, first // 2, 2_500, "middle")

    assert "short" not in gone
    assert 0 < gone["long"] < 50_000
    assert await read(store, "short") == lines(0, 100)
    assert await read(store, "long") == lines(gone["long"], 50_000 - gone["long"])
    sizes = [
        len(c.texts) + len(c.rest)
        for task in ("short", "middle", "long")
        for c in await store.chunks(task, Part(), 999)
    ]
    assert sum(sizes) <= 500_000
    assert store._logs._whole() == sum(sizes) + module.ROW * len(sizes)
    await store.close()


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_forgotten_is_gone_and_may_begin_anew(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        await add(store, 0, 5_000)
        await add(store, 0, 5, "other")
        await store.keep(NONE, Unwritten([Written("build", 0, lines(0, 3))], ["build", "never"]))

        assert await read(store) == lines(0, 3)
        assert await read(store, "other") == lines(0, 5)
        await store.keep(NONE, Unwritten(forgotten=["build"]))
        assert await read(store) == []


@pytest.mark.parametrize("name", LASTING)
async def test_logs_come_back_the_longest_silent_first(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            await anext(batches)
            for task, first in (("b", 0), ("a", 0), ("b", 5)):
                await store.append([Batch("test", [Log(task=task, text="x")])])
                await anext(batches)
                await add(store, first, 5, task)
    async with opened(name, tmp_path) as store:
        assert await store.all_logs() == [KeptLog("a", 0, 5), KeptLog("b", 0, 10)]
        assert await read(store, "b") == lines(0, 10)


async def replay(store: Store) -> list[tuple[str, bool, bool]]:
    """Return of each batch of the past whether its measurements, and its lines, are kept already."""
    return [(each.source, each.measured, each.written) for each in await past(store)]


@pytest.mark.parametrize("name", LASTING)
async def test_the_store_knows_up_to_where_its_log_was_written(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            await store.append([Batch("one", [Log(task="build", text="x")])])
            await anext(batches)
            await anext(batches)
            await store.append([Batch("two", [Log(task="build", text="x")])])
            await add(store, 0, 1)
    async with opened(name, tmp_path) as store:
        assert await replay(store) == [("one", True, True), ("two", False, False)]


async def test_a_file_of_version_2_gets_logs_of_what_it_still_has(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            await store.append([Batch("one", [Log(task="build", text="x")])])
            await anext(batches)
            await anext(batches)
            await store.keep(Unsaved(1.7e9), Unwritten())
            await store.append([Batch("two", [Log(task="build", text="x")])])
    with sqlite3.connect(tmp_path / "log.db") as database:
        for table in ("logs", "chunks", "written"):
            database.execute(f"DROP TABLE {table}")
        database.execute("PRAGMA user_version=2")
    database.close()

    async with opened("sqlite", tmp_path) as store:
        assert await replay(store) == [("one", True, False), ("two", False, False)]
        await add(store, 0, 2)
    async with opened("sqlite", tmp_path) as store:
        assert await replay(store) == [("one", True, True), ("two", True, True)]
        assert await read(store) == lines(0, 2)


async def test_a_full_disk_keeps_nothing_of_what_it_could_not_keep_whole(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        assert isinstance(store, SqliteStore)
        database = store._file._db
        await add(store, 0, 10)
        database.execute(f"PRAGMA max_page_count={database.execute('PRAGMA page_count').fetchone()[0]}")

        with pytest.raises(StoreError, match="full"):
            await add(store, 10, 10_000, length=60)
        assert await read(store) == lines(0, 10)
        database.execute("PRAGMA max_page_count=1000000")
        await add(store, 10, 10_000)
        assert await read(store) == lines(0, 10_010)


async def test_the_past_is_read_back_by_the_megabyte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("progressd.stores.logfile.PAGE_BYTES", 150)
    async with opened("sqlite", tmp_path) as store:
        await store.append([Batch(str(number), [Log(task="a", text="x" * 60)]) for number in range(9)])
    async with opened("sqlite", tmp_path) as store:
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            sources = [[each.source for each in await anext(batches)] for _ in range(6)]

    assert sources == [["0", "1"], ["2", "3"], ["4", "5"], ["6", "7"], ["8"], []]
