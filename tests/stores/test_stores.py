"""One contract for all stores, and what only the embedded one promises."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from progressd.batches import Batch, Position, Store, StoreError
from progressd.core.series import Unsaved
from progressd.records import Kept, Update
from progressd.stores.schema import VERSION
from progressd.stores.sqlite import SqliteStore
from tests.stores.opened import LASTING, NAMES, opened


def batch(number: int, **fields: object) -> Batch:
    return Batch("test", [Update(task=f"t{number}", done=float(number))], received=float(number), **fields)  # type: ignore[arg-type]


async def take(store: Store, number: int) -> list[str]:
    """Return the tasks of so many records, in the order in which the store tells them."""
    found: list[str] = []
    async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
        async for some in batches:
            found += [record.task or "" for each in some for record in each.records]
            if len(found) >= number:
                break
    return found


@pytest.mark.parametrize("name", NAMES)
async def test_each_batch_is_read_once_in_order(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store, asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(take(store, 200))
        await store.append([batch(0)])
        for number in range(1, 200, 3):
            await store.append([batch(n) for n in range(number, min(number + 3, 200))])

        assert await reading == [f"t{number}" for number in range(200)]


@pytest.mark.parametrize("name", NAMES)
async def test_what_was_appended_before_anybody_read_is_not_lost(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        await store.append([batch(0), batch(1)])

        assert await take(store, 2) == ["t0", "t1"]


@pytest.mark.parametrize("name", NAMES)
async def test_the_end_of_the_past_is_marked_by_an_empty_batch(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            first: Sequence[Batch] = await anext(batches)

        assert not first


@pytest.mark.parametrize("name", LASTING)
async def test_the_past_comes_back_with_its_times_and_positions(name: str, tmp_path: Path) -> None:
    position = Position("/var/log/x", 2**63 + 5, 2**64 - 1, 77, b"head", b"mark")
    async with opened(name, tmp_path) as store:
        await store.append(
            [batch(1), batch(2, position=position), Batch("encoded", [Update(task="t3", message="é\n")])]
        )
    async with opened(name, tmp_path) as store:
        assert store.positions() == [position]
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            past = await anext(batches)

        assert [(each.source, each.received) for each in past] == [("test", 1.0), ("test", 2.0), ("encoded", 0.0)]
        assert past[2].records == [Update(task="t3", message="é\n")]


@pytest.mark.parametrize("name", LASTING)
async def test_a_compacted_log_begins_with_what_it_was_compacted_to(name: str, tmp_path: Path) -> None:
    kept = [Kept(task=f"k{number}", name="k", status="running", said=True) for number in range(2500)]
    async with opened(name, tmp_path) as store:
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            await store.append([batch(0), batch(1)])
            await anext(batches)
            await anext(batches)
            await store.append([batch(2)])
            await store.compact(Batch("compacted", kept), [], Unsaved(0.0))
            await store.append([batch(3)])
    async with opened(name, tmp_path) as store:
        assert await take(store, 2502) == [*(f"k{number}" for number in range(2500)), "t2", "t3"]


async def test_large_tasks_stand_in_rows_that_can_be_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("progressd.stores.sqlite.LARGE", 1_000)
    kept = [Kept(task=f"k{number}", message="x" * 600, status="running", said=True) for number in range(5)]
    async with opened("sqlite", tmp_path) as store:
        await store.compact(Batch("compacted", kept), [], Unsaved(0.0))
    async with opened("sqlite", tmp_path) as store:
        assert await take(store, 5) == [f"k{number}" for number in range(5)]
    with sqlite3.connect(tmp_path / "log.db") as database:
        sizes = [size for (size,) in database.execute("SELECT length(lines) FROM base")]
    database.close()
    assert len(sizes) == 3
    assert max(sizes) < 2_000


async def test_a_full_disk_is_an_error_that_passes(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        assert isinstance(store, SqliteStore)
        database = store._file._db
        await store.append([batch(0)])
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count={pages}")
        big = Batch("test", [Update(task="big", message="x" * 100_000)])

        with pytest.raises(StoreError, match="full"):
            await store.append([big])
        database.execute("PRAGMA max_page_count=1000000")
        await store.append([batch(1)])

        assert await take(store, 2) == ["t0", "t1"]


def damage_header(path: Path) -> None:
    path.write_bytes(b"\x00" * 4096 + path.read_bytes()[4096:])


def damage_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("damage", [damage_header, damage_half])
async def test_a_damaged_file_is_put_aside_and_work_goes_on(damage: Callable[[Path], None], tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        for number in range(200):
            await store.append([Batch("test", [Update(task=f"t{number}", message="x" * 500)])])
    damage(tmp_path / "log.db")
    async with opened("sqlite", tmp_path) as store:
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            while await anext(batches):
                pass
        assert store.excess
        await store.append([batch(7)])
        assert await take(store, 1)
    assert list(tmp_path.glob("log.db.corrupt-*"))


async def test_a_damaged_batch_costs_that_batch_only(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        for number in range(3):
            await store.append([batch(number)])
    with sqlite3.connect(tmp_path / "log.db") as database:
        database.execute("UPDATE log SET lines = CAST(replace(lines, 't1', 'tX') AS BLOB) WHERE id = 2")
    database.close()
    async with opened("sqlite", tmp_path) as store:
        assert await take(store, 2) == ["t0", "t2"]
        assert store.excess


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        await store.append([batch(0)])
    database = sqlite3.connect(tmp_path / "log.db")
    database.execute(f"PRAGMA user_version={VERSION + 1}")
    database.close()

    with pytest.raises(StoreError, match="newer progressd"):
        SqliteStore(tmp_path / "log.db", lambda: 0.0)


async def test_two_daemons_do_not_share_a_file(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path):
        with pytest.raises(StoreError, match="another progressd"):
            SqliteStore(tmp_path / "log.db", lambda: 0.0)


async def test_files_that_are_gone_for_a_month_are_forgotten_whatever_the_clock_says(tmp_path: Path) -> None:
    day, now = 86400.0, 1.7e9

    def position(inode: int) -> Position:
        return Position("/var/log/x", 1, inode, 7, b"head", b"mark")

    async def tell(at: float, *inodes: int) -> list[int]:
        store = SqliteStore(tmp_path / "log.db", lambda: at)
        try:
            known = sorted(each.inode for each in store.positions())
            await store.append([Batch("file", (), position=position(inode)) for inode in inodes])
        finally:
            await store.close()
        return known

    await tell(now, 1, 2)
    await tell(now + 29 * day, 2)
    assert await tell(now + 29 * day) == [1, 2]
    # A clock that is wrong by years when the daemon starts costs nothing.
    assert await tell(now + 9999 * day) == [1, 2]
    await tell(now + 31 * day, 3)
    assert await tell(now + 31 * day) == [2, 3]


async def test_no_more_positions_are_kept_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("progressd.stores.logfile.POSITIONS", 3)
    for at in range(6):
        store = SqliteStore(tmp_path / "log.db", lambda at=at: 1.7e9 + at)  # type: ignore[misc]
        await store.append([Batch("file", (), position=Position("x", 1, at, 7, b"", b""))])
        await store.close()
    store = SqliteStore(tmp_path / "log.db", lambda: 1.7e9)
    assert sorted(each.inode for each in store.positions()) == [3, 4, 5]
    await store.close()


async def test_a_file_from_before_positions_had_a_date_is_taken_over(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        await store.append([Batch("file", (), position=Position("x", 1, 2, 7, b"", b""))])
    with sqlite3.connect(tmp_path / "log.db") as database:
        database.execute("ALTER TABLE positions DROP COLUMN seen")
    database.close()
    async with opened("sqlite", tmp_path) as store:
        assert len(store.positions()) == 1
        await store.append([Batch("file", (), position=Position("x", 1, 3, 7, b"", b""))])
    async with opened("sqlite", tmp_path) as store:
        assert len(store.positions()) == 2


@pytest.mark.parametrize("name", NAMES)
async def test_what_was_learned_of_a_job_is_kept_until_it_is_forgotten(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        await store.keep_history("nightly", b"one run")
        await store.keep_history("weekly", b"no run")
        await store.keep_history("nightly", b"two runs")
        await store.keep_history("weekly", b"")

        assert list(await store.history()) == [b"two runs"]
