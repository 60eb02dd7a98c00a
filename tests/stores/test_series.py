"""Series in stores: one contract for all, and what only those promise that outlive the daemon."""

import asyncio
import math
import sqlite3
from contextlib import aclosing
from pathlib import Path

import pytest

from progressd.batches import Batch, Store, StoreError
from progressd.core.bucket import coarser, single
from progressd.core.series import Identity, KeptSeries, Status, Unsaved
from progressd.core.steps import RETENTION, STEPS, WHOLE
from progressd.records import Bucket, Kept, Metric
from progressd.stores.memory import MemoryStore
from progressd.stores.series import PRUNE
from progressd.stores.sqlite import SqliteStore
from tests.stores.opened import LASTING, NAMES, opened, past

NOW = 1_700_000_000
LOSS = Identity("train", "loss", (("gpu", "0"),))


def unsaved(*buckets: Bucket, now: float = NOW, identity: Identity = LOSS) -> Unsaved:
    return Unsaved(now, [KeptSeries(identity, "nats", buckets)])


async def counts(store: Store, step: int, identity: Identity = LOSS) -> list[tuple[int, int]]:
    (found,) = await store.buckets([identity], step, 0, 1 << 40)
    return [(bucket.start, bucket.count) for bucket in found]


async def replay(store: Store) -> list[tuple[str, bool]]:
    """Read the past; return the tasks and whether their measurements are kept already."""
    return [(record.task or "", each.measured) for each in await past(store) for record in each.records]


def metrics(task: str) -> Batch:
    return Batch("test", [Metric(task=task, name="loss", value=1.0)], received=float(NOW))


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_kept_in_pieces_is_the_same_at_every_step(name: str, tmp_path: Path) -> None:
    samples = [single(float(number), NOW + number * 7.5) for number in range(1000)]
    async with opened(name, tmp_path) as store:
        for start in range(0, 1000, 40):
            await store.keep(unsaved(*coarser(samples[start : start + 40], 1)))

        for step in RETENTION:
            (found,) = await store.buckets([LOSS], step, 0, 1 << 40)
            expected = coarser(samples, step)
            assert [each.start for each in found] == [each.start for each in expected]
            for one, other in zip(found, expected, strict=True):
                assert (one.count, one.first, one.open, one.low, one.high, one.last, one.close) == (
                    (other.count, other.first, other.open, other.low, other.high, other.last, other.close)
                )
                assert math.isclose(one.m2, other.m2, rel_tol=1e-9, abs_tol=1e-6)


@pytest.mark.parametrize("name", NAMES)
async def test_only_what_was_asked_for_is_read(name: str, tmp_path: Path) -> None:
    other = Identity("train", "loss")
    async with opened(name, tmp_path) as store:
        await store.keep(unsaved(*(single(1.0, NOW + second) for second in range(10))))
        await store.keep(unsaved(single(1.0, NOW), identity=other))
        found = await store.buckets([LOSS, other, Identity("never", "seen")], 1, NOW + 3, NOW + 5)

    assert [[bucket.start - NOW for bucket in each] for each in found] == [[3, 4], [], []]


@pytest.mark.parametrize("name", NAMES)
async def test_each_step_is_kept_for_its_time(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        await store.keep(unsaved(single(1.0, NOW)))
        for step in STEPS:
            for later, kept in ((NOW + RETENTION[step] - step, True), (NOW + RETENTION[step] + step + PRUNE, False)):
                await store.keep(unsaved(single(2.0, later), now=later))
                assert ((NOW - NOW % step, 1) in await counts(store, step)) is kept
        assert await counts(store, WHOLE) == [(0, 1 + 2 * len(STEPS))]


@pytest.mark.parametrize("name", NAMES)
async def test_what_made_room_is_gone(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        await store.keep(unsaved(single(1.0, NOW)))
        await store.keep(Unsaved(NOW, forgotten=[LOSS]))
        for step in RETENTION:
            assert await counts(store, step) == []
        await store.keep(unsaved(single(1.0, NOW)))
        assert await counts(store, WHOLE) == [(0, 1)]


async def test_too_much_is_pruned_as_if_it_were_older(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("progressd.stores.memory.BUCKETS", 100)
    store = MemoryStore()
    now = NOW
    for second in range(0, 3000, 10):
        now = NOW + second
        await store.keep(unsaved(single(1.0, now), now=now))
    await store.keep(unsaved(single(1.0, now), now=now + PRUNE))

    assert sum([len(await counts(store, step)) for step in RETENTION]) <= 100
    assert await counts(store, WHOLE) == [(0, 301)]
    await store.close()


@pytest.mark.parametrize("name", LASTING)
async def test_series_come_back_with_units_newest_seconds_and_statuses(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        # The store's clock stands at NOW.
        await store.keep(unsaved(*(single(float(second), NOW - second) for second in range(40, 0, -1))))
        await store.keep(Unsaved(NOW, statuses={"api": Status("up", NOW - 1.0)}))
    async with opened(name, tmp_path) as store:
        kept = await store.all_series()

    (series,) = kept.series
    assert (series.identity, series.unit) == (LOSS, "nats")
    assert [bucket.close for bucket in series.buckets][-2:] == [2.0, 1.0]
    assert series.whole is not None
    assert (series.whole.count, series.whole.open, series.whole.close) == (40, 40.0, 1.0)
    assert kept.statuses == {"api": Status("up", NOW - 1.0)}


@pytest.mark.parametrize("name", LASTING)
async def test_the_store_knows_up_to_where_its_log_was_measured(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            await store.append([metrics("a")])
            await anext(batches)
            await anext(batches)
            await store.append([metrics("b")])
            await store.keep(unsaved(single(1.0, NOW)))
            await anext(batches)
    async with opened(name, tmp_path) as store:
        assert await replay(store) == [("a", True), ("b", False)]
        await store.keep(unsaved(single(1.0, NOW)))
    async with opened(name, tmp_path) as store:
        assert await replay(store) == [("a", True), ("b", True)]
        assert await counts(store, WHOLE) == [(0, 2)]


@pytest.mark.parametrize("name", LASTING)
async def test_a_compaction_keeps_what_it_takes_out_of_the_log(name: str, tmp_path: Path) -> None:
    async with opened(name, tmp_path) as store:
        async with asyncio.timeout(30), aclosing(store.read()) as batches:  # type: ignore[type-var]
            await store.append([metrics("a")])
            await anext(batches)
            await anext(batches)
            kept = Kept(task="a", name="a", status="running", said=True)
            await store.compact(Batch("compacted", [kept]), [], unsaved(single(1.0, NOW)))
    async with opened(name, tmp_path) as store:
        assert await replay(store) == [("a", True)]
        await store.append([metrics("b")])
        assert await counts(store, WHOLE) == [(0, 1)]
    async with opened(name, tmp_path) as store:
        assert await replay(store) == [("a", True), ("b", False)]


async def test_a_full_disk_keeps_nothing_of_what_it_could_not_keep_whole(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        assert isinstance(store, SqliteStore)
        database = store._file._db
        await store.keep(unsaved(single(1.0, NOW)))
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count={pages}")
        many = unsaved(*(single(1.0, NOW + second) for second in range(5000)))

        with pytest.raises(StoreError, match="full"):
            await store.keep(many)
        assert await counts(store, WHOLE) == [(0, 1)]
        database.execute("PRAGMA max_page_count=1000000")
        await store.keep(many)
        assert await counts(store, WHOLE) == [(0, 5001)]


async def test_a_file_of_version_1_gets_series_of_its_whole_log(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        await store.append([metrics("a")])
    with sqlite3.connect(tmp_path / "log.db") as database:
        for table in ("series", "buckets", "statuses", "measured"):
            database.execute(f"DROP TABLE {table}")
        database.execute("PRAGMA user_version=1")
    database.close()

    async with opened("sqlite", tmp_path) as store:
        assert not (await store.all_series()).series
        assert await replay(store) == [("a", False)]
        await store.keep(unsaved(single(1.0, NOW)))
        assert await counts(store, 1) == [(NOW, 1)]
